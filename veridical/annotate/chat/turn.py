"""A turn: what was asked, what both models answered, and what the person said of it, as a record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from veridical.annotate.ask import Ask
from veridical.annotate.export import exported
from veridical.annotate.item import Items
from veridical.annotate.store import Judgement
from veridical.records.record import Media, Part, Provenance, Record, Response, Turn, text_parts

FIRST, SECOND = "a", "b"
"""Response ids of the first and the second model."""
BAD = "both bad"
"""Tag of a record of whose answers neither was good."""


def asked(name: str, text: str, picture: Media | None, before: Record | None = None, said: str = "") -> Record:
    """A turn that nobody has answered: a new question, or one after the turn `before`, of which the response `said` goes on."""
    if before is not None:
        earlier = (*before.prompt, Turn(role="assistant", parts=text_parts(before.response(said).text)))
        return Record(record_id=name, kind="prompt_only", task="chat", media=before.media, prompt=(*earlier, Turn(role="user", parts=text_parts(text))))
    shown = (Part(type="image", media_id=picture.media_id),) if picture else ()
    media = (picture,) if picture else ()
    return Record(record_id=name, kind="prompt_only", task="chat", media=media, prompt=(Turn(role="user", parts=(*shown, Part(text=text))),), provenance=Provenance(dataset="chat"))


def answered(record: Record, texts: Sequence[str], models: Sequence[str]) -> Record:
    """The turn with both models' answers."""
    responses = (Response(response_id=name, parts=text_parts(text), model=model, origin="model") for name, text, model in zip((FIRST, SECOND), texts, models, strict=True))
    return record.replace(responses=tuple(responses))


def judgement(better: str, bad: bool, comment: str, shown: Sequence[str]) -> dict[str, Any]:
    """A vote as a judgement of annotation: `better` is a response id, or "" where neither is."""
    ranks = {name: 1 if better in ("", name) else 2 for name in (FIRST, SECOND)}
    return {"shown": list(shown), "flag": False, "comment": comment, "skip": False, "ranks": ranks, "aspects": {}, "corrections": {}, "spans": {}, "bad": bad}


def voted(turns: Mapping[str, Record], judgements: Sequence[Judgement]) -> list[Record]:
    """Every turn that was voted on, with its pair ("=" for a tie); one whose answers both were bad has a tag that says so."""
    bad = {one.item for one in judgements if one.content["bad"]}
    kept = {name: record.replace(tags=(*record.tags, BAD)) if name in bad else record for name, record in turns.items()}
    return exported(Items(kept, {}, {}, ""), judgements, Ask())


def standing(judgements: Sequence[Judgement], models: Sequence[str]) -> dict[str, Any]:
    """How often each model won, ties, and both bad."""
    bad = sum(one.content["bad"] for one in judgements)
    first, second = (sum(one.content["ranks"][other] == 2 for one in judgements) for other in (SECOND, FIRST))
    return {"votes": len(judgements), "wins": [[models[0], first], [models[1], second]], "ties": len(judgements) - first - second - bad, "both_bad": bad}
