"""The machine under a run: cores, memory, graphics cards."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from veridical.records.record import Frozen

GB = 10**9
CONTROL = Path("/sys/fs/cgroup")
LIMITS = ((CONTROL / "memory.max", CONTROL / "memory.current"), (CONTROL / "memory/memory.limit_in_bytes", CONTROL / "memory/memory.usage_in_bytes"))
"""Where Linux says how much memory a container may take, and has taken."""


class Card(Frozen):
    """One graphics card."""

    name: str
    memory_gb: float
    free_gb: float
    capability: str
    """Compute capability, "9.0"; "" where the maker has no such number."""
    bfloat16: bool


class Machine(Frozen):
    """What computes."""

    system: str
    cores: int
    memory_gb: float
    free_gb: float
    cards: tuple[Card, ...] = ()

    @property
    def line(self) -> str:
        """In words."""
        shown = ", ".join(f"{card.name} ({card.free_gb:.1f} of {card.memory_gb:.1f} GB free)" for card in self.cards)
        return f"{self.system}, {self.cores} cores, {self.free_gb:.1f} of {self.memory_gb:.1f} GB memory free, {shown or 'no graphics card'}"


def machine() -> Machine:
    """This machine, as this process may use it."""
    total, free = memory()
    return Machine(system=f"{platform.system()} {platform.machine()}", cores=cores(), memory_gb=total / GB, free_gb=free / GB, cards=cards())


def cores() -> int:
    """Cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def memory() -> tuple[int, int]:
    """Bytes of memory in all, and bytes that are free; a container's limit is all that there is."""
    import psutil

    host = psutil.virtual_memory()
    total, free = host.total, host.available
    for limit, used in LIMITS:
        if (most := number_in(limit)) is not None:
            total, free = min(total, most), min(free, most - (number_in(used) or 0))
    return total, max(0, free)


def number_in(file: Path) -> int | None:
    """The number that a file holds; None for no such file, and for "max"."""
    written = file.read_text().strip() if file.is_file() else ""
    return int(written) if written.isdigit() else None


def cards() -> tuple[Card, ...]:
    """Graphics cards that torch can use."""
    import torch

    if not torch.cuda.is_available():
        return ()
    return tuple(card(number) for number in range(torch.cuda.device_count()))


def card(number: int) -> Card:
    """One of them."""
    import torch

    known = torch.cuda.get_device_properties(number)
    free, total = torch.cuda.mem_get_info(number)
    return Card(name=known.name, memory_gb=total / GB, free_gb=free / GB, capability=f"{known.major}.{known.minor}", bfloat16=torch.cuda.is_bf16_supported())
