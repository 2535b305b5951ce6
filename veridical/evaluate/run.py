"""Ask a model, or take stored responses; grade every one; count; one result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from veridical.evaluate.benchmark import Benchmark, BenchmarkError
from veridical.evaluate.benchmarks import find
from veridical.evaluate.cache import Cache
from veridical.evaluate.inquiry import Inquiry, Responder
from veridical.evaluate.questions import Questions
from veridical.evaluate.responses import check, read_responses
from veridical.evaluate.subset import subset
from veridical.records.record import Record
from veridical.records.result import Result


def evaluate(
    benchmark: Benchmark,
    records: Sequence[Record],
    responder: Responder,
    cache: Path | None = None,
    settings: Mapping[str, Any] | None = None,
    model_name: str = "",
    *,
    data: Path,
    convention: str = "official",
    grading: Mapping[str, Any] | None = None,
    model_hash: str = "",
    batch: int = 16,
    progress: bool = True,
    blind: bool = False,
    drawn: Mapping[str, Any] | None = None,
) -> Result:
    """What the model behind `responder` scores; `data` is the folder that the records were loaded from.

    `settings` are the generation's, `grading` the grader's; both are written into the result, as is how the records were
    `drawn` where they are a part of the benchmark. Responses are kept in the file `cache` under what was asked,
    `settings`, and `model_hash` (else `model_name`): a killed run goes on, and the same command again only grades.
    """
    questions = Questions(benchmark, records, data, convention, grading or {}, blind, drawn or {})
    posed, grader = questions.posed, questions.grader()
    inquiry = Inquiry.of(questions.name, posed, Cache(cache), settings or {}, model_hash or model_name, batch)
    inquiry.ask(responder, progress=progress)
    return questions.result(inquiry.said, grader, settings or {}, model_name)


def score(
    benchmark: Benchmark,
    records: Sequence[Record],
    responses: Mapping[str, str],
    convention: str = "official",
    *,
    data: Path,
    grading: Mapping[str, Any] | None = None,
    settings: Mapping[str, Any] | None = None,
    model_name: str = "",
    drawn: Mapping[str, Any] | None = None,
) -> Result:
    """What stored responses (by record id) score, without a model. Errors: ResponsesError for missing and extra ids."""
    questions = Questions(benchmark, records, data, convention, grading or {}, stored=True, drawn=drawn or {})
    not_asked = {record.record_id for record in records} - {record.record_id for record in questions.asked}
    check(responses.keys() - not_asked, questions.asked)
    return questions.result(responses, questions.grader(), settings or {}, model_name)


def score_file(
    name: str,
    responses: Path,
    data: Path,
    convention: str = "official",
    *,
    media_root: Path | None = None,
    size: int | None = None,
    seed: int = 0,
    grading: Mapping[str, Any] | None = None,
    model_name: str = "",
) -> Result:
    """`score` from files: a benchmark's name, the responses, and the folder of the benchmark's files. With `size` responses to other records are not read."""
    benchmark = find(name)
    everything = load(benchmark, data, media_root)
    records, drawn = take(benchmark, everything, size, seed)
    found = read_responses(responses, everything, benchmark.named, (*benchmark.convention(convention).reads, *benchmark.reads), benchmark.elsewhere)
    wanted = {record.record_id for record in records}
    kept = {name: text for name, text in found.items() if not drawn or name in wanted}
    return score(benchmark, records, kept, convention, data=data, grading=grading, model_name=model_name or Path(responses).stem, drawn=drawn)


def load(benchmark: Benchmark, data: Path, media_root: Path | None = None) -> list[Record]:
    """The benchmark's records. Errors: BenchmarkError saying which files belong where."""
    if not Path(data).exists():
        raise BenchmarkError(f"{data}: no such file or folder. {benchmark.how_to_get}")
    return benchmark.load(Path(data), media_root)


def take(benchmark: Benchmark, records: Sequence[Record], size: int | None, seed: int = 0) -> tuple[list[Record], dict[str, Any]]:
    """About `size` records, and what a result says of how they were drawn; nothing where they are all."""
    drawn = subset(records, size, seed, benchmark.together)
    return drawn, {"size": size, "seed": seed} if len(drawn) < len(records) else {}
