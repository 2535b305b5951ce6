"""Judgments made by a seeded script, the same for the official programs and for ours. Needs nothing but numpy."""

from __future__ import annotations

import numpy as np

BASELINE = "gpt-4-0314"
VERDICTS = ("A>>B", "A>B", "A=B", "B>A", "B>>A")
SWAPPED = dict(zip(VERDICTS, VERDICTS[::-1]))
SKILL = {"strong": 1.6, "even": 0.05, "weak": -1.2}
"""Shift of what a judge sees between the model and the baseline."""


def verdict(lead: float) -> str:
    """What a judge says of A when B leads by so much."""
    return VERDICTS[int(np.searchsorted([-1.2, -0.25, 0.25, 1.2], lead))]


def judgments(prompts: int = 200, seed: int = 7) -> list[dict]:
    """Rows as Arena-Hard stores them: two games each, one in twenty without a verdict."""
    stream = np.random.RandomState(seed)
    rows = []
    for model, skill in SKILL.items():
        for number in range(prompts):
            lead = skill + stream.normal(0, 1)
            first, second = (verdict(lead + stream.normal(0, 0.5)) for _ in range(2))
            said = [first if stream.rand() > 0.05 else None, SWAPPED[second] if stream.rand() > 0.05 else None]
            rows.append({"uid": f"q{number}", "category": "arena-hard-v0.1", "model": model, "baseline": BASELINE, "games": [{"score": one} for one in said]})
    return rows


def styles(prompts: int = 200, seed: int = 7) -> dict[str, dict[str, list[int]]]:
    """Tokens, headings, list items and bold pieces of every answer, by model and prompt: the strong model writes more."""
    stream = np.random.RandomState(seed + 1)
    found = {}
    for place, model in enumerate((BASELINE, *SKILL)):
        longer = (1.0, 1.6, 1.0, 0.7)[place]
        found[model] = {f"q{number}": [int(stream.gamma(4, 100 * longer)) + 1, *(int(count) for count in stream.poisson((1.5 * longer, 4 * longer, 3 * longer)))] for number in range(prompts)}
    return found


def annotations(rows: int = 805, seed: int = 7) -> dict[str, list]:
    """AlpacaEval's columns of one model: lengths of both outputs, preference in [1, 2] that length sways, difficulty; and the two gamed baselines."""
    stream = np.random.RandomState(seed + 4)
    difficulty = stream.normal(0, 1, rows)
    baseline = stream.gamma(5, 400, rows).astype(int) + 20
    model = (baseline * stream.lognormal(-0.2, 0.4, rows)).astype(int) + 10
    gap = (baseline - model) / np.std(baseline - model, ddof=1)
    chance = 1 / (1 + np.exp(-(-0.6 - 1.2 * np.tanh(gap) + 0.5 * difficulty + stream.normal(0, 1.5, rows))))
    preference = [None if stream.rand() < 0.02 else 1.5 if stream.rand() < 0.02 else float(1 + one) for one in chance]
    gamed = []
    for shift in (0.9, -0.9):
        s = stream.normal(shift, 0.6, rows)
        odds = -1.6 * np.tanh(s) + 0.2 * difficulty + stream.normal(0, 1, rows)
        gamed += [[float(one), int(place), float(difficulty[place]), float(1 / (1 + np.exp(-each)))] for place, (one, each) in enumerate(zip(s, odds))]
    return {"difficulty": difficulty.tolist(), "baseline": baseline.tolist(), "model": model.tolist(), "preference": preference, "gamed": gamed}
