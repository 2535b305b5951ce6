"""Curation by the model itself: sample several responses per prompt, grade them, pair the best with the worst, or keep the best.

Stages and their files in the run directory: `responses.jsonl` (texts by record), `hinted.jsonl` (the same for prompts asked
again with their answer), `pairs.jsonl` (the outcome). A killed run goes on where it stopped; each response's seed is derived
from recipe, record and number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from veridical.curate.keep import hinted, kept, unanswered, unhinted
from veridical.curate.label import labelled, with_responses
from veridical.curate.stage import run as run_stage
from veridical.grade import graders
from veridical.grade.grade import Grader
from veridical.models.answered import served_sampler
from veridical.models.assemble import make_policy
from veridical.models.encoder import EncodeError
from veridical.models.sample import Generation, Sampler, make_sampler
from veridical.models.served import Served
from veridical.recipe import CurateRecipe, RecipeError, dump
from veridical.records.load import LeftOut, Source, load, mix, save, summary_of
from veridical.records.pairing import Dropped, Pairing, pair
from veridical.records.picture import PictureError, open_picture
from veridical.records.record import Record, digest
from veridical.records.result import write_json
from veridical.records.run import Run


@dataclass(frozen=True)
class Curated:
    """What came of the prompts."""

    path: Path
    prompts: int
    responses: int
    pairs: int
    """Pairs; 0 where responses were kept to be imitated."""
    kept: int
    """Responses kept to be imitated."""
    dropped: Mapping[str, int]
    """Candidates of which nothing came, by reason."""
    left_out: tuple[LeftOut, ...]

    @property
    def line(self) -> str:
        """One sentence for the terminal."""
        reasons = "; ".join(f"{number} × {reason}" for reason, number in self.dropped.items()) or "nothing"
        return f"{self.path}: {f'{self.kept} responses kept' if self.kept else f'{self.pairs} pairs'} from {self.responses} different responses to {self.prompts} prompts; dropped: {reasons}; {len(self.left_out)} prompts left out"


def curate(recipe: CurateRecipe, say: Callable[[str], None] = print) -> Curated:
    """Preference data as the recipe says; running it again continues.

    Errors: RecipeError for an unknown grader; LoadError, ModelError, StageError, each naming what to change.
    """
    run = Run(Path(recipe.run))
    grade = find_grader(recipe.grader, recipe.grader_settings)
    loaded = [load(Source(**source.model_dump())) for source in recipe.prompts]
    records, left_out = readable(mix(list(zip(recipe.prompts, loaded, strict=True)), recipe.seed))
    left_out = [item for one in loaded for item in one.left_out] + left_out
    run.start(dump(recipe), [{"source": source.model_dump(), "records": len(one.records)} for source, one in zip(recipe.prompts, loaded, strict=True)])
    texts, refused = sampled(recipe, records, run.path)
    left_out += refused
    found = [label(with_responses(record, texts[record.record_id], recipe.model), grade, recipe.grader) for record in records if record.record_id in texts]
    if recipe.keep is not None and recipe.keep.hint:
        found = again(recipe, found, grade, run.path)
    out, dropped = paired(found, recipe) if recipe.keep is None else kept(found, recipe.keep)
    target = run.path / recipe.out
    save(out, target)
    said = sum(response.origin == "model" for record in found for response in record.responses)
    result = Curated(target, len(records), said, sum(len(record.pairs) for record in out), 0 if recipe.keep is None else len(out), dropped, tuple(left_out))
    counts = {"prompts": result.prompts, "responses": result.responses, "pairs": result.pairs, "kept": result.kept, "dropped": dict(dropped)}
    write_json(run.path / "curated.json", {**counts, "left_out": list(map(str, left_out))})
    for line in [result.line, *summary_of(left_out)]:
        say(line)
    return result


def readable(records: Sequence[Record]) -> tuple[list[Record], list[LeftOut]]:
    """Records whose pictures open, and the others with the reason."""
    kept, left_out = [], []
    for record in records:
        try:
            for medium in record.media:
                open_picture(record, medium.media_id)
            kept.append(record)
        except PictureError as error:
            left_out.append(LeftOut(record.provenance.file, record.provenance.index, "", str(error)))
    return kept, left_out


def again(recipe: CurateRecipe, records: Sequence[Record], grade: Grader, folder: Path) -> list[Record]:
    """The records; those of which nothing would be kept with what the model says when it is told their answer."""
    asked = {record.record_id: record for record in unanswered(records, recipe.keep)}
    prompts = [hinted(record, recipe.keep) for record in asked.values()]
    texts, _ = sampled(recipe, prompts, folder, "hinted.jsonl")
    told = [unhinted(with_responses(prompt, texts[prompt.record_id], recipe.model), asked) for prompt in prompts if prompt.record_id in texts]
    graded = {record.record_id: label(record, grade, recipe.grader) for record in told}
    return [graded.get(record.record_id, record) for record in records]


def sampled(recipe: CurateRecipe, records: Sequence[Record], folder: Path, file: str = "responses.jsonl") -> tuple[dict[str, list[str]], list[LeftOut]]:
    """Texts by record id, and the records that the model cannot take. The model is opened only when something is still to be sampled."""
    where = f":{recipe.server.url}:{recipe.server.model}" if recipe.server is not None else ""
    keys = {f"{digest(record)[:16]}:{recipe.model}:{recipe.adapter}:{recipe.count}:{recipe.generation.model_dump_json()}:{recipe.seed}{where}": record for record in records}
    opened: list[Sampler] = []

    def work(part: Sequence[str]) -> list[dict[str, Any]]:
        if not opened:
            opened.append(sampler_of(recipe))
        return answers(opened[0], [keys[key] for key in part], recipe)

    found = run_stage(folder / file, "sample", list(keys), work, recipe.generation.batch)
    texts = {keys[key].record_id: value["texts"] for key, value in found.items() if "texts" in value}
    refused = [LeftOut(keys[key].provenance.file, keys[key].provenance.index, "", value["refused"]) for key, value in found.items() if "refused" in value]
    return texts, refused


def answers(sample: Sampler, records: Sequence[Record], recipe: CurateRecipe) -> list[dict[str, Any]]:
    """Texts of each record, or why the model refuses it; one that is refused does not cost the others of its batch."""
    try:
        return [{"texts": texts} for texts in sample(records, recipe.count, recipe.seed)]
    except EncodeError as error:
        if len(records) == 1:
            return [{"refused": str(error)}]
        return [answer for record in records for answer in answers(sample, [record], recipe)]


def sampler_of(recipe: CurateRecipe) -> Sampler:
    """The recipe's model as a sampler, or its server."""
    if recipe.server is not None:
        return served_sampler(Served(**recipe.server.model_dump()), open_picture, Generation(**recipe.generation.model_dump()))
    ready = make_policy(recipe.model, recipe.adapter)
    return make_sampler(ready.policy, ready.encoder, open_picture, Generation(**recipe.generation.model_dump()))


def find_grader(name: str, settings: Mapping[str, Any]) -> Grader:
    """A grader by name with its settings. Errors: RecipeError naming what there is."""
    known = graders()
    if name not in known:
        raise RecipeError(f"grader={name}: unknown; there are {', '.join(known)}")
    try:
        return known[name](**settings)
    except (TypeError, ValueError) as error:
        raise RecipeError(f"grader={name}: {error}") from error


def label(record: Record, grade: Grader, annotator: str) -> Record:
    """The record with every sampled response graded. A gold response is no candidate: it keeps no score, and pairing passes it over."""
    own = [response for response in record.responses if response.origin != "gold"]
    many = getattr(grade, "many", lambda records, texts: list(map(grade, records, texts)))  # a grader that holds a model reads them in one pass
    grades = many([record] * len(own), [response.text for response in own])
    found = {response.response_id: labelled(response, one, annotator) for response, one in zip(own, grades, strict=True)}
    return record.replace(responses=tuple(found.get(response.response_id, response) for response in record.responses))


def paired(records: Sequence[Record], recipe: CurateRecipe) -> tuple[list[Record], dict[str, int]]:
    """Records with pairs, and why candidates were dropped."""
    how, dropped = Pairing(**recipe.pairing.model_dump()), Dropped()
    found = [pair(record, how, dropped) for record in records]
    return [record for record in found if record.pairs], dropped.reasons
