"""Pictures attacked through the vision tower: as little changed as asked for, and seen as something else."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import torch
from PIL import Image
from torch import Tensor

from veridical.curate.builders.made import TWIN
from veridical.curate.stage import run as run_stage
from veridical.models.backbone import Unsupported
from veridical.models.pictures import encode, leaves
from veridical.models.policy import Policy
from veridical.models.shown import media_ids, stable_seed
from veridical.records.picture import open_picture, png
from veridical.records.record import Media, Record

if TYPE_CHECKING:
    from veridical.curate.builders.desk import Desk


def linf(change: Tensor, epsilon: float) -> Tensor:
    """No channel of a pixel changed by more than epsilon."""
    return change.clamp(-epsilon, epsilon)


def l2(change: Tensor, epsilon: float) -> Tensor:
    """Root mean square of the change at most epsilon."""
    size = change.square().mean().sqrt()
    return change * (epsilon / size) if size > epsilon else change


NORMS: Mapping[str, Callable[[Tensor, float], Tensor]] = MappingProxyType({"linf": linf, "l2": l2})


@dataclass(frozen=True)
class Strength:
    """How much may be changed."""

    epsilon: float = 4.0
    """In 255ths of the range of a channel."""
    steps: int = 10
    norm: str = "linf"

    def bounded(self, change: Tensor) -> Tensor:
        """The change within bounds. Errors: ValueError naming the norms."""
        if self.norm not in NORMS:
            raise ValueError(f"norm={self.norm}: expected one of {', '.join(NORMS)}")
        return NORMS[self.norm](change, self.epsilon / 255)


def attacked(desk: Desk, records: Sequence[Record], how: Strength) -> dict[str, list[Media]]:
    """For each record an attacked twin of every picture of its prompt, kept as PNG in `attacked.jsonl`."""
    by_key = {desk.key(record, how.epsilon, how.steps, how.norm): record for record in records}

    def work(keys: Sequence[str]) -> list[dict[str, str]]:
        return [{name: base64.b64encode(png(struck(desk, by_key[key], name, how))).decode() for name in dict.fromkeys(media_ids(by_key[key]))} for key in keys]

    found = run_stage(desk.folder / "attacks.jsonl", "attack", list(by_key), work, desk.model.batch)
    return {by_key[key].record_id: [Media(media_id=name + TWIN, role="negative", parent_id=name, data=base64.b64decode(data)) for name, data in value.items()] for key, value in found.items()}


def struck(desk: Desk, record: Record, name: str, how: Strength) -> Image.Image:
    """One attacked picture, in the size in which the tower reads it."""
    ready = desk.model.ready
    picture = open_picture(record, name)
    inputs, _, (key,) = ready.encoder.pictures([picture], ["attacked"])
    ready.encoder.seen.pop("attacked", None)
    scale = Pixels.of(ready.encoder.family, inputs[key])
    generator = torch.Generator().manual_seed(stable_seed(desk.seed, record.record_id, name))
    return scale.picture(pgd(ready.policy, inputs[key], scale, how, generator))


@dataclass(frozen=True)
class Pixels:
    """Between a processor's `pixel_values` [1, 3, H, W] and intensities from 0 to 1."""

    mean: Tensor
    deviation: Tensor

    @classmethod
    def of(cls, family: Any, inputs: Mapping[str, Tensor]) -> Pixels:
        """A processor's own numbers. Errors: Unsupported for one that cuts pictures into pieces of its own."""
        processor, pixels = family.processor.image_processor, inputs.get("pixel_values")
        if pixels is None or pixels.dim() != 4 or len(pixels) != 1 or pixels.shape[1] != 3:
            raise Unsupported(f"an attack needs pixel_values of the shape [1, 3, H, W]; this processor gives {None if pixels is None else list(pixels.shape)}")
        numbers = (processor.image_mean, processor.image_std) if getattr(processor, "do_normalize", True) else ([0.0] * 3, [1.0] * 3)
        return cls(*(torch.tensor(one, dtype=torch.float32).view(1, 3, 1, 1) for one in numbers))

    def picture(self, intensities: Tensor) -> Image.Image:
        """An image of eight bits."""
        return Image.fromarray((intensities[0].permute(1, 2, 0).clamp(0, 1) * 255).round().byte().numpy())


def pgd(policy: Policy, inputs: Mapping[str, Tensor], scale: Pixels, how: Strength, generator: torch.Generator) -> Tensor:
    """Intensities [1, 3, H, W] whose features lie as far as possible from the picture's own.

        x <- bound(x + a · sign(d |f(x) - f(x0)|² / dx)),  a = 2.5 epsilon / steps

    Source: projected gradient ascent, arXiv 1706.06083; for vision-language models the whole output of the tower is the target.
    """
    device = policy.backbone.device
    start = (inputs["pixel_values"].float() * scale.deviation + scale.mean).clamp(0, 1)
    own = features(policy, inputs, start, scale, device).detach()
    change = how.bounded((torch.rand(start.shape, generator=generator) * 2 - 1) * how.epsilon / 255)
    for _ in range(how.steps):
        change = change.detach().requires_grad_()
        far = (features(policy, inputs, start + change, scale, device) - own).square().sum()
        slope = torch.autograd.grad(far, change)[0]
        step = 2.5 * how.epsilon / 255 / how.steps
        change = how.bounded(change.detach() + step * slope.sign())
        change = (start + change).clamp(0, 1) - start
    return (start + change).detach()


def features(policy: Policy, inputs: Mapping[str, Tensor], intensities: Tensor, scale: Pixels, device: torch.device) -> Tensor:
    """All that the tower says of a picture, as one vector."""
    pixels = ((intensities - scale.mean) / scale.deviation).to(device, inputs["pixel_values"].dtype)
    found = encode(policy.backbone, {"picture": {**{name: value.to(device) for name, value in inputs.items()}, "pixel_values": pixels}})
    return torch.cat([leaf.reshape(-1) for leaf in leaves(found)]).float().cpu()
