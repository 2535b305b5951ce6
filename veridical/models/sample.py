"""Responses from a policy: each prefix runs once for all its responses, and each response has a seed of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from veridical.models.backbone import Backbone, media_tokens
from veridical.models.encoder import Encoder, picture_key
from veridical.models.forest import Inputs
from veridical.models.growing import Growing, growing
from veridical.models.pictures import Feature
from veridical.models.policy import Policy, evaluating
from veridical.models.planting import messages
from veridical.models.shown import Open, media_ids, stable_seed
from veridical.records.record import Record


@dataclass(frozen=True)
class Generation:
    """How responses are drawn. Temperature 0 takes the likeliest token."""

    max_new_tokens: int = 128
    temperature: float = 0.0
    top_p: float = 1.0
    batch: int = 16
    """Prompts at a time."""


@dataclass(frozen=True)
class Drawn:
    """One response: its token ids without the end token, its text, and log-probabilities under the sampling policy at its temperature, the end token's included."""

    ids: Tensor
    text: str
    logp: Tensor
    end: int | None
    """The token that ended it; None for one that was cut off."""

    @property
    def ended(self) -> bool:
        """Whether it ended by itself."""
        return self.end is not None

    @property
    def tokens(self) -> Tensor:
        """Everything that was drawn, the end token included."""
        return self.ids if self.end is None else torch.cat([self.ids, self.ids.new_tensor([self.end])])


@torch.no_grad()
def draw(policy: Policy, encoder: Encoder, prompts: Sequence[tuple[Tensor, tuple[str, ...]]], inputs: Mapping[str, Inputs], seeds: Sequence[Sequence[int]], how: Generation, features: Mapping[str, Feature] | None = None) -> list[list[Drawn]]:
    """For each prompt (ids, picture keys) one response per seed.

    The prefix is computed once for all its responses (`growing`); for a policy that proved itself only by `plain`,
    everything is computed anew for every token. Picture placeholders can never be drawn. `features` are pictures already
    encoded.
    """
    with evaluating(policy):
        grown = growing(policy, prompts, inputs, [len(own) for own in seeds], features)
        rows = iter(decode(grown, policy.backbone, encoder, [seed for own in seeds for seed in own], how))
    return [[next(rows) for _ in own] for own in seeds]


def decode(grown: Growing, backbone: Backbone, encoder: Encoder, seeds: Sequence[int], how: Generation) -> list[Drawn]:
    """One token at a time for every response until all have ended."""
    draws = [torch.Generator().manual_seed(seed) for seed in seeds]
    ends, banned = end_tokens(backbone, encoder), banned_tokens(backbone)
    tokens: list[list[int]] = [[] for _ in draws]
    logps: list[list[float]] = [[] for _ in draws]
    alive = list(range(len(draws)))
    for step in range(how.max_new_tokens):
        chosen, logp = choose(grown.scores, draws, alive, banned, how)
        for row, token, value in zip(alive, chosen.tolist(), logp.tolist(), strict=True):
            tokens[row].append(token)
            logps[row].append(value)
        keep = [place for place, row in enumerate(alive) if tokens[row][-1] not in ends]
        if not keep or step + 1 == how.max_new_tokens:
            break
        alive = [alive[place] for place in keep]
        grown.grow(keep, chosen[keep])
    return [finish(encoder, ids, values, ends) for ids, values in zip(tokens, logps, strict=True)]


def choose(scores: Tensor, draws: Sequence[torch.Generator], alive: Sequence[int], banned: Tensor, how: Generation) -> tuple[Tensor, Tensor]:
    """One token per row and its log-probability under the policy, at the sampling temperature (at 1 where the likeliest is taken)."""
    logp = (scores.float() / (how.temperature or 1.0)).log_softmax(-1).cpu()
    allowed = logp.index_fill(-1, banned, float("-inf"))
    if how.temperature == 0:
        chosen = allowed.argmax(-1)
    else:
        weights = nucleus(allowed.softmax(-1), how.top_p)
        chosen = torch.stack([torch.multinomial(weights[place], 1, generator=draws[row])[0] for place, row in enumerate(alive)])
    return chosen, logp.gather(-1, chosen[:, None])[:, 0]


def nucleus(weights: Tensor, top_p: float) -> Tensor:
    """The smallest set of likeliest tokens with total probability `top_p`; the rest is set to zero. Shape [rows, V]."""
    if top_p >= 1:
        return weights
    ordered, places = weights.sort(-1, descending=True)
    ordered = ordered.masked_fill(ordered.cumsum(-1) - ordered >= top_p, 0)
    return torch.zeros_like(weights).scatter(-1, places, ordered)


def end_tokens(backbone: Backbone, encoder: Encoder) -> set[int]:
    """Ids that end a response: the generation settings', the tokenizer's, and what the chat template writes after an answer."""
    settings = getattr(backbone.model, "generation_config", None)
    listed = getattr(settings, "eos_token_id", None) or []
    ids = set(listed if isinstance(listed, (list, tuple)) else [listed])
    after = encoder.tokens(encoder.ending([{"role": "user", "content": [{"type": "text", "text": "a"}]}]))
    return {int(token) for token in [*ids, encoder.tokenizer.eos_token_id, *after[-1:]] if token is not None}


def banned_tokens(backbone: Backbone) -> Tensor:
    """Ids that stand for media and are never a word."""
    size = backbone.head.weight.shape[0]
    return torch.tensor([token for token in media_tokens(backbone.model.config) if token < size], dtype=torch.long)


def finish(encoder: Encoder, ids: list[int], logps: list[float], ends: set[int]) -> Drawn:
    """A drawn response without its end token."""
    end = ids[-1] if ids and ids[-1] in ends else None
    words = ids if end is None else ids[:-1]
    return Drawn(torch.tensor(words, dtype=torch.long), encoder.tokenizer.decode(words, skip_special_tokens=True).strip(), torch.tensor(logps), end)


Sampler = Callable[[Sequence[Record], int, int], list[list[str]]]


def make_sampler(policy: Policy, encoder: Encoder, open_: Open, how: Generation) -> Sampler:
    """A sampler of record prompts: (records, count, seed) -> that many responses for each.

    Each response's seed is derived from the given one, the record and its number, so neither batching nor the other
    records change it.
    """

    def sample(records: Sequence[Record], count: int, seed: int) -> list[list[str]]:
        texts: list[list[str]] = []
        for start in range(0, len(records), how.batch):
            part = records[start : start + how.batch]
            prompts, inputs = encode(encoder, open_, part)
            seeds = [[stable_seed(seed, record.record_id, number) for number in range(count)] for record in part]
            texts += [[drawn.text for drawn in row] for row in draw(policy, encoder, prompts, inputs, seeds, how)]
        return texts

    return sample


def make_responder(policy: Policy, encoder: Encoder, open_: Open, how: Generation) -> Callable[[Sequence[Record]], list[str]]:
    """One response per record."""
    sample = make_sampler(policy, encoder, open_, how)
    return lambda records: [row[0] for row in sample(records, 1, 0)]


def encode(encoder: Encoder, open_: Open, records: Sequence[Record]) -> tuple[list[tuple[Tensor, tuple[str, ...]]], dict[str, Inputs]]:
    """Prompts of records as ids and picture keys, with the pixel inputs."""
    prompts, inputs = [], {}
    for record in records:
        pictures = [open_(record, media_id) for media_id in media_ids(record)]
        piece = encoder.prompt(messages(record.prompt), pictures, [picture_key(picture) for picture in pictures], record.record_id)
        prompts.append((piece.ids, piece.pictures))
        inputs |= piece.inputs
    return prompts, inputs
