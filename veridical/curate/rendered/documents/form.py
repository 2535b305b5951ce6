"""Forms that somebody has filled in: fields in boxes, and boxes that are ticked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from veridical.curate.rendered.asked import Asked, exact, number, short, verdict
from veridical.curate.rendered.documents.contents import FIRMS, TOWNS, date, digits, one_of, person, some_of, street
from veridical.curate.rendered.documents.page import Page, page_of
from veridical.curate.rendered.palette import BLACK, Colour, readable
from veridical.curate.rendered.rendering import Drawn, Rendering, Wish
from veridical.curate.rendered.sheet import Crowded, Place, Sheet
from veridical.curate.rendered.slips import misread, misspelt, one_of_many, similar_words

TITLES = ("Membership application", "Registration form", "Visitor form", "Library card application", "Change of address", "Course enrolment", "Travel request", "Repair request")
OPTIONS = {
    "Interests": ("Music", "Sports", "Reading", "Travel", "Cooking", "Gardening", "Chess", "Painting"), "Documents": ("Passport", "Photo", "Contract", "Invoice", "Permit",
    "Certificate"),
    "Contact by": ("Email", "Phone", "Letter", "Text message"), "Days": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"),
}  # fmt: skip
INKS: tuple[Colour, ...] = (BLACK, (20, 50, 140), (16, 40, 100))


@dataclass(frozen=True)
class Form:
    """Everything that is true of a form."""

    title: str
    fields: dict[str, str]
    options: str
    ticked: dict[str, bool]

    @property
    def facts(self) -> dict[str, Any]:
        """The same as JSON."""
        return {"document": "form", "title": self.title, "fields": self.fields, "options": {self.options: self.ticked}}


def draw(wish: Wish, rng: np.random.Generator) -> Drawn:
    """A form of 3 to 8 fields and a group of boxes to tick, each ticked with the same chance."""
    options = one_of(rng, list(OPTIONS))
    names = some_of(rng, OPTIONS[options], min(3 + wish.difficulty, len(OPTIONS[options])))
    filled = entries(rng)
    labels = sorted(some_of(rng, list(filled), 2 + 2 * wish.difficulty), key=list(filled).index)
    truth = Form(one_of(rng, TITLES), {label: filled[label] for label in labels}, options, {name: bool(rng.random() < 0.5) for name in names})
    above = bool(rng.random() < 0.5)
    page = page_of(wish, rng, 16 + (4.4 if above else 2.4) * len(truth.fields) + len(names))
    sheet = Sheet(round(wish.size * float(rng.uniform(0.75, 1.0))), wish.size, page.paper, wish.font)
    fill(sheet, page, truth, INKS[int(rng.integers(len(INKS)))], above, bool(rng.random() < 0.5), bool(rng.random() < 0.5))
    return Drawn(sheet, truth, truth.facts)


def entries(rng: np.random.Generator) -> dict[str, str]:
    """What could be filled in."""
    name = person(rng)
    return {
        "Full name": name, "Date of birth": date(rng, int(rng.integers(1950, 2008))), "Address": street(rng), "Town": one_of(rng, TOWNS), "Postcode": digits(rng, 5),
        "Phone": f"0{digits(rng, 3)} {digits(rng, 6)}",
        "Email": f"{name.split()[0].lower()}{int(rng.integers(10, 99))}@mail.com", "Employer": one_of(rng, FIRMS), "Member no.": digits(rng, 7), "Emergency contact": person(rng),
    }  # fmt: skip


def fill(sheet: Sheet, page: Page, truth: Form, pen: Colour, above: bool, boxed: bool, crossed: bool) -> None:
    """Title, fields with their labels above or before them, and boxes."""
    place = sheet.whole.inset(page.size * 2)
    sheet.text((place.x1, place.y1 + page.size * 1.2), truth.title, page.size * 1.5, readable(page.accent, page.paper), "ls", True)
    sheet.line([(place.x1, place.y1 + page.size * 2.2), (place.x2, place.y1 + page.size * 2.2)], page.accent, 2)
    top = place.y1 + page.size * 4.4
    for label, value in truth.fields.items():
        left = place.x1 if above else place.x1 + page.size * 9.5
        sheet.text((place.x1, top), label, page.size * (0.85 if above else 1), page.quiet if above else page.ink)
        top += page.size * 2 if above else 0
        box = Place(left, top - page.size * 1.35, place.x2, top + page.size * 0.65)
        sheet.rectangle(box, outline=page.rule, radius=2) if boxed else sheet.line([(box.x1, box.y2), (box.x2, box.y2)], page.rule, 1)
        sheet.text((left + page.size * 0.6, top), value, page.size * 1.05, pen)
        top += page.size * 2.4
    tick(sheet, page, place, truth, pen, top + page.size * 0.6, crossed)


def tick(sheet: Sheet, page: Page, place: Place, truth: Form, pen: Colour, top: float, crossed: bool) -> None:
    """The boxes, in two columns."""
    sheet.text((place.x1, top), truth.options, page.size, page.ink, "ls", True)
    for number_, (name, ticked) in enumerate(truth.ticked.items()):
        x, y = place.x1 + place.width * 0.5 * (number_ % 2), top + page.size * (2 + 2 * (number_ // 2))
        box = Place(x, y - page.size, x + page.size * 1.1, y + page.size * 0.1)
        if box.y2 > place.y2:
            raise Crowded("the boxes have no room")
        sheet.rectangle(box, outline=page.ink, width=1.2)
        if ticked:
            mark(sheet, box, pen, crossed)
        sheet.text((x + page.size * 1.7, y), name, page.size, page.ink)


def mark(sheet: Sheet, box: Place, pen: Colour, cross: bool) -> None:
    """A cross or a tick in a box."""
    a, w = box.inset(box.width * 0.18), max(1.6, box.width * 0.13)
    if cross:
        sheet.line([(a.x1, a.y1), (a.x2, a.y2)], pen, w)
        sheet.line([(a.x2, a.y1), (a.x1, a.y2)], pen, w)
    else:
        sheet.line([(a.x1, a.y1 + a.height * 0.5), (a.x1 + a.width * 0.4, a.y2), (a.x2 + a.width * 0.15, a.y1 - a.height * 0.1)], pen, w)


def field(form: Form, rng: np.random.Generator) -> Asked | None:
    """What is filled in."""
    labels = list(form.fields)
    label = one_of(rng, labels)
    value = form.fields[label]
    slips = misread(value, rng)[:2] if any(sign.isdigit() for sign in value) else []
    slips += [*misspelt(value, rng), *similar_words(value, rng)]
    at = labels.index(label)
    slips += [(form.fields[labels[other]], "neighbouring field", f"{labels[other]!r} was read") for other in (at - 1, at + 1) if 0 <= other < len(labels)]
    return short("field", f'What is filled in under "{label}"?', exact(value), slips)


def whose(form: Form, rng: np.random.Generator) -> Asked | None:
    """Which field holds a value that no other holds."""
    labels = list(form.fields)
    at = int(rng.integers(len(labels)))
    if list(form.fields.values()).count(form.fields[labels[at]]) > 1:
        return None
    slips = [(labels[other], "neighbouring field", f"{labels[other]!r} holds another value") for other in (at - 1, at + 1) if 0 <= other < len(labels)]
    return short("label", f'In which field does "{form.fields[labels[at]]}" stand?', exact(labels[at]), slips)


def is_ticked(form: Form, rng: np.random.Generator) -> Asked | None:
    """Whether a box is ticked, yes and no with the same chance."""
    yes = bool(rng.random() < 0.5)
    names = [[name for name, ticked in form.ticked.items() if ticked == state] for state in (True, False)]
    if not all(names):
        return None
    return verdict("ticked", f'Is the box "{one_of(rng, names[0 if yes else 1])}" ticked?', yes, "unticked for ticked", "the mark in the box was misread")


def ticked_count(form: Form, rng: np.random.Generator) -> Asked | None:
    """How many boxes are ticked."""
    right = sum(form.ticked.values())
    slips = [
        (str(right + 1), "one counted twice", "one more was counted"),
        (str(max(0, right - 1)), "one missed", "one was not counted"),
        (str(len(form.ticked) - right), "unticked for ticked", "the empty boxes were counted"),
    ]
    return short("ticked count", f'How many boxes are ticked under "{form.options}"?', number(float(right)), slips)


def heading(form: Form, rng: np.random.Generator) -> Asked | None:
    """What the form is called."""
    return short(
        "title", "What is the title of the form?", exact(form.title), [*misspelt(form.title, rng), *one_of_many(form.title, TITLES, rng), *one_of_many(form.title, TITLES, rng)]
    )


RENDERING = Rendering("form", "documents", "ocr", "filled forms with fields and boxes to tick", draw, (field, field, whose, is_ticked, is_ticked, ticked_count, heading), least=384)
