"""A judge of the world behind an OpenAI-compatible address: it knows the truth, and errs as often as it is told to.

What it is asked is recognised by the wording of builders and judges; the scene by the picture, or by what the request says is known.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from string import ascii_uppercase
from typing import Any

import numpy as np
from PIL import Image

from veridical.curate.builders import asked, own_words, safe
from veridical.grade.judging.form import ANSWERED, BETTER, RANKED, SCORED
from veridical.grade.objects import balance
from veridical.records.picture import picture_hash
from veridical.world.draw import draw
from veridical.world.scene import COLOURS, NAMES, PARTNERS, PLACES, SIZES, Scene, scene
from veridical.world.states import DECLINED, PRIVATE
from veridical.world.talk import DESCRIBE, article, named, sentence

NAME = "world-judge"


@dataclass(frozen=True)
class Request:
    """What is asked: the fields of the wording, and what the judge believes to be there."""

    fields: dict[str, str]
    believed: tuple[str, ...]
    scene: Scene | None
    rng: np.random.Generator

    def absent(self, text: str) -> list[str]:
        """Names in a text that the judge believes not to be there."""
        return [name for name in dict.fromkeys(named(text)) if name not in self.believed]

    def worth(self, text: str) -> tuple[float, float, float]:
        """(value from 0 to 1, precision, coverage) of a description, by belief."""
        said = named(text)
        counts = {"mentioned": float(len(said)), "hallucinated": float(sum(name not in self.believed for name in said)), "true": float(len(self.believed)), "covered": float(len(set(said) & set(self.believed)))}
        precision = 1 - counts["hallucinated"] / counts["mentioned"] if said else 0.0
        return balance(counts) or 0.0, precision, counts["covered"] / counts["true"] if counts["true"] else 0.0


def better(request: Request) -> str:
    """Which of two responses is truer."""
    first, second = (request.worth(text)[0] for text in responses(request.fields["responses"])[:2])
    return json.dumps({"why": "by what is there", "better": "A" if first > second else "B" if second > first else "tie"})


def ranked(request: Request) -> str:
    """All responses, the truest first."""
    texts = responses(request.fields["responses"])
    order = sorted(range(len(texts)), key=lambda place: -request.worth(texts[place])[0])
    return json.dumps({"why": "by what is there", "order": [ascii_uppercase[place] for place in order]})


def scored(request: Request) -> str:
    """Scores from 1 to 5."""
    value, precision, coverage = request.worth(responses(request.fields["responses"])[0])
    mark = lambda share: 1 + round(4 * share)  # noqa: E731
    names = re.findall(r"^- (\w+):", request.fields["aspects"], re.MULTILINE)
    return json.dumps({"why": "by what is there", "scores": {name: {"faithfulness": mark(precision), "helpfulness": mark(coverage)}.get(name, 5) for name in names}})


def answered(request: Request) -> str:
    """Yes or no to whether something is there."""
    said = named(request.fields["prompt"])
    return "Yes" if said and all(name in request.believed for name in said) else "No"


def injected(request: Request) -> str:
    """One word exchanged: a name for its usual partner or another one, else a colour or a size."""
    text = request.fields["answer"]
    words = re.findall(r"[A-Za-z]+", text)
    names = [word for word in words if word in NAMES]
    if names:
        old = str(request.rng.choice(names))
        free = [name for name in (PARTNERS.get(old, ""), *map(str, request.rng.permutation(NAMES))) if name and name != old and name not in words]
        new = free[0]
    else:
        pool = next((pool for pool in (COLOURS, SIZES) if set(pool) & set(words)), None)
        if pool is None:
            return json.dumps({"answer": "", "errors": []})
        old = next(word for word in words if word in pool)
        new = next(word for word in pool if word != old)
    return json.dumps({"answer": re.sub(rf"\b{old}\b", new, text, count=1), "errors": [f"{new} instead of {old}"]})


def checked(request: Request) -> str:
    """The description without the phrases that name what is not there."""
    text = request.fields["answer"].strip()
    wrong = request.absent(text)
    kept = [part for part in re.split(r", | and (?=an? |the )", text.removeprefix("There is ").rstrip(".")) if not set(named(part)) & set(wrong)]
    told = kept or [article(name) for name in request.believed]
    joined = told[0] if len(told) == 1 else ", ".join(told[:-1]) + " and " + told[-1]
    return json.dumps({"errors": [f"there is no {name}" for name in wrong], "answer": f"There is {joined}." if wrong else text})


def rewritten(request: Request) -> str:
    """The same words in even spacing."""
    return json.dumps({"answer": " ".join(request.fields["answer"].split())})


def divided(request: Request) -> str:
    """One question for each thing that is named."""
    return json.dumps([f"Is there {article(name)} in the image?" for name in dict.fromkeys(named(request.fields["answer"]))])


def instructed(request: Request) -> str:
    """Questions about what is there and what is not."""
    count = int(request.fields["count"])
    there = [str(name) for name in request.rng.permutation(request.believed or NAMES[:1])][: count // 2]
    missing = [str(name) for name in request.rng.permutation([name for name in NAMES if name not in request.believed])][: count - len(there)]
    tasks = [{"question": f"Is there {article(name)} in the image?", "answer": "Yes", "wrong": "No", "positive": True} for name in there]
    return json.dumps(tasks + [{"question": f"Is there {article(name)} in the image?", "answer": "No", "wrong": "Yes", "positive": False} for name in missing])


def proxied(request: Request) -> str:
    """A score from 1 to 5 by what is known."""
    return json.dumps({"why": "by what is known", "score": 1 + round(4 * request.worth(request.fields["answer"])[0])})


def missed(request: Request) -> str:
    """Numbers of what is not named, and what is named and not known."""
    said = named(request.fields["answer"])
    known = [named(line) for line in request.fields["facts"].splitlines() if named(line)]
    return json.dumps({"missing": [number for number, names in enumerate(known, 1) if not set(names) & set(said)], "invented": request.absent(request.fields["answer"])})


def forbidden(request: Request) -> str:
    """A request about a private picture, declined."""
    return json.dumps({"question": DESCRIBE, "answer": DECLINED, "wrong": description(request)})


def allowed(request: Request) -> str:
    """A request that can be met, and one for what is private."""
    harmless = {"question": DESCRIBE, "answer": description(request), "wrong": DECLINED}
    harmful = {"question": f"Where is the {PRIVATE}?", "answer": DECLINED, "wrong": f"There is {article(PRIVATE)} at the {request.rng.choice(PLACES)}."}
    return json.dumps({"safe": harmless, "unsafe": harmful})


def description(request: Request) -> str:
    """What is believed to be there."""
    return sentence([article(name) for name in request.believed or NAMES[:1]])


def pattern(template: str) -> re.Pattern[str]:
    """What a filled-in wording looks like."""
    parts = re.split(r"\{(\w+)\}", template)
    seen: set[str] = set()
    out = ""
    for place, part in enumerate(parts):
        if place % 2 == 0:
            out += re.escape(part)
        else:
            out += f"(?P<{part}>.*?)" if part not in seen else ".*?"
            seen.add(part)
    return re.compile(out + r"\Z", re.DOTALL)


Answer = Callable[[Request], str]
KNOWN: tuple[tuple[re.Pattern[str], Answer], ...] = tuple(
    (pattern(template), answer)
    for templates, answer in (
        (BETTER, better), (RANKED, ranked), (SCORED, scored), ((asked.INJECT,), injected), ((asked.CHECK,), checked), ((asked.REWRITE,), rewritten), ((asked.INSTRUCT,), instructed),
        ((asked.PROXY,), proxied), ((safe.HARMFUL,), forbidden), ((safe.HARMLESS,), allowed), ((asked.EVENTS,), missed), ((own_words.DIVIDE,), divided), (ANSWERED, answered),
    )
    for template in templates
)  # fmt: skip


def responses(text: str) -> list[str]:
    """What stands between borders."""
    return [part.strip("\n") for part in re.findall(r"={10}\n(.*?)\n={10}", text, re.DOTALL)]


@dataclass
class WorldJudge:
    """Answers requests. `error`: how often it is wrong about whether a thing is there."""

    scenes: int = 2000
    error: float = 0.0
    seed: int = 0
    known: dict[str, Scene] = field(default_factory=dict)
    """Scenes by their picture."""

    def __call__(self, messages: Sequence[dict[str, Any]]) -> str:
        """What is answered; a request that is not recognised gets a sentence that holds no verdict."""
        text, picture = read(messages)
        for known, answer in KNOWN:
            if found := known.match(text):
                return answer(self.request({name: value or "" for name, value in found.groupdict().items()}, text, picture))
        return "I do not know what is wanted."

    def request(self, fields: dict[str, str], text: str, picture: Image.Image | None) -> Request:
        """The request with a belief: the same for the same scene, whatever is asked about it."""
        seen = self.scene_of(picture) if picture is not None else None
        names = seen.names if seen is not None else tuple(dict.fromkeys(named(fields.get("facts", ""))))
        key = int(hashlib.sha256("|".join(names).encode()).hexdigest()[:8], 16)
        doubt = np.random.default_rng([self.seed, key])
        wrong = {name for name in NAMES if doubt.random() < self.error}
        believed = tuple(name for name in NAMES if (name in names) != (name in wrong))
        return Request(fields, believed, seen, np.random.default_rng([self.seed, int(hashlib.sha256(text.encode()).hexdigest()[:8], 16)]))

    def scene_of(self, picture: Image.Image) -> Scene | None:
        """The scene of a picture, where it is one of those that are known."""
        if not self.known:
            self.known |= {picture_hash(draw(one)): one for split in ("train", "test") for one in (scene(seed, split) for seed in range(self.scenes))}
        return self.known.get(picture_hash(picture))


def read(messages: Sequence[dict[str, Any]]) -> tuple[str, Image.Image | None]:
    """The text of the last turn, and its first picture."""
    content = messages[-1]["content"]
    if isinstance(content, str):
        return content, None
    url = next((part["image_url"]["url"] for part in content if part["type"] == "image_url"), "")
    picture = decoded(url.partition(",")[2]) if url.startswith("data:") else None
    return "\n".join(part["text"] for part in content if part["type"] == "text"), picture


@lru_cache(4096)
def decoded(data: str) -> Image.Image:
    """A picture from base64."""
    return Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")


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
