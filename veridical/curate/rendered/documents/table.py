"""Tables of numbers with named rows and columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from veridical.curate.rendered.asked import Asked, Slip, exact, number, short, verdict, worked
from veridical.curate.rendered.documents.contents import FIRST, OFFICE, TOWNS, some_of
from veridical.curate.rendered.documents.page import Column, grid, page_of
from veridical.curate.rendered.rendering import Drawn, Rendering, Wish
from veridical.curate.rendered.sheet import Sheet
from veridical.curate.rendered.slips import carry, misread

TOPICS = (
    ("Test results", "Student", FIRST, ("Maths", "Physics", "History", "Biology", "Music"), (35, 100)),
    ("Stock", "Item", OFFICE, ("Store A", "Store B", "Store C", "Depot"), (4, 250)),
    ("Rainfall in mm", "Town", TOWNS, ("Jan", "Apr", "Jul", "Oct"), (10, 190)),
    ("Hours worked", "Name", FIRST, ("Mon", "Tue", "Wed", "Thu", "Fri"), (3, 12)),
    ("Parcels delivered", "Driver", FIRST, ("Week 1", "Week 2", "Week 3", "Week 4"), (40, 320)),
)


@dataclass(frozen=True)
class Table:
    """Everything that is true of a table."""

    title: str
    noun: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[tuple[int, ...], ...]

    @property
    def facts(self) -> dict[str, Any]:
        """The same as JSON."""
        return {"document": "table", "title": self.title, "rows": {name: dict(zip(self.columns, row, strict=True)) for name, row in zip(self.rows, self.values, strict=True)}}


def draw(wish: Wish, rng: np.random.Generator) -> Drawn:
    """A table of 3 to 10 rows and 2 to 5 columns."""
    title, noun, names, columns, (low, high) = TOPICS[int(rng.integers(len(TOPICS)))]
    rows = tuple(some_of(rng, names, min(int(rng.integers(3, 5 + 2 * wish.difficulty)), len(names))))
    columns = columns[: min(len(columns), int(rng.integers(2, 3 + wish.difficulty)))]
    truth = Table(title, noun, rows, columns, tuple(tuple(int(value) for value in rng.integers(low, high + 1, len(columns))) for _ in rows))
    page = page_of(wish, rng, 22 + 6 * wish.difficulty)
    step = float(rng.uniform(1.6, 2.2))
    height = round(page.size * (6 + step * (len(rows) + 1)))
    sheet = Sheet(wish.size, min(height, wish.size), page.paper, wish.font)
    sheet.text((page.size * 1.5, page.size * 2.6), title, page.size * 1.3, page.ink, "ls", True)
    place = sheet.whole.inset(page.size * 1.5)._replace(y1=page.size * 4)
    first = 0.34
    grid(
        sheet,
        page,
        place,
        [Column(noun, first), *(Column(name, (1 - first) / len(columns), True) for name in columns)],
        [[name, *map(str, row)] for name, row in zip(rows, truth.values, strict=True)],
        step,
    )
    return Drawn(sheet, truth, truth.facts)


def around(table: Table, row: int, column: int) -> list[Slip]:
    """The values beside, above and below."""
    found: list[Slip] = [
        (str(table.values[other][column]), "neighbouring row", f"the row of {table.rows[other]} was read") for other in (row - 1, row + 1) if 0 <= other < len(table.rows)
    ]
    return found + [
        (str(table.values[row][other]), "neighbouring column", f"the column {table.columns[other]!r} was read")
        for other in (column - 1, column + 1)
        if 0 <= other < len(table.columns)
    ]


def cell(table: Table, rng: np.random.Generator) -> Asked | None:
    """One value."""
    row, column = int(rng.integers(len(table.rows))), int(rng.integers(len(table.columns)))
    value = str(table.values[row][column])
    return short("lookup", f'What is the value of "{table.rows[row]}" in the column "{table.columns[column]}"?', number(value), [*around(table, row, column), *misread(value, rng)])


def summed(table: Table, rng: np.random.Generator) -> Asked | None:
    """The sum of a row, or of a short column."""
    if rng.random() < 0.5 and len(table.rows) <= 5:
        at = int(rng.integers(len(table.columns)))
        name, values, other = f'the column "{table.columns[at]}"', [row[at] for row in table.values], [row[at - 1] for row in table.values]
    else:
        at = int(rng.integers(len(table.rows)))
        name, values, other = f'the row "{table.rows[at]}"', list(table.values[at]), list(table.values[at - 1])
    left = int(rng.integers(len(values)))

    def way(parts: list[int], result: float) -> list[str]:
        return [f"{' + '.join(map(str, parts))} = {int(result)}."]

    fewer = values[:left] + values[left + 1 :]
    wrong, rule, reason = carry(sum(values), rng)
    slips = [(way(values, wrong), (str(int(wrong)), rule, reason)), (way(other, sum(other)), (str(sum(other)), "neighbouring row or column", "the one beside it was added"))]
    slips.append((way([*values, values[left]], sum(values) + values[left]), (str(sum(values) + values[left]), "value added twice", f"{values[left]} was added twice")))
    if len(fewer) > 1:
        slips.append((way(fewer, sum(fewer)), (str(sum(fewer)), "value left out", f"{values[left]} was left out")))
    return worked("sum", f"What is the sum of {name}?", number(str(sum(values))), way(values, sum(values)), slips)


def extreme(table: Table, rng: np.random.Generator) -> Asked | None:
    """The row with the largest or smallest value of a column."""
    at, most = int(rng.integers(len(table.columns))), bool(rng.random() < 0.5)
    order = sorted(range(len(table.rows)), key=lambda row: table.values[row][at], reverse=most)
    if table.values[order[0]][at] == table.values[order[1]][at]:
        return None
    beside = max(range(len(table.rows)), key=lambda row: table.values[row][at - 1] * (1 if most else -1))
    slips = [
        (table.rows[order[1]], "near the extreme", "it comes second"),
        (table.rows[order[-1]], "extreme reversed", "the other end was taken"),
        (table.rows[beside], "neighbouring column", "another column was compared"),
    ]
    return short("extreme", f'Which {table.noun.lower()} has the {"highest" if most else "lowest"} value in the column "{table.columns[at]}"?', exact(table.rows[order[0]]), slips)


def count(table: Table, rng: np.random.Generator) -> Asked | None:
    """How many values of a column are above one that is none of them."""
    at = int(rng.integers(len(table.columns)))
    values = [row[at] for row in table.values]
    ordered = sorted(set(values))
    if len(ordered) < 2:
        return None
    cut = int(rng.integers(1, len(ordered)))
    line = (ordered[cut] + ordered[cut - 1]) // 2
    if line in values:
        return None
    right = sum(value > line for value in values)
    slips = [
        (str(right + 1), "one counted twice", "one more was counted"),
        (str(right - 1), "one missed", "one was not counted"),
        (str(len(values) - right), "wrong side counted", "those below were counted"),
    ]
    return short("count", f'How many values in the column "{table.columns[at]}" are greater than {line}?', number(float(right)), slips)


def comparison(table: Table, rng: np.random.Generator) -> Asked | None:
    """Whether one value of a column is larger than another, yes and no with the same chance."""
    at, (one, other), yes = int(rng.integers(len(table.columns))), (int(row) for row in rng.permutation(len(table.rows))[:2]), bool(rng.random() < 0.5)
    if table.values[one][at] == table.values[other][at]:
        return None
    if (table.values[one][at] > table.values[other][at]) != yes:
        one, other = other, one
    return verdict(
        "comparison",
        f'In the column "{table.columns[at]}", is the value of "{table.rows[one]}" greater than that of "{table.rows[other]}"?',
        yes,
        "comparison reversed",
        "the two values were exchanged",
    )


def which(table: Table, rng: np.random.Generator) -> Asked | None:
    """In which column a row has its largest value."""
    at = int(rng.integers(len(table.rows)))
    order = sorted(range(len(table.columns)), key=lambda column: -table.values[at][column])
    if table.values[at][order[0]] == table.values[at][order[1]]:
        return None
    slips = [(table.columns[other], "near the extreme", "its value is smaller") for other in order[1:3]]
    return short("largest column", f'In which column does "{table.rows[at]}" have the highest value?', exact(table.columns[order[0]]), slips)


RENDERING = Rendering("table", "documents", "table", "tables of numbers with named rows and columns", draw, (cell, cell, summed, extreme, count, comparison, which))
