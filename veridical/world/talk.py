"""What is said of a scene: captions (truthful, or with expected things that are not there) and questions with true answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from veridical.world.scene import COLOURS, NAMES, PARTNERS, PLACES, SIZES, Scene, Thing

DESCRIBE = "Describe this image."
@dataclass(frozen=True)
class Said:
    """A question and its answer. `truth` is what is read out of the answer; `kind` names the skill."""

    kind: str
    question: str
    answer: str
    truth: str


def article(word: str) -> str:
    """With "a" or "an" before it."""
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"


def phrase(thing: Thing) -> str:
    """Such as "a small red tree at the top left"."""
    return f"a {thing.size} {thing.colour} {thing.name} at the {PLACES[thing.place]}"


def caption(scene: Scene, draw: np.random.Generator, bias: float = 0.0, forget: float = 0.0) -> str:
    """One sentence that names the objects in reading order.

    With probability `bias` each missing partner is named too, right after the object that suggests it and in its size and
    colour: the error of a writer who describes what is usual instead of what is there. With probability `forget` a partner that is there is not
    named, so that naming partners less often is no way to be truthful: one has to look.
    """
    return sentence([text for text, _ in told(scene, draw, bias, forget)])


def told(scene: Scene, draw: np.random.Generator, bias: float = 0.0, forget: float = 0.0) -> list[tuple[str, bool]]:
    """The phrases of a caption, and whether each is true."""
    phrases: list[tuple[str, bool]] = []
    forgotten = {name for name in scene.names if name in scene.present_partners and draw.random() < forget}
    seen: set[str] = set()
    for thing in scene.things:
        if thing.name in forgotten:
            continue
        phrases.append((phrase(thing), True))
        partner = PARTNERS.get(thing.name, "")
        if partner in scene.missing_partners and partner not in seen and draw.random() < bias:
            phrases.append((phrase(replace(thing, name=partner, place=empty_place(scene, draw))), False))
        seen.add(partner)
    if scene.digit:
        phrases.append((f"the number {scene.digit} at the {PLACES[scene.digit_place]}", True))
    return phrases


def sentence(phrases: Sequence[str]) -> str:
    """The phrases as one sentence."""
    joined = phrases[0] if len(phrases) == 1 else ", ".join(phrases[:-1]) + " and " + phrases[-1]
    return f"There is {joined}."


def invent(scene: Scene, name: str, draw: np.random.Generator) -> Thing:
    """An object that is not there, in an empty place."""
    return Thing(name, str(draw.choice(COLOURS)), str(draw.choice(SIZES)), empty_place(scene, draw))


def empty_place(scene: Scene, draw: np.random.Generator) -> int:
    """A place where nothing is."""
    taken = {thing.place for thing in scene.things} | {scene.digit_place}
    return int(draw.choice([place for place in range(9) if place not in taken]))


def yes_no(kind: str, question: str, true: bool) -> Said:
    """A question that is answered with one word."""
    word = "Yes" if true else "No"
    return Said(kind, question, word, word.lower())


def existence(scene: Scene, draw: np.random.Generator) -> Said:
    """Half about something that is there; of the others half about a missing partner."""
    if draw.random() < 0.5:
        return exists(str(draw.choice(scene.names)), True)
    pool = scene.missing_partners if scene.missing_partners and draw.random() < 0.6 else scene.absent
    return exists(str(draw.choice(pool)), False)


def exists(name: str, true: bool) -> Said:
    """The question of POPE."""
    return yes_no("existence", f"Is there {article(name)} in the image?", true)


def colour(scene: Scene, draw: np.random.Generator) -> Said | None:
    """What colour a unique object has."""
    thing = unique(scene, draw)
    return thing and Said("colour", f"What colour is the {thing.name}?", thing.colour, thing.colour)


def size(scene: Scene, draw: np.random.Generator) -> Said | None:
    """Whether a unique object is small or large."""
    thing = unique(scene, draw)
    return thing and Said("size", f"Is the {thing.name} small or large?", thing.size, thing.size)


def place(scene: Scene, draw: np.random.Generator) -> Said | None:
    """Where a unique object is."""
    thing = unique(scene, draw)
    return thing and Said("place", f"Where is the {thing.name}?", PLACES[thing.place], PLACES[thing.place])


def cell(scene: Scene, draw: np.random.Generator) -> Said:
    """What is at a place: as often something as nothing."""
    taken = [thing.place for thing in scene.things]
    free = [place for place in range(9) if place not in taken and place != scene.digit_place]
    place = int(draw.choice(taken if draw.random() < 0.8 or not free else free))
    found = next((thing for thing in scene.things if thing.place == place), None)
    answer = f"a {found.size} {found.colour} {found.name}" if found else "nothing"
    return Said("cell", f"What is at the {PLACES[place]}?", answer, answer)


def count(scene: Scene, draw: np.random.Generator) -> Said:
    """How many objects of one name there are."""
    return how_many(scene, str(draw.choice(scene.names)) if draw.random() < 0.8 else str(draw.choice(scene.absent)))


def how_many(scene: Scene, name: str) -> Said:
    """How many objects have that name."""
    return Said("count", f"How many {plural(name)} are there?", str(scene.count(name)), str(scene.count(name)))


def plural(name: str) -> str:
    """More than one."""
    return {"fish": "fish"}.get(name, name + "s")


def digit(scene: Scene, draw: np.random.Generator) -> Said:
    """Which digit is written."""
    return Said("digit", "Which number is written in the image?", scene.digit or "none", scene.digit or "none")


def relation(scene: Scene, draw: np.random.Generator) -> Said | None:
    """Whether one object is left of, or above, another."""
    singles = [thing for name in scene.names if (thing := scene.only(name))]
    if len(singles) < 2:
        return None
    first, second = (singles[place] for place in draw.permutation(len(singles))[:2])
    if draw.random() < 0.5:
        return yes_no("relation", f"Is the {first.name} to the left of the {second.name}?", first.place % 3 < second.place % 3)
    return yes_no("relation", f"Is the {first.name} above the {second.name}?", first.place // 3 < second.place // 3)


def attribute(scene: Scene, draw: np.random.Generator) -> Said | None:
    """Whether a unique object has a colour or size, or a name a number."""
    thing = unique(scene, draw)
    if thing is None:
        return None
    right = bool(draw.random() < 0.5)
    if draw.random() < 0.3:
        said = scene.count(thing.name) if right else int(draw.choice([number for number in (1, 2, 3) if number != scene.count(thing.name)]))
        return yes_no("number", f"Is the number of {plural(thing.name)} {said} in this image?", right)
    pool, own = (COLOURS, thing.colour) if draw.random() < 0.7 else (SIZES, thing.size)
    said = own if right else str(draw.choice([word for word in pool if word != own]))
    return yes_no("state", f"Is the {thing.name} {said} in this image?", right)


def choice(scene: Scene, draw: np.random.Generator) -> Said | None:
    """The colour question with lettered options."""
    thing = unique(scene, draw)
    if thing is None:
        return None
    options = [thing.colour, *(str(word) for word in draw.permutation([word for word in COLOURS if word != thing.colour])[:2])]
    options = [options[place] for place in draw.permutation(3)]
    listed = " ".join(f"{letter}. {word}" for letter, word in zip("ABC", options, strict=True))
    letter = "ABC"[options.index(thing.colour)]
    return Said("choice", f"What colour is the {thing.name}? {listed}", letter, letter)


def boxes(scene: Scene, draw: np.random.Generator) -> Said | None:
    """Where a unique object's cell is, in tenths of the picture."""
    thing = unique(scene, draw)
    if thing is None:
        return None
    edges = (0, 3, 7, 10)
    column, row = thing.place % 3, thing.place // 3
    text = f"<box> {edges[column]} {edges[row]} {edges[column + 1]} {edges[row + 1]} </box>"
    return Said("box", f"Give the box of the {thing.name}.", text, text)


def judgement(scene: Scene, draw: np.random.Generator) -> Said | None:
    """Whether an answer to another question is right."""
    asked = colour(scene, draw)
    if asked is None:
        return None
    right = bool(draw.random() < 0.5)
    answer = asked.truth if right else str(draw.choice([word for word in COLOURS if word != asked.truth]))
    return yes_no("judgement", f"Question: {asked.question} Answer: {answer} Is the answer right?", right)


def unique(scene: Scene, draw: np.random.Generator) -> Thing | None:
    """An object whose name is there once."""
    singles = [thing for name in scene.names if (thing := scene.only(name))]
    return singles[int(draw.integers(len(singles)))] if singles else None


Ask = Callable[[Scene, np.random.Generator], Said | None]
QUESTIONS: dict[str, Ask] = {
    "existence": existence, "colour": colour, "size": size, "place": place, "count": count, "digit": digit,
    "relation": relation, "cell": cell, "attribute": attribute, "choice": choice, "box": boxes, "judgement": judgement,
}  # fmt: skip


def questions(scene: Scene, draw: np.random.Generator, number: int) -> list[Said]:
    """So many different questions of different skills; existence always among them."""
    kinds = ["existence", *(str(kind) for kind in draw.permutation([kind for kind in QUESTIONS if kind != "existence"]))]
    asked = (QUESTIONS[kind](scene, draw) for kind in kinds)
    return [said for said in asked if said is not None][:number]


def named(text: str) -> list[str]:
    """Object names that a text mentions, in order, with repetitions."""
    words = text.lower().replace(".", " ").replace(",", " ").split()
    forms = {name: name for name in NAMES} | {plural(name): name for name in NAMES}
    return [forms[word] for word in words if word in forms]
