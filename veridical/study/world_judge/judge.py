"""The judge itself: it recognises what it is asked by the wording, and the scene by the picture, or by what the request says is known."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from PIL import Image

from veridical.records.picture import picture_hash
from veridical.study.world_judge import benchmarks, builders
from veridical.study.world_judge.request import Answer, Request
from veridical.world.draw import draw
from veridical.world.scene import NAMES, Scene, scene
from veridical.world.talk import named

TOLD = ("facts", "context")
"""Fields that say what is there, where no picture is shown."""


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


KNOWN: tuple[tuple[re.Pattern[str], Answer], ...] = tuple((pattern(wording), answer) for wordings, answer in (*builders.ANSWERS, *benchmarks.ANSWERS) for wording in wordings)


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
        names = seen.names if seen is not None else tuple(dict.fromkeys(named(next((fields[name] for name in TOLD if name in fields), ""))))
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
