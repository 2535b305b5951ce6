"""Words, numbers, counts and letters are compared as they are meant, and several answers are none."""

import pytest
from asking import asked

from veridical.grade.choice import choice, letter
from veridical.grade.exact import exact, normal
from veridical.grade.number import count, number, numbers, regression
from veridical.grade.yes_no import yes_no


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1,000 and 2.5", [1000, 2.5]), ("1,2", [1, 2]), ("-3 − 4", [-3, 4]), ("−7", [-7]), ("1e3", [1000]), (".5", [0.5]), (r"\frac{3}{2}", [1.5]), ("3/4", [0.75]), ("1/0", [1, 0]),
        ("five", []), ("9" * 400, []), ("12.5%", [12.5]), ("", []), ("1,0000", [1, 0]),
    ],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(text, found):
    assert numbers(text) == found


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("5", 1),
        ("5.0", 1),
        ("There are 5 apples.", 1),
        ("five", 1),
        ("5 = 5", 1),
        ("6", 0),
        ("3 or 4 or 5", 0),
        ("", 0),
        ("15", 0),
        ("<think>5</think> 6", 0),
        ("<think>6</think> 5", 1),
        ("none", 0),
        ("5 + 5", 0),
        ("5^5", 0),
        ("5**5**5", 0),
        ("(5)(5) = 5", 1),
        ("**5**", 1),
        ("5 - 5", 0),
        (r"\sqrt{5}", 0),
        ("5^\\circ", 1),
    ],
)
def test_a_number_must_be_stated_alone(said, value):
    assert number()(asked("5", "number"), said).value == value


def test_tolerance_is_relative_or_absolute():
    # |102 - 100| = 2: within 2% of 100 and within 2, not within 1% or 1
    assert [number(**{name: size})(asked("100"), "102").value for name, size in (("relative", 0.02), ("relative", 0.01), ("absolute", 2), ("absolute", 1))] == [1, 0, 1, 0]


@pytest.mark.parametrize(
    ("gold", "said", "value"), [("5", "5", 1), ("5", "5.0", 0), ("5.0", "5.004", 1), ("5.0", "5.006", 0), ("1,000", "1000", 0), ("1,000", "1,000", 1), ("5", "5 cm", 0)]
)
def test_video_r1_wants_both_or_neither_with_a_point(gold, said, value):
    assert number(rule="video_r1")(asked(gold), f"<answer>{said}</answer>").value == value


def test_a_gold_answer_that_is_no_number_is_not_scored():
    for grade in (number(), number(rule="video_r1"), regression(), count()):
        assert grade(asked("many"), "5").value is None


def test_an_estimate_earns_what_it_is_near():
    # |150 - 100| / 100 = 0.5; beyond twice the gold answer nothing is left
    assert regression()(asked("100"), "150").value == pytest.approx(0.5)
    assert regression()(asked("100"), "500").value == regression()(asked("100"), "x").value == 0.0
    assert regression()(asked("0"), "0").value == 0.0  # (0 + 1e-9) / (0 + 1e-9) is 1: the published form pays nothing for a right zero


def test_counts_are_whole_numbers_in_digits_or_words():
    assert [count()(asked("3"), said).value for said in ("3", "Three.", "There are three birds", "3.5", "-3", "4", "")] == [1, 1, 1, 0, 0, 0, 0]
    # 1 - |4 - 3| / 3 and 1 - |7 - 3| / 3 < 0
    assert [count("relative")(asked("3"), said).value for said in ("4", "7", "3")] == [pytest.approx(2 / 3), 0, 1]
    assert [count("relative")(asked("0"), said).value for said in ("0", "1")] == [1, 0]


@pytest.mark.parametrize(
    ("text", "read"), [(" A  Dog. ", "a dog"), ('"Stop"', "stop"), ("**Stop!**", "stop"), (r"$\boxed{B}$", "b"), (r"\text{Red}", "red"), ("<answer>x</answer>", "x")]
)
def test_texts_are_compared_without_their_wrapping(text, read):
    assert normal(text) == read


def test_exact_answers_are_whole_answers():
    assert [exact()(asked("a red bus"), said).value for said in ("A red bus.", "red bus", "a red bus and a dog", "<think>a red bus</think>", "Answer: a red  bus")] == [
        1,
        0,
        0,
        0,
        1,
    ]
    assert [exact("r1_v", "tagged")(asked("<answer> 3 </answer>"), f"<answer>{said}</answer>").value for said in ("3", "3.")] == [1, 0]


def test_the_published_containment_pays_for_naming_every_class_and_the_default_does_not():
    every = "<answer>golden retriever, poodle, beagle</answer>"
    assert exact("visual_rft", "tagged")(asked("Golden_Retriever"), every).value == 1.0
    assert exact()(asked("Golden_Retriever"), every).value == 0.0
    assert exact("visual_rft", "tagged")(asked("poodle"), "<answer></answer>").value == 0.0


COLOURS = ("red", "blue", "green", "grey")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("B", "B"), ("b", "B"), ("(B)", "B"), ("B.", "B"), ("**B**", "B"), (r"\text{B}", "B"), ("B. blue", "B"), ("blue", "B"), ("It is (C).", "C"), ("option D", "D"), ("The answer is B", "B"),
        ("A B C D", None), ("A, B, C or D", None), ("A. B. C. D.", None), ("A. red B. blue", None), ("red blue green grey", None), ("A dog", None), ("A", "A"), ("I think so", None), ("E", None),
        ("", None), ("B, not C", None),
    ],
)  # fmt: skip
def test_one_letter_is_an_answer_and_several_are_none(text, read):
    assert letter(text, COLOURS) == read


def test_letters_are_compared_with_the_records_however_it_is_written():
    for gold in ("B", "b", "B.", r"$\boxed{B}$", "blue"):
        assert [choice()(asked(gold, "choice", COLOURS), said).value for said in ("<answer>B</answer>", "blue", "C", "A B C D", "<think>B</think>")] == [1, 1, 0, 0, 0]
    assert choice()(asked("violet", "choice", COLOURS), "B").value is None


def test_published_letter_rules_have_their_published_holes():
    said = "<answer>B or anything else</answer>"
    assert choice("open_r1_video", "tagged")(asked("B.", "choice"), said).value == 1.0 and choice()(asked("B.", "choice"), said).value == 0.0
    every = " ".join(f"The correct option is {one}." for one in "ABCD")
    assert choice("fact_rlhf", "whole")(asked("C", "choice"), every).value == 1.0 and choice()(asked("C", "choice"), every).value == 0.0
    assert [choice("fact_rlhf", "whole")(asked("C", "choice"), said).value for said in ("C. a cat", "B. a dog", "C")] == [1, 0, 0]


def test_yes_and_no_are_read_from_the_answer_alone():
    record = asked("yes", "yes_no", question="Is there a dog? Answer yes or no.")
    assert [yes_no()(record, said).value for said in ("<think>no</think><answer>Yes.</answer>", "Yes", "<think>yes</think>", "yes no", record.prompt_text, "I know", "")] == [
        1,
        1,
        0,
        0,
        0,
        0,
        0,
    ]


def test_an_unknown_rule_is_refused_with_those_that_exist():
    with pytest.raises(ValueError, match="rule=r1: unknown; there are normal, r1_v, visual_rft"):
        exact("r1")
