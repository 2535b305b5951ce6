"""What documents are filled with: people, firms, goods, dates and money."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

FIRST = ("Anna", "Marco", "Lena", "Omar", "Ruth", "David", "Mei", "Carlos", "Nina", "Peter", "Sofia", "Ivan", "Clara", "Hugo", "Amara", "Jonas", "Priya", "Tom", "Elena", "Samuel")
LAST = (
    "Keller",
    "Rossi",
    "Novak",
    "Haddad",
    "Larsen",
    "Moreau",
    "Tanaka",
    "Fischer",
    "Okafor",
    "Silva",
    "Bennett",
    "Kowalski",
    "Lindgren",
    "Castillo",
    "Weber",
    "Dubois",
    "Marsh",
    "Iqbal",
)
FIRMS = (
    "Northwind Tools",
    "Bluebird Supplies",
    "Harbor Office Mart",
    "Granite Works",
    "Maple & Sons",
    "Silverline Media",
    "Oakridge Foods",
    "Crestview Labs",
    "Pioneer Paper Co.",
    "Lantern Books",
)
STREETS = ("Mill Street", "Station Road", "Park Avenue", "Church Lane", "Harbor View", "King Street", "Elm Court", "Garden Row", "Bridge Street")
TOWNS = ("Springfield", "Riverton", "Ashford", "Milford", "Greenville", "Westbrook", "Fairview", "Clayton", "Burlington")
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")
OFFICE = ("Desk lamp", "Office chair", "Paper, 500 sheets", "Stapler", "Whiteboard", "Ink cartridge", "Notebook A5", "USB cable", "Monitor stand", "Filing cabinet",
"Pen set", "Envelopes, 100", "Keyboard", "Wall clock")  # fmt: skip
GROCERIES = (
    "Whole milk",
    "Rye bread",
    "Butter",
    "Eggs, 10",
    "Tomatoes",
    "Olive oil",
    "Coffee",
    "Green tea",
    "Rice, 1 kg",
    "Yogurt",
    "Bananas",
    "Cheddar",
    "Orange juice",
    "Pasta",
    "Honey",
    "Apples",
)
DISHES = {
    "Starters": ("Tomato soup", "Green salad", "Garlic bread", "Spring rolls", "Bruschetta", "Olives"), "Mains": ("Grilled salmon", "Beef stew", "Mushroom risotto",
    "Roast chicken", "Vegetable curry", "Lasagne"),
    "Desserts": ("Apple pie", "Chocolate cake", "Lemon tart", "Ice cream", "Panna cotta", "Fruit salad"), "Drinks": ("Espresso", "Lemonade", "Mineral water", "Iced tea",
    "Orange juice", "Hot chocolate"),
}  # fmt: skip


def one_of(rng: np.random.Generator, values: Sequence[str]) -> str:
    """One of the values."""
    return values[int(rng.integers(len(values)))]


def some_of(rng: np.random.Generator, values: Sequence[str], count: int) -> list[str]:
    """So many of the values in a drawn order."""
    return [values[place] for place in rng.permutation(len(values))[:count]]


def person(rng: np.random.Generator) -> str:
    """A first and a last name."""
    return f"{one_of(rng, FIRST)} {one_of(rng, LAST)}"


def street(rng: np.random.Generator) -> str:
    """A house in a street."""
    return f"{int(rng.integers(2, 190))} {one_of(rng, STREETS)}"


def date(rng: np.random.Generator, year: int | None = None) -> str:
    """A day, as "14 March 2023"."""
    return f"{int(rng.integers(1, 29))} {one_of(rng, MONTHS)} {int(rng.integers(2018, 2026)) if year is None else year}"


def digits(rng: np.random.Generator, count: int) -> str:
    """So many digits, the first not 0."""
    return str(int(rng.integers(1, 10))) + "".join(str(int(one)) for one in rng.integers(0, 10, count - 1))


def code(rng: np.random.Generator, letters: str, count: int) -> str:
    """A number with letters before it, as "INV-20417"."""
    return f"{letters}-{digits(rng, count)}"


def price(rng: np.random.Generator, low: float, high: float) -> int:
    """A price in cents."""
    cents = int(rng.integers(round(low * 20), round(high * 20))) * 5
    return cents - 1 if rng.random() < 0.3 and cents % 10 == 0 else cents


def money(cents: int) -> str:
    """Cents as an amount, "12.50"."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"
