"""A number after each step of a response."""

from __future__ import annotations

from veridical.objectives.reward_method import RewardMethod
from veridical.objectives.reward_read import Steps

PROCESS = RewardMethod(
    "process", "arXiv:2312.08935; arXiv:2503.10291 (VisualPRM)", (Steps(),), {"form": "process"}, "labels are the claims of a response, hard or as probabilities"
)
