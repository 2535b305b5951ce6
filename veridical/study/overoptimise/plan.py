"""Which pursuits of which proxies a study makes."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from veridical.recipe import AlignRecipe, Mitigation, OnlineRecipe, OveroptimiseRecipe, Proxy, Pursuit, RecipeError, RewardChoice, RewardRecipe
from veridical.study.lab.plan import merged

PLAIN = "none"
"""The label of the mitigation that mitigates nothing, and of the runs that ask about quality."""


@dataclass(frozen=True)
class Chase:
    """One pursuit of one proxy."""

    pursuit: Pursuit
    mitigation: Mitigation
    proxy: Proxy
    seed: int
    recipe: OveroptimiseRecipe

    @property
    def rewards(self) -> list[RewardChoice]:
        """What is pursued: the proxy's score, and what the mitigation adds to it."""
        paths = [str(directory(self.recipe, self.proxy, member)) for member in range(self.proxy.members)]
        return [RewardChoice(name="reward_model", label="proxy", settings={"path": paths, "combine": self.proxy.combine}), *self.mitigation.rewards]

    @property
    def settings(self) -> dict[str, Any]:
        """The pursuit's own, changed by the mitigation's."""
        return merged(self.pursuit.settings, self.mitigation.settings.get(self.pursuit.label, {}))

    @property
    def name(self) -> str:
        """For messages."""
        return f"{self.pursuit.label}, {self.mitigation.label}, {self.proxy.label} (seed {self.seed})"

    @property
    def folder(self) -> Path:
        """Named by what decides the outcome; two mitigations that come to the same share it."""
        said = json.dumps([self.settings, [one.model_dump(mode="json") for one in self.mitigation.rewards], self.proxy.model_dump(mode="json")], sort_keys=True)
        plain = re.sub(r"[^a-zA-Z0-9]+", "_", f"{self.pursuit.label}-{self.proxy.label}")
        return Path(self.recipe.run) / "chases" / f"{plain}-{self.seed}-{hashlib.sha256(said.encode()).hexdigest()[:8]}"

    @property
    def path(self) -> Path:
        """The file that is written last."""
        return self.folder / "chase.json"


@dataclass(frozen=True)
class Training:
    """One reward model to be trained."""

    proxy: Proxy
    member: int
    recipe: OveroptimiseRecipe

    @property
    def name(self) -> str:
        """For messages."""
        return f"proxy {self.proxy.label} (member {self.member})"

    @property
    def path(self) -> Path:
        """The file that is written last."""
        return directory(self.recipe, self.proxy, self.member) / "trained.json"


def directory(recipe: OveroptimiseRecipe, proxy: Proxy, member: int) -> Path:
    """The run directory of a proxy's member."""
    return Path(recipe.run) / "proxies" / f"{re.sub(r'[^a-zA-Z0-9]+', '_', proxy.label)}-{member}"


def trainings(recipe: OveroptimiseRecipe) -> list[Training]:
    """Every member of every proxy."""
    return [Training(proxy, member, recipe) for proxy in recipe.proxies for member in range(proxy.members)]


def chases(recipe: OveroptimiseRecipe) -> list[Chase]:
    """Every pursuit under every mitigation, then the pursuits that ask about quality; each once, the first seeds of all first.

    Errors: RecipeError for a label that nobody has, or that two have.
    """
    proxies, pursuits = named("proxies", recipe.proxies), named("pursuits", recipe.pursuits)
    named("mitigations", recipe.mitigations)
    plain = Mitigation(label=PLAIN, proxy="")
    found: dict[tuple[str, str, str, int], Chase] = {}
    for seed in range(recipe.seed, recipe.seed + recipe.seeds):
        wanted = [(label, one, one.proxy) for one in recipe.mitigations for label in one.pursuits or pursuits]
        wanted += [(label, plain, proxy) for proxy in recipe.quality for label in recipe.pursued_by]
        for label, mitigation, proxy in wanted:
            chase = Chase(of(pursuits, "pursuits", label), mitigation, of(proxies, "proxies", proxy), seed, recipe)
            if chase.pursuit.way != "best_of_n" or seed == recipe.seed:
                found.setdefault((label, mitigation.label, proxy, seed), chase)
    return list(found.values())


def named(what: str, entries: Sequence[Any]) -> dict[str, Any]:
    """Entries by label. Errors: RecipeError where two have the same."""
    found = {one.label: one for one in entries}
    if len(found) < len(entries):
        raise RecipeError(f"{what}: two have the same label; there are {', '.join(one.label for one in entries)}")
    return found


def of(entries: Mapping[str, Any], what: str, label: str) -> Any:
    """The entry with a label. Errors: RecipeError naming those that there are."""
    if label not in entries:
        raise RecipeError(f"{label!r}: none of the {what} is called so; there are {', '.join(entries)}")
    return entries[label]


def settled(part: RewardRecipe | OnlineRecipe | AlignRecipe, changes: Mapping[str, Any], **fixed: Any) -> Any:
    """A part of the recipe with changed settings and what the study sets. Errors: RecipeError naming an unknown key."""
    content = merged(part.model_dump(), changes) | fixed
    try:
        return type(part).model_validate(content)
    except ValueError as error:
        raise RecipeError(f"settings: {error}") from error
