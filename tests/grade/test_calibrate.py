"""A judge's win rate corrected by people's labels, and which items people should label first."""

from itertools import pairwise
from statistics import fmean

import numpy as np
import pytest
from asking import asked

from veridical.grade.judging.calibrate import corrected_rate
from veridical.grade.judging.first import label_first
from veridical.records.record import Pair


def test_a_small_case_by_hand():
    # people 1, 0, 1, 0; the judge says 1, 1, 1, 0 of them (a quarter too many) and 1, 1, 0, 1 of four others.
    found = corrected_rate([1, 0, 1, 0], [1, 1, 1, 0], [1, 1, 0, 1], trust=1.0)
    assert found.value == pytest.approx(0.5 + 1.0 * (0.75 - 0.75))
    # var(judge) of 1,1,1,0,1,1,0,1 = 8/7 * 6/8 * 2/8 = 3/14; people - judge = 0, -1, 0, 0: variance 1/4
    half = 1.959964 * (3 / 14 / 4 + 1 / 4 / 4) ** 0.5
    assert (found.low, found.high) == (pytest.approx(max(0, 0.5 - half), abs=1e-6), pytest.approx(min(1, 0.5 + half), abs=1e-6))
    # cov(people, judge) = (0.5*0.25 - 0.5*0.25 + 0.5*0.25 + 0.5*0.75) / 3 = 1/6; trust = (1/6) / (2 * 3/14) = 7/18
    assert corrected_rate([1, 0, 1, 0], [1, 1, 1, 0], [1, 1, 0, 1]).trust == pytest.approx(7 / 18)


def test_the_bias_of_a_judge_is_taken_off():
    found = corrected_rate([1, 0] * 50, [1, 1] * 50, [1] * 899 + [0], trust=1.0)
    assert found.value == pytest.approx(0.5 + 899 / 900 - 1)


def test_a_judge_that_knows_nothing_or_has_seen_nothing_else_costs_nothing():
    people = [1, 0, 1, 1] * 25
    alone = corrected_rate(people, people, [])
    assert alone.value == 0.75 and alone.trust == 0.0
    opposite = corrected_rate(people, [1 - one for one in people], [0.0, 1.0] * 300)
    assert opposite == corrected_rate(people, [1 - one for one in people], [0.0, 1.0] * 300, trust=0.0) and opposite.high - opposite.low == pytest.approx(alone.high - alone.low)


def simulated(rng: np.random.Generator, labelled: int, alone: int, right: float) -> tuple[float, float, bool, bool]:
    """Widths with and without the judge, and whether each interval covers the true 0.6; the judge says 1 where people do `right` of the time, and too often where they do not."""
    people = rng.random(labelled + alone) < 0.6
    judge = np.where(people, rng.random(len(people)) < right, rng.random(len(people)) < 1.15 - right)
    ours, beside, others = (part.astype(float).tolist() for part in (people[:labelled], judge[:labelled], judge[labelled:]))
    found, plain = corrected_rate(ours, beside, others), corrected_rate(ours, beside, [])
    return found.high - found.low, plain.high - plain.low, found.low <= 0.6 <= found.high, plain.low <= 0.6 <= plain.high


def test_the_interval_covers_the_truth_19_times_in_20_and_is_narrower_than_with_people_alone():
    rng = np.random.default_rng(5)
    rows = [simulated(rng, 200, 2000, 0.92) for _ in range(2000)]
    ours, plain, covers, _ = (fmean(map(float, column)) for column in zip(*rows, strict=True))
    assert 0.935 < covers < 0.965  # three standard errors of 2,000 draws are 0.015
    assert ours < 0.75 * plain


def test_labels_that_do_not_belong_together_are_refused():
    with pytest.raises(ValueError, match="found 1 and 1"):
        corrected_rate([1], [1], [1, 0])
    with pytest.raises(ValueError, match="found 2 and 1"):
        corrected_rate([1, 0], [1], [1, 0])


def test_people_first_see_what_judges_are_unsure_of_then_what_is_rare():
    def record(name, probability, task):
        return asked("5").replace(record_id=name, task=task, pairs=(Pair(chosen="a", rejected="b", probability=probability),))

    records = [record("sure", 1.0, "caption"), record("rare", 1.0, "chart"), record("unsure", 0.6, "caption"), record("none", None, "caption")]
    found = label_first(records)
    assert [one.record_id for one in found] == ["none", "unsure", "rare", "sure"]
    assert [one.unsure for one in found] == pytest.approx([1.0, 0.96, 0.0, 0.0]) and found[2].rare == 1.0 and found[3].rare == pytest.approx(1 / 3)
    split = label_first(records, {"sure": [1.0, 0.0], "rare": [1.0, 1.0], "unsure": [0.6, 0.6], "none": [0.5]})
    assert split[0].record_id == "sure" and split[0].disagree == 1.0
    assert all(one.total >= other.total for one, other in pairwise(split))
