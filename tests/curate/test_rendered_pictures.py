"""Rendered pictures can be read: text stays inside and apart, contrasts suffice, and the same number gives the same picture."""

import hashlib
from collections import Counter
from itertools import combinations, islice

import numpy as np
import pytest

from veridical.curate.rendered import chosen_kinds, render, renderings
from veridical.curate.rendered.compose import EACH, SEEDS, composed, first_number, record_of
from veridical.curate.rendered.geometry.figure import triangle_points
from veridical.curate.rendered.palette import contrast, ink_on, luminance, series_colours
from veridical.curate.rendered.settings import Settings, settings_of
from veridical.curate.rendered.sheet import Crowded, Place, Sheet

KINDS = list(renderings().values())


@pytest.fixture(scope="session")
def sheets():
    """Pictures of every kind at its smallest size and at 640 pixels, at every difficulty."""
    sizes = [(kind, number, size) for kind in KINDS for number, size in enumerate((kind.least, kind.least, 640))]
    return [(kind, composed(kind, number, Settings(difficulty=1 + number, size=size)).drawn) for kind, number, size in sizes]


def test_no_text_leaves_the_picture_or_touches_another(sheets):
    for kind, drawn in sheets:
        places = [one.place for one in drawn.sheet.written]
        assert len(places) >= 1
        assert all(x1 >= 0 and y1 >= 0 and x2 <= drawn.sheet.width and y2 <= drawn.sheet.height for x1, y1, x2, y2 in places), kind.name
        for (a1, b1, a2, b2), (c1, d1, c2, d2) in combinations(places, 2):
            assert a2 <= c1 or c2 <= a1 or b2 <= d1 or d2 <= b1, kind.name


def test_every_text_can_be_read_on_its_ground(sheets):
    """WCAG 2.1: 4.5 for text, 3 for what is switched off on purpose."""
    for kind, drawn in sheets:
        off = {text for one in drawn.facts.get("controls", ()) if not one["enabled"] for text in (one["name"], one["value"])}
        for one in drawn.sheet.written:
            assert contrast(one.ink, one.ground) >= (2.95 if one.said in off else 4.5), (kind.name, one)


def test_no_text_is_drawn_over(sheets):
    """The ink of every text is in the finished picture, where the text was written."""
    for kind, drawn in sheets:
        pixels = np.asarray(drawn.sheet.finished()).astype(int)
        for one in drawn.sheet.written:
            x1, y1, x2, y2 = (round(value) for value in one.place)
            part = pixels[y1:y2, x1:x2].reshape(-1, 3)
            near = np.abs(part - np.array(one.ink)).sum(axis=1) < 0.75 * np.abs(np.array(one.ink) - np.array(one.ground)).sum()
            assert near.mean() > 0.04, (kind.name, one)


def test_no_line_crosses_a_text(sheets):
    for kind, drawn in sheets:
        assert min(one.clear for one in drawn.sheet.written) > 0.9, kind.name


def test_lettering_is_never_too_small_to_read(sheets):
    assert min(one.size for _, drawn in sheets for one in drawn.sheet.written) >= 7


def test_boxes_of_controls_hold_their_names(sheets):
    checked = 0
    for _, drawn in sheets:
        for one in drawn.facts.get("controls", ()):
            inside = [
                text.said
                for text in drawn.sheet.written
                if one["box"][0] <= text.place.x1 and text.place.x2 <= one["box"][2] and one["box"][1] <= text.place.y1 and text.place.y2 <= one["box"][3]
            ]
            if one["kind"] in ("field", "list"):
                assert inside == [one["value"]]
            elif one["kind"] != "message":
                assert one["name"] in inside
            checked += 1
    assert checked > 60


def charts(kind, difficulty, wanted, tries=40):
    """Some charts of a kind, those for which `wanted` holds."""
    found = (composed(renderings()[kind], number, Settings(size=480, difficulty=difficulty)).drawn for number in range(tries))
    return list(islice((drawn for drawn in found if wanted(drawn)), 4))


def pixels(drawn):
    return np.asarray(drawn.sheet.finished()).astype(int)


def labels(drawn, names):
    """The places of texts by what they say."""
    return {one.said.replace(",", ""): one.place for one in drawn.sheet.written if one.said.replace(",", "") in names}


def columns_stand(drawn):
    """Names side by side below their columns, none turned, none a number."""
    names = next(iter(drawn.facts["data"].values()))
    places = labels(drawn, names).values()
    if any(name.isdigit() for name in names):
        return False
    return max(place.middle[1] for place in places) - min(place.middle[1] for place in places) < 6 and all(place.width > place.height for place in places)


def upward(drawn):
    """From a pixel to a value, by the labels of the axis alone."""
    numbers = {
        float(one.said.replace(",", "")): one.place.middle[1]
        for one in drawn.sheet.written
        if one.said.replace(",", "").replace(".", "").isdigit() and one.place.x2 < drawn.sheet.width * 0.3
    }
    high = max(numbers)
    return lambda y: high * (numbers[0.0] - y) / (numbers[0.0] - numbers[high])


def test_a_column_is_as_high_in_the_picture_as_its_value():
    for drawn in charts("bar", 2, columns_stand):
        row, picture, value_at = drawn.facts["data"][""], pixels(drawn), upward(drawn)
        ground = min(range(drawn.sheet.height), key=lambda y: abs(value_at(y + 0.5))) - 3
        for name, place in labels(drawn, row).items():
            column = picture[:, round(place.middle[0])]
            top = next(y for y in range(ground, 0, -1) if np.abs(column[y] - column[ground]).sum() > 40)
            assert abs(value_at(top + 1) - row[name]) < 0.35 * drawn.facts["margin"], (name, row, value_at(top))


def test_a_line_passes_where_its_values_are():
    for drawn in charts("line", 2, lambda drawn: columns_stand(drawn) and len(drawn.facts["data"]) == 1):
        row, picture, value_at = drawn.facts["data"][""], pixels(drawn), upward(drawn)
        for name, place in labels(drawn, row).items():
            column = picture[:, round(place.middle[0])]
            y = min(range(drawn.sheet.height), key=lambda y: abs(value_at(y + 0.5) - row[name]))
            assert min(np.abs(column[y] - column[other]).sum() for other in (y - 9, y + 9)) > 60, (name, row)


def test_slices_cover_their_share_of_the_pie():
    for drawn in charts("pie", 3, lambda drawn: True):
        row, found = drawn.facts["data"][""], Counter(map(tuple, pixels(drawn).reshape(-1, 3)))
        sizes = sorted(count for colour, count in found.most_common(len(row) + 1)[1:])
        assert sizes == pytest.approx([value / 100 * sum(sizes) for value in sorted(row.values())], rel=0.2, abs=0.012 * sum(sizes))


def test_points_stand_where_their_values_are():
    for drawn in charts("scatter", 1, lambda drawn: True):
        marks = [one for one in drawn.sheet.written if one.said.isdigit() and one.place.middle[1] > drawn.sheet.height * 0.75 and one.place.x1 > drawn.sheet.width * 0.1]
        first, last = min(marks, key=lambda one: int(one.said)), max(marks, key=lambda one: int(one.said))
        wide = (last.place.middle[0] - first.place.middle[0]) / (int(last.said) - int(first.said))
        picture, value_at = pixels(drawn), upward(drawn)
        paper = Counter(map(tuple, picture.reshape(-1, 3))).most_common(1)[0][0]
        for point in drawn.facts["points"]:
            x = first.place.middle[0] + (point["x"] - int(first.said)) * wide
            y = min(range(drawn.sheet.height), key=lambda y: abs(value_at(y + 0.5) - point["y"]))
            assert np.abs(picture[y, int(x)] - paper).sum() > 60


def test_triangles_have_the_angles_that_are_written():
    points = triangle_points(50, 60, "ABC")
    vectors = {name: np.array(point) for name, point in points.items()}

    def at(name, one, other):
        a, b = vectors[one] - vectors[name], vectors[other] - vectors[name]
        return np.degrees(np.arccos(a @ b / np.linalg.norm(a) / np.linalg.norm(b)))

    assert (at("A", "B", "C"), at("B", "A", "C"), at("C", "A", "B")) == pytest.approx((50, 60, 70))


def test_a_text_without_room_is_refused():
    sheet = Sheet(100, 50, (255, 255, 255))
    sheet.text((10, 20), "first", 12, (0, 0, 0))
    with pytest.raises(Crowded, match="would touch 'first'"):
        sheet.text((14, 22), "second", 12, (0, 0, 0))
    with pytest.raises(Crowded, match="does not fit into 100 x 50 pixels"):
        sheet.text((80, 40), "a long text", 12, (0, 0, 0))
    sheet.line([(60, 0), (60, 50)], (0, 0, 0), 3)
    with pytest.raises(Crowded, match="a line would cross 'far'"):
        sheet.text((52, 40), "far", 12, (0, 0, 0))
    assert [one.said for one in sheet.written] == ["first"]


def test_contrast_is_what_the_guidelines_say():
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)  # the well-known grey that just fails
    assert luminance((255, 0, 0)) == pytest.approx(0.2126)


def test_black_or_white_can_be_read_on_every_colour():
    for colour in np.random.default_rng(3).integers(0, 256, (400, 3)):
        assert contrast(ink_on(tuple(colour)), tuple(colour)) >= 4.58


def test_colours_of_a_legend_are_told_apart():
    for seed in range(60):
        for ground in ((255, 255, 255), (32, 34, 42)):
            found = series_colours(np.random.default_rng(seed), 3, ground)
            assert min(np.linalg.norm(np.subtract(one, other)) for one, other in combinations(found, 2)) >= 42
            assert min(contrast(one, ground) for one in found) >= 1.6


def test_the_same_number_gives_the_same_bytes():
    for kind in KINDS:
        assert record_of(kind, 5) == record_of(kind, 5)


def test_splits_and_seeds_share_no_number_and_no_picture():
    assert first_number("test", 0) == first_number("train", SEEDS - 1) + EACH
    pictures = [
        hashlib.sha256(record.media[0].data).digest()
        for split, seed in (("train", 0), ("train", 1), ("test", 0))
        for record in render("geometry", 12, split, seed, Settings(size=256))
    ]
    assert len(set(pictures)) == len(pictures)


@pytest.mark.parametrize("size", [256, 1024])
def test_pictures_have_the_size_that_is_set(size):
    for kind in KINDS:
        if kind.least <= size and (size == 256 or kind.name in ("bar", "invoice", "circle", "settings")):
            medium = record_of(kind, 3, Settings(size=size)).media[0]
            assert max(medium.width, medium.height) == size and min(medium.width, medium.height) > 40


def test_sizes_are_drawn_between_256_and_1024():
    records = list(render("triangle", 12))
    longest = [max(record.media[0].width, record.media[0].height) for record in records]
    assert min(longest) >= 256 and max(longest) <= 1024 and len(set(longest)) > 8


def test_a_font_of_the_user_s_is_used(tmp_path):
    from PIL import ImageFont

    font = tmp_path / "mine.ttf"
    font.write_bytes(ImageFont.load_default(size=10).font_bytes)
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    for given in (str(font), str(tmp_path)):
        settings = Settings(fonts=given, size=400)
        assert settings.fonts == (str(font),)
        one = composed(renderings()["table"], 1, settings)
        assert one.drawn.sheet.file == str(font) and one.drawn.sheet.written


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"size": 100}, "size=100: expected a whole number from 256 to 1024"),
        ({"difficulty": 4}, "difficulty=4"),
        ({"colour": 1}, "setting colour: unknown"),
        ({"fonts": "no.ttf"}, "fonts: no.ttf is no font"),
    ],
)
def test_settings_that_cannot_be_are_refused(given, message):
    with pytest.raises(ValueError, match=message):
        settings_of(given)


def test_unknown_names_are_refused_with_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'grouped'"):
        chosen_kinds("groupd")
    with pytest.raises(ValueError, match="split=dev: unknown; there are train, test"):
        next(render("bar", 1, "dev"))
    with pytest.raises(ValueError, match="invoice cannot be read below 448"):
        next(render("invoice", 1, settings=Settings(size=300)))


def test_a_family_leaves_out_what_cannot_be_read_at_the_size():
    kinds = {record.tags[1] for record in render("documents", 8, settings=Settings(size=300))}
    assert "invoice" not in kinds and "table" in kinds


def test_places_know_whether_they_touch():
    assert Place(0, 0, 10, 10).touches(Place(9, 9, 20, 20)) and not Place(0, 0, 10, 10).touches(Place(10, 0, 20, 10))
    assert Place(0, 0, 10, 10).touches(Place(11, 0, 20, 10), gap=2)
