"""What papers and their code publish about each method: where the objective is stated, settings, results, and what is not known.

The facts are YAML files of `objectives/published/`, by the names of methods and aliases. A fact with `verified: false` was
not compared with its source and is never to be taken for the paper's.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from veridical.objectives.settings import Number, numbers

FOLDER = Path(__file__).with_name("published")
Value = bool | int | float | str


class PublishedError(ValueError):
    """Facts that cannot be read; the message names file, method and field."""


class Fact(BaseModel):
    """A fact cannot be changed, and has no field that is not known."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Objective(Fact):
    """Where the objective is stated."""

    where: str
    verified: bool = True


class Code(Fact):
    """A repository as it was read."""

    repository: str
    commit: str
    files: tuple[str, ...] = ()
    note: str = ""


class Setting(Fact):
    """A number, or words, that a paper or script sets."""

    name: str
    value: Value
    source: str
    key: str = ""
    """The numbers of our value that it states: the end of their keys, such as "beta" or "terms.1.weight"."""
    of: str = ""
    """Which model or release it was published for."""
    verified: bool = True
    followed: bool = True
    """Whether our value has it; what has no key is a setting of the run."""

    @model_validator(mode="after")
    def no_number_as_text(self) -> Setting:
        """YAML reads 1e-6 as text and 1.0e-6 as a number."""
        if isinstance(self.value, str) and self.value.strip().lower().replace("e-", "").replace(".", "").isdigit():
            raise ValueError(f"value {self.value!r} is text; write a number as 1.0e-6")
        return self


class Finding(Fact):
    """A published result: a benchmark before and after, or the change that was stated."""

    benchmark: str
    source: str
    of: str = ""
    """The model."""
    start: str = ""
    """What stood before, where that is not the model itself."""
    before: float | str | None = None
    after: float | str | None = None
    change: str = ""
    better: Literal["higher", "lower"] = "higher"
    verified: bool = True

    @model_validator(mode="after")
    def says_something(self) -> Finding:
        """A result states where it led."""
        if self.after is None and not self.change:
            raise ValueError("states neither `after` nor `change`")
        return self


class Golden(Fact):
    """Losses of the two golden pairs, computed without our code."""

    pairs: tuple[float, float]
    mean: float
    settings: dict[str, bool | int | float] = {}


class Published(Fact):
    """All that is known about one method."""

    title: str
    objective: Objective
    code: Code | Literal["none found"]
    follows: str
    """What our value follows."""
    data: str
    """How its records come about."""
    differs: str = ""
    """How paper and code differ."""
    settings: tuple[Setting, ...] = ()
    results: tuple[Finding, ...] = ()
    golden: tuple[Golden, ...] = ()
    gaps: tuple[str, ...] = ()
    """What is not known, and what was chosen in its place."""


@cache
def published() -> Mapping[str, Published]:
    """Facts of every method and alias, by name."""
    return MappingProxyType(read(FOLDER))


def read(folder: Path) -> dict[str, Published]:
    """Facts of all files of a folder. Errors: PublishedError naming file, method and field."""
    found: dict[str, Published] = {}
    origin: dict[str, Path] = {}
    for file in sorted(folder.glob("*.yaml")):
        for name, content in contents(file).items():
            if name in origin:
                raise PublishedError(f"{file}: {name}: is described in {origin[name]} too; keep one")
            found[name], origin[name] = entry(file, name, content), file
    return dict(sorted(found.items()))


def contents(file: Path) -> dict[str, Any]:
    """The methods of one file."""
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    except yaml.YAMLError as error:
        raise PublishedError(f"{file}: not YAML: {error}") from error
    if not isinstance(content, dict):
        raise PublishedError(f"{file}: expected names of methods, found {type(content).__name__}")
    return content


def entry(file: Path, name: str, content: Any) -> Published:
    """The facts of one method."""
    try:
        return Published.model_validate(content)
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, part['loc'])) or 'the method'}: {part['msg']}" for part in error.errors()]
        raise PublishedError(f"{file}: {name}: " + "; ".join(lines)) from error


def ours(value: Any, key: str) -> dict[str, Number]:
    """The numbers of a method, its corruption's too, whose keys end in `key`."""
    known = numbers(value) | {f"corruption.{name}": number for name, number in (value.corruption or {}).items() if isinstance(number, (int, float))}
    return {name: number for name, number in known.items() if f".{name}".endswith(f".{key}")}
