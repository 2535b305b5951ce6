"""What is kept: who may come, what they were given, what they said."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from veridical.annotate.ask import AnnotateError, Ask
from veridical.annotate.database import Database


@dataclass(frozen=True)
class Person:
    """Somebody with an invitation."""

    name: str
    owner: bool = False
    """Sees progress, agreement and speed, and judges nothing."""


@dataclass(frozen=True)
class Judgement:
    """What one person finally says of one item."""

    item: str
    person: str
    content: dict[str, Any]
    seconds: float
    at: float


@dataclass(frozen=True)
class Store:
    """A database with this project's questions to it. Life cycle: as long as the server."""

    database: Database

    def fact(self, name: str, value: str) -> str:
        """What is kept under a name: the value that was put there first."""
        with self.database.transaction() as run:
            run("INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING", name, value)
            return run("SELECT value FROM facts WHERE name = ?", name)[0][0]

    def facts(self, prefix: str) -> dict[str, str]:
        """Everything that is kept under names that begin so, by name."""
        with self.database.transaction() as run:
            return dict(run("SELECT name, value FROM facts WHERE substr(name, 1, ?) = ? ORDER BY name", len(prefix), prefix))

    def secret(self) -> str:
        """The key of everything that is shown under another name; made once for a database."""
        return self.fact("secret", secrets.token_hex(32))

    def belongs(self, digest: str) -> None:
        """Errors: AnnotateError where the database was begun with other data."""
        if self.fact("data", digest) != digest:
            raise AnnotateError("this database belongs to other data (records or gold questions were changed since it was begun); name a new one with --db")

    def invite(self, name: str, owner: bool = False, anew: bool = False) -> str | None:
        """A token for somebody new, or a new one for somebody whose old one shall end; None where one has an invitation already."""
        token = secrets.token_urlsafe(24)
        with self.database.transaction() as run:
            if run("SELECT 1 FROM people WHERE name = ?", name) and not anew:
                return None
            run("DELETE FROM people WHERE name = ?", name)
            run("INSERT INTO people (name, role, token, invited) VALUES (?, ?, ?, ?)", name, "owner" if owner else "annotator", digest_of(token), time.time())
        return token

    def who(self, token: str) -> Person | None:
        """Whose token this is, if it is one's."""
        with self.database.transaction() as run:
            found = run("SELECT name, role FROM people WHERE token = ?", digest_of(token))
        return Person(found[0][0], found[0][1] == "owner") if found else None

    def people(self) -> list[str]:
        """Annotators by name."""
        with self.database.transaction() as run:
            return [name for (name,) in run("SELECT name FROM people WHERE role = 'annotator' ORDER BY name")]

    def next(self, person: str, items: Sequence[str], gold: Sequence[str], ask: Ask, without: Collection[str] = ()) -> str | None:
        """The item that a person judges next, now given to that person; None where nothing is left.

        First what was given before and is not judged (a page that was closed); then, one in `gold_every`, a gold question; then the first item that
        fewer than `each` people have. `without`: judged already, on the way here.
        """
        with self.database.transaction() as run:
            own = run(
                "SELECT given.item, EXISTS (SELECT 1 FROM judgements j WHERE j.item = given.item AND j.person = given.person) FROM given WHERE person = ? ORDER BY at", person
            )
            here = {*items, *gold}
            for item, judged in own:
                if not judged and item not in without and item in here:
                    return item
            had = {item for item, _ in own}
            chosen = next((item for item in gold if item not in had), None) if (len(had) + 1) % max(1, ask.gold_every) == 0 else None
            if chosen is None:
                taken = dict(run(TAKEN, time.time() - ask.hold_seconds))
                chosen = next((item for item in items if item not in had and taken.get(item, 0) < ask.each), None)
            if chosen is not None:
                run("INSERT INTO given (item, person, at) VALUES (?, ?, ?)", chosen, person, time.time())
            return chosen

    def given(self, person: str) -> list[str]:
        """Items that a person was given, in that order."""
        with self.database.transaction() as run:
            return [item for (item,) in run("SELECT item FROM given WHERE person = ? ORDER BY at", person)]

    def keep(self, person: str, client_id: str, item: str, content: dict[str, Any], seconds: float) -> None:
        """Keep a judgement; the same one sent again (same `client_id`) changes nothing. When this returns, it is on disk."""
        with self.database.transaction() as run:
            run(
                "INSERT INTO judgements (person, client_id, item, content, seconds, at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (person, client_id) DO NOTHING",
                person, client_id, item, json.dumps(content, ensure_ascii=False), seconds, time.time(),
            )  # fmt: skip

    def judgements(self, person: str | None = None) -> list[Judgement]:
        """The last judgement of every person and item, in the order in which they came."""
        with self.database.transaction() as run:
            rows = run(f"{LAST} {'AND j.person = ?' if person else ''} ORDER BY j.place", *([person] if person else []))
        return [Judgement(item, name, json.loads(content), seconds, at) for item, name, content, seconds, at in rows]


TAKEN = """SELECT given.item, COUNT(*) FROM given
WHERE given.at > ? OR EXISTS (SELECT 1 FROM judgements j WHERE j.item = given.item AND j.person = given.person) GROUP BY given.item"""
LAST = """SELECT j.item, j.person, j.content, j.seconds, j.at FROM judgements j
WHERE j.place = (SELECT MAX(l.place) FROM judgements l WHERE l.item = j.item AND l.person = j.person)"""


def digest_of(token: str) -> str:
    """What is kept of a token: whoever reads the database cannot write in somebody's name."""
    return hashlib.sha256(token.encode()).hexdigest()
