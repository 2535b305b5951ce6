"""An editor with a menu that is open over its text."""

from __future__ import annotations

import numpy as np

from veridical.curate.rendered.documents.contents import one_of, some_of
from veridical.curate.rendered.documents.letter import SENTENCES, filled
from veridical.curate.rendered.palette import mixed
from veridical.curate.rendered.rendering import Drawn, Rendering, Wish
from veridical.curate.rendered.screens.questions import at_box, below, box_of, counted, enabled, heading, number_of, value
from veridical.curate.rendered.screens.window import Control, Screen, Theme, frame, outer, theme_of
from veridical.curate.rendered.sheet import Crowded, Place, Sheet, wrapped

MENUS = {
    "File": ("New", "New window", "Open", "Open recent", "Save", "Save as", "Print", "Export", "Close"),
    "Edit": ("Undo", "Redo", "Cut", "Copy", "Paste", "Paste plain", "Find", "Replace", "Select all"),
    "View": ("Zoom in", "Zoom out", "Full screen", "Status bar", "Side bar", "Line numbers", "Ruler"),
    "Format": ("Bold", "Italic", "Underline", "Align left", "Align right", "Font size", "Clear format"),
    "Tools": ("Spelling", "Word count", "Macros", "Language", "Compare", "Options"),
    "Help": ("Contents", "Shortcuts", "Updates", "About"),
}
FILES = ("notes.txt", "report.txt", "draft-2.txt", "minutes.txt", "letter.txt", "todo.txt")


def draw(wish: Wish, rng: np.random.Generator) -> Drawn:
    """A window whose menu bar has one menu open; a third of its items is greyed out."""
    theme = theme_of(wish, rng, 40)
    sheet = Sheet(wish.size, round(wish.size * float(rng.uniform(0.6, 0.9))), theme.paper, wish.font)
    title = f"{one_of(rng, FILES)} - Editor"
    room = frame(sheet, theme, title)
    names = list(MENUS)[: 3 + wish.difficulty]
    opened = one_of(rng, names)
    found, room = bar(sheet, theme, room, names, opened)
    items = sorted(some_of(rng, MENUS[opened], min(len(MENUS[opened]), 3 + 2 * wish.difficulty)), key=MENUS[opened].index)
    body(sheet, theme, room.inset(theme.size), rng)
    made = popup(sheet, theme, next(one for one in found if one.name == opened), items, rng)
    truth = Screen(title, tuple(found + made))
    return Drawn(sheet, truth, truth.facts("menu"))


def bar(sheet: Sheet, theme: Theme, room: Place, names: list[str], opened: str) -> tuple[list[Control], Place]:
    """The menu bar; the room below."""
    found, left, height = [], room.x1 + theme.size * 0.5, theme.size * 2.0
    for name in names:
        box = Place(left, room.y1, left + sheet.measure(name, theme.size)[0] + theme.size * 1.4, room.y1 + height)
        if name == opened:
            sheet.rectangle(box, fill=mixed(theme.paper, theme.accent, 0.2))
        sheet.text((box.middle[0], box.middle[1] + theme.size * 0.35), name, theme.size, theme.ink, "ms")
        found.append(Control("menu", name, outer(box), name == opened))
        left = box.x2
    sheet.line([(room.x1, room.y1 + height), (room.x2, room.y1 + height)], theme.edge, 1)
    return found, room._replace(y1=room.y1 + height)


def popup(sheet: Sheet, theme: Theme, under: Control, items: list[str], rng: np.random.Generator) -> list[Control]:
    """The open menu with its items and their shortcuts."""
    step, width = theme.size * 2.0, theme.size * 15
    left = min(under.box[0], sheet.width - width - 4)
    panel = Place(left, under.box[3] + 1, left + width, under.box[3] + step * len(items) + theme.size * 0.8)
    if panel.y2 > sheet.height - 4:
        raise Crowded("the menu is longer than the window")
    sheet.cover(panel)
    sheet.rectangle(Place(panel.x1 + 3, panel.y1 + 3, panel.x2 + 3, panel.y2 + 3), fill=mixed(theme.paper, (0, 0, 0), 0.18), radius=theme.radius)
    ground = mixed(theme.paper, theme.field, 0.5)
    sheet.rectangle(panel, fill=ground, outline=theme.edge, radius=theme.radius)
    found, keys = [], [f"Ctrl+{key}" for key in some_of(rng, "ABCDEFGHIJKLMNOPRSTUVWXYZ", len(items))]
    for place, (name, key) in enumerate(zip(items, keys, strict=True)):
        top, usable = panel.y1 + theme.size * 0.4 + step * place, bool(rng.random() < 0.66)
        ink, shown = theme.ink if usable else theme.faint(ground), key if rng.random() < 0.6 else ""
        sheet.text((panel.x1 + theme.size * 1.2, top + theme.size * 1.35), name, theme.size, ink)
        if shown:
            sheet.text((panel.x2 - theme.size, top + theme.size * 1.35), shown, theme.size * 0.92, ink, "rs")
        found.append(Control("item", name, outer(Place(panel.x1, top, panel.x2, top + step)), enabled=usable, value=shown))
    return found


def body(sheet: Sheet, theme: Theme, room: Place, rng: np.random.Generator) -> None:
    """The text of the editor, over which the menu opens."""
    said = " ".join(filled(SENTENCES[place], rng) for place in rng.permutation(len(SENTENCES)))
    for place, line in enumerate(wrapped(sheet, said, theme.size, room.width)):
        base = room.y1 + theme.size * (1.2 + 1.7 * place)
        if base < room.y2 - theme.size:
            sheet.text((room.x1, base), line, theme.size, theme.ink)


RENDERING = Rendering(
    "menu",
    "screens",
    "gui",
    "an editor with an open menu, items with shortcuts, some greyed out",
    draw,
    (enabled, enabled, value, counted, number_of, box_of, box_of, at_box, below, heading),
    least=384,
)
