"""Agreement beyond chance, against published figures and hand arithmetic."""

from collections import Counter

import pytest

from veridical.records.inspect.agreement import agreements, by_order, cohen, fleiss, interval, kendall, krippendorff, nominal, ordinal, raw_agreement
from veridical.records.record import Aspect, Record, Response, Turn, text_parts

OBSERVERS = ("1 2 3 3 2 1 4 1 2 . . .", "1 2 3 3 2 2 4 1 2 5 . 3", ". 3 3 3 2 3 4 2 2 5 1 .", "1 2 3 3 2 4 4 1 2 5 1 .")
"""Four observers, twelve units, gaps: Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), section C."""
PSYCHIATRISTS = ["0 0 0 0 14", "0 2 6 4 2", "0 0 3 5 6", "0 3 9 2 0", "2 2 8 1 1", "7 7 0 0 0", "3 2 6 3 0", "2 5 3 2 2", "6 5 2 1 0", "0 2 2 3 7"]
"""Ten subjects, fourteen raters, five categories: the usual worked example of Fleiss' kappa; its value is 0.210."""


def units() -> list[dict[str, int]]:
    rows = [row.split() for row in OBSERVERS]
    return [{str(person): int(row[unit]) for person, row in enumerate(rows) if row[unit] != "."} for unit in range(12)]


def test_alpha_is_the_published_one_for_labels_ranks_and_marks():
    assert krippendorff(units(), nominal) == pytest.approx(0.743, abs=5e-4)
    assert by_order(units()) == pytest.approx(0.815, abs=5e-4)
    assert krippendorff(units(), interval) == pytest.approx(0.849, abs=5e-4)


def test_the_distance_of_ranks_counts_what_lies_between():
    # values 1, 1, 2, 3: from 1 to 3 all four lie, less half of the two 1s and of the 3: (4 - 1.5)²
    distance = ordinal(Counter([1, 1, 2, 3]))
    assert (distance(3, 1), distance(1, 2), distance(2, 2)) == (6.25, (3 - 1.5) ** 2, 0)


def test_kappa_by_hand_with_and_without_weights():
    # both yes 20, ours alone 5, theirs alone 10, neither 15: observed 0.7, expected 0.5 * 0.6 + 0.5 * 0.4 = 0.5
    ours, theirs = [1] * 25 + [0] * 25, [1] * 20 + [0] * 5 + [1] * 10 + [0] * 15
    assert cohen(ours, theirs) == pytest.approx(0.4) and cohen(ours, theirs, weighted=True) == pytest.approx(0.4)
    # observed squared distance (0 + 1 + 0 + 1) / 4; expected over all sixteen pairs of 1 2 3 3 and 1 3 3 2:
    # 1: 0 1 4 4; 2: 1 0 1 1 ; 3: 4 1 0 0, twice -> 9 + 3 + 5 + 5 = 22, / 16
    assert cohen([1, 2, 3, 3], [1, 3, 3, 2], weighted=True) == pytest.approx(1 - 0.5 / (22 / 16))


def test_kappa_of_many_raters_is_that_of_the_worked_example():
    counts = [dict(enumerate(map(int, row.split()))) for row in PSYCHIATRISTS]
    assert fleiss(counts) == pytest.approx(0.210, abs=5e-4)
    with pytest.raises(ValueError, match="fleiss needs the same number of judgements"):
        fleiss([{"a": 2}, {"a": 3}])


def test_rankings_with_ties_by_hand():
    # 1 2 3 and 1 3 2: two of three pairs agree, one does not
    assert kendall([1, 2, 3], [1, 3, 2]) == pytest.approx(1 / 3)
    # a tie in ours leaves 2 of 3 pairs there; both agree with theirs: 2 / sqrt(2 * 3)
    assert kendall([1, 1, 2], [1, 2, 3]) == pytest.approx(2 / 6**0.5)
    assert kendall([1, 1], [1, 2]) is None


def test_agreement_is_not_known_where_nothing_varies_or_nothing_is_shared():
    assert cohen([1, 1], [1, 1]) is None and cohen([], []) is None and fleiss([{"a": 2}, {"a": 2}]) is None
    assert krippendorff([{"a": 1, "b": 1}, {"a": 1}]) is None and krippendorff([{"a": 1}, {"b": 2}]) is None
    assert krippendorff([{"a": 1, "b": 1}, {"a": 2, "b": 2}]) == 1.0


def rated(name: str, *scores: tuple[str, float | None, str]) -> Record:
    """A response that annotators rated for one aspect."""
    aspects = tuple(Aspect(name="faithful", annotator=who, score=score, raw=raw) for who, score, raw in scores)
    return Record(record_id=name, prompt=(Turn(role="user", parts=text_parts("q")),), responses=(Response(response_id="r", parts=text_parts("a"), aspects=aspects),))


def test_people_and_a_judge_are_compared_on_every_aspect_of_the_same_response():
    records = [
        rated("1", ("ann", 1, ""), ("gpt", 1, "")), rated("2", ("ann", 2, ""), ("gpt", 2, ""), ("bo", 2, "")),
        rated("3", ("ann", 3, ""), ("gpt", 1, "")), rated("4", ("ann", 3, "")),
    ]  # fmt: skip
    (found,) = agreements(records)
    assert (found.scale, found.units, found.annotators) == ("faithful", 3, 3)
    # equal: 1 of 1, 3 of 3, 0 of 1
    assert found.raw == pytest.approx(4 / 5) == raw_agreement([{"a": 1, "b": 1}, {"a": 2, "b": 2, "c": 2}, {"a": 3, "b": 1}])
    # ann 1 2 3 and gpt 1 2 1: observed 4 / 3; expected of nine pairs: 1: 0 1 0, 2: 1 0 1, 3: 4 1 4 -> 12 / 9
    assert found.two["ann and gpt"] == (pytest.approx(0.0), 3) and found.two["ann and bo"] == (None, 1)
    assert agreements([rated("4", ("ann", 3, ""))]) == ()
