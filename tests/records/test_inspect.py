"""The census of a data set: every number is counted by hand on a small set made for it; the drawings show those numbers."""

import json
from html.parser import HTMLParser
from io import BytesIO

import numpy as np
import published_rows as published
import pytest
from PIL import Image

from veridical.records.inspect.advice import findings
from veridical.records.inspect.census import Census, census
from veridical.records.inspect.page import page
from veridical.records.inspect.spread import spread
from veridical.records.inspect.terminal import WIDTH, bar, draw, spark
from veridical.records.load import LeftOut, Loaded, load
from veridical.records.pairing import edits
from veridical.records.record import Corruption, Media, Pair, Part, Record, Response, Turn, text_parts


def photograph(seed: int = 3, size: tuple[int, int] = (160, 120)) -> Image.Image:
    """A smooth picture with structure, another one for every seed."""
    coarse = np.random.default_rng(seed).integers(0, 255, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)


def file(picture: Image.Image, kind: str = "PNG", **settings) -> bytes:
    """A picture as a file."""
    buffer = BytesIO()
    picture.save(buffer, kind, **settings)
    return buffer.getvalue()


def record(name: str, chosen: str = "one two three", rejected: str = "one", question: str = "What is it?", data: bytes | None = None, **fields) -> Record:
    """A pair about a picture."""
    responses = (Response(response_id="c", parts=text_parts(chosen), origin="corrected"), Response(response_id="r", parts=text_parts(rejected), origin="model", model="m"))
    media = () if data is None else (Media(media_id="m", data=data),)
    parts = (*(Part(type="image", media_id="m") for _ in media), Part(text=question))
    known = {"responses": responses, "pairs": (Pair(chosen="c", rejected="r", edits=edits(chosen, rejected)),), "media": media}
    return Record(**{"record_id": name, "prompt": (Turn(role="user", parts=parts),)} | known | fields)


def taken(*records: Record, left_out=(), **settings) -> Census:
    """A census without a bar."""
    return census(Loaded(list(records), list(left_out), "veridical", "by hand"), progress=False, **settings)


def said(found: Census) -> str:
    """All that is found, in one text."""
    return "\n".join(one.what for one in found.findings)


def test_a_spread_is_what_its_numbers_say():
    # 1..101: the mean and median are 51, the quartiles 26 and 76, 5% and 95% are 6 and 96, 1% and 99% are 2 and 100
    one = spread(range(1, 102))
    assert (one.n, one.mean, one.low, one.q05, one.q25, one.median, one.q75, one.q95, one.high) == (101, 51, 1, 6, 26, 51, 76, 96, 101)
    assert (one.left, one.right) == (2, 100) and sum(one.bars) == 101
    assert spread([]) is None and spread([5, 5]).bars[0] == 2
    # one number far away does not squeeze the others into one bar
    assert sum(count > 0 for count in spread([*range(1, 1000), 10**6]).bars) > 20


def test_lengths_are_counted_in_words_over_prompts_responses_and_sides():
    found = taken(record("a", "one two three four", "one two"), record("b", "one", "one two three", question="Now what is it then?"))
    assert (found.prompt_words.low, found.prompt_words.high) == (3, 5) and (found.response_words.n, found.response_words.mean) == (4, 2.5)
    gap = found.pairs.gap
    # +2 and -2
    assert (gap.words.mean, gap.words.low, gap.words.high, gap.longer, gap.shorter, gap.equal, gap.chosen_mean, gap.rejected_mean) == (0, -2, 2, 1, 1, 0, 2.5, 2.5)
    assert (gap.share_longer, gap.surprise) == (0.5, 0.0)


def test_a_set_in_which_chosen_is_longer_is_warned_of_with_what_to_do():
    uneven = [record(f"a{number}", "one two three", "one") for number in range(30)] + [record(f"b{number}", "one", "one two three") for number in range(10)]
    found = taken(*uneven)
    # pairs of the same length are no evidence either way
    assert taken(*uneven, *[record(f"c{number}", "one", "two") for number in range(20)]).pairs.gap.share_longer == 0.75
    # 30 of 40: (30 - 10) / sqrt(40) = 3.16 standard deviations; words: (30 * 2 - 10 * 2) / 40 = +1; 2.5 against 1.5
    assert found.pairs.gap.share_longer == 0.75 and found.pairs.gap.surprise == pytest.approx(3.162, abs=1e-3)
    assert "chosen is longer in 75% of the pairs that differ in length (+1.0 words on average, 2.5 against 1.5)" in said(found)
    assert any("length_ratio" in one.do for one in found.findings)
    assert "chosen is shorter in 75%" in said(taken(*[record(one.record_id, one.responses[1].text, one.responses[0].text) for one in uneven]))
    # the same share in few pairs may be chance, and equal lengths say nothing
    assert "chosen is" not in said(taken(*uneven[:3], *uneven[30:31]))
    assert "chosen is" not in said(taken(*[record(f"c{number}", "one", "two") for number in range(50)]))
    assert "chosen is" not in said(taken(*uneven[:30], *[record(f"d{number}", "one", "one two three") for number in range(30)]))


def test_ties_margins_and_edits_are_counted():
    tie = record("t").replace(pairs=(Pair(chosen="c", rejected="r", relation="="),))
    plain = record("p").replace(pairs=(Pair(chosen="c", rejected="r", margin=0.5),))
    found = taken(record("a", "one two", "one six"), tie, plain)
    assert (found.pairs.count, found.pairs.ties, found.pairs.margins) == (3, 1, 1)
    # one of two pairs that prefer has edits: " two" and " six" are 8 of 14 characters
    assert (found.pairs.edited.pairs, found.pairs.edited.of, found.pairs.edited.share.mean) == (1, 2, pytest.approx(8 / 14))
    assert "1 of 3 pairs are ties" in said(found)


def test_preference_records_without_pairs_are_grave():
    found = taken(record("a").replace(pairs=()))
    assert [(one.what, one.grave) for one in found.findings] == [("no record has a pair", True)] and found.pairs.gap is None


def test_records_and_responses_are_counted_by_kind():
    found = taken(record("a", split="train", task="caption"), record("b", kind="ranking"), record("c"))
    assert found.counts["kind"] == {"preference": 2, "ranking": 1} and found.counts["split"] == {"none": 2, "train": 1} and found.counts["task"] == {"none": 2, "caption": 1}
    assert found.counts["origin of responses"] == {"corrected": 3, "model": 3} and found.counts["model of responses"] == {"unknown": 3, "m": 3}


def test_repeats_of_prompts_records_and_pictures_are_told_apart():
    same, scaled, other = file(photograph()), file(photograph().resize((80, 60)), "JPEG", quality=70), file(photograph(4))
    also = file(photograph(), compress_level=0)  # other bytes, the same pixels
    found = taken(record("a", data=same), record("b", data=also), record("c", data=scaled), record("d", data=other), record("e", "five", data=other))
    numbers = {name: (one.total, one.different, one.groups) for name, one in found.repeats.items()}
    # "e" shows the file of "d": four files, of which two have the same pixels; of the three others one is a scaled copy
    assert numbers == {"prompts": (5, 1, 1), "near": (1, 1, 0), "records": (5, 4, 1), "pictures": (4, 3, 1), "alike": (3, 2, 1)}
    assert found.repeats["records"].examples == (("a", "b"),) and found.repeats["pictures"].examples == (("a/m", "b/m"),)
    assert "1 record that copy another (1 group, as a, b)" in said(found) and "1 picture file with the same pixels as another, 1 other that look like another" in said(found)


def test_drawings_that_share_a_hash_but_not_their_colours_are_not_alike():
    flat = [file(Image.new("RGB", (40, 30), colour)) for colour in ((200, 0, 0), (0, 200, 0), (201, 1, 0))]
    found = taken(*(record(str(number), data=data) for number, data in enumerate(flat))).repeats["alike"]
    assert (found.total, found.different, found.examples) == (3, 2, (("0/m", "2/m"),))


def test_opposite_orders_of_the_same_responses_to_one_question_are_found():
    picture, other = file(photograph()), file(photograph(5))
    found = taken(record("a", "x", "y", data=picture), record("b", "y", "x", data=picture), record("c", "y", "x", data=other), record("d", "x", "y", data=picture))
    assert found.contradictions == (("a", "b"), ("b", "d")) and "2 pairs against another" in said(found)


def test_a_question_in_two_splits_is_found_by_its_pictures_content():
    one, again, other = file(photograph()), file(photograph(), compress_level=0), file(photograph(5))
    found = taken(record("a", data=one, split="train"), record("b", data=again, split="test"), record("c", data=other, split="test"), record("d", data=one, split="train"))
    assert found.leaks == {"test and train": 1} and "1 question in both test and train" in said(found)
    assert taken(record("a", split="train"), record("b", question="Who?", split="test")).leaks == {}


def test_media_that_cannot_be_shown_are_counted_with_their_reason(tmp_path):
    photograph().save(tmp_path / "cut.jpg")
    (tmp_path / "cut.jpg").write_bytes((tmp_path / "cut.jpg").read_bytes()[:900])
    good = record("good", data=file(photograph()))
    missing = [record(name, data=b"").replace(media=(Media(media_id="m", path=f"/nowhere/{name}.png"),)) for name in ("a", "b")]
    cut = record("cut", data=b"").replace(media=(Media(media_id="m", path=str(tmp_path / "cut.jpg")),))
    sound = record("sound", data=b"").replace(media=(Media(media_id="m", kind="audio"),))
    wrong = good.replace(record_id="wrong", media=(*good.media, Media(media_id="n", parent_id="m", recipe=Corruption(op="blak"))))
    made = good.replace(record_id="made", media=(*good.media, Media(media_id="n", parent_id="m", recipe=Corruption(op="black"))))
    found = taken(good, *missing, cut, sound, wrong, made)
    assert (found.records, found.usable) == (7, 2)
    assert (found.pictures.shown, found.pictures.files, found.pictures.looked, found.pictures.unreadable) == (9, 4, 4, 3)
    assert (found.pictures.by_recipe, found.pictures.other_kinds, found.pictures.per_record) == ({"blak": 1, "black": 1}, {"audio": 1}, {"1": 5, "2": 2})
    reasons = {one.reason.split(";")[0].split(" (")[0]: (one.count, one.names) for one in found.unreadable}
    assert reasons == {
        "no such file": (2, ("/nowhere/a.png", "/nowhere/b.png")), "cannot be decoded": (1, (str(tmp_path / "cut.jpg"),)), "is of kind audio": (1, ("sound.m",)),
        "unknown corruption 'blak'": (1, ("wrong.n",)),
    }  # fmt: skip
    assert "5 of 7 records (71%) have media that cannot be shown" in said(found) and found.findings[0].grave


def test_sizes_are_those_of_different_pictures_and_odd_ones_are_named():
    small, wide = file(Image.new("RGB", (20, 10))), file(Image.new("RGB", (2500, 100), (9, 9, 9)))
    tall = file(Image.new("RGB", (40, 120), (99, 9, 9)))
    found = taken(record("a", data=small), record("b", data=small), record("c", data=wide), record("d", data=tall))
    # longer over shorter side: 2, 25 and 3, whichever way the picture lies
    assert (found.pictures.width.n, found.pictures.width.low, found.pictures.width.high) == (3, 20, 2500)
    assert (found.pictures.aspect.low, found.pictures.aspect.mean, found.pictures.aspect.high) == (2, 10, 25)
    assert (found.pictures.smallest, found.pictures.largest) == ("20×10 (a/m)", "2500×100 (c/m)")
    assert "the smallest picture is 20×10 (a/m)" in said(found) and "25 times as long as it is wide" in said(found)


def test_a_sample_of_pictures_is_spread_over_the_whole_set():
    records = [record(str(number), data=file(photograph(number))) for number in range(10)]
    found = taken(*records, most_pictures=5)
    assert (found.pictures.files, found.pictures.looked) == (10, 5)
    assert taken(*records, most_pictures=50).pictures.looked == 10


def test_left_out_rows_are_grouped_by_reason():
    found = taken(record("a"), left_out=[LeftOut("f", 3, "chosen", "is empty"), LeftOut("f", 5, "image", "missing"), LeftOut("f", 9, "chosen", "is empty")])
    assert [(one.file, one.field, one.reason, one.count, one.rows) for one in found.left_out] == [("f", "chosen", "is empty", 2, (3, 9)), ("f", "image", "missing", 1, (5,))]
    assert "3 rows left out, for 2 reasons; the most frequent (2): field chosen is empty" in said(found)


def test_what_records_cost_in_tokens_is_taken_from_the_caller():
    found = taken(record("a"), record("b"), cost={"prompt": [10, 20], "pictures": [576, 576], "total": [600, 640]})
    assert {name: (one.mean, one.high) for name, one in found.cost.items()} == {"prompt": (15, 20), "pictures": (576, 576), "total": (620, 640)}
    assert "tokens of a record for this model" in draw(found) and "620" in draw(found)


def test_few_questions_and_responses_without_a_shared_word_are_said():
    found = taken(*[record(f"a{number}", f"x{number} y{number}", f"p{number} q{number}") for number in range(60)])
    assert "60 records ask only 1 question" in said(found) and "in the median pair 100% of the characters differ" in said(found)


def test_a_census_is_json_and_comes_back(tmp_path):
    found = taken(record("a", data=file(photograph())), left_out=[LeftOut("f", 3, "chosen", "is empty")], name="my set", cost={"total": [3]})
    again = Census.model_validate_json(found.model_dump_json())
    assert again == found and json.loads(found.model_dump_json())["pairs"]["gap"]["longer"] == 1 and findings(again) == found.findings


def test_a_good_small_set_has_nothing_that_stands_out():
    found = taken(*(record(f"{number}", "one two", "one six", f"Question {number}?", data=file(photograph(number))) for number in range(5)))
    assert found.findings == () and "nothing stands out" in draw(found) and "Nothing stands out" in page(found)


def rich() -> Census:
    """A census in which everything occurs."""
    records = [record(f"a{number}", "one two three", "one", data=file(photograph(number % 3))) for number in range(60)]
    bad = record("bad", data=b"").replace(media=(Media(media_id="m", path="/nowhere/" + "deep/" * 40 + "x.png"),))
    return taken(*records, bad, left_out=[LeftOut("f" * 150, 3, "chosen", "is <b>empty</b> & more")] * 3, name="<set>", cost={"total": list(range(61))})


def test_the_terminal_page_is_at_most_a_hundred_columns_and_shows_the_numbers():
    text = draw(rich())
    assert max(map(len, text.splitlines())) <= WIDTH == 100
    for shown in (
        "61 records, 61 pairs; 3 rows left out; 1 records with media that cannot be shown",
        "chosen is longer                    61 █████",
        "prompts: 1 different of 61",
        "no such file",
    ):
        assert shown in text


def test_bars_are_as_long_as_their_numbers():
    assert (bar(1, 50), bar(0.5, 50), bar(0, 50)) == ("█" * 50, "█" * 25, "")
    assert bar(0.25, 10) == "██▌" and bar(1 / 80, 10) == "▏"
    # heights of 0 to 8 of at most 8: nothing, then rising steps
    assert spark([0, 1, 4, 8]) == " ▁▄█" and spark([0, 0]) == "  "


class Checker(HTMLParser):
    """Counts tags that are opened and closed, and what would ask the network."""

    def __init__(self) -> None:
        super().__init__()
        self.open, self.asks, self.text = [], [], []

    def handle_starttag(self, tag, attributes):
        if tag not in ("meta", "br"):
            self.open.append(tag)
        self.asks += [value for name, value in attributes if name in ("src", "href", "xlink:href")] + [tag] * (tag in ("script", "link", "iframe"))

    def handle_startendtag(self, tag, attributes):
        assert tag in ("rect", "line")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def test_the_page_needs_nothing_but_itself_and_escapes_what_data_say():
    content = page(rich())
    checker = Checker()
    checker.feed(content)
    assert checker.open == [] and checker.asks == [] and "http" not in content
    text = " ".join(checker.text)
    assert "<set>" in text and "is <b>empty</b> & more" in text and "<b>" not in content and content.count("<svg") > 10
    assert all(one.what in text and one.do in text for one in rich().findings)


def test_a_published_set_of_photographs_is_counted(shared):
    found = census(load(str(shared / "rlaif_v_examples")), progress=False)
    assert (found.records, found.usable, found.pictures.looked, found.pictures.unreadable) == (30, 30, 30, 0) and found.counts["kind"] == {"prompt_only": 30}


def test_every_format_of_published_rows_can_be_inspected(tmp_path):
    published.pictures(tmp_path)
    for name in ("TRL", "MS_SWIFT", "VLFEEDBACK", "LLAVA", "QUESTIONS", "RLHF_V_OLD", "LLAVA_RLHF", "MM_RLHF", "LLAMA_FACTORY"):
        found = census(load(published.write(tmp_path / "data.json", getattr(published, name))), progress=False)
        assert found.usable == found.records and draw(found) and page(found)
