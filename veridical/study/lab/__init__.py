"""The lab: several methods on the same pairs under equal conditions, and a leaderboard of what came of them."""

from veridical.study.lab.lab import lab

__all__ = ["lab"]
