"""How often a judge agrees with preferences."""

from __future__ import annotations

from collections.abc import Sequence

from veridical.models.judging.judge import Judge
from veridical.records.record import Record


def accuracy(judge: Judge, records: Sequence[Record]) -> dict[str, float]:
    """Share of pairs in which the preferred response scores higher; one of equal scores counts half, one that is not judged counts as wrong.

    Also the numbers of pairs, of responses, and of those that were not judged, and the mean spread of scores.
    """
    records = [record for record in records if any(pair.relation == ">" for pair in record.pairs)]
    ids = [list(dict.fromkeys(key for pair in record.pairs for key in (pair.chosen, pair.rejected))) for record in records]
    opinions = judge.opinions(records, [[record.response(key).text for key in own] for record, own in zip(records, ids, strict=True)])
    points, each = [], [one for own in opinions for one in own]
    for record, own, said in zip(records, ids, opinions, strict=True):
        score = {key: one.score for key, one in zip(own, said, strict=True)}
        points += [point(score[pair.chosen], score[pair.rejected]) for pair in record.pairs if pair.relation == ">"]
    spread = sum(one.spread for one in each) / max(len(each), 1)
    return {"accuracy": sum(points) / max(len(points), 1), "pairs": len(points), "responses": len(each), "unjudged": sum(one.score is None for one in each), "spread": spread}


def point(better: float | None, worse: float | None) -> float:
    """1 for the right order, one half for equal scores, 0 otherwise."""
    if better is None or worse is None:
        return 0.0
    return 1.0 if better > worse else 0.5 if better == worse else 0.0
