"""The server: one page, and the few calls that it makes. Everything but the empty page needs a token."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from veridical.annotate.ask import Ask
from veridical.annotate.item import Items
from veridical.annotate.media import NotShown, content
from veridical.annotate.progress import progress
from veridical.annotate.said import Said, Sent, Wrong, checked
from veridical.annotate.store import Person, Store
from veridical.annotate.wording import WORDS

PAGE = Path(__file__).parent / "page"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src blob:; media-src blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
"""Nothing runs that is not the page's own file, nothing is fetched from elsewhere, and no text can become HTML."""
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}
MOST = 2_000_000
"""Bytes of a judgement."""

Call = Callable[[Request, Person], Any]


@dataclass(frozen=True)
class Site:
    """What is asked, of whom, and where it is kept. Life cycle: one server."""

    store: Store
    items: Items
    ask: Ask
    roots: Sequence[Path] = ()
    say: Callable[[str], None] = field(default=print)

    @cached_property
    def page(self) -> str:
        """The page, the same for everybody: it holds words and no data."""
        return Environment(loader=FileSystemLoader(PAGE), autoescape=True).get_template("page.html").render(words=WORDS, language=self.ask.language, title=self.ask.title)

    def app(self) -> Starlette:
        """The application."""
        files = [Route(f"/{name}", file(PAGE / name, kind)) for name, kind in (("page.js", "text/javascript"), ("page.css", "text/css"))]
        calls = [
            Route("/api/me", self.guarded(self.me)),
            Route("/api/next", self.guarded(self.next), methods=["POST"]),
            Route("/api/item/{item}", self.guarded(self.item)),
            Route("/api/judgement", self.guarded(self.judge), methods=["POST"]),
            Route("/api/media/{name}", self.guarded(self.medium)),
            Route("/api/progress", self.guarded(self.progress)),
        ]
        icon = Route("/favicon.ico", lambda request: Response(status_code=204))
        root = Route("/", lambda request: Response(self.page, media_type="text/html", headers=HEADERS))
        return Starlette(routes=[root, icon, *files, *calls], exception_handlers={404: lambda request, error: refusal(404, "there is nothing here")})

    def guarded(self, call: Call) -> Callable[[Request], Awaitable[Response]]:
        """A call that only somebody with a token gets to."""

        async def answer(request: Request) -> Response:
            scheme, _, token = request.headers.get("authorization", "").partition(" ")
            person = await run_in_threadpool(self.store.who, token) if scheme.lower() == "bearer" and token else None
            if person is None:
                return refusal(401, "this needs an invitation")
            body = await read(request) if request.method == "POST" else b""
            if body is None:
                return refusal(413, f"more than {MOST} bytes")
            request.state.body = body
            return await run_in_threadpool(respond, call, request, person)

        return answer

    def me(self, request: Request, person: Person) -> Any:
        """Who asks, what is asked of them, and how far they are."""
        mine = self.store.judgements(person.name)
        ask = {"aspects": self.ask.aspects, "low": self.ask.low, "high": self.ask.high, "correct": self.ask.correct, "labels": self.ask.labels, "guide": self.ask.guide}
        return {"name": person.name, "owner": person.owner, "ask": ask, "done": [one.item for one in mine if self.items.record(one.item)], "items": len(self.items.records)}

    def next(self, request: Request, person: Person) -> Any:
        """The next item, with nothing where there is none. The body names items whose judgements are on the way."""
        if person.owner:
            raise Refused(403, "the owner's invitation shows progress; invite yourself as an annotator to judge")
        try:
            without = Without.model_validate_json(request.state.body).without
        except ValidationError as error:
            raise Refused(422, told(error)) from error
        found = self.store.next(person.name, list(self.items.records), list(self.items.gold), self.ask, set(without))
        return {"item": None} if found is None else self.shown(found, person)

    def item(self, request: Request, person: Person) -> Any:
        """An item that this person was given before, with what they said of it."""
        return self.shown(self.own(request.path_params["item"], person), person)

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

    def judge(self, request: Request, person: Person) -> Any:
        """Keep a judgement; answered only when it is on disk."""
        try:
            said = Said.model_validate_json(request.state.body)
            kept = checked(said, self.items, person.name, self.ask) if self.own(said.item, person) else {}
        except (ValidationError, Wrong) as error:
            raise Refused(422, told(error)) from error
        self.store.keep(person.name, said.client_id, said.item, kept, said.seconds)
        return {"kept": said.client_id}

    def medium(self, request: Request, person: Person) -> Any:
        """A picture, clip or sound, by the name that the page was given; a name is no path."""
        found = self.items.media.get(request.path_params["name"])
        if found is None:
            raise Refused(404, "no such medium")
        try:
            data, kind = content(*found, self.roots)
        except NotShown as error:
            self.say(str(error))
            raise Refused(404, "this medium cannot be shown") from error
        return Response(data, media_type=kind, headers=HEADERS)

    def progress(self, request: Request, person: Person) -> Any:
        """How the work stands."""
        if not person.owner:
            raise Refused(403, "only the owner sees this")
        return progress(self.items, self.store.judgements(), self.store.people(), self.ask)


class Without(Sent):
    """The body of a request for the next item."""

    without: list[str] = []


class Refused(Exception):
    """A call that is answered with an error."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code = code


def respond(call: Call, request: Request, person: Person) -> Response:
    """The answer of a call, or its refusal."""
    try:
        found = call(request, person)
    except Refused as error:
        return refusal(error.code, str(error))
    return found if isinstance(found, Response) else JSONResponse(found, headers=HEADERS)


def refusal(code: int, why: str) -> Response:
    """An error as the page reads it."""
    return JSONResponse({"error": why}, code, HEADERS)


async def read(request: Request) -> bytes | None:
    """A request's body; None where it is too long."""
    found = b""
    async for part in request.stream():
        found += part
        if len(found) > MOST:
            return None
    return found


def told(error: Exception) -> str:
    """What is wrong, without repeating what was sent."""
    if not isinstance(error, ValidationError):
        return str(error)
    return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors(include_url=False, include_input=False)[:3])


def file(path: Path, kind: str) -> Callable[[Request], Response]:
    """A file of the page."""
    return lambda request: Response(path.read_bytes(), media_type=kind, headers=HEADERS)
