"""Judges: reward models in use. One function opens them, whatever their form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from veridical.models.assemble import make_policy
from veridical.models.encoder import Encoder
from veridical.models.judging.file import Told, located, read_head, read_told
from veridical.models.judging.form import Bench, Combine, Opinion
from veridical.models.judging.forms import form_of
from veridical.models.judging.grow import Reader
from veridical.models.judging.module import Assessor, on_device
from veridical.models.policy import Policy
from veridical.models.shown import Shown
from veridical.recipe import Judging
from veridical.records.corrupt import corrupt, default_corruption
from veridical.records.picture import open_picture
from veridical.records.record import Record

Opinions = Callable[[Sequence[Record], Sequence[Sequence[str]]], list[list[Opinion]]]

WAYS: Mapping[str, Callable[[float], Combine]] = {
    "mean": lambda caution: lambda scores: scores.mean(),
    "min": lambda caution: lambda scores: scores.min(),
    "cautious": lambda caution: lambda scores: scores.mean() - caution * scores.var(unbiased=False),
}
"""How several scores become one. Source: Coste et al., arXiv 2310.02743 (mean, worst case, uncertainty-weighted)."""


@dataclass(frozen=True)
class Judge:
    """A reward model in use, or several as one. Responses come as a list for each record, and so do the answers."""

    opinions: Opinions
    """(records, responses of each) -> an opinion of each response."""
    told: Told

    def scores(self, records: Sequence[Record], responses: Sequence[Sequence[str]]) -> list[list[float]]:
        """Scores, the higher the better; NaN for a response that cannot be judged."""
        return [[float("nan") if one.score is None else one.score for one in own] for own in self.opinions(records, responses)]

    def uncertainty(self, records: Sequence[Record], responses: Sequence[Sequence[str]]) -> list[list[float]]:
        """Standard deviations between the read-outs, models or votes behind each score; 0 where there is only one."""
        return [[one.spread for one in own] for own in self.opinions(records, responses)]


def load_judge(
    path: str | Path | Sequence[str | Path],
    combine: str = "mean",
    caution: float = 1.0,
    device: str | None = None,
    executor: str = "auto",
    precision: str = "float32",
    micro_tokens: int = 8192,
) -> Judge:
    """A reward model from the directory that training wrote, or several directories as an ensemble.

    `combine` says how several scores become one: their mean, the lowest (min), or mean - `caution` times variance (cautious).
    Errors: ModelError, Unsupported, or ValueError for an unknown way.
    """
    if combine not in WAYS:
        raise ValueError(f"combine={combine!r}: expected one of {', '.join(WAYS)}")
    way = WAYS[combine](caution)
    paths = [path] if isinstance(path, (str, Path)) else list(path)
    if not paths:
        raise ValueError("no reward model is named; give a directory, or several")
    judges = [open_judge(located(one), way, device, executor, precision, micro_tokens) for one in paths]
    return judges[0] if len(judges) == 1 else Judge(lambda records, responses: together([judge.opinions(records, responses) for judge in judges], way), judges[0].told)


def open_judge(directory: Path, combine: Combine, device: str | None, executor: str, precision: str, micro_tokens: int) -> Judge:
    """One directory's reward model."""
    told = read_told(directory)
    adapted = (directory / "adapter").is_dir()
    ready = make_policy(
        told.base if adapted else directory / "model", directory / "adapter" if adapted else None, None, None, executor, precision,
        max_tokens=told.max_tokens, picture_tokens=told.picture_tokens, device=device,
    )  # fmt: skip
    head = on_device(read_head(directory, told, ready.policy.backbone.head.weight.shape[1]), ready.policy)
    return make_judge(ready.policy, ready.encoder, Assessor(ready.policy, head), told, combine, micro_tokens)


def make_judge(policy: Policy, encoder: Encoder, assessor: Assessor, told: Told, combine: Combine = torch.mean, micro_tokens: int = 8192) -> Judge:
    """A judge of a model in memory."""
    bench, form = Bench(make_reader(encoder, told.judging), assessor, combine, micro_tokens), form_of(told.judging.form)

    def opinions(records: Sequence[Record], responses: Sequence[Sequence[str]]) -> list[list[Opinion]]:
        return [[scaled(one, told) for one in own] for own in form.opinions(bench, records, responses)]

    return Judge(opinions, told)


def make_reader(encoder: Encoder, judging: Judging) -> Reader:
    """How a reward model reads: its question, and its pictures as they are or damaged."""
    damage = default_corruption(dict(judging.corruption), judging.seed) if judging.corruption else None
    return Reader(encoder, Shown(open_picture, corrupt, damage, judging.seed), judging)


def scaled(opinion: Opinion, told: Told) -> Opinion:
    """The opinion on the scale of use: (r - mean) / deviation, turned over for a cost."""
    if opinion.score is None:
        return opinion
    return replace(opinion, score=told.sign * (opinion.score - told.mean) / told.deviation, spread=opinion.spread / told.deviation)


def together(found: Sequence[list[list[Opinion]]], combine: Combine) -> list[list[Opinion]]:
    """Several judges' opinions as one for each response; not judged where one of them does not judge it."""
    return [[joint(each, combine) for each in zip(*own, strict=True)] for own in zip(*found, strict=True)]


def joint(opinions: Sequence[Opinion], combine: Combine) -> Opinion:
    """One opinion of several on the same response."""
    if missing := [one for one in opinions if one.score is None]:
        return missing[0]
    scores = torch.tensor([one.score for one in opinions], dtype=torch.double)
    away = [one.outlier for one in opinions if one.outlier is not None]
    return Opinion(float(combine(scores)), float(scores.std()) if len(scores) > 1 else 0.0, max(away, default=None), next((one.why for one in opinions if one.why), ""))
