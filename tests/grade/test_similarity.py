"""A small random CLIP and a small random SigLIP as rewards: cosines of the model's own features, one picture read for all its responses."""

import pytest
import torch
from asking import asked
from PIL import Image

from veridical.grade.similarity import picture_similarity
from veridical.records.record import Media, Part, Turn

WORDS = ["[PAD]", "[UNK]", "a", "red", "blue", "square", "dog"]


@pytest.fixture(scope="module", params=["clip", "siglip"])
def directory(request, tmp_path_factory):
    """A model directory of random weights."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel, PreTrainedTokenizerFast, SiglipConfig, SiglipImageProcessor, SiglipModel

    path = tmp_path_factory.mktemp(request.param)
    text = {
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "vocab_size": len(WORDS),
        "max_position_embeddings": 8,
        "eos_token_id": 0,
        "pad_token_id": 0,
        "bos_token_id": 0,
    }
    vision = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": 16, "patch_size": 8}
    torch.manual_seed(0)
    if request.param == "clip":
        model, reader = CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=8)), CLIPImageProcessor(size={"shortest_edge": 16}, crop_size=16)
    else:
        model, reader = SiglipModel(SiglipConfig(text_config=text | {"projection_size": 16}, vision_config=vision)), SiglipImageProcessor(size={"height": 16, "width": 16})
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    tokenizer = Tokenizer(models.WordLevel({word: place for place, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]").save_pretrained(path)
    model.save_pretrained(path)
    reader.save_pretrained(path)
    return path, model.eval()


def shown(folder, colour: str):
    """A record with a picture of one colour."""
    Image.new("RGB", (20, 20), colour).save(folder / f"{colour}.png")
    return asked("x").replace(
        record_id=colour,
        media=(Media(media_id="m0", path=str(folder / f"{colour}.png")),),
        prompt=(Turn(role="user", parts=(Part(type="image", media_id="m0"), Part(text="Describe."))),),
    )


def test_the_value_is_the_models_own_cosine(directory, tmp_path):
    from transformers import AutoImageProcessor, AutoTokenizer

    path, model = directory
    record, said = shown(tmp_path, "red"), ["a red square", "dog", "a a a blue"]
    ids = AutoTokenizer.from_pretrained(path)(said, padding="max_length", max_length=8, return_tensors="pt")
    pixels = AutoImageProcessor.from_pretrained(path)(images=Image.new("RGB", (20, 20), "red"), return_tensors="pt")
    with torch.no_grad():
        out = model(input_ids=ids["input_ids"], attention_mask=ids["attention_mask"], pixel_values=pixels["pixel_values"])
    wanted = torch.nn.functional.cosine_similarity(out.text_embeds, out.image_embeds).tolist()
    grades = picture_similarity(str(path), scale=1.0).many([record] * 3, said)
    assert [float(grade.why.split()[1]) for grade in grades] == pytest.approx(wanted, abs=6e-4)
    assert [grade.value for grade in grades] == pytest.approx([max(0.0, one) for one in wanted], abs=1e-5)


def test_batches_and_company_do_not_change_a_grade_and_pictures_are_told_apart(directory, tmp_path):
    path, _ = directory
    records = [shown(tmp_path, colour) for colour in ("red", "blue", "red", "blue")]
    said = ["a red square", "a red square", "dog", "a"]
    whole, small = (picture_similarity(str(path), scale=0.1, batch=size) for size in (16, 3))
    alone = [whole(record, text).why for record, text in zip(records, said, strict=True)]
    assert [grade.why for grade in whole.many(records, said)] == [grade.why for grade in small.many(records, said)] == alone
    assert alone[0] != alone[1]


def test_silence_earns_nothing_and_a_record_without_a_picture_is_not_scored(directory, tmp_path):
    grade = picture_similarity(str(directory[0]))
    said = ["", "<think>a red square</think>", "dog " * 5000]
    assert [one.value for one in grade.many([shown(tmp_path, "red")] * 2, said[:2])] == [0.0, 0.0]
    assert 0 <= grade(shown(tmp_path, "red"), said[2]).value <= 1  # longer than the text model reads
    assert grade(asked("x"), "dog").value is None


def test_a_directory_without_such_a_model_is_named(tmp_path):
    with pytest.raises(ValueError, match="no config.json; expected a model directory as CLIP or SigLIP has"):
        picture_similarity(str(tmp_path))
