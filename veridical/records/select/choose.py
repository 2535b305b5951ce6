"""`veridical select`: a new file with what is chosen from a data set, and a report of what changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from veridical.records.inspect.contamination import Contamination, contamination
from veridical.records.inspect.coverage import coverage
from veridical.records.inspect.style import style
from veridical.records.load import Loaded, LoadError, Source, load, save
from veridical.records.record import Record
from veridical.records.select.balance import BIASES, balanced, side_of
from veridical.records.select.diverse import diverse, spread_out
from veridical.records.select.quality import SIGNALS, qualities
from veridical.records.whole import write_json


@dataclass(frozen=True)
class Wish:
    """What is wanted of a selection."""

    most: int | None = None
    """Only so many records: good ones that differ."""
    balance: tuple[str, ...] = ()
    """Biases to take out of the pairs: length, style."""
    against: tuple[str, ...] = ()
    """Benchmark files whose pictures and questions must not be in it."""
    signals: tuple[str, ...] = tuple(SIGNALS)
    """What quality is judged by."""


@dataclass
class Selection:
    """What was chosen."""

    records: list[Record]
    dropped: Counter = field(default_factory=Counter)
    """Records by why they went."""
    overlaps: list[Contamination] = field(default_factory=list)


def choose(records: Sequence[Record], wish: Wish, progress: bool = True) -> Selection:
    """Records without contamination, without the biases, then the best that differ, in this order. Errors: LoadError for a bias or signal that does not exist."""
    for kind, names, known in (("balance", wish.balance, BIASES), ("quality", wish.signals, SIGNALS)):
        if strange := [name for name in names if name not in known]:
            raise LoadError(f"{kind}: {strange[0]!r} is not one of {', '.join(known)}")
    found = Selection(list(records))
    for path in wish.against:
        clean(found, path, progress)
    for bias in wish.balance:
        before = len(found.records)
        found.records = balanced(found.records, bias)
        found.dropped[f"would leave the {bias} unbalanced"] += before - len(found.records)
    if wish.most is not None and wish.most < len(found.records):
        kinds = ["".join(sides) for sides in zip(*(side_of(found.records, bias) for bias in wish.balance), strict=True)]
        places = diverse(found.records, qualities(found.records, wish.signals), wish.most, kinds)
        found.dropped["less good, or like one that is taken"] += len(found.records) - len(places)
        found.records = [found.records[place] for place in places]
    return found


def clean(found: Selection, path: str, progress: bool) -> None:
    """Take out what a benchmark shares."""
    overlap = contamination(found.records, load(path).records, path, progress)
    gone = set(overlap.records)
    found.records = [record for record in found.records if record.record_id not in gone]
    found.dropped[f"in the benchmark {path}"] += len(gone)
    found.overlaps.append(overlap)


def select(source: Source | str, target: str | Path, wish: Wish, to: str = "veridical", progress: bool = True) -> dict[str, Any]:
    """Choose, write, and report: the report's numbers, which stand in `TARGET.report.json` as well. Errors: LoadError."""
    loaded, target = load(source), Path(target)
    found = choose(loaded.records, wish, progress)
    if not found.records:
        raise LoadError(f"{target}: nothing is left to write; {dict(found.dropped)}")
    written = save(found.records, target, to)
    outcome = {"file": str(target), "written": written.written, "rows": written.rows, "lost": dict(written.lost), "left_out": list(map(str, written.left_out))}
    report = numbers(loaded, found, wish) | outcome
    write_json(target.with_name(f"{target.name}.report.json"), report)
    return report


def numbers(loaded: Loaded, found: Selection, wish: Wish) -> dict[str, Any]:
    """Before and after, side by side."""
    known = dict(zip((one.record_id for one in loaded.records), qualities(loaded.records, wish.signals), strict=True))
    return {
        "wish": {"most": wish.most, "balance": list(wish.balance), "against": list(wish.against), "quality": list(wish.signals)},
        "not read": len(loaded.left_out), "dropped": dict(found.dropped), "contamination": [one.model_dump(mode="json") | {"share": one.share} for one in found.overlaps],
        "before": described(loaded.records, known), "after": described(found.records, known),
    }  # fmt: skip


def described(records: Sequence[Record], quality: dict[str, float]) -> dict[str, Any]:
    """One side of the report."""
    marks = [quality[record.record_id] for record in records]
    return {
        "records": len(records), "pairs": sum(len(record.pairs) for record in records), "quality": sum(marks) / max(1, len(marks)), "likeness": spread_out(records),
        "style": style(records).model_dump(), "tasks": {name: count for name, count in coverage(records).items() if count},
    }  # fmt: skip


def text(report: dict[str, Any]) -> str:
    """The report for a person."""
    before, after = report["before"], report["after"]
    lines = [f"{report['file']}: {after['records']:,} of {before['records']:,} records, {after['pairs']:,} of {before['pairs']:,} pairs"]
    lines += [f"  dropped {count:,}: {why}" for why, count in report["dropped"].items() if count]
    for name in ("quality", "likeness"):
        lines.append(f"  {name:<28} {before[name]:.3f} -> {after[name]:.3f}")
    for name in ("longer", "first", "writer", "words"):
        pair = [side["style"][name] for side in (before, after)]
        if None not in pair:
            lines.append(f"  told by {name:<20} {pair[0]:.1%} -> {pair[1]:.1%} of the pairs (50% is chance)")
    lines += [f"  {name:<28} {count:,} -> {after['tasks'].get(name, 0):,}" for name, count in before["tasks"].items()]
    lines += [f"  not in the written format: {name} ({count} records)" for name, count in sorted(report["lost"].items())]
    return "\n".join(lines)
