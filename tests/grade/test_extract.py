"""The answer is read from its place, and from nowhere else."""

import pytest

from veridical.grade.extract import after_thinking, boxed, find_reading, found, line, tagged


@pytest.mark.parametrize(
    ("text", "rest"),
    [("a", "a"), ("<think>a</think>b", "b"), ("a</think>b", "b"), ("<think>a</think>b</think>c", "c"), ("<think>a", ""), ("x <think>a", ""), ("", "")],
)
def test_what_is_thought_is_left_out_even_where_the_thinking_does_not_begin_or_end(text, rest):
    assert after_thinking(text) == rest


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("<answer> 5 </answer>", "5"), ("<think>6</think>\n<answer>5</answer>.", "5"), ("<answer>5\n6</answer>", "5\n6"), ("<answer></answer>", None), ("5", None),
        ("<answer>5</answer><answer>6</answer>", None), ("<answer>5", None), ("5</answer>", None), ("</answer>5<answer>", None), ("<think><answer>5</answer></think>", None),
        ("<answer>5</answer></think>", None),
    ],
)  # fmt: skip
def test_one_pair_of_answer_tags_behind_the_thinking_holds_the_answer(text, inside):
    assert tagged(text) == inside


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        (r"\boxed{5}", "5"), (r"\boxed{5} or \boxed{6}", "6"), (r"\boxed{\frac{1}{2}}", r"\frac{1}{2}"), (r"\boxed{\{1, 2\}}", r"\{1, 2\}"), (r"\boxed{5", None),
        (r"\boxed{5} \boxed{6", None), (r"\fbox{7}", "7"), (r"\boxed{}", None), ("5", None), (r"\boxed{a\}b}", r"a\}b"),
    ],
)  # fmt: skip
def test_the_last_box_is_read_with_its_braces_counted(text, inside):
    assert boxed(text) == inside


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Answer: 5", "5"), ("answer:5\nAnswer : 6\n", "6"), ("The answer is 7.", "7."), ("The answer is: 7", "7"), ("**Answer:** B", "B"), ("Answer yes or no.", None), ("answers: 5", None),
        ("Answer:", None),
    ],
)  # fmt: skip
def test_the_last_line_that_says_answer_is_read(text, said):
    assert line(text) == said


def test_a_box_goes_before_a_line_and_a_line_before_everything_but_only_in_the_answers_place():
    assert found(r"Answer: 4. So \boxed{5}") == "5"
    assert found("I think.\nAnswer: 4") == "4"
    assert found(" four ") == "four"
    assert found(r"<answer>4</answer> \boxed{5}") == "4"
    assert found(r"<think>\boxed{5}</think> four") == "four"
    assert found(r"\boxed{5} <answer></answer>") is None


def test_an_unknown_reading_is_refused_with_those_that_exist():
    with pytest.raises(ValueError, match="reading=first: unknown; there are found, tagged, boxed, line, whole, place"):
        find_reading("first")
