"""Recipes: YAML to validated settings; every key can be overridden as `key.sub=value`.

A default value appears once, here. An unknown key is refused with the nearest right one.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

SHIPPED = Path(__file__).parent / "recipes"


class RecipeError(ValueError):
    """A recipe that cannot be used; the message names the key and says what was expected."""


class Settings(BaseModel):
    """A group of settings: immutable, and without unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(Settings):
    """One entry of a list of data."""

    path: str
    format: str = "auto"
    weight: float = 1.0
    """How often its records are drawn relative to the others (0.5: half of them)."""
    limit: int | None = None
    media_root: str | None = None
    """Folder that relative picture paths start from; default: the data file's folder."""
    split: str = ""


class HeldOut(Settings):
    """Records kept from training to watch it."""

    fraction: float = Field(0.05, ge=0, lt=1)
    most: int = 200


class Parts(Settings):
    """What trains: "frozen", "full" or "lora"."""

    tower: Literal["frozen", "full", "lora"] = "frozen"
    projector: Literal["frozen", "full", "lora"] = "frozen"
    language: Literal["frozen", "full", "lora"] = "lora"


class Lora(Settings):
    """Adapters of the parts that train by "lora"."""

    rank: int = 16
    alpha: float = 32
    dropout: float = 0.0
    targets: str | list[str] = "auto"
    """"auto": every linear layer of the part; or names that layers end in."""


class Step(Settings):
    """One optimiser step: a fixed number of records. The token budgets bound memory and never change a loss."""

    records: int = Field(16, ge=1)
    micro_tokens: int = 8192
    """Positions computed at once."""
    max_tokens: int = 4096
    """Longest path: prompt with picture, and response."""
    picture_tokens: int | None = None
    """Most placeholders for one picture; larger pictures are shrunk."""


class Optimiser(Settings):
    """AdamW and the learning rate's course."""

    lr: float = 1e-5
    weight_decay: float = 0.0
    betas: tuple[float, float] = (0.9, 0.98)
    warmup: float = 0.1
    """Share of all steps."""
    schedule: Literal["constant", "linear", "cosine"] = "cosine"
    clip: float | None = 1.0
    """Largest norm of the gradient."""


class Length(Settings):
    """How long: `steps` when given, else `epochs`."""

    epochs: float = 1.0
    steps: int | None = None


class Save(Settings):
    """Checkpoints."""

    every: int = Field(100, ge=1)
    keep: int = Field(2, ge=1)
    merged: bool = False
    """At the end also write the whole model with adapters merged."""


class Watch(Settings):
    """A look at held-out records."""

    every: int = Field(50, ge=1)
    patience: int | None = Field(None, ge=1)
    """Stop after so many looks without a better `metric`."""
    metric: str = "loss"
    better: Literal["lower", "higher"] = "lower"
    entropy: bool = False
    """Also measure the entropy of the next-token distribution, in nats per token."""


class Train(Settings):
    """What both loops share."""

    model: str
    """A Hugging Face model directory."""
    adapter: str | None = None
    """An adapter on it, merged before training starts."""
    data: list[Source]
    held_out: HeldOut = HeldOut()
    parts: Parts = Parts()
    lora: Lora = Lora()
    executor: Literal["auto", "plain", "mask", "state"] = "auto"
    attention: str = "sdpa"
    step: Step = Step()
    optimiser: Optimiser = Optimiser()
    length: Length = Length()
    precision: Literal["float32", "bfloat16"] = "float32"
    device: str = "auto"
    seed: int = 0
    save: Save = Save()
    watch: Watch = Watch()
    run: str = "runs/align"
    feature_cache: bool = False
    """Keep the frozen tower's features of every picture in memory for the whole run."""


class AlignRecipe(Train):
    """`veridical align`."""

    method: str = "dpo"
    """A method's name, or "module:value" for your own."""
    method_settings: dict[str, float | int | bool] = {}
    """Changed numbers of the method: {beta: 0.2, terms.1.weight: 0.5}."""
    corruption: dict[str, Any] | None = None
    """Replaces the method's own corruption of pictures: {op: diffusion_noise, t: 500}."""
    reference: Literal["adapter_off", "copy", "cache", "none"] = "adapter_off"


class ImitateRecipe(Train):
    """`veridical imitate`: supervised training on the assistant's turns."""

    run: str = "runs/imitate"


class Generation(Settings):
    """How responses are drawn."""

    max_new_tokens: int = 128
    temperature: float = 0.0
    top_p: float = 1.0
    batch: int = 16


class Pairing(Settings):
    """Scores to pairs."""

    rule: Literal["best_worst", "all_pairs", "adjacent"] = "best_worst"
    gap: float = 0.0
    """A pair needs a larger difference of scores than this."""
    most: int = 1
    """Most pairs per prompt."""
    length_ratio: float | None = None
    """Drop pairs whose chosen and rejected differ in length by more than this factor."""


class CurateRecipe(Settings):
    """`veridical curate`: sample responses, grade them, pair them."""

    model: str
    adapter: str | None = None
    prompts: list[Source]
    count: int = 8
    """Responses per prompt."""
    generation: Generation = Generation(temperature=1.0, top_p=1.0)
    grader: str = "objects"
    """A grader's name."""
    grader_settings: dict[str, Any] = {}
    pairing: Pairing = Pairing()
    seed: int = 0
    run: str = "runs/curate"
    out: str = "pairs.jsonl"


class BenchmarkChoice(Settings):
    """One benchmark with its files."""

    name: str
    data: str
    """The folder (or file) with the benchmark's published files."""
    media_root: str | None = None
    """Folder of the pictures; default: beside the data."""
    convention: str = "official"
    limit: int | None = None
    settings: dict[str, Any] = {}


class EvaluateRecipe(Settings):
    """`veridical evaluate`."""

    model: str
    adapter: str | None = None
    benchmarks: list[BenchmarkChoice]
    generation: Generation = Generation()
    precision: Literal["float32", "bfloat16"] = "float32"
    step: Step = Step()
    executor: Literal["auto", "plain", "mask", "state"] = "auto"
    run: str = "runs/evaluate"


class DemoRecipe(Settings):
    """`veridical demo`: the whole loop in the embedded world."""

    run: str = "runs/demo"
    seed: int = 0
    method: str = "dpo"
    method_settings: dict[str, float | int | bool] = {}
    prompts: int = 240
    count: int = 8
    """Descriptions sampled per prompt."""
    most: int = 1
    """Most pairs per prompt."""
    captions: int = 300
    """Held-out scenes described before and after."""
    scenes: int = 200
    """Scenes with POPE's questions; each gives about five in each of three splits."""
    amber: int = 100
    """Scenes with AMBER's description and questions."""
    steps: int = 60
    records: int = 16
    lr: float = 2e-6
    shuffle: bool = False
    """Shuffle the preference labels: the gain must vanish."""
    blank: bool = False
    """Train on blanked pictures: the gain must vanish."""


class Lesson(Settings):
    """Steps of one kind of lesson."""

    name: Literal["look", "find", "talk"]
    steps: int


class Term(Settings):
    """Lessons under one learning-rate schedule (linear warm-up, cosine to zero), with a fresh optimiser."""

    lr: float
    lessons: list[Lesson]

    @property
    def steps(self) -> int:
        """Steps of all lessons."""
        return sum(lesson.steps for lesson in self.lessons)


class WorldRecipe(Settings):
    """Make the world's checkpoint again."""

    architecture: str = "llava"
    run: str = "runs/world"
    seed: int = 0
    eyes: int = 300
    """Steps in which the tower alone learns what each patch shows."""
    terms: list[Term] = [
        Term(lr=5e-4, lessons=[Lesson(name="look", steps=300), Lesson(name="talk", steps=1200)]),
        Term(lr=5e-4, lessons=[Lesson(name="find", steps=400)]),
        Term(lr=3e-4, lessons=[Lesson(name="talk", steps=200)]),
    ]
    scenes: int = 24
    """Scenes per step."""
    questions: int = 7
    bias: float = 0.9
    """How often a caption names an expected partner that is not there."""
    forget: float = 0.25
    """How often a caption passes over an expected partner that is there."""
    save_every: int = 100


RECIPES: dict[str, type[Settings]] = {
    "align": AlignRecipe, "imitate": ImitateRecipe, "curate": CurateRecipe,
    "evaluate": EvaluateRecipe, "demo": DemoRecipe, "world": WorldRecipe,
}  # fmt: skip

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
    if steps[0] in ("method_settings", "grader_settings") and len(steps) > 1:
        steps = [steps[0], ".".join(steps[1:])]
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
