"""Supervised training: what is learnt, how records share, and that sharing changes no loss."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from veridical.models.assemble import Ready, make_policy
from veridical.models.encoder import EncodeError, Encoder
from veridical.recipe import ImitateRecipe, load
from veridical.records.load import load as load_records
from veridical.records.picture import open_picture
from veridical.records.record import Record, Turn, text_parts
from veridical.train.conversation import plant, read, together
from veridical.train.imitate import encode, imitate
from veridical.train.order import Order


@pytest.fixture(scope="module")
def ready(llava: Path) -> Ready:
    """A frozen policy."""
    return make_policy(llava)


@pytest.fixture(scope="module")
def records(talks: Path) -> list[Record]:
    """The conversations."""
    return load_records(str(talks)).records


def learnt(encoder: Encoder, record: Record) -> list[str]:
    """The text of each line's scored tokens."""
    return [encoder.tokenizer.decode(line.ids[line.scored]) for line in read(encoder, open_picture, record).lines]


def test_every_assistant_turn_is_learnt_with_its_end_and_nothing_else(ready: Ready, records: list[Record]) -> None:
    assert learnt(ready.encoder, records[1]) == ["A red square!</s>On the left</s>"]
    assert learnt(ready.encoder, records[2]) == ["A red square!!</s>"]


def test_a_turn_that_the_record_excludes_is_context(ready: Ready, records: list[Record]) -> None:
    first = records[1].prompt[1].replace(loss=False)
    assert first.role == "assistant"
    silenced = records[1].replace(prompt=(records[1].prompt[0], first, *records[1].prompt[2:]))
    assert learnt(ready.encoder, silenced) == ["On the left</s>"]
    with pytest.raises(EncodeError, match="talk-2.*no assistant turn to learn from"):
        read(ready.encoder, open_picture, records[2].replace(responses=()))


def test_of_a_preference_record_the_chosen_response_is_learnt(ready: Ready, pairs: Path) -> None:
    record = load_records(str(pairs)).records[3]
    swapped = record.replace(pairs=(record.pairs[0].replace(chosen=record.pairs[0].rejected, rejected=record.pairs[0].chosen),))
    assert learnt(ready.encoder, record) == ["There is a cat</s>"] and learnt(ready.encoder, swapped) == ["A dog sits sits sits</s>"]


def test_a_conversation_that_is_too_long_keeps_the_turns_that_fit(ready: Ready, records: list[Record]) -> None:
    whole = read(ready.encoder, open_picture, records[1])
    (line,) = whole.lines
    for limit, text, cut in ((len(line.ids) - 1, "A red square!</s>On the left", 1), (len(line.ids) - 12, "A red square!</s>", 1), (len(line.opening.ids) + 3, "A r", 2)):
        short = Encoder(ready.encoder.family, ready.encoder.names, max_tokens=limit)
        found = read(short, open_picture, records[1])
        assert (short.tokenizer.decode(found.lines[0].ids[found.lines[0].scored]), found.cut) == (text, cut)
        assert len(found.lines[0].ids) <= limit
    with pytest.raises(EncodeError, match=r"talk-1.*limit is 20; lower step\.picture_tokens"):
        read(Encoder(ready.encoder.family, ready.encoder.names, max_tokens=20), open_picture, records[1])


def test_a_template_that_rewrites_earlier_turns_gives_one_line_for_each_answer(ready: Ready, records: list[Record]) -> None:
    tokenizer = ready.encoder.tokenizer
    usual = tokenizer.chat_template
    # earlier answers are shortened to one letter, as templates do that drop earlier thoughts
    part = "{% if p.type != 'text' %}<image>{% elif m.role == 'assistant' and m != messages[-1] %}{{ p.text[:1] }}{% else %}{{ p.text }}{% endif %}"
    tokenizer.chat_template = "{% for m in messages %}<|{{ m.role }}|>{% for p in m.content %}" + part + "{% endfor %}</s>{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
    try:
        found = read(ready.encoder, open_picture, records[1])
        assert learnt(ready.encoder, records[1]) == ["A red square!</s>", "On the left</s>"]
        contexts = [tokenizer.decode(line.opening.ids[line.opening.ids != ready.encoder.family.token_id]) for line in found.lines]
        assert contexts[1] == contexts[0] + "A</s><|user|>Where?</s><|assistant|>"
    finally:
        tokenizer.chat_template = usual


def test_records_with_the_same_picture_become_one_tree_and_no_log_probability_changes(ready: Ready, records: list[Record]) -> None:
    shared = encode(ready.encoder, open_picture, records, 10**6)
    alone = [part for record in records for part in encode(ready.encoder, open_picture, [record], 10**6)]
    assert (len(shared), len(alone)) == (4, 8)  # three pictures, and the conversation without one
    assert sum(part.forest.tokens for part in shared) < 0.75 * sum(part.forest.tokens for part in alone)

    def by_record(parts: list[Any]) -> dict[str, torch.Tensor]:
        with torch.no_grad():
            found = [(part.forest.trees[0], part.forest.split(ready.policy(part.forest).logp)[0]) for part in parts]
        return {segment.name: values for tree, own in found for segment, values in zip(tree.segments[1:], own[1:], strict=True)}

    one, other = by_record(shared), by_record(alone)
    assert one.keys() == other.keys() == {record.record_id for record in records}
    for name, values in one.items():
        torch.testing.assert_close(values, other[name], atol=1e-5, rtol=0)


def test_a_tree_never_exceeds_the_budget_by_more_than_its_last_line(ready: Ready, records: list[Record]) -> None:
    lines = [line for record in records for line in read(ready.encoder, open_picture, record).lines]
    for budget in (1, 80, 120):
        trees = plant(lines, ready.encoder.family.token_id, budget)
        assert sorted(segment.name for tree in trees for segment in tree.segments[1:]) == sorted(line.name for line in lines)
        assert all(len(tree) <= budget or len(tree.segments) == 2 for tree in trees)
    assert len(plant(lines, ready.encoder.family.token_id, 1)) == len(lines)


def test_a_picture_that_arrives_in_a_later_turn_stands_in_the_branch(ready: Ready, records: list[Record]) -> None:
    late = records[1].replace(prompt=(Turn(role="user", parts=text_parts("Hello")), Turn(role="assistant", parts=text_parts("Hi")), *records[1].prompt), record_id="late")
    (part,) = encode(ready.encoder, open_picture, [late], 10**6)
    root, branch = part.forest.trees[0].segments
    assert (root.pictures, len(branch.pictures)) == ((), 1)
    assert int((branch.ids == ready.encoder.family.token_id).sum()) == 16 and not bool((root.ids == ready.encoder.family.token_id).any())
    early = encode(ready.encoder, open_picture, [records[1]], 10**6)[0]
    with torch.no_grad():
        assert torch.isfinite(ready.policy(part.forest).logp).all() and len(ready.policy(early.forest).logp) < part.tokens


def test_groups_stay_together_and_every_epoch_draws_each_record_once(records: list[Record]) -> None:
    groups = together(records)
    assert groups == ((0, 3, 6), (1, 4), (2, 5), (7,))
    order = Order(len(records), 3, seed=1, groups=groups)
    drawn = [place for step in range(8) for place in order.step(step)]
    for epoch in range(3):
        own = drawn[epoch * 8 : epoch * 8 + 8]
        assert sorted(own) == list(range(8))
        assert all(sorted(own).index(0) == 0 and max(map(own.index, group)) - min(map(own.index, group)) == len(group) - 1 for group in groups)
    assert drawn[:8] != drawn[8:16]


def parts_of(text: str) -> list[dict[str, str]]:
    """Typed content of a LLaVA turn."""
    return [*([{"type": "image"}] if "<image>" in text else []), {"type": "text", "text": text.removeprefix("<image>\n")}]


def test_the_first_loss_is_the_mean_over_all_answer_tokens_by_the_stock_forward_pass(llava: Path, talks: Path, tmp_path: Path) -> None:
    from transformers import AutoImageProcessor, AutoModelForImageTextToText, AutoTokenizer

    given = [f"model={llava}", f"data.0.path={talks}", f"run={tmp_path}", "step.records=8", "held_out.fraction=0", "length.steps=2", "step.micro_tokens=100", "device=cpu"]
    assert imitate(load(ImitateRecipe, None, given), say=lambda line: None).finished
    logged = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    model, tokenizer, processor = (kind.from_pretrained(llava) for kind in (AutoModelForImageTextToText, AutoTokenizer, AutoImageProcessor))
    total, count = 0.0, 0
    for row in map(json.loads, talks.read_text().splitlines()):
        turns = [{"role": {"human": "user", "gpt": "assistant"}[turn["from"]], "content": parts_of(turn["value"])} for turn in row["conversations"]]
        text = tokenizer.apply_chat_template(turns, tokenize=False).replace("<image>", "<image>" * 16)
        split = enumerate(re.split(r"(?<=<\|assistant\|>)(.*?</s>)", text))
        pieces = [(tokenizer(piece, add_special_tokens=False)["input_ids"], bool(number % 2)) for number, piece in split if piece]
        ids = torch.tensor([[token for piece, _ in pieces for token in piece]])
        learn = torch.tensor([flag for piece, flag in pieces for _ in piece])
        pixels = processor(Image.open(row["image"]).convert("RGB"), return_tensors="pt")["pixel_values"] if "image" in row else None
        with torch.no_grad():
            logp = model(input_ids=ids, pixel_values=pixels).logits[0].log_softmax(-1)[:-1].gather(1, ids[0, 1:, None])[:, 0]
        total, count = total - float(logp[learn[1:]].sum()), count + int(learn.sum())
    assert (logged[0]["loss"], logged[0]["scored_tokens"]) == (pytest.approx(total / count, abs=1e-5), count)
    assert logged[1]["loss"] < logged[0]["loss"]


def test_accumulation_changes_no_loss(llava: Path, talks: Path, tmp_path: Path) -> None:
    runs = []
    for micro_tokens in (1, 10**6):
        given = ["step.records=4", "length.steps=3", f"step.micro_tokens={micro_tokens}", "optimiser.lr=1e-3", "device=cpu"]
        imitate(load(ImitateRecipe, None, [f"model={llava}", f"data.0.path={talks}", f"run={tmp_path}/{micro_tokens}", *given]), say=lambda line: None)
        runs.append([json.loads(line)["loss"] for line in (tmp_path / str(micro_tokens) / "metrics.jsonl").read_text().splitlines() if "loss" in line])
    assert runs[0] == pytest.approx(runs[1], abs=1e-5)


@pytest.mark.parametrize("better", ["lower", "higher"])
def test_patience_ends_a_run_for_good(better: str, llava: Path, talks: Path, tmp_path: Path) -> None:
    said: list[str] = []
    # the loss falls: a run that wants it lower goes to its end, one that wants it higher stops at the second look after the first
    given = ["step.records=4", "length.steps=6", "optimiser.lr=1e-3", "held_out.fraction=0.3", "save.every=50", "device=cpu"]
    looks = ["watch.every=1", "watch.patience=2", f"watch.better={better}"]
    recipe = load(ImitateRecipe, None, [f"model={llava}", f"data.0.path={talks}", f"run={tmp_path}", *given, *looks])
    assert imitate(recipe, say=said.append).finished
    steps = [line["step"] for line in map(json.loads, (tmp_path / "metrics.jsonl").read_text().splitlines()) if "loss" in line]
    assert steps == list(range(6 if better == "lower" else 3))
    assert (tmp_path / "final").exists()
    before = (tmp_path / "metrics.jsonl").read_text()
    assert imitate(recipe, say=said.append).finished and (tmp_path / "metrics.jsonl").read_text() == before
    assert any("stopped early after step 3" in line for line in said) == (better == "higher")


def test_the_first_batch_is_drawn_with_its_pictures_and_learnt_tokens(llava: Path, talks: Path, tmp_path: Path) -> None:
    given = [f"model={llava}", f"data.0.path={talks}", f"run={tmp_path}", "length.steps=1", "held_out.fraction=0", "step.records=8", "device=cpu"]
    imitate(load(ImitateRecipe, None, given), say=lambda line: None)
    page = (tmp_path / "first_batch.html").read_text()
    assert page.count("<tr>") == 4 and page.count("data:image/png") == 3 and page.count("[16 picture tokens]") == 3
    assert page.count("rgb(40 160 90/0.80)") == json.loads((tmp_path / "metrics.jsonl").read_text())["scored_tokens"] and "rgb(210 60 50/0.80)" not in page
