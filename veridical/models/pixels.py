"""Where every number of a processor's `pixel_values` comes from, found out by showing it pictures that spell their own positions.

Processors normalise, cut into patches, order by windows and repeat for time; whatever they do, if each number is one intensity times
a factor plus a constant, then gradients can go back through it. No list of families says which do.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import torch
from PIL import Image
from torch import Tensor

from veridical.models.backbone import Unsupported
from veridical.models.families.processor import Family, tensors
from veridical.models.forest import Inputs

LEEWAY = 0.01
"""How far a number may lie from the one that was spelled, as a share of the range."""
GRIDS = ("image_grid_thw", "spatial_shapes")
"""Inputs that say how many patches stand below and beside each other, last."""


@dataclass(frozen=True)
class Pixels:
    """Between `pixel_values` and intensities [1, 3, H, W] from 0 to 1: value = gain · intensity[source] + offset."""

    width: int
    height: int
    shape: torch.Size
    """Of `pixel_values`."""
    source: Tensor
    """Place of each value's intensity among the flattened ones; 0 where `gain` is 0 (padding)."""
    gain: Tensor
    offset: Tensor

    @classmethod
    def of(cls, family: Family, inputs: Inputs) -> Pixels:
        """For a picture that was processed to `inputs`: the size at which the processor reads every pixel as it is, and what it makes of each.

        Errors: Unsupported for a processor that has no such size (it adds a smaller copy, or resizes what has its own size).
        """
        values, known = inputs.get("pixel_values"), KNOWN.setdefault(family.processor, {})
        for size in sizes(family, inputs) if values is not None else ():
            if size not in known:
                known[size] = spelled(family, *size)
            if (found := known[size]) is not None and found.shape == values.shape:
                return found
        shape = None if values is None else list(values.shape)
        raise Unsupported(
            f"no gradient can go back through this processor: its pixel_values {shape} are not the pixels of one picture in another order; "
            "attack another model and show its pictures to this one"
        )

    def values(self, intensities: Tensor) -> Tensor:
        """The processor's numbers."""
        return (self.gain * intensities.reshape(-1)[self.source] + self.offset).reshape(self.shape)

    def intensities(self, values: Tensor) -> Tensor:
        """What the processor's numbers mean, within [0, 1]."""
        used = self.gain != 0
        found = torch.zeros(3 * self.height * self.width)
        found[self.source[used]] = ((values.float().reshape(-1) - self.offset) / self.gain)[used]
        return found.clamp(0, 1).view(1, 3, self.height, self.width)

    def picture(self, intensities: Tensor) -> Image.Image:
        """An image of eight bits."""
        return Image.fromarray((intensities[0].permute(1, 2, 0).clamp(0, 1) * 255).round().byte().numpy())


KNOWN: MutableMapping[Any, dict[tuple[int, int], Pixels | None]] = WeakKeyDictionary()
"""What was found out, by processor and size."""


def sizes(family: Family, inputs: Inputs) -> Iterator[tuple[int, int]]:
    """Widths and heights at which the processor may read every pixel as it is: that of its tensor, or of its grid of patches."""
    values = inputs["pixel_values"]
    if values.dim() > 3:
        yield values.shape[-1], values.shape[-2]
    patch = getattr(family.image_processor, "patch_size", None)
    side = patch if isinstance(patch, int) else next(iter(patch.values()), None) if isinstance(patch, dict) else None
    for name in GRIDS:
        if name in inputs and side:
            rows, columns = inputs[name].reshape(-1).tolist()[-2:]
            yield columns * side, rows * side


def spelled(family: Family, width: int, height: int) -> Pixels | None:
    """What the processor makes of pictures of a size; None where it is more than an order, factors and constants.

    Black and white tell constant and factor of each number. Then the intensities spell their own places in binary, a digit a picture.
    """
    places = torch.arange(3 * width * height)
    black, white = (read(family, torch.full_like(places, value), width, height) for value in (0, 1))
    if black is None or white is None or black.shape != white.shape:
        return None
    offset, gain = black.reshape(-1), (white - black).reshape(-1)
    source = torch.zeros(len(offset), dtype=torch.long)
    for digit in range(len(places).bit_length()):
        seen = read(family, places >> digit & 1, width, height)
        if seen is None or seen.shape != black.shape:
            return None
        share = torch.where(gain == 0, 0, (seen.reshape(-1) - offset) / torch.where(gain == 0, 1, gain))
        if ((share - share.round()).abs() > LEEWAY).any() or share.round().min() < 0 or share.round().max() > 1:
            return None
        source += share.round().long() << digit
    return Pixels(width, height, black.shape, source, gain, offset) if int(source.max()) < len(places) else None


def read(family: Family, bits: Tensor, width: int, height: int) -> Tensor | None:
    """`pixel_values` of a picture whose intensities [3 · H · W] are 0 or 1."""
    pixels = (bits * 255).byte().view(3, height, width).permute(1, 2, 0)
    found = tensors(family.read([Image.fromarray(pixels.contiguous().numpy())])[0], frozenset({"pixel_values"}))
    return found["pixel_values"].float() if "pixel_values" in found else None
