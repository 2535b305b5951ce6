"""Receipts of a shop, on a narrow strip."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from veridical.curate.rendered.asked import Asked, number, worked
from veridical.curate.rendered.documents.bill import QUESTIONS, Bill, Line, bill_of
from veridical.curate.rendered.documents.contents import FIRMS, FIRST, GROCERIES, digits, money, one_of, price, some_of, street
from veridical.curate.rendered.documents.page import Page, facing, page_of
from veridical.curate.rendered.palette import mixed
from veridical.curate.rendered.rendering import Drawn, Rendering, Wish
from veridical.curate.rendered.sheet import Crowded, Place, Sheet
from veridical.curate.rendered.slips import carry

NOTES = (500, 1000, 2000, 5000, 10000)
"""Bank notes, in cents."""
SMALL = 8.0
"""The least pixels of the lettering."""


def draw(wish: Wish, rng: np.random.Generator) -> Drawn:
    """A receipt of 2 to 8 lines, with the cash that was given."""
    lines = [Line(name, int(rng.integers(1, 3 + wish.difficulty)), price(rng, 0.8, 15)) for name in some_of(rng, GROCERIES, int(rng.integers(2, 4 + 2 * wish.difficulty)))]
    fields = {
        "Date": f"{int(rng.integers(1, 29)):02d}/{int(rng.integers(1, 13)):02d}/{int(rng.integers(2018, 2026))}",
        "Time": f"{int(rng.integers(8, 21)):02d}:{int(rng.integers(0, 60)):02d}",
    }
    fields |= {"Receipt": digits(rng, 6), "Cashier": one_of(rng, FIRST)}
    bill = bill_of(rng, lines, fields, wish.difficulty)
    fields["Cash"] = f"${money(next(note for note in (*NOTES, (bill.total // 1000 + 1) * 1000) if note > bill.total))}"
    width = max(round(wish.size * float(rng.uniform(0.48, 0.62))), 190)
    page = replace(page_of(wish, rng), size=min(wish.size / (20 + 2.9 * len(lines) + 1.75 * len(printed(bill))), width / 19))
    if page.size < SMALL:
        raise Crowded("the strip is too small for its lines")
    sheet = Sheet(width, wish.size, page.paper, wish.font)
    strip(sheet, page, bill, rng)
    return Drawn(sheet, bill, bill.facts("receipt"))


def strip(sheet: Sheet, page: Page, bill: Bill, rng: np.random.Generator) -> None:
    """Everything that is printed, from above."""
    place, top = sheet.whole.inset(page.size * 1.4), page.size * 2.6
    middle = place.middle[0]
    sheet.text((middle, top), one_of(rng, FIRMS).upper(), page.size * 1.15, page.ink, "ms", True)
    sheet.text((middle, top + page.size * 1.6), street(rng), page.size * 0.95, page.quiet, "ms")
    top = fields(sheet, page, place, bill, top + page.size * 3.6)
    for line in bill.lines:
        sheet.text((place.x1, top), line.name, page.size, page.ink)
        if "amount" in bill.shown:
            sheet.text((place.x2, top), money(line.amount), page.size, page.ink, "rs")
        sheet.text((place.x1 + page.size * 1.2, top + page.size * 1.3), f"{line.quantity} x {money(line.price)}", page.size * 0.92, page.quiet)
        top += page.size * 2.9
    top = dashed(sheet, page, place, top)
    for label, value in printed(bill):
        facing(sheet, page, place, top, label, value, label == "TOTAL", 1.15 if label == "TOTAL" else 1.0)
        top += page.size * 1.75
    sheet.text((middle, top + page.size * 1.2), str(rng.choice(["Thank you!", "Please come again", "Have a nice day"])), page.size, page.quiet, "ms")


def fields(sheet: Sheet, page: Page, place: Place, bill: Bill, top: float) -> float:
    """The fields at the head; where they end."""
    for label in ("Date", "Time", "Receipt", "Cashier"):
        facing(sheet, page, place, top, label, bill.fields[label])
        top += page.size * 1.55
    return dashed(sheet, page, place, top)


def dashed(sheet: Sheet, page: Page, place: Place, top: float) -> float:
    """A dashed line across; where the next text stands."""
    sheet.line([(place.x1, top - page.size * 0.6), (place.x2, top - page.size * 0.6)], mixed(page.paper, page.ink, 0.5), 1, dash=4)
    return top + page.size * 1.1


def printed(bill: Bill) -> list[tuple[str, str]]:
    """The sums that are printed."""
    found = [("Subtotal", money(bill.subtotal))] if "subtotal" in bill.shown else []
    found += [("Tax", f"{bill.tax}%")] if bill.tax else []
    found += [("TOTAL", money(bill.total))] if "total" in bill.shown else []
    return [*found, ("Cash", bill.fields["Cash"])]


def change(bill: Bill, rng: np.random.Generator) -> Asked | None:
    """The change, from cash and total."""
    if "total" not in bill.shown:
        return None
    cash = round(float(bill.fields["Cash"][1:]) * 100)
    right = cash - bill.total

    def way(first: int, second: int, result: int) -> list[str]:
        return [f"Cash {money(first)}, total {money(second)}.", f"{money(first)} - {money(second)} = {money(result)}."]

    wrong, rule, reason = carry(right, rng, 100 if right > 100 else 10)
    slips = [(way(cash, bill.total, int(wrong)), (money(int(wrong)), rule, reason))]
    if bill.tax:
        slips.append((way(cash, bill.subtotal, cash - bill.subtotal), (money(cash - bill.subtotal), "tax left out", "the sum before tax was taken")))
    if bill.lines[-1].amount < cash:
        slips.append(
            (way(cash, bill.lines[-1].amount, cash - bill.lines[-1].amount), (money(cash - bill.lines[-1].amount), "neighbouring row", "the last line was taken for the total"))
        )
    return worked("change", "How much change does the customer get back in dollars?", number(money(right)), way(cash, bill.total, right), slips)


RENDERING = Rendering("receipt", "documents", "ocr", "receipts of a shop with lines, tax, total and cash", draw, (*QUESTIONS, change), least=320)
