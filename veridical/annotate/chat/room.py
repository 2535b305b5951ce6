"""What the page of a chat may ask for, and what it gets. Which model wrote what stays here until a vote is kept."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from jinja2 import Environment, FileSystemLoader
from pydantic import Field, StringConstraints, ValidationError

from veridical.annotate.chat.turn import FIRST, SECOND, answered, asked, judgement, standing, voted
from veridical.annotate.chat.wording import WORDS
from veridical.annotate.item import opaque
from veridical.annotate.media import NotShown, content
from veridical.annotate.said import Name, Sent, Text
from veridical.annotate.site import PAGE, Answer, Refused, told
from veridical.annotate.store import Person, Store
from veridical.records.record import Media, Record

Client = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
Kind = TypeVar("Kind", bound=Sent)
TURN = "turn:"


@dataclass(frozen=True)
class Model:
    """Somebody who answers."""

    name: str
    respond: Callable[[Sequence[Record]], list[str]]


class Question(Sent):
    """What a person asks."""

    client_id: Client
    text: Annotated[str, StringConstraints(min_length=1, max_length=20_000, strip_whitespace=True)]
    picture: str = ""
    """Its name; none: a question about words."""
    after: str = ""
    """The turn that this one follows; it brings its picture."""


class Vote(Sent):
    """What a person says of two answers."""

    client_id: Client
    turn: Name
    vote: Literal["better", "tie", "bad"]
    better: str = ""
    """The name of the better answer."""
    comment: Text = ""
    seconds: float = Field(ge=0, le=1e6)


@dataclass(frozen=True)
class Room:
    """Two models, pictures, and the store of votes. Life cycle: one server. Every call is somebody's; errors: Refused."""

    store: Store
    models: tuple[Model, Model]
    pictures: Sequence[Path]
    reveal: bool = True
    """Whether a vote is answered with the names of the models."""
    language: str = "en"
    title: str = "veridical"
    say: Callable[[str], None] = field(default=print)
    lock: Any = field(default_factory=threading.Lock)
    """Models answer one question at a time."""

    @cached_property
    def page(self) -> str:
        """The page, the same for everybody: it holds words and no data."""
        return Environment(loader=FileSystemLoader(PAGE), autoescape=True).get_template("chat.html").render(words=WORDS, language=self.language, title=self.title)

    @cached_property
    def secret(self) -> str:
        """The key of all names."""
        return self.store.secret()

    @cached_property
    def media(self) -> dict[str, Media]:
        """Pictures by the names that the page knows."""
        return {opaque(self.secret, "picture", str(path)): Media(media_id="picture", path=str(Path(path).absolute())) for path in self.pictures}

    def me(self, person: Person) -> Any:
        """Who asks, and which pictures there are."""
        return {"name": person.name, "owner": person.owner, "pictures": list(self.media), "votes": len(self.store.judgements(person.name))}

    def ask(self, person: Person, body: bytes) -> Any:
        """Both answers, in an order of chance that is the turn's own. The same question sent again (same `client_id`) is not asked again."""
        said = read(Question, body)
        if person.owner:
            raise Refused(403, "the owner's invitation shows the votes; invite yourself to vote")
        turn = opaque(self.secret, "turn", person.name, said.client_id)
        with self.lock:
            record = self.kept(turn, person) or self.answers(self.question(turn, said, person))
            self.store.fact(f"{TURN}{person.name}/{turn}", record.model_dump_json())
        return self.shown(turn, record, person)

    def question(self, turn: str, said: Question, person: Person) -> Record:
        """The turn without answers. Errors: Refused."""
        if not said.after:
            if said.picture and said.picture not in self.media:
                raise Refused(404, "no such picture")
            return asked(turn, said.text, self.media.get(said.picture))
        before, vote = self.turn(said.after, person), next((one for one in self.store.judgements(person.name) if one.item == said.after), None)
        if vote is None or vote.content["bad"]:
            raise Refused(409, "a conversation goes on from an answer that was voted better, or a tie; begin a new one")
        return asked(turn, said.text, None, before, min(vote.content["shown"], key=lambda name: vote.content["ranks"][name]))

    def answers(self, record: Record) -> Record:
        """The turn with both answers. Errors: Refused, which does not say whose fault it is; the owner is told."""
        texts = []
        for model in self.models:
            try:
                texts.append(model.respond([record])[0])
            except Exception as error:  # noqa: BLE001 - whatever a model does, the page and the other votes go on
                self.say(f"{model.name} did not answer {record.prompt_text[:80]!r}: {type(error).__name__}: {error}")
                raise Refused(502, "one of the models did not answer; ask something else, or again") from error
        return answered(record, texts, [model.name for model in self.models])

    def shown(self, turn: str, record: Record, person: Person) -> dict[str, Any]:
        """What the page gets: no names."""
        keys = self.keys(turn, person)
        return {"turn": turn, "answers": [{"key": key, "text": record.response(name).text} for key, name in sorted(keys.items())]}

    def keys(self, turn: str, person: Person) -> dict[str, str]:
        """Names under which a person sees the answers; their order is the order on the page, and by chance."""
        return {opaque(self.secret, "answer", turn, person.name, name): name for name in (FIRST, SECOND)}

    def kept(self, turn: str, person: Person) -> Record | None:
        """A turn of this person, where it was answered."""
        name = f"{TURN}{person.name}/{turn}"
        found = self.store.facts(name).get(name)
        return Record.model_validate_json(found) if found else None

    def turn(self, name: str, person: Person) -> Record:
        """A turn of this person. Errors: Refused."""
        found = self.kept(name, person)
        if found is None:
            raise Refused(404, "no such turn of yours")
        return found

    def vote(self, person: Person, body: bytes) -> Any:
        """Keep a vote; answered when it is on disk, with the names where they are told."""
        said = read(Vote, body)
        self.turn(said.turn, person)
        keys = self.keys(said.turn, person)
        if said.better not in (keys if said.vote == "better" else ("",)):
            raise Refused(422, "better: names one of the two answers, and only in a vote for one")
        kept = judgement(keys.get(said.better, ""), said.vote == "bad", said.comment, [keys[key] for key in sorted(keys)])
        self.store.keep(person.name, said.client_id, said.turn, kept, said.seconds)
        names = dict(zip((FIRST, SECOND), (model.name for model in self.models), strict=True))
        return {"kept": said.client_id, **({"models": {key: names[name] for key, name in keys.items()}} if self.reveal else {})}

    def picture(self, name: str) -> Answer:
        """A picture by its name; a name is no path."""
        medium = self.media.get(name)
        if medium is None:
            raise Refused(404, "no such picture")
        try:
            return Answer(*content(asked("picture", "?", medium), medium, [Path(medium.path).parent]))
        except NotShown as error:
            self.say(str(error))
            raise Refused(404, "this picture cannot be shown") from error

    def standing(self, person: Person) -> Any:
        """Who won how often."""
        if not person.owner:
            raise Refused(403, "only the owner sees this")
        return standing(self.store.judgements(), [model.name for model in self.models])

    def voted(self) -> list[Record]:
        """Every turn that was voted on, as a record."""
        turns = {name.rpartition("/")[2]: Record.model_validate_json(kept) for name, kept in self.store.facts(TURN).items()}
        return voted(turns, self.store.judgements())


def read(kind: type[Kind], body: bytes) -> Kind:
    """What the page sent. Errors: Refused."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        raise Refused(422, told(error)) from error
