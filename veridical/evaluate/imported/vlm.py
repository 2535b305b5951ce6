"""VLMEvalKit's output: MODEL/RUN/MODEL_DATASET.xlsx with the predictions, and beside it files with more at the end of their name: rows with scores, tables of numbers.

Source: VLMEvalKit e8e78f0, vlmeval/smp/file.py, vlmeval/dataset/image_mcq.py, image_yorn.py, image_vqa.py.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from veridical.evaluate.imported.known import VLM
from veridical.evaluate.imported.printed import flat
from veridical.evaluate.imported.table import ENDINGS, ImportedError, number_in, table
from veridical.evaluate.imported.taken import EVERY, Found, Layout, Left, Number, Said, Taken
from veridical.evaluate.responses import few

SCORES = ("hit", "score", "eval_score", "verifier_match", "verifier_score")
"""Columns of a row's score; a table of rows that has one of them was graded."""
READ = ("extracted", "res", "eval_pred")
GRADED = frozenset((*SCORES, *READ, "log", "eval_match", "eval_gt"))
NUMBERS = ("_acc", "_score", "_rating", "_metrics")
"""How the name of a table of numbers ends."""
SHARES = "_acc"
"""Which of them is of shares of right rows."""
KINDS = ("category", "l2-category", "split", "task", "subject", "type")
SEVERAL = re.compile(r",(?=\S)")
"""What stands between the kinds of a question that is of several ("random,popular")."""
CELL = 32_767
"""Characters that a cell of a spreadsheet holds."""
FAILED = "Failed to obtain answer"
"""What stands where the model could not be asked."""
TWICE = "_vanilla_"
SECRET = ".pkl"


@dataclass(frozen=True)
class Files:
    """The files of one model on one task."""

    model: str
    task: str
    predictions: Path
    beside: tuple[Path, ...]


def find(folder: Path) -> Found:
    """Every task of every model below the folder, of its newest run. What cannot be read is left out with its reason."""
    newest: dict[tuple[str, str], Taken] = {}
    left: list[Left] = []
    seen: set[Path] = set()
    for place in places(folder):
        for files in tasks(place, seen):
            try:
                taken = task_of(files, left)
            except ImportedError as error:
                left.append(Left(str(files.predictions), str(error)))
                continue
            older = newest.get((files.model, files.task))
            left += [Left(older.file, f"{files.task} of {files.model}: a newer run is in {place}")] if older else []
            newest[files.model, files.task] = taken
    return Found(tuple(newest.values()), tuple(left))


LAYOUT = Layout(VLM, find)


def places(folder: Path) -> list[Path]:
    """Folders with tables, a model's runs in the order of their dates, before the links to the newest that lie above them."""
    found = {file.parent for file in folder.rglob("*") if file.suffix in ENDINGS and file.is_file()}
    return sorted(found, key=lambda place: (-len(place.parts), str(place)))


def tasks(place: Path, seen: set[Path]) -> Iterable[Files]:
    """Each table of predictions of a folder with the files that were made from it; `seen` are the files that links may lead to again."""
    inside = sorted(file for file in place.iterdir() if file.suffix in (*ENDINGS, SECRET) and file.resolve() not in seen)
    model = next((name for name in (place.name, place.parent.name) if any(file.name.startswith(f"{name}_") for file in inside)), "")
    files = [file for file in inside if model and file.name.startswith(f"{model}_")]
    seen |= {file.resolve() for file in files}
    stems: list[str] = []
    for file in sorted(files, key=lambda one: len(one.stem)):
        if file.suffix in ENDINGS and holds_predictions(file, stems):
            stems.append(file.stem)
    for stem in stems:
        made = [file for file in files if owner(file.stem, stems) == stem and file.stem != stem]
        predictions = next(file for file in files if file.stem == stem and file.suffix in ENDINGS)
        yield Files(model, stem.removeprefix(f"{model}_"), predictions, tuple(made))


def owner(stem: str, stems: Sequence[str]) -> str:
    """The longest name of predictions with which a file's name begins."""
    return max((one for one in stems if stem == one or stem.startswith(f"{one}_")), key=len, default="")


def holds_predictions(file: Path, stems: Sequence[str]) -> bool:
    """Whether a table is of predictions as the model made them: it has them, and no grade, unless nothing else could be where they are from."""
    try:
        rows = table(file)
    except ImportedError:
        return not owner(file.stem, stems)
    names = {name for row in rows[:50] for name in row}
    return {"index", "prediction"} <= names and (not GRADED & names or not owner(file.stem, stems))


def task_of(files: Files, left: list[Left]) -> Taken:
    """One model on one task. Errors: ImportedError where the predictions cannot be read."""
    rows, graded, numbers = table(files.predictions), {}, {}
    if not rows or "index" not in rows[0]:
        raise ImportedError(f"{files.predictions}: has no column index; expected the table of predictions that VLMEvalKit writes")
    judges: list[str] = []
    for file in files.beside:
        try:
            read_beside(file, files, graded, numbers, judges)
        except ImportedError as error:
            left.append(Left(str(file), str(error)))
    if not numbers:
        left.append(Left(str(files.predictions), f"{files.task} of {files.model}: no table of numbers beside it (_acc, _score); the responses are kept"))
    said = [row_of(row, graded.get(str(row["index"]), {})) for row in rows if "index" in row]
    left += [Left(str(files.predictions), reason) for reason in doubtful(said)]
    return Taken(VLM, files.task, files.model, numbers, unique(said, files.predictions, left), {"judge": ", ".join(judges)} if judges else {}, str(files.predictions))


def read_beside(file: Path, files: Files, graded: dict[str, dict[str, Any]], numbers: dict[str, Number], judges: list[str]) -> None:
    """Takes grades and numbers out of one of the files that were made from the predictions. Errors: ImportedError for what cannot be read."""
    if file.suffix == SECRET:
        raise ImportedError(f"{file}: a pickle can run programs, and is not opened; its table in another kind of file is")
    rows = table(file)
    names = {name for row in rows[:50] for name in row}
    rest = file.stem.removeprefix(files.predictions.stem)
    if TWICE in rest:
        raise ImportedError(f"{file}: a second count of the same responses, without CircularEval; the first is taken")
    if "index" in names and GRADED & names:
        graded |= {str(row["index"]): row for row in rows if "index" in row}
        judge = rest.strip("_").removesuffix("result").removesuffix("score").strip("_")
        judges += [judge] if judge and judge not in ("auxmatch", "results", "detailed_results", *judges) else []
    elif rest.endswith(NUMBERS):
        numbers |= flat(rows, rest.endswith(SHARES))
    else:
        raise ImportedError(f"{file}: neither rows with grades nor a table of numbers (names ending in {', '.join(NUMBERS)})")


def doubtful(rows: Sequence[Said]) -> list[str]:
    """What is wrong with responses that were taken over all the same."""
    cut = [row.record_id for row in rows if len(row.response) == CELL]
    failed = [row.record_id for row in rows if FAILED in row.response]
    found = [f"responses cut off after {CELL:,} characters, which is all that a cell holds: index {few(cut)}"] if cut else []
    return [*found, *([f"the model could not be asked ({FAILED}), which counts as its response: index {few(failed)}"] if failed else [])]


def row_of(row: Mapping[str, Any], grades: Mapping[str, Any]) -> Said:
    """One row; `grades` is the same row in the graded table."""
    scores = [number_in(grades[name]) for name in SCORES if number_in(grades.get(name)) is not None]
    asked, gold = str(row.get("question", "")), str(row.get("answer", ""))
    return Said(
        record_id=str(row["index"]),
        prompt=asked,
        response=str(row.get("prediction", "")),
        gold=gold,
        answer=next((str(grades[name]) for name in READ if name in grades), None),
        group=str(row.get("image_path", "")),
        scores={EVERY: scores[0]} if scores else {},
        labels={name: tuple(SEVERAL.split(str(row[name]))) for name in KINDS if name in row},
        identity=hashlib.sha256(f"{asked}\0{gold}".encode()).hexdigest(),
    )


def unique(rows: Sequence[Said], file: Path, left: list[Left]) -> tuple[Said, ...]:
    """The first row of each index."""
    found: dict[str, Said] = {}
    for row in rows:
        if row.record_id in found:
            left.append(Left(str(file), f"a second row of index {row.record_id}"))
        found.setdefault(row.record_id, row)
    return tuple(found.values())
