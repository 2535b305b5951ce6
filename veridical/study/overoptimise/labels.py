"""Labelled pairs of the model's own descriptions: by the truth, or by a judge who errs and has a taste."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from veridical.curate.curate import label, paired, sampled
from veridical.curate.label import with_responses
from veridical.grade.grade import Grade, Grader
from veridical.grade.lexicon import read_lexicon
from veridical.grade.objects import objects_named
from veridical.recipe import CurateRecipe, OveroptimiseRecipe, Pairing, Proxy, RecipeError, Source
from veridical.records.record import Record
from veridical.records.text import word_count
from veridical.study.lab.sources import believing
from veridical.world.files import write_chair
from veridical.world.records import prompts

LEARNING, HELD, PURSUED, PROBED = 0, 200_000, 300_000, 400_000
"""First scenes: proxies learn from these, are measured on these, pursuits learn from these, and are looked at on these."""
SPARE = 1.5
"""Scenes described for each pair wanted: some give equally good descriptions only."""


def truth(folder: Path) -> Grader:
    """What a description is really worth: `grade.objects`."""
    if not (folder / "names" / "synonyms.txt").is_file():
        write_chair(folder / "names", [])
    return objects_named(read_lexicon(folder / "names" / "synonyms.txt"))


def described(recipe: OveroptimiseRecipe, model: str, first: int, count: int) -> list[Record]:
    """Scenes with the model's own descriptions, sampled once and kept."""
    asked = prompts(count, first)
    how = CurateRecipe(model=model, prompts=[Source(path="world")], count=recipe.samples, generation=recipe.generation.model_copy(update={"batch": 16}), seed=recipe.seed)
    texts, _ = sampled(how, asked, Path(recipe.run) / "descriptions" / str(first))
    return [with_responses(record, texts[record.record_id], model) for record in asked if record.record_id in texts]


def labelled_by(records: Sequence[Record], grade: Grader, by: str) -> list[Record]:
    """The best against the worst description of each scene, where they differ."""
    how = CurateRecipe(model="", prompts=[], pairing=Pairing(rule="best_worst", gap=1e-9, most=1))
    return paired([label(record, grade, by) for record in records], how)[0]


def erring(proxy: Proxy, true: Grader, seed: int) -> Grader:
    """A judge: what is there by its belief, and its taste for words.

        value = objects(believed to be there) + taste · words
    """

    def grade(record: Record, response: str) -> Grade:
        found = true(believing(record, proxy.error, seed), response)
        return found if found.value is None else Grade(found.value + proxy.taste * word_count(response), found.answer, found.why, found.counts)

    return grade


def training_pairs(recipe: OveroptimiseRecipe, proxy: Proxy, described_: Sequence[Record], true: Grader) -> list[Record]:
    """A proxy's pairs. Errors: RecipeError where the descriptions give fewer than are wanted."""
    found = labelled_by(described_, erring(proxy, true, recipe.seed), proxy.label)
    found = balanced(found, recipe.seed) if proxy.balanced else found
    if len(found) < proxy.pairs:
        raise RecipeError(f"proxy {proxy.label}: {len(found)} pairs came of {len(described_)} described scenes and {proxy.pairs} are wanted; lower pairs")
    return found[: proxy.pairs]


def balanced(records: Sequence[Record], seed: int) -> list[Record]:
    """As many pairs whose chosen response is the longer one as pairs whose rejected one is, drawn at random; pairs of equal length stay."""
    sides = np.sign([longer(record) for record in records])
    most = min(int((sides > 0).sum()), int((sides < 0).sum()))
    rng = np.random.default_rng([seed, 61])
    kept = {int(place) for side in (1, -1) for place in rng.permutation(np.flatnonzero(sides == side))[:most]} | set(np.flatnonzero(sides == 0).tolist())
    return [record for place, record in enumerate(records) if place in kept]


def longer(record: Record) -> int:
    """By how many words the chosen response of the record's pair is longer."""
    pair = record.pairs[0]
    return word_count(record.response(pair.chosen).text) - word_count(record.response(pair.rejected).text)


def scenes_needed(recipe: OveroptimiseRecipe) -> int:
    """Scenes that have to be described for all proxies; twice as many for one whose pairs are thinned out."""
    return max(int(SPARE * one.pairs * (2 if one.balanced else 1)) for one in recipe.proxies)
