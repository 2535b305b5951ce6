"""Games against a stored baseline: a judge sees both responses, in both orders; or what it said is read from a file of stored judgments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from veridical.evaluate.benchmark import BenchmarkError, rows_of
from veridical.evaluate.fields import first_field, wrong
from veridical.evaluate.judged import Ask, fact
from veridical.evaluate.preference.verdict import LEADS, MIRRORED, Said
from veridical.grade.judging.form import Form
from veridical.grade.judging.reply import Unjudged
from veridical.records.record import Record

Rule = Callable[[str], Said | None]
Leads = list[int | None]
"""Of each game, by how much the model leads: 2 much, 1, 0, -1, -2; None where the game has no verdict."""


def played(ask: Ask, form: Form[Said], record: Record, response: str) -> Leads:
    """Two games: the baseline is A in the first, the model in the second. Errors: Unjudged where the judge cannot be had."""
    baseline = fact(record, "baseline")
    shown = ((baseline, response, -1), (response, baseline, 1))
    return [toward(said(ask, form, question=record.prompt_text, first=first, second=second), sign) for first, second, sign in shown]


def said(ask: Ask, form: Form[Said], **parts: str) -> int | None:
    """By how much A leads; None where the judge gave no verdict, asked twice or not as the form has it."""
    try:
        return ask(form, **parts).lead
    except Unjudged as error:
        if error.reason != "no verdict":
            raise
    return None


def toward(lead: int | None, sign: int) -> int | None:
    """A lead seen from the model's side."""
    return None if lead is None else sign * lead


def stored(path: Path, rule: Rule) -> dict[str, Leads]:
    """Leads by prompt from a file of published judgments: uid (or question_id) and `games`, each with its `judgment` or only its `score`.

    Errors: BenchmarkError naming file, row and field.
    """
    found: dict[str, Leads] = {}
    for number, row in enumerate(rows_of(path), 1):
        name = str(row[first_field(row, ("uid", "question_id"), path, number)])
        if name in found:
            raise BenchmarkError(f"{path}, row {number}, field uid: {name!r} is judged a second time; keep the judgments of one model by one judge")
        games = row.get("games")
        if not isinstance(games, list) or len(games) not in (1, 2):
            raise wrong(path, number, "games", "a list of two games", games)
        found[name] = [toward(read(game, rule, path, number), sign) for game, sign in zip(games, (-1, 1))] + [None] * (2 - len(games))
    return found


def read(game: Any, rule: Rule, path: Path, number: int) -> int | None:
    """By how much A leads in a stored game, by what the judge wrote; by the stored score where its words are not kept. Errors: BenchmarkError."""
    if game is None:
        return None
    if not isinstance(game, Mapping) or not {"judgment", "score"} & game.keys():
        raise wrong(path, number, "games", "games with judgment or score", game)
    text = game.get("judgment")
    text = text.get("answer") if isinstance(text, Mapping) else text
    if isinstance(text, str):
        verdict = rule(text)
        return verdict.lead if verdict else None
    return (LEADS | MIRRORED).get(str(game["score"])) if game.get("score") is not None else None


def needed_games(found: Mapping[str, Leads], records: Sequence[Record], path: Path) -> None:
    """Errors: BenchmarkError where stored judgments are of none of the records."""
    if not any(record.provenance.source_id in found for record in records):
        raise BenchmarkError(f"{path}: judges none of the {len(records)} prompts; expected rows with their uid, such as {records[0].provenance.source_id!r}")
