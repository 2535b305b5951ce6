"""A judged record: its trees, where each response's judgement is read, and what is known of the responses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from veridical.models.encoder import EncodeError
from veridical.models.forest import Forest, merge
from veridical.models.judging.module import Heard
from veridical.models.planting import Place
from veridical.models.read import facts_of
from veridical.models.shown import stable_seed
from veridical.objectives.judged import Judged
from veridical.recipe import Judging
from veridical.records.record import Pair, Record, Response


@dataclass(frozen=True)
class Spot:
    """One judgement: a branch, of whose scored tokens the first are words of the judge, and at the others its read-out is heard."""

    place: Place
    words: int = 0
    reads: int = 1
    rank: float | None = None
    label: float | None = None
    worth: tuple[float | None, ...] = ()
    """Of each step, the probability that it is right."""


@dataclass(frozen=True)
class Comparison:
    """Two of a record's judgements by number, and the pair's own numbers."""

    win: int
    lose: int
    tie: bool = False
    margin: float | None = None
    probability: float | None = None
    weights: tuple[float, ...] = (1.0,)
    """For each read-out."""


@dataclass(frozen=True)
class JudgedExample:
    """A record as trees with its judgements."""

    record_id: str
    forest: Forest
    spots: tuple[Spot, ...]
    comparisons: tuple[Comparison, ...]
    cut: int = 0
    """Responses that were cut to the token limit."""


def judged_responses(record: Record, ranked: bool) -> list[Response]:
    """The responses that are compared; every ranked one where the method reads rankings, or where the record has no pairs.

    Errors: EncodeError for a record of which nothing can be learnt.
    """
    paired = {key for pair in record.pairs for key in (pair.chosen, pair.rejected)}
    known = [response for response in record.responses if response.response_id in paired]
    marked = [response for response in record.responses if response.rank is not None or response.label is not None or response.score is not None]
    found = marked if (ranked and marked) or not known else known
    if not found:
        raise EncodeError(f"record {record.record_id}: no pair, and no response with a rank, label or score")
    return found


def comparisons(record: Record, responses: Sequence[Response], judging: Judging) -> tuple[Comparison, ...]:
    """The record's pairs among these responses; where it has none, every two of different rank.

    With several read-outs each learns from its own share of the pairs, drawn by seed, record and read-out.
    """
    place = {response.response_id: number for number, response in enumerate(responses)}
    pairs = [pair for pair in record.pairs if pair.chosen in place and pair.rejected in place] or by_rank(responses)
    found = []
    for number, pair in enumerate(pairs):
        known = facts_of(pair, {"chosen": responses[place[pair.chosen]], "rejected": responses[place[pair.rejected]]})
        seen = [judging.share >= 1 or stable_seed(judging.seed, record.record_id, number, head) < judging.share * 2**32 for head in range(judging.heads)]
        weights = tuple(pair.weight * one for one in seen)
        found.append(Comparison(place[pair.chosen], place[pair.rejected], pair.relation == "=", known["margin"], known["probability"], weights))
    return tuple(found)


def by_rank(responses: Sequence[Response]) -> list[Pair]:
    """Pairs of responses with different ranks."""
    ranked = [response for response in responses if response.rank is not None]
    return [Pair(chosen=first.response_id, rejected=second.response_id) for first in ranked for second in ranked if first.rank < second.rank]


def spot_of(response: Response, place: Place, words: int = 0, reads: int = 1, worth: tuple[float | None, ...] = ()) -> Spot:
    """A judgement with what the response states."""
    return Spot(place, words, reads, response.rank, response.label, worth)


def joined(examples: Sequence[JudgedExample]) -> tuple[Forest, list[JudgedExample]]:
    """One forest of all; the places of the examples point into it."""
    moved, start = [], 0
    for example in examples:
        spots = tuple(replace(spot, place=Place(spot.place.tree + start, spot.place.segment)) for spot in example.spots)
        moved.append(replace(example, spots=spots))
        start += len(example.forest.trees)
    return merge([example.forest for example in examples]), moved


def judged(examples: Sequence[JudgedExample], forest: Forest | None = None, heard: Heard | None = None) -> Judged:
    """What the objective is given: of what was heard of the joined forest, or (without it) only what is known."""
    spots = [spot for example in examples for spot in example.spots]
    starts = torch.tensor([0, *(len(example.spots) for example in examples)]).cumsum(0).tolist()
    pairs = [replace(one, win=one.win + start, lose=one.lose + start) for example, start in zip(examples, starts[:-1], strict=True) for one in example.comparisons]
    scores, words, steps, latent = values(spots, forest, heard)
    device = scores.device

    def numbers(given: Sequence[float | None]) -> Tensor:
        return torch.tensor([torch.nan if one is None else one for one in given], dtype=torch.float32, device=device)

    return Judged(
        scores, words, numbers([spot.words for spot in spots]),
        torch.tensor([one.win for one in pairs], dtype=torch.long, device=device), torch.tensor([one.lose for one in pairs], dtype=torch.long, device=device),
        torch.tensor([one.tie for one in pairs], dtype=torch.bool, device=device), numbers([one.margin for one in pairs]), numbers([one.probability for one in pairs]),
        torch.tensor([one.weights for one in pairs], dtype=torch.float32, device=device).reshape(len(pairs), len(pairs[0].weights) if pairs else 1),
        torch.tensor([number for number, example in enumerate(examples) for _ in example.spots], device=device),
        numbers([spot.rank for spot in spots]), numbers([spot.label for spot in spots]), steps, numbers([one for spot in spots for one in spot.worth]), latent,
    )  # fmt: skip


def values(spots: Sequence[Spot], forest: Forest | None, heard: Heard | None) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
    """Of each judgement score [R, H] and summed words [R]; the steps' scores [S, H]; latents [R, 2, L].

    A response that is judged step by step has its worst step's score, one that is judged only in words their log-probability.
    """
    if heard is None:
        return torch.zeros(len(spots), 1), torch.zeros(len(spots)), torch.zeros(sum(len(spot.worth) for spot in spots), 1), None
    at = forest.split(torch.arange(len(heard.logp)))
    places = [at[spot.place.tree][spot.place.segment] for spot in spots]
    words = torch.stack([heard.logp[place[: spot.words]].sum() for place, spot in zip(places, spots, strict=True)])
    read = [place[spot.words :] for place, spot in zip(places, spots, strict=True)]
    rows = [heard.scores[place].amin(0) if len(place) else total.expand(heard.scores.shape[-1]) for place, total in zip(read, words, strict=True)]
    steps = heard.scores[torch.cat([place for place, spot in zip(read, spots, strict=True) if spot.worth] or [torch.zeros(0, dtype=torch.long)])]
    latent = heard.latent[torch.stack([place[-1] for place in read])] if heard.latent is not None and all(map(len, read)) else None
    return torch.stack(rows), words, steps, latent
