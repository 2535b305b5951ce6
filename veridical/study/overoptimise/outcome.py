"""What came of a pursuit: where the truth was best, where it ended, and what an early stop would have kept."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scipy.stats import permutation_test, spearmanr

from veridical.recipe import OveroptimiseRecipe
from veridical.study.overoptimise.plan import PLAIN, Chase

FEW = 7
"""Up to so many proxies all orders are tried for the chance of a rank correlation; beyond it a sample of them."""


@dataclass(frozen=True)
class Outcome:
    """A pursuit of a proxy, look by look."""

    pursuit: str
    mitigation: str
    proxy: str
    seed: int
    core_seconds: float
    spread: Mapping[str, float]
    """Standard deviations of proxy and truth over responses of the base."""
    rows: Sequence[Mapping[str, float]] = field(repr=False)

    @property
    def start(self) -> float:
        """The truth at the beginning."""
        return self.rows[0]["truth"]

    @property
    def gain(self) -> float:
        """What the truth gave for the whole pursuit."""
        return self.rows[-1]["truth"] - self.start

    @property
    def best(self) -> float:
        """The largest gain at any look: more than could be had, since the look is chosen by what is reported."""
        return max(row["truth"] for row in self.rows) - self.start

    @property
    def stopped(self) -> float:
        """The gain of a stop at the look where the truth was best on one half of the scenes, measured on the other half; mean of both ways."""
        gains = []
        for chosen_by, told in (("truth_0", "truth_1"), ("truth_1", "truth_0")):
            best = max(self.rows, key=lambda row: row[chosen_by])
            gains.append(best[told] - self.rows[0][told])
        return statistics.fmean(gains)

    @property
    def numbers(self) -> dict[str, Any]:
        """Everything, for programs."""
        return {**vars(self), "rows": [dict(row) for row in self.rows], "start": self.start, "gain": self.gain, "best": self.best, "stopped": self.stopped}

    def points(self, name: str) -> list[tuple[float, float]]:
        """(√KL, how many of the base's standard deviations above the base) of every look; `name` is "proxy" or "truth"."""
        return [(max(row["divergence"], 0.0) ** 0.5, (row[name] - self.rows[0][name]) / (self.spread[name] or 1.0)) for row in self.rows]


def outcome(job: Chase) -> Outcome:
    """What a finished pursuit wrote."""
    found = json.loads(job.path.read_text())
    return Outcome(job.pursuit.label, job.mitigation.label, job.proxy.label, job.seed, found["core_seconds"], found["spread"], found["rows"])


@dataclass(frozen=True)
class Worth:
    """A proxy's accuracy, and the true gain that it caused; gains are means over seeds."""

    proxy: str
    own: float
    """Accuracy on the model's own descriptions."""
    edited: float
    """Accuracy on edited descriptions."""
    gain: float
    stopped: float


def worth(recipe: OveroptimiseRecipe, found: Sequence[Outcome], pursuit: str, accuracies: Mapping[str, Mapping[str, float]]) -> list[Worth]:
    """What each proxy of the recipe's `quality` was good for under one pursuit without mitigation."""
    rows = []
    for proxy in recipe.quality:
        own = [one for one in found if (one.pursuit, one.mitigation, one.proxy) == (pursuit, PLAIN, proxy)]
        if own and proxy in accuracies:
            rows.append(Worth(proxy, accuracies[proxy]["own"], accuracies[proxy]["edited"], statistics.fmean(one.gain for one in own), statistics.fmean(one.stopped for one in own)))
    return rows


def agreement(own: Sequence[Worth]) -> dict[str, float]:
    """Spearman's rank correlation of each accuracy with the gain, and the chance of one as large in size where there is none (permutations)."""
    found: dict[str, float] = {}
    for name in ("own", "edited"):
        accuracies, gains = [getattr(one, name) for one in own], [one.gain for one in own]
        if len(own) < 3 or len(set(accuracies)) < 2 or len(set(gains)) < 2:
            continue
        tested = permutation_test((accuracies,), lambda order: spearmanr(order, gains).statistic, permutation_type="pairings", n_resamples=float("inf") if len(own) <= FEW else 9999, rng=0)
        found |= {name: float(tested.statistic), f"{name}_chance": float(tested.pvalue)}
    return found


def table(recipe: OveroptimiseRecipe, found: Sequence[Outcome], accuracies: Mapping[str, Mapping[str, float]], qualities: Mapping[str, Sequence[Worth]]) -> str:
    """Markdown: every pursuit under every mitigation, then the proxies."""
    lines = ["| pursuit | mitigation | proxy at the end | truth: before | gain at the end | best look | stopped on other scenes | KL at the end | words | core s |", "|---|---|---|---|---|---|---|---|---|---|"]
    named = {(one.label, one.proxy) for one in recipe.mitigations}
    for one in sorted((one for one in found if (one.mitigation, one.proxy) in named), key=lambda one: [p.label for p in recipe.pursuits].index(one.pursuit)):
        first, last = one.rows[0], one.rows[-1]
        lines.append(
            f"| {one.pursuit} | {one.mitigation} | {(last['proxy'] - first['proxy']) / (one.spread['proxy'] or 1):+.2f} sd | {one.start:.3f} | {one.gain:+.3f} | {one.best:+.3f} | {one.stopped:+.3f} | "
            f"{last['divergence']:.2f} | {first['words']:.0f} → {last['words']:.0f} | {one.core_seconds:.0f} |"
        )
    lines += ["", "| proxy | accuracy, own descriptions | accuracy, edited descriptions | " + " | ".join(f"gain by {label}" for label in qualities) + " |", "|---" * (3 + len(qualities)) + "|"]
    for proxy, measured in accuracies.items():
        gains = [next((f"{one.gain:+.3f}" for one in own if one.proxy == proxy), "") for own in qualities.values()]
        lines.append(f"| {proxy} | {100 * measured['own']:.1f}% | {100 * measured['edited']:.1f}% | " + " | ".join(gains) + " |")
    for label, own in qualities.items():
        if said := agreement(own):
            parts = [f"{words} {said[name]:+.2f} (chance {said[f'{name}_chance']:.3f})" for name, words in (("own", "own descriptions"), ("edited", "edited descriptions")) if name in said]
            lines += ["", f"Rank correlation of accuracy with the gain by {label}, {len(own)} proxies: {'; '.join(parts)}."]
    return "\n".join(lines) + "\n"
