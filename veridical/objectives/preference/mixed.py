"""DPO with a likelihood beside it, and likelihood alone."""

from __future__ import annotations

from veridical.objectives.method import Method
from veridical.objectives.term import Imitate, Prefer
from veridical.objectives.view import AUXILIARY, CHOSEN, GOLD, REJECTED

rpo = Method("rpo", "arXiv:2404.19733", (Prefer(CHOSEN, REJECTED), Imitate(CHOSEN, "sequence")), note="DPO and the likelihood of the chosen response, per token of that response")

sym_dpo = Method(
    "sym_dpo", "arXiv:2411.11909", (Prefer(CHOSEN, REJECTED), Imitate(CHOSEN)),
    note="demonstrations in the prompt answer with symbols; the likelihood is in the released script, not in the paper; answer padding is not counted (the code counts it)",
)  # fmt: skip

stic = Method(
    "stic", "arXiv:2405.19716", (Prefer(CHOSEN, REJECTED), Imitate(CHOSEN, "sum", weight=1 / 1024)),
    note="own descriptions for a careful prompt against those for a misleading prompt or a corrupted picture; 1/1024 of the summed likelihood",
    corruption={"op": "low_resolution", "shorter": 20},
)  # fmt: skip

ha_dpo = Method(
    "ha_dpo", "arXiv:2311.16839", (Prefer(CHOSEN, REJECTED), Imitate(AUXILIARY, weight=0.5)),
    note="a stream of ordinary supervised records beside the pairs (auxiliary=[...]), used by the authors for MiniGPT-4 only; without one: gold responses of other records",
)  # fmt: skip

salmonn2 = Method(
    "salmonn2", "arXiv:2506.15220", (Prefer(CHOSEN, REJECTED), Imitate(GOLD, weight=0.1)),
    note="video-SALMONN 2: the likelihood is the ground truth's, not the chosen response's; rounds that merge the adapter and begin a fresh one (`veridical rounds`)",
)  # fmt: skip

vlguard = Method("vlguard", "arXiv:2402.02207", (Imitate(GOLD),), note="supervised safety tuning: refusals for unsafe requests and pictures, help for safe ones")
