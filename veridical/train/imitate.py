"""Supervised imitation: the likelihood of the assistant's tokens, averaged over all of them in a step.

    L = - sum_t log pi(y_t) / (scored tokens of the whole step)

Records that show the same picture stand beside each other and become one tree; micro-batches are bounded by tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from veridical.models.assemble import Ready
from veridical.models.encoder import Encoder
from veridical.models.forest import Forest, Inputs, merge
from veridical.models.pictures import Feature
from veridical.models.policy import Policy
from veridical.models.shown import Open, media_ids
from veridical.recipe import ImitateRecipe
from veridical.records.picture import open_picture
from veridical.records.record import Record
from veridical.train.conversation import plant, read, together
from veridical.train.data import Data, gather
from veridical.train.features import Features
from veridical.train.gradient import accumulate
from veridical.train.open import blank, ended, extent, open_policy, open_run, silent, stand_in
from veridical.train.order import Order, micro_batches, share
from veridical.train.session import Session, Trained, accelerate, begin
from veridical.train.show import Exhibit, branches, first_batch
from veridical.train.stop import listening
from veridical.train.total import summed
from veridical.train.watch import Watch, check_patience, look


@dataclass(frozen=True)
class Imitation:
    """Encoded supervised records: trees with scored assistant tokens."""

    forest: Forest

    @property
    def tokens(self) -> int:
        """Scored tokens."""
        return len(self.forest.targets)


@dataclass(frozen=True)
class Imitator:
    """What a supervised step needs."""

    policy: nn.Module
    """The policy as accelerate wrapped it."""
    plain: Policy
    """The same policy unwrapped."""
    micro_tokens: int
    accelerator: Any
    features: Callable[[Forest], Mapping[str, Feature] | None]
    """Features of a forest's pictures (`train.features`)."""
    blank: Inputs | None = None
    """A picture for batches without one, where the tower trains."""
    stand_in: Forest | None = None
    """What a process without records computes; needed where there are several."""
    weight: float = 1.0
    """What gradients are multiplied by."""

    def run(self, batch: Sequence[Imitation], learn: bool = True) -> dict[str, float]:
        """Compute the step's loss over this process's trees, gradients too when `learn`; the step's metrics."""
        sizes = [self.plain.executor.positions(part.forest).computed for part in batch]
        forests = [merge([batch[place].forest for place in group]) for group in micro_batches(sizes, self.micro_tokens)]
        total = max(summed({"scored": float(sum(part.tokens for part in batch))})["scored"], 1.0)
        losses: list[float] = []
        if learn:
            accumulate(self.accelerator, self.policy, forests, lambda forest: self.weight * self.micro(forest, total, losses, self.policy), self.stand_in)
        else:
            with torch.no_grad():
                for forest in forests:
                    self.micro(forest, total, losses, self.plain)
        return self.numbers(forests, total, sum(losses))

    def micro(self, forest: Forest, total: float, losses: list[float], policy: nn.Module) -> Tensor:
        """One forward pass; its share of the step's loss."""
        forest = forest.to(self.plain.backbone.device)
        with self.accelerator.autocast():
            logp = policy(forest, features=self.features(forest), blank=self.blank).logp
        loss = -logp.sum() / total
        losses.append(float(loss.detach()))
        return loss

    def numbers(self, forests: Sequence[Forest], total: float, loss: float) -> dict[str, float]:
        """The step's metrics, over all processes."""
        costs = [self.plain.executor.positions(forest) for forest in forests]
        found = summed({
            "loss": loss, "tokens": float(sum(forest.tokens for forest in forests)),
            "computed": float(sum(cost.computed for cost in costs)), "padding": float(sum(cost.padding for cost in costs)),
        })  # fmt: skip
        return {"loss": found["loss"], "scored_tokens": total, "tokens": found["tokens"], "padding": found["padding"] / max(found["computed"], 1.0)}


def imitate(recipe: ImitateRecipe, watch: Watch | None = None, say: Callable[[str], None] = print) -> Trained:
    """Train a model directory on the assistant's turns of conversations; the run directory holds everything.

    Of a preference record the chosen response is learnt. Running the same command again continues where it stopped.
    Errors: RecipeError, LoadError, DataError, ModelError, CheckpointError, each naming what to change.
    """
    accelerator = accelerate(recipe)
    say = say if accelerator.is_main_process else silent
    ready = open_policy(recipe, accelerator, say)
    features = Features(ready.policy, recipe.feature_cache, say=say)
    data = gather(recipe, lambda record: read(ready.encoder, open_picture, record).cut, accelerator, say)
    run = open_run(recipe, data, accelerator, say)
    order = Order(len(data.train), recipe.step.records, recipe.seed, together(data.train))
    steps = recipe.length.steps or order.steps(recipe.length.epochs)
    session = begin(ready.policy, recipe, run, steps, [ready.opened.tokenizer, ready.opened.image_processor], accelerator, say)
    imitator = Imitator(session.policy, ready.policy, recipe.step.micro_tokens, accelerator, features, blank(ready, accelerator), stand_in(ready, accelerator))
    say(f"imitate: NLL per token of the assistant's turns\n{extent(data, steps, recipe)}")
    finished = loop(session, imitator, order, data, ready, watch)
    ended(session, data, finished)
    return Trained(run.path, steps, finished, tuple(data.left_out))


def loop(session: Session, imitator: Imitator, order: Order, data: Data, ready: Ready, watch: Watch | None) -> bool:
    """`fit` on the recipe's records, with a look at those held out."""
    rank, world = session.accelerator.process_index, session.accelerator.num_processes

    def encoded(records: Sequence[Record]) -> list[Imitation]:
        return encode(ready.encoder, open_picture, [records[place] for place in share(range(len(records)), rank, world)], session.settings.step.micro_tokens)

    def source(step: int) -> list[Imitation]:
        records = [data.train[place] for place in order.step(step)]
        batch = encoded(records)
        if step == 0 and session.main:
            session.run.write("first_batch.html", first(records, batch, ready.encoder))
        return batch

    def held_out(most: int | None = None) -> dict[str, float]:
        return imitator.run(encoded(data.held[:most]), learn=False) if data.held else {}

    check_patience(session, lambda: held_out(1), watch)
    return fit(session, source, imitator, lambda done: look(session, held_out, watch, done))


Source = Callable[[int], Sequence[Imitation]]
"""The encoded records of a step, for this process."""


def fit(session: Session, source: Source, imitator: Imitator | None = None, looked: Callable[[int], bool] = lambda done: False) -> bool:
    """The loop. True when it went to the end, False when it was asked to stop.

    `looked(steps done)` may measure; it ends the run by returning True.
    """
    imitator = imitator or Imitator(session.policy, session.plain, session.settings.step.micro_tokens, session.accelerator, Features(session.plain))
    with listening() as wish:
        for step in session.ahead("imitate"):
            session.enter(step)
            session.leave(step, imitator.run(source(step)))
            if looked(step + 1):
                session.end(step + 1)
                return True
            if session.due(step + 1):
                session.save(step + 1)
            if session.stopped(wish, step + 1):
                return False
    return True


def encode(encoder: Encoder, open_: Open, records: Sequence[Record], budget: int) -> list[Imitation]:
    """Records as trees, one `Imitation` each; those with the same pictures share one."""
    read_ = [read(encoder, open_, record) for record in records]
    inputs = {key: value for conversation in read_ for key, value in conversation.inputs.items()}
    trees = plant([line for conversation in read_ for line in conversation.lines], encoder.family.token_id, budget)
    return [Imitation(Forest((tree,), {key: inputs[key] for key in tree.pictures})) for tree in trees]


def first(records: Sequence[Record], batch: Sequence[Imitation], encoder: Encoder, most: int = 8) -> str:
    """The first batch as a page: what the policy reads, and which tokens are learnt."""
    total, rows = sum(part.tokens for part in batch), []
    for part in batch[:most]:
        trees, owner = part.forest.trees, next(record for record in records if record.record_id == part.forest.trees[0].key)
        pictures = [(media_id, open_picture(owner, media_id)) for media_id in media_ids(owner)]
        pulls = part.forest.split(torch.full((part.tokens,), -1.0 / total))
        rows.append(Exhibit(owner.record_id, pictures, branches(trees, pulls)))
    return first_batch(rows, encoder)
