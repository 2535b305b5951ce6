"""Preference alignment: the loop in plain sight. It knows a method only as a value that turns scores into a loss."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.progress import track

from veridical.models.assemble import Ready, make_policy, summary
from veridical.models.encoder import EncodeError
from veridical.models.parts import describe
from veridical.models.policy import Policy
from veridical.models.read import Example, Reading
from veridical.models.reference import Reference, make_reference, settings_of
from veridical.objectives.method import Method, find
from veridical.recipe import AlignRecipe, dump
from veridical.records.corrupt import corrupt, default_corruption
from veridical.records.load import Source, load, mix, summary_of
from veridical.records.picture import PictureError, open_picture
from veridical.records.record import Record
from veridical.records.run import Run
from veridical.train import checkpoint
from veridical.train.order import Order, share
from veridical.train.session import Session, begin
from veridical.train.show import first_batch
from veridical.train.step import Stepper
from veridical.train.stop import listening

Watch = Callable[[Policy, int], dict[str, float]]


@dataclass(frozen=True)
class Aligned:
    """What a run left behind."""

    run: Path
    steps: int
    finished: bool
    left_out: tuple[str, ...]
    """Records that could not be used, with the reason."""


def align(recipe: AlignRecipe, watch: Watch | None = None, say: Callable[[str], None] = print) -> Aligned:
    """Align a model directory with preference data as the recipe says; the run directory holds everything.

    Running the same command again continues where it stopped. Errors: RecipeError, ModelError, ReferenceError,
    CheckpointError and EncodeError, each naming what to change; ValueError when no record is left.
    """
    method = find(recipe.method).with_settings(recipe.method_settings)
    records, left_out = gather(recipe, say)
    run = Run(Path(recipe.run))
    ready = make_policy(
        recipe.model, recipe.adapter, recipe.parts.model_dump(), recipe.lora.model_dump(), recipe.executor, recipe.precision,
        recipe.attention, recipe.step.max_tokens, recipe.step.picture_tokens, None if recipe.device == "auto" else recipe.device,
    )  # fmt: skip
    say(summary(ready) + "\n" + describe(ready.parts))
    reading = reading_of(recipe, method, ready)
    usable, unusable = check(records, reading)
    left_out += unusable
    train, held = divide(usable, recipe)
    reference = make_reference(recipe.reference if method.needs_reference else "none", ready.policy, run.path / "reference", settings_of(ready.opened.image_processor, [recipe.step]))
    order = Order(len(train), recipe.step.records, recipe.seed)
    steps = recipe.length.steps or order.steps(recipe.length.epochs)
    companions = [ready.opened.tokenizer, ready.opened.image_processor]
    run.start(dump(recipe), [{"source": source.model_dump(), "records": len(train), "held_out": len(held), "left_out": left_out} for source in recipe.data])
    session = begin(ready.policy, recipe, replace_writes(run), steps, companions)
    stepper = Stepper(session.policy, ready.policy, reference, method, recipe.step.micro_tokens, session.accelerator, ready.encoder.blank() if ready.policy.trains_tower else None)
    say(f"{method.name}: {method.formula}\n{len(train)} records in {steps} steps of {recipe.step.records}, {len(held)} held out, {len(left_out)} left out")
    finished = loop(session, stepper, order, train, held, reading, recipe, watch, run)
    if session.main and finished:
        finish(session, recipe, ready)
    for line in summary_of(left_out):
        say(line)
    return Aligned(run.path, steps, finished, tuple(left_out))


def loop(session: Session, stepper: Stepper, order: Order, train: Sequence[Record], held: Sequence[Record], reading: Reading, recipe: AlignRecipe, watch: Watch | None, run: Run) -> bool:
    """Steps until the end, an early stop, or a wish to stop (then False)."""
    rank, world = session.accelerator.process_index, session.accelerator.num_processes
    with listening() as wish:
        for step in bar(session):
            session.enter(step)
            session.plain.train()
            examples = [reading(train[index]) for index in share(order.step(step), rank, world)]
            if step == 0 and session.main:
                run.write("first_batch.html", first_batch([train[index] for index in share(order.step(0), rank, world)], examples, reading))
            session.leave(step, stepper.run(examples))
            stop = look(session, stepper, held, reading, recipe, watch, step + 1)
            if session.due(step + 1) or stop:
                session.save(step + 1)
            if stop:
                return True
            if session.stopped(wish, step + 1):
                return False
    return True


def look(session: Session, stepper: Stepper, held: Sequence[Record], reading: Reading, recipe: AlignRecipe, watch: Watch | None, done: int) -> bool:
    """Held-out pairs, and whatever `watch` measures; True when patience has run out."""
    if not (done % recipe.watch.every == 0 or done == session.steps):
        return False
    session.plain.eval()
    numbers: dict[str, float] = {}
    if held:
        rank, world = session.accelerator.process_index, session.accelerator.num_processes
        numbers = stepper.run([reading(record) for record in held[rank::world]], learn=False)
    if watch is not None:
        numbers |= watch(session.plain, done)
    session.run.log(done - 1, {f"held_out/{name}": value for name, value in numbers.items()})
    return out_of_patience(session, numbers, recipe)


def out_of_patience(session: Session, numbers: dict[str, float], recipe: AlignRecipe) -> bool:
    """Whether the watched metric has not improved for `patience` looks."""
    if recipe.watch.patience is None or not numbers:
        return False
    if recipe.watch.metric not in numbers:
        raise ValueError(f"watch.metric={recipe.watch.metric}: not measured; there are {sorted(numbers)}")
    value = numbers[recipe.watch.metric] * (1 if recipe.watch.better == "lower" else -1)
    if value < session.extras.get("best", float("inf")):
        session.extras |= {"best": value, "waited": 0}
        return False
    session.extras["waited"] = session.extras.get("waited", 0) + 1
    return session.extras["waited"] >= recipe.watch.patience


def gather(recipe: AlignRecipe, say: Callable[[str], None]) -> tuple[list[Record], list[Any]]:
    """All sources read and mixed; what was left out."""
    loaded = [load(Source(**source.model_dump())) for source in recipe.data]
    for source, found in zip(recipe.data, loaded, strict=True):
        say(f"{source.path}: {found.format} ({found.why}), {len(found.records)} records, {len(found.left_out)} left out")
    records = mix(list(zip(recipe.data, loaded, strict=True)), recipe.seed)
    return records, [item for found in loaded for item in found.left_out]


def reading_of(recipe: AlignRecipe, method: Method, ready: Ready) -> Reading:
    """How this run reads records."""
    spec = recipe.corruption or method.corruption
    damage = default_corruption(dict(spec), recipe.seed) if spec else None
    return Reading(ready.encoder, method.views, open_picture, corrupt, damage, recipe.seed)


def check(records: Sequence[Record], reading: Reading) -> tuple[list[Record], list[Any]]:
    """Records that can be read under the method, and the others with their reasons; nothing else is lost for one bad picture."""
    from veridical.records.load import LeftOut

    usable, unusable = [], []
    for record in track(records, "check", transient=True, disable=len(records) < 200):
        try:
            reading(record)
            usable.append(record)
        except (EncodeError, PictureError) as error:
            unusable.append(LeftOut(record.provenance.file, record.provenance.index, "", str(error)))
    if not usable:
        reasons = "; ".join(sorted({item.reason for item in unusable})[:3])
        raise ValueError(f"no record can be used: {reasons or 'the files hold no pairs'}")
    return usable, unusable


def divide(records: Sequence[Record], recipe: AlignRecipe) -> tuple[list[Record], list[Record]]:
    """Training and held-out records; the seed decides, and a held-out record never trains."""
    number = min(recipe.held_out.most, int(len(records) * recipe.held_out.fraction))
    chosen = set(Order(len(records), max(number, 1), recipe.seed + 1).step(0)[:number])
    return [record for place, record in enumerate(records) if place not in chosen], [record for place, record in enumerate(records) if place in chosen]


def replace_writes(run: Run) -> Run:
    """The run as this process may use it: only the first process writes."""
    import os

    return replace(run, writes=os.environ.get("RANK", "0") == "0")


def bar(session: Session) -> Iterator[int]:
    """The steps still to do, with a progress bar on the main process."""
    steps = range(session.first, session.steps)
    return iter(track(steps, "align", disable=not session.main))


def finish(session: Session, recipe: AlignRecipe, ready: Ready) -> None:
    """The final weights beside the checkpoints: `adapter/` or `model/`, and `merged/` when asked for."""
    final = Path(recipe.run) / "final"
    checkpoint.write_model(final, ready.policy.model, session.companions)
    if recipe.save.merged:
        checkpoint.save_merged(ready.policy.model, final / "merged", session.companions)


