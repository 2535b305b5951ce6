"""The numbers of the page as a dictionary that JSON can hold: what each metric was, is, and by how much it changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from veridical.evaluate.benchmark import Benchmark
from veridical.evaluate.imported.measures import known_benchmark
from veridical.evaluate.measure import cluster
from veridical.evaluate.statistics import Change, compare
from veridical.records.result import Metric, Result
from veridical.report.across.entrants import Entrant
from veridical.report.across.standings import Difference, standings
from veridical.report.folders import Side, read
from veridical.report.sentence import beside, sentence
from veridical.report.wording import defined

VERSION = 1
LEVEL = 0.05
"""A change counts when its 95% interval excludes zero and its p, after Holm's correction, is below this."""


def summary(before: Path | None, after: Path, may_differ: Collection[str] = ()) -> dict[str, Any]:
    """Every metric of every result in two folders (or files), paired by file name; the first benchmark leads the page.

    Keys: version, models, headline, standing (on the dimensions), benchmarks (name -> compared), left_out (file -> reason). Results that must not be
    compared keep their own numbers and say why; `may_differ` names settings that may. Errors: ReportError for a folder that is not there.
    """
    return summarise(read(before), read(after), may_differ)


def summarise(before: Side, after: Side, may_differ: Collection[str] = ()) -> dict[str, Any]:
    """The same of what has been read."""
    names = sorted({*before.results, *after.results})
    found = {name: compared(name, before.results.get(name), after.results.get(name), may_differ) for name in names}
    ordered = dict(sorted(found.items(), key=lambda one: rank(one[1])))
    return {
        "version": VERSION,
        "models": {"before": before.models, "after": after.models},
        "headline": next((one["sentence"] for one in ordered.values()), "Nothing was measured: neither folder holds a result."),
        "standing": standings((Entrant("before", before), Entrant("after", after)), {"after": headlines(found)}, may_differ),
        "benchmarks": ordered,
        "left_out": {**before.left_out, **after.left_out},
    }


def headlines(entries: Mapping[str, dict[str, Any]]) -> dict[str, Difference]:
    """Every headline's change."""
    return moved({name: one["metrics"].get(one["headline"]) for name, one in entries.items()})


def moved(leading: Mapping[str, dict[str, Any] | None]) -> dict[str, Difference]:
    """The changes of metrics that are there."""
    return {name: Difference(one["difference"], one["low"], one["high"], one["n"]) for name, one in leading.items() if one}


def rank(entry: dict[str, Any]) -> tuple[bool, bool]:
    """Benchmarks with a comparison first, and of these the ones that count what is false (lower is better)."""
    leading = entry["metrics"].get(entry["headline"], {})
    return leading.get("difference") is None, leading.get("better") != "lower"


def compared(name: str, before: Result | None, after: Result | None, may_differ: Collection[str] = ()) -> dict[str, Any]:
    """One benchmark; at least one result is there."""
    known = after or before
    benchmark = known_benchmark(known)
    changes, reason = changes_of(before, after, may_differ, benchmark)
    metrics = {one: metric(before, after, one, changes.get(one)) for one in metric_names(before, after)}
    entry = {
        "benchmark": known.benchmark,
        "convention": known.convention,
        "follows": follows(benchmark, known.convention),
        "dimension": known.dimension,
        "paper": benchmark.paper if benchmark else "",
        "note": benchmark.note if benchmark else "",
        "data": known.data,
        "headline": leading(benchmark, metrics),
        "beside": companions(benchmark, metrics),
        "models": each(before, after, lambda one: one.model),
        "settings": each(before, after, lambda one: one.settings),
        "rows": each(before, after, lambda one: len(one.rows)),
        "clusters": each(before, after, lambda one: len({cluster(row) for row in one.rows})),
        "unparsed": each(before, after, lambda one: one.unparsed),
        "not_compared": reason,
        "metrics": metrics,
    }
    return entry | {"sentence": sentence(name, entry), "beside_sentence": beside(entry)}


def each(before: Result | None, after: Result | None, read_out: Any) -> dict[str, Any]:
    """Something of both results; None where there is none."""
    return {"before": before and read_out(before), "after": after and read_out(after)}


def follows(benchmark: Benchmark | None, convention: str) -> str:
    """Whose numbers the convention reproduces."""
    return benchmark.conventions[convention].follows if benchmark and convention in benchmark.conventions else ""


def changes_of(before: Result | None, after: Result | None, may_differ: Collection[str] = (), benchmark: Benchmark | None = None) -> tuple[dict[str, Change], str]:
    """The change of each metric, or why there is none. The benchmark is looked up by the result's name where it is not given."""
    if before is None or after is None:
        return {}, f"there is no result {'before' if before is None else 'after'} to compare with"
    if not before.rows or not after.rows:
        return {}, "the files hold no rows, and only rows can be paired"
    try:
        return compare(before, after, benchmark, may_differ=may_differ), ""
    except KeyError as error:
        return {}, f"the rows lack the count {error}; score the responses again"
    except ValueError as error:
        return {}, str(error)


def metric_names(before: Result | None, after: Result | None) -> list[str]:
    """Of both, in the order of the benchmark's own list."""
    return list(dict.fromkeys(name for result in (after, before) if result for name in result.metrics))


def metric(before: Result | None, after: Result | None, name: str, change: Change | None) -> dict[str, Any]:
    """One metric; numbers that are not defined are None."""
    first, second = (result.metrics.get(name) if result else None for result in (before, after))
    either = second or first
    entry = {
        "before": value(first), "after": value(second), "better": either.better, "unit": either.unit,
        "before_interval": interval(first), "after_interval": interval(second),
        "before_n": first.n if first else 0, "after_n": second.n if second else 0,
        "interval_method": {"before": first.method if first else "", "after": second.method if second else ""},
        "difference": None, "low": None, "high": None, "p": None, "adjusted": None, "test": "", "n": 0,
    }  # fmt: skip
    if change is not None:
        entry |= {key: finite(getattr(change, key)) for key in ("before", "after", "difference", "low", "high", "p", "adjusted")}
        entry |= {"test": change.test, "n": change.n}
    return entry | {"verdict": verdict(entry)}


def verdict(entry: dict[str, Any]) -> str:
    """ "better", "worse", "changed" (for a metric without a good direction), "no evidence", or "" where nothing was compared."""
    if entry["difference"] is None:
        return ""
    excludes_zero = entry["low"] is not None and entry["high"] is not None and (entry["low"] > 0 or entry["high"] < 0)
    if not excludes_zero or entry["adjusted"] >= LEVEL:
        return "no evidence"
    if not entry["better"]:
        return "changed"
    return "better" if (entry["difference"] > 0) == (entry["better"] == "higher") else "worse"


def value(metric: Metric | None) -> float | None:
    """Its number, where it has one: a ratio without a denominator is stored with n 0."""
    return finite(metric.value) if metric and metric.n else None


def interval(metric: Metric | None) -> list[float | None] | None:
    """Its 95% interval."""
    return [finite(metric.low), finite(metric.high)] if value(metric) is not None else None


def finite(number: float) -> float | None:
    """The number; None where it is not one, since JSON has no word for it."""
    return float(number) if defined(number) else None


def leading(benchmark: Benchmark | None, names: Iterable[str]) -> str:
    """The metric that papers quote, or the first."""
    names = list(names)
    return benchmark.headline if benchmark and benchmark.headline in names else next(iter(names), "")


def companions(benchmark: Benchmark | None, metrics: dict[str, dict[str, Any]]) -> list[str]:
    """What must be read beside the headline: as the benchmark says, else every metric without a good direction."""
    told = benchmark.beside if benchmark else ()
    found = [name for name in told if name in metrics] or [name for name, one in metrics.items() if not one["better"] and "." not in name]
    return [name for name in found if name != leading(benchmark, metrics)]
