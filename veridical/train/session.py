"""What both loops share: accelerate, optimiser, place in the run, logging, checkpoints. The loops stay in their own files."""

from __future__ import annotations

import math
import resource
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator, DistributedDataParallelKwargs, DistributedType
from accelerate.state import AcceleratorState
from rich.progress import track
from torch import nn

from veridical.models.policy import Policy
from veridical.recipe import RecipeError, Train
from veridical.records.load import LeftOut
from veridical.records.run import Run
from veridical.train import checkpoint
from veridical.train.optimiser import make_optimiser, rate, set_rate
from veridical.train.sharded import divide_state, gathered_state, shard, undivided
from veridical.train.stop import Wish
from veridical.train.total import summed

Say = Callable[[str], None]
Tensors = Callable[[], Mapping[str, Any]]
"""Tensors as they are now, by name."""
REPLICATED = (DistributedType.NO, DistributedType.MULTI_CPU, DistributedType.MULTI_GPU)
"""Ways to run in which every process holds the whole model."""


@dataclass(frozen=True)
class Trained:
    """What a training run left behind."""

    run: Path
    steps: int
    finished: bool
    """False when it was asked to stop; the same command continues."""
    left_out: tuple[LeftOut, ...]
    """Rows and records that could not be used, with the reason."""


@dataclass
class Session:
    """One process's part in a training run. Life cycle: made by `begin`, used by one loop, discarded."""

    accelerator: Accelerator
    policy: nn.Module
    """Wrapped by accelerate; call this one."""
    plain: Policy
    optimiser: Any
    settings: Train
    run: Run
    steps: int
    first: int
    companions: list[Any]
    say: Say = print
    extras: dict[str, Any] = field(default_factory=dict)
    """Small state that is saved with checkpoints (best held-out value so far ...)."""
    more: dict[str, Tensors] = field(default_factory=dict)
    """Other tensors that are saved with checkpoints, by name (a reference that moves)."""
    saved: int = -1
    """Steps done when it was last saved."""
    clock: float = field(default_factory=time.perf_counter)

    @property
    def main(self) -> bool:
        """Whether this process writes."""
        return self.accelerator.is_main_process

    def ahead(self, what: str) -> Iterator[int]:
        """The steps still to do, with a progress bar on the main process."""
        last = self.first if self.extras.get("ended") else self.steps
        return iter(track(range(self.first, last), what, disable=not self.main))

    def enter(self, step: int) -> None:
        """Before a step: learning rate and random state depend on seed and step alone, so a resumed run repeats them."""
        set_rate(self.optimiser, self.settings.optimiser.lr * rate(step, self.steps, self.settings.optimiser.warmup, self.settings.optimiser.schedule))
        torch.manual_seed(self.settings.seed * 1_000_003 + step * 101 + self.accelerator.process_index)
        self.optimiser.zero_grad(set_to_none=True)
        self.plain.learn()
        self.clock = time.perf_counter()

    def update(self) -> float:
        """Clip the gradients and change the weights; the gradient's norm. One that is not finite changes nothing and is counted."""
        clip = self.settings.optimiser.clip
        clipped = self.accelerator.clip_grad_norm_(self.plain.parameters(), clip if clip is not None else math.inf)
        norm = float(gathered_state(clipped))
        if math.isfinite(norm):
            self.optimiser.step()
        else:
            self.extras["skipped"] = self.extras.get("skipped", 0) + 1
        self.optimiser.zero_grad(set_to_none=True)
        return norm

    def leave(self, step: int, numbers: Mapping[str, float]) -> dict[str, float]:
        """After gradients: update and log."""
        return self.log(step, {**numbers, "grad_norm": self.update()})

    def log(self, step: int, numbers: Mapping[str, float]) -> dict[str, float]:
        """The step's numbers with what is logged of every step."""
        seconds = time.perf_counter() - self.clock
        logged = {
            **numbers, "skipped": float(self.extras.get("skipped", 0)), "lr": self.optimiser.param_groups[0]["lr"],
            "seconds": seconds, "tokens_per_second": numbers.get("tokens", 0.0) / seconds, "memory_MB": peak_memory(),
        }  # fmt: skip
        self.run.log(step, logged)
        return logged

    def save(self, done: int) -> None:
        """A checkpoint after `done` steps, once."""
        if self.saved == done:
            return
        self.accelerator.wait_for_everyone()
        state = gathered_state(self.optimiser.state_dict())
        with undivided(self.plain):
            if self.main:
                settings = self.settings
                checkpoint.save(self.run.checkpoints, done, self.plain.model, state, self.extras, self.companions, settings.save.keep, bool(settings.adapter), {name: tensors() for name, tensors in self.more.items()})
        self.accelerator.wait_for_everyone()
        self.saved = done

    def end(self, done: int) -> None:
        """Save as a run that goes no further, although steps were left."""
        self.extras["ended"] = True
        self.save(done)
        self.say(f"stopped early after step {done} of {self.steps}: {self.settings.watch.metric} has not improved for {self.settings.watch.patience} looks")

    def remember(self, name: str, tensors: Tensors) -> None:
        """Other tensors that checkpoints hold, put back as far as the run had come."""
        self.more[name] = tensors
        if self.first and (found := checkpoint.newest(self.run.checkpoints)) is not None:
            checkpoint.restore_tensors(found, name, tensors())

    def due(self, done: int) -> bool:
        """Whether a checkpoint is due after `done` steps."""
        return done % self.settings.save.every == 0 or done == self.steps

    def stopped(self, wish: Wish, done: int) -> bool:
        """Save and say how to continue when somebody asked to stop, in any process."""
        if not summed({"wishes": float(bool(wish))})["wishes"]:
            return False
        self.save(done)
        self.say(f"\nstopped by {wish.signal or 'another process'} after step {done} of {self.steps}; saved in {self.run.checkpoints}. The same command continues from here.")
        return True

    def finish(self) -> Path:
        """The final weights beside the checkpoints: `final/adapter` or `final/model`, and `final/merged` when asked for."""
        final = self.run.path / "final"
        with undivided(self.plain):
            if self.main:
                with checkpoint.complete(final, self.run.checkpoints) as partial:
                    checkpoint.write_model(partial, self.plain.model, self.companions, bool(self.settings.adapter))
                    if self.settings.save.merged:
                        checkpoint.save_merged(self.plain.model, partial / "merged", self.companions)
        self.accelerator.wait_for_everyone()
        return final


def accelerate(recipe: Train) -> Accelerator:
    """What runs the steps: device, processes and mixed precision, as the recipe and `accelerate launch` say.

    Errors: RecipeError for a device or a kind of distribution that these loops do not know.
    """
    if recipe.device not in ("auto", "cpu"):
        raise RecipeError(f"device={recipe.device}: expected auto or cpu; which GPUs there are is said by CUDA_VISIBLE_DEVICES, how many processes by `accelerate launch`")
    AcceleratorState._reset_state()  # a second run in one process may have another precision
    accelerator = Accelerator(mixed_precision="bf16" if recipe.precision == "bfloat16" else "no", cpu=recipe.device == "cpu")
    if accelerator.distributed_type not in REPLICATED:
        kind = accelerator.distributed_type.value
        raise RecipeError(f"{kind}: parameters would be sharded, and checkpoints here hold whole ones; launch with plain data parallelism (accelerate launch --num_processes N), and set shard=true to divide parameters over the processes")
    # broadcasting buffers at each forward would make processes with different numbers of micro-batches wait for each other
    accelerator.ddp_handler = DistributedDataParallelKwargs(broadcast_buffers=False, find_unused_parameters=True)
    for known in ("find_unused_parameters=True was specified", "`is_gradient_checkpointing` is deprecated"):
        warnings.filterwarnings("ignore", message=f".*{known}")
    return accelerator


def master_weights(policy: Policy) -> None:
    """What trains in float32, whatever the precision of the rest: an update of 1e-5 is lost in bfloat16's eight bits."""
    for parameter in policy.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.float()


def begin(
    policy: Policy, recipe: Train, run: Run, steps: int, companions: list[Any], accelerator: Accelerator | None = None, say: Say = print
) -> Session:
    """A session at the place where the run directory left off.

    Weights and optimiser are put back before accelerate wraps them, so that every process starts from the same ones.
    Errors: CheckpointError when the run directory trained other tensors.
    """
    accelerator = accelerator or accelerate(recipe)
    policy.to(accelerator.device)
    master_weights(policy)
    optimiser = make_optimiser(policy.parameters(), recipe.optimiser.lr, recipe.optimiser.weight_decay, recipe.optimiser.betas)
    first, extras = 0, {}
    if (found := checkpoint.newest(run.checkpoints)) is not None:
        extras = checkpoint.restore(found, policy.model, optimiser)
        first = int(extras.pop("step"))
        through = ": it had stopped early, so nothing is left to do; for more give another directory with run=" if extras.get("ended") else ""
        say(f"continuing from {found} (step {first} of {steps}){through}")
    accelerator.wait_for_everyone()
    run.rewind(first)
    wrapped, prepared = divided(policy, optimiser, recipe, accelerator) if recipe.shard else accelerator.prepare(policy, optimiser)
    return Session(accelerator, wrapped, policy, prepared, recipe, run, steps, first, companions, say, extras, saved=first)


def divided(policy: Policy, optimiser: torch.optim.Optimizer, recipe: Train, accelerator: Accelerator) -> tuple[Policy, Any]:
    """Policy and optimiser divided over all processes. Errors: RecipeError where there is one process."""
    if accelerator.num_processes == 1:
        raise RecipeError("shard=true: there is one process, so nothing can be divided; start with `accelerate launch --num_processes N`, or set shard=false")
    shard(policy)
    own = make_optimiser(policy.parameters(), recipe.optimiser.lr, recipe.optimiser.weight_decay, recipe.optimiser.betas)
    divide_state(optimiser, own)
    return policy, accelerator.prepare_optimizer(own)


def peak_memory() -> float:
    """Peak megabytes: of the GPU where there is one, else of the process."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / 2**20
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20
