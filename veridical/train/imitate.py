"""Supervised imitation: the likelihood of the assistant's tokens, averaged over all of them in a step.

    L = - sum_t log pi(y_t) / (scored tokens of the whole step)

Records that show the same picture share it (and the longest common prefix) as one tree, whether they lie in one step by
chance or because they were grouped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

import torch
from rich.progress import track

from veridical.models.encoder import Encoder, picture_key
from veridical.models.forest import Forest, Inputs, merge
from veridical.models.policy import Policy
from veridical.models.read import Open, messages
from veridical.models.share import Path as TokenPath
from veridical.models.share import share
from veridical.records.record import Record, Turn
from veridical.train.order import micro_batches
from veridical.train.session import Session
from veridical.train.stop import listening


@dataclass(frozen=True)
class Imitation:
    """Encoded supervised records: trees with scored assistant tokens."""

    forest: Forest

    @property
    def tokens(self) -> int:
        """Scored tokens."""
        return len(self.forest.targets)


def encode(encoder: Encoder, open_: Open, records: Sequence[Record]) -> Imitation:
    """Records as trees; those with the same pictures share one."""
    groups: dict[tuple[str, ...], list[TokenPath]] = {}
    inputs: dict[str, Inputs] = {}
    for record in records:
        path, pixels = path_of(encoder, open_, record)
        groups.setdefault(path.pictures or (record.record_id,), []).append(path)
        inputs |= pixels
    return Imitation(Forest(tuple(share(paths, paths[0].name) for paths in groups.values()), inputs))


def path_of(encoder: Encoder, open_: Open, record: Record) -> tuple[TokenPath, dict[str, Inputs]]:
    """A conversation as one sequence in which the assistant's turns are scored (or those that the record says)."""
    turns = [*record.prompt, *(Turn(role="assistant", parts=response.parts) for response in record.responses[:1])]
    ids, scored, pictures, inputs = [], [], (), {}
    for place, turn in enumerate(turns):
        if turn.role != "assistant":
            continue
        shown = [part.media_id for earlier in turns[:place] for part in earlier.parts if part.type == "image"]
        opened = [open_(record, media_id) for media_id in shown]
        piece = encoder.prompt(messages(turns[:place]), opened, [picture_key(picture) for picture in opened], record.record_id)
        prompt = piece.ids[sum(len(part) for part in ids) :] if ids else piece.ids
        answer = encoder.response(messages(turns[:place]), turn.text, record.record_id)
        ids += [prompt, answer]
        learn = turn.loss is not False
        scored += [torch.zeros(len(prompt), dtype=torch.bool), torch.full((len(answer),), learn)]
        pictures, inputs = piece.pictures, inputs | piece.inputs
    if not any(bool(flags.any()) for flags in scored):
        raise ValueError(f"record {record.record_id}: no assistant turn to learn from")
    return TokenPath(torch.cat(ids), torch.cat(scored), pictures, record.record_id), inputs


Source = Callable[[int], Sequence[Imitation]]
"""The encoded records of a step, for this process."""


def fit(session: Session, source: Source, micro_tokens: int, watch: Callable[[Policy, int], dict[str, float]] | None = None, every: int = 0) -> bool:
    """The loop. True when it went to the end, False when it was asked to stop.

    `watch(policy, step)` looks at the policy every `every` steps; what it returns is logged.
    """
    with listening() as wish:
        for step in progress(session):
            session.enter(step)
            batch = source(step)
            total = session.accelerator.reduce(torch.tensor(float(sum(part.tokens for part in batch)), device=session.accelerator.device), "sum")
            groups = micro_batches([part.forest.tokens for part in batch], micro_tokens)
            loss = 0.0
            for number, group in enumerate(groups):
                with nullcontext() if number + 1 == len(groups) else session.accelerator.no_sync(session.policy):
                    forest = merge([batch[place].forest for place in group]).to(session.plain.backbone.device)
                    features = None if session.plain.trains_tower else session.plain.encode(forest)
                    part = -session.policy(forest, features=features).logp.sum() / total
                    session.accelerator.backward(part * session.accelerator.num_processes)
                    loss += float(part.detach())
            numbers = {"loss": float(session.accelerator.reduce(torch.tensor(loss, device=session.accelerator.device), "sum")), "tokens": float(sum(part.forest.tokens for part in batch))}
            session.leave(step, numbers)
            if watch is not None and every and (step + 1) % every == 0:
                session.run.log(step, {f"held_out/{name}": value for name, value in watch(session.plain, step + 1).items()})
            if session.due(step + 1):
                session.save(step + 1)
            if session.stopped(wish, step + 1):
                return False
    return True


def progress(session: Session) -> Iterator[int]:
    """The steps still to do, with a progress bar on the main process."""
    steps = range(session.first, session.steps)
    return track(steps, "imitate", disable=not session.main) if session.main else iter(steps)
