"""Boxes are read in the forms that models write, measured by hand arithmetic, and spamming them costs."""

import pytest
from asking import asked
from PIL import Image

from veridical.grade.box import box
from veridical.grade.boxes import Box, giou, iou, read_boxes, resized
from veridical.grade.detection import average_precision, box_confidence, detection
from veridical.grade.point import point_in_box
from veridical.records.record import Media

TEN = Box(0, 0, 10, 10)


@pytest.mark.parametrize(
    ("other", "standard", "one_pixel"),
    [
        ((5, 5, 15, 15), 1 / 7, 1 / 7),
        ((8, 0, 18, 10), 1 / 9, 1 / 9),
        ((9, 0, 19, 10), 1 / 19, 0.0),
        ((10, 0, 20, 10), 0, 0),
        ((0, 0, 10, 10), 1, 1),
        ((0, 9, 10, 19), 1 / 19, 0),
        ((0, 20, 10, 30), 0, 0),
        ((20, 20, 30, 30), 0, 0),
    ],
)
def test_overlaps_are_those_of_the_published_vectors(other, standard, one_pixel):
    assert iou(TEN, Box(*other)) == pytest.approx(standard, abs=1e-7) and iou(TEN, Box(*other), least=1) == pytest.approx(one_pixel, abs=1e-7)


def test_giou_counts_the_empty_part_of_the_hull():
    # hull of [0, 10] and [20, 30] in x: 30 · 10 = 300, union 200, so 0 - 100 / 300
    assert giou(TEN, Box(20, 0, 30, 10)) == pytest.approx(-1 / 3) and giou(TEN, TEN) == 1.0


def test_a_box_turned_inside_out_covers_nothing():
    assert iou(TEN, Box(10, 10, 0, 0)) == iou(Box(5, 5, 5, 5), Box(5, 5, 5, 5)) == 0.0 and giou(Box(5, 5, 5, 5), Box(5, 5, 5, 5)) == -1.0


@pytest.mark.parametrize(
    ("text", "boxes"),
    [
        ("[1, 2, 3, 4]", [(1, 2, 3, 4)]), ("[[1,2,3,4],[5,6,7,8]]", [(1, 2, 3, 4), (5, 6, 7, 8)]), ("(1,2),(3,4)", [(1, 2, 3, 4)]), ("<box> 0 3 3 7 </box>", [(0, 3, 3, 7)]),
        ("It is at [1.5, -2, 3, 4].", [(1.5, -2, 3, 4)]), ("None", []), ("[]", []), ("", None), ("1, 2, 3, 4", [(1, 2, 3, 4)]), ("[1, 2, 3]", None), ("[1, 2, 3, 4, 5]", None),
        ('```json\n[{"bbox_2d": [1, 2, 3, 4], "label": "cat"}]\n```', [(1, 2, 3, 4)]), ("[{'Position': [1, 2, 3, 4], 'Confidence': 0.5}]", [(1, 2, 3, 4)]),
        ("[{'Position': [1, 2, 3, 4], 'Confidence': 1}, {'Position': [5, 6,", [(1, 2, 3, 4)]), ("<|box_start|>(1,2),(3,4)<|box_end|>", [(1, 2, 3, 4)]), ("[" * 5000, None),
    ],
)  # fmt: skip
def test_boxes_are_read_in_every_published_form(text, boxes):
    found = read_boxes(text)
    assert found is None if boxes is None else [tuple(one[:4]) for one in found] == boxes


def test_labels_and_scores_are_read_with_their_boxes():
    found = read_boxes("[{'Position': [1, 2, 3, 4], 'label': ' Red  Car', 'Confidence': 7}]")
    assert found == [Box(1, 2, 3, 4, "red car", 1.0)]


def test_one_box_earns_its_overlap_and_several_are_no_answer():
    record = asked("[0, 0, 10, 10]", "boxes")
    assert box()(record, "[5, 5, 15, 15]").value == pytest.approx(1 / 7)
    assert [box()(record, said).value for said in ("[[0,0,10,10],[1,1,5,5]]", "<think>[0,0,10,10]</think>", "none", "")] == [0, 0, 0, 0]
    assert [box(threshold=0.1)(record, said).value for said in ("[5, 5, 15, 15]", "[9, 0, 19, 10]")] == [1, 0]
    assert box("vlm_r1")(record, "[9, 0, 19, 10]").value == 0.0
    assert box("giou")(record, "[20, 0, 30, 10]").value == pytest.approx(1 / 3) and box("visual_rft")(record, "[0, 0, 10, 10]").value == 2.0
    assert box()(asked("[[0,0,1,1],[2,2,3,3]]", "boxes"), "[0,0,1,1]").value is None and box()(asked("here", "boxes"), "[0,0,1,1]").value is None


def test_boxes_are_brought_into_the_records_coordinates(tmp_path):
    Image.new("RGB", (200, 100)).save(tmp_path / "a.png")
    record = asked("[20, 10, 100, 50]", "boxes", media=(Media(media_id="m0", path=str(tmp_path / "a.png")),))
    assert box(said_in="thousand")(record, "[100, 100, 500, 500]").value == pytest.approx(1.0)
    assert box(said_in="unit")(record, "[0.1, 0.1, 0.5, 0.5]").value == pytest.approx(1.0)
    # 200 x 100 becomes 196 x 112 in multiples of 28
    assert resized(200, 100) == (196, 112)
    assert box(said_in="processed")(record, f"[{20 * 0.98}, {10 * 1.12}, {100 * 0.98}, {50 * 1.12}]").value == pytest.approx(1.0)
    with pytest.raises(ValueError, match="coordinates=percent: unknown; there are pixels, processed, thousand, unit"):
        box(said_in="percent")
    with pytest.raises(ValueError, match="record r: has no picture"):
        box(said_in="thousand")(asked("[1,2,3,4]", "boxes"), "[1,2,3,4]")


@pytest.mark.parametrize("size", [(30, 20), (5000, 4000), (1000, 1000), (80, 3000)])
def test_the_processed_size_is_that_of_transformers(size):
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import smart_resize

    assert resized(*size) == smart_resize(size[1], size[0], 28, 3136, 12_845_056)[::-1]


CATS = '[{"bbox_2d": [0, 0, 10, 10], "label": "cat"}, {"bbox_2d": [20, 20, 30, 30], "label": "dog"}]'
HALF = '[{"bbox_2d": [0, 0, 10, 10], "label": "cat"}]'
SPAM = '[{"bbox_2d": [0, 0, 10, 10], "label": "cat"}, {"bbox_2d": [20, 20, 30, 30], "label": "dog"}, {"bbox_2d": [0, 0, 9, 9], "label": "cow"}, {"bbox_2d": [1, 1, 9, 9], "label": "hen"}]'


def test_what_is_missed_and_what_is_made_up_both_cost():
    record = asked(CATS, "boxes")
    assert [detection()(record, said).value for said in (CATS, HALF, SPAM, "none", "")] == [1, 0.5, 0.5, 0, 0]
    assert detection()(record, CATS.replace('"dog"', '"cat"')).value == 0.5  # the second has the wrong label
    assert detection("best")(record, SPAM).value == 0.25
    assert detection()(record, CATS[:-1] + "," + CATS[1:]).value == 1.0  # the same box twice is one


def test_no_boxes_are_right_where_there_are_none():
    record = asked("None", "boxes")
    assert [detection()(record, said).value for said in ("None", "[]", "<answer>no objects</answer>", "", HALF)] == [1, 1, 1, 0, 0]


def scored(*items: tuple[list[int], float]) -> str:
    """Visual-RFT's form."""
    return str([{"Position": place, "Confidence": score} for place, score in items])


def test_visual_rft_matches_by_confidence_and_divides_by_the_larger_number():
    record = asked(scored(([0, 0, 10, 10], 1), ([20, 20, 30, 30], 1)), "boxes")
    # the sure one takes the first gold box with IoU 0.8, so the exact one finds none left; a third is far away
    said = scored(([0, 0, 10, 8], 0.9), ([0, 0, 10, 10], 0.5), ([50, 50, 60, 60], 0.2))
    assert detection("visual_rft")(record, said).value == pytest.approx(0.8 / 3)
    assert detection("said")(record, scored(([0, 0, 10, 10], 1))).value == 1.0  # the paper's form does not see the missed one
    assert box_confidence()(record, said).value == pytest.approx((0.9 + 0.5 + 0.8) / 3)


def test_vlm_r1s_sum_weighs_overlap_misses_and_inventions():
    # one of two found: 0.7 · 1 / 2 + 0.3 · (1 - (1/2 + 0) / 2); a wrong label loses the first part
    assert detection("vlm_r1")(asked(CATS, "boxes"), HALF).value == pytest.approx(0.35 + 0.3 * 0.75)
    assert detection("vlm_r1")(asked(CATS, "boxes"), HALF.replace("cat", "cow")).value == pytest.approx(0.3 * 0.75)
    assert detection("vlm_r1")(asked(CATS, "boxes"), CATS).value == pytest.approx(1.0)


def test_average_precision_over_recalls_and_thresholds_by_hand():
    record = asked(HALF, "boxes")
    # IoU of [0,0,10,8] is 0.8: found at 0.5 ... 0.8, seven of ten thresholds
    assert average_precision()(record, HALF.replace("10, 10]", "10, 8]")).value == pytest.approx(0.7)
    assert average_precision(at=0.5)(record, HALF.replace("10, 10]", "10, 8]")).value == 1.0
    # two gold boxes of one label, one found: precision 1 up to recall 0.5, that is at 51 of 101 recalls
    two = '[{"bbox_2d": [0, 0, 10, 10], "label": "cat"}, {"bbox_2d": [20, 20, 30, 30], "label": "cat"}]'
    assert average_precision(at=0.5)(asked(two, "boxes"), HALF).value == pytest.approx(51 / 101)
    # a sure wrong box before the right ones: precision 1/2 at the first and 2/3 at the second hit, so 2/3 at every recall
    wrong_first = '[{"bbox_2d": [50, 50, 60, 60], "label": "cat", "score": 0.9}, {"bbox_2d": [0, 0, 10, 10], "label": "cat", "score": 0.5}, {"bbox_2d": [20, 20, 30, 30], "label": "cat", "score": 0.4}]'
    assert average_precision(at=0.5)(asked(two, "boxes"), wrong_first).value == pytest.approx(2 / 3)


def test_boxes_of_other_labels_cost_nothing_in_the_published_form_and_half_here():
    record = asked(CATS, "boxes")
    assert average_precision("vlm_r1")(record, SPAM).value == 1.0
    assert average_precision()(record, SPAM).value == pytest.approx(2 / 4)
    assert average_precision("vlm_r1_length")(record, SPAM).value == pytest.approx(2 / 4)


@pytest.mark.parametrize(
    ("said", "value"), [("(5, 5)", 1), ("[5, 5]", 1), ("(0, 0)", 1), ("(10, 5)", 0), ("(x=5, y=5)", 1), ("(5, 5) (20, 20)", 0), ("", 0), ("5, 5", 0), ("<think>(5,5)</think>", 0)]
)
def test_one_point_must_lie_in_the_box(said, value):
    assert point_in_box()(asked("[0, 0, 10, 10]", "boxes"), said).value == value


def test_a_point_may_be_said_in_thousandths():
    record = asked("[0, 0, 10, 10]", "boxes", media=(Media(media_id="m0", width=100, height=50),))
    assert [point_in_box(said_in="thousand")(record, said).value for said in ("(50, 150)", "(150, 50)")] == [1, 0]
