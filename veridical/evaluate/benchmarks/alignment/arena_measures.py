"""What Arena-Hard counts: the score, its printed interval, and the score with style held equal."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from veridical.evaluate.judged import unjudged
from veridical.evaluate.labels import is_labelled
from veridical.evaluate.measure import Measure, Tally, cluster, mean, per_row, percent, quotient, where
from veridical.evaluate.preference.bootstrap import means
from veridical.evaluate.preference.logistic import NoFit, logistic
from veridical.evaluate.preference.style import NAMES, densities, ratios
from veridical.evaluate.preference.style_control import Games, Scores
from veridical.evaluate.preference.verdict import points, weight
from veridical.records.result import Row

Scorer = Callable[[Games], Scores]


def won(row: Row) -> tuple[float, float] | None:
    """(points, weight) of a row's games."""
    return (row.counts["points"], row.counts["weight"]) if row.value is not None else None


SCORE = Measure("score", per_row(won, 2), lambda sums: percent(sums[..., 0], sums[..., 1]))
"""Share of points, a clear verdict counting three times. Of a star of battles round one baseline it is the fitted win probability."""
PREFERS_FIRST = Measure(
    "prefers_first", per_row(lambda row: (row.counts["first"], row.counts["decided"]) if row.value is not None else None, 2), lambda sums: percent(sums[..., 0], sums[..., 1]), ""
)
"""Share of decided games that went to whoever stood first: 50 for a judge without a place that it favours."""


def measures(second: bool, categories: Sequence[str] = (), subcategories: Sequence[str] = ()) -> tuple[Measure, ...]:
    """Score, by category, and the interval that the program prints: the second scorer's is of 90%, the first's of 95%."""
    ends, order = ((0.05, 0.95), ("game2", "game1")) if second else ((0.025, 0.975), ("game1", "game2"))
    parts = [within(SCORE, kind, text) for kind, texts in (("category", categories), ("subcategory", subcategories)) for text in texts]
    words = mean("words", lambda row: float(len(row.response.split())), "", "words")
    return (SCORE, *parts, *(printed_end(f"printed_{name}", end, order) for name, end in zip(("low", "high"), ends)), PREFERS_FIRST, words, unjudged())


def within(measure: Measure, kind: str, text: str) -> Measure:
    """The measure over the rows of a category, called as it is."""
    return where(measure, lambda row: is_labelled(row, kind, text), text if measure is SCORE else f"{text}.{measure.name}")


def printed_end(name: str, share: float, order: Sequence[str]) -> Measure:
    """One end of the interval over 100 draws of single games, which ignores that games share prompts and so is too narrow.

    With one baseline the refitted win probability of a draw is its mean score, so both programs draw the same thing.
    """

    def tally(rows: Sequence[Row]) -> Tally:
        kept = [row for row in rows if row.value is not None]
        if not kept:
            return Tally((), np.zeros((0, 2)))
        end = float(np.quantile(means({"model": single_scores(kept, order)})["model"], share))
        return Tally(tuple(map(cluster, kept)), np.array([(end, 1.0)] * len(kept)))

    return Measure(name, tally, lambda sums: percent(sums[..., 0], sums[..., 1]), "")


def single_scores(rows: Sequence[Row], order: Sequence[str]) -> list[float]:
    """Scores of games one by one, a clear verdict three times, in the order in which the program lists a prompt's games."""
    leads = [int(row.counts[name]) for row in rows for name in order if name in row.counts]
    return [points(lead) for lead in leads for _ in range(int(weight(lead)))]


def styled_measures(scorer: Scorer, second: bool, categories: Sequence[str] = ()) -> tuple[Measure, ...]:
    """The score at equal style, over all and by category, beside the plain one, and how much longer and more marked the responses are."""
    styled = styled_score(scorer, densities if second else ratios)
    lengths = [mean(f"{side}.{name}", lambda row, key=f"{side}.{name}": row.counts.get(key), "", name) for side in ("model", "baseline") for name in NAMES]
    return (styled, *(where(styled, lambda row, text=text: is_labelled(row, "category", text), text) for text in categories), SCORE.named("plain"), PREFERS_FIRST, *lengths,
            mean("words", lambda row: float(len(row.response.split())), "", "words"), unjudged())  # fmt: skip


def styled_score(scorer: Scorer, differences: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Measure:
    """The win probability at equal style, with an interval that knows how prompts move the fit (to first order). Undefined where every game was won, or every one lost."""

    def tally(rows: Sequence[Row]) -> Tally:
        kept = [row for row in rows if row.value is not None]
        if not kept:
            return Tally((), np.zeros((0, 2)))
        sides = [np.array([[row.counts[f"{side}.{name}"] for name in NAMES] for row in kept]) for side in ("model", "baseline")]
        try:
            found = scorer(Games(["model"] * len(kept), np.array([row.value for row in kept]), np.array([row.counts["weight"] for row in kept]), differences(*sides)))
        except NoFit:
            return Tally((), np.zeros((0, 2)))
        odds = np.log(found.win["model"] / (1 - found.win["model"]))
        moves = found.influence["model"]
        lines = odds + len(kept) * (moves - moves.mean())
        return Tally(tuple(cluster(row) for row in kept), np.stack([lines, np.ones(len(kept))], 1))

    return Measure("score", tally, lambda sums: 100 * logistic(quotient(sums[..., 0], sums[..., 1])))
