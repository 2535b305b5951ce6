"""lmms-eval's output: MODEL/DATE_results.json with the numbers of every task, MODEL/DATE_samples_TASK.jsonl with the rows of one.

Source: lmms-eval 75571cf, lmms_eval/loggers/evaluation_tracker.py and evaluator.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from veridical.evaluate.imported.known import LMMS
from veridical.evaluate.imported.table import ImportedError, number_in
from veridical.evaluate.imported.taken import Found, Layout, Left, Number, Said, Taken

RESULTS = "_results.json"
DATED = re.compile(r"[\d_T-]+_results\.json")
SAMPLES = "_samples_"
NO_MEAN = re.compile(r"f1|precision|recall|ratio", re.IGNORECASE)
"""Numbers that are no mean of rows."""
OF_THE_RUN = frozenset("doc_id doc target arguments resps filtered_resps token_counts doc_hash input input_media".split())
"""Fields of a row that are no metric."""
SCORES = ("score", "is_correct", "true_false", "correct")
"""Where a metric that keeps a whole object keeps the row's score."""
READ = ("parsed_pred", "pred_parsed", "pred_answer", "extraction", "prediction", "pred")
"""Where it keeps what was read out of the response."""
KINDS = frozenset("category l2_category L2-category sub_category task_category sub_task domain subdomain subject task split dataset duration question_type".split())
"""What kind of question a row is."""
PICTURES = ("videoID", "image_id", "image_path", "image")


def find(folder: Path) -> Found:
    """Every task of every model below the folder, of its newest run. Damaged files and rows are left out with their reason."""
    files = sorted((file for file in folder.rglob(f"*{RESULTS}") if DATED.fullmatch(file.name)), key=lambda file: file.name)
    newest: dict[tuple[str, str], Taken] = {}
    left: list[Left] = []
    for file in files:
        try:
            content = object_in(file)
        except ImportedError as error:
            left.append(Left(str(file), str(error)))
            continue
        for taken in tasks(file, content, left):
            older = newest.get((taken.model, taken.task))
            left += [Left(older.file, f"{taken.task} of {taken.model}: a newer run is in {file.name}")] if older else []
            newest[taken.model, taken.task] = taken
    return Found(tuple(newest.values()), (*left, *orphans(folder, files)))


LAYOUT = Layout(LMMS, find)


def object_in(file: Path) -> dict[str, Any]:
    """The content of a results file. Errors: ImportedError."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ImportedError(f"{file}: not JSON ({error}); it was cut off") from error
    if not isinstance(content, dict) or not isinstance(content.get("results"), dict):
        raise ImportedError(f"{file}: has no object `results`; expected what lmms-eval writes with --output_path")
    return content


def orphans(folder: Path, results: Sequence[Path]) -> list[Left]:
    """Files of rows without the file of numbers of their run."""
    beside = {(file.parent, file.name.removesuffix(RESULTS)) for file in results}
    files = sorted(folder.rglob(f"*{SAMPLES}*.jsonl"))
    alone = [file for file in files if (file.parent, file.name.partition(SAMPLES)[0]) not in beside]
    return [Left(str(file), f"rows without {file.name.partition(SAMPLES)[0]}{RESULTS}, which says what they add up to") for file in alone]


def tasks(file: Path, content: Mapping[str, Any], left: list[Left]) -> Iterable[Taken]:
    """Each task of one run; a group of tasks has numbers without rows."""
    for task, printed in content["results"].items():
        numbers = numbers_of(task, printed, content, file, left)
        samples = file.with_name(f"{file.name.removesuffix(RESULTS)}{SAMPLES}{task}.jsonl")
        rows = rows_of_task(samples, left) if samples.is_file() else ()
        if numbers:
            yield Taken(LMMS, task, model_of(content, file), numbers, rows, settings_of(task, content), str(file))


def numbers_of(task: str, printed: Mapping[str, Any], content: Mapping[str, Any], file: Path, left: list[Left]) -> dict[str, Number]:
    """A task's numbers: "metric,filter" in the file; the filter none is not named.

    The errors that follow from a central limit theorem are not taken: they are of the rows' scores, which may have another scale.
    """
    direction = content.get("higher_is_better", {}).get(task) or {}
    found = {}
    for key, value in printed.items():
        metric, comma, kind = key.rpartition(",")
        if not comma or "_stderr" in metric:
            continue
        number = number_in(value)
        if number is None:
            left.append(Left(str(file), f"{task}: {key} is {value!r}, which is no number"))
            continue
        better = {True: "higher", False: "lower"}.get(direction.get(metric), "")
        error = number_in(printed.get(f"{metric}_stderr,{kind}"))
        found[metric if kind == "none" else f"{kind}.{metric}"] = Number(number, error, better, not NO_MEAN.search(metric))
    return found


def model_of(content: Mapping[str, Any], file: Path) -> str:
    """The model's name, else the folder's."""
    return str(content.get("model_name") or file.parent.name)


def settings_of(task: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """What moves the numbers of a task and is not the model."""
    setup, run = content.get("configs", {}).get(task) or {}, content.get("config") or {}
    told = {
        "harness_version": content.get("lmms_eval_version") or content.get("git_hash"),
        "task_version": content.get("versions", {}).get(task),
        "shots": content.get("n-shot", {}).get(task),
        "limit": run.get("limit"),
        "generation": setup.get("generation_kwargs"),
        "generation_given": run.get("gen_kwargs"),
    }
    return {name: value for name, value in told.items() if value not in (None, "", {})}


def rows_of_task(file: Path, left: list[Left]) -> tuple[Said, ...]:
    """The rows of a file in the order of the task's questions (processes write them as they come); a damaged or repeated one is left out with its reason."""
    found: dict[str, Said] = {}
    for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = said(json.loads(line))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            left.append(Left(str(file), f"line {number}: cannot be read ({type(error).__name__}: {error})"))
            continue
        if row.record_id in found:
            left.append(Left(str(file), f"line {number}: a second row of doc_id {row.record_id}"))
        found.setdefault(row.record_id, row)
    return tuple(sorted(found.values(), key=lambda row: (len(row.record_id), row.record_id)))


def said(row: Mapping[str, Any]) -> Said:
    """One row."""
    metrics = {name: value for name, value in row.items() if name not in OF_THE_RUN}
    objects = [value for value in metrics.values() if isinstance(value, dict)]
    told = {key: value for one in objects for key, value in one.items()}
    asked = row.get("input", (row.get("arguments") or [""])[0] if isinstance(row.get("arguments"), list) else "")
    return Said(
        record_id=str(row["doc_id"]),
        prompt=asked if isinstance(asked, str) else "",
        response=response_of(row.get("filtered_resps", row.get("resps"))),
        gold=str(row.get("target", "")),
        answer=next((str(told[name]) for name in READ if isinstance(told.get(name), (str, int, float))), None),
        group=picture_of(row, told),
        scores={name: score for name, value in metrics.items() if (score := score_of(value)) is not None},
        labels={name: (value,) for name, value in told.items() if name in KINDS and isinstance(value, str)},
        identity=str(row.get("doc_hash", "")),
    )


def response_of(responses: Any) -> str:
    """What the model said; the first where it was asked several times, "" where likelihoods stand instead of words."""
    while isinstance(responses, list) and responses:
        responses = responses[0]
    return responses if isinstance(responses, str) else ""


def score_of(value: Any) -> float | None:
    """A row's score under one metric: the value itself, or what its object says."""
    if isinstance(value, dict):
        return next((score_of(value[name]) for name in SCORES if isinstance(value.get(name), (int, float))), None)
    return number_in(value) if isinstance(value, (int, float)) else None


def picture_of(row: Mapping[str, Any], told: Mapping[str, Any]) -> str:
    """What the row shows, where it is told."""
    named = next((str(told[name]) for name in PICTURES if isinstance(told.get(name), (str, int))), "")
    media = row.get("input_media")
    return named or (" ".join(map(str, media)) if isinstance(media, list) else "")
