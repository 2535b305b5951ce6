"""Reward models as contestants: numbers for candidates from graders, from likelihood, and from the command's recipe."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
import torch
from hallucination_files import put
from PIL import Image
from reward_files import CONTESTS, write

from veridical.evaluate.benchmark import BenchmarkError, question
from veridical.evaluate.benchmarks import find
from veridical.evaluate.rewarding import by_grader, by_likelihood, implicit, pose, rewarding
from veridical.evaluate.run import evaluate
from veridical.grade.grade import Grade
from veridical.records.picture import open_picture


def characters(record, response):
    """The number of characters; nothing is said of silence."""
    return Grade(float(len(response)) if response else None)


@pytest.fixture(scope="session")
def ready():
    """The shipped checkpoint."""
    from veridical.models.assemble import make_policy
    from veridical.world import CHECKPOINT

    torch.set_num_threads(1)
    return make_policy(CHECKPOINT, max_tokens=512)


@pytest.fixture
def pairs(tmp_path):
    """Records of two pairs about one picture, which is there."""
    (tmp_path / "mcq").mkdir()
    Image.new("RGB", (64, 64), "red").save(tmp_path / "mcq" / "1.png")
    rows = [{"id": "p", "image": "mcq/1.png", "prompt": "Describe the image.", "chosen": "There is a red ball.", "rejected": said} for said in ("There is a dog, and a car.", "No.")]
    put(tmp_path / "mm_reward_bench.jsonl", rows)
    return find("mm_rlhf_reward_bench").load(tmp_path, None)


def test_a_graders_values_are_the_numbers_of_the_candidates_and_two_pairs_of_one_prompt_are_two_requests(pairs, tmp_path):
    benchmark = find("mm_rlhf_reward_bench")
    found = evaluate(benchmark, pairs, rewarding(by_grader(characters)), tmp_path / "cache.jsonl", data=tmp_path, progress=False)
    assert [json.loads(row.response) for row in found.rows] == [[len(one.text) for one in record.responses] for record in pairs]
    assert found.metrics["accuracy"].value == 50.0 == found.metrics["length_only"].value and found.metrics["accuracy_plus"].value == 0.0

    def nobody(records):
        raise AssertionError("asked again")

    assert evaluate(benchmark, pairs, nobody, tmp_path / "cache.jsonl", data=tmp_path, progress=False) == found


def test_a_grader_that_grades_many_is_asked_once_and_what_it_does_not_score_has_no_number(pairs):
    asked = []

    class Many:
        def __call__(self, record, response):
            raise AssertionError("one at a time")

        def many(self, records, responses):
            asked.append(len(responses))
            return [characters(record, "" if response == "No." else response) for record, response in zip(records, responses, strict=True)]

    assert rewarding(by_grader(Many()))(pairs) == ["[20.0, 26.0]", "[20.0, null]"] and asked == [4]


def test_candidates_that_are_pictures_are_shown_one_by_one_with_the_caption_as_text(tmp_path):
    record = find("mj_bench").load(write(CONTESTS["mj_bench"], tmp_path), None)[0]
    seen = [(one.prompt[0].parts[0].media_id, texts, Path(one.medium(one.prompt[0].parts[0].media_id).path).name) for one, texts in pose(record)]
    assert seen == [("image1", [record.prompt_text], "0a.png"), ("image2", [record.prompt_text], "0b.png")]
    assert rewarding(lambda records, texts: [[float(len(texts))] for _ in records])([record]) == ["[2.0, 2.0]"]


def test_a_record_without_candidates_is_refused():
    with pytest.raises(BenchmarkError, match="record 1: has no candidate responses to reward.*convention=scalar"):
        rewarding(by_grader(characters))([question("pope", "1", "Is it?", None)])


def test_likelihood_is_that_of_the_models_own_forward_pass(pairs, ready):
    from veridical.models.encoder import picture_key
    from veridical.models.planting import messages

    record = pairs[0]
    summed, mean = (by_likelihood(ready.policy, ready.encoder, open_picture, per_token=per_token)([record], [[one.text for one in record.responses]])[0] for per_token in (False, True))
    picture = open_picture(record, record.media[0].media_id)
    piece = ready.encoder.prompt(messages(record.prompt), [picture], [picture_key(picture)])
    for place, one in enumerate(record.responses):
        said = ready.encoder.response(messages(record.prompt), one.text)
        ids = torch.cat([piece.ids, said])[None]
        with torch.no_grad():
            logits = ready.policy.model(input_ids=ids, **piece.inputs[piece.pictures[0]]).logits[0].log_softmax(-1)
        expected = logits[len(piece.ids) - 1 : -1].gather(-1, said[:, None])[:, 0]
        assert summed[place] == pytest.approx(float(expected.sum()), abs=1e-3) and mean[place] == pytest.approx(float(expected.mean()), abs=1e-4)


def test_what_cannot_be_read_has_no_numbers_and_does_not_cost_the_others_and_what_is_too_long_loses_its_end(pairs, ready, tmp_path):
    from dataclasses import replace

    gone = pairs[0].replace(media=(pairs[0].media[0].replace(path=str(tmp_path / "gone.png")),))
    weigh = by_likelihood(ready.policy, ready.encoder, open_picture)
    texts = [one.text for one in pairs[0].responses]
    alone = weigh(pairs[:1], [texts])
    assert weigh([gone, pairs[0]], [texts, texts]) == [[None, None], pytest.approx(alone[0], abs=1e-4)]
    long = "There is a red ball. " * 40
    short = by_likelihood(ready.policy, replace(ready.encoder, max_tokens=200), open_picture)
    whole = by_likelihood(ready.policy, replace(ready.encoder, max_tokens=4000), open_picture)
    assert whole(pairs[:1], [[long]])[0][0] < short(pairs[:1], [[long]])[0][0] < 0


def test_an_implicit_reward_is_beta_times_the_difference_from_the_reference():
    def saying(*numbers):
        return lambda records, texts: [list(numbers)]

    assert implicit(saying(-2.0, -1.0), saying(-5.0, -3.5), 0.5)([None], [["ab", "c"]]) == [[1.5, 1.25]]
    assert implicit(saying(None, -1.0), saying(-5.0, -3.5))([None], [["ab", "c"]]) == [[None, 2.5]] == implicit(saying(-2.0, -1.0), saying(None, -3.5))([None], [["ab", "c"]])


def test_good_and_poor_are_weighed_as_two_answers(tmp_path, ready):
    Image.new("RGB", (64, 64), "blue").save(tmp_path / "a.png")
    put(tmp_path / "koniq.json", [{"img_path": "a.png", "gt_score": 3.2}])
    (record,) = find("q_bench_assess").load(tmp_path, None)
    (text,) = rewarding(by_likelihood(ready.policy, ready.encoder, open_picture))([record])
    good, poor = json.loads(text)
    grade = find("q_bench_assess").convention("official").grade(tmp_path, [record])(record, text)
    assert grade.counts["quality"] == pytest.approx(1 / (1 + math.exp((poor - good) / 100))) and grade.counts["opinion"] == 3.2


def test_a_recipes_model_may_be_a_grader_or_a_reward_models_directory(tmp_path):
    from veridical.models.judging.file import Told, write_reward
    from veridical.models.judging.heads import make_head
    from veridical.recipe import EvaluateRecipe, Judging
    from veridical.study.rewarding import choice_of, rewards
    from veridical.world import CHECKPOINT

    respondent, key = rewards(EvaluateRecipe(model="length_excess"))
    record = question("x", "1", "Go.", None).replace(responses=find("vl_reward_bench").load(write(CONTESTS["vl_reward_bench"], tmp_path), None)[0].responses)
    assert respondent([record]) == ["[0.0, 0.0]"] and key.startswith("length_excess [] ")
    harsh, other = rewards(EvaluateRecipe(model="x", reward={"name": "length_excess", "settings": {"free": 0, "unit": 1}}))
    assert harsh([record]) == ["[-2.0, -4.0]"] and other != key
    assert rewards(EvaluateRecipe(model=str(CHECKPOINT))) is None
    folder = tmp_path / "trained"
    folder.mkdir()
    (folder / "model").symlink_to(CHECKPOINT)
    write_reward(folder, make_head(Judging(), 192), Told(judging=Judging()))
    assert choice_of(str(folder)).settings == {"path": str(folder)} and choice_of("nothing") is None
    numbers = json.loads(rewards(EvaluateRecipe(model=str(folder)))[0]([record])[0])
    assert len(numbers) == 2 and all(isinstance(one, float) for one in numbers)
