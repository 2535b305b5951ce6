"""Agreement beyond chance, against published figures and hand arithmetic."""

import pytest

from veridical.annotate.agreement import cohen, interval, kappas, krippendorff

OBSERVERS = (
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)
"""Four observers, twelve units, gaps: Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), section C."""


def units() -> list[dict[str, int]]:
    rows = [row.split() for row in OBSERVERS]
    return [{str(person): int(row[unit]) for person, row in enumerate(rows) if row[unit] != "."} for unit in range(12)]


def test_alpha_is_the_published_one_for_labels_and_for_marks():
    assert krippendorff(units()) == pytest.approx(0.743, abs=5e-4)
    assert krippendorff(units(), interval) == pytest.approx(0.849, abs=5e-4)


def test_kappa_by_hand():
    # both yes 20, ours alone 5, theirs alone 10, neither 15: observed 0.7, expected 0.5 * 0.6 + 0.5 * 0.4
    ours, theirs = [1] * 25 + [0] * 25, [1] * 20 + [0] * 5 + [1] * 10 + [0] * 15
    assert cohen(ours, theirs) == pytest.approx(0.4)


def test_agreement_is_not_known_where_nothing_varies_or_nothing_is_shared():
    assert cohen([1, 1], [1, 1]) is None and cohen([], []) is None
    assert krippendorff([{"a": 1, "b": 1}, {"a": 1}]) is None and krippendorff([{"a": 1}, {"b": 2}]) is None
    assert krippendorff([{"a": 1, "b": 1}, {"a": 2, "b": 2}]) == 1.0
    assert kappas([{"a": 1, "b": 1}, {"a": 2, "b": 2}, {"c": 1}]) == {("a", "b"): (1.0, 2)}
