"""Small models: the same for the same seed, felt in every part, and readable by transformers from a directory."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PIL import Image
from planting import ANSWERS, planted, question

from veridical.models.assemble import make_policy
from veridical.models.backbone import Unsupported
from veridical.models.load import open_model
from veridical.models.small import NotBuilt
from veridical.models.small.build import Small, build

Kit = Callable[[str], Small]


def test_the_same_seed_gives_the_same_weights_whatever_was_drawn_before(small: Kit) -> None:
    torch.manual_seed(5)
    again, other = build("llava").model.state_dict(), build("llava", seed=1).model.state_dict()
    first = small("llava").model.state_dict()
    assert all(torch.equal(again[name], first[name]) for name in first)
    assert not any(torch.equal(other[name], first[name]) for name in first if first[name].is_floating_point() and first[name].dim() > 1)


def test_building_leaves_the_global_random_state_alone() -> None:
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    build("llava")
    assert torch.equal(torch.rand(1), expected)


@pytest.mark.parametrize("family", ["llava", "qwen2_5_vl", "gemma3", "idefics3"])
def test_a_saved_directory_opens_as_the_same_model(family: str, small: Kit, pictures: list[Image.Image], tmp_path: Path) -> None:
    built = small(family)
    ready = make_policy(built.save(tmp_path / family))
    ours, theirs = (planted(encoder, pictures[:1], ANSWERS[:2]) for encoder in (built.encoder(), ready.encoder))
    assert all(torch.equal(a.ids, b.ids) for a, b in zip(ours.trees[0].segments, theirs.trees[0].segments, strict=True))
    opened = open_model(tmp_path / family).model.state_dict()
    assert all(torch.equal(value, opened[name]) for name, value in built.model.state_dict().items())
    assert ready.policy.executor.name == "state" and ready.reading.agrees and [proof.passed for proof in ready.proofs] == [True]


@pytest.mark.parametrize("name", ["chat_template.json", "processor_config.json"])
def test_a_chat_template_kept_for_the_processor_is_found(name: str, small: Kit, tmp_path: Path) -> None:
    """Older directories have no chat_template.jinja."""
    directory = small("llava").save(tmp_path / "llava")
    template = (directory / "chat_template.jinja").read_text()
    (directory / "chat_template.jinja").unlink()
    assert open_model(directory).tokenizer.chat_template is None
    written = json.loads((directory / name).read_text()) if (directory / name).exists() else {}
    (directory / name).write_text(json.dumps(written | {"chat_template": template}))
    assert open_model(directory).tokenizer.chat_template == template


def test_pictures_of_the_usual_size_take_the_usual_number_of_tokens() -> None:
    """LLaVA 1.5: (336 / 14)^2 = 576. Qwen2.5-VL: sides rounded to 28, one token per 28 x 28: 23 x 17 = 391."""
    picture = Image.new("RGB", (640, 480))
    llava = build("llava", **{"vision_config.patch_size": 14, "vision_config.image_size": 336})
    qwen = build("qwen2_5_vl", **{"vision_config.patch_size": 14})
    for built, expected in ((llava, 576), (qwen, 391)):
        encoder = built.encoder()
        assert int((encoder.prompt(question(1), [picture], ["k"]).ids == encoder.family.token_id).sum()) == expected
        assert sum(parameter.numel() for parameter in built.model.parameters()) < 300_000


def test_words_of_the_given_texts_are_single_tokens() -> None:
    tokenizer = build("llava", texts=["the zebra saw another zebra"] * 20).tokenizer
    assert len(tokenizer(" zebra", add_special_tokens=False)["input_ids"]) == 1
    assert tokenizer.decode(tokenizer("Łódź 犬 zebra", add_special_tokens=False)["input_ids"]) == "Łódź 犬 zebra"


def test_the_picture_and_every_layer_are_felt(small: Kit, pictures: list[Image.Image]) -> None:
    """A small model that ignored its picture, or a kind of layer, would agree with any computation of it."""
    built = small("gemma3")
    kinds = set(built.model.config.text_config.layer_types)
    assert kinds == {"full_attention", "sliding_attention"}
    encoder = built.encoder()
    one, two = (encoder.prompt(question(1), [picture], [str(number)]) for number, picture in enumerate(pictures[:2]))
    with torch.no_grad():
        scores = [built.model(input_ids=piece.ids[None], **next(iter(piece.inputs.values()))).logits[0, -1] for piece in (one, two)]
    assert (scores[0] - scores[1]).abs().max() > 0.1
    assert all(parameter.std() > 0.01 for parameter in built.model.parameters() if parameter.numel() > 1)


@pytest.mark.parametrize(("family", "kind", "reason"), [("llama4", NotBuilt, "torchvision only"), ("t5gemma2", Unsupported, "encoder-decoder"), ("kosmos-2", Unsupported, "registers no processor"), ("idefics2", Unsupported, "does not say which text")])
def test_what_cannot_be_built_says_why(family: str, kind: type[Exception], reason: str) -> None:
    with pytest.raises(kind, match=reason):
        build(family)
