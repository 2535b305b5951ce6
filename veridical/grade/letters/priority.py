"""lmms-eval's shared rule for multiple choice: candidates by the way in which they are written, the surest first."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from veridical.grade.letters.grading import Options, Reader

MARKS = ",.!?;:'\""
PHRASES = (
    *(f"{article}{kind} is" for article in ("", "the ", "the correct ", "correct ", "the best ", "best ") for kind in ("answer", "option") if article or kind == "answer"),
    *("the choice is", "choice is", "the correct choice is", "correct choice is", "i choose", "i select", "i pick", "my answer is", "my choice is"),
    *("옵션", "정답은", "답은", "답:", "答案是", "答案为", "选", "答えは"),
)
FORMS = (("({})", 6), ("{}.", 5), ("{}:", 4), ("{})", 3), ("{} ", 2))
START, END, PHRASE, ANYWHERE = 10, 9, 7, 0

Candidate = tuple[int, int, str]
"""(priority, place, letter)."""


def mcq_priority_lmms(allowed: str = "") -> Reader:
    """A rule that takes the best candidate, and of equals the one furthest on: alone at the start, alone at the end, behind an answer phrase, (X), X., X:, X), "X ",
    and where there is none of these a letter anywhere. Case counts. `allowed`: the letters, where they are not the options'.

    Follows: lmms-eval, tasks/_task_utils/mcq_extract.py.
    """

    def read(text: str, options: Options) -> str | None:
        letters = allowed or "".join(options)
        said = stripped(text)
        found = [one for source in SOURCES for one in source(said, letters)] or list(anywhere(said, letters))
        best = max(found, key=lambda one: one[:2], default=None)
        return best[2] if best else None

    return read


def stripped(text: str) -> str:
    """The text between spaces, without marks at its ends."""
    said = text.strip()
    for mark in MARKS:
        said = said.strip(mark)
    return f" {said} " if text.strip() else ""


def written(text: str, letters: str) -> Iterable[Candidate]:
    """Letters with a mark."""
    return ((priority, text.rfind(form.format(letter)), letter) for form, priority in FORMS for letter in letters if form.format(letter) in text)


def announced(text: str, letters: str) -> Iterable[Candidate]:
    """The first place of each letter behind the first place of each phrase."""
    lower = text.lower()
    for phrase in PHRASES:
        start = lower.find(phrase)
        if start >= 0:
            yield from ((PHRASE, place, letter) for letter in letters if (place := text.find(letter, start + len(phrase))) >= 0)


def at_the_ends(text: str, letters: str) -> Iterable[Candidate]:
    """A letter that no other letter touches, at the start or at the end."""
    said = text.strip()
    for letter in letters:
        if said.startswith(letter) and not said[1:2].isalpha():
            yield START, 0, letter
        if said.endswith(letter) and not said[-2:-1].isalpha():
            yield END, len(text) - 1, letter


def anywhere(text: str, letters: str) -> Iterable[Candidate]:
    """Any occurrence."""
    return ((ANYWHERE, text.rfind(letter), letter) for letter in letters if letter in text)


SOURCES: tuple[Callable[[str, str], Iterable[Candidate]], ...] = (written, announced, at_the_ends)
