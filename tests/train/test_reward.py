"""Reward models: what training learns, writes and repeats."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from forking import Forker
from test_processes import agree
from test_resumption import losses

from veridical.models.assemble import make_policy
from veridical.models.encoder import EncodeError
from veridical.models.judging import load_judge
from veridical.models.judging.forms import form_of
from veridical.models.judging.judge import make_reader
from veridical.objectives.reward_method import find_reward, reward_methods
from veridical.recipe import Judging, RewardRecipe, load
from veridical.records.load import Source, save
from veridical.records.load import load as read
from veridical.records.record import Pair
from veridical.train.data import DataError
from veridical.train.reward.loop import make_assessor, train_reward
from veridical.train.reward.step import Appraiser
from veridical.train.session import Trained
from veridical.world.records import pairs as world_pairs

NEEDED = {
    "process": ["judging.tag=<s>", "judging.separator=','"], "choice": ["judging.turn='{first} or {second}?'"],
    "mm_rlhf": ["judging.turn=Right?"], "rate": ["judging.turn=Good?"],
}  # fmt: skip
"""What a form must be told for this model's tokenizer, and short questions for speed."""


@pytest.fixture(scope="session")
def described(folder: Path) -> Path:
    """Eight descriptions of the world with ranks, claims, spans, scores and pairs."""
    save(world_pairs(8), folder / "described.jsonl")
    return folder / "described.jsonl"


@pytest.fixture(scope="session")
def given(keys: Callable[..., list[str]], described: Path) -> Callable[..., list[str]]:
    """Overrides of a small reward model; what is given wins."""
    return lambda *more: keys(f"data.0.path={described}", "judging.max_new_tokens=2", *more)


@pytest.fixture(scope="session")
def trained(given: Callable[..., list[str]]) -> Callable[..., Trained]:
    """Train a reward model in this process."""
    return lambda *more: train_reward(load(RewardRecipe, None, given(*more)), say=lambda line: None)


@pytest.mark.parametrize("method", sorted(reward_methods()))
def test_every_method_learns_its_training_records_and_leaves_a_judge(method: str, trained: Callable[..., Trained], described: Path, tmp_path: Path) -> None:
    run = trained(f"method={method}", *NEEDED.get(method, []), "length.steps=10", "step.records=6", "optimiser.lr=3e-3", "held_out.fraction=0.25", f"run={tmp_path}").run
    logged = [line for line in losses(run) if "loss" in line]
    first, last = (sum(line["loss"] for line in part) for part in (logged[:3], logged[-3:]))  # a latent's noise is averaged
    assert last < first and all(line["skipped"] == 0 for line in logged)
    records = read(Source(path=str(described))).records
    found = load_judge(run, executor="state").opinions(records[:2], [[response.text for response in record.responses] for record in records[:2]])
    assert [len(own) for own in found] == [4, 4]
    assert json.loads((run / "judged.json").read_text())["pairs"] == 2
    if method not in ("choice", "rate"):
        assert all(opinion.score is not None for own in found for opinion in own)


@pytest.mark.parametrize("parts", [["parts.language=lora"], ["parts.language=full", "parts.projector=full"]], ids=["adapter", "model"])
def test_a_saved_judge_gives_training_responses_mean_zero_and_deviation_one(parts: list[str], trained: Callable[..., Trained], described: Path, tmp_path: Path) -> None:
    run = trained(*parts, "held_out.fraction=0", f"run={tmp_path}").run
    assert (run / "final" / ("adapter" if "lora" in parts[0] else "model")).is_dir()
    records = read(Source(path=str(described))).records
    scores = torch.tensor(load_judge(run, executor="state").scores(records, [[response.text for response in record.responses] for record in records]))
    assert (float(scores.mean()), float(scores.std())) == pytest.approx((0, 1), abs=1e-3)


def test_a_run_killed_at_any_moment_continues_to_bit_identical_losses(forker: Forker, given: Callable[..., list[str]], folder: Path) -> None:
    hard = ["method=inform", "judging.facts=true", "judging.turn=Right?{facts}", "lora.dropout=0.2"]
    hard += ["length.steps=6", "save.every=2", "save.keep=1", "watch.every=3", "step.micro_tokens=200"]
    smooth, rough = folder / "reward-smooth", folder / "reward-rough"
    assert forker.run("reward", given(*hard, f"run={smooth}"))[0] == [0]
    deaths = [("in a step of a reward model", 3), ("before a checkpoint gets its name", 1), ("while a line is logged", 4), ("before the files of a checkpoint are digested", 2)]
    for death, after in deaths:
        assert forker.run("reward", given(*hard, f"run={rough}"), death, after=after)[0] == [-signal.SIGKILL], death
    codes, said = forker.run("reward", given(*hard, f"run={rough}"))
    assert codes == [0] and "continuing from" in said
    assert losses(rough) == losses(smooth)
    for name in ("reward_head.safetensors", "adapter/adapter_model.safetensors", "reward.json"):
        assert (rough / "final" / name).read_bytes() == (smooth / "final" / name).read_bytes()


@pytest.mark.parametrize(
    "more",
    [
        ["method=llava_rlhf", "method_settings.terms.1.weight=1", "step.records=3", "judging.turn=Right?{facts}", "step.micro_tokens=1"],  # the sign of the whole step's mean is needed
        ["method=mm_rlhf", "step.records=1", "judging.turn=Right?"],  # one process has nothing to do
        pytest.param(["method=plackett_luce", "step.records=5", "parts.tower=lora", "parts.projector=full"], marks=pytest.mark.slow),
        pytest.param(["method=bradley_terry", "step.records=4", "judging.heads=3", "judging.share=0.6"], marks=pytest.mark.slow),
    ],
)
def test_two_processes_give_the_losses_of_one(more: list[str], forker: Forker, given: Callable[..., list[str]], tmp_path: Path) -> None:
    for processes in (1, 2):
        codes, said = forker.run("reward", given("watch.every=2", "save.every=2", "step.micro_tokens=300", *more, f"run={tmp_path}/{processes}"), processes=processes)
        assert codes == [0] * processes, said
    agree(tmp_path / "1", tmp_path / "2")
    judged = [json.loads((tmp_path / name / "judged.json").read_text()) for name in ("1", "2")]
    assert judged[0] == pytest.approx(judged[1], abs=1e-4)


def test_micro_batches_change_no_loss(trained: Callable[..., Trained], tmp_path: Path) -> None:
    for name, budget in (("whole", 10**6), ("single", 1)):
        trained("method=llava_rlhf", "method_settings.terms.1.weight=1", "judging.turn=Right?{facts}", f"step.micro_tokens={budget}", f"run={tmp_path}/{name}")
    for ours, theirs in zip(losses(tmp_path / "single"), losses(tmp_path / "whole"), strict=True):
        assert {name: value for name, value in ours.items() if name != "padding"} == pytest.approx({name: value for name, value in theirs.items() if name != "padding"}, abs=1e-5)


def test_every_micro_batch_knows_the_sign_of_the_whole_steps_mean(llava: Path, described: Path) -> None:
    ready, judging, method = make_policy(llava, executor="state"), Judging(), find_reward("llava_rlhf")
    assessor, reader = make_assessor(ready, judging), make_reader(ready.encoder, judging)
    examples = [form_of("score").example(reader, record) for record in read(Source(path=str(described))).records]
    alone = SimpleNamespace(num_processes=1, autocast=nullcontext)

    def run(budget: int) -> dict[str, float]:
        return Appraiser(assessor, assessor, method, budget, alone, assessor.encode).run(examples, learn=False)

    numbers = run(10**6)
    with torch.no_grad():
        assessor.head.out.bias -= 0.5 * (numbers["score/better"] + numbers["score/worse"]) - 1e-3  # now records differ in sign
    whole, single = run(10**6)["loss/centre mean"], run(1)["loss/centre mean"]
    assert whole == pytest.approx(1e-3 * 2e-3, rel=1e-2) and single == pytest.approx(whole, rel=1e-2)


def test_training_stops_early_when_held_out_accuracy_does_not_rise(given: Callable[..., list[str]], tmp_path: Path) -> None:
    said: list[str] = []
    keys = given("optimiser.lr=0", "length.steps=20", "watch.every=1", "watch.patience=2", "watch.metric=accuracy", "watch.better=higher", f"run={tmp_path}")
    done = train_reward(load(RewardRecipe, None, keys), say=said.append)
    assert done.finished and any("stopped early after step 3 of 20: accuracy" in line for line in said) and (tmp_path / "final/reward.json").is_file()


def test_an_ensembles_read_outs_learn_from_different_pairs(trained: Callable[..., Trained], tmp_path: Path) -> None:
    trained("judging.heads=4", "judging.share=0.5", f"run={tmp_path}")
    assert losses(tmp_path)[-1]["held_out/spread"] > 0
    judge = load_judge(tmp_path, executor="state")
    records = world_pairs(2)
    assert min(value for own in judge.uncertainty(records, [["A tree.", "No tree."]] * 2) for value in own) > 0


def test_ties_ranks_without_pairs_and_records_of_which_nothing_can_be_learnt(trained: Callable[..., Trained], folder: Path, tmp_path: Path) -> None:
    tie, ranked, bare, *_ = world_pairs(4)
    tie = tie.replace(pairs=(Pair(chosen="chosen", rejected="gold", relation="="), *tie.pairs))
    bare = bare.replace(pairs=(), responses=tuple(response.replace(rank=None, score=None, label=None) for response in bare.responses))
    save([tie, ranked.replace(pairs=()), bare], folder / "odd.jsonl")
    done = trained(f"data.0.path={folder / 'odd.jsonl'}", "held_out.fraction=0", "step.records=2", "length.steps=1", f"run={tmp_path}")
    line = losses(tmp_path)[0]
    assert [bare.record_id in one.reason for one in done.left_out] == [True]
    assert line["pairs"] == 1 + 5 and line["loss/tie"] > 0  # two of rank 1, one of 2, one of 3: five pairs of different rank
    with pytest.raises(DataError, match="no pair, and no response"):
        save([bare], folder / "bare.jsonl")
        trained(f"data.0.path={folder / 'bare.jsonl'}", f"run={tmp_path}/none")


def test_a_form_that_lacks_what_it_needs_says_which_key_to_set(trained: Callable[..., Trained], tmp_path: Path) -> None:
    with pytest.raises((DataError, EncodeError), match="judging.tag"):
        trained("method=process", f"run={tmp_path}")
    with pytest.raises(ValueError, match="judging.form=letter: expected one of score"):
        trained("judging.form=letter", f"run={tmp_path}")


def test_the_first_batch_shows_the_chosen_score_raised_and_the_rejected_one_lowered(trained: Callable[..., Trained], tmp_path: Path) -> None:
    trained("length.steps=1", "step.records=1", f"run={tmp_path}")
    page = (tmp_path / "first_batch.html").read_text()
    places = [page.index(name) for name in ("<small>chosen", "<small>rejected")]
    green, red = page.index("rgb(40 160 90/0."), page.index("rgb(210 60 50/0.")  # the legend's own colours have no zero before the point
    assert places[0] < green < places[1] < red
