"""Three references give the same log-probabilities; a cache has no distribution, and a file that is not whole is computed again."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from planting import ANSWERS, planted
from torch import Tensor

from veridical.models.executors import EXECUTORS
from veridical.models.forest import Forest, merge
from veridical.models.parts import prepare
from veridical.models.policy import Policy
from veridical.models.proof import stock
from veridical.models.reference import Wanted, make_reference
from veridical.models.remember import ReferenceError, tree_key, weights_key
from veridical.models.small.build import Small

Kit = Callable[[str], Small]
LORA = {"rank": 4, "alpha": 8, "dropout": 0.1, "targets": "auto"}
LANGUAGE = {"tower": "frozen", "projector": "frozen", "language": "lora"}


@pytest.fixture
def forest(small: Kit, pictures: list[Image.Image]) -> Forest:
    """A tree with a picture and three branches, one without."""
    encoder = small("llava").encoder()
    return merge([planted(encoder, pictures[:1], ANSWERS[:3]), planted(encoder, [], ANSWERS[3:5])])


@pytest.fixture
def start(small: Kit, forest: Forest) -> Tensor:
    """Log-probabilities of the model as it was, by its own forward pass."""
    return stock(Policy(small("llava").model, EXECUTORS["plain"]).backbone, forest).detach()


def policy(small: Kit, modes: dict[str, str]) -> Policy:
    """A copy of the small LLaVA of which those parts train."""
    return Policy(prepare(copy.deepcopy(small("llava").model), modes, LORA), EXECUTORS["state"])


def learn(learner: Policy) -> None:
    """Change everything that trains."""
    draw = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in learner.parameters():
            if parameter.requires_grad:
                parameter.add_(0.2 * torch.randn(parameter.shape, generator=draw))


def test_all_three_give_the_starting_point_after_the_policy_has_learnt(small: Kit, forest: Forest, start: Tensor, tmp_path: Path) -> None:
    learner = policy(small, LANGUAGE)
    references = {kind: make_reference(kind, learner, Wanted(tmp_path)) for kind in ("adapter_off", "copy", "cache")}
    references["cache"].logp(forest, None)
    learn(learner)
    learner.train()
    assert (learner(forest).logp - start).abs().max() > 0.1
    for kind, reference in references.items():
        found = reference.logp(forest, None)
        torch.testing.assert_close(found, start, atol=1e-5, rtol=0, msg=kind)
        assert not found.requires_grad
    assert learner.training


def test_adapter_off_and_copy_have_the_same_states(small: Kit, forest: Forest) -> None:
    learner = policy(small, LANGUAGE)
    off, copied = (make_reference(kind, learner).stream(forest, learner.encode(forest)) for kind in ("adapter_off", "copy"))
    torch.testing.assert_close(off.hidden, copied.hidden, atol=1e-5, rtol=1e-5)
    found = learner(forest, ("kl",), off).outputs["kl"]
    assert found.abs().max() < 1e-5
    learn(learner)
    assert learner(forest, ("kl",), off).outputs["kl"].min() > -1e-6 and learner(forest, ("kl",), off).outputs["kl"].max() > 1e-3


def test_a_trained_tower_is_not_lent_to_the_reference(small: Kit, forest: Forest, start: Tensor) -> None:
    learner = policy(small, {"tower": "full", "projector": "full", "language": "lora"})
    reference = make_reference("copy", learner)
    learn(learner)
    torch.testing.assert_close(reference.logp(forest, learner.encode(forest)), start, atol=1e-5, rtol=0)


@pytest.mark.parametrize(("modes", "word"), [({"tower": "frozen", "projector": "full", "language": "lora"}, "outside the adapter"), ({"tower": "frozen", "projector": "full", "language": "frozen"}, "no part trains through LoRA")])
def test_adapter_off_is_refused_where_it_would_not_be_the_starting_point(modes: dict[str, str], word: str, small: Kit) -> None:
    with pytest.raises(ReferenceError, match=word):
        make_reference("adapter_off", policy(small, modes))


def test_a_cache_of_a_fully_trained_model_holds_the_starting_point(small: Kit, forest: Forest, start: Tensor, tmp_path: Path) -> None:
    learner = policy(small, {"tower": "full", "projector": "full", "language": "full"})
    reference = make_reference("cache", learner, Wanted(tmp_path))
    learn(learner)
    for _ in range(2):
        torch.testing.assert_close(reference.logp(forest, None), start, atol=1e-5, rtol=0)


def test_a_cache_refuses_to_be_a_distribution_and_needs_a_directory(small: Kit, forest: Forest, tmp_path: Path) -> None:
    learner = policy(small, LANGUAGE)
    with pytest.raises(ReferenceError, match="does not hold"):
        make_reference("cache", learner, Wanted(tmp_path)).stream(forest, None)
    with pytest.raises(ReferenceError, match="no directory"):
        make_reference("cache", learner)


def test_a_stored_value_is_used_and_a_file_that_is_not_whole_is_computed_again(small: Kit, forest: Forest, start: Tensor, tmp_path: Path) -> None:
    learner = policy(small, LANGUAGE)
    reference = make_reference("cache", learner, Wanted(tmp_path))
    reference.logp(forest, None)
    first, second = sorted(tmp_path.rglob("*.npy"))
    whole = first.read_bytes()
    first.write_bytes(whole[: len(whole) // 2])
    np.save(second, np.load(second)[:-1])
    torch.testing.assert_close(reference.logp(forest, None), start, atol=1e-5, rtol=0)
    assert first.read_bytes() == whole
    reference.source.policy.executor = None  # what is stored needs no network
    torch.testing.assert_close(reference.logp(forest, None), start, atol=1e-5, rtol=0)
    assert not list(tmp_path.rglob("*.tmp"))


def test_the_key_depends_on_weights_ids_scored_tokens_and_pictures(small: Kit, forest: Forest, pictures: list[Image.Image]) -> None:
    encoder = small("llava").encoder()
    tree = forest.trees[0]
    others = [planted(encoder, pictures[1:2], ANSWERS[:3]).trees[0], planted(encoder, pictures[:1], ANSWERS[1:4]).trees[0], planted(encoder, pictures[:1], ANSWERS[:2]).trees[0]]
    assert len({tree_key("model", found) for found in (tree, *others)} | {tree_key("another", tree)}) == 5
    assert tree_key("model", tree) == tree_key("model", planted(encoder, pictures[:1], ANSWERS[:3]).trees[0])


def test_the_weights_key_sees_one_changed_number_and_no_adapter(small: Kit) -> None:
    model = copy.deepcopy(small("llava").model)
    before = weights_key(model)
    with torch.no_grad():
        model.lm_head.weight[3, 5] += 0.01
    assert weights_key(model) != before and weights_key(model, "other settings") != weights_key(model)
    one, two = (prepare(copy.deepcopy(small("llava").model), LANGUAGE, LORA | {"rank": rank}) for rank in (2, 3))
    assert weights_key(one) == weights_key(two)


def test_an_unknown_reference_is_refused_with_the_known_ones(small: Kit) -> None:
    with pytest.raises(ReferenceError, match="adapter_off.*cache.*copy.*none"):
        make_reference("frozen", policy(small, LANGUAGE))
