"""What every executor needs from a Hugging Face model, found once and by structure, not by name."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from veridical.models.forest import Inputs


ENCODER_DECODER = "encoder-decoder: the prompt and the response are read by different networks, not as one sequence"


class Unsupported(Exception):
    """This model (or executor on this model) cannot compute a forest; the message says why."""


@dataclass(frozen=True)
class Backbone:
    """A causal vision-language model taken apart: the tower's entry, the language model, and the vocabulary projection."""

    model: nn.Module
    """The Hugging Face model with its head (adapters, if any, injected)."""
    inner: nn.Module
    """`model` without the head: token ids and picture features to hidden states."""
    head: nn.Module
    accepts: frozenset[str]
    """Names of the arguments of `inner.forward`."""
    image_token: int | None
    softcap: float | None
    scale: float

    @property
    def text_config(self) -> Any:
        """Configuration of the language model."""
        return self.model.config.get_text_config()

    @property
    def device(self) -> torch.device:
        """Where the language model's inputs belong."""
        return self.model.get_input_embeddings().weight.device

    def logits(self, hidden: Tensor) -> Tensor:
        """Vocabulary scores, in float32 at least, shape [..., vocabulary], as the model's own forward computes them."""
        scores = self.head(hidden.to(self.head.weight.dtype))
        scores = (scores if scores.dtype == torch.float64 else scores.float()) * self.scale
        return scores if self.softcap is None else torch.tanh(scores / self.softcap) * self.softcap

    def placeholders(self, ids: Tensor) -> Tensor:
        """True where a picture's feature stands."""
        return ids == self.image_token if self.image_token is not None else torch.zeros_like(ids, dtype=torch.bool)


def take_apart(model: nn.Module) -> Backbone:
    """The model's pieces. Unsupported, with the reason, for encoder-decoder models and unknown layouts."""
    config = model.config
    if getattr(config, "is_encoder_decoder", False):
        raise Unsupported(ENCODER_DECODER)
    inner, head = getattr(model, "model", None), model.get_output_embeddings()
    if inner is None or head is None or not hasattr(inner, "get_image_features"):
        raise Unsupported("no `model.get_image_features` beside an output embedding: pictures enter in a way this layout does not know")
    scale, softcap = scoring(model)
    return Backbone(
        model=model,
        inner=inner,
        head=head,
        accepts=frozenset(inspect.signature(inner.forward).parameters),
        image_token=image_token(config),
        softcap=softcap,
        scale=scale,
    )


def scoring(model: nn.Module) -> tuple[float, float | None]:
    """What the model's forward does with the vocabulary scores: a factor on them, and the value at which they are softly capped.

    Configurations have these fields whether or not the model's class uses them, and classes multiply or divide by the
    same field; so the source of the class is read. What this misses, the proof sees.
    """
    source = inspect.getsource(inspect.unwrap(type(model).forward))
    text, scale = model.config.get_text_config(), 1.0
    for name in ("logit_scale", "logits_scaling"):
        if (operation := re.search(rf"([*/])=? *[\w.]*{name}", source)) and getattr(text, name, None):
            scale = scale * getattr(text, name) if operation[1] == "*" else scale / getattr(text, name)
    return scale, getattr(text, "final_logit_softcapping", None) if "final_logit_softcapping" in source else None


def image_token(config: Any) -> int | None:
    """Id of the placeholder token, under the two names that configurations use."""
    for name in ("image_token_id", "image_token_index"):
        if (value := getattr(config, name, None)) is not None:
            return int(value)
    return None


MEDIA = ("image_token_id", "image_token_index", "video_token_id", "video_token_index", "audio_token_id", "audio_token_index", "vision_start_token_id", "boi_token_id", "boi_token_index")
"""Names under which configurations keep the ids of tokens that stand for media or begin them."""


def media_tokens(config: Any) -> tuple[int, ...]:
    """Ids that stand for media: never a word, in a text or in a response."""
    found = {getattr(config, name, None) for name in MEDIA}
    return tuple(sorted(token for token in found if isinstance(token, int) and token >= 0))


def chosen_arguments(function: Callable[..., Any], offered: Mapping[str, Any]) -> dict[str, Any]:
    """Those of `offered` that `function` names."""
    names = inspect.signature(inspect.unwrap(function)).parameters
    return {name: value for name, value in offered.items() if name in names}


def join(pictures: Sequence[Inputs]) -> dict[str, Tensor]:
    """Pixel inputs of several pictures as one batch, along their leading axis; unequal shapes are padded with zeros.

    Errors: ValueError when one picture has an input that another has not.
    """
    joined: dict[str, Tensor] = {}
    if apart := set().union(*pictures) - set.intersection(*(set(inputs) for inputs in pictures)):
        raise ValueError(f"{min(apart)} was made of some pictures and not of others, so they make no batch")
    for name in pictures[0]:
        values = [inputs[name] for inputs in pictures]
        if len({value.shape[1:] for value in values}) > 1:
            shape = [max(value.shape[axis] for value in values) for axis in range(1, values[0].dim())]
            values = [nn.functional.pad(value, padding(value.shape[1:], shape)) for value in values]
        joined[name] = torch.cat(values)
    return joined


def padding(small: Sequence[int], large: Sequence[int]) -> list[int]:
    """`torch.nn.functional.pad` arguments that grow all axes but the first from `small` to `large`."""
    return [amount for had, wanted in zip(reversed(small), reversed(large), strict=True) for amount in (0, wanted - had)]
