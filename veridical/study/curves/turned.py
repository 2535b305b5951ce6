"""An algorithm turned against its reward: the control that a gain has to lose."""

from __future__ import annotations

from dataclasses import dataclass, replace

from torch import Tensor

from veridical.objectives.online.algorithm import Algorithm
from veridical.objectives.online.credit import Certain
from veridical.objectives.online.loss import Contest, Distil
from veridical.objectives.online.rollouts import Rollouts


@dataclass(frozen=True)
class Turned:
    """Every advantage with the other sign."""

    def __call__(self, advantages: Tensor, rollouts: Rollouts) -> Tensor:
        return -advantages


def turned(algorithm: Algorithm) -> Algorithm:
    """The algorithm with its advantages' sign turned; where it weighs no advantages, with the sign of what it imitates, compares or follows."""
    if isinstance(algorithm.credit, Certain) and any(isinstance(one, Contest | Distil) for one in algorithm.losses):
        return replace(algorithm, losses=tuple(replace(one, weight=-one.weight) if isinstance(one, Contest | Distil) else one for one in algorithm.losses))
    return replace(algorithm, after=(*algorithm.after, Turned()))
