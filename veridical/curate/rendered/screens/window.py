"""Windows and controls: how they are drawn, and where they are and what state they have."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from veridical.curate.rendered.palette import BLACK, NIGHT, WHITE, Colour, contrast, ink_on, mixed, readable
from veridical.curate.rendered.rendering import Wish
from veridical.curate.rendered.sheet import Crowded, Place, Point, Sheet

ACCENTS: tuple[Colour, ...] = ((0, 95, 184), (30, 110, 80), (120, 70, 170), (190, 70, 30), (40, 90, 150))
FAINT = 3.0
"""The contrast of the text of controls that are switched off."""


@dataclass(frozen=True)
class Theme:
    """The dress of a program."""

    paper: Colour
    bar: Colour
    """Title bar, tool bars, side bars."""
    field: Colour
    ink: Colour
    edge: Colour
    accent: Colour
    size: float
    radius: float
    side: str
    """Where a window's own buttons stand: left (three discs) or right (signs)."""

    def faint(self, ground: Colour) -> Colour:
        """The ink of what is disabled."""
        shades = [mixed(ground, self.ink, step / 40) for step in range(41)]
        return next(shade for shade in shades if contrast(shade, ground) >= FAINT)


def theme_of(wish: Wish, rng: np.random.Generator, per: float = 46) -> Theme:
    """A drawn dress: light, dark, or the grey of older programs."""
    size = min(17.0, max(9.5, wish.size / per * float(rng.uniform(0.9, 1.1))))
    accent, side = ACCENTS[int(rng.integers(len(ACCENTS)))], str(rng.choice(["left", "right"]))
    dress = str(rng.choice(["light", "light", "dark", "classic"]))
    if dress == "dark":
        return Theme(NIGHT, (24, 25, 31), (46, 49, 60), (236, 237, 240), (92, 96, 110), mixed(accent, WHITE, 0.25), size, 4, side)
    if dress == "classic":
        return Theme((212, 208, 200), (10, 36, 106), WHITE, BLACK, (120, 118, 112), (10, 36, 106), size, 0, "right")
    return Theme(WHITE if rng.random() < 0.5 else (249, 249, 251), (240, 240, 243), WHITE, BLACK, (176, 178, 186), accent, size, 5, side)


@dataclass(frozen=True)
class Control:
    """A control as it stands in the picture."""

    kind: str
    name: str
    box: tuple[int, int, int, int]
    on: bool | None = None
    """Checked, selected or switched on; None for what is neither."""
    enabled: bool = True
    value: str = ""
    group: str = ""

    @property
    def written(self) -> str:
        """The box as an answer."""
        return "[" + ", ".join(map(str, self.box)) + "]"


@dataclass(frozen=True)
class Screen:
    """Everything that is true of a screen."""

    title: str
    controls: tuple[Control, ...]

    def facts(self, kind: str) -> dict[str, Any]:
        """The same as JSON."""
        return {"screen": kind, "title": self.title, "controls": [asdict(one) | {"box": list(one.box)} for one in self.controls]}

    def of(self, *kinds: str) -> list[Control]:
        """Controls of these kinds."""
        return [one for one in self.controls if one.kind in kinds]


def outer(*places: Place) -> tuple[int, int, int, int]:
    """The smallest whole pixels around places."""
    return math.floor(min(one.x1 for one in places)), math.floor(min(one.y1 for one in places)), math.ceil(max(one.x2 for one in places)), math.ceil(max(one.y2 for one in places))


def frame(sheet: Sheet, theme: Theme, title: str) -> Place:
    """A window that fills the sheet, with its title; the room inside."""
    height = theme.size * 2.4
    sheet.rectangle(sheet.whole, fill=theme.paper, outline=theme.edge)
    sheet.rectangle(Place(1, 1, sheet.width - 1, height), fill=theme.bar)
    ink, middle = ink_on(theme.bar), height / 2
    if theme.side == "left":
        for place, colour in enumerate(((255, 95, 87), (254, 188, 46), (40, 200, 64))):
            sheet.circle((theme.size * (1.2 + 1.5 * place), middle), theme.size * 0.45, fill=colour)
        sheet.text((sheet.width / 2, middle + theme.size * 0.35), title, theme.size, ink, "ms", True)
    else:
        signs(sheet, theme, middle, ink)
        sheet.text((theme.size, middle + theme.size * 0.35), title, theme.size, ink, "ls")
    return Place(0, height, sheet.width, sheet.height)


def signs(sheet: Sheet, theme: Theme, middle: float, ink: Colour) -> None:
    """The signs for smaller, larger and close."""
    r = theme.size * 0.36
    x = sheet.width - theme.size * 1.4
    sheet.line([(x - r, middle - r), (x + r, middle + r)], ink, 1.2)
    sheet.line([(x - r, middle + r), (x + r, middle - r)], ink, 1.2)
    x -= theme.size * 2.4
    sheet.rectangle(Place(x - r, middle - r, x + r, middle + r), outline=ink, width=1.2)
    x -= theme.size * 2.4
    sheet.line([(x - r, middle), (x + r, middle)], ink, 1.2)


def checkbox(sheet: Sheet, theme: Theme, at: Point, name: str, on: bool, enabled: bool = True) -> Control:
    """A box to tick with its label; `at` is the left end of the base line."""
    side = theme.size * 1.05
    box = Place(at[0], at[1] - side * 0.88, at[0] + side, at[1] + side * 0.12)
    fill = theme.accent if on and enabled else theme.faint(theme.paper) if on else theme.field
    sheet.rectangle(box, fill=fill, outline=fill if on else mixed(theme.edge, theme.ink, 0.3), width=1.2, radius=min(3, theme.radius))
    if on:
        tick(sheet, box, readable(WHITE, fill, 2.0))
    return Control("checkbox", name, outer(box, label(sheet, theme, (box.x2 + theme.size * 0.6, at[1]), name, enabled)), on, enabled)


def tick(sheet: Sheet, box: Place, ink: Colour) -> None:
    """A tick in a box."""
    a = box.inset(box.width * 0.22)
    sheet.line([(a.x1, a.y1 + a.height * 0.55), (a.x1 + a.width * 0.38, a.y2 - a.height * 0.05), (a.x2, a.y1 + a.height * 0.08)], ink, max(1.5, box.width * 0.13))


def switch(sheet: Sheet, theme: Theme, at: Point, name: str, on: bool, enabled: bool = True) -> Control:
    """A switch that slides, with its label."""
    tall = theme.size * 1.1
    box = Place(at[0], at[1] - tall * 0.9, at[0] + tall * 1.9, at[1] + tall * 0.1)
    fill = theme.accent if on and enabled else theme.faint(theme.paper) if on else mixed(theme.paper, theme.ink, 0.28)
    sheet.rectangle(box, fill=fill, radius=tall / 2)
    sheet.circle((box.x2 - tall / 2 if on else box.x1 + tall / 2, box.middle[1]), tall * 0.36, fill=WHITE)
    return Control("switch", name, outer(box, label(sheet, theme, (box.x2 + theme.size * 0.6, at[1]), name, enabled)), on, enabled)


def radio(sheet: Sheet, theme: Theme, at: Point, name: str, on: bool, group: str) -> Control:
    """A round button of which one in a group is chosen."""
    radius = theme.size * 0.52
    middle = at[0] + radius, at[1] - theme.size * 0.38
    sheet.circle(middle, radius, fill=theme.field, outline=theme.accent if on else mixed(theme.edge, theme.ink, 0.3), width=1.4)
    if on:
        sheet.circle(middle, radius * 0.55, fill=theme.accent)
    box = Place(middle[0] - radius, middle[1] - radius, middle[0] + radius, middle[1] + radius)
    return Control("radio", name, outer(box, label(sheet, theme, (box.x2 + theme.size * 0.6, at[1]), name)), on, group=group)


def label(sheet: Sheet, theme: Theme, at: Point, said: str, enabled: bool = True, ground: Colour | None = None) -> Place:
    """A text, faint where its control is disabled."""
    return sheet.text(at, said, theme.size, theme.ink if enabled else theme.faint(ground or theme.paper))


def button(sheet: Sheet, theme: Theme, at: Point, name: str, enabled: bool = True, main: bool = False, right: bool = False) -> Control:
    """A push button; `at` is its upper left corner, or the upper right one."""
    width, height = sheet.measure(name, theme.size)[0] + theme.size * 2.2, theme.size * 2.0
    left = at[0] - width if right else at[0]
    box = Place(left, at[1], left + width, at[1] + height)
    fill = theme.accent if main and enabled else mixed(theme.paper, theme.ink, 0.04 if not enabled else 0.1)
    sheet.rectangle(box, fill=fill, outline=theme.edge if enabled else mixed(theme.edge, theme.paper, 0.5), radius=theme.radius)
    ink = (ink_on(fill) if main else theme.ink) if enabled else theme.faint(fill)
    sheet.text((box.middle[0], box.middle[1] + theme.size * 0.35), name, theme.size, ink, "ms")
    return Control("button", name, outer(box), enabled=enabled)


def field(sheet: Sheet, theme: Theme, box: Place, name: str, value: str, arrow: bool = False) -> Control:
    """A field with a value, or a list that opens. Errors: Crowded where the value is too long."""
    sheet.rectangle(box, fill=theme.field, outline=theme.edge, radius=theme.radius)
    if sheet.measure(value, theme.size)[0] > box.width - theme.size * (2.4 if arrow else 1.2):
        raise Crowded(f"{value!r} is longer than its field")
    sheet.text((box.x1 + theme.size * 0.6, box.middle[1] + theme.size * 0.35), value, theme.size, readable(theme.ink, theme.field))
    if arrow:
        x, y, r = box.x2 - theme.size, box.middle[1], theme.size * 0.3
        sheet.line([(x - r, y - r / 2), (x, y + r / 2), (x + r, y - r / 2)], theme.ink, 1.4)
    return Control("list" if arrow else "field", name, outer(box), value=value)


def tabs(sheet: Sheet, theme: Theme, room: Place, names: list[str], chosen: int) -> tuple[list[Control], Place]:
    """A row of tabs of which one is open; the room below."""
    found, left, height = [], room.x1 + theme.size, theme.size * 2.2
    for place, name in enumerate(names):
        width = sheet.measure(name, theme.size)[0] + theme.size * 1.8
        box = Place(left, room.y1 + theme.size * 0.4, left + width, room.y1 + theme.size * 0.4 + height)
        if place == chosen:
            sheet.rectangle(box, fill=mixed(theme.paper, theme.accent, 0.16))
            sheet.rectangle(box._replace(y1=box.y2 - 2.5), fill=theme.accent)
        sheet.text((box.middle[0], box.middle[1] + theme.size * 0.35), name, theme.size, theme.ink, "ms", place == chosen)
        found.append(Control("tab", name, outer(box), place == chosen))
        left += width
    if left > room.x2:
        raise Crowded("the tabs are wider than the window")
    bottom = room.y1 + theme.size * 0.4 + height
    sheet.line([(room.x1, bottom), (room.x2, bottom)], theme.edge, 1)
    return found, room._replace(y1=bottom)
