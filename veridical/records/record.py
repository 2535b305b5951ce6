"""The record: one prompt with its media, all its responses, and the facts about them.

Facts live here, choices live in methods: a record says which characters an annotator changed, a method says how
much they weigh. Every type is frozen; `Record.replace` gives a changed copy. Fields that a source lacks keep
their defaults, and what a source has and the record lacks is kept as JSON in `extra`.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict

VERSION = 1
"""Written with every record file; a reader refuses a newer one."""

Kind = Literal["sft", "preference", "ranking", "unpaired", "prompt_only"]
PartType = Literal["text", "image", "video", "audio"]


class Frozen(BaseModel):
    """An immutable value that refuses unknown fields, so a typing error in a file is seen and not lost."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_bytes="base64", val_json_bytes="base64")

    def replace(self, **changes: Any) -> Self:
        """A copy with `changes`, without validating again what was already valid."""
        return self.model_copy(update=changes)


class Corruption(Frozen):
    """How one picture was made worse: an operator of `records.corrupt`, its settings, and the seed of its randomness."""

    op: str
    seed: int = 0
    params: str = "{}"
    """JSON object with the operator's arguments (one string, so that Parquet needs no union of maps)."""

    @property
    def settings(self) -> dict[str, Any]:
        """The operator's arguments, parsed."""
        return json.loads(self.params)


class Media(Frozen):
    """One picture (later: clip, sound), by path, by bytes, or by the recipe that makes it from another one."""

    media_id: str
    kind: Literal["image", "video", "frames", "audio"] = "image"
    role: Literal["input", "negative", "similar", "reference", "output"] = "input"
    """What it is to the record; an output is (part of) a response."""
    path: str = ""
    data: bytes | None = None
    sha256: str = ""
    width: int = 0
    height: int = 0
    parent_id: str = ""
    """The medium that `recipe` is applied to, or that this one stands in for."""
    other_id: str = ""
    """The second medium of a recipe that needs two (`swap` puts it in the first one's place)."""
    recipe: Corruption | None = None


class Part(Frozen):
    """A stretch of text, or the place where a medium stands."""

    type: PartType = "text"
    text: str = ""
    media_id: str = ""


class Turn(Frozen):
    """What one speaker says. `loss` says whether supervised training learns it (None: assistant turns only)."""

    role: Literal["system", "user", "assistant", "tool"]
    parts: tuple[Part, ...]
    loss: bool | None = None

    @property
    def text(self) -> str:
        """The text parts, joined."""
        return "".join(part.text for part in self.parts if part.type == "text")


class Swap(Frozen):
    """This response was given (or is to be read) with medium `to_id` where the prompt shows `from_id`."""

    from_id: str
    to_id: str


class Aspect(Frozen):
    """One judgement of a response on one scale. `raw` keeps what the judge wrote where it is not a number."""

    name: str
    score: float | None = None
    raw: str = ""
    scale_min: float | None = None
    scale_max: float | None = None
    rationale: str = ""
    annotator: str = ""


class Claim(Frozen):
    """An atomic statement of a response, as a question, with a judge's probabilities of yes and no."""

    text: str
    question: str = ""
    p_yes: float | None = None
    p_no: float | None = None
    label: str = ""


class Span(Frozen):
    """Characters [start, end) of a response's text, in Unicode code points, with what an annotator says of them."""

    start: int
    end: int
    text: str = ""
    label: str = ""
    annotator: str = ""


class Response(Frozen):
    """One answer to the prompt, with what is known about it."""

    response_id: str
    parts: tuple[Part, ...]
    model: str = ""
    origin: Literal["", "human", "model", "corrected", "rewritten", "injected", "template", "gold", "adversarial"] = ""
    swaps: tuple[Swap, ...] = ()
    rank: int | None = None
    """1 is best; ties are allowed."""
    score: float | None = None
    label: int | None = None
    """1 desirable, 0 undesirable, None unknown (unpaired data)."""
    correct: int | None = None
    answer: str = ""
    aspects: tuple[Aspect, ...] = ()
    claims: tuple[Claim, ...] = ()
    spans: tuple[Span, ...] = ()
    critique: str = ""

    @property
    def text(self) -> str:
        """The text parts, joined."""
        return "".join(part.text for part in self.parts if part.type == "text")


class Edit(Frozen):
    """Characters of chosen and of rejected that differ. Putting the first in place of the second, for every edit, turns rejected into chosen."""

    op: Literal["replace", "insert", "delete"]
    chosen_start: int
    chosen_end: int
    rejected_start: int
    rejected_end: int


class Pair(Frozen):
    """`chosen` is preferred to `rejected` (response ids), or with relation "=" they are equally good."""

    chosen: str
    rejected: str
    relation: Literal[">", "="] = ">"
    margin: float | None = None
    probability: float | None = None
    """A judge's probability that `chosen` wins."""
    weight: float = 1.0
    rule: str = ""
    chosen_reason: str = ""
    rejected_reason: str = ""
    edits: tuple[Edit, ...] = ()


class Answer(Frozen):
    """The verifiable answer of the prompt."""

    type: Literal["exact", "choice", "yes_no", "number", "math", "boxes", "judge"]
    value: str
    choices: tuple[str, ...] = ()


class Fact(Frozen):
    """Something true of a medium: kind "object" (text names an object that is there), "absent", "caption" and so on."""

    kind: str
    text: str
    media_id: str = ""


class Provenance(Frozen):
    """Where the record came from, and under which licence."""

    dataset: str = ""
    file: str = ""
    index: int = -1
    source_id: str = ""
    origin_dataset: str = ""
    origin_split: str = ""
    license: str = "unknown"
    media_license: str = "unknown"
    steps: tuple[str, ...] = ()


class Record(Frozen):
    """One prompt with its media, all its responses, and the facts about them."""

    record_id: str
    version: int = VERSION
    kind: Kind = "preference"
    task: str = ""
    tags: tuple[str, ...] = ()
    split: str = ""
    media: tuple[Media, ...] = ()
    prompt: tuple[Turn, ...]
    responses: tuple[Response, ...] = ()
    pairs: tuple[Pair, ...] = ()
    answer: Answer | None = None
    facts: tuple[Fact, ...] = ()
    provenance: Provenance = Provenance()
    extra: str = "{}"

    def response(self, response_id: str) -> Response:
        """The response of that id; KeyError names the record."""
        for response in self.responses:
            if response.response_id == response_id:
                return response
        raise KeyError(f"record {self.record_id}: no response {response_id!r}; it has {[r.response_id for r in self.responses]}")

    def medium(self, media_id: str) -> Media:
        """The medium of that id; KeyError names the record."""
        for medium in self.media:
            if medium.media_id == media_id:
                return medium
        raise KeyError(f"record {self.record_id}: no medium {media_id!r}; it has {[m.media_id for m in self.media]}")

    @property
    def prompt_text(self) -> str:
        """The text of the last user turn."""
        return next((turn.text for turn in reversed(self.prompt) if turn.role == "user"), "")


LATER = (',"probability":null',)
"""Fields that came after the first version, as they read where nothing is stated: they leave digests as they were."""


def digest(record: Record) -> str:
    """SHA-256 of the record's content without its provenance: the key of caches.

    A picture counts by its content where that is known (bytes or `sha256`), else by its path, so a set that moves with
    its pictures keeps its digests. Two records that differ only in their ids differ; blank the id to compare content alone.
    """
    media = tuple(medium.replace(path="" if content_of(medium) else medium.path, data=None, sha256=content_of(medium)) for medium in record.media)
    content = record.replace(media=media).model_dump_json(exclude={"provenance", "extra", "split", "version"})
    for later in LATER:  # inside a text the quotes are escaped, so only a field can read like this
        content = content.replace(later, "")
    return hashlib.sha256(content.encode()).hexdigest()


def content_of(medium: Media) -> str:
    """SHA-256 of a medium's file as far as it is known without opening one, or ""."""
    return medium.sha256 or (hashlib.sha256(medium.data).hexdigest() if medium.data is not None else "")


def text_parts(text: str) -> tuple[Part, ...]:
    """A response or turn that is only text."""
    return (Part(text=text),)
