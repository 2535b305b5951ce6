"""An evaluation of real models: from a directory, in the middle of training, behind a server; in one process, in two, and killed."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from veridical.evaluate.benchmarks import find
from veridical.evaluate.questions import Questions
from veridical.evaluate.run import load
from veridical.models.assemble import make_policy
from veridical.models.respondent import of_policy
from veridical.models.sample import Generation
from veridical.recipe import EvaluateRecipe
from veridical.records.picture import open_picture
from veridical.records.result import Result
from veridical.study.evaluation import run_evaluation
from veridical.study.watching import watch_benchmarks
from veridical.world import CHECKPOINT
from veridical.world.files import write_all, write_pope
from veridical.world.scene import scene

ALONE = os.environ | {"OMP_NUM_THREADS": "1"}
HOW = {"max_new_tokens": 16, "batch": 8}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """POPE and AMBER of three scenes."""
    return write_all(tmp_path_factory.mktemp("files"), 1, 3, 3)


@pytest.fixture(scope="module")
def ready():
    """The shipped model, opened once."""
    torch.set_num_threads(1)
    return make_policy(CHECKPOINT)


def recipe(files: Path, run: Path, **changes) -> EvaluateRecipe:
    """POPE asked of the shipped model."""
    return EvaluateRecipe(**{"model": str(CHECKPOINT), "benchmarks": [{"name": "pope", "data": str(files / "pope")}], "generation": HOW, "run": str(run), **changes})


def test_answers_do_not_depend_on_what_else_is_in_the_batch(files, ready):
    records = load(find("amber"), files / "amber")  # descriptions and short answers about the same pictures
    asked = Questions(find("amber"), records, files / "amber").posed
    respond = of_policy(ready.policy, ready.encoder, open_picture, Generation(max_new_tokens=24))
    alone = {record.record_id: respond([record])[0] for record in asked}
    mixed = random.Random(0).sample(asked, len(asked))
    for order in (asked, mixed, mixed[:5]):
        assert dict(zip([record.record_id for record in order], respond(order), strict=True)) == {record.record_id: alone[record.record_id] for record in order}
    assert len(set(alone.values())) == 5 and respond.written >= 2 * len(asked)  # yes, no, and three descriptions


def test_the_model_being_trained_answers_as_its_directory_does_and_is_not_copied(files, ready, tmp_path):
    found = run_evaluation(recipe(files, tmp_path / "directory"), lambda line: None)["pope"]
    watch = watch_benchmarks(recipe(files, tmp_path / "watched"))
    before = {name: value.data_ptr() for name, value in ready.policy.model.named_parameters()}
    assert watch(ready.policy, 7) == {f"pope/{name}": found.metrics[name].value for name in ("f1", "yes_ratio")}
    assert {name: value.data_ptr() for name, value in ready.policy.model.named_parameters()} == before
    kept = Result.load(tmp_path / "watched" / "results" / "pope-7.json")
    assert [row.response for row in kept.rows] == [row.response for row in found.rows]


def test_a_served_model_is_asked_for_the_same_responses(files, serve, tmp_path):
    server = serve(CHECKPOINT)
    here, there = (
        run_evaluation(recipe(files, tmp_path / name, size=18, **more), lambda line: None)["pope"]
        for name, more in (("here", {}), ("there", {"server": {"url": server.url, "model": str(CHECKPOINT), "at_once": 2}}))
    )
    assert [row.response for row in here.rows] == [row.response for row in there.rows]
    asked = len(server.bodies("/v1/chat/completions"))
    run_evaluation(recipe(files, tmp_path / "there", size=18, server={"url": server.url, "model": str(CHECKPOINT)}), lambda line: None)
    assert len(server.bodies("/v1/chat/completions")) == asked > 0


def command(data: Path, run: Path, *launcher: str) -> list[str]:
    """`veridical evaluate` of the shipped model in a process of its own."""
    keys = [f"model={CHECKPOINT}", "benchmarks.0.name=pope", f"benchmarks.0.data={data}", f"run={run}", *(f"generation.{name}={value}" for name, value in HOW.items())]
    return [sys.executable, *launcher, "-m", "veridical", "evaluate", *keys]


def kept(run: Path) -> int:
    """Responses that are on disk."""
    file = run / "responses.jsonl"
    return file.read_bytes().count(b"\n") if file.is_file() else 0


def stopped(data: Path, run: Path, number: signal.Signals, more: int) -> tuple[int, str]:
    """The command, sent a signal once so many more responses are kept: its exit code and what it said."""
    hears = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)  # noqa: E731 - a test that runs in the background has been told not to
    goal = kept(run) + more
    process = subprocess.Popen(command(data, run), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=ALONE, preexec_fn=hears)
    while kept(run) < goal and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(number)
    said = process.communicate()[1]
    return process.returncode, said


@pytest.mark.slow
def test_two_thousand_questions_killed_three_times_and_interrupted_give_the_bytes_of_a_run_left_alone(tmp_path):
    write_pope(tmp_path / "pope", [scene(seed, "test") for seed in range(9000, 9125)])
    assert sum(len(file.read_text().splitlines()) for file in (tmp_path / "pope").glob("*.json")) > 2000
    chance = random.Random(3)
    for number in (signal.SIGKILL, signal.SIGKILL, signal.SIGKILL, signal.SIGINT):
        code, said = stopped(tmp_path / "pope", tmp_path / "killed", number, chance.randrange(50, 200))
        assert code == (-9 if number == signal.SIGKILL else 130) and ("the same command goes on" in said) == (number == signal.SIGINT)
    for run in ("killed", "alone"):
        subprocess.run(command(tmp_path / "pope", tmp_path / run), check=True, stdout=subprocess.DEVNULL, env=ALONE)
    assert (tmp_path / "killed" / "results" / "pope.json").read_bytes() == (tmp_path / "alone" / "results" / "pope.json").read_bytes()


@pytest.mark.slow
def test_accelerate_launch_with_two_processes_writes_the_result_of_one(files, tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    launcher = ["-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2", "--main_process_port", str(port)]
    for run, given in (("one", []), ("two", launcher)):
        subprocess.run(command(files / "pope", tmp_path / run, *given), check=True, stdout=subprocess.DEVNULL, env=ALONE)
    assert (tmp_path / "two" / "responses-1.jsonl").is_file()
    assert (tmp_path / "one" / "results" / "pope.json").read_bytes() == (tmp_path / "two" / "results" / "pope.json").read_bytes()
