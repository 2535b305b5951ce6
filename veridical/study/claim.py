"""A run directory belongs to one recipe: what continues in it must mean the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from veridical.recipe import RecipeError


def claim(folder: Path, recipe: str, holds: str, what_counts: Callable[[str], object] = str) -> None:
    """Take a directory for a recipe, or go on in one that has it. `what_counts` of the two texts is compared.

    Errors: RecipeError when the directory holds another, `holds` saying what.
    """
    written = folder / "recipe.yaml"
    if written.is_file() and what_counts(written.read_text()) != what_counts(recipe):
        raise RecipeError(f"{folder}: holds {holds}; name another directory with run=, or remove this one")
    folder.mkdir(parents=True, exist_ok=True)
    written.write_text(recipe)
