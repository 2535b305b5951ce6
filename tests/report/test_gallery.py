"""Which responses are shown, and how."""

import base64
from io import BytesIO

import pytest
from made_results import answered, described, picture, result
from PIL import Image

from veridical.report.folders import Side
from veridical.report.gallery import galleries
from veridical.report.picture import lighter, show


def sides(before: list, after: list | None = None, benchmark: str = "chair", folder=None) -> tuple[Side, Side]:
    """Two models' rows."""
    first, second = ({"r": result(benchmark, rows)} if rows else {} for rows in (before, after))
    return Side(folder, first), Side(folder, second)


def shown(before: list, after: list | None = None, each: int = 2, **more) -> dict[str, list[str]]:
    """Record ids by the title of their shelf."""
    return {shelf.title: [card.record_id for card in shelf.cards] for one in galleries(*sides(before, after, **more), ["r"], each) for shelf in one.shelves}


def rows(*wrong: int) -> list:
    """Descriptions with so many absent objects."""
    return [described(f"{number}", "a cup", ("a", "b", "c")[:count]) for number, count in enumerate(wrong)]


def test_the_largest_gains_come_first_and_what_got_worse_is_shown_as_well():
    found = shown(rows(3, 0, 2, 1, 0), rows(0, 2, 1, 1, 1))
    assert found["Improved most"] == ["0", "2"] and found["Got worse"] == ["1", "4"]
    assert len(found["Drawn at random (seed 0)"]) == 2


def test_how_many_there_are_is_told():
    before, after = sides(rows(3, 3, 3, 0, 1), rows(0, 0, 0, 1, 1))
    found = [(shelf.title, len(shelf.cards), shelf.of) for shelf in galleries(before, after, ["r"], 2)[0].shelves]
    assert found == [("Improved most", 2, 3), ("Got worse", 1, 1), ("Drawn at random (seed 0)", 2, 5)]


def test_the_sample_is_the_same_every_time_and_is_not_the_beginning():
    many = rows(*[1] * 60)
    first = shown(many, many, each=5)["Drawn at random (seed 0)"]
    assert first == shown(many, many, each=5)["Drawn at random (seed 0)"] != [str(number) for number in range(5)]


def test_equal_gains_are_not_shown_in_the_order_of_the_file():
    wrong, right = [answered(f"random/{n}", "no", "yes") for n in range(40)], [answered(f"random/{n}", "no", "no") for n in range(40)]
    assert shown(wrong, right, benchmark="pope")["Improved most"] != ["random/0", "random/1"]


def test_one_model_alone_shows_its_lowest_scores():
    assert shown([], rows(1, 3, 0, 2))["Lowest scores"] == ["1", "3"]


def test_descriptions_and_answers_stand_apart():
    mixed = [described("generative/1", "a cup"), answered("existence/2", "no", "yes")]
    assert [one.kind for one in galleries(*sides(mixed, mixed, "pope"), ["r"])] == ["described", "answered"]


def test_a_prompt_that_all_records_share_is_told_once():
    one, other = rows(1, 1), [described("0", "a cup"), described("1", "a cup", prompt="What is this?")]
    assert galleries(*sides(one, one), ["r"])[0].prompt == "Describe this image." and galleries(*sides(other, other), ["r"])[0].prompt == ""


def test_an_answer_says_whether_it_was_right_wrong_or_unreadable():
    unread, unscored = answered("random/3", "no", "yes", counts={"unparsed": 1.0}), answered("random/4", "no", "yes", value=None)
    before = [answered("random/1", "no", "yes"), answered("random/2", "no", "no"), unread, unscored]
    cards = galleries(*sides(before, before, "pope"), ["r"], 4)[0].shelves[-1].cards
    assert {card.record_id[-1]: card.before.state for card in cards} == {"1": "wrong", "2": "right", "3": "unparsed", "4": ""}


def test_a_description_says_what_was_counted_and_marks_it():
    card = galleries(*sides([described("1", "a cup and a spoon", ("spoon",))], [described("1", "a cup")]), ["r"])[0].shelves[0].cards[0]
    assert (card.before.tells, card.after.tells) == ("1 absent · 5 words", "nothing absent · 2 words")
    assert "<mark" in card.before.text and "<mark" not in card.after.text


def opened(source: str) -> Image.Image:
    """The picture of a data URL."""
    return Image.open(BytesIO(base64.b64decode(source.partition(",")[2])))


def test_pictures_lie_inside_the_page_and_are_small(tmp_path):
    picture(tmp_path / "images" / "large.png", size=(1600, 800))
    one = show("images/large.png", (tmp_path / "elsewhere", tmp_path))
    assert opened(one.source).size == (320, 160) and (one.width, one.height) == (1600, 800)


def test_photographs_are_stored_as_jpeg(tmp_path):
    Image.effect_noise((400, 400), 90).convert("RGB").save(tmp_path / "noise.png")
    assert show(str(tmp_path / "noise.png"), ()).source.startswith("data:image/jpeg")


@pytest.mark.parametrize(("content", "why"), [(None, "no such file"), (b"not a picture", "not a picture in a known format")])
def test_a_picture_that_cannot_be_shown_says_why(content, why, tmp_path):
    if content is not None:
        (tmp_path / "x.png").write_bytes(content)
    one = show("x.png", (tmp_path,))
    assert (one.source, one.path, one.why) == ("", "x.png", why)


def test_a_picture_that_was_cut_off_says_so(tmp_path):
    whole = picture(tmp_path / "whole.png", size=(200, 200)).read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    assert "the file is damaged" in show("cut.png", (tmp_path,)).why


@pytest.mark.parametrize(
    "source",
    ["http://a/b.png", "data:text/html;base64,PGI+", "data:image/png;base64,%%%", "data:image/svg+xml;base64,PGI+", "", 'data:image/png;base64,AA"><script>'],
)
def test_only_pictures_inside_the_page_are_taken_over(source):
    assert lighter(source) == ""
