"""The lab: what it plans, what it chooses, what its table says, and one small comparison from end to end."""

from __future__ import annotations

import json
import os
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from veridical.objectives.published import published
from veridical.recipe import LabRecipe, RecipeError, load
from veridical.records.result import Result, Row
from veridical.study.lab import work as running_work
from veridical.study.lab.board import board, over_seeds
from veridical.study.lab.lab import choose, lab
from veridical.study.lab.page import verdict
from veridical.study.lab.plan import entrants, finals, merged, remembered, tuning
from veridical.study.lab.ranking import PUBLISHED
from veridical.study.several import attempt, settle

SMALL = ["methods.0.method=dpo", "methods.1.method=simpo"]


def recipe(*keys: str) -> LabRecipe:
    return load(LabRecipe, None, [*SMALL, *keys])


def test_everyone_tuned_gets_the_same_configurations_and_the_others_their_own_settings():
    found = load(LabRecipe, "lab", ["align.data.0.path=pairs.jsonl"])
    everyone = entrants(found)
    tuned = [one for one in everyone if one.tuned]
    assert len(tuned) == 12 and {len(one.grid) for one in tuned} == {6} and {one.seeds for one in tuned} == {5}
    assert {one.seeds for one in everyone if not one.tuned and not one.like} == {2} and len(everyone) > 55
    jobs = tuning(found, everyone)
    assert len(jobs) == 72 and len({job.key for job in jobs}) == 72 and not any(job.examined for job in jobs)
    last = finals(found, everyone, {one.label: 2 for one in tuned})
    assert len(last) == 13 * 5 + 2 * (len(everyone) - 13)
    assert {job.recipe.optimiser.lr for job in last if job.entrant == "mdpo, 100 pairs"} == {found.grid[2]["optimiser.lr"]}
    assert [source.limit for job in last if job.entrant == "mdpo, 100 pairs" for source in job.recipe.data[:1]] == [100, 100]
    assert {job.recipe.optimiser.lr for job in last if job.entrant == "mdpo"} == {found.grid[2]["optimiser.lr"]}
    assert [job.recipe.seed for job in last][:3] == [0, 0, 0]


def test_dotted_keys_go_as_deep_as_they_say():
    assert merged({"optimiser": {"lr": 1, "clip": 2}, "a": 3}, {"optimiser.lr": 5}) == {"optimiser": {"lr": 5, "clip": 2}, "a": 3}
    assert merged({"method_settings": {"beta": 1}}, {"method_settings": {"margin": 2}}) == {"method_settings": {"margin": 2}}


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (["methods.1.method=simpoo"], "did you mean 'simpo'"), (["methods.1.method=dpo"], "two are called 'dpo'"), (["baseline=kto"], "baseline=kto: takes no part"),
        (["methods.1.grid.0.optimizer.lr=1"], "optimizer"), (["tuned=[kto]"], "nobody is called 'kto'"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused_before_anything_runs(keys, message):
    with pytest.raises(RecipeError, match=message):
        entrants(recipe(*keys))


def test_a_reference_is_remembered_for_all_runs_unless_the_method_wants_its_distribution_or_another_one():
    one = load(LabRecipe, "lab", [])
    kinds = {name: remembered(one.align.model_copy(update={"method": name})).reference for name in ("dpo", "tdpo2", "tr_dpo")}
    assert kinds == {"dpo": "cache", "tdpo2": "auto", "tr_dpo": "auto"}


def test_the_configuration_with_the_largest_margin_is_chosen_among_those_that_do_not_sink():
    one = recipe("grid.0.optimiser.lr=1e-5", "grid.1.optimiser.lr=2e-5", "grid.2.optimiser.lr=4e-5", "tuned=[dpo]")
    found, jobs = entrants(one), tuning(one, entrants(one))

    def tried(*numbers):
        return {job.key: {"monitor": dict(zip(("monitor/margin", "monitor/rise"), one, strict=True))} for job, one in zip(jobs, numbers, strict=True)}

    assert choose(found, jobs, tried((1, 0.0), (3, -0.01), (9, -0.3))) == {"dpo": 1}
    assert choose(found, jobs, tried((1, 0.0), (3, -0.01), (9, -0.3)), sink=0.5) == {"dpo": 2}
    assert choose(found, jobs, tried((1, -0.4), (3, -0.2), (9, -0.3))) == {"dpo": 1}
    with pytest.raises(RecipeError, match="dpo: every configuration failed"):
        choose(found, jobs, {})


def test_a_draw_of_seeds_is_the_same_for_entrants_with_as_many():
    one, other = np.random.default_rng(0).random((2, 500, 3))
    assert np.allclose(over_seeds(one) - over_seeds(other), over_seeds(one - other))
    assert np.allclose(over_seeds(np.ones((5, 2))), 1.0)


@pytest.mark.slow
def test_a_small_comparison_from_end_to_end_and_again_without_computing(tmp_path):
    keys = [
        "methods.0.method=dpo", "methods.1.method=image_dpo", "methods.2.method=simpo", "methods.3.method=dpo", "methods.3.label=blind", "methods.3.blank=true", "methods.3.like=dpo", "tuned=[dpo]", "grid.0.optimiser.lr=1e-5", "grid.1.optimiser.lr=8e-5", "pairs=16", "held=8", "seeds=2",
        "untuned_seeds=1", "captions=6", "scenes=4", "amber=3", "align.step.records=4", "align.length.steps=4", "align.parts.language=full", "align.device=cpu", "align.optimiser.lr=4e-5",
        f"run={tmp_path}",
    ]  # fmt: skip
    found = lab(load(LabRecipe, None, keys), say=lambda line: None)
    numbers = json.loads(found.numbers.read_text())
    assert set(numbers["rows"]) == {"dpo", "image_dpo", "simpo", "blind"} and numbers["runs"] == 2 + 2 + 1 + 1 + 1 and numbers["chosen"]["dpo"]
    for label, entry in numbers["rows"].items():
        one = entry["metrics"]["chair.chair_i"]
        assert one["low"] <= one["value"] <= one["high"] and entry["seeds"] == (2 if label == "dpo" else 1)
        assert {"rise", "blind_gap", "kl", "core_seconds", "memory_MB"} <= set(entry)
    assert numbers["rows"]["dpo"]["metrics"]["chair.chair_i"]["difference"] == 0.0
    blind = next(tmp_path.glob("runs/blind-*"))
    assert "blank-0.jsonl" in (blind / "align" / "recipe.yaml").read_text() and "| dpo |" in (tmp_path / "lab.md").read_text()
    page = found.page.read_text()
    assert "<svg" in page and "image_dpo*" in page and "Kendall" in page
    files = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("measures.json")}
    again = lab(load(LabRecipe, None, keys), say=lambda line: None)
    assert again.board.numbers == found.board.numbers and files == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("measures.json")}

def test_a_run_that_failed_says_why_until_it_succeeds(tmp_path, monkeypatch):
    one = load(LabRecipe, "lab", ["align.data.0.path=pairs.jsonl"])
    job = tuning(one, entrants(one))[0]

    def fail(recipe):
        raise ValueError("no room left")

    task = running_work.Task(job, tmp_path, None)
    monkeypatch.setattr(running_work, "train", fail)
    assert "no room left" in attempt(running_work.work, task, task.measures.parent) and "no room left" in (tmp_path / job.key / "failure.txt").read_text()
    monkeypatch.setattr(running_work, "train", lambda recipe: {"monitor/margin": 1.0})
    assert attempt(running_work.work, task, task.measures.parent) == "" and sorted(path.name for path in (tmp_path / job.key).iterdir()) == ["measures.json"]


def killed_lab(path: Path) -> None:
    """A process that has a worker of the lab's pool, writes down which, and dies without a word."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=settle) as pool:
        path.write_text(str(pool.submit(os.getpid).result()))
        os._exit(9)


def running(process: Path) -> bool:
    """Whether a process of /proc does something; one that is gone and not yet collected does not."""
    try:
        return "(zombie)" not in (process / "status").read_text()
    except OSError:
        return False


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="no /proc to see processes in")
def test_workers_end_with_a_lab_that_is_killed(tmp_path):
    killed = get_context("spawn").Process(target=killed_lab, args=(tmp_path / "worker",))
    killed.start()
    killed.join(120)
    worker = Path("/proc") / (tmp_path / "worker").read_text()
    patience = 50
    while patience and running(worker):
        patience -= 1
        time.sleep(0.2)
    assert killed.exitcode == 9 and patience


def test_a_difference_counts_only_when_its_interval_and_its_corrected_p_agree():
    clear = {"difference": -3.0, "difference_low": -4.0, "difference_high": -2.0, "adjusted": 0.01}
    assert verdict(clear, "lower") == "better" and verdict(clear, "higher") == "worse" and verdict(clear, "") == ""
    assert verdict({**clear, "adjusted": 0.2}, "lower") == "" and verdict({**clear, "difference_high": 0.5}, "lower") == ""



def answers(right: list[bool]) -> dict[str, Result]:
    """POPE's result of questions of which some are answered rightly, each about a picture of its own."""
    rows = tuple(Row(record_id=f"random/{n}", group=f"{n}.png", gold="yes", answer="yes" if one else "no", value=float(one)) for n, one in enumerate(right))
    return {"pope": Result(benchmark="pope", rows=rows)}


def test_the_table_compares_every_entrant_with_the_baseline_on_the_same_draws():
    one = load(LabRecipe, None, [*SMALL, "methods.2.method=kto", "columns=[pope.accuracy]"])
    half, more = [n % 2 == 0 for n in range(60)], [n % 4 != 0 for n in range(60)]
    run = {"monitor": {"monitor/rise": 0.1}, "train_core_seconds": 3.0}
    outcomes = {"dpo": [answers(half), answers(half)], "simpo": [answers(half), answers(half)], "kto": [answers([True] * 60), answers(more)]}
    numbers = board(one, entrants(one), answers([False] * 60), outcomes, {label: [run, run] for label in outcomes}).numbers
    dpo, simpo, kto = (numbers["rows"][label]["metrics"]["pope.accuracy"] for label in ("dpo", "simpo", "kto"))
    assert numbers["base"] == {"pope.accuracy": 0.0} and [*numbers["rows"]][0] == "kto"
    assert (dpo["value"], kto["value"], kto["difference"], kto["spread"]) == (50.0, 87.5, 37.5, pytest.approx(np.std([100, 75], ddof=1)))
    assert (simpo["difference"], simpo["difference_low"], simpo["difference_high"], simpo["p"], simpo["adjusted"]) == (0.0, 0.0, 0.0, 1.0, 1.0)
    assert 0 < kto["difference_low"] < 37.5 < kto["difference_high"] < 75 and kto["adjusted"] == pytest.approx(2 * kto["p"]) and 0 < kto["p"] < 0.05
    assert numbers["rows"]["kto"]["rise"] == 0.1 and numbers["rows"]["kto"]["core_seconds"] == 3.0


def test_published_figures_of_the_ranking_are_those_of_the_facts():
    for one in PUBLISHED:
        known = [fact for fact in published()[one.method].results if isinstance(fact.before, float) and isinstance(fact.after, float) and fact.better == "lower"]
        agreeing = [fact for fact in known if round(100 * (fact.before - fact.after) / fact.before, 1) == one.reduction]
        if one.method in ("mdpo", "ddpo", "povid2", "ha_dpo"):
            assert [fact.verified for fact in agreeing] == [one.verified], one.method
