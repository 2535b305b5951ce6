"""The trained module of a reward model: a policy that computes forests, and a read-out beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from veridical.models.backbone import Backbone
from veridical.models.executors.executor import Executor
from veridical.models.forest import Forest, Inputs
from veridical.models.head import project
from veridical.models.judging.heads import Head
from veridical.models.pictures import Feature
from veridical.models.policy import Policy


@dataclass(frozen=True)
class Heard:
    """For every scored token of a forest, in forest order: its log-probability [N], and what the read-out said before it, [N, H] and [N, 2, L].

    The hidden state that predicts a token is that of the position before it: a score is read at the last token of a
    response by scoring one more token after it.
    """

    logp: Tensor
    scores: Tensor
    latent: Tensor | None = None


class Assessor(nn.Module):
    """A policy with a read-out. It is one module, so that a distributed wrapper sees every use of a parameter in one forward call."""

    def __init__(self, policy: Policy, head: Head) -> None:
        super().__init__()
        self.policy = policy
        self.head = head

    def forward(self, forest: Forest, features: Mapping[str, Feature] | None = None, blank: Inputs | None = None) -> Heard:
        """What is heard of the forest's scored tokens; `features` and `blank` as in `Policy`."""
        hidden = self.policy.stream(forest, features, blank).hidden
        frozen = not any(parameter.requires_grad for parameter in self.backbone.head.parameters())
        found = project(self.backbone.logits, hidden, forest.targets.to(hidden.device), frozen=frozen)
        read = self.head(hidden)
        return entangled(Heard(found.logp, read.scores, read.latent)) if torch.is_grad_enabled() else Heard(found.logp, read.scores, read.latent)

    @property
    def model(self) -> nn.Module:
        """The Hugging Face model."""
        return self.policy.model

    @property
    def backbone(self) -> Backbone:
        """Its pieces."""
        return self.policy.backbone

    @property
    def executor(self) -> Executor:
        """How it computes forests."""
        return self.policy.executor

    @property
    def trains_tower(self) -> bool:
        """Whether anything between pixels and language model has a gradient."""
        return self.policy.trains_tower

    def encode(self, forest: Forest) -> dict[str, Feature]:
        """The forest's pictures through the tower."""
        return self.policy.encode(forest)

    def learn(self) -> None:
        """Training mode, as `Policy.learn`."""
        self.train()
        self.policy.learn()


def entangled(heard: Heard) -> Heard:
    """The same values, each of which depends on every parameter.

    A distributed wrapper waits for the gradient of all that an output may depend on, and a loss may read one output alone.
    """
    nothing = 0 * (heard.logp + heard.scores.sum(-1) + (0 if heard.latent is None else heard.latent.sum((1, 2))))
    return Heard(heard.logp + nothing, heard.scores + nothing[:, None], None if heard.latent is None else heard.latent + nothing[:, None, None])


def on_device(head: Head, policy: Policy) -> Head:
    """The read-out where the policy's projection is, in float32."""
    return head.to(policy.backbone.head.weight.device, torch.float32)
