"""The export is what people did: votes, ranks, marks, stretches and corrections, in the project's format and in others."""

import json

import pytest
from typer.testing import CliRunner

from veridical.annotate.ask import AnnotateError, Ask
from veridical.annotate.export import exported
from veridical.annotate.progress import kappas, lines_of, progress
from veridical.annotate.serve import Work, aspects_of, export, invitations
from veridical.cli import app
from veridical.records.load import Source, load, save
from veridical.records.pairing import apply_edits
from veridical.world.records import pairs


def test_votes_become_pairs_and_corrections_become_edits(crew):
    one = crew()
    for name in ("ann", "bo"):
        for place in range(6):
            item = one.next(name)
            record = one.site.items.record(item["item"])
            rejected = next(each for each in item["responses"] if each["text"] == record.response("rejected").text)
            wrong = record.response("rejected").spans[0]
            mark = {"start": wrong.start, "end": wrong.end, "text": wrong.text, "label": "hallucination"}
            fixed = record.response("rejected").text.replace(wrong.text, "nothing")
            more = {"corrections": {rejected["key"]: fixed}, "spans": {rejected["key"]: [mark]}} if name == "ann" and place == 0 else {}
            better = {0: "chosen", 1: "rejected", 2: "" if name == "bo" else "chosen"}.get(place, "chosen" if name == "ann" else "rejected")
            assert one.judge(name, item, better and record.response(better).text, **more).status_code == 200
    found = exported(one.site.items, one.site.store.judgements(), one.site.ask)
    people = [record.pairs[0] for record in found]
    assert [(pair.chosen, pair.rejected, pair.relation, pair.probability) for pair in people[:4]] == [
        ("chosen", "rejected", ">", 1.0), ("rejected", "chosen", ">", 1.0), ("chosen", "rejected", ">", 0.75), ("chosen", "rejected", "=", 0.5)
    ]  # fmt: skip
    first = found[0]
    wrong_text = first.response("rejected").spans[0].text
    corrected, pair = first.response("rejected-by-ann"), first.pairs[1]
    assert corrected.origin == "corrected" and (pair.chosen, pair.rejected, pair.rule) == ("rejected-by-ann", "rejected", "corrected")
    assert (
        apply_edits(first.response("rejected").text, corrected.text, pair.edits) == corrected.text
        and 0 < sum(edit.rejected_end - edit.rejected_start for edit in pair.edits) <= len(wrong_text) + 1
    )
    (span,) = [span for span in first.response("rejected").spans if span.annotator == "ann"]
    assert first.response("rejected").text[span.start : span.end] == span.text and span.label == "hallucination"
    assert [(aspect.annotator, aspect.score) for aspect in first.response("chosen").aspects if aspect.name == "helpfulness"] == [("ann", 3.0), ("bo", 3.0)]
    assert [said["person"] for said in json.loads(first.extra)["annotation"]] == ["ann", "bo"]


def test_rankings_are_the_mean_of_places(crew):
    one = crew(pairs(1), ask=Ask(each=2))
    orders = {"ann": {"chosen": 1, "gold": 1, "rejected": 3, "third": 4}, "bo": {"chosen": 1, "gold": 2, "rejected": 3, "third": 3}}
    for name, order in orders.items():
        item = one.next(name)
        names = {response.text: response.response_id for response in one.site.items.record(item["item"]).responses}
        body = {"client_id": f"{name}-12345", "item": item["item"], "seconds": 9, "ranks": {each["key"]: order[names[each["text"]]] for each in item["responses"]}}
        assert one.call(name, "/api/judgement", body).status_code == 200
    (record,) = exported(one.site.items, one.site.store.judgements(), one.site.ask)
    assert record.kind == "ranking" and {response.response_id: response.rank for response in record.responses} == {"chosen": 1, "gold": 2, "rejected": 3, "third": 4}
    votes = {(pair.chosen, pair.rejected): pair.probability for pair in record.pairs}
    assert votes == {
        ("chosen", "rejected"): 1.0,
        ("chosen", "third"): 1.0,
        ("chosen", "gold"): 0.75,
        ("rejected", "third"): 0.75,
        ("gold", "rejected"): 1.0,
        ("gold", "third"): 1.0,
    }


def test_skipped_items_and_gold_questions_are_not_exported_and_flags_reach_the_owner(crew):
    gold = [record.replace(record_id=f"gold-{record.record_id}", responses=record.responses[:2]) for record in pairs(1, first=900)]
    one = crew(ask=Ask(each=1, gold_every=2), gold=gold, names=("ann",))
    first, second, third = (one.next("ann", tuple(seen)) for seen in ((), ("x",), ()))
    assert first == second == third
    one.call("ann", "/api/judgement", {"client_id": "skipped-1", "item": first["item"], "seconds": 3, "skip": True, "flag": True, "comment": "blurred"})
    question = one.next("ann")
    assert question["item"] in one.site.items.gold
    one.call(
        "ann",
        "/api/judgement",
        {
            "client_id": "gold-1234",
            "item": question["item"],
            "seconds": 5,
            "ranks": {each["key"]: 1 if each["text"] == gold[0].response("chosen").text else 2 for each in question["responses"]},
        },
    )
    assert exported(one.site.items, one.site.store.judgements(), one.site.ask) == []
    found = one.call("owner", "/api/progress").json()
    assert found["flagged"] == [{"record": one.site.items.record(first["item"]).record_id, "person": "ann", "comment": "blurred"}]
    assert found["people"][0] | {"last": 0} == {"name": "ann", "judged": 0, "skipped": 1, "flagged": 1, "seconds": 4.0, "agrees": None, "gold": [1, 1], "last": 0}


def test_progress_tells_agreement(crew):
    one = crew()
    for name in ("ann", "bo"):
        for place in range(4):
            item = one.next(name)
            record = one.site.items.record(item["item"])
            better = "chosen" if place < 3 and (name == "ann" or place < 2) else "rejected"
            one.judge(name, item, record.response(better).text)
    found = progress(one.site.items, one.site.store.judgements(), one.site.store.people(), one.site.ask)
    # ann says 1 1 1 -1, bo 1 1 -1 -1: observed 3/4, expected (3*2 + 1*2)/16 = 1/2
    assert found["kappas"] == [{"people": ["ann", "bo"], "kappa": pytest.approx(0.5), "shared": 4}] and found["judged"] == found["begun"] == 4
    # alpha: 1 - 7 * (one unit that differs: 2) / (2 * 5 * 3)
    assert found["alpha"] == pytest.approx(1 - 7 * 2 / 30) and found["people"][0]["agrees"] == 0.75
    assert any("kappa 0.50 of 4 shared" in line for line in lines_of(found))


@pytest.mark.parametrize("name", ["veridical", "rlhf_v", "trl", "llama_factory"])
def test_the_export_is_read_back_in_other_formats(crew, tmp_path, name):
    one = crew()
    for _ in range(6):
        item = one.next("ann")
        one.judge("ann", item, one.site.items.record(item["item"]).response("chosen").text)
    work = Work(Source(path=str(tmp_path / "data.jsonl")), str(tmp_path / "said.db"), one.site.ask)
    target = tmp_path / "out" / f"out.{'jsonl' if name == 'veridical' else 'json'}"
    target.parent.mkdir()
    assert export(work, target, name).written == 6
    texts = [(record.response(record.pairs[0].chosen).text, record.response(record.pairs[0].rejected).text) for record in load(Source(path=str(target), format=name)).records]
    assert texts == [(record.response("chosen").text, record.response("rejected").text) for record in one.site.items.records.values()]


def test_the_command_exports_and_tells_how_the_work_stands(crew, tmp_path):
    one = crew()
    item = one.next("ann")
    one.judge("ann", item, one.site.items.record(item["item"]).response("chosen").text)
    command = ["annotate", str(tmp_path / "data.jsonl"), "--db", str(tmp_path / "said.db"), "--aspects", "helpfulness"]
    shown = CliRunner().invoke(app, [*command, "--progress"])
    assert shown.exit_code == 0 and "1 of 6 items judged by 1" in shown.output and "ann" in shown.output
    assert json.loads(CliRunner().invoke(app, [*command, "--progress", "--json"]).output)["people"][0]["judged"] == 1
    written = CliRunner().invoke(app, [*command, "--export", str(tmp_path / "out.jsonl")])
    assert written.exit_code == 0 and written.output.strip() == f"{tmp_path / 'out.jsonl'}: 1 records" and load(str(tmp_path / "out.jsonl")).records[0].pairs[0].chosen == "chosen"


def test_an_export_of_nothing_says_so(crew, tmp_path):
    one = crew()
    with pytest.raises(AnnotateError, match="nobody has judged an item yet"):
        export(Work(Source(path=str(tmp_path / "data.jsonl")), str(tmp_path / "said.db"), one.site.ask), tmp_path / "out.jsonl")


def test_items_are_offered_by_worth_or_by_chance(tmp_path):
    records = [record.replace(pairs=(record.pairs[0].replace(probability=0.5 if number == 4 else 1.0),)) for number, record in enumerate(pairs(6))]
    save(records, tmp_path / "data.jsonl")
    work = Work(Source(path=str(tmp_path / "data.jsonl")), str(tmp_path / "a.db"), Ask(), worth_first=True)
    assert [record.record_id for record in work.ordered(records)][0] == records[4].record_id
    turned = [record.replace(pairs=(record.pairs[0].replace(chosen="rejected", rejected="chosen", edits=()),)) if number == 2 else record for number, record in enumerate(records)]
    save(turned, tmp_path / "other.jsonl")
    both = Work(Source(path="x"), "x", Ask(), worth_first=True, judged=(str(tmp_path / "data.jsonl"), str(tmp_path / "other.jsonl")))
    assert [record.record_id for record in both.ordered(records)][:2] == [records[2].record_id, records[4].record_id], (
        "two judges who contradict each other come before two that are unsure"
    )
    drawn = Work(Source(path="x"), "x", Ask(), random_part=2).ordered(records)
    assert sorted(record.record_id for record in drawn) == sorted(record.record_id for record in records) and drawn[:2] != records[:2]


def test_records_without_a_response_are_left_out_and_counted(crew):
    records = pairs(3)
    one = crew([records[0].replace(responses=(), pairs=(), kind="prompt_only"), *records[1:]])
    assert len(one.site.items.records) == 2 and "1 records without a response are left out" in one.said[0]
    with pytest.raises(AnnotateError, match="no record has a response"):
        crew([records[0].replace(responses=(), pairs=(), kind="prompt_only")])


def test_links_are_told_once_and_names_are_names(crew):
    one = crew()
    lines = invitations(one.site.store, ["ann", "cy"], ["bo"], "http://h")
    assert "ann: has an invitation" in lines[1] and lines[2].startswith("  cy: http://h/#") and lines[3].startswith("  bo: http://h/#")
    assert one.call("bo", "/api/me").status_code == 401 and one.call(lines[3].split("#")[1], "/api/me").json()["name"] == "bo"
    with pytest.raises(AnnotateError, match="is no name"):
        invitations(one.site.store, [" "], [], "http://h")


def test_aspects_bring_their_meaning():
    assert aspects_of("ethics, clarity=easy to read") == {"ethics": "it is harmless, fair, and respects privacy", "clarity": "easy to read"} and aspects_of("") == {}


def test_kappa_is_of_what_two_people_share():
    assert kappas([{"a": 1, "b": 1}, {"a": 2, "b": 2}, {"c": 1}]) == {("a", "b"): (1.0, 2)}
