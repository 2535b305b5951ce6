"""Small models of real architectures, built from their own configurations, for the world's pictures and words."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from veridical.world.draw import SIZE
from veridical.world.scene import scene
from veridical.world.talk import DESCRIBE, caption, questions
from veridical.world.tokenizer import make_tokenizer


Made = tuple[nn.Module, Any, dict[str, Any]]
"""Model, image processor, and the settings of the processor that joins it with the tokenizer."""


@dataclass(frozen=True)
class Built:
    """A model directory's contents."""

    model: nn.Module
    tokenizer: Any
    image_processor: Any
    processor: dict[str, Any]
    """What processor_config.json says, so that `AutoProcessor` opens the directory too."""

    def save(self, directory: Path) -> Path:
        """Write as `from_pretrained` reads; weights in half precision."""
        import copy

        copy.deepcopy(self.model).half().save_pretrained(directory)
        self.tokenizer.save_pretrained(directory)
        self.image_processor.save_pretrained(directory)
        (directory / "processor_config.json").write_text(json.dumps(self.processor, indent=2) + "\n")
        return directory


START = 0.07
"""Standard deviation of first weights: 1 / sqrt(width). With the usual 0.02 a model as narrow as this one learnt to speak and not to see."""


def build(architecture: str = "llava", seed: int = 0) -> Built:
    """A random model of the named architecture with the world's tokenizer."""
    tokenizer = make_tokenizer(corpus())
    torch.manual_seed(seed)
    model, image_processor, processor = ARCHITECTURES[architecture](tokenizer)
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    return Built(model, tokenizer, image_processor, processor)


def corpus(scenes: int = 400) -> list[str]:
    """What the tokenizer learns its words from."""
    texts = []
    for seed in range(scenes):
        found, draw = scene(seed), np.random.default_rng(seed)
        texts += [DESCRIBE, caption(found, draw, bias=1.0)]
        texts += [text for said in questions(found, draw, 8) for text in (said.question, said.answer)]
    return texts


def llava(tokenizer: Any) -> Made:
    """LLaVA: CLIP tower, two-layer projector, Llama. One patch is one cell of the scene."""
    from transformers import CLIPImageProcessorPil, CLIPVisionConfig, LlamaConfig, LlavaConfig, LlavaForConditionalGeneration

    tower = CLIPVisionConfig(hidden_size=128, intermediate_size=384, num_hidden_layers=4, num_attention_heads=4, image_size=SIZE, patch_size=SIZE // 3)
    text = LlamaConfig(hidden_size=192, intermediate_size=512, num_hidden_layers=6, num_attention_heads=6, initializer_range=START, **text_settings(tokenizer))
    config = LlavaConfig(vision_config=tower, text_config=text, image_token_index=mark(tokenizer), vision_feature_layer=-1, image_seq_length=9, tie_word_embeddings=True)
    processor = CLIPImageProcessorPil(size={"shortest_edge": SIZE}, crop_size={"height": SIZE, "width": SIZE})
    model = LlavaForConditionalGeneration(config)
    for layer in (model.model.multi_modal_projector.linear_1, model.model.multi_modal_projector.linear_2):
        nn.init.normal_(layer.weight, std=START)
    nn.init.normal_(model.model.vision_tower.embeddings.position_embedding.weight, std=0.5)  # as large as what a patch shows
    return model, processor, {"processor_class": "LlavaProcessor", "patch_size": SIZE // 3, "num_additional_image_tokens": 1, "vision_feature_select_strategy": "default"}


def idefics3(tokenizer: Any) -> Made:
    """Idefics3 (SmolVLM's architecture): SigLIP-like tower without class token, pixel shuffle, Llama."""
    from transformers import Idefics3Config, Idefics3ForConditionalGeneration, Idefics3ImageProcessorPil, Idefics3VisionConfig, LlamaConfig

    tokenizer.add_special_tokens({"additional_special_tokens": ["<fake_token_around_image>", "<global-img>", "<end_of_utterance>"]})
    tower = Idefics3VisionConfig(hidden_size=128, intermediate_size=384, num_hidden_layers=4, num_attention_heads=4, image_size=SIZE, patch_size=5)
    text = LlamaConfig(hidden_size=192, intermediate_size=512, num_hidden_layers=6, num_attention_heads=6, **text_settings(tokenizer))
    config = Idefics3Config(vision_config=tower, text_config=text, image_token_id=mark(tokenizer), scale_factor=2, pad_token_id=tokenizer.pad_token_id, tie_word_embeddings=True)
    processor = Idefics3ImageProcessorPil(size={"longest_edge": SIZE}, max_image_size={"longest_edge": SIZE}, do_image_splitting=False)
    return Idefics3ForConditionalGeneration(config), processor, {"processor_class": "Idefics3Processor", "image_seq_len": (SIZE // 5 // 2) ** 2}


def text_settings(tokenizer: Any) -> dict[str, Any]:
    """What every language model here shares."""
    ids = {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
    return {"vocab_size": len(tokenizer), "max_position_embeddings": 512, "tie_word_embeddings": True, **ids}


def mark(tokenizer: Any) -> int:
    """Id of the picture mark."""
    return tokenizer.convert_tokens_to_ids("<image>")


ARCHITECTURES: dict[str, Callable[[Any], Made]] = {"llava": llava, "idefics3": idefics3}
