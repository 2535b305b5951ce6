"""Checkpoints: whole or not there, checked when read, and in Hugging Face format for everyone else.

A checkpoint is a directory `step-000050`: `adapter/` or `model/` as peft and transformers load them, the exact state of
what trains, the optimiser's state, and `complete.json` with a digest of every file, written last. The directory gets
its name only when it is complete, so a run killed while saving finds the one before.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from veridical.models.policy import plain_model

MANIFEST = "complete.json"


class CheckpointError(RuntimeError):
    """A checkpoint that could not be written or read; the message says what is kept."""


def save(directory: Path, step: int, model: nn.Module, optimiser: torch.optim.Optimizer, extras: dict[str, Any], companions: list[Any], keep: int) -> Path:
    """Write the checkpoint of `step` and drop all but the newest `keep`.

    `companions` (tokenizer, image processor) are saved beside the weights, so that the directory loads on its own.
    Errors: CheckpointError when the disk is full; earlier checkpoints stay.
    """
    target = directory / f"step-{step:06d}"
    partial = directory / f".partial-{step:06d}"
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(parents=True)
        save_file({name: value.contiguous() for name, value in trainable_state(model).items()}, partial / "trainable.safetensors")
        torch.save(optimiser.state_dict(), partial / "optimiser.pt")
        write_model(partial, model, companions)
        (partial / "state.json").write_text(json.dumps({"step": step, **extras}))
        (partial / MANIFEST).write_text(json.dumps(digests(partial)))
    except (OSError, RuntimeError, ValueError) as error:
        shutil.rmtree(partial, ignore_errors=True)
        held = newest(directory)
        raise CheckpointError(
            f"{target}: could not be written ({error}); free space on this disk. "
            f"{'The last whole checkpoint is ' + str(held) if held else 'There is no earlier checkpoint'}; the same command continues from it"
        ) from error
    shutil.rmtree(target, ignore_errors=True)
    partial.rename(target)
    for old in sorted(directory.glob("step-*"))[:-keep]:
        shutil.rmtree(old)
    return target


def write_model(directory: Path, model: nn.Module, companions: list[Any]) -> None:
    """What others load: `adapter/` for peft, or `model/` for transformers when whole parts train."""
    inside_adapter = hasattr(model, "peft_config") and all("lora_" in name for name, p in model.named_parameters() if p.requires_grad)
    if inside_adapter:
        model.save_pretrained(directory / "adapter", safe_serialization=True)
        return
    save_merged(model, directory / "model", companions)


def save_merged(model: nn.Module, directory: Path, companions: list[Any]) -> None:
    """The whole model with adapters merged into its weights, as `from_pretrained` loads it; the trained model is not touched."""
    import copy

    whole = copy.deepcopy(model).merge_and_unload() if hasattr(model, "merge_and_unload") else model
    plain_model(whole).save_pretrained(directory)
    for companion in companions:
        companion.save_pretrained(directory)


def trainable_state(model: nn.Module) -> dict[str, torch.Tensor]:
    """Everything that trains, by parameter name."""
    return {name: parameter.detach().cpu() for name, parameter in model.named_parameters() if parameter.requires_grad}


def digests(directory: Path) -> dict[str, str]:
    """SHA-256 of every file below, by relative path."""
    files = sorted(path for path in directory.rglob("*") if path.is_file() and path.name != MANIFEST)
    return {str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def whole(directory: Path) -> bool:
    """Whether every file is there as it was written."""
    try:
        return json.loads((directory / MANIFEST).read_text()) == digests(directory)
    except (OSError, ValueError):
        return False


def newest(directory: Path) -> Path | None:
    """The last whole checkpoint."""
    return next((path for path in sorted(directory.glob("step-*"), reverse=True) if whole(path)), None)


def restore(checkpoint: Path, model: nn.Module, optimiser: torch.optim.Optimizer) -> dict[str, Any]:
    """Put weights and optimiser back; the step and extras that were saved with them."""
    held = load_file(checkpoint / "trainable.safetensors")
    own = {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}
    if set(held) != set(own):
        changed = sorted(set(held) ^ set(own))
        raise CheckpointError(f"{checkpoint}: trained {len(held)} tensors, this recipe trains {len(own)} (first difference: {changed[0]}); use another run directory")
    with torch.no_grad():
        for name, parameter in own.items():
            parameter.copy_(held[name])
    optimiser.load_state_dict(torch.load(checkpoint / "optimiser.pt", weights_only=True))
    return json.loads((checkpoint / "state.json").read_text())
