"""Weights, gradients and optimiser state divided over two processes: the numbers of one process, and what is saved loads anywhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from forking import Forker
from safetensors.torch import load_file
from test_online import asked, lines  # noqa: F401 - a fixture
from test_processes import EVERYTHING, agree

LLAVA_PARTS = ["parts.language=full", "parts.projector=full"]


@pytest.mark.parametrize(("kind", "given"), [("align", ["method=dpo", "step.records=3"]), ("align", ["method=dpo", "step.records=5", "parts.tower=lora", *LLAVA_PARTS, "reference=copy"])])
def test_divided_over_two_processes_a_run_gives_the_losses_of_one(kind: str, given: list[str], forker: Forker, keys: Callable[..., list[str]], tmp_path: Path) -> None:
    assert forker.run(kind, keys(*EVERYTHING, *given, f"run={tmp_path}/1"))[0] == [0]
    codes, said = forker.run(kind, keys(*EVERYTHING, *given, "shard=true", f"run={tmp_path}/2"), processes=2)
    assert codes == [0, 0], said
    agree(tmp_path / "1", tmp_path / "2")
    one, two = (load_file(next((tmp_path / name / "checkpoints").glob("step-000004")) / "trainable.safetensors") for name in "12")
    assert {name: value.shape for name, value in one.items()} == {name: value.shape for name, value in two.items()}
    apart = {name: float((one[name] - two[name]).abs().max()) for name in one if not name.endswith("k_proj.bias")}  # its gradient is rounding: softmax does not see it
    assert max(apart.values()) < 3e-5, max(apart, key=apart.get)


@pytest.mark.parametrize("algorithm", ["grpo", *(pytest.param(name, marks=pytest.mark.slow) for name in ("papo", "prime", "ppo"))])
def test_online_too(algorithm: str, forker: Forker, asked, tmp_path: Path) -> None:  # noqa: F811
    keys = asked(f"algorithm={algorithm}", "algorithm_settings.draws.group=3")
    for processes, more in ((1, []), (2, ["shard=true"])):
        codes, log = forker.run("online", [*keys, *more, f"run={tmp_path}/{processes}"], processes=processes)
        assert codes == [0] * processes, log
    one, two = lines(tmp_path / "1"), lines(tmp_path / "2")
    assert len(one) == len(two) > 4
    for ours, theirs in zip(two, one, strict=True):
        assert ours == pytest.approx(theirs, abs=2e-5, rel=2e-5)


@pytest.mark.parametrize("method", ["bradley_terry", pytest.param("llava_rlhf", marks=pytest.mark.slow)])
def test_reward_models_too(method: str, forker: Forker, keys: Callable[..., list[str]], tmp_path: Path) -> None:
    given = ["watch.every=2", "save.every=2", "step.micro_tokens=300", f"method={method}"]
    for processes, more in ((1, []), (2, ["shard=true"])):
        codes, log = forker.run("reward", keys(*given, *more, f"run={tmp_path}/{processes}"), processes=processes)
        assert codes == [0] * processes, log
    agree(tmp_path / "1", tmp_path / "2")


@pytest.mark.slow
def test_a_divided_run_that_was_killed_is_continued_divided_and_by_one_process(forker: Forker, keys: Callable[..., list[str]], tmp_path: Path) -> None:
    assert forker.run("align", keys(*EVERYTHING, f"run={tmp_path}/one"))[0] == [0]
    for name, processes, more in (("two", 2, ["shard=true"]), ("three", 1, [])):
        assert forker.run("align", keys(*EVERYTHING, "shard=true", f"run={tmp_path}/{name}"), death="before a checkpoint gets its name", after=2, processes=2)[0] != [0, 0]
        codes, said = forker.run("align", keys(*EVERYTHING, *more, f"run={tmp_path}/{name}"), processes=processes)
        assert codes == [0] * processes and "continuing from" in said, said
        agree(tmp_path / "one", tmp_path / name)


def test_one_process_cannot_be_divided(forker: Forker, keys: Callable[..., list[str]], tmp_path: Path) -> None:
    codes, said = forker.run("align", keys(*EVERYTHING, "shard=true", f"run={tmp_path}/run"))
    assert codes == [1] and "there is one process" in said
