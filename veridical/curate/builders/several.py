"""Questions about one of several pictures: in a sequence, in a collage, or one in another; symbols in place of answers."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from veridical.curate.builders.builder import Builder
from veridical.curate.builders.made import gold, two
from veridical.curate.builders.voice import Manner
from veridical.models.shown import media_ids, stable_seed
from veridical.records.picture import open_picture
from veridical.records.record import Media, Part, Record, Turn

if TYPE_CHECKING:
    from veridical.curate.builders.desk import Desk

CELL, MARGIN, INNER = 448, 40, 0.7
"""Pixels of a collage's cell and between cells; share of the outer picture that an inner one may fill."""
LAYOUTS = {2: (1, 2), 3: (1, 3), 4: (2, 2), 6: (2, 3), 9: (3, 3)}
"""Rows and columns of a collage."""
SYMBOLS = ("foo", "bar", "qux", "zot", "wib", "lum")


def sequence(pictures: Sequence[Image.Image], target: int) -> tuple[list[Image.Image], str]:
    """The pictures one after the other; the question names one by its number."""
    return list(pictures), f"In Image{target + 1}, "


def collage(pictures: Sequence[Image.Image], target: int) -> tuple[list[Image.Image], str]:
    """All in one picture, in numbered cells."""
    rows, columns = LAYOUTS[len(pictures)]
    sheet = Image.new("RGB", (columns * CELL + (columns + 1) * MARGIN, rows * CELL + (rows + 1) * MARGIN), "white")
    pen = ImageDraw.Draw(sheet)
    for place, picture in enumerate(pictures):
        left, top = (MARGIN + (place % columns) * (CELL + MARGIN), MARGIN + (place // columns) * (CELL + MARGIN))
        sheet.paste(fitted(picture, CELL, CELL), (left, top))
        pen.text((left, top - MARGIN + 8), f"{place + 1}", fill="black", font_size=24)
    return [sheet], f"In the picture with the number {target + 1}, "


def inside(pictures: Sequence[Image.Image], target: int) -> tuple[list[Image.Image], str]:
    """The asked one in the middle of the first other."""
    outer = next(picture for place, picture in enumerate(pictures) if place != target).copy()
    inner = fitted(pictures[target], int(outer.width * INNER), int(outer.height * INNER))
    outer.paste(inner, ((outer.width - inner.width) // 2, (outer.height - inner.height) // 2))
    return [outer], "In the picture in the middle, "


def fitted(picture: Image.Image, width: int, height: int) -> Image.Image:
    """The picture scaled to fit, its shape kept."""
    factor = min(width / picture.width, height / picture.height)
    return picture.resize((max(1, round(picture.width * factor)), max(1, round(picture.height * factor))), Image.Resampling.BICUBIC)


Arrange = Callable[[Sequence[Image.Image], int], tuple[list[Image.Image], str]]
ARRANGEMENTS: Mapping[str, Arrange] = MappingProxyType({"sequence": sequence, "collage": collage, "inside": inside})


def mia_dpo(desk: Desk, records: Sequence[Record], *, kinds: list[str] | None = None, companions: int = 1, temperature: float = 0.7) -> list[Record]:
    """See `MIA_DPO`."""
    known = [record for record in records if gold(record) and len(media_ids(record)) == 1]
    desk.drop("prompts without a reference answer or with several pictures", len(records) - len(known))
    arranged = []
    for place, record in enumerate(known):
        rng = np.random.default_rng(stable_seed(desk.seed, record.record_id))
        others = [known[(place + 1 + int(number)) % len(known)] for number in rng.permutation(max(1, len(known) - 1))[:companions]]
        kind = (kinds or list(ARRANGEMENTS))[place % len(kinds or ARRANGEMENTS)]
        arranged.append(together(record, others, kind, int(rng.integers(len(others) + 1))))
    said = desk.say("among_others", arranged, 1, Manner(temperature))
    found = []
    for record in arranged:
        wrong = said.get(record.record_id, [""])[0]
        if not wrong or len(wrong) >= 512:
            desk.drop("no answer, or one that is too long to be one")
            continue
        found.append(two(record, gold(record), wrong, f"mia_dpo/{record.tags[-1]}", origins=("gold", "model"), model=desk.model.name))
    return found


def together(record: Record, others: Sequence[Record], kind: str, target: int) -> Record:
    """The record's question about its picture among others'."""
    pictures = [open_picture(other, media_ids(other)[0]) for other in others]
    pictures.insert(target, open_picture(record, media_ids(record)[0]))
    shown, opening = ARRANGEMENTS[kind](pictures, target)
    media = tuple(medium_of(f"image{number}", picture) for number, picture in enumerate(shown))
    question = record.prompt_text
    words = opening + question[:1].lower() + question[1:]
    turn = Turn(role="user", parts=(*(Part(type="image", media_id=medium.media_id) for medium in media), Part(text=words)))
    return record.replace(media=media, prompt=(*record.prompt[:-1], turn), tags=(*record.tags, kind))


def medium_of(name: str, picture: Image.Image) -> Media:
    """A picture as bytes."""
    out = io.BytesIO()
    picture.save(out, "PNG")
    return Media(media_id=name, data=out.getvalue(), width=picture.width, height=picture.height)


def symdpo(desk: Desk, records: Sequence[Record], *, shots: int = 2) -> list[Record]:
    """See `SYMDPO`."""
    known = [record for record in records if record.answer is not None and len(media_ids(record)) == 1]
    desk.drop("prompts without an answer or with several pictures", len(records) - len(known))
    groups: dict[str, list[Record]] = {}
    for record in known:
        groups.setdefault(record.prompt_text, []).append(record)
    found = []
    for record in known:
        made = demonstrated(record, groups[record.prompt_text], shots, stable_seed(desk.seed, record.record_id))
        if made is None:
            desk.drop("no demonstration with the same answer and others with different ones")
        else:
            found.append(made)
    return found


def demonstrated(record: Record, same: Sequence[Record], shots: int, seed: int) -> Record | None:
    """The question after demonstrations whose answers are symbols: exactly one of them has the query's answer, and nothing but the pictures tells which."""
    rng = np.random.default_rng(seed)
    order = [same[int(place)] for place in rng.permutation(len(same)) if same[int(place)] is not record]
    match = next((other for other in order if other.answer.value == record.answer.value), None)
    different = {other.answer.value: other for other in order if other.answer.value != record.answer.value}
    if match is None or len(different) < shots - 1:
        return None
    shown = [match, *list(different.values())[: shots - 1]]
    shown = [shown[int(place)] for place in rng.permutation(len(shown))]
    taken = {other.answer.value.lower() for other in same}
    free = [symbol for symbol in SYMBOLS if symbol not in taken]
    symbols = [free[int(place)] for place in rng.permutation(len(free))[: len(shown)]]
    media, turns = [], []
    for number, (other, symbol) in enumerate(zip(shown, symbols, strict=True)):
        medium = other.medium(media_ids(other)[0]).replace(media_id=f"shot{number}")
        media.append(medium)
        turns += [Turn(role="user", parts=(Part(type="image", media_id=medium.media_id), Part(text=other.prompt_text))), Turn(role="assistant", parts=(Part(text=symbol),), loss=False)]
    own = record.medium(media_ids(record)[0])
    turns.append(Turn(role="user", parts=(Part(type="image", media_id=own.media_id), Part(text=record.prompt_text))))
    right = symbols[shown.index(match)]
    wrong = next(symbol for symbol in symbols if symbol != right) if len(symbols) > 1 else record.answer.value
    return two(record.replace(media=(*media, own), prompt=tuple(turns), answer=record.answer.replace(type="exact", value=right)), right, wrong, "symdpo", origins=("template", "template"))


MIA_DPO = Builder("mia_dpo", mia_dpo, "arXiv:2410.17637 (MIA-DPO)", "a question about one picture among others (in a sequence, in a collage, one in another): the reference against what is then said", together=True)
SYMDPO = Builder("symdpo", symdpo, "arXiv:2411.11909 (SymDPO)", "demonstrations whose answers are symbols: the symbol of the picture that matches against another one", (), together=True)
