"""What the page may ask for, and what it gets: the questions of one piece of work, whoever serves them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from pydantic import ValidationError

from veridical.annotate.ask import Ask
from veridical.annotate.item import Items
from veridical.annotate.media import NotShown, content
from veridical.annotate.progress import progress
from veridical.annotate.said import Said, Sent, Wrong, checked
from veridical.annotate.store import Person, Store
from veridical.annotate.wording import WORDS

PAGE = Path(__file__).parent / "page"


@dataclass(frozen=True)
class Answer:
    """What is sent."""

    content: bytes
    kind: str = "application/json"
    code: int = 200

    @classmethod
    def of(cls, value: Any, code: int = 200) -> Answer:
        """A value as JSON."""
        return cls(json.dumps(value, separators=(",", ":")).encode(), code=code)


class Refused(Exception):
    """A call that is answered with an error."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code = code


class Without(Sent):
    """The body of a request for the next item."""

    without: list[str] = []


@dataclass(frozen=True)
class Site:
    """What is asked, of whom, and where it is kept. Life cycle: one server. Every call but `page` is somebody's; errors: Refused."""

    store: Store
    items: Items
    ask: Ask
    roots: Sequence[Path] = ()
    say: Callable[[str], None] = field(default=print)

    @cached_property
    def page(self) -> str:
        """The page, the same for everybody: it holds words and no data."""
        return Environment(loader=FileSystemLoader(PAGE), autoescape=True).get_template("page.html").render(words=WORDS, language=self.ask.language, title=self.ask.title)

    def me(self, person: Person) -> Any:
        """Who asks, what is asked of them, and how far they are."""
        mine = self.store.judgements(person.name)
        ask = {"aspects": self.ask.aspects, "low": self.ask.low, "high": self.ask.high, "correct": self.ask.correct, "labels": self.ask.labels, "guide": self.ask.guide}
        return {"name": person.name, "owner": person.owner, "ask": ask, "done": [one.item for one in mine if self.items.record(one.item)], "items": len(self.items.records)}

    def next(self, person: Person, body: bytes) -> Any:
        """The next item, with nothing where there is none. The body names items whose judgements are on the way."""
        if person.owner:
            raise Refused(403, "the owner's invitation shows progress; invite yourself as an annotator to judge")
        try:
            without = Without.model_validate_json(body).without
        except ValidationError as error:
            raise Refused(422, told(error)) from error
        found = self.store.next(person.name, list(self.items.records), list(self.items.gold), self.ask, set(without))
        return {"item": None} if found is None else self.shown(found, person)

    def item(self, person: Person, item: str) -> Any:
        """An item that this person was given before, with what they said of it."""
        return self.shown(self.own(item, person), person)

    def shown(self, item: str, person: Person) -> dict[str, Any]:
        """An item and, in the person's own names, the judgement that counts."""
        said = next((one.content for one in self.store.judgements(person.name) if one.item == item), None)
        keys = {response.response_id: self.items.key(item, person.name, response) for response in self.items.order(item, person.name)}
        rename = lambda value: {keys[name]: own for name, own in value.items()} if isinstance(value, dict) else value  # noqa: E731
        return self.items.shown(item, person.name) | {"said": said and {name: rename(value) for name, value in said.items() if name != "shown"}}

    def own(self, item: str, person: Person) -> str:
        """An item that this person was given. Errors: Refused."""
        if self.items.record(item) is None or item not in self.store.given(person.name):
            raise Refused(404, "no such item of yours")
        return item

    def judge(self, person: Person, body: bytes) -> Any:
        """Keep a judgement; answered only when it is on disk."""
        try:
            said = Said.model_validate_json(body)
            kept = checked(said, self.items, person.name, self.ask) if self.own(said.item, person) else {}
        except (ValidationError, Wrong) as error:
            raise Refused(422, told(error)) from error
        self.store.keep(person.name, said.client_id, said.item, kept, said.seconds)
        return {"kept": said.client_id}

    def medium(self, name: str) -> Answer:
        """A picture, clip or sound, by the name that the page was given; a name is no path."""
        found = self.items.media.get(name)
        if found is None:
            raise Refused(404, "no such medium")
        try:
            return Answer(*content(*found, self.roots))
        except NotShown as error:
            self.say(str(error))
            raise Refused(404, "this medium cannot be shown") from error

    def progress(self, person: Person) -> Any:
        """How the work stands."""
        if not person.owner:
            raise Refused(403, "only the owner sees this")
        return progress(self.items, self.store.judgements(), self.store.people(), self.ask)


def told(error: Exception) -> str:
    """What is wrong, without repeating what was sent."""
    if not isinstance(error, ValidationError):
        return str(error)
    return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors(include_url=False, include_input=False)[:3])
