"""What builders work with: a model that speaks and weighs, a judge that is asked, files in which every answer is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from veridical.curate.builders.voice import Manner, Voice
from veridical.curate.stage import run as run_stage
from veridical.grade.judging.asker import Asker, Messages
from veridical.grade.judging.form import Form, asked
from veridical.grade.judging.reply import Unjudged
from veridical.models.shown import stable_seed
from veridical.recipe import RecipeError
from veridical.records.record import Record, digest

Verdict = TypeVar("Verdict")


@dataclass
class Desk:
    """Life cycle: one per run. Everything that is said, weighed or judged is in a file of `folder` before the next is asked for."""

    folder: Path
    seed: int = 0
    voice: Voice | None = None
    asker: Asker | None = None
    towers_directory: str = ""
    judge_name: str = ""
    dropped: Counter[str] = field(default_factory=Counter)
    """What came to nothing, by reason."""

    def drop(self, reason: str, count: int = 1) -> None:
        """Count what is left out."""
        if count:
            self.dropped[reason] += count

    @property
    def model(self) -> Voice:
        """The model. Errors: RecipeError where the recipe names none."""
        if self.voice is None:
            raise RecipeError("this builder lets a model speak; name one with model=DIR")
        return self.voice

    def say(self, title: str, records: Sequence[Record], count: int = 1, manner: Manner = Manner(), begun: Mapping[str, str] | None = None) -> dict[str, list[str]]:
        """`count` responses to each record, by record id. `begun` are words with which the response to a record has begun; they are not repeated."""
        begun = begun or {}
        keys = {self.key(record, count, manner, begun.get(record.record_id, "")): record for record in records}

        def work(part: Sequence[str]) -> list[dict[str, Any]]:
            own = [keys[key] for key in part]
            return [{"texts": texts} if isinstance(texts, list) else {"refused": texts} for texts in self.model.say(own, count, self.seed, manner, [begun.get(record.record_id, "") for record in own])]

        found = run_stage(self.folder / f"{title}.jsonl", title, list(keys), work, self.model.batch)
        self.drop("prompts that the model refuses", sum("refused" in value for value in found.values()))
        return {keys[key].record_id: value["texts"] for key, value in found.items() if "texts" in value}

    def weigh(self, title: str, records: Sequence[Record], texts: Mapping[str, Sequence[str]]) -> dict[str, list[float]]:
        """Log-probability, summed over tokens, of the given texts as responses to each record."""
        keys = {self.key(record, list(texts[record.record_id])): record for record in records if record.record_id in texts}

        def work(part: Sequence[str]) -> list[list[float]]:
            return self.model.weigh([keys[key] for key in part], [list(texts[keys[key].record_id]) for key in part])

        found = run_stage(self.folder / f"{title}.jsonl", title, list(keys), work, self.model.batch)
        return {keys[key].record_id: value for key, value in found.items()}

    def believe(self, title: str, records: Sequence[Record]) -> dict[str, tuple[float, float]]:
        """The probabilities that the model's answer begins with yes, and with no."""
        keys = {self.key(record): record for record in records}
        found = run_stage(self.folder / f"{title}.jsonl", title, list(keys), lambda part: [list(two) for two in self.model.believe([keys[key] for key in part])], self.model.batch)
        return {keys[key].record_id: (value[0], value[1]) for key, value in found.items()}

    def attend(self, title: str, records: Sequence[Record], texts: Mapping[str, str]) -> dict[str, list[list[float]]]:
        """Shares of attention on every token of each picture while a text is said, by record id."""
        keys = {self.key(record, texts[record.record_id]): record for record in records if record.record_id in texts}

        def work(part: Sequence[str]) -> list[list[list[float]]]:
            return [[own.tolist() for own in self.model.attend(keys[key], texts[keys[key].record_id])] for key in part]

        found = run_stage(self.folder / f"{title}.jsonl", title, list(keys), work, self.model.batch)
        return {keys[key].record_id: value for key, value in found.items()}

    def judge(self, records: Sequence[Record], form: Form[Verdict], texts: Mapping[str, Sequence[str]]) -> dict[str, Verdict]:
        """The judge's verdict on texts of each record; what it does not judge is dropped and counted."""
        def one(record: Record) -> Verdict:
            from veridical.grade.judging.answer import verdict

            return verdict(self.judges, form, form.messages(record, list(texts[record.record_id])), stable_seed(self.seed, record.record_id))

        return self.each(one, [record for record in records if record.record_id in texts])

    def write(self, records: Sequence[Record], request: Callable[[Record], str], read: Callable[[str], Verdict | None], pictures: bool = True) -> dict[str, Verdict]:
        """What the judge writes on a request about each record (with its pictures, or as text alone), as `read` understands it; None is dropped and counted."""
        def one(record: Record) -> Verdict:
            messages: Messages = asked(record, request(record)) if pictures else [{"role": "user", "content": request(record)}]
            reply = self.judges.ask(messages, stable_seed(self.seed, record.record_id))
            found = None if reply.refusal else read(reply.text)
            if found is None:
                raise Unjudged("not written as it was asked for", reply.text[:200])
            return found

        return self.each(one, records)

    def each(self, one: Callable[[Record], Verdict], records: Sequence[Record]) -> dict[str, Verdict]:
        """Many requests under way together, in order."""
        found: dict[str, Verdict] = {}

        def attempt(record: Record) -> Verdict | Unjudged:
            try:
                return one(record)
            except Unjudged as error:
                return error

        with ThreadPoolExecutor(self.judges.endpoint.at_once) as pool:
            for record, outcome in zip(records, pool.map(attempt, records), strict=True):
                if isinstance(outcome, Unjudged):
                    self.drop(f"judge: {outcome.reason}")
                else:
                    found[record.record_id] = outcome
        return found

    @property
    def judges(self) -> Asker:
        """The judge. Errors: RecipeError where the recipe names none."""
        if self.asker is None:
            raise RecipeError("this builder asks a judge; name one with judge.url=http://... judge.model=NAME")
        return self.asker

    @cached_property
    def towers(self) -> Any:
        """A model of texts and pictures (CLIP, SigLIP). Errors: RecipeError where the recipe names none."""
        from veridical.grade.similarity import opened

        if not self.towers_directory:
            raise RecipeError("this builder compares texts with pictures; name a CLIP or SigLIP directory with towers=DIR")
        return opened(Path(self.towers_directory), "cpu")

    def key(self, record: Record, *how: Any) -> str:
        """What decides an answer of the model."""
        return f"{digest(record)[:20]}:{stable_seed(self.model.name, self.seed, *how):08x}"
