"""Judging many responses: trees for each record, one pass in batches, and opinions in the order that was asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from veridical.models.encoder import EncodeError
from veridical.models.judging.example import JudgedExample, Spot
from veridical.models.judging.form import Bench, Opinion
from veridical.models.judging.grow import Grove, Looked
from veridical.records.record import Record, Response, text_parts

UNREADABLE = (EncodeError, OSError, ValueError)
"""What a record or response raises that cannot become tokens."""


@dataclass(frozen=True)
class Asked:
    """One response to be judged, with its record and the record's pictures."""

    record: Record
    response: Response
    looked: Looked


@dataclass
class Answers:
    """Opinions by record and response. Life cycle: one per call; what cannot be read has its opinion at once, the others wait for theirs."""

    responses: Sequence[Sequence[str]]
    found: list[Opinion | None]
    waiting: list[int]
    asked: list[Asked]

    def give(self, opinions: Sequence[Opinion]) -> list[list[Opinion]]:
        """Everything, once those that wait have come."""
        for place, opinion in zip(self.waiting, opinions, strict=True):
            self.found[place] = opinion
        rest = iter(self.found)
        return [[next(rest) for _ in own] for own in self.responses]


def ask(bench: Bench, records: Sequence[Record], responses: Sequence[Sequence[str]]) -> Answers:
    """Every response with its record's pictures, which are opened once; a record without readable pictures cannot be judged."""
    answers = Answers(responses, [], [], [])
    for record, texts in zip(records, responses, strict=True):
        try:
            looked = bench.reader.look(record) if texts else None
        except UNREADABLE as error:
            answers.found += [failed(error)] * len(texts)
            continue
        for number, text in enumerate(texts):
            answers.waiting.append(len(answers.found))
            answers.found.append(None)
            answers.asked.append(Asked(record, Response(response_id=str(number), parts=text_parts(text)), looked))
    return answers


Plant = Callable[[Grove, Asked], Spot]
"""Puts one response into its record's trees. Errors: EncodeError when it cannot be read."""


def assess(
    bench: Bench, asked: Sequence[Asked], plant: Plant, number: Callable[[Tensor], Tensor] = lambda scores: scores[-1], ends: Callable[[Asked], Sequence[int]] | None = None
) -> list[Opinion]:
    """What the read-out says of each; `number` makes one score [H] of those at all places that are read [places, H].

    With `ends`, which says where the places are in a response, the opinion also has the probability at each.

    Neighbours of one record share its trees.
    """
    found: list[Opinion | None] = []
    examples: list[JudgedExample] = []
    waiting: list[int] = []
    for own in runs(asked):
        grove, spots = Grove(own[0].record.record_id), []
        for one in own:
            try:
                spots.append(plant(grove, one))
                waiting.append(len(found))
                found.append(None)
            except UNREADABLE as error:
                found.append(failed(error))
        if spots:
            examples.append(JudgedExample(grove.owner, grove.forest, tuple(spots), ()))
    for place, (opinion, right) in zip(waiting, read(bench, examples, number), strict=True):
        found[place] = opinion if ends is None else replace(opinion, steps=tuple(zip(ends(asked[place]), right)))
    return found


def read(bench: Bench, examples: Sequence[JudgedExample], number: Callable[[Tensor], Tensor]) -> Iterator[tuple[Opinion, list[float]]]:
    """The opinions of all spots, in order, and the probability at each place that was read."""
    for forest, moved, heard in bench.heard(examples):
        at = forest.split(torch.arange(len(heard.logp)))
        for spot in (spot for example in moved for spot in example.spots):
            places = at[spot.place.tree][spot.place.segment][spot.words :]
            latent = None if heard.latent is None else heard.latent[places[-1]].cpu()
            scores = heard.scores[places].cpu()
            yield bench.opinion(number(scores), latent), scores.sigmoid().mean(-1).tolist()


def runs(asked: Sequence[Asked]) -> Iterator[list[Asked]]:
    """Neighbours with the same record."""
    own: list[Asked] = []
    for one in asked:
        if own and own[-1].record is not one.record:
            yield own
            own = []
        own.append(one)
    if own:
        yield own


def failed(error: Exception) -> Opinion:
    """The opinion of a response that cannot be read."""
    return Opinion(None, why=str(error))
