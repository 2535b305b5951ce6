"""A model behind a server: the same prompts, the same responses and log-probabilities as from the policy itself, or an error that says what differs."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from planting import question

from veridical.models import served as protocol
from veridical.models.answered import Posed, Words, draw_served, scaled, served_sampler
from veridical.models.assemble import make_policy
from veridical.models.encoder import EncodeError, picture_key
from veridical.models.respondent import of_server
from veridical.models.sample import Generation, banned_tokens, draw, end_tokens, make_sampler
from veridical.models.served import Question, Refused, Served, ServerError, shown
from veridical.models.small.build import build
from veridical.records.picture import open_picture
from veridical.world.tasks import task

WARM = Generation(max_new_tokens=6, temperature=1.3, top_p=0.95)
SEEDS = [[1, 2], [3]]


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A small model's directory by family."""
    folder = tmp_path_factory.mktemp("served")
    return lambda family: folder / family if (folder / family).exists() else build(family).save(folder / family)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pause between two tries."""
    monkeypatch.setattr(protocol.time, "sleep", lambda seconds: None)


class Kit:
    """A policy, and two prompts for it: with two pictures and with none."""

    def __init__(self, model: Path, pictures: list[Image.Image], picture_tokens: int | None = None) -> None:
        ready = make_policy(model, picture_tokens=picture_tokens)
        self.policy, self.encoder = ready.policy, ready.encoder
        self.words = Words(self.encoder, frozenset(end_tokens(self.policy.backbone, self.encoder)), tuple(banned_tokens(self.policy.backbone).tolist()))
        self.pieces, self.posed = [], []
        for name, own in (("first", pictures[:2]), ("second", [])):
            asked = question(len(own))
            self.pieces.append(self.encoder.prompt(asked, own, [picture_key(picture) for picture in own]))
            self.posed.append(Posed(name, shown(asked, self.encoder.fitting(own)), self.pieces[-1].ids))

    def own(self, how: Generation) -> Any:
        """What the policy itself draws."""
        inputs = {key: value for piece in self.pieces for key, value in piece.inputs.items()}
        return draw(self.policy, self.encoder, [(piece.ids, piece.pictures) for piece in self.pieces], inputs, SEEDS, how)

    def served(self, server: Any, how: Generation = WARM, **settings: Any) -> Any:
        """What the server draws."""
        return draw_served(Served(server.url, **settings), self.words, self.posed, SEEDS, how)


@pytest.mark.parametrize("family", ["llava", "qwen2_5_vl"])
def test_a_served_policy_answers_as_the_policy_itself(family: str, directory, pictures, serve) -> None:
    """For Qwen with a budget of tokens for a picture that only the trainer has: what is sent is what it read."""
    budget = 6 if family == "qwen2_5_vl" else None
    kit = Kit(directory(family), pictures, budget)
    with_server = kit.served(serve(directory(family)))
    for ours, theirs in zip(with_server, kit.own(WARM), strict=True):
        for one, other in zip(ours, theirs, strict=True):
            assert (one.ids.tolist(), one.text, one.end) == (other.ids.tolist(), other.text, other.end)
            assert torch.allclose(one.logp, other.logp, atol=1e-4)


def test_a_request_holds_the_picture_and_the_text_that_no_processor_has_seen(directory, pictures, serve) -> None:
    from serving import pictures_of

    server, kit = serve(directory("llava")), Kit(directory("llava"), pictures)
    kit.served(server)
    bodies = server.bodies("/v1/chat/completions")
    first = next(body for body in bodies if body["seed"] == 1)
    assert [np.array_equal(np.asarray(sent), np.asarray(own)) for sent, own in zip(pictures_of(first), pictures, strict=False)] == [True, True]
    assert [part["type"] for part in first["messages"][0]["content"]] == ["image_url", "image_url", "text"] and first["messages"][0]["content"][2]["text"] == "What is there?"
    assert set(first["logit_bias"]) == {str(token) for token in kit.words.banned} and kit.encoder.family.token_id in kit.words.banned
    assert first["repetition_penalty"] == 1.0 and first["top_k"] == -1 and first["stop_token_ids"] == sorted(kit.words.ends)
    assert sorted(body["seed"] for body in bodies) == [1, 2, 3]


def test_another_prompt_than_the_trainers_is_an_error_that_says_what_differs(directory, pictures, serve) -> None:
    kit = Kit(directory("qwen2_5_vl"), pictures)
    with pytest.raises(ServerError, match=r"record first: .* picture placeholders there and .* here: its processor reads pictures at other sizes"):
        kit.served(serve(directory("qwen2_5_vl"), picture_tokens=4))
    server = serve(directory("qwen2_5_vl"))
    server.encoder.tokenizer.chat_template = "Be brief. " + server.encoder.tokenizer.chat_template
    with pytest.raises(ServerError, match="record first: .* tokens there and .* here; .* chat template"):
        kit.served(server)
    server = serve(directory("qwen2_5_vl"))
    server.faults = [lambda answer: answer["prompt_token_ids"].__setitem__(-1, 40)] * 3
    with pytest.raises(ServerError, match="record first: .*token .* differs, .* there and .* here"):
        kit.served(server)


def test_where_the_prompts_ids_are_not_told_their_number_is_compared(directory, pictures, serve) -> None:
    kit, server = Kit(directory("llava"), pictures), serve(directory("llava"))
    server.faults = [lambda answer: answer.pop("prompt_token_ids")] * 3
    assert len(kit.served(server)) == 2

    def longer(answer: dict[str, Any]) -> None:
        answer.pop("prompt_token_ids")
        answer["usage"]["prompt_tokens"] += 1

    server.faults = [longer] * 3
    with pytest.raises(ServerError, match="tokens there and"):
        kit.served(server)


def test_ids_come_from_either_place_and_an_end_that_is_not_told_has_no_log_probability(directory, pictures, serve) -> None:
    kit, server = Kit(directory("llava"), pictures), serve(directory("llava"))
    whole = kit.served(server)
    server.faults = [lambda answer: answer["choices"][0].pop("token_ids")] * 3
    assert [[one.tokens.tolist() for one in row] for row in kit.served(server)] == [[one.tokens.tolist() for one in row] for row in whole]

    def without_end(answer: dict[str, Any]) -> None:
        choice = answer["choices"][0]
        choice["finish_reason"], choice["token_ids"] = "stop", choice["token_ids"][:2]
        choice["logprobs"]["content"] = choice["logprobs"]["content"][:2]

    server.faults = [without_end] * 3
    one = kit.served(server)[0][0]
    assert one.ended and one.ids.tolist() == whole[0][0].ids.tolist()[:2] and one.logp.isnan().tolist() == [False, False, True]

    def silent(answer: dict[str, Any]) -> None:
        answer["choices"][0].pop("token_ids")
        answer["choices"][0]["logprobs"] = None

    server.faults = [silent] * 3
    with pytest.raises(ServerError, match="record first: training needs the ids and log-probabilities"):
        kit.served(server)


def test_a_server_that_stumbles_is_asked_again_and_one_that_falls_is_named(directory, pictures, serve) -> None:
    kit, server = Kit(directory("llava"), pictures), serve(directory("llava"))
    server.faults = [(503, "starting"), (429, "busy")]
    assert len(kit.served(server, at_once=1)) == 2 and len(server.bodies("/v1/chat/completions")) == 5
    server = serve(directory("llava"))
    server.faults = [(500, "out of memory")] * 2
    with pytest.raises(ServerError, match="record first, response 0: .* asked 2 times: it answers 500: out of memory"):
        kit.served(server, at_once=1, tries=2)
    server = serve(directory("llava"))
    server.faults = [(400, "the prompt is too long")]
    with pytest.raises(EncodeError, match="record first, response 0: .* the prompt is too long"):
        kit.served(server, at_once=1)
    with pytest.raises(ServerError, match="no model other"):
        kit.served(server, model="other")
    with pytest.raises(ServerError, match="refused"):
        Served("http://127.0.0.1:9/v1", tries=1).models()


def test_a_server_that_knows_the_protocol_alone_is_asked_without_what_lies_beyond(monkeypatch) -> None:
    """Only the fields that it names go, and the request comes again at once; what it refuses for another reason stays refused."""
    sent: list[dict] = []

    def post(self, path: str, body: dict, name: str) -> dict:
        sent.append(body)
        if "top_k" in body:
            raise Refused("422: Unexpected fields in the request: {'top_k', 'min_p'}")
        if body["seed"] == 7:
            raise Refused("400: 'seed' is too large")
        return {"choices": [{"message": {"content": "A cat."}, "finish_reason": "stop"}]}

    monkeypatch.setattr(Served, "post", post)
    served = Served("http://nowhere/v1", "m")
    (reply,) = served.ask([Question("one", [], 3)])
    assert reply.text == "A cat." and reply.ids is None and reply.logps == () and set(sent[0]) - set(sent[1]) == {"top_k", "min_p"}
    with pytest.raises(Refused, match="too large"):
        served.ask([Question("two", [], 7)])


def test_an_answer_that_does_not_come_names_the_response_that_waits_for_it(directory, pictures, serve, monkeypatch) -> None:
    monkeypatch.undo()
    kit, server = Kit(directory("llava"), pictures), serve(directory("llava"))
    server.faults = [lambda answer: time.sleep(0.6)]
    with pytest.raises(ServerError, match="record first, response 0: .* no answer within 0.3 s"):
        kit.served(server, timeout=0.3, tries=1, at_once=1)


def test_what_is_no_completion_is_shown(directory, pictures, serve) -> None:
    kit, server = Kit(directory("llava"), pictures), serve(directory("llava"))
    server.faults = [lambda answer: answer.pop("choices")] * 3
    with pytest.raises(ServerError, match="record first, response 0: the answer is no chat completion"):
        kit.served(server, at_once=1)


def test_records_are_sampled_as_from_the_policy(directory, serve) -> None:
    """Curation and evaluation take either."""
    records, server, ready = task("count", 2), serve(directory("llava")), make_policy(directory("llava"))
    own = make_sampler(ready.policy, ready.encoder, open_picture, WARM)(records, 2, 7)
    assert served_sampler(Served(server.url), open_picture, WARM)(records, 2, 7) == own
    assert of_server(Served(server.url), open_picture, WARM)(records) == [row[0] for row in make_sampler(ready.policy, ready.encoder, open_picture, WARM)(records, 1, 0)]


@pytest.mark.parametrize("knows", [True, False])
def test_whether_log_probabilities_know_the_temperature_is_found_out(knows: bool, directory, serve) -> None:
    assert scaled(Served(serve(directory("llava"), scaled=knows).url)) is knows
