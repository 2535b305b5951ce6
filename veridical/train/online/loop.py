"""Online alignment: the loop in plain sight. It knows an algorithm only as a value."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from torch import Tensor

from veridical.grade.reward import Rewarded, Rewards
from veridical.models.assemble import Ready
from veridical.models.reference import Wanted, make_reference
from veridical.models.remember import Reference, settings_of
from veridical.models.shown import Shown
from veridical.objectives.online.after import Corrected
from veridical.objectives.online.algorithm import Algorithm
from veridical.objectives.online.find import find
from veridical.objectives.online.rollouts import Rollouts
from veridical.recipe import OnlineRecipe, RecipeError
from veridical.records.corrupt import corrupt, default_corruption
from veridical.records.picture import open_picture
from veridical.records.record import Record
from veridical.train.data import Data, gather
from veridical.train.features import Features
from veridical.train.online.beside import companion
from veridical.train.online.demonstrate import demonstrations
from veridical.train.online.draw import Drawer, Grade, Group
from veridical.train.online.learn import Learner
from veridical.train.online.prompts import DISORDER, Manners, Reader
from veridical.train.online.server import remote
from veridical.train.online.tell import silent_nan
from veridical.train.open import blank, ended, extent, open_policy, open_run, silent, stand_in
from veridical.train.order import Order, share
from veridical.train.reference import another, follow, moving
from veridical.train.session import Session, Trained, accelerate, begin
from veridical.train.sharded import whole
from veridical.train.stop import listening
from veridical.train.total import summed
from veridical.train.watch import Watch, check_patience, look


def online(recipe: OnlineRecipe, watch: Watch | None = None, say: Callable[[str], None] = print) -> Trained:
    """Align a model directory with rewards as the recipe says; the run directory holds everything.

    Running the same command again continues where it stopped, with the same next prompts. `watch(policy, steps done)` may
    measure more at each look. Errors: RecipeError, LoadError, DataError, ModelError, ReferenceError, CheckpointError,
    GapError, ServerError, each naming what to change.
    """
    algorithm = algorithm_of(recipe)
    accelerator = accelerate(recipe)
    say = say if accelerator.is_main_process else silent
    ready = open_policy(recipe, accelerator, say)
    if algorithm.critic:
        ready.policy.value_tokens()
    features = Features(ready.policy, recipe.feature_cache, say=say)
    reader = reader_of(recipe, algorithm, ready)
    data = gather(recipe, lambda record: bool(reader(record)) * 0, accelerator, say)
    run = open_run(recipe, data, accelerator, say)
    reference = reference_of(recipe, algorithm, ready)
    beside = companion(algorithm.beside, ready.policy, accelerator) if algorithm.beside else None
    order = Order(len(data.train), recipe.step.records, recipe.seed)
    steps = recipe.length.steps or order.steps(recipe.length.epochs)
    session = begin(ready.policy, recipe, run, steps, [ready.opened.tokenizer, ready.opened.image_processor], accelerator, say)
    moving(session, reference)
    if algorithm.critic:
        session.remember("value_head", ready.policy.valued.state_dict)
    if beside is not None:
        session.remember("beside", lambda: beside.tensors)
    manners = Manners(recipe.sampling.manners, algorithm.draws, recipe.seed)
    with graded(recipe) as rewards:
        drawer = Drawer(
            algorithm, ready.policy, ready.encoder, reader, rewards, accelerator, features, recipe.sampling.batch, recipe.sampling.max_new_tokens, manners, recipe.seed,
            remote(recipe.sampling.server, session, ready, reader),
        )  # fmt: skip
        learner = Learner(
            session, algorithm, ready.policy, reference, features, recipe.step.micro_tokens, recipe.sampling.max_new_tokens, recipe.sampling.most_gap, beside,
            demonstrations(recipe, ready, session, features, say), blank(ready, accelerator), stand_in(ready, accelerator), session.extras.setdefault("memory", {}),
        )  # fmt: skip
        say(f"{algorithm.name}: {algorithm.formula}\n{extent(data, steps, recipe)}, {algorithm.draws.group} responses to each")
        finished = loop(session, Parts(drawer, learner, order, data), watch)
    ended(session, data, finished)
    return Trained(run.path, steps, finished, tuple(data.left_out))


@dataclass(frozen=True)
class Parts:
    """What the loop turns."""

    drawer: Drawer
    learner: Learner
    order: Order
    data: Data

    def prompts(self, cursor: int) -> Callable[[int], Sequence[Record]]:
        """Batches of prompts from the run's batch number `cursor` on."""
        return lambda attempt: [self.data.train[place] for place in self.order.step(cursor + attempt)]


def loop(session: Session, parts: Parts, watch: Watch | None) -> bool:
    """Steps until the end, an early stop, or a wish to stop (then False)."""

    def held_out(most: int | None = None) -> dict[str, float]:
        return examined(parts, parts.data.held[:most], session)

    parts.drawer.refresh(session.first)
    check_patience(session, lambda: held_out(1), watch)
    transcript = Transcript(session, parts.drawer.manners)
    with listening() as wish:
        for step in session.ahead("online"):
            session.enter(step)
            cursor = int(session.extras.get("cursor", 0))
            with whole(session.plain):
                groups, used = parts.drawer(step, parts.prompts(cursor))
            numbers, rollouts, advantages = parts.learner(step, groups, parts.drawer.manners(step).temperature)
            parts.drawer.refresh(step + 1)
            session.extras["cursor"] = cursor + used
            transcript(step, groups, rollouts, advantages)
            session.log(step, silent_nan({**numbers, "batches_drawn": float(used)}))
            follow(parts.learner.reference, step + 1)
            if look(session, held_out, watch, step + 1):
                session.end(step + 1)
                return True
            if session.due(step + 1):
                session.save(step + 1)
            if session.stopped(wish, step + 1):
                return False
    return True


def examined(parts: Parts, records: Sequence[Record], session: Session) -> dict[str, float]:
    """Held-out prompts answered greedily: their mean rewards, over all processes."""
    if not records:
        return {}
    mine = share(range(len(records)), session.accelerator.process_index, session.accelerator.num_processes)
    algorithm, manner = parts.drawer.algorithm, parts.drawer.manners(0).model_copy(update={"temperature": 0.0, "top_p": 1.0})
    plain = replace(parts.drawer, algorithm=replace(algorithm, draws=replace(algorithm.draws, group=1, greedy=False, contrast=0.0)), manners=lambda step: manner)
    groups = plain.groups([plain.reader(records[place], place, manner) for place in mine], 0)
    totals: dict[str, float] = {"responses": 0.0}
    for group in groups:
        for name, value in {"reward": group.rewarded[0].total, **{f"reward/{name}": part for name, part in group.rewarded[0].parts.items()}, "length": float(len(group.drawn[0].tokens))}.items():
            if value is not None:
                totals[name] = totals.get(name, 0.0) + value
                totals[f"n:{name}"] = totals.get(f"n:{name}", 0.0) + 1
        totals["responses"] += 1
    found = summed(totals)
    return {name: value / found[f"n:{name}"] for name, value in found.items() if f"n:{name}" in found}


@dataclass(frozen=True)
class Transcript:
    """Every rollout as a line of `rollouts.jsonl`: what was asked and said, what it earned, and what was learnt from it."""

    session: Session
    manners: Manners

    def __post_init__(self) -> None:
        path = self.session.run.path / "rollouts.jsonl"
        if self.session.main and path.is_file():
            kept = [line for line in path.read_text().splitlines(keepends=True) if line.endswith("\n") and json.loads(line)["step"] < self.session.first]
            path.write_text("".join(kept))

    def __call__(self, step: int, groups: Sequence[Group], rollouts: Rollouts, advantages: Tensor) -> None:
        """This process's groups; only the main process writes."""
        if not self.session.main:
            return
        manner = self.manners(step)
        with (self.session.run.path / "rollouts.jsonl").open("a") as file:
            for group in groups:
                rows = (rollouts.prompt == group.prompt.place).nonzero()[:, 0].tolist()
                for row, drawn, rewarded in zip(rows, group.drawn, group.rewarded, strict=True):
                    line = {
                        "step": step, "temperature": manner.temperature, "asked": manner.system + manner.suffix, "record": group.prompt.record.record_id, "text": drawn.text, "tokens": len(drawn.tokens), "ended": drawn.ended,
                        "reward": rewarded.total, "parts": dict(rewarded.parts), "why": rewarded.why, "advantage": round(float(advantages[row, 0]), 6), "kept": bool(rollouts.taught[row].any()),
                    }  # fmt: skip
                    file.write(json.dumps(line, ensure_ascii=False) + "\n")


@contextmanager
def graded(recipe: OnlineRecipe) -> Iterator[Grade]:
    """The recipe's rewards; their workers end with the block. Without any, where only a teacher is followed, every response earns 0."""
    if not recipe.rewards:
        yield lambda records, responses: [[Rewarded(0.0, {}) for _ in row] for row in responses]
        return
    rewards = Rewards.of(recipe.rewards, workers=recipe.workers, deadline=recipe.deadline)
    try:
        yield rewards
    finally:
        rewards.close()


def algorithm_of(recipe: OnlineRecipe) -> Algorithm:
    """The recipe's algorithm. Errors: RecipeError where nothing tells good from bad."""
    found = find(recipe.algorithm).with_settings(recipe.algorithm_settings)
    draws = replace(found.draws, group=int(found.draws.group), tries=int(found.draws.tries))
    found = replace(found, draws=draws, updates=int(found.updates), batches=int(found.batches), corruption=recipe.corruption or found.corruption)
    if recipe.sampling.correction is not None:
        found = replace(found, after=(*found.after, Corrected(recipe.sampling.correction)))
    if not recipe.rewards and recipe.reference != "model":
        raise RecipeError("rewards: there are none, so nothing tells a good response from a bad one; name graders (veridical list graders), or a teacher with reference=model")
    return found


def reader_of(recipe: OnlineRecipe, algorithm: Algorithm, ready: Ready) -> Reader:
    """How this run reads prompts."""
    spec = algorithm.corruption
    damage = default_corruption(dict(spec), recipe.seed) if spec else None
    variants = (*algorithm.pictures, *((DISORDER,) if algorithm.draws.contrast else ()))
    return Reader(ready.encoder, Shown(open_picture, corrupt, damage, recipe.seed), variants, recipe.sampling.max_new_tokens)


def reference_of(recipe: OnlineRecipe, algorithm: Algorithm, ready: Ready) -> Reference | None:
    """The reference that the recipe names; none where the algorithm reads none."""
    if not algorithm.needs_reference:
        return None
    if recipe.reference == "none":
        raise RecipeError(f"reference=none: {algorithm.name} compares with a reference; choose another one, or set the weights that read it to 0 in algorithm_settings")
    settings = settings_of(ready.opened.image_processor, [recipe.step, recipe.precision])
    return make_reference(recipe.reference, ready.policy, Wanted(None, settings, recipe.moving.rate, recipe.moving.every, (lambda: another(recipe, ready)) if recipe.reference_model else None))
