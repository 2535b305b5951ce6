"""A Hugging Face model that turns a forest into log-probabilities."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from veridical.models.backbone import Backbone, take_apart
from veridical.models.executors.executor import Executor
from veridical.models.forest import Forest, Inputs
from veridical.models.head import Logits, Projected, project
from veridical.models.pictures import Feature, encode, leaves


@dataclass(frozen=True)
class Stream:
    """Hidden states of one model for a forest, with the projection that belongs to them; N scored tokens in forest order."""

    hidden: Tensor
    backbone: Backbone


class Policy(nn.Module):
    """The model that is trained (or a frozen one), with the executor that computes its forests.

    Calling it gives log-probabilities in forest order. It is one module, so that a distributed wrapper sees every use of
    a parameter in one forward call.
    """

    def __init__(self, model: nn.Module, executor: Executor) -> None:
        super().__init__()
        self.model = model
        self.executor = executor
        self.backbone = take_apart(plain_model(model))
        self.valued: nn.Linear | None = None
        self.weaves: bool | None = None
        """Whether responses may grow beside each other in one row; not known yet (`models.growing`)."""

    def value_tokens(self) -> nn.Linear:
        """Give the policy a head that says one number per token ("value" among the outputs); it starts at zero."""
        weight = self.backbone.head.weight
        self.valued = nn.Linear(weight.shape[1], 1).to(weight.device)
        nn.init.zeros_(self.valued.weight)
        nn.init.zeros_(self.valued.bias)
        return self.valued

    def forward(
        self,
        forest: Forest,
        requests: Sequence[str] = (),
        reference: Stream | None = None,
        features: Mapping[str, Feature] | None = None,
        blank: Inputs | None = None,
        twins: Tensor | None = None,
        temperature: float = 1.0,
    ) -> Projected:
        """Log-probabilities [N] and requested outputs of the forest's scored tokens.

        `features` are pictures already encoded (by a frozen tower); `blank` is a picture that touches a trainable tower
        with weight zero when the forest has none, so that sharded training never waits for a missing gradient; `twins`
        [N] says where requests for other tokens find them (`models.head`). Scores are divided by `temperature`, the
        reference's too. The output "value" is the head's of `value_tokens`.
        """
        stream = self.stream(forest, features, blank)
        found = project(
            tempered(self.backbone.logits, temperature),
            stream.hidden,
            forest.targets.to(stream.hidden.device),
            [name for name in requests if name != "value"],
            None if reference is None else (tempered(reference.backbone.logits, temperature), reference.hidden),
            frozen=not any(parameter.requires_grad for parameter in self.backbone.head.parameters()),
            twins=twins,
        )
        if self.valued is not None and "value" in requests:
            found.outputs["value"] = self.valued(stream.hidden.to(self.valued.weight.dtype))[:, 0]
        return found

    def stream(self, forest: Forest, features: Mapping[str, Feature] | None = None, blank: Inputs | None = None) -> Stream:
        """Hidden states of the predicting positions, shape [N, width]."""
        if features is None:
            features = self.encode(forest)
        hidden = self.executor.run(self.backbone, forest, features)
        if blank is not None and not forest.pictures and self.trains_tower and torch.is_grad_enabled():
            hidden = hidden + 0 * sum(tensor.sum() for tensor in leaves(encode(self.backbone, {"blank": blank})))
        return Stream(hidden, self.backbone)

    def encode(self, forest: Forest) -> dict[str, Feature]:
        """The forest's pictures through the tower, without gradient when nothing on the way trains."""
        with nullcontext() if self.trains_tower else torch.no_grad():
            return encode(self.backbone, forest.pictures)

    @property
    def trains_tower(self) -> bool:
        """Whether anything between pixels and language model has a gradient."""
        language = {id(parameter) for parameter in language_model(self.backbone).parameters()}
        language |= {id(parameter) for parameter in self.backbone.head.parameters()}
        return any(parameter.requires_grad and id(parameter) not in language for parameter in self.model.parameters())

    def learn(self) -> None:
        """Training mode; a tower that is frozen stays without dropout, so that its features can be shared."""
        self.train()
        if not self.trains_tower:
            language = language_model(self.backbone)
            for part in self.backbone.inner.children():
                if language not in part.modules():
                    part.eval()


def tempered(logits: Logits, temperature: float) -> Logits:
    """Scores divided by a sampling temperature."""
    return logits if temperature == 1 else lambda hidden: logits(hidden) / temperature


@contextmanager
def evaluating(module: nn.Module) -> Iterator[None]:
    """Without dropout inside the block; afterwards every submodule is in the mode that it was in."""
    trained = [part for part in module.modules() if part.training]
    module.eval()
    try:
        yield
    finally:
        for part in trained:
            part.training = True


def plain_model(model: nn.Module) -> nn.Module:
    """The Hugging Face model inside an adapter wrapper; adapters stay injected in its layers."""
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def language_model(backbone: Backbone) -> nn.Module:
    """The text decoder."""
    for name in ("language_model", "text_model"):
        if isinstance(found := getattr(backbone.inner, name, None), nn.Module):
            return found
    return backbone.inner.get_decoder()
