"""Parameters, gradients and optimiser state divided over processes (PyTorch's FSDP2), and gathered while a step computes.

Processes have different numbers of micro-batches and draw responses of different lengths, so parameters are gathered
once before a computation and given back after it, not layer by layer: nobody waits for a collective that another
process does not reach. Between computations every process holds its share of weights, gradients and optimiser state.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed.fsdp import FSDPModule, fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor

from veridical.models.policy import Policy, language_model


def shard(policy: Policy) -> None:
    """Divide a policy over all processes: each layer of the language model by itself, then what is left."""
    layers = [module for module in language_model(policy.backbone).modules() if isinstance(module, nn.ModuleList)]
    for layer in max(layers, key=len, default=[]):
        fully_shard(layer)
    fully_shard(policy)
    fully_shard.state(policy)._lazy_init()  # else the first layer that runs by itself, while sampling, takes itself for the root


@contextmanager
def whole(module: nn.Module) -> Iterator[None]:
    """Every process holds all parameters inside the block. All processes enter it, and equally often; it may be nested."""
    parts = [part for part in module.modules() if isinstance(part, FSDPModule)]
    if not parts or getattr(module, "is_whole", False):
        yield
        return
    module.is_whole = True
    for part in parts:
        part.set_reshard_after_forward(False, recurse=False)
        part.set_reshard_after_backward(False, recurse=False)
        part.unshard()
    try:
        yield
    finally:
        for part in parts:
            part.reshard()
        module.is_whole = False


@contextmanager
def undivided(module: nn.Module) -> Iterator[None]:
    """Ordinary whole parameters in place of divided ones inside the block, for saving: a divided module's state is its share.

    All processes enter it. What is changed inside is lost.
    """
    held = [(owner, name, value) for owner in module.modules() for name, value in owner._parameters.items() if isinstance(value, DTensor)]
    made: dict[int, nn.Parameter] = {}
    for owner, name, value in held:
        if id(value) not in made:
            made[id(value)] = nn.Parameter(value.detach().full_tensor(), requires_grad=value.requires_grad)
        owner._parameters[name] = made[id(value)]
    try:
        yield
    finally:
        for owner, name, value in held:
            owner._parameters[name] = value


@contextmanager
def unsynced(module: nn.Module) -> Iterator[None]:
    """Gradients stay in this process inside the block."""
    module.set_requires_gradient_sync(False)
    try:
        yield
    finally:
        module.set_requires_gradient_sync(True)


def divide_state(before: torch.optim.Optimizer, after: torch.optim.Optimizer) -> None:
    """Give an optimiser of divided parameters its share of another one's state; both list the same parameters in the same order."""
    for old_group, new_group in zip(before.param_groups, after.param_groups, strict=True):
        for old, new in zip(old_group["params"], new_group["params"], strict=True):
            if state := before.state.get(old):
                after.state[new] = {name: share_of(value, new) for name, value in state.items()}


def share_of(value: Any, like: Tensor) -> Any:
    """This process's share of a tensor that is as large as a divided parameter; anything else as it is."""
    if isinstance(like, DTensor) and isinstance(value, Tensor) and value.shape == like.shape:
        return distribute_tensor(value, like.device_mesh, like.placements)
    return value


def gathered_state(value: Any) -> Any:
    """Nested state with every divided tensor whole; all processes call it."""
    if isinstance(value, DTensor):
        return value.full_tensor()
    if isinstance(value, dict):
        return {name: gathered_state(part) for name, part in value.items()}
    return type(value)(gathered_state(part) for part in value) if isinstance(value, (list, tuple)) else value


def is_sharded(module: nn.Module) -> bool:
    """Whether the module's parameters are divided over processes."""
    return isinstance(module, FSDPModule)
