"""Result files: written whole, read back the same, refused with a reason."""

import json

import pytest

from veridical.records.result import VERSION, Metric, Result, ResultError, Row
from veridical.records.whole import WriteError, write_json

RESULT = Result(
    benchmark="pope",
    convention="official",
    dimension="hallucination",
    model="m",
    data="d",
    settings={"max_new_tokens": 8, "tagger": "lexicon"},
    metrics={"accuracy": Metric(value=50.0, low=40.5, high=59.5, n=2, better="higher", method="wilson")},
    unparsed=1,
    rows=(Row(record_id="1", group="a.png", response="Oui 😀", answer=None), Row(record_id="2", value=1.0, counts={"mentions": 2}, wrong=("cat",))),
)


def test_a_result_comes_back_as_it_was(tmp_path):
    assert Result.load(RESULT.save(tmp_path / "deep" / "pope.json")) == RESULT
    assert [one.name for one in (tmp_path / "deep").iterdir()] == ["pope.json"]


def test_a_newer_result_is_refused_with_what_to_do(tmp_path):
    write_json(tmp_path / "a.json", RESULT.model_dump() | {"version": VERSION + 1, "future": 1})
    with pytest.raises(ResultError, match=f"a.json: result version {VERSION + 1} is newer than {VERSION}; upgrade veridical"):
        Result.load(tmp_path / "a.json")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"benchmark": "po', "not JSON .*; it was cut off, evaluate again"),
        ("[1, 2]", "not a result; it names no benchmark"),
        ('{"model": "m"}', "not a result; it names no benchmark"),
        (json.dumps({"benchmark": "pope", "rows": [{"record_id": 3}]}), "a.json, field rows.0.record_id: "),
        (json.dumps({"benchmark": "pope", "modle": "m"}), "a.json, field modle: "),
    ],
)
def test_a_file_that_is_no_result_says_what_is_wrong_with_it(tmp_path, content, said):
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(ResultError, match=said):
        Result.load(tmp_path / "a.json")


def test_a_value_that_is_no_json_leaves_the_old_file(tmp_path):
    write_json(tmp_path / "a.json", {"old": 1})
    with pytest.raises(TypeError):
        write_json(tmp_path / "a.json", {"new": object()})
    assert json.loads((tmp_path / "a.json").read_text()) == {"old": 1} and len(list(tmp_path.iterdir())) == 1


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(WriteError, match="file/a.json: could not be written .*Nothing was changed"):
        write_json(tmp_path / "file" / "a.json", {})
