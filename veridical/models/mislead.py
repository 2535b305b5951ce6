"""Pictures attacked through the whole model: so that it stops saying a text, or says it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from PIL import Image
from torch import Tensor

from veridical.models.attack import Strength, strongest
from veridical.models.backbone import Unsupported
from veridical.models.encoder import Encoder
from veridical.models.forest import Forest
from veridical.models.pictures import encode
from veridical.models.pixels import Pixels
from veridical.models.planting import Place, Planting
from veridical.models.policy import Policy, evaluating
from veridical.models.shown import Open, media_ids, stable_seed
from veridical.records.record import Record

LEEWAY = 0.51
"""255ths of the range by which a processor may read a stored picture otherwise: what it adds by rounding."""


@dataclass(frozen=True)
class Aim:
    """What an attack on a record's pictures is after."""

    record: Record
    text: str
    """A response to its prompt."""
    sought: bool = False
    """Whether the model is to say the text; else it is to stop saying it."""


@dataclass(frozen=True)
class Volley:
    """Aims that are pursued together: each has a tree of its own, and pictures of its own."""

    policy: Policy
    forest: Forest
    places: tuple[Place, ...]
    """Where each aim's text is."""
    signs: Tensor
    keys: tuple[str, ...]
    owners: Tensor
    """Which aim each picture belongs to."""
    scales: tuple[Pixels, ...]

    def starts(self) -> list[Tensor]:
        """The pictures as they are, in the size in which the tower reads them."""
        return [scale.intensities(self.forest.pictures[key]["pixel_values"]) for key, scale in zip(self.keys, self.scales, strict=True)]

    def gain(self, intensities: Sequence[Tensor]) -> Tensor:
        """For each picture log p(text) of its aim where the text is sought, else -log p(text), in nats."""
        device = self.policy.backbone.device
        seen = {}
        for key, scale, one in zip(self.keys, self.scales, intensities, strict=True):
            inputs = self.forest.pictures[key]
            seen[key] = {**{name: value.to(device) for name, value in inputs.items()}, "pixel_values": scale.values(one).to(device)}
        pieces = self.forest.split(self.policy(self.forest, features=encode(self.policy.backbone, seen)).logp)
        said = torch.stack([pieces[place.tree][place.segment].sum() for place in self.places]).cpu()
        return (self.signs * said)[self.owners]


def volley(policy: Policy, encoder: Encoder, open_: Open, aims: Sequence[Aim]) -> Volley:
    """Aims as one forest. Errors: EncodeError; Unsupported for a processor that cuts pictures into pieces, and for a model in half precision."""
    if any(parameter.dtype not in (torch.float32, torch.float64) for parameter in policy.parameters()):
        raise Unsupported("the model is in half precision, in which most gradients of pixels are zero; attack it with precision=float32")
    planting, places, keys, owners = Planting(replace(encoder, seen={})), [], [], []
    for number, aim in enumerate(aims):
        names = media_ids(aim.record)
        own = [f"{number}/{name}" for name in names]
        places.append(planting.plant(f"{number}/{aim.record.record_id}", aim.record.prompt, "aim", aim.text, [open_(aim.record, name) for name in names], own))
        keys += list(dict.fromkeys(own))
        owners += [number] * len(set(own))
    forest = planting.forest
    if unlike := set(keys) - set(forest.pictures):
        raise Unsupported(f"the processor reads the pictures of one prompt together ({min(unlike)}); only pictures that are read each for itself can be attacked")
    scales = tuple(Pixels.of(encoder.family, forest.pictures[key]) for key in keys)
    return Volley(policy, forest, tuple(places), torch.tensor([1.0 if aim.sought else -1.0 for aim in aims]), tuple(keys), torch.tensor(owners), scales)


def mislead(policy: Policy, encoder: Encoder, open_: Open, aims: Sequence[Aim], how: Strength, seed: int = 0) -> list[dict[str, Image.Image]]:
    """For each aim the attacked pictures of its prompt by media id, of 8 bits and in the size in which the tower reads them.

    Without dropout. The randomness of a picture is its own: neither the other aims nor their order change it.
    Errors: EncodeError; Unsupported, also where the processor would not read the attacked picture as it is.
    """
    with evaluating(policy):
        found = volley(policy, encoder, open_, aims)
        seeds = [stable_seed(seed, aims[owner].record.record_id, key.partition("/")[2]) for key, owner in zip(found.keys, found.owners.tolist(), strict=True)]
        generators = [torch.Generator().manual_seed(one) for one in seeds]
        struck = strongest(found.gain, found.starts(), how, generators)
    pictures: list[dict[str, Image.Image]] = [{} for _ in aims]
    for key, owner, scale, one in zip(found.keys, found.owners.tolist(), found.scales, struck, strict=True):
        pictures[owner][key.partition("/")[2]] = stored(encoder, scale, one)
    return pictures


def stored(encoder: Encoder, scale: Pixels, intensities: Tensor) -> Image.Image:
    """The picture of 8 bits. Errors: Unsupported where the processor reads it otherwise than it was attacked."""
    picture = scale.picture(intensities)
    again = scale.intensities(encoder.process([picture])[0]["pixel_values"])
    apart = float((again - intensities).abs().max()) * 255 if again.shape == intensities.shape else float("inf")
    if apart > LEEWAY:
        size = f"{picture.width}x{picture.height}"
        raise Unsupported(f"the processor does not read a picture of {size} as it is ({apart:.2f} of 255 apart); the attack would not arrive as it was made")
    return picture
