"""Judges that write their verdict: which of two responses is better, or a number for one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import torch

from veridical.models.encoder import EncodeError
from veridical.models.judging.example import Comparison, JudgedExample, Spot, judged_responses, spot_of
from veridical.models.judging.facts import question
from veridical.models.judging.form import Bench, Opinion
from veridical.models.judging.grow import Before, Grove, Looked, Reader
from veridical.models.judging.speak import Posed, number_in, pose, speak
from veridical.models.judging.use import Asked, ask, failed, runs
from veridical.models.planting import messages
from veridical.models.sample import Drawn
from veridical.models.shown import stable_seed
from veridical.records.record import Pair, Part, Record, Response, Turn

FIRST, SECOND = 1, 2


class Choice:
    """Learns to write which of two responses is better; the order of the two is drawn for each use of a pair.

    In use each response meets the next one of its record's, and the first the last, in both orders, with `votes` verdicts
    in each; its score is the share of verdicts that it won. One that is alone meets the record's best known response.
    """

    unbounded = False

    def example(self, reader: Reader, record: Record, ranked: bool = False, draw: int = 0) -> JudgedExample:
        """Each preference as a question with both verdicts under it, the right one first."""
        grove, looked, spots, found = Grove(record.record_id), reader.look(record), [], []
        pairs = [pair for pair in record.pairs if pair.relation == ">"]
        if not pairs:
            raise EncodeError(f"record {record.record_id}: no pair with a preference")
        for number, pair in enumerate(pairs):
            turned = stable_seed(reader.judging.seed, record.record_id, number, draw) % 2 == 1
            texts = [record.response(key).text for key in ((pair.rejected, pair.chosen) if turned else (pair.chosen, pair.rejected))]
            before = asked_which(reader, record, texts, looked)
            for verdict in (SECOND, FIRST) if turned else (FIRST, SECOND):
                words = reader.words(before, written(reader, verdict), record.record_id)
                spots.append(Spot(grove.add(before, words, torch.ones(len(words), dtype=torch.bool), f"{pair.chosen} or {pair.rejected}: {verdict}"), len(words), 0))
            found.append(Comparison(len(spots) - 2, len(spots) - 1, weights=(pair.weight,) * reader.judging.heads))
        return JudgedExample(record.record_id, grove.forest, tuple(spots), tuple(found), grove.cut)

    def opinions(self, bench: Bench, records: Sequence[Record], responses: Sequence[Sequence[str]]) -> list[list[Opinion]]:
        """The share of verdicts that each response won."""
        answers, reader, votes = ask(bench, records, responses), bench.reader, bench.reader.judging.votes
        posed = []
        for one, other in zip(answers.asked, opponents(answers.asked), strict=True):
            for texts in ((one.response.text, other), (other, one.response.text)):
                posed.append(pose(partial(asked_which, reader, one.record, texts, one.looked), one.record.record_id, *texts))
        said = speak(bench, posed, votes)
        return answers.give([won(posed[place : place + 2], said[place : place + 2]) for place in range(0, len(posed), 2)])


def opponents(asked: Sequence[Asked]) -> list[str | None]:
    """For each response the next of its record's that reads differently, else the record's best known response."""
    found = []
    for own in runs(asked):
        texts, known = [one.response.text for one in own], best_known(own[0].record)
        for place, text in enumerate(texts):
            others = (other for other in [*texts[place + 1 :], *texts[:place], *known] if other != text)
            found.append(next(others, None))
    return found


def best_known(record: Record) -> list[str]:
    """Gold and chosen responses of a record."""
    gold = [response.text for response in record.responses if response.origin == "gold"]
    return gold + [record.response(pair.chosen).text for pair in record.pairs]


def asked_which(reader: Reader, record: Record, texts: Sequence[str | None], looked: Looked) -> Before:
    """The record's question with both responses and the question which is better, in one turn of the user. Errors: EncodeError."""
    if None in texts:
        raise EncodeError(f"record {record.record_id}: nothing to compare the response with")
    if "{first}" not in reader.judging.turn or "{second}" not in reader.judging.turn:
        raise EncodeError(f"record {record.record_id}: judging.turn must have {{first}} and then {{second}}, where the two responses stand")
    before, _, rest = question(reader.judging, record).partition("{first}")
    between, _, after = rest.partition("{second}")
    asked = before + texts[0] + between + texts[1] + after
    last = record.prompt[-1]
    turns = [*record.prompt[:-1], last.replace(parts=(*last.parts, Part(text=asked)))] if last.role == "user" else [*record.prompt, Turn(role="user", parts=(Part(text=asked),))]
    piece = reader.encoder.prompt(messages(turns), *looked, record.record_id)
    return Before(piece, piece.ids[:0], messages(turns))


def written(reader: Reader, verdict: int) -> str:
    """A verdict as the judge writes it."""
    return reader.judging.verdict.replace("{verdict}", str(verdict))


def won(posed: Sequence[Posed], said: Sequence[Sequence[Drawn]]) -> Opinion:
    """Verdicts of both orders as the share that the response won; not judged where none can be read in one of them."""
    if errors := [one.error for one in posed if one.error is not None]:
        return failed(errors[0])
    orders = []
    for drawn, mine in zip(said, (FIRST, SECOND), strict=True):
        read = [number_in(one.text, range(FIRST, SECOND + 1)) for one in drawn]
        orders.append([float(number == mine) for number in read if number is not None])
    why = f"won {sum(map(sum, orders)):g} of {sum(map(len, orders))} verdicts"
    if not all(orders):
        return Opinion(None, why=f"{why}; no verdict could be read in one of the two orders")
    shares = torch.tensor([sum(order) / len(order) for order in orders])
    return Opinion(float(shares.mean()), float(torch.tensor([*orders[0], *orders[1]]).std(unbiased=False)), None, why)


class Rate:
    """Learns to write a number for one response, from its score (0 to 1) or rank; in use the mean of `votes` numbers, as a share of the best one."""

    unbounded = False

    def example(self, reader: Reader, record: Record, ranked: bool = False, draw: int = 0) -> JudgedExample:
        """Each response with its number."""
        grove, responses, look, spots = Grove(record.record_id), judged_responses(record, True), reader.looks(record), []
        for response in responses:
            before = asked_how_good(reader, Asked(record, response, look(response)), draw)
            words = reader.words(before, written(reader, number_of(record, response, reader.judging.top)), record.record_id)
            spots.append(replace(spot_of(response, grove.add(before, words, torch.ones(len(words), dtype=torch.bool), response.response_id), len(words), 0), rank=None))
        return JudgedExample(record.record_id, grove.forest, tuple(spots), (), grove.cut)

    def opinions(self, bench: Bench, records: Sequence[Record], responses: Sequence[Sequence[str]]) -> list[list[Opinion]]:
        """The mean of the numbers that could be read."""
        answers = ask(bench, records, responses)
        posed = [pose(partial(asked_how_good, bench.reader, one), one.record.record_id, one.response.text) for one in answers.asked]
        said = speak(bench, posed, bench.reader.judging.votes)
        return answers.give([mean_number(one, own, bench.reader.judging.top) for one, own in zip(posed, said, strict=True)])


def asked_how_good(reader: Reader, one: Asked, draw: int = 0) -> Before:
    """The response and the question how good it is, with room for a number."""
    judging = reader.judging
    asked = question(judging, one.record, draw).replace("{top}", str(judging.top))
    if not asked:
        raise EncodeError("judging.turn is empty: a verdict answers a question")
    return reader.before(one.record, one.response, asked, judging.max_new_tokens, one.looked)


def number_of(record: Record, response: Response, top: int) -> int:
    """The number that a response deserves. Errors: EncodeError where neither score nor rank is known."""
    if response.score is not None and 0 <= response.score <= 1:
        return round(top * response.score)
    ranks = [other.rank for other in record.responses if other.rank is not None]
    if response.rank is not None and max(ranks) > 1:
        return round(top * (max(ranks) - response.rank) / (max(ranks) - 1))
    sides: list[Pair] = [pair for pair in record.pairs if response.response_id in (pair.chosen, pair.rejected)]
    if not sides:
        raise EncodeError(f"record {record.record_id}: response {response.response_id} has no score in [0, 1], no rank and no pair, so no number can be learnt")
    return top if sides[0].chosen == response.response_id else 0


def mean_number(posed: Posed, said: Sequence[Drawn], top: int) -> Opinion:
    """Numbers as a share of the best one; not judged where none can be read."""
    if posed.error is not None:
        return failed(posed.error)
    read = [number for one in said if (number := number_in(one.text, range(top + 1))) is not None]
    if not read:
        return Opinion(None, why=f"no number from 0 to {top} in {said[0].text[:60]!r}")
    shares = torch.tensor(read, dtype=torch.float) / top
    return Opinion(float(shares.mean()), float(shares.std(unbiased=False)), None, f"said {', '.join(map(str, read))} of {top}")
