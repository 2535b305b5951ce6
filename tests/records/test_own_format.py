"""The project's own files: everything a record carries comes back from JSON lines and Parquet, and contradictions are refused."""

import hashlib
import json
import re
from typing import Literal, Union, get_args, get_origin

import published_rows as published
import pytest
from pydantic import BaseModel

from veridical.records.check import first_fault
from veridical.records.load import LoadError, load, save
from veridical.records.record import VERSION, Corruption, Edit, Media, Pair, Part, Record, Response, Span, Swap, Turn, text_parts
from veridical.records.schema import features_of


def filled(annotation, name: str):
    """A value of a type that is no field's default, with everything inside it filled too."""
    origin, inside = get_origin(annotation), [one for one in get_args(annotation) if one is not type(None)]
    if origin is Literal:
        return inside[-1]
    if origin is tuple:
        return (filled(inside[0], name), filled(inside[0], name))
    if origin is not None and (origin is Union or type(None) in get_args(annotation)):
        return filled(inside[0], name)
    if issubclass(annotation, BaseModel):
        return annotation(**{key: filled(field.annotation, key) for key, field in annotation.model_fields.items()})
    return {str: f"{name} été 😀", int: 3, float: 0.1, bool: False, bytes: b"\x00\xff\n"}[annotation]


def full() -> Record:
    """A record in which every field of every type holds something, and nothing contradicts itself."""
    record = Record(**{key: filled(field.annotation, key) for key, field in Record.model_fields.items()})
    media = tuple(
        one.replace(
            media_id=f"m{number}",
            path=f"/far/{number}",
            parent_id="m0" if number else "",
            other_id="m0" if number else "",
            recipe=Corruption(op="swap", seed=3) if number else None,
        )
        for number, one in enumerate(record.media)
    )
    parts = (Part(text="one 😀 two"), Part(type="image", media_id="m0"))
    responses = tuple(
        one.replace(
            response_id=f"r{number}",
            parts=(Part(text=f"{number} 😀 word"),),
            swaps=(Swap(from_id="m0", to_id="m1"),),
            spans=(Span(start=4, end=8, text="word", label="l", annotator="a"),),
        )
        for number, one in enumerate(record.responses)
    )
    edit = Edit(op="replace", chosen_start=0, chosen_end=1, rejected_start=0, rejected_end=1)
    pairs = tuple(one.replace(chosen="r0", rejected="r1", edits=(edit,)) for one in record.pairs)
    turns = tuple(one.replace(role="user", parts=parts) for one in record.prompt)
    return record.replace(version=VERSION, media=media, prompt=turns, responses=responses, pairs=pairs, extra='{"k": [1]}')


def bare(name: str = "bare") -> Record:
    """A record with as little as there can be."""
    return Record(record_id=name, prompt=(Turn(role="user", parts=text_parts("Hi")),))


def test_the_full_record_fills_every_field():
    empty = [key for key, value in full().model_dump().items() if value in (None, "", (), [])]
    assert empty == [] and first_fault(full()) is None


@pytest.mark.parametrize("ending", [".json", ".jsonl", ".parquet"])
@pytest.mark.parametrize("order", [1, -1])
def test_every_field_comes_back_whatever_the_first_row_holds(tmp_path, ending, order):
    records = [bare(), full()][::order]
    save(records, tmp_path / f"out{ending}")
    loaded = load(str(tmp_path / f"out{ending}"))
    assert loaded.left_out == [] and (loaded.format, loaded.why) == ("veridical", "fields record_id and version")
    assert [one.replace(provenance=None) for one in loaded.records] == [one.replace(provenance=None) for one in records]
    known = {one.record_id: one.provenance for one in loaded.records}
    assert known[full().record_id] == full().provenance and known["bare"].file == str(tmp_path / f"out{ending}")


def test_columns_are_typed_by_the_record_and_not_by_rows(tmp_path):
    from datasets import Dataset, List, Value

    save([bare()], tmp_path / "out.parquet")
    rows = Dataset.from_parquet(str(tmp_path / "out.parquet"), cache_dir=str(tmp_path / "cache"))
    declared = features_of(Record)
    assert rows.features == declared
    assert declared["media"].feature["data"] == Value("large_binary") and declared["media"].feature["recipe"] == {
        "op": Value("string"),
        "seed": Value("int64"),
        "params": Value("string"),
    }
    assert declared["responses"].feature["score"] == Value("float64") and declared["responses"].feature["rank"] == Value("int64")
    assert declared["pairs"].feature["edits"].feature["op"] == Value("string")
    assert declared["prompt"] == List(
        {"role": Value("string"), "parts": List({"type": Value("string"), "text": Value("string"), "media_id": Value("string")}), "loss": Value("bool")}
    )


@pytest.mark.parametrize("annotation", [dict[str, int], int | str, tuple[int, str], object])
def test_a_field_that_parquet_cannot_type_is_refused(annotation):
    from veridical.records.schema import feature_of

    with pytest.raises(TypeError, match="no column type"):
        feature_of(annotation)


def test_a_struct_in_which_every_column_is_empty_is_a_field_that_is_absent(tmp_path):
    row = bare().model_dump(mode="json") | {
        "answer": {"type": None, "value": None, "choices": None},
        "media": [{"media_id": "m", "path": "a", "recipe": {"op": None, "seed": None}}],
    }
    (record,) = load(published.write(tmp_path / "a.jsonl", [row])).records
    assert record.answer is None and record.media[0].recipe is None


def test_a_newer_version_is_refused_with_what_to_do(tmp_path):
    newer = bare().model_dump(mode="json") | {"version": VERSION + 1, "field_of_the_future": 1}
    published.write(tmp_path / "mixed.jsonl", [newer, bare("old").model_dump(mode="json")])
    loaded = load(str(tmp_path / "mixed.jsonl"))
    assert [one.record_id for one in loaded.records] == ["old"]
    assert str(loaded.left_out[0]) == f"{tmp_path}/mixed.jsonl, row 0, field version: is {VERSION + 1}, this program knows {VERSION}; upgrade veridical"
    published.write(tmp_path / "new.jsonl", [newer])
    with pytest.raises(LoadError, match="upgrade veridical"):
        load(str(tmp_path / "new.jsonl"))


def test_a_typing_error_in_a_file_names_the_field(tmp_path):
    row = bare().model_dump(mode="json")
    published.write(tmp_path / "a.jsonl", [row | {"taks": "x"}, row | {"kind": "prefer"}, row | {"responses": [{"response_id": "r", "parts": [{"text": 3}]}]}, row])
    assert [(item.row, item.field) for item in load(str(tmp_path / "a.jsonl")).left_out] == [(0, "taks"), (1, "kind"), (2, "responses.0.parts.0.text")]


def test_paths_below_the_file_are_relative_to_it_and_others_stay(tmp_path):
    near, far = Media(media_id="n", path=str(tmp_path / "set" / "p" / "n.png")), Media(media_id="f", path="/far/f.png")
    save([bare().replace(media=(near, far))], tmp_path / "set" / "out.jsonl")
    assert [one["path"] for one in json.loads((tmp_path / "set" / "out.jsonl").read_text())["media"]] == ["p/n.png", "/far/f.png"]
    (tmp_path / "set").rename(tmp_path / "moved")
    assert [one.path for one in load(str(tmp_path / "moved" / "out.jsonl")).records[0].media] == [str(tmp_path / "moved" / "p" / "n.png"), "/far/f.png"]


def test_a_medium_named_by_its_hash_alone_is_found_below_the_root(tmp_path):
    data = published.png((1, 2, 3))
    name = hashlib.sha256(data).hexdigest()
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / f"{name}.png").write_bytes(data)
    rows = [bare().replace(media=(Media(media_id="m", sha256=value),)).model_dump(mode="json", exclude_defaults=True) | {"version": 1} for value in (name, "0" * 64)]
    published.write(tmp_path / "a.jsonl", rows)
    loaded = load(str(tmp_path / "a.jsonl"))
    assert loaded.records[0].media[0].path == str(tmp_path / "deep" / f"{name}.png")
    assert loaded.left_out[0].field == "media.m" and "set media_root" in loaded.left_out[0].reason


def pair_record(**fields) -> Record:
    """A record with two responses and a pair."""
    return bare().replace(
        **{"responses": (Response(response_id="a", parts=text_parts("one")), Response(response_id="b", parts=text_parts("two"))), "pairs": (Pair(chosen="a", rejected="b"),)}
        | fields
    )


FAULTS = {
    "media": (bare().replace(media=(Media(media_id="m"), Media(media_id="m"))), "'m' stands twice"),
    "prompt": (bare().replace(prompt=(Turn(role="user", parts=(Part(type="image", media_id="z"),)),)), "names the medium 'z'"),
    "prompt ": (bare().replace(prompt=(Turn(role="system", parts=text_parts("Hi")),)), "nothing that a user says"),
    "pairs.0": (pair_record(pairs=(Pair(chosen="a", rejected="z"),)), r"names the response 'z'; the record has \['a', 'b'\]"),
    "pairs.0 ": (pair_record(pairs=(Pair(chosen="a", rejected="a"),)), "nothing to prefer"),
    "pairs.0.edits": (
        pair_record(pairs=(Pair(chosen="a", rejected="b", edits=(Edit(op="replace", chosen_start=0, chosen_end=2, rejected_start=0, rejected_end=3),)),)),
        "do not turn rejected into chosen",
    ),
    "responses.a.spans.0": (pair_record(responses=(Response(response_id="a", parts=text_parts("one"), spans=(Span(start=0, end=2, text="ne"),)),), pairs=()), "is 'on', not 'ne'"),
    "responses.a": (pair_record(responses=(Response(response_id="a", parts=text_parts(" ")),), pairs=()), "is empty"),
    "responses.a.swaps": (pair_record(responses=(Response(response_id="a", parts=text_parts("one"), swaps=(Swap(from_id="m", to_id="n"),)),), pairs=()), "names the medium 'm'"),
    "media.m.parent_id": (bare().replace(media=(Media(media_id="m", recipe=Corruption(op="black")),)), "a recipe needs another medium"),
    "media.n.recipe": (bare().replace(media=(Media(media_id="m"), Media(media_id="n", parent_id="m", recipe=Corruption(op="blak")))), "did you mean 'black'"),
    "media.n.recipe ": (
        bare().replace(media=(Media(media_id="m"), Media(media_id="n", parent_id="m", recipe=Corruption(op="swap")))),
        "name the other medium of the record in other_id",
    ),
    "media.n": (bare().replace(media=(Media(media_id="n", other_id="q"),)), "names the medium 'q'"),
    "extra": (bare().replace(extra="{"), "is not JSON"),
}


@pytest.mark.parametrize("field", FAULTS)
def test_a_record_that_contradicts_itself_is_left_out_by_field(tmp_path, field):
    record, reason = FAULTS[field]
    save([record, bare("good")], tmp_path / "a.jsonl")
    loaded = load(str(tmp_path / "a.jsonl"))
    assert [one.record_id for one in loaded.records] == ["good"] and loaded.left_out[0].field == field.strip()
    assert re.search(reason, loaded.left_out[0].reason)


def test_the_same_text_against_another_picture_is_no_contradiction():
    same = (Response(response_id="a", parts=text_parts("one")), Response(response_id="b", parts=text_parts("one"), swaps=(Swap(from_id="m", to_id="n"),)))
    assert first_fault(pair_record(responses=same, media=(Media(media_id="m"), Media(media_id="n")))) is None
