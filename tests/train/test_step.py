"""One step against a plain hand-written one, and against itself in every other arrangement."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from torch import Tensor

from veridical.models.assemble import Ready, make_policy
from veridical.models.executors import EXECUTORS
from veridical.models.forest import Forest, Segment, Tree
from veridical.models.policy import Policy
from veridical.models.collate import Example
from veridical.models.read import reads
from veridical.models.shown import Shown
from veridical.models.reference import AdapterOff, make_reference
from veridical.objectives.find import find
from veridical.objectives.method import Method
from veridical.objectives.term import Imitate
from veridical.objectives.view import View
from veridical.recipe import AlignRecipe, load
from veridical.records.corrupt import corrupt, default_corruption
from veridical.records.load import load as load_records
from veridical.records.picture import open_picture
from veridical.records.record import Pair, Record, Response, text_parts
from veridical.train.session import accelerate
from veridical.train.step import Stepper

LORA = {"rank": 4, "alpha": 8, "dropout": 0.0, "targets": "auto"}


@pytest.fixture(scope="module")
def ready(llava: Path) -> Ready:
    """A policy whose adapter already does something."""
    torch.manual_seed(0)
    found = make_policy(llava, modes={"tower": "frozen", "projector": "frozen", "language": "lora"}, lora=LORA)
    for name, parameter in found.policy.named_parameters():
        if "lora_B" in name:
            parameter.data.normal_(0, 0.05)
    return found


@pytest.fixture(scope="module")
def records(pairs: Path) -> list[Record]:
    """The pairs, the first with a third response and a second pair."""
    found = load_records(str(pairs)).records
    third = Response(response_id="third", parts=text_parts("There is nothing"))
    more = (*found[0].pairs, Pair(chosen="chosen", rejected="third", weight=0.5))
    return [found[0].replace(responses=(*found[0].responses, third), pairs=more), *found[1:]]


def stepper(ready: Ready, method: Method, micro_tokens: int = 10**6, reference: str = "adapter_off", executor: str = "state") -> Stepper:
    """A step as a run makes it."""
    policy = Policy(ready.policy.model, EXECUTORS[executor])
    recipe = load(AlignRecipe, None, ["model=x", "data=[]", "device=cpu"])
    return Stepper(policy, policy, make_reference(reference, policy), method, micro_tokens, accelerate(recipe))


def read(ready: Ready, method: Method, records: list[Record]) -> list[Example]:
    """Records under a method's views."""
    damage = default_corruption(dict(method.corruption)) if method.corruption else None
    reading = reads(method, ready.encoder, Shown(open_picture, corrupt, damage))
    return [reading(record) for record in records]


def outcome(step: Stepper, examples: list[Example]) -> tuple[dict[str, float], list[Tensor]]:
    """Metrics and gradients of a step."""
    step.plain.zero_grad()
    numbers = step.run(examples)
    return numbers, [parameter.grad.clone() for parameter in step.plain.parameters() if parameter.grad is not None]


def same(ours: tuple[dict[str, float], list[Tensor]], theirs: tuple[dict[str, float], list[Tensor]]) -> None:
    """Losses and measures to 1e-5, gradients to 1e-4 of a tensor's largest entry."""
    cost = ("tokens", "padding")
    assert {name: value for name, value in ours[0].items() if name not in cost} == pytest.approx({name: value for name, value in theirs[0].items() if name not in cost}, abs=1e-5)
    for one, other in zip(ours[1], theirs[1], strict=True):
        assert (one - other).abs().max() <= 1e-4 * other.abs().max() + 1e-8


@pytest.mark.parametrize("name", ["dpo", "mdpo", "simpo", "rpo"])
def test_micro_batches_order_and_executor_change_no_loss(name: str, ready: Ready, records: list[Record]) -> None:
    method = find(name)
    method = replace(method, terms=(*method.terms, Imitate(View("chosen"), weight=0.1, label="extra")))  # normalised by tokens, not pairs
    examples = read(ready, method, records)
    whole = outcome(stepper(ready, method), examples)
    assert whole[0]["pairs"] == len(records) + 1
    for micro_tokens in (1, 150, 400):
        same(outcome(stepper(ready, method, micro_tokens), examples), whole)
    same(outcome(stepper(ready, method, 400), examples[::-1]), whole)
    for executor in ("plain", "mask"):
        same(outcome(stepper(ready, method, 300, executor=executor), examples), whole)


def test_a_pair_of_weight_zero_counts_and_pulls_nothing(ready: Ready, records: list[Record]) -> None:
    method, chosen = find("dpo"), records[2:5]
    silenced = [*chosen[:2], chosen[2].replace(pairs=(chosen[2].pairs[0].replace(weight=0.0),))]
    three, two = outcome(stepper(ready, method), read(ready, method, silenced)), outcome(stepper(ready, method), read(ready, method, chosen[:2]))
    assert three[0]["loss"] == pytest.approx(two[0]["loss"] * 2 / 3, abs=1e-6)
    for one, other in zip(three[1], two[1], strict=True):
        torch.testing.assert_close(one, other * 2 / 3, atol=1e-6, rtol=1e-4)


def test_the_pull_of_the_first_batch_is_minus_beta_over_two_on_chosen_and_plus_on_rejected_when_nothing_is_learnt(llava: Path, records: list[Record]) -> None:
    # d/dz of -log sigmoid(z) at z = 0 is -1/2, z = beta (sum of chosen - sum of rejected): -0.05 on each chosen token, +0.05 on each rejected one
    ready = make_policy(llava, modes={"tower": "frozen", "projector": "frozen", "language": "lora"}, lora=LORA)
    (example,) = read(ready, find("dpo"), records[2:3])
    (pulls,) = stepper(ready, find("dpo")).pull(example)
    assert pulls[0].numel() == 0
    assert torch.allclose(pulls[1], torch.tensor(-0.05)) and torch.allclose(pulls[2], torch.tensor(0.05))
    assert (len(pulls[1]), len(pulls[2])) == tuple(len(segment) for segment in example.forest.trees[0].segments[1:])


def test_kl_is_the_mean_log_ratio_per_token_and_entropy_is_measured_on_request(ready: Ready, records: list[Record]) -> None:
    step, method = stepper(ready, find("dpo")), find("dpo")
    examples = read(ready, method, records[2:4])
    numbers = step.run(examples, learn=False, also=("entropy",))
    expected = []
    for example in examples:
        policy, reference = step.plain(example.forest).logp.detach(), step.reference.logp(example.forest, None)
        expected.append(float((policy - reference).mean()))
    assert numbers["kl"] == pytest.approx(sum(expected) / 2, abs=1e-6)
    assert 0 < numbers["entropy"] <= torch.tensor(float(ready.opened.model.config.text_config.vocab_size)).log()
    assert "entropy" not in step.run(examples, learn=False)


def test_the_reference_has_no_dropout_while_the_policy_learns(llava: Path, tmp_path: Path, records: list[Record]) -> None:
    config = json.loads((llava / "config.json").read_text())
    config["text_config"]["attention_dropout"] = 0.5
    (tmp_path / "config.json").write_text(json.dumps(config))
    for file in llava.iterdir():
        if file.name != "config.json":
            (tmp_path / file.name).symlink_to(file)
    ready = make_policy(tmp_path, modes={"tower": "frozen", "projector": "frozen", "language": "lora"}, lora=LORA | {"dropout": 0.5})
    forest = read(ready, find("dpo"), records[:1])[0].forest
    still = ready.policy.eval()(forest).logp
    ready.policy.learn()
    assert (ready.policy(forest).logp - still).abs().max() > 1e-3
    torch.testing.assert_close(AdapterOff(ready.policy, True).logp(forest, None), still, atol=1e-6, rtol=0)
    assert ready.policy.training and not ready.policy.backbone.inner.vision_tower.training


def segment(length: int, scored: bool, parent: int | None) -> Segment:
    """Tokens without meaning."""
    return Segment(torch.ones(length, dtype=torch.long), torch.full((length,), scored), parent)


@pytest.mark.parametrize(
    ("executor", "computed", "padding"),
    [
        ("plain", 4 * 9, 4 * 9 - (7 + 9 + 5 + 4)),  # paths 4+3, 4+5, 2+3, 2+2, each padded to 9
        ("mask", 2 * 12, 24 - 12 - 7),  # trees of 12 and 7 positions do not fit one row of 12
        ("state", 2 * 3 + 4 * 6, 30 - (3 + 1) - (4 + 6 + 4 + 3)),  # roots without their last token padded to 3, with it four tails to 6
    ],
)
def test_padding_is_counted_as_the_executor_lays_a_forest_out(executor: str, computed: int, padding: int) -> None:
    trees = tuple(Tree((segment(root, False, None), *(segment(size, True, 0) for size in tails))) for root, tails in ((4, (3, 5)), (2, (3, 2))))
    assert EXECUTORS[executor].positions(Forest(trees)) == (computed, padding)


def logp_of(model: Any, tokenizer: Any, pixels: list[Tensor], prompt: str, response: str) -> Tensor:
    """Summed log-probability of a response by the stock forward pass: picture marks repeated 16 times, one row, full logits."""
    before = tokenizer(prompt.replace("<image>", "<image>" * 16), add_special_tokens=False)["input_ids"]
    after = tokenizer(response + "</s>", add_special_tokens=False)["input_ids"]
    ids = torch.tensor([before + after])
    logits = model(input_ids=ids, pixel_values=torch.cat(pixels) if pixels else None).logits[0].log_softmax(-1)
    return logits[len(before) - 1 : -1].gather(1, ids[0, len(before) :, None]).sum()


def test_three_steps_equal_a_plain_hand_written_dpo_with_two_models_and_full_passes(aligned: Callable[..., list[str]], llava: Path, pairs: Path, tmp_path: Path) -> None:
    from transformers import AutoImageProcessor, AutoModelForImageTextToText, AutoTokenizer

    settings = ["optimiser.lr=1e-3", "optimiser.schedule=constant", "optimiser.clip=0.5", "optimiser.weight_decay=0.1"]
    aligned(*settings, "length.steps=3", "held_out.fraction=0", "step.micro_tokens=200", "parts.language=full", "parts.projector=full", "reference=copy", f"run={tmp_path}")
    logged = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]

    model, reference = (AutoModelForImageTextToText.from_pretrained(llava).float() for _ in range(2))
    tokenizer, processor = AutoTokenizer.from_pretrained(llava), AutoImageProcessor.from_pretrained(llava)
    rows = [json.loads(line) for line in pairs.read_text().splitlines()]
    model.model.vision_tower.requires_grad_(False)
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    groups = [{"params": [one for one in trained if one.dim() > 1], "weight_decay": 0.1}, {"params": [one for one in trained if one.dim() <= 1], "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.98))
    from veridical.train.order import Order

    for step, numbers in enumerate(logged):
        losses = []
        for row in (rows[place] for place in Order(len(rows), 3, 0).step(step)):
            prompt = tokenizer.apply_chat_template(row["prompt"], tokenize=False, add_generation_prompt=True)
            pixels = [processor(Image.open(one["path"]).convert("RGB"), return_tensors="pt")["pixel_values"] for one in row["images"]]
            said = {name: row[name][0]["content"][0]["text"] for name in ("chosen", "rejected")}
            ratio = {name: logp_of(model, tokenizer, pixels, prompt, text) - logp_of(reference, tokenizer, pixels, prompt, text).detach() for name, text in said.items()}
            losses.append(torch.log1p(torch.exp(-0.1 * (ratio["chosen"] - ratio["rejected"]))))
        loss = torch.stack(losses).mean()
        optimiser.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(trained, 0.5)
        optimiser.step()
        assert numbers["loss"] == pytest.approx(loss.item(), abs=1e-5), step
        assert numbers["grad_norm"] == pytest.approx(norm.item(), rel=1e-4), step
    assert len(logged) == 3


@pytest.mark.parametrize("parts", [["parts.language=lora"], ["parts.language=full", "parts.projector=full", "reference=copy"]])
def test_in_bfloat16_policy_and_reference_start_equal_and_small_updates_are_kept(parts: list[str], aligned: Callable[..., list[str]], tmp_path: Path) -> None:
    from safetensors.torch import load_file

    aligned("precision=bfloat16", *parts, "optimiser.lr=1e-6", "length.steps=2", f"run={tmp_path}")
    first = json.loads((tmp_path / "metrics.jsonl").read_text().splitlines()[0])
    assert first["loss"] == pytest.approx(0.693147, abs=1e-6) and first["reward/chosen"] == first["kl"] == 0.0 and first["grad_norm"] > 0
    trained = load_file(tmp_path / "checkpoints/step-000002/trainable.safetensors")
    assert {value.dtype for value in trained.values()} == {torch.float32}
    assert any(not torch.equal(value, value.bfloat16().float()) for value in trained.values())
