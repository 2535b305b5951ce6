"""The doctor asks a server what a run would ask of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from veridical.models.small.build import build
from veridical.study.doctor import doctor, server as part


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model's directory."""
    return build("llava").save(tmp_path_factory.mktemp("doctor") / "llava")


def lines(url: str) -> dict[str, tuple[str, str]]:
    """Status and finding by name."""
    return {one.name: (one.status, one.found) for one in part.lines(url)}


def test_a_server_that_does_everything_is_ok(model, serve, monkeypatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    server = serve(model)
    found = doctor(server.url)
    assert found.line("served model").found == str(model) and found.line("served words").status == "ok"
    assert found.line("new weights").found == "adapters (/v1/load_lora_adapter); whole models from disk (/collective_rpc reload_weights)"


def test_what_a_server_lacks_is_said_with_the_line_that_starts_one_with_it(model, serve) -> None:
    server = serve(model, calls=(), scaled=False)
    server.faults = [lambda answer: answer.pop("prompt_token_ids")]
    found = {one.name: one for one in part.lines(server.url)}
    assert found["new weights"].status == "optional" and "not for online" in found["new weights"].found
    assert "not the prompt's ids; not log-probabilities at any temperature" in found["served words"].found
    assert all("vllm serve MODEL" in found[name].fix and "--logprobs-mode processed_logprobs" in found[name].fix for name in ("new weights", "served words"))
    assert "through the GPU's memory" in lines(serve(model, calls=("/update_weights", "/server_info")).url)["new weights"][1]


def test_a_server_that_is_not_there_is_missing_and_none_is_no_line(monkeypatch) -> None:
    monkeypatch.delenv("VERIDICAL_VLLM", raising=False)
    assert list(part.lines()) == []
    assert lines("http://127.0.0.1:9/v1")["served model"][0] == "missing"
