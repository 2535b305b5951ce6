"""A judge without a network: any function from the words of a request to a reply."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from veridical.grade.judging.asker import Asker, Endpoint

SHOWN = re.compile(r"={10}\n(.*?)\n={10}", re.DOTALL)
NAMED = {"judge_url": "http://nowhere/v1", "judge_model": "scripted-1"}
"""Grading settings under which the scripted judge is asked."""


def words(messages: list[dict[str, Any]]) -> str:
    """The text of a request."""
    content = messages[0]["content"]
    return content if isinstance(content, str) else content[-1]["text"]


def shown(text: str) -> str:
    """What stands between the last borders of a request: the response under judgement."""
    return SHOWN.findall(text)[-1]


class Scripted:
    """Stands in for `Asker.of`; keeps what was asked, with seeds."""

    def __init__(self, says: Callable[[str], str]) -> None:
        self.says, self.asked, self.seeds = says, [], []

    def of(self, endpoint: Endpoint) -> Asker:
        """An asker whose server is the function."""
        return Asker(endpoint, self.complete)

    def complete(self, messages: list[dict[str, Any]], seed: int = 0, **_: Any) -> SimpleNamespace:
        """One answer of the server."""
        self.asked.append(messages)
        self.seeds.append(seed)
        message = SimpleNamespace(content=self.says(words(messages)), refusal=None)
        return SimpleNamespace(choices=[SimpleNamespace(message=message, finish_reason="stop", logprobs=None)], usage=None)
