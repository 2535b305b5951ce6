"""DPO's difference under other links, and with other readings of a response. All subtract a reference."""

from __future__ import annotations

from veridical.objectives.bend import Alpha, Bent, ForwardKL, JensenShannon
from veridical.objectives.link import Hinge, Logistic, Modulated, ReverseKL, Robust, Squared
from veridical.objectives.method import Method
from veridical.objectives.reading import MEAN, Reading
from veridical.objectives.term import Prefer
from veridical.objectives.view import CHOSEN, REJECTED

cdpo = Method("cdpo", "ericmitchell.ai/cdpo.pdf", (Prefer(CHOSEN, REJECTED, link=Logistic(0.1)),), note="a share of the labels is taken to be wrong: label smoothing")

robust_dpo = Method("robust_dpo", "arXiv:2403.00409", (Prefer(CHOSEN, REJECTED, link=Robust(0.1)),), note="unbiased under label noise of a known share; not bounded below")

hinge = Method("hinge", "arXiv:2305.10425", (Prefer(CHOSEN, REJECTED, link=Hinge()),), note="DPO's difference with SLiC's link; SLiC itself has no reference")

ipo = Method(
    "ipo",
    "arXiv:2310.12036",
    (Prefer(CHOSEN, REJECTED, MEAN, beta=1.0, link=Squared(5.0)),),
    note="per-token means; target 1 / (2 tau) with tau 0.1; the DPO repository uses sums, which has another optimum",
)

exo = Method(
    "exo", "arXiv:2402.00856", (Prefer(CHOSEN, REJECTED, beta=0.5, link=ReverseKL(1e-3)),),
    note="two responses; the authors' code takes log-targets (0, −10), a smoothing of about 4.5e-5",
)  # fmt: skip

discopop = Method("discopop", "arXiv:2406.08414", (Prefer(CHOSEN, REJECTED, beta=0.05, link=Modulated(0.05)),), note="a loss found by a language model; not monotone near zero")

length_normalised = Method(
    "length_normalised", "arXiv:2411.15124", (Prefer(CHOSEN, REJECTED, MEAN, beta=5.0),), note="DPO on per-token means, as in Tülu 3"
)

ld_dpo = Method(
    "ld_dpo", "arXiv:2409.06411", (Prefer(CHOSEN, REJECTED, Reading(tail=0.5)),),
    note="tokens beyond the shorter response's length weigh alpha; the paper tunes alpha by model, 0.5 is a middle",
)  # fmt: skip

f_dpo_forward = Method("f_dpo_forward", "arXiv:2309.16240", (Prefer(CHOSEN, REJECTED, Bent(ForwardKL())),), note="forward KL in place of the reverse; overflows where a response lost much")

f_dpo_js = Method("f_dpo_js", "arXiv:2309.16240", (Prefer(CHOSEN, REJECTED, Bent(JensenShannon())),), note="Jensen-Shannon divergence in place of the reverse KL")

f_dpo_alpha = Method(
    "f_dpo_alpha", "arXiv:2309.16240", (Prefer(CHOSEN, REJECTED, Bent(Alpha(0.5))),), note="alpha divergence; TRL 1.16 writes the exponent as alpha' − 1 with alpha' = 1 − alpha"
)
