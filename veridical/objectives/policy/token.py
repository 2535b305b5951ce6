"""Algorithms with credit for single tokens from a model that learns beside the policy."""

from __future__ import annotations

from veridical.objectives.online.after import Whiten
from veridical.objectives.online.algorithm import Algorithm, Draws
from veridical.objectives.online.beside import ImplicitProcess, TokenReward
from veridical.objectives.online.credit import Process, Whole, mean_of_others
from veridical.objectives.online.divergence import k3
from veridical.objectives.online.gather import Side, Tokens
from veridical.objectives.online.keep import OneOfEach, Within
from veridical.objectives.online.loss import Improve, Stay
from veridical.objectives.online.shape import UnfinishedIs
from veridical.objectives.online.surrogate import Clip, Cloned, Unlearnt

prime = Algorithm(
    "prime", "arXiv:2502.01456", Process(), (Improve(Clip(0.2, 0.2), Tokens()),), draws=Draws(group=4, tries=4), keep=(Within(0.2, 0.8),), after=(Whiten(),),
    beside=ImplicitProcess(), note="process rewards from a model that learns which answers are right, on the same rollouts",
)  # fmt: skip

oreal = Algorithm(
    "oreal", "arXiv:2502.06781", Whole(mean_of_others),
    (Improve(Cloned(), Side(True), 1.0, "right"), Improve(Unlearnt(), Side(False), 0.5, "wrong"), Stay(0.01, k3, how=Tokens())),
    draws=Draws(group=16), shapes=(UnfinishedIs(-1.0),), keep=(OneOfEach(),), beside=TokenReward(),
    note="rewards are +1 and -1; right answers are imitated, wrong ones unlearnt, tokens weighed by a reward model of their own",
)  # fmt: skip
