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


def token_logp(scores: Tensor, target: Tensor) -> Tensor:
    """Natural log-probability of `target` under softmax of `scores`: z_target - log sum exp z. Shapes [n, V], [n] -> [n]."""
    return scores.gather(-1, target[:, None])[:, 0] - scores.logsumexp(-1)


def entropy(scores: Tensor) -> Tensor:
    """Entropy of the next-token distribution in nats: -sum p log p. Shape [n, V] -> [n]."""
    logp = scores.log_softmax(-1)
    return -(logp.exp() * logp).sum(-1)


def kl_from_reference(scores: Tensor, reference: Tensor) -> Tensor:
    """KL(reference || policy) at each position in nats: sum q (log q - log p), q the reference. Shapes [n, V] -> [n]."""
    ours, theirs = scores.log_softmax(-1), reference.log_softmax(-1)
    return (theirs.exp() * (theirs - ours)).sum(-1)


SINGLE: dict[str, Callable[[Tensor], Tensor]] = {"entropy": entropy}
"""Outputs that need the policy's stream alone."""

PAIRED: dict[str, Callable[[Tensor, Tensor], Tensor]] = {"kl": kl_from_reference}
"""Outputs that need the policy's and the reference's stream, aligned token by token."""


def project(
    logits: Logits,
    hidden: Tensor,
    targets: Tensor,
    requests: Sequence[str] = (),
    reference: tuple[Logits, Tensor] | None = None,
    frozen: bool = False,
    chunk: int | None = None,
) -> Projected:
    """Log-probabilities of `targets` [N] given `hidden` [N, D], and every requested output.

    `reference` is a second stream (its own head and hidden states [N, D]); requests in `PAIRED` need it. `frozen` says
    that the head has no trainable parameter, which allows the faster backward pass.

    Errors: ValueError for an unknown request, or one whose stream is missing.
    """
    unknown = [name for name in requests if name not in SINGLE and name not in PAIRED]
    if unknown:
        raise ValueError(f"unknown output {unknown[0]!r}; there are {sorted([*SINGLE, *PAIRED])}")
    if reference is None and (needing := [name for name in requests if name in PAIRED]):
        raise ValueError(f"output {needing[0]!r} compares with the reference's distribution; a cache of log-probabilities cannot give it")
    if len(targets) == 0:
        return Projected(hidden.sum(-1).float(), {name: hidden.sum(-1).float() for name in requests})
    if frozen and not requests and hidden.requires_grad and torch.is_grad_enabled():
        return Projected(FrozenHead.apply(hidden, targets, logits, rows_of_chunk(logits, hidden, chunk)))
    parts = []
    size = rows_of_chunk(logits, hidden, chunk)
    for start in range(0, len(targets), size):
        here = slice(start, start + size)
        other = None if reference is None else reference[1][here].detach()
        parts.append(checkpoint(read, logits, hidden[here], targets[here], tuple(requests), reference and reference[0], other, use_reentrant=False))
    joined = [torch.cat(column) for column in zip(*parts, strict=True)]
    return Projected(joined[0], dict(zip(requests, joined[1:], strict=True)))


def read(
    logits: Logits, hidden: Tensor, targets: Tensor, requests: tuple[str, ...], reference: Logits | None, other: Tensor | None
) -> tuple[Tensor, ...]:
    """One chunk: log-probability of the targets, then the requested outputs."""
    scores = logits(hidden)
    with torch.no_grad():
        theirs = None if other is None or not set(requests) & set(PAIRED) else reference(other)
    return (token_logp(scores, targets), *(SINGLE[name](scores) if name in SINGLE else PAIRED[name](scores, theirs) for name in requests))


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
