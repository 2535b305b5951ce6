"""Tables of what there is, derived from the values themselves."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any

from veridical.recipe import RecipeError

Entry = dict[str, Any]
"""The first value is the entry's title."""


def listing(what: str) -> list[Entry]:
    """Entries of one table. Errors: RecipeError naming the tables."""
    if what not in TABLES:
        raise RecipeError(f"list {what}: unknown; there are {', '.join(TABLES)}")
    return TABLES[what]()


def methods() -> list[Entry]:
    """Preference methods: formula, views, reference, paper; published methods that share another's objective are listed as its aliases."""
    from veridical.objectives.find import aliases
    from veridical.objectives.find import methods as known

    shared = {alias.name: method.name for method in known().values() for alias in method.aliases}
    return [method_entry(method, shared.get(name, "")) for name, method in sorted({**known(), **aliases()}.items())]


def method_entry(method: Any, alias_of: str) -> Entry:
    """One method."""
    return {
        "name": method.name,
        "alias of": alias_of,
        "formula": method.formula,
        "views": ", ".join(map(str, method.views)),
        "reference": method.reference or ("needed" if method.needs_reference else "none"),
        "pair facts": ", ".join(method.facts),
        "whole step": "yes" if method.statistics else "",
        "paper": method.paper,
        "corruption": dict(method.corruption) if method.corruption else "",
        "note": method.note,
    }


def builders() -> list[Entry]:
    """Ways to build preference data: what they need, their settings, source."""
    from veridical.curate.builders import builders as known

    return [
        {"name": name, "needs": ", ".join(one.needs) or "nothing", "settings": ", ".join(f"{key}={value!r}"[:60] for key, value in one.settings.items()), "source": one.source, "note": one.note}
        for name, one in known().items()
    ]


def algorithms() -> list[Entry]:
    """Online algorithms: losses, draws, advantages, reference, paper; published methods that are another's with other rewards are listed as its aliases."""
    from veridical.objectives.online.find import algorithms as known
    from veridical.objectives.online.find import aliases

    shared = {alias.name: one.name for one in known().values() for alias in one.aliases}
    return [algorithm_entry(one, shared.get(name, "")) for name, one in sorted({**known(), **aliases()}.items())]


def algorithm_entry(one: Any, alias_of: str) -> Entry:
    """One algorithm."""
    beside = "a critic on the policy's hidden states" if one.critic else type(one.beside).__name__ if one.beside else ""
    return {
        "name": one.name,
        "alias of": alias_of,
        "formula": one.formula,
        "responses": one.draws.group,
        "credit": value_text(one.credit),
        "then": ", ".join(map(value_text, one.after)),
        "shapes": ", ".join(map(value_text, one.shapes)),
        "keeps": ", ".join(map(value_text, one.keep)),
        "divergence in the reward": value_text(one.penalty) if one.penalty else "",
        "summed": ", ".join(value_text(loss.how) for loss in one.active),
        "updates": f"{one.updates} times in {one.batches} batches" if not one.on_policy else "",
        "learns beside": beside,
        "reference": "needed" if one.needs_reference else "none",
        "pictures": ", ".join(one.pictures),
        "paper": one.paper,
        "note": one.note,
    }


def value_text(value: Any) -> str:
    """A frozen value as it is written, functions by their names."""
    if inspect.isfunction(value):
        return value.__name__
    if not dataclasses.is_dataclass(value):
        return f"{value:g}" if isinstance(value, float) else str(value)
    parts = [f"{item.name}={value_text(inner)}" for item in dataclasses.fields(value) if (inner := getattr(value, item.name)) is not None]
    return f"{type(value).__name__}({', '.join(parts)})"


def judges() -> list[Entry]:
    """Methods of reward models: formula, paper, and how the judge reads."""
    from veridical.objectives.reward_method import reward_methods as known

    return [{"name": one.name, "formula": one.formula, "judging": one.judging and dict(one.judging), "paper": one.paper, "note": one.note} for one in known().values()]


def benchmarks() -> list[Entry]:
    """Benchmarks: files, where they are published, licence, size, conventions."""
    from veridical.evaluate.benchmarks import benchmarks as known

    return [
        {
            "name": one.name,
            "dimension": one.dimension,
            "shape": one.shape,
            "files": "; ".join(f"{file.name} ({file.holds})" for file in one.files),
            "published": one.published,
            "license": one.license,
            "questions": one.size or "",
            "conventions": "; ".join(f"{name}: {rule.follows}" for name, rule in one.conventions.items()),
            "headline": one.headline,
            "metrics": ", ".join(measure.name for measure in one.convention("official").measures),
            "chance": ", ".join(f"{name} {value:g}" for name, value in one.chance.items()),
            "paper": one.paper,
            "note": one.note,
        }
        for one in known().values()
    ]


def formats() -> list[Entry]:
    """Data formats."""
    from veridical.records.formats import formats as known

    return [{"name": one.name, "holds": one.description, "written": "yes" if one.write else "no"} for one in known().values()]


def corruptions() -> list[Entry]:
    """Ways to make a picture worse, with their settings."""
    from veridical.records.corrupt import OPERATORS

    return [{"name": name, "does": first_line(one), "settings": settings_of(one, ("picture", "rng"))} for name, one in OPERATORS.items()]


def attacks() -> list[Entry]:
    """Attacks of `veridical robust`, with their settings."""
    from veridical.study.robust.attacks import attacks as known

    return [{"name": name, "does": one.does, "settings": settings_of(one.make), "source": one.source} for name, one in known().items()]


def rendered() -> list[Entry]:
    """Kinds of pictures that are drawn from facts."""
    from veridical.curate.rendered import renderings

    return [{"name": one.name, "family": one.family, "task": one.task, "shows": one.shows, "questions": len(one.questions), "least size": one.least} for one in renderings().values()]


def graders() -> list[Entry]:
    """Graders that recipes can name."""
    from veridical.grade import graders as known

    return [{"name": name, "does": first_line(one), "settings": settings_of(one)} for name, one in known().items()]


def recipes() -> list[Entry]:
    """Recipes that come with the package."""
    from veridical.recipe import SHIPPED, shipped_names

    return [{"name": name, "for": (SHIPPED / f"{name}.yaml").read_text().splitlines()[0].lstrip("# ")} for name in shipped_names()]


def first_line(function: Callable[..., Any]) -> str:
    """What a function's docstring says first."""
    return (inspect.getdoc(function) or "").split("\n\n")[0].replace("\n", " ")


def settings_of(function: Callable[..., Any], without: tuple[str, ...] = ()) -> str:
    """Arguments and their defaults."""
    shown = [each for name, each in inspect.signature(function).parameters.items() if name not in without]
    return ", ".join(each.name if each.default is inspect.Parameter.empty else f"{each.name}={each.default}" for each in shown)


TABLES: dict[str, Callable[[], list[Entry]]] = {
    "methods": methods, "algorithms": algorithms, "builders": builders, "judges": judges, "benchmarks": benchmarks, "formats": formats, "corruptions": corruptions, "attacks": attacks, "rendered": rendered, "graders": graders, "recipes": recipes,
}  # fmt: skip
