"""Preference alignment: the loop in plain sight. It knows a method only as a value that turns scores into a loss."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from veridical.models.assemble import Ready
from veridical.models.collate import Example
from veridical.models.read import Companions, Reading, reads
from veridical.models.shown import Shown
from veridical.objectives.find import find
from veridical.objectives.method import Method
from veridical.objectives.regularise import regularised
from veridical.recipe import AlignRecipe, RecipeError
from veridical.records.corrupt import corrupt, default_corruption
from veridical.records.load import Source, load
from veridical.records.picture import open_picture
from veridical.records.record import Record
from veridical.train.data import Data, gather
from veridical.train.features import Features
from veridical.train.monitor import Monitor, make_monitor, spoken
from veridical.train.open import blank, ended, extent, open_policy, open_run, silent, stand_in
from veridical.train.order import Order, share
from veridical.train.reference import follow, moving, reference_of
from veridical.train.session import Say, Session, Trained, accelerate, begin
from veridical.train.sharded import whole
from veridical.train.show import first_batch, shown_example
from veridical.train.step import Stepper
from veridical.train.stop import listening
from veridical.train.watch import Watch, check_patience, look


def align(recipe: AlignRecipe, watch: Watch | None = None, say: Callable[[str], None] = print) -> Trained:
    """Align a model directory with preference data as the recipe says; the run directory holds everything.

    Running the same command again continues where it stopped. `watch(policy, steps done)` may measure more at each look.
    Errors: RecipeError, LoadError, DataError, ModelError, ReferenceError, CheckpointError, each naming what to change.
    """
    method = method_of(recipe)
    accelerator = accelerate(recipe)
    say = say if accelerator.is_main_process else silent
    ready = open_policy(recipe, accelerator, say)
    features = Features(ready.policy, recipe.feature_cache, say=say)
    reading = reading_of(recipe, method, ready)
    data = gather(recipe, lambda record: reading(record).cut, accelerator, say)
    run = open_run(recipe, data, accelerator, say)
    # the reference is the policy as it starts, so it is made before a checkpoint is put back
    reference = reference_of(recipe, method, ready, run)
    order = Order(len(data.train), recipe.step.records, recipe.seed)
    steps = recipe.length.steps or order.steps(recipe.length.epochs)
    monitor = make_monitor(ready, data.held[: recipe.watch.monitor], run.path / "monitor", accelerator, features, recipe.step.micro_tokens)
    session = begin(ready.policy, recipe, run, steps, [ready.opened.tokenizer, ready.opened.image_processor], accelerator, say)
    moving(session, reference)
    stepper = Stepper(
        session.policy, ready.policy, reference, method, recipe.step.micro_tokens, accelerator, features, blank(ready, accelerator), stand_in(ready, accelerator),
        session.extras.setdefault("memory", {}),
    )  # fmt: skip
    say(f"{method.name}: {method.formula}\n{extent(data, steps, recipe)}")
    finished = loop(session, stepper, order, Material(data, reading, stream_of(recipe, method, say)), monitor, spoken(ready, data.held, recipe.watch.responses, watch))
    ended(session, data, finished)
    return Trained(run.path, steps, finished, tuple(data.left_out))


@dataclass(frozen=True)
class Material:
    """Records of a run and how they are read."""

    data: Data
    reading: Reading
    stream: Sequence[Record]
    """Auxiliary records; without any, a record's auxiliary companion is the one beside it."""

    def examples(self, records: Sequence[Record], start: int, rank: int, world: int) -> tuple[list[Record], list[Example]]:
        """This process's share of some records, the first of which is the run's record number `start`, each read with its companions."""
        mine = share(range(len(records)), rank, world)
        return [records[place] for place in mine], [self.reading(records[place], self.beside(records, place, start)) for place in mine]

    def beside(self, records: Sequence[Record], place: int, start: int) -> Companions:
        """The next of the records, and one of the stream."""
        other = records[(place + 1) % len(records)]
        return Companions(other, self.stream[(start + place) % len(self.stream)] if self.stream else other)


def loop(session: Session, stepper: Stepper, order: Order, material: Material, monitor: Monitor, watch: Watch | None) -> bool:
    """Steps until the end, an early stop, or a wish to stop (then False)."""
    rank, world = session.accelerator.process_index, session.accelerator.num_processes
    also = ("entropy",) if session.settings.watch.entropy else ()
    data = material.data

    def held_out(most: int | None = None) -> dict[str, float]:
        if not data.held:
            return {}
        return stepper.run(material.examples(data.held[:most], 0, rank, world)[1], learn=False, also=also) | monitor()

    check_patience(session, lambda: held_out(1), watch)
    with listening() as wish:
        for step in session.ahead("align"):
            session.enter(step)
            records, examples = material.examples([data.train[index] for index in order.step(step)], step * order.records, rank, world)
            if step == 0:
                with whole(session.plain):
                    if session.main:
                        session.run.write("first_batch.html", first(records, examples, material.reading, stepper))
            session.leave(step, stepper.run(examples))
            follow(stepper.reference, step + 1)
            if look(session, held_out, watch, step + 1):
                session.end(step + 1)
                return True
            if session.due(step + 1):
                session.save(step + 1)
            if session.stopped(wish, step + 1):
                return False
    return True


def first(records: Sequence[Record], examples: Sequence[Example], reading: Reading, stepper: Stepper, most: int = 8) -> str:
    """The first batch as a page: what the policy reads, and which tokens the loss raises or lowers."""
    shown = list(zip(records, examples, strict=True))[:most]
    return first_batch([shown_example(record, example, stepper.pull(example), reading) for record, example in shown], reading.encoder)


def method_of(recipe: AlignRecipe) -> Method:
    """The recipe's method. Errors: RecipeError where a step is too small for one that compares its records."""
    held = recipe.regularise
    method = regularised(find(recipe.method).with_settings(recipe.method_settings), held.likelihood, held.anchor, held.smoothing)
    if method.statistics and recipe.step.records < 2:
        raise RecipeError(f"step.records={recipe.step.records}: {method.name} compares the records of a step with each other; it needs at least 2")
    return method


def reading_of(recipe: AlignRecipe, method: Method, ready: Ready) -> Reading:
    """How this run reads records."""
    spec = recipe.corruption or method.corruption
    damage = default_corruption(dict(spec), recipe.seed) if spec else None
    return reads(method, ready.encoder, Shown(open_picture, corrupt, damage, recipe.seed))


def stream_of(recipe: AlignRecipe, method: Method, say: Say) -> list[Record]:
    """The auxiliary records, where the method learns from a stream of them."""
    if not any(view.response == "auxiliary" for view in method.views):
        return []
    found = [record for source in recipe.auxiliary for record in load(Source(**source.model_dump())).records]
    say(f"auxiliary stream: {len(found)} records" if found else "auxiliary stream: none given (auxiliary=[...]), so gold responses of other records stand in")
    return found
