"""The tools that some instructions are checked with, by the names that a user gives."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

from veridical.grade.instructions.instruction import Tools
from veridical.grade.instructions.language import TELLERS
from veridical.grade.instructions.sentences import COUNTERS

Tool = TypeVar("Tool")


def tools(language: str, sentences: str, uses: Collection[str]) -> Tools:
    """The tools of those names; one that nothing uses is not loaded, and need not be installed. Errors: NotInstalled; ValueError for an unknown name."""
    return Tools(chosen("language", language, TELLERS, uses), chosen("sentences", sentences, COUNTERS, uses))


def chosen(setting: str, name: str, known: Mapping[str, Callable[[], Tool]], uses: Collection[str]) -> Tool:
    """One tool."""
    if name not in known:
        raise ValueError(f"{setting}: unknown tool {name!r}; there are {', '.join(known)}")
    return known[name]() if setting in uses else unused  # type: ignore[return-value]


def unused(text: str) -> None:
    """Stands for a tool that nothing uses."""
    raise AssertionError("a tool was used that no instruction names")
