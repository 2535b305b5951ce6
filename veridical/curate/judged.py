"""A record file labelled by a judge: every item of it is judged, or unjudged with its reason; a killed run asks nothing twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from veridical.curate.verdicts import candidates, preferred, question_of, ranked, scored, with_claims
from veridical.grade.judging.answer import verdict
from veridical.grade.judging.asker import Asker, Endpoint
from veridical.grade.judging.both import How, Pairwise, judged_pair
from veridical.grade.judging.calibrate import corrected_rate
from veridical.grade.judging.consistency import self_check
from veridical.grade.judging.form import ASPECTS, ranking, scores, yes_no
from veridical.grade.judging.reply import JudgeStopped, Unjudged
from veridical.grade.judging.verdict import Ranking
from veridical.grade.judging.work import Worked, lines_of, told, work
from veridical.records.load import LoadError, Source, load, save, summary_of
from veridical.records.record import Pair, Record
from veridical.records.whole import write_json

What = Literal["pairs", "scores", "ranking", "claims"]
LOW, HIGH = 1, 5
LIKELY = 20
"""First tokens whose log-probabilities a server can be asked for."""


@dataclass(frozen=True)
class Task:
    """What is asked of the judge, and how."""

    what: What = "pairs"
    how: How = How()
    aspects: Mapping[str, str] = field(default_factory=lambda: dict(ASPECTS))
    probabilities: bool = False
    """Ask for log-probabilities (claims), where the server has them."""
    check: int = 0
    """Pairs that the judge is asked about four times, to see whether it says the same."""
    people: str = ""
    """People's labels of some of the records (an export of `veridical annotate`): the judge's win rate is corrected by them."""


NEEDS: dict[What, str] = {
    "pairs": "a record needs a pair, or exactly two responses; --what scores judges each response alone",
    "scores": "a record needs a response",
    "ranking": "a record needs at least two responses",
    "claims": "a response needs claims",
}

Labelled = tuple[list[Record], list[Record], Worked]
"""Records with verdicts, records without, and what came of each item."""


def judge_file(source: Source, out: Path, endpoint: Endpoint, task: Task = Task(), name: str = "veridical", say: Callable[[str], None] = print) -> dict[str, Any]:
    """Judge a file: `out` gets what was judged, `out`.unjudged what was not, `out`.report.json what happened; that is also the answer.

    Every pair of the source is in exactly one of the two files. Nothing is written to them before the end; answers are kept in `out`.asked.jsonl as they come.

    Errors: LoadError; JudgeStopped when the money is spent or the server lets nobody in (the report is written); NotInstalled.
    """
    loaded = load(source)
    records = loaded.records
    asker = Asker.of(endpoint)
    labelled, unjudged, worked = WORK[task.what](asker, records, task)
    if not worked.found:
        raise LoadError(f"{source.path}: holds nothing to judge as {task.what}; {NEEDS[task.what]}")
    further = {} if worked.stopped else more(asker, records, worked, task)
    report = told(worked, asker, task.what) | further | {"left_out": list(map(str, loaded.left_out))}
    if not worked.stopped:
        write(labelled, out, name)
        write(unjudged, out.with_name(f"{out.stem}.unjudged{out.suffix}"), name)
    write_json(out.with_name(f"{out.stem}.report.json"), report)
    for line in [*summary_of(loaded.left_out), *lines_of(report), *report.get("lines", [])]:
        say(line)
    if worked.stopped:
        raise JudgeStopped(f"{out}: not written; {worked.stopped}")
    return report


def write(records: Sequence[Record], path: Path, name: str) -> None:
    """Records as a file; no file, and none of an earlier run, where there are none."""
    if records:
        save(records, path, name)
    else:
        path.unlink(missing_ok=True)


def more(asker: Asker, records: Sequence[Record], worked: Worked, task: Task) -> dict[str, Any]:
    """What is only known of pairs: the judge's bias for a place, its consistency, its win rate and what people make of it."""
    if task.what != "pairs":
        return {}
    found = [one for one in worked.found if isinstance(one, Pairwise)]
    split = sum(not one.agreed for one in found)
    report: dict[str, Any] = {
        "ties": sum(one.better == 0 for one in found),
        "orders_disagree": split,
        "always_first": sum(one.followed > 0 for one in found),
        "always_last": sum(one.followed < 0 for one in found),
    }
    lines = [f"ties: {report['ties']}; both orders asked, of which they disagree: {split} (the place decides: first {report['always_first']}, last {report['always_last']})"]
    if split > len(found) / 4:
        lines.append("more than a quarter of the pairs depend on the order in which they are shown: this judge reads places; look for another")
    if task.check:
        checked = self_check(asker, [(record, *texts(record, pair)) for record in records for pair in candidates(record)][: task.check])
        report["consistency"] = vars(checked)
        lines += [f"self-check of {checked.pairs} pairs", *checked.lines]
    if task.people:
        rate, line = calibrated(records, worked, task.people)
        report |= {"win_rate": rate} if rate else {}
        lines.append(line)
    return report | {"lines": lines}


def texts(record: Record, pair: Pair) -> tuple[str, str]:
    """Both responses of a pair."""
    return record.response(pair.chosen).text, record.response(pair.rejected).text


def calibrated(records: Sequence[Record], worked: Worked, people: str) -> tuple[dict[str, Any], str]:
    """How often the file's chosen response wins, by the judge and people together; nothing but a line where both saw fewer than two of the same pairs."""
    theirs = {record.record_id: record for record in load(Source(path=people)).records}
    labels, judges, alone = [], [], []
    for (record, pair), one in zip(pairs_of(records), worked.found, strict=True):
        if not isinstance(one, Pairwise):
            continue
        person = person_says(theirs.get(record.record_id), pair)
        (alone if person is None else judges).append((one.better + 1) / 2)
        labels += [] if person is None else [person]
    if len(labels) < 2:
        return {}, f"the win rate is not corrected: {people} has labels of {len(labels)} of these pairs, and at least 2 are needed"
    rate = corrected_rate(labels, judges, alone)
    plain = sum([*judges, *alone]) / len([*judges, *alone])
    return {"judge": plain, **vars(rate)}, f"the file's chosen response wins {plain:.1%} by the judge, {rate} corrected by people"


def person_says(record: Record | None, pair: Pair) -> float | None:
    """People's label of a pair: 1 where they choose as the file does, 0 the other way, 0.5 a tie; None where they did not see it."""
    for found in record.pairs if record is not None else ():
        if {found.chosen, found.rejected} == {pair.chosen, pair.rejected}:
            return 0.5 if found.relation == "=" else float(found.chosen == pair.chosen)
    return None


def pairs_of(records: Sequence[Record]) -> list[tuple[Record, Pair]]:
    """Every pair with its record."""
    return [(record, pair) for record in records for pair in candidates(record)]


def judge_pairs(asker: Asker, records: Sequence[Record], task: Task) -> Labelled:
    """Pairs, each in both orders."""
    items = pairs_of(records)
    worked = work(asker, items, lambda item: fair(asker, *item, task.how), "judge pairs")
    good: dict[str, list[Pair]] = {}
    bad: dict[str, list[tuple[Pair, Unjudged]]] = {}
    for (record, pair), one in zip(items, worked.found, strict=True):
        if isinstance(one, Pairwise):
            good.setdefault(record.record_id, []).append(preferred(record, pair, one, asker.endpoint.model))
        elif one is not None:
            bad.setdefault(record.record_id, []).append((pair, one))
    labelled = [record.replace(pairs=tuple(good[record.record_id]), kind="preference") for record in records if record.record_id in good]
    unjudged = [marked(record.replace(pairs=tuple(pair for pair, _ in bad[record.record_id])), bad[record.record_id][0][1]) for record in records if record.record_id in bad]
    return labelled, unjudged, worked


def fair(asker: Asker, record: Record, pair: Pair, how: How) -> Pairwise:
    """One pair. Where only one order is asked, chance (the same every time) decides which, not the file: its chosen one does not always stand first."""
    chosen, rejected = texts(record, pair)
    if how.swap or sha256(f"{record.record_id} {pair.chosen} {pair.rejected}".encode()).digest()[0] % 2:
        return judged_pair(asker, record, chosen, rejected, how)
    said = judged_pair(asker, record, rejected, chosen, how)
    return replace(said, better=-said.better, probability=1 - said.probability, given=-said.given)


def judge_scores(asker: Asker, records: Sequence[Record], task: Task) -> Labelled:
    """Every response by every aspect."""
    items, form = [(record, response) for record in records for response in record.responses], scores(task.aspects, LOW, HIGH)
    worked = work(asker, items, lambda item: verdict(asker, form, form.messages(item[0], [item[1].text], task.how.wording)), "judge responses")
    found = {
        (record.record_id, response.response_id): one for (record, response), one in zip(items, worked.found, strict=True) if one is not None and not isinstance(one, Unjudged)
    }
    model = asker.endpoint.model
    out = [record.replace(responses=tuple(scored(one, found.get((record.record_id, one.response_id)), model, LOW, HIGH) for one in record.responses)) for record in records]
    return *parted(out, lambda record: any((record.record_id, one.response_id) in found for one in record.responses)), worked


def judge_rankings(asker: Asker, records: Sequence[Record], task: Task) -> Labelled:
    """All responses of a record at once, as they stand and the other way round."""
    items = [record for record in records if len(record.responses) > 1]

    def both(record: Record) -> tuple[Ranking, Ranking | None]:
        form, shown = ranking(len(record.responses)), [response.text for response in record.responses]
        one = verdict(asker, form, form.messages(record, shown, task.how.wording))
        return one, verdict(asker, form, form.messages(record, shown[::-1], task.how.wording)) if task.how.swap else None

    worked = work(asker, items, both, "rank")
    found = {record.record_id: one for record, one in zip(items, worked.found, strict=True) if isinstance(one, tuple)}
    out = [ranked(record, *found.get(record.record_id, (None, None))) for record in records]
    return *parted(out, lambda record: record.record_id in found), worked


def judge_claims(asker: Asker, records: Sequence[Record], task: Task) -> Labelled:
    """Every claim of every response, as a question of yes or no."""
    items = [(record, response.response_id, place) for record in records for response in record.responses for place in range(len(response.claims))]
    form = yes_no(LIKELY if task.probabilities else 0)
    worked = work(asker, items, lambda item: verdict(asker, form, form.messages(question_of(item[0], item[0].response(item[1]).claims[item[2]]), [], task.how.wording)), "ask")
    found: dict[tuple[str, str], dict[int, Any]] = {}
    for (record, name, place), one in zip(items, worked.found, strict=True):
        if one is not None and not isinstance(one, Unjudged):
            found.setdefault((record.record_id, name), {})[place] = one
    out = [record.replace(responses=tuple(with_claims(one, found.get((record.record_id, one.response_id), {})) for one in record.responses)) for record in records]
    return *parted(out, lambda record: any((record.record_id, one.response_id) in found for one in record.responses)), worked


def parted(records: Sequence[Record], judged: Callable[[Record], bool]) -> tuple[list[Record], list[Record]]:
    """Records of which something was judged, and the others."""
    return [record for record in records if judged(record)], [record for record in records if not judged(record)]


def marked(record: Record, why: Unjudged) -> Record:
    """The record as it was, with why it was not judged among its provenance's steps."""
    return record.replace(provenance=record.provenance.replace(steps=(*record.provenance.steps, f"unjudged, {str(why)[:200]}")))


WORK: dict[What, Callable[[Asker, Sequence[Record], Task], Labelled]] = {"pairs": judge_pairs, "scores": judge_scores, "ranking": judge_rankings, "claims": judge_claims}
