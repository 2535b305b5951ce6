"""The probe of memory: what a step takes at several micro-batches, and how large one fits this machine."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import torch

from veridical.models.collate import Example
from veridical.study.machine import memory as memory_of_machine
from veridical.study.smoke.bench import Bench, Finding, Learner, Probe
from veridical.study.smoke.learning import MICRO_TOKENS

MB = 10**6
SHARE = 0.9
"""Of the free memory, what a step may take."""


def memory(bench: Bench) -> Finding:
    """Peaks of a step over one, two, four ... records in one micro-batch, and the largest micro-batch for the free memory by a straight line."""
    learner, examples = bench.learner, bench.material.examples
    sizes = [size for size in (1, 2, 4, 8, 16) if size <= len(examples)]
    tokens = [positions(learner, examples[:size]) for size in sizes]
    peaks = [peak(lambda size=size: one_batch(learner, examples[:size])) for size in sizes]
    learner.optimiser.zero_grad(set_to_none=True)
    each, fixed = line(tokens, peaks)
    free = free_memory()
    most = max(0, int((SHARE * free - fixed) / each))
    shown = ", ".join(f"micro_tokens {count}: {use / MB:,.1f} MB" for count, use in zip(tokens, peaks, strict=True))
    usual = (fixed + each * MICRO_TOKENS) / MB
    evidence = f"{shown}; with {free / MB:,.0f} MB free, step.micro_tokens up to about {rounded(most):,} should fit (the default {MICRO_TOKENS:,} takes about {usual:,.0f} MB)"
    figures = {"tokens": tokens, "bytes": peaks, "bytes_per_token": each, "bytes_fixed": fixed, "free": free, "micro_tokens": most}
    return Finding(most >= max(tokens[:1]), evidence, ("beside the weights, the adapter and the optimiser's state; extrapolated for records of this length",), figures)


def positions(learner: Learner, examples: Sequence[Example]) -> int:
    """Positions that the policy computes, as step.micro_tokens counts them."""
    return sum(learner.policy.executor.positions(example.forest).computed for example in examples)


def one_batch(learner: Learner, examples: Sequence[Example]) -> None:
    """Loss and gradients of a step that is one micro-batch."""
    learner.optimiser.zero_grad(set_to_none=True)
    learner.policy.learn()
    replace(learner.stepper, micro_tokens=10**12).run(examples)
    learner.policy.eval()


def peak(run: Callable[[], None]) -> int:
    """Most bytes that tensors take beyond what they took before, while `run` runs."""
    gc.collect()
    return peak_on_card(run) if torch.cuda.is_available() else peak_on_processor(run)


def peak_on_card(run: Callable[[], None]) -> int:
    """By the counters of the card's allocator."""
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    run()
    return torch.cuda.max_memory_allocated() - before


def peak_on_processor(run: Callable[[], None]) -> int:
    """By the profiler's list of every allocation and release: the resident size of the process would show what other steps left behind."""
    from torch.profiler import ProfilerActivity, profile

    with unheard(), profile(activities=[ProfilerActivity.CPU], profile_memory=True) as watched:
        run()
    events = [(event.start_ns(), event.nbytes()) for event in watched.profiler.kineto_results.events() if event.name() == "[memory]"]
    held = np.cumsum([size for _, size in sorted(events, key=lambda event: event[0])])
    return int(max(held, default=0))


@contextmanager
def unheard() -> Iterator[None]:
    """Without what libraries write to the standard error below Python: the profiler announces itself there."""
    sys.stderr.flush()
    kept = os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def line(tokens: Sequence[int], peaks: Sequence[int]) -> tuple[float, float]:
    """Bytes per token and fixed bytes of the straight line through the peaks; one point alone is all per token."""
    if len(set(tokens)) < 2:
        return peaks[-1] / tokens[-1], 0.0
    each, fixed = np.polyfit(tokens, peaks, 1)
    return max(float(each), peaks[-1] / tokens[-1] / 10), max(float(fixed), 0.0)


def free_memory() -> int:
    """Free bytes where the model computes."""
    if torch.cuda.is_available():
        return torch.cuda.mem_get_info()[0] + torch.cuda.memory_reserved() - torch.cuda.memory_allocated()
    return memory_of_machine()[1]


def rounded(number: int) -> int:
    """Two leading digits, downwards."""
    unit = 10 ** max(0, len(str(number)) - 2)
    return number // unit * unit


PROBES = (
    Probe(
        "memory",
        "a step fits in memory",
        memory,
        "set step.picture_tokens or step.max_tokens lower, train fewer parts, or take precision=bfloat16",
    ),
)
