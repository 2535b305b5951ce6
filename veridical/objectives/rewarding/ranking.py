"""One number for a response, learnt from rankings."""

from __future__ import annotations

from veridical.objectives.reward import Centre
from veridical.objectives.reward_method import RewardMethod
from veridical.objectives.reward_rank import AllPairs, Rank

PLACKETT_LUCE = RewardMethod("plackett_luce", "Plackett 1975, Luce 1959", (Rank(), Centre()), note="ties by Efron's product")
ALL_PAIRS = RewardMethod("all_pairs", "arXiv:2203.02155", (AllPairs(), Centre()), note="all pairs of a prompt count as one, so that its responses are not over-fitted")
