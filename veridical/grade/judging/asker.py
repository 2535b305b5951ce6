"""The client: one request to an OpenAI-compatible server, asked again where that may help, within limits, and never twice."""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from veridical.grade.grade import NotInstalled
from veridical.grade.judging.cache import Cache, key_of
from veridical.grade.judging.limits import Pace, Purse
from veridical.grade.judging.reply import JudgeStopped, Reply, Unjudged

Messages = Sequence[Mapping[str, Any]]
SHUT = (401, 402, 403, 404)
"""Answers that hold for every request: the key, the money, the address or the model is wrong."""
AGAIN = (408, 409, 425, 429)
"""Answers that pass, beside every 5xx."""
PER_TOKEN = 3
"""Characters that are counted as a token where a server with a price does not count."""


@dataclass(frozen=True)
class Endpoint:
    """Where a judge is, and how it is asked."""

    url: str
    """Such as http://127.0.0.1:8000/v1."""
    model: str
    key: str = "OPENAI_API_KEY"
    """Environment variable with the key, where one is needed."""
    seconds: float = 60.0
    """To wait for one answer."""
    tries: int = 5
    """Requests for one answer, where the server is busy, fails or cuts the connection."""
    pause: float = 1.0
    """Seconds before the second request; each further one waits twice as long, with some chance in it."""
    longest_pause: float = 120.0
    patience: int = 20
    """Requests in a row that get no answer at all before everything stops: the server is gone. 0: never."""
    at_once: int = 8
    per_minute: float = 0.0
    price_read: float = 0.0
    """For a million tokens of requests."""
    price_written: float = 0.0
    most_cost: float | None = None
    temperature: float = 0.0
    longest: int = 512
    """Tokens of an answer."""
    cache: Path | None = None

    def body(self, messages: Messages, seed: int = 0, likely: int = 0) -> dict[str, Any]:
        """The request. `likely`: how many first tokens are wanted with their log-probabilities."""
        more = {"logprobs": True, "top_logprobs": likely} if likely else {}
        return {"model": self.model, "messages": list(messages), "temperature": self.temperature, "max_tokens": self.longest, "seed": seed, **more}


@dataclass
class Asker:
    """Asks one judge. Life cycle: made once for a piece of work, used by many threads; holds connections and the open cache."""

    endpoint: Endpoint
    complete: Callable[..., Any]
    """`client.chat.completions.create` of the package openai."""
    cache: Cache = field(default_factory=Cache)
    pace: Pace = field(default_factory=Pace)
    purse: Purse = field(default_factory=Purse)
    seen: Counter[str] = field(default_factory=Counter)
    """What happened: "asked", "from the cache", "429", "timeout" ..."""
    versions: set[str] = field(default_factory=set)
    """What the server calls those who answered."""
    silent: int = 0
    """Requests without an answer since the last one that had one."""
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @classmethod
    def of(cls, endpoint: Endpoint) -> Asker:
        """A client of an endpoint. Errors: NotInstalled."""
        try:
            from openai import OpenAI
        except ImportError as error:
            raise NotInstalled("a judge needs the package openai: pip install openai") from error
        client = OpenAI(base_url=endpoint.url, api_key=os.environ.get(endpoint.key) or "none", timeout=endpoint.seconds, max_retries=0)
        purse = Purse(endpoint.price_read, endpoint.price_written, endpoint.most_cost)
        return cls(endpoint, client.chat.completions.create, Cache.open(endpoint.cache), Pace(endpoint.per_minute), purse)

    def ask(self, messages: Messages, seed: int = 0, likely: int = 0) -> Reply:
        """The judge's answer, from the cache where this very request was answered before.

        Errors: Unjudged where the server gives none, JudgeStopped where it will give none to anybody or the money is spent.
        """
        body = self.endpoint.body(messages, seed, likely)
        key = key_of(self.endpoint.url, body)
        if (known := self.cache.get(key)) is not None:
            self.note("from the cache", known)
            return known
        reply = self.fetch(body, random.Random(key))
        self.cache.put(key, reply)
        self.note("answered", reply)
        return reply

    def fetch(self, body: Mapping[str, Any], chance: random.Random) -> Reply:
        """The answer of the server, asked for at most `tries` times."""
        why, what = "failed", ""
        for attempt in range(max(1, self.endpoint.tries)):
            if attempt:
                self.note("asked again")
            try:
                return self.once(body)
            except (JudgeStopped, Unjudged):
                raise
            except Exception as error:  # noqa: BLE001 - the package, the network and the decoder raise whatever they like
                why, what, wait = trouble(error, self.endpoint)
                self.note(why)
                if attempt + 1 < self.endpoint.tries:
                    self.rest(wait, min(self.endpoint.longest_pause, self.endpoint.pause * 2**attempt * (0.75 + 0.5 * chance.random())))
        self.gone(what)
        raise Unjudged(why, f"asked {self.endpoint.tries} times, the last: {what}")

    def gone(self, what: str) -> None:
        """Count a request that got no answer. Errors: JudgeStopped when there were too many in a row."""
        with self.lock:
            self.silent += 1
            if self.endpoint.patience and self.silent >= self.endpoint.patience:
                raise JudgeStopped(
                    f"the judge {self.endpoint.model} at {self.endpoint.url} gave no answer to {self.silent} requests in a row, the last: {what}; "
                    "start it, and the same command goes on"
                )

    def once(self, body: Mapping[str, Any]) -> Reply:
        """One request."""
        self.purse.start()
        counted = (0, 0)
        try:
            self.pace.wait()
            self.note("asked")
            reply = reply_of(self.complete(**body))
            self.silent = 0
            counted = (reply.read, reply.written) if reply.read or not self.endpoint.price_read else (len(str(body["messages"])) // PER_TOKEN, len(reply.text) // PER_TOKEN)
            return reply
        finally:
            self.purse.end(*counted)

    def note(self, what: str, reply: Reply | None = None) -> None:
        """Count what happened, and remember who answered."""
        with self.lock:
            self.seen[what] += 1
            self.versions |= {reply.model} - {""} if reply else set()

    def rest(self, wanted: float | None, own: float) -> None:
        """A pause: as the server wants it (then for everybody), else this request's own."""
        if wanted is None:
            time.sleep(own)
        else:
            self.pace.hold(min(wanted, self.endpoint.longest_pause))


def reply_of(answer: Any) -> Reply:
    """A chat completion as a reply. Errors: ValueError when it is none (a server's page of HTML, an error in a 200)."""
    choices = getattr(answer, "choices", None)
    if not choices or getattr(choices[0], "message", None) is None:
        raise ValueError(f"the answer is no chat completion: {str(answer)[:200]}")
    choice, usage = choices[0], getattr(answer, "usage", None)
    content = choice.message.content
    if content is not None and not isinstance(content, str):
        raise ValueError(f"the answer's content is no text: {str(content)[:200]}")
    return Reply(
        content or "", choice.finish_reason or "stop", getattr(choice.message, "refusal", None) or "", first_tokens(choice),
        getattr(usage, "prompt_tokens", 0) or 0, getattr(usage, "completion_tokens", 0) or 0, getattr(answer, "model", "") or "",
    )  # fmt: skip


def first_tokens(choice: Any) -> dict[str, float]:
    """Log-probabilities of what could have stood first; empty where the server does not tell."""
    content = getattr(getattr(choice, "logprobs", None), "content", None) or []
    told = next((one for one in content if one.token.strip()), None)
    return {} if told is None else {told.token: told.logprob} | {one.token: one.logprob for one in told.top_logprobs or []}


def trouble(error: Exception, endpoint: Endpoint) -> tuple[str, str, float | None]:
    """An error as (reason, what was seen, seconds that the server asks to wait).

    Errors: JudgeStopped for one that holds for every request; Unjudged where the server does not want this one.
    """
    import openai

    said = f"{type(error).__name__}: {str(error)[:200]}"
    if isinstance(error, openai.APITimeoutError):
        return "timeout", f"no answer within {endpoint.seconds:g} s", None
    if isinstance(error, openai.APIConnectionError):
        return "connection", f"{said} ({str(error.__cause__)[:120]})", None
    if not isinstance(error, openai.APIStatusError):
        return "broken answer", said, None
    code = error.status_code
    if code in SHUT or "insufficient_quota" in said:
        raise JudgeStopped(
            f"the judge {endpoint.model} at {endpoint.url} answers {code} to everybody ({said}); check the address, the model's name and the key in {endpoint.key}"
        ) from error
    if code < 500 and code not in AGAIN:
        raise Unjudged("not accepted", said) from error
    return str(code), said, retry_after(error.response.headers.get("retry-after"))


def retry_after(header: str | None) -> float | None:
    """Seconds of a Retry-After header: a number, or a date. None where there is none that can be read."""
    if not header:
        return None
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - time.time())
    except ValueError:
        return None
