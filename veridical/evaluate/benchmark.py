"""A benchmark as a value: where its files are, how its records are read, and how each convention grades and counts."""

from __future__ import annotations

import difflib
import hashlib
import inspect
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from veridical.evaluate.measure import Measure
from veridical.grade.grade import Grader
from veridical.records.record import Answer, Fact, Media, Part, Provenance, Record, Turn


class BenchmarkError(ValueError):
    """A benchmark, convention or setting that is not there, or files that cannot be read; the message says what to do."""


@dataclass(frozen=True)
class File:
    """A file that a benchmark reads from the folder that the user names."""

    name: str
    holds: str
    needed: bool = True


@dataclass(frozen=True)
class Convention:
    """One way to ask, read and count. Two harnesses that report "the same" benchmark often differ only here."""

    grade: Callable[..., Grader]
    """(data folder, records, **settings) -> grader; the settings and their defaults are the function's own."""
    measures: tuple[Measure, ...]
    suffix: str = ""
    """Text behind every question."""
    follows: str = ""
    """Whose numbers it reproduces."""
    takes: Callable[[Record], bool] = lambda record: True
    """Which of the benchmark's records it asks."""
    reads: tuple[str, ...] = ()
    """Fields of stored rows that hold what it grades (a judge's review), before the benchmark's own."""
    asks: Callable[[Record], Record] = lambda record: record
    """What is asked in place of a record's own prompt: which of its responses is better, say."""

    def asked(self, record: Record) -> Record:
        """The record as a model is asked it."""
        return with_suffix(self.asks(record), self.suffix)

    def settings(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Every grading setting with its value. Errors: BenchmarkError naming the nearest one."""
        known = {name: each.default for name, each in list(inspect.signature(self.grade).parameters.items())[2:]}
        for name in given:
            if name not in known:
                near = difflib.get_close_matches(name, known, 1)
                raise BenchmarkError(f"unknown grading setting {name!r}; " + (f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known) or 'none'}"))
        return {**known, **given}


@dataclass(frozen=True)
class Benchmark:
    """What is asked of a model, and what its responses earn."""

    name: str
    paper: str
    dimension: str
    files: tuple[File, ...]
    published: str
    """Where the files are published."""
    license: str
    load: Callable[[Path, Path | None], list[Record]]
    """(folder or file, folder of the pictures) -> records with prompt, picture and gold."""
    conventions: Mapping[str, Convention]
    headline: str
    """The metric that papers quote."""
    beside: tuple[str, ...] = ()
    """Metrics without which the headline misleads: it can be bought with silence, or with always saying yes."""
    size: int = 0
    """Questions in the published files."""
    chance: Mapping[str, float] = field(default_factory=dict)
    """What a blind guess scores, by metric."""
    best: Mapping[str, float] = field(default_factory=dict)
    """The best value of a metric whose unit does not say it."""
    degenerate: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """What a model that always gives one response scores on the published files: response -> metric -> value."""
    note: str = ""
    shape: str = ""
    """What is asked and how it is read: yes/no, multiple choice, open answer, numeric, caption with lexicon, pairwise judge, rubric judge, grounding, detector."""
    named: Callable[[Mapping[str, Any]], str] | None = None
    """Record id that a row of the benchmark's own answer files means, where its id or picture does not tell; KeyError or "" where the row does not say."""
    reads: tuple[str, ...] = ()
    """Fields of stored rows that hold what is graded (an extracted answer), before the usual ones."""
    elsewhere: Callable[[str], bool] | None = None
    """Whether an id is one of the benchmark's questions, though the loaded files (a published part of it) lack it: stored responses to it are passed over."""
    together: Callable[[Record], str] | None = None
    """Key of the records that a subset takes together or not at all, because a measure counts them together; default: those that show the same pictures."""

    def convention(self, name: str) -> Convention:
        """By name. Errors: BenchmarkError naming what there is."""
        if name not in self.conventions:
            raise BenchmarkError(f"{self.name}: unknown convention {name!r}; there are {', '.join(self.conventions)}")
        return self.conventions[name]

    @property
    def how_to_get(self) -> str:
        """Which files to put where."""
        listed = "\n".join(f"  {file.name}  {file.holds}{'' if file.needed else ' (optional)'}" for file in self.files)
        return f"{self.name} reads these files from one folder:\n{listed}\nPublished at {self.published} ({self.license})."


def question(
    benchmark: str,
    record_id: str,
    text: str,
    picture: Path | None,
    *,
    gold: Answer | None = None,
    facts: Iterable[tuple[str, str]] = (),
    split: str = "",
    source_id: str = "",
    file: Path | None = None,
    index: int = -1,
    license: str = "unknown",
    kind: Literal["image", "video"] = "image",
) -> Record:
    """A record that asks `text` about a picture, or a video; `facts` are (kind, text) about it."""
    shown = (Media(media_id=kind, kind=kind, path=str(picture)),) if picture else ()
    parts = (*(Part(type=kind, media_id=one.media_id) for one in shown), Part(text=text))
    return Record(
        record_id=record_id,
        kind="prompt_only",
        task=benchmark,
        split=split,
        media=shown,
        prompt=(Turn(role="user", parts=parts),),
        answer=gold,
        facts=tuple(Fact(kind=name, text=fact, media_id=kind) for name, fact in facts),
        provenance=Provenance(dataset=benchmark, file=str(file or ""), index=index, source_id=source_id, license=license),
    )


def fixed(grader: Grader) -> Callable[..., Grader]:
    """A convention's grade for a grader that needs neither files nor settings."""
    return lambda data, records: grader


def with_suffix(record: Record, suffix: str) -> Record:
    """The record with `suffix` behind the text of its last user turn."""
    if not suffix:
        return record
    place = max(number for number, turn in enumerate(record.prompt) if turn.role == "user")
    turn = record.prompt[place]
    longer = turn.replace(parts=(*turn.parts, Part(text=suffix)))
    return record.replace(prompt=(*record.prompt[:place], longer, *record.prompt[place + 1 :]))


def pictures_of(path: Path, media_root: Path | None, *folders: str) -> Path:
    """Where pictures are: the folder that was named, else the first of `folders` beside the data, else the data's own folder."""
    if media_root is not None:
        return Path(media_root)
    here = path if path.is_dir() else path.parent
    return next((here / name for name in folders if (here / name).is_dir()), here)


def rows_of(path: Path) -> list[dict[str, Any]]:
    """Objects of a JSON list or of JSON lines. Errors: BenchmarkError naming file and line."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise BenchmarkError(f"{path}: cannot be read ({error})") from error
    if text.lstrip().startswith("["):
        try:
            rows = json.loads(text)
        except ValueError as error:
            raise BenchmarkError(f"{path}: not JSON ({error}); the file was cut off, download it again") from error
    else:
        rows = [parse(line, path, number) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise BenchmarkError(f"{path}, row {number}: expected an object with fields, found {type(row).__name__}")
    return rows


def objects_of(path: Path) -> dict[str, dict[str, Any]]:
    """Objects by id, of a JSON file that holds one object. Errors: BenchmarkError naming the file."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BenchmarkError(f"{path}: not JSON ({error})") from error
    if not isinstance(rows, dict) or not all(isinstance(row, dict) for row in rows.values()):
        raise BenchmarkError(f"{path}: expected an object that gives each id an object with fields, found {str(rows)[:60]!r}")
    return rows


def parse(line: str, path: Path, number: int) -> Any:
    """One JSON line. Errors: BenchmarkError."""
    try:
        return json.loads(line)
    except ValueError as error:
        raise BenchmarkError(f"{path}, line {number}: not JSON ({error}); the file was cut off, or is not JSON lines") from error


def value_of(row: Mapping[str, Any], name: str, path: Path, number: int) -> Any:
    """A field of a row. Errors: BenchmarkError naming file, row and field."""
    if name not in row:
        raise BenchmarkError(f"{path}, row {number}: has no field {name!r}; it has {', '.join(sorted(row)) or 'none'}")
    return row[name]


def fingerprint(records: Sequence[Record]) -> str:
    """How many questions, and a hash of their ids, texts, truth and candidate responses: equal for equal data, wherever it lies."""
    ordered = sorted(records, key=lambda one: one.record_id)
    content = [[one.record_id, one.prompt_text, one.answer and one.answer.value, [(fact.kind, fact.text) for fact in one.facts], *([said] if (said := [each.text for each in one.responses]) else [])] for one in ordered]
    return f"{len(records)} questions, sha256 {hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]}"
