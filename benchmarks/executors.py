"""Which executor should be the default: values, gradients, FLOPs, time and memory of `plain`, `mask` and `state`.

    python benchmarks/executors.py [--model attention|hybrid] [--repeats 3] [--device cpu] [--out table.json]

A random language model of the LLaVA shape (hidden 512, 8 layers) and a hybrid of the same width (three linear-attention
layers to one full one). One tree: a prefix of P tokens, K branches of R tokens. Time is forward and backward, the
executors in turn, so that a change of the machine's speed meets all; a ratio is the median of ratios within a turn.
Memory is the peak of a process of its own, above what the model takes. The bound for the language model's tokens is
K(P+R) / (P+KR).
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import torch
from torch.utils.flop_counter import FlopCounterMode

from veridical.models.backbone import Backbone, Unsupported, take_apart
from veridical.models.executors import EXECUTORS
from veridical.models.forest import Forest, Segment, Tree
from veridical.models.proof import relative

SHAPES = [(p, r, k) for p in (600, 1000) for r in (100, 500) for k in (2, 8)]
VOCABULARY = 1000


def attention_model() -> torch.nn.Module:
    """LLaVA's language-model shape with a token tower."""
    from transformers import CLIPVisionConfig, LlamaConfig, LlavaConfig, LlavaForConditionalGeneration

    text = LlamaConfig(hidden_size=512, intermediate_size=1376, num_hidden_layers=8, num_attention_heads=8, vocab_size=VOCABULARY)
    tower = CLIPVisionConfig(hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=2, image_size=28, patch_size=14)
    return LlavaForConditionalGeneration(LlavaConfig(vision_config=tower, text_config=text, image_token_index=VOCABULARY - 1))


def hybrid_model() -> torch.nn.Module:
    """Qwen3.5's layout at the same width: linear attention three times out of four."""
    from transformers import Qwen3_5Config, Qwen3_5ForConditionalGeneration

    text = {
        "hidden_size": 512, "intermediate_size": 1376, "num_hidden_layers": 8, "num_attention_heads": 8, "num_key_value_heads": 2,
        "head_dim": 64, "vocab_size": VOCABULARY, "layer_types": (["linear_attention"] * 3 + ["full_attention"]) * 2,
        "linear_num_key_heads": 4, "linear_num_value_heads": 8, "linear_key_head_dim": 64, "linear_value_head_dim": 64,
        "rope_parameters": {"rope_type": "default", "rope_theta": 1e4, "partial_rotary_factor": 0.5, "mrope_section": [6, 5, 5], "mrope_interleaved": True},
    }  # fmt: skip
    tower = {"depth": 1, "hidden_size": 32, "intermediate_size": 64, "num_heads": 2, "out_hidden_size": 512, "num_position_embeddings": 16}
    marks = {"image_token_id": VOCABULARY - 1, "video_token_id": VOCABULARY - 2, "vision_start_token_id": VOCABULARY - 3, "vision_end_token_id": VOCABULARY - 4}
    return Qwen3_5ForConditionalGeneration(Qwen3_5Config(text_config=text, vision_config=tower, **marks))


MODELS = {"attention": attention_model, "hybrid": hybrid_model}


def tree(p: int, r: int, k: int) -> Forest:
    """A prefix of `p` tokens and `k` branches of `r` scored tokens."""
    draw = torch.Generator().manual_seed(0)
    prefix = Segment(torch.randint(0, VOCABULARY - 8, (p,), generator=draw), torch.zeros(p, dtype=torch.bool))
    branch = [Segment(torch.randint(0, VOCABULARY - 8, (r,), generator=draw), torch.ones(r, dtype=torch.bool), 0) for _ in range(k)]
    return Forest((Tree((prefix, *branch)),))


def once(backbone: Backbone, name: str, forest: Forest) -> tuple[float, torch.Tensor, list[torch.Tensor]]:
    """Seconds, hidden states and gradients of one forward and backward pass."""
    backbone.model.zero_grad(set_to_none=True)
    start = time.perf_counter()
    hidden = EXECUTORS[name].run(backbone, forest, {})
    (hidden.float() ** 2).mean().backward()
    if hidden.is_cuda:
        torch.cuda.synchronize()
    seconds = time.perf_counter() - start
    return seconds, hidden.detach(), [p.grad for p in backbone.inner.parameters() if p.grad is not None]


def measure(model: str, shape: tuple[int, int, int], repeats: int, device: str) -> list[dict]:
    """One row per executor at one shape."""
    torch.manual_seed(0)
    backbone, forest = take_apart(MODELS[model]().to(device)), tree(*shape)
    p, r, k = shape
    bound = k * (p + r) / (p + k * r)
    seconds: dict[str, list[float]] = {}
    rows = {}
    _, truth, slopes = once(backbone, "plain", forest)
    for name in EXECUTORS:
        try:
            with FlopCounterMode(display=False) as counter:
                _, hidden, ours = once(backbone, name, forest)
        except (Unsupported, KeyError) as error:
            rows[name] = {"model": model, "P": p, "R": r, "K": k, "executor": name, "refused": str(error)}
            continue
        seconds[name] = []
        rows[name] = {
            "model": model, "P": p, "R": r, "K": k, "executor": name, "bound": bound, "flops": counter.get_total_flops(),
            "values": float((hidden - truth).abs().max()), "gradients": relative(ours, slopes),
        }  # fmt: skip
    for _ in range(repeats):
        for name in seconds:
            seconds[name].append(once(backbone, name, forest)[0])
    for name, times in seconds.items():
        faster = statistics.median(a / b for a, b in zip(seconds["plain"], times, strict=True))
        fewer = rows["plain"]["flops"] / rows[name]["flops"]
        rows[name] |= {"seconds": statistics.median(times), "faster": faster, "flops_ratio": fewer, "share": fewer / bound, "share_time": faster / bound}
        rows[name]["memory_MB"] = memory(model, shape, name) if device == "cpu" else cuda_memory(backbone, name, forest)
    return list(rows.values())


def memory(model: str, shape: tuple[int, int, int], name: str) -> float:
    """Peak megabytes above the model's own, in a process of its own."""
    command = [sys.executable, __file__, "--memory", model, name, *map(str, shape)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1])


def memory_here(model: str, name: str, shape: tuple[int, int, int]) -> float:
    """What `memory` runs in the child."""
    backbone = take_apart(MODELS[model]())
    once(backbone, name, tree(16, 4, 2))
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
    before = peak()
    once(backbone, name, tree(*shape))
    return peak() - before


def peak() -> float:
    """Peak resident megabytes of this process since the last reset."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def cuda_memory(backbone: Backbone, name: str, forest: Forest) -> float:
    """Peak megabytes on the GPU above the model's own."""
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    once(backbone, name, forest)
    return (torch.cuda.max_memory_allocated() - before) / 2**20


def main() -> None:
    """Print the table as Markdown."""
    if sys.argv[1:2] == ["--memory"]:
        model, name, *shape = sys.argv[2:]
        print(memory_here(model, name, tuple(map(int, shape))))
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", choices=[*MODELS, "both"], default="both")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    print("| model | P | R | K | executor | values | gradients | FLOPs (plain / this) | share of bound | time (plain / this) | share | s | MB |")
    print("|---|---|---|---|---|---|---|---|---|---|---|---|---|")
    rows = []
    for model in MODELS if given.model == "both" else [given.model]:
        for shape in SHAPES:
            for row in measure(model, shape, given.repeats, given.device):
                rows.append(row)
                print(line(row), flush=True)
                if given.out:
                    given.out.write_text(json.dumps(rows, indent=1))


def line(row: dict) -> str:
    """One row of the table."""
    head = f"| {row['model']} | {row['P']} | {row['R']} | {row['K']} | {row['executor']} | "
    if "refused" in row:
        return head + f"refused: {row['refused']} |" + " |" * 7
    return head + (
        f"{row['values']:.0e} | {row['gradients']:.0e} | {row['flops_ratio']:.2f} | {row['share']:.0%} | "
        f"{row['faster']:.2f} | {row['share_time']:.0%} | {row['seconds']:.1f} | {row['memory_MB']:.0f} |"
    )


if __name__ == "__main__":
    main()
