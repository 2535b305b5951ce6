"""A recipe file and overrides to validated settings, and back. An unknown key is refused with the nearest right one."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from veridical.recipe.settings import Settings

SHIPPED = Path(__file__).parents[1] / "recipes"
FREE = ("method_settings", "grader_settings", "algorithm_settings")
"""Mappings whose dotted keys are names of their own."""


class RecipeError(ValueError):
    """A recipe that cannot be used; the message names the key and says what was expected."""


Kind = TypeVar("Kind", bound=Settings)


def load(kind: type[Kind], path: str | Path | None, overrides: Sequence[str] = ()) -> Kind:
    """Settings from a YAML file (or the name of a shipped recipe, or nothing) and overrides.

    Errors: RecipeError naming file and key.
    """
    content = read(path) if path is not None else {}
    for override in overrides:
        apply(content, override)
    where = str(path) if path is not None else "command line"
    check_keys(kind, content, where)
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, part['loc']))}: {part['msg']}" + (f" (got {part['input']!r})" if part["type"] != "missing" else "") for part in error.errors()]
        raise RecipeError(f"{where}: " + "; ".join(lines)) from error


def read(path: str | Path) -> dict[str, Any]:
    """A recipe file's content."""
    file = Path(path)
    if not file.is_file() and (shipped := SHIPPED / f"{path}.yaml").is_file():
        file = shipped
    if not file.is_file():
        raise RecipeError(f"{path}: no such recipe; give a YAML file or one of {', '.join(shipped_names())}")
    try:
        content = yaml.safe_load(file.read_text()) or {}
    except yaml.YAMLError as error:
        raise RecipeError(f"{file}: not YAML: {error}") from error
    if not isinstance(content, dict):
        raise RecipeError(f"{file}: expected keys and values, found {type(content).__name__}")
    return content


def shipped_names() -> list[str]:
    """Recipes that come with the package."""
    return sorted(path.stem for path in SHIPPED.glob("*.yaml"))


def apply(content: dict[str, Any], override: str) -> None:
    """Put `key.sub=value` into nested dictionaries and lists; the value is YAML. Dotted keys inside a free mapping stay whole."""
    key, separator, value = override.partition("=")
    if not separator:
        raise RecipeError(f"{override!r}: expected key=value")
    place: Any = content
    steps = key.split(".")
    free = next((place for place, step in enumerate(steps[:-1]) if step in FREE), None)
    if free is not None:
        steps = [*steps[: free + 1], ".".join(steps[free + 1 :])]
    for here, after in zip(steps, [*steps[1:], ""], strict=True):
        if after == "":
            put(place, here, parse(value), key)
        else:
            place = descend(place, here, after, key)


def parse(value: str) -> Any:
    """The value of an override; numbers such as 1e-6 too, which YAML 1.1 reads as text."""
    try:
        found = yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise RecipeError(f"{value!r}: not a YAML value") from error
    if isinstance(found, str):
        try:
            return float(found)
        except ValueError:
            return found
    return found


def descend(place: Any, here: str, after: str, key: str) -> Any:
    """The container under `here`, made when absent."""
    empty: Any = [] if after.isdigit() else {}
    if isinstance(place, list):
        number = index_of(here, key)
        while len(place) <= number:
            place.append(empty)
        return place[number]
    if not isinstance(place.get(here), (dict, list)):
        place[here] = empty
    return place[here]


def put(place: Any, here: str, value: Any, key: str) -> None:
    """Set the last step of a key."""
    if isinstance(place, list):
        number = index_of(here, key)
        while len(place) <= number:
            place.append(None)
        place[number] = value
    else:
        place[here] = value


def index_of(here: str, key: str) -> int:
    """A list index."""
    if not here.isdigit():
        raise RecipeError(f"{key}: expected a number where {here!r} stands")
    return int(here)


def check_keys(kind: type[BaseModel], content: Any, where: str, prefix: str = "") -> None:
    """Refuse unknown keys at any depth, with the nearest right one of the whole recipe."""
    if not isinstance(content, dict):
        return
    for key, value in content.items():
        if key not in kind.model_fields:
            near = difflib.get_close_matches(f"{prefix}{key}", [*dotted(kind, prefix), *dotted(kind)], 1, 0.4)
            raise RecipeError(f"{where}: {prefix}{key}: unknown; " + (f"did you mean {near[0]}?" if near else f"there are {', '.join(kind.model_fields)}"))
        for inner in models_in(kind.model_fields[key].annotation):
            for item in value if isinstance(value, list) else [value]:
                check_keys(inner, item, where, f"{prefix}{key}.")


def models_in(annotation: Any) -> list[type[BaseModel]]:
    """Setting groups named in a field's type."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for part in getattr(annotation, "__args__", ()) for found in models_in(part)]


def dotted(kind: type[BaseModel], prefix: str = "") -> list[str]:
    """Every key of a recipe."""
    found = []
    for name, info in kind.model_fields.items():
        found.append(f"{prefix}{name}")
        for inner in models_in(info.annotation):
            found += dotted(inner, f"{prefix}{name}.")
    return found


def dump(recipe: Settings) -> str:
    """The recipe as YAML, every value resolved."""
    return yaml.safe_dump(recipe.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
