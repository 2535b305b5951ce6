"""VLFeedback: several responses to a prompt, each rated on three aspects by a judge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import TYPE_CHECKING, Any

from veridical.records.formats.format import Format, Place, Row, RowError, first_of, need, take, text_of
from veridical.records.formats.kept import reading_back
from veridical.records.formats.marks import parts_of, without_marks
from veridical.records.formats.pictures import cell, media_of, only_picture
from veridical.records.pairing import edits
from veridical.records.record import Aspect, Pair, Record, Response, Turn, text_parts

if TYPE_CHECKING:
    from datasets import Features

ASPECTS = ("Helpfulness", "Ethical Considerations", "Visual Faithfulness")
TAKEN = ("id", "prompt", "models", "completions", "img_path", "image")


def recognise(row: Row, name: str) -> str | None:
    """By its annotated completions, a list of structs or a struct of lists."""
    items = row.get("completions")
    if not isinstance(items, (list, tuple, Mapping)) or not items:
        return None
    first = items if isinstance(items, Mapping) else items[0]
    return "field completions with annotations" if isinstance(first, Mapping) and {"annotations", "response"} <= set(first) else None


def read(row: Row, place: Place) -> list[Record]:
    """One record: every pair of responses whose mean rating differs; equal means are ties. Ratings that are no numbers are kept as written."""
    name, value = first_of(row, "image", "img_path")
    media = media_of(value, place.root, name)
    items = need(row, "completions", (list, tuple, Mapping))
    rows = transposed(items) if isinstance(items, Mapping) else items
    given = tuple(response(item, number) for number, item in enumerate(rows))
    responses = tuple(one for one in given if one.text.strip())
    if len(responses) < 2:
        raise RowError("completions", f"holds {len(given)} responses, {len(given) - len(responses)} of them empty; two are needed")
    turns = (Turn(role="user", parts=parts_of(text_of(row, "prompt"), media, "prompt")),)
    known = {"pairs": pairs_of(responses), "provenance": place.provenance("VLFeedback"), "extra": take(row, *TAKEN)}
    return [Record(record_id=place.name(row.get("id")), kind="ranking", media=media, prompt=turns, responses=responses, **known)]


def transposed(columns: Mapping[str, Any]) -> list[Any]:
    """A list of structs that was read back as a struct of lists, at any depth. RowError when the lists differ in length."""
    sizes = set(lengths(columns))
    if len(sizes) != 1:
        raise RowError("completions", f"holds lists of different lengths: {sorted(sizes)}")
    return [picked(columns, place) for place in range(sizes.pop())]


def lengths(columns: Any) -> Iterable[int]:
    """Lengths of the outermost lists."""
    if isinstance(columns, Mapping):
        for value in columns.values():
            yield from lengths(value)
    elif isinstance(columns, (list, tuple)):
        yield len(columns)


def picked(columns: Any, place: int) -> Any:
    """One item of every outermost list."""
    return {name: picked(value, place) for name, value in columns.items()} if isinstance(columns, Mapping) else None if columns is None else columns[place]


def response(item: Any, number: int) -> Response:
    """One rated response; its score is the mean of the ratings, only when all are numbers."""
    if not isinstance(item, Mapping) or not isinstance(item.get("response"), (str, type(None))):
        raise RowError("completions", f"expected an object with a response text, found {str(item)[:60]!r}")
    rated, model = item.get("annotations") or {}, item.get("model") or ""
    if not isinstance(rated, Mapping) or not isinstance(model, str):
        raise RowError("completions", f"expected annotations by aspect and a model's name, found {str(rated)[:40]!r} and {str(model)[:40]!r}")
    aspects = tuple(aspect(name, value) for name, value in rated.items() if value)
    scores = [one.score for one in aspects]
    mean = sum(scores) / len(scores) if scores and None not in scores else None
    text = without_marks(item.get("response") or "", "completions.response")
    return Response(response_id=f"r{number}", parts=text_parts(text), model=model, origin="model", score=mean, aspects=aspects)


def aspect(name: str, value: Any) -> Aspect:
    """One rating, from 1 to 5."""
    if not isinstance(value, Mapping):
        raise RowError("completions.annotations", f"expected Rating and Rationale under {name!r}, found {str(value)[:60]!r}")
    raw = str(value.get("Rating", ""))
    try:
        score: float | None = float(raw)
    except ValueError:
        score = None
    return Aspect(name=name, score=score, raw=raw, scale_min=1, scale_max=5, rationale=str(value.get("Rationale") or ""), annotator="gpt-4v")


def pairs_of(responses: tuple[Response, ...]) -> tuple[Pair, ...]:
    """All pairs by mean rating. Equal texts make none."""
    found = []
    for first, second in combinations([one for one in responses if one.score is not None], 2):
        better, worse = (first, second) if first.score >= second.score else (second, first)
        if better.text != worse.text:
            relation, margin = (">" if better.score > worse.score else "="), better.score - worse.score
            found.append(Pair(chosen=better.response_id, rejected=worse.response_id, relation=relation, margin=margin, rule="mean_rating", edits=edits(better.text, worse.text)))
    return tuple(found)


def write(record: Record) -> Iterable[dict[str, Any]]:
    """One row with every response and its ratings. RowError when a response was not rated on all three aspects."""
    picture = only_picture(record)
    if len(record.responses) < 2:
        raise RowError("responses", f"{len(record.responses)} of them; a row of this format compares two or more")
    for one in record.responses:
        if missing := set(ASPECTS) - {aspect.name for aspect in one.aspects}:
            raise RowError(f"responses.{one.response_id}.aspects", f"no rating for {', '.join(sorted(missing))}; a row of this format has three for each response")
    completions = [{"model": one.model, "response": one.text, "annotations": annotations(one)} for one in record.responses]
    image = {"image": cell(picture)} if picture.data is not None else {"img_path": picture.path}
    yield {"id": record.record_id, "prompt": record.prompt_text, "models": [one.model for one in record.responses], "completions": completions, **image}


def annotations(one: Response) -> dict[str, dict[str, str]]:
    """The three ratings as text."""
    rated = {aspect.name: aspect for aspect in one.aspects}
    return {name: {"Rating": rated[name].raw or f"{rated[name].score:g}", "Rationale": rated[name].rationale} for name in ASPECTS}


def features() -> Features:
    """The published columns, with a list of structs."""
    from datasets import Features, Image, List, Value

    rating = {"Rating": Value("string"), "Rationale": Value("string")}
    completion = {"annotations": {name: rating for name in ASPECTS}, "model": Value("string"), "response": Value("string")}
    return Features({
        "id": Value("string"), "prompt": Value("string"), "models": List(Value("string")), "completions": List(completion), "img_path": Value("string"), "image": Image(),
    })  # fmt: skip


FORMAT = Format(
    "vlfeedback", "VLFeedback / Silkie (completions with three rated aspects)", recognise, read, write, reading_back(read, write),
    columns=("prompt", "models", "completions", "img_path"), features=features, rank=7,
)  # fmt: skip
