"""Records to trees: chat template, placeholders, loss masks, pictures. The loss never asks which tokens count; it is decided here."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from veridical.models.families.processor import Family, tensors
from veridical.models.forest import Inputs, Segment

FALLBACK = Image.new("RGB", (64, 64), (127, 127, 127))
MARKER = "veridicalanswer"
"""Stands for an answer while the template's words around it are read."""


class EncodeError(ValueError):
    """A record that cannot become tokens; the message names it and says what to do."""


@dataclass(frozen=True)
class Piece:
    """Token ids of a stretch of a prompt, with the pictures whose placeholders stand in it."""

    ids: Tensor
    pictures: tuple[str, ...]
    inputs: dict[str, Inputs]


@dataclass
class Encoder:
    """Turns prompts and responses into segments, in the model's own chat template.

    Life cycle: one per run; `seen` remembers processed pictures (each is preprocessed once per step or, while memory
    allows, once per run).
    """

    family: Family
    names: frozenset[str]
    """Arguments that the model's forward pass or its tower takes."""
    max_tokens: int = 4096
    picture_tokens: int | None = None
    """Upper bound for one picture's placeholders: larger pictures are shrunk until they fit."""
    remember: int = 2**30
    """Bytes of processed pictures kept."""
    seen: dict[str, tuple[Inputs, tuple[str, ...]]] = field(default_factory=dict)
    flags: dict[str, bool] = field(default_factory=dict)
    """What is known of the processor: "counts" when pictures of one prompt must be processed together, "alone" when a prompt may show one only."""

    @property
    def tokenizer(self) -> Any:
        """The model's tokenizer."""
        return self.family.tokenizer

    def prompt(self, messages: Sequence[dict[str, Any]], pictures: Sequence[Image.Image], keys: Sequence[str], name: str = "") -> Piece:
        """The prompt up to where the assistant begins, with every picture in place.

        `keys` identify the pictures' content (same key, same pixels). Errors: EncodeError when marks and pictures do not
        match, when the template cannot be used, or when the prompt alone is longer than `max_tokens`.
        """
        self.check_text(messages, name)
        text = self.render(messages, name)
        chunks = text.split(self.family.mark)
        if len(chunks) - 1 != len(pictures):
            raise EncodeError(
                f"record {name}: the rendered prompt has {len(chunks) - 1} marks {self.family.mark!r} for {len(pictures)} pictures; "
                "a picture part without its file, or a template that drops pictures"
            )
        if len(pictures) > 1 and self.flags.get("alone"):
            raise EncodeError(f"record {name}: the prompt shows {len(pictures)} pictures; how this model's processor reads several in one prompt is not known")
        inputs, texts, used = self.pictures(pictures, keys)
        joined = chunks[0] + "".join(stand_in + chunk for stand_in, chunk in zip(texts, chunks[1:], strict=True))
        ids = self.tokens(joined)
        if len(ids) > self.max_tokens:
            raise EncodeError(f"record {name}: the prompt takes {len(ids)} tokens, the limit is {self.max_tokens}; lower step.picture_tokens or raise step.max_tokens")
        return Piece(ids, used, inputs)

    def check_text(self, messages: Sequence[dict[str, Any]], name: str = "") -> None:
        """Errors: EncodeError when a text itself contains a picture's mark: the picture after it would be put in its place."""
        marks = {self.family.mark, *self.tokenizer.convert_ids_to_tokens(list(self.family.reserved))}
        texts = [part.get("text", "") for message in messages for part in message["content"] if isinstance(part, dict)]
        for text in [*texts, *(message["content"] for message in messages if isinstance(message["content"], str))]:
            if found := [mark for mark in marks if mark and mark in text]:
                raise EncodeError(f"record {name}: the text contains {found[0]!r}, which stands for a picture; say where the picture goes with a picture part, or take the word out")

    def render(self, messages: Sequence[dict[str, Any]], name: str = "", begin: bool = True) -> str:
        """The chat template's text for `messages`; `begin` opens the assistant's turn."""
        if not self.tokenizer.chat_template:
            raise EncodeError(f"the tokenizer has no chat template; put a chat_template.jinja beside it (record {name})")
        try:
            return self.tokenizer.apply_chat_template(list(messages), tokenize=False, add_generation_prompt=begin)
        except Exception as error:  # noqa: BLE001 - templates are programs that raise their own errors
            raise EncodeError(f"record {name}: the chat template refuses the conversation: {error}") from error

    def response(self, messages: Sequence[dict[str, Any]], text: str, name: str = "") -> Tensor:
        """Token ids of an answer as the template would write it, with the end-of-turn token and nothing after it.

        They are read off the whole conversation, because a template may write a space (or an empty thought) before the
        answer, and a tokenizer joins that space to the first word.
        """
        opened, written = self.render(messages, name), self.written(messages, text, name)
        before, whole = self.tokens(opened), self.tokens(opened + written)
        ids = whole[len(before) :] if torch.equal(whole[: len(before)], before) else self.tokens(written)
        if len(ids) == 0:
            raise EncodeError(f"record {name}: the response has no tokens")
        if found := set(self.family.reserved) & set(ids.tolist()):
            raise EncodeError(f"record {name}: the response contains {self.tokenizer.convert_ids_to_tokens(min(found))!r}, which stands for a picture; take the word out")
        return ids

    def covers(self, messages: Sequence[dict[str, Any]], text: str, name: str = "") -> list[tuple[int, int]]:
        """For each token of `response`, which characters of `text` it stands for; what the template adds lies past the end.

        Errors: EncodeError for a tokenizer that cannot say (not a fast one).
        """
        if not self.tokenizer.is_fast:
            raise EncodeError(f"record {name}: the method weighs marked words, and this model's tokenizer cannot say which characters a token stands for")
        opened, written = self.render(messages, name), self.written(messages, text, name)
        ids, whole = self.response(messages, text, name), opened + written
        offsets = self.tokenizer(whole, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"][-len(ids) :]
        start = whole.index(text.strip(), len(opened)) - (len(text) - len(text.lstrip()))
        return [(begin - start, end - start) for begin, end in offsets]

    def written(self, messages: Sequence[dict[str, Any]], text: str, name: str = "") -> str:
        """What follows the opened assistant turn: the answer (trimmed where the template trims it), with what stands before it, and the end of the turn."""
        opened, before, after = self.around(messages, name)
        full = self.render([*messages, answer(text)], name, begin=False)
        kept = text if full.startswith(opened + before + text) else text.strip()
        return before + kept + after

    def ending(self, messages: Sequence[dict[str, Any]], name: str = "") -> str:
        """What the template writes after an answer, cut after its first special token; the end-of-text token where it writes none."""
        return self.around(messages, name)[2]

    def around(self, messages: Sequence[dict[str, Any]], name: str = "") -> tuple[str, str, str]:
        """The prompt with the assistant's turn opened, what the template then writes before an answer, and what after it.

        Both are found with a word that no template contains: a short answer may also occur in the template's own words.
        """
        opened = self.render(messages, name)
        full = self.render([*messages, answer(MARKER)], name, begin=False)
        start, found, rest = full.partition(MARKER)
        if not found:
            raise EncodeError(f"record {name}: the chat template does not write the assistant's text; training cannot work with it")
        return opened, start[len(opened) :] if start.startswith(opened) else "", self.cut(rest)

    def cut(self, tail: str) -> str:
        """The end of a turn up to its first special token, when nothing but white space stands before that; else the end-of-text token."""
        named = {token.content for token in self.tokenizer.added_tokens_decoder.values() if token.special}
        special = [(tail.find(token), token) for token in named | set(self.tokenizer.all_special_tokens) if token and token in tail]
        if not special:
            return self.tokenizer.eos_token or ""
        start, token = min(special, key=lambda found: (found[0], -len(found[1])))
        return tail[: start + len(token)] if not tail[:start].strip() else token

    def tokens(self, text: str) -> Tensor:
        """Ids of rendered text; the template has already written every special token."""
        return torch.tensor(self.tokenizer(text, add_special_tokens=False)["input_ids"], dtype=torch.long)

    def pictures(self, pictures: Sequence[Image.Image], keys: Sequence[str]) -> tuple[dict[str, Inputs], list[str], tuple[str, ...]]:
        """Pixel inputs by key, the text for each picture, and the keys in order.

        Families whose processor treats several pictures of one prompt differently from one (it counts pictures per
        prompt) get them in one call, under one key.
        """
        if len(pictures) > 1 and self.counts_pictures():
            keys = ["+".join(keys)]
            groups = [list(pictures)]
        else:
            groups = [[picture] for picture in pictures]
        inputs, texts = {}, []
        for key, group in zip(keys, groups, strict=True):
            if key not in self.seen:
                self.keep(key, self.process(group))
            inputs[key], stand_ins = self.seen[key]
            texts.extend(stand_ins)
        return inputs, texts, tuple(keys)

    def counts_pictures(self) -> bool:
        """Whether the processor says how many pictures each prompt has."""
        if "counts" not in self.flags:
            self.flags["counts"] = "batch_num_images" in self.family.read([FALLBACK])[0]
        return self.flags["counts"]

    def keep(self, key: str, processed: tuple[Inputs, tuple[str, ...]]) -> None:
        """Remember a processed picture, forgetting the oldest where memory is short."""
        self.seen[key] = processed
        held = [sum(value.nbytes for value in inputs.values()) for inputs, _ in self.seen.values()]
        while sum(held) > self.remember and len(held) > 1:
            self.seen.pop(next(iter(self.seen)))
            held.pop(0)

    def process(self, group: list[Image.Image]) -> tuple[Inputs, tuple[str, ...]]:
        """Pixel inputs and stand-in texts of pictures that go through the processor together, shrunk to the token budget."""
        return self.fit(group)[1]

    def fitting(self, pictures: Sequence[Image.Image]) -> list[Image.Image]:
        """A prompt's pictures as the processor reads them: shrunk where the token budget says so. Another processor of the same model reads these alike."""
        if self.picture_tokens is None:
            return list(pictures)
        groups = [list(pictures)] if len(pictures) > 1 and self.counts_pictures() else [[picture] for picture in pictures]
        return [picture for group in groups for picture in self.fit(group)[0]]

    def fit(self, group: list[Image.Image]) -> tuple[list[Image.Image], tuple[Inputs, tuple[str, ...]]]:
        """Pictures that keep the token budget, with what `process` says of them."""
        for _ in range(16):
            pixels, texts = self.family.read(group)
            if self.family.token_id is not None and not all((self.tokens(text) == self.family.token_id).any() for text in texts):
                raise EncodeError(f"the processor writes {texts[0][:80]!r} for a picture, in which the model's placeholder (id {self.family.token_id}) does not occur")
            longest = max(self.cost(text) for text in texts)
            if self.picture_tokens is None or longest <= self.picture_tokens:
                return group, (tensors(pixels, self.names), tuple(texts))
            group = [shrink(picture, (self.picture_tokens / longest) ** 0.5) for picture in group]
        raise EncodeError(f"a picture takes {longest} tokens however small it is; this model cannot keep step.picture_tokens={self.picture_tokens}")

    def cost(self, text: str) -> int:
        """Tokens that a picture's stand-in takes."""
        return len(self.tokens(text))

    def blank(self) -> Inputs:
        """A grey picture, for batches that have none."""
        return self.pictures([FALLBACK], ["blank"])[0]["blank"]


def answer(text: str) -> dict[str, Any]:
    """The assistant's turn as chat templates take it."""
    return {"role": "assistant", "content": [{"type": "text", "text": text}]}


def shrink(picture: Image.Image, factor: float) -> Image.Image:
    """The picture with both sides times `factor`, at least one pixel smaller and at least one pixel large."""
    factor = min(factor, 0.95)
    return picture.resize((max(1, int(picture.width * factor)), max(1, int(picture.height * factor))), Image.Resampling.BICUBIC)


def picture_key(picture: Image.Image) -> str:
    """Digest of size and pixels: the same key means the same picture."""
    return hashlib.sha256(str(picture.size).encode() + picture.tobytes()).hexdigest()[:24]


def branch(ids: Tensor, name: str, parent: int = 0, limit: int | None = None) -> Segment:
    """A response as a segment in which every token is scored."""
    if limit is not None and len(ids) > limit:
        ids = ids[:limit]
    return Segment(ids, torch.ones(len(ids), dtype=torch.bool), parent, (), name)
