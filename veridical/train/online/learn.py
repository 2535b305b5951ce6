"""The update: rollouts of a whole step become advantages, and the policy learns from them.

Losses are divided by counts of the whole update, over micro-batches and processes, so neither how rollouts are packed
nor how many processes share them changes a loss.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from accelerate.utils import gather_object
from torch import Tensor

from veridical.models.forest import Forest, Inputs, merge
from veridical.models.pictures import Feature
from veridical.models.policy import Policy, evaluating
from veridical.models.reference import of_stream
from veridical.models.remember import Reference
from veridical.objectives.online.algorithm import Algorithm
from veridical.objectives.online.divergence import k1
from veridical.objectives.online.learning import Learning, Read
from veridical.objectives.online.rollouts import Rollouts
from veridical.train.gradient import accumulate
from veridical.train.online.beside import Companion
from veridical.train.online.demonstrate import Demonstrations
from veridical.train.online.draw import Group, joined, stacked, tabled, wide
from veridical.train.online.prompts import plant
from veridical.train.online.tell import Seen, told
from veridical.train.order import micro_batches
from veridical.train.session import Session
from veridical.train.sharded import whole
from veridical.train.total import summed


class GapError(RuntimeError):
    """The sampler drew from something else than the policy that is trained; the message says what to look at."""


@dataclass(frozen=True)
class Planted:
    """A group's trees, and which rows of the step's rollouts are its responses."""

    forest: Forest
    rows: Tensor


@dataclass(frozen=True)
class Learner:
    """What an update needs. Life cycle: one per run."""

    session: Session
    algorithm: Algorithm
    policy: Policy
    reference: Reference | None
    features: Callable[[Forest], Mapping[str, Feature] | None]
    micro_tokens: int
    most: int
    """Most tokens of a response."""
    most_gap: float
    companion: Companion | None = None
    demonstrations: Demonstrations | None = None
    blank: Inputs | None = None
    stand_in: Forest | None = None
    memory: dict[str, float] = field(default_factory=dict)
    """The divergence's coefficient where it is controlled; saved with checkpoints."""
    temperature: float = 1.0
    """What scores are divided by: the sampler's, so that ratios compare what was sampled."""

    def __call__(self, step: int, groups: Sequence[Group], temperature: float = 1.0) -> tuple[dict[str, float], Rollouts, Tensor]:
        """Learn from a step's groups (this process's), drawn at a temperature: the step's metrics, all rollouts, and their advantages."""
        return replace(self, temperature=temperature or 1.0).learn(step, groups)

    def learn(self, step: int, groups: Sequence[Group]) -> tuple[dict[str, float], Rollouts, Tensor]:
        """See `__call__`."""
        forests = [plant(group.prompt, [drawn.tokens for drawn in group.drawn], self.algorithm.pictures) for group in groups]
        with whole(self.policy):
            own = self.experienced(tabled(groups, self.most), forests) if groups else None
        rollouts = joined([part for part in gather_object([own]) if part is not None])
        found = self.algorithm.advantages(rollouts, self.coefficient)
        planted = [Planted(forest, (rollouts.prompt == group.prompt.place).nonzero()[:, 0]) for group, forest in zip(groups, forests, strict=True)]
        seen = Seen()
        for update in range(self.algorithm.updates):
            for number, part in enumerate(self.parts(found.rollouts, step, update)):
                self.update(found.rollouts, found.values, planted, part, seen, (step * self.algorithm.updates + update) * self.algorithm.batches + number)
        beside = self.teach(found.rollouts, planted)
        self.steer(rollouts)
        return told(found.rollouts, rollouts.reward, found.values, seen) | beside, found.rollouts, found.values

    @property
    def coefficient(self) -> float | None:
        """The divergence's coefficient, where it is controlled."""
        start = self.algorithm.coefficient
        return None if start is None else self.memory.get("coefficient", start)

    def parts(self, rollouts: Rollouts, step: int, update: int) -> list[set[int]]:
        """The prompts of each optimiser step of a pass."""
        prompts = rollouts.prompt.unique().tolist()
        batches = min(self.algorithm.batches, len(prompts))
        if batches > 1:
            prompts = np.random.default_rng([self.session.settings.seed, step, update]).permutation(prompts).tolist()
        return [set(prompts[number * len(prompts) // batches : (number + 1) * len(prompts) // batches]) for number in range(batches)]

    def experienced(self, rollouts: Rollouts, forests: Sequence[Forest]) -> Rollouts:
        """Rollouts with what policy, reference, critic and companion say before any update. On the CPU."""
        wanted = self.wanted()
        if not wanted:
            return rollouts
        found: dict[str, list[Tensor]] = defaultdict(lambda: [torch.zeros(0)] * len(rollouts))
        starts = np.cumsum([0, *(len(forest.trees[0].segments) - 1 for forest in forests)])
        with torch.no_grad(), evaluating(self.policy):
            for group in self.packed([forest.tokens for forest in forests]):
                forest = merge([Forest(forests[place].trees[:1], forests[place].pictures) for place in group]).to(self.policy.backbone.device)
                for name, values in self.said(forest, wanted).items():
                    trees = forest.split(values.float().cpu())
                    for place, tree in zip(group, trees, strict=True):
                        found[name][starts[place] : starts[place + 1]] = tree[1:]
        width = rollouts.mask.shape[1]
        table = {name: wide(stacked(rows), width) for name, rows in found.items()}
        if self.companion is not None:
            said = table.pop("companion")
            rollouts = replace(rollouts, **table)
            return replace(rollouts, **{self.companion.beside.gives: self.companion.beside.score(said, rollouts)})
        return replace(rollouts, **table)

    def wanted(self) -> tuple[str, ...]:
        """What must be known before advantages can be computed, or updates begin."""
        algorithm = self.algorithm
        old = not algorithm.on_policy or algorithm.penalty is not None or algorithm.critic or self.companion is not None
        return tuple(name for name, needed in (("old", old), ("reference", algorithm.needs_reference), ("values", algorithm.critic), ("companion", self.companion is not None)) if needed)

    def said(self, forest: Forest, wanted: Sequence[str]) -> dict[str, Tensor]:
        """Values of the forest's tokens, in forest order, [N] each."""
        features = self.features(forest)
        found = {}
        with self.session.accelerator.autocast():
            if {"old", "values"} & set(wanted):
                own = self.policy(forest, ("value",) if "values" in wanted else (), features=features, temperature=self.temperature)
                found |= {"old": own.logp} | ({"values": own.outputs["value"]} if "values" in wanted else {})
            if "reference" in wanted:
                found["reference"] = of_stream(self.reference.stream(forest, features), forest, self.temperature)
            if "companion" in wanted:
                found["companion"] = self.companion(forest, features, self.temperature)
        return found

    def packed(self, sizes: Sequence[int]) -> list[list[int]]:
        """Places in micro-batches."""
        return micro_batches(sizes, self.micro_tokens)

    def update(self, rollouts: Rollouts, advantages: Tensor, planted: Sequence[Planted], prompts: set[int], seen: Seen, number: int) -> None:
        """The run's `number`-th optimiser step, on the rollouts of some prompts."""
        inside = torch.tensor([prompt in prompts for prompt in rollouts.prompt.tolist()])
        chosen = rollouts.rows(inside.nonzero()[:, 0])
        counts = self.algorithm.counts(chosen)
        if not chosen.taught.any():
            return  # nothing to learn; an optimiser with momentum would move all the same
        mine = [one for one in planted if int(rollouts.prompt[one.rows[0]]) in prompts]
        sizes = [self.policy.executor.positions(one.forest).computed for one in mine]
        batches = [[mine[place] for place in group] for group in self.packed(sizes)]

        def loss(batch: Sequence[Planted]) -> Tensor:
            learning = self.learning(rollouts, advantages, batch)
            if not seen.norms:  # no weight has changed since the sampler drew
                seen.look(learning)
            parts = self.algorithm(learning, counts)
            seen.add(parts)
            return torch.stack(list(parts.values())).sum()

        self.policy.learn()
        accumulate(self.session.accelerator, self.session.policy, batches, loss, self.stand_in)
        if not seen.norms:
            self.check(seen)
        if self.demonstrations is not None:
            seen.measures["demonstrations"] = self.demonstrations(number)
        seen.norms.append(self.session.update())

    def learning(self, rollouts: Rollouts, advantages: Tensor, batch: Sequence[Planted]) -> Learning:
        """What losses are given of some groups: the tokens as the policy reads them now, with gradient."""
        device = self.policy.backbone.device
        rows = torch.cat([one.rows for one in batch])
        forest = merge([one.forest for one in batch]).to(device)
        requests = (*self.algorithm.requests, *(("value",) if self.algorithm.critic else ()))
        features = self.features(forest)
        with self.session.accelerator.autocast():
            stream = self.reference.stream(forest, features) if self.reference is not None and "reverse_kl" in requests else None
            projected = self.session.policy(forest, requests, stream, features, self.blank, temperature=self.temperature)
        width, looks = rollouts.mask.shape[1], 1 + len(self.algorithm.pictures)

        def table(values: Tensor, look: int) -> Tensor:
            trees = forest.split(values)[look::looks]
            return wide(stacked([branch for tree in trees for branch in tree[1:]]), width)

        reads = [Read(table(projected.logp, look), {name: table(values, look) for name, values in projected.outputs.items()}) for look in range(looks)]
        here = rollouts.rows(rows).to(device)
        if self.algorithm.on_policy:
            here = replace(here, old=reads[0].logp.detach())
        return Learning(here, advantages[rows].to(device), reads[0], dict(zip(self.algorithm.pictures, reads[1:], strict=True)), reads[0].outputs.get("value"), self.coefficient)

    def check(self, seen: Seen) -> None:
        """Errors: GapError when sampler and trainer disagree by more than arithmetic explains."""
        totals = summed(seen.gap)
        gap = totals.get("sum", 0.0) / max(totals.get("tokens", 0.0), 1.0)
        seen.measures["gap"] = gap
        if gap > self.most_gap:
            raise GapError(
                f"the sampler's log-probabilities differ from the trainer's by {gap:.3f} nats per token on average (sampling.most_gap={self.most_gap:g}): it samples with other weights, "
                "at another temperature, or sees other pictures. With a server: were its weights exchanged, and does it get the same pictures and the same prompt tokens?"
            )

    def teach(self, rollouts: Rollouts, planted: Sequence[Planted]) -> dict[str, float]:
        """The companion learns from the same rollouts, after they were used; its metrics."""
        if self.companion is None:
            return {}
        scored = max(float(rollouts.scored.sum()), 1.0)
        batches = [[planted[place] for place in group] for group in self.packed([one.forest.tokens for one in planted])]
        losses: list[float] = []

        def loss(batch: Sequence[Planted]) -> Tensor:
            rows = torch.cat([one.rows for one in batch])
            forest = merge([Forest(one.forest.trees[:1], one.forest.pictures) for one in batch]).to(self.policy.backbone.device)
            with self.session.accelerator.autocast():
                said = self.companion(forest, self.features(forest), self.temperature, learn=True)
            here = rollouts.rows(rows).to(said.device)
            table = wide(stacked([branch for tree in forest.split(said) for branch in tree[1:]]), rollouts.mask.shape[1])
            value = torch.where(here.scored, self.companion.beside.loss(table, here), 0.0).sum() / scored
            losses.append(float(value.detach()))
            return value

        with whole(self.policy):  # its features of pictures are the companion's too
            norm = self.companion.learn(batches, loss, self.stand_in)
        return {"beside/loss": summed({"loss": sum(losses)})["loss"], "beside/grad_norm": norm}

    def steer(self, rollouts: Rollouts) -> None:
        """Where the divergence is controlled, its coefficient for the next step."""
        control = self.algorithm.control or (self.algorithm.penalty.control if self.algorithm.penalty else None)
        if control is None or rollouts.reference is None:
            return
        estimate = torch.where(rollouts.mask, k1(rollouts.old - rollouts.reference), 0.0).sum(-1) / rollouts.lengths.clamp(min=1)
        self.memory["coefficient"] = control(self.coefficient, float(estimate.mean()), len(rollouts))
