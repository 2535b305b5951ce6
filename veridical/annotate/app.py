"""The server: one page, and the few calls that it makes. Everything but the empty page needs a token."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from veridical.annotate.site import PAGE, Answer, Refused, Site
from veridical.annotate.store import Person, Store

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

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
FILES = {"page.js": "text/javascript", "page.css": "text/css"}
MOST = 2_000_000
"""Bytes of a judgement."""

Call = Callable[[Person, Any, bytes], Any]
"""Who asks, the path's parameters, the body -> a value, or an Answer."""


class Place(Protocol):
    """Somewhere that people with a token come to."""

    store: Store

    @property
    def page(self) -> str:
        """The empty page."""
        ...


def application(site: Site) -> Starlette:
    """A site behind HTTP."""
    from starlette.routing import Route

    calls = [
        Route("/api/me", guarded(site, lambda person, path, body: site.me(person))),
        Route("/api/next", guarded(site, lambda person, path, body: site.next(person, body)), methods=["POST"]),
        Route("/api/item/{item}", guarded(site, lambda person, path, body: site.item(person, path["item"]))),
        Route("/api/judgement", guarded(site, lambda person, path, body: site.judge(person, body)), methods=["POST"]),
        Route("/api/media/{name}", guarded(site, lambda person, path, body: site.medium(path["name"]))),
        Route("/api/progress", guarded(site, lambda person, path, body: site.progress(person))),
    ]
    return around(site, FILES, calls)


def around(place: Place, names: Mapping[str, str], calls: Sequence[Route]) -> Starlette:
    """Calls with the page that makes them, and its files (name to type)."""
    from starlette.applications import Starlette
    from starlette.routing import Route

    open_ = [Route("/", lambda request: sent(Answer(place.page.encode(), "text/html"))), Route("/favicon.ico", lambda request: sent(Answer(b"", "image/x-icon", 204)))]
    files = [Route(f"/{name}", lambda request, name=name: sent(Answer((PAGE / name).read_bytes(), names[name]))) for name in names]
    return Starlette(routes=[*open_, *files, *calls], exception_handlers={404: lambda request, error: sent(refusal(404, "there is nothing here"))})


def guarded(site: Place, call: Call) -> Callable[[Request], Awaitable[Response]]:
    """A call that only somebody with a token gets to."""
    from starlette.concurrency import run_in_threadpool

    async def answer(request: Request) -> Response:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        person = await run_in_threadpool(site.store.who, token) if scheme.lower() == "bearer" and token else None
        if person is None:
            return sent(refusal(401, "this needs an invitation"))
        body = await read(request) if request.method == "POST" else b""
        if body is None:
            return sent(refusal(413, f"more than {MOST} bytes"))
        return sent(await run_in_threadpool(respond, call, person, request.path_params, body))

    return answer


def respond(call: Call, person: Person, path: Any, body: bytes) -> Answer:
    """The answer of a call, or its refusal."""
    try:
        found = call(person, path, body)
    except Refused as error:
        return refusal(error.code, str(error))
    return found if isinstance(found, Answer) else Answer.of(found)


def refusal(code: int, why: str) -> Answer:
    """An error as the page reads it."""
    return Answer.of({"error": why}, code)


def sent(answer: Answer) -> Response:
    """An answer with the headers that all have."""
    from starlette.responses import Response

    return Response(answer.content, answer.code, HEADERS, answer.kind)


async def read(request: Request) -> bytes | None:
    """A request's body; None where it is too long."""
    found = b""
    async for part in request.stream():
        found += part
        if len(found) > MOST:
            return None
    return found
