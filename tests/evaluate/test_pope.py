"""POPE on its published questions: the values that the official rules give."""

import json
import random
from pathlib import Path

import pytest

from veridical.evaluate.benchmark import BenchmarkError
from veridical.evaluate.benchmarks.hallucination.pope import SPLITS, pope
from veridical.evaluate.run import score, score_file, take

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "pope.json").read_text())
REPLIES = ["Yes", "No", "no", "yes, there is", "No, there is not", "There is not any", "", "NO", "Not sure", "Yes. No", "No.", "yes or no", "maybe", "no\n", "ｎｏ", "I know", "Yes!", "否"]


def write(folder: Path, split: str, labels: list[str]) -> None:
    """A question file in the published format, three questions to a picture."""
    rows = [{"question_id": number, "image": f"{split}{number // 3}.jpg", "text": f"Is there a thing {number} in the image?", "label": label} for number, label in enumerate(labels, 1)]
    (folder / f"coco_pope_{split}.json").write_text("".join(json.dumps(row) + "\n" for row in rows))


def slow_oracle(replies: list[str], golds: list[str]) -> dict[str, float]:
    """The five numbers, counted one reply at a time by the rule in words."""
    tp = fp = tn = fn = 0
    for reply, gold in zip(replies, golds):
        first = reply[: reply.index(".")] if "." in reply else reply
        pieces = "".join(letter for letter in first if letter != ",").split(" ")
        said_no = any(piece == word for piece in pieces for word in ("No", "not", "no"))
        tp, fp, tn, fn = tp + (not said_no and gold == "yes"), fp + (not said_no and gold == "no"), tn + (said_no and gold == "no"), fn + (said_no and gold == "yes")
    precision, recall = tp / (tp + fp), tp / (tp + fn)
    return {"accuracy": (tp + tn) / len(golds), "precision": precision, "recall": recall, "f1": 2 * precision * recall / (precision + recall), "yes_ratio": (tp + fp) / len(golds)}


@pytest.mark.parametrize("case", range(len(GOLDEN)))
def test_the_numbers_are_those_of_the_official_script(case, tmp_path):
    golden = GOLDEN[case]
    write(tmp_path, "random", golden["labels"])
    records = pope.load(tmp_path, None)
    result = score(pope, records, {record.record_id: reply for record, reply in zip(records, golden["replies"])}, data=tmp_path)
    names = {"Accuracy": "accuracy", "Precision": "precision", "Recall": "recall", "F1 score": "f1", "Yes ratio": "yes_ratio"}
    for theirs, ours in names.items():
        assert result.metrics[f"random.{ours}"].value == pytest.approx(100 * golden["official"][theirs]), ours


def test_every_row_and_every_split_agrees_with_a_slow_count_on_random_replies(published):
    records = pope.load(published("pope"), None)
    draw = random.Random(1)
    replies = {record.record_id: draw.choice(REPLIES) for record in records}
    result = score(pope, records, replies, data=published("pope"))
    for row in result.rows:
        alone = row.response.split(".")[0].replace(",", "").split(" ")
        assert row.answer == ("no" if {"no", "No", "not"} & set(alone) else "yes")
    for split in SPLITS:
        chosen = [record for record in records if record.split == split]
        expected = slow_oracle([replies[record.record_id] for record in chosen], [record.answer.value for record in chosen])
        for name, value in expected.items():
            assert result.metrics[f"{split}.{name}"].value == pytest.approx(100 * value), (split, name)
    mean = sum(result.metrics[f"{split}.f1"].value for split in SPLITS) / 3
    assert result.metrics["f1"].value == pytest.approx(mean)


def test_the_published_files_hold_what_their_authors_say(published):
    records = pope.load(published("pope"), None)
    assert len(records) == pope.size == 9000
    for split in SPLITS:
        of_split = [record for record in records if record.split == split]
        assert len(of_split) == 3000 and sum(record.answer.value == "yes" for record in of_split) == 1500
        assert len({record.media[0].path for record in of_split}) == 500
    assert len({(record.media[0].path, record.prompt_text) for record in records}) == 5127


def test_silence_is_officially_yes_and_is_counted_as_unparsed(published):
    records = pope.load(published("pope"), None)
    silent = {record.record_id: "" for record in records}
    official = score(pope, records, silent, data=published("pope"))
    assert official.metrics["accuracy"].value == 50.0 and official.metrics["yes_ratio"].value == 100.0 and official.unparsed == 9000
    for convention in ("vlm", "lmms"):
        other = score(pope, records, silent, convention, data=published("pope"))
        assert other.metrics["accuracy"].value == 0.0 and other.metrics["yes_ratio"].value == 0.0 and other.unparsed == 9000


@pytest.mark.parametrize("convention", pope.conventions)
def test_the_gold_answers_score_100(convention, published):
    records = pope.load(published("pope"), None)
    result = score(pope, records, {record.record_id: record.answer.value for record in records}, convention, data=published("pope"))
    assert {round(result.metrics[name].value, 9) for name in ("accuracy", "precision", "recall", "f1")} == {100.0}
    assert result.unparsed == 0 and all(row.value == 1.0 for row in result.rows)


def test_lmms_leaves_unparsed_replies_out_of_recall_and_counts_them_wrong(tmp_path):
    # six replies: two of three yes are read, "Yes." is not; both no are read; "maybe" is not
    write(tmp_path, "random", ["yes", "yes", "yes", "no", "no", "no"])
    records = pope.load(tmp_path, None)
    replies = dict(zip([record.record_id for record in records], ["yes", "Yes.", "no", "no", "yes", "maybe"]))
    found = score(pope, records, replies, "lmms", data=tmp_path).metrics
    assert found["accuracy"].value == pytest.approx(100 * 2 / 6)
    assert found["recall"].value == pytest.approx(50.0) and found["precision"].value == pytest.approx(50.0) and found["f1"].value == pytest.approx(50.0)
    # officially "Yes." and "maybe" are yes: 2 true, 2 false, 1 missed, 1 right no
    official = score(pope, records, replies, data=tmp_path).metrics
    assert official["random.recall"].value == pytest.approx(200 / 3) and official["random.precision"].value == pytest.approx(50.0)


def test_the_order_of_the_questions_changes_nothing(published):
    records = pope.load(published("pope"), None)
    draw = random.Random(3)
    replies = {record.record_id: draw.choice(REPLIES) for record in records}
    shuffled = draw.sample(records, len(records))
    assert score(pope, records, replies, data=published("pope")).metrics == score(pope, shuffled, replies, data=published("pope")).metrics


def test_one_file_is_one_split(published):
    file = published("pope") / "coco_pope_popular.json"
    assert {record.split for record in pope.load(file, None)} == {"popular"}
    assert len(take(pope, pope.load(published("pope"), None), 90)[0]) == 90


def test_the_official_answer_file_is_scored_in_order(tmp_path):
    write(tmp_path, "popular", ["yes", "no", "no"])
    (tmp_path / "answers").mkdir()
    rows = [{"question": f"Is there a thing {number} in the image?", "answer": "No"} for number in (1, 2, 3)]
    answers = tmp_path / "answers" / "popular.json"
    answers.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert score_file("pope", answers, tmp_path).metrics["popular.accuracy"].value == pytest.approx(200 / 3)
    answers.write_text("".join(json.dumps(row) + "\n" for row in rows[::-1]))
    with pytest.raises(ValueError, match="row 1: answers another question than record popular/1"):
        score_file("pope", answers, tmp_path)


def test_bad_files_are_named_with_row_and_field(tmp_path):
    with pytest.raises(BenchmarkError, match="no file of POPE; expected coco_pope_random.json"):
        pope.load(tmp_path, None)
    write(tmp_path, "random", ["yes", "perhaps"])
    with pytest.raises(BenchmarkError, match="random.json, row 2, field label: expected yes or no, found 'perhaps'"):
        pope.load(tmp_path, None)
    (tmp_path / "coco_pope_random.json").write_text('{"question_id": 1, "image": "a.jpg", "text": "?"}\n{"questi')
    with pytest.raises(BenchmarkError, match="line 2: not JSON"):
        pope.load(tmp_path, None)
    (tmp_path / "coco_pope_random.json").write_text('{"question_id": 1, "image": "a.jpg", "text": "?"}\n')
    with pytest.raises(BenchmarkError, match="row 1: has no field 'label'"):
        pope.load(tmp_path, None)
    write(tmp_path, "random", ["yes"])
    (tmp_path / "gqa_pope_random.json").write_text((tmp_path / "coco_pope_random.json").read_text())
    with pytest.raises(BenchmarkError, match="several files of the random split"):
        pope.load(tmp_path, None)
