"""From settings to a policy that has proved itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from veridical.models.backbone import Unsupported, take_apart
from veridical.models.encoder import FALLBACK, Encoder
from veridical.models.executors import EXECUTORS
from veridical.models.forest import Forest, Segment, Tree
from veridical.models.load import Opened, input_names, open_model
from veridical.models.parts import PartCount, counts, prepare
from veridical.models.policy import Policy, plain_model
from veridical.models.proof import Proof, prove

FROZEN = {"tower": "frozen", "projector": "frozen", "language": "frozen"}


@dataclass(frozen=True)
class Ready:
    """A policy with everything around it."""

    policy: Policy
    encoder: Encoder
    opened: Opened
    proofs: list[Proof]
    parts: list[PartCount]


def make_policy(
    path: str | Path,
    adapter: str | None = None,
    modes: dict[str, str] | None = None,
    lora: dict[str, Any] | None = None,
    executor: str = "auto",
    precision: str = "float32",
    attention: str = "sdpa",
    max_tokens: int = 4096,
    picture_tokens: int | None = None,
    device: str | None = None,
) -> Ready:
    """Open a model directory, set what trains, and prove an executor on it.

    Errors: ModelError for an unusable directory; Unsupported when no executor agrees with the model's own forward pass.
    """
    opened = open_model(path, precision, attention, device)
    if adapter:
        opened = merge_adapter(opened, adapter)
    names = input_names(opened.model)
    encoder = Encoder(opened.processor, names, max_tokens, picture_tokens)
    modes = modes or FROZEN
    model = prepare(opened.model, modes, lora or {})
    tried = list(EXECUTORS) if executor == "auto" else [executor]
    proofs = prove(model, trial(encoder), tried)
    if not proofs[-1].passed:
        raise Unsupported(f"{path}: " + "; ".join(proof.line for proof in proofs))
    return Ready(Policy(model, EXECUTORS[proofs[-1].executor]), encoder, opened, proofs, counts(model, modes))


def merge_adapter(opened: Opened, adapter: str) -> Opened:
    """The model with a peft adapter merged into its weights."""
    from dataclasses import replace

    from peft import PeftModel

    return replace(opened, model=PeftModel.from_pretrained(opened.model, adapter).merge_and_unload())


def trial(encoder: Encoder) -> Forest:
    """A batch that finds leaks: one tree with a picture and three branches of uneven length, and one without a picture."""
    trees, inputs = [], {}
    for pictures in (1, 0):
        asked = [{"role": "user", "content": [*([{"type": "image"}] * pictures), {"type": "text", "text": "What is there? Say all that you see."}]}]
        piece = encoder.prompt(asked, [FALLBACK] * pictures, ["trial"] * pictures, "trial")
        answers = ["A tree.", "There is a large red tree at the left, and a house.", "No."]
        branches = [encoder.response(asked, text, "trial") for text in answers]
        root = Segment(piece.ids, torch.zeros(len(piece.ids), dtype=torch.bool), None, piece.pictures, "prompt")
        trees.append(Tree((root, *(Segment(ids, torch.ones(len(ids), dtype=torch.bool), 0) for ids in branches)), "trial"))
        inputs |= piece.inputs
    return Forest(tuple(trees), inputs)


def placeholder_cost(encoder: Encoder, pictures: Sequence[Any]) -> list[int]:
    """Tokens that each picture takes in a prompt of its own."""
    return [encoder.cost(encoder.process([picture])[1][0]) for picture in pictures]


def summary(ready: Ready) -> str:
    """What was opened and proved, for the log."""
    backbone = take_apart(plain_model(ready.policy.model))
    lines = [f"{ready.opened.path}: {backbone.model.config.model_type}, executor {ready.policy.executor.name}"]
    return "\n".join([*lines, *(f"  {proof.line}" for proof in ready.proofs)])
