"""Data through `datasets`, from a directory that stands for the hub."""

import pytest
from datasets import Dataset, DatasetDict, Features, Image, Value
from PIL import Image as Picture

from veridical.evaluate.benchmark import BenchmarkError
from veridical.evaluate.benchmarks import find
from veridical.evaluate.hub import folder_of
from veridical.evaluate.questions import row_of
from veridical.evaluate.run import load, take
from veridical.grade.grade import Grade
from veridical.records.picture import open_picture


@pytest.fixture
def saved(tmp_path):
    """Three questions in MMStar's columns, saved as `datasets` saves them."""
    rows = {
        "index": ["0", "1", "2"], "question": ["Which colour?\nOptions: A: red, B: blue"] * 3, "answer": ["A", "B", "A"], "category": ["coarse perception"] * 3,
        "l2_category": ["image scene and topic"] * 3, "image": [Picture.new("RGB", (8, 6), colour) for colour in ("red", "blue", "red")],
    }  # fmt: skip
    text = {name: Value("string") for name in rows if name != "image"}
    DatasetDict({"val": Dataset.from_dict(rows, Features({**text, "image": Image()}))}).save_to_disk(tmp_path / "MMStar")
    return tmp_path / "MMStar"


def test_a_data_set_becomes_files_that_the_benchmark_reads_and_is_fetched_once(saved, tmp_path):
    folder = folder_of(f"hub:{saved}", tmp_path / "run")
    records = load(find("mmstar"), folder)
    assert [record.answer.value for record in records] == ["A", "B", "A"]
    assert open_picture(records[1], records[1].media[0].media_id).getpixel((3, 3)) == (0, 0, 255)
    assert row_of(records[0], "A", Grade(1.0, "A")).group == row_of(records[2], "A", Grade(1.0, "A")).group != row_of(records[1], "B", Grade(1.0, "B")).group
    written = {file.name: file.stat().st_mtime_ns for file in folder.iterdir()}
    assert folder_of(f"hub:{saved}", tmp_path / "run") == folder and {file.name: file.stat().st_mtime_ns for file in folder.iterdir()} == written
    assert len(take(find("mmstar"), records, 2)[0]) in (1, 2)


def test_a_folder_is_itself_and_what_cannot_be_had_says_why(tmp_path, monkeypatch):
    assert folder_of(str(tmp_path), tmp_path / "run") == tmp_path
    monkeypatch.setattr("datasets.load_dataset", lambda *given, **named: (_ for _ in ()).throw(ConnectionError(f"no network for {given} {named}")))
    with pytest.raises(BenchmarkError, match=r"hub:own/MMMU#Art@v1: cannot be had \(ConnectionError: no network for \('own/MMMU', 'Art'\) \{'revision': 'v1'\}\)"):
        folder_of("hub:own/MMMU#Art@v1", tmp_path / "run")
