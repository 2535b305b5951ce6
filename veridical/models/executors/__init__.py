"""Ways to compute a forest. Each module ends in one value `EXECUTOR`; all give the same hidden states."""

from __future__ import annotations

from veridical.models.executors.executor import Executor
from veridical.models.executors.mask import EXECUTOR as MASK
from veridical.models.executors.plain import EXECUTOR as PLAIN
from veridical.models.executors.state import EXECUTOR as STATE

EXECUTORS: dict[str, Executor] = {executor.name: executor for executor in (STATE, MASK, PLAIN)}
"""In the order in which they are tried."""
