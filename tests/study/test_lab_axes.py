"""Comparisons over conditions: their plan, the making of pairs, the numbers, bases within their bands, and a small one from end to end."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from veridical.grade.lexicon import read_lexicon
from veridical.grade.objects import objects_named
from veridical.recipe import Condition, EvaluateRecipe, LabRecipe, RecipeError, load
from veridical.records.load import load as load_records
from veridical.records.record import Response, text_parts
from veridical.records.result import Result, Row
from veridical.study.evaluation import run_evaluation
from veridical.study.lab.axes_table import changed
from veridical.study.lab.axes_table import write as write_table
from veridical.study.lab.conditions import benchmark, cell, check
from veridical.study.lab.contrast import contrasts
from veridical.study.lab.lab import lab
from veridical.study.lab.sources import SOURCES, Making, agreement, believing, confirmed, make, worth
from veridical.world.cause import CAUSES
from veridical.world.records import pairs, prompt
from veridical.world.scene import scene

PLAIN = ["methods.0.method=dpo", "methods.1.method=mdpo", "methods.1.settings.optimiser.lr=1.6e-4", "pairs=16", "held=8", "captions=6", "untuned_seeds=2", "align.parts.language=full", "align.device=cpu"]


def recipe(*conditions: str, keys: tuple[str, ...] = ()) -> LabRecipe:
    """Conditions as "key=value key=value", on an axis called "a" where they name none."""
    said = [f"conditions.{place}.{pair}" for place, one in enumerate(conditions) for pair in ["axis=a", "pairs=8", *one.split()]]
    return load(LabRecipe, None, [*PLAIN, *said, *keys])


def test_the_shipped_axes_name_every_source_every_cause_and_methods_of_both_kinds():
    found = load(LabRecipe, "lab_axes", [])
    check(found)
    axes: dict[str, list[Condition]] = {}
    for one in found.conditions:
        axes.setdefault(one.axis, []).append(one)
    strength, *numbers, quality, cause = axes.values()
    assert [{one.source for one in axis} for axis in numbers] == [{source} for source in SOURCES] and all(len({one.pairs for one in axis}) >= 3 for axis in numbers)
    assert {one.source for one in quality} == set(SOURCES) and quality[0].pairs == min(one.pairs for one in found.conditions)
    assert {one.cause for one in cause} | {one.cause for one in strength} == set(CAUSES)
    assert {"dpo", "mdpo"} <= {one.method for one in found.methods} and len(found.methods) == 4 and found.untuned_seeds == 2


def test_conditions_with_the_same_base_pairs_and_cause_share_their_runs(tmp_path):
    found = recipe("label=one", "label=two", "label=more pairs=9", "label=led cause=leading")
    cells = [cell(found, one, tmp_path, print) for one in found.conditions]
    runs = [{task.measures for task in one.tasks} for one in cells]
    assert runs[0] == runs[1] and len(runs[0]) == 4 and len(set().union(*runs)) == 12
    sources = [one.jobs[0].recipe.data for one in cells]
    assert [data[0].limit for data in sources] == [8, 8, 9, 8] and {data[1].split for data in sources} == {"held_out"} and sources[0][0].path == sources[2][0].path != sources[3][0].path
    assert {job.recipe.optimiser.lr for job in cells[0].jobs if job.entrant == "mdpo"} == {1.6e-4} and [one.confirmed for one in cells] == [100.0] * 4
    assert cells[3].examination.benchmarks[0].data != cells[0].examination.benchmarks[0].data


@pytest.mark.parametrize(
    ("conditions", "keys", "message"),
    [
        (("label=a cause=fate",), (), "cause=fate: unknown; there are co_occurrence"), (("label=a source=bought",), (), "source=bought: unknown; there are corrected"),
        (("label=a base.cause=fate",), (), "base.cause=fate: unknown"), (("label=a", "label=a"), (), "two are called 'a'"), (("label=a pairs=17",), (), "pairs=17, but the recipe has pairs=16"),
        (("label=a",), ("tuned=[dpo]",), "leave out model, data and tuned"),
    ],
)  # fmt: skip
def test_conditions_that_cannot_be_are_refused_before_anything_runs(conditions, keys, message):
    with pytest.raises(RecipeError, match=message):
        check(recipe(*conditions, keys=keys))


def test_agreement_is_the_mean_overlap_with_all_descriptions():
    texts = ["a red tree and a house", "a blue tree", "a tree and a cup"]
    record = prompt(3, "train").replace(responses=tuple(Response(response_id=str(place), parts=text_parts(text), origin="model") for place, text in enumerate(texts)))
    # {tree, house} with itself 1, with {tree} 1/2, with {tree, cup} 1/3
    assert agreement(record)(record, texts[0]).value == pytest.approx((1 + 1 / 2 + 1 / 3) / 3)
    assert agreement(record)(record, "a kite").value == 0.0


def test_a_judge_who_never_errs_believes_the_truth_and_is_of_one_mind_about_a_record():
    record = prompt(5, "train")
    names = {fact.text for fact in believing(record, 0.0, 0).facts}
    assert names == set(scene(5).names) and believing(record, 0.4, 0).facts == believing(record, 0.4, 0).facts != believing(record, 0.0, 0).facts


def test_pairs_are_confirmed_by_the_truth_but_for_those_that_were_exchanged(tmp_path):
    synonyms = tmp_path / "chair" / "synonyms.txt"
    benchmark(tmp_path, "co_occurrence", 2)
    found = pairs(40)
    said = Condition(axis="a", label="b", exchanged=0.25)
    assert confirmed(found, synonyms) == 100.0 and confirmed(make(Making(said, "", 40, 0, tmp_path, synonyms)), synonyms) == 75.0
    assert worth(objects_named(read_lexicon(synonyms)), found[0], "gold") == 1.0


def chair(wrong: list[int]) -> dict[str, Result]:
    """CHAIR's result of descriptions of two objects each, so many of them hallucinated."""
    rows = tuple(Row(record_id=f"{n}", group=f"{n}.png", value=1.0, counts={"mentioned": 2.0, "hallucinated": float(one), "true": 2.0, "covered": 2.0 - one, "words": 4.0}) for n, one in enumerate(wrong))
    return {"chair": Result(benchmark="chair", rows=rows)}


def test_a_number_stands_beside_its_model_before_the_first_condition_and_the_baseline(tmp_path):
    found = recipe("label=many", "label=few", "label=other axis=b", keys=("columns=[chair.chair_i,chair.coverage]",))
    run = {"monitor": {"monitor/rise": 0.1}, "train_core_seconds": 3.0}
    half, quarter, none = [1] * 80, [1, 0] * 40, [0] * 80
    outcomes = {("many", "dpo"): [chair(quarter), chair(none)], ("many", "mdpo"): [chair(none)] * 2, ("few", "dpo"): [chair(half)] * 2, ("few", "mdpo"): [], ("other", "dpo"): [chair(quarter)]}
    numbers = contrasts(found, {"many": chair(half), "few": chair(half), "other": chair(none)}, outcomes, {place: [run] * len(seeds) for place, seeds in outcomes.items()}, {"many": 100.0, "few": 90.0, "other": 50.0})
    many, few = numbers["axes"]["a"]
    dpo = many["methods"]["dpo"]["metrics"]["chair.chair_i"]
    assert (dpo["value"], dpo["seeds"], many["before"]["chair.chair_i"]["value"], dpo["before"]["difference"]) == (12.5, [25.0, 0.0], 50.0, -37.5)
    assert dpo["before"]["low"] < -37.5 < dpo["before"]["high"] < 0 and dpo["before"]["adjusted"] >= dpo["before"]["p"] and "baseline" not in dpo and "first" not in dpo
    assert many["methods"]["mdpo"]["metrics"]["chair.chair_i"]["baseline"]["difference"] == -12.5 and set(few["methods"]) == {"dpo"}
    same = few["methods"]["dpo"]["metrics"]["chair.chair_i"]
    assert same["first"]["difference"] == 37.5 and same["before"]["difference"] == same["before"]["low"] == same["before"]["high"] == 0.0 and same["before"]["adjusted"] == 1.0
    assert numbers["axes"]["b"][0]["methods"]["dpo"]["metrics"]["chair.chair_i"]["before"]["difference"] == 25.0
    text = write_table(tmp_path / "axes.md", {**numbers, "runs": 7, "core_seconds": 60.0}).read_text()
    assert "| many (pairs right: 100%) | before | | 50.0 [50.0, 50.0] |" in text and "| few | dpo | 2 | 50.0 [50.0, 50.0] |" in text and "**0.0** [0.0, 0.0]" in text


def test_a_difference_has_a_star_only_where_interval_and_corrected_p_agree():
    clear = {"difference": -3.0, "low": -4.0, "high": -2.0, "adjusted": 0.01}
    assert changed(clear) == "-3.0 [-4.0, -2.0] *" and not changed({**clear, "adjusted": 0.2}).endswith("*") and not changed({**clear, "high": 0.5}).endswith("*") and changed(None) == ""


def chair_of(examination: EvaluateRecipe, run: Path) -> float:
    """CHAIR_i of an examination."""
    return run_evaluation(examination.model_copy(update={"run": str(run)}), print)["chair"].metrics["chair_i"].value


@pytest.mark.slow
def test_bases_are_as_strong_as_the_axis_says(tmp_path):
    bands = {"weak": (25.0, 37.0), "middling": (12.0, 18.5), "strong": (3.0, 8.0), "leading question": (8.0, 20.0), "resolution": (18.0, 34.0), "names mixed up": (14.0, 29.0)}
    found = load(LabRecipe, "lab_axes", [])
    known = {one.label: one for one in found.conditions}
    plain = benchmark(tmp_path / "world" / "co_occurrence", "co_occurrence", found.captions)
    for label, (low, high) in bands.items():
        asked = cell(found, known[label], tmp_path, print).examination
        assert low < chair_of(asked, tmp_path / label) < high, label
        if label in ("leading question", "resolution"):  # without the cause there is next to nothing
            assert chair_of(asked.model_copy(update={"benchmarks": [plain]}), tmp_path / f"{label}, plain") < 4.0, label


@pytest.mark.slow
def test_a_small_comparison_over_conditions_from_end_to_end_and_again_without_computing(tmp_path):
    small = ("untuned_seeds=1", "workers=1", "align.step.records=4", "align.length.steps=2", f"run={tmp_path}", "columns=[chair.chair_i,chair.coverage]")
    found = recipe("label=corrected", "label=own source=own", "label=judged source=judged", "label=led axis=b cause=leading base.cause=leading base.steps=2 base.records=4", keys=small)
    first = lab(found, say=lambda line: None)
    numbers = json.loads(first.numbers.read_text())
    assert numbers["runs"] == 8 and [len(axis) for axis in numbers["axes"].values()] == [3, 1]
    for one in [entry for axis in numbers["axes"].values() for entry in axis]:
        assert set(one["methods"]) == {"dpo", "mdpo"} and 0 <= one["confirmed"] <= 100
        assert all(metrics["chair.chair_i"]["low"] <= metrics["chair.chair_i"]["value"] for metrics in (entry["metrics"] for entry in one["methods"].values()))
    assert "<svg" in first.page.read_text() and "| own | mdpo | 1 |" in (tmp_path / "axes.md").read_text()
    said = [len(load_records(str(path)).records) for path in (tmp_path / "pairs").glob("*.jsonl")]
    assert len(said) == 6 and set(said) == {8, 16}
    files = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json*") if "before" not in path.parts and path.name != "axes.json"}
    assert lab(found, say=lambda line: None).board.numbers == numbers | {"axes": first.board.numbers["axes"]} and files == {path: path.stat().st_mtime_ns for path in files}
