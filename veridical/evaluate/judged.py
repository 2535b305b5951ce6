"""Benchmarks that a judge grades: what it is asked, where it is, and what happens where it says nothing that can be read."""

from __future__ import annotations

import hashlib
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from veridical.evaluate.benchmark import BenchmarkError
from veridical.evaluate.measure import Measure, share
from veridical.grade.grade import BatchGrader, Grade
from veridical.grade.judge import BORDER, LONGEST
from veridical.grade.judging.answer import verdict
from veridical.grade.judging.asker import Asker, Endpoint
from veridical.grade.judging.form import Form, asked
from veridical.grade.judging.inside import values
from veridical.grade.judging.reply import Reply, Unjudged, unwilling
from veridical.records.picture import PictureError
from veridical.records.record import Record

Verdict = TypeVar("Verdict")
PLACE = re.compile(r"\{([a-z_]+)\}")
PASSING = ("waiting", "timeout", "connection", "broken answer", "failed")
ROUNDS = 6
"""How often all responses are gone through; each time an endpoint asks `tries` times."""


class Ask(Protocol):
    """Puts one question to the judge."""

    def __call__(self, form: Form[Verdict], seed: int = 0, seen: Record | None = None, **parts: str) -> Verdict:
        """The verdict on a form whose places are filled with `parts`; another seed is another vote; the pictures of `seen` are shown. Errors: Unjudged; JudgeStopped."""
        ...


Judging = Callable[[Ask, Record, str], Grade]
"""(ask, record, response) -> grade."""


def form(name: str, wording: str, read: Callable[[str], Verdict | None]) -> Form[Verdict]:
    """A question to a judge, with places {like_this}. `read` gives None where the reply holds no verdict: the judge is asked once more, then it is unjudged."""

    def strict(reply: Reply) -> Verdict:
        unwilling(reply)
        found = read(reply.text)
        if found is None:
            raise Unjudged("no verdict", f"...{reply.text.strip()[-100:]!r}")
        return found

    return Form(name, (wording,), strict, {})


def filled(wording: str, parts: Mapping[str, str]) -> str:
    """The wording with its parts, put in together so that one that holds "{answer}" is sent as it is; no part can imitate a border."""
    return PLACE.sub(lambda found: BORDER.sub("=====", parts[found[1]][:LONGEST]) if found[1] in parts else found[0], wording)


@dataclass(frozen=True)
class Judged:
    """A grader that asks a judge. Where the judge gives no verdict the response is not scored, and is counted as unjudged."""

    asker: Asker | None
    """None: no judge was named, and the benchmark can do without one until a response needs it."""
    judging: Judging
    wording: str = ""
    """Hash of what it is asked."""

    @property
    def settings(self) -> dict[str, str]:
        """What the result says of the judge beside its address and name: the wording, and the version by which the server calls it where that is another name."""
        versions = self.asker.versions - {self.asker.endpoint.model} if self.asker else ()
        return {"judge_wording": self.wording} | ({"judge_version": ", ".join(sorted(versions))} if versions else {})

    def ask(self, form: Form[Verdict], seed: int = 0, seen: Record | None = None, **parts: str) -> Verdict:
        """One question. Errors: Unjudged; JudgeStopped; BenchmarkError where no judge was named."""
        if self.asker is None:
            raise no_judge(("judge_url", "judge_model"))
        text = filled(form.wordings[0], parts)
        return verdict(self.asker, form, asked(seen, text) if seen else [{"role": "user", "content": text}], seed)

    def __call__(self, record: Record, response: str) -> Grade:
        """The grade of one response."""
        return graded(self.attempt(record, response))

    def attempt(self, record: Record, response: str) -> Grade | Unjudged:
        """The grade, or why there is none."""
        try:
            return self.judging(self.ask, record, response)
        except PictureError as error:
            return Unjudged("no picture", str(error))
        except Unjudged as error:
            return error

    def many(self, records: Sequence[Record], responses: Sequence[str]) -> list[Grade]:
        """Grades in order, so many at once as the endpoint allows. Where a server gave no answer it is asked again after all others, up to `ROUNDS` times. Errors: JudgeStopped."""
        found: dict[int, Grade | Unjudged] = dict.fromkeys(range(len(records)), Unjudged("waiting"))
        for _ in range(ROUNDS):
            waiting = [place for place, one in found.items() if isinstance(one, Unjudged) and passes(one)]
            found |= zip(waiting, self.at_once([records[place] for place in waiting], [responses[place] for place in waiting]), strict=True)
        return [graded(one) for one in found.values()]

    def at_once(self, records: Sequence[Record], responses: Sequence[str]) -> list[Grade | Unjudged]:
        """Attempts in order. What stops one stops all; what was answered is in the judge's cache."""
        pool = ThreadPoolExecutor(max(1, self.asker.endpoint.at_once if self.asker else 1))
        try:
            return list(pool.map(self.attempt, records, responses))
        finally:
            pool.shutdown(cancel_futures=True)


def passes(error: Unjudged) -> bool:
    """Whether there was no answer for a reason that may be gone when the judge is asked again: the line, the server, its load."""
    return error.reason in PASSING or error.reason.isdigit()


def graded(found: Grade | Unjudged) -> Grade:
    """The grade; one that is not scored and counted as unjudged, where there is none."""
    return found if isinstance(found, Grade) else Grade(None, None, f"unjudged: {found}", {"unjudged": 1.0})


def asker_of(grader: object) -> Asker | None:
    """The judge's client inside a grader, where it asks one."""
    return getattr(grader, "asker", None) or getattr(getattr(grader, "judged", None), "asker", None)


def judged(judging: Judging, *forms: Form, rarely: bool = False, longest: int = Endpoint.longest) -> Callable[..., BatchGrader]:
    """A convention's grade for a benchmark with a judge; `forms` are what it asks, whose hash joins the result; `longest` are the tokens of an answer.

    Errors: BenchmarkError without judge_url and judge_model; with `rarely` only when a response comes that needs the judge.
    """
    wording = hashlib.sha256("\0".join(each.wordings[0] for each in forms).encode()).hexdigest()[:12]

    def grade(
        data: Path, records: Sequence[Record], judge_url: str = "", judge_model: str = "", judge_key: str = "OPENAI_API_KEY", judge_cache: str = "", judge_at_once: int = 8,
        judge_tries: int = 5, judge_temperature: float = 0.0,
    ) -> BatchGrader:  # fmt: skip
        rest = judge_key, judge_cache, judge_at_once, judge_tries, judge_temperature
        asker = None if rarely and not judge_url and not judge_model else Asker.of(where(judge_url, judge_model, *rest, longest))
        return Judged(asker, judging, wording)

    return grade


def judged_with(make: Callable[..., Judging], *forms: Form, rarely: bool = False, longest: int = Endpoint.longest) -> Callable[..., BatchGrader]:
    """`judged` for a judging that has settings and files of its own: `make(data, records, **settings)`."""
    own = list(inspect.signature(make).parameters.values())[2:]

    def grade(data: Path, records: Sequence[Record], **settings: Any) -> BatchGrader:
        mine = {one.name: settings.pop(one.name) for one in own if one.name in settings}
        return judged(make(data, records, **mine), *forms, rarely=rarely, longest=longest)(data, records, **settings)

    judges = inspect.signature(judged(make, *forms)).parameters.values()
    grade.__signature__ = inspect.Signature([*list(judges)[:2], *own, *list(judges)[2:]])  # type: ignore[attr-defined]
    return grade


def where(url: str, model: str, key: str, cache: str, at_once: int, tries: int, temperature: float, longest: int = Endpoint.longest) -> Endpoint:
    """The judge's endpoint. Errors: BenchmarkError saying what to give."""
    if missing := [name for name, value in (("judge_url", url), ("judge_model", model)) if not value]:
        raise no_judge(missing)
    return Endpoint(url, model, key, tries=int(tries), at_once=int(at_once), temperature=float(temperature), longest=longest, cache=Path(cache) if cache else None)


def no_judge(missing: Sequence[str]) -> BenchmarkError:
    """The error that says what to give."""
    return BenchmarkError(
        f"this convention needs a judge, and {' and '.join(missing)} is not given. Name an OpenAI-compatible server, as --set judge_url=http://127.0.0.1:8000/v1 "
        "--set judge_model=NAME (its dated name: it becomes part of the result; judge_cache=FILE keeps its answers), or as judge.url and judge.model of an evaluation"
    )


def fact(record: Record, kind: str) -> str:
    """The first fact of a kind. Errors: BenchmarkError where the record has none."""
    for one in record.facts:
        if one.kind == kind:
            return one.text
    raise BenchmarkError(f"record {record.record_id}: has no fact of kind {kind!r}, which the judge must see; load it from the published files")


def list_in(text: str) -> list[str] | None:
    """The first JSON list of texts in a reply; None where there is none."""
    return next((value for value in values(text, "[") if all(isinstance(one, str) for one in value)), None)


def facts(record: Record, kind: str) -> list[str]:
    """All facts of a kind."""
    return [one.text for one in record.facts if one.kind == kind]


def unjudged() -> Measure:
    """Share of responses without a verdict: they are in no other number."""
    return share("unjudged", lambda row: "unjudged" in row.counts, better="lower")
