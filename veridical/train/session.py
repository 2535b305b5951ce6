"""What both loops share: accelerate, optimiser, place in the run, logging, checkpoints. The loops stay in their own files."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from accelerate import Accelerator
from torch import nn

from veridical.models.policy import Policy
from veridical.records.run import Run
from veridical.train import checkpoint
from veridical.train.optimiser import make_optimiser, rate, set_rate
from veridical.train.stop import Wish


@dataclass
class Session:
    """One process's part in a training run. Life cycle: made by `begin`, used by one loop, discarded."""

    accelerator: Accelerator
    policy: nn.Module
    """Wrapped by accelerate; call this one."""
    plain: Policy
    optimiser: Any
    settings: Any
    """The recipe: optimiser, save, seed."""
    run: Run
    steps: int
    first: int
    companions: list[Any]
    extras: dict[str, Any] = field(default_factory=dict)
    """Small state that is saved with checkpoints (best held-out value so far ...)."""
    clock: float = field(default_factory=time.perf_counter)

    @property
    def main(self) -> bool:
        """Whether this process writes."""
        return self.accelerator.is_main_process

    def enter(self, step: int) -> None:
        """Before a step: learning rate and random state depend on seed and step alone, so a resumed run repeats them."""
        set_rate(self.optimiser, self.settings.optimiser.lr * rate(step, self.steps, self.settings.optimiser.warmup, self.settings.optimiser.schedule))
        torch.manual_seed(self.settings.seed * 1_000_003 + step * 101 + self.accelerator.process_index)
        self.optimiser.zero_grad(set_to_none=True)
        self.clock = time.perf_counter()

    def leave(self, step: int, numbers: Mapping[str, float]) -> dict[str, float]:
        """After gradients: clip, update, log. A step whose gradient is not finite changes nothing and is counted."""
        clip = self.settings.optimiser.clip
        norm = self.accelerator.clip_grad_norm_(self.plain.parameters(), clip if clip is not None else float("inf"))
        norm = float(norm) if norm is not None else 0.0
        finite = norm == norm and norm != float("inf")
        if finite:
            self.optimiser.step()
        else:
            self.extras["skipped"] = self.extras.get("skipped", 0) + 1
        seconds = time.perf_counter() - self.clock
        logged = {
            **numbers, "grad_norm": norm, "skipped": float(self.extras.get("skipped", 0)), "lr": self.optimiser.param_groups[0]["lr"],
            "seconds": seconds, "tokens_per_second": numbers.get("tokens", 0.0) / seconds, "memory_MB": peak_memory(),
        }  # fmt: skip
        self.run.log(step, logged)
        return logged

    def save(self, done: int) -> None:
        """A checkpoint after `done` steps."""
        self.accelerator.wait_for_everyone()
        if self.main:
            checkpoint.save(self.run.checkpoints, done, self.plain.model, self.optimiser, self.extras, self.companions, self.settings.save.keep)
        self.accelerator.wait_for_everyone()

    def due(self, done: int) -> bool:
        """Whether a checkpoint is due after `done` steps."""
        return done % self.settings.save.every == 0 or done == self.steps

    def stopped(self, wish: Wish, done: int) -> bool:
        """Save and say how to continue when somebody asked to stop, in any process."""
        heard = torch.tensor([1.0 if wish else 0.0], device=self.accelerator.device)
        if not self.accelerator.reduce(heard, "sum").item():
            return False
        self.save(done)
        if self.main:
            print(f"\nstopped by {wish.signal or 'another process'} after step {done} of {self.steps}; saved in {self.run.checkpoints}. The same command continues from here.")
        return True


def begin(policy: Policy, recipe: Any, run: Run, steps: Callable[[], int] | int, companions: list[Any]) -> Session:
    """A session at the place where the run directory left off.

    Errors: CheckpointError when the run directory trained other tensors.
    """
    accelerator = Accelerator(mixed_precision="bf16" if recipe.precision == "bfloat16" else "no", cpu=recipe.device == "cpu")
    policy.to(accelerator.device)
    optimiser = make_optimiser(policy.parameters(), recipe.optimiser.lr, recipe.optimiser.weight_decay, recipe.optimiser.betas)
    total = steps if isinstance(steps, int) else steps()
    first, extras = 0, {}
    if (found := checkpoint.newest(run.checkpoints)) is not None:
        extras = checkpoint.restore(found, policy.model, optimiser)
        first = int(extras.pop("step"))
        run.rewind(first)
        if accelerator.is_main_process:
            print(f"continuing from {found} (step {first} of {total})")
    wrapped, prepared = accelerator.prepare(policy, optimiser)
    return Session(accelerator, wrapped, policy, prepared, recipe, run, total, first, companions, extras)


def peak_memory() -> float:
    """Peak megabytes: of the GPU where there is one, else of the process."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
