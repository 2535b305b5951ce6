"""A tokenizer for a small model: every byte is a token, every special token that the architecture speaks of exists."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

CONTROL = {"pad_token": "<pad>", "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "image_token": "<image>", "video_token": "<video>", "audio_token": "<audio>"}
"""Special tokens that every small tokenizer has, by the tokenizer's attribute."""

TURNS = ("<|user|>", "<|assistant|>", "<|system|>")
"""What opens a turn."""

TEMPLATE = """{% for message in messages %}<|{{ message['role'] }}|>{% if message['content'] is string %}{{ message['content'] }}{% else %}{% for part in message['content'] %}{% if part['type'] == 'text' %}{{ part['text'] }}{% else %}MARK\n{% endif %}{% endfor %}{% endif %}{% if message['role'] == 'assistant' %}</s>{% endif %}{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"""
"""Turns one after the other; an answer ends with the end token. MARK is what the architecture writes for a picture; a line break keeps two pictures apart."""

NAMED = re.compile(r"tokenizer(?:\.|, ?\")(?!add_)(\w+_token)(?:_id)?\b")
"""Where a processor asks a tokenizer for one of its special tokens."""

LITERAL = re.compile(r"[\"'](<[^\"'<>{}() ]+>|\[[A-Z_]+\]|\|[A-Z]+\|)[\"']")
"""A special token written out in a processor's source."""


def make_tokenizer(
    names: Sequence[str], literals: Sequence[str], texts: Sequence[str] = (), chosen: Mapping[str, str] = MappingProxyType({}), size: int = 2048
) -> PreTrainedTokenizerFast:
    """A byte-level tokenizer with a special token for each of `names` ("image_token") and each of `literals` ("<|image_pad|>").

    `chosen` says how some of the named are written.

    With `texts` it learns at most `size` tokens from them, so that words of such texts are single tokens.
    """
    named = CONTROL | {name: f"<{name.removesuffix('_token')}>" for name in names if name not in CONTROL} | dict(chosen)
    special = list(dict.fromkeys([*named.values(), *TURNS, *literals]))
    bare = Tokenizer(models.BPE())
    bare.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bare.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    room = max(size, len(special) + len(alphabet)) if texts else len(special) + len(alphabet)
    bare.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=room, special_tokens=special, initial_alphabet=alphabet, show_progress=False))
    bare.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    own = {name: named.pop(name) for name in ("pad_token", "bos_token", "eos_token", "unk_token")}
    return PreTrainedTokenizerFast(tokenizer_object=bare, extra_special_tokens=named, **own)


def asked_of_tokenizer(processor: type) -> tuple[list[str], list[str]]:
    """Attributes that a processor class wants its tokenizer to have, and special tokens that it writes out."""
    source = inspect.getsource(inspect.getmodule(processor))
    return sorted(set(NAMED.findall(source))), sorted(set(LITERAL.findall(source)))


def template(mark: str) -> str:
    """The chat template of a model that writes `mark` for a picture."""
    return TEMPLATE.replace("MARK", mark)
