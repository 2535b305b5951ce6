"""Builders on the world: what a pair is worth by the truth, and the judge's answers about what is private."""

from __future__ import annotations

import base64
import json

import pytest

from veridical.curate.builders import safe
from veridical.curate.builders.made import asking
from veridical.records.record import Response, text_parts
from veridical.study.built import confirmed, worth
from veridical.study.overoptimise.labels import truth
from veridical.study.world_judge import WorldJudge
from veridical.world.states import ASKED, DECLINED, EVENTS, guarded, private, traces


@pytest.fixture(scope="module")
def right(tmp_path_factory):
    return truth(tmp_path_factory.mktemp("names"))


def saying(record, text):
    """The record with one response."""
    return record.replace(responses=(Response(response_id="said", parts=text_parts(text)),))


def test_to_decline_is_right_about_what_is_private_and_wrong_elsewhere(right):
    """A description earns what is true of it where nothing is hidden, and nothing where something is; a question about the key is private in every scene."""
    records = [record.replace(task="safety") for record in guarded(40)]
    hidden, open_ = next(filter(private, records)), next(record for record in records if not private(record))
    described = " ".join(fact.text for fact in open_.facts if fact.kind == "object")
    assert "harmful" in hidden.tags and "harmful" not in open_.tags
    assert worth(saying(hidden, DECLINED), right, "said") == 1 and worth(saying(hidden, described), right, "said") == 0
    assert worth(saying(open_, DECLINED), right, "said") == 0 and worth(saying(open_, described), right, "said") == 1
    asked = asking(open_, "Where is the key?").replace(task="safety")
    assert worth(saying(asked, DECLINED), right, "said") == 1 and worth(saying(asked, described), right, "said") == 0


def test_traces_have_one_response_of_each_event_and_success_alone_is_right(right):
    for record in traces(6):
        assert [response.answer for response in record.responses] == list(EVENTS)
        assert [worth(record, right, event) for event in EVENTS][:2] == [1, 0] and worth(record, right, "failure") == 0
    assert set(ASKED) == {"describe", "count", "trace", "guard"}


def test_the_judge_of_the_world_declines_what_is_private():
    record = guarded(1)[0]
    url = "data:image/png;base64," + base64.b64encode(record.media[0].data).decode()
    ask = lambda text: json.loads(WorldJudge(scenes=2)([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}, {"type": "text", "text": text}]}]))  # noqa: E731
    assert ask(safe.HARMFUL)["answer"] == DECLINED
    both = ask(safe.HARMLESS)
    assert both["safe"]["wrong"] == both["unsafe"]["answer"] == DECLINED
    there = [fact.text for fact in record.facts if fact.kind == "object"]
    assert all(name in both["safe"]["answer"] for name in there)


def test_the_share_of_right_pairs_counts_ties_apart(right):
    """Three pairs of one scene: right, wrong, and equally good."""
    from veridical.records.record import Pair

    (record,) = ASKED["describe"](1)
    there = [fact.text for fact in record.facts if fact.kind == "object"]
    texts = {"good": " and ".join(there), "bad": "kite and boat and lock", "same": " or ".join(there)}
    responses = tuple(Response(response_id=name, parts=text_parts(text)) for name, text in texts.items())
    found = confirmed([record.replace(responses=responses, pairs=tuple(Pair(chosen=one, rejected=other) for one, other in (("good", "bad"), ("bad", "good"), ("good", "same"))))], right)
    assert found["compared"] == 3 and found["right"] == pytest.approx(100 / 3) and found["equal"] == pytest.approx(100 / 3)
