"""From settings to a policy that has proved itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from veridical.models.backbone import Unsupported, take_apart
from veridical.models.encoder import EncodeError, Encoder, branch, picture_key
from veridical.models.executors import EXECUTORS
from veridical.models.families.compare import Comparison, settle
from veridical.models.forest import Forest, Segment, Tree, merge
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
    reading: Comparison
    """The prompt of a trial, read by us and by the model's own processor."""
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

    Errors: ModelError for an unusable directory; Unsupported when the prompt is not read as the model's own processor
    reads it, or when no executor agrees with the model's own forward pass.
    """
    opened = open_model(path, precision, attention, device)
    if adapter:
        opened = merge_adapter(opened, adapter)
    names = input_names(opened.model)
    encoder = Encoder(opened.processor, names, max_tokens, picture_tokens)
    modes = modes or FROZEN
    model = prepare(opened.model, modes, lora or {})
    reading = settle(roomy(encoder), trial_question, [trial_picture(88, 56), trial_picture(48, 72)])
    if not reading.agrees:
        raise Unsupported(f"{path}: {reading.line}")
    tried = list(EXECUTORS) if executor == "auto" else [executor]
    proofs = prove(model, trial(encoder), tried)
    if not proofs[-1].passed:
        raise Unsupported(f"{path}: " + "; ".join(proof.line for proof in proofs))
    return Ready(Policy(model, EXECUTORS[proofs[-1].executor]), encoder, opened, reading, proofs, counts(model, modes))


def merge_adapter(opened: Opened, adapter: str) -> Opened:
    """The model with a peft adapter merged into its weights."""
    from peft import PeftModel

    return replace(opened, model=PeftModel.from_pretrained(opened.model, adapter).merge_and_unload())


def roomy(encoder: Encoder) -> Encoder:
    """The same encoder without a limit: what is tried need not fit into a run's `max_tokens`."""
    return replace(encoder, max_tokens=2**40)


def trial(encoder: Encoder) -> Forest:
    """A batch that finds what goes wrong: two unlike pictures under three branches of uneven length, one picture, and none.

    Two pictures show whether features are told apart by picture, three branches whether one leaks into another, and a
    tree without a picture whether the others' pictures stay out of it. A model that takes one picture gets one.
    """
    encoder, answers = roomy(encoder), ["A tree.", "There is a large red tree at the left, and a house.", "No."]
    try:
        first = trial_tree(encoder, [trial_picture(88, 56), trial_picture(48, 72)], answers)
    except EncodeError:
        first = trial_tree(encoder, [trial_picture(88, 56)], answers)
    return merge([first, trial_tree(encoder, [trial_picture(64, 64)], answers[1:2]), trial_tree(encoder, [], answers[:2])])


def trial_tree(encoder: Encoder, pictures: Sequence[Image.Image], answers: Sequence[str]) -> Forest:
    """One question about some pictures, with answers as branches."""
    asked = trial_question(len(pictures))
    piece = encoder.prompt(asked, pictures, [picture_key(picture) for picture in pictures], "trial")
    root = Segment(piece.ids, torch.zeros(len(piece.ids), dtype=torch.bool), None, piece.pictures, "prompt")
    return Forest((Tree((root, *(branch(encoder.response(asked, text, "trial"), text) for text in answers)), "trial"),), piece.inputs)


def trial_question(pictures: int) -> list[dict[str, Any]]:
    """A user's turn that shows so many pictures."""
    return [{"role": "user", "content": [*([{"type": "image"}] * pictures), {"type": "text", "text": "What is there? Say all that you see."}]}]


def trial_picture(width: int, height: int) -> Image.Image:
    """A picture in which every part looks different."""
    rows, columns = np.mgrid[0:height, 0:width]
    return Image.fromarray(np.stack([rows * 37 + columns, columns * 53, rows * columns], -1).astype(np.uint8))


def placeholder_cost(encoder: Encoder, pictures: Sequence[Any]) -> list[int]:
    """Tokens that each picture takes in a prompt of its own."""
    return [encoder.cost(encoder.process([picture])[1][0]) for picture in pictures]


def summary(ready: Ready) -> str:
    """What was opened and proved, for the log."""
    backbone = take_apart(plain_model(ready.policy.model))
    lines = [f"{ready.opened.path}: {backbone.model.config.model_type}, executor {ready.policy.executor.name}"]
    return "\n".join([*lines, f"  {ready.reading.line}", *(f"  {proof.line}" for proof in ready.proofs)])
