"""A run that was killed, stopped, or left with a broken checkpoint continues as if nothing had happened."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from forking import Forker

from veridical.models.policy import Policy
from veridical.recipe import AlignRecipe, load
from veridical.train.checkpoint import CheckpointError, newest, whole
from veridical.train.preference import align

CLOCKS = {"time", "seconds", "tokens_per_second", "memory_MB"}


def losses(run: Path) -> list[dict[str, float]]:
    """Every logged line without what depends on the clock."""
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return [{name: value for name, value in line.items() if name not in CLOCKS} for line in lines]


def test_a_run_killed_at_any_moment_continues_to_bit_identical_losses(forker: Forker, keys: Callable[..., list[str]], folder: Path) -> None:
    # dropout, a reference that is stored while training, and remembered features: all that could depend on where a run began
    hard = ["method=mdpo", "reference=cache", "feature_cache=true", "lora.dropout=0.2", "length.steps=8", "save.every=2", "save.keep=1", "watch.every=3", "step.micro_tokens=150"]
    smooth, rough = folder / "smooth", folder / "rough"
    assert forker.run("align", keys(*hard, f"run={smooth}"))[0] == [0]
    command = keys(*hard, f"run={rough}")
    deaths = [
        ("in a step", 3, None), ("before a checkpoint gets its name", 1, None), ("while a line is logged", 4, "step-000002"), ("while the reference is stored", 5, "step-000002"),
        ("before the files of a checkpoint are digested", 1, "step-000002"), ("while an old checkpoint is removed", 1, "step-000004"),
    ]  # fmt: skip
    for death, after, left in deaths:
        assert forker.run("align", command, death, after=after)[0] == [-signal.SIGKILL], death
        found = newest(rough / "checkpoints")
        assert (found and found.name) == left, death
    codes, said = forker.run("align", command)
    assert codes == [0] and "continuing from" in said
    assert losses(rough) == losses(smooth)
    assert [line["step"] for line in losses(smooth) if "loss" in line] == list(range(8))
    assert (rough / "final/adapter/adapter_model.safetensors").read_bytes() == (smooth / "final/adapter/adapter_model.safetensors").read_bytes()


@pytest.mark.parametrize("wish", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_and_says_how_to_continue(wish: signal.Signals, keys: Callable[..., list[str]], tmp_path: Path) -> None:
    def interrupt(policy: Policy, done: int) -> dict[str, float]:
        if done == 2 and not (tmp_path / "run/checkpoints").exists():
            os.kill(os.getpid(), wish)
        return {"seen": float(done)}

    said: list[str] = []
    recipe = load(AlignRecipe, None, keys("watch.every=1", f"run={tmp_path}/run"))
    stopped = align(recipe, watch=interrupt, say=said.append)
    assert not stopped.finished and newest(tmp_path / "run/checkpoints").name == "step-000002" and not (tmp_path / "run/final").exists()
    assert f"stopped by {wish.name} after step 2 of 4" in said[-1] and "same command continues" in said[-1]
    assert align(recipe, watch=interrupt, say=said.append).finished
    whole_run = load(AlignRecipe, None, keys("watch.every=1", f"run={tmp_path}/whole"))
    align(whole_run, watch=lambda policy, done: {"seen": float(done)}, say=lambda line: None)
    assert losses(tmp_path / "run") == losses(tmp_path / "whole")


def test_a_half_written_checkpoint_is_passed_over(aligned: Callable[..., list[str]], tmp_path: Path) -> None:
    run = tmp_path / "run"
    aligned("save.every=1", f"run={run}")
    before = losses(run)
    weights = run / "checkpoints/step-000004/optimiser.pt"
    weights.write_bytes(weights.read_bytes()[:-100])
    said = aligned("save.every=1", "save.keep=1", f"run={run}")
    assert any("continuing from" in line and "step-000003" in line for line in said)
    assert losses(run) == before
    assert [path.name for path in (run / "checkpoints").iterdir()] == ["step-000004"] and whole(run / "checkpoints/step-000004")


def test_a_full_disk_is_said_and_the_earlier_checkpoint_kept(keys: Callable[..., list[str]], aligned: Callable[..., list[str]], tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1200k", "tmpfs", str(disk)], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    try:
        with pytest.raises(CheckpointError) as caught:
            aligned("save.every=1", f"run={disk}/run")
        kept = newest(disk / "run/checkpoints")
        assert str(kept) in str(caught.value) and "MiB are free" in str(caught.value) and "same command" in str(caught.value)
        assert not list((disk / "run/checkpoints").glob(".partial-*"))
        subprocess.run(["mount", "-o", "remount,size=20m", str(disk)], check=True)
        said = aligned("save.every=1", f"run={disk}/run")
        assert any(f"continuing from {kept}" in line for line in said)
        aligned("save.every=1", f"run={tmp_path}/whole")
        assert losses(disk / "run") == losses(tmp_path / "whole")
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_recipe_that_trains_other_tensors_is_refused_with_what_to_do(aligned: Callable[..., list[str]], tmp_path: Path) -> None:
    aligned("length.steps=1", f"run={tmp_path}")
    before = (tmp_path / "metrics.jsonl").read_text()
    for other in ("lora.rank=4", "parts.tower=lora"):
        with pytest.raises(CheckpointError, match="trains other tensors.*run="):
            aligned("length.steps=2", other, f"run={tmp_path}")
    assert (tmp_path / "metrics.jsonl").read_text() == before


def test_settings_that_changed_since_a_run_began_are_said(aligned: Callable[..., list[str]], tmp_path: Path) -> None:
    aligned("length.steps=1", f"run={tmp_path}")
    said = aligned("length.steps=2", "optimiser.lr=2e-3", f"run={tmp_path}")
    assert "changed since this run began: optimiser.lr: 0.001 -> 0.002" in said
    assert not any("step.records" in line and "changed" in line for line in said)
