"""What training logged, sorted into charts: each term by its name, held-out values beside those of training."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from veridical.report.chart import Chart, Line
from veridical.report.wording import capital, label

MOST = 150
"""Points of a line; more steps are averaged."""
HELD_OUT = "held_out/"


@dataclass(frozen=True)
class Group:
    """Logged names that belong on one chart."""

    prefix: str
    title: str
    explains: str
    of: str = "term"
    """What its lines are of: charts of one kind share their colours."""
    ends: tuple[float, float] | None = None
    """The axis, where it is known beforehand."""


GROUPS = (
    Group("loss", "Loss", "the terms of the objective, and their sum"),
    Group("accuracy", "Accuracy of each comparison", "share of pairs in which the first side is ahead", ends=(0.0, 1.0)),
    Group("margin", "Margin of each comparison", "how far the first side is ahead, in nats"),
    Group("logp", "Log-probability", "mean per token, in nats; the chosen response should not fall", "view"),
    Group("reward", "Log-ratio to the reference", "policy minus reference, summed over tokens, in nats", "view"),
)
MACHINE = {
    "lr": "Learning rate", "grad_norm": "Norm of the gradient", "tokens_per_second": "Tokens per second", "seconds": "Seconds per step",
    "memory_MB": "Peak memory, MB", "tokens": "Tokens per step", "padding": "Padding",
}  # fmt: skip
HIDDEN = ("step", "time")


@dataclass(frozen=True)
class Curves:
    """Everything that was logged: charts of the objective, of the machine, and what never changed."""

    objective: tuple[Chart, ...] = ()
    machine: tuple[Chart, ...] = ()
    constant: tuple[tuple[str, float], ...] = ()


def curves(logged: Sequence[Mapping[str, float]]) -> Curves:
    """Charts of the lines of metrics.jsonl."""
    found = series(logged)
    constant = {name: points[0][1] for name, points in found.items() if is_constant(name, points)}
    found = {name: points for name, points in found.items() if name not in constant}
    objective, taken, colours = [], set(), {"term": ["sum"], "view": [""]}
    for group in GROUPS:
        members = [name for name in found if name.removeprefix(HELD_OUT).partition("/")[0] == group.prefix]
        taken |= set(members)
        if members := without_repeats(members, found):
            objective.append(Chart(group.title, group.explains, lines(members, found, colours[group.of]), group.ends))
    rest: dict[str, list[str]] = {}
    for name in found:
        if name not in taken:
            rest.setdefault(name.removeprefix(HELD_OUT), []).append(name)
    watched = [chart(name, members, found) for name, members in rest.items() if any(member.startswith(HELD_OUT) for member in members)]
    machine = [chart(name, members, found) for name, members in rest.items() if not any(member.startswith(HELD_OUT) for member in members)]
    return Curves((*objective, *watched), tuple(machine), tuple(constant.items()))


def chart(name: str, members: Sequence[str], found: Mapping[str, list[tuple[float, float]]]) -> Chart:
    """A chart of one number."""
    return Chart(MACHINE.get(name, capital(label(name))), "", lines(members, found))


def series(logged: Iterable[Mapping[str, float]]) -> dict[str, list[tuple[float, float]]]:
    """Each logged number over the steps, by name; the last value where a step was logged twice."""
    found: dict[str, dict[float, float]] = {}
    for one in logged:
        for name, value in one.items():
            if name not in HIDDEN and isinstance(value, (int, float)):
                found.setdefault(name, {})[one.get("step", 0)] = float(value)
    return {name: sorted(points.items()) for name, points in found.items()}


def is_constant(name: str, points: Sequence[tuple[float, float]]) -> bool:
    """Whether a number of the machine's never changed: it is told in words."""
    plain = name.removeprefix(HELD_OUT).partition("/")[0] not in {group.prefix for group in GROUPS}
    return plain and len(points) > 1 and len({value for _, value in points}) == 1


def without_repeats(members: Sequence[str], found: Mapping[str, list[tuple[float, float]]]) -> list[str]:
    """Without the lines that another one hides: the sum of a single term is that term."""
    kept: list[str] = []
    for name in sorted(members, key=lambda one: (one.startswith(HELD_OUT), one.count("/"), one)):
        same = [other for other in kept if found[other] == found[name]]
        kept = [other for other in kept if other not in same] + [name]
    return kept


def lines(members: Sequence[str], found: Mapping[str, list[tuple[float, float]]], colours: list[str] | None = None) -> tuple[Line, ...]:
    """Lines of the named numbers, training first; `colours` remembers which name has which."""
    made, colours = [], [] if colours is None else colours
    for name in members:
        logged = name.removeprefix(HELD_OUT)
        shown = logged.partition("/")[2] or ("sum" if logged == "loss" and len(members) > 1 else logged)
        if shown not in colours:
            colours.append(shown)
        points, averaged = thinned(found[name])
        made.append(Line(shown, points, name != logged, averaged, colours.index(shown)))
    return tuple(made)


def thinned(points: Sequence[tuple[float, float]], most: int = MOST) -> tuple[tuple[tuple[float, float], ...], int]:
    """At most so many points: means over equal stretches of steps; and how many steps one point stands for."""
    size = math.ceil(len(points) / most)
    if size <= 1:
        return tuple(points), 1
    pieces = [points[start : start + size] for start in range(0, len(points), size)]
    return tuple((piece[len(piece) // 2][0], sum(value for _, value in piece) / len(piece)) for piece in pieces), size
