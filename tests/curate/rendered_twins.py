"""Answers found a second time: from the facts of a record and the words of its question, with code that shares nothing with what made them."""

import json
import re
from statistics import mean

from scipy.stats import kendalltau


def twin(record):
    """The answer: a number, a text, or "yes" / "no"."""
    family, _, skill = record.tags
    facts = json.loads(record.facts[0].text)
    question = record.prompt_text.split(" Answer with")[0].split(" Explain briefly")[0].split(" Give the reason")[0]
    return {"charts": chart, "documents": document, "geometry": geometry, "screens": screen}[family](facts, question, skill)


def said(record):
    """The record's answer in the same form."""
    answer = record.answer
    if answer.type == "choice":
        text = next(option[3:] for option in answer.choices if option.startswith(answer.value))
        return float(text) if re.fullmatch(r"[-\d.]+", text) else text
    if answer.type == "number":
        return float(answer.value)
    return answer.value


def found(pattern, text):
    match = re.search(pattern, text)
    assert match, (pattern, text)
    return match.groups()


def ranked(values, text):
    """The name with the highest, lowest or second such value."""
    names = sorted(
        values,
        key=lambda name: values[name],
        reverse="highest" in text or "largest" in text or "most expensive" in text or "lowest" not in text and "smallest" not in text and "cheapest" not in text,
    )
    return names[1 if "second" in text else 0]


def agree(yes):
    return "yes" if yes else "no"


# charts


def chart(facts, question, skill):
    if facts["chart"] == "scatter":
        return scatter(facts, question, skill)
    data = facts["data"]
    if skill == "title":
        return facts["title"]
    if skill == "legend":
        return next(name for name, colour in facts["colours"].items() if colour in question.strip("?").split())
    cells = {name if series == "" else f"{series} in {name}": value for series, row in data.items() for name, value in row.items()}
    if skill in ("lookup", "lookup by choice", "unit"):
        value = cells[found(r" for (.+?)\?", question)[0]]
        return value * {"thousand": 1e3, "million": 1e6, "billion": 1e9}[facts["unit"].split()[0]] if skill == "unit" else value
    if skill in ("comparison", "difference"):
        one, other = (cells[name] for name in found(r" for (.+) higher than for (.+)\?", question))
        return agree(one > other) if skill == "comparison" else one - other
    return in_row(facts, question, skill)


def in_row(facts, question, skill):
    data = facts["data"]
    columns = {name: {series: row[name] for series, row in data.items()} for name in next(iter(data.values()))}
    if skill == "series":
        return ranked(columns[found(r" in ([^ ]+)\?$", question)[0]], question)
    if skill == "whole":
        return sum(columns[found(r" for (.+), all series", question)[0]].values())
    if skill == "whole extreme":
        return ranked({name: sum(column.values()) for name, column in columns.items()}, question)
    series = next((one for one in sorted(data, key=len, reverse=True) if one and f" for {one}" in question), next(iter(data)))
    row, asked = data[series], question.replace(f" for {series}", "") if series else question
    if skill in ("sum", "mean"):
        names = re.split(r", | and ", found(r" for (.+)\?", asked)[0])
        assert len(names) == len(set(names))
        return (sum if skill == "sum" else mean)(row[name] for name in names)
    if skill in ("extreme", "second", "second by choice"):
        return ranked(row, asked.replace("second largest", "second highest"))
    if skill == "count":
        return sum(value > float(found(r"above ([\d.]+)", asked)[0]) for value in row.values())
    if skill == "share":
        return 100 * row[found(r"does (.+) make", asked)[0]] / sum(row.values())
    if skill == "part":
        return agree(4 * row[found(r"slice of (.+) make", asked)[0]] > sum(row.values()))
    if skill == "direction":
        word, one, other = found(r"(higher|lower) in (.+) than in (.+)\?", asked)
        return agree((row[one] > row[other]) == (word == "higher"))
    assert skill == "trend"
    names, sign = list(row), 1 if " rise " in asked else -1
    return max(names[:-1], key=lambda name: sign * (row[names[names.index(name) + 1]] - row[name]))


def scatter(facts, question, skill):
    points = facts["points"]
    if skill == "trend":
        tau = kendalltau([point["x"] for point in points], [point["y"] for point in points]).statistic
        return "it rises" if tau > 0.4 else "it falls" if tau < -0.4 else "there is no clear trend"
    if skill == "count":
        line, name = found(r'above ([\d.]+) on the axis "(.+)"', question)
        return sum(point["x" if name == facts["x"] else "y"] > float(line) for point in points)
    if skill == "point":
        return (max if "highest" in question else min)(points, key=lambda point: point["y"])["x"]
    if skill == "group":
        return (max if "rightmost" in question else min)(points, key=lambda point: point["x"])["group"]
    sizes = {name: [point["group"] for point in points].count(name) for name in facts["colours"]}
    if skill == "group count":
        return sizes[found(r"belong to (.+)\?", question)[0]]
    one, other = found(r"of (.+) than of (.+)\?", question)
    return agree(sizes[one] > sizes[other])


# documents


def document(facts, question, skill):
    return {"invoice": bill, "receipt": bill, "form": form, "price list": menu, "letter": letter, "table": table}[facts["document"]](facts, question, skill)


def quoted(question):
    return re.findall(r"'((?:[^']|'(?=s))+)'|\"([^\"]+)\"", question)


def names_of(question):
    return [one or other for one, other in quoted(question)]


def bill(facts, question, skill):
    lines = {line["item"]: line for line in facts["lines"]}
    cost = {name: line["quantity"] * round(100 * float(line["price"])) for name, line in lines.items()}
    names = names_of(question)
    summed = sum(cost.values())
    total = (summed + round(summed * facts["tax_percent"] / 100)) / 100
    if skill in ("total", "computed total"):
        assert total == float(facts["total"])
        return total
    return {
        "field": lambda: facts["fields"][names[0]],
        "price": lambda: float(lines[names[0]]["price"]),
        "quantity": lambda: lines[names[0]]["quantity"],
        "together": lambda: (cost[names[0]] + cost[names[1]]) / 100,
        "extreme": lambda: ranked({name: float(line["price"]) for name, line in lines.items()}, question),
        "comparison": lambda: agree(cost[names[0]] > cost[names[1]]),
        "count": lambda: len(lines),
        "change": lambda: round(float(facts["fields"]["Cash"][1:]) - total, 2),
    }[skill]()


def form(facts, question, skill):
    (options,) = facts["options"].values()
    if skill == "title":
        return facts["title"]
    name = names_of(question)[0]
    if skill == "label":
        (label,) = [label for label, value in facts["fields"].items() if value == name]
        return label
    return {"field": lambda: facts["fields"][name], "ticked": lambda: agree(options[name]), "ticked count": lambda: list(facts["options"][name].values()).count(True)}[skill]()


def menu(facts, question, skill):
    prices = {name: float(price) for section in facts["sections"].values() for name, price in section.items()}
    names = names_of(question)
    if skill == "extreme":
        return ranked({name: float(price) for name, price in facts["sections"][names[0]].items()}, question)
    if skill == "count":
        return sum(price < float(found(r"\$([\d.]+)", question)[0]) for price in prices.values())
    if skill == "item":
        (name,) = [name for name, price in prices.items() if price == float(found(r"\$([\d.]+)", question)[0])]
        return name
    if skill == "order":
        return round(int(found(r"do (\d) x", question)[0]) * prices[names[0]] + prices[names[1]], 2)
    return round(prices[names[0]] - prices[names[1]], 2) if skill == "difference" else prices[names[0]]


def letter(facts, question, skill):
    words = [word.strip(".,") for word in " ".join(facts["lines"]).split()]
    if skill == "next word":
        return words[words.index(names_of(question)[0].strip(".,")) + 1]
    if skill == "mention":
        return agree(names_of(question)[0] in [word.lower() for word in words])
    return {
        "transcription": lambda: facts["lines"][int(found(r"line (\d+)", question)[0]) - 1],
        "name": lambda: facts["signed"],
        "date": lambda: facts["date"],
        "count": lambda: len(facts["lines"]),
    }[skill]()


def table(facts, question, skill):
    rows, names = facts["rows"], names_of(question)
    if skill == "sum":
        return sum(rows[names[0]].values()) if "the row" in question else sum(row[names[0]] for row in rows.values())
    return {
        "lookup": lambda: rows[names[0]][names[1]],
        "extreme": lambda: ranked({name: row[names[0]] for name, row in rows.items()}, question),
        "count": lambda: sum(row[names[0]] > int(found(r"than (\d+)", question)[0]) for row in rows.values()),
        "comparison": lambda: agree(rows[names[1]][names[0]] > rows[names[2]][names[0]]),
        "largest column": lambda: ranked(rows[names[0]], "highest"),
    }[skill]()


# geometry


def geometry(facts, question, skill):
    return coordinates(facts["points"], question, skill) if facts["figure"] == "coordinates" else FIGURES[facts["figure"]](facts)


def coordinates(points, question, skill):
    named = [points[name] for name in re.findall(r"\b[A-D]\b", question)]
    if skill == "outermost point":
        axis, sign = {"left": (0, -1), "right": (0, 1), "lowest": (1, -1), "highest": (1, 1)}[found(r"(left|right|lowest|highest)\?", question)[0]]
        return max(points, key=lambda name: sign * points[name][axis])
    if skill == "grid area":
        (a, b), (c, d), (e, f) = points.values()
        return abs((complex(c - a, b - d) * complex(e - a, f - b)).imag) / 2
    if skill == "coordinates":
        return f"({named[0][0]}, {named[0][1]})"
    (a, b), (c, d) = named
    if skill == "middle":
        return f"({mean((a, c)):g}, {mean((b, d)):g})"
    return abs(complex(c - a, d - b)) if skill == "distance" else (d - b) / (c - a)


def right_triangle(facts):
    a, b, c = (value if isinstance(value, int) else None for value in facts["sides"].values())
    a = a or (c * c - b * b) ** 0.5
    b = b or (c * c - a * a) ** 0.5
    c = c or (a * a + b * b) ** 0.5
    return {"hypotenuse": c, "leg": b, "area": a * b / 2, "perimeter": a + b + c}[facts["wanted"]]


def circle(facts):
    radius = facts.get("radius") or facts["diameter"] / 2
    return f"{radius**2:g}\\pi" if facts["wanted"] == "area" else f"{2 * radius:g}\\pi"


def rectangles(facts):
    cut = [value for name, value in facts.items() if name.startswith(("cut", "hole"))]
    if facts["wanted"] == "perimeter":
        return 2 * (facts["width"] + facts["height"])
    return facts["width"] * facts["height"] - (cut[0] * cut[1] if cut else 0)


def parallel(facts):
    """Angles by direction: the same side of both lines and of the crossing line is the same angle."""
    given, asked = facts["given"], facts["asked"]
    same = {"upper right": 0, "lower left": 0, "upper left": 1, "lower right": 1}
    return (given["angle"] if same[given["place"]] == same[asked["place"]] else 180 - given["angle"]) - asked["added"]


def similar(facts):
    upper, lower, parallel_length = facts["lengths"].values()
    factor = (upper + lower) / upper
    return parallel_length * factor if facts["wanted"] == "base" else parallel_length / factor


def equal_sides(facts):
    (at, angle), asked = next(iter(facts["angles"].items())), facts["x"].split()[1]
    apex = set(facts["equal"][0]) & set(facts["equal"][1])
    return (180 - angle) / 2 if {at} == apex else 180 - 2 * angle if {asked} == apex else angle


FIGURES = {
    "triangle": lambda facts: 180 - sum(facts["angles"].values()),
    "outer angle": lambda facts: 180 - sum(180 - angle if name.startswith("outer") else angle for name, angle in facts["angles"].items()),
    "two equal sides": equal_sides,
    "right triangle": right_triangle,
    "circle": circle,
    "rim angle": lambda facts: facts["angle at centre"] / 2 if "angle at centre" in facts else 2 * facts["angle at rim"],
    "sector": lambda facts: f"{facts['radius'] ** 2 * facts['angle'] / 360:g}\\pi",
    "rectangle": rectangles,
    "corner": rectangles,
    "hole": rectangles,
    "parallel lines": parallel,
    "similar triangles": similar,
}


# screens


KINDS = {
    "checkbox": "checkbox",
    "switch": "switch",
    "button": "button",
    "field": "field",
    "list": "list",
    "tab": "tab",
    "menu": "menu",
    "menu item": "item",
    "sidebar entry": "place",
    "file": "file",
    "option": "radio",
}


def screen(facts, question, skill):
    controls = facts["controls"]
    if skill == "title":
        return facts["title"]
    if skill == "transcription":
        return controls[0]["name"]
    if skill == "extreme":
        files = {one["name"]: int(one["value"].split()[0]) for one in controls if one["kind"] == "file"}
        return ranked(files, question)
    kind = next((KINDS[word] for word in sorted(KINDS, key=len, reverse=True) if re.search(rf"\b{word}\b", question.split('"')[0].split("[")[0])), "")
    names = names_of(question)
    if skill == "selected":
        known = [one for one in controls if one["on"] and (one["kind"], one["group"]) == ((kind, names[0]) if names else (kind, ""))]
    elif skill == "position":
        return by_position(controls, kind, names, question)
    elif skill in ("count", "state count"):
        return counted(controls, question, skill)
    elif skill == "label":
        known = [one for one in controls if one["kind"] == kind and str(one["box"]) in question]
    else:
        known = [one for one in controls if one["name"] == names[0] and one["kind"] in (kind or one["kind"],) and (skill != "value" or one["value"])]
    (one,) = known
    return {"checked": agree(one["on"]), "enabled": agree(one["enabled"]), "selected": one["name"], "value": one["value"], "box": str(one["box"]), "label": one["name"]}[skill]


def by_position(controls, kind, names, question):
    known = [one for one in controls if one["kind"] == (kind or "button")]
    if not names:
        return (max if "right end" in question else min)(known, key=lambda one: one["box"][0])["name"]
    axis = 1 if "below" in question else 0
    (start,) = [one["box"][axis] for one in known if one["name"] == names[0]]
    return min((one for one in known if one["box"][axis] > start), key=lambda one: one["box"][axis])["name"]


def counted(controls, question, skill):
    kind = next(kind for word, kind in (("checkboxes", "checkbox"), ("switches", "switch"), ("tabs", "tab"), ("items", "item"), ("files", "file")) if word in question)
    known = [one for one in controls if one["kind"] == kind]
    return len(known) if skill == "count" else sum(not one["enabled"] for one in known) if "greyed out" in question else sum(one["on"] for one in known)
