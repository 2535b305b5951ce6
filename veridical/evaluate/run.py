"""Ask a model, or take stored responses; grade every one; count; one result."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from veridical.evaluate.benchmark import Benchmark, BenchmarkError, fingerprint
from veridical.evaluate.benchmarks import find
from veridical.evaluate.cache import Cache, request_key
from veridical.evaluate.measure import measured
from veridical.evaluate.responses import check, read_responses
from veridical.grade.grade import Grade, Grader
from veridical.records.record import Record
from veridical.records.result import Result, Row

Responder = Callable[[Sequence[Record]], list[str]]
"""Records -> one response to each prompt."""


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
) -> Result:
    """What the model behind `responder` scores; `data` is the folder that the records were loaded from.

    `settings` are the generation's, `grading` the grader's; both are written into the result. Responses are kept in
    the file `cache` under what was asked, `settings`, and `model_hash` (else `model_name`): a killed run goes on, and
    the same command again only grades.
    """
    rule = benchmark.convention(convention)
    rule.settings(grading or {})
    asked = [rule.asked(record) for record in records if rule.takes(record)]
    check_pictures(benchmark, asked)
    grader = rule.grade(Path(data), asked, **(grading or {}))
    found = ask(asked, responder, Cache(cache), settings or {}, model_hash or model_name, batch, progress, benchmark.name)
    return graded(benchmark, convention, records, asked, found, grader, {**(settings or {}), **rule.settings(grading or {})}, model_name)


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
) -> Result:
    """What stored responses (by record id) score, without a model. Errors: ResponsesError for missing and extra ids."""
    rule = benchmark.convention(convention)
    resolved = rule.settings(grading or {})
    asked = [rule.asks(record) for record in records if rule.takes(record)]
    not_asked = {record.record_id for record in records if not rule.takes(record)}
    check(responses.keys() - not_asked, asked)
    grader = rule.grade(Path(data), asked, **(grading or {}))
    return graded(benchmark, convention, records, asked, responses, grader, {**(settings or {}), **resolved}, model_name)


def score_file(
    name: str,
    responses: Path,
    data: Path,
    convention: str = "official",
    *,
    media_root: Path | None = None,
    limit: int | None = None,
    grading: Mapping[str, Any] | None = None,
    model_name: str = "",
) -> Result:
    """`score` from files: a benchmark's name, the responses, and the folder of the benchmark's files. Responses beyond `limit` are not read."""
    benchmark = find(name)
    everything = load(benchmark, data, media_root)
    records, found = take(everything, limit), read_responses(responses, everything, benchmark.named, benchmark.reads, benchmark.elsewhere)
    wanted = {record.record_id for record in records}
    kept = {name: text for name, text in found.items() if limit is None or name in wanted}
    return score(benchmark, records, kept, convention, data=data, grading=grading, model_name=model_name or Path(responses).stem)


def load(benchmark: Benchmark, data: Path, media_root: Path | None = None) -> list[Record]:
    """The benchmark's records. Errors: BenchmarkError saying which files belong where."""
    if not Path(data).exists():
        raise BenchmarkError(f"{data}: no such file or folder. {benchmark.how_to_get}")
    return benchmark.load(Path(data), media_root)


def take(records: Sequence[Record], limit: int | None) -> list[Record]:
    """About `limit` records: of every split the same share, evenly spread over it, in the given order."""
    if limit is None or limit >= len(records):
        return list(records)
    splits: dict[str, list[int]] = defaultdict(list)
    for place, record in enumerate(records):
        splits[record.split].append(place)
    kept: set[int] = set()
    for places in splits.values():
        size = max(1, round(limit * len(places) / len(records)))
        kept |= {places[number * len(places) // size] for number in range(size)}
    return [records[place] for place in sorted(kept)]


def check_pictures(benchmark: Benchmark, records: Sequence[Record]) -> None:
    """Errors: BenchmarkError naming the first missing picture, before anything is asked."""
    missing = [medium.path for record in records for medium in record.media if medium.path and not Path(medium.path).exists()]
    if missing:
        raise BenchmarkError(f"{benchmark.name}: {len(set(missing))} pictures are missing, the first is {missing[0]}; name their folder as media_root")


def ask(
    records: Sequence[Record],
    responder: Responder,
    cache: Cache,
    settings: Mapping[str, Any],
    model: str,
    batch: int,
    progress: bool,
    title: str,
) -> dict[str, str]:
    """Responses by record id; only requests that the cache does not hold are asked, each once."""
    keys = {record.record_id: request_key(record, settings, model) for record in records}
    waiting = {keys[record.record_id]: record for record in reversed(records) if keys[record.record_id] not in cache.responses}
    order = list(reversed(waiting))
    for names in shown([order[start : start + batch] for start in range(0, len(order), batch)], title, progress):
        texts = responder([waiting[name] for name in names])
        if len(texts) != len(names):
            raise ValueError(f"{title}: the responder gave {len(texts)} responses to {len(names)} records; it must give one to each")
        cache.add(dict(zip(names, texts)), waiting)
    return {name: cache.responses[key] for name, key in keys.items()}


def shown(batches: Sequence[list[str]], title: str, progress: bool) -> Iterator[list[str]]:
    """The batches, with a progress bar."""
    if not progress or not batches:
        yield from batches
        return
    from rich.progress import track

    yield from track(batches, description=title)


def graded(
    benchmark: Benchmark,
    convention: str,
    records: Sequence[Record],
    asked: Sequence[Record],
    responses: Mapping[str, str],
    grader: Grader,
    settings: Mapping[str, Any],
    model: str,
) -> Result:
    """The result: every response graded, at once where the grader can, every measure counted. What a grader says of itself (its judge) joins the settings."""
    said = [responses[record.record_id] for record in asked]
    grades = grader.many(asked, said) if hasattr(grader, "many") else [grader(record, text) for record, text in zip(asked, said)]
    rows = tuple(map(row_of, asked, said, grades))
    return Result(
        benchmark=benchmark.name,
        convention=convention,
        dimension=benchmark.dimension,
        model=model,
        data=fingerprint(records),
        settings={**settings, **getattr(grader, "settings", {})},
        metrics=measured(rows, benchmark.convention(convention).measures),
        unparsed=int(sum(row.counts.get("unparsed", 0) for row in rows)),
        rows=rows,
    )


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
