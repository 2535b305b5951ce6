"""Probes of what is computed: the executor, the tower's gradients, and whether the model looks at the picture."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from PIL import ImageOps
from torch import nn

from veridical.models.assemble import trial
from veridical.models.backbone import take_apart
from veridical.models.executors import EXECUTORS
from veridical.models.forest import Forest, merge
from veridical.models.load import first_line
from veridical.models.parts import part_names
from veridical.models.policy import Policy, plain_model
from veridical.models.proof import prove
from veridical.models.read import Reading
from veridical.models.shown import Shown
from veridical.study.smoke.bench import Bench, Finding, NotApplicable, Probe


def executor(bench: Bench) -> Finding:
    """Every executor against the model's own forward pass, values and gradients, on three uneven branches and on a record."""
    forest = merge([trial(bench.encoder), bench.material.examples[0].forest]).to(bench.accelerator.device)
    modes = {"language": "lora"} | ({"projector": "full"} if "projector" in parts(bench) else {})
    with bench.trained(**modes) as policy:
        proofs = prove(policy.model, forest, every=True)
    passed = [proof.executor for proof in proofs if proof.passed]
    if passed:
        bench.executor = EXECUTORS[passed[0]]
    figures = {proof.executor: {"logp": proof.logp, "gradient": proof.gradient, "passed": proof.passed, "reason": proof.reason} for proof in proofs}
    return Finding(bool(passed), f"{passed[0]} is proved and used" if passed else "none agrees with the model's own forward pass", tuple(proof.line for proof in proofs), figures)


def parts(bench: Bench) -> set[str]:
    """Parts that the model has."""
    return set(part_names(take_apart(plain_model(bench.opened.model))).values())


def gradients(bench: Bench) -> Finding:
    """Whether the tower learns when it is to learn (whole, or through an adapter), and is left alone when it is frozen."""
    example = bench.material.examples[bench.with_picture]
    if "tower" not in parts(bench):
        raise NotApplicable("this model has no tower of its own")
    forest = example.forest.to(bench.accelerator.device)
    flows = {mode: flow(bench, forest, mode) for mode in ("full", "lora", "frozen")}
    passed = all(flows[mode].reached for mode in ("full", "lora") if not flows[mode].why) and not flows["frozen"].reached
    return Finding(passed, "; ".join(f"tower={mode}: {found.line}" for mode, found in flows.items()), figures={mode: vars(found) for mode, found in flows.items()})


@dataclass(frozen=True)
class Flow:
    """How far gradients come into the tower."""

    reached: int
    """Tensors whose gradient is not zero."""
    total: int
    norm: float
    why: str = ""
    """Why the tower cannot be trained like this."""

    @property
    def line(self) -> str:
        """In words."""
        return f"not possible ({self.why})" if self.why else f"{self.reached} of {self.total} tensors get a gradient" + (f" (norm {self.norm:.1e})" if self.reached else "")


def flow(bench: Bench, forest: Forest, mode: str) -> Flow:
    """Gradients in the tower when it trains in that mode; when it is frozen, the language model's adapter trains.

    Of an adapter only the second matrices count: the first get none until the second have left zero.
    """
    modes = {"tower": mode} if mode != "frozen" else {"tower": mode, "language": "lora"}
    try:
        with bench.trained(**modes) as policy:
            total = policy(forest).logp.sum()
            if total.requires_grad:
                total.backward()
            tensors = tensors_of_tower(policy, "lora_B" if mode == "lora" else "")
            norms = [0.0 if tensor.grad is None else float(tensor.grad.float().norm()) for tensor in tensors]
    except ValueError as error:
        if "lora.targets" not in str(error):
            raise
        return Flow(0, 0, 0.0, first_line(error))
    return Flow(sum(norm > 0 for norm in norms), len(norms), sum(norm**2 for norm in norms) ** 0.5)


def tensors_of_tower(policy: Policy, adapter: str) -> list[nn.Parameter]:
    """The tower's own tensors, or those of its adapter that have `adapter` in their name."""
    base = plain_model(policy.model)
    found = part_names(take_apart(base))
    return [parameter for name, parameter in base.named_parameters() if found[name] == "tower" and (adapter in name if adapter else "lora_" not in name)]


@torch.no_grad()
def sight(bench: Bench) -> Finding:
    """Whether other pixels give other log-probabilities: the same record with its pictures' colours inverted."""
    place, found = bench.with_picture, bench.material
    record, example = found.records[place], found.examples[place]
    own = found.reading
    shown = Shown(lambda record, media_id: ImageOps.invert(own.shown.open(record, media_id)), own.shown.damage)
    inverted = Reading(own.encoder, own.views, shown)(record)
    policy = Policy(bench.opened.model.eval(), bench.executor)
    first, again, other = (policy(forest.to(bench.accelerator.device)).logp for forest in (example.forest, example.forest, inverted.forest))
    if len(other) != len(first):
        raise NotApplicable("the picture takes another number of tokens when its colours are inverted")
    noise, change = float((first - again).abs().max()), (first - other).abs()
    mean, most = float(change.mean()), float(change.max())
    evidence = f"with inverted colours a token's log-probability changes by {mean:.1e} on average and {most:.1e} at most (the same picture again: {noise:.1e})"
    return Finding(most > max(1e-6, 10 * noise), evidence, figures={"mean": mean, "most": most, "noise": noise})


PROBES = (
    Probe(
        "executor",
        "an executor computes what the model's own forward pass computes",
        executor,
        "this architecture cannot be trained here yet: report this block",
    ),
    Probe(
        "gradients",
        "the tower gets gradients when it trains, and none when it is frozen",
        gradients,
        "something between pixels and loss cuts the gradient, or lets it through: keep parts.tower=frozen, and report this block",
    ),
    Probe(
        "sight",
        "the answers depend on the picture's pixels",
        sight,
        "the picture does not reach the language model: compare image_token_id in config.json with the chat template's mark, and the projector's weights",
    ),
)
