"""A judge that is a real HTTP server: it does what a script says, and goes wrong in the ways in which servers go wrong."""

from __future__ import annotations

import hashlib
import json
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

RESPONSE = re.compile(r"Response ?([A-Z]?):\n={10}\n(.*?)\n={10}", re.DOTALL)


@dataclass(frozen=True)
class Answer:
    """What the server does with one request."""

    text: str = ""
    code: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""
    """"hang", "cut" (half an answer, then the line is dead), "broken" (no JSON), "refuse", "filter", "long", "empty"."""
    logprobs: Mapping[str, float] = field(default_factory=dict)


Script = Callable[[dict[str, Any], int], Answer]
"""The request and how often this very request came before -> what happens."""


class JudgeServer:
    """Life cycle: one `with` block. `asked` holds every request."""

    def __init__(self, script: Script, hang: float = 3.0, port: int = 0) -> None:
        self.script, self.hang, self.port = script, hang, port
        self.asked: list[dict[str, Any]] = []
        self.seen: Counter[str] = Counter()
        self.lock = threading.Lock()

    def __enter__(self) -> JudgeServer:
        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), type("Handler", (Handler,), {"judge": self}))
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


class Handler(BaseHTTPRequestHandler):
    """Speaks the protocol."""

    judge: JudgeServer

    def do_POST(self) -> None:
        """One request."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        key = json.dumps(body, sort_keys=True)
        with self.judge.lock:
            times = self.judge.seen[key]
            self.judge.seen[key] += 1
            self.judge.asked.append(body)
        with suppress(OSError):  # who waits no longer has gone
            self.give(self.judge.script(body, times))

    def give(self, answer: Answer) -> None:
        """The answer, or what stands for it."""
        if answer.fault == "hang":
            time.sleep(self.judge.hang)
            return
        content = b"<html>{" if answer.fault == "broken" else json.dumps(completion(answer) if answer.code == 200 else {"error": {"message": "scripted"}}).encode()
        self.send_response(answer.code)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(content)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if answer.fault == "cut":
            self.wfile.write(content[: len(content) // 2])
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Silent."""


def completion(answer: Answer) -> dict[str, Any]:
    """A chat completion."""
    message = {"role": "assistant", "content": None if answer.fault == "refuse" else answer.text, "refusal": "I will not judge this." if answer.fault == "refuse" else None}
    finish = {"filter": "content_filter", "long": "length"}.get(answer.fault, "stop")
    top = [{"token": token, "logprob": logp, "bytes": None} for token, logp in answer.logprobs.items()]
    told = {"content": [{**top[0], "top_logprobs": top}], "refusal": None} if top else None
    choices = [] if answer.fault == "empty" else [{"index": 0, "finish_reason": finish, "message": message, "logprobs": told}]
    usage = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}
    return {"id": "1", "object": "chat.completion", "created": 0, "model": "m", "choices": choices, "usage": usage}


def text_of(body: dict[str, Any]) -> str:
    """The words of a request."""
    content = body["messages"][0]["content"]
    return content if isinstance(content, str) else content[-1]["text"]


def shown(body: dict[str, Any]) -> list[str]:
    """The responses that a request shows, in order."""
    return [text for _, text in RESPONSE.findall(text_of(body))]


def chance(*parts: object) -> float:
    """A number in [0, 1) that is the same every time."""
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest()[:6], "big") / 2**48


def truthful(scores: Mapping[str, float]) -> Script:
    """A judge that prefers the response with the higher true score."""

    def script(body: dict[str, Any], times: int) -> Answer:
        first, second = (scores[text] for text in shown(body))
        return Answer(json.dumps({"why": "it is true", "better": "A" if first > second else "B" if second > first else "tie"}))

    return script
