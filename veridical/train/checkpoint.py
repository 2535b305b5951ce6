"""Checkpoints: whole or not there, checked when read, and in Hugging Face format for everyone else.

A checkpoint is a directory `step-000050`: `adapter/` or `model/` as peft and transformers load them, the exact state of
what trains, the optimiser's state, and `complete.json` with a digest of every file, written last. The directory gets
its name only when it is complete, so a run killed while saving finds the one before.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from veridical.models.load import quiet
from veridical.models.policy import plain_model
from veridical.train.sharded import share_of

MANIFEST = "complete.json"
FAULTS = (OSError, RuntimeError, ValueError, SafetensorError)
"""What writing to a disk that is full, or gone, raises in the libraries that write here."""


class CheckpointError(RuntimeError):
    """A checkpoint that could not be written or read; the message says what is kept."""


def save(
    directory: Path, step: int, model: nn.Module, optimiser: Mapping[str, Any], extras: Mapping[str, Any], companions: list[Any], keep: int, merged_before: bool = False,
    more: Mapping[str, Mapping[str, Tensor]] | None = None,
) -> Path:  # fmt: skip
    """Write the checkpoint of `step` and drop all but the newest `keep` up to it.

    `optimiser` is its state; `companions` (tokenizer, image processor) are saved beside the weights, so that the directory loads on its own; `more`
    are other tensors that a run needs to continue, by file. Errors: CheckpointError when the disk is full; earlier checkpoints stay.
    """
    target = directory / f"step-{step:06d}"
    with complete(target, directory) as partial:
        save_file({name: value.contiguous() for name, value in trainable_state(model).items()}, partial / "trainable.safetensors")
        torch.save(optimiser, partial / "optimiser.pt")
        for name, tensors in (more or {}).items():
            save_file({key: value.detach().cpu().contiguous() for key, value in tensors.items()}, partial / f"{name}.safetensors")
        write_model(partial, model, companions, merged_before)
        (partial / "state.json").write_text(json.dumps({"step": step, **extras}))
    forget(directory, step, keep)
    return target


@contextmanager
def complete(target: Path, checkpoints: Path) -> Iterator[Path]:
    """A directory to fill, which gets its name when the block has ended and a digest of every file is written.

    Errors: CheckpointError when something could not be written, with what is left in `checkpoints`; nothing half
    written stays.
    """
    partial = target.with_name(f".partial-{target.name}")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(parents=True)
        yield partial
        (partial / MANIFEST).write_text(json.dumps(digests(partial)))
        shutil.rmtree(target, ignore_errors=True)
        partial.rename(target)
    except FAULTS as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise CheckpointError(f"{target}: could not be written ({first_line(error)}; {free(target)} are free there). {remains(checkpoints)}") from error


def first_line(error: Exception) -> str:
    """The beginning of a foreign error."""
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


def free(target: Path) -> str:
    """Free space on the disk of the nearest folder that exists."""
    folder = next((parent for parent in target.absolute().parents if parent.exists()), Path("/"))
    return f"{shutil.disk_usage(folder).free / 2**20:.1f} MiB"


def remains(directory: Path) -> str:
    """What a run can continue from, for the message of an error."""
    held = newest(directory)
    if held is None:
        return "There is no earlier checkpoint: free space and start again"
    return f"The last whole checkpoint is {held}: free space and run the same command again, it continues from there"


def forget(directory: Path, step: int, keep: int) -> None:
    """Remove all but the newest `keep` checkpoints up to `step`, and what a killed run left half written.

    A later checkpoint is not whole, or the run would have continued from it.
    """
    for partial in directory.glob(".partial-*"):
        shutil.rmtree(partial)
    held = numbered(directory)
    for number, path in held.items():
        if number > step or number in sorted(other for other in held if other <= step)[: -max(keep, 1)]:
            shutil.rmtree(path)


def numbered(directory: Path) -> dict[int, Path]:
    """Checkpoints by step, whole or not."""
    return {int(path.name.removeprefix("step-")): path for path in directory.glob("step-*") if path.name.removeprefix("step-").isdigit()}


def write_model(directory: Path, model: nn.Module, companions: list[Any], merged_before: bool = False) -> None:
    """What others load: `adapter/` for peft, or `model/` for transformers when whole parts train.

    With `merged_before` another adapter went into the base's weights before training: an adapter alone would then not
    fit the directory that it names, so the whole model is written.
    """
    inside_adapter = hasattr(model, "peft_config") and all("lora_" in name for name, p in model.named_parameters() if p.requires_grad)
    if inside_adapter and not merged_before:
        model.save_pretrained(directory / "adapter")
        return
    save_merged(model, directory / "model", companions)


def save_merged(model: nn.Module, directory: Path, companions: list[Any]) -> None:
    """The whole model with adapters merged into its weights, as `from_pretrained` loads it; the trained model is not touched."""
    with quiet():
        plain_model(model).save_pretrained(directory, state_dict=merged_state(model))
        for companion in companions:
            companion.save_pretrained(directory)


def merged_state(model: nn.Module) -> dict[str, Tensor]:
    """The base model's tensors under their own names, W + B A scale where there is an adapter. Only adapted tensors are copied, and on the CPU."""
    from peft.tuners.lora import LoraLayer

    base = plain_model(model)
    adapted = {f"{name}.base_layer.weight": module for name, module in base.named_modules() if isinstance(module, LoraLayer)}
    state = {}
    for name, value in base.state_dict().items():
        if ".lora_" in name:
            continue
        if (module := adapted.get(name)) is not None:
            added = sum(module.get_delta_weight(adapter).float() for adapter in module.active_adapters)
            value = (value.float() + added).to(value.dtype).cpu()
        state[name.replace(".base_layer.", ".")] = value
    return state


def trainable_state(model: nn.Module) -> dict[str, Tensor]:
    """Everything that trains, by parameter name."""
    return {name: parameter.detach().cpu() for name, parameter in model.named_parameters() if parameter.requires_grad}


def digests(directory: Path) -> dict[str, str]:
    """SHA-256 of every file below, by relative path."""
    files = sorted(path for path in directory.rglob("*") if path.is_file() and path.name != MANIFEST)
    return {str(path.relative_to(directory)): digest(path) for path in files}


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def whole(directory: Path) -> bool:
    """Whether every file is there as it was written."""
    try:
        return json.loads((directory / MANIFEST).read_text()) == digests(directory)
    except (OSError, ValueError):
        return False


def newest(directory: Path) -> Path | None:
    """The last whole checkpoint."""
    return next((path for _, path in sorted(numbered(directory).items(), reverse=True) if whole(path)), None)


@torch.no_grad()
def restore_tensors(checkpoint: Path, name: str, into: Mapping[str, Tensor]) -> None:
    """Put back tensors that were saved as `more`. Errors: CheckpointError when the run did not save them."""
    file = checkpoint / f"{name}.safetensors"
    if not file.exists():
        raise CheckpointError(f"{checkpoint}: the run in this directory kept no {name}; give another directory with run=, or put the recipe back as it was")
    for key, value in load_file(file).items():
        into[key].copy_(share_of(value, into[key]))


def restore(checkpoint: Path, model: nn.Module, optimiser: torch.optim.Optimizer) -> dict[str, Any]:
    """Put weights and optimiser back; the step and extras that were saved with them.

    Errors: CheckpointError when the recipe trains other tensors than the checkpoint has.
    """
    held = load_file(checkpoint / "trainable.safetensors")
    own = {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}
    if changed := sorted(set(held) ^ set(own)) or [name for name, parameter in own.items() if held[name].shape != parameter.shape]:
        raise CheckpointError(
            f"{checkpoint}: this recipe trains other tensors than the run in this directory did ({len(held)} then, {len(own)} now; the first that differs: {changed[0]}). "
            "Give another directory with run=, or put parts, lora and model back as they were"
        )
    with torch.no_grad():
        for name, parameter in own.items():
            parameter.copy_(held[name])
    optimiser.load_state_dict(torch.load(checkpoint / "optimiser.pt", map_location="cpu", weights_only=True))
    return json.loads((checkpoint / "state.json").read_text())
