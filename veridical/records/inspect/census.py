"""The census of a data set: everything that `veridical inspect` says, as numbers that a program can read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from veridical.records.corrupt import CorruptionError, performable
from veridical.records.formats.m_haldetect import SEEN_IN_TESTS
from veridical.records.inspect.advice import Finding, findings
from veridical.records.inspect.agreement import Agreement, agreements
from veridical.records.inspect.coverage import coverage
from veridical.records.inspect.distance import Negatives, negatives
from veridical.records.inspect.look import Look, Pictures, key_of, looks, pictures
from veridical.records.inspect.near import near_prompts
from veridical.records.inspect.pairs import Pairs, pairs
from veridical.records.inspect.repeats import Repeats, alike_pictures, contradictions, leaks, same_pictures, same_prompts, same_records
from veridical.records.inspect.spread import Spread, counted, spread
from veridical.records.inspect.style import Style, style
from veridical.records.load import Loaded
from veridical.records.record import Frozen, Media, Record
from veridical.records.rows import LeftOut
from veridical.records.text import word_count

VERSION = 1
TEST_FOLDER = re.compile(r"COCO_val2014_|\bval2014/")
"""How files of COCO's validation pictures of 2014 are named: POPE and CHAIR ask about them."""


class Trouble(Frozen):
    """Rows or media that cannot be used, all for one reason."""

    file: str
    field: str
    reason: str
    count: int
    rows: tuple[int, ...]
    """The first rows."""
    names: tuple[str, ...] = ()
    """The first media, where the trouble is theirs."""


class Census(Frozen):
    """What a data set holds. `Census.model_dump_json()` is the whole of it for a program."""

    version: int = VERSION
    name: str
    format: str
    why: str
    """How the format was recognised."""
    records: int
    usable: int
    """Records all of whose media can be shown."""
    counts: dict[str, dict[str, int]]
    """Records by kind, split, task, data set and licence; responses by origin and model."""
    turns: Spread | None
    prompt_words: Spread | None
    response_words: Spread | None
    pairs: Pairs
    pictures: Pictures
    coverage: dict[str, int]
    """Records by what they ask; what nothing asks has 0."""
    style: Style
    """What tells chosen from rejected without the picture."""
    agreement: tuple[Agreement, ...]
    """Of annotators and judges who rated the same responses."""
    negatives: Negatives
    """How far negatives are from their pictures."""
    repeats: dict[str, Repeats]
    """"prompts", "near" (prompts that are nearly the same), "records", "pictures" (the same pixels), "alike" (nearly the same)."""
    contradictions: tuple[tuple[str, str], ...]
    """Records that put the same two responses to one question in opposite orders."""
    leaks: dict[str, int]
    """Questions that stand in two splits."""
    left_out: tuple[Trouble, ...]
    """Rows that did not become records."""
    unreadable: tuple[Trouble, ...]
    """Media that cannot be shown."""
    cost: dict[str, Spread]
    """Tokens of a record for a model, by what they are spent on."""
    findings: tuple[Finding, ...] = ()
    """What there is reason to look at, and what to do."""


def census(loaded: Loaded, cost: Mapping[str, Sequence[int]] | None = None, name: str = "", most_pictures: int | None = None, progress: bool = True) -> Census:
    """The census of what `load` gave.

    Every picture is opened once, as training opens it; `most_pictures` looks at about so many, evenly spaced. `cost` gives,
    for each thing that tokens are spent on (prompt, pictures, response, total), the tokens of every record, as a caller
    that has a model counts them.
    """
    records = loaded.records
    seen = looks(records, most_pictures, progress)
    broken = [(record.record_id, item) for record in records for item in unshowable(record, seen)]
    found = Census(
        name=name,
        format=loaded.format,
        why=loaded.why,
        records=len(records),
        usable=len(records) - len({record_id for record_id, _ in broken}),
        counts=counts(records),
        turns=spread([len(record.prompt) for record in records]),
        prompt_words=spread([sum(word_count(turn.text) for turn in record.prompt) for record in records]),
        response_words=spread([word_count(response.text) for record in records for response in record.responses]),
        pairs=pairs(records),
        pictures=pictures(records, seen),
        coverage=coverage(records),
        style=style(records),
        agreement=agreements(records),
        negatives=negatives(records),
        repeats=all_repeats(records, seen),
        contradictions=tuple(contradictions(records, seen)),
        leaks=leaks(records, seen),
        left_out=troubles((item, "") for item in loaded.left_out),
        unreadable=troubles(item for _, item in broken),
        cost={key: tokens for key, values in (cost or {}).items() if (tokens := spread(values)) is not None},
    )
    return found.replace(findings=findings(found))


def all_repeats(records: Sequence[Record], seen: Mapping[str, Look]) -> dict[str, Repeats]:
    """Everything that may occur again."""
    return {
        "prompts": same_prompts(records), "near": near_prompts(records), "records": same_records(records, seen), "pictures": same_pictures(seen), "alike": alike_pictures(seen),
    }  # fmt: skip


def counts(records: Sequence[Record]) -> dict[str, dict[str, int]]:
    """How many there are of each kind."""
    responses = [response for record in records for response in record.responses]
    return {
        "kind": counted(record.kind for record in records),
        "split": counted(record.split for record in records),
        "task": counted(record.task for record in records),
        "data set": counted(record.provenance.dataset for record in records),
        "licence": counted(record.provenance.license for record in records),
        "origin of responses": counted((response.origin for response in responses), "unknown"),
        "model of responses": counted((response.model for response in responses), "unknown"),
        "pictures of benchmarks": counted(map(benchmark_pictures, records)),
    }


def benchmark_pictures(record: Record) -> str:
    """The benchmark pictures that a record shows, by its tag or its files' names; "" where nothing says so."""
    held = SEEN_IN_TESTS in record.tags or any(TEST_FOLDER.search(medium.path) for medium in record.media)
    return SEEN_IN_TESTS if held else ""


def unshowable(record: Record, seen: Mapping[str, Look]) -> Iterable[tuple[LeftOut, str]]:
    """Media of a record that cannot be shown, with the reason and the medium's name."""
    for medium in record.media:
        if reason := unshown(medium, seen):
            yield LeftOut(record.provenance.file, record.provenance.index, "media", reason), medium.path or f"{record.record_id}.{medium.media_id}"


def unshown(medium: Media, seen: Mapping[str, Look]) -> str:
    """Why a medium cannot be shown, or ""."""
    if medium.kind != "image":
        return f"is of kind {medium.kind}; only pictures are read"
    if medium.recipe is None:
        return seen[key_of(medium)].error if key_of(medium) in seen else ""
    try:
        performable(medium.recipe, bool(medium.other_id))
    except CorruptionError as error:
        return str(error)
    return ""


def troubles(items: Iterable[tuple[LeftOut, str]]) -> tuple[Trouble, ...]:
    """Rows, or media by name, grouped by reason, the most frequent first."""
    groups: dict[tuple[str, str, str], list[tuple[int, str]]] = {}
    for item, name in items:
        groups.setdefault((item.file, item.field, item.reason), []).append((item.row, name))
    found = [
        Trouble(file=file, field=field, reason=reason, count=len(where), rows=tuple(row for row, _ in where[:5]), names=tuple(dict.fromkeys(name for _, name in where if name))[:3])
        for (file, field, reason), where in groups.items()
    ]
    return tuple(sorted(found, key=lambda one: -one.count))
