"""What trains is exactly what was asked: each part frozen, whole, or through adapters."""

from __future__ import annotations

import copy
from collections.abc import Callable
from itertools import product

import pytest
import torch
from PIL import Image
from planting import ANSWERS, planted

from veridical.models.backbone import take_apart
from veridical.models.executors import EXECUTORS
from veridical.models.forest import Forest
from veridical.models.parts import counts, describe, part_names, prepare
from veridical.models.pictures import leaves
from veridical.models.policy import Policy, plain_model
from veridical.models.small.build import Small

Kit = Callable[[str], Small]
PARTS = ("tower", "projector", "language")
LORA = {"rank": 2, "alpha": 4, "targets": "auto"}
FAMILIES = ("llava", "qwen2_5_vl", "idefics3", "gemma3", "internvl", "qwen3_vl")


def prepared(small: Kit, family: str, modes: dict[str, str], lora: dict | None = None) -> torch.nn.Module:
    """A copy of the family's small model, prepared."""
    return prepare(copy.deepcopy(small(family).model), modes, lora or LORA)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_parameter_belongs_to_one_of_three_parts_and_none_is_empty(family: str, small: Kit) -> None:
    built = small(family)
    parts = part_names(take_apart(built.model))
    assert set(parts) == {name for name, _ in built.model.named_parameters()} and set(parts.values()) == set(PARTS)
    assert parts["lm_head.weight"] == "language" if "lm_head.weight" in parts else parts["model.language_model.embed_tokens.weight"] == "language"


@pytest.mark.parametrize("modes", [dict(zip(PARTS, chosen, strict=True)) for chosen in product(("frozen", "full", "lora"), repeat=3)], ids="-".join)
def test_what_trains_is_exactly_what_was_asked(modes: dict[str, str], small: Kit) -> None:
    model = prepared(small, "llava", modes)
    base = plain_model(model)
    parts = part_names(take_apart(small("llava").model))
    for name, parameter in base.named_parameters():
        origin = name.replace(".base_layer", "")
        part = parts[origin] if "lora_" not in name else parts[origin.split(".lora_")[0] + ".weight"]
        expected = modes[part] == "lora" if "lora_" in name else modes[part] == "full"
        assert parameter.requires_grad is expected, name
    adapted = {parts[name.split(".lora_")[0] + ".weight"] for name, _ in base.named_parameters() if "lora_" in name}
    assert adapted == {part for part, mode in modes.items() if mode == "lora"}


@pytest.mark.parametrize("family", ["llava", "qwen2_5_vl"])
def test_a_step_moves_what_trains_and_leaves_the_rest_bit_identical(family: str, small: Kit, pictures: list[Image.Image]) -> None:
    model = prepared(small, family, {"tower": "lora", "projector": "full", "language": "frozen"})
    policy = Policy(model, EXECUTORS["state"])
    forest = planted(small(family).encoder(), pictures[:1], ANSWERS[:3])
    before = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
    optimiser = torch.optim.SGD([parameter for parameter in model.parameters() if parameter.requires_grad], lr=0.1)
    for _ in range(2):  # LoRA's first matrix moves once its second is no longer zero
        optimiser.zero_grad()
        policy(forest).logp.sum().backward()
        optimiser.step()
    moved = {name for name, parameter in model.named_parameters() if not torch.equal(parameter, before[name])}
    asked = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    assert moved <= asked and len(moved) > 0.5 * len(asked)
    assert policy.trains_tower and any("lora_" in name for name in moved) and any("lora_" not in name for name in moved)


def test_an_adapter_never_touches_the_vocabulary_projection(small: Kit) -> None:
    model = prepared(small, "llava", {"tower": "frozen", "projector": "frozen", "language": "lora"})
    assert not [name for name, _ in model.named_parameters() if "lora_" in name and "lm_head" in name]


def test_adapters_go_where_targets_say(small: Kit) -> None:
    model = prepared(small, "llava", {"tower": "frozen", "projector": "frozen", "language": "lora"}, LORA | {"targets": ["q_proj", "down_proj"]})
    assert {name.split(".lora_")[0].split(".")[-1] for name, _ in model.named_parameters() if "lora_" in name} == {"q_proj", "down_proj"}
    with pytest.raises(ValueError, match=r"no linear layer of \['language'\] has such a name"):
        prepared(small, "llava", {"tower": "frozen", "projector": "frozen", "language": "lora"}, LORA | {"targets": ["query"]})


def test_the_printed_counts_are_the_model_s(small: Kit) -> None:
    modes = {"tower": "frozen", "projector": "full", "language": "lora"}
    model = prepared(small, "llava", modes)
    rows = {row.part: row for row in counts(model, modes)}
    assert rows["tower"].trainable == 0 and rows["projector"].trainable == rows["projector"].total > 0 and rows["language"].trainable == 0
    assert rows["adapter"].trainable == rows["adapter"].total == sum(parameter.numel() for name, parameter in model.named_parameters() if "lora_" in name)
    assert sum(row.total for row in rows.values()) == sum(parameter.numel() for parameter in model.parameters())
    assert "projector" in describe(list(rows.values())) and f"{rows['projector'].total:,}" in describe(list(rows.values()))


def test_a_blank_picture_gives_a_trainable_tower_gradients_of_zero_where_a_batch_has_no_picture(small: Kit) -> None:
    """Sharded training waits for every gradient; without the blank the tower would have none."""
    model = prepared(small, "llava", {"tower": "full", "projector": "full", "language": "full"})
    policy, encoder = Policy(model, EXECUTORS["state"]), small("llava").encoder()
    forest = planted(encoder, [], ANSWERS[:2])
    parts = part_names(policy.backbone)
    seen = [parameter for name, parameter in model.named_parameters() if parts[name] == "projector"]
    values = policy(forest).logp
    values.sum().backward()
    assert all(parameter.grad is None for parameter in seen)
    with_blank = policy(forest, blank=encoder.blank()).logp
    torch.testing.assert_close(with_blank, values)
    with_blank.sum().backward()
    assert all(parameter.grad is not None and not parameter.grad.any() for parameter in seen)


def test_a_frozen_tower_is_run_without_a_graph(small: Kit, pictures: list[Image.Image]) -> None:
    policy = Policy(prepared(small, "llava", {"tower": "frozen", "projector": "frozen", "language": "full"}), EXECUTORS["state"])
    forest: Forest = planted(small("llava").encoder(), pictures[:1], ANSWERS[:1])
    assert not policy.trains_tower and not any(part.requires_grad for part in leaves(policy.encode(forest)))
