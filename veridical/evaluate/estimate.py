"""What an evaluation will cost, from a first batch of each benchmark: tokens, minutes, calls of a judge, money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from veridical.evaluate.inquiry import Inquiry
from veridical.evaluate.questions import Questions, grades_of
from veridical.grade.grade import Grader
from veridical.grade.judging.asker import Asker
from veridical.grade.judging.limits import MILLION

TRIED = 8
"""Responses that a judge grades for an estimate."""


@dataclass(frozen=True)
class Calls:
    """What a judge is asked: calls, tokens, money."""

    calls: float = 0.0
    read: float = 0.0
    written: float = 0.0
    money: float = 0.0

    def times(self, factor: float) -> Calls:
        """The same of so many times the responses."""
        return Calls(*(factor * getattr(self, one.name) for one in fields(self)))


@dataclass(frozen=True)
class Estimate:
    """What is left to ask on one benchmark after its first batch."""

    name: str
    questions: int
    requests: int
    """Different ones among the questions."""
    known: int
    """Requests that an earlier run has the answers to."""
    left: int
    """Requests that are still to be asked."""
    seconds: float
    read: float
    """Tokens of prompts."""
    written: float
    judge: Calls | None = None

    @property
    def line(self) -> str:
        """In words."""
        text = f"{self.name}: {self.questions:,} questions, {self.requests:,} different requests, {self.known:,} answered before"
        text += f"; left: {self.left:,} requests, about {told(self.read)} tokens read and {told(self.written)} written, {minutes(self.seconds)}" if self.left else ""
        return text + (f"; the judge: {calls(self.judge)}" if self.judge else "")


@dataclass(frozen=True)
class Spent:
    """A point in an inquiry: requests asked, seconds, tokens read and written."""

    asked: int
    seconds: float
    read: int
    written: int


def estimate(questions: Questions, inquiry: Inquiry, known: int, before: Spent, after: Spent, judge: Calls | None = None) -> Estimate:
    """From what was spent between two points; the other processes are taken to be as fast."""
    asked = after.asked - before.asked
    each = inquiry.missing / asked if asked else 0.0
    seconds, read, written = ((getattr(after, name) - getattr(before, name)) * each for name in ("seconds", "read", "written"))
    return Estimate(questions.name, len(questions.asked), len(inquiry.requests), known, inquiry.missing, seconds / inquiry.processes, read, written, judge)


def tried(questions: Questions, inquiry: Inquiry, grader: Grader, asker: Asker) -> Calls:
    """What grading every response asks of the judge, from the first few that are there. Verdicts are kept in the judge's cache."""
    there = [record for record in questions.asked if inquiry.keys[record.record_id] in inquiry.cache.responses][:TRIED]
    if not there:
        return Calls()
    started, purse = sum(asker.seen[name] for name in ("asked", "from the cache")), asker.purse
    asked, read, written = asker.seen["asked"], purse.read, purse.written
    grades_of(grader, there, [inquiry.cache.responses[inquiry.keys[record.record_id]] for record in there])
    each = (sum(asker.seen[name] for name in ("asked", "from the cache")) - started) / len(there)
    fresh = max(1, asker.seen["asked"] - asked)
    read, written = (purse.read - read) / fresh, (purse.written - written) / fresh
    money = (read * purse.price_read + written * purse.price_written) / MILLION
    return Calls(1, read, written, money).times(each * len(questions.asked))


def total(estimates: Sequence[Estimate]) -> str:
    """All of them in words."""
    judges = [one.judge for one in estimates if one.judge]
    text = f"in all {sum(one.left for one in estimates):,} requests, {minutes(sum(one.seconds for one in estimates))}"
    summed = Calls(*(sum(getattr(one, part.name) for one in judges) for part in fields(Calls)))
    return text + (f"; judges: {calls(summed)}" if judges else "")


def calls(judge: Calls) -> str:
    """A judge's part in words."""
    text = f"about {told(judge.calls)} calls, {told(judge.read)} tokens read and {told(judge.written)} written"
    return text + (f", {judge.money:.2f} in money" if judge.money else "")


def told(number: float) -> str:
    """A number with two digits that count."""
    return f"{float(f'{number:.2g}'):,.0f}"


def minutes(seconds: float) -> str:
    """A time in words."""
    return f"about {seconds / 60:.1f} minutes" if seconds >= 60 else f"about {seconds:.0f} seconds"
