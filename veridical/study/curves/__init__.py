"""Learning curves of every online algorithm on a question of the world with a verifiable answer."""

from veridical.study.curves.run import curves

__all__ = ["curves"]
