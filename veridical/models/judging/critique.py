"""Critique, then score: the judge writes what is right and wrong, and its read-out is heard after that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import torch
from torch import Tensor

from veridical.models.encoder import EncodeError
from veridical.models.judging.example import JudgedExample, Spot, comparisons, judged_responses, spot_of
from veridical.models.judging.facts import critique_of, question
from veridical.models.judging.form import Bench, Opinion
from veridical.models.judging.grow import Before, Grove, Reader
from veridical.models.judging.speak import pose, speak
from veridical.models.judging.use import Asked, ask, assess
from veridical.models.sample import Drawn
from veridical.records.record import Record


class Critique:
    """Learns critique and score together; in use the critique is drawn, `votes` times, and the scores are averaged.

    A response without a critique in the data teaches its score alone, after the same question.
    """

    unbounded = True

    def example(self, reader: Reader, record: Record, ranked: bool = False, draw: int = 0) -> JudgedExample:
        """The record's responses, each with its critique; every word of the critique is scored, and one token after it."""
        grove, responses, look, spots = Grove(record.record_id), judged_responses(record, ranked), reader.looks(record), []
        for response in responses:
            text = critique_of(record, response)
            before = asked_why(reader, Asked(record, response, look(response)), 8 + len(reader.encoder.tokens(text)), draw)
            words = reader.words(before, text, record.record_id) if text else reader.end[:0]
            spots.append(spot_of(response, grove.add(before, *heard_after(words, reader.end), response.response_id), len(words)))
        return JudgedExample(record.record_id, grove.forest, tuple(spots), comparisons(record, responses, reader.judging), grove.cut)

    def opinions(self, bench: Bench, records: Sequence[Record], responses: Sequence[Sequence[str]]) -> list[list[Opinion]]:
        """Draws `votes` critiques of each response, hears the score after each, and averages."""
        answers, votes = ask(bench, records, responses), bench.reader.judging.votes
        posed = [pose(partial(asked_why, bench.reader, one, bench.reader.judging.max_new_tokens), one.record.record_id, one.response.text) for one in answers.asked]
        said = speak(bench, posed, votes)
        each = [(one, drawn) for one, own in zip(posed, said, strict=True) for drawn in own or [None] * votes]
        rest = iter(each)

        def plant(grove: Grove, one: Asked) -> Spot:
            before, drawn = (again := next(rest))[0].before, again[1]
            if before is None:
                raise again[0].error
            return Spot(grove.add(before, *heard_after(drawn.tokens, bench.reader.end), one.response.response_id), len(drawn.tokens))

        found = assess(bench, [one for one in answers.asked for _ in range(votes)], plant)
        rows = [found[start : start + votes] for start in range(0, len(found), votes)]
        return answers.give([averaged(row, own) for row, own in zip(rows, said, strict=True)])


def asked_why(reader: Reader, one: Asked, room: int, draw: int = 0) -> Before:
    """A response and the judge's question, with room for a critique. Errors: EncodeError where nothing is asked or fits."""
    asked = question(reader.judging, one.record, draw)
    if not asked:
        raise EncodeError("judging.turn is empty: a critique answers a question")
    return reader.before(one.record, one.response, asked, 1 + room, one.looked)


def heard_after(words: Tensor, end: Tensor) -> tuple[Tensor, Tensor]:
    """Words and the token after them, all scored."""
    ids = torch.cat([words, end])
    return ids, torch.ones(len(ids), dtype=torch.bool)


def averaged(row: Sequence[Opinion], said: Sequence[Drawn]) -> Opinion:
    """The mean of what was heard after several critiques; the first critique says why."""
    heard = [one for one in row if one.score is not None]
    if not heard:
        return row[0]
    scores = torch.tensor([one.score for one in heard])
    return replace(heard[0], score=float(scores.mean()), spread=float(scores.std()) if len(heard) > 1 else heard[0].spread, why=said[0].text)
