"""What invoices and receipts have in common: lines with quantities and prices, sums, fields; and what can be asked about them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from veridical.curate.rendered.asked import Asked, Slip, exact, number, short, verdict, worked
from veridical.curate.rendered.documents.contents import money
from veridical.curate.rendered.slips import carry, misread, misspelt, similar_words

Way = tuple[list[str], Slip]


@dataclass(frozen=True)
class Line:
    """One article that was sold; prices in cents."""

    name: str
    quantity: int
    price: int

    @property
    def amount(self) -> int:
        """What the line costs."""
        return self.quantity * self.price


@dataclass(frozen=True)
class Bill:
    """Everything that is true of an invoice or receipt."""

    fields: dict[str, str]
    """What is printed beside a label, by label."""
    lines: tuple[Line, ...]
    tax: int
    """Percent; 0 for none."""
    shown: tuple[str, ...]
    """Which of "amount", "subtotal" and "total" are printed."""

    @property
    def subtotal(self) -> int:
        """All lines."""
        return sum(line.amount for line in self.lines)

    @property
    def duty(self) -> int:
        """The tax in cents."""
        return round(self.subtotal * self.tax / 100)

    @property
    def total(self) -> int:
        """With tax."""
        return self.subtotal + self.duty

    def facts(self, kind: str) -> dict[str, Any]:
        """The same as JSON, with prices as they are printed."""
        lines = [{"item": line.name, "quantity": line.quantity, "price": money(line.price)} for line in self.lines]
        return {"document": kind, "fields": self.fields, "lines": lines, "tax_percent": self.tax, "total": money(self.total)}


def bill_of(rng: np.random.Generator, lines: list[Line], fields: dict[str, str], difficulty: int) -> Bill:
    """A bill; the harder, the fewer of its sums are printed. The tax leaves whole cents."""
    tax = int(rng.choice([0, 5, 10, 20])) if sum(line.amount for line in lines) % 20 == 0 else int(rng.choice([0, 10])) if sum(line.amount for line in lines) % 10 == 0 else 0
    shown = ("amount", "subtotal", "total") if difficulty == 1 else ("amount", "total") if difficulty == 2 else ("total",) if rng.random() < 0.6 else ()
    return Bill(fields, tuple(lines), tax, shown)


def field(bill: Bill, rng: np.random.Generator) -> Asked | None:
    """What stands beside a label."""
    labels = list(bill.fields)
    label = labels[int(rng.integers(len(labels)))]
    value = bill.fields[label]
    slips = [*(misread(value, rng) if any(sign.isdigit() for sign in value) else misspelt(value, rng)), *similar_words(value, rng)]
    slips += [(bill.fields[other], "neighbouring field", f"{other!r} was read") for other in labels if other != label][:2]
    return short("field", f'What is written next to "{label}"?', exact(value), slips)


def beside(bill: Bill, place: int, value: str) -> list[Slip]:
    """Values of the lines above and below, and of the other columns."""
    line = bill.lines[place]
    near = [bill.lines[other] for other in (place - 1, place + 1) if 0 <= other < len(bill.lines)]
    read = {"price": lambda one: money(one.price), "quantity": lambda one: str(one.quantity)}[value]
    slips = [(read(other), "neighbouring row", f"the row of {other.name} was read") for other in near]
    other = str(line.quantity) if value == "price" else money(line.price)
    return [*slips, (other, "neighbouring column", f"the {'quantity' if value == 'price' else 'price'} was read")]


def price_of(bill: Bill, rng: np.random.Generator) -> Asked | None:
    """The price of one piece."""
    place = int(rng.integers(len(bill.lines)))
    value = money(bill.lines[place].price)
    slips = [*beside(bill, place, "price"), *misread(value, rng)]
    if "amount" in bill.shown and bill.lines[place].quantity > 1:
        slips.append((money(bill.lines[place].amount), "neighbouring column", "the amount of the line was read"))
    return short("price", f"What is the price of one {bill.lines[place].name!r} in dollars?", number(value), slips)


def quantity_of(bill: Bill, rng: np.random.Generator) -> Asked | None:
    """How many pieces were sold."""
    place = int(rng.integers(len(bill.lines)))
    value = str(bill.lines[place].quantity)
    return short("quantity", f"How many pieces of {bill.lines[place].name!r} are on the bill?", number(value), [*beside(bill, place, "quantity")[:2], *misread(value, rng)])


def together(bill: Bill, rng: np.random.Generator) -> Asked | None:
    """What two lines cost together, from quantities and prices."""
    if len(bill.lines) < 3:
        return None
    one, other, third = (bill.lines[place] for place in rng.permutation(len(bill.lines))[:3])
    right = one.amount + other.amount

    def way(first: Line, second: Line, result: int) -> list[str]:
        parts = [f"{line.quantity} x {money(line.price)} = {money(line.amount)}." for line in (first, second)]
        return [*parts, f"{money(first.amount)} + {money(second.amount)} = {money(result)}."]

    slips: list[Way] = []
    if one.quantity > 1:
        single = replace(one, quantity=1)
        slips.append((way(single, other, single.amount + other.amount), (money(single.amount + other.amount), "quantity ignored", f"{one.quantity} pieces were bought")))
    slips.append((way(one, third, one.amount + third.amount), (money(one.amount + third.amount), "neighbouring row", f"the row of {third.name} was read")))
    wrong, rule, reason = carry(right, rng, 100)
    slips.append((way(one, other, int(wrong)), (money(int(wrong)), rule, reason)))
    asked = f"How much do all of the {one.name!r} and all of the {other.name!r} cost together, before tax, in dollars?"
    return worked("together", asked, number(money(right)), way(one, other, right), slips)


def total(bill: Bill, rng: np.random.Generator) -> Asked | None:
    """What is to be paid: read where it is printed, else computed."""
    right = money(bill.total)
    if "total" in bill.shown:
        slips = misread(right, rng) + ([(money(bill.subtotal), "tax left out", "the sum before tax was read")] if bill.tax else [])
        slips += [(money(bill.lines[-1].amount), "neighbouring row", "the last line was read")] if "amount" in bill.shown else []
        return short("total", "What is the total to be paid in dollars?", number(right), slips)
    left = int(rng.integers(len(bill.lines)))

    def way(lines: tuple[Line, ...], taxed: bool = True, result: int | None = None) -> tuple[list[str], int]:
        summed = sum(line.amount for line in lines)
        duty = round(summed * bill.tax / 100) if taxed else 0
        due = summed + duty if result is None else result
        added = f"{' + '.join(money(line.amount) for line in lines)} = {money(summed if bill.tax else due)}."
        return [added, f"Tax {bill.tax}%: {money(duty)}.", f"{money(summed)} + {money(duty)} = {money(due)}."] if bill.tax else [added], due

    wrong, rule, reason = carry(bill.total, rng, 100)
    named = [
        (way(bill.lines[:left] + bill.lines[left + 1 :]), "value left out", f"{bill.lines[left].name} was left out"), (way((*bill.lines, bill.lines[left])),
        "value added twice", f"{bill.lines[left].name} was added twice"),
        (way(bill.lines, False), "tax left out", "the tax was not added"), (way(bill.lines, result=int(wrong)), rule, reason),
    ]  # fmt: skip
    all_of, slips = way(bill.lines), [(said, (money(due), name, why)) for (said, due), name, why in named]
    return worked("computed total", f"What is the total to be paid{', with tax,' if bill.tax else ''} in dollars?", number(right), all_of[0], slips)


def dearest(bill: Bill, rng: np.random.Generator) -> Asked | None:
    """The article with the highest or lowest price of one piece."""
    most = bool(rng.random() < 0.5)
    order = sorted(range(len(bill.lines)), key=lambda place: bill.lines[place].price, reverse=most)
    first, second = bill.lines[order[0]], bill.lines[order[1]]
    if first.price == second.price:
        return None
    slips = [(second.name, "near the extreme", "it comes second"), (bill.lines[order[-1]].name, "extreme reversed", "the other end was taken")]
    largest = max(bill.lines, key=lambda line: line.amount if most else -line.amount)
    slips.append((largest.name, "neighbouring column", "the amounts of the lines were compared"))
    return short("extreme", f"Which item has the {'highest' if most else 'lowest'} price per piece?", exact(first.name), slips)


def over(bill: Bill, rng: np.random.Generator) -> Asked | None:
    """Whether one line costs more than another, yes and no with the same chance."""
    place, yes = int(rng.integers(len(bill.lines))), bool(rng.random() < 0.5)
    near = bill.lines[int(rng.integers(len(bill.lines)))]
    line = bill.lines[place]
    if line.amount == near.amount or near is line:
        return None
    first, second = (line, near) if (line.amount > near.amount) == yes else (near, line)
    asked = f"Do all of the {first.name!r} together cost more than all of the {second.name!r}?"
    evidence = f"{first.quantity} x {money(first.price)} = {money(first.amount)}, {second.quantity} x {money(second.price)} = {money(second.amount)}." if rng.random() < 0.5 else ""
    return verdict("comparison", asked, yes, "comparison reversed", "the two amounts were exchanged", evidence)


def counted(bill: Bill, rng: np.random.Generator) -> Asked | None:
    """How many lines the bill has."""
    lines = len(bill.lines)
    slips = [
        (str(lines + 1), "one counted twice", "one more was counted"),
        (str(lines - 1), "one missed", "one was not counted"),
        (str(sum(line.quantity for line in bill.lines)), "pieces for items", "the pieces were added"),
    ]
    return short("count", "How many different items are listed?", number(float(lines)), slips)


QUESTIONS = (field, field, price_of, quantity_of, together, total, dearest, over, counted)
