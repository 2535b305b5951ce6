"""Common corruptions at five strengths each."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from veridical.records.corrupt import CorruptionError

SIDE = 224
"""Shorter side, in pixels, of the pictures for which the published lengths are meant."""
IMAGENET_C = "ImageNet-C, arXiv 1903.12261; hendrycks/robustness, ImageNet-C/imagenet_c/imagenet_c/corruptions.py"


@dataclass(frozen=True)
class Ladder:
    """An operator with five settings, each worse than the one before."""

    name: str
    op: str
    steps: tuple[Mapping[str, Any], ...]
    lengths: bool = False
    """Whether settings are lengths: then the operator is also told at which side they are meant."""
    extra: bool = False
    """Not among ImageNet-C's fifteen: held out there for tuning."""
    source: str = IMAGENET_C

    def at(self, strength: int, side: int = SIDE) -> dict[str, Any]:
        """The operator with the settings of a strength from 1 to 5. Errors: CorruptionError."""
        if not 1 <= strength <= len(self.steps):
            raise CorruptionError(f"{self.name}: strength {strength}; expected from 1 to {len(self.steps)}")
        return {"op": self.op, **self.steps[strength - 1], **({"side": side} if self.lengths else {})}


def each(setting: str, values: Sequence[Any]) -> tuple[Mapping[str, Any], ...]:
    """One setting's five values."""
    return tuple({setting: value} for value in values)


def together(first: str, second: str, values: Sequence[tuple[Any, Any]]) -> tuple[Mapping[str, Any], ...]:
    """Two settings' five values."""
    return tuple({first: one, second: other} for one, other in values)


LADDERS: Mapping[str, Ladder] = MappingProxyType(
    {
        one.name: one
        for one in (
            Ladder("gaussian_noise", "gaussian_noise", each("std", (0.08, 0.12, 0.18, 0.26, 0.38))),
            Ladder("shot_noise", "shot_noise", each("photons", (60, 25, 12, 5, 3))),
            Ladder("impulse_noise", "impulse_noise", each("share", (0.03, 0.06, 0.09, 0.17, 0.27))),
            Ladder("defocus_blur", "defocus_blur", together("radius", "soft", ((3, 0.1), (4, 0.5), (6, 0.5), (8, 0.5), (10, 0.5))), lengths=True),
            Ladder("motion_blur", "motion_blur", together("reach", "deviation", ((10, 3), (15, 5), (15, 8), (15, 12), (20, 15))), lengths=True),
            Ladder("zoom_blur", "zoom_blur", together("most", "step", ((1.1, 0.01), (1.15, 0.01), (1.2, 0.02), (1.24, 0.02), (1.3, 0.03)))),
            Ladder("fog", "fog", together("thick", "decay", ((1.5, 2.0), (2.0, 2.0), (2.5, 1.7), (2.5, 1.5), (3.0, 1.4)))),
            Ladder("brightness", "brightness", each("more", (0.1, 0.2, 0.3, 0.4, 0.5))),
            Ladder("contrast", "contrast", each("left", (0.4, 0.3, 0.2, 0.1, 0.05))),
            Ladder("pixelate", "pixelate", each("share", (0.6, 0.5, 0.4, 0.3, 0.25)), lengths=True),
            Ladder("jpeg", "jpeg", each("quality", (25, 18, 15, 10, 7))),
            Ladder("speckle_noise", "speckle_noise", each("std", (0.15, 0.2, 0.35, 0.45, 0.6)), extra=True),
            Ladder("gaussian_blur", "gaussian_blur", each("radius", (1, 2, 3, 4, 6)), lengths=True, extra=True),
        )
    }
)
"""Every ladder by name. Of ImageNet-C's fifteen glass blur, snow, frost and elastic transform are not here."""


def ladder(name: str) -> Ladder:
    """A ladder by name. Errors: CorruptionError with the nearest."""
    if name not in LADDERS:
        near = difflib.get_close_matches(name, LADDERS, 1)
        raise CorruptionError(f"unknown common corruption {name!r}; " + (f"did you mean {near[0]!r}?" if near else f"there are {', '.join(LADDERS)}"))
    return LADDERS[name]
