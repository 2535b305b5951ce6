"""The demo: its controls, its place in a directory, and a small run of the whole."""

import json

import numpy as np
import pytest

from veridical.evaluate.centred import SIX
from veridical.recipe import DemoRecipe
from veridical.records.load import load
from veridical.records.picture import open_picture
from veridical.study.demo import BESIDE, blanked, claim, demo, shuffled, verdict
from veridical.world.records import pairs

SMALL = {"prompts": 16, "count": 4, "captions": 8, "scenes": 6, "amber": 4, "six": 2, "steps": 3, "records": 4}


def test_shuffling_exchanges_exactly_half_of_the_pairs():
    before = pairs(20)
    after = shuffled(before, 0)
    changed = [old.pairs[0].chosen != new.pairs[0].chosen for old, new in zip(before, after, strict=True)]
    assert sum(changed) == 10
    assert all((new.pairs[0].chosen, new.pairs[0].rejected) == (old.pairs[0].rejected, old.pairs[0].chosen) for old, new, swapped in zip(before, after, changed, strict=True) if swapped)


def test_a_blanked_record_shows_one_colour_and_keeps_the_rest():
    record = pairs(1)[0]
    plain = blanked(record)
    assert np.asarray(open_picture(plain, "image")).reshape(-1, 3).std(0).max() == 0
    assert np.asarray(open_picture(plain, "image-real")).tobytes() == np.asarray(open_picture(record, "image")).tobytes()
    assert plain.responses == record.responses and plain.prompt == record.prompt


def test_a_directory_belongs_to_one_recipe(tmp_path):
    claim(tmp_path, DemoRecipe(run=str(tmp_path)))
    claim(tmp_path, DemoRecipe(run=str(tmp_path)))
    with pytest.raises(ValueError, match="other settings"):
        claim(tmp_path, DemoRecipe(run=str(tmp_path), lr=1.0))


def test_a_small_demo_runs_through_and_running_it_again_asks_nothing(tmp_path):
    recipe = DemoRecipe(run=str(tmp_path / "demo"), **SMALL)
    found = demo(recipe, lambda line: None)
    page = found.report.read_text()
    assert "CHAIR" in page.upper() and "<svg" in page
    numbers = json.loads(found.results.read_text())["benchmarks"]
    assert set(numbers) == {"chair", "pope", "amber", *BESIDE} and numbers["chair"]["metrics"]["chair_i"]["n"] == 8
    assert load(str(tmp_path / "demo" / "curate" / "pairs.jsonl")).records
    asked = (tmp_path / "demo" / "after" / "responses.jsonl").read_bytes()
    assert demo(recipe, lambda line: None).changes == found.changes
    assert (tmp_path / "demo" / "after" / "responses.jsonl").read_bytes() == asked
    assert "chair_i" in verdict(found.changes)
    assert set(json.loads(found.results.read_text())["standing"]["dimensions"]) == {*SIX, "text"} and all(name in verdict(found.changes) for name in SIX)


@pytest.mark.slow
def test_the_demo_lowers_hallucination_and_its_controls_do_not(tmp_path):
    real = demo(DemoRecipe(run=str(tmp_path / "real")), lambda line: None).changes["benchmarks"]
    chair = real["chair"]["metrics"]
    assert chair["chair_i"]["difference"] < -0.4 * chair["chair_i"]["before"] and chair["chair_i"]["high"] < 0
    assert chair["coverage"]["difference"] > -3
    assert real["pope"]["metrics"]["adversarial.f1"]["low"] > -2
    for control in ("shuffle", "blank"):
        found = demo(DemoRecipe(run=str(tmp_path / control), **{control: True}), lambda line: None).changes["benchmarks"]["chair"]["metrics"]
        assert found["chair_i"]["difference"] > 0.25 * chair["chair_i"]["difference"]
