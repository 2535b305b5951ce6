"""Methods that weigh tokens: what an annotator changed, or marked."""

from __future__ import annotations

from veridical.objectives.fused import Fused, PerPosition, Side
from veridical.objectives.method import Method
from veridical.objectives.reading import Mark, Reading
from veridical.objectives.scalar import DriftGap
from veridical.objectives.term import Prefer
from veridical.objectives.view import CHOSEN, DAMAGED, GOLD, REJECTED, View

ddpo = Method(
    "ddpo", "arXiv:2312.00849", (Prefer(CHOSEN, REJECTED, Reading(changed=1.1)),), note="changed segments weigh gamma; the final release: gamma 1.1, beta 0.1, weighted sums"
)

ddpo_paper = Method(
    "ddpo_paper", "arXiv:2312.00849", (Prefer(CHOSEN, REJECTED, Reading(changed=5.0, mean=True), beta=0.5),), note="the paper's setting: gamma 5, beta 0.5, weighted means"
)

NOISE = {"op": "diffusion_noise", "t": 500}

chip = Method(
    "chip", "arXiv:2501.16629",
    (
        Prefer(CHOSEN, REJECTED),
        Prefer(CHOSEN, REJECTED, Reading(changed=4.0), label="segments"),
        Prefer(CHOSEN, REJECTED, margin=DriftGap(alpha=0.1), label="tokens"),
        Prefer(CHOSEN, DAMAGED),
    ),
    note="the paper's levels as separate decisions: response, segment, token, picture; their weights are settings, the paper's were not verified",
    corruption=NOISE,
)  # fmt: skip

chip_code = Method(
    "chip_code", "arXiv:2501.16629",
    (Fused((Side(2.0, CHOSEN), Side(-1.0, REJECTED), Side(-1.0, DAMAGED)), Reading(changed=4.0), margin=DriftGap(alpha=0.1)),),
    note="one decision over all levels, as in the code; the code's faulty weighting of the noisy branch's reference is not repeated",
    corruption=NOISE,
)  # fmt: skip

SEVERITY = (Mark("severity 1", 2.5), Mark("severity 2", 2.0), Mark("severity 3", 1.5), Mark("hallucination", 2.5))
SEEN = (Mark("image", 3.0), Mark("hallucination", 3.0))
GOLD_MASKED = View("gold", "corrupted")

opa_dpo = Method(
    "opa_dpo", "arXiv:2501.09695",
    (
        Prefer(GOLD, REJECTED),
        Prefer(CHOSEN, REJECTED, Reading(marks=SEVERITY)),
        Prefer(GOLD, GOLD_MASKED, weight=0.2),
        Prefer(CHOSEN, DAMAGED, Reading(marks=SEEN), weight=0.2),
        Prefer(GOLD),
        Prefer(CHOSEN),
    ),
    note="as the paper means it: sequences, anchors upwards; gold: the data's answer, chosen: the expert's revision, rejected: the model's own; start from imitation of the first two",
    corruption={"op": "mask_pixels", "share": 0.3},
)  # fmt: skip

opa_dpo_code = Method(
    "opa_dpo_code", "arXiv:2501.09695",
    (
        PerPosition(GOLD, REJECTED),
        PerPosition(CHOSEN, REJECTED, SEVERITY),
        PerPosition(GOLD, GOLD_MASKED, weight=0.2),
        PerPosition(CHOSEN, DAMAGED, SEEN, weight=0.2),
        PerPosition(GOLD, None, weight=2.0),
        PerPosition(None, CHOSEN, weight=2.0),
    ),
    note="what the released code computes: position by position over padded rows, and an anchor that lowers the revised answer",
    corruption={"op": "mask_pixels", "share": 0.3},
)  # fmt: skip
