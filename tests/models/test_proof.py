"""The proof sees a leak that is planted on purpose, and a proof with one branch would not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
import torch
from PIL import Image
from planting import ANSWERS, planted
from torch import Tensor
from transformers import DynamicCache

from veridical.models.assemble import trial
from veridical.models.backbone import Backbone, Unsupported
from veridical.models.executors import EXECUTORS, mask, plain, state
from veridical.models.executors.executor import Executor, forward
from veridical.models.forest import Forest, Tree
from veridical.models.pictures import Feature, detach, gather
from veridical.models.positions import by_row, stack
from veridical.models.proof import LOGP_TOLERANCE, prove
from veridical.models.small.build import Small, build

Kit = Callable[[str], Small]


def sees_the_first_branch(tree: Tree) -> Tensor:
    """An ancestor mask in which the second branch also sees the first."""
    seen = CORRECT(tree)
    if len(tree.segments) > 2:
        first, second = (slice(tree.starts[index], tree.starts[index] + len(tree.segments[index])) for index in (1, 2))
        seen[second, first] = True
    return seen


CORRECT = mask.ancestors


def one_cache_for_all(backbone: Backbone, forest: Forest, features: Mapping[str, Feature]) -> Tensor:
    """The `state` executor without copies: each branch of the tree is run over the cache that the branch before it left."""
    rows, spots = list(forest.rows()), by_row(backbone, forest)
    root = len(forest.trees[0].segments[0])
    cache, found = DynamicCache(config=backbone.model.config), []
    hidden = pixels_and_ids(backbone, rows[0].ids[:root], spots[0][:, :root], gather(features, rows[0].pictures), cache)[-1:]
    for row, spot in zip(rows, spots, strict=True):
        after = pixels_and_ids(backbone, row.ids[root:], spot[:, root:], None, cache)
        found.append(torch.cat([hidden, after[:-1]]))
    return torch.cat(found)


def pixels_and_ids(backbone: Backbone, ids: Tensor, spots: Tensor, pictures: dict | None, cache: DynamicCache) -> Tensor:
    """Hidden states of one stretch over a cache."""
    seen = torch.ones(1, cache.get_seq_length() + len(ids), dtype=torch.long)
    kinds = backbone.placeholders(ids[None]).int()
    return forward(
        backbone, input_ids=ids[None], attention_mask=seen, position_ids=stack([spots]), mm_token_type_ids=kinds, mm_encoder_outputs=pictures, past_key_values=cache, use_cache=True
    ).last_hidden_state[0]


def pictures_swapped(backbone: Backbone, forest: Forest, features: Mapping[str, Feature]) -> Tensor:
    """The `plain` executor with the features of two pictures exchanged."""
    keys = list(features)
    return plain.run(backbone, forest, dict(zip(keys, [features[key] for key in reversed(keys)], strict=True)))


def verdict(built: Small, forest: Forest, executor: Executor, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the proof lets that executor pass."""
    monkeypatch.setitem(EXECUTORS, executor.name, executor)
    return prove(built.model, forest, [executor.name])[-1].passed


def test_a_mask_that_leaks_fails_with_three_branches_and_passes_with_one(small: Kit, pictures: list[Image.Image], monkeypatch: pytest.MonkeyPatch) -> None:
    built = small("llava")
    one, three = (planted(built.encoder(), pictures[:1], ANSWERS[:branches]) for branches in (1, 3))
    monkeypatch.setattr(mask, "ancestors", sees_the_first_branch)
    assert verdict(built, one, EXECUTORS["mask"], monkeypatch)
    assert not verdict(built, three, EXECUTORS["mask"], monkeypatch)
    monkeypatch.setattr(mask, "ancestors", CORRECT)
    assert verdict(built, three, EXECUTORS["mask"], monkeypatch)


def test_a_cache_that_branches_share_fails_with_three_branches_and_passes_with_one(small: Kit, pictures: list[Image.Image], monkeypatch: pytest.MonkeyPatch) -> None:
    built, leaky = small("llava"), Executor("leaky", one_cache_for_all, "")
    one, three = (planted(built.encoder(), pictures[:1], ANSWERS[:branches]) for branches in (1, 3))
    assert verdict(built, one, leaky, monkeypatch)
    assert not verdict(built, three, leaky, monkeypatch)


def test_a_recurrent_state_that_runs_on_from_branch_to_branch_fails(small: Kit, pictures: list[Image.Image], monkeypatch: pytest.MonkeyPatch) -> None:
    """The mask forced upon a hybrid: its recurrent layers carry one branch into the next, by far more than what the proof forgives them."""
    built = small("qwen3_5")
    three = planted(built.encoder(), pictures[:1], ANSWERS[:3])
    monkeypatch.setattr(mask, "layer_kinds", lambda backbone: {"full_attention"})
    monkeypatch.setattr(mask, "prepared", lambda backbone, seen: {"full_attention": seen[:, None], "linear_attention": None})
    found = prove(built.model, three, ["mask"])[-1]
    assert not found.passed and found.logp > 1000 * LOGP_TOLERANCE, found.line


def test_the_trial_sees_two_pictures_exchanged(small: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    built = small("llava")
    forest = trial(built.encoder())
    assert verdict(built, forest, replace(EXECUTORS["plain"], name="right"), monkeypatch)
    assert not verdict(built, forest, Executor("swapped", pictures_swapped, ""), monkeypatch)


def test_in_half_precision_rounding_is_forgiven_and_a_leak_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    built = build("llava")
    built.model.to(torch.bfloat16)
    forest = trial(built.encoder())
    assert all(verdict(built, forest, EXECUTORS[name], monkeypatch) for name in ("state", "mask", "plain"))
    monkeypatch.setattr(mask, "ancestors", sees_the_first_branch)
    assert not verdict(built, forest, EXECUTORS["mask"], monkeypatch)
    assert not verdict(built, forest, Executor("swapped", pictures_swapped, ""), monkeypatch)


def test_the_trial_has_three_branches_two_unlike_pictures_and_a_tree_without(small: Kit) -> None:
    forest = trial(small("llava").encoder())
    assert [len(tree.leaves) for tree in forest.trees] == [3, 1, 2]
    assert [len(tree.pictures) for tree in forest.trees] == [2, 1, 0]
    assert len({len(segment) for segment in forest.trees[0].segments[1:]}) == 3


def test_an_executor_that_ignores_the_pictures_fails(small: Kit, pictures: list[Image.Image], monkeypatch: pytest.MonkeyPatch) -> None:
    """As it would be with a model whose forward takes features made before and does not use them."""
    built = small("llava")
    without = Executor("blind", lambda backbone, forest, features: plain.run(backbone, forest, {key: {"pooler_output": 0 * value["pooler_output"]} for key, value in features.items()}), "")
    assert not verdict(built, planted(built.encoder(), pictures[:1], ANSWERS[:3]), without, monkeypatch)


def test_wrong_gradients_fail_where_the_values_are_right(small: Kit, pictures: list[Image.Image], monkeypatch: pytest.MonkeyPatch) -> None:
    built = small("llava")
    cut = Executor("cut", lambda backbone, forest, features: state.run(backbone, forest, detach(features)), "")
    monkeypatch.setitem(EXECUTORS, "cut", cut)
    found = prove(built.model, planted(built.encoder(), pictures[:1], ANSWERS[:3]), ["cut"])[-1]
    assert found.logp <= LOGP_TOLERANCE and not found.passed


def test_the_next_executor_is_tried_after_one_that_fails_and_the_reason_is_kept(small: Kit, pictures: list[Image.Image], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(backbone: Backbone, forest: Forest, features: Mapping[str, Feature]) -> Tensor:
        raise RuntimeError("no such kernel\nsecond line")

    built = small("llava")
    monkeypatch.setitem(EXECUTORS, "broken", Executor("broken", broken, ""))
    found = prove(built.model, planted(built.encoder(), pictures[:1], ANSWERS[:3]), ["broken", "state", "mask"])
    assert [proof.executor for proof in found] == ["broken", "state"]
    assert found[0].reason == "RuntimeError: no such kernel" and found[1].passed


def test_a_model_whose_own_forward_fails_is_unsupported(small: Kit, pictures: list[Image.Image]) -> None:
    built = small("llava")
    forest = planted(built.encoder(), pictures[:1], ANSWERS[:3])
    halved = Forest(forest.trees, {key: {"pixel_values": value["pixel_values"][..., :16, :16]} for key, value in forest.pictures.items()})
    with pytest.raises(Unsupported, match="own forward pass fails"):
        prove(built.model, halved)


def test_a_proof_leaves_the_model_in_the_mode_that_it_was_in(small: Kit, pictures: list[Image.Image]) -> None:
    built = small("llava")
    built.model.train()
    prove(built.model, planted(built.encoder(), pictures[:1], ANSWERS[:1]), ["plain"])
    assert built.model.training
    built.model.eval()


def test_an_executor_whose_values_are_not_numbers_fails(small: Kit, pictures: list[Image.Image], monkeypatch: pytest.MonkeyPatch) -> None:
    built = small("llava")
    lost = Executor("lost", lambda backbone, forest, features: plain.run(backbone, forest, features) * float("nan"), "")
    assert not verdict(built, planted(built.encoder(), pictures[:1], ANSWERS[:3]), lost, monkeypatch)


def test_a_model_that_reads_ahead_is_unsupported(small: Kit, pictures: list[Image.Image]) -> None:
    """PaliGemma without its marks of prefix and suffix sees all tokens from all: its scores give no response a probability."""
    built = small("paligemma")
    with pytest.raises(Unsupported, match="does not generate from left to right"):
        prove(built.model, planted(built.encoder(), pictures[:1], ANSWERS[:3]))
