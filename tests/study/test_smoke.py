"""A certificate is right about a sound model, and each check fails when what it looks at is broken."""

import json
import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from veridical.models.encoder import Encoder
from veridical.models.executors import EXECUTORS
from veridical.models.forest import Forest, Segment, Tree
from veridical.models.small.build import build
from veridical.recipe import RecipeError
from veridical.records.load import save
from veridical.records.record import Part, Turn
from veridical.study.smoke import computing, fitting, learning, opening, reading, smoke, speaking, text
from veridical.study.smoke.bench import Bench, Finding, Learner, Material, NotApplicable, Probe, SmokeRecipe
from veridical.study.smoke.certificate import Check
from veridical.study.smoke.run import PROBES, judge
from veridical.world.records import pairs

NAMES = [probe.name for probe in PROBES]


@pytest.fixture(scope="session")
def directory(tmp_path_factory):
    """A small LLaVA directory."""
    return build("llava").save(tmp_path_factory.mktemp("llava"))


@pytest.fixture(scope="session")
def certificate(directory):
    """Of the small LLaVA, on the world's pictures."""
    return smoke(directory)


@pytest.fixture
def bench(directory):
    """A fresh model with two records, opened and read; nothing is proved or trained."""
    found = Bench(SmokeRecipe(model=str(directory), records=2, device="cpu", steps=3))
    opening.opens(found)
    opening.material(found)
    return found


def numbers(certificate, name: str) -> dict:
    """A check's figures."""
    return dict(certificate.check(name).figures)


def test_a_sound_model_passes_every_check(certificate):
    assert certificate.passed and [check.name for check in certificate.checks] == NAMES
    assert {check.outcome for check in certificate.checks} == {"passed"}


def test_the_certificate_says_what_was_tried(certificate, directory):
    assert (certificate.model, certificate.model_type, certificate.architecture) == (str(directory), "llava", "LlavaForConditionalGeneration")
    weights = sum(parameter.numel() for parameter in build("llava").model.parameters())
    assert sum(part.parameters for part in certificate.parts) == weights
    assert {"python", "torch", "transformers"} <= certificate.versions.keys() and certificate.machine.cores >= 1


def test_the_figures_are_those_of_this_model(certificate):
    # 32 pixels in patches of 8: 16 tokens, whatever the size of the picture
    costs = numbers(certificate, "picture tokens")
    assert (costs["least"], costs["most"], costs["squares"]) == (16, 16, {336: 16, 672: 16, 1344: 16})
    assert numbers(certificate, "reference")["loss"] == pytest.approx(math.log(2), abs=1e-6)
    losses = numbers(certificate, "learning")["losses"]
    assert len(losses) == 11 and losses[0] == pytest.approx(math.log(2), abs=1e-6) and losses[-1] < 0.1
    assert set(numbers(certificate, "executor")) == set(EXECUTORS)
    flows = numbers(certificate, "gradients")
    assert flows["frozen"]["reached"] == 0 < flows["lora"]["reached"] and flows["full"]["total"] == 39


def test_the_mask_is_shown_in_brackets_around_the_answer_and_its_end(certificate):
    shown = certificate.check("loss mask").details[-1]
    assert shown.startswith("<|user|>[16 picture tokens]") and "Describe this image.<|assistant|>⟦There is " in shown and shown.endswith(".</s>⟧")


def test_a_certificate_is_plain_json_and_one_block_of_text(certificate):
    written = json.loads(json.dumps(certificate.model_dump()))
    assert written["passed"] is True and [check["name"] for check in written["checks"]] == NAMES
    lines = text(certificate).splitlines()
    assert lines[0] == "```text" and lines[-1] == "```" and lines[1].startswith("veridical smoke: PASSED, 13 passed")
    assert [name for name in NAMES if any(line.startswith(f"ok   {name}") for line in lines)] == NAMES


def test_a_users_own_data_is_tried_and_bad_rows_are_told(tmp_path):
    model = build("qwen2_5_vl").save(tmp_path / "model")
    save(pairs(3), tmp_path / "pairs.jsonl")
    with (tmp_path / "pairs.jsonl").open("a") as file:
        file.write('{"record_id": "cut o')
    heard = []
    found = smoke(model, tmp_path / "pairs.jsonl", say=heard.append, steps=2, records=2)
    assert found.passed, text(found)
    assert "2 records of 3" in found.check("data").evidence and "row 3" in found.check("data").details[0]
    # 60 pixels are 56 in patches of 8 merged two by two; the certificate's own squares grow with the side
    squares = numbers(found, "picture tokens")["squares"]
    assert squares[336] == (336 // 16) ** 2 < squares[672]
    assert len(heard) == len(NAMES) and heard[0].startswith("ok   opens: ")


def test_without_a_model_one_check_fails_and_the_others_do_not_apply(tmp_path):
    found = smoke(tmp_path / "absent")
    assert not found.passed and [check.outcome for check in found.checks] == ["failed", *["not applicable"] * (len(NAMES) - 1)]
    assert "no such directory" in found.checks[0].evidence and "what to do: " in text(found)


def test_data_that_cannot_be_used_fails_alone_and_the_worlds_pictures_take_its_place(bench, tmp_path):
    (tmp_path / "pairs.json").write_text("[{]")
    bench.made.pop(Material)
    bench.recipe = bench.recipe.model_copy(update={"data": str(tmp_path / "pairs.json")})
    check = judge(probe("data"), bench)
    assert check.outcome == "failed" and "pairs.json" in check.evidence and "veridical inspect" in check.advice
    assert judge(probe("chat template"), bench).outcome == "passed"


def test_records_without_pictures_leave_out_the_checks_of_pictures(bench):
    asked = Turn(role="user", parts=(Part(text="Say something."),))
    found, _ = opening.material_of([record.replace(prompt=(asked,)) for record in pairs(2)], bench.material.reading, 2, "text")
    bench.put(found)
    outcomes = {name: judge(probe(name), bench).outcome for name in ("picture tokens", "gradients", "sight", "chat template", "loss mask")}
    assert outcomes == {"picture tokens": "not applicable", "gradients": "not applicable", "sight": "not applicable", "chat template": "passed", "loss mask": "passed"}


def test_a_probe_that_breaks_is_a_failed_check_with_its_reason(bench):
    def broken(bench: Bench) -> Finding:
        raise ZeroDivisionError("nothing to divide by\nsecond line")

    check = judge(Probe("own", "it works", broken, "mend it"), bench)
    assert (check.outcome, check.evidence, check.advice) == ("failed", "ZeroDivisionError: nothing to divide by", "mend it")


def test_a_wrong_key_gets_the_nearest_and_a_missing_model_is_told():
    with pytest.raises(RecipeError, match="stps: unknown; did you mean steps"):
        smoke("anywhere", stps=3)
    with pytest.raises(RecipeError, match="model: Field required"):
        smoke(steps=3)
    with pytest.raises(RecipeError, match="records: .*greater than or equal to 1"):
        smoke("anywhere", records=0)


def probe(name: str) -> Probe:
    """The probe of that name."""
    return PROBES[NAMES.index(name)]


# each check, with what it looks at broken


def test_a_tower_that_is_cut_off_gets_no_gradient(bench, monkeypatch):
    inner = bench.opened.model.model
    monkeypatch.setattr(inner, "get_image_features", torch.no_grad()(inner.get_image_features))
    found = computing.gradients(bench)
    assert not found.passed and found.figures["full"]["reached"] == 0


def test_a_tower_that_learns_although_it_is_frozen_is_seen(bench, monkeypatch):
    from veridical.study.smoke import bench as module

    own = module.prepare

    def thawing(model: nn.Module, modes: dict, lora: dict) -> nn.Module:
        prepared = own(model, modes, lora)
        if modes["tower"] == "frozen":
            model.model.vision_tower.requires_grad_(True)
        return prepared

    monkeypatch.setattr(module, "prepare", thawing)
    found = computing.gradients(bench)
    assert not found.passed and found.figures["frozen"]["reached"] > 0 and found.figures["lora"]["reached"] > 0


def test_a_tower_without_linear_layers_cannot_take_an_adapter_and_may_still_train_whole(bench, monkeypatch):
    from veridical.study.smoke import bench as module

    own = module.prepare

    def refusing(model: nn.Module, modes: dict, lora: dict) -> nn.Module:
        if modes["tower"] == "lora":
            raise ValueError("lora.targets='auto': no linear layer of ['tower'] has such a name")
        return own(model, modes, lora)

    monkeypatch.setattr(module, "prepare", refusing)
    found = computing.gradients(bench)
    assert found.passed and "tower=lora: not possible" in found.evidence


def test_after_the_probes_of_gradients_the_model_is_as_it_was(bench):
    before = {name: value.clone() for name, value in bench.opened.model.state_dict().items()}
    assert computing.gradients(bench).passed and computing.executor(bench).passed
    after = bench.opened.model.state_dict()
    assert after.keys() == before.keys() and all(torch.equal(after[name], before[name]) for name in before)
    assert not any(parameter.requires_grad for parameter in bench.opened.model.parameters())


def test_a_model_that_does_not_see_its_picture_is_found_out(bench):
    with torch.no_grad():
        for parameter in bench.opened.model.model.multi_modal_projector.parameters():
            parameter.zero_()
    found = computing.sight(bench)
    assert not found.passed and found.figures["most"] == 0.0


def test_an_executor_that_leaks_gives_way_and_its_figures_stay(bench, monkeypatch):
    own = EXECUTORS["state"]
    monkeypatch.setitem(EXECUTORS, "state", replace(own, run=lambda *given: own.run(*given) * 1.01))
    found = computing.executor(bench)
    assert found.passed and bench.executor is EXECUTORS["mask"]
    assert not found.figures["state"]["passed"] and found.figures["plain"]["passed"] and "DISAGREES" in found.details[0]
    for name in ("mask", "plain"):
        monkeypatch.setitem(EXECUTORS, name, replace(EXECUTORS[name], run=lambda *given: own.run(*given) * 1.01))
    assert not computing.executor(bench).passed


def test_another_number_of_placeholders_than_features_is_told(bench, monkeypatch):
    own = Encoder.process

    def one_less(self: Encoder, group: list) -> tuple:
        inputs, texts = own(self, group)
        return inputs, tuple(text.replace("<image>", "", 1) for text in texts)

    monkeypatch.setattr(Encoder, "process", one_less)
    bench.encoder.seen.clear()
    assert opening.material(bench).passed
    found = opening.picture_tokens(bench)
    assert not found.passed and "16 for 15" in found.evidence


PARTS = "{% for part in message['content'] %}{% if part['type'] == 'text' %}{{ part['text'] }}{% else %}<image>{% endif %}{% endfor %}"


def template(before: str, after: str, opened: str) -> str:
    """A chat template with these words around each turn, and at the end of a prompt."""
    return "{% for message in messages %}" + before + PARTS + after + "{% endfor %}{% if add_generation_prompt %}" + opened + "{% endif %}"


THOUGHT = "{% if message['role'] == 'assistant' %}<think>\n\n</think>\n\n{% endif %}"
TEMPLATES = {
    "a space before the answer": template("{{ message['role'].capitalize() }}: ", "</s>\n", "Assistant:"),
    "no end of turn": template("{{ message['role'].upper() }}: ", " ", "ASSISTANT:"),
    "an empty thought": template("<|{{ message['role'] }}|>" + THOUGHT, "</s>\n", "<|assistant|>"),
    "a new line around": template("<|{{ message['role'] }}|>\n", "</s>\n", "<|assistant|>\n"),
}


@pytest.mark.parametrize("name", TEMPLATES)
def test_answers_have_the_ids_of_templates_of_every_shape(name, bench):
    bench.encoder.tokenizer.chat_template = TEMPLATES[name]
    opening.material(bench)
    assert reading.template(bench).passed, reading.template(bench).details
    assert reading.mask(bench).passed, reading.mask(bench).details


def test_an_answer_without_the_templates_space_is_told_with_the_token(bench, monkeypatch):
    bench.encoder.tokenizer.chat_template = TEMPLATES["a space before the answer"]
    monkeypatch.setattr(Encoder, "written", lambda self, messages, text, name="": text + self.ending(messages, name))
    found = reading.template(bench)
    assert not found.passed and "we write 'Ther', the template ' There" in found.details[0]


def mask_with(bench: Bench, change) -> Finding:
    """The probe of the mask, after a change to the first answer's segments (prompt, answer)."""
    example = bench.material.examples[0]
    root, first, *rest = example.forest.trees[0].segments
    forest = Forest((Tree((*change(root, first), *rest)),), example.forest.pictures)
    bench.put(replace(bench.material, examples=(replace(example, forest=forest), *bench.material.examples[1:])))
    return reading.mask(bench)


def scored(segment: Segment, place: int, value: bool) -> Segment:
    """The segment with another flag at one place."""
    flags = segment.scored.clone()
    flags[place] = value
    return replace(segment, scored=flags)


def spoken(segment: Segment, ids: list[int]) -> Segment:
    """The segment with other tokens, all with loss."""
    return replace(segment, ids=torch.tensor(ids), scored=torch.ones(len(ids), dtype=torch.bool))


def test_every_kind_of_wrong_mask_is_told(bench):
    material, picture = bench.material, bench.encoder.family.token_id
    changes = {
        "a token of the prompt carries loss": lambda root, first: (scored(root, 5, True), first),
        "a token of the answer carries no loss": lambda root, first: (root, scored(first, 0, False)),
        "does not end with an end of turn": lambda root, first: (root, spoken(first, first.ids[:-1].tolist())),
        "a picture's placeholder carries loss": lambda root, first: (root, spoken(first, [picture, *first.ids.tolist()])),
        "instead of the answer": lambda root, first: (root, spoken(first, [*first.ids[:9].tolist(), *first.ids[10:].tolist()])),
    }
    for fault, change in changes.items():
        bench.put(material)
        found = mask_with(bench, change)
        assert not found.passed and fault in found.details[0], fault
        assert found.figures["wrong"] == (2 if "prompt" in fault else 1) and found.figures["answers"] == 4


def test_a_policy_that_is_not_its_reference_has_another_loss_than_log_2(bench, monkeypatch):
    own = learning.prepare

    def moved(*given) -> nn.Module:
        model = own(*given)
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                if "lora_B" in name:
                    parameter.add_(0.05)
        return model

    monkeypatch.setattr(learning, "prepare", moved)
    found = learning.reference(bench)
    assert not found.passed and abs(found.figures["loss"] - math.log(2)) > 1e-3


def test_a_learning_rate_of_nothing_learns_nothing(bench, monkeypatch):
    monkeypatch.setattr(learning, "RATE", 0.0)
    assert learning.reference(bench).passed
    found = learning.learning(bench)
    assert not found.passed and len(found.figures["losses"]) == 4
    with pytest.raises(NotApplicable, match="no policy could be made"):
        Bench(bench.recipe).need(Learner)


def test_a_sampler_that_says_picture_tokens_or_other_numbers_is_found_out(bench, monkeypatch):
    from veridical.models import sample

    assert learning.reference(bench).passed and speaking.generation(bench).passed
    own = sample.choose
    monkeypatch.setattr(sample, "choose", lambda *given: (own(*given)[0], own(*given)[1] + 0.01))
    wrong = speaking.generation(bench)
    assert not wrong.passed and wrong.figures["logp"] > 5e-3
    monkeypatch.undo()
    drawn = speaking.draw

    def showing(*given) -> list[list]:
        return [[replace(one, ids=torch.cat([one.ids, torch.tensor([bench.encoder.family.token_id])])) for one in row] for row in drawn(*given)]

    monkeypatch.setattr(speaking, "draw", showing)
    wrong = speaking.generation(bench)
    assert not wrong.passed and wrong.figures["picture_tokens"] == 7


def test_an_adapter_that_is_saved_without_what_it_learnt_is_found_out(bench, monkeypatch):
    learning.reference(bench)
    learning.learning(bench)
    own = speaking.write_model

    def forgetful(folder, model, companions) -> None:
        kept = {name: parameter.detach().clone() for name, parameter in model.named_parameters() if "lora_B" in name}
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                if name in kept:
                    parameter.zero_()
            own(folder, model, companions)
            for name, parameter in model.named_parameters():
                if name in kept:
                    parameter.copy_(kept[name])

    monkeypatch.setattr(speaking, "write_model", forgetful)
    found = speaking.saving(bench)
    assert not found.passed and found.figures["loaded"] > 1e-2


def test_the_peak_is_what_is_held_at_once_and_not_the_sum():
    def one_after_the_other() -> None:
        for _ in range(3):
            torch.zeros(2_000_000)

    def together() -> None:
        held = [torch.zeros(2_000_000) for _ in range(3)]
        assert len(held) == 3

    assert fitting.peak_on_processor(one_after_the_other) == pytest.approx(8_000_000, rel=0.01)
    assert fitting.peak_on_processor(together) == pytest.approx(24_000_000, rel=0.01)


def test_the_line_through_the_peaks_is_the_least_squares_line():
    # 100 + 10 tokens, exactly
    assert fitting.line([10, 20, 40], [200, 300, 500]) == pytest.approx((10.0, 100.0))
    assert fitting.line([50], [200]) == (4.0, 0.0)


def test_the_largest_micro_batch_follows_from_free_memory_and_the_line(bench, monkeypatch):
    learning.reference(bench)
    monkeypatch.setattr(fitting, "free_memory", lambda: 10**9)
    found = fitting.memory(bench)
    figures = found.figures
    assert len(figures["tokens"]) == 2 and figures["bytes"][0] < figures["bytes"][1]
    assert figures["bytes"][1] == pytest.approx(fitting.peak(lambda: fitting.one_batch(bench.learner, bench.material.examples)), rel=0.05)
    assert figures["micro_tokens"] == int((0.9e9 - figures["bytes_fixed"]) / figures["bytes_per_token"])
    monkeypatch.setattr(fitting, "free_memory", lambda: 10_000)
    assert not fitting.memory(bench).passed


def test_two_leading_digits_are_kept():
    assert [fitting.rounded(number) for number in (7, 42, 99_999, 1_234_567)] == [7, 42, 99_000, 1_200_000]


def test_only_a_failed_check_says_what_to_do(certificate):
    assert all(not check.advice for check in certificate.checks)
    broken = certificate.replace(checks=(Check(name="sight", claim="it looks", outcome="failed", evidence="it does not", advice="open its eyes"), *certificate.checks[1:]))
    shown = text(broken)
    assert not broken.passed and "FAILED, 12 passed, 1 failed" in shown and "expected: it looks" in shown and "what to do: open its eyes" in shown
