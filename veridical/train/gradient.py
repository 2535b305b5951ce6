"""Gradients of a step: micro-batch after micro-batch, over one or several processes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import TypeVar

from accelerate import Accelerator
from torch import Tensor, nn

from veridical.models.forest import Forest

Batch = TypeVar("Batch")


def accumulate(accelerator: Accelerator, policy: nn.Module, batches: Sequence[Batch], loss: Callable[[Batch], Tensor], stand_in: Forest | None = None) -> None:
    """Add the gradients of every batch's loss, over all processes.

    Gradients travel between processes with the last batch only, so processes may have different numbers of batches. One
    that has none runs `stand_in` with weight zero, because the others would wait for it. The wrapper averages over
    processes, and a loss here is already divided by the whole step's counts: hence the factor.
    """
    for number, batch in enumerate(batches):
        with nullcontext() if number + 1 == len(batches) else accelerator.no_sync(policy):
            accelerator.backward(loss(batch) * accelerator.num_processes)
    if not batches and accelerator.num_processes > 1:
        if stand_in is None:
            raise ValueError("a process has no record in this step; raise step.records to at least the number of processes")
        with accelerator.autocast():
            nothing = 0 * policy(stand_in.to(accelerator.device)).logp.sum()
        accelerator.backward(nothing)
