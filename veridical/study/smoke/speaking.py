"""Probes of what a trained policy is used for: it answers, and it is the same after it was saved and opened again."""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from veridical.models.backbone import take_apart
from veridical.models.encoder import Encoder
from veridical.models.forest import Forest, Segment, Tree, merge
from veridical.models.load import Opened
from veridical.models.policy import Policy, plain_model
from veridical.models.shown import media_ids
from veridical.models.sample import Drawn, Generation, draw, encode
from veridical.study.smoke.bench import Bench, Finding, Learner, Probe
from veridical.train.checkpoint import write_model

PROMPTS = 2
SEEDS = (1, 2, 3)
LENGTH = 24
"""Tokens of an answer at most."""
MERGED = 10
"""Merging an adapter into the weights rounds: by so many times the tolerance at most."""


def generation(bench: Bench) -> Finding:
    """Sampled answers: no picture token among them, and the sampler's log-probabilities are those that training computes."""
    policy, found = bench.learner.policy, bench.material
    prompts, inputs = encode(bench.encoder, found.reading.shown.open, found.records[:PROMPTS])
    how = Generation(max_new_tokens=LENGTH, temperature=1.0)
    drawn = draw(policy, bench.encoder, prompts, inputs, [SEEDS] * len(prompts), how)
    greedy = draw(policy, bench.encoder, prompts[:1], inputs, [[0]], Generation(max_new_tokens=LENGTH))[0][0]
    spoken = [one for row in drawn for one in row]
    pictures = sum(count(one.ids, media_tokens(bench)) for one in (*spoken, greedy))
    if pictures:
        return Finding(False, f"{pictures} picture tokens in {len(spoken) + 1} answers", figures={"answers": len(spoken), "picture_tokens": pictures})
    apart = difference(again(policy, prompts, inputs, drawn, bench), [one.logp[: len(one.ids)] for one in spoken])
    lengths = [len(one.ids) for one in spoken]
    evidence = (
        f"{len(spoken)} answers of {min(lengths)} to {max(lengths)} tokens, {sum(one.ended for one in spoken)} ended by themselves, no picture tokens; "
        f"log-probabilities {apart:.1e} from those of training"
    )
    figures = {"answers": len(spoken), "picture_tokens": 0, "logp": apart}
    return Finding(apart <= bench.tolerance, evidence, (f"greedy: {greedy.text[:160]!r}",), figures)


def media_tokens(bench: Bench) -> set[int]:
    """Ids that stand for pictures and clips, by the configuration and by the processor."""
    config = bench.opened.model.config
    named = {getattr(config, name, None) for name in dir(config) if name.endswith(("image_token_id", "image_token_index", "video_token_id", "video_token_index"))}
    return {int(token) for token in named | {bench.encoder.family.token_id} if token is not None}


def count(ids: Tensor, tokens: set[int]) -> int:
    """How many of the ids are among the tokens."""
    return sum(token in tokens for token in ids.tolist())


@torch.no_grad()
def again(policy: Policy, prompts: Sequence[Any], inputs: Any, drawn: Sequence[Sequence[Drawn]], bench: Bench) -> list[Tensor]:
    """Log-probabilities of drawn answers as training computes them."""
    trees = []
    for (ids, keys), row in zip(prompts, drawn, strict=True):
        root = Segment(ids, torch.zeros(len(ids), dtype=torch.bool), None, keys)
        trees.append(Tree((root, *(Segment(one.ids, torch.ones(len(one.ids), dtype=torch.bool), 0) for one in row if len(one.ids)))))
    forest = Forest(tuple(trees), inputs).to(bench.accelerator.device)
    return [values.cpu() for tree in forest.split(policy(forest).logp) for values in tree[1:]]


def difference(ours: Sequence[Tensor], theirs: Sequence[Tensor]) -> float:
    """Largest difference; infinite where anything is not finite. An empty answer has nothing to compare."""
    gaps = [(a - b).abs().max() for a, b in zip(ours, [values for values in theirs if len(values)], strict=True)]
    gap = float(torch.stack(gaps).max()) if gaps else 0.0
    return gap if gap == gap else float("inf")


def saving(bench: Bench) -> Finding:
    """The trained policy, saved, dropped and opened again: as an adapter, and merged into the weights."""
    forest, policy = merge([example.forest for example in bench.material.examples[:2]]), bench.learner.policy
    before = logp(policy, forest, bench)
    with tempfile.TemporaryDirectory() as folder:
        write_model(Path(folder), policy.model, [])
        size = sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file())
        del policy
        forget(bench)
        reopened = adapted(bench, Path(folder) / "adapter")
        loaded = float((logp(Policy(reopened, bench.executor).eval(), forest, bench) - before).abs().max())
        merged = float((logp(Policy(reopened.merge_and_unload(), bench.executor).eval(), forest, bench) - before).abs().max())
    evidence = f"adapter of {size / 1e6:.1f} MB; opened again, log-probabilities differ by {loaded:.1e}, merged into the weights by {merged:.1e}"
    return Finding(loaded <= bench.tolerance and merged <= MERGED * bench.tolerance, evidence, figures={"loaded": loaded, "merged": merged, "bytes": size})


@torch.no_grad()
def logp(policy: Policy, forest: Forest, bench: Bench) -> Tensor:
    """Log-probabilities of the answers."""
    return policy(forest.to(bench.accelerator.device)).logp.float().cpu()


def forget(bench: Bench) -> None:
    """Free the model: two of them may not fit."""
    for kind in (Learner, Opened):
        bench.made.pop(kind, None)
    gc.collect()


def adapted(bench: Bench, adapter: Path) -> Any:
    """The base model from its directory, with the saved adapter."""
    from peft import PeftModel

    opened = bench.open()
    bench.put(opened)
    return PeftModel.from_pretrained(opened.model, str(adapter)).to(bench.accelerator.device)


PROBES = (
    Probe(
        "generation",
        "the policy answers without picture tokens, and sampling agrees with training",
        generation,
        "sampling and training see different numbers: compare with executor=plain, and report this block",
    ),
    Probe(
        "saving",
        "saved and opened again, the policy gives the same log-probabilities",
        saving,
        "what was saved is not what was trained: check free space and the versions of peft and transformers",
    ),
)
