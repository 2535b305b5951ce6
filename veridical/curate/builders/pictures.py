"""The same answer read against the picture and against a worse one: the picture alone tells chosen from rejected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from veridical.curate.builders.attack import attacked
from veridical.curate.builders.builder import Builder
from veridical.curate.builders.made import TWIN, gold, looking, seen_so, twins, two, worse
from veridical.models.attack import Strength
from veridical.models.shown import media_ids
from veridical.records.picture import open_picture, perceptual_hash
from veridical.records.record import Record, Swap

if TYPE_CHECKING:
    from veridical.curate.builders.desk import Desk


def same_answer(desk: Desk, records: Sequence[Record], spec: dict[str, Any], rule: str) -> list[Record]:
    """The reference answer, or the model's own where there is none, beside a negative of every picture."""
    asked = [record for record in records if not gold(record)]
    said = desk.say("clean", asked) if asked else {}
    found = []
    for record in records:
        answer = gold(record) or next(iter(said.get(record.record_id, [])), "")
        if answer and media_ids(record):
            damaged = worse(record, spec, desk.seed)
            found.append(two(damaged, answer, answer, rule, origins=("gold" if gold(record) else "model",) * 2, swaps=seen_so(damaged), model=desk.model.name if not gold(record) else ""))
    desk.drop("prompts without a picture or an answer", len(records) - len(found))
    return found


def image_dpo(desk: Desk, records: Sequence[Record], *, op: str = "gaussian_blur", radius: float = 6.0, blocks: int = 12) -> list[Record]:
    """See `IMAGE_DPO`."""
    settings = {"gaussian_blur": {"radius": radius}, "pixelate": {"blocks": blocks}}.get(op, {})
    return same_answer(desk, records, {"op": op, **settings}, "image_dpo")


def mdpo_crop(desk: Desk, records: Sequence[Record], *, most: float = 0.2) -> list[Record]:
    """See `MDPO_CROP`."""
    return same_answer(desk, records, {"op": "crop", "area": [0.01, most]}, "mdpo_crop")


def retrieved(desk: Desk, records: Sequence[Record], *, low: float = 0.6, high: float = 0.9, candidates: int = 64) -> list[Record]:
    """See `RETRIEVED`."""
    pictures = {record.record_id: open_picture(record, media_ids(record)[0]) for record in records if media_ids(record)}
    names = list(pictures)
    features = desk.towers.pictures(list(pictures.values())) if desk.towers_directory else None
    bits = {name: perceptual_hash(picture) for name, picture in pictures.items()}
    by_name = {record.record_id: record for record in records}
    found = []
    for place, name in enumerate(names):
        others = [other for other in names[place + 1 : place + 1 + candidates] + names[: max(0, place + 1 + candidates - len(names))] if other != name]
        alike = {other: float(features[place] @ features[names.index(other)]) if features is not None else 1 - (bits[name] ^ bits[other]).bit_count() / 64 for other in others}
        near = [other for other in others if low <= alike[other] <= high]
        if not near or not gold(by_name[name]):
            desk.drop("no picture that is alike and not the same" if not near else "prompts without a reference answer")
            continue
        found.append(beside(by_name[name], by_name[max(near, key=lambda other: alike[other])]))
    return found


def beside(record: Record, other: Record) -> Record:
    """The pair of a record's reference with its own picture, and with another record's."""
    own, borrowed = media_ids(record)[0], other.medium(media_ids(other)[0])
    negative = borrowed.replace(media_id=own + TWIN, role="negative", parent_id=own)
    return two(record.replace(media=(*record.media, negative)), gold(record), gold(record), "retrieved", origins=("gold", "gold"), swaps=(Swap(from_id=own, to_id=own + TWIN),))


def adpo(desk: Desk, records: Sequence[Record], *, epsilon: float = 4.0, steps: int = 10, norm: str = "linf") -> list[Record]:
    """See `ADPO`."""
    shown = [record for record in records if media_ids(record)]
    desk.drop("prompts without a picture", len(records) - len(shown))
    negatives = attacked(desk, shown, Strength(epsilon, steps, norm))
    struck = [record.replace(media=(*record.media, *negatives[record.record_id])) for record in shown]
    good, bad = desk.say("clean", shown), desk.say("attacked", [looking(record, twins(record)) for record in struck])
    return [two(record, good[name][0], bad[name][0], "adpo", swaps=seen_so(record), model=desk.model.name) for record in struck if (name := record.record_id) in good and name in bad]


IMAGE_DPO = Builder("image_dpo", image_dpo, "arXiv:2503.14504 (Image DPO)", "the same answer against a blurred or pixelated picture; strengths are not published: radius 6 pixels, or 12 blocks a side")
MDPO_CROP = Builder("mdpo_crop", mdpo_crop, "arXiv:2406.11839", "the same answer against a crop that keeps at most a fifth of the picture")
RETRIEVED = Builder("retrieved", retrieved, "arXiv:2502.13146", "the same answer against another record's picture that is alike (cosine 0.6 to 0.9 of a CLIP; without one, share of equal bits of a perceptual hash)", (), together=True)
ADPO = Builder("adpo", adpo, "AdPO (survey, section 4)", "the answer to the picture against the answer to one that was attacked so that the tower sees something else; epsilon in 255ths")
