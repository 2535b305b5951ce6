"""The processes that share an evaluation, as `accelerate launch` started them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta

LONGEST_WAIT = timedelta(days=7)
"""For the others: a judge may keep the main process for long."""


@dataclass(frozen=True)
class Processes:
    """This process among all. One that was started alone waits for nobody."""

    number: int = 0
    count: int = 1
    device: str | None = None
    """Where this process computes; None: on the CPU."""

    @classmethod
    def here(cls) -> Processes:
        """As the launcher says."""
        import torch
        from accelerate import PartialState

        gpu = torch.cuda.is_available()
        if int(os.environ.get("WORLD_SIZE", "1")) == 1:
            return cls(device="cuda" if gpu else None)
        state = PartialState(cpu=not gpu, timeout=LONGEST_WAIT)
        return cls(state.process_index, state.num_processes, str(state.device) if gpu else None)

    @property
    def alone(self) -> str:
        """What is to be said where several processes were wanted and this is the only one; "" otherwise."""
        wanted = "MASTER_ADDR" in os.environ and "WORLD_SIZE" not in os.environ
        return "the launcher was to start several processes and started one: without GPUs it takes `accelerate launch --multi_gpu --num_processes N`, or torchrun" if wanted else ""

    @property
    def main(self) -> bool:
        """Whether this one grades, writes and speaks."""
        return self.number == 0

    def wait(self) -> None:
        """Return when all have come here."""
        if self.count > 1:
            from accelerate import PartialState

            PartialState().wait_for_everyone()
