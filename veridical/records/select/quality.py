"""How good a record is to learn from, by what it states of itself: the mean of its percentiles among the records on every signal it has."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from math import log
from types import MappingProxyType

from veridical.records.record import Record, Response
from veridical.records.text import word_count

Signal = Callable[[Record], float | None]
"""More is better; None where the record does not state it."""
ENOUGH = 60
"""Words from which a longer response is not taken for a better one."""


def good(record: Record) -> Response | None:
    """The response to learn: the chosen one of the first pair, else the first."""
    named = next((pair.chosen for pair in record.pairs if pair.relation == ">"), "")
    return record.response(named) if named else next(iter(record.responses), None)


def margin(record: Record) -> float | None:
    """The largest margin of its pairs, or gap of their scores."""
    found = []
    for pair in record.pairs:
        scores = [record.response(name).score for name in (pair.chosen, pair.rejected)]
        found += [pair.margin] if pair.margin is not None else [scores[0] - scores[1]] if None not in scores else []
    return max(found, default=None)


def score(record: Record) -> float | None:
    """What a judge gave the good response: its score, or the mean of its aspects as shares of their scales."""
    one = good(record)
    if one is None:
        return None
    rated = [(rate.score, rate.scale_min, rate.scale_max) for rate in one.aspects if None not in (rate.score, rate.scale_min, rate.scale_max)]
    shares = [(value - low) / (high - low) for value, low, high in rated if high != low]
    return sum(shares) / len(shares) if shares else one.score


def rank(record: Record) -> float | None:
    """How well the good response was ranked."""
    one = good(record)
    return None if one is None or one.rank is None else -float(one.rank)


def written(record: Record) -> float | None:
    """Where the good response comes from: people, corrections and gold before rewritten ones, those before a model's."""
    order = {"human": 2.0, "corrected": 2.0, "gold": 2.0, "rewritten": 1.0, "model": 0.0}
    one = good(record)
    return None if one is None else order.get(one.origin)


def precise(record: Record) -> float | None:
    """How little the pairs change beside what they correct: unchanged characters over all of both texts."""
    shares = []
    for pair in record.pairs:
        total = len(record.response(pair.chosen).text) + len(record.response(pair.rejected).text)
        if pair.edits and total:
            shares.append(1 - sum(edit.chosen_end - edit.chosen_start + edit.rejected_end - edit.rejected_start for edit in pair.edits) / total)
    return max(shares, default=None)


def substance(record: Record) -> float | None:
    """Words of the good response, up to enough of them."""
    one = good(record)
    return None if one is None else log(1 + min(ENOUGH, word_count(one.text)))


def specific(record: Record) -> float | None:
    """Different words of the question."""
    return log(1 + len(set(record.prompt_text.lower().split())))


SIGNALS: Mapping[str, Signal] = MappingProxyType({
    "margin": margin, "score": score, "rank": rank, "written": written, "precise": precise, "substance": substance, "specific": specific,
})  # fmt: skip
"""Signals of quality."""


def qualities(records: Sequence[Record], signals: Sequence[str] = tuple(SIGNALS)) -> list[float]:
    """Each record's mean percentile (0 to 1; equal values share theirs) over the signals that it states; 0.5 without any."""
    found: list[list[float]] = [[] for _ in records]
    for name in signals:
        values = [SIGNALS[name](record) for record in records]
        known = sorted(value for value in values if value is not None)
        if len(set(known)) > 1:
            for place, value in enumerate(values):
                if value is not None:
                    found[place].append((bisect_left(known, value) + bisect_right(known, value)) / (2 * len(known)))
    return [sum(shares) / len(shares) if shares else 0.5 for shares in found]
