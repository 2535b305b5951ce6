"""What computes: processor, memory, graphics cards, and the attention kernels that they can use."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterator
from pathlib import Path

from veridical.study.doctor.examination import Line, line
from veridical.study.doctor.packages import version_of
from veridical.study.machine import Machine, machine

GROUP = "machine"
LEAST_GB = 4.0
"""Memory below which even the embedded world's demo is tight."""
CUDA_WHEELS = "https://download.pytorch.org/whl/cu128"


def lines() -> Iterator[Line]:
    """The machine, torch's build for it, and its attention kernels."""
    if version_of("torch") is None:
        return
    found = machine()
    yield line(GROUP, "processor", True, f"{found.system}, {found.cores} cores")
    enough = found.memory_gb >= LEAST_GB
    yield line(GROUP, "memory", enough, f"{found.free_gb:.1f} of {found.memory_gb:.1f} GB free" + ("" if enough else f"; {LEAST_GB:g} GB are needed"))
    yield torch_build(found)
    yield from graphics(found)
    yield from kernels(found)


def torch_build(found: Machine) -> Line:
    """Whether torch was built for the card that is there."""
    import torch

    kind = f"CUDA {torch.version.cuda}" if torch.version.cuda else f"ROCm {torch.version.hip}" if torch.version.hip else "processor only"
    wasted = nvidia_driver() and not found.cards
    note = "; there is an NVIDIA driver, and torch cannot use it" if wasted else ""
    return line(GROUP, "torch build", not wasted, f"{torch.__version__}, {kind}{note}", f"pip install --force-reinstall torch --index-url {CUDA_WHEELS}")


def nvidia_driver() -> bool:
    """Whether the machine has a card of NVIDIA's, whatever torch thinks."""
    return shutil.which("nvidia-smi") is not None or Path("/proc/driver/nvidia/version").exists()


def graphics(found: Machine) -> Iterator[Line]:
    """Every card."""
    if not found.cards:
        yield line(GROUP, "graphics card", False, "none: everything runs on the processor, which is enough for the demo and for small models", otherwise="optional")
    for number, card in enumerate(found.cards):
        precise = "bfloat16" if card.bfloat16 else "no bfloat16: use precision=float32"
        size = f"{card.free_gb:.1f} of {card.memory_gb:.1f} GB free"
        yield line(GROUP, f"graphics card {number}", True, f"{card.name}, {size}, capability {card.capability}, {precise}")


def kernels(found: Machine) -> Iterator[Line]:
    """Flash attention and FlexAttention."""
    version = version_of("flash-attn")
    idle = "" if found.cards else "; of use with a graphics card only"
    shown = version or f"not installed; torch's own kernels (attention=sdpa) are used{idle}"
    fix = "pip install flash-attn --no-build-isolation" if found.cards else ""
    yield line(GROUP, "flash attention", version is not None, shown, fix, "optional")
    flexible = importlib.util.find_spec("torch.nn.attention.flex_attention") is not None
    yield line(GROUP, "FlexAttention", flexible, ("in this torch" if flexible else "not in this torch") + idle, "pip install --upgrade torch", "optional")
