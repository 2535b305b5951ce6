"""Commands as a user types them, in one process."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from veridical import __version__
from veridical.cli import app, is_ours, main
from veridical.records.load import load, save
from veridical.world.files import write_all
from veridical.world.records import pairs

runner = CliRunner()


def run(*arguments: str) -> str:
    """Standard output of a command that succeeds."""
    result = runner.invoke(app, [*map(str, arguments)])
    assert result.exit_code == 0, result.output + repr(result.exception)
    return result.output


def refused(capsys, monkeypatch, *arguments: str) -> str:
    """What a command that is refused prints."""
    monkeypatch.setattr(sys, "argv", ["veridical", *map(str, arguments)])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2
    return capsys.readouterr().err


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Benchmarks of a few scenes."""
    return write_all(tmp_path_factory.mktemp("world"), 10, 10, 10)


def test_help_imports_nothing_heavy():
    code = "import sys, veridical.cli; print(sorted({name.split('.')[0] for name in sys.modules} & {'torch', 'transformers', 'numpy', 'pydantic', 'datasets', 'scipy'}))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_the_version_is_told():
    assert run("--version").strip() == __version__


@pytest.mark.parametrize(("what", "names"), [("methods", {"dpo", "mdpo", "ddpo", "simpo"}), ("benchmarks", {"pope", "chair", "amber"}), ("formats", {"trl", "rlhf_v"}), ("corruptions", {"crop", "gaussian_blur"}), ("attacks", {"pgd", "page"}), ("graders", {"objects"}), ("recipes", {"dpo", "sft"})])
def test_a_list_names_what_there_is(what, names):
    found = json.loads(run("list", what, "--json"))
    assert names <= {entry["name"] for entry in found}
    assert all(name in run("list", what) for name in names)


def test_a_method_is_listed_with_formula_views_reference_and_paper():
    entry = next(entry for entry in json.loads(run("list", "methods", "--json")) if entry["name"] == "simpo")
    assert entry["reference"] == "none" and entry["views"] == "chosen, rejected" and "S(chosen)" in entry["formula"] and entry["paper"].startswith("arXiv")


def test_a_wrong_name_is_answered_with_the_right_one(capsys, monkeypatch, tmp_path):
    assert "did you mean model?" in refused(capsys, monkeypatch, "align", "modle=x")
    assert "did you mean 'pope'" in refused(capsys, monkeypatch, "score", "poppe", tmp_path, "--data", tmp_path)
    assert "there are methods" in refused(capsys, monkeypatch, "list", "everything")
    assert "no such file" in refused(capsys, monkeypatch, "convert", tmp_path / "nothing.json", tmp_path / "out.jsonl")


def test_a_fault_of_the_program_keeps_its_traceback():
    assert not is_ours(KeyError("x")) and not is_ours(ValueError("from elsewhere"))


def test_responses_are_scored_without_a_model(world, tmp_path):
    rows = [json.loads(line) for line in (world / "pope" / "world_pope_adversarial.json").read_text().splitlines()]
    answers = tmp_path / "answers.jsonl"
    answers.write_text("".join(json.dumps({"question_id": row["question_id"], "answer": row["label"]}) + "\n" for row in rows))
    found = json.loads(run("score", "pope", answers, "--data", world / "pope" / "world_pope_adversarial.json", "--out", tmp_path / "result.json", "--json"))
    assert found["metrics"]["accuracy"]["value"] == 100.0
    assert len(json.loads((tmp_path / "result.json").read_text())["rows"]) == len(rows)


def test_a_conversion_says_what_is_lost(tmp_path):
    save(pairs(3), tmp_path / "pairs.jsonl")
    said = run("convert", tmp_path / "pairs.jsonl", tmp_path / "trl.json", "--to", "trl")
    assert "3 records" in said and "not in trl: spans (3 records)" in said
    back = load(str(tmp_path / "trl.json"))
    assert back.format == "trl" and len(back.records) == 3


def test_a_selection_is_written_and_reported_and_what_a_benchmark_shares_is_said(tmp_path):
    save(pairs(12), tmp_path / "in.jsonl")
    save(pairs(4), tmp_path / "benchmark.jsonl")
    assert "4 of 4 of its records (100.0%) are touched by 4 of these" in run("inspect", tmp_path / "in.jsonl", "--against", tmp_path / "benchmark.jsonl").replace("\n", " ")
    report = json.loads(run("select", tmp_path / "in.jsonl", tmp_path / "out.jsonl", "--most", 5, "--against", tmp_path / "benchmark.jsonl", "--json"))
    kept = load(str(tmp_path / "out.jsonl")).records
    assert len(kept) == 5 == report["after"]["records"] and not {one.record_id for one in kept} & {one.record_id for one in pairs(4)}


def test_the_worlds_pairs_and_files_are_written(tmp_path):
    assert "4 records" in run("world", "pairs", tmp_path / "p.jsonl", "--count", "4")
    run("world", "files", tmp_path / "w", "--captions", "3", "--questions", "3", "--amber", "3")
    run("world", "benchmarks", tmp_path / "b", "--captions", "2", "--questions", "2", "--amber", "2", "--scenes", "2")
    assert {"chair", "mmlu", "vlguard"} <= {one.name for one in (tmp_path / "b").iterdir()} and json.loads((tmp_path / "b" / "suite.json").read_text())["mmlu"]["convention"] == "cloze"
    assert (tmp_path / "w" / "amber" / "annotations.json").is_file()
