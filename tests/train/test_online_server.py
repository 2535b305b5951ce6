"""Online alignment with a server that draws: the run is the same as without one, new weights reach it, and where they do not the run stops."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from forking import Forker

from veridical.models.assemble import make_policy
from veridical.models.served import Served, ServerError
from veridical.recipe import OnlineRecipe, load
from veridical.records.load import save
from veridical.train.exchange import CACHES, Adapter, Reload, Shared, Weights, way_to
from veridical.train.online import online
from veridical.train.online.learn import GapError
from veridical.world.tasks import task

RUN = [
    "step.records=2", "length.steps=3", "save.every=3", "watch.every=3", "device=cpu", "optimiser.lr=3e-3", "optimiser.warmup=0", "held_out.fraction=0.2", "sampling.max_new_tokens=5",
    "algorithm=grpo", "algorithm_settings.draws.group=3", "sampling.most_gap=0.01",
]  # fmt: skip
DEVELOPMENT, TRANSFER = ("/collective_rpc", *CACHES), ("/update_weights", "/server_info", *CACHES)


@pytest.fixture(scope="module")
def asked(llava: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., list[str]]:
    """Overrides of a small online run on eight questions, rewarded for vowels; what is given wins."""
    folder = tmp_path_factory.mktemp("world")
    target, reward = folder / "count.jsonl", folder / "reward.py"
    save(task("count", 8), target)
    reward.write_text("def vowels(completions, **columns):\n    return [float(sum(map('aeiou'.count, one[0]['content']))) + 0.1 * (len(one[0]['content']) % 5) for one in completions]\n")
    return lambda path, *given: [f"model={llava}", f"data.0.path={target}", f"rewards.0.name={reward}:vowels", *RUN, f"run={path}", *given]


@pytest.fixture(scope="module")
def aligned(asked: Callable[..., list[str]]) -> Callable[..., list[dict[str, float]]]:
    """Run a small online alignment; what it logged of each step."""

    def run(path: Path, *given: str) -> list[dict[str, float]]:
        online(load(OnlineRecipe, None, asked(path, *given)), say=lambda line: None)
        return lines(path)

    return run


def lines(run: Path) -> list[dict[str, float]]:
    """What was logged."""
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def said(run: Path) -> list[tuple[str, str]]:
    """Record and text of every rollout."""
    return [(row["record"], row["text"]) for row in map(json.loads, (run / "rollouts.jsonl").read_text().splitlines())]


@pytest.mark.parametrize("trains", ["lora", "full"])
def test_a_server_that_gets_the_weights_gives_the_run_of_a_policy_that_draws_for_itself(trains: str, aligned, llava, serve, tmp_path) -> None:
    server = serve(llava)
    alone = aligned(tmp_path / "alone", f"parts.language={trains}")
    served = aligned(tmp_path / "served", f"parts.language={trains}", f"sampling.server.url={server.url}")
    assert said(tmp_path / "served") == said(tmp_path / "alone")
    for ours, theirs in zip(served, alone, strict=True):
        assert {name: ours[name] for name in ("loss", "reward", "grad_norm") if name in ours} == pytest.approx({name: theirs[name] for name in ("loss", "reward", "grad_norm") if name in theirs}, abs=1e-4)
    assert all(row["gap"] < 1e-4 for row in served if "gap" in row)
    reloads, adapters = server.bodies("/collective_rpc"), [body["lora_name"] for body in server.bodies("/v1/load_lora_adapter")]
    assert (len(reloads), len(adapters)) == ((0, 4) if trains == "lora" else (4, 0))
    assert len(set(adapters)) == len(adapters) and [body["lora_name"] for body in server.bodies("/v1/unload_lora_adapter")] == adapters[:-1]
    assert [len(server.bodies(path)) for path in CACHES] == [len(reloads)] * 3


def test_a_towers_adapter_goes_into_a_whole_model(aligned, llava, serve, tmp_path) -> None:
    """vLLM would load it, and not use it."""
    server = serve(llava)
    rows = aligned(tmp_path / "run", "parts.tower=lora", "length.steps=2", f"sampling.server.url={server.url}")
    assert all(row["gap"] < 1e-4 for row in rows if "gap" in row) and len(server.bodies("/collective_rpc")) == 3 and not server.bodies("/v1/load_lora_adapter")


@pytest.mark.parametrize("trains", ["lora", "full"])
def test_a_server_that_keeps_old_weights_stops_the_run(trains: str, aligned, llava, serve, tmp_path) -> None:
    with pytest.raises(GapError, match="were its weights exchanged"):
        aligned(tmp_path / "run", f"parts.language={trains}", "length.steps=6", "optimiser.lr=3e-2", f"sampling.server.url={serve(llava, stale=True).url}")


def test_a_run_that_starts_again_removes_its_old_adapters(aligned, llava, serve, tmp_path) -> None:
    server = serve(llava)
    for steps in ("1", "2"):
        aligned(tmp_path / "run", f"length.steps={steps}", "save.every=1", "optimiser.schedule=constant", f"sampling.server.url={server.url}")
    names = [body["lora_name"] for body in server.bodies("/v1/load_lora_adapter")]
    assert [name.rpartition("-")[2] for name in names] == ["0", "1", "1", "2"] and len(set(names)) == 4
    assert set(server.policies) == {server.model, names[-1]}


def test_a_server_without_a_way_for_weights_is_refused_with_the_line_that_starts_one(aligned, llava, serve, tmp_path) -> None:
    with pytest.raises(ServerError, match="no way to give it new weights.*VLLM_SERVER_DEV_MODE=1 .*vllm serve"):
        aligned(tmp_path / "run", f"sampling.server.url={serve(llava, calls=()).url}")


def test_log_probabilities_before_the_temperature_are_refused_where_the_temperature_is_not_one(aligned, llava, serve, tmp_path) -> None:
    manner = "sampling.manners=[{temperature: 0.5}]"
    with pytest.raises(ServerError, match="--logprobs-mode processed_logprobs"):
        aligned(tmp_path / "raw", manner, f"sampling.server.url={serve(llava, scaled=False).url}")
    served = aligned(tmp_path / "processed", manner, "length.steps=1", f"sampling.server.url={serve(llava).url}")
    assert served[0]["gap"] < 1e-4


def test_the_way_is_the_first_that_server_and_weights_allow(llava, serve, tmp_path) -> None:
    model = make_policy(llava).policy.model
    every, developing, transferring = serve(llava), serve(llava, calls=DEVELOPMENT), serve(llava, calls=(*DEVELOPMENT, *TRANSFER))
    chosen = [type(way_to(Served(server.url), Weights(model, adapter), tmp_path)) for server, adapter in ((every, True), (every, False), (developing, True), (transferring, False))]
    assert chosen == [Adapter, Reload, Reload, Reload]  # without a GPU nothing is shared


def test_shared_weights_are_described_and_the_server_computes_with_them(llava, serve) -> None:
    """What a GPU would share stands here in the request itself."""
    server, model = serve(llava, calls=TRANSFER), make_policy(llava).policy.model
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(1.5)
    way = Shared(Served(server.url), server.model, handle=lambda tensor: {"here": tensor.tolist()})
    assert way(Weights(model, False), "step-1") == server.model and way(Weights(model, False), "step-2") == server.model
    there = server.policies[server.model].model.state_dict()
    assert all(torch.equal(there[name], value) for name, value in model.state_dict().items())
    order = [path for path, _ in server.asked if path.startswith(("/init", "/start", "/update", "/finish", "/reset"))]
    once = ["/start_weight_update", "/update_weights", "/finish_weight_update", *CACHES]
    assert order == ["/init_weight_transfer_engine", *once, *once]


@pytest.mark.slow
def test_two_processes_share_a_server_and_give_the_numbers_of_one(asked, llava, serve, forker: Forker, tmp_path) -> None:
    server = serve(llava)
    for processes in (1, 2):
        codes, log = forker.run("online", asked(tmp_path / str(processes), f"sampling.server.url={server.url}"), processes=processes)
        assert codes == [0] * processes, log
    one, two = (lines(tmp_path / name) for name in "12")
    for ours, theirs in zip(two, one, strict=True):
        kept = [name for name in ("loss", "reward", "grad_norm", "gap") if name in theirs]
        assert [ours[name] for name in kept] == pytest.approx([theirs[name] for name in kept], abs=1e-4)
    assert len(server.bodies("/v1/load_lora_adapter")) == 8 and len(server.policies) == 3  # only the main process gives weights; each run's last adapter stays
