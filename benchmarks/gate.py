"""How often `veridical gate` is wrong on pairs of world models whose difference is known, at a tenth of the questions.

    nice -n 5 python benchmarks/gate.py answers /tmp/gate --scenes 600
    nice -n 5 python benchmarks/gate.py trials /tmp/gate --trials 1000 [--out result.json]

`answers`: the shipped checkpoint and copies of it with noise on their weights (a share of each matrix' own spread) answer POPE and AMBER of held-out scenes.
`trials`: in each, two models and four others ("earlier") are drawn from the copies. For every picture a coin says which of the two is "base" and which is
"candidate": neither is better, and they differ where real models differ. A candidate that lost exactly so many points gets a weaker copy's answers on as many
pictures, drawn by chance, as that takes on the whole suite; "elsewhere" it instead answers the contrary of the truth to as many questions drawn by chance, whatever
earlier models found hard. The gate then sees the base's answers to everything, and the candidate's to a tenth.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from veridical.evaluate.benchmarks import find
from veridical.evaluate.gating.design import allocate, foreseen, strata_of
from veridical.evaluate.gating.shift import Shift, Weighed, estimate
from veridical.evaluate.gating.units import headline, scale, slope, sums_of
from veridical.evaluate.gating.verdict import Margins, Outcome, judge
from veridical.evaluate.measure import Measure, cluster
from veridical.evaluate.run import score
from veridical.evaluate.uncertainty import wilson
from veridical.records.record import Record
from veridical.records.result import Result

NOISE = (0.1, 0.15, 0.25, 0.1, 0.15, 0.05, 0.1)
GRADING: dict[str, dict[str, Any]] = {"pope": {}, "amber": {"tagger": "lexicon", "similarity": "exact"}}
EARLIER = 4
STRONG = 0.16
"""Copies with less noise are bases and candidates; the others are what a candidate that lost something took its answers from."""


def answers(folder: Path, scenes: int, noise: Sequence[float] = NOISE, say: Callable[[str], None] = print) -> None:
    """Result files of every copy, `folder/results/NAME/BENCHMARK.json`; what is there is not asked again."""
    import torch

    from veridical.evaluate.run import evaluate, load
    from veridical.models.assemble import make_policy
    from veridical.models.sample import Generation, make_responder
    from veridical.records.picture import open_picture
    from veridical.world.files import write_amber, write_pope
    from veridical.world import CHECKPOINT
    from veridical.world.scene import scene

    if not (folder / "amber").is_dir():
        write_pope(folder / "pope", [scene(seed, "test") for seed in range(5000, 5000 + scenes)])
        write_amber(folder / "amber", [scene(seed, "test") for seed in range(9000, 9000 + scenes)])
    records = {name: sorted(load(find(name), folder / name), key=lambda one: one.media[0].path) for name in GRADING}
    ready = make_policy(CHECKPOINT)
    own = {name: value.clone() for name, value in ready.policy.model.state_dict().items()}
    for number, share in enumerate((0.0, *noise)):
        draw = torch.Generator().manual_seed(number)
        blurred = lambda value: value + share * value.std() * torch.randn(value.shape, generator=draw)  # noqa: B023, E731
        noisy = {name: blurred(value) if value.is_floating_point() and value.dim() > 1 else value for name, value in own.items()}
        ready.policy.model.load_state_dict(noisy)
        respond = make_responder(ready.policy, ready.encoder, open_picture, Generation(max_new_tokens=96, batch=48))
        for name, given in GRADING.items():
            target = folder / "results" / f"{number:02}_{share}" / f"{name}.json"
            if not target.is_file():
                found = evaluate(find(name), records[name], respond, None, {}, target.parent.name, data=folder / name, grading=given, batch=48, progress=False)
                say(f"{target}: {found.metrics[find(name).headline].value:.2f}")
                found.save(target)
    for name, given in GRADING.items():
        contrary(folder, name, records[name], given).save(folder / "results" / "99_1.0" / f"{name}.json")


def contrary(folder: Path, name: str, records: Sequence[Record], given: dict[str, Any]) -> Result:
    """The contrary of the truth to every question; descriptions are the shipped checkpoint's."""
    described = {row.record_id: row.response for row in Result.load(folder / "results" / "00_0.0" / f"{name}.json").rows}
    said = {one.record_id: {"yes": "No", "no": "Yes"}.get(one.answer.value.lower() if one.answer else "", described[one.record_id]) for one in records}
    return score(find(name), records, said, data=folder / name, grading=given, model_name="contrary")


@dataclass(frozen=True)
class Suite:
    """What every copy answered to one benchmark, as sums of each question."""

    measure: Measure
    factor: float
    sums: np.ndarray
    """[models, questions, k]."""
    pictures: np.ndarray
    """The picture of each question, by number."""

    def score(self, answered: np.ndarray) -> float:
        """Points of a model's questions [G, k]."""
        return self.factor * float(self.measure.value(answered.sum(0)))


def suites(folder: Path) -> tuple[list[float], list[Suite]]:
    """The noise of every copy, and the benchmarks."""
    models = sorted((folder / "results").iterdir())
    found = []
    for name in GRADING:
        results = [Result.load(model / f"{name}.json") for model in models]
        measure, names = headline(find(name), results[0]), [row.record_id for row in results[0].rows]
        sums = np.stack([sums_of(measure, result.rows, names, "record") for result in results])
        numbers = {picture: number for number, picture in enumerate(sorted({cluster(row) for row in results[0].rows}))}
        found.append(Suite(measure, scale(find(name), results[0]), sums, np.array([numbers[cluster(row)] for row in results[0].rows])))
    return [float(model.name.partition("_")[2]) for model in models], found


Pair = tuple[list[np.ndarray], list[np.ndarray]]
"""The base's and the candidate's sums of every question, by benchmark."""


def pair(suite: Sequence[Suite], first: int, second: int, weak: int, points: float, rng: np.random.Generator) -> Pair:
    """A base, and a candidate that lost `points` of the mean over benchmarks against it by answers of the copy `weak` (0: neither is better, by lot)."""
    base, candidate = [], []
    for one in suite:
        coin = (rng.random(one.pictures.max() + 1) < 0.5)[one.pictures][:, None]
        base.append(np.where(coin, one.sums[first], one.sums[second]))
        candidate.append(np.where(coin, one.sums[second], one.sums[first]))
    return base, lowered(suite, base, candidate, weak, points, rng) if points else candidate


def lowered(suite: Sequence[Suite], base: Sequence[np.ndarray], candidate: Sequence[np.ndarray], weak: int, points: float, rng: np.random.Generator) -> list[np.ndarray]:
    """The candidate with answers of `weak` on such a share of every benchmark's pictures (of the contrary: questions), drawn by chance, that it lies `points` below the base."""
    parts = [np.arange(len(one.pictures)) if weak == CONTRARY else one.pictures for one in suite]
    luck = [rng.random(own.max() + 1)[own][:, None] for own in parts]
    low, high = 0.0, 1.0
    for _ in range(25):
        middle = (low + high) / 2
        mixed = [np.where(own < middle, one.sums[weak], theirs) for one, own, theirs in zip(suite, luck, candidate, strict=True)]
        low, high = (middle, high) if difference(suite, base, mixed) > -points else (low, middle)
    return mixed


def difference(suite: Sequence[Suite], base: Sequence[np.ndarray], candidate: Sequence[np.ndarray]) -> float:
    """candidate − base on everything, the mean over benchmarks."""
    return float(np.mean([one.score(theirs) - one.score(ours) for one, ours, theirs in zip(suite, base, candidate, strict=True)]))


@dataclass(frozen=True)
class Found:
    """What the gate said of one pair."""

    outcome: Outcome
    points: float
    sees: float
    """The smallest drop that it would have seen in four of five."""
    truth: float
    """Of the whole suite."""


def gated(suite: Sequence[Suite], models: Pair, earlier: Sequence[int], share: float, rng: np.random.Generator, margins: Margins = Margins()) -> Found:
    """The gate on one pair: strata by the earlier models (none: a uniform part), a random part of each, the verdict."""
    base, candidate = models
    several, planned = len(suite), []
    for one, ours in zip(suite, base, strict=True):
        direction = slope(one.measure, ours.sum(0))
        effects = np.array([one.factor * (one.sums[number] - ours) @ direction / several for number in earlier]).reshape(len(earlier), len(ours))
        strata = strata_of(effects)
        expected = foreseen(effects, strata, 100 / len(ours) / several)
        planned += [(one, place, np.flatnonzero(strata == number), expected[number]) for place, number in enumerate(np.unique(strata))]
    taken = allocate([(len(places), 1.0, expected) for _, _, places, expected in planned], share)
    shifts = []
    for one, ours, theirs in zip(suite, base, candidate, strict=True):
        parts = [(number, rng.choice(places, count, replace=False), len(places) / count) for (own, number, places, _), count in zip(planned, taken, strict=True) if own is one]
        drawn = np.concatenate([places for _, places, _ in parts])
        weights = np.concatenate([np.full(len(places), weight) for _, places, weight in parts])
        numbers = np.concatenate([np.full(len(places), number) for number, places, _ in parts])
        weighed = Weighed(tuple(map(str, drawn)), weights, numbers)
        found = estimate(one.measure, one.factor, ours.sum(0), ours[drawn], theirs[drawn], weighed, one.pictures[drawn].tolist())
        shifts.append(Shift("", "all", "", found.base, found.candidate, found.points, found.error, len(drawn), len(ours), found.changed))
    verdict = judge(shifts, margins)
    return Found(verdict.outcome, verdict.dimensions[0].points, verdict.dimensions[0].sees, difference(suite, base, candidate))


CONDITIONS: dict[str, tuple[float, bool]] = {"no loss": (0.0, False), "2 points lost": (2.0, False), "2 points lost, elsewhere": (2.0, True)}
"""Points that the candidate lost, and whether on questions drawn by chance."""
CONTRARY = -1
"""The last model answers the contrary of the truth."""


def trials(suite: Sequence[Suite], noise: Sequence[float], count: int, share: float = 0.1) -> dict[str, dict[str, Any]]:
    """Outcomes of `count` pairs in each condition, with questions chosen by earlier models and with a uniform part; `noise` of every copy, the contrary's being 1."""
    strong, weak = ([number for number, one in enumerate(noise) if low <= one < high] for low, high in ((0, STRONG), (STRONG, 1)))
    table = {}
    for condition, (points, elsewhere) in CONDITIONS.items():
        for way in ("chosen", "uniform"):
            rng, found = np.random.default_rng(0), []
            for _ in range(count):
                first, second, *earlier = rng.permutation(strong)[: 2 + EARLIER]
                models = pair(suite, first, second, CONTRARY if elsewhere else rng.choice(weak), points, rng)
                found.append(gated(suite, models, earlier if way == "chosen" else (), share, rng))
            table[f"{condition}, {way}"] = told(found)
    return table


def told(found: Sequence[Found]) -> dict[str, Any]:
    """Shares of outcomes with their 95% intervals, and how good the estimates are."""
    shares = {}
    for outcome in Outcome:
        hits = sum(one.outcome is outcome for one in found)
        shares[outcome.name.lower()] = [round(100 * value, 1) for value in (hits / len(found), *wilson(hits, len(found)))]
    errors = np.array([one.points - one.truth for one in found])
    numbers = {"truth": np.mean([one.truth for one in found]), "bias": errors.mean(), "root mean square error": np.sqrt((errors**2).mean()), "sees": np.mean([one.sees for one in found])}
    return shares | {name: round(float(value), 3) for name, value in numbers.items()}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("answers", "trials"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scenes", type=int, default=600)
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--share", type=float, default=0.1)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    if given.what == "answers":
        return answers(given.folder, given.scenes)
    noise, suite = suites(given.folder)
    found = trials(suite, noise, given.trials, given.share)
    text = json.dumps(found, indent=1)
    print(text)
    if given.out:
        given.out.write_text(text)


if __name__ == "__main__":
    main()
