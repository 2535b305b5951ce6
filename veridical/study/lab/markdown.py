"""The leaderboard as a Markdown table, for documents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from veridical.records.whole import write_text
from veridical.study.lab.board import Board
from veridical.study.lab.page import verdict

MARKS = {"better": "**", "worse": "_", "": ""}


def write(out: Path, table: Board, spent: float) -> Path:
    """The table, sorted by its first column; bold: better than the baseline, italic: worse, both after Holm's correction."""
    numbers = table.numbers
    names = [column["name"] for column in numbers["columns"]]
    head = ["method", "seeds", *names, "rise", "blind gap", "KL", "core s"]
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head), f"| before | | {' | '.join(format(numbers['base'][name], '.1f') for name in names)} | | | | |"]
    lines += [line(label, entry, numbers["columns"]) for label, entry in numbers["rows"].items()]
    tau = numbers["agreement"]
    said = "not defined" if tau["tau"] is None else f"{tau['tau']:.2f} [{tau['low']:.2f}, {tau['high']:.2f}]" if tau["low"] is not None else f"{tau['tau']:.2f}"
    return write_text(out, "\n".join([*lines, "", f"Kendall's tau with the published order: {said}. {spent / 60:.0f} core-minutes in all.", ""]))


def line(label: str, entry: dict[str, Any], columns: list[dict[str, Any]]) -> str:
    """One method."""
    cells = [label + ("" if entry["tuned"] else " *"), str(entry["seeds"])]
    for column in columns:
        one = entry["metrics"][column["name"]]
        mark = MARKS[verdict(one, column["better"])]
        cells.append(f"{mark}{one['value']:.1f}{mark} [{one['low']:.1f}, {one['high']:.1f}]")
    shapes = (("rise", "+.3f"), ("blind_gap", ".1f"), ("kl", ".2f"), ("core_seconds", ".0f"))
    return f"| {' | '.join([*cells, *(format(entry[name], shape) if entry[name] is not None else '' for name, shape in shapes)])} |"
