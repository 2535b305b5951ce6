"""Two models under no name: asked, voted on, exported."""

import json

import pytest
from PIL import Image

from veridical.annotate.ask import AnnotateError
from veridical.annotate.chat.app import FILES, application
from veridical.annotate.chat.room import Model
from veridical.annotate.chat.wording import WORDS
from veridical.records.load import Source, load
from veridical.study.chat import Chat, export, pictures_in, standing


class Guest:
    """A room whose models say what they were asked, and somebody in it."""

    def __init__(self, folder, **settings):
        from starlette.testclient import TestClient

        Image.new("RGB", (8, 8), "red").save(folder / "a.png")
        self.asked, self.told = [], []
        self.chat = Chat(("models/old", "models/new"), (folder / "a.png",), str(folder / "chat.db"), **settings)
        self.room = self.chat.room(self.told.append, self.opened)
        self.client = TestClient(application(self.room))
        self.tokens = {name: self.room.store.invite(name, name == "owner") for name in ("owner", "ann", "bo")}

    def opened(self, name, how):
        return Model(name, lambda records: [self.answer(name, record) for record in records])

    def answer(self, name, record):
        self.asked.append((name, [turn.text for turn in record.prompt], len(record.media)))
        if "break" in record.prompt_text:
            raise RuntimeError("out of memory")
        return f"{record.prompt_text} says {'first' if name.endswith('old') else 'second'}"

    def call(self, path, body=None, name="ann"):
        headers = {"Authorization": f"Bearer {self.tokens.get(name, name)}"}
        return self.client.get(path, headers=headers) if body is None else self.client.post(path, headers=headers, json=body)

    def ask(self, text, number=1, name="ann", **more):
        return self.call("/api/ask", {"client_id": f"question-{number}", "text": text, **more}, name)

    def vote(self, turn, vote, text="", number=1, name="ann", **more):
        """A vote; for the answer that ends with `text` where it is for one."""
        better = next((one["key"] for one in turn["answers"] if vote == "better" and one["text"].endswith(text)), "")
        return self.call("/api/vote", {"client_id": f"the-vote-{number}", "turn": turn["turn"], "vote": vote, "better": better, "seconds": 3.5, **more}, name)


@pytest.fixture
def guest(tmp_path):
    """A room in a folder of its own."""
    pytest.importorskip("starlette")
    return Guest(tmp_path)


def test_both_are_asked_the_same_and_nothing_tells_who_wrote_what(guest):
    (picture,) = guest.call("/api/me").json()["pictures"]
    answer = guest.ask("What is there?", picture=picture)
    assert guest.asked == [("models/old", ["What is there?"], 1), ("models/new", ["What is there?"], 1)]
    assert {one["text"] for one in answer.json()["answers"]} == {"What is there? says first", "What is there? says second"}
    assert "models" not in answer.text and "old" not in answer.text and guest.call(f"/api/picture/{picture}").headers["content-type"] == "image/png"


def test_sides_are_drawn_anew_for_every_turn_and_stay_for_the_turn(guest):
    turns = [guest.ask(f"Question {number}", number).json() for number in range(40)]
    left = sum(turn["answers"][0]["text"].endswith("first") for turn in turns)
    assert 8 <= left <= 32
    asked = len(guest.asked)
    assert guest.ask("Question 7", 7).json() == turns[7] and len(guest.asked) == asked


@pytest.mark.parametrize("reveal", [True, False])
def test_a_vote_is_answered_with_names_only_where_they_are_told(tmp_path, reveal):
    pytest.importorskip("starlette")
    guest = Guest(tmp_path, reveal=reveal)
    turn = guest.ask("Who?").json()
    said = guest.vote(turn, "better", "second").json()
    named = {next(one["text"] for one in turn["answers"] if one["key"] == key)[-6:].strip(): model for key, model in said.get("models", {}).items()}
    assert said["kept"] == "the-vote-1" and named == ({"first": "models/old", "second": "models/new"} if reveal else {})


def test_votes_become_records_with_pairs_and_models(guest, tmp_path):
    (picture,) = guest.call("/api/me").json()["pictures"]
    for number, (vote, text) in enumerate([("better", "second"), ("tie", ""), ("bad", ""), ("better", "first")]):
        assert guest.vote(guest.ask(f"Q{number}", number, picture=picture).json(), vote, text, number).status_code == 200
    guest.ask("nobody votes on this", 9)
    assert export(guest.chat, tmp_path / "votes.jsonl").written == 4
    records = {record.prompt_text: record for record in load(Source(path=str(tmp_path / "votes.jsonl"))).records}
    better = records["Q0"]
    assert [(pair.chosen, pair.rejected, pair.relation, pair.probability) for pair in better.pairs] == [("b", "a", ">", 1.0)]
    assert [(one.model, one.rank) for one in better.responses] == [("models/old", 2), ("models/new", 1)] and better.media[0].path.endswith("a.png")
    assert records["Q1"].pairs[0].relation == records["Q2"].pairs[0].relation == "=" and records["Q2"].tags == ("both bad",) and records["Q1"].tags == ()
    told = json.loads(better.extra)["annotation"][0]
    assert (told["person"], told["seconds"], told["bad"]) == ("ann", 3.5, False) and sorted(told["shown"]) == ["a", "b"]
    numbers, lines = standing(guest.chat)
    assert numbers["wins"] == [["models/old", 1], ["models/new", 1]] and (numbers["ties"], numbers["both_bad"], numbers["share"]) == (1, 1, 0.5) and "50.0%" in lines[1]


def test_a_later_vote_on_a_turn_counts_and_the_same_one_twice_is_one(guest):
    turn = guest.ask("Q").json()
    for number in (1, 1, 2):
        guest.vote(turn, "better", "first" if number == 2 else "second", number)
    assert guest.call("/api/standing", name="owner").json()["wins"] == [["models/old", 1], ["models/new", 0]]


def test_a_conversation_goes_on_from_the_better_answer(guest):
    (picture,) = guest.call("/api/me").json()["pictures"]
    first = guest.ask("One?", 1, picture=picture).json()
    assert guest.ask("Two?", 2, after=first["turn"]).status_code == 409
    guest.vote(first, "better", "second")
    assert guest.ask("Two?", 2, after=first["turn"]).status_code == 200
    assert guest.asked[-1] == ("models/new", ["One?", "One? says second", "Two?"], 1) and guest.asked[-2][1] == guest.asked[-1][1]
    bad = guest.ask("Three?", 3).json()
    guest.vote(bad, "bad", number=3)
    assert guest.ask("Four?", 4, after=bad["turn"]).status_code == 409


def test_a_model_that_fails_costs_one_question_and_is_not_named(guest):
    answer = guest.ask("please break")
    assert answer.status_code == 502 and "old" not in answer.text and "out of memory" not in answer.text
    assert "models/old did not answer 'please break': RuntimeError: out of memory" in guest.told[0]
    assert guest.ask("And now?", 2).status_code == 200


def test_strangers_owners_and_others_are_kept_out(guest):
    turn = guest.ask("Mine").json()
    assert guest.call("/api/me", name="nobody").status_code == 401 and guest.vote(turn, "tie", name="bo").status_code == 404
    assert guest.ask("Hers", 2, name="bo", after=turn["turn"]).status_code == 404
    assert guest.call("/api/standing").status_code == 403 and guest.ask("His", 3, name="owner").status_code == 403
    assert guest.ask("Where?", 4, picture="../../etc/passwd").status_code == 404 and guest.call("/api/picture/x").status_code == 404


@pytest.mark.parametrize("change", [{"vote": "worse"}, {"vote": "better", "better": "x"}, {"vote": "tie", "better": "x"}, {"more": 1}, {"seconds": -1}, {"client_id": "short"}])
def test_a_vote_that_does_not_fit_is_refused_and_nothing_is_kept(guest, change):
    turn = guest.ask("Q").json()
    body = {"client_id": "the-vote-1", "turn": turn["turn"], "vote": "tie", "seconds": 1.0}
    assert guest.call("/api/vote", body | change).status_code == 422 and guest.room.store.judgements() == []


def test_the_page_says_everything_in_both_languages_and_holds_no_data(guest):
    text = guest.client.get("/").text
    script = guest.client.get("/chat.js").text
    assert WORDS["en"].keys() == WORDS["zh"].keys() and all(f'"{word}"' in script or f'data-word="{word}"' in text for word in WORDS["en"])
    assert "models/old" not in text and "innerHTML" not in script and all(guest.client.get(f"/{name}").status_code == 200 for name in FILES)


def test_votes_on_other_models_are_not_mixed_and_missing_pictures_are_named(guest, tmp_path):
    with pytest.raises(AnnotateError, match="votes on other models"):
        Chat(("models/old", "models/newer"), (), str(tmp_path / "chat.db")).store()
    with pytest.raises(AnnotateError, match="no picture there"):
        pictures_in([tmp_path / "none"])
    assert [path.name for path in pictures_in([tmp_path])] == ["a.png"]
