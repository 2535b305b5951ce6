"""Algorithms that imitate what was best, compare best and worst, or follow a teacher."""

from __future__ import annotations

from veridical.objectives.link import Squared
from veridical.objectives.online.algorithm import Algorithm, Alias, Draws
from veridical.objectives.online.credit import Certain, Own
from veridical.objectives.online.divergence import Penalty, k1
from veridical.objectives.online.gather import Tokens
from veridical.objectives.online.keep import Above, Best, Spread
from veridical.objectives.online.loss import Contest, Distil, Improve
from veridical.objectives.online.surrogate import LogLikelihood

raft = Algorithm(
    "raft", "arXiv:2304.06767", Certain(), (Improve(LogLikelihood(), Tokens()),), keep=(Best(1),), note="the best response to each prompt is imitated",
    aliases=(Alias("best_of_n", "arXiv:2203.02155", "imitation of the best of N; to draw the best of N without training, curate with pairing off"),),
)  # fmt: skip

rest = Algorithm(
    "rest", "arXiv:2308.08998", Certain(), (Improve(LogLikelihood(), Tokens()),), keep=(Above(0.7),), updates=2,
    note="responses above a threshold are imitated, several times; thresholds that rise are rounds of this with `keep.0.threshold`",
)  # fmt: skip

star = Algorithm(
    "star", "arXiv:2203.14465", Certain(), (Improve(LogLikelihood(), Tokens()),), keep=(Above(0.5, "accuracy"), Spread("accuracy")),
    note="right answers are imitated with the reasoning that led to them; prompts that are always answered rightly teach nothing new",
)  # fmt: skip

online_dpo = Algorithm("online_dpo", "arXiv:2402.04792", Certain(), (Contest(0.1),), draws=Draws(group=2, temperature=0.9), note="best against worst of what the policy just wrote")

online_ipo = Algorithm("online_ipo", "arXiv:2402.04792", Certain(), (Contest(1.0, Squared(5.0)),), draws=Draws(group=2, temperature=0.9), note="the same with IPO's square: the difference is to reach 1 / (2 · 0.1)")

distil = Algorithm("distil", "arXiv:2306.13649", Certain(), (Distil(),), draws=Draws(group=1), note="the teacher's whole distribution on the student's own tokens; reference=model names the teacher")

distil_sampled = Algorithm(
    "distil_sampled", "arXiv:2306.13649", Own(), (Improve(LogLikelihood(), Tokens()),), draws=Draws(group=1), penalty=Penalty(1.0, k1),
    note="the sampled token's log-ratio is its advantage: cheaper, and noisier",
)  # fmt: skip
