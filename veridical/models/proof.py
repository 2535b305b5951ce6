"""A policy proves itself: the executor is compared with the model's own forward pass before it is trusted.

No list of model names decides. A batch with three branches of uneven length (a one-branch proof passes a model that
leaks between branches) is computed by the stock forward pass, one row at a time with full logits, and by the executor;
log-probabilities and gradients must agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers import DynamicCache

from veridical.models.backbone import Backbone, Unsupported, chosen_arguments, join, take_apart
from veridical.models.executors import EXECUTORS
from veridical.models.executors.executor import Executor
from veridical.models.forest import Forest, Row
from veridical.models.head import project, token_logp
from veridical.models.pictures import encode
from veridical.models.policy import evaluating, plain_model

LOGP_TOLERANCE = 1e-5
GRADIENT_TOLERANCE = 1e-4
HALF_PRECISION = 2e3
"""Factor on both tolerances for bfloat16 and float16: 2**-8 against 2**-24 is 65536, of which rounding noise uses little."""
NOISE = 3.0
"""An executor may be so many times as far from the stock forward pass as one row per path is, which computes the same products in the
same order and differs by rounding alone. How far that is depends on how large a model's scores are."""
MOST_NOISE = (1e-3, 1e-2)
"""And no farther than this in float32, in nats and in shares of a gradient's largest entry."""
MOST_NOISE_HALF = (0.5, 1.0)
"""The same in half precision: what leaks between branches is a matter of nats."""
RECURRENT = 10.0
"""Factor for models with recurrent layers: their decays are added up over up to 64 tokens before they are taken apart, from another
first token in each executor, and float32 rounds such sums at 1e-4. A leak is a thousand times larger."""


class ForwardFails(Unsupported):
    """The model's own forward pass raises an error."""


@dataclass(frozen=True)
class Proof:
    """How far an executor is from the stock forward pass."""

    executor: str
    logp: float
    """Largest difference of a log-probability, in nats."""
    gradient: float
    """Largest difference of a gradient entry over the tensor's largest entry, over all tensors."""
    passed: bool
    reason: str = ""

    @property
    def line(self) -> str:
        """One sentence for the log."""
        if self.reason:
            return f"{self.executor}: not usable ({self.reason})"
        verdict = "agrees" if self.passed else "DISAGREES"
        return f"{self.executor}: {verdict} with the stock forward pass (log-probabilities {self.logp:.1e}, gradients {self.gradient:.1e})"


def prove(model: nn.Module, forest: Forest, executors: Iterable[str] = tuple(EXECUTORS), gradients: bool = True, every: bool = False) -> list[Proof]:
    """Proofs of the named executors in that order, up to the first that passes; of all with `every`.

    `forest` should have at least one tree with three branches of uneven length. Errors: ForwardFails when not even the stock
    forward pass can be run, Unsupported when the model does not generate from left to right.
    """
    backbone = take_apart(plain_model(model))
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad] if gradients else []
    weights = torch.linspace(-1, 1, len(forest.targets), device=backbone.device)
    with evaluating(model):
        expected = measure(run_stock(backbone, forest), weights, trainable)
        allowed = tolerances(backbone, forest, weights, trainable, expected)
        look_ahead(backbone, forest, allowed[0])
        proofs = []
        for name in executors:
            proofs.append(attempt(backbone, forest, EXECUTORS[name], weights, trainable, expected, allowed))
            if proofs[-1].passed and not every:
                break
        return proofs


def attempt(
    backbone: Backbone, forest: Forest, executor: Executor, weights: Tensor, trainable: list[nn.Parameter], expected: tuple[Tensor, list[Tensor]],
    allowed: tuple[float, float] | None = None,
) -> Proof:
    """One executor against what is expected; any error is a failed proof with its reason. `allowed` are other tolerances than the precision's own."""
    try:
        features = encode(backbone, forest.pictures)
        hidden = executor.run(backbone, forest, features)
        logp = project(backbone.logits, hidden, forest.targets.to(hidden.device)).logp
        got = measure(logp, weights, trainable)
    except Unsupported as error:
        return Proof(executor.name, float("nan"), float("nan"), False, str(error))
    except Exception as error:  # noqa: BLE001 - a foreign model may fail in any way; the next executor is tried and the reason kept
        return Proof(executor.name, float("nan"), float("nan"), False, told(error))
    most, steepest = allowed or (LOGP_TOLERANCE * leeway(backbone), GRADIENT_TOLERANCE * leeway(backbone))
    apart, slopes = difference(got[0], expected[0]), relative(got[1], expected[1])
    return Proof(executor.name, apart, slopes, apart <= most and slopes <= steepest)


def tolerances(backbone: Backbone, forest: Forest, weights: Tensor, trainable: list[nn.Parameter], expected: tuple[Tensor, list[Tensor]]) -> tuple[float, float]:
    """How far an executor may be from the stock forward pass, in log-probabilities and in gradients; rounding is measured first."""
    least = (LOGP_TOLERANCE * leeway(backbone), GRADIENT_TOLERANCE * leeway(backbone))
    most = MOST_NOISE if backbone.head.weight.dtype == torch.float32 else MOST_NOISE_HALF
    plain = attempt(backbone, forest, EXECUTORS["plain"], weights, trainable, expected)
    if plain.reason:
        return least
    measured = (min(NOISE * plain.logp, most[0]), min(NOISE * plain.gradient, most[1]))
    return max(least[0], measured[0]), max(least[1], measured[1])


def leeway(backbone: Backbone) -> float:
    """Factor on the tolerances that the model's precision and its layers ask for."""
    recurrent = any(hasattr(layer, "update_recurrent_state") for layer in DynamicCache(config=backbone.model.config).layers)
    return (HALF_PRECISION if backbone.head.weight.dtype in (torch.bfloat16, torch.float16) else 1.0) * (RECURRENT if recurrent else 1.0)


def run_stock(backbone: Backbone, forest: Forest) -> Tensor:
    """See `stock`. ForwardFails, with the reason, where it raises an error."""
    try:
        return stock(backbone, forest)
    except Exception as error:
        raise ForwardFails(f"the model's own forward pass fails: {told(error)}") from error


@torch.no_grad()
def look_ahead(backbone: Backbone, forest: Forest, tolerance: float) -> None:
    """Unsupported when scores depend on tokens that come later: then no product of them is the probability of a response."""
    row = max((row for row in forest.rows() if not forest.trees[row.tree].segments[row.segments[-1]].pictures), key=lambda row: len(row.ids))
    half = len(forest.trees[row.tree].segments[row.segments[-1]]) // 2 + 1
    cut = Row(row.tree, row.segments, row.ids[:-half], row.pictures)
    whole, part = (stock_logits(backbone, path, forest.pictures)[len(cut.ids) - 1].log_softmax(-1) for path in (row, cut))
    if (apart := difference(whole, part)) > tolerance:
        raise Unsupported(f"its scores of a token depend on tokens after it (by {apart:.1e} nats): it does not generate from left to right")


def told(error: Exception) -> str:
    """The kind and the first line of a foreign error."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:200]}" if lines else type(error).__name__


def stock(backbone: Backbone, forest: Forest) -> Tensor:
    """Log-probabilities [N] by the model's own forward pass: one row at a time, pixels in, full logits out."""
    found: dict[tuple[int, int], Tensor] = {}
    for row in forest.rows():
        scores = stock_logits(backbone, row, forest.pictures)
        tree, at = forest.trees[row.tree], 0
        for index in row.segments:
            segment = tree.segments[index]
            where = segment.scored.nonzero()[:, 0]
            if (row.tree, index) not in found:
                found[row.tree, index] = token_logp(scores[where + at - 1], segment.ids[where].to(scores.device))
            at += len(segment)
    return torch.cat([found[number, index] for number, tree in enumerate(forest.trees) for index in range(len(tree.segments))])


def stock_logits(backbone: Backbone, row: Row, pictures: Mapping[str, Mapping[str, Tensor]]) -> Tensor:
    """Scores [n, V] of one row by `model.forward`."""
    ids = row.ids[None].to(backbone.device)
    kinds = backbone.placeholders(ids).int()
    offered = {"token_type_ids": kinds, "mm_token_type_ids": kinds}
    if row.pictures:
        offered |= join([pictures[key] for key in row.pictures])
    taken = {**chosen_arguments(backbone.inner.forward, offered), **chosen_arguments(backbone.model.forward, offered)}
    return backbone.model(input_ids=ids, attention_mask=torch.ones_like(ids), use_cache=False, **taken).logits[0].to(torch.promote_types(backbone.head.weight.dtype, torch.float32))


def measure(logp: Tensor, weights: Tensor, trainable: list[nn.Parameter]) -> tuple[Tensor, list[Tensor]]:
    """Values, and gradients of their weighted sum for every trainable tensor (zeros where a tensor is not used)."""
    if not trainable:
        return logp.detach(), []
    slopes = torch.autograd.grad((logp * weights).sum(), trainable, allow_unused=True)
    return logp.detach(), [torch.zeros_like(p) if g is None else g for p, g in zip(trainable, slopes, strict=True)]


def difference(ours: Tensor, theirs: Tensor) -> float:
    """Largest absolute difference; infinite when anything is not finite."""
    apart = (ours - theirs).abs()
    return float(apart.max()) if bool(torch.isfinite(apart).all()) else float("inf")


def relative(ours: list[Tensor], theirs: list[Tensor]) -> float:
    """Largest difference of an entry over its tensor's largest entry, over all tensors.

    A tensor whose true gradient is zero but for rounding (keys' biases: softmax does not feel them) is measured against
    a thousandth of the largest gradient instead of against its own noise.
    """
    if not ours:
        return 0.0
    floor = 1e-3 * max(float(tensor.abs().max()) for tensor in theirs)
    return max(difference(a, b) / max(float(b.abs().max()), floor, 1e-30) for a, b in zip(ours, theirs, strict=True))
