"""The gate from folders of results, at the command line."""

import json

import pytest
from typer.testing import CliRunner

from veridical.cli import app
from veridical.evaluate.benchmark import BenchmarkError
from veridical.records.result import Metric, Result, Row
from veridical.study.gate import gate, results_in


def written(folder, values: str, benchmark: str = "mmstar", **changes):
    """A folder with a result of "110": right, right, wrong."""
    rows = tuple(Row(record_id=f"q{place}", value=float(value), gold="A", answer="A" if value == "1" else "B") for place, value in enumerate(values))
    metrics = {"accuracy": Metric(value=50, low=0, high=100, n=len(rows), better="higher")}
    told = {"benchmark": benchmark, "dimension": "general", "data": "d", "model": folder.name, "rows": rows, "metrics": metrics}
    Result(**(told | changes)).save(folder / "results" / f"{benchmark}.json")
    return folder


def run(*arguments):
    """The command's exit status and what it printed."""
    found = CliRunner().invoke(app, [str(one) for one in arguments])
    return found.exit_code, found.stdout


def test_the_exit_status_tells_pass_fail_and_undecided(tmp_path):
    base = written(tmp_path / "base", "1" * 900 + "0" * 100)
    for name, values, status, word in (
        ("same", "1" * 905 + "0" * 95, 0, "gate: pass"), ("worse", "1" * 860 + "0" * 140, 1, "gate: FAIL"),
        ("unclear", "0" * 40 + "1" * 860 + "1" * 40 + "0" * 60, 3, "gate: undecided"),
    ):  # fmt: skip
        found, printed = run("gate", base, written(tmp_path / name, values), "margin=1")
        assert found == status and word in printed, printed


def test_a_subset_is_chosen_asked_and_decides(tmp_path):
    base = written(tmp_path / "base", "1" * 900 + "0" * 100)
    earlier = [written(tmp_path / f"old{number}", "0" * (40 + 20 * number) + "1" * (860 - 20 * number) + "0" * 100) for number in range(2)]
    file = tmp_path / "subset.json"
    status, printed = run("subset", base, *earlier, "--share", 0.2, "--out", file)
    assert status == 0 and "mmstar: 200 questions" in printed
    asked = {name for stratum in json.loads(file.read_text())["benchmarks"]["mmstar"]["strata"] for name in stratum["records"]}
    everything = results_in(written(tmp_path / "full", "0" * 50 + "1" * 850 + "0" * 100))["mmstar"]
    part = everything.model_copy(update={"rows": tuple(row for row in everything.rows if row.record_id in asked), "data": "a part", "settings": {"subset": "x"}})
    part.save(tmp_path / "candidate" / "results" / "mmstar.json")
    status, printed = run("gate", base, tmp_path / "candidate", "--subset", file, "--json")
    found = json.loads(printed)
    assert status == 1 and found["outcome"] == "fail" and found["dimensions"]["general"]["asked"] == 200
    # the candidate lost exactly 5 points on the whole
    assert abs(found["dimensions"]["general"]["points"] + 5) < 2 and found["benchmarks"]["mmstar"]["separates_p"] < 0.01


def test_results_that_cannot_be_compared_are_named_and_nothing_to_compare_is_an_error(tmp_path):
    base, other = written(tmp_path / "base", "1" * 300), written(tmp_path / "other", "1" * 300)
    written(base, "1" * 300, "blink")
    for folder in (base, other):
        written(folder, "1" * 300, "mmstar-blind")
        written(folder, "1" * 300, "chair")
    found = gate(base, other, {})
    assert found.verdict.outcome.name == "PASS" and "blink: only one of the two" in found.text
    assert "unknown benchmark 'mmstar-blind'" in found.text and found.left_out["chair"].startswith("chair: ")
    with pytest.raises(BenchmarkError, match="nothing can be compared. mmstar: .*judge"):
        gate(written(tmp_path / "a", "11"), written(tmp_path / "b", "11", settings={"judge": "b"}), {})
    with pytest.raises(BenchmarkError, match="holds no result"):
        results_in(tmp_path)
    with pytest.raises(BenchmarkError, match="did you mean .margin."):
        gate(base, other, {"margin.everything": 1})
    assert "text           undecided  was not measured" in gate(base, other, {"margin.text": 1}).text


def test_a_model_directory_is_asked_what_the_base_was_asked(tmp_path, monkeypatch):
    base, model = written(tmp_path / "base", "1" * 300), tmp_path / "models" / "new"
    model.mkdir(parents=True)
    (model / "config.json").write_text("{}")
    with pytest.raises(BenchmarkError, match="recipe.yaml: not there"):
        gate(base, model, {})
    (base / "recipe.yaml").write_text("model: old\nadapter: old-adapter\nbenchmarks:\n- {name: mmstar, data: files}\n")
    asked = []

    def evaluated(recipe, say):
        asked.append((recipe.model, recipe.adapter, recipe.benchmarks[0].data))
        written(type(tmp_path)(recipe.run), "1" * 300)

    monkeypatch.setattr("veridical.study.evaluation.run_evaluation", evaluated)
    assert gate(base, model, {}).verdict.outcome.name == "PASS"
    assert asked == [(str(model), None, "files")]
