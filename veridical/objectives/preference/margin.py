"""DPO with a margin, a beta or a weight of each pair's own. All subtract a reference."""

from __future__ import annotations

from veridical.objectives.method import Method
from veridical.objectives.scalar import DriftGap, FromMargin, LengthGap, OnPolicy, Shortfall
from veridical.objectives.statistic import Gaps, Kept, StepBeta
from veridical.objectives.term import Imitate, Prefer
from veridical.objectives.view import CHOSEN, REJECTED

r_dpo = Method("r_dpo", "arXiv:2403.19159", (Prefer(CHOSEN, REJECTED, margin=LengthGap(0.02)),), note="a longer winner gets a margin, hence less push")

dpop = Method(
    "dpop", "arXiv:2402.13228", (Prefer(CHOSEN, REJECTED, beta=0.3, margin=Shortfall(0.3, 50.0)),),
    note="the chosen response's fall below the reference counts inside the logistic; the authors' repository has no code",
)  # fmt: skip

tdpo1 = Method(
    "tdpo1", "arXiv:2404.11999", (Prefer(CHOSEN, REJECTED, margin=DriftGap(alpha=1.0, held=False)),), note="token-level KL of both responses, with gradient on both sides"
)

tdpo2 = Method("tdpo2", "arXiv:2404.11999", (Prefer(CHOSEN, REJECTED, margin=DriftGap(alpha=0.5)),), note="alpha of the KL gap, the chosen side without gradient")

beta_dpo = Method(
    "beta_dpo", "arXiv:2407.08639", (Prefer(CHOSEN, REJECTED, beta=StepBeta(), sample=Kept()),),
    note="beta follows the step's mean difference; 80% of the pairs are kept, drawn near the moving mean; over the whole step, not the micro-batch",
)  # fmt: skip

wpo = Method(
    "wpo", "arXiv:2406.11827", (Prefer(CHOSEN, REJECTED, beta=0.01, sample=OnPolicy()),), note="pairs weigh as the policy would write them; TRL 1.16 leaves out the min(1, ·): clamped=false"
)

mm_dpo = Method(
    "mm_dpo", "arXiv:2502.10391", (Prefer(CHOSEN, REJECTED, beta=FromMargin()), Imitate(CHOSEN, weight=0.25)),
    note="beta grows with the reward model's margin of the pair, as in the paper; all pairs of a ranking",
)  # fmt: skip

mm_dpo_code = Method(
    "mm_dpo_code", "arXiv:2502.10391",
    (Prefer(CHOSEN, REJECTED, beta=StepBeta(strength=0.1, kept=Kept(0.8, Gaps(momentum=0.0)))), Imitate(CHOSEN, weight=0.25)),
    note="what the released code does by default: one beta for the batch, from the difference of a drawn 80% to the batch's own mean; the margin is not read",
)  # fmt: skip
