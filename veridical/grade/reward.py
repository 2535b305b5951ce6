"""Rewards: graders with weights and gates, for all responses of a step at once.

    total = sum over rewards r of  weight_r · value_r · 1[value of gate_r > 0]

A response that some reward could not score has no total: it is left out of its group, and is neither 0 nor 1.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from veridical.grade import graders, in_batches
from veridical.grade.grade import Grade, Grader
from veridical.grade.worker import Spec
from veridical.grade.workers import Task, Workers
from veridical.recipe import RewardChoice
from veridical.records.record import Record

OWN = "own_function"
"""The grader that loads a user's function."""
PATIENCE = 3
"""Calls in a row in which one reward fails for every response before the run stops: by then it is the reward that is broken."""
NOT_ASKED = "not_asked"
"""A count of a grade: this reward is not meant for this record, so it counts nothing (a function of several tasks)."""


END = 1 << 40
"""Where a response ends, whatever its length."""


class RewardError(ValueError):
    """Rewards that cannot be used; the message names the reward and what to change."""


@dataclass(frozen=True)
class Reward:
    """One part of a sum."""

    name: str
    grade: Grader
    weight: float = 1.0
    """0: only logged."""
    gate: str = ""
    """Name of another reward of the list: where that one is not above 0, this one counts 0."""
    steps: bool = False
    """Earned step by step, and not by the whole response."""


@dataclass(frozen=True)
class Rewarded:
    """What one response earned."""

    total: float | None
    """None: some part could not be scored."""
    parts: Mapping[str, float | None]
    """Each reward's own value by name, before weights and gates."""
    why: str = ""
    unparsed: bool = False
    """Some grader could read no answer."""
    failed: bool = False
    """Some grader crashed, hung or raised."""
    steps: tuple[tuple[int, float], ...] = ()
    """Where steps end, in characters, and what is earned there."""


@dataclass
class Rewards:
    """The rewards of a recipe. Life cycle: one per run; `close` ends its processes (or use it as a context)."""

    rewards: Sequence[Reward]
    workers: Workers | None = None
    failures: dict[str, int] = field(default_factory=dict)
    """Calls in a row in which a reward failed for every response."""

    def __post_init__(self) -> None:
        names = [reward.name for reward in self.rewards]
        if repeated := sorted({name for name in names if names.count(name) > 1}):
            raise RewardError(f"rewards: {', '.join(repeated)} stands twice; give one of them another label")
        check_gates(self.rewards)

    @classmethod
    def of(cls, choices: Iterable[RewardChoice], workers: int = 1, deadline: float = 30.0) -> Rewards:
        """Rewards of a recipe's list: rules in `workers` processes with `deadline` seconds for each response, graders that hold a model here.

        Errors: RewardError naming the reward.
        """
        choices = list(choices)
        specs = {place: spec_of(choice) for place, choice in enumerate(choices)}
        remote = [place for place, (name, _) in specs.items() if not in_batches(graders()[name])]
        pool = pool_of([specs[place] for place in remote], workers, deadline, [choices[place].name for place in remote])
        made = []
        for place, choice in enumerate(choices):
            grade = Remote(pool, remote.index(place)) if pool is not None and place in remote else made_here(choice.name, specs[place])
            made.append(Reward(choice.label or choice.name, grade, choice.weight, choice.gate, choice.steps))
        return cls(made, pool)

    def __call__(self, records: Sequence[Record], responses: Sequence[Sequence[str]]) -> list[list[Rewarded]]:
        """What each response to each record earned.

        Errors: RewardError where one reward has failed for every response three times in a row.
        """
        flat = [(record, response) for record, row in zip(records, responses, strict=True) for response in row]
        columns = [graded(reward.grade, *map(list, zip(*flat, strict=True))) if flat else [] for reward in self.rewards]
        for reward, column in zip(self.rewards, columns, strict=True):
            self.watch(reward.name, column)
        rows = iter([self.summed(list(row)) for row in zip(*columns, strict=True)] if self.rewards else [Rewarded(None, {}, "there are no rewards")] * len(flat))
        return [[next(rows) for _ in row] for row in responses]

    def summed(self, grades: Sequence[Grade]) -> Rewarded:
        """The parts of one response as one reward."""
        own = {reward.name: grade for reward, grade in zip(self.rewards, grades, strict=True)}
        counted = [(reward, gated(reward, own)) for reward in self.rewards if reward.weight and not own[reward.name].counts.get(NOT_ASKED)]
        known = counted and all(value is not None for _, value in counted)
        total = sum(reward.weight * value for reward, value in counted if value is not None and not reward.steps) if known else None
        steps = tuple((end, reward.weight * worth) for reward, _ in counted if reward.steps and is_open(reward, own) for end, worth in steps_of(own[reward.name]))
        why = "; ".join(f"{name}: {grade.why}" for name, grade in own.items() if grade.why)
        marks = {mark: any(grade.counts.get(mark) for grade in grades) for mark in ("unparsed", "failed")}
        return Rewarded(total, {name: grade.value for name, grade in own.items()}, why, **marks, steps=steps)

    def watch(self, name: str, column: Sequence[Grade]) -> None:
        """Count failures. A reward that only ever fails must stop the run: silence would look like learning nothing."""
        if not column:
            return
        whole = all(grade.counts.get("failed") for grade in column)
        self.failures[name] = self.failures.get(name, 0) + 1 if whole else 0
        if self.failures[name] >= PATIENCE:
            raise RewardError(
                f"reward {name}: failed for all {len(column)} responses, {PATIENCE} times in a row; the first: {column[0].why}. Repair it, or raise the deadline if it is slow"
            )

    def close(self) -> None:
        """End the processes."""
        if self.workers is not None:
            self.workers.close()

    def __enter__(self) -> Rewards:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(frozen=True)
class Remote:
    """A grader that works in other processes."""

    workers: Workers
    place: int

    def __call__(self, record: Record, response: str) -> Grade:
        """The grade of one response."""
        return self.many([record], [response])[0]

    def many(self, records: Sequence[Record], responses: Sequence[str]) -> list[Grade]:
        """Grades of all responses, by all processes."""
        found = self.workers([Task(self.place, record, response) for record, response in zip(records, responses, strict=True)])
        return [failed(one) if isinstance(one, str) else one for one in found]


def graded(grade: Grader, records: Sequence[Record], responses: Sequence[str]) -> list[Grade]:
    """Grades of all responses; one that cannot be graded has no value, and says why."""
    if hasattr(grade, "many"):
        try:
            return grade.many(records, responses)
        except Exception as error:  # noqa: BLE001 - counted; never a score
            return [failed(f"{type(error).__name__}: {error}")] * len(records)
    return [one(grade, record, response) for record, response in zip(records, responses, strict=True)]


def one(grade: Grader, record: Record, response: str) -> Grade:
    """One grade, or that there is none."""
    try:
        return grade(record, response)
    except Exception as error:  # noqa: BLE001 - counted; never a score
        return failed(f"{type(error).__name__}: {error}")


def failed(why: str) -> Grade:
    """A response that was not scored because its grader could not."""
    return Grade(None, None, why, {"failed": 1.0})


def gated(reward: Reward, own: Mapping[str, Grade]) -> float | None:
    """A reward's value where its gate is open, 0 where it is shut, None where the gate is not known."""
    if reward.gate and own[reward.gate].value is None:
        return None
    return own[reward.name].value if is_open(reward, own) else 0.0


def steps_of(grade: Grade) -> tuple[tuple[int, float], ...]:
    """What a grader says of steps; of one that judges whole responses, that of the only step there is."""
    return grade.steps or (() if grade.value is None else ((END, grade.value),))


def is_open(reward: Reward, own: Mapping[str, Grade]) -> bool:
    """Whether a reward counts; one without a gate does."""
    return not reward.gate or (own[reward.gate].value or 0.0) > 0


def check_gates(rewards: Sequence[Reward]) -> None:
    """Gates name other rewards of the list."""
    names = {reward.name for reward in rewards}
    for reward in rewards:
        if reward.gate and (reward.gate not in names or reward.gate == reward.name):
            raise RewardError(f"reward {reward.name}: gate={reward.gate} is no other reward of the list; there are {', '.join(sorted(names - {reward.name})) or 'none'}")


def spec_of(choice: RewardChoice) -> Spec:
    """A grader's name and settings; "FILE.py:function" and "module:function" are a user's own."""
    if ":" in choice.name:
        return OWN, {"function": choice.name, **choice.settings}
    if choice.name not in graders():
        raise RewardError(f"reward {choice.name}: unknown; there are {', '.join(graders())}, or name your own as FILE.py:function")
    return choice.name, dict(choice.settings)


def pool_of(specs: Sequence[Spec], workers: int, deadline: float, names: Sequence[str]) -> Workers | None:
    """Processes for rules; None where there are none. RewardError names the rewards."""
    if not specs:
        return None
    for name, spec in zip(names, specs, strict=True):
        check_settings(name, spec)
    try:
        return Workers(specs, workers, deadline)
    except (ValueError, RuntimeError) as error:
        raise RewardError(f"rewards {', '.join(names)}: {error}") from error


def check_settings(name: str, spec: Spec) -> None:
    """Settings have the names of the grader's arguments."""
    try:
        inspect.signature(graders()[spec[0]]).bind(**spec[1])
    except TypeError as error:
        raise RewardError(f"reward {name}: {error}; its settings are {inspect.signature(graders()[spec[0]])}") from error


def made_here(name: str, spec: Spec) -> Callable[[Record, str], Grade]:
    """A grader in this process. RewardError names the reward."""
    check_settings(name, spec)
    try:
        return graders()[spec[0]](**spec[1])
    except (TypeError, ValueError, RuntimeError, OSError) as error:
        raise RewardError(f"reward {name}: {error}") from error
