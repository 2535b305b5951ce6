"""`veridical gate` and `veridical subset`: from folders of results (or a model that is asked the subset first) to a verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from veridical.evaluate.benchmark import BenchmarkError
from veridical.evaluate.centred import SIX, NotCentred
from veridical.evaluate.gating.design import choose
from veridical.evaluate.gating.shift import shift
from veridical.evaluate.gating.subset import Subset
from veridical.evaluate.gating.verdict import Margins, Outcome, Verdict, judge
from veridical.evaluate.power import LEVEL
from veridical.evaluate.statistics import NotComparable
from veridical.records.result import Result

WORDS = {Outcome.PASS: "pass", Outcome.FAIL: "FAIL", Outcome.UNDECIDED: "undecided"}


@dataclass(frozen=True)
class Gate:
    """A verdict as text and as numbers."""

    verdict: Verdict
    left_out: Mapping[str, str]
    """Benchmarks that were not compared, with the reason."""

    @property
    def text(self) -> str:
        """For the terminal."""
        missing = (f"{name:<14} {WORDS[Outcome.UNDECIDED]:<10} was not measured, though it has a margin of its own" for name in self.verdict.missing)
        return "\n".join([*table(self.verdict), *missing, *(f"not compared: {reason}" for reason in self.left_out.values()), f"gate: {WORDS[self.verdict.outcome]}"])

    @property
    def numbers(self) -> dict[str, Any]:
        """For a program."""
        found = self.verdict
        dimensions = {one.name: {**vars(one), "outcome": one.outcome.name.lower()} for one in found.dimensions}
        benchmarks = {one.benchmark: {**vars(one), "separates_p": found.separates[one.benchmark]} for one in found.shifts}
        told = {"outcome": found.outcome.name.lower(), "exit": found.outcome.value, "missing": found.missing}
        return told | {"dimensions": dimensions, "benchmarks": benchmarks, "left_out": dict(self.left_out)}


def gate(base: Path, candidate: Path, given: Mapping[str, object], subset: Path | None = None, may_differ: Sequence[str] = (), say: Callable[[str], None] = print) -> Gate:
    """Whether the candidate may take the base's place.

    `base` is a folder of results; `candidate` one too, or a model directory, which then is asked what the base was asked (`subset`: that part of it).
    Errors: BenchmarkError, ResultError, and whatever evaluation refuses.
    """
    if (candidate / "config.json").is_file():
        candidate = answered(base, candidate, subset, say)
    ours, theirs, chosen = results_in(base), results_in(candidate), Subset.load(subset) if subset else None
    margins = Margins.read(given, sorted({*SIX, "text", *(one.dimension for one in ours.values())}))
    shifts, left_out = [], {name: f"{name}: only one of the two has a result" for name in sorted(ours.keys() ^ theirs.keys())}
    for name in sorted(ours.keys() & theirs.keys()):
        try:
            if chosen and name not in chosen.benchmarks:
                raise NotComparable(f"{name}: the subset has no part of it")
            shifts.append(shift(ours[name], theirs[name], chosen.benchmarks[name] if chosen else None, may_differ))
        except (NotComparable, NotCentred, BenchmarkError) as error:
            left_out[name] = str(error)
        except KeyError as error:
            left_out[name] = f"{name}: the rows lack the count {error}; score the responses again"
    if not shifts:
        raise BenchmarkError(f"{base} and {candidate}: nothing can be compared. " + "; ".join(left_out.values()))
    return Gate(judge(shifts, margins), left_out)


def results_in(folder: Path) -> dict[str, Result]:
    """Results of a folder (an evaluation's run, or its results folder) by benchmark.

    Errors: BenchmarkError for a folder without results or with two of a benchmark; ResultError.
    """
    place = folder / "results" if (folder / "results").is_dir() else folder
    found: dict[str, Result] = {}
    for file in sorted(place.glob("*.json")):
        one = Result.load(file)
        if one.benchmark in found:
            raise BenchmarkError(f"{file}: a second result of {one.benchmark} in one folder; keep one convention and run of it there")
        found[one.benchmark] = one
    if not found:
        raise BenchmarkError(f"{folder}: holds no result; `veridical evaluate ... run={folder}` writes them")
    return found


def answered(base: Path, model: Path, subset: Path | None, say: Callable[[str], None]) -> Path:
    """The run in which the model was asked what the base was asked: the base's own recipe with another model. Errors: BenchmarkError."""
    from veridical.recipe import EvaluateRecipe, load
    from veridical.study.evaluation import run_evaluation

    recipe = base / "recipe.yaml"
    if not recipe.is_file():
        raise BenchmarkError(f"{recipe}: not there, so it is not known what the base was asked; evaluate the candidate by itself and give its folder")
    run = base / "gate" / (f"{model.resolve().parent.name}-{model.name}" + (f"-{subset.stem}" if subset else ""))
    keys = [f"model={model}", "adapter=null", "server=null", f"run={run}", *([f"subset={subset}"] if subset else [])]
    asked = load(EvaluateRecipe, str(recipe), keys)
    if subset and asked.benchmarks:
        named = Subset.load(subset).benchmarks
        asked = asked.model_copy(update={"benchmarks": [one for one in asked.benchmarks if one.name in named]})
    run_evaluation(asked, say)
    return run


def choose_subset(folders: Sequence[Path], blind: Sequence[Path], share: float, seed: int, out: Path) -> Subset:
    """Write the part of the questions by which candidates are compared with the first folder's model; the other folders are of earlier models."""
    base, *earlier = map(results_in, folders)
    found = choose(base, earlier, [results_in(folder) for folder in blind], share, seed)
    found.save(out)
    return found


def subset_text(found: Subset) -> str:
    """What was chosen, a line per benchmark."""
    lines = []
    for name, one in found.benchmarks.items():
        asked, parts = sum(len(stratum.records) for stratum in one.strata), ", ".join(f"{len(stratum.records)} for {stratum.size} {one.unit}s" for stratum in one.strata)
        lines.append(f"{name}: {asked} questions ({parts})" + (f"; {len(one.left_out)} left out as blind-solvable or doubtful" if one.left_out else ""))
    return "\n".join(lines)


def table(found: Verdict) -> list[str]:
    """A line per dimension, and a line per benchmark below it."""
    lines = []
    for part in found.dimensions:
        more = f"; {part.needed} questions would show a loss of {part.margin:g}" if part.outcome is Outcome.UNDECIDED and part.needed > part.asked else ""
        lines.append(
            f"{part.name:<14} {WORDS[part.outcome]:<10} {part.points:+6.2f} points [{part.low:+.2f}, {part.high:+.2f}], margin {part.margin:g}, "
            f"{part.asked} questions for {part.of}, shows a loss of {part.sees:.1f}{more}"
        )
        for one in (one for one in found.shifts if one.dimension == part.name):
            p = found.separates[one.benchmark]
            told = f"{'tells the two apart' if p <= LEVEL else 'does not tell them apart'} (p {p:.3f})"
            lines.append(f"  {one.benchmark:<18} {one.metric} {one.base:.2f} -> {one.candidate:.2f}, {one.points:+.2f} ± {one.error:.2f}, {one.changed} changed; {told}")
    return lines
