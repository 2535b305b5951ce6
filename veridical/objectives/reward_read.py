"""Terms of reward models about what else is read: what a judge writes, signs of safety, steps, and a squeezed latent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from veridical.objectives.judged import Judged
from veridical.objectives.reward import mean_over_heads

Side = Literal["win", "lose", "all"]


@dataclass(frozen=True)
class Words:
    """-log pi of what the judge is to write (a critique, a verdict), mean over its tokens: of the better responses, of the worse, or of all.

    Source: MM-RLHF, arXiv 2502.10391, adds the means of both sides; a generative judge learns the right verdict ("win").
    """

    side: Side = "all"
    weight: float = 1.0

    @property
    def name(self) -> str:
        """Such as "words win"."""
        return f"words {self.side}"

    @property
    def formula(self) -> str:
        """The term in symbols."""
        return "NLL(words)" if self.side == "all" else f"NLL(words_{self.side[0]})"

    def places(self, batch: Judged) -> Tensor:
        """Which responses, each as often as it is compared."""
        sides = {"win": batch.win[~batch.tie], "lose": batch.lose[~batch.tie], "all": torch.arange(len(batch.words), device=batch.words.device)}
        return sides[self.side]

    def count(self, batch: Judged) -> float:
        """Tokens."""
        return float(batch.lengths[self.places(batch)].sum())

    def __call__(self, batch: Judged) -> Tensor:
        return -batch.words[self.places(batch)].sum()


@dataclass(frozen=True)
class Sign:
    """-log sigma(s c), mean over responses with a label: s = 1 for a harmful one, -1 for a safe one. Source: Safe RLHF, arXiv 2310.12773."""

    weight: float = 1.0
    name: ClassVar[str] = "sign"
    formula: ClassVar[str] = "−log σ(s c)"

    def count(self, batch: Judged) -> float:
        """Responses with a label."""
        return float((~batch.label.isnan()).sum())

    def __call__(self, batch: Judged) -> Tensor:
        known = ~batch.label.isnan()
        harmful = (1 - 2 * batch.label[known]).to(batch.scores.dtype)
        return -mean_over_heads(logsigmoid(harmful[:, None] * batch.scores[known])).sum()


@dataclass(frozen=True)
class Steps:
    """-y log sigma(z) - (1 - y) log sigma(-z), mean over steps whose worth y is known; z is the difference of the two labels' scores.

    With two labels only, this is cross-entropy over them; y may lie between. Source: Math-Shepherd, arXiv 2312.08935; OpenRLHF's PRMLoss.
    """

    weight: float = 1.0
    name: ClassVar[str] = "steps"
    formula: ClassVar[str] = "−y log σ(z) − (1 − y) log σ(−z) after each step"

    def count(self, batch: Judged) -> float:
        """Steps whose worth is known."""
        return float((~batch.worth.isnan()).sum())

    def __call__(self, batch: Judged) -> Tensor:
        known = ~batch.worth.isnan()
        worth, scores = batch.worth[known, None].to(batch.scores.dtype), batch.steps[known]
        return -mean_over_heads(worth * logsigmoid(scores) + (1 - worth) * logsigmoid(-scores)).sum()


@dataclass(frozen=True)
class Squeeze:
    """KL(N(mu, sigma²) || N(0, 1)) of the latent, mean over responses: summed over its dimensions, or (`of_means`) of their means.

    Source: InfoRM, arXiv 2402.09345. The paper sums over dimensions; miaoyuchun/InfoRM first averages mu and log sigma² over them.
    """

    of_means: bool = False
    weight: float = 1.0
    name: ClassVar[str] = "squeeze"
    formula: ClassVar[str] = "KL(N(μ, σ²) ‖ N(0, 1))"

    def count(self, batch: Judged) -> float:
        """Responses."""
        return float(len(batch.words))

    def __call__(self, batch: Judged) -> Tensor:
        if batch.latent is None:
            raise ValueError("the method squeezes a latent, and the model has none; set judging.latent to its size")
        latent = batch.latent.mean(-1, keepdim=True) if self.of_means else batch.latent
        mean, log_variance = latent[:, 0], latent[:, 1]
        return 0.5 * (mean.square() + log_variance.exp() - log_variance - 1).sum()
