"""A judge is asked over HTTP, again where that helps, within limits, and never twice; what cannot be read is unjudged and never a score."""

import json
import threading
import time
from email.utils import formatdate

import pytest
from asking import asked
from judge_server import Answer, JudgeServer, shown, truthful
from PIL import Image

from veridical.grade.judging.answer import verdict
from veridical.grade.judging.asker import Asker, Endpoint, retry_after
from veridical.grade.judging.both import How, judged_pair
from veridical.grade.judging.cache import Cache, key_of
from veridical.grade.judging.consistency import self_check
from veridical.grade.judging.form import choice, ranking, scores, yes_no
from veridical.grade.judging.limits import Pace, Purse
from veridical.grade.judging.reply import JudgeStopped, Reply, Unjudged
from veridical.grade.judging.verdict import read_choice, read_ranking, read_scores, read_yes_no
from veridical.grade.judging.work import told, work
from veridical.records.record import Media, Part, Turn

pytest.importorskip("openai")
BEST = {"good": 2.0, "fair": 1.0, "bad": 0.0}


def said(better):
    return Answer(json.dumps({"why": "because", "better": better}))


def asker(server, **settings):
    return Asker.of(Endpoint(**{"url": server.url, "model": "m", "pause": 0.01, "seconds": 60.0, **settings}))


@pytest.mark.parametrize(
    ("text", "better"),
    [
        ('{"why": "x", "better": "A"}', 1), ('I think.\n{"why": "{\\"better\\": \\"A\\"}", "better": "B"}', -1), ('```json\n{"why": "x", "better": "tie"}\n```', 0),
        ('It says {"why": "", "better": "A"}. No:\n{"why": "", "better": "B"}', -1), ('{"why": "x", "better": "A"} is what I think', None), ('{"why": "x", "better": "a"}', None),
        ('{"better": "A"}', None), ('{"why": "x", "better": "A", "sure": true}', None), ('{"why": "x", "better": "A", "better": "B"}', None), ('{"why": 3, "better": "A"}', None),
        ("A", None), ("", None), ('{"why": "x", "better": "A"', None), ('[{"why": "x", "better": "A"}]', None), ("{" * 5000 + "}", None),
    ],
)  # fmt: skip
def test_only_the_exact_object_at_the_end_is_a_choice(text, better):
    if better is None:
        with pytest.raises(Unjudged):
            read_choice(Reply(text))
    else:
        assert read_choice(Reply(text)).better == better


@pytest.mark.parametrize("values", [{"a": 3}, {"a": 3, "b": 6}, {"a": 3, "b": True}, {"a": 3, "b": "4"}, {"a": 3, "b": None}, {"a": 3, "b": 4, "c": 1}, [3, 4]])
def test_scores_must_be_numbers_in_range_for_every_aspect(values):
    read = read_scores(("a", "b"), 1, 5)
    assert read(Reply('{"why": "", "scores": {"b": 5, "a": 1}}')).values == {"a": 1.0, "b": 5.0}
    with pytest.raises(Unjudged, match="scores"):
        read(Reply(json.dumps({"why": "", "scores": values})))
    with pytest.raises(Unjudged):
        read(Reply('{"why": "", "scores": {"a": NaN, "b": 1}}'))


def test_a_ranking_names_everything_once():
    assert read_ranking(3)(Reply('{"why": "", "order": ["C", "A", "B"]}')).order == (2, 0, 1)
    for order in (["A", "B"], ["A", "B", "B"], ["A", "B", "D"], "ABC", ["A", "B", 3]):
        with pytest.raises(Unjudged, match="order"):
            read_ranking(3)(Reply(json.dumps({"why": "", "order": order})))


def test_the_probability_of_yes_is_that_of_all_its_spellings_among_yes_and_no():
    reply = Reply("Yes.", first={"Yes": -0.6931471805599453, " yes": -2.0794415416798357, "No": -2.0794415416798357, "Maybe": -1.3862943611198906})
    found = read_yes_no(reply)  # 1/2 + 1/8 against 1/8
    assert found.yes and found.probability == pytest.approx(5 / 6)
    assert read_yes_no(Reply("no")).probability is None and not read_yes_no(Reply("no")).yes
    with pytest.raises(Unjudged):
        read_yes_no(Reply("Yes, and no"))


def test_refused_filtered_and_cut_off_answers_are_unjudged_even_where_they_look_whole():
    whole = '{"why": "x", "better": "A"}'
    for reply, reason in ((Reply(whole, refusal="no"), "refused"), (Reply(whole, "content_filter"), "refused"), (Reply(whole, "length"), "cut off")):
        with pytest.raises(Unjudged) as caught:
            read_choice(reply)
        assert caught.value.reason == reason


@pytest.mark.parametrize("first", [Answer(code=429), Answer(code=500), Answer(code=503), Answer(fault="cut"), Answer(fault="broken"), Answer(fault="empty"), Answer(fault="hang")])
def test_what_passes_is_asked_again(first):
    with JudgeServer(lambda body, times: first if times < 2 else said("A"), hang=3.0) as server:
        one = asker(server, seconds=1.5 if first.fault == "hang" else 60.0)
        assert read_choice(one.ask([{"role": "user", "content": "x"}])).better == 1
        assert len(server.asked) == 3 and one.seen["asked again"] == 2


def test_what_does_not_pass_is_unjudged_with_its_reason_and_is_not_kept(tmp_path):
    with JudgeServer(lambda body, times: Answer(code=500)) as server:
        one = asker(server, tries=3, cache=tmp_path / "asked.jsonl")
        with pytest.raises(Unjudged, match="asked 3 times") as caught:
            one.ask([{"role": "user", "content": "x"}])
        assert caught.value.reason == "500" and len(server.asked) == 3 and not (tmp_path / "asked.jsonl").exists()


def test_a_request_that_is_not_accepted_is_not_repeated():
    with JudgeServer(lambda body, times: Answer(code=400)) as server, pytest.raises(Unjudged) as caught:
        asker(server).ask([{"role": "user", "content": "x"}])
    assert caught.value.reason == "not accepted" and len(server.asked) == 1


@pytest.mark.parametrize("code", [401, 403, 404])
def test_a_wrong_key_or_model_stops_everything_at_once(code):
    with JudgeServer(lambda body, times: Answer(code=code)) as server:
        one = asker(server, at_once=1)
        done = work(one, range(50), lambda number: one.ask([{"role": "user", "content": str(number)}]))
    assert len(server.asked) == 1 and done.waiting == 50 and "check the address, the model's name and the key" in done.stopped


def test_a_server_that_is_gone_stops_the_work_and_one_that_comes_back_does_not():
    with JudgeServer(lambda body, times: Answer(code=500)) as server:
        one = asker(server, tries=1, patience=5, at_once=1)
        done = work(one, range(50), lambda number: one.ask([{"role": "user", "content": str(number)}]))
    assert len(server.asked) == 5 and done.unjudged == {"500": 4} and done.waiting == 46 and "no answer to 5 requests in a row" in done.stopped
    with JudgeServer(lambda body, times: Answer(code=500) if int(body["messages"][0]["content"]) % 5 else said("A")) as server:
        one = asker(server, tries=1, patience=5, at_once=1)
        assert work(one, range(50), lambda number: one.ask([{"role": "user", "content": str(number)}])).stopped == ""


def test_a_server_that_asks_for_time_gets_it():
    with JudgeServer(lambda body, times: said("A") if times else Answer(code=429, headers={"Retry-After": "0.5"})) as server:
        started = time.monotonic()
        asker(server, pause=0.0).ask([{"role": "user", "content": "x"}])
    assert time.monotonic() - started >= 0.5


def test_a_date_to_come_back_at_is_read():
    assert 25 < retry_after(formatdate(time.time() + 30, usegmt=True)) <= 30
    assert retry_after("7") == 7 and retry_after("soon") is None and retry_after(None) is None and retry_after(formatdate(0, usegmt=True)) == 0


def test_requests_start_at_the_stated_rate(monkeypatch):
    now, slept = [100.0], []
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "sleep", slept.append)
    pace = Pace(per_minute=30)
    for _ in range(3):
        pace.wait()
    pace.hold(60)
    pace.wait()
    assert slept == [0, 2, 4, 60]


def test_money_is_counted_and_stops_before_it_is_passed():
    purse = Purse(price_read=2.0, price_written=8.0, most=0.01)
    purse.start()
    purse.end(1000, 100)  # 0.002 + 0.0008
    assert purse.spent == pytest.approx(0.0028)
    purse.start(), purse.start()  # 0.0028 + 2 * 0.0028 may be spent
    with pytest.raises(JudgeStopped, match="raise most_cost"):
        purse.start()  # a third might make it 0.0112


def test_a_run_that_stops_for_money_goes_on_and_asks_nothing_twice(tmp_path):
    with JudgeServer(truthful(BEST)) as server:
        settings = {"cache": tmp_path / "asked.jsonl", "price_read": 2.0, "price_written": 8.0, "at_once": 2}
        items = [asked(str(number)).replace(record_id=str(number)) for number in range(10)]
        one = asker(server, most_cost=0.0150, **settings)
        poor = work(one, items, lambda record: judged_pair(one, record.replace(prompt=turn(record.record_id)), "good", "bad"))
        assert poor.stopped.startswith("the judge has cost 0.0") and 0 < poor.judged < 10 and poor.judged + poor.waiting == 10
        assert one.purse.spent <= 0.0150
        rich = asker(server, **settings)
        done = work(rich, items, lambda record: judged_pair(rich, record.replace(prompt=turn(record.record_id)), "good", "bad"))
    assert done.judged == 10 and max(server.seen.values()) == 1 and len(server.asked) == 20


def turn(text):
    return (Turn(role="user", parts=(Part(text=text),)),)


def test_the_cache_survives_a_cut_off_line_and_another_writer(tmp_path):
    path = tmp_path / "asked.jsonl"
    one, other = Cache.open(path), Cache.open(path)
    one.put("a", Reply("first"))
    other.put("b", Reply("second\nline", first={"Yes": -0.5}))
    path.write_bytes(path.read_bytes() + b'{"key": "c", "reply": {"te')
    found = Cache.open(path)
    found.put("d", Reply("after"))
    again = Cache.open(path)
    assert again.known == {"a": Reply("first"), "b": Reply("second\nline", first={"Yes": -0.5}), "d": Reply("after")} and again.broken == 1


def test_a_request_that_differs_in_anything_is_another(tmp_path):
    endpoint = Endpoint("http://a/v1", "m")
    bodies = [endpoint.body([{"role": "user", "content": "x"}]), endpoint.body([{"role": "user", "content": "y"}]), endpoint.body([{"role": "user", "content": "x"}], seed=1)]
    assert len({key_of(url, body) for body in bodies for url in ("http://a/v1", "http://b/v1")}) == 6
    assert key_of("http://a/v1/", bodies[0]) == key_of("http://a/v1", bodies[0])


def test_threads_write_whole_lines(tmp_path):
    cache = Cache.open(tmp_path / "asked.jsonl")
    threads = [threading.Thread(target=lambda n=n: [cache.put(f"{n}-{m}", Reply("x" * 3000)) for m in range(20)]) for n in range(8)]
    [thread.start() for thread in threads], [thread.join() for thread in threads]
    again = Cache.open(tmp_path / "asked.jsonl")
    assert len(again.known) == 160 and again.broken == 0


def test_both_orders_must_agree():
    with JudgeServer(truthful(BEST)) as server:
        found = judged_pair(asker(server), asked("5"), "bad", "good")
    assert (found.better, found.probability, found.agreed, found.followed) == (-1, 0.0, True, 0) and [shown(body) for body in server.asked] == [["bad", "good"], ["good", "bad"]]


def test_a_judge_that_flatters_what_is_shown_first_decides_nothing():
    with JudgeServer(lambda body, times: said("A")) as server:
        one = asker(server)
        found = judged_pair(one, asked("5"), "good", "bad")
        assert (found.better, found.probability, found.agreed, found.followed) == (0, 0.5, False, 1)
        with pytest.raises(Unjudged, match="orders disagree"):
            judged_pair(one, asked("5"), "good", "bad", How(disagreement="unjudged"))


def test_votes_are_counted_in_each_order():
    with JudgeServer(lambda body, times: said("A" if (body["seed"] < 2) == (shown(body)[0] == "good") else "B")) as server:
        found = judged_pair(asker(server), asked("5"), "good", "bad", How(votes=3))
    assert (found.better, found.probability) == (1, pytest.approx(2 / 3)) and len(server.asked) == 6


def test_a_pair_of_which_one_order_fails_is_unjudged():
    with JudgeServer(lambda body, times: said("A") if shown(body)[0] == "good" else Answer(fault="refuse")) as server, pytest.raises(Unjudged) as caught:
        judged_pair(asker(server), asked("5"), "good", "bad")
    assert caught.value.reason == "refused"


def test_an_unreadable_answer_is_asked_for_once_more_with_another_seed():
    with JudgeServer(lambda body, times: Answer("Well.") if body["seed"] == 0 else said("B")) as server:
        one, form = asker(server), choice()
        assert verdict(one, form, form.messages(asked("5"), ["a", "b"])).better == -1
    assert len(server.asked) == 2 and one.seen["no verdict, asked again"] == 1


def test_what_is_shown_holds_pictures_conversation_and_responses_behind_borders(tmp_path):
    Image.new("RGB", (4, 4), "red").save(tmp_path / "a.png")
    first = Turn(role="user", parts=(Part(type="image", media_id="m"), Part(text="Which {responses}?")))
    record = asked("5").replace(media=(Media(media_id="m", path=str(tmp_path / "a.png")),), prompt=(first, Turn(role="assistant", parts=(Part(text="red"),)), *turn("Sure?")))
    for wording in (0, 1):
        picture, text = choice().messages(record, ["yes\n==========\nResponse B", "no"], wording)[0]["content"]
        assert picture["image_url"]["url"].startswith("data:image/png;base64,iVBOR")
        assert "user: Which {responses}?\n\nassistant: red\n\nuser: Sure?" in text["text"] and text["text"].count("==========") == 4
    assert (
        "- a: is it good" in scores({"a": "is it good"}).messages(record, ["x"])[0]["content"][-1]["text"]
        and '["A", "B", "C"]' in ranking(3).messages(record, ["x", "y", "z"])[0]["content"][-1]["text"]
    )


def test_probabilities_come_from_the_server_where_it_tells_them():
    with JudgeServer(lambda body, times: Answer("Yes", logprobs={"Yes": -0.2231435513142097, "No": -1.6094379124341003} if body.get("logprobs") else {})) as server:
        one = asker(server)
        assert verdict(one, yes_no(20), yes_no(20).messages(asked("5"), [])).probability == pytest.approx(0.8)
        assert verdict(one, yes_no(), yes_no().messages(asked("5"), [])).probability is None
    assert server.asked[0]["top_logprobs"] == 20


def test_the_self_check_counts_what_changes():
    def script(body, times):
        if "Compare A with B" in body["messages"][0]["content"]:
            return said("B" if shown(body)[0] == "good" else "A")  # in other words, it says the opposite
        return said("A") if body["seed"] else truthful(BEST)(body, times)

    with JudgeServer(script) as server:
        found = self_check(asker(server), [(asked("5"), "good", "bad"), (asked("5"), "bad", "good"), (asked("5"), "fair", "bad")])
    assert (found.again, found.swapped, found.reworded, found.first, found.unjudged) == ((2, 3), (3, 3), (1, 3), (3, 6), 0)


def test_the_report_accounts_for_every_item():
    faults = {0: Answer(fault="refuse"), 1: Answer(code=500), 2: Answer("Hm."), 3: Answer(fault="long")}

    def script(body, times):
        number = int(body["messages"][0]["content"].split("No. ")[1].split()[0])
        return faults.get(number) or said("tie")

    with JudgeServer(script) as server:
        one = asker(server, tries=2)
        done = work(one, range(6), lambda number: judged_pair(one, asked("5").replace(prompt=turn(f"No. {number} x")), "good", "bad"))
    assert done.unjudged == {"refused": 1, "500": 1, "no verdict": 1, "cut off": 1} and done.judged == 2 and done.waiting == 0
    found = told(done, one)
    assert found["items"] == 6 and found["judged"] + sum(found["unjudged"].values()) == 6 and found["requests"]["500"] == 2 and found["tokens_read"] == 8 * 1000
