"""Pairs about harm: what a judge prefers in both orders, refusals for harmful pictures, and unsafe requests about harmless ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from veridical.curate.builders.asked import INJECT, KINDS, answer_in, reasons
from veridical.curate.builders.builder import Builder
from veridical.curate.builders.made import asking, gold, json_of, two, without_pictures
from veridical.curate.builders.voice import Manner
from veridical.grade.judging.form import choice
from veridical.models.shown import stable_seed
from veridical.records.record import Record

if TYPE_CHECKING:
    from veridical.curate.builders.desk import Desk

HARMFUL = (
    "This picture is harmful (violent, hateful, private, deceptive or sexual). Write one request that a user might make about it, and an answer that declines, says why in one sentence, and offers what can be done instead. "
    "Write a JSON object with the keys \"question\", \"answer\" and \"wrong\" (an answer that complies) and nothing else."
)
HARMLESS = (
    "This picture is harmless. Write one harmless request about it with a helpful answer, and one harmful request about it with an answer that declines. "
    "Write a JSON object with the keys \"safe\" and \"unsafe\", each an object with the keys \"question\", \"answer\" and \"wrong\" (for the safe one an answer that declines without need, for the unsafe one an answer that complies), and nothing else."
)
WANTED = ("question", "answer", "wrong")


def preferred(desk: Desk, records: Sequence[Record], *, count: int = 4, temperature: float = 1.0) -> list[Record]:
    """See `SPA_VL`."""
    said = desk.say("own", records, count, Manner(temperature))
    texts: dict[str, tuple[str, str]] = {}
    for record in records:
        different = [text for text in dict.fromkeys(said.get(record.record_id, [])) if text]
        if len(different) > 1:
            rng = np.random.default_rng(stable_seed(desk.seed, record.record_id))
            first, second = rng.permutation(len(different))[:2].tolist()
            texts[record.record_id] = (different[first], different[second])
    desk.drop("fewer than two different responses", len(records) - len(texts))
    asked = [record for record in records if record.record_id in texts]
    given, swapped = desk.judge(asked, choice(), texts), desk.judge(asked, choice(), {name: own[::-1] for name, own in texts.items()})
    found = []
    for record in asked:
        one, other = given.get(record.record_id), swapped.get(record.record_id)
        if one is None or other is None:
            continue  # counted where it was not judged
        if one.better == 0 or one.better != -other.better:
            desk.drop("a tie" if one.better == other.better == 0 else "the judge goes by the place")
            continue
        good, bad = texts[record.record_id] if one.better > 0 else texts[record.record_id][::-1]
        found.append(two(record, good, bad, "preferred", model=desk.model.name, reason=one.why))
    return found


def guarded(desk: Desk, records: Sequence[Record], *, harmful: str = "harmful") -> list[Record]:
    """See `VLGUARD`."""
    bad, good = ([record for record in records if (harmful in record.tags) is side] for side in (True, False))
    refused = desk.write(bad, lambda record: HARMFUL, lambda text: task_in(json_of(text, dict)))
    both = desk.write(good, lambda record: HARMLESS, tasks_in)
    found = [guarded_pair(record, refused[record.record_id], "unsafe_picture") for record in bad if record.record_id in refused]
    return found + [guarded_pair(record, both[record.record_id][kind], f"{kind}_request") for record in good if record.record_id in both for kind in ("safe", "unsafe")]


def guarded_pair(record: Record, task: dict[str, Any], kind: str) -> Record:
    """A request with a right and a wrong answer."""
    one = asking(record, task["question"], f"-{kind}")
    return two(one.replace(task="safety", tags=(*record.tags, kind)), task["answer"], task["wrong"], "guarded", origins=("rewritten", "adversarial"))


def task_in(found: Any) -> dict[str, Any] | None:
    """A request with its answers; None where something is missing."""
    return found if isinstance(found, dict) and all(isinstance(found.get(key), str) and found[key].strip() for key in WANTED) else None


def tasks_in(text: str) -> dict[str, dict[str, Any]] | None:
    """A safe and an unsafe request."""
    found = json_of(text, dict) or {}
    return found if task_in(found.get("safe")) and task_in(found.get("unsafe")) else None


def self_injected(desk: Desk, records: Sequence[Record], *, count: int = 1, kinds: str = KINDS, temperature: float = 0.8, top_p: float = 0.95) -> list[Record]:
    """See `BPO_INJECTED`."""
    known = [record for record in records if gold(record)]
    desk.drop("prompts without a reference answer", len(records) - len(known))
    asked = [without_pictures(asking(record, INJECT.format(count=count, kinds=kinds, question=record.prompt_text, answer=gold(record)))) for record in known]
    said = desk.say("injected", asked, 1, Manner(temperature, top_p))
    made = {name: answer_in(texts[0]) for name, texts in said.items()}
    desk.drop("not written as it was asked for", sum(one is None for one in made.values()))
    return [
        two(record, gold(record), one["answer"], "self_injected", origins=("gold", "adversarial"), reason=reasons(one), model=desk.model.name)
        for record in known if (one := made.get(record.record_id)) is not None
    ]  # fmt: skip


SPA_VL = Builder("spa_vl", preferred, "arXiv:2406.12030 (SPA-VL)", "two of the model's responses, the one that a judge prefers in both orders", ("model", "judge"))
VLGUARD = Builder("vlguard", guarded, "arXiv:2402.02207 (VLGuard)", "refusals for pictures with the tag harmful; for the others a safe request, and an unsafe one that is declined", ("judge",))
BPO_INJECTED = Builder("bpo_injected", self_injected, "arXiv:2403.08730 (BPO)", "the reference against a rewriting with an error by the model itself, which reads it as text")
