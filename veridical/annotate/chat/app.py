"""The server of a chat: one page and its calls. Everything but the empty page needs a token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from veridical.annotate.app import around, guarded
from veridical.annotate.chat.room import Room

if TYPE_CHECKING:
    from starlette.applications import Starlette

FILES = {"page.css": "text/css", "chat.css": "text/css", "chat.js": "text/javascript"}


def application(room: Room) -> Starlette:
    """A room behind HTTP."""
    from starlette.routing import Route

    calls = [
        Route("/api/me", guarded(room, lambda person, path, body: room.me(person))),
        Route("/api/ask", guarded(room, lambda person, path, body: room.ask(person, body)), methods=["POST"]),
        Route("/api/vote", guarded(room, lambda person, path, body: room.vote(person, body)), methods=["POST"]),
        Route("/api/picture/{name}", guarded(room, lambda person, path, body: room.picture(path["name"]))),
        Route("/api/standing", guarded(room, lambda person, path, body: room.standing(person))),
    ]
    return around(room, FILES, calls)
