"""Rules that read a letter, on the sentences for which the original scripts are known to read it, or not."""

import pytest

from veridical.evaluate.asking import ask
from veridical.grade.letters.first import (
    mcq_blink_lmms,
    mcq_bracketed,
    mcq_exact,
    mcq_first_character,
    mcq_first_letter_realworld,
    mcq_first_letter_realworld_repaired,
    mcq_first_letter_videomme,
    mcq_first_letter_videomme_vlm,
    mcq_llava_sqa,
    mcq_mmstar,
    mcq_sqa_lmms,
)
from veridical.grade.letters.grading import drawn, letters
from veridical.grade.letters.mmmu import mcq_mmmu, mcq_mmmu_lmms, mcq_mmmu_pro
from veridical.grade.letters.priority import mcq_priority_lmms
from veridical.grade.letters.texts import held_by_option, mantis, mcq_mvbench_lmms
from veridical.grade.letters.vlm import mcq_mmbench_lmms, mcq_vlm
from veridical.grade.unparsed import EXCLUDED, read_as

THREE = {"A": "cat", "B": "dog", "C": "bird"}
FOUR = {**THREE, "D": "fish"}
CASES = {
    mcq_vlm: {
        "A": "A", "a": None, "A.": "A", "(B)": "B", "B) dog": "B", "**C**": "C", "A dog": "A", "A nice dog is here": "B", "A B": None, "both A and C": None, "cat and dog": None,
        "CAT": "A", "answer: b": None, "": None, "Option B is right because the others fail the test": None, "Cannot determine the answer": "Z", "Z": "Z",
        "The correct answer is **C**. Here is why that must be so": "C", "Failed to obtain answer via API A": None,
    },
    mcq_mmbench_lmms: {"B": "B", "A dog here now": "B", "It is B.": "B", "(C).": "C", "E": "E", "cat": "A", "cat or dog": None, "": None, "A": "A", "A nice fox is": None},
    mcq_mmmu: {"B.": "B", "B.\n": None, "(A) or (B)": "B", "B (A)": "A", "it is a dog , that is clear": "B", "a dog": None, "B or A": "A", "B A B": "B", "(B) (A) (B)": "B", "": None, "C then B ?": "B"},
    mcq_mmmu_lmms: {"xB ": "B", "B.\n": "B", "(A)": "A", "C": "C", "": None},
    mcq_mmmu_pro: {"I think A. Answer: C": "C", "Answer: A or C": "C", "Answer: none": None, "Answer: (B)": "B"},
    mcq_first_letter_videomme: {
        "Best option: C": "B", "Answer: B": "A", "Because the man is seen, C": "B", "Definitely C": "D", "b": None, "": None, "The best answer is C": "C", "E": None,
        "no capital letter of an option is here in all of this text": None,
    },
    mcq_first_letter_videomme_vlm: {"Best option: C": "B", "Answer: B": "B", "Option: C": "C"},
    mcq_first_letter_realworld: {"Best option: C": "B", "": None, "The answer is": None, "a": "A", "dog": "B", "E": "E", "zebra": None},
    mcq_first_letter_realworld_repaired: {"Best option: C": "C", "The correct option is D": "D", "dog": "B"},
    mcq_mmstar: {"b": "B", "A dog": "A", "(C) x": "C", "option d": "D", "The answer is B.": "B", "Answer B": "A", "": None, "the answer is": None, "x": None},
    mcq_exact: {"A": "A", "A.": None, "a": None, " A": None},
    mcq_first_character: {" B dog": "B", "b": None, "": None},
    mcq_llava_sqa: {"A": "A", "A.": None, "(A)": None, "The answer is (B).": None, "The answer is B.": "B", "B. dog": "B", "The answer is B": None, "E": "E", "": None},
    mcq_sqa_lmms: {"a": "A", "B.": "B", "B. dog": "B", "(B)": None, "": None},
    mcq_blink_lmms: {"(B) x": "B", "The answer is B": "T", "b": "B", "": None, "1": None},
    mcq_bracketed: {"(A)": "A", " (B)\n": "B", "A": None, "(A) x": None, "": None},
    mcq_priority_lmms(): {"(C) because D": "D", "I think A dog": "A", "a": None, "": None, "The answer is C, not B": "B", "The answer is C for sure": "C", "B: dog": "B", "so D.": "D", "정답은 B 입니다": "B"},
    mcq_mvbench_lmms: {"It is a dog": "A", "B) a": "B", "c. bird": "C", "dog": None, "": None},
}  # fmt: skip


@pytest.mark.parametrize(("reader", "text", "letter"), [(reader, text, letter) for reader, cases in CASES.items() for text, letter in cases.items()])
def test_a_rule_reads_what_the_script_reads(reader, text, letter):
    assert reader(text, THREE if reader in (mcq_vlm, mcq_mmmu) else FOUR) == letter


def of(gold: str, *options: str):
    """A record with options."""
    return ask("test", "1", "?", (), gold, options)


def test_what_cannot_be_read_earns_what_the_policy_says():
    record = of("A", "cat", "dog")
    assert letters(mcq_exact)(record, "?").value == 0.0 and letters(mcq_exact)(record, "?").answer is None
    assert letters(mcq_exact, EXCLUDED)(record, "?").value is None
    assert letters(mcq_exact, read_as("A"))(record, "?").value == 1.0 and letters(mcq_exact, read_as("B"))(record, "?").value == 0.0
    assert letters(mcq_exact)(record, "?").counts == {"unparsed": 1.0} and letters(mcq_exact)(record, "A").counts == {}


def test_letters_are_drawn_from_one_stream_that_begins_anew_with_every_grader():
    record = of("A", *"wxyz")
    streams = []
    for _ in range(2):
        grader = letters(mcq_exact, fallback=drawn(42))
        streams.append([grader(record, "?").answer for _ in range(40)])
    assert streams[0] == streams[1] and set(streams[0]) == {*"ABCD"}
    assert "Z" in {drawn(seed, "Z")({"A": "x"}) for seed in range(20)}


@pytest.mark.parametrize(
    ("text", "right"),
    [("A", 1), ("a.", 1), ("(A", 1), ("A)", 1), ("(A) dog", 1), ("", 1), ("(", 1), ("Answer: A", 0), ("dog", 0), ("B", 0), ("(B) cat", 0), (" A", 1)],
)
def test_mvbench_compares_the_first_word_with_the_label(text, right):
    # " A": the piece before the first space is empty, and the empty text is part of the label
    grade = held_by_option()(of("A", "dog", "cat"), text)
    assert grade.value == right
    assert ("unparsed" in grade.counts) == (text in ("", "(", "Answer: A", "dog", " A"))


@pytest.mark.parametrize(("text", "right"), [("Because A", 0), ("Yes", 1), ("(A)", 1), ("The answer is A", 1), ("Final Answer: b", 0), ("No", 0), ("", 0)])
def test_mantis_takes_the_first_letter_else_the_text(text, right):
    assert mantis(of("A", "Yes", "No"), text).value == right


def test_mantis_wants_a_short_answer_whole():
    record = ask("test", "1", "?", (), "Four")
    assert [mantis(record, text).value for text in ("four", "Final Answer: FOUR", "four dogs", "")] == [1.0, 1.0, 0.0, 0.0]
