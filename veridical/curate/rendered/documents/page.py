"""How a document looks: paper, ink, one accent, and grids of lines and columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from veridical.curate.rendered.palette import BLACK, WHITE, Colour, ink_on, mixed, readable
from veridical.curate.rendered.rendering import Wish
from veridical.curate.rendered.sheet import Crowded, Place, Sheet

ACCENTS: tuple[Colour, ...] = ((28, 78, 140), (20, 110, 90), (140, 40, 60), (70, 70, 78), (96, 60, 130), (170, 84, 20), (24, 24, 28))


@dataclass(frozen=True)
class Page:
    """The dress of one document."""

    paper: Colour
    ink: Colour
    quiet: Colour
    accent: Colour
    rule: Colour
    size: float
    head: str
    """The first row of a grid: "filled", "lined" or "plain"."""
    striped: bool
    ruled: bool


def page_of(wish: Wish, rng: np.random.Generator, per: float = 44) -> Page:
    """A drawn dress; lettering of about the size divided by `per`."""
    paper = (WHITE, WHITE, (252, 251, 246), (246, 248, 250))[int(rng.integers(4))]
    accent = ACCENTS[int(rng.integers(len(ACCENTS)))]
    size = min(22.0, max(9.5, wish.size / per * float(rng.uniform(0.9, 1.1))))
    return Page(
        paper,
        BLACK,
        readable((108, 110, 118), paper),
        accent,
        mixed(paper, BLACK, 0.18),
        size,
        str(rng.choice(["filled", "lined", "plain"])),
        bool(rng.random() < 0.4),
        bool(rng.random() < 0.4),
    )


@dataclass(frozen=True)
class Column:
    """A column of a grid."""

    title: str
    share: float
    """Of the width."""
    right: bool = False
    """Numbers stand at its right side."""


def grid(sheet: Sheet, page: Page, place: Place, columns: Sequence[Column], rows: Sequence[Sequence[str]], step: float = 1.75) -> float:
    """Write a grid with its first row from the top of a place; where it ends. Errors: Crowded."""
    height, across = page.size * step, 0.0
    ends = []
    for column in columns:
        ends.append((place.x1 + across * place.width, place.x1 + (across + column.share) * place.width))
        across += column.share
    bottom = place.y1 + height * (len(rows) + 1)
    if bottom > place.y2:
        raise Crowded("the grid has more lines than the page")
    head = Place(place.x1, place.y1, place.x2, place.y1 + height)
    if page.head == "filled":
        sheet.rectangle(head, fill=page.accent)
    line(
        sheet,
        page,
        [column.title for column in columns],
        columns,
        ends,
        place.y1,
        height,
        ink_on(page.accent) if page.head == "filled" else readable(page.accent, page.paper),
        True,
    )
    for number, row in enumerate(rows):
        top = head.y2 + height * number
        if page.striped and number % 2:
            sheet.rectangle(Place(place.x1, top, place.x2, top + height), fill=mixed(page.paper, page.accent, 0.07))
        if page.ruled or (page.head == "lined" and number == 0):
            sheet.line([(place.x1, top), (place.x2, top)], page.rule if number else page.accent, 1)
        line(sheet, page, row, columns, ends, top, height, page.ink, False)
    sheet.line([(place.x1, bottom), (place.x2, bottom)], page.rule, 1)
    return bottom


def line(sheet: Sheet, page: Page, row: Sequence[str], columns: Sequence[Column], ends: Sequence[tuple[float, float]], top: float, height: float, ink: Colour, bold: bool) -> None:
    """One line of a grid."""
    for said, column, (start, end) in zip(row, columns, ends, strict=True):
        if not said:
            continue
        if sheet.measure(said, page.size, bold)[0] > end - start - page.size * 0.7:
            raise Crowded(f"{said!r} is wider than its column")
        spot = (end - page.size * 0.4, top + height / 2 + page.size * 0.35) if column.right else (start + page.size * 0.4, top + height / 2 + page.size * 0.35)
        sheet.text(spot, said, page.size, ink, "rs" if column.right else "ls", bold)


def facing(sheet: Sheet, page: Page, place: Place, top: float, left: str, right: str, bold: bool = False, size: float = 1.0) -> None:
    """A text at the left and one at the right of a line."""
    sheet.text((place.x1, top), left, page.size * size, page.ink, "ls", bold)
    sheet.text((place.x2, top), right, page.size * size, page.ink, "rs", bold)
