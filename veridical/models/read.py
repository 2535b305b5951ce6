"""A record read under a method's views: which responses, against which pictures, become which branches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from PIL import Image
from torch import Tensor

from veridical.models.collate import Example, Mask, PairPlaces
from veridical.models.encoder import EncodeError, Encoder
from veridical.models.planting import Place, Planting, messages
from veridical.models.shown import Shown, pictures_only
from veridical.objectives.method import Method
from veridical.objectives.view import AUXILIARY, OTHER, View, changed_segments
from veridical.records.record import Pair, Record, Response


@dataclass(frozen=True)
class Companions:
    """The records that are read beside one: the step's next, and one of the auxiliary stream."""

    other: Record
    auxiliary: Record


@dataclass
class Reading:
    """How records are read in a run: the method's views and facts, and where pictures come from."""

    encoder: Encoder
    views: Sequence[View]
    shown: Shown
    facts: Sequence[str] = ()
    """Facts that every pair must state."""
    labels: Sequence[str] = ()
    """Labels of spans whose tokens weigh differently."""

    def __call__(self, record: Record, beside: Companions | None = None) -> Example:
        """The record's trees: one per set of pictures, one branch per response. A record is its own companion unless others are given.

        Errors: EncodeError naming the record when a view or a fact cannot be had, or when nothing fits.
        """
        pictures_only(record)
        planting, beside = Planting(self.encoder), beside or Companions(record, record)
        pairs = [self.pair(planting, record, pair, beside) for pair in pairs_of(record)]
        return Example(record.record_id, planting.forest, tuple(pairs), planting.cut)

    def pair(self, planting: Planting, record: Record, pair: Pair, beside: Companions) -> PairPlaces:
        """One pair's places, masks and numbers."""
        responses = {name: record.response(key) for name, key in (("chosen", pair.chosen), ("rejected", pair.rejected)) if key}
        places = {view: place for view in self.views if (place := self.place(planting, record, responses, view, beside)) is not None}
        known = facts_of(pair, responses)
        if missing := [name for name in self.facts if known.get(name) is None]:
            raise EncodeError(f"record {record.record_id}: the method reads a pair's {missing[0]}, and this one states none (nor two scores to take it from)")
        marks = {name: self.marks(record, response) for name, response in responses.items() if self.labels and response.spans}
        return PairPlaces(places, changed_masks(planting, places), marks, pair.weight, known)

    def place(self, planting: Planting, record: Record, responses: Mapping[str, Response], view: View, beside: Companions) -> Place | None:
        """Where a view is; None for a side that unpaired data lacks."""
        if view.response == AUXILIARY.response:
            owner, text = conversation(beside.auxiliary)
            return planting.plant(f"{owner.record_id} (auxiliary)", owner.prompt, "auxiliary", text, *self.look(planting, owner, None, view.picture))
        if view.response in ("chosen", "rejected") and view.response not in responses:
            return None
        response = other_response(beside.other) if view.response == OTHER.response else responses.get(view.response) or named(record, view.response)
        return planting.plant(record.record_id, record.prompt, response.response_id, response.text, *self.look(planting, record, response, view.picture))

    def look(self, planting: Planting, record: Record, response: Response | None, variant: str) -> tuple[list[Image.Image], list[str]]:
        """The pictures that a response is to see, with their keys; of one record each set is made once."""
        asked = (record.record_id, response.swaps if response else (), variant)
        if asked not in planting.seen:
            planting.seen[asked] = self.shown(record, response, variant)
        return planting.seen[asked]

    def marks(self, record: Record, response: Response) -> Mask:
        """Tokens inside the spans of each label, by response tokens."""
        covers = self.encoder.covers(messages(record.prompt), response.text, record.record_id)
        found = {}
        for label in self.labels:
            spans = [span for span in response.spans if span.label == label]
            found[label] = torch.tensor([any(start < span.end and span.start < end for span in spans) for start, end in covers], dtype=torch.bool)
        return found


def reads(method: Method, encoder: Encoder, shown: Shown) -> Reading:
    """How a method's records are read."""
    return Reading(encoder, method.views, shown, method.facts, method.labels)


def pairs_of(record: Record) -> Iterator[Pair]:
    """The record's preferences; of unpaired data each labelled response, alone on its side.

    Errors: EncodeError for a record with neither.
    """
    pairs = [pair for pair in record.pairs if pair.relation == ">"]
    labelled = [] if record.pairs else [response for response in record.responses if response.label is not None]
    if not pairs and not labelled:
        raise EncodeError(f"record {record.record_id}: no pair with a preference, and no response with a label")
    yield from pairs
    for response in labelled:
        yield Pair(chosen=response.response_id, rejected="") if response.label else Pair(chosen="", rejected=response.response_id)


def facts_of(pair: Pair, responses: Mapping[str, Response]) -> dict[str, float | None]:
    """A pair's numbers; the margin is the difference of the responses' scores where the pair states none."""
    scored = [responses[name].score for name in ("chosen", "rejected") if name in responses]
    known = scored[0] - scored[1] if len(scored) == 2 and None not in scored else None
    return {"margin": known if pair.margin is None else pair.margin, "probability": pair.probability}


def named(record: Record, name: str) -> Response:
    """A response by origin ("gold") or id. Errors: EncodeError naming the record."""
    for response in record.responses:
        if name in (response.origin, response.response_id):
            return response
    raise EncodeError(f"record {record.record_id}: the method reads a {name!r} response, and the record has none")


def other_response(record: Record) -> Response:
    """What another record contributes as a mismatched answer: its first chosen response, or its first one."""
    found = record.response(record.pairs[0].chosen) if record.pairs else record.responses[0]
    return found.replace(response_id=f"{found.response_id} of {record.record_id}", swaps=())


def conversation(record: Record) -> tuple[Record, str]:
    """A supervised example: the record as far as it is the prompt, and the answer to learn.

    A conversation's last assistant turn, or the gold (else chosen) response. Errors: EncodeError naming the record.
    """
    last = record.prompt[-1]
    if last.role == "assistant":
        return record.replace(prompt=record.prompt[:-1]), last.text
    gold = [response for response in record.responses if response.origin == "gold"]
    if not gold and not record.responses:
        raise EncodeError(f"record {record.record_id}: no answer to learn from (auxiliary)")
    return record, (gold[0] if gold else other_response(record)).text


def changed_masks(planting: Planting, places: Mapping[View, Place]) -> dict[str, Tensor]:
    """Which tokens of chosen and rejected lie in changed segments; nothing where one of them is missing."""
    ids = {view.response: planting.ids(place) for view, place in places.items()}
    if not {"chosen", "rejected"} <= set(ids):
        return {}
    found = changed_segments(ids["chosen"].tolist(), ids["rejected"].tolist())
    return {name: torch.as_tensor(mark, dtype=torch.bool) for name, mark in zip(("chosen", "rejected"), found, strict=True)}


