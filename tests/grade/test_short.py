"""Short answers by published rules, on the cases for which the original scripts' verdict is known."""

import json

import pytest

from veridical.evaluate.asking import ask
from veridical.grade.grounding import box_internvl, box_lmms, box_vlm, grounding
from veridical.grade.mme import yn_mme, yn_mme_lmms
from veridical.grade.short.contains import FORMULAS, contains_norm
from veridical.grade.short.mathvision import equal, extracted
from veridical.grade.short.mathvista import FORM, PRECISION, distance, mathvista
from veridical.grade.short.mmmu import mmmu_open, readings
from veridical.grade.short.relaxed import relaxed
from veridical.grade.short.sqa3d import sqa3d, sqa3d_clean


def of(gold, *options, **more):
    return ask("test", "1", "?", (), gold, options, **more)


@pytest.mark.parametrize(
    ("said", "gold", "right"),
    [
        *[("14", "14.5", 1), ("14%", "14", 0), ("0.14", "14%", 1), ("0.0", "0", 0), ("0", "0", 1), ("1,000", "1000", 0), ("Yes.", "yes", 0), ("2019", "2009", 1)],
        *[("YES", "yes", 1), ("105", "100", 1), ("105.1", "100", 0), ("-5", "5", 0), ("", "5", 0)],
    ],
)
def test_a_number_may_be_five_percent_off(said, gold, right):
    assert relaxed()(of(gold), said).value == right


def test_spaces_at_the_ends_count_unless_stripped():
    assert relaxed()(of("yes"), " Yes").value == 0.0 and relaxed(strip=True)(of("yes"), " Yes").value == 1.0
    assert relaxed()(of('["cat", "7"]'), "7.1").value == 1.0


@pytest.mark.parametrize(
    ("said", "gold", "right"),
    [
        *[("The result is 1,000.", "1000", 1), ("x = 2.004", "2", 1), ("about 12.97 kg", "12.97", 1), ("It is 3 or 4", "4", 1), ("5", "55", 0), ("", "5", 0)],
        *[("It is Paris, of course", "paris", 1), ("So the cell wall", "Cell", 1), ("C", "C", 1), ("cat", "C", 0), ("option C here", "C", 1), ("7", '["7", "seven"]', 1), ("seven", '["7", "seven"]', 1)],
    ],
)
def test_mmmu_reads_the_shortest_tail_and_its_numbers(said, gold, right):
    assert mmmu_open(of(gold), said).value == right


def test_an_equals_sign_announces_only_in_the_last_line():
    assert readings("a = 5 m\nso 7") == [7.0]
    assert readings("so 7\na = 5") == [7.0, 5.0]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        *[("The answer is B.", "b"), ("(C) C\nbecause", "c"), ("It is 12.", "12"), (r"so \boxed{3} or \boxed{\frac12}", r"\frac12"), ("x = 5 units", "5"), (r"\boxed{ \text{A} }", "a")],
        *[("The final answer is 7. Because it is so\nyes", "7"), ("", ""), (r"\boxed{0.5}", r"\frac{1}{2}"), ("3/4", r"\frac{3}{4}"), (r"\boxed{90^\circ}", "90"), ("I do not know", "idonotknow")],
    ],
)
def test_math_vision_finds_the_answer(text, read):
    assert extracted(text) == read


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        *[("A", "a", 1), ("", "", 0), ("2", "2.001", 1), ("2", "2.1", 0), (r"\frac{1}{2}", "0.5", 1), (r"\sqrt{2}", "1.41", 1), ("(1,2)", "(1.0,2)", 0), ("x", "y", 0), (r"$2 \sqrt{3}$", r"2\sqrt{3}", 1)],
        *[("a", "97", 0), (r"$120^{\circ}$", "120", 0), ("9^{9^{9^9}}", "3", 0), ("5", "5.so,thatis", 1), ("{4}", "4", 1), ("[1,2]", r"[\frac{2}{2},2]", 1)],
    ],
)
def test_math_vision_compares_values_to_two_decimals(one, other, same):
    assert equal(one, other) == bool(same)


def vista(gold, form, precision="0", *choices):
    return of(gold, *choices, facts=((FORM, form), (PRECISION, precision)))


@pytest.mark.parametrize(
    ("record", "said", "right", "unparsed"),
    [
        (vista("3", "integer"), "3.0", 1, 0),
        (vista("3", "integer"), "3.9", 1, 0),
        (vista("3", "integer"), "three", 0, 1),
        (vista("1.2", "float", "1"), "1.249", 1, 0),
        (vista("1.2", "float", "1"), "1.26", 0, 0),
        (vista("[1, 2]", "list"), "[1, 2]", 1, 0),
        (vista("[1, 2]", "list"), "[1,2]", 0, 0),
        (vista("dog", "text", "0", "cat", "dog"), "b (B) x", 1, 0),
        (vista("dog", "text", "0", "cat", "dog"), "B", 1, 0),
        (vista("dog", "text", "0", "cat", "dog"), "dog", 1, 0),
        (vista("dog", "text", "0", "cat", "dog"), "dogs", 1, 1),
        (vista("cat", "text", "0", "cat", "dog"), "", 1, 1),
        (vista("dog", "text", "0", "cat", "dog"), 'The answer is "B".', 1, 0),
    ],
)
def test_math_vista_brings_an_extraction_into_the_wanted_form(record, said, right, unparsed):
    grade = mathvista()(record, said)
    assert (grade.value, grade.counts.get("unparsed", 0)) == (right, unparsed)


def test_edit_distance():
    assert [distance(*pair) for pair in (("kitten", "sitting"), ("", "abc"), ("abc", "abc"), ("ab", "ba"))] == [3, 3, 0, 2]


def test_ocrbench_wants_the_answer_inside():
    assert contains_norm(of("Hello world"), "it says HELLO\nWORLD!").value == 1.0
    assert contains_norm(of("x ^ 2", split=FORMULAS), "$x^2$").value == 1.0 and contains_norm(of("X ^ 2", split=FORMULAS), "$x^2$").value == 0.0
    assert contains_norm(of('["one", "two"]'), "two").value == 1.0


@pytest.mark.parametrize(
    ("text", "clean"),
    [("  The  letf chair. ", "left chair"), ("2", "two"), ("None", "zero"), ("a TV", "TV"), ("backwards", "backward"), ("mat2", "mat"), ("10 o'  clock", "ten o'clock"), ("23", "twenty-three"), ("an", "an")],
)
def test_sqa3d_cleans_responses(text, clean):
    assert sqa3d_clean(text) == clean


def test_the_lenient_rule_of_sqa3d_credits_a_shared_word_and_silence():
    record = of("office chair")
    assert [sqa3d()(record, text).value for text in ("The office chair", "chair", "chair leg", "", "desk")] == [1.0, 0.0, 0.0, 0.0, 0.0]
    assert [sqa3d(refined=True)(record, text).value for text in ("The office chair", "chair", "chair leg", "", "desk")] == [1.0, 1.0, 1.0, 1.0, 0.0]


def test_mme_looks_at_four_characters():
    assert [yn_mme(text) for text in ("Yes", "Not", "nope", "I know it", "  no", "the answer is yes", "", "y")] == ["yes", "no", "no", None, "no", None, None, None]
    assert [yn_mme_lmms(text) for text in (" Yes.", "y", "N", ".no", "x", "    no")] == ["yes", "yes", "no", "no", None, "no"]


def test_boxes_are_read_as_each_harness_reads_them():
    assert box_lmms("at [0.1, 0.2, 0.3, 0.4].", 1, 1) == (0.1, 0.2, 0.3, 0.4) and box_lmms("[.1, .2, .3, .4]", 1, 1) is None
    assert box_internvl("[[100, 200, 300, 400]]", 1, 1) == (0.1, 0.2, 0.3, 0.4) and box_internvl("[0.1, 0.2, 0.3, 0.4]", 1, 1) == (0.1, 0.2, 0.3, 0.4)
    assert box_vlm("(100 200 300 400)", 1, 1) == (0.1, 0.2, 0.3, 0.4) and box_vlm("[2000, 0, 1000, 500]", 2000, 1000) == (0.5, 0.0, 1.0, 0.5)
    assert box_vlm("x1=0.1 y1=0.2 x2=0.3", 1, 1) is not None and box_vlm("no box", 1, 1) is None


@pytest.mark.parametrize(("said", "overlap", "right"), [("[0, 0, 0.5, 1]", 0.5, 1), ("[0, 0, 0.49, 1]", 0.49, 0), ("[0, 0, 1, 1]", 1.0, 1), ("none", 0.0, 0)])
def test_half_an_overlap_is_enough(said, overlap, right):
    grade = grounding(box_lmms)(of(json.dumps([0, 0, 200, 100, 200, 100])), said)
    assert grade.counts["iou"] == pytest.approx(overlap) and grade.value == right
