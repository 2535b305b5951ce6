"""Length, repetition, script and truthfulness of a response, by hand arithmetic."""

import pytest
from asking import asked

from veridical.grade.chair import chair
from veridical.grade.length import cosine, length_band, length_cosine, length_kimi, length_periodic
from veridical.grade.manner import language, repetition
from veridical.records.record import Fact


def test_the_cosine_is_that_of_the_published_vectors():
    assert cosine(50, 100, 1.0, 0.5) == pytest.approx(0.75) and cosine(50, 100, -1.0, -0.5) == pytest.approx(-0.75)
    assert cosine(0, 100, -1.0, -0.5) == -1.0 and cosine(500, 100, 1.0, 0.5) == pytest.approx(0.5)


def test_short_right_answers_and_long_wrong_ones_are_preferred():
    grade, record = length_cosine("exact", {"reading": "tagged"}, most=100), asked("x")
    words = "so " * 49  # with the tag 50 words
    assert grade(record, words + "<answer>x</answer>").value == pytest.approx(0.75)
    assert grade(record, words + "<answer>y</answer>").value == pytest.approx(-0.75)
    assert grade(record, "").value == -1.0 and grade(record.replace(answer=None), "x").value is None


def test_kimis_length_lies_between_its_bounds_and_never_pays_for_a_wrong_answer():
    grade, record = length_kimi(10, 30, "exact", {"reading": "tagged"}), asked("x")
    said = {name: "so " * 19 + f"<answer>{name}</answer>" for name in "xy"}  # 20 words: 0.5 - 10 / 20 = 0
    assert grade(record, said["x"]).value == grade(record, said["y"]).value == 0.0
    assert grade(record, "<answer>x</answer>").value == 0.5 and grade(record, "<answer>y</answer>").value == 0.0
    assert grade(record, "so " * 100 + "<answer>y</answer>").value == -0.5
    with pytest.raises(ValueError, match="longest=5: must be more than shortest=5"):
        length_kimi(5, 5)


def test_vlm_r1s_length_is_periodic():
    values = [length_periodic()(asked("x"), "so " * words).value for words in (512, 1024, 2048)]
    assert values == [pytest.approx(0.75), pytest.approx(0.5), pytest.approx(1.0)]


def test_a_band_of_lengths_pays_inside_alone():
    assert [length_band(2, 3)(asked("x"), "so " * words).value for words in (1, 2, 3, 4)] == [0, 1, 1, 0]


def test_repetition_costs_the_share_of_repeated_sequences():
    # "a b a b a": pairs ab, ba, ab, ba: 2 different of 4
    assert repetition(2)(asked("x"), "A b a b a").value == -0.5
    assert [repetition(2)(asked("x"), said).value for said in ("a b c", "a", "")] == [0, 0, 0]
    assert repetition(6, "vlm_r1")(asked("x"), '[{"label": "cat"}, {"label": "cat"}, {"label": "dog"}]').value == pytest.approx(-1 / 3)


def test_the_share_of_letters_of_a_script_is_paid():
    # two Han letters of five
    assert language()(asked("x"), "abc 猫狗 $x$ \\frac <think>").value == pytest.approx(3 / 5)
    assert language("cjk")(asked("x"), "abc 猫狗").value == pytest.approx(2 / 5)
    assert language()(asked("x"), "123").value == 0.0
    with pytest.raises(ValueError, match="script=klingon"):
        language("klingon")


@pytest.fixture
def synonyms(tmp_path):
    """A file of synonyms."""
    (tmp_path / "synonyms.txt").write_text("dog, puppy\ncat\ncup\ntree\n")
    return str(tmp_path / "synonyms.txt")


def test_a_description_earns_its_truthful_share_once_it_covers_enough(synonyms):
    record = asked("x").replace(facts=tuple(Fact(kind="object", text=name) for name in ("dog", "cat", "tree", "cup")[:2]))
    grade = chair(synonyms)
    # one of two named objects is there, and one of two that are there is named: enough for coverage 0.5
    assert grade(record, "A dog and a cup.").value == 0.5
    assert grade(record, "A dog.").value == grade(record, "A puppy and a cat.").value == 1.0
    # with coverage 1 the same names half of what is there
    assert chair(synonyms, coverage=1)(record, "A dog.").value == 0.5
    assert grade(record, "").value == chair(synonyms, coverage=0)(record, "").value == 0.0
    assert grade(record.replace(facts=()), "A dog.").value is None
    with pytest.raises(ValueError, match="coverage=2"):
        chair(synonyms, coverage=2)
