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
    """Which response, read against which picture ("original", "corrupted", "similar")."""

    response: str
    picture: str = "original"

    def __str__(self) -> str:
        return self.response if self.picture == "original" else f"{self.response}@{self.picture}"


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


def changed_segments(chosen: Sequence[int], rejected: Sequence[int]) -> tuple[list[bool], list[bool]]:
    """Which tokens of each response lie in a changed segment.

    The longest matching blocks of the two id sequences are aligned; blocks shorter than three tokens do not count; a gap
    between blocks is a changed segment only when it is non-empty on both sides, so pure insertions and deletions stay
    unmarked.

    Source: DDPO, arXiv 2312.00849. Follows: thunlp/Muffin, utils/diff_lib.py.
    """
    blocks = SequenceMatcher(None, list(chosen), list(rejected), autojunk=False).get_matching_blocks()
    kept = [block for block in blocks if block.size >= SHORTEST_MATCH] + [blocks[-1]]
    marks = [False] * len(chosen), [False] * len(rejected)
    ours = theirs = 0
    for block in kept:
        if block.a > ours and block.b > theirs:
            marks[0][ours : block.a] = [True] * (block.a - ours)
            marks[1][theirs : block.b] = [True] * (block.b - theirs)
        ours, theirs = block.a + block.size, block.b + block.size
    return marks
