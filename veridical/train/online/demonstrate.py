"""Demonstrations beside rollouts: every update also imitates some records, so that what was learnt before is not unlearnt.

    L = L_algorithm - weight · sum_t log pi(y_t) / (scored tokens of the update's demonstrations)

Source: InstructGPT, arXiv 2203.02155, equation 2 (PPO-ptx).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from veridical.models.assemble import Ready
from veridical.models.forest import Forest
from veridical.models.pictures import Feature
from veridical.recipe import OnlineRecipe
from veridical.records.picture import open_picture
from veridical.records.record import Record
from veridical.train.conversation import read, together
from veridical.train.data import gather
from veridical.train.imitate import Imitator, encode
from veridical.train.open import blank, stand_in
from veridical.train.order import Order, share
from veridical.train.session import Say, Session

if TYPE_CHECKING:
    from veridical.models.encoder import Encoder


@dataclass(frozen=True)
class Demonstrations:
    """Gradients of demonstrations. Life cycle: one per run."""

    imitator: Imitator
    encoder: Encoder
    records: list[Record]
    order: Order
    micro_tokens: int

    def __call__(self, number: int) -> float:
        """Add the gradients of the `number`-th update's demonstrations; their loss, unweighted, over all processes."""
        accelerator = self.imitator.accelerator
        places = share(self.order.step(number), accelerator.process_index, accelerator.num_processes)
        return self.imitator.run(encode(self.encoder, open_picture, [self.records[place] for place in places], self.micro_tokens))["loss"]


def demonstrations(recipe: OnlineRecipe, ready: Ready, session: Session, features: Callable[[Forest], Mapping[str, Feature] | None], say: Say) -> Demonstrations | None:
    """The recipe's demonstrations, none where it names none. Errors: LoadError, DataError."""
    if recipe.demonstrations is None:
        return None
    own, accelerator = recipe.demonstrations, session.accelerator
    all_ = recipe.model_copy(update={"data": own.data, "held_out": recipe.held_out.model_copy(update={"fraction": 0.0})})
    records = gather(all_, lambda record: read(ready.encoder, open_picture, record).cut, accelerator, say).train
    imitator = Imitator(session.policy, ready.policy, recipe.step.micro_tokens, accelerator, features, blank(ready, accelerator), stand_in(ready, accelerator), own.weight)
    say(f"every update also imitates {own.records} of {len(records)} demonstrations, with weight {own.weight:g}")
    return Demonstrations(imitator, ready.encoder, records, Order(len(records), own.records, recipe.seed, together(records)), recipe.step.micro_tokens)
