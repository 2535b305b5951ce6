"""Asking, keeping, resuming, matching stored responses."""

import json

import pytest
from graded_rows import yes_no_record
from PIL import Image

from veridical.evaluate.benchmark import BenchmarkError, with_suffix
from veridical.evaluate.benchmarks.hallucination.pope import pope
from veridical.evaluate.cache import Cache, request_key
from veridical.evaluate.responses import ResponsesError, read_responses
from veridical.evaluate.run import evaluate, score
from veridical.records.result import Result


@pytest.fixture
def records(tmp_path):
    """Ten questions about five pictures."""
    for number in range(5):
        Image.new("RGB", (4, 4), (40 * number, 0, 0)).save(tmp_path / f"{number}.png")
    return [yes_no_record(str(number), f"Is there a {number}?", tmp_path / f"{number // 2}.png", "yes" if number % 2 else "no") for number in range(10)]


def answer(record) -> str:
    """The truth."""
    return record.answer.value


class Model:
    """A responder that remembers what it was asked, and may die."""

    def __init__(self, dies_after: int = 1000) -> None:
        self.asked, self.dies_after = [], dies_after

    def __call__(self, records):
        if len(self.asked) + len(records) > self.dies_after:
            raise KeyboardInterrupt
        self.asked += [record.prompt_text for record in records]
        return [answer(record) for record in records]


def run(records, model, tmp_path, **changes) -> Result:
    """Evaluate with a cache, without a bar."""
    return evaluate(pope, records, model, tmp_path / "cache.jsonl", {"max_new_tokens": 8}, "m", **{"data": tmp_path, "batch": 3, "progress": False, **changes})


def test_every_question_is_asked_once_and_graded(records, tmp_path):
    model = Model()
    result = run(records, model, tmp_path)
    assert sorted(model.asked) == sorted(record.prompt_text for record in records)
    assert result.metrics["accuracy"].value == 100.0 and [row.record_id for row in result.rows] == [record.record_id for record in records]
    assert result.settings == {"max_new_tokens": 8} and result.model == "m" and result.rows[0].group == "0.png"


def test_a_killed_run_goes_on_where_it_stopped_to_the_same_result(records, tmp_path):
    whole = run(records, Model(), tmp_path / "other", data=tmp_path)
    first, second = Model(dies_after=7), Model()
    with pytest.raises(KeyboardInterrupt):
        run(records, first, tmp_path)
    resumed = run(records, second, tmp_path)
    assert len(first.asked) == 6 and len(second.asked) == 4 and not set(first.asked) & set(second.asked)
    assert resumed == whole


def test_a_batch_that_was_cut_off_is_asked_again_whole(records, tmp_path):
    run(records, Model(), tmp_path)
    cache = tmp_path / "cache.jsonl"
    cache.write_text(cache.read_text()[:-20])
    model = Model()
    assert run(records, model, tmp_path).metrics["accuracy"].value == 100.0
    assert model.asked == ["Is there a 8?", "Is there a 9?"] and len(Cache(cache).responses) == 10


def test_scoring_again_and_a_corrected_gold_ask_nothing_and_other_settings_ask_all(records, tmp_path):
    run(records, Model(), tmp_path)
    corrected = [record.replace(answer=record.answer.replace(value="no")) for record in records]
    again, other, third = Model(), Model(), Model()
    assert run(corrected, again, tmp_path).metrics["accuracy"].value == 50.0 and again.asked == []
    run(records, other, tmp_path, model_hash="another checkpoint of the same name")
    assert len(other.asked) == 10
    run(records, third, tmp_path, convention="lmms")
    assert len(third.asked) == 10 and third.asked[0].endswith("single word or phrase.")


def test_moving_the_pictures_asks_nothing_and_changing_one_asks_its_questions(records, tmp_path):
    keys = [request_key(record, {}, "m") for record in records]
    (tmp_path / "moved").mkdir()
    moved = []
    for record in records:
        name = tmp_path / "moved" / record.media[0].path.rsplit("/", 1)[1]
        Image.open(record.media[0].path).save(name)
        moved.append(record.replace(media=(record.media[0].replace(path=str(name)),)))
    assert [request_key(record, {}, "m") for record in moved] == keys
    Image.new("RGB", (4, 4), "white").save(tmp_path / "new.png")
    assert request_key(records[0].replace(media=(records[0].media[0].replace(path=str(tmp_path / "new.png")),)), {}, "m") != keys[0]


def test_one_question_in_two_splits_is_asked_once(records, tmp_path):
    twice = [*records, *(record.replace(record_id=f"popular/{record.provenance.source_id}", split="popular") for record in records)]
    model = Model()
    assert len(run(twice, model, tmp_path).rows) == 20 and len(model.asked) == 10


def test_missing_pictures_are_told_before_anything_is_asked(records, tmp_path):
    model = Model()
    (tmp_path / "4.png").unlink()
    with pytest.raises(BenchmarkError, match="1 pictures are missing, the first is .*4.png"):
        run(records, model, tmp_path)
    assert model.asked == []


def test_a_responder_must_answer_everything(records, tmp_path):
    with pytest.raises(ValueError, match="gave 1 responses to 2 records"):
        run(records, lambda few: ["yes"], tmp_path)


def test_missing_and_extra_responses_are_named(records, tmp_path):
    replies = {record.record_id: "yes" for record in records}
    with pytest.raises(ResponsesError, match="2 records have no response: random/3, random/5"):
        score(pope, records, {name: text for name, text in replies.items() if name not in ("random/3", "random/5")}, data=tmp_path)
    with pytest.raises(ResponsesError, match="1 responses have no record: random/77"):
        score(pope, records, {**replies, "random/77": "yes"}, data=tmp_path)


def stored(tmp_path, rows, name="responses.jsonl"):
    """A response file."""
    file = tmp_path / name
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


@pytest.mark.parametrize("key", ["question_id", "id", "record_id"])
@pytest.mark.parametrize("text", ["response", "answer", "text", "caption", "prediction"])
def test_responses_are_matched_by_id_whatever_the_keys_and_the_order(key, text, records, tmp_path):
    rows = [{key: record.record_id if key == "record_id" else int(record.provenance.source_id), text: f"r{record.record_id}"} for record in reversed(records)]
    assert read_responses(stored(tmp_path, rows), records) == {record.record_id: f"r{record.record_id}" for record in records}


def test_picture_and_question_together_name_a_record(records, tmp_path):
    rows = [{"image": f"/elsewhere/{number // 2}.png", "question": f"Is there a {number}?\nAnswer with one word.", "response": str(number)} for number in range(10)]
    assert read_responses(stored(tmp_path, rows), records)["random/7"] == "7"
    with pytest.raises(ResponsesError, match="row 1, field image: '0.png' means 2 records .random/0, random/1."):
        read_responses(stored(tmp_path, [{"image": "0.png", "response": "yes"}]), records)


def test_the_split_in_a_files_name_or_row_tells_equal_ids_apart(tmp_path):
    records = [yes_no_record("1", f"Is there a {split}?", tmp_path / "0.png", "yes", split) for split in ("random", "popular")]
    (tmp_path / "replies").mkdir()
    for split in ("random", "popular"):
        stored(tmp_path / "replies", [{"question_id": 1, "text": split}], f"answers_{split}.jsonl")
    assert read_responses(tmp_path / "replies", records) == {"random/1": "random", "popular/1": "popular"}
    rows = [{"question_id": 1, "category": split, "text": split} for split in ("popular", "random")]
    assert read_responses(stored(tmp_path, rows), records) == {"random/1": "random", "popular/1": "popular"}
    with pytest.raises(ResponsesError, match="means 2 records"):
        read_responses(stored(tmp_path, [{"question_id": 1, "text": "x"}]), records)


def test_bad_response_files_are_named_with_row_and_field(records, tmp_path):
    for rows, message in (
        ([{"id": 1, "response": "a"}, {"id": 1, "response": "b"}], "row 2: a second response to record random/1"),
        ([{"id": 99, "response": "a"}], "row 1, field id: no record is called '99'"),
        ([{"id": 1}], "row 1: has no response"),
        ([{"id": 1, "response": None}], "row 1, field response: expected text, found NoneType"),
        ([{"id": 1, "response": "a"}, {"response": "b"}], "row 2: has no id"),
        ([{"answer": "a"}], "1 responses without ids for 10 records"),
    ):
        with pytest.raises(ResponsesError, match=message):
            read_responses(stored(tmp_path, rows), records)
    with pytest.raises(ResponsesError, match="no such file"):
        read_responses(tmp_path / "absent.jsonl", records)


def test_a_result_survives_its_file(records, tmp_path):
    result = run(records, Model(), tmp_path)
    assert Result.load(result.save(tmp_path / "result.json")) == result


def test_a_suffix_stands_behind_the_question(records):
    longer = with_suffix(records[0], "\nOne word.")
    assert longer.prompt_text == "Is there a 0?\nOne word." and records[0].prompt_text == "Is there a 0?"
