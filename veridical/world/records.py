"""The world as records: prompts with their truth, supervised conversations, and a pair file that carries everything a method may ask for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import count as numbers
from itertools import islice

import numpy as np

from veridical.records.pairing import edits
from veridical.records.picture import png
from veridical.records.record import Aspect, Claim, Fact, Media, Pair, Part, Provenance, Record, Response, Span, Turn, text_parts
from veridical.world.cause import CAUSES, Cause, Phrases, Slip
from veridical.world.draw import SIZE, draw
from veridical.world.scene import COLOURS, Scene, Thing, scene
from veridical.world.talk import DESCRIBE, caption, phrase, questions, sentence, told

LICENSE = "Apache-2.0"
USUAL = CAUSES["co_occurrence"]
"""The cause of the shipped model's hallucinations."""


def prompts(count: int, first: int = 0, split: str = "train", cause: Cause = USUAL) -> list[Record]:
    """Scenes to describe, with what is there as facts and a true description as the gold response."""
    return [prompt(seed, split, cause) for seed in range(first, first + count)]


def prompt(seed: int, split: str, cause: Cause = USUAL) -> Record:
    """The description of one scene, asked for as a cause of hallucination asks."""
    one, rng = scene(seed, split), np.random.default_rng([seed, 31])
    return asked(one, f"world-{split}-{seed}", split, cause.ask(one), cause.size).replace(responses=(gold(told(one, rng)),))


def gold(phrases: Phrases) -> Response:
    """A description to learn from."""
    return Response(response_id="gold", parts=text_parts(sentence([text for text, _ in phrases])), model="world", origin="gold")


def captions(count: int, cause: Cause, share: float, first: int = 0) -> list[Record]:
    """Supervised records: pictures that can be read, described by a writer who falls for the cause in such a share of the occasions.

    Where the cause is in the question, every other scene is asked about plainly and described as it is, so that nothing but the question makes the difference.
    """
    return [written(seed, cause, share) for seed in range(first, first + count)]


def written(seed: int, cause: Cause, share: float) -> Record:
    """One scene with the writer's description."""
    one, rng = scene(seed), np.random.default_rng([seed, 47])
    plain = seed % 2 == 1 and cause.ask(one) != DESCRIBE
    said = told(one, rng) if plain else cause.tell(one, rng, share)
    return asked(one, f"world-caption-{seed}", "train", DESCRIBE if plain else cause.ask(one)).replace(kind="sft", responses=(gold(said),))


def asked(one: Scene, record_id: str, split: str, question: str = DESCRIBE, size: int = SIZE) -> Record:
    """A question about one scene, without any response; its picture is `size` pixels square."""
    facts = [Fact(kind="object", text=name, media_id="image") for name in one.names]
    facts += [Fact(kind="absent", text=name, media_id="image") for name in one.missing_partners]
    return Record(
        record_id=record_id,
        kind="prompt_only",
        task="caption" if question == DESCRIBE else "question",
        split=split,
        media=(picture("image", one, size),),
        prompt=(Turn(role="user", parts=(Part(type="image", media_id="image"), Part(text=question))),),
        facts=tuple(facts),
        provenance=Provenance(dataset="world", source_id=one.key, license=LICENSE, media_license=LICENSE),
    )


def picture(media_id: str, one: Scene, size: int = SIZE, **known: str) -> Media:
    """A scene's picture as bytes."""
    drawn = draw(one, size)
    return Media(media_id=media_id, data=png(drawn), width=drawn.width, height=drawn.height, **known)


def conversations(count: int, first: int = 0, split: str = "train", asked_each: int = 4, bias: float = 0.0) -> list[Record]:
    """Supervised records: a description, then questions about the same picture with true answers."""
    return [conversation(seed, split, asked_each, bias) for seed in range(first, first + count)]


def conversation(seed: int, split: str, asked_each: int, bias: float) -> Record:
    """The conversation about one scene."""
    one, rng = scene(seed, split), np.random.default_rng([seed, 23])
    record = asked(one, f"world-talk-{split}-{seed}", split)
    turns = [record.prompt[0], Turn(role="assistant", parts=text_parts(caption(one, rng, bias)))]
    for said in questions(one, rng, asked_each):
        turns += [Turn(role="user", parts=text_parts(said.question)), Turn(role="assistant", parts=text_parts(said.answer))]
    return record.replace(kind="sft", prompt=tuple(turns))


def pairs(count: int, first: int = 0, split: str = "train", seed: int = 0, cause: Cause = USUAL) -> list[Record]:
    """The default pair file: for each scene a true description and worse ones, with all that is known about them.

    chosen: every object, and nothing else. rejected: an object that is not there in the place of one that is, so that
    both are about equally long (spans, edits). third: one more error, a wrong colour. gold: the truth in another order.
    Each has score, rank, label, claims with probabilities of yes and no, and an aspect; the pair has a margin and a
    judge's probability; a similar picture shows what rejected says. Another cause brings its own questions, pictures and
    errors; scenes that give it no occasion are passed over.
    """
    made = (described(number, split, seed, cause) for number in numbers(first))
    return list(islice((record for record in made if record is not None), count))


def described(number: int, split: str, seed: int, cause: Cause = USUAL) -> Record | None:
    """The pair record of one scene; None where the cause has no occasion."""
    one, rng = scene(number, split), np.random.default_rng([seed, number, 29])
    slip = cause.slip(one, rng)
    if slip is None:
        return None
    record = asked(one, f"world-pair-{split}-{number}", split, cause.ask(one), cause.size)
    true = told(one, rng)
    worse, missed = with_slip(one, true, slip, rng)
    responses = (
        response("chosen", true, 1, rng, origin="template"),
        response("rejected", worse, 2, rng, origin="injected"),
        response("third", recoloured(one, worse, rng), 3, rng, origin="injected"),
        response("gold", [*reversed(true)], 1, rng, origin="gold"),
    )
    shown = [thing for thing in one.things if thing is not missed]
    similar = replace(one, things=tuple(sorted((*shown, slip.thing), key=lambda thing: thing.place)))
    return record.replace(kind="preference", media=(*record.media, picture("similar", similar, cause.size, role="similar", parent_id="image")), responses=responses, pairs=(prefer(*responses[:2]),))


def with_slip(one: Scene, true: Phrases, slip: Slip, rng: np.random.Generator) -> tuple[list[tuple[str, bool]], Thing | None]:
    """The phrases with one thing (the slip's, or any but the first that is told) replaced by what is not there; and the thing left out.

    In a scene of one thing an invention comes after it, and nothing is left out.
    """
    told_of = {phrase(thing): thing for thing in one.things}
    places = [place for place, (text, _) in enumerate(true) if text in told_of and (told_of[text] is slip.instead if slip.instead else place)]
    if not places:
        return [*true, (phrase(slip.thing), False)], None
    place = int(rng.choice(places))
    return [*true[:place], (phrase(slip.thing), False), *true[place + 1 :]], told_of[true[place][0]]


def recoloured(one: Scene, phrases: Phrases, rng: np.random.Generator) -> list[tuple[str, bool]]:
    """The phrases with one thing in a wrong colour."""
    told_of = [thing for thing in one.things if (phrase(thing), True) in phrases]
    thing = told_of[int(rng.integers(len(told_of)))]
    wrong = phrase(replace(thing, colour=str(rng.choice([colour for colour in COLOURS if colour != thing.colour]))))
    return [(wrong, False) if text == phrase(thing) else (text, true) for text, true in phrases]


def response(response_id: str, phrases: Phrases, rank: int, rng: np.random.Generator, origin: str) -> Response:
    """A description with all that is known about it."""
    text, right = sentence([text for text, _ in phrases]), sum(true for _, true in phrases)
    wrong = tuple(spans(text, (said for said, true in phrases if not true)))
    score = right / len(phrases)
    return Response(
        response_id=response_id,
        parts=text_parts(text),
        model="world",
        origin=origin,
        rank=rank,
        score=score,
        label=int(right == len(phrases)),
        correct=int(right == len(phrases)),
        aspects=(Aspect(name="visual faithfulness", score=1 + 4 * score, raw=f"{1 + 4 * score:.1f}", scale_min=1, scale_max=5, annotator="world"),),
        claims=tuple(claim(said, true, rng) for said, true in phrases),
        spans=wrong,
    )


def claim(said: str, true: bool, rng: np.random.Generator) -> Claim:
    """A phrase as a question, with the probabilities of an imperfect judge (right nine times in ten on average)."""
    sure = float(rng.beta(9, 1))
    yes = sure if true else 1 - sure
    return Claim(text=said, question=f"Is there {said} in the image?", p_yes=yes, p_no=1 - yes, label="true" if true else "false")


def spans(text: str, phrases: Iterable[str]) -> Iterable[Span]:
    """Where the phrases stand in the text."""
    for said in phrases:
        start = text.index(said)
        yield Span(start=start, end=start + len(said), text=said, label="hallucination", annotator="world")


def prefer(chosen: Response, rejected: Response) -> Pair:
    """The pair, with margin and edits."""
    margin = (chosen.score or 0.0) - (rejected.score or 0.0)
    sure = 1 / (1 + np.exp(-8 * margin))
    return Pair(
        chosen=chosen.response_id, rejected=rejected.response_id, margin=margin, probability=float(sure), rule="world", edits=edits(chosen.text, rejected.text),
        chosen_reason="names what is there and nothing else", rejected_reason="names something that is not there",
    )  # fmt: skip
