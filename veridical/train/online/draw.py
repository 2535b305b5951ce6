"""A step's rollouts: prompts answered and rewarded, and asked again from others where an algorithm wants groups with a difference."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from accelerate import Accelerator
from torch import Tensor

from veridical.grade.reward import Rewarded
from veridical.models.encoder import Encoder
from veridical.models.forest import Forest
from veridical.models.pictures import Feature
from veridical.models.policy import Policy
from veridical.models.sample import Drawn, Generation, draw
from veridical.models.shown import stable_seed
from veridical.objectives.online.algorithm import Algorithm
from veridical.objectives.online.rollouts import Rollouts
from veridical.recipe import Manner
from veridical.records.record import Record
from veridical.train.online.prompts import DISORDER, ORIGINAL, Prompt, Reader, inputs_of
from veridical.train.online.server import Remote
from veridical.train.order import share
from veridical.train.total import summed

Grade = Callable[[Sequence[Record], Sequence[Sequence[str]]], list[list[Rewarded]]]
"""Rewards of responses, by record and response."""


@dataclass(frozen=True)
class Group:
    """One prompt with its responses and their rewards."""

    prompt: Prompt
    drawn: tuple[Drawn, ...]
    rewarded: tuple[Rewarded, ...] = ()
    greedy: Rewarded | None = None
    contrast: tuple[Rewarded, ...] = ()
    """Rewards of responses to the pictures in disorder."""
    steps: tuple[Tensor, ...] = ()
    """What the steps of each response earn at their last tokens, NaN elsewhere; () where no reward judges steps."""


@dataclass(frozen=True)
class Drawer:
    """Draws and rewards. Life cycle: one per run."""

    algorithm: Algorithm
    policy: Policy
    encoder: Encoder
    reader: Reader
    grade: Grade
    accelerator: Accelerator
    features: Callable[[Forest], Mapping[str, Feature] | None]
    batch: int
    most: int
    """Most tokens of a response."""
    manners: Callable[[int], Manner]
    """How a step asks and draws."""
    seed: int = 0
    remote: Remote | None = None
    """What draws in place of the policy."""

    def __call__(self, step: int, prompts: Callable[[int], Sequence[Record]]) -> tuple[list[Group], int]:
        """This process's groups of a step, and how many batches of prompts were used up; `prompts(n)` is the run's n-th batch from here.

        Where the algorithm keeps only some groups and allows several tries, batches are drawn until as many groups as one
        batch has are kept, over all processes; what is over is cut. Where none was kept, the last batch is the step's.
        """
        found: list[Group] = []
        for attempt in range(self.algorithm.draws.tries):
            records = prompts(attempt)
            places = share(range(len(records)), self.accelerator.process_index, self.accelerator.num_processes)
            drawn = self.groups([self.reader(records[place], attempt * len(records) + place, self.manners(step)) for place in places], step)
            if self.algorithm.draws.tries == 1:
                return drawn, 1
            found += [group for group in drawn if self.teaches(group)]
            if (kept := summed({"groups": float(len(found))})["groups"]) >= len(records):
                break
        return within(found if kept else drawn, len(records), self.accelerator), attempt + 1

    def groups(self, prompts: Sequence[Prompt], step: int) -> list[Group]:
        """Responses with rewards, `batch` prompts at a time."""
        found: list[Group] = []
        for start in range(0, len(prompts), self.batch):
            part = prompts[start : start + self.batch]
            drawn = self.drawn(part, step, ORIGINAL, self.algorithm.draws.group)
            texts = [[one.text for one in row] for row in drawn]
            also = [self.beside(part, step, kind) for kind in ("greedy", "contrast")]
            whole = [[*own, *greedy, *contrast] for own, greedy, contrast in zip(texts, *also, strict=True)]
            rewards = self.grade([prompt.record for prompt in part], whole)
            for prompt, row, rewarded, greedy in zip(part, drawn, rewards, also[0], strict=True):
                own, likeliest, rest = rewarded[: len(row)], rewarded[len(row) : len(row) + len(greedy)], rewarded[len(row) + len(greedy) :]
                found.append(Group(prompt, tuple(row), tuple(own), likeliest[0] if likeliest else None, tuple(rest), self.earned(row, own)))
        return found

    def earned(self, drawn: Sequence[Drawn], rewarded: Sequence[Rewarded]) -> tuple[Tensor, ...]:
        """What steps earn, token by token; a step that ends in the middle of a token ends with it."""
        if not any(one.steps for one in rewarded):
            return ()
        text = lambda ids: self.encoder.tokenizer.decode(ids, skip_special_tokens=True).lstrip()  # noqa: E731 - as `Drawn.text` was made
        return tuple(by_token(one.ids.tolist(), len(one.tokens), reward.steps, text) for one, reward in zip(drawn, rewarded, strict=True))

    def beside(self, prompts: Sequence[Prompt], step: int, kind: str) -> list[list[str]]:
        """Responses that teach nothing: the likeliest, or those to pictures in disorder (where a prompt has several)."""
        draws = self.algorithm.draws
        if kind == "greedy":
            rows = self.drawn(prompts, step, ORIGINAL, 1, 0.0) if draws.greedy else [[] for _ in prompts]
        else:
            count = round(draws.contrast * draws.group)
            several = [prompt for prompt in prompts if len(prompt.own.pictures) > 1]
            answers = iter(self.drawn(several, step, DISORDER, count) if count and several else [])
            rows = [next(answers) if count and len(prompt.own.pictures) > 1 else [] for prompt in prompts]
        return [[one.text for one in row] for row in rows]

    def drawn(self, prompts: Sequence[Prompt], step: int, variant: str, count: int, temperature: float | None = None) -> list[list[Drawn]]:
        """So many responses to each prompt, each with a seed of its own, from step, record and number."""
        manner = self.manners(step)
        how = Generation(self.most, manner.temperature if temperature is None else temperature, manner.top_p, self.batch)
        seeds = [[stable_seed(self.seed, step, prompt.record.record_id, prompt.place, variant, number) for number in range(count)] for prompt in prompts]
        if self.remote is not None:
            return self.remote(prompts, variant, seeds, how)
        pieces = [prompt.pieces[variant] for prompt in prompts]
        forest = Forest((), inputs_of(prompts)).to(self.policy.backbone.device)
        with torch.no_grad(), self.accelerator.autocast():
            features = self.features(forest)
            return draw(self.policy, self.encoder, [(piece.ids, piece.pictures) for piece in pieces], forest.pictures, seeds, how, features)

    def refresh(self, done: int) -> None:
        """What draws has the weights after so many steps. Errors: ServerError."""
        if self.remote is not None:
            self.remote.refresh(done)

    def teaches(self, group: Group) -> bool:
        """Whether any of a group's rows is kept."""
        return bool(self.algorithm.groups(tabled([group], self.most)).any())


def within(groups: Sequence[Group], most: int, accelerator: Accelerator) -> list[Group]:
    """This process's groups among the first `most` of all processes, in the order of their prompts."""
    from accelerate.utils import gather_object

    places = sorted(gather_object([group.prompt.place for group in groups]))[:most]
    return [group for group in groups if group.prompt.place in set(places)]


def tabled(groups: Sequence[Group], most: int) -> Rollouts:
    """What is known of groups from sampling and grading, in order; the log-probabilities are the sampler's. On the CPU."""
    rows = [(group, drawn, rewarded) for group in groups for drawn, rewarded in zip(group.drawn, group.rewarded, strict=True)]
    names = dict.fromkeys(name for _, _, rewarded in rows for name in rewarded.parts)
    sampled = stacked([drawn.logp for _, drawn, _ in rows])
    mask = stacked([torch.ones(len(drawn.tokens)) for _, drawn, _ in rows]).bool()
    return Rollouts(
        prompt=torch.tensor([group.prompt.place for group, _, _ in rows], dtype=torch.long),
        mask=mask,
        ended=torch.tensor([drawn.ended for _, drawn, _ in rows], dtype=torch.bool),
        reward=numbers([rewarded.total for _, _, rewarded in rows]),
        old=torch.where(mask, sampled, 0.0).nan_to_num(nan=0.0),
        sampled=sampled,
        parts={name: numbers([rewarded.parts.get(name) for _, _, rewarded in rows]) for name in names},
        greedy=None if not rows or groups[0].greedy is None else numbers([group.greedy.total for group, _, _ in rows]),
        contrast=numbers([average(group.contrast) for group, _, _ in rows]) if any(group.contrast for group in groups) else None,
        limit=most,
        steps=steps_of(groups),
    )


def by_token(ids: Sequence[int], size: int, steps: Sequence[tuple[int, float]], text: Callable[[Sequence[int]], str]) -> Tensor:
    """What steps earn at the tokens with which they end, NaN elsewhere, [size]; several that end with one token add up."""
    found = torch.full((size,), torch.nan)
    for end, worth in steps:
        place = min(bisect_left(range(1, len(ids) + 1), end, key=lambda count: len(text(ids[:count]))), size - 1)
        found[place] = worth + (0.0 if found[place].isnan() else found[place])
    return found


def steps_of(groups: Sequence[Group]) -> Tensor | None:
    """What the steps of all responses earn, [B, T], NaN where there is nothing; None where no reward judges steps."""
    if not any(group.steps for group in groups):
        return None
    rows = [one for group in groups for one in group.steps or [torch.full((len(drawn.tokens),), torch.nan) for drawn in group.drawn]]
    return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=torch.nan)


def average(rewarded: Sequence[Rewarded], metric: str = "accuracy") -> float | None:
    """The mean metric, or the mean reward where there is no such part; None where nothing was scored."""
    values = [one.parts.get(metric, one.total) for one in rewarded]
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def numbers(values: Sequence[float | None]) -> Tensor:
    """Numbers, NaN where there is none."""
    return torch.tensor([torch.nan if value is None else float(value) for value in values])


def stacked(rows: Sequence[Tensor]) -> Tensor:
    """Rows of unequal length as [rows, longest], zeros where they end."""
    return torch.nn.utils.rnn.pad_sequence(list(rows), batch_first=True) if rows else torch.zeros(0, 1)


def joined(parts: Sequence[Rollouts]) -> Rollouts:
    """Rollouts of several processes one below the other, ordered by prompt; those of a prompt keep their order."""
    parts = [part for part in parts if len(part)]
    width = max(part.mask.shape[1] for part in parts)
    names = dict.fromkeys(name for part in parts for name in part.parts)
    order = torch.argsort(torch.cat([part.prompt for part in parts]), stable=True)

    def column(name: str) -> Tensor | None:
        values = [getattr(part, name) for part in parts]
        if all(value is None for value in values):
            return None
        shape = next(value.shape[1:] for value in values if value is not None)
        filled = [torch.full((len(part), *(part.mask.shape[1:] if shape else ())), torch.nan) if value is None else value for part, value in zip(parts, values, strict=True)]
        return torch.cat([wide(value, width) for value in filled])[order]

    found = {name: column(name) for name in ("prompt", "mask", "ended", "reward", "old", "sampled", "reference", "values", "steps", "process", "greedy", "contrast")}
    own = {name: torch.cat([part.parts.get(name, torch.full((len(part),), torch.nan)) for part in parts])[order] for name in names}
    return replace(parts[0], **found, parts=own)


def wide(values: Tensor, width: int) -> Tensor:
    """A table [B, T] with zeros up to `width` columns; a column [B] as it is."""
    return values if values.dim() == 1 else torch.nn.functional.pad(values, (0, width - values.shape[1]))
