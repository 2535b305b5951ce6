"""The page about several models: one HTML file that opens from a disk, asks no network, and can be filtered."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from veridical.report.across.cards import Falls, falls
from veridical.report.across.entrants import Entrant, entrants
from veridical.report.across.numbers import numbers
from veridical.report.across.radar import radar
from veridical.report.page import environment, write_text
from veridical.report.table import parts
from veridical.report.wording import capital, label

VERDICTS = ("better", "worse", "changed", "no evidence")
SIX = 6


@dataclass(frozen=True)
class Line:
    """One metric of a benchmark over the models."""

    name: str
    metric: str
    leads: bool


@dataclass(frozen=True)
class Block:
    """Metrics of one part of a benchmark."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Sheet:
    """A benchmark as the page shows it: the whole first, then its parts."""

    name: str
    entry: Mapping[str, Any]
    whole: Block
    parts: tuple[Block, ...]


def write(out: Path, places: Sequence[str | Path], title: str = "Several models", note: str = "", may_differ: Collection[str] = ()) -> tuple[Path, dict[str, Any]]:
    """The page about folders of results (FOLDER or NAME=FOLDER, the first is the baseline), and its numbers.

    Errors: ReportError for a folder that is not there; everything else that is missing or damaged is told on the page.
    """
    found = entrants(places)
    counted = numbers(found, may_differ)
    return write_text(Path(out), page(found, counted, title, note)), counted


def page(found: Sequence[Entrant], counted: Mapping[str, Any], title: str, note: str = "") -> str:
    """The page as text."""
    templates, shown = environment(), falls(found, counted)
    script = templates.get_template("across.js.jinja").render()
    return templates.get_template("across.html.jinja").render(
        title=title,
        note=note,
        numbers=counted,
        sheets=[sheet(name, entry) for name, entry in counted["benchmarks"].items()],
        radar=radar(counted["standing"], counted["labels"]),
        falls=shown,
        choices=choices(counted, shown),
        script=Markup(script),
        digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        six=SIX,
    )


def sheet(name: str, entry: Mapping[str, Any]) -> Sheet:
    """The sheet of one benchmark."""
    blocks = [Block(title, tuple(Line(capital(label(one.rpartition(".")[2])), one, one == entry["headline"]) for one in members)) for title, members in parts(entry).items()]
    whole = blocks.pop(0) if blocks and not blocks[0].title else Block("", ())
    return Sheet(name, entry, whole, tuple(blocks))


def choices(counted: Mapping[str, Any], shown: Falls) -> dict[str, list[str]]:
    """What can be filtered by, and the values that occur."""
    entries = counted["benchmarks"]
    verdicts = {one["verdict"] for entry in entries.values() for model in entry["models"].values() for one in model["metrics"].values()}
    return {
        "dimension": list(dict.fromkeys(entry["dimension"] for entry in entries.values() if entry["dimension"])),
        "benchmark": list(entries),
        "verdict": [name for name in VERDICTS if name in verdicts],
        "category": shown.categories,
    }
