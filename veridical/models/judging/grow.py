"""Judged responses as branches: prompt and pictures once per record, then the response, what the judge is asked, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from veridical.models.encoder import EncodeError, Encoder, Piece, answer
from veridical.models.forest import Forest, Inputs, Segment, Tree
from veridical.models.planting import Place, messages
from veridical.models.shown import Shown, pictures_only
from veridical.recipe import Judging
from veridical.records.record import Record, Response, Swap

ENDLESS = 2**40
Looked = tuple[list[Image.Image], list[str]]
"""Pictures, and a key for each one's content."""


@dataclass(frozen=True)
class Before:
    """What stands before a judge's words: the piece that is shared, and what follows it."""

    root: Piece
    ids: Tensor
    asked: list[dict[str, Any]]
    """The conversation so far, as a chat template takes it; the judge answers it."""
    cut: bool = False
    """Whether the response lost its end to the token limit."""


@dataclass
class Grove:
    """The trees of one record. Life cycle: one per reading; `forest` when everything has grown."""

    owner: str
    trees: dict[tuple[bytes, tuple[str, ...]], list[Segment]] = field(default_factory=dict)
    inputs: dict[str, Inputs] = field(default_factory=dict)
    cut: int = 0
    """Responses that lost their end to the token limit."""

    def add(self, before: Before, ids: Tensor, scored: Tensor, name: str) -> Place:
        """A branch: what stands before, then `ids`, of which some are scored."""
        key = (before.root.ids.numpy().tobytes(), before.root.pictures)
        if key not in self.trees:
            self.trees[key] = [Segment(before.root.ids, torch.zeros(len(before.root.ids), dtype=torch.bool), None, before.root.pictures, "prompt")]
            self.inputs |= before.root.inputs
        flags = torch.cat([torch.zeros(len(before.ids), dtype=torch.bool), scored])
        self.trees[key].append(Segment(torch.cat([before.ids, ids]), flags, 0, (), name))
        self.cut += before.cut
        return Place(list(self.trees).index(key), len(self.trees[key]) - 1)

    @property
    def forest(self) -> Forest:
        """What has grown."""
        return Forest(tuple(Tree(tuple(segments), self.owner) for segments in self.trees.values()), self.inputs)


@dataclass(frozen=True)
class Reader:
    """Turns a record's responses into what a judge reads."""

    encoder: Encoder
    shown: Shown
    judging: Judging

    @property
    def variant(self) -> str:
        """How pictures are read."""
        return "original" if self.shown.corruption is None else "corrupted"

    @property
    def roomy(self) -> Encoder:
        """The encoder without a limit: what is too long is cut where it can be."""
        return replace(self.encoder, max_tokens=ENDLESS)

    @property
    def end(self) -> Tensor:
        """The token after the last one that is read; what it is has no effect."""
        return torch.tensor([self.encoder.tokenizer.eos_token_id or 0])

    def look(self, record: Record, response: Response | None = None) -> Looked:
        """The pictures that a response is read against, with their keys."""
        pictures_only(record)
        return self.shown(record, response, self.variant)

    def looks(self, record: Record) -> Callable[[Response], Looked]:
        """`look` for the responses of one record: pictures that several see are opened once."""
        seen: dict[tuple[Swap, ...], Looked] = {}

        def look(response: Response) -> Looked:
            if response.swaps not in seen:
                seen[response.swaps] = self.look(record, response)
            return seen[response.swaps]

        return look

    def before(self, record: Record, response: Response, question: str, words: int, looked: Looked) -> Before:
        """Prompt, response and the judge's question, with room for so many `words` after them.

        A response that does not fit loses its end, never the question. Errors: EncodeError when nothing of it fits.
        """
        name, asked, (pictures, keys) = record.record_id, messages(record.prompt), looked
        root = self.encoder.prompt(asked, pictures, keys, name)
        said = self.encoder.response(asked, response.text, name)
        if not question:
            return self.fitted(name, root, said, said[:0], words, asked)
        asked = [*asked, answer(response.text), {"role": "user", "content": [{"type": "text", "text": question}]}]
        whole = self.roomy.prompt(asked, pictures, keys, name)
        known = torch.cat([root.ids, said])
        if torch.equal(whole.ids[: len(known)], known):
            return self.fitted(name, root, said, whole.ids[len(known) :], words, asked)
        # the template writes earlier turns differently, so nothing but the whole conversation is shared
        return self.fitted(name, whole, said[:0], said[:0], words, asked)

    def fitted(self, name: str, root: Piece, said: Tensor, after: Tensor, words: int, asked: list[dict[str, Any]]) -> Before:
        """The response cut to what the limit leaves."""
        room = self.encoder.max_tokens - len(root.ids) - len(after) - words
        if room < min(len(said), 1):
            raise EncodeError(f"record {name}: prompt and judge's question leave no room for a response within {self.encoder.max_tokens} tokens; raise step.max_tokens")
        return Before(root, torch.cat([said[:room], after]), asked, len(said) > room)

    def words(self, before: Before, text: str, name: str) -> Tensor:
        """What the judge says, with the end of its turn."""
        return self.encoder.response(before.asked, text, name)

    def opening(self, before: Before) -> Tensor:
        """The beginning of the judge's answer."""
        text = self.judging.opening
        return self.encoder.tokens(self.encoder.around(before.asked)[1] + text if text else "")

    @property
    def opening_room(self) -> int:
        """Tokens that the beginning takes, at most."""
        return 2 * len(self.encoder.tokens(self.judging.opening)) + 8 if self.judging.opening else 0


def last_scored(*pieces: Tensor) -> tuple[Tensor, Tensor]:
    """Pieces joined, and flags that are true on the last token alone."""
    ids = torch.cat(pieces)
    return ids, torch.arange(len(ids)) == len(ids) - 1
