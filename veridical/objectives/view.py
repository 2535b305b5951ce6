"""Views: a response read against a picture, and what the token scores of a view are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from torch import Tensor

SHORTEST_MATCH = 3
"""Matching blocks of fewer tokens do not count as unchanged."""


@dataclass(frozen=True)
class View:
    """Which response, read against which picture ("original", "corrupted", "similar", "blank")."""

    response: str
    picture: str = "original"

    def __str__(self) -> str:
        return self.response if self.picture == "original" else f"{self.response}@{self.picture}"


CHOSEN, REJECTED = View("chosen"), View("rejected")
GOLD = View("gold")
"""The record's response of origin "gold": a supervised target."""
OTHER = View("other")
"""The chosen response of the step's next record, read after this record's prompt."""
AUXILIARY = View("auxiliary")
"""An answer of another stream of records, to its own prompt."""
DAMAGED, SIMILAR = View("chosen", "corrupted"), View("chosen", "similar")
"""The chosen response, read against the picture made worse, and against another picture like it."""


@dataclass(frozen=True)
class Scores:
    """Token values of one view. B pairs, T tokens, padded on the right; only `mask` says what counts."""

    policy: Tensor
    """log pi(y_t | x, picture, y_<t), shape [B, T]."""
    reference: Tensor | None
    """The same under the reference, without gradient, shape [B, T]."""
    mask: Tensor
    """True on answer tokens and the end of the turn, shape [B, T]."""
    changed: Tensor
    """True on tokens of segments that differ between chosen and rejected, shape [B, T]."""
    outputs: Mapping[str, Tensor] = field(default_factory=dict)
    """What terms requested beside log-probabilities, each [B, T]."""
    marks: Mapping[str, Tensor] = field(default_factory=dict)
    """True on tokens inside the spans that annotators gave a label, by label, each [B, T]."""

    def __post_init__(self) -> None:
        named = {"reference": self.reference, "mask": self.mask, "changed": self.changed, **self.outputs, **self.marks}
        for name, values in named.items():
            if values is not None and values.shape != self.policy.shape:
                raise ValueError(f"{name} has shape {tuple(values.shape)}, policy {tuple(self.policy.shape)}; each holds one value per token")

    @property
    def lengths(self) -> Tensor:
        """Tokens that count, [B]; 0 where a pair lacks the view."""
        return self.mask.sum(-1)


def changed_segments(chosen: Sequence[int], rejected: Sequence[int]) -> tuple[list[bool], list[bool]]:
    """Which tokens of two responses to one prompt lie in a changed segment.

    The longest matching blocks of the two id sequences are aligned; blocks shorter than three tokens do not count; a gap
    between blocks is a changed segment only when it is non-empty on both sides, so pure insertions and deletions stay
    unmarked. The blocks are those of prompt and response together: a common beginning continues the prompt's own block and
    counts, however short.

    Source: DDPO, arXiv 2312.00849. Follows: thunlp/Muffin, utils/diff_lib.py, 85d72b4b.
    Differs: padding takes no part, and frequent tokens may begin a block also in inputs of 200 tokens or more, so the marks
    depend neither on the batch nor on the prompt's length.
    """
    start = common_beginning(chosen, rejected)
    # rejected comes first, as in the authors' training code: among equally long blocks the choice depends on the order
    blocks = SequenceMatcher(None, list(rejected[start:]), list(chosen[start:]), autojunk=False).get_matching_blocks()
    marks = [False] * len(chosen), [False] * len(rejected)
    ours = theirs = start
    for block in [block for block in blocks[:-1] if block.size >= SHORTEST_MATCH] + [blocks[-1]]:
        to_ours, to_theirs = start + block.b, start + block.a
        if to_ours > ours and to_theirs > theirs:
            marks[0][ours:to_ours] = [True] * (to_ours - ours)
            marks[1][theirs:to_theirs] = [True] * (to_theirs - theirs)
        ours, theirs = to_ours + block.size, to_theirs + block.size
    return marks


def common_beginning(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens the two start with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))
