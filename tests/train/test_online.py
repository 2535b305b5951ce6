"""The online loop: killed at any moment it continues exactly; two processes give the numbers of one; wrong weights stop it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from forking import Forker

from veridical.grade.reward import RewardError
from veridical.recipe import OnlineRecipe, RecipeError, load
from veridical.records.load import save
from veridical.records.record import Part, Turn
from veridical.train.online import draw, online
from veridical.train.online.learn import GapError
from veridical.train.online.prompts import disorder
from veridical.world.tasks import task

RUN = [
    "step.records=3", "length.steps=4", "save.every=2", "save.keep=9", "watch.every=2", "device=cpu", "optimiser.lr=1e-3", "held_out.fraction=0.2", "sampling.max_new_tokens=5", "algorithm_settings.draws.group=3",
    "rewards.0.name=repetition", "rewards.0.label=accuracy", "step.micro_tokens=120",
]  # fmt: skip
LAYOUT = ("time", "seconds", "tokens_per_second", "memory_MB")


@pytest.fixture(scope="module")
def asked(llava: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., list[str]]:
    """Overrides of a small online run on fourteen questions, two of them without a picture; what is given wins."""
    target = tmp_path_factory.mktemp("world") / "count.jsonl"
    records = task("count", 14)
    bare = [record.replace(media=(), prompt=(Turn(role="user", parts=(Part(text="How many?"),)),)) for record in records[:2]]
    save([*bare, *records[2:]], target)
    return lambda *given: [f"model={llava}", f"data.0.path={target}", *RUN, *given]


def lines(run: Path) -> list[dict[str, float]]:
    """What was logged, without times."""
    return [{name: value for name, value in json.loads(line).items() if name not in LAYOUT} for line in (run / "metrics.jsonl").read_text().splitlines()]


def said(run: Path) -> list[tuple[int, str, str]]:
    """Step, record and text of every rollout."""
    return [(row["step"], row["record"], row["text"]) for row in map(json.loads, (run / "rollouts.jsonl").read_text().splitlines())]


@pytest.mark.parametrize(
    ("death", "after", "algorithm"),
    [
        ("while responses are drawn", 3, "grpo"),
        pytest.param("while responses are graded", 3, "ppo", marks=pytest.mark.slow),
        ("while the policy learns from rollouts", 7, "ppo"),
        pytest.param("while the companion learns", 3, "prime", marks=pytest.mark.slow),
        pytest.param("while a rollout is written", 3, "dapo", marks=pytest.mark.slow),
        ("before a checkpoint gets its name", 2, "oreal"),
        pytest.param("while a line is logged", 4, "remax", marks=pytest.mark.slow),
    ],
)
def test_a_run_that_is_killed_continues_with_the_same_prompts_and_the_same_losses(death, after, algorithm, forker: Forker, asked, tmp_path) -> None:
    keys = asked(f"algorithm={algorithm}", "algorithm_settings.draws.group=3")
    assert forker.run("online", [*keys, f"run={tmp_path}/one"])[0] == [0]
    codes, log = forker.run("online", [*keys, f"run={tmp_path}/two"], death=death, after=after)
    assert codes == [-9], log
    codes, log = forker.run("online", [*keys, f"run={tmp_path}/two"])
    assert codes == [0], log
    assert lines(tmp_path / "two") == lines(tmp_path / "one")
    assert said(tmp_path / "two") == said(tmp_path / "one")


@pytest.mark.parametrize("algorithm", ["grpo", "ppo", *(pytest.param(name, marks=pytest.mark.slow) for name in ("prime", "dapo", "papo", "online_dpo"))])
def test_two_processes_give_the_numbers_of_one(algorithm: str, forker: Forker, asked, tmp_path) -> None:
    keys = asked(f"algorithm={algorithm}", "algorithm_settings.draws.group=3")
    for processes in (1, 2):
        codes, log = forker.run("online", [*keys, f"run={tmp_path}/{processes}"], processes=processes)
        assert codes == [0] * processes, log
    one, two = lines(tmp_path / "1"), lines(tmp_path / "2")
    assert len(one) == len(two) > 4
    for ours, theirs in zip(two, one, strict=True):
        assert ours == pytest.approx(theirs, abs=2e-5, rel=2e-5)


def test_a_sampler_with_other_weights_stops_the_run(asked, tmp_path, monkeypatch) -> None:
    usual = draw.draw

    def elsewhere(*given, **named):
        return [[replace(one, logp=one.logp - 0.5) for one in row] for row in usual(*given, **named)]

    monkeypatch.setattr(draw, "draw", elsewhere)
    with pytest.raises(GapError, match="0.500 nats per token.*other weights"):
        online(load(OnlineRecipe, None, asked(f"run={tmp_path}/run")), say=lambda line: None)


def test_without_rewards_there_is_nothing_to_learn(asked, tmp_path) -> None:
    with pytest.raises(RecipeError, match="rewards: there are none"):
        online(load(OnlineRecipe, None, asked("rewards=[]", f"run={tmp_path}/run")), say=lambda line: None)
    with pytest.raises(RewardError, match="unknown"):
        online(load(OnlineRecipe, None, asked("rewards.0.name=acuracy", f"run={tmp_path}/run")), say=lambda line: None)


def test_a_teacher_is_followed_without_any_reward(asked, llava, tmp_path) -> None:
    """The student starts away from its teacher, and comes nearer."""
    from veridical.models.small.build import build

    teacher = build("llava", seed=3).save(tmp_path / "teacher")
    keys = asked("rewards=[]", "reference=model", f"reference_model={teacher}", "algorithm=distil", "parts.language=full", "length.steps=20", "optimiser.lr=3e-3", "watch.every=100", f"run={tmp_path}/run")
    online(load(OnlineRecipe, None, keys), say=lambda line: None)
    losses = [row["loss"] for row in lines(tmp_path / "run") if "loss" in row]
    assert losses[0] > 1e-3 and losses[-1] < 0.7 * losses[0]


def test_demonstrations_are_imitated_beside_rollouts_and_a_run_with_them_continues_exactly(asked, tmp_path) -> None:
    """With a heavy weight their loss falls below what it is without; the run goes on to the same numbers after its first checkpoint."""
    import shutil

    shown = tmp_path / "shown.jsonl"
    save(task("count", 4), shown)
    more = [f"demonstrations.data.0.path={shown}", "demonstrations.records=4", "optimiser.lr=1e-2", "length.steps=6"]
    found = {}
    for weight in (1e-6, 50.0):
        run = tmp_path / f"{weight:g}"
        online(load(OnlineRecipe, None, asked(*more, f"demonstrations.weight={weight}", f"run={run}")), say=lambda line: None)
        found[weight] = [row["demonstrations"] for row in lines(run) if "demonstrations" in row]
        assert len(found[weight]) == 6
    assert found[50.0][0] == pytest.approx(found[1e-6][0], rel=1e-4)  # before anything was learnt
    assert found[50.0][-1] < found[1e-6][-1] - 0.1
    again = tmp_path / "again"
    again.mkdir()
    shutil.copytree(tmp_path / "50" / "checkpoints" / "step-000002", again / "checkpoints" / "step-000002")
    online(load(OnlineRecipe, None, asked(*more, "demonstrations.weight=50.0", f"run={again}")), say=lambda line: None)
    assert [row["demonstrations"] for row in lines(again) if "demonstrations" in row] == found[50.0][2:]


def test_every_response_has_a_seed_of_its_own(asked, tmp_path) -> None:
    """Neither how prompts are batched, nor the other prompts of the step, changes what is drawn; and a group differs."""
    for batch in (1, 16):
        online(load(OnlineRecipe, None, asked("length.steps=1", f"sampling.batch={batch}", f"run={tmp_path}/{batch}")), say=lambda line: None)
    assert said(tmp_path / "1") == said(tmp_path / "16")
    groups: dict[str, set[str]] = {}
    for _, record, text in said(tmp_path / "1"):
        groups.setdefault(record, set()).add(text)
    assert any(len(texts) > 1 for texts in groups.values())


def test_pictures_in_disorder_are_not_in_their_own_order() -> None:
    assert disorder(1, 0) == [0] and disorder(2, 5) == [1, 0]
    assert all(disorder(4, seed) != [0, 1, 2, 3] and sorted(disorder(4, seed)) == [0, 1, 2, 3] for seed in range(30))


def test_steps_ask_and_draw_in_different_manners(asked, tmp_path) -> None:
    """The ratio is of what was sampled: whatever the step's temperature, sampler and trainer agree."""
    keys = asked("length.steps=6", "sampling.manners=[{temperature: 0.5}, {temperature: 2.0, system: Look twice., suffix: ' Check your answer.', weight: 2}]", f"run={tmp_path}/run")
    online(load(OnlineRecipe, None, keys), say=lambda line: None)
    rows = [json.loads(line) for line in (tmp_path / "run" / "rollouts.jsonl").read_text().splitlines()]
    assert {(row["temperature"], row["asked"]) for row in rows} == {(0.5, ""), (2.0, "Look twice. Check your answer.")}
    assert all(row["gap"] < 1e-5 for row in lines(tmp_path / "run") if "gap" in row)
