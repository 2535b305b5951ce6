"""A file manager: places at the side, files with sizes and dates, one of them selected."""

from __future__ import annotations

import numpy as np

from veridical.curate.rendered.asked import Asked, exact, short
from veridical.curate.rendered.documents.contents import one_of, some_of
from veridical.curate.rendered.palette import Colour, ink_on, mixed
from veridical.curate.rendered.rendering import Drawn, Rendering, Wish
from veridical.curate.rendered.screens.questions import at_box, below, box_of, chosen, number_of, value
from veridical.curate.rendered.screens.window import Control, Screen, Theme, button, frame, outer, theme_of
from veridical.curate.rendered.sheet import Crowded, Place, Sheet

PLACES = ("Home", "Desktop", "Documents", "Downloads", "Music", "Pictures", "Videos", "Shared")
STEMS = (
    "report",
    "report-final",
    "budget",
    "budget-old",
    "holiday",
    "holiday-2",
    "minutes",
    "contract",
    "contract-new",
    "photo",
    "song",
    "logo",
    "backup",
    "readme",
    "plan",
    "survey",
)
ENDINGS = ("pdf", "txt", "png", "zip", "docx", "mp3")
TOOLS = ("New", "Copy", "Paste", "Rename", "Delete", "Share")


def draw(wish: Wish, rng: np.random.Generator) -> Drawn:
    """A window with 3 to 10 files."""
    theme = theme_of(wish, rng, 40 + 4 * wish.difficulty)
    sheet = Sheet(wish.size, round(wish.size * float(rng.uniform(0.55, 0.85))), theme.paper, wish.font)
    places = some_of(rng, PLACES, int(rng.integers(3, 4 + wish.difficulty)))
    here = int(rng.integers(len(places)))
    room = frame(sheet, theme, f"{places[here]} - Files")
    found, room = tools(sheet, theme, room, rng)
    found += sidebar(sheet, theme, room._replace(x2=theme.size * 9), places, here)
    found += listing(sheet, theme, room._replace(x1=theme.size * 9), int(rng.integers(3, 4 + 2 * wish.difficulty)), rng)
    truth = Screen(f"{places[here]} - Files", tuple(found))
    return Drawn(sheet, truth, truth.facts("files"))


def tools(sheet: Sheet, theme: Theme, room: Place, rng: np.random.Generator) -> tuple[list[Control], Place]:
    """A row of buttons; the room below."""
    found, left = [], room.x1 + theme.size * 0.8
    for name in some_of(rng, TOOLS, 3):
        made = button(sheet, theme, (left, room.y1 + theme.size * 0.5), name, bool(rng.random() < 0.7))
        left = made.box[2] + theme.size * 0.6
        found.append(made)
    bottom = room.y1 + theme.size * 3
    sheet.line([(room.x1, bottom), (room.x2, bottom)], theme.edge, 1)
    return found, room._replace(y1=bottom)


def highlighted(sheet: Sheet, theme: Theme, box: Place, on: bool) -> Colour:
    """The ground of an entry that is or is not selected; the ink on it."""
    if on:
        sheet.rectangle(box, fill=theme.accent, radius=min(4, theme.radius))
        return ink_on(theme.accent)
    return theme.ink


def sidebar(sheet: Sheet, theme: Theme, room: Place, places: list[str], here: int) -> list[Control]:
    """The places at the side."""
    sheet.line([(room.x2, room.y1), (room.x2, room.y2)], theme.edge, 1)
    found, height = [], theme.size * 2.0
    for number, name in enumerate(places):
        box = Place(room.x1 + theme.size * 0.4, room.y1 + theme.size * 0.5 + height * number, room.x2 - theme.size * 0.4, room.y1 + theme.size * 0.5 + height * (number + 1))
        if box.y2 > room.y2:
            raise Crowded("the places are longer than the window")
        sheet.text((box.x1 + theme.size * 0.7, box.middle[1] + theme.size * 0.35), name, theme.size, highlighted(sheet, theme, box, number == here))
        found.append(Control("place", name, outer(box), number == here))
    return found


def listing(sheet: Sheet, theme: Theme, room: Place, count: int, rng: np.random.Generator) -> list[Control]:
    """The files, with sizes that all differ clearly."""
    step, chosen_one, found = theme.size * 1.95, int(rng.integers(count)), []
    ends = room.x1 + theme.size * 0.6, room.x1 + room.width * 0.64, room.x2 - theme.size
    for said, spot, anchor in (("Name", ends[0] + theme.size * 2, "ls"), ("Size", ends[1], "rs"), ("Modified", ends[2], "rs")):
        sheet.text((spot, room.y1 + theme.size * 1.5), said, theme.size * 0.92, theme.ink, anchor, True)
    sheet.line([(room.x1, room.y1 + theme.size * 2.1), (room.x2, room.y1 + theme.size * 2.1)], theme.edge, 1)
    sizes = [11 * (place + 1) + int(rng.integers(0, 6)) for place in rng.permutation(80)[:count]]
    for number, (stem, size) in enumerate(zip(some_of(rng, STEMS, count), sizes, strict=True)):
        box = Place(room.x1 + theme.size * 0.4, room.y1 + theme.size * 2.3 + step * number, room.x2 - theme.size * 0.4, room.y1 + theme.size * 2.3 + step * (number + 1))
        if box.y2 > room.y2:
            raise Crowded("the files are more than the window can show")
        name, ink, base = f"{stem}.{one_of(rng, ENDINGS)}", highlighted(sheet, theme, box, number == chosen_one), box.middle[1] + theme.size * 0.35
        icon(sheet, theme, box)
        written = sheet.text((ends[0] + theme.size * 2, base), name, theme.size, ink)
        told = sheet.text((ends[1], base), f"{size} KB", theme.size, ink, "rs")
        if written.x2 + theme.size > told.x1:
            raise Crowded("a name reaches into the next column")
        sheet.text((ends[2], base), f"{int(rng.integers(1, 29)):02d}/{int(rng.integers(1, 13)):02d}/{int(rng.integers(2019, 2026))}", theme.size, ink, "rs")
        found.append(Control("file", name, outer(box), number == chosen_one, value=f"{size} KB"))
    return found


def icon(sheet: Sheet, theme: Theme, box: Place) -> None:
    """A sheet of paper."""
    x, y, w, h = box.x1 + theme.size * 0.6, box.y1 + theme.size * 0.4, theme.size * 0.85, theme.size * 1.1
    sheet.polygon([(x, y), (x + w * 0.65, y), (x + w, y + h * 0.3), (x + w, y + h), (x, y + h)], mixed(theme.field, theme.accent, 0.12), mixed(theme.edge, theme.ink, 0.3), 1)


def largest(screen: Screen, rng: np.random.Generator) -> Asked | None:
    """The largest or smallest file."""
    most = bool(rng.random() < 0.5)
    order = sorted(screen.of("file"), key=lambda one: int(one.value.split()[0]), reverse=most)
    slips = [(order[1].name, "near the extreme", "it comes second"), (order[-1].name, "extreme reversed", "the other end was taken")]
    return short("extreme", f"Which file is the {'largest' if most else 'smallest'}?", exact(order[0].name), slips)


RENDERING = Rendering(
    "files",
    "screens",
    "gui",
    "a file manager with places, files, sizes, dates and a selection",
    draw,
    (chosen, value, number_of, box_of, box_of, at_box, below, largest),
    least=384,
)
