"""A message over a dimmed program, with buttons to answer it."""

from __future__ import annotations

import numpy as np

from veridical.curate.rendered.asked import Asked, exact, short
from veridical.curate.rendered.documents.contents import one_of, some_of
from veridical.curate.rendered.palette import Colour, mixed
from veridical.curate.rendered.rendering import Drawn, Question, Rendering, Wish
from veridical.curate.rendered.screens.questions import at_box, below, box_of, checked, enabled
from veridical.curate.rendered.screens.window import Control, Screen, Theme, button, checkbox, outer, theme_of
from veridical.curate.rendered.sheet import Place, Sheet, wrapped
from veridical.curate.rendered.slips import misread, misspelt, one_of_many, similar_words

TITLES = ("Save changes", "Delete files", "Low disk space", "Update available", "Connection lost", "Confirm payment", "Leave page", "Print document")
MESSAGES = {
    "Save changes": "Do you want to save the changes to {file} before closing?",
    "Delete files": "{count} files will be deleted. This cannot be undone.",
    "Low disk space": "Only {count} MB are left on drive {letter}.",
    "Update available": "Version {count}.{digit} is ready to install. The program will restart.",
    "Connection lost": "The server at port {count} does not answer. Trying again in {digit} seconds.",
    "Confirm payment": "You are about to pay {count} dollars to account {letter}{count2}.",
    "Leave page": "You have {digit} unsaved forms on this page.",
    "Print document": "{file} has {count} pages. Print all of them?",
}
BUTTONS = ("Save", "Discard", "Cancel", "Retry", "Ignore", "Continue", "Later", "Details", "Close")
BOXES = ("Do not ask again", "Remember my choice", "Apply to all", "Show details", "Make a backup")


def draw(wish: Wish, rng: np.random.Generator) -> Drawn:
    """A dialog with two to four buttons and up to three boxes to tick."""
    theme = theme_of(wish, rng, 34)
    back = mixed(theme.paper, (60, 70, 90), float(rng.uniform(0.45, 0.7)))
    sheet = Sheet(wish.size, round(wish.size * float(rng.uniform(0.5, 0.75))), back, wish.font)
    shadows(sheet, back, theme, rng)
    title = one_of(rng, TITLES)
    message = MESSAGES[title].format(
        file=f"{one_of(rng, ('report', 'notes', 'budget'))}-{int(rng.integers(2, 99))}.txt",
        count=int(rng.integers(12, 990)),
        count2=int(rng.integers(100, 990)),
        digit=int(rng.integers(2, 10)),
        letter=one_of(rng, "CDEFGH"),
    )
    width = wish.size * float(rng.uniform(0.68, 0.84))
    lines = wrapped(sheet, message, theme.size, width - theme.size * 3)
    boxes = some_of(rng, BOXES, int(rng.integers(0, 1 + wish.difficulty)))
    height = theme.size * (7.6 + 1.6 * len(lines) + 2.0 * len(boxes))
    panel = Place((sheet.width - width) / 2, (sheet.height - height) / 2, (sheet.width + width) / 2, (sheet.height + height) / 2)
    truth = Screen(title, (Control("message", message, outer(panel)), *fill(sheet, theme, panel, title, lines, boxes, 1 + wish.difficulty, rng)))
    return Drawn(sheet, truth, truth.facts("dialog"))


def shadows(sheet: Sheet, back: Colour, theme: Theme, rng: np.random.Generator) -> None:
    """The program behind: bars where its text is."""
    shade = mixed(back, theme.ink, 0.12)
    sheet.rectangle(Place(0, 0, sheet.width, theme.size * 2.2), fill=shade)
    for row in range(int(sheet.height / theme.size / 2.2)):
        sheet.rectangle(Place(theme.size, theme.size * (3.2 + 2.2 * row), sheet.width * float(rng.uniform(0.5, 0.95)), theme.size * (4.1 + 2.2 * row)), fill=shade, radius=3)


def fill(sheet: Sheet, theme: Theme, panel: Place, title: str, lines: list[str], boxes: list[str], count: int, rng: np.random.Generator) -> list[Control]:
    """Title, message, boxes and buttons."""
    sheet.rectangle(Place(panel.x1 + 4, panel.y1 + 5, panel.x2 + 4, panel.y2 + 5), fill=mixed(sheet.paper, (0, 0, 0), 0.3), radius=theme.radius * 1.6)
    sheet.rectangle(panel, fill=theme.paper, outline=theme.edge, radius=theme.radius * 1.6)
    left, top, found = panel.x1 + theme.size * 1.5, panel.y1 + theme.size * 2.2, []
    sheet.text((left, top), title, theme.size * 1.15, theme.ink, "ls", True)
    for line in lines:
        top += theme.size * 1.6
        sheet.text((left, top + theme.size * 0.4), line, theme.size, theme.ink)
    for name in boxes:
        top += theme.size * 2.0
        found.append(checkbox(sheet, theme, (left, top + theme.size * 0.6), name, bool(rng.random() < 0.5)))
    right = panel.x2 - theme.size * 1.2
    for place, name in enumerate(some_of(rng, BUTTONS, max(2, min(4, count)))):
        made = button(sheet, theme, (right, panel.y2 - theme.size * 3.1), name, bool(rng.random() < 0.72), place == 0, right=True)
        right = made.box[0] - theme.size * 0.7
        found.append(made)
    return found


def message(screen: Screen, rng: np.random.Generator) -> Asked | None:
    """What the message says."""
    said = screen.controls[0].name
    slips = misread(said, rng)[:2] if any(sign.isdigit() for sign in said) else []
    words = said.split()
    left = int(rng.integers(1, len(words) - 1))
    slips += [*misspelt(said, rng), *similar_words(said, rng), (" ".join(words[:left] + words[left + 1 :]), "dropped word", f"{words[left]!r} was left out")]
    slips.append((" ".join(words[: left + 1] + words[left:]), "doubled word", f"{words[left]!r} was written twice"))
    return short("transcription", "Transcribe the message of the dialog, without its title.", exact(said), slips)


def at_end(screen: Screen, rng: np.random.Generator) -> Asked | None:
    """Which button stands at an end of the row."""
    known = sorted(screen.of("button"), key=lambda one: one.box[0])
    right = bool(rng.random() < 0.5)
    one, other = (known[-1], known[0]) if right else (known[0], known[-1])
    slips = [(other.name, "side confused", "the other end of the row was read")] + [(known[-2 if right else 1].name, "neighbouring control", "the button beside it was read")]
    return short("position", f"Which button is at the {'right' if right else 'left'} end of the row?", exact(one.name), slips)


def asked_of_controls(question: Question) -> Question:
    """A question about the controls without the message, which is none."""

    def asked(screen: Screen, rng: np.random.Generator) -> Asked | None:
        return question(Screen(screen.title, screen.controls[1:]), rng)

    return asked


def title_of(screen: Screen, rng: np.random.Generator) -> Asked | None:
    """What the dialog is called."""
    return short(
        "title",
        "What is the title of the dialog?",
        exact(screen.title),
        [*misspelt(screen.title, rng), *one_of_many(screen.title, TITLES, rng), *one_of_many(screen.title, TITLES, rng)],
    )


RENDERING = Rendering(
    "dialog", "screens", "gui", "a message over a dimmed program, with boxes and buttons", draw, (message, at_end, title_of, *map(asked_of_controls, (checked, enabled,
    enabled, box_of, box_of, at_box, below))), least=320
)  # fmt: skip
