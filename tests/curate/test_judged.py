"""A record file labelled by a judge that is a real server and goes wrong in every way: no pair is lost, none is made up, and the report says what happened."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from judge_server import Answer, JudgeServer, shown, text_of, truthful
from troubled_judge import FAULTS, fault_of, troubled

from veridical.curate.judged import Task, judge_file
from veridical.grade.judging.asker import Endpoint
from veridical.grade.judging.both import How
from veridical.grade.judging.reply import JudgeStopped
from veridical.records.load import LoadError, Source, load, save
from veridical.records.pairing import apply_edits
from veridical.world.records import pairs

pytest.importorskip("openai")


@pytest.fixture(scope="module")
def world():
    """Pairs of which every second one is turned round, so that the file is right half of the time; and the true score of every response."""
    records = [turned(record) if number % 2 else record for number, record in enumerate(pairs(40))]
    return records, {response.text: response.score for record in records for response in record.responses}


def turned(record):
    (pair,) = record.pairs
    return record.replace(pairs=(pair.replace(chosen=pair.rejected, rejected=pair.chosen, edits=(), margin=None),))


def endpoint(server, **settings) -> Endpoint:
    return Endpoint(**{"url": server.url, "model": "m", "pause": 0.01, "seconds": 1.0, "tries": 3, "at_once": 8, **settings})


def judged(tmp_path, server, world, task=Task(), broken="", **settings):
    save(world[0], tmp_path / "pairs.jsonl")
    with (tmp_path / "pairs.jsonl").open("a") as file:
        file.write(broken)
    said = []
    report = judge_file(Source(path=str(tmp_path / "pairs.jsonl")), tmp_path / "out.jsonl", endpoint(server, **settings), task, say=said.append)
    out = {name: load(str(tmp_path / name)).records if (tmp_path / name).exists() else [] for name in ("out.jsonl", "out.unjudged.jsonl")}
    return report, out["out.jsonl"], out["out.unjudged.jsonl"], "\n".join(said)


def test_a_judge_that_fails_in_every_way_loses_no_pair_and_makes_none_up(world, tmp_path):
    records, scores = world
    with JudgeServer(troubled(scores), hang=1.5) as server:
        report, good, bad, said = judged(tmp_path, server, world)
    assert sorted(one.record_id for one in (*good, *bad)) == sorted(one.record_id for one in records)
    assert len(good) == report["judged"] and len(bad) == sum(report["unjudged"].values()) > 0
    happened = Counter(fault_of(body) for body in server.asked)
    assert set(happened) == {"", *FAULTS}, "the script must have shown every fault"
    for record in good:
        (pair,) = record.pairs
        chosen, rejected = record.response(pair.chosen), record.response(pair.rejected)
        flattered = (
            fault_of({"messages": [{"content": f"Response A:\n==========\n{chosen.text}\n==========\n\nResponse B:\n==========\n{rejected.text}\n=========="}]}) == "flatter"
        )
        assert pair.relation == ("=" if flattered else ">") and (flattered or chosen.score > rejected.score) and pair.rule == "judge:m"
        assert apply_edits(rejected.text, chosen.text, pair.edits) == chosen.text
    originals = {record.record_id: record for record in records}
    assert all(record.pairs == originals[record.record_id].pairs and record.provenance.steps[-1].startswith("unjudged, ") for record in bad)
    assert report["orders_disagree"] == report["always_first"] == sum(record.pairs[0].relation == "=" for record in good) > 0
    assert all(str(number) in said for number in report["unjudged"].values()) and f"{report['judged']} of 40 pairs judged by m" in said
    assert {"429", "500", "timeout", "connection", "broken answer"} <= set(report["requests"])


def test_the_second_run_asks_only_what_failed(world, tmp_path):
    with JudgeServer(troubled(world[1]), hang=1.5) as server:
        cache = tmp_path / "asked.jsonl"
        first, _, bad, _ = judged(tmp_path, server, world, cache=cache)
        before = len(server.asked)
        server.script = truthful(world[1])
        second, good, rest, _ = judged(tmp_path, server, world, cache=cache, seconds=20.0)
    kept = {"refused": 1, "no verdict": 1}
    asked_again = {tuple(sorted(shown(body))) for body in server.asked[before:]}
    assert asked_again and asked_again <= {tuple(sorted((one.response(pair.chosen).text, one.response(pair.rejected).text))) for one in bad for pair in one.pairs}
    assert second["judged"] > first["judged"] and set(second["unjudged"]) <= set(kept) and len(good) + len(rest) == 40 and not (rest and not second["unjudged"])


def test_a_killed_run_goes_on_with_the_same_outcome(world, tmp_path):
    """The process is killed with signal 9 between two answers; what it got is not asked for again."""
    save(world[0], tmp_path / "pairs.jsonl")
    honest = truthful(world[1])

    def slow(body, times):
        time.sleep(0.03)
        return honest(body, times)

    command = [sys.executable, "-m", "veridical", "judge", str(tmp_path / "pairs.jsonl"), str(tmp_path / "out.jsonl"), "--model", "m", "--at-once", "2"]
    with JudgeServer(slow) as server:
        process = subprocess.Popen(
            [*command, "--url", server.url], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
        )
        deadline = time.monotonic() + 60
        while len(server.asked) < 30 and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert 30 <= len(server.asked) < 80 and not (tmp_path / "out.jsonl").exists()
        done = len(server.asked)
        report = judge_file(
            Source(path=str(tmp_path / "pairs.jsonl")), tmp_path / "out.jsonl", Endpoint(server.url, "m", cache=tmp_path / "out.asked.jsonl"), say=lambda line: None
        )
        whole = judge_file(Source(path=str(tmp_path / "pairs.jsonl")), tmp_path / "whole.jsonl", Endpoint(server.url, "m"), say=lambda line: None)
    assert report["requests"]["from the cache"] >= done - 2 and report["requests"]["asked"] <= 80 - done + 2 and whole["judged"] == 40
    assert (tmp_path / "out.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


def test_a_run_without_money_writes_no_outcome_and_says_how_to_go_on(world, tmp_path):
    with JudgeServer(truthful(world[1])) as server, pytest.raises(JudgeStopped, match="raise most_cost"):
        judged(tmp_path, server, world, price_read=1.0, most_cost=0.02)
    report = json.loads((tmp_path / "out.report.json").read_text())
    assert not (tmp_path / "out.jsonl").exists() and report["waiting"] > 0 and report["cost"] <= 0.02


def test_asked_in_one_order_the_files_chosen_does_not_always_stand_first(world, tmp_path):
    with JudgeServer(lambda body, times: Answer('{"why": "", "better": "A"}')) as server:
        _, good, _, _ = judged(tmp_path, server, world, Task(how=How(swap=False)))
    originals = {record.record_id: record.pairs[0].chosen for record in world[0]}
    kept = sum(record.pairs[0].chosen == originals[record.record_id] for record in good)
    assert 8 < kept < 32


def test_people_correct_the_judges_win_rate(world, tmp_path):
    """The judge always prefers what the file chose; people, who saw a quarter, say that it is right half of the time."""
    first = {record.response(record.pairs[0].chosen).text for record in world[0]}
    people = [turned(record) if number % 2 else record for number, record in enumerate(world[0][:20])]
    save(people, tmp_path / "people.jsonl")
    with JudgeServer(lambda body, times: Answer(json.dumps({"why": "", "better": "A" if shown(body)[0] in first else "B"}))) as server:
        report, _, _, said = judged(tmp_path, server, world, Task(people=str(tmp_path / "people.jsonl"), check=5))
    assert report["win_rate"]["judge"] == 1.0 and report["win_rate"]["value"] == 0.5 and report["win_rate"]["people"] == report["win_rate"]["judged"] == 20
    assert "wins 100.0% by the judge, 50.0% [" in said and report["consistency"]["again"] == (5, 5)


def test_a_row_that_cannot_be_read_costs_no_other(world, tmp_path):
    with JudgeServer(truthful(world[1])) as server:
        report, good, _, said = judged(tmp_path, server, world, broken='{"half": ')
    assert len(good) == 40 and len(report["left_out"]) == 1 and "1 left out (row 40)" in said


def test_what_cannot_be_judged_or_corrected_is_said(world, tmp_path):
    alone = [record.replace(pairs=(), responses=record.responses[:1]) for record in world[0][:3]]
    with JudgeServer(truthful(world[1])) as server:
        with pytest.raises(LoadError, match="holds nothing to judge as pairs; a record needs a pair"):
            judged(tmp_path, server, (alone, world[1]))
        save(alone, tmp_path / "people.jsonl")
        report, good, _, said = judged(tmp_path, server, (world[0][:3], world[1]), Task(people=str(tmp_path / "people.jsonl")))
    assert len(good) == 3 and "win_rate" not in report and "labels of 0 of these pairs" in said


def test_scores_that_fail_leave_the_response_without_one(world, tmp_path):
    def script(body, times):
        (text,) = shown(body)
        return Answer(fault="refuse") if world[1][text] < 0.8 else Answer('{"why": "w", "scores": {"helpfulness": 5, "faithfulness": 4, "ethics": 3}}')

    with JudgeServer(script) as server:
        report, good, bad, _ = judged(tmp_path, server, world, Task("scores"))
    responses = [response for record in (*good, *bad) for response in record.responses]
    assert len(responses) == report["items"] == 160 and sum(one.score is None for one in responses) == report["unjudged"]["refused"] > 0
    assert all((one.score is None) == (world[1][one.text] < 0.8) for one in responses) and {one.score for one in responses} == {None, 0.75}
    assert {(one.name, one.score, one.annotator) for one in good[0].responses[0].aspects if one.annotator == "m"} == {
        ("helpfulness", 5.0, "m"),
        ("faithfulness", 4.0, "m"),
        ("ethics", 3.0, "m"),
    }


def test_a_ranking_is_the_mean_of_both_orders(world, tmp_path):
    def script(body, times):
        texts = shown(body)
        order = sorted(range(len(texts)), key=lambda place: -world[1][texts[place]])
        return Answer(json.dumps({"why": "", "order": ["ABCD"[place] for place in order]}))

    with JudgeServer(script) as server:
        _, good, _, _ = judged(tmp_path, server, world, Task("ranking"))
    assert len(good) == 40
    for record in good:
        ranks = {response.response_id: response.rank for response in record.responses}
        assert ranks["chosen"] == ranks["gold"] == 1 and 1 < ranks["rejected"] < ranks["third"], "equals share a rank: each order puts another of them first"


def test_claims_get_probabilities_only_where_the_server_tells_them(world, tmp_path):
    true = {claim.question: claim.label == "true" for record in world[0] for response in record.responses for claim in response.claims}
    script = lambda body, times: Answer("Yes" if true[text_of(body).split("\n")[0]] else "No", logprobs={"Yes": -0.7, "No": -0.7} if "logprobs" in body else {})  # noqa: E731
    few = (world[0][:5], world[1])
    with JudgeServer(script) as server:
        _, good, _, _ = judged(tmp_path, server, few, Task("claims"))
        _, told, _, _ = judged(tmp_path, server, few, Task("claims", probabilities=True))
    claims = [claim for record in good for response in record.responses for claim in response.claims]
    assert claims and all(claim.p_yes is None and (claim.label == "true") == true[claim.question] for claim in claims)
    assert {claim.p_yes for record in told for response in record.responses for claim in response.claims} == {0.5}


def test_an_unjudged_file_of_an_earlier_run_does_not_stay(world, tmp_path):
    (tmp_path / "out.unjudged.jsonl").write_text("{}")
    with JudgeServer(truthful(world[1])) as server:
        report, good, bad, _ = judged(tmp_path, server, world, task=replace(Task(), how=How(swap=False)))
    assert len(good) == 40 and bad == [] and report["unjudged"] == {} and not (tmp_path / "out.unjudged.jsonl").exists()
