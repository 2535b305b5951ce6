"""Which executor should be the default: values, gradients, operations, time and memory of `plain`, `mask` and `state`.

    python benchmarks/executors.py [--model attention|hybrid] [--case even|uneven] [--repeats 5] [--device cpu] [--out table.json]

Even: a random language model of the LLaVA shape (hidden 512, 8 layers) or a hybrid of the same width (three
linear-attention layers to one full one); one tree, a prefix of P tokens and K branches of R tokens. Uneven: the small
world's shape (hidden 192, 6 layers), 24 trees with a prefix of 45 tokens and 8 branches of 5 to 110 tokens.

Time is forward and backward, the executors in turn, so that a change of the machine's speed meets all; a ratio is the
median of ratios within a turn. Operations are counted (see `counting.py`). Memory is the peak of a process of its own,
above what the model takes. The bound is that of the tokens: positions of `plain` without its padding over positions of
the forest, K(P+R) / (P+KR) where there is one tree.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from counting import Work, peak_above

from veridical.models.backbone import Backbone, Unsupported, take_apart
from veridical.models.executors import EXECUTORS
from veridical.models.forest import Forest, Segment, Tree
from veridical.models.proof import relative

VOCABULARY = 1000
SCORED = VOCABULARY - 8
"""Ids below this stand for no picture."""


@dataclass(frozen=True)
class Size:
    """Width and depth of a language model."""

    hidden: int
    inner: int
    layers: int
    heads: int


LARGE, SMALL = Size(512, 1376, 8, 8), Size(192, 512, 6, 6)


def attention_model(size: Size) -> torch.nn.Module:
    """LLaVA's language model with a token tower."""
    from transformers import CLIPVisionConfig, LlamaConfig, LlavaConfig, LlavaForConditionalGeneration

    text = LlamaConfig(hidden_size=size.hidden, intermediate_size=size.inner, num_hidden_layers=size.layers, num_attention_heads=size.heads, vocab_size=VOCABULARY)
    tower = CLIPVisionConfig(hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=2, image_size=28, patch_size=14)
    return LlavaForConditionalGeneration(LlavaConfig(vision_config=tower, text_config=text, image_token_index=VOCABULARY - 1))


def hybrid_model(size: Size) -> torch.nn.Module:
    """Qwen3.5's layout at the same width: linear attention three times out of four."""
    from transformers import Qwen3_5Config, Qwen3_5ForConditionalGeneration

    layers = (["linear_attention"] * 3 + ["full_attention"]) * 2
    text = {
        "hidden_size": size.hidden, "intermediate_size": size.inner, "num_hidden_layers": size.layers, "num_attention_heads": size.heads, "num_key_value_heads": 2,
        "head_dim": 64, "vocab_size": VOCABULARY, "layer_types": layers[-size.layers :],
        "linear_num_key_heads": 4, "linear_num_value_heads": 8, "linear_key_head_dim": 64, "linear_value_head_dim": 64,
        "rope_parameters": {"rope_type": "default", "rope_theta": 1e4, "partial_rotary_factor": 0.5, "mrope_section": [6, 5, 5], "mrope_interleaved": True},
    }  # fmt: skip
    tower = {"depth": 1, "hidden_size": 32, "intermediate_size": 64, "num_heads": 2, "out_hidden_size": size.hidden, "num_position_embeddings": 16}
    marks = {"image_token_id": VOCABULARY - 1, "video_token_id": VOCABULARY - 2, "vision_start_token_id": VOCABULARY - 3, "vision_end_token_id": VOCABULARY - 4}
    return Qwen3_5ForConditionalGeneration(Qwen3_5Config(text_config=text, vision_config=tower, **marks))


MODELS: dict[str, Callable[[Size], torch.nn.Module]] = {"attention": attention_model, "hybrid": hybrid_model}


@dataclass(frozen=True)
class Case:
    """A forest to compute, and the size of the model that computes it."""

    name: str
    size: Size
    trees: tuple[tuple[int, tuple[int, ...]], ...]
    """(prefix, branches) of each tree, in tokens."""

    @property
    def forest(self) -> Forest:
        """Random ids, every branch scored."""
        draw = torch.Generator().manual_seed(0)
        return Forest(tuple(tree(draw, prefix, branches) for prefix, branches in self.trees))

    @property
    def bound(self) -> float:
        """Positions of one row per path over positions of the trees."""
        return self.forest.path_tokens / self.forest.tokens


def tree(draw: torch.Generator, prefix: int, branches: tuple[int, ...]) -> Tree:
    """A prefix and branches of scored tokens."""
    root = Segment(torch.randint(0, SCORED, (prefix,), generator=draw), torch.zeros(prefix, dtype=torch.bool))
    return Tree((root, *(Segment(torch.randint(0, SCORED, (size,), generator=draw), torch.ones(size, dtype=torch.bool), 0) for size in branches)))


def uneven() -> Case:
    """24 trees of the world's shape: captions beside one-word answers."""
    draw = torch.Generator().manual_seed(1)
    branches = torch.randint(5, 111, (24, 8), generator=draw).tolist()
    return Case("24 trees: P 45, 8 of 5 to 110", SMALL, tuple((45, tuple(row)) for row in branches))


EVEN = [Case(f"P {p}, R {r}, K {k}", LARGE, ((p, (r,) * k),)) for p in (600, 1000) for r in (100, 500) for k in (2, 8)]
CASES: dict[str, list[Case]] = {"even": EVEN, "uneven": [uneven()]}


def once(backbone: Backbone, name: str, forest: Forest) -> tuple[float, torch.Tensor, list[torch.Tensor]]:
    """Seconds, hidden states and gradients of one forward and backward pass of a fixed mixture of the hidden states.

    (Their squares would not do: the last norm makes the sum of squares a constant, and all gradients rounding noise.)
    """
    backbone.model.zero_grad(set_to_none=True)
    start = time.perf_counter()
    hidden = EXECUTORS[name].run(backbone, forest, {})
    torch.linspace(-1, 1, hidden.numel(), device=hidden.device).view_as(hidden).mul(hidden.float()).sum().backward()
    if hidden.is_cuda:
        torch.cuda.synchronize()
    seconds = time.perf_counter() - start
    return seconds, hidden.detach(), [p.grad for p in backbone.inner.parameters() if p.grad is not None]


def measure(model: str, case: Case, repeats: int, device: str) -> list[dict]:
    """One row per executor."""
    torch.manual_seed(0)
    backbone, forest = take_apart(MODELS[model](case.size).to(device)), case.forest
    rows = compare(backbone, forest, {"model": model, "case": case.name, "bound": case.bound})
    seconds: dict[str, list[float]] = {name: [] for name, row in rows.items() if "refused" not in row}
    for turn in range(repeats):
        names = list(seconds)
        for name in [*names[turn % len(names) :], *names[: turn % len(names)]]:
            seconds[name].append(once(backbone, name, forest)[0])
    for name, times in seconds.items():
        faster = statistics.median(a / b for a, b in zip(seconds["plain"], times, strict=True))
        fewer = rows["plain"]["operations"] / rows[name]["operations"]
        rows[name] |= {"seconds": statistics.median(times), "faster": faster, "fewer": fewer, "share": fewer / case.bound, "share_time": faster / case.bound}
        rows[name]["memory_MB"] = memory(model, case, name) if device == "cpu" else cuda_memory(backbone, name, forest)
    return list(rows.values())


def compare(backbone: Backbone, forest: Forest, about: dict) -> dict[str, dict]:
    """Values, gradients and operations of every executor beside `plain`."""
    rows = {}
    _, truth, slopes = once(backbone, "plain", forest)
    for name in EXECUTORS:
        rows[name] = {**about, "executor": name}
        try:
            with Work(VOCABULARY) as work:
                _, hidden, ours = once(backbone, name, forest)
        except (Unsupported, KeyError) as error:
            rows[name]["refused"] = str(error)
            continue
        rows[name] |= {"operations": work.total, "values": float((hidden - truth).abs().max()), "gradients": relative(ours, slopes)}
    return rows


def memory(model: str, case: Case, name: str) -> float:
    """Peak megabytes above the model's own, in a process of its own."""
    command = [sys.executable, __file__, "--memory", model, case.name, name]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1])


def memory_here(model: str, case_name: str, name: str) -> float:
    """What `memory` runs in the child."""
    case = next(case for cases in CASES.values() for case in cases if case.name == case_name)
    backbone = take_apart(MODELS[model](case.size))
    once(backbone, name, Case("", case.size, ((16, (4, 4)),)).forest)
    with peak_above() as found:
        once(backbone, name, case.forest)
    return found["MB"]


def cuda_memory(backbone: Backbone, name: str, forest: Forest) -> float:
    """Peak megabytes on the GPU above the model's own."""
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    once(backbone, name, forest)
    return (torch.cuda.max_memory_allocated() - before) / 2**20


def line(row: dict) -> str:
    """One row of the table."""
    head = f"| {row['model']} | {row['case']} | {row['bound']:.2f} | {row['executor']} | "
    if "refused" in row:
        return head + f"refused: {row['refused']} |" + " |" * 7
    return head + (
        f"{row['values']:.0e} | {row['gradients']:.0e} | {row['fewer']:.2f} | {row['share']:.0%} | {row['faster']:.2f} | {row['share_time']:.0%} | {row['seconds']:.2f} | {row['memory_MB']:.0f} |"
    )


def main() -> None:
    """Print the table as Markdown."""
    if sys.argv[1:2] == ["--memory"]:
        print(memory_here(*sys.argv[2:]))
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", choices=[*MODELS], action="append")
    parser.add_argument("--case", choices=[*CASES], action="append")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    print("| model | case | bound | executor | values | gradients | operations (plain / this) | share of bound | time (plain / this) | share | s | MB |")
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    rows = []
    for model in given.model or MODELS:
        for case in [case for name in given.case or CASES for case in CASES[name]]:
            for row in measure(model, case, given.repeats, given.device):
                rows.append(row)
                print(line(row), flush=True)
                if given.out:
                    given.out.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
