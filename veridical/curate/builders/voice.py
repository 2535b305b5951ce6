"""A model as builders use it: it speaks, also against a second look at the picture, and says how likely texts are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from veridical.curate.builders.made import looking, twins
from veridical.models.answered import served_sampler
from veridical.models.assemble import Ready, make_policy
from veridical.models.contrast import draw_against
from veridical.models.encoder import EncodeError
from veridical.models.executors.executor import forward
from veridical.models.forest import Forest
from veridical.models.likelihood import forest_of
from veridical.models.pictures import encode as encode_pictures
from veridical.models.pictures import gather
from veridical.models.planting import messages
from veridical.models.policy import evaluating
from veridical.models.sample import Generation, draw, encode
from veridical.models.served import Served
from veridical.models.shown import media_ids, stable_seed
from veridical.recipe import RecipeError
from veridical.records.picture import open_picture
from veridical.records.record import Record

YES, NO = ("yes", "Yes"), ("no", "No")


@dataclass(frozen=True)
class Manner:
    """How something is said."""

    temperature: float = 0.0
    top_p: float = 1.0
    longest: int | None = None
    """Tokens; default: the recipe's."""
    against: float = 0.0
    """With a look at the negatives of the record's pictures: (1 + against) times this look's scores minus `against` times the other's."""
    floor: float = 0.1
    """With `against`: tokens less likely than this share of the likeliest are not said."""


@dataclass
class Voice:
    """Life cycle: one per run; the model is opened when it is first needed."""

    name: str
    open: Callable[[], Ready]
    longest: int = 128
    batch: int = 8
    served: Served | None = None
    """What speaks in the model's place."""

    @classmethod
    def of(cls, model: str, adapter: str | None, generation: Any, server: Any) -> Voice:
        """The model of a recipe."""
        where = f"{model}:{adapter}:" + (f"{server.url}:{server.model}" if server is not None else "")
        return cls(where, lambda: make_policy(model, adapter), generation.max_new_tokens, generation.batch, None if server is None else Served(**server.model_dump()))

    @cached_property
    def ready(self) -> Ready:
        """The opened model."""
        return self.open()

    def say(self, records: Sequence[Record], count: int, seed: int, manner: Manner, begun: Sequence[str]) -> list[list[str] | str]:
        """Texts for each record, or why the model refuses it; one that is refused does not cost the others."""
        try:
            return [list(texts) for texts in self.said(records, count, seed, manner, begun)]
        except EncodeError as error:
            if len(records) == 1:
                return [str(error)]
            return [found for record, words in zip(records, begun, strict=True) for found in self.say([record], count, seed, manner, [words])]

    def said(self, records: Sequence[Record], count: int, seed: int, manner: Manner, begun: Sequence[str]) -> list[list[str]]:
        """Texts for each record; each response's seed is derived from the given one, the record and its number."""
        how = Generation(manner.longest or self.longest, manner.temperature, manner.top_p)
        if self.served is not None:
            if manner.against or any(begun):
                raise RecipeError("a served model cannot be asked to go on with given words, nor against a second picture; name a model directory instead of server")
            return served_sampler(self.served, open_picture, how)(records, count, seed)
        encoder, policy = self.ready.encoder, self.ready.policy
        prompts, inputs = encode(encoder, open_picture, records)
        prompts = [(torch.cat([ids, encoder.tokens(words)]) if words else ids, keys) for (ids, keys), words in zip(prompts, begun, strict=True)]
        seeds = [[stable_seed(seed, record.record_id, number) for number in range(count)] for record in records]
        if not manner.against:
            return [[one.text for one in own] for own in draw(policy, encoder, prompts, inputs, seeds, how)]
        others, more = encode(encoder, open_picture, [looking(record, twins(record)) for record in records])
        return [[one.text for one in own] for own in draw_against(policy, encoder, prompts, others, {**inputs, **more}, seeds, how, manner.against, manner.floor)]

    @torch.no_grad()
    def weigh(self, records: Sequence[Record], texts: Sequence[Sequence[str]]) -> list[list[float]]:
        """Log-probabilities, summed over tokens, of texts as responses."""
        encoder = self.ready.encoder
        branches = [[encoder.response(messages(record.prompt), text, record.record_id) for text in own] for record, own in zip(records, texts, strict=True)]
        return [[float(part.sum()) for part in own] for own in self.logps(records, branches)]

    @torch.no_grad()
    def believe(self, records: Sequence[Record]) -> list[tuple[float, float]]:
        """Probabilities of yes and of no as the next word, in either writing. Source: RLAIF-V, arXiv 2405.17220 (mass of yes + Yes against no + No)."""
        encoder = self.ready.encoder
        firsts = [[int(encoder.response(messages(record.prompt), word, record.record_id)[0]) for word in (*YES, *NO)] for record in records]
        found = self.logps(records, [[torch.tensor([token]) for token in dict.fromkeys(own)] for own in firsts])
        chance = [{token: float(part.exp()) for token, part in zip(dict.fromkeys(own), logps, strict=True)} for own, logps in zip(firsts, found, strict=True)]
        return [(sum(known[token] for token in set(own[: len(YES)])), sum(known[token] for token in set(own[len(YES) :]))) for own, known in zip(firsts, chance, strict=True)]

    @torch.no_grad()
    def attend(self, record: Record, text: str, depth: float = 0.5) -> list[Tensor]:
        """How much the words of a text look at each picture's tokens: shares [tokens] for each picture, which add up to 1 over all of them.

        Mean over heads and words at the layer `depth` of the way up. Source: MIA-DPO, arXiv 2410.17637 (layer 16 of 32).
        """
        encoder, backbone = self.ready.encoder, self.ready.policy.backbone
        ((ids, keys),), inputs = encode(encoder, open_picture, [record])
        said = encoder.response(messages(record.prompt), text, record.record_id)
        row, usual = torch.cat([ids, said])[None], backbone.text_config._attn_implementation
        with evaluating(self.ready.policy), attention_of(backbone.model, "eager", usual):
            features = encode_pictures(backbone, Forest((), inputs).to(backbone.device).pictures)
            found = forward(backbone, input_ids=row, attention_mask=torch.ones_like(row), mm_token_type_ids=backbone.placeholders(row).int(), mm_encoder_outputs=gather(features, list(keys)), use_cache=False, output_attentions=True)
        layers = found.attentions
        looks = layers[min(len(layers) - 1, int(depth * len(layers)))][0].float().mean(0)[len(ids) :].mean(0).cpu()
        places = backbone.placeholders(ids)
        shares = looks[: len(ids)][places] / looks[: len(ids)][places].sum()
        sizes = [int((encoder.tokens(words) == encoder.family.token_id).sum()) for words in encoder.pictures([open_picture(record, name) for name in media_ids(record)], list(keys))[1]]
        return list(torch.split(shares, sizes))

    def logps(self, records: Sequence[Record], branches: Sequence[Sequence[Tensor]]) -> list[list[Tensor]]:
        """Log-probabilities of the tokens of each branch."""
        policy = self.ready.policy
        prompts, inputs = encode(self.ready.encoder, open_picture, records)
        forest = forest_of(prompts, branches, inputs).to(policy.backbone.device)
        with evaluating(policy):
            return [own[1:] for own in forest.split(policy(forest).logp)]


@contextmanager
def attention_of(model: Any, kind: str, usual: str) -> Iterator[None]:
    """The model with another implementation of attention inside the block."""
    model.set_attn_implementation(kind)
    try:
        yield
    finally:
        model.set_attn_implementation(usual)
