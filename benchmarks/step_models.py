"""Random models and preference pairs for `preference_step.py`: two shapes, written as a user would have them on disk."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import nn

from veridical.records.record import Media, Pair, Part, Record, Response, Turn, text_parts

VOCABULARY = 32_000
TEMPLATE = (
    "{% for message in messages %}<{{ message['role'] }}>"
    "{% for part in message['content'] %}{% if part['type'] == 'image' %}<image>{% else %}{{ part['text'] }}{% endif %}{% endfor %}<end>"
    "{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}"
)
QUESTION = "what is in the picture ? describe all that you see and nothing else"


@dataclass(frozen=True)
class Shape:
    """A model with the size of its pictures."""

    name: str
    build: Callable[[Any], tuple[nn.Module, Any]]
    """Tokenizer to model and image processor."""
    picture: tuple[int, int]
    """Width and height of the pictures on disk, in pixels."""
    pieces: int
    """Pieces that the tower sees of one picture."""
    note: str


def llava(tokenizer: Any) -> tuple[nn.Module, Any]:
    """LLaVA: 336-pixel pictures in patches of 14, class token kept: 577 positions per picture."""
    from transformers import CLIPImageProcessorPil, CLIPVisionConfig, LlavaConfig, LlavaForConditionalGeneration

    tower = CLIPVisionConfig(hidden_size=256, intermediate_size=1024, num_hidden_layers=8, num_attention_heads=4, image_size=336, patch_size=14)
    config = LlavaConfig(
        vision_config=tower, text_config=text(tokenizer), image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        vision_feature_select_strategy="full", image_seq_length=577, tie_word_embeddings=False,
    )  # fmt: skip
    return LlavaForConditionalGeneration(config), CLIPImageProcessorPil(size={"shortest_edge": 336}, crop_size={"height": 336, "width": 336})


def idefics3(tokenizer: Any) -> tuple[nn.Module, Any]:
    """Idefics3 as in SmolVLM: 16 tiles and the whole, 64 positions each: 1,088 positions per picture, and marks between them."""
    from transformers import Idefics3Config, Idefics3ForConditionalGeneration, Idefics3ImageProcessorPil, Idefics3VisionConfig

    tower = Idefics3VisionConfig(hidden_size=256, intermediate_size=1024, num_hidden_layers=8, num_attention_heads=4, image_size=256, patch_size=16)
    config = Idefics3Config(
        vision_config=tower, text_config=text(tokenizer), image_token_id=tokenizer.convert_tokens_to_ids("<image>"), scale_factor=2,
        pad_token_id=tokenizer.pad_token_id, tie_word_embeddings=False,
    )  # fmt: skip
    return Idefics3ForConditionalGeneration(config), Idefics3ImageProcessorPil(size={"longest_edge": 1024}, max_image_size={"longest_edge": 256}, do_image_splitting=True)


def text(tokenizer: Any) -> Any:
    """The language model of both shapes: hidden 512, 8 layers, vocabulary 32,000."""
    from transformers import LlamaConfig

    ids = {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
    return LlamaConfig(
        hidden_size=512, intermediate_size=1376, num_hidden_layers=8, num_attention_heads=8, vocab_size=VOCABULARY, max_position_embeddings=4096, tie_word_embeddings=False, **ids
    )


SHAPES: dict[str, Shape] = {
    "llava": Shape("llava", llava, (640, 480), 1, "language 512 x 8, tower 256 x 8, 577 picture positions, vocabulary 32,000"),
    "idefics3": Shape("idefics3", idefics3, (1024, 1024), 17, "language 512 x 8, tower 256 x 8 on 17 tiles, 1,088 picture positions, vocabulary 32,000"),
}


def make_tokenizer() -> Any:
    """One token per word, `VOCABULARY` words, with every mark that the two processors write."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    marks = ["<pad>", "<begin>", "<end>", "<unknown>", "<image>", "<user>", "<assistant>", "<fake_token_around_image>", "<global-img>", "<end_of_utterance>"]
    marks += [f"<row_{row}_col_{column}>" for row in range(1, 7) for column in range(1, 7)]
    words = [*marks, *dict.fromkeys(QUESTION.split())]
    words += [f"w{number}" for number in range(VOCABULARY - len(words))]
    inner = Tokenizer(models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="<unknown>"))
    inner.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=inner, pad_token="<pad>", bos_token="<begin>", eos_token="<end>", unk_token="<unknown>", extra_special_tokens=marks[4:], chat_template=TEMPLATE
    )
    assert len(tokenizer) == VOCABULARY, len(tokenizer)
    return tokenizer


def write_model(shape: Shape, directory: Path) -> Path:
    """A random model of the shape as a Hugging Face directory; the same one for the same shape."""
    tokenizer = make_tokenizer()
    torch.manual_seed(0)
    model, image_processor = shape.build(tokenizer)
    for part in (model, tokenizer, image_processor):
        part.save_pretrained(directory)
    return directory


@dataclass(frozen=True)
class Sample:
    """A preference pair before either side has touched it."""

    picture: bytes
    """A JPEG file."""
    chosen: str
    rejected: str

    @property
    def record(self) -> Record:
        """As our side reads it."""
        prompt = Turn(role="user", parts=(Part(type="image", media_id="0"), Part(text=f" {QUESTION} ")))
        answers = tuple(Response(response_id=name, parts=text_parts(words)) for name, words in (("a", self.chosen), ("b", self.rejected)))
        return Record(record_id="0", media=(Media(media_id="0", data=self.picture),), prompt=(prompt,), responses=answers, pairs=(Pair(chosen="a", rejected="b"),))

    @property
    def row(self) -> dict[str, Any]:
        """As TRL reads it."""
        prompt = {"role": "user", "content": [{"type": "image", "text": None}, {"type": "text", "text": f" {QUESTION} "}]}
        answers = {name: [{"role": "assistant", "content": [{"type": "text", "text": words}]}] for name, words in (("chosen", self.chosen), ("rejected", self.rejected))}
        return {"images": [{"bytes": self.picture, "path": None}], "prompt": [prompt], **answers}


def make_samples(shape: Shape, response: int, number: int, seed: int = 0) -> list[Sample]:
    """`number` pairs whose responses have `response` tokens each, the end of turn included; every picture is another one."""
    draw = np.random.default_rng(seed)
    return [Sample(picture(draw, shape.picture), words(draw, response - 1), words(draw, response - 1)) for _ in range(number)]


def picture(draw: np.random.Generator, size: tuple[int, int]) -> bytes:
    """A JPEG file of soft coloured noise."""
    small = Image.fromarray(draw.integers(0, 256, (24, 24, 3), dtype=np.uint8))
    file = io.BytesIO()
    small.resize(size, Image.Resampling.BICUBIC).save(file, "JPEG", quality=90)
    return file.getvalue()


def words(draw: np.random.Generator, number: int) -> str:
    """`number` words, one token each."""
    return " ".join(f"w{value}" for value in draw.integers(0, 20_000, number))


def batches(samples: Sequence[Sample], size: int) -> list[Sequence[Sample]]:
    """Samples step by step."""
    return [samples[start : start + size] for start in range(0, len(samples), size)]
