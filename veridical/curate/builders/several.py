"""Questions about one of several pictures: in a sequence, in a collage, or one in another; symbols in place of answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from veridical.curate.builders.builder import Builder
from veridical.curate.builders.made import gold, two
from veridical.curate.builders.voice import Manner
from veridical.models.shown import media_ids, stable_seed
from veridical.records.picture import open_picture, png
from veridical.records.record import Media, Part, Record, Turn

if TYPE_CHECKING:
    from veridical.curate.builders.desk import Desk

CELL, MARGIN, INNER = 448, 40, 0.7
"""Pixels of a collage's cell and between cells; share of the outer picture that an inner one may fill."""
LAYOUTS = {2: (1, 2), 3: (1, 3), 4: (2, 2), 6: (2, 3), 9: (3, 3)}
"""Rows and columns of a collage."""
MOST_LOOKED = {"sequence": {2: 0.8, 3: 0.7, 4: 0.6, 5: 0.6}, "collage": {2: 0.7, 3: 0.6, 4: 0.5, 6: 0.4, 9: 0.3}, "inside": {2: 0.8, 3: 0.8, 4: 0.8, 5: 0.8}}
"""Shares of the attention on pictures above which the target was looked at, by number of pictures: what is then said is no answer about another one."""
Region = tuple[float, float, float, float]
"""Left, top, right, bottom of a picture, as shares of its size."""
SYMBOLS = ("foo", "bar", "qux", "zot", "wib", "lum")


@dataclass(frozen=True)
class Arranged:
    """Pictures put together, and where the target is."""

    pictures: list[Image.Image]
    opening: str
    """How the question says which is meant."""
    place: int
    """Number of the picture that holds it."""
    region: Region


def sequence(pictures: Sequence[Image.Image], target: int) -> Arranged:
    """The pictures one after the other; the question names one by its number."""
    return Arranged(list(pictures), f"In Image{target + 1}, ", target, (0.0, 0.0, 1.0, 1.0))


def collage(pictures: Sequence[Image.Image], target: int) -> Arranged:
    """All in one picture, in numbered cells."""
    rows, columns = LAYOUTS[len(pictures)]
    sheet = Image.new("RGB", (columns * CELL + (columns + 1) * MARGIN, rows * CELL + (rows + 1) * MARGIN), "white")
    pen = ImageDraw.Draw(sheet)
    for place, picture in enumerate(pictures):
        left, top = (MARGIN + (place % columns) * (CELL + MARGIN), MARGIN + (place // columns) * (CELL + MARGIN))
        sheet.paste(fitted(picture, CELL, CELL), (left, top))
        pen.text((left, top - MARGIN + 8), f"{place + 1}", fill="black", font_size=24)
    left, top = (MARGIN + (target % columns) * (CELL + MARGIN), MARGIN + (target // columns) * (CELL + MARGIN))
    region = (left / sheet.width, top / sheet.height, (left + CELL) / sheet.width, (top + CELL) / sheet.height)
    return Arranged([sheet], f"In the picture with the number {target + 1}, ", 0, region)


def inside(pictures: Sequence[Image.Image], target: int) -> Arranged:
    """The asked one in the middle of the first other."""
    outer = next(picture for place, picture in enumerate(pictures) if place != target).copy()
    inner = fitted(pictures[target], int(outer.width * INNER), int(outer.height * INNER))
    outer.paste(inner, ((outer.width - inner.width) // 2, (outer.height - inner.height) // 2))
    rest = (1 - inner.width / outer.width) / 2, (1 - inner.height / outer.height) / 2
    return Arranged([outer], "In the picture in the middle, ", 0, (rest[0], rest[1], 1 - rest[0], 1 - rest[1]))


def fitted(picture: Image.Image, width: int, height: int) -> Image.Image:
    """The picture scaled to fit, its shape kept."""
    factor = min(width / picture.width, height / picture.height)
    return picture.resize((max(1, round(picture.width * factor)), max(1, round(picture.height * factor))), Image.Resampling.BICUBIC)


Arrange = Callable[[Sequence[Image.Image], int], Arranged]
ARRANGEMENTS: Mapping[str, Arrange] = MappingProxyType({"sequence": sequence, "collage": collage, "inside": inside})


def mia_dpo(desk: Desk, records: Sequence[Record], *, kinds: list[str] | None = None, companions: int = 1, temperature: float = 0.7, attention: bool = True) -> list[Record]:
    """See `MIA_DPO`."""
    known = [record for record in records if gold(record) and len(media_ids(record)) == 1]
    desk.drop("prompts without a reference answer or with several pictures", len(records) - len(known))
    arranged, where = [], {}
    for place, record in enumerate(known):
        rng = np.random.default_rng(stable_seed(desk.seed, record.record_id))
        others = [known[(place + 1 + int(number)) % len(known)] for number in rng.permutation(max(1, len(known) - 1))[:companions]]
        kind = (kinds or list(ARRANGEMENTS))[place % len(kinds or ARRANGEMENTS)]
        made, where[record.record_id] = together(record, others, kind, int(rng.integers(len(others) + 1)))
        arranged.append(made)
    said = desk.say("among_others", arranged, 1, Manner(temperature))
    looked = desk.attend("looks", arranged, {name: texts[0] for name, texts in said.items() if texts[0]}) if attention else {}
    found = []
    for record in arranged:
        wrong = said.get(record.record_id, [""])[0]
        if not wrong or len(wrong) >= 512:
            desk.drop("no answer, or one that is too long to be one")
        elif attention and share_of(looked[record.record_id], where[record.record_id]) > MOST_LOOKED[record.tags[-1]].get(companions + 1, 1.0):
            desk.drop("the model looked at the right picture")
        else:
            found.append(two(record, gold(record), wrong, f"mia_dpo/{record.tags[-1]}", origins=("gold", "model"), model=desk.model.name))
    return found


def share_of(looks: Sequence[Sequence[float]], where: Arranged) -> float:
    """The share of the attention on pictures that the target's region gets; a picture's tokens are a square grid, after a class token where there is one more."""
    own = list(looks[where.place])
    side = int(len(own) ** 0.5)
    if side * side != len(own):
        own, side = own[1:], int((len(own) - 1) ** 0.5)
    if side * side != len(own):
        return sum(own) if where.region == (0.0, 0.0, 1.0, 1.0) else 0.0
    left, top, right, bottom = where.region
    inside_ = [left <= (place % side + 0.5) / side <= right and top <= (place // side + 0.5) / side <= bottom for place in range(side * side)]
    return sum(value for value, kept in zip(own, inside_, strict=True) if kept)


def together(record: Record, others: Sequence[Record], kind: str, target: int) -> tuple[Record, Arranged]:
    """The record's question about its picture among others'."""
    pictures = [open_picture(other, media_ids(other)[0]) for other in others]
    pictures.insert(target, open_picture(record, media_ids(record)[0]))
    made = ARRANGEMENTS[kind](pictures, target)
    media = tuple(medium_of(f"image{number}", picture) for number, picture in enumerate(made.pictures))
    question = record.prompt_text
    turn = Turn(role="user", parts=(*(Part(type="image", media_id=medium.media_id) for medium in media), Part(text=made.opening + question[:1].lower() + question[1:])))
    return record.replace(media=media, prompt=(*record.prompt[:-1], turn), tags=(*record.tags, kind)), made


def medium_of(name: str, picture: Image.Image) -> Media:
    """A picture as bytes."""
    return Media(media_id=name, data=png(picture), width=picture.width, height=picture.height)


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
