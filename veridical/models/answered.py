"""Responses from a server, in the shapes in which a policy's own come: for the online loop, for curation, for evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from veridical.models.encoder import EncodeError, Encoder
from veridical.models.planting import messages
from veridical.models.sample import Drawn, Generation, Sampler, finish
from veridical.models.served import Question, Refused, Reply, Served, ServerError, shown
from veridical.models.shown import Open, media_ids, stable_seed
from veridical.records.record import Record


@dataclass(frozen=True)
class Posed:
    """A prompt as a server is asked it, and as the trainer reads it."""

    name: str
    messages: Sequence[dict[str, Any]]
    """With pictures inside (`served.shown`)."""
    ids: Tensor
    """The trainer's own tokens, every placeholder among them."""


@dataclass(frozen=True)
class Words:
    """What a tokenizer's ids mean for sampling."""

    encoder: Encoder
    ends: frozenset[int]
    banned: tuple[int, ...]
    """Stand for media, and are never a word."""


def draw_served(served: Served, words: Words, posed: Sequence[Posed], seeds: Sequence[Sequence[int]], how: Generation) -> list[list[Drawn]]:
    """For each prompt one response per seed, as `sample.draw` gives them.

    Log-probabilities are the server's. An end token that it does not count among what was drawn gets NaN: not known.
    Errors: EncodeError naming a record that it refuses; ServerError naming one that it did not answer, or reads otherwise than the trainer.
    """
    drawing = (how.temperature, how.top_p, how.max_new_tokens, tuple(sorted(words.ends)), words.banned)
    asked = [Question(f"record {one.name}, response {number}", one.messages, seed, *drawing) for one, own in zip(posed, seeds, strict=True) for number, seed in enumerate(own)]
    replies = iter(answered(served, asked))
    return [[drawn_of(next(replies), one, words) for _ in own] for one, own in zip(posed, seeds, strict=True)]


def answered(served: Served, asked: Sequence[Question]) -> list[Reply]:
    """A reply to each. Errors: EncodeError where the server refuses one, as for a prompt that a model cannot take; ServerError."""
    try:
        return served.ask(asked)
    except Refused as error:
        raise EncodeError(str(error)) from error


def drawn_of(reply: Reply, posed: Posed, words: Words) -> Drawn:
    """A reply as a drawn response. Errors: ServerError."""
    same_prompt(reply, posed, words.encoder)
    if reply.ids is None or len(reply.logps) != len(reply.ids):
        told = "none" if reply.ids is None else f"{len(reply.ids)} ids and {len(reply.logps)} log-probabilities"
        both = "`vllm serve` tells both (return_token_ids, logprobs)"
        raise ServerError(f"record {posed.name}: training needs the ids and log-probabilities of what was drawn, and the server tells {told}; {both}")
    ids, logps = list(reply.ids), list(reply.logps)
    if reply.ended and (not ids or ids[-1] not in words.ends):
        ids, logps = [*ids, words.encoder.tokenizer.eos_token_id], [*logps, float("nan")]
    return finish(words.encoder, ids, logps, set(words.ends))


def same_prompt(reply: Reply, posed: Posed, encoder: Encoder) -> None:
    """Errors: ServerError when the server answered another prompt than the trainer reads: then what was drawn says nothing about the policy."""
    own = posed.ids.tolist()
    count = len(own) if reply.prompt is None and reply.prompt_tokens is None else reply.prompt_tokens if reply.prompt is None else len(reply.prompt)
    theirs = own if reply.prompt is None else list(reply.prompt)
    if theirs == own and count == len(own):
        return
    token = encoder.family.token_id
    here, there = own.count(token), theirs.count(token)
    if reply.prompt is not None and here != there:
        advice = "serve the same model directory with its own processor settings"
        why = f"{there} picture placeholders there and {here} here: its processor reads pictures at other sizes, or read them twice; {advice}"
    elif count != len(own):
        why = f"{count} tokens there and {len(own)} here; serve the same model directory, with the same chat template"
    else:
        place = next(place for place, (ours, other) in enumerate(zip(own, theirs, strict=True)) if ours != other)
        around = [encoder.tokenizer.decode(ids[max(0, place - 5) : place + 5]) for ids in (own, theirs)]
        why = f"token {place} differs, {around[1]!r} there and {around[0]!r} here; serve the same model directory, with the same chat template"
    raise ServerError(f"record {posed.name}: the server reads another prompt than the trainer: {why}")


def served_sampler(served: Served, open_: Open, how: Generation) -> Sampler:
    """A sampler of record prompts, as `sample.make_sampler` makes one of a policy: (records, count, seed) -> so many texts for each."""

    def sample(records: Sequence[Record], count: int, seed: int) -> list[list[str]]:
        asked = []
        for record in records:
            turns = shown(messages(record.prompt), [open_(record, media_id) for media_id in media_ids(record)])
            names = [(f"record {record.record_id}, response {number}", stable_seed(seed, record.record_id, number)) for number in range(count)]
            asked += [Question(name, turns, own, how.temperature, how.top_p, how.max_new_tokens) for name, own in names]
        texts = iter([reply.text.strip() for reply in answered(served, asked)])
        return [[next(texts) for _ in range(count)] for _ in records]

    return sample


def scaled(served: Served) -> bool:
    """Whether the server's log-probabilities are those at the sampling temperature: one word is asked for hot and cold, and the likeliest tokens' numbers are compared."""
    turns = [{"role": "user", "content": [{"type": "text", "text": "Hello"}]}]
    hot, cold = (likeliest(served, Question("the trial of log-probabilities", turns, 0, temperature, 1.0, 1)) for temperature in (1.0, 0.2))
    return any(abs(hot[token] - cold[token]) > 1e-3 for token in hot.keys() & cold.keys())


def likeliest(served: Served, question: Question) -> dict[str, float]:
    """Log-probabilities of the likeliest first tokens. Errors: ServerError where the server does not tell them."""
    answer = served.post("/v1/chat/completions", {**question.body(served.model or served.models()[0]), "top_logprobs": 5}, question.name)
    try:
        return {one["token"]: one["logprob"] for one in answer["choices"][0]["logprobs"]["content"][0]["top_logprobs"]}
    except (KeyError, IndexError, TypeError) as error:
        raise ServerError(f"{question.name}: the server {served.url} does not tell log-probabilities of the likeliest tokens: {str(answer)[:300]}") from error
