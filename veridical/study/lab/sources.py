"""Where the pairs of a condition come from, and how good they are.

`corrected`: the truth against the same description with one error. `judged`: the model's own descriptions, the better and the
worse by a judge who errs. `own`: the same descriptions, the better and the worse by how much the model agrees with itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from veridical.curate.curate import label, paired, sampled
from veridical.curate.label import with_responses
from veridical.grade.grade import Grade, Grader
from veridical.grade.lexicon import read_lexicon
from veridical.grade.objects import objects_named
from veridical.recipe import Condition, CurateRecipe, Generation, Pairing, RecipeError, Source
from veridical.records.record import Fact, Record
from veridical.study.demo import LONGEST, shuffled
from veridical.world.cause import CAUSES, misjudged
from veridical.world.records import pairs, prompts
from veridical.world.scene import scene
from veridical.world.talk import named

SAMPLES = 4
"""Descriptions of each scene."""
SPARE = 1.6
"""Scenes described for each pair wanted: some give equally good descriptions only."""


@dataclass(frozen=True)
class Making:
    """What a source has to make pairs with."""

    condition: Condition
    model: str
    count: int
    seed: int
    folder: Path
    """For what the model says; the same for all sources, so that it is asked once."""
    synonyms: Path
    """The names of things, for graders."""


MakePairs = Callable[[Making], list[Record]]


def corrected(how: Making) -> list[Record]:
    """The world's edited pairs."""
    return pairs(how.count, cause=CAUSES[how.condition.cause], seed=how.seed)


def judged(how: Making) -> list[Record]:
    """Sampled descriptions graded by what a judge believes to be there."""
    believed = objects_named(read_lexicon(how.synonyms))

    def grade(record: Record, response: str) -> Grade:
        return believed(believing(record, how.condition.judge_error, how.seed), response)

    return preferred(how, lambda record: grade)


def own(how: Making) -> list[Record]:
    """Sampled descriptions graded by their agreement with the others."""
    return preferred(how, agreement)


SOURCES: Mapping[str, MakePairs] = MappingProxyType({"corrected": corrected, "judged": judged, "own": own})


def make(how: Making) -> list[Record]:
    """The pairs of a condition, a share of them exchanged where it says so.

    Errors: RecipeError when fewer came of the model's descriptions than are wanted.
    """
    found = SOURCES[how.condition.source](how)[: how.count]
    if len(found) < how.count:
        raise RecipeError(f"{how.condition.label}: {len(found)} pairs came of the model's descriptions and {how.count} are wanted; lower pairs")
    return shuffled(found, how.seed, how.condition.exchanged) if how.condition.exchanged else found


def preferred(how: Making, grader: Callable[[Record], Grader]) -> list[Record]:
    """The best against the worst of several sampled descriptions of each scene, by a grader for each record."""
    asked = prompts(int(how.count * SPARE), cause=CAUSES[how.condition.cause])
    recipe = CurateRecipe(
        model=how.model, prompts=[Source(path="world")], count=SAMPLES, generation=Generation(max_new_tokens=LONGEST, temperature=1.0, batch=16),
        pairing=Pairing(rule="best_worst", gap=0.0, most=1), seed=how.seed,
    )  # fmt: skip
    texts, _ = sampled(recipe, asked, how.folder)
    answered = [with_responses(record, texts[record.record_id], how.model) for record in asked if record.record_id in texts]
    return paired([label(record, grader(record), how.condition.source) for record in answered], recipe)[0]


def agreement(record: Record) -> Grader:
    """A grader by self-consistency: the mean overlap of the names in a description with those in the record's others.

        value = mean over the others of |own ∩ other| / |own ∪ other|
    """
    names = [set(named(response.text)) for response in record.responses if response.origin == "model"]

    def grade(record: Record, response: str) -> Grade:
        mine = set(named(response))
        overlaps = [len(mine & other) / max(1, len(mine | other)) for other in names]
        return Grade(sum(overlaps) / len(overlaps), why="agreement with the other descriptions")

    return grade


def believing(record: Record, error: float, seed: int) -> Record:
    """The record with the objects that an erring judge believes to be there; the same for every response of it."""
    number = int(record.record_id.rsplit("-", 1)[1])
    names = misjudged(scene(number, record.split), error, np.random.default_rng([seed, number, 53]))
    return record.replace(facts=tuple(Fact(kind="object", text=name, media_id="image") for name in names))


def confirmed(records: Sequence[Record], synonyms: Path) -> float:
    """Share of the pairs, in per cent, of which the truth prefers the chosen response; half a pair where it prefers neither."""
    grade = objects_named(read_lexicon(synonyms))
    won = [0.5 + 0.5 * np.sign(worth(grade, record, record.pairs[0].chosen) - worth(grade, record, record.pairs[0].rejected)) for record in records]
    return 100 * float(np.mean(won))


def worth(grade: Grader, record: Record, response_id: str) -> float:
    """What a response is worth by what is really there."""
    return grade(record, record.response(response_id).text).value or 0.0
