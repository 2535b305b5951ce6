"""Methods without a reference."""

from __future__ import annotations

from veridical.objectives.bend import Odds
from veridical.objectives.link import Hinge
from veridical.objectives.method import Method
from veridical.objectives.reading import FREE, FREE_MEAN, Reading
from veridical.objectives.term import Imitate, Prefer
from veridical.objectives.view import CHOSEN, DAMAGED, GOLD, REJECTED, SIMILAR

ASKED = "asked by the survey arXiv:2503.14504"

simpo = Method(
    "simpo", "arXiv:2405.14734", (Prefer(CHOSEN, REJECTED, FREE_MEAN, beta=2.0, margin=1.0),),
    note="the published setting gives the margin as a share of beta (here 0.5)",
)  # fmt: skip

slic = Method(
    "slic", "arXiv:2305.10425", (Prefer(CHOSEN, REJECTED, FREE, beta=1.0, link=Hinge(1.0)), Imitate(CHOSEN, "sum", weight=0.1)),
    note="hinge on log-probabilities and a tenth of the chosen response's summed likelihood, as in HALOs",
)  # fmt: skip

cpo = Method("cpo", "arXiv:2401.08417", (Prefer(CHOSEN, REJECTED, FREE), Imitate(CHOSEN)), note="DPO with a uniform reference, and the chosen response's likelihood per token")

orpo = Method(
    "orpo", "arXiv:2403.07691", (Prefer(CHOSEN, REJECTED, Odds(), beta=1.0, weight=0.1), Imitate(CHOSEN)),
    note="log odds ratio; the likelihood is the answer's alone: the official one counts the prompt too, which with picture tokens means nothing",
)  # fmt: skip

tpo_triple = Method(
    "tpo_triple", "arXiv:2405.16681", (Prefer(CHOSEN, REJECTED, FREE), Imitate(GOLD)), note="a pair without reference, and the likelihood of a third, gold response"
)

tpo_triple_length = Method(
    "tpo_triple_length", "arXiv:2405.16681", (Prefer(CHOSEN, REJECTED, FREE_MEAN, margin=0.5), Imitate(GOLD)), note="TPO-L: per-token means and a margin, as SimPO"
)

ddpo_free = Method("ddpo_free", ASKED, (Prefer(CHOSEN, REJECTED, Reading(relative=False, mean=True, changed=1.1), beta=2.0, margin=1.0),), note="DDPO's weights, SimPO's score")

mdpo_free = Method(
    "mdpo_free", ASKED,
    (Prefer(CHOSEN, REJECTED, FREE_MEAN, beta=2.0, margin=1.0), Prefer(CHOSEN, DAMAGED, FREE_MEAN, beta=2.0), Imitate(CHOSEN, weight=0.1)),
    note="mDPO's terms with SimPO's score; the anchor becomes the chosen response's likelihood",
    corruption={"op": "crop", "area": (0.01, 0.2)},
)  # fmt: skip

image_dpo_free = Method(
    "image_dpo_free", ASKED, (Prefer(CHOSEN, DAMAGED, FREE_MEAN, beta=2.0),), note="one text, two pictures, per-token means", corruption={"op": "gaussian_blur"}
)

rdpo_free = Method(
    "rdpo_free", ASKED, (Prefer(CHOSEN, REJECTED, FREE_MEAN, beta=2.0, margin=1.0), Prefer(CHOSEN, SIMILAR, FREE_MEAN, beta=2.0)), note="rDPO's terms with SimPO's score",
)  # fmt: skip
