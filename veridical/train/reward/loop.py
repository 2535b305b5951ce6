"""Reward models: the loop in plain sight. It knows a method only as a value that turns scores into a loss."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from veridical.models.assemble import Ready
from veridical.models.judging.example import JudgedExample
from veridical.models.judging.form import Form
from veridical.models.judging.forms import form_of
from veridical.models.judging.grow import Reader
from veridical.models.judging.heads import make_head, state_of
from veridical.models.judging.judge import make_reader
from veridical.models.judging.module import Assessor, on_device
from veridical.models.shown import media_ids
from veridical.objectives.reward_method import RewardMethod, find_reward
from veridical.recipe import Judging, RewardRecipe
from veridical.records.record import Record
from veridical.train.data import Data, gather
from veridical.train.features import Features
from veridical.train.open import blank, extent, open_policy, open_run, silent, stand_in
from veridical.train.order import Order, share
from veridical.train.reward.finish import finish
from veridical.train.reward.step import Appraiser
from veridical.train.session import Session, Trained, accelerate, begin
from veridical.train.sharded import whole
from veridical.train.show import Exhibit, branches, first_batch
from veridical.train.stop import listening
from veridical.train.watch import Watch, check_patience, look


@dataclass(frozen=True)
class Material:
    """Records of a run and how a judge reads them."""

    data: Data
    reader: Reader
    form: Form
    ranked: bool

    def examples(self, records: Sequence[Record], draw: int, rank: int = 0, world: int = 1) -> list[JudgedExample]:
        """This process's share of some records; `draw` numbers the uses of a record (facts in another order, responses in another order)."""
        return [self.form.example(self.reader, record, self.ranked, draw) for record in share(records, rank, world)]


def train_reward(recipe: RewardRecipe, watch: Watch | None = None, say: Callable[[str], None] = print) -> Trained:
    """Train a reward model from a model directory and preference data as the recipe says; the run directory holds everything.

    Running the same command again continues where it stopped. Errors: RecipeError, LoadError, DataError, ModelError,
    CheckpointError, ValueError for an unknown method or form, each naming what to change.
    """
    method = find_reward(recipe.method).with_settings(recipe.method_settings)
    judging = settled(recipe.judging, method)
    form = form_of(judging.form)
    accelerator = accelerate(recipe)
    say = say if accelerator.is_main_process else silent
    ready = open_policy(recipe, accelerator, say)
    features = Features(ready.policy, recipe.feature_cache, say=say)
    reader = make_reader(ready.encoder, judging)
    data = gather(recipe, lambda record: form.example(reader, record, method.ranked, 0).cut, accelerator, say)
    run = open_run(recipe, data, accelerator, say)
    order = Order(len(data.train), recipe.step.records, recipe.seed)
    steps = recipe.length.steps or order.steps(recipe.length.epochs)
    assessor = make_assessor(ready, judging)
    session = begin(assessor, recipe, run, steps, [ready.opened.tokenizer, ready.opened.image_processor], accelerator, say)
    keep_head(session, assessor)
    appraiser = Appraiser(session.policy, assessor, method, recipe.step.micro_tokens, accelerator, features, blank(ready, accelerator), stand_in(ready, accelerator))
    say(f"{method.name}: {method.formula}\n{extent(data, steps, recipe)}")
    material = Material(data, reader, form, method.ranked)
    finished = loop(session, appraiser, order, material, watch)
    if finished:
        say(f"the reward model: {finish(session, assessor, ready, data, method, judging)}")
    if data.left_out:
        say(f"{len(data.left_out)} rows were left out; {run.path / 'data.json'} says which and why")
    return Trained(run.path, steps, finished, tuple(data.left_out))


def loop(session: Session, appraiser: Appraiser, order: Order, material: Material, watch: Watch | None) -> bool:
    """Steps until the end, an early stop, or a wish to stop (then False)."""
    rank, world = session.accelerator.process_index, session.accelerator.num_processes
    data = material.data

    def held_out(most: int | None = None) -> dict[str, float]:
        return appraiser.run(material.examples(data.held[:most], 0, rank, world), learn=False) if data.held else {}

    check_patience(session, lambda: held_out(1), watch)
    with listening() as wish:
        for step in session.ahead("reward"):
            session.enter(step)
            records = [data.train[place] for place in order.step(step)]
            examples = material.examples(records, step, rank, world)
            if step == 0:
                with whole(session.plain):
                    if session.main:
                        session.run.write("first_batch.html", first(share(records, rank, world), examples, material.reader, appraiser))
            session.leave(step, appraiser.run(examples))
            if look(session, held_out, watch, step + 1):
                session.end(step + 1)
                return True
            if session.due(step + 1):
                session.save(step + 1)
            if session.stopped(wish, step + 1):
                return False
    return True


def first(records: Sequence[Record], examples: Sequence[JudgedExample], reader: Reader, appraiser: Appraiser, most: int = 8) -> str:
    """The first batch as a page: what the judge reads, and where a score (read before the coloured token) or a word is raised or lowered."""
    rows = []
    for record, example in list(zip(records, examples, strict=True))[:most]:
        pictures = [(media_id, picture) for media_id, picture in zip(media_ids(record), reader.look(record)[0], strict=True)]
        rows.append(Exhibit(record.record_id, pictures, branches(example.forest.trees, appraiser.pull(example))))
    return "<p>A score is read at the token before the coloured one: green says that the loss raises it.</p>" + first_batch(rows, reader.encoder)


def settled(given: Judging, method: RewardMethod) -> Judging:
    """The judge's settings: what the recipe gives, else what the method is about, else the defaults."""
    return Judging(**{**method.judging, **{name: getattr(given, name) for name in given.model_fields_set}})


def make_assessor(ready: Ready, judging: Judging) -> Assessor:
    """The policy with a read-out that starts where the settings' seed says."""
    head = make_head(judging, ready.policy.backbone.head.weight.shape[1])
    return Assessor(ready.policy, on_device(head, ready.policy))


def keep_head(session: Session, assessor: Assessor) -> None:
    """The read-out is saved with checkpoints, and put back as far as the run had come."""
    session.remember("reward_head", lambda: state_of(assessor.head))
