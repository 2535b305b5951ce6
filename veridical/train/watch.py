"""A look at held-out records while training, and the early stop that follows from it."""

from __future__ import annotations

from collections.abc import Callable

from accelerate.utils import broadcast_object_list

from veridical.models.policy import Policy, evaluating
from veridical.train.session import Session
from veridical.train.sharded import whole

Watch = Callable[[Policy, int], dict[str, float]]
"""A caller's own measurement: policy and steps done to numbers. Only the main process makes it."""

Measure = Callable[[], dict[str, float]]
"""The held-out records' numbers, over all processes; empty when none are held out."""


class WatchError(ValueError):
    """An early stop that cannot work; the message says what to change."""


def look(session: Session, measure: Measure, watch: Watch | None, done: int) -> bool:
    """Measure after `done` steps, where a look is due, and log it; True when patience has run out."""
    if not (done % session.settings.watch.every == 0 or done == session.steps):
        return False
    with whole(session.plain), evaluating(session.plain):
        numbers = measure() | asked(session, watch, done)
    if not numbers:
        return False
    session.run.log(done - 1, {f"held_out/{name}": value for name, value in numbers.items()})
    said = {name: value for name, value in numbers.items() if name in (*SAID, session.settings.watch.metric)}
    session.say(f"  step {done} of {session.steps}, held out: " + ", ".join(f"{name} {value:.4g}" for name, value in said.items()))
    return out_of_patience(session, numbers)


SAID = ("loss", "reward", "length", "accuracy", "accuracy/chosen > rejected", "kl", "monitor/rise", "monitor/blind_gap", "monitor/words")
"""What of a look is said on the terminal; all of it is logged."""


def asked(session: Session, watch: Watch | None, done: int) -> dict[str, float]:
    """The caller's measurement, made by the main process and known to all."""
    if watch is None:
        return {}
    found = [watch(session.plain, done) if session.main else None]
    return broadcast_object_list(found)[0]


def out_of_patience(session: Session, numbers: dict[str, float]) -> bool:
    """Whether the watched metric has not improved for `patience` looks."""
    wanted = session.settings.watch
    if wanted.patience is None:
        return False
    value = numbers[wanted.metric] * (1 if wanted.better == "lower" else -1)
    if value < session.extras.get("best", float("inf")):
        session.extras |= {"best": value, "waited": 0}
        return False
    session.extras["waited"] = session.extras.get("waited", 0) + 1
    return session.extras["waited"] >= wanted.patience


def check_patience(session: Session, measure: Measure, watch: Watch | None) -> None:
    """Before the first step: whether the metric that decides about an early stop is measured at all.

    Errors: WatchError naming the metrics that there are.
    """
    wanted = session.settings.watch
    if wanted.patience is None:
        return
    with whole(session.plain), evaluating(session.plain):
        known = measure() | asked(session, watch, session.first)
    if not known:
        raise WatchError("watch.patience: no record is held out, so nothing can be watched; raise held_out.fraction")
    if wanted.metric not in known:
        raise WatchError(f"watch.metric={wanted.metric}: not measured; there are {', '.join(sorted(known))}")
