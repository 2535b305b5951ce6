"""Preference alignment: the loop in plain sight. It knows a method only as a value that turns scores into a loss."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from veridical.models.assemble import Ready
from veridical.models.read import Example, Reading
from veridical.models.reference import make_reference, settings_of
from veridical.objectives.method import Method, find
from veridical.recipe import AlignRecipe
from veridical.records.corrupt import corrupt, default_corruption
from veridical.records.picture import open_picture
from veridical.records.record import Record
from veridical.train.data import Data, gather
from veridical.train.features import Features
from veridical.train.open import blank, ended, extent, open_policy, open_run, silent, stand_in
from veridical.train.order import Order, share
from veridical.train.session import Session, Trained, accelerate, begin
from veridical.train.show import first_batch, shown_example
from veridical.train.step import Stepper
from veridical.train.stop import listening
from veridical.train.watch import Watch, check_patience, look


def align(recipe: AlignRecipe, watch: Watch | None = None, say: Callable[[str], None] = print) -> Trained:
    """Align a model directory with preference data as the recipe says; the run directory holds everything.

    Running the same command again continues where it stopped. `watch(policy, steps done)` may measure more at each look.
    Errors: RecipeError, LoadError, DataError, ModelError, ReferenceError, CheckpointError, each naming what to change.
    """
    method = find(recipe.method).with_settings(recipe.method_settings)
    accelerator = accelerate(recipe)
    say = say if accelerator.is_main_process else silent
    ready = open_policy(recipe, accelerator, say)
    features = Features(ready.policy, recipe.feature_cache, say=say)
    reading = reading_of(recipe, method, ready)
    data = gather(recipe, lambda record: reading(record).cut, accelerator, say)
    run = open_run(recipe, data, accelerator, say)
    # the reference is the policy as it starts, so it is made before a checkpoint is put back
    settings = settings_of(ready.opened.image_processor, [recipe.step, recipe.precision])
    reference = make_reference(recipe.reference if method.needs_reference else "none", ready.policy, run.path / "reference", settings)
    order = Order(len(data.train), recipe.step.records, recipe.seed)
    steps = recipe.length.steps or order.steps(recipe.length.epochs)
    session = begin(ready.policy, recipe, run, steps, [ready.opened.tokenizer, ready.opened.image_processor], accelerator, say)
    stepper = Stepper(session.policy, ready.policy, reference, method, recipe.step.micro_tokens, accelerator, features, blank(ready, accelerator), stand_in(ready, accelerator))
    say(f"{method.name}: {method.formula}\n{extent(data, steps, recipe)}")
    finished = loop(session, stepper, order, data, reading, watch)
    ended(session, data, finished)
    return Trained(run.path, steps, finished, tuple(data.left_out))


def loop(session: Session, stepper: Stepper, order: Order, data: Data, reading: Reading, watch: Watch | None) -> bool:
    """Steps until the end, an early stop, or a wish to stop (then False)."""
    rank, world = session.accelerator.process_index, session.accelerator.num_processes
    also = ("entropy",) if session.settings.watch.entropy else ()

    def held_out(most: int | None = None) -> dict[str, float]:
        mine = share(range(len(data.held[:most])), rank, world)
        return stepper.run([reading(data.held[index]) for index in mine], learn=False, also=also) if data.held else {}

    check_patience(session, lambda: held_out(1), watch)
    with listening() as wish:
        for step in session.ahead("align"):
            session.enter(step)
            mine = [data.train[index] for index in share(order.step(step), rank, world)]
            examples = [reading(record) for record in mine]
            if step == 0 and session.main:
                session.run.write("first_batch.html", first(mine, examples, reading, stepper))
            session.leave(step, stepper.run(examples))
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


def reading_of(recipe: AlignRecipe, method: Method, ready: Ready) -> Reading:
    """How this run reads records."""
    spec = recipe.corruption or method.corruption
    damage = default_corruption(dict(spec), recipe.seed) if spec else None
    return Reading(ready.encoder, method.views, open_picture, corrupt, damage, recipe.seed)
