"""One self-contained HTML page: what changed between two models, how they were trained, and what both say."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from veridical.report import wording
from veridical.report.across.radar import radar
from veridical.report.figure import figure
from veridical.report.folders import read
from veridical.report.gallery import galleries
from veridical.report.summary import LEVEL, summarise
from veridical.report.table import table
from veridical.report.training import read_training

FILTERS = (wording.amount, wording.bounds, wording.capital, wording.chance, wording.label, wording.plain, wording.signed, wording.subscripts)


def write(
    out: Path,
    before: Path | None,
    after: Path,
    training: Path | None = None,
    title: str = "What changed",
    note: str = "",
    numbers: dict[str, Any] | None = None,
) -> Path:
    """The page about two folders of results and, where it is given, a run directory; it opens from a disk and asks no network.

    `numbers` is what `summary(before, after)` gave, where the caller has it already (it is the slow part). Errors:
    ReportError for a folder that is not there; everything else that is missing or damaged is told on the page.
    """
    first, second, run = read(before), read(after), read_training(training) if training is not None else None
    numbers = summarise(first, second) if numbers is None else numbers
    content = environment().get_template("page.html.jinja").render(
        title=title,
        note=note,
        numbers=numbers,
        level=LEVEL,
        figure=figure(numbers),
        radar=radar(numbers["standing"], ("before", "after")),
        tables=[table(name, entry) for name, entry in numbers["benchmarks"].items()],
        galleries=galleries(first, second, numbers["benchmarks"]),
        training=run,
    )
    return write_text(Path(out), content)


def environment() -> Environment:
    """Templates that escape everything they are given."""
    made = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters |= {one.__name__: one for one in FILTERS}
    return made


def write_text(path: Path, content: str) -> Path:
    """Write so that a reader sees the old page or the new one, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    temporary.write_text(content, encoding="utf-8")
    temporary.replace(path)
    return path
