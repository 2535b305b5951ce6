"""The world's files for published benchmarks: they load whole, the truth scores full marks, what is wrong does not."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from veridical.evaluate.benchmarks import find
from veridical.evaluate.centred import SIX
from veridical.evaluate.run import load, score
from veridical.evaluate.suites import find as find_suite
from veridical.records.picture import open_picture, picture_hash
from veridical.study.world_judge import NAME, WorldJudge, serving
from veridical.world.draw import PAPER, draw
from veridical.world.files import write_all
from veridical.world.published import NEEDS, writers, write_published
from veridical.world.published.oodcv_vqa import SITUATIONS
from veridical.world.published.vlguard import FIRST
from veridical.world.scene import COLOURS, PLACES, SIZES, scene
from veridical.world.states import PRIVATE
from veridical.world.talk import DESCRIBE, caption, named

COUNT = 14
SCENES = [scene(seed, "test") for seed in range(COUNT)]
FULL = {"chartqa": 100, "llava_bench": 100, "mm_alignbench": 100, "mm_rlhf_reward_bench": 100, "mmlu": 100, "mmstar": 100, "oodcv_vqa": 100, "refcoco": 100, "vlguard": 0}
NONE = {**dict.fromkeys(FULL, 0), "llava_bench": 10, "vlguard": 100}
"""The headline of wrong answers: the lowest of ten scores is 1, and every attack succeeds."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Every benchmark's files."""
    return write_published(tmp_path_factory.mktemp("published"), COUNT)


@pytest.fixture(scope="module")
def judge(tmp_path_factory):
    """The settings of a benchmark that asks the world's judge, who is never wrong here."""
    with serving(WorldJudge(COUNT), tmp_path_factory.mktemp("judged")) as address:
        yield {"judge_url": address, "judge_model": NAME}


def records_of(folder: Path, name: str) -> list:
    """A benchmark's records."""
    return load(find(name), folder / name)


def headline(folder: Path, name: str, said: dict[str, str], judge: dict[str, str]) -> float:
    """What stored responses score."""
    benchmark, needs = find(name), NEEDS.get(name, {})
    rule = benchmark.convention(needs.get("convention", "official"))
    grading = {**needs.get("settings", {}), **(judge if "judge_url" in rule.settings({}) else {})}
    return score(benchmark, records_of(folder, name), said, needs.get("convention", "official"), data=folder / name, grading=grading).metrics[benchmark.headline].value


def truth(record) -> str:
    """The right answer to a record, by what the files say and by what is in the picture."""
    facts = {one.kind: one.text for one in record.facts}
    if record.responses:
        return json.dumps([float(one.rank == 1) for one in record.responses])
    if record.task == "refcoco":
        left, top, right, bottom, width, height = json.loads(record.answer.value)
        return f"[{left / width}, {top / height}, {right / width}, {bottom / height}]"
    if record.task == "mmlu":
        return json.dumps([float(letter == record.answer.value) for letter in "ABCD"])
    if record.task == "llava_bench":
        return facts["reference"]
    if record.task == "mm_alignbench":
        seen = {picture_hash(draw(one)): one for one in SCENES}[picture_hash(open_picture(record, record.media[0].media_id))]
        return facts.get("known") or caption(seen, np.random.default_rng(0))
    return record.answer.value


def falsehood(record) -> str:
    """A wrong answer: for numbers the order turned round, for an attack an answer without a word of refusal, else nothing that is true."""
    if record.task in ("mm_rlhf_reward_bench", "mmlu"):
        return json.dumps([1 - one for one in json.loads(truth(record))])
    if record.task == "mm_alignbench":
        return "Nothing."
    return "There is nothing here, A is none." if record.task == "mmstar" and record.answer.value != "A" else "Somewhere."


def test_every_dimension_and_every_shape_has_a_file():
    known = [find(name) for name in ("chair", "pope", "amber", *writers())]
    assert {one.dimension for one in known} == {*SIX, "text"}
    shapes = {part for one in known for part in one.shape.split(", ")}
    assert {"yes/no", "multiple choice", "open answer", "numeric", "caption with lexicon", "pairwise judge", "rubric judge", "grounding"} <= shapes
    assert {"refusal by phrases", "reward"} <= shapes
    assert {one.name for one in known} <= find_suite("six").benchmarks.keys()


def rows_of(folder: Path) -> int:
    """Questions in the files: rows of tables, lines, items of lists; a harmless picture of VLGuard's has two."""
    found = 0
    for file in folder.glob("**/*.*"):
        if file.suffix == ".jsonl" and file.stem not in ("context", "answers_gpt4"):
            found += len(file.read_text().splitlines())
        elif file.suffix == ".json":
            found += sum(len(row.get("instr-resp", [row])) for row in json.loads(file.read_text()))
        elif file.suffix in (".csv", ".tsv") and "dev" not in file.stem:
            csv.field_size_limit(10**9)
            found += sum(1 for _ in csv.reader(file.open(newline=""), delimiter="\t" if file.suffix == ".tsv" else ",")) - (file.suffix == ".tsv")
    return found


@pytest.mark.parametrize("name", writers())
def test_no_row_is_left_out_and_every_picture_is_there(folder, name):
    records = records_of(folder, name)
    assert len(records) == len({record.record_id for record in records}) == rows_of(folder / name) > 0
    assert all(open_picture(record, one.media_id).size == (60, 60) for record in records for one in record.media)
    assert all(bool(record.media) == (name != "mmlu") for record in records)


@pytest.mark.parametrize("name", writers())
def test_the_truth_scores_full_marks_and_what_is_wrong_none(folder, judge, name):
    records = records_of(folder, name)
    assert headline(folder, name, {record.record_id: truth(record) for record in records}, judge) == pytest.approx(FULL[name])
    assert headline(folder, name, {record.record_id: falsehood(record) for record in records}, judge) == pytest.approx(NONE[name])


def test_the_same_scenes_give_the_same_bytes(folder, tmp_path):
    again = write_published(tmp_path, COUNT)
    files = sorted(one.relative_to(folder) for one in folder.glob("**/*") if one.is_file())
    assert files and all((again / one).read_bytes() == (folder / one).read_bytes() for one in files)


def test_a_box_holds_its_thing_and_nothing_else_of_it(folder):
    for record in records_of(folder, "refcoco"):
        left, top, right, bottom = (int(one) for one in json.loads(record.answer.value)[:4])
        pixels = np.asarray(open_picture(record, record.media[0].media_id), dtype=int)
        one = SCENES[int(Path(record.media[0].path).stem.split("_")[1]) - 1]
        thing = one.only(named(record.prompt_text.replace("<", " <"))[-1])
        assert (thing.place % 3 * 20, thing.place // 3 * 20) == (left, top) and (right - left, bottom - top) == (20, 20)
        assert np.abs(pixels[top:bottom, left:right] - PAPER).max() > 100


def test_odd_pictures_are_odd_and_the_others_are_as_they_are_drawn(folder):
    records = records_of(folder, "oodcv_vqa")
    assert {record.record_id.split("/")[1] for record in records} == {*SITUATIONS}
    for record in records:
        number, situation = Path(record.media[0].path).stem.split("_")[1:]
        same = Image.open(record.media[0].path).convert("RGB").tobytes() == draw(SCENES[int(number) - 1]).tobytes()
        assert same == (situation == "iid")


def test_harmful_pictures_show_what_is_private_and_harmless_ones_do_not(folder):
    private = {picture_hash(draw(one)) for seed in range(FIRST, FIRST + 200) if PRIVATE in (one := scene(seed, "test")).names}
    records = records_of(folder, "vlguard")
    assert all((picture_hash(open_picture(record, "image")) in private) == (record.split == "unsafes") for record in records)
    assert {record.prompt_text for record in records if record.split != "safe_unsafes"} == {DESCRIBE}


def test_the_other_assistant_always_names_what_is_not_there_or_a_wrong_colour(folder):
    for record in records_of(folder, "mm_alignbench"):
        facts, true = {one.kind: one.text for one in record.facts}, truth(record)
        if record.split == "description":
            assert set(named(facts["baseline"])) - set(named(true))
        else:
            assert facts["baseline"] in COLOURS and facts["baseline"] != true


def test_one_option_of_each_kind_fits_a_question_about_words(folder):
    fits = {"What colour": COLOURS, "What size": SIZES, "Where is": PLACES, "How many": tuple("123456789")}
    for record in records_of(folder, "mmlu"):
        words = next(words for start, words in fits.items() if record.prompt_text.startswith(start))
        assert [letter for letter, option in zip("ABCD", record.answer.choices, strict=True) if option in words] == [record.answer.value]


def test_the_cloze_form_asks_the_question_alone_and_weighs_the_options(folder):
    record = records_of(folder, "mmlu")[0]
    asked = find("mmlu").convention("cloze").asked(record)
    assert asked.prompt_text == record.prompt_text.split("\n")[0] and asked.prompt_text.endswith("?")
    assert [one.text for one in asked.responses] == list(record.answer.choices)
    assert [one.response_id for one in asked.responses if one.rank == 1] == [record.answer.value]


def test_chosen_descriptions_name_what_is_there_and_a_pair_differs(folder):
    for record in records_of(folder, "mm_rlhf_reward_bench"):
        one = SCENES[int(Path(record.media[0].path).stem.split("_")[1]) - 1]
        chosen, rejected = (next(each.text for each in record.responses if each.rank == rank) for rank in (1, 2))
        assert chosen != rejected
        if record.split == "long":
            assert set(named(chosen)) == set(one.names)


def test_writing_pope_chair_and_amber_leaves_the_others_alone(folder, tmp_path):
    write_published(write_all(tmp_path, 2, 2, 2), 2)
    assert {one.name for one in tmp_path.iterdir()} == {"chair", "pope", "amber", "suite.json", *writers()}
