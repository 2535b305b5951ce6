"""Readings that ask what the picture does to each token: guidance, visual weights, and the model's own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from veridical.objectives.reading import values
from veridical.objectives.view import Scores, View


@dataclass(frozen=True)
class Guided:
    """sum_t (gamma s_t(picture) - (gamma - 1) sg s_t(blank) - ref_t): classifier-free guidance inside the log-probability.

    Equals r + (gamma - 1)(S(picture) - sg S(blank)). The blank picture is read by the policy as it is (`own`), or by the
    reference.
    """

    gamma: float = 1.5
    own: bool = False
    relative: ClassVar[bool] = True
    requests: ClassVar[tuple[str, ...]] = ()

    def views(self, view: View) -> tuple[View, ...]:
        """The view and its response without a picture."""
        return (view, View(view.response, "blank"))

    def __call__(self, batch: Mapping[View, Scores], view: View) -> Tensor:
        own, blank = batch[view], batch[View(view.response, "blank")]
        unseen = (blank.policy if self.own else blank.reference).detach()
        return masked_sum(own, values(own, True) + (self.gamma - 1) * (own.policy - unseen))

    def text(self, view: str) -> str:
        """The reading as a symbol."""
        return f"(r({view}) + {self.gamma - 1:g} (S({view}) − sg S({view.split('@')[0]}@blank)))"


@dataclass(frozen=True)
class Visual:
    """sum_t (s_t + log c_t - the reference's own), c_t = sigma(u_t) + 0.5, u_t = z(y_t | picture) - z(y_t | corrupted).

    z is the raw logit of the token. With `against` c_t = 1.5 - sigma(u_t), for the side that is lowered. c = 1 where the
    picture does not matter; the gradient flows through both passes.
    """

    against: bool = False
    relative: ClassVar[bool] = True
    requests: ClassVar[tuple[str, ...]] = ("logit", "reference_logit")

    def views(self, view: View) -> tuple[View, ...]:
        """The view and its response under the corrupted picture."""
        return (view, View(view.response, "corrupted"))

    def __call__(self, batch: Mapping[View, Scores], view: View) -> Tensor:
        own, noisy = batch[view], batch[View(view.response, "corrupted")]
        ours = self.bonus(own.outputs["logit"] - noisy.outputs["logit"])
        theirs = self.bonus(own.outputs["reference_logit"] - noisy.outputs["reference_logit"]).detach()
        return masked_sum(own, values(own, True) + ours - theirs)

    def bonus(self, u: Tensor) -> Tensor:
        """log c_t, [B, T]."""
        return (1.5 - u.sigmoid() if self.against else u.sigmoid() + 0.5).log()

    def text(self, view: str) -> str:
        """The reading as a symbol."""
        return f"(r + Σ log {'(1.5 − σ(u))' if self.against else '(σ(u) + 0.5)'})({view})"


@dataclass(frozen=True)
class RunnerUp:
    """sum_t max_{v != y_t} log p(v), policy minus reference: the likeliest words other than the written ones, each model's own."""

    relative: ClassVar[bool] = True
    requests: ClassVar[tuple[str, ...]] = ("runner_up", "reference_runner_up")

    def views(self, view: View) -> tuple[View, ...]:
        """The view."""
        return (view,)

    def __call__(self, batch: Mapping[View, Scores], view: View) -> Tensor:
        own = batch[view]
        return masked_sum(own, own.outputs["runner_up"] - own.outputs["reference_runner_up"].detach())

    def text(self, view: str) -> str:
        """The reading as a symbol."""
        return f"r(likeliest other words | {view})"


@dataclass(frozen=True)
class OwnWords:
    """sum_t log p(a_t | picture), policy minus reference, a_t the policy's likeliest token at the same place under the corrupted picture.

    Both models score the same tokens, and the choice of tokens carries no gradient.
    """

    relative: ClassVar[bool] = True
    requests: ClassVar[tuple[str, ...]] = ("own_words", "reference_own_words")

    def views(self, view: View) -> tuple[View, ...]:
        """The view, and its response under the corrupted picture, where the words come from."""
        return (view, View(view.response, "corrupted"))

    def __call__(self, batch: Mapping[View, Scores], view: View) -> Tensor:
        own = batch[view]
        return masked_sum(own, own.outputs["own_words"] - own.outputs["reference_own_words"].detach())

    def text(self, view: str) -> str:
        """The reading as a symbol."""
        return f"r(own words for {view}@corrupted | {view})"


def masked_sum(own: Scores, tokens: Tensor) -> Tensor:
    """Sum over the view's tokens, [B]."""
    return torch.where(own.mask, tokens, 0.0).sum(-1)
