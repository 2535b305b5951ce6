"""Scores to pairs, and the full difference between two texts. Pure functions on records."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import accumulate, combinations

from veridical.records.record import Edit, Pair, Record, Response
from veridical.records.text import pieces, word_count

Rule = Callable[[Sequence[Response]], list[tuple[Response, Response]]]
"""Scored responses, best first, to (better, worse) candidates."""


def edits(chosen: str, rejected: str) -> tuple[Edit, ...]:
    """Every difference, word by word, as stretches of characters: applied to `rejected` they give `chosen`.

    Words and not characters are matched: two different words share letters by chance only, and a pair of long responses
    takes a millisecond instead of a tenth of a second.
    """
    ours, theirs = pieces(chosen), pieces(rejected)
    at_ours, at_theirs = ends(ours), ends(theirs)
    return tuple(
        Edit(op=op, rejected_start=at_theirs[i1], rejected_end=at_theirs[i2], chosen_start=at_ours[j1], chosen_end=at_ours[j2])
        for op, i1, i2, j1, j2 in SequenceMatcher(None, theirs, ours, autojunk=False).get_opcodes()
        if op != "equal"
    )


def ends(found: Sequence[str]) -> list[int]:
    """Where each piece begins, and where the last one ends."""
    return [0, *accumulate(map(len, found))]


def apply_edits(rejected: str, chosen: str, changes: Sequence[Edit]) -> str:
    """`rejected` with every changed stretch replaced by the one of `chosen`."""
    out, at = [], 0
    for edit in changes:
        out += [rejected[at : edit.rejected_start], chosen[edit.chosen_start : edit.chosen_end]]
        at = edit.rejected_end
    return "".join(out) + rejected[at:]


def best_worst(ordered: Sequence[Response]) -> list[tuple[Response, Response]]:
    """The best against the worst, then the second best against the second worst."""
    return [(ordered[place], ordered[-1 - place]) for place in range(len(ordered) // 2)]


def all_pairs(ordered: Sequence[Response]) -> list[tuple[Response, Response]]:
    """Every better response against every worse one, the largest difference of scores first."""
    return sorted(combinations(ordered, 2), key=lambda two: two[1].score - two[0].score)


def adjacent(ordered: Sequence[Response]) -> list[tuple[Response, Response]]:
    """Each against the next worse one."""
    return list(zip(ordered, ordered[1:], strict=False))


RULES: dict[str, Rule] = {"best_worst": best_worst, "all_pairs": all_pairs, "adjacent": adjacent}


@dataclass(frozen=True)
class Pairing:
    """How scores become pairs."""

    rule: str = "best_worst"
    gap: float = 0.0
    """A pair needs a larger difference of scores than this."""
    most: int = 1
    """Most pairs per prompt."""
    length_ratio: float | None = None
    """Largest factor between the lengths (words) of chosen and rejected."""
    ties: bool = False
    """Keep equal scores as pairs with relation "="."""


@dataclass
class Dropped:
    """Candidates that did not become pairs, by reason."""

    reasons: dict[str, int] = field(default_factory=dict)

    def count(self, reason: str) -> None:
        """One more."""
        self.reasons[reason] = self.reasons.get(reason, 0) + 1


def pair(record: Record, how: Pairing, dropped: Dropped | None = None) -> Record:
    """The record with pairs from its responses' scores. Equal texts count once (the first); unscored responses are left aside."""
    dropped = dropped if dropped is not None else Dropped()
    scored: dict[str, Response] = {}
    for response in record.responses:
        if response.score is not None:
            scored.setdefault(response.text, response)
    ordered = sorted(scored.values(), key=lambda response: (-response.score, response.response_id))
    pairs: list[Pair] = []
    for better, worse in RULES[how.rule](ordered):
        if len(pairs) == how.most:
            break
        reason = refuse(better, worse, how)
        if reason:
            dropped.count(reason)
        else:
            pairs.append(made(better, worse, how))
    if not pairs:
        dropped.count("prompts without a pair")
    return record.replace(pairs=tuple(pairs), kind="preference")


def refuse(better: Response, worse: Response, how: Pairing) -> str:
    """Why two responses are no pair, or ""."""
    difference = better.score - worse.score
    if difference <= how.gap and not (how.ties and difference == 0):
        return "score difference too small"
    lengths = sorted((max(1, word_count(better.text)), max(1, word_count(worse.text))))
    if how.length_ratio is not None and lengths[1] / lengths[0] > how.length_ratio:
        return "lengths too different"
    return ""


def made(better: Response, worse: Response, how: Pairing) -> Pair:
    """A pair with margin, rule and edits."""
    margin = better.score - worse.score
    return Pair(
        chosen=better.response_id, rejected=worse.response_id, relation=">" if margin > 0 else "=",
        margin=margin, rule=how.rule, edits=edits(better.text, worse.text),
    )  # fmt: skip
