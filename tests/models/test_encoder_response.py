"""A response has the ids that it has inside the whole conversation."""

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from veridical.models.encoder import EncodeError, Encoder
from veridical.models.families import Family

WORDS = ("<unk>", "<|user|>", "<|assistant|>", "</s>", "▁What", "What", "▁Yes", "Yes", "▁s", "s", "▁USER:", "▁ASSISTANT:", "ASSISTANT:", "▁", "▁end")
ASKED = [{"role": "user", "content": [{"type": "text", "text": "What"}]}]
TEXT = "{{ message['content'][0]['text'] }}"
MARKED = "{% for message in messages %}<|{{ message['role'] }}|>" + TEXT + "</s>{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
SPACED = "{% for message in messages %}{{ message['role'].upper() }}: " + TEXT + " {% endfor %}{% if add_generation_prompt %}ASSISTANT:{% endif %}"


def encoder(template: str) -> Encoder:
    """One that writes a space as ▁, and one at the very beginning of a text, as Llama's tokenizers do."""
    bare = Tokenizer(models.WordLevel({word: place for place, word in enumerate(WORDS)}, unk_token="<unk>"))
    bare.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    bare.add_special_tokens(["<|user|>", "<|assistant|>", "</s>"])
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=bare, eos_token="</s>", unk_token="<unk>", additional_special_tokens=["<|user|>", "<|assistant|>"])
    tokenizer.chat_template = template
    return Encoder(Family("<image>", None, None, tokenizer, None), frozenset())


def said(template: str, text: str) -> list[str]:
    """The response's tokens."""
    found = encoder(template)
    return found.tokenizer.convert_ids_to_tokens(found.response(ASKED, text).tolist())


def test_a_word_after_a_special_token_has_no_space():
    # alone, at the beginning of a text, the same word would be "▁Yes"
    assert said(MARKED, "Yes") == ["Yes", "</s>"]


def test_the_templates_space_belongs_to_the_first_word_and_the_end_of_text_is_added_where_it_writes_none():
    assert said(SPACED, "Yes") == ["▁Yes", "</s>"]


def test_an_answer_that_also_occurs_in_the_templates_own_words_is_found():
    # "s" stands in "</s>" and in "<|assistant|>"
    assert said(MARKED, "s") == ["s", "</s>"]


def test_a_template_that_trims_answers_gives_trimmed_ones():
    trimming = MARKED.replace(TEXT, "{{ message['content'][0]['text'] | trim }}")
    assert said(trimming, "  Yes ") == ["Yes", "</s>"]
    assert said(MARKED, "Yes end") == ["Yes", "▁end", "</s>"]


def test_a_template_that_leaves_the_answer_out_is_refused():
    silent = "{% for message in messages %}{% if message['role'] == 'user' %}<|user|>" + TEXT + "{% endif %}{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
    with pytest.raises(EncodeError, match="record 7: the chat template does not write the assistant's text"):
        encoder(silent).response(ASKED, "Yes", "7")
