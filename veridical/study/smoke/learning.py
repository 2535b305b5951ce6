"""Probes of training: the reference is the policy at first, and ten steps of DPO learn what they are given."""

from __future__ import annotations

import math

import torch

from veridical.models.assemble import FROZEN
from veridical.models.parts import prepare
from veridical.models.policy import Policy
from veridical.models.reference import make_reference
from veridical.objectives.find import find
from veridical.study.smoke.bench import LORA, Bench, Finding, Learner, Probe
from veridical.train.optimiser import make_optimiser
from veridical.train.session import master_weights
from veridical.train.step import Stepper

RATE = 1e-3
CLIP = 1.0
EQUAL = 1e-4
"""Largest difference from log 2."""
MICRO_TOKENS = 8192


def reference(bench: Bench) -> Finding:
    """DPO's loss before the first step: log 2 for every pair when policy and reference are the same. The policy is put on the bench."""
    bench.put(learner_of(bench))
    loss = bench.learner.stepper.run(bench.material.examples, learn=False)["loss"]
    evidence = f"DPO's loss before the first step is {loss:.6f} (log 2 is {math.log(2):.6f})"
    return Finding(abs(loss - math.log(2)) <= EQUAL, evidence, figures={"loss": loss})


def learner_of(bench: Bench) -> Learner:
    """A policy with an adapter on its language model, the adapter switched off as reference, and an optimiser."""
    accelerator = bench.accelerator
    torch.manual_seed(0)
    policy = Policy(prepare(bench.opened.model, {**FROZEN, "language": "lora"}, LORA), bench.executor).to(accelerator.device)
    master_weights(policy)
    stepper = Stepper(policy.eval(), policy, make_reference("adapter_off", policy), find("dpo"), MICRO_TOKENS, accelerator)
    return Learner(policy, stepper, make_optimiser(policy.parameters(), RATE, 0.0, (0.9, 0.98)))


def learning(bench: Bench) -> Finding:
    """Steps of DPO on the same records, and the loss on them afterwards."""
    learner, examples, losses = bench.learner, bench.material.examples, []
    for _ in range(bench.recipe.steps):
        losses.append(step(learner, examples))
    after = learner.stepper.run(examples, learn=False)
    losses.append(after["loss"])
    finite = all(map(math.isfinite, losses))
    evidence = f"loss {losses[0]:.4f} → {losses[-1]:.4f} in {bench.recipe.steps} steps of {len(examples)} records at learning rate {RATE:g}"
    return Finding(finite and losses[-1] < losses[0], evidence, (" ".join(f"{loss:.4f}" for loss in losses),), {"losses": losses})


def step(learner: Learner, examples: tuple) -> float:
    """One optimiser step; its loss."""
    learner.policy.learn()
    learner.optimiser.zero_grad(set_to_none=True)
    numbers = learner.stepper.run(examples)
    torch.nn.utils.clip_grad_norm_([parameter for parameter in learner.policy.parameters() if parameter.requires_grad], CLIP)
    learner.optimiser.step()
    learner.policy.eval()
    return numbers["loss"]


PROBES = (
    Probe(
        "reference",
        "before the first step the reference equals the policy",
        reference,
        "policy and reference differ although nothing was trained: set reference=copy, and report this block",
    ),
    Probe(
        "learning",
        "steps of DPO on the same records lower their loss",
        learning,
        "gradients do not reach the adapter, or the numbers overflow: try precision=float32, and report this block",
    ),
)
