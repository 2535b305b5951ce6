"""From what a harness left behind to result files, and to files of responses that can be scored again by this package's rules."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from veridical.evaluate.benchmark import BenchmarkError
from veridical.evaluate.benchmarks import find
from veridical.evaluate.imported.known import VLM, Known, known
from veridical.evaluate.imported.lmms import LAYOUT as LMMS_LAYOUT
from veridical.evaluate.imported.measures import SCORE, TIMES, is_mean, measures
from veridical.evaluate.imported.table import ImportedError
from veridical.evaluate.imported.taken import EVERY, Left, Number, Said, Taken
from veridical.evaluate.imported.vlm import LAYOUT as VLM_LAYOUT
from veridical.evaluate.labels import MARK
from veridical.evaluate.measure import measured
from veridical.records.result import Metric, Result, Row
from veridical.records.whole import write_text

LAYOUTS = (LMMS_LAYOUT, VLM_LAYOUT)
OUTSIDE = re.compile(r"[^\w.+-]+")


@dataclass(frozen=True)
class Imported:
    """What was written, and what could not be taken over."""

    results: Mapping[Path, Result]
    left: Sequence[Left]


def import_results(folder: Path, out: Path) -> Imported:
    """Every result of another harness below `folder`, as OUT/MODEL/TASK.json; the responses, as OUT/MODEL/responses/TASK.jsonl.

    Errors: ImportedError where there is none of them.
    """
    folder, written, left = Path(folder), {}, []
    if not folder.is_dir():
        raise ImportedError(f"{folder}: no such folder; expected what lmms-eval or VLMEvalKit wrote")
    for layout in LAYOUTS:
        found = layout.find(folder)
        left += found.left
        for taken in found.taken:
            result = result_of(taken)
            place = Path(out) / file_name(taken.model) / f"{file_name(taken.task)}.json"
            written[result.save(place)] = result
            write_responses(place.parent / "responses" / f"{place.stem}.jsonl", taken)
            left += [Left(taken.file, reason) for reason in losses(taken, result)]
    if not written:
        reasons = "".join(f"\n  {one.file}: {one.reason}" for one in left[:5])
        raise ImportedError(f"{folder}: no results of lmms-eval (*_results.json) or VLMEvalKit (MODEL/MODEL_DATASET.xlsx, tsv or json){reasons}")
    return Imported(written, left)


def file_name(name: str) -> str:
    """A name that is safe as a file's."""
    return OUTSIDE.sub("__", name).strip(".") or "unnamed"


def write_responses(path: Path, taken: Taken) -> None:
    """Responses as `veridical score` reads them; nothing where there are none. lmms-eval numbers rows by itself, so that theirs answer a benchmark's questions in order."""
    if not taken.rows:
        return
    names = [{"question_id": row.record_id} if taken.harness == VLM else {} for row in taken.rows]
    lines = [json.dumps({**name, "question": row.prompt, "response": row.response}, ensure_ascii=False) for name, row in zip(names, taken.rows)]
    write_text(path, "\n".join(lines) + "\n")


def result_of(taken: Taken) -> Result:
    """The result: every number of the harness, with an interval from the rows where it is their mean."""
    ours = known(taken.harness, taken.task)
    numbers = renamed(taken.numbers, ours)
    means = {name: scores for name, printed in numbers.items() if (scores := scores_of(printed, original(name, ours), taken))}
    right = right_of(taken, ours)
    rows = tuple(row_of(row, right, means) for row in taken.rows)
    draft = Result(
        benchmark=ours.benchmark if ours else taken.task, convention=taken.harness, dimension=dimension_of(ours), model=taken.model, data=fingerprint(taken.rows),
        settings={"task": taken.task, **taken.settings}, metrics={name: printed_metric(number, taken, name, ours) for name, number in numbers.items()}, rows=rows,
    )  # fmt: skip
    draft = draft.replace(metrics={name: with_unit(metric, means.get(name)) for name, metric in draft.metrics.items()})
    return draft.replace(metrics={**draft.metrics, **measured(rows, measures(draft))})


def dimension_of(ours: Known | None) -> str:
    """Of the benchmark that the task is; "" where it is none of this package's."""
    try:
        return find(ours.benchmark).dimension if ours else ""
    except BenchmarkError:
        return ""


def renamed(numbers: Mapping[str, Number], ours: Known | None) -> dict[str, Number]:
    """The numbers, of which the headline comes first under this package's name and scale."""
    if ours is None or ours.number not in numbers:
        return dict(numbers)
    first, benchmark = numbers[ours.number], find(ours.benchmark)
    error = None if first.error is None else first.error * ours.scale
    better = next((one.better for one in benchmark.convention("official").measures if one.name == benchmark.headline), first.better)
    headline = Number(first.value * ours.scale, error, better, first.may_add_up)
    return {benchmark.headline: headline, **{name: one for name, one in numbers.items() if name not in (ours.number, benchmark.headline)}}


def original(name: str, ours: Known | None) -> str:
    """What the harness calls a number."""
    return ours.number if ours and name == find(ours.benchmark).headline else name


def scores_of(printed: Number, name: str, taken: Taken) -> dict[str, tuple[float, int]]:
    """(score, how often it counts) by record id, of which the number is the mean: scores of its name, in the part of the rows that its name begins with.

    Nothing where the mean is another.
    """
    part = "" if any(name in row.scores for row in taken.rows) else name.rpartition(".")[0]
    members = [row for row in taken.rows if not part or any(part in texts for texts in row.labels.values())]
    scored = [(row, score) for row in members if (score := row.scores.get(name, row.scores.get(EVERY))) is not None]
    once, often = [1 for _ in scored], [row.times for row, _ in scored]
    for times in (once,) if part else (once, often):
        if printed.may_add_up and is_mean(printed.value, [score for _, score in scored], times):
            return {row.record_id: (score, count) for (row, score), count in zip(scored, times)}
    return {}


def right_of(taken: Taken, ours: Known | None) -> str | None:
    """The name of the score that says whether a row is right: the headline's, else the first where all agree; None where they do not."""
    names = list(dict.fromkeys(name for row in taken.rows for name in row.scores))
    if ours and ours.number in names:
        return ours.number
    return names[0] if names and all(len(set(row.scores.values())) < 2 for row in taken.rows) else None


def row_of(row: Said, right: str | None, means: Mapping[str, Mapping[str, tuple[float, int]]]) -> Row:
    """A row with its labels and with its scores under the numbers that they make up."""
    value = row.scores.get(right) if right is not None else None
    labels = {f"{MARK}{kind}={text}": 1.0 for kind, texts in row.labels.items() for text in texts}
    own = {name: found[row.record_id] for name, found in means.items() if row.record_id in found}
    scores = {f"{SCORE}{name}": score for name, (score, _) in own.items()} | {f"{TIMES}{name}": float(times) for name, (_, times) in own.items() if times > 1}
    return Row(
        record_id=row.record_id, group=row.group, prompt=row.prompt, response=row.response, gold=row.gold, answer=row.answer,
        value=value if value is not None and 0 <= value <= 1 else None, counts={**labels, **scores},
    )  # fmt: skip


def printed_metric(number: Number, taken: Taken, name: str, ours: Known | None) -> Metric:
    """A number as it was printed; without a standard error its interval is the whole line."""
    spread = math.inf if number.error is None else 1.96 * number.error
    unit = next((one.unit for one in find(ours.benchmark).convention("official").measures if one.name == name), "") if ours and name == find(ours.benchmark).headline else ""
    method = f"as {taken.harness} printed it" + ("" if number.error is None else ", with its standard error")
    return Metric(value=number.value, low=number.value - spread, high=number.value + spread, n=len(taken.rows) or 1, better=number.better, unit=unit, method=method)


def with_unit(metric: Metric, scores: Mapping[str, tuple[float, int]] | None) -> Metric:
    """A mean of scores between 0 and 1 is a share, and more of what was right is better."""
    share = bool(scores) and all(0 <= score <= 1 for score, _ in scores.values())
    return metric.replace(unit="%", better=metric.better or "higher") if share else metric


def fingerprint(rows: Sequence[Said]) -> str:
    """How many questions, and a hash of which they are: equal for equal data."""
    ordered = sorted((row.record_id, row.identity) for row in rows)
    return f"{len(rows)} questions, sha256 {hashlib.sha256(json.dumps(ordered).encode()).hexdigest()[:16]}" if rows else "no rows"


def losses(taken: Taken, result: Result) -> list[str]:
    """What of a task could not become part of the result."""
    printed = [name for name, metric in result.metrics.items() if metric.method.startswith("as ")]
    found = [f"{taken.task} of {taken.model}: no rows, so that nothing can be paired with another model"] if not taken.rows else []
    if printed and taken.rows:
        found.append(f"{taken.task} of {taken.model}: no mean of its rows, kept as printed and not tested: {', '.join(printed)}")
    if taken.rows and not any(row.response for row in taken.rows):
        found.append(f"{taken.task} of {taken.model}: its rows hold no response in words")
    if taken.rows and not any(row.group for row in taken.rows):
        found.append(f"{taken.task} of {taken.model}: which rows show the same picture is not told, so that each is drawn alone and intervals are too narrow where pictures repeat")
    return found
