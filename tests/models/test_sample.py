"""Sampled responses: greedy is the model's own generation, a seed alone decides a response, and pictures are never drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from PIL import Image
from planting import planted, question

from veridical.models.encoder import Encoder, picture_key
from veridical.models.executors import EXECUTORS
from veridical.models.forest import Inputs, merge
from veridical.models.policy import Policy
from veridical.models.proof import stock
from veridical.models.sample import Drawn, Generation, banned_tokens, choose, draw, end_tokens, nucleus
from veridical.models.small.build import Small

Kit = Callable[[str], Small]
GREEDY = Generation(max_new_tokens=10)
WARM = Generation(max_new_tokens=10, temperature=1.3, top_p=0.95)


def prompts(encoder: Encoder, pictures: list[Image.Image]) -> tuple[list[tuple[torch.Tensor, tuple[str, ...]]], dict[str, Inputs]]:
    """Three prompts of unequal length: two pictures, none, one."""
    found, inputs = [], {}
    for shown, text in ((pictures[:2], "What is there?"), ([], "Hi"), (pictures[2:], "And what do you see here, please?")):
        piece = encoder.prompt(question(len(shown), text), shown, [picture_key(picture) for picture in shown])
        found.append((piece.ids, piece.pictures))
        inputs |= piece.inputs
    return found, inputs


def drawn(built: Small, pictures: list[Image.Image], seeds: list[list[int]], how: Generation, executor: str = "state") -> list[list[Drawn]]:
    """Responses of a small model to the three prompts."""
    encoder = built.encoder()
    asked, inputs = prompts(encoder, pictures)
    return draw(Policy(built.model, EXECUTORS[executor]), encoder, asked, inputs, seeds, how)


@pytest.mark.parametrize("family", ["llava", "qwen2_5_vl", "gemma3", "qwen3_5", "idefics3"])
def test_greedy_is_the_models_own_generation(family: str, small: Kit, pictures: list[Image.Image]) -> None:
    built = small(family)
    encoder, found = built.encoder(), drawn(small(family), pictures, [[0]] * 3, GREEDY)
    banned = banned_tokens(Policy(built.model, EXECUTORS["state"]).backbone).tolist()
    for (shown, text), (ours,) in zip(((pictures[:2], "What is there?"), ([], "Hi"), (pictures[2:], "And what do you see here, please?")), found, strict=True):
        rendered = encoder.render(question(len(shown), text))
        inputs = encoder.family.processor(text=[rendered], images=[shown] if shown else None, return_tensors="pt", add_special_tokens=False)
        names = {name: value for name, value in inputs.items() if name in (*encoder.names, "input_ids", "mm_token_type_ids")}
        theirs = built.model.generate(**names, do_sample=False, max_new_tokens=10, suppress_tokens=banned)[0, inputs["input_ids"].shape[1] :]
        assert ours.ids.tolist() == [token for token in theirs.tolist() if token != built.tokenizer.eos_token_id]


@pytest.mark.parametrize("family", ["llava", "qwen2_5_vl", "qwen3_5"])
def test_computing_everything_anew_draws_the_same(family: str, small: Kit, pictures: list[Image.Image]) -> None:
    over, anew = (drawn(small(family), pictures, [[1, 2], [3], [4]], WARM, executor) for executor in ("state", "plain"))
    for ours, theirs in zip(over, anew, strict=True):
        for one, other in zip(ours, theirs, strict=True):
            assert one.ids.tolist() == other.ids.tolist()
            torch.testing.assert_close(one.logp, other.logp, atol=1e-4, rtol=0)


def test_a_seed_alone_decides_a_response(small: Kit, pictures: list[Image.Image]) -> None:
    """Neither the other prompts, nor how many responses are drawn, nor their order change it; another seed does."""
    built = small("llava")
    encoder = built.encoder()
    asked, inputs = prompts(encoder, pictures)
    policy = Policy(built.model, EXECUTORS["state"])
    together = draw(policy, encoder, asked, inputs, [[11, 12, 13], [14], [15, 16]], WARM)
    alone = draw(policy, encoder, asked[:1], inputs, [[12]], WARM)
    turned = draw(policy, encoder, asked[::-1], inputs, [[16, 15], [14], [13, 11, 12]], WARM)
    assert alone[0][0].ids.tolist() == together[0][1].ids.tolist()
    assert [row.ids.tolist() for row in turned[2]] == [together[0][place].ids.tolist() for place in (2, 0, 1)]
    assert len({tuple(row.ids.tolist()) for row in together[0]}) == 3


def test_log_probabilities_are_those_of_the_stock_forward(small: Kit, pictures: list[Image.Image]) -> None:
    built = small("qwen2_5_vl")
    found = drawn(built, pictures, [[5], [6], [7]], replace(WARM, temperature=1.0))[0][0]
    encoder = built.encoder()
    forest = planted(encoder, pictures[:2], ["x"])
    tree = forest.trees[0]
    ids = found.ids[: len(found.logp)]
    said = type(tree.segments[1])(ids, torch.ones(len(ids), dtype=torch.bool), 0)
    expected = stock(Policy(built.model, EXECUTORS["plain"]).backbone, merge([type(forest)((type(tree)((tree.segments[0], said)),), forest.pictures)]))
    torch.testing.assert_close(found.logp[: len(ids)], expected, atol=1e-4, rtol=0)


def test_placeholders_are_never_drawn_however_likely_they_are() -> None:
    scores = torch.tensor([[0.0, 50.0, 1.0, 2.0]])
    for how in (GREEDY, WARM):
        chosen, logp = choose(scores, [torch.Generator().manual_seed(0)], [0], torch.tensor([1]), how)
        assert chosen.item() != 1
        assert logp.item() == pytest.approx((scores / (how.temperature or 1)).log_softmax(-1)[0, chosen].item())


def test_banned_are_all_tokens_that_stand_for_media(small: Kit) -> None:
    built = small("qwen2_5_vl")
    banned = set(banned_tokens(Policy(built.model, EXECUTORS["state"]).backbone).tolist())
    assert {built.model.config.image_token_id, built.model.config.video_token_id, built.model.config.vision_start_token_id} <= banned


def test_the_nucleus_is_the_smallest_set_that_reaches_top_p() -> None:
    weights = torch.tensor([[0.1, 0.5, 0.15, 0.25]])
    assert nucleus(weights, 0.6).tolist() == [[0.0, 0.5, 0.0, 0.25]]
    assert nucleus(weights, 0.5).tolist() == [[0.0, 0.5, 0.0, 0.0]]
    assert nucleus(weights, 1.0).equal(weights)


def test_a_response_ends_at_what_the_template_writes_after_an_answer(small: Kit, pictures: list[Image.Image]) -> None:
    """The end token is not part of the response; its log-probability is, at the end."""
    built = small("llava")
    encoder, policy = built.encoder(), Policy(built.model, EXECUTORS["state"])
    assert encoder.tokenizer.eos_token_id in end_tokens(policy.backbone, encoder)
    asked, inputs = prompts(encoder, pictures)
    free = draw(policy, encoder, asked[:1], inputs, [[3]], WARM)[0][0]
    stop = free.ids[4].item()
    built.model.generation_config.eos_token_id = [stop]
    try:
        cut = draw(policy, encoder, asked[:1], inputs, [[3]], WARM)[0][0]
    finally:
        built.model.generation_config.eos_token_id = built.tokenizer.eos_token_id
    first = free.ids.tolist().index(stop)
    assert cut.ended and cut.ids.tolist() == free.ids.tolist()[:first] and len(cut.logp) == first + 1


def test_drawing_leaves_every_part_in_the_mode_that_it_was_in(small: Kit, pictures: list[Image.Image]) -> None:
    policy = Policy(small("llava").model, EXECUTORS["state"])
    policy.model.requires_grad_(True)
    policy.backbone.inner.vision_tower.requires_grad_(False)
    policy.backbone.inner.multi_modal_projector.requires_grad_(False)
    policy.learn()
    modes = [module.training for module in policy.modules()]
    drawn(small("llava"), pictures, [[0]] * 3, Generation(max_new_tokens=2))
    assert [module.training for module in policy.modules()] == modes
    policy.model.requires_grad_(True)
    policy.eval()
