"""Responses beside each other in one row per prefix: the same scores as a row for each, whatever ends first and whatever is shared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from PIL import Image
from planting import question

from veridical.models.encoder import picture_key
from veridical.models.executors import EXECUTORS
from veridical.models.forest import Forest, Segment, Tree
from veridical.models.growing import OverCache, growing
from veridical.models.policy import Policy, evaluating
from veridical.models.sample import Generation, draw
from veridical.models.small.build import Small
from veridical.models.weaving import NOBODY, SHARED, Woven, common, plant, seen

Kit = Callable[[str], Small]


def asked(built: Small, pictures: list[Image.Image], texts: list[tuple[int, str]]):
    """Prompts (pictures shown from the front of the list, text) with their inputs."""
    encoder, found, inputs = built.encoder(), [], {}
    for count, text in texts:
        shown = pictures[:count]
        piece = encoder.prompt(question(count, text), shown, [picture_key(picture) for picture in shown])
        found.append((piece.ids, piece.pictures))
        inputs |= piece.inputs
    return found, inputs


TEXTS = [(1, "What is there?"), (0, "Hi"), (1, "What is in this picture, please, and where?"), (2, "Compare.")]


@pytest.mark.parametrize("family", ["llava", "qwen2_5_vl", "idefics3"])
def test_scores_are_those_of_a_row_for_each(family: str, small: Kit, pictures: list[Image.Image]) -> None:
    """Nine responses to four prompts, of which two share their picture; they end one after the other, until two are left."""
    built = small(family)
    policy = Policy(built.model, EXECUTORS["state"])
    prompts, inputs = asked(built, pictures, TEXTS)
    owner = [0, 0, 0, 1, 1, 2, 2, 3, 3]
    features = policy.encode(Forest((), inputs))
    trees, where = plant(prompts, policy.backbone.placeholders)
    assert len(trees) == 3
    alone = Forest(tuple(Tree((Segment(ids, torch.zeros(len(ids), dtype=torch.bool), None, keys),)) for ids, keys in prompts), inputs)
    draws = torch.Generator().manual_seed(0)
    with torch.no_grad(), evaluating(policy):
        beside = Woven(policy.backbone, Forest(trees, inputs), features, [where[number] for number in owner])
        apart = OverCache(policy.backbone, alone, features, torch.tensor(owner))
        for left in (9, 9, 7, 7, 4, 4, 4, 2, 2, 2, 2):
            torch.testing.assert_close(beside.scores, apart.scores, atol=1e-4, rtol=1e-4)
            keep = sorted(torch.randperm(len(apart.scores), generator=draws)[:left].tolist())
            chosen = torch.randint(5, 50, (left,), generator=draws)
            beside.grow(keep, chosen)
            apart.grow(keep, chosen)
        assert len(beside.scores) == 2 and len(beside.trees) <= 2


def test_what_has_ended_is_forgotten(small: Kit, pictures: list[Image.Image]) -> None:
    """Columns of ended responses go when they are half of all; the scores of the last one stay what they are."""
    built = small("llava")
    policy = Policy(built.model, EXECUTORS["state"])
    prompts, inputs = asked(built, pictures, [(0, "Hi")])
    trees, where = plant(prompts, policy.backbone.placeholders)
    with torch.no_grad(), evaluating(policy):
        many = Woven(policy.backbone, Forest(trees), {}, [where[0]] * 8)
        one = Woven(policy.backbone, Forest(trees), {}, [where[0]])
        for step in range(12):
            many.grow(list(range(8)), torch.arange(5, 13) + step)
            one.grow([0], torch.tensor([8 + step]))
        before = many.column.shape[1]
        many.grow([3], torch.tensor([30]))
        one.grow([0], torch.tensor([30]))
    assert before == len(trees[0].segments[0]) + 8 * 13 and many.column.shape[1] == len(trees[0].segments[0]) + 14
    torch.testing.assert_close(many.scores, one.scores, atol=1e-5, rtol=1e-5)


def test_questions_about_a_picture_share_it() -> None:
    """Up to where they differ, or not at all where the picture comes after that; the last token is never shared."""
    marks = lambda ids: ids == 9  # noqa: E731 - a placeholder
    row = torch.tensor
    trees, where = plant([(row([1, 9, 9, 2, 3]), ("a",)), (row([5, 6]), ()), (row([1, 9, 9, 2, 4, 4]), ("a",)), (row([1, 9, 9, 2]), ("b",)), (row([5, 6]), ())], marks)
    assert where == [(0, 1), (1, 1), (0, 2), (2, 1), (3, 1)]
    assert [[segment.ids.tolist() for segment in tree.segments] for tree in trees] == [[[1, 9, 9, 2], [3], [4, 4]], [[5], [6]], [[1, 9, 9], [2]], [[5], [6]]]
    assert [tree.segments[0].pictures for tree in trees] == [("a",), (), ("b",), ()]
    after, where = plant([(row([1, 9, 2]), ("a",)), (row([3, 9, 2]), ("a",))], marks)
    assert len(after) == 2 and where == [(0, 1), (1, 1)]
    assert common([row([1, 2, 3]), row([1, 2, 3])]) == 2 and common([row([1, 2, 3, 4]), row([1, 5, 3])]) == 1


def test_a_mask_by_hand() -> None:
    """One shared column, one that nobody reads, then tokens of responses 0 and 1, then two new ones of 0, one of 1, one of nobody."""
    column = torch.tensor([[SHARED, NOBODY, 0, 1, 0, 0, 1, NOBODY]])
    expected = [[1, 0, 1, 0, 1, 0, 0, 0], [1, 0, 1, 0, 1, 1, 0, 0], [1, 0, 0, 1, 0, 0, 1, 0], [1, 0, 0, 0, 0, 0, 0, 1]]
    assert seen(column, column[:, 4:], 4).int().tolist() == [expected]


def test_a_policy_finds_out_once(small: Kit, pictures: list[Image.Image]) -> None:
    """Attention-only models weave, hybrids and models with windows do not, and a model that heeds no mask is found out."""
    for family, expected in (("llava", True), ("qwen3_5", False), ("gemma3", False)):
        built = small(family)
        policy = Policy(built.model, EXECUTORS["state"])
        prompts, inputs = asked(built, pictures, TEXTS[:1])
        with torch.no_grad(), evaluating(policy):
            found = growing(policy, prompts, inputs, [2])
        assert policy.weaves is expected and isinstance(found, Woven) is expected


def test_a_model_that_leaks_grows_apart(small: Kit, pictures: list[Image.Image], monkeypatch: pytest.MonkeyPatch) -> None:
    """With a mask that lets responses see each other, the comparison fails and rows of their own are used."""
    built = small("llava")
    policy = Policy(built.model, EXECUTORS["state"])
    prompts, inputs = asked(built, pictures, TEXTS[:1])
    monkeypatch.setattr("veridical.models.weaving.seen", lambda column, who, past: seen(torch.full_like(column, SHARED), who, past))
    with torch.no_grad(), evaluating(policy):
        found = growing(policy, prompts, inputs, [2])
    assert policy.weaves is False and isinstance(found, OverCache)


def test_drawn_responses_do_not_depend_on_the_way(small: Kit, pictures: list[Image.Image]) -> None:
    built = small("llava")
    prompts, inputs = asked(built, pictures, TEXTS)
    seeds, how = [[1, 2, 3], [4, 5], [6, 7], [8]], Generation(max_new_tokens=12, temperature=1.3)
    found = []
    for weaves in (True, False):
        policy = Policy(built.model, EXECUTORS["state"])
        policy.weaves = weaves
        found.append(draw(policy, built.encoder(), prompts, inputs, seeds, replace(how)))
    for ours, theirs in zip(*found, strict=True):
        for one, other in zip(ours, theirs, strict=True):
            assert one.ids.tolist() == other.ids.tolist() and one.end == other.end
            torch.testing.assert_close(one.logp, other.logp, atol=1e-4, rtol=0)
