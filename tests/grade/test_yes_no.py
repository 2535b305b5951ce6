"""Yes and no are read as each published rule reads them."""

import pytest

from veridical.grade.punctuation import vqa_punct
from veridical.grade.unparsed import EXCLUDED, WRONG, read_as
from veridical.grade.yes_no import pope_reading, yes_no, yn_amber, yn_amber_lmms, yn_exact_lmms, yn_pope, yn_vlm
from veridical.records.record import Answer, Part, Record, Turn


def asked(gold: str) -> Record:
    """A yes/no question."""
    return Record(record_id="1", prompt=(Turn(role="user", parts=(Part(text="Is there a dog?"),)),), answer=Answer(type="yes_no", value=gold))


@pytest.mark.parametrize(
    ("text", "read"),
    [("", "yes"), ("NO", "yes"), ("Not sure", "yes"), ("Nope", "yes"), ("none", "yes"), ("no\n", "yes"), ("Yes. No", "yes"), ("The answer is: no", "no"), ("There is not a dog", "no"), ("No, there is none.", "no"), ("no", "no")],
)
def test_pope_reads_no_from_three_words_and_yes_from_anything_else(text, read):
    assert yn_pope(text) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [("No,it", "no"), ("yes!", "yes"), ("Answer:yes", None), ("YES/NO", None), ("not", None), ("", None), ("Yes.", "yes"), ("No. I see no dog.", "no"), ("yes, no", None), ("nothing", None)],
)
def test_vlmevalkit_reads_one_word_of_the_two_and_nothing_else(text, read):
    assert yn_vlm(text) == read


@pytest.mark.parametrize(("text", "read"), [("Yes", "yes"), (" no\n", "no"), ("Yes.", None), ("yes it is", None), ("", None)])
def test_lmms_eval_reads_the_whole_response(text, read):
    assert yn_exact_lmms(text) == read


@pytest.mark.parametrize(("text", "read"), [("Yes", "yes"), ("No", "no"), ("yes", None), ("No.", None), (" Yes", None), ("", None)])
def test_amber_reads_exactly_yes_or_no(text, read):
    assert yn_amber(text) == read


@pytest.mark.parametrize(("text", "read"), [("I cannot say", "no"), ("I know", "no"), ("another dog", "no"), ("no, yes", "yes"), ("maybe", None), ("", None)])
def test_the_amber_forks_read_letters_inside_words(text, read):
    assert yn_amber_lmms(text) == read


def test_punctuation_next_to_a_space_is_deleted_and_other_punctuation_becomes_a_space():
    assert vqa_punct("a-b, c") == "a b c"
    assert vqa_punct("a -b-c") == "a bc"


def test_a_grouped_number_deletes_every_mark():
    assert vqa_punct("1,000-mile") == "1000mile"


def test_periods_go_unless_a_digit_follows_and_at_most_32_of_them():
    assert vqa_punct("a. 1.5") == "a 1.5"
    assert vqa_punct("." * 40) == "." * 8


def test_a_default_answer_is_graded_like_any_other_and_counted_as_unparsed():
    grade = yes_no(pope_reading, read_as("yes"))
    assert [grade(asked(gold), "hm").value for gold in ("yes", "no")] == [1.0, 0.0]
    assert grade(asked("yes"), "hm").counts == {"unparsed": 1.0}
    assert grade(asked("yes"), "Yes, a dog").counts == {}


def test_policies_decide_what_an_unreadable_response_earns():
    assert yes_no(yn_vlm, WRONG)(asked("no"), "maybe").value == 0.0
    assert yes_no(yn_vlm, EXCLUDED)(asked("no"), "maybe").value is None


@pytest.mark.parametrize("gold", ["yes", "no"])
@pytest.mark.parametrize("parser", [yn_pope, yn_vlm, yn_exact_lmms, yn_amber, yn_amber_lmms])
def test_the_gold_answer_is_right_and_its_opposite_wrong_under_every_rule(parser, gold):
    grade = yes_no(parser)
    assert grade(asked(gold), gold.capitalize()).value == 1.0
    assert grade(asked(gold), {"yes": "No", "no": "Yes"}[gold]).value == 0.0


def test_as_a_reward_neither_silence_nor_both_answers_nor_an_echo_pays():
    grade = yes_no(yn_vlm)
    assert [grade(asked("yes"), text).value for text in ("", "yes or no", "Is there a dog?")] == [0.0, 0.0, 0.0]


def test_a_record_without_an_answer_is_refused_by_name():
    with pytest.raises(ValueError, match="record 1: has no answer"):
        yes_no()(asked("yes").replace(answer=None), "yes")
