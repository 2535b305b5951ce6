"""Price lists and menus with sections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from veridical.curate.rendered.asked import Asked, Slip, exact, number, short, worked
from veridical.curate.rendered.documents.contents import DISHES, FIRST, money, one_of, price, some_of
from veridical.curate.rendered.documents.page import Page, page_of
from veridical.curate.rendered.palette import mixed, readable
from veridical.curate.rendered.rendering import Drawn, Rendering, Wish
from veridical.curate.rendered.sheet import Crowded, Place, Sheet
from veridical.curate.rendered.slips import carry, misread

PLACES = ("Cafe", "Kitchen", "Bistro", "Diner", "Garden")


@dataclass(frozen=True)
class Menu:
    """Everything that is true of a price list: sections, their items, prices in cents."""

    title: str
    sections: dict[str, dict[str, int]]

    @property
    def items(self) -> dict[str, int]:
        """All items."""
        return {name: cents for section in self.sections.values() for name, cents in section.items()}

    @property
    def facts(self) -> dict[str, Any]:
        """The same as JSON, with prices as they are printed."""
        return {"document": "price list", "title": self.title, "sections": {title: {name: money(cents) for name, cents in items.items()} for title, items in self.sections.items()}}


def draw(wish: Wish, rng: np.random.Generator) -> Drawn:
    """One to four sections of 3 to 6 items."""
    sections = {
        title: {name: price(rng, 2, 24) for name in some_of(rng, DISHES[title], int(rng.integers(3, 4 + wish.difficulty)))}
        for title in list(DISHES)[: int(rng.integers(1, 2 + wish.difficulty))]
    }
    truth = Menu(f"{one_of(rng, FIRST)}'s {one_of(rng, PLACES)}", sections)
    lines = sum(len(items) for items in sections.values())
    page = page_of(wish, rng, 5.5 + 2.0 * lines + 3.2 * len(sections))
    sheet = Sheet(round(wish.size * float(rng.uniform(0.72, 0.95))), wish.size, page.paper, wish.font)
    write(sheet, page, truth, bool(rng.random() < 0.6), bool(rng.random() < 0.5))
    return Drawn(sheet, truth, truth.facts)


def write(sheet: Sheet, page: Page, truth: Menu, dots: bool, centred: bool) -> None:
    """Title, sections, and items with dots up to their prices."""
    place, top, accent = sheet.whole.inset(page.size * 2), page.size * 3.4, readable(page.accent, page.paper)
    sheet.text((place.middle[0] if centred else place.x1, top), truth.title, page.size * 1.8, page.ink, "ms" if centred else "ls", True)
    for title, items in truth.sections.items():
        top += page.size * 2.8
        sheet.text((place.middle[0] if centred else place.x1, top), title, page.size * 1.2, accent, "ms" if centred else "ls", True)
        for name, cents in items.items():
            top += page.size * 1.9
            entry(sheet, page, place, top, name, money(cents), dots)
    if top > place.y2:
        raise Crowded("the list has more lines than the page")


def entry(sheet: Sheet, page: Page, place: Place, top: float, name: str, cents: str, dots: bool) -> None:
    """One item and its price."""
    left = sheet.text((place.x1, top), name, page.size, page.ink)
    right = sheet.text((place.x2, top), f"${cents}", page.size, page.ink, "rs")
    start, end = left.x2 + page.size * 0.6, right.x1 - page.size * 0.6
    if dots:
        for at in np.arange(start, end, page.size * 0.55):
            sheet.circle((float(at), top - page.size * 0.08), 0.8, fill=mixed(page.paper, page.ink, 0.5))


def near(menu: Menu, name: str) -> list[Slip]:
    """The prices above and below."""
    names = list(menu.items)
    at = names.index(name)
    return [(money(menu.items[names[other]]), "neighbouring row", f"the row of {names[other]} was read") for other in (at - 1, at + 1) if 0 <= other < len(names)]


def price_of(menu: Menu, rng: np.random.Generator) -> Asked | None:
    """One price."""
    name = one_of(rng, list(menu.items))
    value = money(menu.items[name])
    return short("price", f"What does {name!r} cost in dollars?", number(value), [*near(menu, name), *misread(value, rng)])


def order(menu: Menu, rng: np.random.Generator) -> Asked | None:
    """The price of an order."""
    one, other = some_of(rng, list(menu.items), 2)
    pieces = int(rng.integers(2, 5))
    first, second = menu.items[one], menu.items[other]
    right = pieces * first + second

    def way(a: int, b: int, result: int) -> list[str]:
        return [f"{pieces} x {money(a)} = {money(pieces * a)}.", f"{money(pieces * a)} + {money(b)} = {money(result)}."]

    wrong, rule, reason = carry(right, rng, 100)
    slips = [
        (way(first, second, int(wrong)), (money(int(wrong)), rule, reason)),
        (
            [f"1 x {money(first)} = {money(first)}.", f"{money(first)} + {money(second)} = {money(first + second)}."],
            (money(first + second), "quantity ignored", f"{pieces} pieces were ordered"),
        ),
    ]
    for value, name, why in near(menu, other):
        cents = round(float(value) * 100)
        slips.append((way(first, cents, pieces * first + cents), (money(pieces * first + cents), name, why)))
    return worked("order", f"What do {pieces} x {one!r} and 1 x {other!r} cost together in dollars?", number(money(right)), way(first, second, right), slips)


def difference(menu: Menu, rng: np.random.Generator) -> Asked | None:
    """How much more one item costs."""
    one, other = some_of(rng, list(menu.items), 2)
    if menu.items[one] < menu.items[other]:
        one, other = other, one
    first, second = menu.items[one], menu.items[other]
    if first == second:
        return None

    def way(a: int, b: int, result: int) -> list[str]:
        return [f"{one}: {money(a)}.", f"{other}: {money(b)}.", f"{money(a)} - {money(b)} = {money(result)}."]

    wrong, rule, reason = carry(first - second, rng, 100 if first - second > 100 else 10)
    slips = [
        (way(first, second, int(wrong)), (money(int(wrong)), rule, reason)),
        ([*way(first, second, 0)[:2], f"{money(first)} + {money(second)} = {money(first + second)}."], (money(first + second), "sum for difference", "the prices were added")),
    ]
    slips += [(way(cents, second, cents - second), (money(cents - second), name, why)) for value, name, why in near(menu, one) if (cents := round(float(value) * 100)) > second]
    return worked("difference", f"How much more does {one!r} cost than {other!r} in dollars?", number(money(first - second)), way(first, second, first - second), slips)


def cheapest(menu: Menu, rng: np.random.Generator) -> Asked | None:
    """The cheapest or dearest item of a section."""
    section, least = one_of(rng, list(menu.sections)), bool(rng.random() < 0.5)
    items = menu.sections[section]
    ranked = sorted(items, key=lambda name: items[name], reverse=not least)
    if items[ranked[0]] == items[ranked[1]]:
        return None
    overall = sorted(menu.items, key=lambda name: menu.items[name], reverse=not least)[0]
    slips = [
        (ranked[1], "near the extreme", "it comes second"),
        (ranked[-1], "extreme reversed", "the other end was taken"),
        (overall, "section ignored", "it stands in another section"),
    ]
    return short("extreme", f"What is the {'cheapest' if least else 'most expensive'} item under {section!r}?", exact(ranked[0]), slips)


def counted(menu: Menu, rng: np.random.Generator) -> Asked | None:
    """How many items of the list cost less than an amount that lies between two prices."""
    values = sorted(set(menu.items.values()))
    gaps = [(one + other) // 2 // 50 * 50 for one, other in zip(values, values[1:], strict=False) if other - one > 100]
    if not gaps:
        return None
    line = gaps[int(rng.integers(len(gaps)))]
    if line in values:
        return None
    right = sum(cents < line for cents in menu.items.values())
    slips = [
        (str(right + 1), "one counted twice", "one more was counted"),
        (str(right - 1), "one missed", "one was not counted"),
        (str(len(menu.items) - right), "wrong side counted", "the dearer ones were counted"),
    ]
    return short("count", f"How many items on the list cost less than ${money(line)}?", number(float(right)), slips)


def section_of(menu: Menu, rng: np.random.Generator) -> Asked | None:
    """What a price buys: the item of a price that stands once."""
    names = [name for name, cents in menu.items.items() if list(menu.items.values()).count(cents) == 1]
    if not names:
        return None
    name, known = one_of(rng, names), list(menu.items)
    at = known.index(name)
    slips = [(known[other], "neighbouring row", f"{known[other]} stands beside it") for other in (at - 1, at + 1) if 0 <= other < len(known)]
    return short("item", f"Which item costs ${money(menu.items[name])}?", exact(name), slips)


RENDERING = Rendering("price_list", "documents", "ocr", "price lists and menus with sections", draw, (price_of, order, difference, cheapest, counted, section_of))
