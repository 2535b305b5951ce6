"""AMBER: the numbers that its own script prints, and degenerate models on the published files."""

import json
import random
from collections import Counter
from pathlib import Path

import pytest

from veridical.evaluate.benchmark import BenchmarkError
from veridical.evaluate.benchmarks.hallucination.amber import amber, score_in_steps, score_of
from veridical.evaluate.measure import measured
from veridical.evaluate.questions import row_of
from veridical.evaluate.run import score, score_file
from veridical.grade.amber import Vocabulary, amber_caption
from veridical.grade.yes_no import yes_no, yn_amber

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "amber.json").read_text())
BUILT_IN = {"tagger": "lexicon", "similarity": "exact"}


def folder(place: Path) -> Path:
    """The golden set in the published format."""
    queries = [{"id": one["id"], "image": f"AMBER_{one['id'] % 40}.jpg", "query": f"Question {one['id']}?"} for one in GOLDEN["annotations"]]
    files = {"annotations.json": GOLDEN["annotations"], "query_all.json": queries, "relation.json": GOLDEN["relation"]}
    for name, content in files.items():
        (place / name).write_text(json.dumps(content))
    (place / "safe_words.txt").write_text("\n".join(GOLDEN["safe"]))
    return place


def printed() -> dict[str, float]:
    """What the official script printed, under our names."""
    block, found = "", {}
    for line in GOLDEN["printed"]:
        name = line[0].rstrip(":").lower()
        if len(line) == 1 or line[1] == "Task:":
            block = {"generative": "", "descriminative": "", "exsitence": "existence."}.get(name, f"{name}.")
        else:
            found[block + name] = float(line[1])
    return found


def test_every_number_is_the_one_that_the_official_script_prints(tmp_path):
    records = amber.load(folder(tmp_path), None)
    pairs = {frozenset(pair) for pair in GOLDEN["alike"]}
    vocabulary = Vocabulary({word: tuple(others) for word, others in GOLDEN["relation"].items()}, frozenset(GOLDEN["safe"]))
    captions = amber_caption(vocabulary, lambda text, known: text.split(), lambda one, other: 1.0 if one == other else 0.9 if frozenset((one, other)) in pairs else 0.1)
    answers = yes_no(yn_amber)
    replies = {str(one["id"]): one["response"] for one in GOLDEN["responses"]}
    said = [replies[record.provenance.source_id] for record in records]
    rows = [row_of(record, text, (answers if record.answer else captions)(record, text)) for record, text in zip(records, said, strict=True)]
    found = measured(rows, amber.convention("official").measures, resamples=50)
    expected = printed()
    assert len(expected) == 32
    assert {name: found[name].value for name in expected} == pytest.approx(expected)
    assert found["amber_score"].value == pytest.approx((100 - expected["chair"] + expected["f1"]) / 2)


def test_the_published_score_of_the_paper_follows_from_its_parts():
    assert score_of(7.8, 74.7) == pytest.approx(83.45)
    assert score_in_steps(7.8, 74.7) == pytest.approx(80.0)


def test_the_published_files_hold_what_their_authors_say(published):
    records = amber.load(published("amber"), None)
    assert len(records) == amber.size == 15220
    assert Counter(record.split for record in records) == {"existence": 4924, "state": 4764, "number": 2072, "relation": 1664, "generative": 1004, "action": 792}
    assert len({record.media[0].path for record in records}) == 1004


def test_naming_exactly_what_is_there_covers_all_and_invents_nothing(published):
    records = [record for record in amber.load(published("amber"), None) if record.split == "generative"]
    said = {record.record_id: ", ".join(fact.text for fact in record.facts if fact.kind == "object") for record in records}
    found = score(amber, records, said, data=published("amber"), grading=BUILT_IN).metrics
    assert (found["chair"].value, found["hal"].value, found["cog"].value) == (0.0, 0.0, 0.0)
    # an object that an earlier word already stands for (a man for a person) is covered under the other's name
    assert found["cover"].value > 80


def test_naming_what_people_imagine_is_what_hal_and_cog_see(published):
    records = [record for record in amber.load(published("amber"), None) if record.split == "generative"]
    said = {record.record_id: ", ".join(fact.text for fact in record.facts if fact.kind == "imagined") for record in records}
    found = score(amber, records, said, data=published("amber"), grading=BUILT_IN).metrics
    assert found["chair"].value > 85 and found["hal"].value > 95 and found["cog"].value > 85 and found["cover"].value < 10


def test_gold_answers_score_100_and_the_order_changes_nothing(published):
    records = amber.load(published("amber") / "query_discriminative.json", None)
    gold = {record.record_id: record.answer.value.capitalize() for record in records}
    for convention, names in (("official", ("accuracy", "recall", "precision", "attribute.accuracy")), ("vlm", ("accuracy", "existence.accuracy")), ("lmms", ("accuracy", "recall"))):
        found = score(amber, records, gold, convention, data=published("amber")).metrics
        assert {found[name].value for name in names} == {100.0}
    draw = random.Random(4)
    mixed = {record.record_id: draw.choice(["Yes", "No", "maybe"]) for record in records}
    shuffled = draw.sample(records, len(records))
    assert score(amber, records, mixed, data=published("amber")).metrics == score(amber, shuffled, mixed, data=published("amber")).metrics


def test_vlmevalkit_averages_three_accuracies_and_leaves_descriptions_out(tmp_path):
    data = folder(tmp_path)
    records = amber.load(data, None)
    found = score(amber, records, {record.record_id: "No" for record in records}, "vlm", data=data)
    share = {name: [record.answer.value == "no" for record in records if record.split in parts] for name, parts in (("existence", ("existence",)), ("attribute", ("state", "number", "action")), ("relation", ("relation",)))}
    expected = {f"{name}.accuracy": 100 * sum(right) / len(right) for name, right in share.items()}
    assert {name: one.value for name, one in found.metrics.items()} == pytest.approx({"accuracy": sum(expected.values()) / 3, **expected})
    assert len(found.rows) == 200


def test_which_tools_were_used_is_part_of_the_result_and_others_are_refused(tmp_path):
    data = folder(tmp_path)
    records = amber.load(data, None)
    replies = {record.record_id: "No" for record in records}
    assert score(amber, records, replies, data=data, grading=BUILT_IN).settings == BUILT_IN
    with pytest.raises(BenchmarkError, match="unknown grading setting 'tager'; did you mean 'tagger'"):
        score(amber, records, replies, data=data, grading={"tager": "lexicon"})


def test_the_official_response_file_is_matched_by_id(tmp_path):
    data = folder(tmp_path)
    file = tmp_path / "responses" / "mine.json"
    file.parent.mkdir()
    file.write_text(json.dumps(GOLDEN["responses"][::-1]))
    assert score_file("amber", file, data, grading=BUILT_IN).metrics["accuracy"].value == printed()["accuracy"]


def test_a_query_without_annotation_is_named(tmp_path):
    data = folder(tmp_path)
    (data / "query_all.json").write_text(json.dumps([{"id": 999, "image": "a.jpg", "query": "?"}]))
    with pytest.raises(BenchmarkError, match="row 1, id 999: annotations.json has no such id"):
        amber.load(data, None)
    (data / "query_all.json").unlink()
    with pytest.raises(BenchmarkError, match="no query_all.json"):
        amber.load(data, None)
