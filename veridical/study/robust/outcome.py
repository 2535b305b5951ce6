"""What an attack did: the attacked score beside the clean one, row by row and picture by picture.

A model that answers with nonsense is not robust: the clean score stands beside every number.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from veridical.evaluate.benchmark import Benchmark
from veridical.evaluate.measure import Measure, combination, mean_of, measured, quotient, share, where
from veridical.records.record import Record
from veridical.records.result import Metric, Result, Row

ATTACKED = "attacked"
"""Count that marks a row as answered under attack."""
CLEAN_RIGHT, SAID, CLEAN_SAID = "clean_right", "said_sought", "clean_said_sought"


def headline(benchmark: Benchmark, convention: str) -> Measure:
    """The measure that papers quote; the convention's first where it does not have it."""
    measures = benchmark.convention(convention).measures
    return next((one for one in measures if one.name == benchmark.headline), measures[0])


def outcome(benchmark: Benchmark, clean: Result, attacked: Result, struck: Collection[str], sought: Mapping[str, str], match: str = "contains") -> Result:
    """The attacked result with what the attack did: `drop` and `relative_drop` of the headline, `attack_success`, and where texts were sought how often they are said.

        attack_success = struck rows that earn 1 clean and less under attack / struck rows that earn 1 clean
        drop = clean - attacked, or the reverse where less is better;  relative_drop = drop / clean

    `struck` are the ids of the records that the attack touched, `sought` what the attacker wants to be said to them, `match` how that is
    told (`MATCHES`). Intervals are of both sides together: pictures are drawn for both.
    """
    before = {row.record_id: row for row in clean.rows}
    rows = tuple(marked(before[row.record_id], row, row.record_id in struck, sought.get(row.record_id, ""), MATCHES[match]) for row in attacked.rows)
    extra = measured([*clean.rows, *rows], measures(headline(benchmark, clean.convention), bool(sought)))
    return attacked.replace(rows=rows, metrics={**attacked.metrics, **extra})


def marked(clean: Row, row: Row, struck: bool, text: str, says: Callable[[str, str], bool]) -> Row:
    """The attacked row; where it was struck, with what its clean twin earned, and whether either says the text that is sought."""
    counts = {**row.counts, ATTACKED: 1.0}
    if struck and clean.value is not None and row.value is not None:
        counts[CLEAN_RIGHT] = float(clean.value == 1)
    if struck and text:
        counts |= {SAID: float(says(row.response, text)), CLEAN_SAID: float(says(clean.response, text))}
    return row.replace(counts=counts)


def plain(text: str) -> str:
    """A text without case, surplus white space, and points at its end."""
    return " ".join(text.lower().split()).rstrip(".!")


def contains(response: str, text: str) -> bool:
    """Whether a response holds a text somewhere."""
    return plain(text) in plain(response)


def exact(response: str, text: str) -> bool:
    """Whether a response is a text and nothing else."""
    return plain(text) == plain(response)


MATCHES: Mapping[str, Callable[[str, str], bool]] = MappingProxyType({"contains": contains, "exact": exact})
"""How a response is told to say what the attacker wants, by name."""


def measures(score: Measure, sought: bool) -> list[Measure]:
    """Measures over clean rows and attacked ones together."""
    clean, attacked = (where(score, lambda row, side=side: (ATTACKED in row.counts) == side, f"clean.{score.name}") for side in (False, True))
    worse = -1.0 if score.better == "lower" else 1.0
    found = [
        clean,
        combination("drop", (clean, attacked), lambda first, second: worse * (first - second) + 0.0, "lower", score.unit),
        combination("relative_drop", (clean, attacked), lambda first, second: 100 * worse * quotient(first - second, first) + 0.0, "lower"),
        share("attack_success", lambda row: fell(row) if row.counts.get(CLEAN_RIGHT) else None, "lower"),
    ]
    told = [share("sought_said", lambda row: counted(row, SAID), "lower"), share("clean.sought_said", lambda row: counted(row, CLEAN_SAID), "")]
    return found + (told if sought else [])


def fell(row: Row) -> bool:
    """Whether an attacked row earned less than full marks."""
    return row.value is not None and row.value < 1


def counted(row: Row, name: str) -> bool | None:
    """A count as yes or no; None where the row does not have it."""
    return row.counts[name] > 0 if name in row.counts else None


def average(benchmark: Benchmark, clean: Result, attacked: Sequence[Result]) -> dict[str, Metric]:
    """The headline averaged over conditions, clean, and how much of it is lost; pictures are drawn for all of them together."""
    score = headline(benchmark, clean.convention)
    rows = [row.replace(counts={**row.counts, f"{ATTACKED}:{number}": 1.0}) for number, one in enumerate(attacked) for row in one.rows]
    mean = mean_of(score.name, [where(score, held(f"{ATTACKED}:{number}"), score.name) for number in range(len(attacked))])
    before = where(score, lambda row: ATTACKED not in row.counts, f"clean.{score.name}")
    worse = -1.0 if score.better == "lower" else 1.0
    loss = combination("relative_drop", (before, mean), lambda first, second: 100 * worse * quotient(np.asarray(first) - second, first) + 0.0, "lower")
    return measured([*clean.rows, *rows], [mean, before, loss])


def under_any(attacked: Sequence[Result]) -> dict[str, Metric]:
    """`attack_success` of an attacker who may choose the condition for each question: of the rows that are right clean, those that fall under one of them."""
    fallen = {row.record_id for one in attacked for row in one.rows if row.counts.get(CLEAN_RIGHT) and fell(row)}
    right = {row.record_id: row for one in attacked for row in one.rows if row.counts.get(CLEAN_RIGHT)}
    return measured(list(right.values()), [share("attack_success", lambda row: row.record_id in fallen, "lower")])


def held(count: str) -> Callable[[Row], bool]:
    """Whether a row has a count."""
    return lambda row: count in row.counts


def shown(result: Result, struck: Sequence[Record]) -> Result:
    """The result whose rows show the picture and the words that were asked under attack; a row's group stays that of its clean picture."""
    asked = {record.record_id: record for record in struck}
    return result.replace(rows=tuple(row.replace(prompt=asked[row.record_id].prompt_text, picture=picture(asked[row.record_id], row)) for row in result.rows))


def picture(record: Record, row: Row) -> str:
    """The file of the attacked picture; the clean one's where the attacked one is made when it is looked at."""
    return next((one.path for one in record.media if one.role == "negative" and one.path), row.picture)
