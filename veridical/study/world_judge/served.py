"""The world's judge behind an OpenAI-compatible address."""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from veridical.study.world_judge.judge import WorldJudge

NAME = "world-judge"


@contextmanager
def serving(judge: WorldJudge, run: Path) -> Iterator[str]:
    """The judge's address, which is there as long as the block is. Its port follows from the run's directory, so that a run that goes on asks the same address.

    Errors: OSError where another program has the port; end that one, or choose another run directory.
    """
    import uvicorn

    port = 20_000 + int(hashlib.sha256(str(run.resolve()).encode()).hexdigest()[:8], 16) % 20_000
    with socket.create_server(("127.0.0.1", port)) as listening:
        server = uvicorn.Server(uvicorn.Config(app(judge), log_level="warning"))
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            server.should_exit = True
            thread.join(10)


def app(judge: WorldJudge) -> Any:
    """The server's application."""
    from starlette.applications import Starlette
    from starlette.requests import Request as Http
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    async def complete(request: Http) -> JSONResponse:
        body = await request.json()
        text = judge(body["messages"])
        usage = {"prompt_tokens": len(str(body["messages"])) // 4, "completion_tokens": len(text) // 4}
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
        return JSONResponse({"id": "0", "object": "chat.completion", "created": 0, "model": NAME, "choices": [choice], "usage": usage | {"total_tokens": sum(usage.values())}})

    async def models(request: Http) -> JSONResponse:
        return JSONResponse({"object": "list", "data": [{"id": NAME, "object": "model", "created": 0, "owned_by": "world"}]})

    return Starlette(routes=[Route("/v1/chat/completions", complete, methods=["POST"]), Route("/v1/models", models)])
