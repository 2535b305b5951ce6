"""The measure of visual negatives: structural similarity by hand, what a model loses, and what a judge says should change."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from veridical.curate.builders.made import gold, seen_so, two, worse
from veridical.grade.judging.asker import Asker, Endpoint
from veridical.records.inspect.structure import HIGH, LOW, ssim
from veridical.records.load import Source, save
from veridical.study import negatives
from veridical.study.negatives import Measured, measure, summary
from veridical.study.world_judge import WorldJudge
from veridical.world import CHECKPOINT
from veridical.world.records import prompts


def test_structural_similarity():
    """Equal pictures: 1. Two even ones, whose variances are zero: (2ab + C1) / (a² + b² + C1). Negated noise: below zero."""
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 40), dtype=np.uint8))
    assert ssim(noise, noise) == pytest.approx(1)
    dark, light = (Image.new("L", (20, 20), value) for value in (50, 200))
    assert ssim(dark, light) == pytest.approx((2 * 50 * 200 + LOW) / (50**2 + 200**2 + LOW)) and HIGH > LOW
    assert ssim(noise, Image.eval(noise, lambda value: 255 - value)) < 0
    assert ssim(noise, noise.resize((20, 20))) < 0.9


def test_shares_by_hand():
    found = [Measured("a", 0.5, 0.1, 0.5, True), Measured("b", 0.7, 0.3, 0.001, True), Measured("c", 0.9, None, 0.2, False), Measured("d", 0.9)]
    numbers = summary(found)
    assert numbers["ssim"] == pytest.approx(0.75) and numbers["distance"] == pytest.approx(0.2) and numbers["dead"] == pytest.approx(100 / 3)
    assert numbers["should_change"] == pytest.approx(200 / 3) and numbers["should_and_does"] == pytest.approx(100 / 3) and numbers["should_not_and_does"] == pytest.approx(100 / 3)


def test_a_blurred_picture_costs_the_model_its_answer_and_a_copy_costs_nothing(tmp_path, monkeypatch):
    """Half of the negatives are strong blurs, half do nothing; the judge, who knows pictures by their bytes, says that the answer is no longer right for a blur."""
    records = []
    for number, record in enumerate(prompts(6)):
        record = worse(record, {"op": "gaussian_blur", "radius": 12.0 if number % 2 else 0.0}, 0)
        records.append(two(record, gold(record), gold(record), "image_dpo", swaps=seen_so(record)))
    save([*records, prompts(7)[6]], tmp_path / "pairs.jsonl")
    known = WorldJudge(scenes=8)

    def complete(messages, **_):
        from veridical.study.world_judge import read

        said = "Yes" if known.scene_of(read(messages)[1]) is not None else "No"
        return SimpleNamespace(choices=[SimpleNamespace(message=SimpleNamespace(content=said, refusal=None), finish_reason="stop", logprobs=None)], usage=None)

    monkeypatch.setattr(negatives.Asker, "of", lambda endpoint: Asker(endpoint, complete))
    numbers = measure(Source(path=str(tmp_path / "pairs.jsonl")), tmp_path / "out", str(CHECKPOINT), Endpoint("http://nowhere", "j"), say=lambda line: None)
    each = json.loads((tmp_path / "out" / "negatives.json").read_text())["each"]
    assert (numbers["records"], numbers["with_negatives"]) == (7, 6) and numbers["dead"] == 50 and numbers["should_change"] == 50 and numbers["should_and_does"] == 50
    for number, one in enumerate(each):
        assert (one["drop"] > 0.5 and one["ssim"] < 0.9 and one["distance"] > 0.01 and one["should"]) if number % 2 else (abs(one["drop"]) < 1e-4 and one["ssim"] == pytest.approx(1) and not one["should"])
