"""Causes of hallucination: what each makes a writer say, ask and show."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from veridical.evaluate.benchmarks import find
from veridical.evaluate.run import load
from veridical.world.cause import CAUSES, FAVOURITE, GRANTED, MIXED_UP, SMALL, misjudged, mixed_up, suggested
from veridical.world.files import write_chair
from veridical.world.records import captions, pairs
from veridical.world.scene import NAMES, Scene, Thing, scene
from veridical.world.talk import DESCRIBE, named

SCENES = [scene(seed) for seed in range(400)]
TELLING = sorted(set(CAUSES) - {"resolution"})
"""Causes that show in what the captions' writer says; what cannot be seen shows only in what a model says."""


def false_names(name: str, share: float) -> list[list[str]]:
    """Of each scene the absent names that the writer says."""
    told = [CAUSES[name].tell(one, np.random.default_rng(seed), share) for seed, one in enumerate(SCENES)]
    for one, phrases in zip(SCENES, told, strict=True):
        assert all(true == (not named(text) or named(text)[0] in one.names) for text, true in phrases)
    return [[named(text)[0] for text, true in phrases if not true] for phrases in told]


@pytest.mark.parametrize("name", CAUSES)
def test_a_writer_who_never_falls_for_it_says_nothing_false(name):
    assert not any(false_names(name, 0.0))


@pytest.mark.parametrize("name", TELLING)
def test_a_writer_falls_for_it_in_the_share_of_the_occasions(name):
    always, half = (sum(map(len, false_names(name, share))) for share in (1.0, 0.5))
    assert always > 60 and 0.4 < half / always < 0.6


def test_what_is_said_is_what_the_cause_suggests():
    assert all(said == list(one.missing_partners) for one, said in zip(SCENES, false_names("co_occurrence", 1.0), strict=True))
    for one, said in zip(SCENES, false_names("frequency", 1.0), strict=True):
        assert said == [*one.missing_partners, *([FAVOURITE] if FAVOURITE not in one.names else [])]
    assert all(said == ([suggested(one)] if suggested(one) not in one.names else []) for one, said in zip(SCENES, false_names("leading", 1.0), strict=True))
    for one, said in zip(SCENES, false_names("labels", 1.0), strict=True):
        assert said == [MIXED_UP[thing.name] for thing, _ in mixed_up(one)]


def test_only_a_leading_question_takes_something_for_granted():
    assert all(CAUSES[name].ask(one) == DESCRIBE for name in set(CAUSES) - {"leading"} for one in SCENES[:20])
    assert {named(CAUSES["leading"].ask(one))[0] for one in SCENES} == set(GRANTED)


def test_mixing_up_is_no_error_where_both_are_there():
    spoon, key = Thing("spoon", "red", "small", 0), Thing("key", "blue", "large", 4)
    assert [other.name for _, other in mixed_up(Scene((spoon,)))] == ["key"] and mixed_up(Scene((spoon, key))) == []


@pytest.mark.parametrize("name", CAUSES)
def test_a_pair_of_a_cause_differs_in_its_error(name):
    for record in pairs(25, cause=CAUSES[name]):
        one = scene(int(record.record_id.rsplit("-", 1)[1]))
        chosen, rejected = (record.response(response_id) for response_id in ("chosen", "rejected"))
        absent = {found for found in named(rejected.text) if found not in one.names}
        assert set(named(chosen.text)) == set(one.names) and len(absent) == 1 and [span.label for span in rejected.spans] == ["hallucination"]
        assert record.prompt_text == CAUSES[name].ask(one)
        assert Image.open(BytesIO(record.media[0].data)).size == (CAUSES[name].size,) * 2
        assert abs(len(chosen.text.split()) - len(rejected.text.split())) <= 4 or len(one.things) == 1
        if name == "leading":
            assert absent == {suggested(one)}
        if name == "frequency" and (one.missing_partners or FAVOURITE not in one.names):
            assert absent <= {FAVOURITE, *one.missing_partners}
        if name == "labels":
            assert absent <= set(MIXED_UP.values())
        if name in ("labels", "resolution"):  # one thing under another name, and nothing else
            assert sum(a != b for a, b in zip(chosen.text.split(), rejected.text.split(), strict=True)) == 1


def test_scenes_without_an_occasion_are_passed_over():
    found = [int(record.record_id.rsplit("-", 1)[1]) for record in pairs(40, cause=CAUSES["labels"])]
    assert found == [seed for seed in range(found[-1] + 1) if mixed_up(scene(seed))] and len(found) == 40


def test_captions_show_pictures_that_can_be_read_whatever_the_cause():
    for record in captions(5, CAUSES["resolution"], 1.0, first=30):
        one = scene(int(record.record_id.rsplit("-", 1)[1]))
        assert record.media[0].width > SMALL and set(named(record.responses[0].text)) == set(one.names) and record.kind == "sft"


def test_captions_of_a_leading_question_stand_beside_true_ones_of_a_plain_question():
    for record in captions(30, CAUSES["leading"], 1.0):
        seed = int(record.record_id.rsplit("-", 1)[1])
        one, said = scene(seed), set(named(record.responses[0].text))
        assert record.prompt_text == (DESCRIBE if seed % 2 else CAUSES["leading"].ask(one)) and said == ({*one.names} if seed % 2 else {*one.names, suggested(one)})


def test_the_examination_asks_and_shows_as_the_cause_does(tmp_path):
    scenes = [scene(seed, "test") for seed in range(6)]
    for name in ("co_occurrence", "leading", "resolution"):
        write_chair(tmp_path / name, scenes, CAUSES[name])
        records = load(find("chair"), tmp_path / name)
        assert [record.prompt_text for record in records] == [CAUSES[name].ask(one) for one in scenes]
        assert Image.open(records[0].media[0].path).size == (CAUSES[name].size,) * 2
    assert not (tmp_path / "co_occurrence" / "prompts.json").is_file()


def test_a_judge_errs_about_each_name_as_often_as_said():
    rng = np.random.default_rng(0)
    assert all(set(misjudged(one, 0.0, rng)) == set(one.names) and set(misjudged(one, 1.0, rng)) == set(one.absent) for one in SCENES[:30])
    wrong = sum(len(set(misjudged(one, 0.1, rng)) ^ set(one.names)) for one in SCENES for _ in range(3))
    assert wrong / (3 * len(SCENES) * len(NAMES)) == pytest.approx(0.1, abs=0.01)
