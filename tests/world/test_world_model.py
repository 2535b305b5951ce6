"""The shipped model: small, and wrong in the way that the demo needs."""

import pytest

from veridical.models.assemble import make_policy
from veridical.study.world import figures
from veridical.world import CHECKPOINT

ATTRIBUTES = ("colour", "size", "place", "state")


@pytest.fixture(scope="module")
def found():
    """Figures over held-out scenes that neither the demo nor the training sees."""
    ready = make_policy(CHECKPOINT)
    return figures(ready.policy, ready.encoder, scenes=100, first=50_000)


def test_the_checkpoint_is_small():
    assert sum(file.stat().st_size for file in CHECKPOINT.rglob("*")) < 10_000_000


def test_the_model_names_absent_objects_and_covers_what_is_there(found):
    assert 15 <= found["chair_i"] <= 40 and found["coverage"] > 90


def test_the_model_answers_attribute_questions(found):
    assert min(found[kind] for kind in ATTRIBUTES) > 65
    assert sum(found[kind] for kind in ATTRIBUTES) / len(ATTRIBUTES) >= 85
