"""Hidden states to log-probabilities, without the full logits ever existing.

N scored tokens, D width, V vocabulary. The projection runs only for scored tokens, in chunks of at most `CHUNK`
scores; what backward needs is computed in forward (frozen head) or computed again in backward (trainable head).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

CHUNK = 2**24
"""Scores held at once: 64 MiB in float32."""

Logits = Callable[[Tensor], Tensor]
"""Hidden states [n, D] to scores [n, V] in float32."""


@dataclass(frozen=True)
class Projected:
    """What was read off the vocabulary for each scored token: `logp` and the requested outputs, each of shape [N]."""

    logp: Tensor
    outputs: dict[str, Tensor] = field(default_factory=dict)


@dataclass(frozen=True)
class Chunk:
    """Scores over the vocabulary for some positions: the policy's [n, V], the reference's, the written tokens [n], and other tokens [n] to score in their place."""

    scores: Tensor
    reference: Tensor | None
    targets: Tensor
    others: Tensor | None


def token_logp(scores: Tensor, target: Tensor) -> Tensor:
    """Natural log-probability of `target` under softmax of `scores`: z_target - log sum exp z. Shapes [n, V], [n] -> [n]."""
    return scores.gather(-1, target[:, None])[:, 0] - scores.logsumexp(-1)


def entropy(scores: Tensor) -> Tensor:
    """Entropy of the next-token distribution in nats: -sum p log p. Shape [n, V] -> [n]."""
    logp = scores.log_softmax(-1)
    return -(logp.exp() * logp).sum(-1)


def collision(scores: Tensor) -> Tensor:
    """log sum_v p(v)²: how likely two draws would be the same token, in nats. Shape [n, V] -> [n]."""
    return (2 * scores).logsumexp(-1) - 2 * scores.logsumexp(-1)


def runner_up(scores: Tensor, target: Tensor) -> Tensor:
    """max over v != target of log p(v). Shapes [n, V], [n] -> [n]."""
    return scores.scatter(-1, target[:, None], -torch.inf).amax(-1) - scores.logsumexp(-1)


def kl_from_reference(scores: Tensor, reference: Tensor) -> Tensor:
    """KL(reference || policy) at each position in nats: sum q (log q - log p), q the reference. Shapes [n, V] -> [n]."""
    ours, theirs = scores.log_softmax(-1), reference.log_softmax(-1)
    return (theirs.exp() * (theirs - ours)).sum(-1)


def kl_to_reference(scores: Tensor, reference: Tensor) -> Tensor:
    """KL(policy || reference) at each position in nats: sum p (log p - log q), q the reference. Shapes [n, V] -> [n]."""
    return kl_from_reference(reference, scores)


@dataclass(frozen=True)
class Output:
    """A number per position that a term may request, and what it needs beside the policy's scores."""

    read: Callable[[Chunk], Tensor]
    reference: bool = False
    """Reads the reference's scores."""
    others: bool = False
    """Reads the policy's likeliest tokens at each position's twin."""


OUTPUTS: dict[str, Output] = {
    "entropy": Output(lambda chunk: entropy(chunk.scores)),
    "collision": Output(lambda chunk: collision(chunk.scores)),
    "logit": Output(lambda chunk: chunk.scores.gather(-1, chunk.targets[:, None])[:, 0]),
    "runner_up": Output(lambda chunk: runner_up(chunk.scores, chunk.targets)),
    "own_words": Output(lambda chunk: token_logp(chunk.scores, chunk.others), others=True),
    "kl": Output(lambda chunk: kl_from_reference(chunk.scores, chunk.reference), reference=True),
    "reverse_kl": Output(lambda chunk: kl_to_reference(chunk.scores, chunk.reference), reference=True),
    "reference_logit": Output(lambda chunk: chunk.reference.gather(-1, chunk.targets[:, None])[:, 0], reference=True),
    "reference_runner_up": Output(lambda chunk: runner_up(chunk.reference, chunk.targets), reference=True),
    "reference_own_words": Output(lambda chunk: token_logp(chunk.reference, chunk.others), reference=True, others=True),
}
"""Every output by name."""


def wants_reference(requests: Sequence[str]) -> bool:
    """Whether some request reads the reference's distribution."""
    return any(OUTPUTS[name].reference for name in requests if name in OUTPUTS)


def project(
    logits: Logits,
    hidden: Tensor,
    targets: Tensor,
    requests: Sequence[str] = (),
    reference: tuple[Logits, Tensor] | None = None,
    frozen: bool = False,
    chunk: int | None = None,
    twins: Tensor | None = None,
) -> Projected:
    """Log-probabilities of `targets` [N] given `hidden` [N, D], and every requested output.

    `reference` is a second stream (its own head and hidden states [N, D]) for requests that read it. `twins` [N] says at
    which position the likeliest token is looked up for requests that score other tokens. `frozen` says that the head has
    no trainable parameter, which allows the faster backward pass.

    Errors: ValueError for an unknown request, or one whose stream is missing.
    """
    check_requests(requests, reference is not None)
    if len(targets) == 0:
        return Projected(hidden.sum(-1).float(), {name: hidden.sum(-1).float() for name in requests})
    if frozen and not requests and hidden.requires_grad and torch.is_grad_enabled():
        return Projected(FrozenHead.apply(hidden, targets, logits, rows_of_chunk(logits, hidden, chunk)))
    parts = []
    size = rows_of_chunk(logits, hidden, chunk)
    others = likeliest(logits, hidden, size)[twins] if twins is not None and any(OUTPUTS[name].others for name in requests) else None
    for start in range(0, len(targets), size):
        here = slice(start, start + size)
        theirs = None if reference is None else reference[1][here].detach()
        other = None if others is None else others[here]
        parts.append(checkpoint(read, logits, hidden[here], targets[here], tuple(requests), reference and reference[0], theirs, other, use_reentrant=False))
    joined = [torch.cat(column) for column in zip(*parts, strict=True)]
    return Projected(joined[0], dict(zip(requests, joined[1:], strict=True)))


def check_requests(requests: Sequence[str], has_reference: bool) -> None:
    """Errors: ValueError for an unknown request, or one whose stream is missing."""
    unknown = [name for name in requests if name not in OUTPUTS]
    if unknown:
        raise ValueError(f"unknown output {unknown[0]!r}; there are {sorted(OUTPUTS)}")
    if not has_reference and (needing := [name for name in requests if OUTPUTS[name].reference]):
        raise ValueError(f"output {needing[0]!r} compares with the reference's distribution; a cache of log-probabilities cannot give it")


@torch.no_grad()
def likeliest(logits: Logits, hidden: Tensor, rows: int) -> Tensor:
    """The likeliest token at each position, [N]."""
    return torch.cat([logits(part).argmax(-1) for part in hidden.detach().split(rows)])


def read(
    logits: Logits, hidden: Tensor, targets: Tensor, requests: tuple[str, ...], reference: Logits | None, theirs: Tensor | None, others: Tensor | None
) -> tuple[Tensor, ...]:
    """One chunk: log-probability of the targets, then the requested outputs."""
    scores = logits(hidden)
    with torch.no_grad():
        known = None if theirs is None or not wants_reference(requests) else reference(theirs)
    found = Chunk(scores, known, targets, others)
    return (token_logp(scores, targets), *(OUTPUTS[name].read(found) for name in requests))


def rows_of_chunk(logits: Logits, hidden: Tensor, chunk: int | None) -> int:
    """How many tokens are projected at once."""
    with torch.no_grad():
        vocabulary = logits(hidden[:1]).shape[-1]
    return max(1, (chunk or CHUNK) // vocabulary)


class FrozenHead(torch.autograd.Function):
    """Log-probabilities whose gradient with respect to the hidden states is made in the forward pass.

    Each token's log-probability depends on its own hidden state only, so d logp_i / d hidden_i is one vector whatever
    comes later, and backward is a product: two passes over the vocabulary instead of three.
    """

    @staticmethod
    def forward(ctx, hidden: Tensor, targets: Tensor, logits: Logits, rows: int) -> Tensor:  # noqa: D102
        values, slopes = [], []
        for start in range(0, len(targets), rows):
            with torch.enable_grad():
                part = hidden[start : start + rows].detach().requires_grad_()
                logp = token_logp(logits(part), targets[start : start + rows])
                (slope,) = torch.autograd.grad(logp.sum(), part)
            values.append(logp.detach())
            slopes.append(slope)
        ctx.save_for_backward(torch.cat(slopes))
        return torch.cat(values)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None, None, None]:  # noqa: D102
        (slopes,) = ctx.saved_tensors
        return (slopes * gradient[:, None].to(slopes.dtype), None, None, None)
