"""Questions per second where several are asked about one picture: one by one, and in forest batches. The same model, pictures and questions, sides in turn.

    nice -n -15 .venv/bin/python benchmarks/evaluation.py --shape llava --answer 4 [--out result.json]

`--questions` different questions on each of `--pictures` pictures, greedy answers of `--answer` tokens (a yes or no and the
end of the turn are two), float32. Sides: "generate" is transformers' own `generate` with its cache, one question at a
time; "one by one" is this package's responder, one question at a time; "forest" is the same responder on the batches
that an evaluation makes, questions on one picture beside each other. Each side reads its pictures from their files. A
round asks every side the same pictures, which no round before has seen; the order of sides turns from round to round.
A ratio is the median over rounds of the other side's time over the forest's. Answers must be equal, text by text.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from preference_step import quiet
from step_models import SHAPES, Shape, picture, words, write_model

from veridical.evaluate.cache import Cache
from veridical.evaluate.inquiry import Inquiry
from veridical.models.assemble import Ready, make_policy
from veridical.models.respondent import of_policy
from veridical.models.sample import Generation, banned_tokens, encode
from veridical.records.picture import open_picture
from veridical.records.record import Media, Part, Record, Turn
from veridical.records.run import versions

FOREST = "forest"
LENGTH = 12
"""Words of a question."""
Side = Callable[[Sequence[Record]], list[str]]


def questions(shape: Shape, number: int, pictures: int, each: int) -> list[Record]:
    """The records of one round: questions in the order of a benchmark's file, split by split, so that those on one picture are apart."""
    draw = np.random.default_rng(number)
    shown = [Media(media_id="0", data=picture(draw, shape.picture)) for _ in range(pictures)]
    asked = [(place, one) for _ in range(each) for place, one in enumerate(shown)]
    return [
        Record(record_id=f"{number}/{row}", media=(one,), prompt=(Turn(role="user", parts=(Part(type="image", media_id="0"), Part(text=f" {words(draw, LENGTH)} "))),))
        for row, (_, one) in enumerate(asked)
    ]  # fmt: skip


@dataclass(frozen=True)
class Sides:
    """The three ways to the answers. Life cycle: one for a run of the script; `ready` is the only model."""

    ready: Ready
    how: Generation

    def forest(self, records: Sequence[Record]) -> list[str]:
        """As `veridical evaluate` asks them."""
        self.ready.encoder.seen.clear()
        inquiry = Inquiry.of("forest", records, Cache(None), {}, "model", self.how.batch)
        inquiry.ask(of_policy(self.ready.policy, self.ready.encoder, open_picture, self.how))
        return [inquiry.said[record.record_id] for record in records]

    def one_by_one(self, records: Sequence[Record]) -> list[str]:
        """The same responder, one question at a time."""
        respond, said = of_policy(self.ready.policy, self.ready.encoder, open_picture, self.how), []
        for record in records:
            self.ready.encoder.seen.clear()
            said += respond([record])
        return said

    @torch.no_grad()
    def generate(self, records: Sequence[Record]) -> list[str]:
        """transformers' `generate` on the same ids and pixels."""
        model, tokenizer = self.ready.policy.model, self.ready.encoder.tokenizer
        banned, said = banned_tokens(self.ready.policy.backbone).tolist(), []
        for record in records:
            self.ready.encoder.seen.clear()
            [(ids, _)], inputs = encode(self.ready.encoder, open_picture, [record])
            [pixels] = inputs.values()
            out = model.generate(
                input_ids=ids[None], attention_mask=torch.ones_like(ids)[None], **pixels, do_sample=False, max_new_tokens=self.how.max_new_tokens, suppress_tokens=banned or None
            )
            said.append(tokenizer.decode(out[0, len(ids) :], skip_special_tokens=True).strip())
        return said

    @property
    def named(self) -> dict[str, Side]:
        """All by name."""
        return {"generate": self.generate, "one by one": self.one_by_one, FOREST: self.forest}


def measure(sides: dict[str, Side], shape: Shape, given: argparse.Namespace) -> dict[str, list[float]]:
    """Seconds of each side in each round. Exits where answers differ."""
    found: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(given.rounds + 1):
        records, said = questions(shape, number, given.pictures, given.questions), {}
        names = list(sides)
        for name in [*names[number % len(names) :], *names[: number % len(names)]]:
            start = time.perf_counter()
            said[name] = sides[name](records)
            if number:  # the first round warms up
                found[name].append(time.perf_counter() - start)
        unlike = [name for name in names if said[name] != said[FOREST]]
        if unlike:
            sys.exit(f"round {number}: answers of {', '.join(unlike)} differ from the forest's")
        print(f"round {number}: " + ", ".join(f"{name} {seconds[-1]:.1f} s" for name, seconds in found.items() if seconds), file=sys.stderr, flush=True)
    return found


def table(found: dict[str, list[float]], count: int) -> str:
    """Questions per second and ratios, as markdown."""
    lines = ["| side | questions per second | forest is faster by |", "|---|---|---|"]
    for name, seconds in found.items():
        ratios = [one / other for one, other in zip(seconds, found[FOREST], strict=True)]
        spread = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})" if name != FOREST else ""
        lines.append(f"| {name} | {count / statistics.median(seconds):.2f} | {spread} |")
    return "\n".join(lines)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shape", choices=[*SHAPES], default="llava")
    parser.add_argument("--questions", type=int, default=6, help="on each picture")
    parser.add_argument("--pictures", type=int, default=4, help="of a round")
    parser.add_argument("--answer", type=int, default=2, help="tokens of an answer")
    parser.add_argument("--batch", type=int, default=16, help="questions of a forest batch")
    parser.add_argument("--rounds", type=int, default=5, help="timed rounds, after one that warms up")
    parser.add_argument("--out", type=Path, help="a JSON file with every number")
    return parser.parse_args()


def main() -> None:
    """Measure and print the table; exit 1 when answers differ."""
    given = arguments()
    quiet()
    with tempfile.TemporaryDirectory() as folder:
        ready = make_policy(write_model(SHAPES[given.shape], Path(folder)))
    sides = Sides(ready, Generation(max_new_tokens=given.answer, batch=given.batch))
    found = measure(sides.named, SHAPES[given.shape], given)
    print(table(found, given.pictures * given.questions))
    content: dict[str, Any] = {"given": {name: str(value) for name, value in vars(given).items()}, "versions": versions()}
    content |= {"load": os.getloadavg()[0], "threads": torch.get_num_threads(), "seconds": found}
    if given.out:
        given.out.write_text(json.dumps(content, indent=1))


if __name__ == "__main__":
    main()
