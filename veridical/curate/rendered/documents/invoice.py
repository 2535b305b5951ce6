"""Invoices on a letterhead."""

from __future__ import annotations

import numpy as np

from veridical.curate.rendered.documents.bill import QUESTIONS, Bill, Line, bill_of
from veridical.curate.rendered.documents.contents import FIRMS, MONTHS, OFFICE, TOWNS, code, digits, money, one_of, person, price, some_of, street
from veridical.curate.rendered.documents.page import Column, Page, facing, grid, page_of
from veridical.curate.rendered.palette import ink_on, readable
from veridical.curate.rendered.rendering import Drawn, Rendering, Wish
from veridical.curate.rendered.sheet import Place, Sheet


def draw(wish: Wish, rng: np.random.Generator) -> Drawn:
    """An invoice of 3 to 8 lines."""
    page = page_of(wish, rng, 50)
    lines = [Line(name, int(rng.integers(1, 4 + 6 * wish.difficulty)), price(rng, 3, 120)) for name in some_of(rng, OFFICE, int(rng.integers(3, 4 + 2 * wish.difficulty)))]
    day, year = int(rng.integers(1, 29)), int(rng.integers(2018, 2026))
    month = int(rng.integers(0, 11))
    fields = {
        "Invoice no.": code(rng, "INV", 5),
        "Date": f"{day} {MONTHS[month]} {year}",
        "Due date": f"{int(rng.integers(1, 29))} {MONTHS[month + 1]} {year}",
        "Customer no.": code(rng, "C", 4),
        "Bill to": person(rng),
    }
    bill = bill_of(rng, lines, fields, wish.difficulty)
    height = wish.size
    sheet = Sheet(round(height * float(rng.uniform(0.72, 0.9))), height, page.paper, wish.font)
    place = sheet.whole.inset(page.size * 2)
    top = letterhead(sheet, page, place, bill, rng)
    bottom = body(sheet, page, place._replace(y1=top), bill)
    sums(sheet, page, place._replace(x1=place.x1 + place.width * 0.52, y1=bottom), bill)
    foot(sheet, page, place, rng)
    return Drawn(sheet, bill, bill.facts("invoice"))


def letterhead(sheet: Sheet, page: Page, place: Place, bill: Bill, rng: np.random.Generator) -> float:
    """The firm, the word, and the fields; where they end."""
    firm, ink = one_of(rng, FIRMS), readable(page.accent, page.paper)
    if rng.random() < 0.4:
        band = Place(0, 0, sheet.width, place.y1 + page.size * 2.6)
        sheet.rectangle(band, fill=page.accent)
        ink = ink_on(page.accent)
    sheet.text((place.x1, place.y1 + page.size * 1.2), firm, page.size * 1.5, ink, "ls", True)
    sheet.text((place.x2, place.y1 + page.size * 1.2), "INVOICE", page.size * 1.6, ink, "rs", True)
    top = place.y1 + page.size * 4.4
    sheet.text((place.x1, top), street(rng), page.size, page.quiet)
    sheet.text((place.x1, top + page.size * 1.5), one_of(rng, TOWNS), page.size, page.quiet)
    labels = [label for label in bill.fields if label != "Bill to"]
    for number, label in enumerate(labels):
        facing(sheet, page, place._replace(x1=place.x1 + place.width * 0.52), top + page.size * 1.6 * number, label, bill.fields[label])
    top += page.size * 1.6 * 4
    sheet.text((place.x1, top - page.size * 1.6), "Bill to", page.size, page.quiet)
    sheet.text((place.x1, top), bill.fields["Bill to"], page.size, page.ink, "ls", True)
    return top + page.size * 1.6


def body(sheet: Sheet, page: Page, place: Place, bill: Bill) -> float:
    """The lines."""
    amounts = "amount" in bill.shown
    columns = [Column("Item", 0.44 if amounts else 0.54), Column("Qty", 0.14, True), Column("Price ($)", 0.21 if amounts else 0.32, True)] + (
        [Column("Amount ($)", 0.21, True)] if amounts else []
    )
    rows = [[line.name, str(line.quantity), money(line.price)] + ([money(line.amount)] if amounts else []) for line in bill.lines]
    return grid(sheet, page, place, columns, rows)


def sums(sheet: Sheet, page: Page, place: Place, bill: Bill) -> None:
    """Subtotal, tax and total, as far as they are printed."""
    top, right = place.y1 + page.size * 2, place._replace(x2=place.x2 - page.size * 0.4)
    entries = [
        ("Subtotal", money(bill.subtotal), "subtotal" in bill.shown),
        (f"Tax ({bill.tax}%)" if bill.tax else "Tax", money(bill.duty) if "subtotal" in bill.shown else f"{bill.tax}%", bill.tax > 0),
    ]
    for label, value, shown in entries:
        if shown:
            facing(sheet, page, right, top, "Tax" if value.endswith("%") else label, value)
            top += page.size * 1.7
    if "total" in bill.shown:
        sheet.line([(place.x1, top - page.size * 1.1), (place.x2, top - page.size * 1.1)], page.accent, 1.5)
        facing(sheet, page, right, top + page.size * 0.3, "Total", f"${money(bill.total)}", True, 1.15)


def foot(sheet: Sheet, page: Page, place: Place, rng: np.random.Generator) -> None:
    """Where to pay, at the end of the page."""
    sheet.line([(place.x1, place.y2 - page.size * 3), (place.x2, place.y2 - page.size * 3)], page.rule, 1)
    sheet.text((place.x1, place.y2 - page.size * 1.5), "Payable by bank transfer. Thank you for your order.", page.size * 0.85, page.quiet)
    sheet.text((place.x1, place.y2), f"Account {digits(rng, 4)} {digits(rng, 4)} {digits(rng, 4)}", page.size * 0.85, page.quiet)


RENDERING = Rendering("invoice", "documents", "ocr", "invoices with a letterhead, fields, lines and sums", draw, QUESTIONS, least=448)
