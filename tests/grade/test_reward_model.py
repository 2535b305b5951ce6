"""A trained judge as a grader: values, reasons, and the same grades alone and together."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from veridical.grade.reward import Rewards
from veridical.grade.reward_model import Trained, reward_model
from veridical.models.judging import Judge, Opinion
from veridical.models.judging.file import Told, write_reward
from veridical.models.judging.heads import make_head
from veridical.recipe import Judging, RewardChoice
from veridical.records.record import Record
from veridical.world import CHECKPOINT
from veridical.world.records import pairs


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """A reward model of the world that has learnt nothing, by seed."""
    torch.set_num_threads(1)

    def made(seed: int) -> Path:
        folder = tmp_path_factory.mktemp("judge")
        (folder / "model").symlink_to(CHECKPOINT)
        judging = Judging(seed=seed, heads=2)
        write_reward(folder, make_head(judging, 192), Told(judging=judging))
        return folder

    return made


def saying(opinion: Opinion) -> Judge:
    """A judge that always says the same."""
    return Judge(lambda records, responses: [[opinion for _ in own] for own in responses], Told())


def test_grades_alone_in_a_row_and_by_record_are_the_same_and_serve_as_rewards(directory: Callable[[int], Path]) -> None:
    records, folder = pairs(2), directory(0)
    grade = reward_model(str(folder))
    texts = [[response.text for response in record.responses] for record in records]
    shaped = [[one.value for one in own] for own in grade.score_many(records, texts)]
    row = grade.many([record for record in records for _ in range(4)], [text for own in texts for text in own])
    assert [one.value for one in row] == pytest.approx([value for own in shaped for value in own], abs=1e-5)
    assert grade(records[1], texts[1][2]).value == pytest.approx(shaped[1][2], abs=1e-4)
    assert all(one.counts["spread"] > 0 for one in row)
    with Rewards.of([RewardChoice(name="reward_model", weight=2.0, settings={"path": str(folder)})]) as rewards:
        found = rewards(records, texts)
    assert [[one.total for one in own] for own in found] == [pytest.approx([2 * value for value in own], abs=1e-4) for own in shaped]


def test_several_directories_are_an_ensemble_and_the_worst_is_never_better_than_the_mean(directory: Callable[[int], Path]) -> None:
    folders, (record,) = [str(directory(seed)) for seed in (1, 2)], pairs(1)
    worst, mean, each = reward_model(folders, "min"), reward_model(folders), [reward_model(folder, "min") for folder in folders]
    for response in record.responses:
        assert worst(record, response.text).value == pytest.approx(min(one(record, response.text).value for one in each), abs=1e-5)
        assert worst(record, response.text).value <= mean(record, response.text).value


def test_a_bounded_grade_is_sigma_of_the_score_and_an_unjudged_response_has_none() -> None:
    record: Record = pairs(1)[0]
    assert Trained(saying(Opinion(1.5, why="good")), bounded=True)(record, "a").value == pytest.approx(1 / (1 + math.exp(-1.5)))
    assert Trained(saying(Opinion(-9e9)), bounded=True)(record, "a").value == 0 and Trained(saying(Opinion(1.5, why="good")))(record, "a").why == "good"
    grade = Trained(saying(Opinion(None, why="no picture")))(record, "a")
    assert grade.value is None and grade.why == "no picture"


def test_a_response_far_from_the_training_responses_is_not_scored() -> None:
    record = pairs(1)[0]
    judge = saying(Opinion(1.0, outlier=7.0))
    assert Trained(judge, farthest=8.0)(record, "a").value == 1.0
    grade = Trained(judge, farthest=6.0)(record, "a")
    assert grade.value is None and "the limit is 6" in grade.why and grade.counts["outlier"] == 7.0
