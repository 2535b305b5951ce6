"""The end of a reward model's training: its scale, its directory, and how it judges held-out records as it will be used."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import torch

from veridical.models.assemble import Ready
from veridical.models.judging.file import Told, write_reward
from veridical.models.judging.form import Bench
from veridical.models.judging.forms import form_of
from veridical.models.judging.heads import Latent
from veridical.models.judging.judge import Judge, make_judge, make_reader
from veridical.models.judging.measure import accuracy
from veridical.models.judging.module import Assessor
from veridical.objectives.reward_method import RewardMethod
from veridical.recipe import Judging
from veridical.records.record import Record
from veridical.train import checkpoint
from veridical.train.data import Data
from veridical.train.session import Session

SAMPLE = 256
"""Training records from which scale and latents are known."""


def finish(session: Session, assessor: Assessor, ready: Ready, data: Data, method: RewardMethod, judging: Judging) -> Path:
    """`final`: the weights as Hugging Face directories, the read-out, and what is told of both. Written by the main process.

    Beside it `judged.json` says how the finished model judges held-out records.
    """
    final, recipe = session.run.path / "final", session.settings
    if session.main:
        told = Told(
            method=method.name, judging=judging, base=str(Path(recipe.model).resolve()), sign=method.sign,
            max_tokens=recipe.step.max_tokens, picture_tokens=recipe.step.picture_tokens,
        )  # fmt: skip
        told = scaled(assessor, ready, data.train[:SAMPLE], told) if recipe.normalise else told
        with checkpoint.complete(final, session.run.checkpoints) as partial:
            checkpoint.write_model(partial, assessor.model, session.companions, bool(recipe.adapter))
            write_reward(partial, assessor.head, told)
        judge = make_judge(ready.policy, ready.encoder, assessor, told)
        report(session, judge, data.held[: recipe.measure])
    session.accelerator.wait_for_everyone()
    return final


def scaled(assessor: Assessor, ready: Ready, records: Sequence[Record], told: Told) -> Told:
    """Mean and deviation of scores on the records' own responses; for a latent also where the better ones lie.

    Source: OpenRLHF keeps a reward model's mean and deviation with it; InfoRM compares with responses before RL.
    """
    if isinstance(assessor.head, Latent):
        assessor.head.settle(latents(assessor, ready, records, told.judging))
    responses = [[response.text for response in record.responses] for record in records]
    opinions = make_judge(ready.policy, ready.encoder, assessor, told.model_copy(update={"sign": 1})).opinions(records, responses)
    scores = torch.tensor([one.score for own in opinions for one in own if one.score is not None], dtype=torch.double)
    if len(scores) < 2 or not scores.std() > 0:
        return told
    return told.model_copy(update={"mean": float(scores.mean()), "deviation": float(scores.std())})


def latents(assessor: Assessor, ready: Ready, records: Sequence[Record], judging: Judging) -> torch.Tensor:
    """Mean latents [N, L] of the records' better responses."""
    bench, form = Bench(make_reader(ready.encoder, judging), assessor, torch.mean), form_of(judging.form)
    found = []
    for forest, moved, heard in bench.heard([form.example(bench.reader, record, False, 0) for record in records]):
        at = forest.split(torch.arange(len(heard.logp)))
        for example in moved:
            better = {one.win for one in example.comparisons} or set(range(len(example.spots)))
            found += [heard.latent[at[spot.place.tree][spot.place.segment][-1], 0] for place, spot in enumerate(example.spots) if place in better]
    return torch.stack(found)


def report(session: Session, judge: Judge, records: Sequence[Record]) -> None:
    """How the finished model judges held-out pairs, said and written."""
    if not records:
        return
    numbers = accuracy(judge, records)
    (session.run.path / "judged.json").write_text(json.dumps(numbers, indent=1))
    said = f"{100 * numbers['accuracy']:.1f}%" if numbers["pairs"] else "no pairs"
    session.say(f"held-out pairs judged as in use: {said} right of {numbers['pairs']:g}, {numbers['unjudged']:g} responses not judged")
