"""Online alignment: the policy answers, its answers are rewarded, and it learns from them."""

from veridical.train.online.loop import online

__all__ = ["online"]
