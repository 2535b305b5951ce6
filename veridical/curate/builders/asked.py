"""Pairs with the help of a model that is asked over HTTP: it judges, rewrites, invents errors or questions."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from veridical.curate.builders.builder import Builder
from veridical.curate.builders.made import asking, gold, json_of, listed, two
from veridical.curate.builders.voice import Manner
from veridical.grade.judging.form import scores
from veridical.models.shown import stable_seed
from veridical.records.pairing import edits
from veridical.records.record import Aspect, Pair, Record, Response, text_parts

if TYPE_CHECKING:
    from veridical.curate.builders.desk import Desk

INJECT = (
    "Rewrite an answer about a picture so that it contains {count} mistake that a careless observer could make: {kinds}. Change as few words as possible and keep style and length.\n\n"
    "Question: {question}\nAnswer: {answer}\n\nWrite a JSON object with the keys \"answer\" (the rewritten answer) and \"errors\" (a list of what is now wrong), and nothing else."
)
KINDS = "an object named that is likely to stand near but is not there, a wrong relation between things, or a wrong colour, number or size"
CHECK = (
    "What is known of a picture:\n{facts}\n\nA description of it:\n{answer}\n\nFind what the description says and the known facts refute, and correct it; leave everything else as it is. "
    "Write a JSON object with the keys \"errors\" (a list of the wrong statements) and \"answer\" (the corrected description), and nothing else."
)
REWRITE = "Say the following in plain, even sentences. Keep every statement, right or wrong, and add none.\n\n{answer}\n\nWrite a JSON object with the key \"answer\" and nothing else."
INSTRUCT = (
    "What is known of a picture, which you cannot see:\n{facts}\n\nInvent {count} instructions about it with answers of at most 30 words: half of them about what is there, half about things, attributes or actions that are not there, "
    "whose right answer says so. Write a JSON list of objects with the keys \"question\", \"answer\", \"wrong\" (an answer that falls for the instruction, or says something false) and \"positive\" (true or false), and nothing else."
)
PROXY = (
    "What is known of a clip:\n{facts}\n\nQuestion: {question}\nReference answer: {reference}\nAnswer: {answer}\n\nHow good is the answer: relevant, right by what is known, clear, complete? "
    "Write a JSON object with the keys \"why\" (one sentence) and \"score\" (a whole number from 1 to 5), and nothing else."
)
EVENTS = (
    "What happens in a clip, event by event:\n{facts}\n\nA description of it:\n{answer}\n\nWhich events does the description miss, and what does it tell that is not among the events? "
    "Write a JSON object with the keys \"missing\" (a list of numbers of events) and \"invented\" (a list of statements), and nothing else."
)


def known_of(record: Record) -> list[str]:
    """What is told of a record's pictures: its captions, events and objects, else its reference answer."""
    told = [fact.text if fact.kind in ("caption", "event") else f"There is a {fact.text}." for fact in record.facts if fact.kind in ("caption", "event", "object")]
    return told or ([gold(record)] if gold(record) else [])


def answer_in(text: str) -> dict[str, Any] | None:
    """An object with an answer that is a text."""
    found = json_of(text, dict)
    return found if found is not None and isinstance(found.get("answer"), str) and found["answer"].strip() else None


def injected(desk: Desk, records: Sequence[Record], *, count: int = 1, kinds: str = KINDS) -> list[Record]:
    """See `POVID`."""
    known = [record for record in records if gold(record)]
    desk.drop("prompts without a reference answer", len(records) - len(known))
    made = desk.write(known, lambda record: INJECT.format(count=count, kinds=kinds, question=record.prompt_text, answer=gold(record)), answer_in)
    return [two(record, gold(record), made[record.record_id]["answer"], "injected", origins=("gold", "adversarial"), reason=reasons(made[record.record_id])) for record in known if record.record_id in made]


def reasons(found: dict[str, Any]) -> str:
    """The errors that an object lists."""
    return "; ".join(map(str, found.get("errors") or []))


def corrected(desk: Desk, records: Sequence[Record], *, rewrite: bool = True) -> list[Record]:
    """See `HA_DPO`."""
    said = desk.say("own", records)
    told = [record for record in records if known_of(record) and record.record_id in said]
    desk.drop("prompts of whose picture nothing is known", len(records) - len(told))
    checked = desk.write(told, lambda record: CHECK.format(facts=listed(known_of(record)), answer=said[record.record_id][0]), answer_in)
    wrong = [record for record in told if checked.get(record.record_id, {}).get("errors")]
    desk.drop("nothing to correct", len(checked) - len(wrong))
    texts = {side: {record.record_id: checked[record.record_id]["answer"] if side == "chosen" else said[record.record_id][0] for record in wrong} for side in ("chosen", "rejected")}
    if rewrite:
        texts = {side: {name: found["answer"] for name, found in desk.write(wrong, lambda record, own=own: REWRITE.format(answer=own[record.record_id]), answer_in, pictures=False).items()} for side, own in texts.items()}
    return [
        two(record, texts["chosen"][name], texts["rejected"][name], "corrected", origins=("corrected", "rewritten" if rewrite else "model"), reason=reasons(checked[name]))
        for record in wrong if (name := record.record_id) in texts["chosen"] and name in texts["rejected"]
    ]  # fmt: skip


def instructed(desk: Desk, records: Sequence[Record], *, count: int = 4) -> list[Record]:
    """See `LRV`."""
    told = [record for record in records if known_of(record)]
    desk.drop("prompts of whose picture nothing is known", len(records) - len(told))
    made = desk.write(told, lambda record: INSTRUCT.format(facts=listed(known_of(record)), count=count), tasks_in, pictures=False)
    found = []
    for record in told:
        for number, task in enumerate(made.get(record.record_id, [])):
            one = asking(record, task["question"], f"-{number}").replace(facts=record.facts, tags=(*record.tags, "positive" if task["positive"] else "negative"))
            found.append(two(one, task["answer"], task["wrong"], "instructed", origins=("rewritten", "adversarial")))
    return found


def tasks_in(text: str) -> list[dict[str, Any]] | None:
    """Instructions that have all that is wanted; None where not one has."""
    found = [one for one in json_of(text, list) or [] if isinstance(one, dict) and all(isinstance(one.get(key), str) and one[key].strip() for key in ("question", "answer", "wrong")) and isinstance(one.get("positive"), bool)]
    return found or None


def scored(desk: Desk, records: Sequence[Record], *, count: int = 4, temperature: float = 1.0, combine: str = "mean", most: int = 6) -> list[Record]:
    """See `SILKIE`."""
    said = desk.say("own", records, count, Manner(temperature))
    responses = {f"{record.record_id}#{number}": (record, text) for record in records for number, text in enumerate(dict.fromkeys(said.get(record.record_id, []))) if text}
    judged = desk.judge([record.replace(record_id=key) for key, (record, _) in responses.items()], scores(), {key: [text] for key, (_, text) in responses.items()})
    found = []
    for record in records:
        own = {key: judged[key].values for key, (owner, _) in responses.items() if owner is record and key in judged}
        found += ranked(desk, record, {key: responses[key][1] for key in own}, own, {key: COMBINE[combine](list(aspects.values())) for key, aspects in own.items()}, most)
    return found


COMBINE = {"mean": lambda values: sum(values) / len(values), "worst": min}


def ranked(desk: Desk, record: Record, texts: dict[str, str], aspects: dict[str, Any], totals: dict[str, float], most: int) -> list[Record]:
    """A record with all its scored responses, and pairs of those with different totals, the largest differences first."""
    names = {key: f"r{number}" for number, key in enumerate(sorted(texts, key=lambda key: (-totals[key], key)))}
    responses = tuple(
        Response(response_id=names[key], parts=text_parts(texts[key]), origin="model", model=desk.model.name, score=totals[key], aspects=tuple(Aspect(name=name, score=float(value), scale_min=1, scale_max=5, annotator=desk.judge_name) for name, value in aspects[key].items()))
        for key in names
    )
    pairs = [pair_of(one, other) for one, other in combinations(responses, 2) if one.score > other.score]
    if not pairs:
        desk.drop("prompts without a difference of scores")
        return []
    return [record.replace(kind="preference", responses=responses, pairs=tuple(sorted(pairs, key=lambda pair: -pair.margin)[:most]))]


def pair_of(better: Response, worse: Response) -> Pair:
    """A pair of two scored responses."""
    return Pair(chosen=better.response_id, rejected=worse.response_id, margin=better.score - worse.score, rule="scored", edits=edits(better.text, worse.text))


def by_caption(desk: Desk, records: Sequence[Record], *, count: int = 6, temperature: float = 1.0, positive: int = 3, most: int = 1) -> list[Record]:
    """See `LLAVA_HOUND`."""
    told = [record for record in records if known_of(record) and gold(record)]
    desk.drop("prompts without a caption or a reference answer", len(records) - len(told))
    said = desk.say("own", told, count, Manner(temperature))
    responses = {f"{record.record_id}#{number}": (record, text) for record in told for number, text in enumerate(dict.fromkeys(said.get(record.record_id, []))) if text}
    asked = [record.replace(record_id=key) for key, (record, _) in responses.items()]
    judged = desk.write(asked, lambda one: PROXY.format(facts=listed(known_of(one)), question=one.prompt_text, reference=gold(one), answer=responses[one.record_id][1]), score_in, pictures=False)
    found = []
    for record in told:
        own = {key: judged[key] for key, (owner, _) in responses.items() if owner is record and key in judged}
        both = [(good, bad) for good in own for bad in own if own[good] >= positive > own[bad]]
        if not both:
            desk.drop("all answers are good" if own and min(own.values()) >= positive else "no answer is good")
        rng = np.random.default_rng(stable_seed(desk.seed, record.record_id))
        for place in sorted(rng.permutation(len(both))[:most].tolist()):
            good, bad = both[place]
            found.append(two(record.replace(record_id=f"{record.record_id}-{place}"), responses[good][1], responses[bad][1], "by_caption", margin=float(own[good] - own[bad]), model=desk.model.name))
    return found


def score_in(text: str) -> int | None:
    """A whole number from 1 to 5."""
    score = (json_of(text, dict) or {}).get("score")
    return score if isinstance(score, int) and not isinstance(score, bool) and 1 <= score <= 5 else None


def by_events(desk: Desk, records: Sequence[Record], *, count: int = 4, temperature: float = 1.0, gap: float = 0.0) -> list[Record]:
    """See `SALMONN`."""
    told = [record for record in records if known_of(record)]
    said = desk.say("own", told, count, Manner(temperature))
    responses = {f"{record.record_id}#{number}": (record, text) for record in told for number, text in enumerate(dict.fromkeys(said.get(record.record_id, []))) if text}
    asked = [record.replace(record_id=key) for key, (record, _) in responses.items()]
    judged = desk.write(asked, lambda one: EVENTS.format(facts=listed(known_of(one)), answer=responses[one.record_id][1]), events_in, pictures=False)
    found = []
    for record in told:
        events = len(known_of(record))
        errors = {key: len({n for n in judged[key][0] if 1 <= n <= events}) / events + judged[key][1] / events for key, (owner, _) in responses.items() if owner is record and key in judged}
        good, bad = (min(errors, key=errors.get), max(errors, key=errors.get)) if errors else ("", "")
        if not errors or errors[bad] - errors[good] <= gap:
            desk.drop("equally many missing and invented events")
            continue
        found.append(two(record, responses[good][1], responses[bad][1], "by_events", margin=errors[bad] - errors[good], model=desk.model.name))
    return found


def events_in(text: str) -> tuple[list[int], int] | None:
    """Numbers of missing events, and how many were invented."""
    found = json_of(text, dict)
    if found is None or not isinstance(found.get("missing"), list) or not isinstance(found.get("invented"), list):
        return None
    return [one for one in found["missing"] if isinstance(one, int) and not isinstance(one, bool)], len(found["invented"])


def preset(desk: Desk, records: Sequence[Record], *, scores: dict[str, float] | None = None, gap: float = 0.0) -> list[Record]:
    """See `INTERACTIVE_COT`."""
    table = scores or {"success": 1.0, "progress": 0.5, "no_effect": 0.0, "failure": -1.0}
    found = []
    for record in records:
        known = [response for response in record.responses if response.answer in table]
        desk.drop("responses with an event that has no score", len(record.responses) - len(known))
        ordered = sorted(known, key=lambda response: (-table[response.answer], response.response_id))
        if len(ordered) < 2 or table[ordered[0].answer] - table[ordered[-1].answer] <= gap:
            desk.drop("no two responses of different events in one state")
            continue
        best, worst = ordered[0], ordered[-1]
        pair = Pair(chosen=best.response_id, rejected=worst.response_id, margin=table[best.answer] - table[worst.answer], rule="preset", edits=edits(best.text, worst.text))
        found.append(record.replace(kind="preference", pairs=(pair,), responses=tuple(response.replace(score=table[response.answer]) for response in ordered)))
    return found


POVID = Builder("povid", injected, "arXiv:2402.11411 (POVID)", "the reference against a rewriting with an error that a careless observer makes", ("judge",))
HA_DPO = Builder("ha_dpo", corrected, "arXiv:2311.16839 (HA-DPO)", "the model's description against the one corrected by what is known of the picture, both rewritten in one style", ("model", "judge"))
LRV = Builder("lrv", instructed, "arXiv:2306.14565 (LRV-Instruction)", "instructions about what is there and what is not, with an answer that falls for them", ("judge",))
SILKIE = Builder("silkie", scored, "arXiv:2312.10665 (Silkie)", "responses scored by helpfulness, faithfulness and ethics from 1 to 5; all pairs of unequal means (combine=worst: a high score hides no low one)", ("model", "judge"))
LLAVA_HOUND = Builder("llava_hound", by_caption, "arXiv:2404.01258 (LLaVA-Hound)", "a caption stands for the clip; answers with a score of 3 and more against those with less", ("model", "judge"))
SALMONN = Builder("video_salmonn_2", by_events, "arXiv:2506.15220 (video-SALMONN 2)", "descriptions by missing and invented events", ("model", "judge"))
INTERACTIVE_COT = Builder("interactive_cot", preset, "InteractiveCOT (survey, section 4)", "thought and action of one state ordered by a table of scores for their events", ())
