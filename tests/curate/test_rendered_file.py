"""The command writes record files that every other command reads."""

import json

import pytest
from typer.testing import CliRunner

from veridical.cli import app
from veridical.curate.rendered import renderings
from veridical.curate.rendered.file import render_file
from veridical.records.load import Source, load
from veridical.study.listing import listing


def test_a_mixed_file_is_written_and_read_back(tmp_path):
    found = CliRunner().invoke(app, ["render", "all", str(tmp_path / "pairs.jsonl"), "--count", "23", "--seed", "3", "--set", "size=512", "--set", "difficulty=2", "--json"])
    assert found.exit_code == 0, found.output
    numbers = json.loads(found.stdout)
    loaded = load(Source(path=str(tmp_path / "pairs.jsonl")))
    assert loaded.left_out == [] and len(loaded.records) == numbers["records"] == 23
    assert numbers["pairs"] == sum(len(record.pairs) for record in loaded.records) == sum(numbers["errors"].values())
    assert {record.tags[1] for record in loaded.records} == set(renderings())
    assert all(json.loads(record.extra)["rendered"]["difficulty"] == 2 for record in loaded.records)


def test_the_same_command_writes_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        render_file("geometry", tmp_path / f"{name}.jsonl", 6, seed=2)
    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()


def test_a_shorter_file_is_the_beginning_of_a_longer_one(tmp_path):
    for count in (3, 5):
        render_file("table", tmp_path / f"{count}.jsonl", count)
    assert (tmp_path / "5.jsonl").read_text().startswith((tmp_path / "3.jsonl").read_text())


def test_other_formats_get_the_pictures_as_files(tmp_path):
    render_file("bar", tmp_path / "pairs.json", 3, given={"size": 300, "rejected": 1}, to="llama_factory")
    rows = json.loads((tmp_path / "pairs.json").read_text())
    assert len(rows) == 3 and all((tmp_path / picture).is_file() for row in rows for picture in row["images"])


def test_the_kinds_are_listed():
    assert {entry["name"] for entry in listing("rendered")} == set(renderings())
    assert {entry["family"] for entry in listing("rendered")} == {"charts", "documents", "geometry", "screens"}


def test_a_wrong_setting_names_what_there_is(tmp_path):
    with pytest.raises(ValueError, match="there are difficulty, size, rejected, fonts"):
        render_file("bar", tmp_path / "x.jsonl", 1, given={"dificulty": 1})
