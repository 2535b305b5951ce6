"""Pictures painted by a diffusion model: what is kept, what is changed, and a real pipeline where diffusers is installed."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageChops

from veridical.curate.builders import painted
from veridical.curate.builders.desk import Desk
from veridical.recipe import RecipeError
from veridical.records.picture import open_picture
from veridical.world.records import prompts


class Red:
    """A pipeline that paints everything red, and remembers what it was asked."""

    def __init__(self):
        self.asked = []

    def __call__(self, prompt, image, mask_image, num_inference_steps, generator):
        self.asked.append((prompt, image.size, num_inference_steps, generator.initial_seed()))
        return type("Out", (), {"images": [Image.new("RGB", image.size, "red")]})()


def test_a_region_covers_its_share_and_lies_where_the_seed_says():
    masks = [np.asarray(painted.region((200, 100), 0.3, seed)) > 0 for seed in range(20)]
    assert all(abs(mask.mean() - 0.3) < 0.03 for mask in masks) and len({mask.tobytes() for mask in masks}) > 15
    assert (np.asarray(painted.region((9, 9), 1.0, 0)) > 0).mean() > 0.7


def test_sizes_fit_the_pipeline():
    assert painted.fitted((1000, 500), 512) == (512, 256) and painted.fitted((100, 61), 512) == (96, 64) and painted.fitted((3, 2000), 512) == (8, 512)


def test_outside_the_region_not_a_pixel_changes_and_the_answer_stays(tmp_path, monkeypatch):
    """The twin differs from the picture inside a rectangle alone; a second run paints nothing; a region of half is another picture."""
    red = Red()
    monkeypatch.setattr(painted, "painter", lambda directory, kind, steps, guidance, strength, longest, device: painted.Painter(red, steps, guidance, strength, longest))
    records = prompts(3)
    found = painted.inpainted(Desk(tmp_path), records, pipeline="p", share=0.25, steps=4)
    for record in found:
        own, twin = open_picture(record, "image").convert("RGB"), open_picture(record, "image~").convert("RGB")
        left, top, right, bottom = ImageChops.difference(own, twin).getbbox()
        assert 0 < (right - left) * (bottom - top) / (own.width * own.height) <= 0.3
        assert {response.text for response in record.responses} == {records[found.index(record)].responses[0].text} and record.pairs[0].rejected_reason == "background, nothing else"
    assert [asked[2] for asked in red.asked] == [4] * 3 and len({asked[3] for asked in red.asked}) == 3
    again = painted.inpainted(Desk(tmp_path), records, pipeline="p", share=0.25, steps=4)
    assert again == found and len(red.asked) == 3
    assert painted.inpainted(Desk(tmp_path), records, pipeline="p", share=0.5, steps=4) != found and len(red.asked) == 6


def test_an_edit_names_something_that_is_there(tmp_path, monkeypatch):
    red = Red()
    monkeypatch.setattr(painted, "painter", lambda *how: painted.Painter(lambda prompt, image, generator: red(prompt, image, None, 0, generator), 1, 1.0, 1.0, 64))
    records = prompts(4)
    found = painted.edited(Desk(tmp_path), records, pipeline="p")
    for record, (words, *_) in zip(found, red.asked, strict=True):
        assert words.removeprefix("remove the ") in {fact.text for fact in record.facts if fact.kind == "object"}
    bare = Desk(tmp_path / "bare")
    assert painted.edited(bare, [record.replace(facts=()) for record in records], pipeline="p") == [] and sum(bare.dropped.values()) == 4


def test_without_a_pipeline_the_builder_says_what_to_name(tmp_path):
    with pytest.raises(RecipeError, match="settings.pipeline=DIR"):
        painted.inpainted(Desk(tmp_path), prompts(1))


def small_pipeline(directory, kind):
    """A random Stable Diffusion of a few thousand weights, with the tokenizer of a small CLIP made here."""
    import torch
    from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionInpaintPipeline, StableDiffusionInstructPix2PixPipeline, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    vocabulary = {word: place for place, word in enumerate([*letters, *(letter + "</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"])}
    tokenizer = CLIPTokenizer(vocab=vocabulary, merges=[], model_max_length=16, pad_token="<|endoftext|>")
    torch.manual_seed(0)
    text = CLIPTextModel(CLIPTextConfig(vocab_size=len(vocabulary), hidden_size=32, intermediate_size=37, num_attention_heads=4, num_hidden_layers=1, max_position_embeddings=16, bos_token_id=52, eos_token_id=53, pad_token_id=53))
    unet = UNet2DConditionModel(
        block_out_channels=(32, 64), layers_per_block=1, sample_size=8, in_channels={"region": 9, "whole": 8}[kind], out_channels=4, down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), cross_attention_dim=32, norm_num_groups=8,
    )  # fmt: skip
    vae = AutoencoderKL(block_out_channels=[16, 32], in_channels=3, out_channels=3, down_block_types=["DownEncoderBlock2D"] * 2, up_block_types=["UpDecoderBlock2D"] * 2, latent_channels=4, norm_num_groups=8)
    made = {"region": StableDiffusionInpaintPipeline, "whole": StableDiffusionInstructPix2PixPipeline}[kind]
    made(vae=vae, text_encoder=text, tokenizer=tokenizer, unet=unet, scheduler=DDIMScheduler(), safety_checker=None, feature_extractor=None, image_encoder=None, requires_safety_checker=False).save_pretrained(directory)
    return str(directory)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["region", "whole"])
def test_a_real_pipeline_paints(kind, tmp_path):
    """Two pictures through a small random pipeline: they change, keep their size, and come out the same from the same seed."""
    pytest.importorskip("diffusers", reason="pip install 'veridical[diffusion]'")
    directory = small_pipeline(tmp_path / "pipeline", kind)
    build = {"region": painted.inpainted, "whole": painted.edited}[kind]
    found = build(Desk(tmp_path / "one"), prompts(2), pipeline=directory, steps=2, longest=32)
    for record in found:
        own, twin = open_picture(record, "image").convert("RGB"), open_picture(record, "image~").convert("RGB")
        assert own.size == twin.size and ImageChops.difference(own, twin).getbbox()
    assert build(Desk(tmp_path / "two"), prompts(2), pipeline=directory, steps=2, longest=32) == found
