"""A model behind an OpenAI-compatible address (`vllm serve`): responses with their tokens, and what else the server can be asked for."""

from __future__ import annotations

import base64
import http.client
import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from PIL import Image

from veridical.records.picture import png

PLAIN = {"top_k": -1, "min_p": 0.0, "repetition_penalty": 1.0, "presence_penalty": 0.0, "frequency_penalty": 0.0}
"""Sampling without additions. They are sent because a server takes what is not said from the model's generation_config.json."""
TOLD = {"logprobs": True, "return_token_ids": True, "return_tokens_as_token_ids": True}
"""What a reply shall say of itself."""
BEYOND = ("top_k", "min_p", "repetition_penalty", "return_token_ids", "return_tokens_as_token_ids", "stop_token_ids")
"""Fields that are no part of OpenAI's protocol: a server that does not know them (`transformers serve`) is asked without."""
REFUSALS = (400, 413, 422)
"""Answers that mean: not this request; it is of no use to ask again."""


class ServerError(RuntimeError):
    """The server cannot be reached, or does something else than was asked; the message says what was asked and what to do."""


class Refused(ServerError):
    """The server does not want this request."""


@dataclass(frozen=True)
class Question:
    """One response that is wanted."""

    name: str
    """For errors: which record, which response."""
    messages: Sequence[Mapping[str, Any]]
    """Turns with their pictures inside, as `shown` writes them: text that no processor has seen yet."""
    seed: int
    temperature: float = 1.0
    top_p: float = 1.0
    max_new_tokens: int = 128
    stop: tuple[int, ...] = ()
    """Ids that end it, beside the server's own."""
    banned: tuple[int, ...] = ()
    """Ids that it may not have."""

    def body(self, model: str) -> dict[str, Any]:
        """As it is sent."""
        more = {"stop_token_ids": list(self.stop)} if self.stop else {}
        more |= {"logit_bias": {str(token): -100 for token in self.banned}} if self.banned else {}
        drawing = {"seed": self.seed, "temperature": self.temperature, "top_p": self.top_p, "max_tokens": self.max_new_tokens}
        return {"model": model, "messages": self.messages, **drawing, **PLAIN, **TOLD, **more}


@dataclass(frozen=True)
class Reply:
    """One response, as the server tells it."""

    text: str
    ids: tuple[int, ...] | None
    """Everything that was drawn; None where the server does not say."""
    logps: tuple[float, ...]
    ended: bool
    """Whether it ended by itself."""
    prompt: tuple[int, ...] | None
    """The prompt's ids with every placeholder; None where the server does not say."""
    prompt_tokens: int | None


@dataclass(frozen=True)
class Served:
    """A server's address. Life cycle: made where the recipe names one, holds no connection."""

    url: str
    """Such as http://127.0.0.1:8000/v1."""
    model: str = ""
    """What is asked for; default: the first that the server has."""
    key: str = "OPENAI_API_KEY"
    """Environment variable with the key, where one is needed."""
    timeout: float = 300.0
    """Seconds to wait for one answer."""
    tries: int = 3
    at_once: int = 32
    """Requests that are under way together."""
    pause: float = 1.0
    """Seconds before a second try; each further one waits twice as long."""

    @property
    def root(self) -> str:
        """The address without the protocol's version."""
        return self.url.rstrip("/").removesuffix("/v1")

    def ask(self, questions: Sequence[Question]) -> list[Reply]:
        """One reply to each, many at once, in order.

        Errors: Refused for a question that the server does not want, ServerError when it gives no answer; both name the question.
        """
        model = self.model or self.models()[0]
        pool = ThreadPoolExecutor(max(1, min(self.at_once, len(questions))))
        try:
            return list(pool.map(lambda one: reply_of(self.complete(one.body(model), one.name), one.name), questions))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def complete(self, body: Mapping[str, Any], name: str) -> Any:
        """What a chat request gives; where the server names fields `BEYOND` the protocol as unknown, without these. Errors: Refused, ServerError."""
        try:
            return self.post("/v1/chat/completions", body, name)
        except Refused as error:
            unknown = {field for field in BEYOND if field in body and f"'{field}'" in str(error)}
            if not unknown:
                raise
        return self.post("/v1/chat/completions", {field: value for field, value in body.items() if field not in unknown}, name)

    def models(self) -> list[str]:
        """Names that can be asked for: the model, then adapters. Errors: ServerError."""
        found = [entry["id"] for entry in self.get("/v1/models").get("data", [])]
        if not found:
            raise ServerError(f"{self.url}: the server has no model; start it with: vllm serve MODEL")
        return found

    def calls(self) -> frozenset[str]:
        """Paths that the server offers, such as "/v1/load_lora_adapter"; empty where it does not say."""
        try:
            return frozenset(self.get("/openapi.json").get("paths", {}))
        except ServerError:
            return frozenset()

    def get(self, path: str) -> Any:
        """What a path holds. Errors: ServerError."""
        return self.call(path, None, f"GET {path}")

    def post(self, path: str, body: Mapping[str, Any] | None = None, name: str = "") -> Any:
        """What comes back; `name` is said in errors. Errors: Refused, ServerError."""
        return self.call(path, json.dumps(body or {}).encode(), name or f"POST {path}")

    def call(self, path: str, data: bytes | None, name: str) -> Any:
        """One answer, asked for `tries` times."""
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {os.environ.get(self.key, 'none')}"}
        request = urllib.request.Request(self.root + path, data, headers)
        why = ""
        for attempt in range(max(1, self.tries)):
            time.sleep(self.pause * 2 ** (attempt - 1) if attempt else 0)
            try:
                with urllib.request.urlopen(request, timeout=self.timeout) as answer:
                    return parsed(answer.read())
            except urllib.error.HTTPError as error:
                why = f"it answers {error.code}: {complaint(error.read())}"
                if error.code < 500 and error.code != 429:
                    raise (Refused if error.code in REFUSALS else ServerError)(f"{name}: the server {self.url} does not take this request; {why}") from error
            except TimeoutError:
                why = f"no answer within {self.timeout:g} s"
            except (OSError, http.client.HTTPException, ValueError) as error:
                why = str(getattr(error, "reason", error)) or type(error).__name__
        raise ServerError(f"{name}: the server {self.url} was asked {self.tries} times: {why}. `veridical doctor` says what it is; start it, or raise the timeout if it is slow")


def parsed(content: bytes) -> Any:
    """JSON, or the text itself where a server answers in words."""
    try:
        return json.loads(content) if content else {}
    except ValueError:
        return {"text": content.decode(errors="replace")}


def complaint(content: bytes) -> str:
    """What a server says is wrong."""
    found = parsed(content)
    found = found.get("error", found) if isinstance(found, dict) else found
    return str(found.get("message", found) if isinstance(found, dict) else found)[:500]


def reply_of(answer: Mapping[str, Any], name: str) -> Reply:
    """A server's answer as a reply. Errors: ServerError when it is none."""
    try:
        choice = answer["choices"][0]
        told = (choice.get("logprobs") or {}).get("content") or []
        ids = choice.get("token_ids") or ids_of([token["token"] for token in told])
        own = answer.get("prompt_token_ids")
        return Reply(
            choice["message"].get("content") or "", None if ids is None else tuple(ids), tuple(token["logprob"] for token in told),
            choice.get("finish_reason") == "stop", tuple(own) if own else None, (answer.get("usage") or {}).get("prompt_tokens"),
        )  # fmt: skip
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise ServerError(f"{name}: the answer is no chat completion: {str(answer)[:300]}") from error


def ids_of(tokens: Sequence[str]) -> list[int] | None:
    """Ids of tokens that are written as "token_id:17"; None where they are written otherwise."""
    if not tokens or not all(token.startswith("token_id:") for token in tokens):
        return None
    return [int(token.removeprefix("token_id:")) for token in tokens]


def shown(messages: Sequence[Mapping[str, Any]], pictures: Sequence[Image.Image]) -> list[dict[str, Any]]:
    """Turns as the protocol takes them: each picture part holds its picture, without loss, in the place where the turn shows it."""
    left = iter(pictures)
    write: Callable[[Mapping[str, Any]], dict[str, Any]] = lambda part: picture_part(next(left)) if part["type"] == "image" else dict(part)  # noqa: E731
    return [{"role": message["role"], "content": [write(part) for part in message["content"]]} for message in messages]


def picture_part(picture: Image.Image) -> dict[str, Any]:
    """A picture as a part of a turn."""
    return {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{base64.b64encode(png(picture)).decode()}"}}
