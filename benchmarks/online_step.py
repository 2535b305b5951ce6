"""A GRPO step by TRL 1.16 and by this package: the same model, prompts, adapter, rewards and estimators, steps in turn.

    python3 -m venv /tmp/bench
    /tmp/bench/bin/pip install -c constraints.txt torch==2.13.0 trl==1.16.0 -e .
    nice -n -15 /tmp/bench/bin/python benchmarks/online_step.py --shape llava --response 64 [--out result.json]

Four prompts with a picture each, eight responses to each, sampled at temperature 1 until their end or `--response`
tokens; LoRA of rank 16 on all linear layers of the language model, everything else frozen, float32; k3 against the
adapter-off model in the loss, 0.04. TRL runs its own `training_step` with its own generation; the Trainer's loop around
it is left out, in TRL's favour. "sampling" is what TRL spends in its generation, and what ours spends until responses are
there (pictures are read and encoded in it); "update" is the rest of the step: reference, policy, gradients, optimiser.

Before the first step both compute loss and gradient on TRL's own rollouts: these must agree to 1e-4. The share of the
bound is (TRL's language-model operations in the update / ours) / (K(P+R) / (P+KR)), K = 8. Memory is the peak of a
process of its own above what it held before its first step.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import torch
from counting import Work, peak_above, token_bound
from preference_step import machine, quiet, towers
from step_models import QUESTION, SHAPES, VOCABULARY, Sample, Shape, batches, make_samples, write_model
from step_sides import ALPHA, BETAS, CLIP, RANK, RATE, fill_adapter, processor

from veridical.models.backbone import take_apart
from veridical.models.policy import language_model

PROMPTS, GROUP, STAY = 4, 8, 0.04
TOLERANCE = 1e-4


def reward(text: str) -> float:
    """A number that depends on the text and on nothing else."""
    return (sum(map(ord, text)) % 11) / 10


@dataclass
class Spent:
    """Seconds and operations of one step, and what it came to."""

    sampling: float = 0.0
    update: float = 0.0
    operations: dict[str, int] = field(default_factory=dict)
    loss: float = float("nan")
    norm: float = float("nan")


@dataclass
class Trl:
    """TRL's GRPOTrainer."""

    trainer: Any
    rows: dict[Sample, dict[str, Any]] = field(default_factory=dict)
    last: dict[str, Any] = field(default_factory=dict)
    """Rollouts of the last step, as the loss was given them."""

    @property
    def model(self) -> Any:
        """The model inside the adapter."""
        return self.trainer.model.get_base_model()

    def step(self, samples: Sequence[Sample], counted: bool = False) -> Spent:
        """One step: TRL's generation, scoring, loss, gradients; clipping and optimiser."""
        trainer, spent, work = self.trainer, Spent(), counter(self.model)
        usual = trainer._generate

        def generate(prompts: list[Any]) -> Any:
            start, inner = time.perf_counter(), counter(self.model)
            with inner if counted else nothing():
                found = usual(prompts)
            spent.sampling = time.perf_counter() - start
            spent.operations = {name: -value for name, value in inner.operations.items()}
            return found

        batch = [row_of(sample) for sample in samples for _ in range(GROUP)]
        start = time.perf_counter()
        with mock.patch.object(trainer, "_generate", generate), mock.patch("trl.trainer.grpo_trainer.shuffle_sequence_dict", keep(self.last)), work if counted else nothing():
            trainer.optimizer.zero_grad(set_to_none=True)
            trainer._buffered_inputs, trainer._step = None, 0
            spent.loss = float(trainer.training_step(trainer.model, batch, None))
            spent.norm = float(trainer.accelerator.clip_grad_norm_(trainer.model.parameters(), CLIP))
            trainer.optimizer.step()
        spent.update = time.perf_counter() - start - spent.sampling
        spent.operations = {name: value + spent.operations.get(name, 0) for name, value in work.operations.items()}
        return spent


def keep(into: dict[str, Any]) -> Any:
    """In place of TRL's shuffle: remembers what the loss will be given, in order."""

    def remember(batch: dict[str, Any]) -> dict[str, Any]:
        into.clear()
        into.update(batch)
        return batch

    return remember


def trl(directory: Path, samples: Sequence[Sample], response: int) -> Trl:
    """TRL's side on a model directory."""
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import AutoModelForImageTextToText
    from trl import GRPOConfig, GRPOTrainer

    from veridical.models.parts import linear_layers, part_names

    model = AutoModelForImageTextToText.from_pretrained(directory, dtype=torch.float32)
    backbone = take_apart(model)
    layers = linear_layers(backbone, part_names(backbone), ["language"], "auto")
    settings = GRPOConfig(
        output_dir=str(directory / "trl"), per_device_train_batch_size=PROMPTS * GROUP, num_generations=GROUP, max_completion_length=response, learning_rate=RATE, adam_beta1=BETAS[0],
        adam_beta2=BETAS[1], weight_decay=0.0, max_grad_norm=CLIP, beta=STAY, loss_type="grpo", temperature=1.0, top_k=0, bf16=False, use_cpu=True, gradient_checkpointing=False,
        report_to="none", save_strategy="no", steps_per_generation=1,
    )  # fmt: skip
    adapter = LoraConfig(r=RANK, lora_alpha=ALPHA, lora_dropout=0.0, target_modules=layers, bias="none")

    def rewarded(completions: list[Any], **_: Any) -> list[float]:
        return [reward(one[0]["content"]) for one in completions]

    trainer = GRPOTrainer(model, rewarded, args=settings, train_dataset=Dataset.from_list([{"prompt": "x"}] * 4), processing_class=processor(directory), peft_config=adapter)
    fill_adapter(trainer.model)
    trainer.create_optimizer()
    trainer.current_gradient_accumulation_steps = 1
    trainer.model.train()
    return Trl(trainer)


def row_of(sample: Sample) -> dict[str, Any]:
    """A prompt as TRL's collator hands it on."""
    import io

    from PIL import Image

    return {"prompt": [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": f" {QUESTION} "}]}], "image": Image.open(io.BytesIO(sample.picture))}


@dataclass
class Ours:
    """This package: the drawer and the learner of the online loop."""

    drawer: Any
    learner: Any
    steps: int = 0

    @property
    def model(self) -> Any:
        """The model inside the adapter."""
        return self.drawer.policy.backbone.model

    def step(self, samples: Sequence[Sample], counted: bool = False) -> Spent:
        """One step of the online loop."""
        work, spent = counter(self.model), Spent()
        self.drawer.encoder.seen.clear()  # a step pays for its own pictures
        self.learner.session.enter(self.steps)
        start = time.perf_counter()
        groups, _ = self.drawer(self.steps, lambda _: [sample.record.replace(record_id=str(place)) for place, sample in enumerate(samples)])
        spent.sampling = time.perf_counter() - start
        start = time.perf_counter()
        with work if counted else nothing():
            numbers, _, _ = self.learner(self.steps, groups)
        spent.update = time.perf_counter() - start
        spent.operations, spent.loss, spent.norm = dict(work.operations), numbers["loss"], numbers["grad_norm"]
        self.steps += 1
        return spent

    def on(self, samples: Sequence[Sample], rollouts: dict[str, Any]) -> tuple[float, float]:
        """Loss and gradient norm on TRL's rollouts."""
        from veridical.grade.reward import Rewarded
        from veridical.models.sample import Drawn
        from veridical.train.online.draw import Group

        groups = []
        for place, sample in enumerate(samples):
            drawn = []
            for row in range(place * GROUP, (place + 1) * GROUP):
                ids = rollouts["completion_ids"][row][rollouts["completion_mask"][row].bool()].cpu()
                text = self.drawer.encoder.tokenizer.decode(ids, skip_special_tokens=True)
                drawn.append(Drawn(ids, text, torch.full((len(ids),), torch.nan), None))
            rewards = [reward(one.text) for one in drawn]
            groups.append(Group(self.drawer.reader(sample.record, place), tuple(drawn), tuple(Rewarded(value, {}) for value in rewards)))
        self.learner.session.enter(0)
        with mock.patch.object(self.learner.session.optimiser, "step", lambda: None):
            numbers, _, advantages = self.learner(0, groups)
        if (apart := float((advantages[:, 0] - rollouts["advantages"].cpu()).abs().max())) > TOLERANCE:
            sys.exit(f"advantages differ by {apart:.1e}: the two programs rewarded other texts")
        return numbers["loss"], numbers["grad_norm"]


def ours(directory: Path, samples: Sequence[Sample], response: int) -> Ours:
    """Our side on a model directory."""
    from dataclasses import replace

    from veridical.grade.reward import Rewarded
    from veridical.models.reference import Wanted, make_reference
    from veridical.models.shown import Shown
    from veridical.objectives.online.find import find
    from veridical.recipe import OnlineRecipe, load
    from veridical.records.corrupt import corrupt
    from veridical.records.picture import open_picture
    from veridical.records.run import Run
    from veridical.train.features import Features
    from veridical.train.online.draw import Drawer
    from veridical.train.online.learn import Learner
    from veridical.train.online.prompts import Manners, Reader
    from veridical.train.open import open_policy
    from veridical.train.session import accelerate, begin

    run = Path(tempfile.mkdtemp(dir=directory))
    recipe = load(OnlineRecipe, None, [
        f"model={directory}", "data=[]", f"optimiser.lr={RATE}", f"optimiser.betas={list(BETAS)}", "optimiser.warmup=0", "optimiser.schedule=constant", f"optimiser.clip={CLIP}", f"lora.rank={RANK}",
        f"lora.alpha={ALPHA}", "step.micro_tokens=100000", "device=cpu", f"run={run}",
    ])  # fmt: skip
    algorithm = find("grpo")
    algorithm = replace(algorithm, losses=(algorithm.losses[0], replace(algorithm.losses[1], weight=STAY, corrected=True)))
    accelerator = accelerate(recipe)
    ready = open_policy(recipe, accelerator, lambda line: None)
    fill_adapter(ready.policy.model)
    reference = make_reference("adapter_off", ready.policy, Wanted())
    session = begin(ready.policy, recipe, Run(run), 1000, [], accelerator, lambda line: None)
    features = Features(ready.policy)
    held: dict[str, Any] = {}

    def once(forest: Any) -> Any:
        """A picture is encoded once per step."""
        missing = {key: value for key, value in forest.pictures.items() if key not in held}
        if missing:
            held.clear()
            held.update(features(type(forest)((), missing)))
        return held

    grade = lambda records, rows: [[Rewarded(reward(text), {}) for text in row] for row in rows]  # noqa: E731
    drawer = Drawer(algorithm, ready.policy, ready.encoder, Reader(ready.encoder, Shown(open_picture, corrupt), (), response), grade, accelerator, once, PROMPTS, response, Manners((), algorithm.draws))
    return Ours(drawer, Learner(session, algorithm, ready.policy, reference, once, 100_000, response, 0.2))


def counter(model: Any) -> Work:
    """Operations by part of the model."""
    backbone = take_apart(model)
    return Work(VOCABULARY, towers(backbone.inner), language_model(backbone))


def nothing() -> Any:
    """No counting."""
    from contextlib import nullcontext

    return nullcontext()


SIDES = {"trl": trl, "ours": ours}


def run(shape: Shape, response: int, steps: int, directory: Path) -> tuple[dict[str, list[Spent]], tuple[float, float]]:
    """Both sides in turn; the first step is counted and not timed. Also how far loss and gradient norm lie apart on the same rollouts."""
    samples = make_samples(shape, 2, PROMPTS * (steps + 1))
    sides = {name: make(directory, samples[:PROMPTS], response) for name, make in SIDES.items()}
    found: dict[str, list[Spent]] = {name: [] for name in sides}
    apart = (float("nan"), float("nan"))
    for number, batch in enumerate(batches(samples, PROMPTS)):
        for name in list(sides)[:: 1 if number % 2 == 0 else -1]:
            gc.collect()
            found[name].append(sides[name].step(batch, number == 0))
            if number == 0 and name == "trl":
                loss, norm = sides["ours"].on(batch, sides["trl"].last)
                apart = (abs(loss - found["trl"][0].loss), abs(norm - found["trl"][0].norm) / found["trl"][0].norm)
                print(f"on TRL's rollouts: loss {loss:.6f} and {found['trl'][0].loss:.6f}, gradient norm {norm:.5f} and {found['trl'][0].norm:.5f}", file=sys.stderr, flush=True)
        print(f"step {number}: " + ", ".join(f"{name} {one[-1].sampling:.1f} + {one[-1].update:.1f} s" for name, one in found.items()), file=sys.stderr, flush=True)
    return found, apart


def memory(shape: Shape, response: int, directory: Path, name: str) -> float:
    """Peak megabytes of two steps in a process of its own."""
    command = [sys.executable, __file__, "--memory", name, "--shape", shape.name, "--response", str(response), "--directory", str(directory)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1])


def memory_here(shape: Shape, response: int, directory: Path, name: str) -> float:
    """What `memory` runs in the child."""
    samples = make_samples(shape, 2, 2 * PROMPTS)
    side = SIDES[name](directory, samples[:PROMPTS], response)
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    with peak_above() as found:
        for batch in batches(samples, PROMPTS):
            side.step(batch)
    return found["MB"]


def table(found: dict[str, list[Spent]], sizes: dict[str, float], prefix: int, response: int) -> list[str]:
    """The rows as Markdown, and what they come to."""
    rows = ["| side | sampling s | update s | step s | Tflop of the update | language | tower | vocabulary | MB |", "|---|---|---|---|---|---|---|---|---|"]
    for name, spent in found.items():
        timed = spent[1:]
        sampling, update = (statistics.median(getattr(one, part) for one in timed) for part in ("sampling", "update"))
        flops = {part: spent[0].operations.get(part, 0) / 1e12 for part in ("language", "tower", "vocabulary")}
        rows.append(
            f"| {name} | {sampling:.2f} | {update:.2f} | {statistics.median(one.sampling + one.update for one in timed):.2f} | {sum(flops.values()):.3f} | "
            + " | ".join(f"{value:.3f}" for value in flops.values()) + f" | {sizes[name]:.0f} |"
        )  # fmt: skip
    pairs = list(zip(found["trl"][1:], found["ours"][1:], strict=True))
    sampling, update, whole = (statistics.median(measure(a) / measure(b) for a, b in pairs) for measure in (lambda one: one.sampling, lambda one: one.update, lambda one: one.sampling + one.update))
    language = found["trl"][0].operations["language"] / found["ours"][0].operations["language"]
    bound = token_bound(prefix, response, GROUP)
    rows.append(
        f"TRL / ours, median of {len(pairs)} pairs of steps: sampling {sampling:.2f}, update {update:.2f}, step {whole:.2f}; language-model operations of the update {language:.2f} times fewer, bound {bound:.2f}, "
        f"share {language / bound:.0%}; memory {sizes['ours'] / sizes['trl']:.0%}"
    )
    return rows


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shape", choices=[*SHAPES], default="llava")
    parser.add_argument("--response", type=int, default=64, help="most tokens of a response")
    parser.add_argument("--steps", type=int, default=7, help="timed steps of each side")
    parser.add_argument("--directory", type=Path, help="where the model is written; a temporary one by default")
    parser.add_argument("--memory", choices=[*SIDES], help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help="a JSON file for everything measured")
    return parser.parse_args()


def main() -> None:
    """Measure one shape and print the table; exit 1 when loss or gradient differ by more than 1e-4."""
    given = arguments()
    quiet()
    shape = SHAPES[given.shape]
    if given.memory:
        print(memory_here(shape, given.response, given.directory, given.memory))
        return
    with tempfile.TemporaryDirectory() as temporary:
        directory = write_model(shape, given.directory or Path(temporary))
        found, apart = run(shape, given.response, given.steps, directory)
        sizes = {name: memory(shape, given.response, directory, name) for name in SIDES}
    where = machine()
    prefix = {"llava": 577, "idefics3": 1088}[shape.name] + len(QUESTION.split()) + 3
    print("; ".join(f"{name} {value}" for name, value in where.items()), *table(found, sizes, prefix, given.response), sep="\n")
    print(f"loss apart {apart[0]:.1e}, gradient norm apart {apart[1]:.1e} of itself, on the same rollouts")
    if given.out:
        given.out.write_text(json.dumps({"machine": where, "apart": apart, "memory_MB": sizes, "steps": {name: [vars(one) for one in spent] for name, spent in found.items()}}, indent=1))
    if not max(apart) <= TOLERANCE:
        sys.exit(f"loss or gradient differ by more than {TOLERANCE}")


if __name__ == "__main__":
    main()
