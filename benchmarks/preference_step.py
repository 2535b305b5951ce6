"""A DPO step by TRL 1.16 and by this package: the same model, pairs, adapter, loss and optimiser, steps in turn.

    python3 -m venv /tmp/bench
    /tmp/bench/bin/pip install -c constraints.txt torch==2.13.0 trl==1.16.0 -e .
    nice -n -15 /tmp/bench/bin/python benchmarks/preference_step.py --shape llava --response 100 [--out result.json]

Two pairs a step, every picture new, LoRA of rank 16 on all linear layers of the language model, everything else
frozen, float32. All sides take the same steps one after the other in one process, the order turning by one each time;
a ratio is the median over steps of TRL's time over the side's own in the same step, beside the ratio of the medians.
Losses must agree to 1e-4 at every step. Memory is the peak of a process of its own, above what it held before its
first step.

The share of the bound is (TRL's language-model operations / ours) / (K(P+R) / (P+KR)), K = 2 responses of R tokens
below a prompt of P: operations of the decoder's layers in policy and reference, forward and backward, without tower,
projector and vocabulary projection; the side with the adapter-off reference, so that both run policy and reference.
"""

from __future__ import annotations

import argparse
import ctypes
import datetime
import gc
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from counting import Work, peak_above, token_bound
from step_models import SHAPES, VOCABULARY, Sample, Shape, batches, make_samples, write_model
from step_sides import OTHERS, SIDES, Side
from torch import nn

from veridical.models.backbone import take_apart
from veridical.models.policy import language_model

PAIRS = 2
TOLERANCE = 1e-4
TRL, OURS = "trl", "ours, adapter off"
SHARED, PATHS = "ours, mdpo, adapter off", "ours, mdpo, one row per path"


@dataclass
class Measured:
    """What one side did."""

    side: str
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    operations: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    memory_MB: float = float("nan")


def run(shape: Shape, response: int, steps: int, warm: int, directory: Path, names: Sequence[str]) -> dict[str, Measured]:
    """Steps in turn; the first `warm` are not timed, the first is counted."""
    samples = make_samples(shape, response, PAIRS * (steps + warm))
    sides = {name: (SIDES | OTHERS)[name](directory, samples[:PAIRS]) for name in names}
    found = {name: Measured(name) for name in names}
    for side in sides.values():
        side.prepare(samples)
    for number, batch in enumerate(batches(samples, PAIRS)):
        turn = number % len(names)
        for name in [*names[turn:], *names[:turn]]:
            count(sides[name], batch, found[name]) if number == 0 else clock(sides[name], batch, found[name], number >= warm)
        print(f"step {number}: " + ", ".join(f"{name} {one.losses[-1]:.5f}" + (f" {one.wall[-1]:.1f} s" if one.wall else "") for name, one in found.items()), file=sys.stderr, flush=True)
    return found


def clock(side: Side, batch: Sequence[Sample], into: Measured, timed: bool) -> None:
    """One step with wall and CPU time (of all threads)."""
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    into.losses.append(side.step(batch))
    if timed:
        into.wall.append(time.perf_counter() - wall)
        into.cpu.append(time.process_time() - cpu)


def count(side: Side, batch: Sequence[Sample], into: Measured) -> None:
    """One step with its operations."""
    backbone = take_apart(side.model)
    with Work(VOCABULARY, towers(backbone.inner), language_model(backbone)) as work:
        into.losses.append(side.step(batch))
    into.operations, into.counts = dict(work.operations), dict(work.counts)


def towers(inner: nn.Module) -> list[nn.Module]:
    """The picture encoder, and what brings its output to the language model's width."""
    names = ("vision_tower", "vision_model", "multi_modal_projector", "connector")
    return [getattr(inner, name) for name in names if hasattr(inner, name)]


def memory(shape: Shape, response: int, directory: Path, name: str) -> float:
    """Peak megabytes of two steps in a process of its own."""
    command = [sys.executable, __file__, "--memory", name, "--shape", shape.name, "--response", str(response), "--directory", str(directory)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1])


def memory_here(shape: Shape, response: int, directory: Path, name: str) -> float:
    """What `memory` runs in the child: the side is made and what its making freed is given back, then two steps."""
    samples = make_samples(shape, response, 2 * PAIRS)
    side = (SIDES | OTHERS)[name](directory, samples[:PAIRS])
    side.prepare(samples)
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    with peak_above() as found:
        for batch in batches(samples, PAIRS):
            side.step(batch)
    return found["MB"]


def summary(found: dict[str, Measured], shape: Shape, response: int) -> list[dict[str, Any]]:
    """One row per side."""
    truth = found[TRL]
    prefix = truth.counts["positions"] // (4 * PAIRS) - response
    bound = token_bound(prefix, response, 2)
    rows = []
    for name, one in found.items():
        language = truth.operations["language"] / one.operations["language"]
        rows.append(
            {
                "shape": shape.name, "P": prefix, "R": response, "side": name, "wall": statistics.median(one.wall), "cpu": statistics.median(one.cpu),
                "ratio": statistics.median(truth.wall) / statistics.median(one.wall), "paired": paired(truth.wall, one.wall), "paired_cpu": paired(truth.cpu, one.cpu),
                "operations": one.operations, "operations_ratio": sum(truth.operations.values()) / sum(one.operations.values()), "language_ratio": language,
                "bound": bound, "share": language / bound, "positions": one.counts["positions"], "pictures": one.counts["pieces"] / shape.pieces,
                "rows": one.counts["rows"], "memory_MB": one.memory_MB, "apart": max(abs(a - b) for a, b in zip(truth.losses, one.losses, strict=True)), "steps": len(one.wall),
            }
        )  # fmt: skip
    return rows


def paired(theirs: Sequence[float], own: Sequence[float]) -> float:
    """Median over steps of their time over the side's own."""
    return statistics.median(a / b for a, b in zip(theirs, own, strict=True))


HEAD = (
    "| shape | P | R | side | wall s | CPU s | TRL / this: medians | paired | paired CPU | Tflop | language | tower | vocabulary | LM positions | pictures encoded | rows projected | MB | loss apart |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|"
)


def line(row: dict[str, Any]) -> str:
    """One row as Markdown."""
    flops = {part: row["operations"].get(part, 0) / 1e12 for part in ("language", "tower", "vocabulary")}
    return (
        f"| {row['shape']} | {row['P']} | {row['R']} | {row['side']} | {row['wall']:.2f} | {row['cpu']:.2f} | {row['ratio']:.2f} | {row['paired']:.2f} | {row['paired_cpu']:.2f} | "
        f"{sum(flops.values()):.3f} | {flops['language']:.3f} | {flops['tower']:.3f} | {flops['vocabulary']:.3f} | {row['positions']} | {row['pictures']:.0f} | {row['rows']} | "
        f"{row['memory_MB']:.0f} | {row['apart']:.0e} |"
    )


def verdict(rows: Sequence[dict[str, Any]]) -> str:
    """The share of the bound, and how much of the ratio the vocabulary path makes."""
    by = {row["side"]: row for row in rows}
    said = []
    if (ours := by.get(OURS)) is not None:
        said.append(f"language-model operations: {ours['language_ratio']:.2f} times fewer, bound {ours['bound']:.2f}, share {ours['share']:.0%}")
    said += [f"{name}: {by[name]['paired']:.2f} times TRL's plain DPO" for name in by if name in OTHERS]
    if {SHARED, PATHS} <= set(by):
        ours = by[SHARED]
        fewer, bound = (by[PATHS]["operations"]["language"] / ours["operations"]["language"]), 3 * (ours["P"] + ours["R"]) / (2 * ours["P"] + 3 * ours["R"])
        said.append(f"mDPO, language-model operations: {fewer:.2f} times fewer than one row per path, bound {bound:.2f}, share {fewer / bound:.0%}")
    if (scored := by.get("trl, scored rows only")) is not None:
        for name in (side for side in by if side.startswith("ours")):
            whole, rest = by[name]["paired"], by[name]["paired"] / scored["paired"]
            said.append(f"{name}: {whole:.2f} times TRL's step, {rest:.2f} times when TRL projects scored rows only")
    return "; ".join(said)


def machine() -> dict[str, Any]:
    """Where and with what this ran."""
    cpu = next((text.split(":")[1].strip() for text in Path("/proc/cpuinfo").read_text().splitlines() if text.startswith("model name")), platform.processor())
    packages = {name: version(name) for name in ("torch", "transformers", "peft", "trl", "accelerate")}
    when = datetime.datetime.now().isoformat(timespec="minutes")
    return {"when": when, "cpu": cpu, "threads": torch.get_num_threads(), "load": os.getloadavg()[0], "niceness": os.nice(0), "python": platform.python_version(), **packages}


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shape", choices=[*SHAPES], default="llava")
    parser.add_argument("--response", type=int, default=100, help="tokens of a response")
    parser.add_argument("--steps", type=int, default=7, help="timed steps of each side")
    parser.add_argument("--warm", type=int, default=2, help="steps before them; operations are counted in the first")
    parser.add_argument("--sides", nargs="+", choices=[*SIDES, *OTHERS], default=[*SIDES])
    parser.add_argument("--directory", type=Path, help="where the model is written; a temporary one by default")
    parser.add_argument("--memory", choices=[*SIDES, *OTHERS], help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help="a JSON file for everything measured")
    return parser.parse_args()


def quiet() -> None:
    """No progress bars and no warnings of other packages between the rows."""
    import datasets
    import transformers

    warnings.simplefilter("ignore")
    datasets.disable_progress_bars()
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()


def main() -> None:
    """Measure one shape and print the table; exit 1 when losses differ by more than 1e-4."""
    given = arguments()
    quiet()
    shape = SHAPES[given.shape]
    if given.memory:
        print(memory_here(shape, given.response, given.directory, given.memory))
        return
    with tempfile.TemporaryDirectory() as temporary:
        directory = write_model(shape, given.directory or Path(temporary))
        found = run(shape, given.response, given.steps, given.warm, directory, given.sides)
        for name, one in found.items():
            one.memory_MB = memory(shape, given.response, directory, name)
    rows, where = summary(found, shape, given.response), machine()
    print("; ".join(f"{name} {value}" for name, value in where.items()), HEAD, *map(line, rows), verdict(rows), sep="\n")
    if given.out:
        given.out.write_text(json.dumps({"machine": where, "rows": rows, "measured": [vars(one) for one in found.values()]}, indent=1))
    if worst := [row["side"] for row in rows if row["side"] in SIDES and not row["apart"] <= TOLERANCE]:
        sys.exit(f"losses differ by more than {TOLERANCE}: {worst}")


if __name__ == "__main__":
    main()
