"""Rejected answers from a picture made worse, or from a worse question; the chosen one from the picture as it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from veridical.curate.builders.builder import Builder
from veridical.curate.builders.made import asking, gold, looking, seen_so, twins, two, worse
from veridical.curate.builders.voice import Manner
from veridical.models.shown import stable_seed
from veridical.records.record import Record

if TYPE_CHECKING:
    from veridical.curate.builders.desk import Desk

GUIDING = "Describe the picture in detail: first what is there, then where it is and how it looks. Name only what you can see, and leave out what you are not sure of."
TEMPTING = "Describe the picture, and imagine what else could be in it: name things that are likely to be near, even if they cannot be seen."
SHORT = "Describe the picture."


def answers(desk: Desk, records: Sequence[Record], spec: dict[str, object], rejected: Manner, rule: str, reference: bool = False) -> list[Record]:
    """Greedy answers to the pictures as they are (or the reference) against answers to the pictures made worse."""
    damaged = [worse(record, spec, desk.seed) for record in records]
    good = {record.record_id: [gold(record)] for record in records if gold(record)} if reference else desk.say("clean", records)
    bad = desk.say("damaged", [looking(record, twins(record)) for record in damaged], 1, rejected)
    return [
        two(record, good[name][0], bad[name][0], rule, origins=("gold" if reference else "model", "model"), swaps=seen_so(record), model=desk.model.name)
        for record in damaged if (name := record.record_id) in good and name in bad
    ]  # fmt: skip


def seva(desk: Desk, records: Sequence[Record], *, op: str = "diffusion_noise", t: int = 500) -> list[Record]:
    """See `SEVA`."""
    return answers(desk, records, {"op": op, "t": t} if op == "diffusion_noise" else {"op": op}, Manner(), "seva")


def bpo_weakened(desk: Desk, records: Sequence[Record], *, t: int = 900, temperature: float = 0.2) -> list[Record]:
    """See `BPO_WEAKENED`."""
    return answers(desk, records, {"op": "diffusion_noise", "t": t}, Manner(temperature), "bpo_weakened", reference=True)


def vcd(desk: Desk, records: Sequence[Record], *, t: int = 500, weight: float = 0.5, floor: float = 0.1) -> list[Record]:
    """See `VCD`."""
    damaged = [worse(record, {"op": "diffusion_noise", "t": t}, desk.seed) for record in records]
    good = desk.say("contrasted", damaged, 1, Manner(against=weight, floor=floor))
    plain = desk.say("clean", records)
    return [two(record, good[name][0], plain[name][0], "vcd", model=desk.model.name) for record in records if (name := record.record_id) in good and name in plain]


def stic(desk: Desk, records: Sequence[Record], *, share: float = 0.5, guiding: str = GUIDING, tempting: str = TEMPTING, short: str = SHORT) -> list[Record]:
    """See `STIC`."""
    good = desk.say("guided", [asking(record, guiding) for record in records])
    tempted, damaged = [], []
    for record in records:
        rng = np.random.default_rng(stable_seed(desk.seed, record.record_id))
        if rng.random() < share:
            tempted.append(asking(record, tempting))
        else:
            damaged.append(worse(asking(record, short), {"op": "low_resolution", "shorter": 20} if rng.random() < 0.5 else {"op": "color_jitter", "brightness": 0.5, "hue": 0.3}, desk.seed))
    bad = desk.say("tempted", tempted, 1, Manner(0.7)) | desk.say("damaged", [looking(record, twins(record)) for record in damaged], 1, Manner(0.7))
    with_twins = {record.record_id: record for record in damaged}
    return [
        two(record.replace(media=with_twins[name].media) if name in with_twins else record, good[name][0], bad[name][0], "stic", swaps=seen_so(with_twins[name]) if name in with_twins else (), model=desk.model.name)
        for record in records if (name := record.record_id) in good and name in bad
    ]  # fmt: skip


SEVA = Builder("seva", seva, "arXiv:2404.11207", "greedy answers to the picture against greedy answers to the noised picture (t 500; 800 is noisier); equal answers are dropped")
BPO_WEAKENED = Builder("bpo_weakened", bpo_weakened, "arXiv:2403.08730", "the reference against an answer to the noised picture alone (the released script mixes scores the other way round and lowers hallucination)")
VCD = Builder("vcd", vcd, "arXiv:2311.16922", "an answer decoded against the noised picture, which hallucinates less, against the plain greedy one")
STIC = Builder("stic", stic, "arXiv:2405.19716", "a guided description against a tempted one, or one of a picture made small or miscoloured")
