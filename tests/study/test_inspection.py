"""What data share with a benchmark's published files."""

import shutil

import pytest

from veridical.records.load import LoadError, Source, save
from veridical.study.inspection import inspect
from veridical.world.files import write_pope
from veridical.world.records import pairs
from veridical.world.scene import scene


def test_a_picture_of_a_benchmark_in_the_data_is_found_by_its_pixels(tmp_path):
    write_pope(tmp_path / "pope", [scene(seed, "test") for seed in range(4)])
    shutil.copy(tmp_path / "pope" / "images" / "scene_2.png", tmp_path / "renamed.png")
    records = pairs(3, 900)
    taken = records[1].replace(media=tuple(one.replace(path=str(tmp_path / "renamed.png"), data=None, recipe=None) for one in records[1].media[:1]))
    save([records[0], taken, records[2]], tmp_path / "data.jsonl")
    (found,) = inspect(Source(path=str(tmp_path / "data.jsonl")), against=[f"pope={tmp_path / 'pope'}"]).overlaps
    asked = sum("scene_2.png" in line for file in (tmp_path / "pope").glob("*.json") for line in file.read_text().splitlines())
    assert found.records == (taken.record_id,) and found.by["pixels"].benchmark == asked == found.touched < found.size


def test_a_name_that_is_no_benchmark_is_a_file(tmp_path):
    save(pairs(2), tmp_path / "data.jsonl")
    with pytest.raises(LoadError):
        inspect(Source(path=str(tmp_path / "data.jsonl")), against=["nothing=there"])
