"""Losses that depend on every record of a step, and what a run knows beside its loss."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from veridical.models.small.build import build
from veridical.objectives.find import find
from veridical.objectives.link import Logistic
from veridical.objectives.regularise import regularised
from veridical.recipe import RecipeError
from veridical.records.load import save
from veridical.records.record import Record, Response
from veridical.world.records import pairs as world_pairs


def rows(run: Path) -> list[dict[str, float]]:
    """Logged lines of steps."""
    return [row for row in map(json.loads, (run / "metrics.jsonl").read_text().splitlines()) if "loss" in row]


def looks(run: Path) -> list[dict[str, float]]:
    """Logged looks at held-out records."""
    return [row for row in map(json.loads, (run / "metrics.jsonl").read_text().splitlines()) if any(name.startswith("held_out/") for name in row)]


@pytest.mark.parametrize("name", ["kto", "bco", "aot", "aot_unpaired", "beta_dpo", "mm_dpo_code"])
def test_micro_batches_do_not_change_a_loss_that_compares_the_records_of_a_step(name: str, aligned: Callable[..., list[str]], tmp_path: Path) -> None:
    for micro in (1, 100_000):
        aligned(f"method={name}", f"step.micro_tokens={micro}", "step.records=4", f"run={tmp_path}/{micro}")
    ours, theirs = rows(tmp_path / "1"), rows(tmp_path / "100000")
    assert [row["loss"] for row in ours] == pytest.approx([row["loss"] for row in theirs], abs=1e-5)
    assert [row["grad_norm"] for row in ours] == pytest.approx([row["grad_norm"] for row in theirs], rel=1e-3)


def test_a_step_of_one_record_is_refused_where_records_are_compared(aligned: Callable[..., list[str]], tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="kto compares the records of a step"):
        aligned("method=kto", "step.records=1", f"run={tmp_path}")


@pytest.mark.parametrize("name", ["kto", "apo_zero", "bco_no_shift"])
def test_responses_with_a_label_and_no_partner_train(name: str, aligned: Callable[..., list[str]], llava: Path, tmp_path: Path) -> None:
    def alone(record: Record, place: int) -> Record:
        kept: Response = record.response("chosen" if place % 2 else "rejected")
        return record.replace(kind="unpaired", pairs=(), responses=(kept.replace(label=place % 2),))

    save([alone(record, place) for place, record in enumerate(world_pairs(8))], tmp_path / "unpaired.jsonl")
    aligned(f"data.0.path={tmp_path / 'unpaired.jsonl'}", f"method={name}", f"run={tmp_path}/run")
    found = rows(tmp_path / "run")
    assert len(found) == 4 and all(0 < row["loss"] < 9 for row in found) and found[0]["grad_norm"] > 0


def test_the_monitor_says_nothing_changed_where_nothing_is_learnt_and_that_pictures_matter_where_they_do(aligned: Callable[..., list[str]], tmp_path: Path) -> None:
    for lr in (0, "1e-2"):
        aligned("method=simpo", f"optimiser.lr={lr}", "watch.every=4", f"run={tmp_path}/{lr}")
    still, moved = looks(tmp_path / "0")[-1], looks(tmp_path / "1e-2")[-1]
    named = {"margin", "blind_margin", "blind_gap", "rise", "kl"}
    assert all(abs(still[f"held_out/monitor/{name}"]) < 1e-4 for name in named)
    assert all(abs(moved[f"held_out/monitor/{name}"]) > 1e-4 for name in named - {"blind_gap"})
    assert moved["held_out/monitor/blind_gap"] == pytest.approx(moved["held_out/monitor/margin"] - moved["held_out/monitor/blind_margin"], abs=1e-5)


def test_a_run_that_continues_watches_with_the_same_numbers(aligned: Callable[..., list[str]], tmp_path: Path) -> None:
    import shutil

    aligned("watch.every=4", "save.every=2", "save.keep=9", f"run={tmp_path}/whole")
    shutil.copytree(tmp_path / "whole" / "checkpoints" / "step-000002", tmp_path / "again" / "checkpoints" / "step-000002")
    aligned("watch.every=4", "save.every=2", f"run={tmp_path}/again")
    assert {name: value for name, value in looks(tmp_path / "whole")[-1].items() if name != "time"} == {name: value for name, value in looks(tmp_path / "again")[-1].items() if name != "time"}


def test_an_early_stop_may_wait_for_what_the_monitor_sees(aligned: Callable[..., list[str]], tmp_path: Path) -> None:
    said = aligned("watch.every=1", "watch.patience=1", "watch.metric=monitor/margin", "watch.better=higher", "optimiser.lr=0", f"run={tmp_path}")
    assert any("stopped early after step 2" in line for line in said)


def test_regularisers_are_one_key_each(aligned: Callable[..., list[str]], tmp_path: Path) -> None:
    said = aligned("regularise.likelihood=0.2", "regularise.anchor=0.5", "regularise.smoothing=0.1", f"run={tmp_path}")
    assert any("0.2 (NLL(chosen) per token)" in line and "0.5 (−log σ(0.1 r(chosen)))" in line and "0.1 log σ(−" in line for line in said)
    assert {"loss/held: likelihood", "loss/held: anchor"} <= set(rows(tmp_path)[0])


def test_smoothing_reaches_comparisons_and_not_anchors() -> None:
    terms = regularised(find("mdpo"), smoothing=0.2).terms
    assert [term.link for term in terms] == [Logistic(0.2), Logistic(0.2), Logistic(0.0)]
    with pytest.raises(ValueError, match="no logistic comparison"):
        regularised(find("apo_zero"), smoothing=0.2)


def test_a_reference_that_is_another_model_must_read_the_same_tokens(aligned: Callable[..., list[str]], llava: Path, tmp_path: Path) -> None:
    aligned("reference=model", f"reference_model={llava}", f"run={tmp_path}/same")
    aligned("reference=adapter_off", f"run={tmp_path}/off")
    assert [row["loss"] for row in rows(tmp_path / "same")] == pytest.approx([row["loss"] for row in rows(tmp_path / "off")], abs=1e-5)
    other = build("qwen2_5_vl").save(tmp_path / "qwen")
    with pytest.raises(ValueError, match="reference_model=.*(vocabulary|image processor)"):
        aligned("reference=model", f"reference_model={other}", f"run={tmp_path}/other")


def test_a_moving_reference_lets_the_policy_go_further(aligned: Callable[..., list[str]], tmp_path: Path) -> None:
    for kind, every in (("copy", 1), ("moving", 1)):
        aligned(f"reference={kind}", f"moving.every={every}", "moving.rate=1.0", "length.steps=6", f"run={tmp_path}/{kind}")
    still, moved = rows(tmp_path / "copy"), rows(tmp_path / "moving")
    assert still[0]["loss"] == moved[0]["loss"] and still[-1]["loss"] < moved[-1]["loss"]
    assert [row["loss"] for row in moved[1:]] == pytest.approx([0.6931] * 5, abs=1e-3)


def test_the_monitor_counts_the_words_of_greedy_responses_when_asked(aligned: Callable[..., list[str]], tmp_path: Path) -> None:
    aligned("watch.responses=2", "watch.every=4", f"run={tmp_path}")
    words = looks(tmp_path)[-1]["held_out/monitor/words"]
    assert words > 0 and (2 * words).is_integer()  # a mean over two responses
