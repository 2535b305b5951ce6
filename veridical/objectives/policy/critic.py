"""Algorithms with a critic."""

from __future__ import annotations

from veridical.objectives.online.after import Whiten
from veridical.objectives.online.algorithm import Algorithm, Draws
from veridical.objectives.online.beside import ValueModel
from veridical.objectives.online.credit import Estimated
from veridical.objectives.online.divergence import Adaptive, Penalty, k1, k1_positive
from veridical.objectives.online.gather import Fixed, Tokens
from veridical.objectives.online.loss import Expect, Improve
from veridical.objectives.online.shape import Clamped, Long, Times, Unfinished
from veridical.objectives.online.surrogate import Clip

ppo = Algorithm(
    "ppo", "arXiv:1707.06347", Estimated(gamma=1.0, lam=0.95), (Improve(Clip(0.2, 0.2), Tokens()), Expect(clip=0.2, weight=0.1)),
    draws=Draws(group=1), penalty=Penalty(0.02, k1, Adaptive(target=0.1)), after=(Whiten(),), critic=True,
    updates=2, batches=2, note="critic on the policy's own hidden states; the divergence is steered",
)  # fmt: skip

ppo_separate = Algorithm(
    "ppo_separate", "arXiv:2412.15838", Estimated(gamma=1.0, lam=0.95), (Improve(Clip(0.2, 0.2), Tokens()),),
    draws=Draws(group=1), shapes=(Clamped(50.0),), penalty=Penalty(0.02, k1), beside=ValueModel(bound=5.0, lr=5e-6),
    note="critic of its own, advantages not whitened, as align-anything; where 16 times the likelihood of supervised records is learnt beside it, which this leaves out",
)  # fmt: skip

fact_rlhf = Algorithm(
    "fact_rlhf", "arXiv:2309.14525", Estimated(gamma=1.0, lam=1.0), (Improve(Clip(0.2, 0.2), Fixed(), name="policy"), Expect(clip=0.2, weight=0.1, how=Fixed())),
    draws=Draws(group=1), shapes=(Unfinished(-8.0), Long(10.0), Times(10.0)), penalty=Penalty(1.0, k1_positive), after=(Whiten(padded=True),),
    critic=True, updates=2, batches=2,
    note="LLaVA-RLHF: -8 unless it ended by itself, -10 times the length's share of the limit, both and the penalty of 0.1 times 10; "
    "padding counts in whitening and in the mean, as in the authors' code; correctness (2.0 times `caption_type`'s symbolic rule) is a reward of the recipe",
)  # fmt: skip
