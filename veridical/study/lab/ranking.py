"""The published ranking beside the lab's: how much object hallucination each paper says its method took away.

The papers used other models, data and benchmarks (CHAIR and Object HalBench, sentence or mention level), so the order is
all that is compared, and even that only for what it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import kendalltau

from veridical.evaluate.uncertainty import percentiles


@dataclass(frozen=True)
class Published:
    """A published change of object hallucination."""

    method: str
    reduction: float
    """Per cent of the starting rate."""
    measured: str
    verified: bool
    """Whether the figure was read in the paper's own abstract, code or page."""


PUBLISHED = (
    Published("dpo", 18.2, "LLaVA-1.5-7B, Object HalBench CHAIR_i 15.9 to 13.0, as mDPO's paper states DPO", False),
    Published("mdpo", 38.4, "LLaVA-1.5-7B, Object HalBench CHAIR_i 15.9 to 9.8", False),
    Published("ddpo", 69.4, "Muffin-13B, Object HalBench mentions 24.5 to 7.5", False),
    Published("povid2", 57.5, "LLaVA-1.5-7B, CHAIR_i 12.7 to 5.4", False),
    Published("ha_dpo", 7.4, "LLaVA-1.5-7B, sentence-level hallucination ratio 36.7 to 34.0", True),
    Published("seva", 4.9, "LLaVA-1.5-7B, sentence-level hallucination ratio 36.7 to 34.9 (noise 800)", True),
    Published("chip", 63.6, "LLaVA-1.6-7B, Object HalBench 55.5% below DPO, on DPO's 18.2 from mDPO's paper", False),
    Published("rlaif_v", 80.7, "LLaVA-1.5-7B, object hallucination, four rounds", True),
)
"""Where several figures of a paper exist, the one on object mentions."""


def agreement(methods: Mapping[str, str], points: Mapping[str, Sequence[float]], drawn: Mapping[str, np.ndarray], baseline: str) -> dict[str, Any]:
    """Kendall's tau between the published order and the lab's, over entrants that both have, with the interval over the lab's draws.

    A published method that shares DPO's objective counts with the baseline's outcome where the lab has no entrant of its
    name: it differs in data, which the lab holds equal, so it says how much of the published order the objective cannot
    explain.
    """
    known = {method: label for label, method in methods.items()}
    pairs = [(one, known.get(one.method, baseline)) for one in PUBLISHED]
    published = [one.reduction for one, _ in pairs]
    ours = [-float(np.mean(points[label])) for _, label in pairs]
    taus = [kendalltau(published, [-drawn[label][place] for _, label in pairs]).statistic for place in range(0, len(drawn[baseline]), 10)]
    low, high = percentiles(np.array(taus))
    listed = [{"method": one.method, "entrant": label, "reduction": one.reduction, "measured": one.measured, "verified": one.verified, "ours": -value} for (one, label), value in zip(pairs, ours, strict=True)]
    return {"tau": number(kendalltau(published, ours).statistic), "low": number(low), "high": number(high), "methods": listed}


def number(value: float) -> float | None:
    """The number; None where it is not defined (everyone equal)."""
    return float(value) if np.isfinite(value) else None
