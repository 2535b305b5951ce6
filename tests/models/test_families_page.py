"""The page of model families says what a proof says today."""

from __future__ import annotations

from pathlib import Path

import pytest

from veridical.study.families import Row, VERDICTS, classify, model_types, page

PAGE = Path(__file__).parents[2] / "docs" / "families.md"
SAMPLE = ("llava", "llava_onevision", "qwen3_5", "gemma3", "chameleon", "paligemma", "idefics2", "t5gemma2", "llama4")
"""One of each kind of answer: shared by every executor, by the cached one alone, refused for five reasons, not built."""


def listed() -> dict[str, tuple[str, str]]:
    """Verdict and row of every type on the page."""
    found, verdict = {}, ""
    for line in PAGE.read_text().splitlines():
        if line.startswith("## "):
            verdict = line.removeprefix("## ").lower()
        elif verdict and line.startswith("| ") and not line.startswith("| type "):
            name = line.split(" | ")[0].removeprefix("| ")
            assert name not in found, f"{name} is listed twice"
            found[name] = (verdict, line)
    return found


def test_every_image_text_to_text_type_of_transformers_is_listed_once_with_a_verdict() -> None:
    found = listed()
    assert sorted(found) == model_types()
    assert {verdict for verdict, _ in found.values()} <= set(VERDICTS)
    assert not [name for name, (verdict, line) in found.items() if verdict == "shared" and "agrees" not in line]


def test_the_families_that_are_tested_one_by_one_are_shared() -> None:
    found = listed()
    families = ("llava", "llava_next", "llava_onevision", "idefics3", "smolvlm", "internvl", "qwen2_vl", "qwen2_5_vl", "qwen3_vl", "qwen3_5", "gemma3", "glm4v", "glm4v_moe", "glm46v")
    assert {found[name][0] for name in families} == {"shared"}


@pytest.mark.slow
@pytest.mark.parametrize("model_type", SAMPLE)
def test_a_row_is_what_a_proof_says_today(model_type: str) -> None:
    row = classify(model_type)
    assert (row.verdict, row.line) == listed()[model_type]


def test_a_page_counts_its_rows_and_leaves_no_section_out() -> None:
    text = page([Row("a", "refused", why="because"), Row("b", "refused", why="why not")])
    assert "| refused | 2 |" in text and "| a | because |" in text
    assert text.count("None.") == 3 and all(f"## {verdict.capitalize()}" in text for verdict in VERDICTS)
