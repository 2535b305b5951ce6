"""Transcripts, free answers, moments and orders, by hand arithmetic."""

import random

import pytest
from asking import asked

from veridical.grade.interval import interval, temporal_iou
from veridical.grade.order import temporal_order
from veridical.grade.transcript import distance, longest, ocr, rouge


def slow_distance(gold: str, said: str) -> int:
    """The textbook's table."""
    rows = [list(range(len(said) + 1))]
    for place, one in enumerate(gold, 1):
        row = [place]
        for number, other in enumerate(said, 1):
            row.append(min(rows[-1][number] + 1, row[-1] + 1, rows[-1][number - 1] + (one != other)))
        rows.append(row)
    return rows[-1][-1]


def slow_longest(gold: str, said: str) -> int:
    """The textbook's recursion, as a table."""
    table = [[0] * (len(said) + 1) for _ in range(len(gold) + 1)]
    for place, one in enumerate(gold):
        for number, other in enumerate(said):
            table[place + 1][number + 1] = table[place][number] + 1 if one == other else max(table[place][number + 1], table[place + 1][number])
    return table[-1][-1]


def test_fast_tables_are_the_textbooks():
    draw = random.Random(0)
    for _ in range(200):
        one, other = ("".join(draw.choices("abc", k=draw.randrange(12))) for _ in range(2))
        assert (distance(one, other), longest(one, other)) == (slow_distance(one, other), slow_longest(one, other))


def test_a_transcript_earns_1_less_its_error_rate():
    # kitten -> sitting: 3 edits over 6 letters; one word of four is wrong
    assert ocr()(asked("kitten"), "sitting").value == pytest.approx(0.5)
    assert ocr("words")(asked("the cat sat down"), "the  cat sat up").value == 0.75
    assert ocr()(asked("STOP"), "STOP").value == 1.0 and ocr()(asked("STOP"), "").value == 0.0
    assert ocr()(asked("STOP"), "STOP STOP").value == ocr()(asked("STOP"), "STOPSTOP").value == 0.0


def test_rouge_is_the_mean_of_three_f():
    # gold "the cat sat", said "the cat": one of F 2·2/5, two of F 2·1/3, longest 2 of F 4/5
    assert rouge()(asked("The cat sat."), "the cat").value == pytest.approx((4 / 5 + 2 / 3 + 4 / 5) / 3)
    assert rouge()(asked("The cat sat."), "The cat sat").value == 1.0
    # the words in another order keep ROUGE-1 and lose the rest
    assert rouge()(asked("a b c"), "c b a").value == pytest.approx((1 + 0 + 1 / 3) / 3)
    assert rouge()(asked("a b c"), "<think>a b c</think>").value == 0.0


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[12.5, 20]", (12.5, 20)), ("12.5 to 20 seconds", (12.5, 20)), ("1:05 - 1:20", (65, 80)), ("1:00:00 - 1:00:05", (3600, 3605)), ("from 3s to 4s", (3, 4)), ("20 to 12", None), ("5", None),
        ("1 to 2, 3 to 4", None), ("", None),
    ],
)  # fmt: skip
def test_a_stretch_of_time_is_read_in_seconds(text, found):
    assert interval(text) == found


def test_moments_earn_their_overlap():
    # [0, 10] and [5, 15] share 5 of 15
    assert temporal_iou()(asked("[0, 10]"), "5 to 15").value == pytest.approx(1 / 3)
    assert [temporal_iou(0.3)(asked("[0, 10]"), said).value for said in ("5 to 15", "8 to 15", "0 to 5 or 5 to 10", "")] == [1, 0, 0, 0]
    assert temporal_iou()(asked("noon"), "5 to 15").value is None


def test_an_order_earns_its_right_pairs_less_its_wrong_ones():
    record = asked("A, B, C, D")
    # one neighbouring swap: 5 right pairs, 1 wrong, of 6
    assert temporal_order()(record, "A, C, B, D").value == pytest.approx(4 / 6)
    assert [temporal_order()(record, said).value for said in ("A -> B -> C -> D", "D, C, B, A", "A B C", "A, B, C, D, A", "")] == [1, 0, 0, 0, 0]
    assert [temporal_order("exact")(record, said).value for said in ("a, b, c, d", "A, C, B, D")] == [1, 0]
    assert temporal_order()(asked("A"), "A").value is None
