"""A run directory belongs to one recipe: what continues in it must mean the same."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import yaml

from veridical.recipe import RecipeError, Settings, dump


def claim(folder: Path, recipe: Settings, holds: str, free: Collection[str] = ()) -> None:
    """Take a directory for a recipe, or go on in one that has it. `free` are settings that may differ.

    Errors: RecipeError when the directory holds another, `holds` saying what.
    """
    written = folder / "recipe.yaml"
    if written.is_file() and not agrees(yaml.safe_load(written.read_text()), recipe, {*free, "run"}):
        raise RecipeError(f"{folder}: holds {holds}; name another directory with run=, or remove this one")
    folder.mkdir(parents=True, exist_ok=True)
    written.write_text(dump(recipe))


def agrees(old: Any, new: Any, free: set[str] | frozenset[str] = frozenset()) -> bool:
    """Whether what was written means the same as settings today: a setting that did not exist then has its default, and none is gone."""
    if isinstance(new, list | tuple) and isinstance(old, list):
        return len(old) == len(new) and all(map(agrees, old, new))
    if not isinstance(new, Settings) or not isinstance(old, dict):
        return bool(old == (new.model_dump(mode="json") if isinstance(new, Settings) else new))
    fields = type(new).model_fields
    same = (agrees(old[name], getattr(new, name)) if name in old else getattr(new, name) == field.get_default(call_default_factory=True) for name, field in fields.items() if name not in free)
    return set(old) <= {*fields, *free} and all(same)
