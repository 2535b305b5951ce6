"""A judge of the world behind an OpenAI-compatible address: it knows the truth, and errs as often as it is told to."""

from __future__ import annotations

from veridical.study.world_judge.judge import WorldJudge, read
from veridical.study.world_judge.served import NAME, app, serving

__all__ = ["NAME", "WorldJudge", "app", "read", "serving"]
