"""How the work stands, for its owner: who did how much, how fast, how far people agree, and with the gold questions."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from itertools import combinations
from statistics import fmean, median
from typing import Any

from veridical.annotate.ask import Ask
from veridical.annotate.item import Items
from veridical.annotate.store import Judgement
from veridical.records.inspect.agreement import Unit, cohen, interval, krippendorff
from veridical.records.record import Record


def progress(items: Items, judgements: Sequence[Judgement], people: Sequence[str], ask: Ask) -> dict[str, Any]:
    """Everything the owner's page shows."""
    given = [one for one in judgements if not one.content["skip"]]
    normal = [one for one in given if one.item in items.records]
    counts: dict[str, int] = {}
    for one in normal:
        counts[one.item] = counts.get(one.item, 0) + 1
    units = preference_units(items, normal)
    return {
        "items": len(items.records),
        "each": ask.each,
        "judged": sum(number >= ask.each for number in counts.values()),
        "begun": len(counts),
        "judgements": len(normal),
        "alpha": krippendorff(units),
        "aspects": {name: krippendorff(aspect_units(normal, name), interval) for name in ask.aspects},
        "kappas": [{"people": list(two), "kappa": value, "shared": shared} for two, (value, shared) in kappas(units).items()],
        "people": [of_person(name, items, [one for one in judgements if one.person == name], units) for name in people],
        "flagged": [
            {"record": items.record(one.item).record_id, "person": one.person, "comment": one.content["comment"]}
            for one in judgements
            if one.content["flag"] and items.record(one.item)
        ],
    }


def of_person(name: str, items: Items, own: Sequence[Judgement], units: Sequence[Unit]) -> dict[str, Any]:
    """One annotator."""
    shared = [unit for unit in units if name in unit and len(unit) > 1]
    agreed = [fmean(float(value == unit[name]) for person, value in unit.items() if person != name) for unit in shared]
    gold = [right(items.gold[one.item], one.content["ranks"]) for one in own if one.item in items.gold and not one.content["skip"]]
    seconds = [one.seconds for one in own]
    return {
        "name": name,
        "judged": sum(not one.content["skip"] and one.item in items.records for one in own),
        "skipped": sum(one.content["skip"] for one in own),
        "flagged": sum(one.content["flag"] for one in own),
        "seconds": median(seconds) if seconds else None,
        "agrees": fmean(agreed) if agreed else None,
        "gold": [sum(gold), len(gold)],
        "last": max((one.at for one in own), default=None),
    }


def right(record: Record, ranks: Mapping[str, int]) -> bool:
    """Whether a gold question was answered as its first pair says."""
    pair = record.pairs[0]
    chosen, rejected = ranks.get(pair.chosen, 0), ranks.get(pair.rejected, 0)
    return chosen == rejected if pair.relation == "=" else chosen < rejected


def preference_units(items: Items, judgements: Sequence[Judgement]) -> list[dict[str, Hashable]]:
    """Every two responses of an item are a unit; the values are 1 (the first in the record is better), -1, and 0."""
    found: dict[tuple[str, str, str], dict[str, Hashable]] = {}
    for one in judgements:
        ranks = one.content["ranks"]
        for first, second in combinations([response.response_id for response in items.records[one.item].responses], 2):
            if first in ranks and second in ranks:
                found.setdefault((one.item, first, second), {})[one.person] = (ranks[second] > ranks[first]) - (ranks[second] < ranks[first])
    return list(found.values())


def aspect_units(judgements: Sequence[Judgement], name: str) -> list[dict[str, Hashable]]:
    """Every response is a unit; the values are its marks."""
    found: dict[tuple[str, str], dict[str, Hashable]] = {}
    for one in judgements:
        for response, marks in one.content["aspects"].items():
            found.setdefault((one.item, response), {})[one.person] = marks[name]
    return list(found.values())


def kappas(units: Sequence[Unit]) -> dict[tuple[str, str], tuple[float | None, int]]:
    """Kappa, and the number of shared units, of every two annotators that share any."""
    people = sorted({person for unit in units for person in unit})
    found = {}
    for two in combinations(people, 2):
        both = [(unit[two[0]], unit[two[1]]) for unit in units if two[0] in unit and two[1] in unit]
        if both:
            found[two] = (cohen([one for one, _ in both], [other for _, other in both]), len(both))
    return found


def lines_of(found: Mapping[str, Any]) -> list[str]:
    """The same for a terminal."""
    share = lambda value: "-" if value is None else f"{value:.2f}"  # noqa: E731
    lines = [
        f"{found['judged']} of {found['items']} items judged by {found['each']} (begun: {found['begun']}); {found['judgements']} judgements; "
        f"Krippendorff's alpha {share(found['alpha'])}"
    ]
    lines += [f"  alpha of {name}: {share(value)}" for name, value in found["aspects"].items()]
    for one in found["people"]:
        speed = "-" if one["seconds"] is None else f"{one['seconds']:.0f} s"
        lines.append(
            f"  {one['name']:<16} {one['judged']:>5} judged, {one['skipped']} skipped, {one['flagged']} flagged, {speed} each, "
            f"agrees {share(one['agrees'])}, gold {one['gold'][0]} of {one['gold'][1]}"
        )
    return lines + [f"  {' and '.join(one['people'])}: kappa {share(one['kappa'])} of {one['shared']} shared" for one in found["kappas"]]
