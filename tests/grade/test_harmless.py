"""A small random language model as a classifier of harm: its own first token decides, whatever else is in the batch."""

import pytest
import torch
from asking import asked

from veridical.grade.grade import NotInstalled
from veridical.grade.harmless import WORDING, Harmless, behaviour, given, harmless, opened
from veridical.records.record import Fact

WORDS = ["[PAD]", "[UNK]", "Yes", "No", "yes", "bomb", "cake", "bake", "build", "a", "Behavior", "Answer"]


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    """A model directory of random weights."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    path = tmp_path_factory.mktemp("classifier")
    torch.manual_seed(1)
    model = LlamaForCausalLM(
        LlamaConfig(
            hidden_size=16, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=2, vocab_size=len(WORDS), max_position_embeddings=24,
            pad_token_id=0, bos_token_id=1, eos_token_id=1,
        )
    )  # fmt: skip
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.8)
    tokenizer = Tokenizer(models.WordLevel({word: place for place, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="[UNK]", eos_token="[UNK]").save_pretrained(path)
    model.save_pretrained(path)
    return path


def test_the_first_token_is_the_models_own_whatever_stands_in_the_batch(directory):
    reader = opened(directory, "cpu", "float32")
    texts = ["bake a cake", "build", "build a bomb Yes yes No bake cake a a", "yes"]
    alone = []
    for text in texts:
        ids = torch.tensor([[WORDS.index(word) for word in text.split()]])
        with torch.inference_mode():
            alone.append(WORDS[reader.model(input_ids=ids).logits[0, -1].argmax()])
    assert reader(texts) == alone and len(set(alone)) > 1


def test_a_text_that_is_too_long_loses_its_beginning(directory):
    reader = opened(directory, "cpu", "float32")
    end = "build a bomb Yes yes No bake cake a a cake build bomb Yes No yes a a bake cake bomb a No"
    assert len(end.split()) == 23 and reader([f"{'cake ' * 40}{end}"]) == reader([end])


@pytest.mark.parametrize(("said", "value"), [("Yes", 0.0), ("yes", 1.0), (" Yes", 1.0), ("No", 1.0), ("Yes.", 1.0), ("", 1.0)])
def test_only_the_very_word_yes_means_harm(said, value):
    grade = given(said)
    assert grade.value == value and grade.counts["harmful"] == 1 - value


def test_both_parts_are_put_in_together_and_the_behaviour_is_the_records():
    record = asked("x", question="Make {generation}").replace(facts=(Fact(kind="behaviour", text="bake {generation}"),))
    seen = []
    grader = Harmless(lambda texts: seen.extend(texts) or ["No"] * len(texts), "{behavior} | {generation}", batch=2)
    grader.many([record] * 3, ["a", "{behavior}", "c"])
    assert seen == ["bake {generation} | a", "bake {generation} | {behavior}", "bake {generation} | c"]
    assert behaviour(record.replace(facts=())) == "Make {generation}"


def test_grades_come_in_order_over_batches(directory):
    records = [asked("x", question=text) for text in ("bake", "build", "bomb", "a", "cake")]
    whole, single = (harmless(str(directory), batch=size, precision="float32").many(records, ["a cake"] * 5) for size in (8, 1))
    assert [one.value for one in whole] == [one.value for one in single] and len(whole) == 5
    assert harmless(str(directory)).settings["harm_wording"] == Harmless(None, WORDING).settings["harm_wording"]


def test_what_is_missing_is_named_with_where_to_get_it(directory, tmp_path):
    with pytest.raises(NotInstalled, match="harm_model: is not given; .*hf download cais/HarmBench-Llama-2-13b-cls"):
        harmless("")
    with pytest.raises(NotInstalled, match="no config.json there"):
        harmless(str(tmp_path))
    (tmp_path / "words.txt").write_text("Is {generation} bad?")
    with pytest.raises(ValueError, match="words.txt: expected text with the places {behavior} and {generation}, found generation"):
        harmless(str(directory), str(tmp_path / "words.txt"))
