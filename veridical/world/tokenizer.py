"""The world's tokenizer: byte-level, so that any text can be written, with the world's words learnt as single tokens."""

from __future__ import annotations

from collections.abc import Iterable

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

CONTROL = (
    "<pad>", "<s>", "</s>", "<image>", "<video>", "<audio>", "<|user|>", "<|assistant|>", "<|system|>", "<|tool|>",
    "<think>", "</think>", "<answer>", "</answer>", "<box>", "</box>", "<verdict>", "</verdict>",
)  # fmt: skip
"""Words with a meaning of their own: turns, media, reasoning, answers, boxes, verdicts."""

TEMPLATE = """{% for message in messages %}<|{{ message['role'] }}|>{% if message['content'] is string %}{{ message['content'] }}{% else %}{% for part in message['content'] %}{% if part['type'] == 'text' %}{{ part['text'] }}{% else %}<{{ part['type'] }}>{% endif %}{% endfor %}{% endif %}{% if message['role'] == 'assistant' %}</s>{% endif %}{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"""


def make_tokenizer(texts: Iterable[str], size: int = 640) -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer of at most `size` tokens learnt from `texts`; deterministic."""
    bare = Tokenizer(models.BPE())
    bare.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bare.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    bare.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=size, special_tokens=list(CONTROL), initial_alphabet=alphabet, show_progress=False))
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=bare, bos_token="<s>", eos_token="</s>", pad_token="<pad>", additional_special_tokens=list(CONTROL[3:]))
    tokenizer.chat_template = TEMPLATE
    return tokenizer
