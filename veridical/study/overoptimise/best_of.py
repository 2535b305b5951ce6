"""Best-of-N from one set of samples: what is expected of the best of N by the proxy, for every N at once."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb, log

from veridical.study.overoptimise.probe import Said, mean


def weights(samples: int, among: int) -> list[float]:
    """The chance that the best of `among` draws without replacement is the i-th worst of `samples`: C(i, among - 1) / C(samples, among), i from 0."""
    return [comb(place, among - 1) / comb(samples, among) for place in range(samples)]


def best_of(proxy: Sequence[float], value: Sequence[float], among: int) -> float:
    """The expected `value` of the response that the proxy prefers among so many drawn at random."""
    order = sorted(range(len(proxy)), key=lambda place: proxy[place])
    return sum(weight * value[place] for weight, place in zip(weights(len(proxy), among), order, strict=True))


def divergence(among: int) -> float:
    """KL(best-of-N || base) = log N - (N - 1) / N in nats; an upper bound where responses repeat. Source: Gao et al., arXiv 2210.10760."""
    return log(among) - (among - 1) / among


def curve(found: Sequence[Said]) -> list[dict[str, float]]:
    """A row for N = 1, 2, 4 ... as a look has them."""
    most = min(len(one.texts) for one in found)
    return [row(found, 2**power) for power in range(most.bit_length())]


def row(found: Sequence[Said], among: int) -> dict[str, float]:
    """What best-of-N gives: means over scenes."""
    known = [one for one in found if all(value == value for value in one.proxy)]
    true = [best_of(one.proxy, one.truth, among) for one in known]
    words = [best_of(one.proxy, [float(len(text.split())) for text in one.texts], among) for one in known]
    return {
        "step": among, "proxy": mean([[best_of(one.proxy, one.proxy, among) for one in known]]), "truth": mean([true]), "truth_0": mean([true[::2]]), "truth_1": mean([true[1::2]]),
        "divergence": divergence(among), "words": mean([words]),
    }  # fmt: skip
