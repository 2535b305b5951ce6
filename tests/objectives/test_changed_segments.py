"""Which tokens DDPO weighs."""

import json

import pytest
from preference_batch import GOLDEN

from veridical.objectives.view import changed_segments

CASES = json.loads((GOLDEN / "preference_segments.json").read_text())["cases"]
END = 2


def marks(chosen, rejected):
    return tuple("".join("1" if mark else "0" for mark in side) for side in changed_segments(chosen, rejected))


@pytest.mark.parametrize("case", CASES)
def test_marks_are_those_of_the_authors_code(case):
    assert marks(case["chosen"], case["rejected"]) == (case["chosen_changed"], case["rejected_changed"])


def test_equal_responses_have_no_changed_segment():
    assert marks([5, 6, 7, END], [5, 6, 7, END]) == ("0000", "0000")


def test_a_replaced_token_between_long_matches_is_marked_alone():
    assert marks([5, 6, 7, 11, 8, 9, 10, END], [5, 6, 7, 12, 13, 8, 9, 10, END]) == ("00010000", "000110000")


def test_a_pure_insertion_is_not_marked():
    assert marks([5, 6, 7, 8, 9, END], [5, 6, 7, 20, 21, 8, 9, END]) == ("000000", "00000000")


def test_a_match_of_two_tokens_does_not_end_a_changed_segment_and_one_of_three_does():
    assert marks([11, 5, 6], [12, 5, 6]) == ("111", "111")
    assert marks([11, 5, 6, 7], [12, 5, 6, 7]) == ("1000", "1000")


def test_a_common_beginning_continues_the_prompt_however_short():
    assert marks([5, 11, 6, 7, 8], [5, 12, 6, 7, 8]) == ("01000", "01000")


def test_responses_without_anything_in_common_are_marked_whole():
    assert marks([5, 6], [7, 8, 9]) == ("11", "111")


def test_an_empty_response_marks_nothing():
    assert marks([], [5, 6, 7]) == ("", "000")
