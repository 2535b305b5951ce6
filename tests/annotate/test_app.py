"""What the server gives to whom: nothing without a token, nothing that the data could run, no file that is not the data's."""

import json
import re

import pytest
from PIL import Image

from veridical.annotate.ask import Ask
from veridical.annotate.wording import WORDS
from veridical.records.record import Corruption, Media, Pair, Part, Record, Response, Turn, text_parts
from veridical.world.records import pairs

CALLS = [("/api/me", None), ("/api/next", {"without": []}), ("/api/item/x", None), ("/api/judgement", {}), ("/api/progress", None), ("/api/media/x", None)]
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&</textarea>"


def record(name="r", media=(), texts=("one two", "one three")):
    parts = (*(Part(type="audio" if one.kind == "audio" else "video" if one.kind in ("video", "frames") else "image", media_id=one.media_id) for one in media), Part(text="What?"))
    responses = tuple(Response(response_id=f"r{number}", parts=text_parts(text), model="secret-model") for number, text in enumerate(texts))
    return Record(record_id=name, prompt=(Turn(role="user", parts=parts),), media=media, responses=responses, pairs=(Pair(chosen="r0", rejected="r1"),) if len(texts) > 1 else ())


@pytest.mark.parametrize(("path", "body"), CALLS)
def test_a_stranger_gets_nothing(crew, path, body):
    one = crew()
    item = one.next("ann")
    forged = one.tokens["ann"][:-1] + ("A" if one.tokens["ann"][-1] != "A" else "B")
    for token in ("", "x", forged, "ANN", "' OR 1=1 --", one.site.store.secret()):
        answer = one.call(token, path.replace("/x", f"/{item['item']}"), body)
        assert answer.status_code == 401 and answer.json() == {"error": "this needs an invitation"}
    for headers in ({}, {"Authorization": one.tokens["ann"]}, {"Authorization": "Basic " + one.tokens["ann"]}, {"Cookie": f"token={one.tokens['ann']}"}):
        assert one.client.request("GET" if body is None else "POST", path, headers=headers, **({} if body is None else {"json": body})).status_code == 401
    assert one.client.request("POST" if body is not None else "GET", f"{path}?token={one.tokens['ann']}").status_code == 401
    assert one.site.store.judgements() == []


def test_an_invitation_that_was_ended_opens_nothing(crew):
    one = crew()
    one.next("ann")
    one.site.store.invite("ann", anew=True)
    assert one.call("ann", "/api/me").status_code == 401


def test_the_owner_sees_progress_and_judges_nothing_and_annotators_do_not_see_it(crew):
    one = crew()
    assert one.call("owner", "/api/progress").status_code == 200 and one.call("ann", "/api/progress").status_code == 403
    assert one.call("owner", "/api/next", {"without": []}).status_code == 403


def test_the_page_holds_no_data_and_runs_nothing_but_its_own_file(crew):
    one = crew([record(texts=(SCRIPT, "b"))], ask=Ask(title="</title><script>alert(3)</script>"))
    page = one.client.get("/")
    assert "alert(1)" not in page.text and "<script>alert" not in page.text and re.findall(r"<script[^>]*>", page.text) == ['<script src="page.js" defer>']
    assert not re.search(r"\son\w+=|javascript:|<style|style=|https?://", page.text)
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src 'self';" in policy and "unsafe" not in policy and "require-trusted-types-for 'script'" in policy
    words = json.loads(re.search(r'data-words="([^"]*)"', page.text)[1].replace("&#34;", '"').replace("&amp;", "&"))
    assert words == WORDS


def test_the_script_never_parses_text_as_html(crew):
    script = crew().client.get("/page.js")
    assert script.headers["content-type"].startswith("text/javascript") and "textContent" in script.text
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|new Function|DOMParser|srcdoc|https?://", script.text)


def test_every_answer_forbids_sniffing_framing_and_keeping(crew):
    one = crew()
    item = one.next("ann")
    media = next(part["media"][0] for turn in item["prompt"] for part in turn["parts"] if part["type"] == "image")
    for answer in (
        one.client.get("/"),
        one.client.get("/page.js"),
        one.client.get("/page.css"),
        one.call("ann", "/api/me"),
        one.call("x", "/api/me"),
        one.call("ann", f"/api/media/{media}"),
        one.client.get("/nothing"),
    ):
        assert (
            answer.headers["x-content-type-options"] == "nosniff"
            and "frame-ancestors 'none'" in answer.headers["content-security-policy"]
            and answer.headers["cache-control"] == "no-store"
        )


def test_script_in_a_response_is_sent_as_text_in_json(crew):
    one = crew([record(texts=(SCRIPT, "b"))])
    answer = one.call("ann", "/api/next", {"without": []})
    assert answer.headers["content-type"] == "application/json" and SCRIPT in [each["text"] for each in answer.json()["responses"]]


def test_nobody_learns_which_response_is_which(crew):
    one = crew()
    seen = {name: one.next(name) for name in ("ann", "bo")}
    told = json.dumps(list(seen.values()))
    assert not re.search(r"chosen|rejected|\bworld\b|world-pair|template|injected|score", told)
    assert seen["ann"]["item"] == seen["bo"]["item"] and {one["key"] for one in seen["ann"]["responses"]}.isdisjoint(one["key"] for one in seen["bo"]["responses"])


def test_sides_are_drawn_by_chance_and_stay(crew):
    one = crew([each.replace(responses=each.responses[:2]) for each in pairs(40)], ask=Ask(each=2))
    chosen = {each.response("chosen").text for each in one.site.items.records.values()}
    first = [[one.site.items.shown(item, name)["responses"][0]["text"] in chosen for item in one.site.items.records] for name in ("ann", "bo")]
    assert all(8 < sum(sides) < 32 for sides in first) and first[0] != first[1]
    assert one.next("ann") == one.next("ann")


@pytest.mark.parametrize("name", ["../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%2e%2e/data.jsonl", "image", "m", "/etc/passwd", "0" * 32, "data.jsonl", "..\\data.jsonl", "%00"])
def test_a_medium_is_found_by_its_opaque_name_only(crew, name):
    answer = crew().call("ann", f"/api/media/{name}")
    assert answer.status_code == 404 and "root:" not in answer.text and "record_id" not in answer.text


def media_of(item):
    return [name for turn in item["prompt"] for part in turn["parts"] if part["type"] != "text" for name in part["media"]]


def test_a_path_in_the_data_leads_nowhere_but_into_the_named_folders(crew, tmp_path_factory, tmp_path):
    outside = tmp_path_factory.mktemp("outside")
    Image.new("RGB", (4, 4), "red").save(outside / "a.png")
    (tmp_path / "link.png").symlink_to(outside / "a.png")
    paths = [str(outside / "a.png"), f"../{outside.name}/a.png", str(tmp_path / ".." / outside.name / "a.png"), "link.png", "/etc/passwd"]
    rows = [record(f"r{number}", (Media(media_id="m", path=path),)) for number, path in enumerate(paths)]
    made = record("recipe", (Media(media_id="p", path=str(outside / "a.png")), Media(media_id="m", parent_id="p", recipe=Corruption(op="gaussian_blur"))))
    shown = made.replace(prompt=(Turn(role="user", parts=(Part(type="image", media_id="m"), Part(text="?"))),))
    one = crew([*rows, shown], ask=Ask())
    for item in one.site.items.records:
        (name,) = media_of(one.site.items.shown(item, "ann"))
        answer = one.call("ann", f"/api/media/{name}")
        assert answer.status_code == 404 and answer.json() == {"error": "this medium cannot be shown"}
    assert len(one.said) == 6 and all("lies outside of" in line for line in one.said)


def test_a_folder_that_is_named_is_shown(crew, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    Image.new("RGB", (4, 4), "red").save(outside / "a.png")
    one = crew([record("r", (Media(media_id="m", path=str(outside / "a.png")),))], media=(str(outside),))
    answer = one.call("ann", f"/api/media/{media_of(one.next('ann'))[0]}")
    assert answer.status_code == 200 and answer.headers["content-type"] == "image/png" and answer.content == (outside / "a.png").read_bytes()


def test_a_file_is_what_its_first_bytes_say_or_it_is_not_shown(crew, tmp_path):
    (tmp_path / "page.png").write_text("<html><script>alert(1)</script></html>")
    (tmp_path / "a.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')
    (tmp_path / "clip.mp4").write_bytes(b"\0\0\0\x18ftypisom" + b"\0" * 40)
    (tmp_path / "sound.wav").write_bytes(b"RIFF\x24\0\0\0WAVEfmt " + b"\0" * 20)
    (tmp_path / "frames").mkdir()
    for number in range(3):
        Image.new("RGB", (4, 4), "red").save(tmp_path / "frames" / f"{number}.jpg")
    kinds = {"page.png": "image", "a.svg": "image", "clip.mp4": "video", "sound.wav": "audio", "frames": "frames"}
    one = crew([record(path, (Media(media_id="m", path=path, kind=kind),)) for path, kind in kinds.items()], ask=Ask())
    found = {each.record_id: [one.call("ann", f"/api/media/{name}") for name in media_of(one.site.items.shown(item, "ann"))] for item, each in one.site.items.records.items()}
    assert [answer.status_code for name in ("page.png", "a.svg") for answer in found[name]] == [404, 404]
    assert [answer.headers["content-type"] for name in ("clip.mp4", "sound.wav", "frames") for answer in found[name]] == [
        "video/mp4",
        "audio/wav",
        "image/jpeg",
        "image/jpeg",
        "image/jpeg",
    ]


def test_a_response_may_be_a_picture(crew, tmp_path):
    Image.new("RGB", (4, 4), "red").save(tmp_path / "a.png")
    plain = record()
    drawn = Response(response_id="r2", parts=(Part(type="image", media_id="own"), Part(text="here")))
    one = crew([plain.replace(pairs=(), media=(Media(media_id="own", path="a.png"),), responses=(plain.responses[0], drawn))], ask=Ask())
    item = one.next("ann")
    (part,) = next(each["media"] for each in item["responses"] if each["text"] == "here")
    assert one.call("ann", f"/api/media/{part['media'][0]}").headers["content-type"] == "image/png" and [each["media"] for each in item["responses"] if each["text"] != "here"] == [
        []
    ]


def good(item, **more):
    return {"client_id": "12345678", "item": item["item"], "seconds": 1.0, "ranks": {one["key"]: number + 1 for number, one in enumerate(item["responses"])}, **more}


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"client_id": "x"}, "client_id"), ({"client_id": "a/../b12345"}, "client_id"), ({"seconds": -1}, "seconds"), ({"seconds": "1"}, "seconds"), ({"ranks": {}}, "0 of 2 responses have a rank"),
        ({"ranks": {"r0": 1, "r1": 2}}, "is no response of this item"), ({"person": "bo"}, "Extra inputs"), ({"aspects": {"KEY": {"helpfulness": 3}}}, "needs a mark for each"),
        ({"spans": {"KEY": [{"start": 0, "end": 3, "text": "two", "label": "hallucination"}]}}, "are not 'two'"), ({"spans": {"KEY": [{"start": 0, "end": 3, "text": "one", "label": "<b>"}]}}, "is no mark"),
        ({"spans": {"KEY": [{"start": 3, "end": 3, "text": "", "label": "hallucination"}]}}, "are not"), ({"corrections": {"KEY": " "}}, "a correction is empty"), ({"skip": 1}, "skip"),
    ],
)  # fmt: skip
def test_a_judgement_that_does_not_fit_is_refused_with_the_reason_and_not_kept(crew, wrong, why):
    one = crew([record()], ask=Ask())
    item = one.next("ann")
    filled = json.loads(json.dumps(wrong).replace("KEY", item["responses"][0]["key"]))
    answer = one.call("ann", "/api/judgement", good(item, **filled))
    assert answer.status_code == 422 and why in answer.json()["error"] and one.site.store.judgements() == []


def test_nobody_judges_what_was_not_given_to_them_or_in_anothers_name(crew):
    one = crew([record()], ask=Ask(each=1))
    item = one.next("ann")
    assert one.call("bo", "/api/judgement", good(item)).status_code == 404 and one.call("bo", f"/api/item/{item['item']}").status_code == 404
    assert one.call("ann", "/api/judgement", good(item)).json() == {"kept": "12345678"}
    assert [kept.person for kept in one.site.store.judgements()] == ["ann"]


def test_what_is_no_json_or_too_long_is_refused(crew):
    one = crew([record()], ask=Ask())
    headers = {"Authorization": f"Bearer {one.tokens['ann']}"}
    item = one.next("ann")
    for body in (b"", b"{", b"[]", b"null", b'{"client_id": "\\ud800"}', b"\xff"):
        assert one.client.post("/api/judgement", headers=headers, content=body).status_code == 422
    assert one.client.post("/api/judgement", headers=headers, content=b" " * 2_000_001).status_code == 413
    assert one.call("ann", "/api/judgement", good(item, comment="x" * 100_001)).status_code == 422


def test_one_goes_back_and_finds_what_one_said(crew):
    one = crew([record(texts=("one 🙂 two", "one three"))], ask=Ask())
    item = one.next("ann")
    key = next(each["key"] for each in item["responses"] if "🙂" in each["text"])
    said = good(item, corrections={key: "one two"}, spans={key: [{"start": 4, "end": 5, "text": "🙂", "label": "hallucination"}]}, comment="c", flag=True)
    assert one.call("ann", "/api/judgement", said).status_code == 200
    again = one.call("ann", f"/api/item/{item['item']}").json()
    assert again["responses"] == item["responses"]
    assert again["said"] == {"ranks": said["ranks"], "aspects": {}, "corrections": said["corrections"], "spans": said["spans"], "comment": "c", "flag": True, "skip": False}
    assert one.call("ann", "/api/me").json()["done"] == [item["item"]]


def test_both_languages_say_everything_that_the_page_says(crew):
    one = crew()
    used = set(re.findall(r'say\("(\w+)"\)|data-word="(\w+)"|"(key_\w+)"|return "(\w+)"', one.client.get("/page.js").text + one.client.get("/").text))
    assert WORDS["en"].keys() == WORDS["zh"].keys() and {word for found in used for word in found if word} - {"missing"} <= WORDS["en"].keys()
