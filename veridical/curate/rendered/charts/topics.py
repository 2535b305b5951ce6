"""What charts are about: measures with their units, things that are compared, and values on steps that can be read off an axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from veridical.curate.rendered.rendering import Wish

CITIES = (
    "Berlin",
    "Madrid",
    "Lisbon",
    "Oslo",
    "Vienna",
    "Dublin",
    "Prague",
    "Athens",
    "Rome",
    "Paris",
    "Warsaw",
    "Helsinki",
    "Nairobi",
    "Lima",
    "Hanoi",
    "Osaka",
    "Quito",
    "Cairo",
)
COUNTRIES = ("Brazil", "Kenya", "Norway", "India", "Spain", "Chile", "Japan", "Egypt", "Poland", "Canada", "Peru", "Ghana", "Vietnam", "Greece", "Mexico", "Italy")
PRODUCTS = ("Laptops", "Phones", "Tablets", "Monitors", "Printers", "Cameras", "Headsets", "Routers", "Speakers", "Keyboards", "Chargers")
FRUITS = ("Apples", "Pears", "Plums", "Grapes", "Oranges", "Lemons", "Cherries", "Melons", "Bananas", "Kiwis", "Figs")
DEPARTMENTS = ("Sales", "Finance", "Support", "Legal", "Design", "Research", "Marketing", "Logistics", "Security", "Training")
SPORTS = ("Football", "Tennis", "Rowing", "Judo", "Hockey", "Cycling", "Swimming", "Running", "Climbing", "Fencing")
SOURCES = ("Coal", "Gas", "Wind", "Solar", "Hydro", "Nuclear", "Biomass", "Oil", "Geothermal")
CROPS = ("Wheat", "Maize", "Rice", "Barley", "Oats", "Rye", "Soybeans", "Potatoes", "Sorghum")
SPECIES = ("Sparrow", "Robin", "Magpie", "Starling", "Heron", "Finch", "Swallow", "Blackbird", "Woodpecker")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
BRANDS = ("Alden", "Brio", "Corvex", "Delphi", "Estra", "Fenwick", "Gravia", "Helion")
CHANNELS = ("Online", "Retail", "Wholesale", "Export", "Partners")
GROUPS = ("Under 18", "18 to 34", "35 to 54", "55 and over")
SCHOOLS = ("Northside", "Hillview", "Lakeside", "Eastgate", "Oakwood")


COUNTED = {"Members", "Employees", "Visitors", "Sightings", "Complaints", "Downloads", "Passengers", "Units sold"}
IRREGULAR = {"city": "cities", "country": "countries", "species": "species"}


@dataclass(frozen=True)
class Topic:
    """A measure, what it is compared over, and what may be told apart in it."""

    measure: str
    unit: str
    noun: str
    """What one category is: "city"."""
    names: tuple[str, ...]
    top: int
    """About the largest value."""
    series: tuple[str, ...] = CHANNELS
    share: bool = False
    """Whether the values are parts of a whole."""

    @property
    def said(self) -> str:
        """The measure inside a sentence."""
        small = self.measure[0].lower() + self.measure[1:]
        return f"number of {small}" if self.measure in COUNTED else {"exports": "value of exports", "emissions": "amount of emissions", "sales": "value of sales"}.get(small, small)

    @property
    def nouns(self) -> str:
        """Several categories."""
        return IRREGULAR.get(self.noun, f"{self.noun}s")


TOPICS = (
    Topic("Revenue", "million $", "city", CITIES, 60),
    Topic("Revenue", "thousand $", "product", PRODUCTS, 500, share=True),
    Topic("Units sold", "", "product", PRODUCTS, 900, share=True),
    Topic("Exports", "billion $", "country", COUNTRIES, 120, ("2019", "2021", "2023")),
    Topic("Rainfall", "mm", "city", CITIES, 200, ("2021", "2022", "2023")),
    Topic("Harvest", "tonnes", "fruit", FRUITS, 80, ("North farm", "South farm", "River farm"), share=True),
    Topic("Employees", "", "department", DEPARTMENTS, 150, ("Full time", "Part time", "Interns"), share=True),
    Topic("Members", "", "sport", SPORTS, 300, SCHOOLS, share=True),
    Topic("Electricity", "TWh", "source", SOURCES, 250, ("2010", "2015", "2020"), share=True),
    Topic("Yield", "kg per ha", "crop", CROPS, 5000, ("Irrigated", "Rainfed")),
    Topic("Sightings", "", "species", SPECIES, 60, ("Spring", "Summer", "Autumn", "Winter"), share=True),
    Topic("Visitors", "thousand", "country", COUNTRIES, 900, GROUPS, share=True),
    Topic("Spending", "million $", "department", DEPARTMENTS, 25, ("Planned", "Actual"), share=True),
    Topic("Waiting time", "minutes", "day", DAYS, 60, ("Morning", "Afternoon", "Evening")),
    Topic("Complaints", "", "city", CITIES, 45, BRANDS),
)
TIMES = (
    Topic("Sales", "thousand $", "month", MONTHS, 250, BRANDS),
    Topic("Temperature", "°C", "month", MONTHS, 35, CITIES),
    Topic("Visitors", "thousand", "month", MONTHS, 80, ("Museum", "Zoo", "Castle", "Garden")),
    Topic("Downloads", "thousand", "day", DAYS, 500, ("Android", "Windows", "Linux", "Mac")),
    Topic("Energy use", "kWh", "month", MONTHS, 900, ("House A", "House B", "House C")),
    Topic("Passengers", "million", "year", (), 40, CITIES),
    Topic("Emissions", "Mt", "year", (), 350, COUNTRIES),
    Topic("Price", "$", "year", (), 120, CROPS),
    Topic("Enrolment", "students", "year", (), 1800, SCHOOLS),
)


@dataclass(frozen=True)
class Chart:
    """Everything that is true of a chart."""

    topic: Topic
    title: str
    names: tuple[str, ...]
    series: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]
    """A row for each series, a value for each category."""
    tick: float
    """Between two labelled marks of the axis."""
    marks: int
    """Labelled marks above 0."""
    step: float
    """Every value is a multiple of this; differences that a question rests on are at least as large. Where values are not printed,
    each step has its own line or tick."""
    printed: bool
    colours: tuple[str, ...] = ()
    """Names of the series' colours, where a question may use them."""

    @property
    def top(self) -> float:
        """The end of the axis."""
        return self.tick * self.marks

    @property
    def measure(self) -> str:
        """The measure with its unit, as an axis is labelled."""
        return f"{self.topic.measure} ({self.topic.unit})" if self.topic.unit else self.topic.measure

    def facts(self, kind: str) -> dict[str, Any]:
        """The data as JSON."""
        data = {series: dict(zip(self.names, row, strict=True)) for series, row in zip(self.series, self.values, strict=True)}
        return {
            "chart": kind,
            "title": self.title,
            "measure": self.topic.measure,
            "unit": self.topic.unit,
            "margin": self.step,
            "colours": dict(zip(self.series, self.colours, strict=False)),
            "data": data,
        }


def years(rng: np.random.Generator, count: int) -> tuple[str, ...]:
    """So many years that follow one another."""
    first = int(rng.integers(1990, 2025 - count))
    return tuple(str(first + place) for place in range(count))


def in_order(rng: np.random.Generator, names: Sequence[str], count: int) -> tuple[str, ...]:
    """So many names that follow one another."""
    first = int(rng.integers(0, len(names) - count + 1))
    return tuple(names[first : first + count])


def drawn_from(rng: np.random.Generator, names: Sequence[str], count: int) -> tuple[str, ...]:
    """So many of the names in a drawn order."""
    return tuple(names[place] for place in rng.permutation(len(names))[:count])


def categories(topic: Topic, count: int, rng: np.random.Generator) -> tuple[str, ...]:
    """The names of a chart's categories; times stay in their order."""
    if topic.noun == "year":
        return years(rng, count)
    if topic.noun in ("month", "day"):
        return in_order(rng, topic.names, min(count, len(topic.names)))
    return drawn_from(rng, topic.names, count)


def axis(topic: Topic, rng: np.random.Generator) -> tuple[float, int]:
    """A round distance of labelled marks, and their number, so that the axis ends near the topic's largest value."""
    top = topic.top * float(rng.uniform(0.6, 1.5))
    marks = int(rng.integers(4, 7))
    power = 10 ** np.floor(np.log10(top / marks))
    tick = min((factor * power for factor in (1, 2, 2.5, 4, 5, 10)), key=lambda value: abs(value * marks - top))
    return (float(tick), marks) if tick >= 4 else (4.0 if tick < 4.5 else 5.0, marks)


def title_of(topic: Topic, series: Sequence[str], rng: np.random.Generator) -> str:
    """A title that tells no value."""
    forms = [
        f"{topic.measure} by {topic.noun}",
        f"{topic.measure} per {topic.noun}",
        f"{topic.measure} of {topic.nouns} compared" if topic.noun not in ("month", "day", "year") else f"{topic.measure} over time",
    ]
    if topic.noun != "year" and not any(one.isdigit() for name in series for one in name):
        forms.append(f"{topic.measure} by {topic.noun}, {int(rng.integers(2001, 2025))}")
    return str(rng.choice(forms))


def steps_of(tick: float, difficulty: int) -> float:
    """The step of values: single units where they are printed, half or a fifth (quarter) of a tick where they are read off."""
    if difficulty == 1:
        return 1.0
    parts = 2 if difficulty == 2 and tick % 2 == 0 else 5 if tick % 5 == 0 else 4
    return tick / parts


def chart_of(topic: Topic, wish: Wish, rng: np.random.Generator, count: int, series: int, printed: bool | None = None) -> Chart:
    """A chart with drawn values. One series has no name of its own."""
    names = categories(topic, count, rng)
    labels = drawn_from(rng, topic.series, series) if series > 1 else ("",)
    if all(label.isdigit() for label in labels):
        labels = tuple(sorted(labels))
    shown = wish.difficulty == 1 if printed is None else printed
    tick, marks = axis(topic, rng)
    step = 1.0 if shown else steps_of(tick, max(2, wish.difficulty))
    most = int(tick * marks // step)
    values = tuple(tuple(step * float(height) for height in heights(max(1, most // 10), most, len(names), rng)) for _ in labels)
    return Chart(topic, title_of(topic, labels, rng), names, labels, values, tick, marks, step, shown)


def heights(least: int, most: int, count: int, rng: np.random.Generator) -> list[int]:
    """So many steps in a drawn order; mostly all different where that can be."""
    if most - least + 1 < count or rng.random() < 0.15:
        return [int(one) for one in rng.integers(least, most + 1, count)]
    return [least + int(one) for one in rng.permutation(most - least + 1)[:count]]
