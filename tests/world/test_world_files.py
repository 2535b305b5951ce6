"""The world in the official formats, and as records."""

import json
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from veridical.evaluate.benchmarks import find
from veridical.evaluate.run import load as load_benchmark
from veridical.evaluate.run import score
from veridical.records.load import load, save
from veridical.records.pairing import apply_edits
from veridical.records.picture import open_picture
from veridical.world.files import write_all
from veridical.world.records import conversations, pairs, prompts
from veridical.world.scene import scene
from veridical.world.talk import named


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Scenes in every format."""
    return write_all(tmp_path_factory.mktemp("world"), 40, 200, 40)


def records_of(folder: Path, name: str) -> list:
    """A benchmark's records."""
    return load_benchmark(find(name), folder / name)


def test_popes_splits_have_the_same_positives_and_as_many_negatives(folder):
    by_split = defaultdict(list)
    for record in records_of(folder, "pope"):
        by_split[record.split].append((record.media[0].path, record.prompt_text, record.answer.value))
    assert set(by_split) == {"random", "popular", "adversarial"}
    positives = {split: [row[:2] for row in rows if row[2] == "yes"] for split, rows in by_split.items()}
    assert positives["random"] == positives["popular"] == positives["adversarial"]
    assert all(Counter(row[2] for row in rows)["yes"] * 2 == len(rows) for rows in by_split.values())


def test_adversarial_questions_ask_for_the_usual_company(folder):
    # a partner stands beside its object in two scenes of five, another object in one of ten: missing partners must be asked for more often
    def share(split: str) -> float:
        asked = [record for record in records_of(folder, "pope") if record.split == split and record.answer.value == "no"]
        return sum(named(record.prompt_text)[0] in scene_of(record).missing_partners for record in asked) / len(asked)

    def scene_of(record) -> object:
        return scene(int(Path(record.media[0].path).stem.split("_")[1]) - 1, "test")

    assert share("adversarial") > share("random") + 0.1


def test_labels_agree_with_the_scenes(folder):
    for record in records_of(folder, "pope"):
        one = scene(int(Path(record.media[0].path).stem.split("_")[1]) - 1, "test")
        assert (named(record.prompt_text)[0] in one.names) == (record.answer.value == "yes")


def test_a_true_description_has_no_hallucination_and_full_coverage(folder):
    records = records_of(folder, "chair")
    truth = json.loads((folder / "chair" / "objects.json").read_text())
    said = {record.record_id: "There is a " + " and a ".join(truth[record.record_id]) + "." for record in records}
    metrics = score(find("chair"), records, said, data=folder / "chair").metrics
    assert (metrics["chair_i"].value, metrics["coverage"].value) == (0.0, 100.0)
    silent = score(find("chair"), records, {name: "A kite and a ball." for name in said}, data=folder / "chair").metrics
    absent = sum(name not in truth[record.record_id] for record in records for name in ("kite", "ball"))
    assert silent["chair_i"].value == pytest.approx(100 * absent / (2 * len(records)))


def test_amber_reads_and_gold_answers_are_all_right(folder):
    records = records_of(folder, "amber")
    assert {record.split for record in records} == {"generative", "state", "number", "existence", "relation"}
    said = {record.record_id: record.answer.value.capitalize() if record.answer else "There is a " + " and a ".join(fact.text for fact in record.facts if fact.kind == "object") for record in records}
    metrics = score(find("amber"), records, said, data=folder / "amber", grading={"tagger": "lexicon", "similarity": "exact"}).metrics
    assert metrics["accuracy"].value == 100.0 and metrics["chair"].value == 0.0 and metrics["cover"].value == 100.0


def test_a_pair_carries_all_that_a_method_may_ask_for(tmp_path):
    for record in pairs(20):
        pair, answers = record.pairs[0], {one.response_id: one for one in record.responses}
        chosen, rejected = answers[pair.chosen], answers[pair.rejected]
        assert apply_edits(rejected.text, chosen.text, pair.edits) == chosen.text
        assert all(rejected.text[span.start : span.end] == span.text for span in rejected.spans) and len(rejected.spans) == 1
        assert chosen.score == 1.0 > rejected.score > answers["third"].score and pair.margin == pytest.approx(chosen.score - rejected.score)
        assert {"gold", "third"} <= set(answers) and answers["gold"].text != chosen.text
        assert all(claim.p_yes + claim.p_no == pytest.approx(1) for one in record.responses for claim in one.claims)
        similar = open_picture(record, next(one.media_id for one in record.media if one.role == "similar"))
        assert similar.size == open_picture(record, "image").size and similar.tobytes() != open_picture(record, "image").tobytes()
    lengths = [[len(record.response(name).text.split()) for record in pairs(60)] for name in ("chosen", "rejected")]
    assert abs(sum(lengths[0]) - sum(lengths[1])) / 60 < 2.5
    save(pairs(3), tmp_path / "pairs.jsonl")
    assert load(str(tmp_path / "pairs.jsonl")).records[2].responses == pairs(3)[2].responses


def test_prompts_are_training_scenes_with_their_truth():
    for seed, record in enumerate(prompts(10)):
        assert {fact.text for fact in record.facts if fact.kind == "object"} == set(scene(seed).names)
        assert [response.origin for response in record.responses] == ["gold"] and record.responses[0].text.startswith("There is")


def test_a_conversation_alternates_and_shows_its_picture_once():
    for record in conversations(5, asked_each=3):
        assert [turn.role for turn in record.prompt] == ["user", "assistant"] * 4
        assert sum(part.type == "image" for turn in record.prompt for part in turn.parts) == 1
