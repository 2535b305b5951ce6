"""Benchmarks under attack: the same questions with other pictures or in other words, and how much of the score is left."""

from __future__ import annotations

from veridical.study.robust.run import Robustness, robust

__all__ = ["Robustness", "robust"]
