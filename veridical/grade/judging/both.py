"""Two responses judged fairly: shown in both orders, with votes, and one stated rule for what the orders disagree on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from veridical.grade.judging.answer import verdict
from veridical.grade.judging.asker import Asker
from veridical.grade.judging.form import choice
from veridical.grade.judging.reply import Unjudged
from veridical.grade.judging.verdict import Choice
from veridical.records.record import Record


@dataclass(frozen=True)
class How:
    """The procedure.

    Each order is asked `votes` times (seeds 0, 1, ...) and says what most votes say; a draw of votes is a tie. Both orders must say the same:
    where they do not, the pair is a tie or unjudged, as `disagreement` says. Without `swap` only the given order is asked.
    """

    votes: int = 1
    swap: bool = True
    disagreement: Literal["tie", "unjudged"] = "tie"
    wording: int = 0
    first_seed: int = 0


@dataclass(frozen=True)
class Pairwise:
    """The judgement of two responses."""

    better: int
    """1 the first, -1 the second, 0 neither."""
    probability: float
    """Share of all votes for the first, ties half."""
    given: int
    """What the given order says, 1 where it prefers what stands first."""
    swapped: int | None
    """The same of the swapped order, read back: 1 where it prefers the first response. None without `swap`."""
    why: str = ""

    @property
    def agreed(self) -> bool:
        """Whether both orders say the same."""
        return self.swapped is None or self.given == self.swapped

    @property
    def followed(self) -> int:
        """1 where both orders prefer whatever stands first, -1 whatever stands last, else 0: the judge reads the place and not the text."""
        return self.given if self.swapped is not None and self.given * self.swapped == -1 else 0


def judged_pair(asker: Asker, record: Record, first: str, second: str, how: How = How()) -> Pairwise:
    """Which of two responses to the record's prompt is better. Two equal texts tie without being asked about.

    Errors: Unjudged where any vote is missing (a half-asked pair would favour an order), or the orders disagree and that counts as unjudged.
    """
    if first.strip() == second.strip():
        return Pairwise(0, 0.5, 0, 0 if how.swap else None, "both say the same")
    given = votes(asker, record, (first, second), how)
    swapped = [Choice(-vote.better, vote.why) for vote in votes(asker, record, (second, first), how)] if how.swap else []
    every = [*given, *swapped]
    said, back = most(given), most(swapped) if how.swap else None
    found = Pairwise(said if back in (None, said) else 0, sum((vote.better + 1) / 2 for vote in every) / len(every), said, back, every[0].why)
    if not found.agreed and how.disagreement == "unjudged":
        raise Unjudged("orders disagree", f"{said:+d} as given, {back:+d} swapped")
    return found


def votes(asker: Asker, record: Record, texts: tuple[str, str], how: How) -> list[Choice]:
    """The votes of one order. An answer that cannot be read is asked for once more, with a seed of its own."""
    form = choice()
    messages = form.messages(record, texts, how.wording)
    return [verdict(asker, form, messages, seed) for seed in range(how.first_seed, how.first_seed + how.votes)]


def most(found: Sequence[Choice]) -> int:
    """What most votes say: 1, -1, or 0."""
    total = sum(vote.better for vote in found)
    return (total > 0) - (total < 0)
