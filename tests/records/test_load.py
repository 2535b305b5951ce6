"""Sources: folders, limits, splits, weights, and pictures that are too many to hold."""

import json
from collections import Counter

import published_rows as published
import pytest
from pydantic import ValidationError

from veridical.records.formats import formats
from veridical.records.load import Loaded, LoadError, Source, distinct, load, mix, save
from veridical.records.media import Spill
from veridical.records.picture import open_picture
from veridical.records.record import Record, Turn, digest, text_parts
from veridical.records.rows import write_rows


def bare(name: str) -> Record:
    """A record that is only an id."""
    return Record(record_id=name, prompt=(Turn(role="user", parts=text_parts("Hi")),))


def loaded(*names: str) -> Loaded:
    """A source of such records."""
    return Loaded([bare(name) for name in names], [], "veridical", "")


def names(records) -> list[str]:
    return [record.record_id for record in records]


TEN = loaded(*(f"a{number}" for number in range(10)))


@pytest.mark.parametrize(("weight", "expected"), [(0, 0), (0.5, 5), (1, 10), (1.25, 12), (2.5, 25), (0.04, 0)])
def test_a_weight_says_how_often_records_are_drawn(weight, expected):
    drawn = Counter(name.partition("#")[0] for name in names(mix([(Source(path="a", weight=weight), TEN)], seed=3)))
    # whole rounds give every record as often; the rest gives some of them once more
    assert sum(drawn.values()) == expected
    assert set(drawn.values()) <= {int(weight), int(weight) + 1} and (weight < 1 or len(drawn) == 10)


def test_the_draw_depends_on_the_seed_and_not_on_the_order_of_sources_or_rows_or_on_other_sources():
    half, other = Source(path="a", weight=0.5), Source(path="b", weight=0.5)
    more, back = loaded(*(f"b{number}" for number in range(6))), loaded(*(f"a{number}" for number in reversed(range(10))))
    alone = set(names(mix([(half, TEN)], 1)))
    assert alone == set(names(mix([(half, back)], 1)))
    first, second = names(mix([(half, TEN), (other, more)], 1)), names(mix([(other, more), (half, TEN)], 1))
    assert set(first) == set(second) and alone == {name for name in first if name.startswith("a")}
    assert len({tuple(sorted(names(mix([(half, TEN)], seed)))) for seed in range(20)}) > 10


def test_repeated_records_get_ids_of_their_own():
    assert names(mix([(Source(path="a", weight=2), loaded("x", "y"))], 0)) == ["x", "y", "x#2", "y#2"]
    assert names(distinct([bare(name) for name in ("a", "a", "a#2", "a")])) == ["a", "a#3", "a#2", "a#4"]


@pytest.mark.parametrize("fields", [{"weight": -1}, {"limit": 0}, {"limit": -3}, {"wieght": 1}])
def test_a_source_that_makes_no_sense_is_refused(fields):
    with pytest.raises(ValidationError):
        Source(path="a", **fields)


def test_a_limit_takes_the_first_records_over_all_files_and_reads_no_further(tmp_path):
    for name in ("1", "2", "3"):
        save([bare(f"{name}-{number}") for number in range(4)], tmp_path / f"{name}.jsonl")
    # what lies behind the limit is not read, be it broken
    (tmp_path / "2.jsonl").write_text((tmp_path / "2.jsonl").read_text() + "broken\n" * 30)
    (tmp_path / "3.jsonl").write_text("broken")
    found = load(Source(path=str(tmp_path), limit=6))
    assert names(found.records) == ["1-0", "1-1", "1-2", "1-3", "2-0", "2-1"] and found.left_out == []
    assert len(load(str(tmp_path)).left_out) == 31


def test_a_split_is_written_on_every_record(tmp_path):
    save([bare("a"), bare("b").replace(split="old")], tmp_path / "a.jsonl")
    assert [one.split for one in load(Source(path=str(tmp_path / "a.jsonl"), split="new")).records] == ["new", "new"]


def test_a_folder_of_several_formats_says_all_of_them_and_a_stranger_costs_nothing(tmp_path):
    published.pictures(tmp_path)
    published.write(tmp_path / "a.json", published.LLAVA)
    published.write(tmp_path / "b.jsonl", published.MS_SWIFT)
    published.write(tmp_path / "config.json", {"model_type": "x"})
    found = load(str(tmp_path))
    assert found.format == "mantis, ms_swift" and found.why == "conversation with role and content beside images; messages with rejected_response"
    assert len(found.records) == 7 and [item.file for item in found.left_out] == [str(tmp_path / "config.json")]


def test_a_data_set_as_a_hub_lays_it_out_is_found_below_its_folder(tmp_path):
    (tmp_path / "data").mkdir()
    for number in range(2):
        write_rows(tmp_path / "data" / f"train-0000{number}-of-00002.parquet", published.RLAIF_V, formats()["rlaif_v"].features())
    (tmp_path / "README.md").write_text("card")
    assert names(load(str(tmp_path)).records) == ["0", "1", "0#2", "1#2"]


def test_the_media_root_is_where_relative_paths_start(tmp_path):
    published.pictures(tmp_path / "far")
    (tmp_path / "near").mkdir()
    path = published.write(tmp_path / "near" / "a.json", published.LLAVA[:1])
    assert load(path).records[0].media[0].path == str(tmp_path / "near/pictures/a.png")
    assert load(Source(path=path, media_root=str(tmp_path / "far"))).records[0].media[0].path == str(tmp_path / "far/pictures/a.png")


def test_a_dataset_info_of_another_program_is_no_registry(tmp_path):
    (tmp_path / "dataset_info.json").write_text(json.dumps({"builder_name": "json", "features": {"a": {"dtype": "string"}}, "splits": None}))
    save([bare("a")], tmp_path / "data.jsonl")
    found = load(str(tmp_path))
    assert names(found.records) == ["a"] and [item.file for item in found.left_out] == [str(tmp_path / "dataset_info.json")]


def test_a_broken_registry_is_said_and_does_not_stand_in_the_way_of_a_file_named_by_itself(tmp_path):
    (tmp_path / "dataset_info.json").write_text("{")
    save([bare("a")], tmp_path / "data.jsonl")
    assert names(load(str(tmp_path / "data.jsonl")).records) == ["a"]
    for path in (tmp_path, tmp_path / "dataset_info.json"):
        with pytest.raises(LoadError, match="dataset_info.json: not JSON .*; repair it, or name the data file itself"):
            load(str(path))


def test_a_registry_whose_file_is_gone_says_so(tmp_path):
    (tmp_path / "dataset_info.json").write_text(json.dumps({"a": {"file_name": "gone.json"}}))
    with pytest.raises(LoadError, match="gone.json: no such file"):
        load(str(tmp_path))


def test_pictures_that_are_too_many_to_hold_are_files_of_the_same_content(tmp_path, monkeypatch):
    monkeypatch.setenv("VERIDICAL_CACHE", str(tmp_path / "cache"))
    write_rows(tmp_path / "a.parquet", published.RLAIF_V, formats()["rlaif_v"].features())
    held = load(str(tmp_path / "a.parquet")).records
    assert not (tmp_path / "cache").exists() and all(one.media[0].data for one in held)
    spill = Spill(limit=len(held[0].media[0].data))
    kept, moved = map(spill, held)
    assert kept == held[0] and moved.media[0].data is None and published.Path(moved.media[0].path).parent == tmp_path / "cache" / "pictures"
    assert open_picture(moved, "m0").tobytes() == open_picture(held[1], "m0").tobytes()
    assert digest(moved) == digest(held[1])


def test_an_index_of_mmpr_names_subsets_their_media_and_how_often_each_is_drawn(tmp_path):
    for name, colour in (("one", (1, 0, 0)), ("two", (2, 0, 0))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.png").write_bytes(published.png(colour))
        published.write(tmp_path / f"{name}.jsonl", [{"image": "a.png", "question": f"{name} {number}?", "chosen": "a", "rejected": "b"} for number in range(4)])
    meta = {
        "one": {"root": "one", "annotation": "one.jsonl", "repeat_time": 2, "data_augment": False, "length": 4},
        "two": {"root": "two/", "annotation": "two.jsonl", "repeat_time": 0.5},
    }
    (tmp_path / "meta.json").write_text(json.dumps(meta))
    found = load(str(tmp_path / "meta.json"))
    assert Counter(one.provenance.origin_dataset for one in found.records) == {"one": 8, "two": 2} and len(set(names(found.records))) == 10
    assert {one.media[0].path for one in found.records} == {str(tmp_path / "one/a.png"), str(tmp_path / "two/a.png")}
    (tmp_path / "meta.json").write_text(json.dumps({"one": meta["one"] | {"repeat_time": "often"}}))
    with pytest.raises(LoadError, match="meta.json: one: repeat_time is 'often'"):
        load(str(tmp_path / "meta.json"))


@pytest.mark.parametrize(("strategy", "expected"), [("all", "0123456789"), ("first:3", "012"), ("end:20%", "89"), ("first:50%", "01234"), ("end:99", "0123456789")])
def test_an_index_of_vlm_r1_takes_a_part_of_each_file(tmp_path, strategy, expected):
    published.write(tmp_path / "rec.json", [{"problem": f"{number}", "solution": [1, 2, 3, 4]} for number in range(10)])
    (tmp_path / "rec.yaml").write_text(f"datasets:\n  - json_path: rec.json\n    sampling_strategy: {strategy}\n")
    assert "".join(one.prompt_text for one in load(str(tmp_path / "rec.yaml")).records) == expected


def test_a_random_part_is_the_same_every_time_and_a_wrong_strategy_is_refused(tmp_path):
    published.write(tmp_path / "rec.json", [{"problem": f"{number}", "solution": [1, 2, 3, 4]} for number in range(10)])
    (tmp_path / "rec.yaml").write_text("datasets:\n  - json_path: rec.json\n    sampling_strategy: random:4\n")
    first = [one.prompt_text for one in load(str(tmp_path / "rec.yaml")).records]
    assert len(first) == 4 and first == sorted(first) != list("0123") and first == [one.prompt_text for one in load(str(tmp_path / "rec.yaml")).records]
    half = "datasets:\n  - json_path: rec.json\n    sampling_strategy: half\n"
    for content, said in ((half, "sampling_strategy is 'half'; expected all"), ("data: 3\n", "names no data"), ("a: [", "not YAML")):
        (tmp_path / "rec.yaml").write_text(content)
        with pytest.raises(LoadError, match=said):
            load(str(tmp_path / "rec.yaml"))


def test_what_lies_beside_the_data_for_its_readers_is_no_data(tmp_path):
    save([bare("a")], tmp_path / "data.jsonl")
    for name in ("image_to_caption.json", "image_data.json", "mapping.json"):
        (tmp_path / name).write_text("{}")
    found = load(str(tmp_path))
    assert names(found.records) == ["a"] and found.left_out == []
