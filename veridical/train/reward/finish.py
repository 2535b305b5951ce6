"""The end of a reward model's training: its scale, its directory, and how it judges held-out records as it will be used."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

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
from veridical.train.order import share
from veridical.train.session import Session
from veridical.train.sharded import undivided, whole
from veridical.train.total import summed

SAMPLE = 256
"""Training records from which scale and latents are known."""


def finish(session: Session, assessor: Assessor, ready: Ready, data: Data, method: RewardMethod, judging: Judging) -> Path:
    """`final`: the weights as Hugging Face directories, the read-out, and what is told of both. Written by the main process.

    Beside it `judged.json` says how the finished model judges held-out records; every process judges its share.
    """
    final, recipe = session.run.path / "final", session.settings
    told = Told(
        method=method.name, judging=judging, base=str(Path(recipe.model).resolve()), sign=method.sign,
        max_tokens=recipe.step.max_tokens, picture_tokens=recipe.step.picture_tokens,
    )  # fmt: skip
    with whole(session.plain):
        told = known_from(assessor, ready, data.train[:SAMPLE], told, recipe.normalise)
    with undivided(session.plain):
        if session.main:
            with checkpoint.complete(final, session.run.checkpoints) as partial:
                checkpoint.write_model(partial, assessor.model, session.companions, bool(recipe.adapter))
                if recipe.save.merged:
                    checkpoint.save_merged(assessor.model, partial / "merged", session.companions)
                write_reward(partial, assessor.head, told)
    session.accelerator.wait_for_everyone()
    with whole(session.plain):
        report(session, make_judge(ready.policy, ready.encoder, assessor, told), data.held[: recipe.measure])
    return final


class Sample(NamedTuple):
    """What was read of one response: its score, the mean of its latent, and whether another is worse."""

    score: float
    latent: Tensor | None
    better: bool


def known_from(assessor: Assessor, ready: Ready, records: Sequence[Record], told: Told, normalise: bool) -> Told:
    """Mean and deviation of the scores of the records' own responses; for a latent also where the better ones lie.

    Source: OpenRLHF keeps a reward model's mean and deviation with it; InfoRM compares latents with those of the responses before RL.
    """
    found = list(samples(Bench(make_reader(ready.encoder, told.judging), assessor, torch.mean), records))
    if isinstance(assessor.head, Latent) and found:
        better = [one for one in found if one.better] or found
        assessor.head.settle(torch.stack([one.latent for one in better]))
    scores = torch.tensor([one.score for one in found], dtype=torch.double)
    if not normalise or not form_of(told.judging.form).unbounded or len(scores) < 2 or not scores.std() > 0:
        return told
    return told.model_copy(update={"mean": float(scores.mean()), "deviation": float(scores.std())})


def samples(bench: Bench, records: Sequence[Record]) -> Iterator[Sample]:
    """What is read of every response of records whose judgement is read off a hidden state."""
    form = form_of(bench.reader.judging.form)
    for forest, moved, heard in bench.heard([form.example(bench.reader, record, True, 0) for record in records]):
        at = forest.split(torch.arange(len(heard.logp)))
        for example in moved:
            better = {one.win for one in example.comparisons}
            for number, spot in enumerate(example.spots):
                if spot.reads:
                    place = at[spot.place.tree][spot.place.segment][-1]
                    yield Sample(float(heard.scores[place].mean()), None if heard.latent is None else heard.latent[place, 0], number in better)


def report(session: Session, judge: Judge, records: Sequence[Record]) -> None:
    """How the finished model judges held-out pairs, said and written."""
    if not records:
        return
    own = accuracy(judge, share(records, session.accelerator.process_index, session.accelerator.num_processes))
    counts = {name: own[name] for name in ("pairs", "responses", "unjudged")}
    total = summed({**counts, "right": own["accuracy"] * own["pairs"], "spread": own["spread"] * own["responses"]})
    means = {"accuracy": total["right"] / max(total["pairs"], 1), "spread": total["spread"] / max(total["responses"], 1)}
    numbers = means | {name: total[name] for name in counts}
    if session.main:
        (session.run.path / "judged.json").write_text(json.dumps(numbers, indent=1))
    said = f"{100 * numbers['accuracy']:.1f}% right of {numbers['pairs']:g}" if total["pairs"] else "no pairs"
    session.say(f"held-out pairs judged as in use: {said}, {numbers['unjudged']:g} of {numbers['responses']:g} responses not judged")
