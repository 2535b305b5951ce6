"""Pairs among the model's own responses, told apart by itself, by a model of texts and pictures, or by a verifiable answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import combinations, product
from typing import TYPE_CHECKING

import numpy as np

from veridical.curate.builders.builder import Builder
from veridical.curate.builders.made import asking, gold, sentences, strings, two, without_pictures
from veridical.curate.builders.voice import Manner
from veridical.grade import graders
from veridical.grade.judging.form import choice
from veridical.models.shown import media_ids, stable_seed
from veridical.records.picture import open_picture
from veridical.records.record import Record
from veridical.records.text import word_count

if TYPE_CHECKING:
    from veridical.curate.builders.desk import Desk

VISUAL = (
    "A question about a picture, its reference answer, and two other answers.\n\nQuestion: {question}\nReference: {reference}\n\n1. {first}\n\n2. {second}\n\n"
    "Which of the two is closer to the reference in the objects that it names, in how they stand to each other, and in their attributes? Answer with 1 or 2."
)


def sima(desk: Desk, records: Sequence[Record], *, temperature: float = 1.0, wording: str = VISUAL) -> list[Record]:
    """See `SIMA`."""
    known = [record for record in records if gold(record)]
    desk.drop("prompts without a reference answer", len(records) - len(known))
    warm, greedy = desk.say("warm", known, 1, Manner(temperature)), desk.say("greedy", known)
    texts = {record.record_id: (warm[record.record_id][0], greedy[record.record_id][0]) for record in known if record.record_id in warm and record.record_id in greedy}
    both = [record for record in known if len(set(texts.get(record.record_id, ("",)))) == 2]
    desk.drop("the two responses are equal", len(texts) - len(both))
    given, swapped = (self_judged(desk, both, texts, wording, turn) if desk.asker is None else asked_which(desk, both, texts, turn) for turn in ("given", "swapped"))
    found = []
    for record in both:
        first, second = given.get(record.record_id), swapped.get(record.record_id)
        if first is None or first != second:
            desk.drop("no verdict" if None in (first, second) else "the critic goes by the place")
        else:
            found.append(two(record, texts[record.record_id][first], texts[record.record_id][1 - first], "sima", model=desk.model.name))
    return found


def self_judged(desk: Desk, records: Sequence[Record], texts: Mapping[str, tuple[str, str]], wording: str, turn: str) -> dict[str, int | None]:
    """Which of the two the model itself prefers: 0 or 1, None where it does not say."""
    asked = [critic(record, *(texts[record.record_id] if turn == "given" else texts[record.record_id][::-1]), wording, turn) for record in records]
    said = desk.say(f"critic_{turn}", asked, 1, Manner(longest=16))
    found = {record.record_id: verdict_of(said.get(f"{record.record_id}?{turn}", [""])[0]) for record in records}
    return {name: place if place is None or turn == "given" else 1 - place for name, place in found.items()}


def asked_which(desk: Desk, records: Sequence[Record], texts: Mapping[str, tuple[str, str]], turn: str) -> dict[str, int | None]:
    """The same by the judge, where the recipe names one."""
    shown = {name: own if turn == "given" else own[::-1] for name, own in texts.items()}
    said = desk.judge(records, choice(), shown)
    return {name: None if verdict.better == 0 else (0 if (verdict.better > 0) == (turn == "given") else 1) for name, verdict in said.items()}


def critic(record: Record, first: str, second: str, wording: str, turn: str) -> Record:
    """The question to the critic."""
    return asking(record, wording.format(question=record.prompt_text, reference=gold(record), first=first, second=second), f"?{turn}")


def verdict_of(text: str) -> int | None:
    """0 or 1 for the last 1 or 2 in a text."""
    found = re.findall(r"(?<!\d)[12](?!\d)", text)
    return int(found[-1]) - 1 if found else None


def squba(desk: Desk, records: Sequence[Record], *, temperature: float = 0.7) -> list[Record]:
    """See `SQUBA`."""
    known = [record for record in records if gold(record)]
    desk.drop("prompts without a reference answer", len(records) - len(known))
    said = desk.say("own", known, 1, Manner(temperature))
    return [two(record, gold(record), said[record.record_id][0], "squba", origins=("gold", "model"), model=desk.model.name) for record in known if record.record_id in said]


def clip_dpo(desk: Desk, records: Sequence[Record], *, count: int = 5, gap: float = 0.02, least: float = 0.0, length_ratio: float = 1.5) -> list[Record]:
    """See `CLIP_DPO`."""
    said = desk.say("own", records, count, Manner(1.0))
    found = []
    for record in records:
        texts = list(dict.fromkeys(text for text in said.get(record.record_id, []) if text))
        alike = dict(zip(texts, similarities(desk, record, texts), strict=True)) if len(texts) > 1 and media_ids(record) else {}
        good, bad = (max(alike, key=alike.get), min(alike, key=alike.get)) if alike else ("", "")
        lengths = sorted((max(1, word_count(good)), max(1, word_count(bad))))
        reason = "fewer than two different responses" if not alike else "too small a difference of likeness" if alike[good] - alike[bad] < gap else "not like the picture" if alike[good] < least else "lengths too different" if lengths[1] > length_ratio * lengths[0] else ""
        if reason:
            desk.drop(reason)
        else:
            found.append(two(record, good, bad, "clip_dpo", margin=alike[good] - alike[bad], model=desk.model.name))
    return found


def similarities(desk: Desk, record: Record, texts: Sequence[str]) -> list[float]:
    """The mean cosine of a text's sentences with the first picture: a text model reads about 77 tokens."""
    picture = desk.towers.pictures([open_picture(record, media_ids(record)[0])])[0]
    return [float((desk.towers.texts(sentences(text) or [text]) @ picture).mean()) for text in texts]


def csr(desk: Desk, records: Sequence[Record], *, beams: int = 3, width: int = 4, most: int = 5, weight: float = 0.9, longest: int = 48) -> list[Record]:
    """See `CSR`."""
    paths: dict[str, list[tuple[str, float]]] = {record.record_id: [("", 0.0)] for record in records}
    ended: dict[str, list[tuple[str, float]]] = {record.record_id: [] for record in records}
    for depth in range(most):
        branches = {f"{name}#{place}": (record, text, rank) for record in records for name in [record.record_id] for place, (text, rank) in enumerate(paths[name])}
        asked = [record.replace(record_id=key) for key, (record, _, _) in branches.items()]
        said = desk.say(f"sentence_{depth}", asked, width, Manner(1.0, longest=longest), {key: text for key, (_, text, _) in branches.items()})
        for record in records:
            grown = {(text + " " + first(one)).strip(): rank for key, (own, text, rank) in branches.items() if own.record_id == record.record_id for one in said.get(key, []) if first(one)}
            done = [(text, rank) for key, (own, text, rank) in branches.items() if own.record_id == record.record_id and text and any(not first(one) for one in said.get(key, []))]
            ended[record.record_id] += done
            ranked = ranks(desk, record, grown, weight, depth)
            paths[record.record_id] = sorted(ranked, key=lambda entry: entry[1])[: beams - 1] + sorted(ranked, key=lambda entry: entry[1])[beams - 1 :][-1:]
    found = []
    for record in records:
        known = sorted({*ended[record.record_id], *paths[record.record_id]} - {("", 0.0)}, key=lambda entry: entry[1])
        if len(known) < 2:
            desk.drop("fewer than two different responses")
        else:
            found.append(two(record, known[0][0], known[-1][0], "csr", model=desk.model.name))
    return found


def first(text: str) -> str:
    """The first sentence."""
    return next(iter(sentences(text)), "")


def ranks(desk: Desk, record: Record, grown: dict[str, float], weight: float, depth: int) -> list[tuple[str, float]]:
    """Texts with the mean rank of their sentences so far; a lower rank is better.

        rank of a sentence = (1 - weight) · rank by the model's own likelihood + weight · rank by likeness to the picture
    """
    texts = list(grown)
    if not texts:
        return []
    own = [value / max(1, word_count(text)) for value, text in zip(desk.weigh(f"weights_{depth}", [record], {record.record_id: texts})[record.record_id], texts, strict=True)]
    alike = similarities(desk, record, [sentences(text)[-1] for text in texts])
    places = [(1 - weight) * place_of(own, number) + weight * place_of(alike, number) for number in range(len(texts))]
    return [(text, (grown[text] * depth + place) / (depth + 1)) for text, place in zip(texts, places, strict=True)]


def place_of(values: Sequence[float], number: int) -> float:
    """How many are larger."""
    return float(sum(other > values[number] for other in values))


def correctness(desk: Desk, records: Sequence[Record], *, grader: str = "accuracy", count: int = 8, temperature: float = 0.7, most: int = 15) -> list[Record]:
    """See `CORRECTNESS`."""
    grade = graders()[grader]()
    known = [record for record in records if record.answer is not None]
    desk.drop("prompts without an answer", len(records) - len(known))
    said = desk.say("own", known, count, Manner(temperature))
    found = []
    for record in known:
        graded = {text: grade(record, text) for text in dict.fromkeys(said.get(record.record_id, [])) if text}
        right, wrong = ([text for text, one in graded.items() if one.value is not None and (one.value > 0.9) is side] for side in (True, False))
        desk.drop("responses without an answer that can be read", sum(one.value is None for one in graded.values()))
        if not right or not wrong:
            desk.drop("always right" if right else "never right")
            continue
        both = [(good, bad) for good, bad in product(right, wrong) if not (graded[good].answer and graded[good].answer in (graded[bad].answer or ""))]
        rng = np.random.default_rng(stable_seed(desk.seed, record.record_id))
        for number in sorted(rng.permutation(len(both))[:most].tolist()):
            found.append(two(record.replace(record_id=f"{record.record_id}-{number}"), *both[number], "correctness", model=desk.model.name))
    return found


def dropout_continuation(desk: Desk, records: Sequence[Record], *, share: float = 0.5, temperature: float = 0.7) -> list[Record]:
    """See `DROPOUT_CONTINUATION`."""
    good = {record.record_id: [gold(record)] for record in records if gold(record)}
    good |= desk.say("clean", [record for record in records if record.record_id not in good])
    begun = {name: " ".join(texts[0].split()[: max(1, int(len(texts[0].split()) * share))]) for name, texts in good.items() if len(texts[0].split()) > 1}
    blind = [without_pictures(record) for record in records if record.record_id in begun]
    rest = desk.say("blind", blind, 1, Manner(temperature), begun)
    return [
        two(record, good[name][0], f"{begun[name]} {rest[name][0]}".strip(), "dropout_continuation", origins=("gold" if gold(record) else "model", "model"), model=desk.model.name)
        for record in records if (name := record.record_id) in rest
    ]  # fmt: skip


def divided(desk: Desk, records: Sequence[Record], *, count: int = 10, temperature: float = 0.7, most: int = 2, length_ratio: float = 0.5) -> list[Record]:
    """See `DIVIDED`."""
    said = desk.say("own", records, count, Manner(temperature))
    responses = {f"{record.record_id}#{number}": (record, text) for record in records for number, text in enumerate(dict.fromkeys(said.get(record.record_id, []))) if text}
    asked = [asking(record, record.prompt_text).replace(record_id=key) for key, (record, _) in responses.items()]
    questions = desk.write(asked, lambda one: DIVIDE.format(question=one.prompt_text, answer=responses[one.record_id][1]), strings, pictures=False)
    facts = [asking(responses[key][0], text, f"#{key.rsplit('#', 1)[1]}#{number}") for key, own in questions.items() for number, text in enumerate(own)]
    belief = desk.believe("facts", facts)
    found = []
    for record in records:
        scores = {key: -sum(belief[f"{key}#{number}"][0] <= belief[f"{key}#{number}"][1] for number in range(len(questions[key]))) for key, (own, _) in responses.items() if own is record and questions.get(key)}
        found += best_pairs(desk, record, {responses[key][1]: score for key, score in scores.items()}, most, length_ratio)
    return found


DIVIDE = (
    "An answer to a question about a picture, which you cannot see. Turn every statement of the answer that the picture can confirm or refute into one yes/no question about the picture, "
    "so that yes means that the statement is right; keep negations.\n\nQuestion: {question}\nAnswer: {answer}\n\nWrite a JSON list of the questions and nothing else."
)


def best_pairs(desk: Desk, record: Record, scores: dict[str, int], most: int, length_ratio: float) -> list[Record]:
    """At most so many pairs of different scores, drawn at random; a chosen response that is shorter by more than the ratio is dropped: counting errors rewards brevity."""
    candidates = []
    for one, other in combinations(sorted(scores), 2):
        good, bad = (one, other) if scores[one] > scores[other] else (other, one)
        if scores[good] == scores[bad]:
            desk.drop("equally many refuted facts")
        elif (word_count(bad) - word_count(good)) / max(1, word_count(bad)) > length_ratio:
            desk.drop("chosen much shorter than rejected")
        else:
            candidates.append((good, bad))
    rng = np.random.default_rng(stable_seed(desk.seed, record.record_id))
    picked = [candidates[place] for place in sorted(rng.permutation(len(candidates))[:most].tolist())]
    return [two(record.replace(record_id=f"{record.record_id}-{place}"), good, bad, "divided", margin=float(scores[good] - scores[bad]), model=desk.model.name) for place, (good, bad) in enumerate(picked)]


SIMA = Builder("sima", sima, "arXiv:2405.15973", "the model as its own critic, with the reference and three visual criteria, in both orders (the original asks in one); a judge in its place where the recipe names one")
SQUBA = Builder("squba", squba, "SQuBa (survey, section 4)", "the reference against the model's own weak answer")
CLIP_DPO = Builder("clip_dpo", clip_dpo, "arXiv:2408.10433", "the response most like the picture against the one least like it, sentence by sentence", ("model", "towers"))
CSR = Builder("csr", csr, "arXiv:2405.14622", "beam search by sentences, ranked by own likelihood and by likeness to the picture: best path against worst", ("model", "towers"))
CORRECTNESS = Builder("correctness", correctness, "arXiv:2411.10442 (MMPR)", "right answers against wrong ones, at most 15 pairs a prompt")
DROPOUT_CONTINUATION = Builder("dropout_continuation", dropout_continuation, "arXiv:2411.10442 (MMPR)", "an answer against its first half, gone on with without the picture")
DIVIDED = Builder("divided", divided, "arXiv:2405.17220 (RLAIF-V)", "responses are divided into facts by a judge of texts, each asked about by the model itself; fewer refuted facts are better", ("model", "judge"))
