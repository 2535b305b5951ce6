"""Length in words as a reward. Shapes that need tokens, or the other responses of the group, belong to the algorithms."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from veridical.grade.grade import Grade, Grader
from veridical.records.record import Record
from veridical.records.text import word_count

Shape = Callable[[int, bool], float]
"""(words, whether the answer is right) -> value."""


def cosine(length: float, most: float, at_zero: float, at_most: float) -> float:
    """at_most + ½ (at_zero − at_most) (1 + cos(π · min(length / most, 1))): half a wave from one value to the other."""
    return at_most + 0.5 * (at_zero - at_most) * (1 + math.cos(math.pi * min(length / most, 1.0)))


def length_cosine(
    grader: str = "accuracy", grader_settings: Mapping[str, Any] | None = None, most: int = 300, right: tuple[float, float] = (1.0, 0.5), wrong: tuple[float, float] = (-1.0, -0.5)
) -> Grader:
    """A grader of length that depends on correctness: right answers should be short, wrong ones should have taken more thought.

        value = half a cosine wave over words 0 … `most`, from right[0] to right[1], or from wrong[0] to wrong[1]

    Correct is what `grader` values above 0; what it does not score is not scored. Values are in [−1, 1].

    Source: arXiv 2502.03373, equation 1. Follows: TRL, get_cosine_scaled_reward. Differs: lengths are words.
    """
    return by_length(grader, grader_settings, lambda length, good: cosine(length, most, *(right if good else wrong)))


def length_kimi(shortest: int, longest: int, grader: str = "accuracy", grader_settings: Mapping[str, Any] | None = None) -> Grader:
    """A grader of length between two bounds: 0.5 − (words − shortest) / (longest − shortest) where right, and no more than 0 where wrong.

    Kimi takes the bounds from the responses of one group; here they are stated, in words. Values are in [−0.5, 0.5].

    Source: Kimi k1.5, arXiv 2501.12599.
    """
    if longest <= shortest:
        raise ValueError(f"longest={longest}: must be more than shortest={shortest}")

    def shape(length: int, good: bool) -> float:
        value = 0.5 - min(1.0, max(0.0, (length - shortest) / (longest - shortest)))
        return value if good else min(0.0, value)

    return by_length(grader, grader_settings, shape)


def length_band(least: int = 320, most: int = 512) -> Grader:
    """A grader of length: 1 from `least` to `most` words, else 0. Gate it by a grader of correctness; Video-R1 gives it weight 0.2.

    Source: Video-R1, arXiv 2503.21776 (in tokens).
    """
    return of_words(lambda length: float(least <= length <= most))


def length_periodic(period: int = 1024) -> Grader:
    """VLM-R1's grader of length: 1 − 0.25 · (1 − cos(π · words / period)), whatever the answer.

    It is 1 at 0 words, ½ at `period` and 1 again at twice that: it pays for saying nothing, and for rambling. For comparison with published runs only.

    Source: VLM-R1, arXiv 2504.07615. Follows: om-ai-lab/VLM-R1, grpo_jsonl.py. Differs: lengths are words; an empty response earns 0.
    """
    return of_words(lambda length: 1 - 0.25 * (1 - math.cos(math.pi * length / period)) if length else 0.0)


def length_excess(free: int = 100, unit: int = 10) -> Grader:
    """A grader of length: −max(0, words − free) / unit. Nothing is lost up to `free` words, 1 for every `unit` words more; a penalty beside a reward that likes long responses."""
    if free < 0 or unit <= 0:
        raise ValueError(f"free={free}, unit={unit}: a number of words from 0 on, and a positive one, are needed")
    return of_words(lambda length: -max(0, length - free) / unit)


def of_words(shape: Callable[[int], float]) -> Callable[[Record, str], Grade]:
    """A grader from a function of the number of words."""

    def grade(record: Record, response: str) -> Grade:
        length = word_count(response)
        return Grade(shape(length), f"{length} words", "", {"words": float(length)})

    return grade


def by_length(grader: str, settings: Mapping[str, Any] | None, shape: Shape) -> Callable[[Record, str], Grade]:
    """A grader from a function of length and correctness."""
    from veridical.grade import graders

    if grader not in graders():
        raise ValueError(f"grader={grader}: unknown; there are {', '.join(graders())}")
    right = graders()[grader](**(settings or {}))

    def grade(record: Record, response: str) -> Grade:
        found, length = right(record, response), word_count(response)
        if found.value is None:
            return found
        return Grade(shape(length, found.value > 0), f"{length} words", found.why, {**found.counts, "words": float(length)})

    return grade
