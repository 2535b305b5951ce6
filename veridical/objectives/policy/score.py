"""Algorithms without a critic: REINFORCE and its kin."""

from __future__ import annotations

import math

from veridical.objectives.online.after import Alive, Whiten, WithoutOutliers
from veridical.objectives.online.algorithm import Algorithm, Alias, Draws
from veridical.objectives.online.credit import GroupDeviation, Immediate, ToGo, Whole, greedy, mean_of_group, mean_of_others, none
from veridical.objectives.online.divergence import Penalty, k1
from veridical.objectives.online.gather import Sequences, Sums, Tokens
from veridical.objectives.online.loss import Improve
from veridical.objectives.online.surrogate import Clip, LogLikelihood, sequence_sum

reinforce = Algorithm(
    "reinforce", "Williams 1992", ToGo(none), (Improve(LogLikelihood(), Sums()),), draws=Draws(group=1), penalty=Penalty(0.01, k1), after=(Whiten(),),
    note="what is earned from a token on, whitened over the step",
)  # fmt: skip

rloo = Algorithm(
    "rloo", "arXiv:2402.14740", Whole(mean_of_others), (Improve(Clip(0.2, 0.2, level=sequence_sum), Sequences()),), draws=Draws(group=4), penalty=Penalty(0.05, k1),
    note="the ratio of whole responses is clipped, as in TRL; for long responses use rloo_token",
)  # fmt: skip

rloo_token = Algorithm(
    "rloo_token", "arXiv:2402.14740", Whole(mean_of_others), (Improve(Clip(0.2, 0.2), Tokens()),), draws=Draws(group=4), penalty=Penalty(0.01, k1),
    note="the ratio of each token is clipped, as in verl and OpenRLHF",
    aliases=(Alias("lmm_r1_rloo", "arXiv:2503.07536", "LMM-R1 as the survey reads it; its scripts use reinforce_pp_baseline, and PPO for geometry"),),
)  # fmt: skip

reinforce_pp = Algorithm(
    "reinforce_pp", "arXiv:2501.03262", ToGo(none), (Improve(Clip(0.2, 0.2), Tokens()),), draws=Draws(group=1), penalty=Penalty(0.01, k1), after=(Whiten(),),
    note="penalties per token, advantages whitened over all tokens of the step",
)  # fmt: skip

reinforce_pp_baseline = Algorithm(
    "reinforce_pp_baseline", "arXiv:2501.03262", ToGo(mean_of_group), (Improve(Clip(0.2, 0.2), Tokens()),), draws=Draws(group=16), penalty=Penalty(0.001, k1), after=(Whiten(),),
    note="the group's mean is subtracted before whitening; penalties have no baseline, as in OpenRLHF",
    aliases=(Alias("lmm_r1", "arXiv:2503.07536", "LMM-R1's scripts: reward 0.5 format + accuracy, first on text-only mathematics, then multimodal"),),
)  # fmt: skip

remax = Algorithm(
    "remax", "arXiv:2310.10505", Immediate(greedy, most=5.0), (Improve(LogLikelihood(), Tokens()),), draws=Draws(group=1, greedy=True), penalty=Penalty(0.1, k1),
    note="the likeliest response's reward is the baseline; a token's penalty is its own alone, as in the authors' code",
)  # fmt: skip

gpg = Algorithm(
    "gpg", "arXiv:2504.02546", Whole(mean_of_group), (Improve(LogLikelihood(), Tokens()),), after=(Alive(),),
    note="no ratio, no divergence; groups without a difference do not dilute the rest",
)  # fmt: skip

gpg_scaled = Algorithm(
    "gpg_scaled", "arXiv:2504.02546", Whole(mean_of_group, GroupDeviation(1e-5)), (Improve(LogLikelihood(), Tokens()),), after=(Alive(),),
    note="divided by the group's deviation too, as in the authors' multimodal branch",
)  # fmt: skip

stable_reinforce = Algorithm(
    "stable_reinforce", "arXiv:2505.02835", ToGo(none), (Improve(Clip(0.2, 0.2, before=math.log(1000.0)), Sequences()),), draws=Draws(group=1), penalty=Penalty(0.001, k1),
    after=(WithoutOutliers(3.0),), note="R1-Reward: log-ratios bounded before the exponential, advantages beyond three deviations dropped",
)  # fmt: skip

stable_reinforce_code = Algorithm(
    "stable_reinforce_code", "arXiv:2505.02835", ToGo(none), (Improve(Clip(0.2, 0.2, before=math.log(1000.0)), Sequences()),), draws=Draws(group=1), penalty=Penalty(0.001, k1),
    after=(WithoutOutliers(3.0, raw=True),), note="the window lies around the mean before whitening, as in the authors' code",
)  # fmt: skip
