"""Every executor against the model's own forward pass: log-probabilities to 1e-5, gradients of every tensor to 1e-4 of its largest entry."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from PIL import Image
from planting import ANSWERS, deepened, planted
from torch import Tensor

from veridical.models.backbone import Unsupported, take_apart
from veridical.models.executors import EXECUTORS, state
from veridical.models.forest import Forest, Segment, Tree, merge
from veridical.models.parts import part_names
from veridical.models.pictures import encode
from veridical.models.proof import Proof, attempt, measure, stock
from veridical.models.small.build import Small, build

FAMILIES = (
    "llava", "llava_next", "llava_onevision", "idefics3", "smolvlm", "internvl", "qwen2_vl", "qwen2_5_vl", "qwen3_vl", "qwen3_5", "gemma3", "glm4v", "glm4v_moe", "glm46v",
)  # fmt: skip
HYBRID = ("qwen3_5",)

Kit = Callable[[str], Small]


def proofs(small: Small, forest: Forest, names: tuple[str, ...] = tuple(EXECUTORS)) -> dict[str, Proof]:
    """Every executor's proof, with all the model's tensors trainable."""
    backbone = take_apart(small.model)
    weights = torch.linspace(-1, 1, len(forest.targets))
    trainable = list(small.model.parameters())
    expected = measure(stock(backbone, forest), weights, trainable)
    return {name: attempt(backbone, forest, EXECUTORS[name], weights, trainable, expected) for name in names}


def close(proof: Proof) -> bool:
    """Tighter than the proof's own verdict, which allows hybrids more."""
    return proof.passed and proof.logp <= 1e-5 and proof.gradient <= 1e-4


@pytest.mark.parametrize("family", FAMILIES)
def test_executors_agree_with_the_stock_forward_for_any_number_of_pictures_and_branches(family: str, small: Kit, pictures: list[Image.Image]) -> None:
    """0, 1 and 3 pictures, each under 1, 3 and 8 branches of uneven length, all in one batch."""
    built = small(family)
    encoder = built.encoder()
    forest = merge([planted(encoder, pictures[:shown], ANSWERS[:branches]) for shown in (0, 1, 3) for branches in (1, 3, 8)])
    found = proofs(built, forest)
    assert close(found["state"]), found["state"].line
    assert close(found["plain"]), found["plain"].line
    assert close(found["mask"]) is (family not in HYBRID), found["mask"].line


@pytest.mark.parametrize(
    ("family", "settings", "scale", "softcap"),
    [
        ("granite4_vision", {}, 0.5, None),  # divides by logits_scaling=2
        ("hyperclovax_vision_v2", {}, 2.0, None),  # multiplies by it
        ("aya_vision", {}, 1.0, None),  # its language model's logit_scale=0.5 is not applied here
        ("gemma4", {"text_config.final_logit_softcapping": 3.0}, 1.0, 3.0),
        ("gemma3", {"text_config.final_logit_softcapping": 3.0}, 1.0, None),  # has the field and does not cap
    ],
)
def test_scores_are_scaled_and_capped_as_the_model_s_class_does_it(family: str, settings: dict[str, float], scale: float, softcap: float | None, small: Kit, pictures: list[Image.Image]) -> None:
    built = build(family, **settings) if settings else small(family)
    backbone = take_apart(built.model)
    assert (backbone.scale, backbone.softcap) == (scale, softcap)
    found = proofs(built, planted(built.encoder(), pictures[:1], ANSWERS[:3]), ("plain",))["plain"]
    assert close(found), found.line


@pytest.mark.parametrize("family", ["llava", "qwen2_5_vl", "gemma3", "qwen3_5"])
def test_executors_agree_on_trees_of_four_levels(family: str, small: Kit, pictures: list[Image.Image]) -> None:
    built = small(family)
    encoder = built.encoder()
    forest = deepened(merge([planted(encoder, pictures[:1], ANSWERS[:3]), planted(encoder, [], ANSWERS[3:5])]), encoder)
    assert {len(tree.path(leaf)) for tree in forest.trees for leaf in tree.leaves} == {2, 3, 4}
    found = proofs(built, forest)
    assert all(close(proof) for name, proof in found.items() if name != "mask" or family not in HYBRID), found


@pytest.mark.parametrize("family", ["llava", "qwen2_5_vl", "qwen3_vl"])
def test_pictures_may_stand_in_a_branch(family: str, small: Kit, pictures: list[Image.Image]) -> None:
    """The root shows one picture and each of two branches another: a picture arrives between turns."""
    built = small(family)
    encoder = built.encoder()
    root, *later = (planted(encoder, [picture], [answer]) for picture, answer in zip(pictures[::-1], ANSWERS[:3], strict=True))
    asked = [forest.trees[0].segments[0] for forest in later]
    said = [forest.trees[0].segments[1] for forest in later]
    grown = [Segment(segment.ids, segment.scored, 0, segment.pictures) for segment in asked]
    answers = [Segment(segment.ids, segment.scored, parent) for parent, segment in enumerate(said, 1)]
    forest = Forest((Tree((root.trees[0].segments[0], *grown, *answers)),), merge([root, *later]).pictures)
    found = proofs(built, forest)
    assert all(close(proof) for proof in found.values()), found


def test_branches_of_one_token_are_no_step_of_generation(small: Kit, pictures: list[Image.Image], monkeypatch: pytest.MonkeyPatch) -> None:
    """A recurrent layer takes one token after a prefix for such a step: it writes in place, and its fast kernels have no gradient."""
    built, run, widths = small("qwen3_5"), state.forward, []
    monkeypatch.setattr(state, "forward", lambda backbone, **inputs: (widths.append(inputs["input_ids"].shape[1]), run(backbone, **inputs))[1])
    forest = planted(built.encoder(), pictures[:1], ANSWERS[:2])
    tree = forest.trees[0]
    short = Tree((tree.segments[0], *(Segment(segment.ids[:1], segment.scored[:1], 0) for segment in tree.segments[1:])))
    assert close(proofs(built, Forest((short,), forest.pictures), ("state",))["state"])
    assert min(widths) > 1


def test_the_mask_refuses_layers_that_carry_state_and_says_so(small: Kit, pictures: list[Image.Image]) -> None:
    built = small("qwen3_5")
    found = proofs(built, planted(built.encoder(), pictures[:1], ANSWERS[:3]), ("mask",))["mask"]
    assert not found.passed and "linear_attention" in found.reason


@pytest.mark.parametrize(("settings", "word"), [({"sliding_window": 16}, "layer_types"), ({"_attn_implementation": "flash_attention_2"}, "sdpa or eager")])
def test_the_mask_refuses_what_it_cannot_express(settings: dict[str, object], word: str, small: Kit, pictures: list[Image.Image], monkeypatch: pytest.MonkeyPatch) -> None:
    built = small("llava")
    for name, value in settings.items():
        monkeypatch.setattr(built.model.config.text_config, name, value, raising=False)
    backbone, forest = take_apart(built.model), planted(built.encoder(), [], ANSWERS[:1])
    with pytest.raises(Unsupported, match=word):
        EXECUTORS["mask"].run(backbone, forest, {})


@pytest.mark.parametrize("family", ["llava", "gemma3"])
def test_eager_attention_gives_the_same_as_sdpa(family: str, small: Kit, pictures: list[Image.Image]) -> None:
    built = small(family)
    forest = merge([planted(built.encoder(), pictures[:1], ANSWERS[:3]), planted(built.encoder(), [], ANSWERS[:1])])
    built.model.set_attn_implementation("eager")
    try:
        assert all(close(proof) for proof in proofs(built, forest).values())
    finally:
        built.model.set_attn_implementation("sdpa")


@pytest.mark.parametrize("family", ["llava", "qwen2_5_vl"])
def test_gradients_reach_the_tower_through_every_executor(family: str, small: Kit, pictures: list[Image.Image]) -> None:
    built = small(family)
    backbone, forest = take_apart(built.model), planted(built.encoder(), pictures[:2], ANSWERS[:3])
    parts = part_names(backbone)
    tower = [parameter for name, parameter in built.model.named_parameters() if parts[name] == "tower"]
    expected = felt(stock(backbone, forest), tower)
    assert len(expected) > len(tower) // 2
    for executor in EXECUTORS.values():
        assert felt(executor.run(backbone, forest, encode(backbone, forest.pictures)), tower) == expected, executor.name


def felt(values: Tensor, tensors: list[torch.nn.Parameter]) -> set[int]:
    """Numbers of those tensors that have a gradient; keys' biases have none but for rounding."""
    slopes = torch.autograd.grad((values**2).sum(), tensors, allow_unused=True)
    sizes = [0.0 if slope is None else float(slope.abs().max()) for slope in slopes]
    return {number for number, size in enumerate(sizes) if size > 1e-4 * max(sizes)}


def test_the_order_of_trees_and_what_shares_the_batch_change_nothing(small: Kit, pictures: list[Image.Image]) -> None:
    built = small("gemma3")
    backbone, encoder = take_apart(built.model), built.encoder()
    parts = [planted(encoder, pictures[:1], ANSWERS[:3]), planted(encoder, [], ANSWERS[3:4]), planted(encoder, pictures[1:3], ANSWERS[4:6])]
    for executor in EXECUTORS.values():
        alone = [executor.run(backbone, forest, encode(backbone, forest.pictures)) for forest in parts]
        joined = merge([parts[2], parts[0], parts[1]])
        together = executor.run(backbone, joined, encode(backbone, joined.pictures))
        torch.testing.assert_close(together, torch.cat([alone[2], alone[0], alone[1]]), atol=2e-5, rtol=1e-5)


def test_with_gradient_checkpointing_the_cached_executor_is_refused_and_the_others_are_right(small: Kit, pictures: list[Image.Image]) -> None:
    """In training, checkpointed layers drop their cache with a warning only; a proof in evaluation mode would not see it."""
    built = small("llava")
    forest = planted(built.encoder(), pictures[:1], ANSWERS[:3])
    built.model.gradient_checkpointing_enable()
    try:
        found = proofs(built, forest)
        assert "gradient checkpointing" in found["state"].reason and close(found["mask"]) and close(found["plain"])
        expected = EXECUTORS["plain"].run(take_apart(built.model), forest, encode(take_apart(built.model), forest.pictures))
        built.model.train()
        learning = EXECUTORS["mask"].run(take_apart(built.model), forest, encode(take_apart(built.model), forest.pictures))
        torch.testing.assert_close(learning, expected, atol=1e-5, rtol=1e-5)
    finally:
        built.model.gradient_checkpointing_disable()
        built.model.eval()
