"""Windows of settings: tabs, boxes or switches, options, fields, buttons."""

from __future__ import annotations

import numpy as np

from veridical.curate.rendered.documents.contents import digits, one_of, some_of
from veridical.curate.rendered.rendering import Drawn, Rendering, Wish
from veridical.curate.rendered.screens.questions import at_box, below, box_of, checked, chosen, counted, enabled, heading, number_of, value
from veridical.curate.rendered.screens.window import Control, Screen, Theme, button, checkbox, field, frame, label, radio, switch, tabs, theme_of
from veridical.curate.rendered.sheet import Crowded, Place, Sheet

TITLES = ("Settings", "Preferences", "Options", "Account settings", "Printer settings", "Network settings", "Camera setup", "Editor preferences")
TABS = ("General", "Display", "Sound", "Network", "Privacy", "Updates", "Accounts", "Keyboard", "Storage", "Advanced")
CHOICES = (
    "Show hidden files", "Show file sizes", "Show line numbers", "Play sounds", "Play startup sound", "Check for updates", "Check spelling", "Save automatically",
    "Save on exit", "Send crash reports",
    "Send usage data", "Use dark mode", "Use large icons", "Enable notifications", "Enable shortcuts", "Start with system", "Start minimized", "Remember password",
    "Remember window size", "Wrap long lines",
)  # fmt: skip
GROUPS = {
    "Theme": ("Light", "Dark", "System"),
    "Quality": ("Low", "Medium", "High"),
    "Layout": ("List", "Grid", "Columns"),
    "Units": ("Metric", "Imperial"),
    "Page size": ("A4", "Letter", "Legal"),
    "Sync": ("Always", "On Wi-Fi", "Never"),
}
FIELDS = {
    "Name": ("studio-pc", "office-2", "living room", "lab-printer"),
    "Language": ("English", "French", "German", "Spanish"),
    "Time zone": ("Berlin", "London", "Tokyo", "Lima"),
    "Folder": ("Documents", "Downloads", "Backups"),
    "Format": ("PNG", "JPEG", "PDF"),
}
BUTTONS = ("OK", "Cancel", "Apply", "Reset", "Help", "Restore", "Import", "Export")


def draw(wish: Wish, rng: np.random.Generator) -> Drawn:
    """A window with as many controls as the difficulty allows."""
    theme = theme_of(wish, rng, 34 + 4 * wish.difficulty)
    sheet = Sheet(wish.size, round(wish.size * float(rng.uniform(0.68, 0.98))), theme.paper, wish.font)
    title = one_of(rng, TITLES)
    room = frame(sheet, theme, title)
    names = some_of(rng, TABS, int(rng.integers(2, 4 + wish.difficulty)))
    found, room = tabs(sheet, theme, room, names, int(rng.integers(len(names))))
    foot, buttons = actions(sheet, theme, room, rng)
    left, right = room._replace(x2=room.width * 0.52, y2=foot).inset(theme.size * 1.2), room._replace(x1=room.width * 0.54, y2=foot).inset(theme.size * 1.2)
    found += boxes(sheet, theme, left, 2 + 2 * wish.difficulty, rng)
    found += rest(sheet, theme, right, wish.difficulty, rng)
    truth = Screen(title, tuple(found + buttons))
    return Drawn(sheet, truth, truth.facts("settings"))


def actions(sheet: Sheet, theme: Theme, room: Place, rng: np.random.Generator) -> tuple[float, list[Control]]:
    """The buttons at the foot, from the right; where the foot begins."""
    top, right, found = room.y2 - theme.size * 3.2, room.x2 - theme.size * 1.2, []
    for place, name in enumerate(some_of(rng, BUTTONS, int(rng.integers(2, 4)))):
        made = button(sheet, theme, (right, top + theme.size * 0.6), name, bool(rng.random() < 0.65), place == 0, right=True)
        right = made.box[0] - theme.size * 0.8
        found.append(made)
    sheet.line([(room.x1, top), (room.x2, top)], theme.edge, 1)
    return top, found


def boxes(sheet: Sheet, theme: Theme, room: Place, count: int, rng: np.random.Generator) -> list[Control]:
    """A column of boxes or switches, each on with the same chance; one in five is disabled."""
    draw_one = checkbox if rng.random() < 0.6 else switch
    found, top = [], room.y1 + theme.size
    for name in some_of(rng, CHOICES, count):
        if top > room.y2 - theme.size * 0.3:
            break
        found.append(draw_one(sheet, theme, (room.x1, top), name, bool(rng.random() < 0.5), bool(rng.random() < 0.8)))
        top += theme.size * 2.1
        if found[-1].box[2] > room.x2 + theme.size:
            raise Crowded("a label is wider than its column")
    return found


def rest(sheet: Sheet, theme: Theme, room: Place, difficulty: int, rng: np.random.Generator) -> list[Control]:
    """Groups of options and fields with labels above them, as many as there is room for."""
    found, top = [], room.y1 + theme.size
    parts = [(name, True) for name in some_of(rng, list(GROUPS), difficulty)] + [(name, False) for name in some_of(rng, list(FIELDS), difficulty)]
    for place in rng.permutation(len(parts)):
        name, grouped = parts[place]
        height = theme.size * (1.9 * len(GROUPS[name]) + 2.6 if grouped else 4.6)
        if top + height > room.y2 + theme.size:
            continue
        label(sheet, theme, (room.x1, top), name)
        if grouped:
            chosen_one = int(rng.integers(len(GROUPS[name])))
            for number, option in enumerate(GROUPS[name]):
                found.append(radio(sheet, theme, (room.x1 + theme.size * 0.4, top + theme.size * (2.0 + 1.9 * number)), option, number == chosen_one, name))
        else:
            said = f"{one_of(rng, FIELDS[name])}{digits(rng, 2) if name == 'Name' else ''}"
            found.append(field(sheet, theme, Place(room.x1, top + theme.size * 0.7, room.x2, top + theme.size * 2.8), name, said, name != "Name"))
        top += height
    return found


RENDERING = Rendering(
    "settings", "screens", "gui", "windows of settings with tabs, boxes, switches, options, fields and buttons", draw, (checked, checked, enabled, chosen, value, counted,
    number_of, box_of, box_of, at_box, below, heading), least=384
)  # fmt: skip
