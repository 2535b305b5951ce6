"""What a response looks like, counted as Arena-Hard's style control counts it: length, headings, lists, bold."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

NAMES = ("tokens", "headers", "lists", "bold")
CODE = re.compile(r"```([^`]*)```")
HEADER = re.compile(r"^#{1,6}\s", re.MULTILINE)
ORDERED = re.compile(r"^\s*\d+\.\s", re.MULTILINE)
BULLET = re.compile(r"^\s*[-*+]\s", re.MULTILINE)
STARS = re.compile(r"\*\*[^*\n]+\*\*")
LINES = re.compile(r"__[^_\n]+__")


def without_code(text: str) -> str:
    """The text without what stands inside pairs of three backticks, wherever the same words stand."""
    for block in CODE.findall(text):
        text = text.replace(block, "")
    return text


def marks(text: str) -> tuple[int, int, int]:
    """(headings, list items, bold pieces) outside code.

    Follows: lmarena/arena-hard-auto, utils/add_markdown_info.py.
    """
    plain = without_code(text)
    return len(HEADER.findall(plain)), len(ORDERED.findall(plain)) + len(BULLET.findall(plain)), len(STARS.findall(plain)) + len(LINES.findall(plain))


def style(text: str, tokens: Callable[[str], int]) -> np.ndarray:
    """[4]: tokens, headings, list items, bold pieces."""
    return np.array([tokens(text), *marks(text)], dtype=float)


def ratios(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(a − b) / (a + b + 1), the differences of the first scorer; [..., 4]."""
    return (one - other) / (one + other + 1)


def densities(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The differences of the second scorer, [..., 4]: length as (a − b) / (a + b), marks as (a − b) / (a + b + 1) of marks per token."""
    length = (one[..., :1] - other[..., :1]) / np.maximum(one[..., :1] + other[..., :1], 1)
    first, second = (each[..., 1:] / (each[..., :1] + 1) for each in (one, other))
    return np.concatenate([length, ratios(first, second)], -1)
