"""Names and numbers as the page writes them: one place, so that sentence, table and plot agree."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup, escape

NOTHING = "–"
"""What stands where there is no number."""
ZERO = 1e-6
"""What is nearer to zero came from rounding."""
SPELT = {"f1": "F1", "chair_i": "CHAIR_i", "chair_s": "CHAIR_s", "chair": "CHAIR", "amber_score": "AMBER score", "pope": "POPE", "amber": "AMBER", "words": "length"}
"""Names that are not simply their words."""


def label(name: str) -> str:
    """A metric or benchmark as a reader says it: "adversarial.yes_ratio" is "adversarial yes ratio"."""
    return " ".join(SPELT.get(part, part.replace("_", " ")) for part in name.split("."))


def capital(text: str) -> str:
    """With a capital letter at the start."""
    return text[:1].upper() + text[1:]


def subscripts(text: str) -> Markup:
    """A label in HTML: CHAIR_i with a lowered i."""
    whole = escape(text)
    for letter in "is":
        whole = whole.replace(f"CHAIR_{letter}", Markup(f"CHAIR<sub>{letter}</sub>"))
    return whole


def named(benchmark: str, metric: str) -> str:
    """The metric with its benchmark before it, once: "POPE F1", "CHAIR_i"."""
    first, second = label(benchmark), label(metric)
    return second if second.startswith(first) else f"{first} {second}"


def defined(value: float | None) -> bool:
    """Whether there is a number."""
    return value is not None and math.isfinite(value)


def plain(value: float | None) -> str:
    """Such as "21.4"; small numbers keep two digits that are not zero, large ones have a separator."""
    if not defined(value):
        return NOTHING
    if abs(value) < ZERO:
        return "0.0"
    if abs(value) >= 10_000:
        return f"{value:,.0f}".replace("-", "−")
    return (f"{value:.1f}" if abs(value) >= 0.05 else f"{value:.2g}").replace("-", "−")


def signed(value: float | None) -> str:
    """With its sign: "+0.7", "−11.6", "0.0"."""
    return ("+" if defined(value) and value >= ZERO else "") + plain(value)


def bounds(interval: Sequence[float | None] | None, change: bool = False) -> str:
    """Such as "[19.0, 23.9]"; with signs where it is of a change."""
    if interval is None or not all(defined(end) for end in interval):
        return ""
    return "[" + ",\N{NO-BREAK SPACE}".join((signed if change else plain)(end) for end in interval) + "]"


def amount(value: float | None, unit: str) -> str:
    """A number with its unit: "21.4%", "24.1 words"."""
    if not defined(value):
        return "undefined"
    return plain(value) + {"%": "%", "": ""}.get(unit, f" {unit}")


def step(value: float | None, unit: str) -> str:
    """A difference with its unit: two shares differ by points, not by percent."""
    return signed(value) + {"%": " points", "": ""}.get(unit, f" {unit}")


def chance(p: float | None) -> str:
    """A p value: "p < 0.001", "p = 0.023"."""
    if not defined(p):
        return ""
    return ("p < 0.001" if p < 0.001 else f"p = {p:.3f}" if p < 0.9995 else "p = 1").replace(" ", "\N{NO-BREAK SPACE}")
