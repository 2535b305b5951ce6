"""A piece of annotation in a folder of its own, with its server in this process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from veridical.annotate.app import application
from veridical.annotate.ask import Ask
from veridical.annotate.serve import Work
from veridical.records.load import Source, save
from veridical.records.record import Record
from veridical.world.records import pairs

ASK = Ask(aspects={"helpfulness": "it helps"}, labels=("hallucination", "unsafe"), each=2)


def two(record: Record) -> Record:
    """The record with its first two responses alone."""
    return record.replace(responses=record.responses[:2])


class Crew:
    """A site with people who call it as the page does."""

    def __init__(self, work: Work, names: tuple[str, ...]) -> None:
        from starlette.testclient import TestClient

        self.said: list[str] = []
        self.site = work.site(self.said.append)
        self.client = TestClient(application(self.site))
        self.tokens = {name: self.site.store.invite(name, name == "owner") for name in ("owner", *names)}

    def call(self, name: str, path: str, body: Any = None, **more: Any) -> Any:
        """An answer."""
        headers = {"Authorization": f"Bearer {self.tokens.get(name, name)}"}
        if body is None:
            return self.client.get(path, headers=headers, **more)
        return self.client.post(path, headers=headers, json=body, **more)

    def next(self, name: str, without: tuple[str, ...] = ()) -> dict[str, Any]:
        """The next item."""
        found = self.call(name, "/api/next", {"without": list(without)})
        assert found.status_code == 200, found.text
        return found.json()

    def judge(self, name: str, item: dict[str, Any], better: str = "", client_id: str = "", **more: Any) -> Any:
        """Send a judgement that prefers the response with this text; with no text, a tie."""
        ranks = {one["key"]: 1 if better in ("", one["text"]) else 2 for one in item["responses"]}
        aspects = {one["key"]: {"helpfulness": 3} for one in item["responses"]}
        body = {"client_id": client_id or f"{name}-{item['item']}", "item": item["item"], "seconds": 2.5, "ranks": ranks, "aspects": aspects}
        return self.call(name, "/api/judgement", body | more)


@pytest.fixture
def crew(tmp_path: Path) -> Callable[..., Crew]:
    """Makes a site of records (default: six world pairs), asked of ann and bo."""
    pytest.importorskip("starlette")

    def make(records: list[Record] | None = None, ask: Ask = ASK, gold: list[Record] | None = None, media: tuple[str, ...] = (), names: tuple[str, ...] = ("ann", "bo")) -> Crew:
        save(records if records is not None else [two(record) for record in pairs(6)], tmp_path / "data.jsonl")
        if gold:
            save(gold, tmp_path / "gold.jsonl")
        return Crew(Work(Source(path=str(tmp_path / "data.jsonl")), str(tmp_path / "said.db"), ask, str(tmp_path / "gold.jsonl") if gold else "", media), names)

    return make
