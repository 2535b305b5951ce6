"""What the truth says while a reward model's score is driven up, and how far a reward model's accuracy tells what it is good for."""

from veridical.study.overoptimise.run import overoptimise

__all__ = ["overoptimise"]
