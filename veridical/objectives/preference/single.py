"""Methods that judge each response by itself: they also take unpaired data (responses with a label)."""

from __future__ import annotations

from veridical.objectives.link import OneMinusSigmoid, Squared
from veridical.objectives.method import Method
from veridical.objectives.scalar import WinRate
from veridical.objectives.statistic import Mismatched, RunningMean
from veridical.objectives.term import Imitate, Prefer
from veridical.objectives.transport import Quantiles
from veridical.objectives.view import CHOSEN, REJECTED

BOUNDED = OneMinusSigmoid()

kto = Method(
    "kto", "arXiv:2402.01306",
    (Prefer(CHOSEN, margin=Mismatched(sign=1.0), link=BOUNDED), Prefer(None, REJECTED, margin=Mismatched(sign=-1.0), link=BOUNDED)),
    note="z: mean over the whole step of r of another record's chosen response after this prompt; weights of the two terms are lambda_D and lambda_U",
)  # fmt: skip

bco = Method(
    "bco", "arXiv:2404.04656",
    (Prefer(CHOSEN, margin=RunningMean(sign=1.0)), Prefer(None, REJECTED, margin=RunningMean(sign=-1.0))),
    note="running mean of the rewards as in TRL up to 0.24; the density-ratio weights of the paper are not part of it",
)  # fmt: skip

bco_no_shift = Method("bco_no_shift", "arXiv:2404.04656", (Prefer(CHOSEN), Prefer(None, REJECTED)), note="BCO without the running mean: TRL 1.16's bco_pair")

nca = Method(
    "nca", "arXiv:2402.05369",
    (Prefer(CHOSEN, beta=0.01), Prefer(None, CHOSEN, beta=0.01, weight=0.5), Prefer(None, REJECTED, beta=0.01, weight=0.5)),
    note="two responses; keeps the chosen likelihood from falling",
)  # fmt: skip

apo_zero = Method(
    "apo_zero", "arXiv:2408.06266", (Prefer(CHOSEN, link=BOUNDED), Prefer(None, REJECTED, link=BOUNDED)), note="when chosen responses are better than the policy's own; KTO with z = 0"
)

apo_down = Method(
    "apo_down", "arXiv:2408.06266", (Prefer(None, CHOSEN, link=BOUNDED), Prefer(CHOSEN, REJECTED, link=BOUNDED)), note="when even chosen responses are worse than the policy's own"
)

sppo = Method(
    "sppo", "arXiv:2405.00675",
    (
        Prefer(CHOSEN, beta=1.0, margin=WinRate(0.001), link=Squared(), weight=0.5),
        Prefer(REJECTED, beta=1.0, margin=WinRate(0.001, loses=True), link=Squared(), weight=0.5),
    ),
    note="P from a judge (the pair's `probability`), else 1 and 0; the settings' beta is eta's inverse; TRL's sppo_hard leaves out the half",
)  # fmt: skip

aot = Method("aot", "arXiv:2406.05882", (Quantiles(paired=True),), note="paired: sorted differences of policy against sorted differences of reference; over the whole step")

aot_unpaired = Method("aot_unpaired", "arXiv:2406.05882", (Quantiles(paired=False),), note="sorted chosen rewards against sorted rejected rewards; over the whole step")

mpo = Method(
    "mpo", "arXiv:2411.10442",
    (
        Prefer(CHOSEN, REJECTED, weight=0.8),
        Prefer(CHOSEN, margin=RunningMean(sign=1.0), weight=0.2),
        Prefer(None, REJECTED, margin=RunningMean(sign=-1.0), weight=0.2),
        Imitate(CHOSEN),
    ),
    note="InternVL's mixture of DPO, BCO and the chosen response's likelihood; InternVL 3.5 has no running mean",
)  # fmt: skip
