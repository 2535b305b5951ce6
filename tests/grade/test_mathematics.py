"""Equal answers are equal however they are written, a part of an answer is not the answer, and nothing hangs."""

import pytest
from asking import asked

from veridical.grade.accuracy import accuracy
from veridical.grade.equation import explosive, parts
from veridical.grade.mathematics import mathematics
from veridical.records.load import load

EQUAL = [
    ("5", "5"), ("5", r"\boxed{5}"), ("5", "$x = 5$"), ("$x = 5$", "5"), (r"$\frac{1}{2}$", "0.5"), (r"$\frac{1}{2}$", "1/2"), (r"$$\dfrac{3}{2}$$", "1.5"), (r"$\sqrt{3}$", "√3"),
    (r"$\sqrt{3}$", "1.7320508"), ("2π", r"$2\pi$"), ("25°.", r"$25^\circ$"), ("25°", "25 degrees"), ("12 meters.", "12 m"), ("4 cm²", "4"), ("1,000", "1000"), ("6", "$2 + 4$"),
    ("$x^2 + 2x + 1$", "$(x+1)^2$"), (r"$2\sin (2x-\frac{\pi}{6})$", "2sin(2x-π/6)"), ("$x^2/8 + y^2/4 = 1$", "$x^2 + 2y^2 = 8$"), ("$(1, 2)$", "(1, 2)"), (r"$\{1, 2\}$", r"$\{2, 1\}$"),
    (r"$$x \geqslant 2$$(or $$x > 2$$)", "x > 2"), (r"$$x \geqslant 2$$(or $$x > 2$$)", r"$x \ge 2$"), (">-2", "x > -2"), ("254.4\n267.12", "254.4, 267.12"), ("254.4\n267.12", "254.4 and 267.12"),
    ("$$4$$,$$6$$ $$-4$$,$$0$$", "4, 6, -4, 0"), (r"$\frac14(\overrightarrow{b}-\overrightarrow{a})$", r"$\frac{\vec{b}-\vec{a}}{4}$"), ("$ < $", "<"), ("increases slowly", "Increases slowly."),
]  # fmt: skip
DIFFERENT = [
    ("5", "6"), ("5", "5x"), ("2π", "2"), ("5", "4, 5"), ("5", "5, 6"), ("5", "1 2 3 4 5"), ("6", "1 2 3"), ("254.4\n267.12", "267.12"), ("254.4\n267.12", "267.12, 254.4"), ("$(1, 2)$", "$(2, 1)$"),
    (r"$\frac{1}{2}$", "2"), ("$x > 2$", "$x < 2$"), ("$ < $", ">"), ("increases slowly", "decreases slowly"), ("increases slowly 2", "2"), ("40 m", "40°"), ("5", "<think>5</think>"), ("5", "five or 6"),
    (r"$\sqrt{3}$", "1.7"), ("3", ""), ("3", "$$"), ("3", r"\frac{"),
]  # fmt: skip


@pytest.mark.parametrize(("gold", "said"), EQUAL)
def test_the_same_answer_in_another_form_is_right(gold, said):
    assert mathematics()(asked(gold, "math"), said).value == 1.0


@pytest.mark.parametrize(("gold", "said"), DIFFERENT)
def test_another_answer_or_a_part_of_it_is_wrong(gold, said):
    assert mathematics()(asked(gold, "math"), said).value == 0.0


@pytest.mark.parametrize(
    "said",
    ["9**9**9**9", "$9^{9^{9^{9}}}$", r"\boxed{((9^9)^9)^{99999}}", r"$(10^{10})!$", "$99999!$", r"$\sum_{n=1}^{10^{12}} \sin(n)$", r"$2^{9*9*9*9*9*9}$", r"$\binom{99999}{5}$"],
)
def test_a_value_that_cannot_be_computed_is_not_computed_and_not_right(said):
    assert explosive(said) and mathematics()(asked("3", "math"), said).value == 0.0


def test_ordinary_powers_are_computed():
    assert not any(map(explosive, ("2^{10}", "x^2 + y^2 + z^2 + w^2", r"\frac{x^{12}}{y^3}", "2^{2024}", "10!", "(x+1)^{2}(x-1)^{3}")))
    assert mathematics()(asked("1024", "math"), "$2^{10}$").value == 1.0


def test_a_gold_answer_that_cannot_be_read_is_not_scored_rather_than_right():
    grade = mathematics()(asked(r"\frac{", "math"), "3")
    assert grade.value is None and "cannot be read as mathematics" in grade.why
    assert mathematics()(asked(r"\frac{", "math"), r"\frac{").value == 1.0


def test_what_is_asked_for_and_what_is_said_do_not_change_places():
    # math-verify takes an interval for an inequality that is asked for, not an inequality for an interval
    assert mathematics()(asked("$1 < x < 2$", "math"), "$(1, 2)$").value == 1.0
    assert mathematics()(asked("$(1, 2)$", "math"), "$1 < x < 2$").value == 0.0


def test_a_chain_of_equations_is_its_end_and_an_equation_between_unknowns_is_no_number():
    assert mathematics()(asked("5", "math"), "$x = 2 + 3 = 5$").value == mathematics()(asked("5", "math"), r"$\sqrt{4} + 3 = 5$").value == 1.0
    assert mathematics()(asked("1", "math"), "$x + y = 1$").value == 0.0


def test_parts_are_cut_where_answers_end_and_not_inside_brackets_or_numbers():
    assert parts("254.4\n267.12") == ["254.4", "267.12"]
    assert parts("$$4$$,$$6$$ $$-4$$") == ["4", "6", "-4"]
    assert parts("(1, 2); 1,000") == ["(1, 2)", "1,000"]
    assert parts(r"30${}^\circ $") == [r"30{}^\circ"]
    assert parts("$8.4$ cm") == ["8.4 cm"]


def test_the_published_k12_questions_pay_1_for_every_gold_answer_and_0_for_the_next_rows(shared):
    records, grade = load(str(shared / "k12" / "k12.json")).records, accuracy()
    assert len(records) == 59
    golds = [record.answer.value for record in records]
    said = [
        [grade(record, form.format(gold)).value for form in ("{}", "<think>So.</think>\n<answer>{}</answer>", "Thus.\nAnswer: {}")]
        for record, gold in zip(records, golds, strict=True)
    ]
    one_line = [row if "\n" not in gold else row[:2] for row, gold in zip(said, golds, strict=True)]
    assert all(value == 1.0 for row in one_line for value in row)
    plain = [gold.replace("$", "").strip(" .") for gold in golds]
    wrong = [grade(record, f"<answer>{plain[place - shift]}</answer>").value for shift in (1, 7) for place, record in enumerate(records) if plain[place - shift] != plain[place]]
    assert len(wrong) > 110 and set(wrong) == {0.0}
    assert {grade(record, f"<think>{gold}</think><answer></answer>").value for record, gold in zip(records, golds, strict=True)} == {0.0}


def test_the_type_of_an_answer_chooses_its_comparison():
    grade = accuracy()
    assert grade(asked("3/4", "math"), "0.75").value == 1.0 and grade(asked("3/4", "exact"), "0.75").value == 0.0
    assert grade(asked("B", "choice"), "(B)").value == grade(asked("yes", "yes_no"), "Yes.").value == grade(asked("5", "number"), "five").value == 1.0
    assert grade(asked("[0, 0, 10, 10]", "boxes"), "[5, 5, 15, 15]").value == pytest.approx(1 / 7)
    assert grade(asked("[[0, 0, 10, 10], [20, 20, 30, 30]]", "boxes"), "[0, 0, 10, 10]").value == 0.5
    assert grade(asked("good", "judge"), "good").value is None and grade(asked("x").replace(answer=None), "x").value is None


def test_settings_go_to_the_comparison_that_they_name():
    assert accuracy(settings={"number": {"relative": 0.1}})(asked("100", "number"), "105").value == 1.0
    with pytest.raises(ValueError, match="settings: yes is no answer type"):
        accuracy(settings={"yes": {}})
