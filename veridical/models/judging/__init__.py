"""Reward models: a policy that reads responses, with a small read-out of its hidden states, or with words of its own."""

from __future__ import annotations

from veridical.models.judging.form import Opinion
from veridical.models.judging.judge import Judge, load_judge

__all__ = ["Judge", "Opinion", "load_judge"]
