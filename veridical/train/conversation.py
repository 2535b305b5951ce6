"""Supervised records as trees: the assistant's turns are scored, and records that begin alike share their beginning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from veridical.models.encoder import EncodeError, Encoder, picture_key
from veridical.models.forest import Inputs, Segment, Tree
from veridical.models.planting import messages
from veridical.models.shown import Open, media_ids, pictures_only
from veridical.models.share import prefix_length
from veridical.records.record import Record, Response, Turn

ENDLESS = 2**40


@dataclass(frozen=True)
class Stretch:
    """Neighbouring tokens that are all scored or all context, with the pictures whose placeholders stand in them."""

    ids: Tensor
    scored: bool
    pictures: tuple[str, ...] = ()


@dataclass(frozen=True)
class Line:
    """One sequence of stretches, the last of them scored."""

    stretches: tuple[Stretch, ...]
    name: str

    @property
    def ids(self) -> Tensor:
        """All token ids."""
        return torch.cat([stretch.ids for stretch in self.stretches])

    @property
    def scored(self) -> Tensor:
        """True on the tokens to learn."""
        return torch.cat([torch.full((len(stretch.ids),), stretch.scored) for stretch in self.stretches])

    @property
    def pictures(self) -> tuple[str, ...]:
        """Keys of all pictures, in order."""
        return tuple(key for stretch in self.stretches for key in stretch.pictures)

    @property
    def opening(self) -> Line:
        """What stands before the first scored token."""
        count = next(place for place, stretch in enumerate(self.stretches) if stretch.scored)
        return Line(self.stretches[:count], self.name)


@dataclass(frozen=True)
class Conversation:
    """A record as lines (one, or one for each answer before which the template writes earlier turns differently) and pixels."""

    lines: tuple[Line, ...]
    inputs: dict[str, Inputs]
    cut: int
    """Answers that were cut or dropped because of the token limit."""


def learnt_turns(record: Record) -> list[Turn]:
    """The conversation with the answer to learn at its end: the preferred response, or else the first."""
    chosen = [record.response(pair.chosen) for pair in record.pairs if pair.relation == ">"]
    answers: list[Response] = [*chosen, *record.responses][:1]
    return [*record.prompt, *(Turn(role="assistant", parts=answer.parts) for answer in answers)]


def read(encoder: Encoder, open_: Open, record: Record) -> Conversation:
    """A record's conversation. The assistant's turns are scored, except those that the record excludes (`loss` false).

    Turns that do not fit `max_tokens` are dropped from the end. Errors: EncodeError when no answer fits or there is none.
    """
    pictures_only(record)
    turns, limit, roomy = learnt_turns(record), encoder.max_tokens, replace(encoder, max_tokens=ENDLESS)
    opened = {media_id: open_(record, media_id) for media_id in dict.fromkeys(media_ids(record))}
    lines: list[list[Stretch]] = [[]]
    inputs: dict[str, Inputs] = {}
    cut, longest = 0, 0
    for place, turn in enumerate(turns):
        if turn.role != "assistant":
            continue
        shown = [opened[part.media_id] for earlier in turns[:place] for part in earlier.parts if part.type == "image"]
        piece = roomy.prompt(messages(turns[:place]), shown, [picture_key(picture) for picture in shown], record.record_id)
        answer = roomy.response(messages(turns[:place]), turn.text, record.record_id)
        longest = max(longest, len(piece.ids))
        cut += len(piece.ids) + len(answer) > limit
        if len(piece.ids) >= limit:
            continue
        context = follow(lines, piece.ids, piece.pictures)
        lines[-1] += [context, Stretch(answer[: limit - len(piece.ids)], turn.loss is not False)]
        inputs |= piece.inputs
    found = tuple(Line(tuple(kept), record.record_id) for stretches in lines if (kept := up_to_scored(stretches)))
    if not found:
        long = f"the first answer stands after {longest} tokens, the limit is {limit}; lower step.picture_tokens or raise step.max_tokens"
        why = long if longest >= limit else "no assistant turn to learn from"
        raise EncodeError(f"record {record.record_id}: {why}")
    return Conversation(found, inputs, cut)


def follow(lines: list[list[Stretch]], ids: Tensor, pictures: tuple[str, ...]) -> Stretch:
    """The context that continues the last line up to `ids`; a new line begins where the template does not repeat that line as it was."""
    so_far = Line(tuple(lines[-1]), "")
    if lines[-1] and not (torch.equal(ids[: len(so_far.ids)], so_far.ids) and pictures[: len(so_far.pictures)] == so_far.pictures):
        lines.append([])
    if not lines[-1]:
        return Stretch(ids, False, pictures)
    return Stretch(ids[len(so_far.ids) :], False, pictures[len(so_far.pictures) :])


def up_to_scored(stretches: Sequence[Stretch]) -> list[Stretch]:
    """Stretches up to the last scored one that has a token."""
    last = max((place for place, stretch in enumerate(stretches) if stretch.scored), default=-1)
    return [stretch for stretch in stretches[: last + 1] if len(stretch.ids)]


def plant(lines: Sequence[Line], token_id: int | None, budget: int) -> list[Tree]:
    """Trees of at most about `budget` tokens. Lines that show the same pictures at the same place share their common beginning.

    `token_id` is the placeholder of pictures; what is shared reaches to the last one of the opening, and beyond it as
    far as all agree, but never to a scored token.
    """
    groups: dict[tuple[tuple[str, ...], bytes], list[Line]] = {}
    for line in lines:
        opening = line.opening
        groups.setdefault((opening.pictures, opening.ids[: shown_to(opening, token_id)].numpy().tobytes()), []).append(line)
    trees = []
    for group in groups.values():
        own: list[Line] = []
        for line in group:
            if own and sum(len(other.ids) for other in own) - (len(own) - 1) * len(own[0].opening.ids) + len(line.ids) - len(line.opening.ids) > budget:
                trees.append(tree(own))
                own = []
            own.append(line)
        trees.append(tree(own))
    return trees


def shown_to(opening: Line, token_id: int | None) -> int:
    """How many tokens of an opening have to be shared: those up to the last placeholder; all of them where there is none."""
    places = (opening.ids == token_id).nonzero() if token_id is not None and opening.pictures else torch.zeros(0, 1)
    return int(places[-1, 0]) + 1 if len(places) else len(opening.ids)


def tree(lines: Sequence[Line]) -> Tree:
    """Lines with a common beginning as a root and one branch each."""
    openings = [line.opening for line in lines]
    common = min(len(openings[0].ids), *(min(prefix_length(openings[0].ids, other.ids), len(other.ids)) for other in openings))
    root = Segment(openings[0].ids[:common], torch.zeros(common, dtype=torch.bool), None, openings[0].pictures, "prompt")
    branches = (Segment(line.ids[common:], line.scored[common:], 0, line.pictures[len(root.pictures) :], line.name) for line in lines)
    return Tree((root, *branches), lines[0].name)


def together(records: Sequence[Record]) -> tuple[tuple[int, ...], ...]:
    """Places of records that show the same pictures, so that a step can share them; a record without pictures stands alone."""
    groups: dict[object, list[int]] = {}
    for place, record in enumerate(records):
        shown = tuple((medium.path, medium.sha256, medium.data) for medium in map(record.medium, media_ids(record)))
        groups.setdefault(shown or place, []).append(place)
    return tuple(map(tuple, groups.values()))
