"""Quality of a data set: near repeats, tasks, style, contamination, and what is chosen because of them; counted by hand on sets made for it."""

import json
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from veridical.records.inspect.census import census
from veridical.records.inspect.contamination import contamination, names
from veridical.records.inspect.coverage import TASKS, coverage, task_of
from veridical.records.inspect.near import jaccard, near_prompts, near_texts, normal, shingles
from veridical.records.inspect.style import style
from veridical.records.load import Loaded, LoadError, load, save
from veridical.records.pairing import edits
from veridical.records.record import Answer, Aspect, Media, Pair, Part, Record, Response, Turn, text_parts
from veridical.records.select.balance import balanced, kept_of
from veridical.records.select.choose import Wish, choose, select, text
from veridical.records.select.diverse import diverse, fair_shares, spread_out
from veridical.records.select.quality import SIGNALS, qualities


def asked(name: str, question: str = "What is it?", data: bytes | None = None, path: str = "", **fields) -> Record:
    """A question about a picture, if there is one."""
    media = (Media(media_id="m0", data=data, path=path),) if data is not None or path else ()
    return Record(record_id=name, media=media, prompt=(Turn(role="user", parts=(*(Part(type="image", media_id="m0") for _ in media), Part(text=question))),), **fields)


def pair(name: str, chosen: str, rejected: str, question: str = "What is it?", makers: tuple[str, str] = ("", ""), ids: tuple[str, str] = ("a", "b"), **fields) -> Record:
    """A pair of two texts."""
    sides = tuple(Response(response_id=key, parts=text_parts(said), model=model) for key, said, model in zip(ids, (chosen, rejected), makers, strict=True))
    return asked(name, question, responses=sides, pairs=(Pair(chosen=ids[0], rejected=ids[1], edits=edits(chosen, rejected)),), **fields)


def photograph(seed: int, scale: float = 1.0) -> bytes:
    """A smooth picture, another one for every seed, as a file."""
    coarse = np.random.default_rng(seed).integers(0, 255, (6, 8, 3), dtype=np.uint8)
    buffer = BytesIO()
    Image.fromarray(coarse).resize((160, 120), Image.Resampling.BICUBIC).resize((int(160 * scale), int(120 * scale))).save(buffer, "PNG")
    return buffer.getvalue()


LONG = "Please look at the picture carefully and then tell me in your own words how many red things are on the table near the window and what they are made of"


def test_shingles_are_five_words_and_spelling_does_not_count():
    assert normal("  Ａ dog\tRUNS. ") == "a dog runs."
    # six words make two shingles, five and fewer make one
    assert [len(shingles(one)) for one in ("a b c d e f", "a b c d e", "a")] == [2, 1, 1]
    # a b c d e f and b c d e f g: {abcde, bcdef} and {bcdef, cdefg}: one of three
    assert jaccard(shingles("a b c d e f"), shingles("b c d e f g")) == pytest.approx(1 / 3)


def test_prompts_that_differ_in_a_word_at_the_end_are_near_and_others_are_not():
    words = LONG.split()
    # 31 words, 27 shingles; another last word changes one of them: 26 shared of 28; another word in the middle changes five: 22 of 32
    assert len(words) == 31
    end, middle = " ".join([*words[:-1], "wood"]), " ".join([*words[:14], "blue", *words[15:]])
    assert (jaccard(shingles(LONG), shingles(end)), jaccard(shingles(LONG), shingles(middle))) == (pytest.approx(26 / 28), pytest.approx(22 / 32))
    assert list(near_texts([LONG, middle, end])) == [(0, 2)]
    found = near_prompts([asked("a", LONG), asked("b", end), asked("c", LONG.upper()), asked("d", middle)])
    assert (found.total, found.different, found.groups, found.examples) == (3, 2, 1, (("a", "b"),))


def test_records_are_counted_by_what_they_ask():
    records = {
        "counting": asked("1", "How many dogs are there?", path="a.png"), "mathematics": asked("2", "Find x.", path="a.png", answer=Answer(type="math", value="3")),
        "grounding": asked("3", "Where?", path="a.png", answer=Answer(type="boxes", value="[1, 2, 3, 4]")), "description": asked("4", "Describe the picture.", path="a.png"),
        "existence": asked("5", "Is there a cup?", path="a.png"), "text only": asked("6", "What is the capital of France?"), "naming": asked("7", "What is it?", path="a.png"),
        "chart": asked("8", "What does the bar chart show for May?", path="a.png"), "reading text": asked("9", "What does the sign say?", path="a.png"),
        "attribute": asked("10", "What colour is the dog?", path="a.png"), "position": asked("11", "What is left of the dog?", path="a.png"),
        "safety": asked("12", "Whose number is it?", path="a.png", task="safety"), "reasoning": asked("13", "Why is she sad?", path="a.png"),
        "yes or no": asked("14", "Is it red?", path="a.png"),
    }  # fmt: skip
    assert {name: task_of(record) for name, record in records.items()} == {name: name for name in records}
    found = coverage([*records.values(), records["chart"]])
    assert list(found)[0] == "chart" and found["chart"] == 2 and found["several pictures"] == found["video or sound"] == 0 and set(TASKS) <= set(found)


def test_what_tells_chosen_without_the_picture_is_counted():
    # 30 pairs: chosen is longer in 20; model m is chosen against n in 24 of 30; the word "surely" stands in every rejected text
    ids = (("b", "a"), ("a", "b"))
    pairs = [
        pair(str(number), "It is a dog" + " here now" * (number < 20), "It is surely a dog", makers=("m", "n") if number < 24 else ("n", "m"), ids=ids[number % 2])
        for number in range(30)
    ]  # fmt: skip
    found = style(pairs)
    assert found.longer == pytest.approx(20 / 30) and found.words == 1.0 and found.pairs == 30
    assert found.writer == pytest.approx(24 / 30)
    # chosen is listed first in every record here
    assert found.first == 1.0
    # records that name responses by their side say nothing of their place
    assert style([pair(str(number), "yes", "no", ids=("chosen", "rejected")) for number in range(4)]).first is None


def test_words_that_say_nothing_tell_nothing_and_few_pairs_are_not_judged():
    rng = np.random.default_rng(0)
    noise = [pair(str(number), *(" ".join(rng.choice(list("abcdefghij"), 6)) for _ in range(2))) for number in range(200)]
    assert 0.35 < style(noise).words < 0.65
    assert style(noise[:10]).words is None and style([]).longer is None


def test_a_set_whose_words_give_it_away_is_warned_of():
    told = [pair(str(number), f"It is a dog {number}", f"It is surely a dog {number}") for number in range(60)]
    found = census(Loaded(told, [], "veridical", ""), progress=False)
    assert any("a rule that sees only the words of a response picks the chosen one in 100%" in one.what for one in found.findings)


def test_annotators_who_hardly_agree_are_said():
    def rated(number: int) -> Record:
        aspects = tuple(Aspect(name="clear", annotator=who, score=score) for who, score in (("ann", number % 3), ("bo", (number * 7 + number // 3) % 3)))
        return asked(str(number), responses=(Response(response_id="r", parts=text_parts("a"), aspects=aspects),))

    found = census(Loaded([rated(number) for number in range(30)], [], "veridical", ""), progress=False)
    assert found.agreement[0].scale == "clear" and any("hardly agree on 'clear'" in one.what for one in found.findings)


def test_a_benchmark_is_found_by_name_pixels_looks_and_question():
    data = [
        asked("coco", path="/x/000000310196.jpg"), asked("same", data=photograph(1)), asked("small", data=photograph(2, 0.5)), asked("other", LONG, data=photograph(3)),
        asked("bare", "What is the capital of Peru?"), asked("free", "Who is it?", data=photograph(4)),
    ]  # fmt: skip
    benchmark = [
        asked("p1", "Is there a cup?", path="/y/COCO_val2014_000000310196.jpg"), asked("p2", "Is it red?", data=photograph(1)), asked("p3", "Is it blue?", data=photograph(2)),
        asked("p4", LONG + " exactly", data=photograph(9)), asked("p5", "what is the capital of  PERU?"),
    ]  # fmt: skip
    found = contamination(data, benchmark, "toy", progress=False)
    assert {way: (one.benchmark, one.data) for way, one in found.by.items()} == {
        "picture's name": (1, 1), "pixels": (1, 1), "looks": (2, 2), "question": (2, 2), "question and picture": (0, 0), "question alone": (1, 1),
    }  # fmt: skip
    # the same words about another picture are said and not counted
    assert found.records == ("bare", "coco", "same", "small") and found.by["question"].examples == (("p4", "other"), ("p5", "bare"))
    assert found.share == pytest.approx(4 / 5)
    assert contamination(data[-1:], benchmark, progress=False).records == ()


def test_pictures_of_a_benchmark_are_said_by_tag_and_by_name():
    records = [
        asked("a", tags=("coco_val2014",)), asked("b", path="/x/COCO_val2014_000000000042.jpg"), asked("c", path="/x/val2014/000000000042.jpg"),
        asked("d", path="/x/train2014/1.jpg"),
    ]
    found = census(Loaded(records, [], "veridical", ""), progress=False)
    assert found.counts["pictures of benchmarks"] == {"coco_val2014": 3, "none": 1}
    assert any("3 records of 4 show pictures of coco_val2014" in one.what and one.grave for one in found.findings)


def test_names_that_many_files_have_are_no_names():
    assert names(asked("a", path="/x/1.jpg")) == names(asked("a", path="/x/image_0.png")) == set()
    assert names(asked("a", path="/x/COCO_train2014_000000310196.jpg")) == names(asked("a", path="42/000000310196.png")) == {"coco 310196"}
    # Visual Genome has a picture of that number too
    assert names(asked("a", path="/VG_100K/310196.jpg")) == {"310196"} and names(asked("a", path="Joe_Brolin2.jpg")) == {"Joe_Brolin2"}


def test_balancing_leaves_as_many_of_either_side_in_every_bin_and_the_draw_depends_on_names_only():
    gaps = {(str(number), "a", "b"): 0.3 for number in range(30)} | {(str(number), "a", "b"): -0.3 for number in range(30, 40)} | {("z", "a", "b"): 0.0}
    kept = kept_of(gaps)
    assert len(kept) == 21 and ("z", "a", "b") in kept and sum(gaps[key] > 0 for key in kept) == 10
    assert kept == kept_of(dict(reversed(gaps.items())))


def test_a_set_is_balanced_in_length_and_what_has_no_gap_stays():
    longer = [pair(f"l{number}", "one two three four", "one two", LONG) for number in range(30)]
    shorter = [pair(f"s{number}", "one two", "one two three four") for number in range(10)]
    even, unpaired = pair("e", "one two", "two one"), asked("u")
    left = balanced([*longer, *shorter, even, unpaired], "length")
    assert (sum(one.record_id[0] == "l" for one in left), sum(one.record_id[0] == "s" for one in left)) == (10, 10) and {"e", "u"} <= {one.record_id for one in left}
    assert style(left).longer == 0.5
    # of a record with several pairs only the pair goes
    two = pair("two", "one two three four", "one two").replace(pairs=(Pair(chosen="a", rejected="b"), Pair(chosen="a", rejected="b", relation="=")))
    (kept,) = balanced([two], "length")
    assert [one.relation for one in kept.pairs] == ["="]


def test_balancing_style_brings_the_words_classifier_down_to_chance_on_what_it_saw():
    told = [pair(f"t{number}", f"It is a dog {number}", f"It is surely a dog {number}") for number in range(60)]
    against = [pair(f"a{number}", f"It is surely a cat {number}", f"It is a cat {number}") for number in range(20)]
    assert style([*told, *against]).words > 0.6
    left = balanced([*told, *against], "style")
    assert sum(one.record_id[0] == "t" for one in left) == sum(one.record_id[0] == "a" for one in left) > 10


def test_quality_is_the_mean_percentile_of_what_a_record_states():
    margins = [pair(str(number), "one two", "one", "What?").replace(pairs=(Pair(chosen="a", rejected="b", margin=margin),)) for number, margin in enumerate((1.0, 2.0, 2.0, 4.0))]
    # of 1 2 2 4: below or equal halves: (0 + 1) / 8, (1 + 3) / 8 twice, (3 + 4) / 8
    assert qualities(margins, ["margin"]) == [1 / 8, 1 / 2, 1 / 2, 7 / 8]
    # no signal, or one that says the same of all
    assert qualities(margins, ["rank", "specific"]) == [0.5] * 4
    assert qualities([*margins, asked("x")], ["margin"])[4] == 0.5


def test_every_signal_prefers_what_it_should():
    base = pair("x", "one two three", "one two nine").replace(pairs=(Pair(chosen="a", rejected="b"),))
    first, second = base.responses
    better = {
        "margin": base.replace(pairs=(Pair(chosen="a", rejected="b", margin=2),)), "score": base.replace(responses=(first.replace(score=3.0), second)),
        "rank": base.replace(responses=(first.replace(rank=1), second)), "written": base.replace(responses=(first.replace(origin="corrected"), second)),
        "precise": pair("p", "one two three", "one two nine"), "substance": pair("s", "one two three four five", "x"), "specific": pair("q", "one", "two", LONG),
    }  # fmt: skip
    worse = {
        "margin": base.replace(pairs=(Pair(chosen="a", rejected="b", margin=1),)), "score": base.replace(responses=(first.replace(score=1.0), second)),
        "rank": base.replace(responses=(first.replace(rank=2), second)), "written": base.replace(responses=(first.replace(origin="model"), second)),
        "precise": pair("p", "one two three", "nine ten six"), "substance": pair("s", "one", "x"), "specific": pair("q", "one", "two", "What what?"),
    }  # fmt: skip
    assert set(better) == set(SIGNALS) and all(SIGNALS[name](better[name]) > SIGNALS[name](worse[name]) for name in SIGNALS)
    five = Aspect(name="h", score=5, scale_min=1, scale_max=5)
    assert SIGNALS["score"](base.replace(responses=(first.replace(aspects=(five, five.replace(score=3))), second))) == 0.75


def test_few_good_records_that_differ_are_taken_and_as_many_as_are_wanted():
    twins = [pair(f"twin{number}", "a red dog on the grass", "a cat", "What is on the grass?") for number in range(10)]
    others = [pair(f"other{number}", f"{word} is what stands there", "no", f"Tell {word} from {word}?") for number, word in enumerate(("lamp", "door", "tree"))]
    quality = [0.9] * 10 + [0.5, 0.4, 0.3]
    assert {(twins + others)[place].record_id[:4] for place in diverse(twins + others, quality, 4)} == {"twin", "othe"}
    assert sum(place < 10 for place in diverse(twins + others, quality, 4)) == 1
    # where only twins are left they are taken
    assert len(diverse(twins + others, quality, 12)) == 12
    assert spread_out(twins) == pytest.approx(1.0, abs=1e-5) and spread_out(others) < 0.9
    assert fair_shares(["a"] * 16 + ["b"] * 4, 6) == {"a": 4, "b": 2}


def test_the_order_of_the_data_does_not_change_what_is_taken():
    records = [pair(f"r{number}", f"word{number} stands here", "no", f"Where is word{number % 5}?") for number in range(20)]
    quality = dict(zip((one.record_id for one in records), np.random.default_rng(1).random(20).tolist(), strict=True))
    chosen = [{order[place].record_id for place in diverse(order, [quality[one.record_id] for one in order], 7)} for order in (records, records[::-1])]
    assert chosen[0] == chosen[1] and len(chosen[0]) == 7


def test_a_selection_is_a_new_file_with_a_report_of_what_went_and_why(tmp_path):
    held = photograph(5)
    records = [pair(f"l{number}", f"one two three {number}", "one") for number in range(8)] + [pair(f"s{number}", "one", f"one two three {number}") for number in range(4)]
    records.append(pair("seen", "one", "two").replace(media=(Media(media_id="m0", data=held),)))
    save(records, tmp_path / "in.jsonl")
    save([asked("q", data=held)], tmp_path / "benchmark.jsonl")
    report = select(str(tmp_path / "in.jsonl"), tmp_path / "out.jsonl", Wish(most=6, balance=("length",), against=(str(tmp_path / "benchmark.jsonl"),)), progress=False)
    left = load(str(tmp_path / "out.jsonl")).records
    assert len(left) == 6 and all(one.record_id != "seen" for one in left)
    assert report["dropped"] == {f"in the benchmark {tmp_path}/benchmark.jsonl": 1, "would leave the length unbalanced": 4, "less good, or like one that is taken": 2}
    assert (report["before"]["records"], report["after"]["records"], report["written"], report["contamination"][0]["share"]) == (13, 6, 6, 1.0)
    assert json.loads((tmp_path / "out.jsonl.report.json").read_text()) == json.loads(json.dumps(report))
    assert "6 of 13 records" in text(report) and "dropped 4: would leave the length unbalanced" in text(report)


def test_wishes_that_cannot_be_met_say_what_there_is():
    for wish, said in ((Wish(balance=("place",)), "balance: 'place' is not one of length, style"), (Wish(signals=("beauty",)), "quality: 'beauty' is not one of margin, score")):
        with pytest.raises(LoadError, match=said):
            choose([asked("a")], wish)


def test_nothing_is_written_where_nothing_is_left(tmp_path):
    save([asked("q", data=photograph(5))], tmp_path / "in.jsonl")
    with pytest.raises(LoadError, match="nothing is left to write"):
        select(str(tmp_path / "in.jsonl"), tmp_path / "out.jsonl", Wish(against=(str(tmp_path / "in.jsonl"),)), progress=False)
    assert not (tmp_path / "out.jsonl").exists()
