"""Token ids, placeholders and loss masks against the model's own processor and chat templates of several kinds."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
import torch
from PIL import Image
from planting import planted, question

from veridical.models.backbone import take_apart
from veridical.models.encoder import EncodeError, Encoder, branch, picture_key
from veridical.models.families.compare import compare, settle
from veridical.models.pictures import encode
from veridical.models.small.build import Small

Kit = Callable[[str], Small]

FAMILIES = ("llava", "llava_next", "llava_onevision", "idefics3", "smolvlm", "internvl", "qwen2_vl", "qwen2_5_vl", "qwen3_vl", "qwen3_5", "gemma3", "glm4v", "glm46v")

TURN = "{% for part in message['content'] %}{% if part['type'] == 'text' %}TEXT{% else %}<image>{% endif %}{% endfor %}"
TEMPLATES = {
    # an end token of its own, and a line break after it
    "chatml": ("{% for message in messages %}<|{{ message['role'] }}|>\n" + TURN.replace("TEXT", "{{ part['text'] }}") + "</s>\n{% endfor %}{% if add_generation_prompt %}<|assistant|>\n{% endif %}", "<|assistant|>\n", "</s>"),
    # a space between the role and what it says, and after it; no end token
    "vicuna": ("{% for message in messages %}{{ message['role'].upper() }}: " + TURN.replace("TEXT", "{{ part['text'] }} ") + "{% endfor %}{% if add_generation_prompt %}ASSISTANT:{% endif %}", "ASSISTANT: ", "</s>"),
    # trims, and ends a turn with a special token that is not the tokenizer's end of text
    "gemma": (
        "{% for message in messages %}<|{{ message['role'] }}|>\n" + TURN.replace("TEXT", "{{ part['text'] | trim }}") + "<unk>\n{% endfor %}{% if add_generation_prompt %}<|assistant|>\n{% endif %}", "<|assistant|>\n", "<unk>"),
    # nothing after an answer but the next turn
    "glm": ("{% for message in messages %}<|{{ message['role'] }}|>" + TURN.replace("TEXT", "{{ part['text'] }}") + "{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}", "<|assistant|>", "</s>"),
}  # fmt: skip
"""Name: the template, what stands before an answer, the token that ends it."""


@pytest.fixture
def encoder(small: Kit) -> Encoder:
    """The small LLaVA's encoder, with a tokenizer whose template may be changed."""
    built = small("llava")
    kept = built.tokenizer.chat_template
    yield built.encoder()
    built.tokenizer.chat_template = kept


@pytest.mark.parametrize("family", FAMILIES)
def test_a_prompt_is_read_as_the_model_s_own_processor_reads_it(family: str, small: Kit, pictures: list[Image.Image]) -> None:
    """Ids, pixels and token types, with 0, 1 and 3 pictures of different sizes."""
    for shown in (0, 1, 3):
        found = compare(small(family).encoder(), question(shown), pictures[:shown])
        assert found.agrees, f"{shown} pictures: {found.why}"


@pytest.mark.parametrize("family", FAMILIES)
def test_there_is_one_placeholder_for_every_feature_of_the_tower(family: str, small: Kit, pictures: list[Image.Image]) -> None:
    built = small(family)
    backbone, forest = take_apart(built.model), planted(built.encoder(), pictures, ["x"])
    placeholders = int(backbone.placeholders(forest.trees[0].segments[0].ids).sum())
    features = [part["pooler_output"] for part in encode(backbone, forest.pictures).values()]
    rows = sum(entry.shape[:-1].numel() for part in features for entry in (part if isinstance(part, (list, tuple)) else [part]))
    assert placeholders == rows > 0


def test_budgets_do_not_make_a_comparison_fail(small: Kit, pictures: list[Image.Image]) -> None:
    """The processor knows of no budget; a picture shrunk to one is another picture."""
    large = [picture.resize((300, 200)) for picture in pictures[:1]]
    encoder = small("qwen2_5_vl").encoder(picture_tokens=30, max_tokens=60)
    assert compare(encoder, question(1), large).agrees
    assert int((encoder.prompt(question(1), large, ["k"]).ids == encoder.family.token_id).sum()) <= 30


def test_a_comparison_sees_wrong_ids_wrong_pixels_and_wrong_types(small: Kit, pictures: list[Image.Image], monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = small("gemma3").encoder()
    right = encoder.family.processor
    for name, change in (("input_ids", lambda value: value.roll(1, 1)), ("pixel_values", lambda value: value + 1), ("token_type_ids", lambda value: 1 - value)):
        class Changed:
            def __call__(self, **inputs: object) -> dict[str, torch.Tensor]:
                found = dict(right(**inputs))
                return found | {name: change(found[name])}  # noqa: B023

            def __getattr__(self, wanted: str) -> object:
                return getattr(right, wanted)

        wrong = dataclasses.replace(encoder, family=dataclasses.replace(encoder.family, processor=Changed()), seen={})
        assert compare(wrong, question(1), pictures[:1]).agrees is False, name
    assert compare(encoder, question(1), pictures[:1]).agrees


def test_a_processor_that_treats_several_pictures_together_gets_them_together(small: Kit, pictures: list[Image.Image]) -> None:
    """One picture of LLaVA-OneVision's is cut into tiles, several are not: one by one they would take other tokens than together."""
    encoder = small("llava_onevision").encoder()
    assert encoder.counts_pictures()
    encoder.flags["counts"] = False
    assert settle(encoder, question, pictures).agrees and encoder.flags["counts"]
    assert len(encoder.prompt(question(2), pictures[:2], ["a", "b"]).pictures) == 1


@pytest.mark.parametrize("kind", TEMPLATES)
@pytest.mark.parametrize("text", ["A red tree.", "d", "s", " a ", "image"])
def test_a_response_is_what_the_template_writes_with_the_end_of_the_turn_and_nothing_after(kind: str, text: str, encoder: Encoder) -> None:
    """Prompt and response together are the beginning of the whole conversation's ids; every token of the response is scored, none of the prompt."""
    encoder.tokenizer.chat_template, before, end = TEMPLATES[kind]
    asked = question(0, "What is it?")
    prompt, response = encoder.prompt(asked, [], []), encoder.response(asked, text)
    said = text.strip() if kind == "gemma" else text
    assert encoder.tokenizer.decode(torch.cat([prompt.ids, response])).endswith(before + said + end)
    whole = encoder.tokens(encoder.render([*asked, {"role": "assistant", "content": [{"type": "text", "text": text}]}], begin=False))
    written = torch.cat([prompt.ids, response])
    same = len(written) if kind in ("chatml", "gemma") else len(written) - 1  # the others' end of text is not the template's
    assert torch.equal(written[:same], whole[:same])
    assert response[-1] == encoder.tokenizer.convert_tokens_to_ids(end)
    assert branch(response, "x").scored.all() and len(branch(response, "x", limit=2)) == 2


def test_a_placeholder_typed_by_a_user_or_a_model_is_refused(encoder: Encoder, pictures: list[Image.Image]) -> None:
    with pytest.raises(EncodeError, match="record r1: the text contains '<image>'"):
        encoder.prompt(question(1, "What is an <image> tag?"), pictures[:1], ["k"], "r1")
    with pytest.raises(EncodeError, match="record r1: the text contains '<image>'"):
        encoder.prompt([{"role": "user", "content": "an <image> tag"}], [], [], "r1")
    with pytest.raises(EncodeError, match="record r1: the response contains '<image>'"):
        encoder.response(question(0), "It is an <image> tag", "r1")


def test_a_placeholder_that_is_not_the_mark_is_refused_too(small: Kit, pictures: list[Image.Image]) -> None:
    """Gemma's template writes <boi> for a picture, and <image> is what it becomes."""
    encoder = small("gemma3").encoder()
    assert encoder.family.mark == "<boi>"
    for word in ("<boi>", "<image>"):
        with pytest.raises(EncodeError, match="which stands for a picture"):
            encoder.prompt(question(1, f"a {word} b"), pictures[:1], ["k"])


def test_pictures_and_marks_that_do_not_match_are_refused(encoder: Encoder, pictures: list[Image.Image]) -> None:
    with pytest.raises(EncodeError, match="record r7: .* 2 marks '<image>' for 1 pictures"):
        encoder.prompt(question(2), pictures[:1], ["k"], "r7")


def test_a_picture_is_shrunk_to_the_budget_and_never_cut(small: Kit, pictures: list[Image.Image]) -> None:
    """Every budget gives as many placeholders as the tower has features, and the picture keeps its shape."""
    built = small("qwen2_5_vl")
    large = Image.new("RGB", (640, 320), (200, 30, 30))
    free = built.encoder().prompt(question(1), [large], ["k"])
    for budget in (200, 60, 17):
        encoder = built.encoder(picture_tokens=budget)
        piece = encoder.prompt(question(1), [large], ["k"])
        count = int((piece.ids == encoder.family.token_id).sum())
        _, height, width = piece.inputs["k"]["image_grid_thw"][0].tolist()
        assert count == height * width // 4 <= budget < int((free.ids == encoder.family.token_id).sum())
        assert width > height


def test_a_budget_that_no_size_meets_is_refused(small: Kit, pictures: list[Image.Image]) -> None:
    with pytest.raises(EncodeError, match="this model cannot keep step.picture_tokens=3"):
        small("llava").encoder(picture_tokens=3).prompt(question(1), pictures[:1], ["k"])


def test_a_prompt_longer_than_the_limit_is_refused_and_not_cut(encoder: Encoder, pictures: list[Image.Image]) -> None:
    encoder.max_tokens = 20
    with pytest.raises(EncodeError, match="record r2: the prompt takes .* tokens, the limit is 20"):
        encoder.prompt(question(1), pictures[:1], ["k"], "r2")


def test_a_picture_is_processed_once_and_forgotten_when_memory_is_short(small: Kit, pictures: list[Image.Image], monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = small("llava").encoder(remember=30_000)  # two pictures of 3 x 32 x 32 floats
    counted: list[int] = []
    keep = Encoder.process
    monkeypatch.setattr(Encoder, "process", lambda self, group: (counted.append(len(group)), keep(self, group))[1])
    keys = [picture_key(picture) for picture in pictures]
    for number in (0, 0, 1, 0, 2, 2, 0):
        encoder.prompt(question(1), [pictures[number]], [keys[number]])
    assert len(counted) == 4  # 0, 1, 2, and 0 again after it was forgotten
    assert len(set(keys)) == 3


def test_a_tokenizer_without_template_and_a_template_that_refuses_say_what_to_do(encoder: Encoder) -> None:
    encoder.tokenizer.chat_template = "{{ raise_exception('roles must alternate') }}"
    with pytest.raises(EncodeError, match="record r3: the chat template refuses the conversation: roles must alternate"):
        encoder.prompt(question(0), [], [], "r3")
    encoder.tokenizer.chat_template = "{% for message in messages %}{% if message['role'] == 'user' %}x{% endif %}{% endfor %}"
    with pytest.raises(EncodeError, match="does not write the assistant's text"):
        encoder.response(question(0), "y")
    encoder.tokenizer.chat_template = None
    with pytest.raises(EncodeError, match="no chat template"):
        encoder.prompt(question(0), [], [])
