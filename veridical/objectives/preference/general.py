"""Methods from text alignment: both responses are read against the same picture."""

from __future__ import annotations

from veridical.objectives.link import Hinge, Squared
from veridical.objectives.method import Method
from veridical.objectives.reading import MEAN, Reading
from veridical.objectives.term import Imitate, Prefer
from veridical.objectives.view import View

chosen, rejected = View("chosen"), View("rejected")

dpo = Method(
    "dpo",
    "arXiv:2305.18290",
    (Prefer(chosen, rejected),),
    note="log-probabilities are sums over the answer and its end-of-turn token",
    aliases=("silkie", "rlaif_v", "povid_stage1"),
)

simpo = Method(
    "simpo",
    "arXiv:2405.14734",
    (Prefer(chosen, rejected, Reading(relative=False, mean=True), beta=2.0, margin=1.0),),
    note="no reference; the published setting gives the margin as a share of beta (here 0.5)",
)

ipo = Method(
    "ipo",
    "arXiv:2310.12036",
    (Prefer(chosen, rejected, MEAN, beta=1.0, link=Squared(5.0)),),
    note="per-token means; target 1 / (2 tau) with tau 0.1; the DPO repository uses sums, which has another optimum",
)

hinge = Method("hinge", "arXiv:2305.10425", (Prefer(chosen, rejected, link=Hinge()),), note="DPO's difference with SLiC's link")

rpo = Method(
    "rpo",
    "arXiv:2404.19733",
    (Prefer(chosen, rejected), Imitate(chosen, "sequence")),
    note="DPO and the likelihood of the chosen response, per token of that response",
)

anchored_dpo = Method(
    "anchored_dpo",
    "arXiv:2406.11839",
    (Prefer(chosen, rejected), Prefer(chosen)),
    note="mDPO without its picture term: DPO, and the chosen response must not become less likely than under the reference",
)
