"""Which trainings a comparison needs: configurations to choose among, then seeds of the chosen ones."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from veridical.models.head import wants_reference
from veridical.objectives.find import find, methods
from veridical.recipe import AlignRecipe, Contender, LabRecipe, RecipeError, Source
from veridical.recipe.file import FREE


@dataclass(frozen=True)
class Entrant:
    """A method with its place in the table."""

    label: str
    method: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    grid: tuple[Mapping[str, Any], ...] = ()
    seeds: int = 1
    data: tuple[Source, ...] = ()
    """Its own pairs; empty: the recipe's."""
    like: str = ""
    """Whose configuration it runs in."""

    @property
    def tuned(self) -> bool:
        """Whether its configuration is chosen on held-out pairs."""
        return bool(self.grid)


@dataclass(frozen=True)
class Job:
    """One training, with its evaluation where `examined`."""

    entrant: str
    recipe: AlignRecipe
    examined: bool
    config: int
    """Place in the grid; -1: none."""

    @property
    def key(self) -> str:
        """A directory's name: the entrant, the seed, and a digest of everything that decides the outcome."""
        said = json.dumps(self.recipe.model_dump(mode="json", exclude={"run", "reference_cache"}), sort_keys=True) + str(self.examined)
        return f"{re.sub(r'[^a-zA-Z0-9_]+', '_', self.entrant)}-{self.recipe.seed}-{hashlib.sha256(said.encode()).hexdigest()[:10]}"


def entrants(recipe: LabRecipe) -> list[Entrant]:
    """Everyone who takes part, each label once.

    Errors: RecipeError for an unknown method or configuration key, a label given twice, or a baseline that takes no part.
    """
    named = list(recipe.methods) + [Contender(method=name) for name in methods() if recipe.everything and name not in {one.method for one in recipe.methods}]
    found = [entrant(one, recipe) for one in named]
    labels = [one.label for one in found]
    if twice := {label for label in labels if labels.count(label) > 1}:
        raise RecipeError(f"methods: two are called {min(twice)!r}; give one of them a label")
    if unknown := [label for label in [*recipe.tuned, *(one.like for one in found if one.like)] if label not in labels]:
        raise RecipeError(f"tuned, like: nobody is called {unknown[0]!r}; there are {', '.join(labels)}")
    if recipe.baseline not in labels:
        raise RecipeError(f"baseline={recipe.baseline}: takes no part; there are {', '.join(labels)}")
    return found


def entrant(one: Contender, recipe: LabRecipe) -> Entrant:
    """A contender with what the recipe says of all."""
    try:
        find(one.method)
    except ValueError as error:
        raise RecipeError(f"methods: {error}") from error
    grid = tuple(one.grid) or (tuple(recipe.grid) if (one.label or one.method) in recipe.tuned else ())
    found = Entrant(one.label or one.method, one.method, one.settings, grid, one.seeds or (recipe.seeds if grid else recipe.untuned_seeds), pairs_of(one, recipe), one.like)
    for config in ({}, *grid):
        trained(recipe, found, config, 0)
    return found


def pairs_of(one: Contender, recipe: LabRecipe) -> tuple[Source, ...]:
    """A contender's own pairs, where it has any: other files, fewer records, blanked pictures."""
    data = [blank_of(recipe, place, source) if one.blank else source for place, source in enumerate(one.data or recipe.align.data)]
    if one.pairs:
        data = [data[0].model_copy(update={"limit": one.pairs}), *data[1:]]
    return tuple(data) if one.data or one.blank or one.pairs else ()


def blank_of(recipe: LabRecipe, place: int, source: Source) -> Source:
    """Where the lab keeps the blanked copy of a source; held-out pairs keep their pictures."""
    return source if source.split else source.model_copy(update={"path": str(Path(recipe.run) / f"blank-{place}.jsonl"), "format": "auto", "media_root": None})


def trained(recipe: LabRecipe, one: Entrant, config: Mapping[str, Any], seed: int) -> AlignRecipe:
    """The alignment of one entrant in one configuration. Errors: RecipeError naming an unknown key."""
    content = recipe.align.model_dump()
    for part in (one.settings, config):
        content = merged(content, part)
    content |= {"method": one.method, "seed": recipe.seed + seed}
    if one.data:
        content["data"] = [source.model_dump() for source in one.data]
    try:
        return remembered(AlignRecipe.model_validate(content))
    except ValueError as error:
        raise RecipeError(f"methods, {one.label}: {error}") from error


def remembered(recipe: AlignRecipe) -> AlignRecipe:
    """The recipe with a reference that all runs share on disk, unless recipe or method want another, or more of it than numbers."""
    method = find(recipe.method)
    if recipe.reference != "auto" or method.reference or wants_reference(method.requests):
        return recipe
    return recipe.model_copy(update={"reference": "cache"})


def merged(content: Mapping[str, Any], part: Mapping[str, Any]) -> dict[str, Any]:
    """Nested settings with some of them replaced; a dotted key goes as deep as it says."""
    found = dict(content)
    for key, value in part.items():
        head, _, rest = key.partition(".")
        if rest:
            value = {rest: value}
        inner = found.get(head)
        found[head] = merged(inner, value) if isinstance(inner, dict) and isinstance(value, Mapping) and head not in FREE else value
    return found


def tuning(recipe: LabRecipe, found: list[Entrant]) -> list[Job]:
    """Every configuration of every tuned entrant, with the first seed."""
    return [Job(one.label, trained(recipe, one, config, 0), False, place) for one in found for place, config in enumerate(one.grid)]


def finals(recipe: LabRecipe, found: list[Entrant], chosen: Mapping[str, int]) -> list[Job]:
    """Every entrant in its configuration, with all its seeds; the first seeds of all first, so that an early table has everyone."""
    grids = {one.label: one.grid for one in found}

    def config(one: Entrant) -> Mapping[str, Any]:
        owner = one.like or one.label
        return grids[owner][chosen[owner]] if grids[owner] else {}

    most = max(one.seeds for one in found)
    return [Job(one.label, trained(recipe, one, config(one), seed), True, chosen.get(one.label, -1)) for seed in range(most) for one in found if seed < one.seeds]
