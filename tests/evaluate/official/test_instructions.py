"""IFEval's checks beside the published ones, on requests and responses made by a seeded script."""

import json
from pathlib import Path

import made_texts
import pytest

from veridical.evaluate.benchmarks.text.ifeval import follows, forgiven
from veridical.grade.instructions import instructions
from veridical.grade.instructions.tools import tools

PRINTED = Path(__file__).parents[2] / "golden" / "ifeval_checks.json"
"""For each of the first rows, what the program of lm-evaluation-harness 0.4.13 said, strictly and loosely, of each instruction: 1 followed, 0 not."""


def checked(rows, language, sentences):
    """For every row, [strict, loose] of each instruction."""
    chosen = tools(language, sentences, {"language", "sentences"})
    return [
        [[follows((instructions()[name], given), said, chosen) for name, given in zip(row["instruction_id_list"], row["kwargs"])] for said in ([row["response"]], forgiven(row["response"]))]
        for row in rows
    ]


def differing(rows, there, found, kinds):
    """Names of instructions of some kinds on which the two disagree, with the row. Words of Indic scripts are left out: nltk 3.10 counts them otherwise than older ones."""
    return [
        (row["key"], name) for row, ours, theirs in zip(rows, found, there)
        for way in (0, 1) for place, name in enumerate(row["instruction_id_list"])
        if name in kinds and ours[way][place] != theirs[way][place] and not (name.endswith("number_words") and any("\u0900" <= sign <= "\u097f" for sign in row["response"]))
    ]  # fmt: skip


def test_the_checks_say_what_the_program_said():
    printed = [[[mark == "1" for mark in way] for way in row] for row in json.loads(PRINTED.read_text())]
    rows = made_texts.requests()[: len(printed)]
    found = checked(rows, "words", "rule")
    exact = {name for name, one in instructions().items() if not one.uses and not name.startswith("change_case:english")}
    assert len(exact) == 21
    assert differing(rows, printed, found, exact) == []
    # what needs no package is a little different: languages of very mixed texts, odd ends of sentences
    rest = differing(rows, printed, found, instructions().keys() - exact)
    asked = sum(2 for row in rows for name in row["instruction_id_list"] if name not in exact)
    assert len(rest) <= 0.05 * asked


@pytest.mark.slow
def test_the_checks_agree_with_the_program_beside_them(official):
    try:
        tools("langdetect", "punkt", {"language", "sentences"})
    except RuntimeError as error:
        pytest.skip(str(error))
    rows = made_texts.requests()
    there = official("run_ifeval.py", needs="lib")
    assert differing(rows, there, checked(rows, "langdetect", "punkt"), instructions().keys()) == []
