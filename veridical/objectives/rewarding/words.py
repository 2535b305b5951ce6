"""Judges that write: a critique before the number, or the verdict itself."""

from __future__ import annotations

from veridical.objectives.reward import Centre, Compare, Tie
from veridical.objectives.reward_method import RewardMethod
from veridical.objectives.reward_read import Words

MM_RLHF = RewardMethod(
    "mm_rlhf", "arXiv:2502.10391", (Compare(), Tie(), Centre(), Words("win"), Words("lose")),
    {"form": "critique", "turn": "What is right and what is wrong with this answer?{facts}"},
    "critique, then score; both losses from one forward pass",
)  # fmt: skip
CHOICE = RewardMethod(
    "choice", "arXiv:2505.02835 (cold start of R1-Reward)", (Words("win"),),
    {"form": "choice", "turn": "\n\nAnswer 1: {first}\n\nAnswer 2: {second}\n\nWhich answer is better, 1 or 2?"},
    "writes which of two responses is better; the order is drawn for each use of a pair",
)  # fmt: skip
RATE = RewardMethod(
    "rate", "LLM as a judge, arXiv:2306.05685 (single answer)", (Words("all"),), {"form": "rate", "turn": "How good is this answer, from 0 to {top}?{facts}"},
    "writes a number for one response, learnt from the responses' scores, else their ranks",
)  # fmt: skip
