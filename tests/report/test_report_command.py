"""`veridical report` as a user types it, in one process."""

import json

import pytest
from several_results import folders
from typer.testing import CliRunner

from veridical.cli import app

runner = CliRunner()


def run(*arguments: object) -> str:
    """Standard output of a command that succeeds."""
    result = runner.invoke(app, [*map(str, arguments)])
    assert result.exit_code == 0, result.output + repr(result.exception)
    return result.output


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """Three folders of results."""
    return folders(tmp_path_factory.mktemp("several"))


def test_two_folders_are_before_and_after_unless_they_are_named(places, tmp_path):
    changes = json.loads(run("report", places[0], places[1], "--out", tmp_path / "pair.html", "--json"))
    assert set(changes["models"]) == {"before", "after"} and "Before and after alignment" in (tmp_path / "pair.html").read_text()
    named = json.loads(run("report", f"base={places[0]}", places[1], "--out", tmp_path / "named.html", "--json"))
    beside = json.loads(run("report", "--side-by-side", places[0], places[1], "--out", tmp_path / "beside.html", "--json"))
    assert named["labels"] == ["base", "moved"] == beside["labels"] and json.loads((tmp_path / "named.json").read_text()) == named


def test_three_folders_are_models_side_by_side_and_have_no_training_run(places, tmp_path):
    assert run("report", *places, "--out", tmp_path / "x.html").split() == [str(tmp_path / "x.html"), str(tmp_path / "x.json")]
    refused = runner.invoke(app, ["report", *map(str, places), "--training", str(tmp_path), "--out", str(tmp_path / "y.html")])
    assert refused.exit_code == 2 and "between two folders" in refused.output and not (tmp_path / "y.html").exists()
