"""The rules that read a judge of two, on the sentences of the published programs."""

import pytest

from veridical.evaluate.preference.verdict import Said, last, tallied, unique

SENTENCES = {
    "so [[A>B]] ... yes [[A>B]]": (1, 1),
    "[[A>B]] ... no, [[B>A]]": (None, -1),
    "[[a>b]]": ("nothing", 1),
    "[A]": ("nothing", None),
    "My final verdict is tie: [[A=B]].": (0, 0),
    "[[A>>B]]": (2, 2),
    "[[B>>A]]": (-2, -2),
    "[[B<A]]": (None, 1),
    "[[A>>>B]]": (None, None),
    "[B>A]": ("nothing", -1),
    "[[A>B]] and [B>A]": (1, 1),
    "nobody is better": ("nothing", None),
    "": ("nothing", None),
}


@pytest.mark.parametrize(("text", "leads"), SENTENCES.items())
def test_both_rules_read_what_their_programs_read(text, leads):
    assert unique(text) == (None if leads[0] == "nothing" else Said(leads[0]))
    assert last(text) == Said(leads[1])


def test_a_clear_verdict_counts_three_times():
    # 3·1 + 1·0.5 + 3·0 + 1·0 = 3.5 of 8
    assert tallied([2, 0, -2, -1]) == (3.5, 8.0)
