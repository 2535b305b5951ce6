"""Gradients of a step: micro-batch after micro-batch, over one or several processes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import TypeVar

import torch
from accelerate import Accelerator
from torch import Tensor, nn

from veridical.models.forest import Forest
from veridical.train.sharded import is_sharded, unsynced, whole

Batch = TypeVar("Batch")


def accumulate(accelerator: Accelerator, policy: nn.Module, batches: Sequence[Batch], loss: Callable[[Batch], Tensor], stand_in: Forest | None = None) -> None:
    """Add the gradients of every batch's loss, over all processes.

    Gradients travel between processes with the last batch only, so processes may have different numbers of batches. One
    that has none runs `stand_in` with weight zero, because the others would wait for it. The wrapper averages over
    processes, and a loss here is already divided by the whole step's counts: hence the factor.
    """
    if is_sharded(policy):
        return accumulate_divided(accelerator, policy, batches, loss, stand_in)
    for number, batch in enumerate(batches):
        with nullcontext() if number + 1 == len(batches) else accelerator.no_sync(policy):
            accelerator.backward(loss(batch) * accelerator.num_processes)
    if not batches and accelerator.num_processes > 1:
        accelerator.backward(nothing(accelerator, policy, stand_in))


def accumulate_divided(accelerator: Accelerator, policy: nn.Module, batches: Sequence[Batch], loss: Callable[[Batch], Tensor], stand_in: Forest | None) -> None:
    """The same where parameters are divided: gradients travel with the stand-in, which every process runs last.

    A layer sends its gradients whenever it has been passed backwards, which happens once for the prompts and once for each
    batch of responses: only of the stand-in do all processes have the same number of these.
    """
    with whole(policy):
        with unsynced(policy):
            for batch in batches:
                accelerator.backward(loss(batch) * accelerator.num_processes)
            if not batches:
                accelerator.backward(nothing(accelerator, policy, stand_in))
        accelerator.backward(nothing(accelerator, policy, stand_in) + untouched(policy))


def untouched(policy: nn.Module) -> Tensor:
    """Zero, with a gradient of zero for every parameter that trains: what a layer sends must have the same size in all processes."""
    return 0 * torch.stack([parameter.float().sum() for parameter in policy.parameters() if parameter.requires_grad]).sum()


def nothing(accelerator: Accelerator, policy: nn.Module, stand_in: Forest | None) -> Tensor:
    """A loss of zero that every parameter has a part in."""
    if stand_in is None:
        raise ValueError("a process has no record in this step; raise step.records to at least the number of processes")
    with accelerator.autocast():
        return 0 * policy(stand_in.to(accelerator.device)).logp.sum()
