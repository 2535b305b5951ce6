"""How a chart is dressed: paper, ink, grid, type and where its legend stands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from veridical.curate.rendered.palette import BLACK, NIGHT, WHITE, Colour, mixed
from veridical.curate.rendered.rendering import Wish
from veridical.curate.rendered.sheet import Sheet


@dataclass(frozen=True)
class Style:
    """The dress of one chart."""

    paper: Colour
    panel: Colour
    """Behind the plot."""
    ink: Colour
    quiet: Colour
    """Labels of axes and ticks."""
    grid: Colour
    dash: float
    frame: str
    """Lines around the plot: "open" (left and below), "full", or "none"."""
    size: float
    """Pixels of the lettering of ticks."""
    bold: bool
    left: bool
    """The title stands at the left."""
    legend: str
    """right, top or bottom."""
    comma: bool
    """1,000 instead of 1000."""

    def value(self, number: float) -> str:
        """A number as the chart prints it."""
        return f"{number:,g}" if self.comma and number >= 1000 else f"{number:g}"


DRESSES = ("plain", "plain", "panel", "warm", "dark", "office")


def style_of(wish: Wish, rng: np.random.Generator) -> Style:
    """A drawn dress in type that suits the size."""
    dress = str(rng.choice(DRESSES))
    paper = {"warm": (250, 246, 238), "dark": NIGHT}.get(dress, WHITE)
    ink = (236, 236, 240) if dress == "dark" else BLACK
    panel = (234, 234, 242) if dress == "panel" else paper
    grid = WHITE if dress == "panel" else mixed(paper, ink, float(rng.uniform(0.12, 0.22)))
    frame = {"panel": "none", "office": "none"}.get(dress, str(rng.choice(["open", "full"])))
    size = min(20.0, max(9.5, wish.size / 46 * float(rng.uniform(0.9, 1.2))))
    dash = float(rng.choice([0, 0, 4])) if dress in ("plain", "warm") else 0.0
    legend = str(rng.choice(["right", "top", "bottom"]))
    return Style(paper, panel, ink, mixed(ink, paper, 0.22), grid, dash, frame, size, bool(rng.random() < 0.5), bool(rng.random() < 0.4), legend, bool(rng.random() < 0.5))


def blank(wish: Wish, style: Style, rng: np.random.Generator, tall: tuple[float, float] = (0.58, 0.85)) -> Sheet:
    """An empty sheet, wider than high."""
    height = max(round(wish.size * float(rng.uniform(*tall))), min(wish.size, 200))
    return Sheet(wish.size, height, style.paper, wish.font)
