"""A benchmark's questions under a convention: which records they are of, how they are asked, and what the responses come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from veridical.evaluate.benchmark import Benchmark, BenchmarkError, Convention, fingerprint
from veridical.evaluate.blind import SUFFIX, blinded
from veridical.evaluate.measure import measured
from veridical.grade.grade import Grade, Grader
from veridical.records.record import Record
from veridical.records.result import Result, Row

NOT_KEPT = ("judge_key", "judge_cache", "judge_at_once", "judge_tries")
"""Grading settings that say how a judge is reached: a result is the same whatever they are."""


@dataclass(frozen=True)
class Questions:
    """Life cycle: made of loaded records; `posed` is sent to a model, `result` grades what comes back."""

    benchmark: Benchmark
    records: Sequence[Record]
    data: Path
    """The folder (or file) that the records were loaded from."""
    convention: str = "official"
    grading: Mapping[str, Any] = field(default_factory=dict)
    blind: bool = False
    """Asked without pictures."""
    stored: bool = False
    """The responses are there already: questions keep their published words, without the convention's suffix."""
    drawn: Mapping[str, Any] = field(default_factory=dict)
    """Where the records are a part of the benchmark: how it was drawn (size, seed). It joins the result's settings."""

    @cached_property
    def rule(self) -> Convention:
        """How the questions are asked, read and counted. Errors: BenchmarkError for an unknown convention or grading setting."""
        found = self.benchmark.convention(self.convention)
        found.settings(self.grading)
        return found

    @cached_property
    def asked(self) -> list[Record]:
        """Records with what is asked in place of their own prompts, pictures and truth."""
        ask = self.rule.asks if self.stored else self.rule.asked
        return [ask(record) for record in self.records if self.rule.takes(record)]

    @cached_property
    def posed(self) -> list[Record]:
        """What a model is shown. Errors: BenchmarkError naming a missing picture."""
        if self.blind:
            return [blinded(record) for record in self.asked]
        check_pictures(self.benchmark, self.asked)
        return self.asked

    @property
    def name(self) -> str:
        """The benchmark's, and whether it is asked blind."""
        return self.benchmark.name + (SUFFIX if self.blind else "")

    @property
    def judged(self) -> bool:
        """Whether the convention asks a judge, or may."""
        return "judge_url" in self.rule.settings({})

    def grader(self) -> Grader:
        """Grades a response to one of `asked`. Errors: BenchmarkError, NotInstalled where something that it needs is not there."""
        return self.rule.grade(Path(self.data), self.asked, **self.grading)

    def result(self, responses: Mapping[str, str], grader: Grader, settings: Mapping[str, Any], model: str) -> Result:
        """Every response graded, every measure counted; what a grader says of itself (its judge) joins the settings."""
        said = [responses[record.record_id] for record in self.asked]
        rows = tuple(map(row_of, self.asked, said, grades_of(grader, self.asked, said)))
        kept = {name: value for name, value in self.rule.settings(self.grading).items() if name not in NOT_KEPT}
        return Result(
            benchmark=self.benchmark.name,
            convention=self.convention,
            dimension=self.benchmark.dimension,
            model=model,
            data=fingerprint(self.records),
            settings={**settings, **kept, **self.drawn, **({"blind": True} if self.blind else {}), **getattr(grader, "settings", {})},
            metrics=measured(rows, self.rule.measures),
            unparsed=int(sum(row.counts.get("unparsed", 0) for row in rows)),
            rows=rows,
        )


def grades_of(grader: Grader, records: Sequence[Record], responses: Sequence[str]) -> list[Grade]:
    """Grades in order, all at once where the grader can."""
    if hasattr(grader, "many"):
        return grader.many(records, responses)
    return [grader(record, text) for record, text in zip(records, responses, strict=True)]


def check_pictures(benchmark: Benchmark, records: Sequence[Record]) -> None:
    """Errors: BenchmarkError naming the first missing picture, before anything is asked."""
    missing = [medium.path for record in records for medium in record.media if medium.path and not Path(medium.path).exists()]
    if missing:
        raise BenchmarkError(f"{benchmark.name}: {len(set(missing))} pictures are missing, the first is {missing[0]}; name their folder as media_root")


def row_of(record: Record, response: str, grade: Grade) -> Row:
    """One graded response. Rows of one picture share a group."""
    picture = record.media[0].path if record.media else ""
    return Row(
        record_id=record.record_id,
        group=Path(picture).name or (record.media[0].sha256 if record.media else ""),
        prompt=record.prompt_text,
        response=response,
        picture=picture,
        gold=record.answer.value if record.answer else ", ".join(fact.text for fact in record.facts if fact.kind == "object"),
        answer=grade.answer,
        value=grade.value,
        counts=dict(grade.counts),
        wrong=grade.wrong,
    )
