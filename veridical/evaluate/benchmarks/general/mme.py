"""MME: fourteen subtasks of yes/no questions, two about each picture."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from veridical.evaluate.benchmark import Benchmark, BenchmarkError, Convention, File, fixed, pictures_of, question, rows_of, value_of
from veridical.evaluate.measure import Measure, accuracy, all_of, answer_ratio, combination, in_parts
from veridical.grade.mme import yn_mme, yn_mme_lmms
from veridical.grade.yes_no import yes_no, yn_vlm
from veridical.records.record import Answer, Record
from veridical.records.result import Row

PERCEPTION = ("existence", "count", "position", "color", "posters", "celebrity", "scene", "landmark", "artwork", "OCR")
COGNITION = ("commonsense_reasoning", "numerical_calculation", "text_translation", "code_reasoning")
SUBTASKS = PERCEPTION + COGNITION

Line = tuple[str, str, str, str]
"""(subtask, picture, question, gold)."""


def load(path: Path, media_root: Path | None = None) -> list[Record]:
    """Records of a folder of SUBTASK.txt (picture, question, answer between tabs), or of rows with category in JSON lines."""
    path = Path(path)
    files = [path] if path.is_file() else [path / f"{name}.txt" for name in SUBTASKS if (path / f"{name}.txt").is_file()] or sorted(path.glob("*.json*"))
    if not files:
        raise BenchmarkError(f"{path}: has neither SUBTASK.txt nor JSON lines. {mme.how_to_get}")
    root = pictures_of(path, media_root, "images")
    return [record for file in files for record in of_file(file, root)]


def of_file(file: Path, root: Path) -> Iterable[Record]:
    """Records of a file; a picture has two questions, whatever their order. Errors: BenchmarkError."""
    asked: dict[tuple[str, str], int] = {}
    for number, (subtask, picture, text, gold) in enumerate(lines_of(file) if file.suffix == ".txt" else rows(file), 1):
        if gold.strip().lower() not in ("yes", "no"):
            raise BenchmarkError(f"{file}, row {number}, field answer: expected Yes or No, found {gold!r}")
        if subtask not in SUBTASKS:
            raise BenchmarkError(f"{file}, row {number}, field category: expected one of {', '.join(SUBTASKS)}, found {subtask!r}")
        asked[subtask, picture] = place = asked.get((subtask, picture), 0) + 1
        answer = Answer(type="yes_no", value=gold.strip().lower())
        name = f"{subtask}/{Path(picture).name}/{place}"
        yield question("mme", name, text, root / subtask / picture if (root / subtask).is_dir() else root / picture, gold=answer, split=subtask, file=file, index=number - 1)
    single = [f"{subtask}/{picture}" for (subtask, picture), count in asked.items() if count != 2]
    if single:
        raise BenchmarkError(f"{file}: every picture has two questions, but {single[0]} has not ({len(single)} pictures); the file was cut off")


def lines_of(file: Path) -> Iterable[Line]:
    """Lines of a SUBTASK.txt. Errors: BenchmarkError naming the line."""
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        cells = line.split("\t")
        if not line.strip():
            continue
        if len(cells) < 3:
            raise BenchmarkError(f"{file}, row {number}: expected picture, question and answer between tabs, found {len(cells)} of them")
        yield file.stem, cells[0], cells[1], cells[2]


def rows(file: Path) -> Iterable[Line]:
    """Rows of JSON lines."""
    for number, row in enumerate(rows_of(file), 1):
        category, text, gold = (str(value_of(row, field, file, number)) for field in ("category", "question", "answer"))
        yield category, str(row.get("image") or value_of(row, "question_id", file, number)), text, gold


def picture(row: Row) -> str:
    """The subtask and picture of a row."""
    return row.record_id.rpartition("/")[0]


def of_subtask(name: str) -> tuple[Measure, Measure, Measure]:
    """Accuracy, accuracy+ (both questions of a picture are right), and their sum."""
    right, both = in_parts(accuracy(), name), in_parts(all_of("accuracy_plus", picture), name)
    return right, both, combination(f"{name}.score", (right, both), lambda one, two: one + two, unit="points")


def total(name: str, subtasks: Iterable[str]) -> Measure:
    """The sum of scores, undefined where a subtask is missing."""
    return combination(name, [measure for one in subtasks for measure in of_subtask(one)[:2]], lambda *numbers: sum(numbers), unit="points")


MEASURES = (
    *(total("perception", PERCEPTION), total("cognition", COGNITION), total("score", SUBTASKS), accuracy(), all_of("accuracy_plus", picture)),
    *(answer_ratio("yes", "yes_ratio"), *(measure for name in SUBTASKS for measure in of_subtask(name))),
)

mme = Benchmark(
    name="mme",
    paper="arXiv:2306.13394",
    dimension="general",
    shape="yes/no",
    files=(File("SUBTASK.txt", "fourteen files of lines: picture, question, answer, between tabs; or JSON lines: question_id, image, question, answer, category"),),
    published="github.com/BradyFU/Awesome-Multimodal-Large-Language-Models, branch Evaluation",
    license="none stated; on request of the authors",
    load=load,
    conventions={
        "official": Convention(fixed(yes_no(yn_mme)), MEASURES, follows="calculation.py of the evaluation tool; pairs are told by the picture instead of by their place"),
        "vlm": Convention(fixed(yes_no(yn_vlm)), MEASURES, follows="VLMEvalKit without a judge"),
        "lmms": Convention(fixed(yes_no(yn_mme_lmms)), MEASURES, "\nAnswer the question using a single word or phrase.", "lmms-eval, which takes out the request for yes or no"),
    },
    headline="perception",
    beside=("yes_ratio",),
    size=2374,
    chance={"perception": 750.0, "cognition": 300.0, "accuracy": 50.0, "accuracy_plus": 25.0},
    best={"perception": 2000.0, "cognition": 800.0, "score": 2800.0},
    degenerate={
        "yes": {"perception": 500.0, "cognition": 200.0, "accuracy": 50.0, "accuracy_plus": 0.0, "yes_ratio": 100.0},
        "no": {"perception": 500.0, "cognition": 200.0, "accuracy": 50.0, "accuracy_plus": 0.0, "yes_ratio": 0.0},
        "": {"perception": 0.0, "cognition": 0.0, "accuracy": 0.0},
    },
)

BENCHMARKS = (mme,)
