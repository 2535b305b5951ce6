"""Rows with anything in any place: every format either reads them or says which field is wrong; nothing stops a file from being read."""

import copy
import json

import pytest
import shapes

from veridical.records.check import first_fault
from veridical.records.formats import formats
from veridical.records.formats.format import Format, Place
from veridical.records.load import LeftOut, first_why, load, read_row

STRANGE = [
    None, "", 0, -1, 2**70, True, 1.5, float("nan"), [], {}, [None], [{}], [[]], "x", "[", "{}", b"\xff", {"a": 1}, "<image>", [{"role": "user"}],
    [{"from": "gpt", "value": None}],
]
EVERY = {name: [{"__key__": key, **row} for key, row in rows.items()] if isinstance(rows, dict) else rows for name, rows in {**shapes.SHAPES, **shapes.EMBEDDED}.items()}


def places(value, path=()):
    """Every place in a row."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inside in items:
        yield (*path, key)
        yield from places(inside, (*path, key))


def changed(row, path, value):
    """The row with another value in a place; without the place where the value is `...`."""
    row = copy.deepcopy(row)
    at = row
    for key in path[:-1]:
        at = at[key]
    if value is ...:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return row


@pytest.mark.parametrize("name", EVERY)
def test_whatever_stands_in_a_row_it_is_read_or_its_field_is_named(name, tmp_path):
    one = formats()[name]
    for row in EVERY[name][:3]:
        for path in places(row):
            for value in (*STRANGE, ...):
                found = read_row(one, changed(row, path, value), Place(str(tmp_path / "x.json"), 0, tmp_path))
                if isinstance(found, LeftOut):
                    assert found.reason and not found.reason.startswith("not a "), (path, value, found)
                else:
                    assert all(first_fault(record) is None for record in found), (path, value)


def test_no_row_stops_the_search_for_a_format():
    for rows in EVERY.values():
        for path in places(rows[0]):
            for value in STRANGE:
                row = changed(rows[0], path, value)
                assert all(first_why(one, [row], "x.json") is None or isinstance(first_why(one, [row], "x.json"), str) for one in formats().values())


def test_a_recogniser_that_stumbles_over_a_row_looks_at_the_next():
    one = Format("toy", "", lambda row, name: row["a"]["b"], lambda row, place: [])
    assert first_why(one, [{"a": 1}, {}, {"a": {"b": "because"}}], "x.json") == "because" and first_why(one, [{"a": 1}], "x.json") is None


def test_half_of_a_character_is_left_out_by_name(tmp_path):
    rows = [{"prompt": "Hi", "chosen": "Hello", "rejected": text, "images": []} for text in ("Bye", "cut \ud83d")]
    (tmp_path / "a.json").write_text(json.dumps(rows))
    loaded = load(str(tmp_path / "a.json"))
    assert len(loaded.records) == 1 and (loaded.left_out[0].row, loaded.left_out[0].reason) == (1, "holds half of a character ('\\ud83d'); repair the text, or leave the row out")


FOREIGN = {
    "label": True, "margin": 1.5, "answer": "q", "kto_tag": True, "score": 3, "solution": "s", "text": "t", "messages": [{"role": "user", "content": "u"}],
    "response": "r", "options": ["a"], "task": "t", "id": "zz", "extra_info": {"a": 1}, "system": "sys", "history": [["a", "b"]], "objects": {"ref": []},
    "chosen_score": 3, "image_id": 5, "question": "qq", "prompt": "pp", "context": "cc", "gt": "g", "models": ["z"], "caption_type": 1,
    "problem_type": "free-form", "data_type": "image", "critique": "c", "safe": True, "class1": "k", "choices": ["a"], "accu_reward_method": "llm",
    "ability": "ab", "data_source": "ds", "ls_factor": 2, "is_tie": True, "reward_model": {"style": "x"}, "never_heard_of": 1,
}  # fmt: skip


@pytest.mark.parametrize("name", EVERY)
def test_no_column_is_passed_over_in_silence(name, tmp_path):
    one, place = formats()[name], Place(str(tmp_path / "x.json"), 0, tmp_path)
    for row in EVERY[name][:4]:
        before = read_row(one, row, place)
        for column, value in FOREIGN.items():
            if column not in row:
                assert read_row(one, row | {column: value}, place) != before, column
