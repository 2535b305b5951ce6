"""How good visual negatives are: how far from the picture, whether the answer changes for a model, and whether it should for a judge."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from veridical.curate.builders.desk import Desk
from veridical.curate.builders.made import asking, looking, twins
from veridical.curate.builders.voice import Voice
from veridical.grade.judging.asker import Asker, Endpoint
from veridical.grade.judging.form import yes_no
from veridical.models.assemble import make_policy
from veridical.models.pictures import encode, leaves
from veridical.models.shown import media_ids
from veridical.records.inspect.structure import ssim
from veridical.records.load import Source, load, summary_of
from veridical.records.picture import open_picture
from veridical.records.record import Record
from veridical.records.result import write_json

RIGHT = "Question: {question}\nAnswer: {answer}\nIs every statement of the answer right for this picture?"
DEAD = 0.01
"""Nats a token: a negative that lowers the chosen answer by less changes nothing for the model."""


@dataclass(frozen=True)
class Measured:
    """One record's negative against its picture; None: not measured."""

    record_id: str
    ssim: float
    distance: float | None = None
    """1 - cosine of all that the tower says of both."""
    drop: float | None = None
    """How many nats a token the chosen answer loses when the model sees the negative."""
    should: bool | None = None
    """Whether the answer is right for the picture and no longer for the negative, by the judge."""


def measure(data: Source, folder: Path, model: str = "", judge: Endpoint | None = None, limit: int | None = None, say: Callable[[str], None] = print) -> dict[str, Any]:
    """Measure the negatives of a data file; numbers, and every record's, in `negatives.json` of the folder. Running it again continues.

    A record counts whose chosen response stands beside a negative of a picture of its prompt. Errors: LoadError, ModelError, JudgeStopped.
    """
    loaded = load(data)
    records = [record for record in loaded.records if record.pairs and set(media_ids(record)) & set(twins(record))][:limit]
    desk = Desk(folder, 0, Voice(model, lambda: make_policy(model)) if model else None, Asker.of(judge) if judge else None)
    drops, should = drop_of(desk, records) if model else {}, changes(desk, records) if judge else {}
    found = [Measured(record.record_id, alike(record), apart(desk, record) if model else None, drops.get(record.record_id), should.get(record.record_id)) for record in records]
    numbers = summary(found) | {"records": len(loaded.records), "with_negatives": len(records)}
    write_json(folder / "negatives.json", {"version": 1, **numbers, "each": [vars(one) for one in found]})
    for line in [*lines(numbers), *summary_of(loaded.left_out)]:
        say(line)
    return numbers


def answer_of(record: Record) -> str:
    """The chosen response."""
    return record.response(record.pairs[0].chosen).text


def drop_of(desk: Desk, records: Sequence[Record]) -> dict[str, float]:
    """How many nats a token the chosen answers lose with the negatives."""
    texts = {record.record_id: [answer_of(record)] for record in records}
    plain, worse = desk.weigh("with_picture", records, texts), desk.weigh("with_negative", [looking(record, twins(record)) for record in records], texts)
    sizes = {record.record_id: len(desk.model.ready.encoder.tokens(answer_of(record))) + 1 for record in records}
    return {name: (plain[name][0] - worse[name][0]) / sizes[name] for name in plain}


def changes(desk: Desk, records: Sequence[Record]) -> dict[str, bool]:
    """Whether the answer should change: right for the picture, not right for the negative."""
    asked = [asking(record, RIGHT.format(question=record.prompt_text, answer=answer_of(record))) for record in records]
    first = desk.judge(asked, yes_no(), {record.record_id: [] for record in asked})
    second = desk.judge([looking(record, twins(record)) for record in asked], yes_no(), {record.record_id: [] for record in asked})
    return {name: first[name].yes and not second[name].yes for name in first if name in second}


def alike(record: Record) -> float:
    """The mean structural similarity of the record's pictures with their negatives."""
    return statistics.fmean(ssim(open_picture(record, own), open_picture(record, other)) for own, other in twins(record).items())


@torch.no_grad()
def apart(desk: Desk, record: Record) -> float:
    """The mean distance of the tower's features of pictures and negatives."""
    ready, found = desk.model.ready, []
    for own, other in twins(record).items():
        features = [torch.cat([leaf.reshape(-1) for leaf in leaves(encode(ready.policy.backbone, ready.encoder.pictures([open_picture(record, name)], [f"{record.record_id}/{name}"])[0]))]).float() for name in (own, other)]
        if features[0].shape == features[1].shape:
            found.append(1 - float(torch.nn.functional.cosine_similarity(*features, dim=0)))
    return statistics.fmean(found) if found else float("nan")


def summary(found: Sequence[Measured]) -> dict[str, float]:
    """Means over records, shares in per cent."""
    numbers: dict[str, float] = {}
    for name in ("ssim", "distance", "drop"):
        values = [value for one in found if (value := getattr(one, name)) is not None and value == value]
        numbers |= {name: statistics.fmean(values)} if values else {}
    drops = [one.drop for one in found if one.drop is not None]
    should = [one for one in found if one.should is not None]
    numbers |= {"dead": share([drop < DEAD for drop in drops])} if drops else {}
    numbers |= {"should_change": share([one.should for one in should])} if should else {}
    both = [one for one in should if one.drop is not None]
    numbers |= {"should_and_does": share([one.should and one.drop >= DEAD for one in both]), "should_not_and_does": share([not one.should and one.drop >= DEAD for one in both])} if both else {}
    return numbers


def share(flags: Sequence[bool]) -> float:
    """In per cent."""
    return 100 * sum(flags) / len(flags)


SAID: Mapping[str, str] = {
    "ssim": "structural similarity with the picture (1: equal)", "distance": "distance of the tower's features (0: equal)", "drop": "nats a token that the chosen answer loses for the model",
    "dead": "% of negatives that change nothing for the model", "should_change": "% of answers that are right for the picture and not for the negative, by the judge",
    "should_and_does": "% that should change and do", "should_not_and_does": "% that change for the model and should not",
}  # fmt: skip


def lines(numbers: Mapping[str, float]) -> list[str]:
    """For the terminal."""
    return [f"{numbers['with_negatives']} of {numbers['records']} records have a negative", *(f"{numbers[name]:8.3f}  {words}" for name, words in SAID.items() if name in numbers)]
