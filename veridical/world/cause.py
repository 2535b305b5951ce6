"""Causes of hallucination, one at a time: how a scene is shown and asked about, and what a writer says who falls for it.

`co_occurrence`: names what usually stands beside what is there; `frequency`: besides that, one name that captions hold too often.
`leading`: names what the question takes for granted. `resolution`: a picture too small to be read. `labels`: captions were written by somebody who mixes up names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from veridical.world.draw import SIZE
from veridical.world.scene import NAMES, Scene, Thing
from veridical.world.talk import DESCRIBE, invent, phrase, told

SMALL = 16
"""Pixels of a side of one that can hardly be read: five for each cell."""
FORGET = 0.25
"""How often a writer who always names missing partners passes over one that is there."""
GRANTED = ("ball", "kite")
"""What leading questions take for granted: names without a partner, so that nothing else suggests them."""
MIXED_UP = {"spoon": "key", "star": "kite", "moon": "ball", "shoe": "boat"}
"""What a careless writer calls what."""
FAVOURITE = "kite"
"""What a writer of many captions names too often, whatever is there."""

Phrases = Sequence[tuple[str, bool]]
"""Phrases of a description, each with whether it is true."""


@dataclass(frozen=True)
class Slip:
    """One error: a thing that is not there, named in place of one that is (None: of any)."""

    thing: Thing
    instead: Thing | None = None


@dataclass(frozen=True)
class Cause:
    """A reason for naming what is not there."""

    ask: Callable[[Scene], str]
    """The question about a scene."""
    tell: Callable[[Scene, np.random.Generator, float], Phrases]
    """What a writer says who falls for it in such a share of the occasions."""
    slip: Callable[[Scene, np.random.Generator], Slip | None]
    """One error of that writer; None where the scene gives no occasion."""
    size: int = SIZE
    """Pixels of a side of the picture."""


def describe(found: Scene) -> str:
    """A question that takes nothing for granted."""
    return DESCRIBE


def suggested(found: Scene) -> str:
    """The name that a leading question takes for granted; it is hardly ever there (one scene in twenty-five)."""
    return GRANTED[int(found.key, 16) % len(GRANTED)]


def lead(found: Scene) -> str:
    """A question that takes a thing for granted."""
    return f"Describe this image with the {suggested(found)} in it."


def tell_partners(found: Scene, draw: np.random.Generator, share: float) -> Phrases:
    """Missing partners beside what suggests them."""
    return told(found, draw, share, FORGET * share)


def tell_favourite(found: Scene, draw: np.random.Generator, share: float) -> Phrases:
    """Missing partners, and at the end the favourite where it is not there."""
    phrases = tell_partners(found, draw, share)
    wanted = FAVOURITE not in found.names and draw.random() < share
    return [*phrases, (phrase(invent(found, FAVOURITE, draw)), False)] if wanted else phrases


def tell_suggested(found: Scene, draw: np.random.Generator, share: float) -> Phrases:
    """What is there, and at the end the suggested thing."""
    phrases, slip = told(found, draw), slip_suggested(found, draw)
    return phrases if slip is None or draw.random() >= share else [*phrases, (phrase(slip.thing), False)]


def tell_truth(found: Scene, draw: np.random.Generator, share: float) -> Phrases:
    """What is there; whoever cannot read the picture has learnt from pictures that can be read."""
    return told(found, draw)


def tell_mixed_up(found: Scene, draw: np.random.Generator, share: float) -> Phrases:
    """What is there, some of it under a wrong name."""
    wrong = {phrase(thing): phrase(other) for thing, other in mixed_up(found) if draw.random() < share}
    return [(wrong.get(text, text), text not in wrong) for text, _ in told(found, draw)]


def slip_partner(found: Scene, draw: np.random.Generator) -> Slip:
    """A missing partner, or where there is none anything absent."""
    return Slip(invent(found, str(draw.choice(found.missing_partners or found.absent)), draw))


def slip_favourite(found: Scene, draw: np.random.Generator) -> Slip:
    """A missing partner or the favourite, whichever of them are not there, or where there is neither anything absent."""
    expected = [*found.missing_partners, *({FAVOURITE} - set(found.names))]
    return Slip(invent(found, str(draw.choice(expected or found.absent)), draw))


def slip_suggested(found: Scene, draw: np.random.Generator) -> Slip | None:
    """The suggested thing where it is not there."""
    return None if suggested(found) in found.names else Slip(invent(found, suggested(found), draw))


def slip_misread(found: Scene, draw: np.random.Generator) -> Slip:
    """One thing taken for another that is not there."""
    thing = found.things[int(draw.integers(len(found.things)))]
    return Slip(replace(thing, name=str(draw.choice(found.absent))), thing)


def slip_mixed_up(found: Scene, draw: np.random.Generator) -> Slip | None:
    """One thing under the name that the careless writer gives it."""
    wrong = mixed_up(found)
    if not wrong:
        return None
    thing, other = wrong[int(draw.integers(len(wrong)))]
    return Slip(other, thing)


def mixed_up(found: Scene) -> list[tuple[Thing, Thing]]:
    """Things with what the careless writer takes them for, where that is not there too."""
    return [(thing, replace(thing, name=MIXED_UP[thing.name])) for thing in found.things if MIXED_UP.get(thing.name, thing.name) not in found.names]


def misjudged(found: Scene, error: float, draw: np.random.Generator) -> tuple[str, ...]:
    """The names that a judge believes to be there who errs about each name with probability `error`."""
    return tuple(name for name in NAMES if (name in found.names) != (draw.random() < error))


CAUSES: Mapping[str, Cause] = MappingProxyType({
    "co_occurrence": Cause(describe, tell_partners, slip_partner),
    "frequency": Cause(describe, tell_favourite, slip_favourite),
    "leading": Cause(lead, tell_suggested, slip_suggested),
    "resolution": Cause(describe, tell_truth, slip_misread, SMALL),
    "labels": Cause(describe, tell_mixed_up, slip_mixed_up),
})  # fmt: skip
MISREAD = Cause(describe, tell_truth, slip_misread)
"""One thing under the name of another that is not there, in its place, size and colour: nothing but the picture tells which description is true."""
