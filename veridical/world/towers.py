"""A small CLIP of the world: its vision tower begins as the shipped model's, and learns which description belongs to which picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from veridical.world import CHECKPOINT
from veridical.world.draw import SIZE, draw
from veridical.world.scene import scene
from veridical.world.talk import told

WIDTH, LONGEST = 128, 24
"""Of the text model, and the most tokens that it reads."""


def make_towers(directory: Path, steps: int = 400, batch: int = 64, lr: float = 1e-3, seed: int = 0, say: Callable[[str], None] = print) -> Path:
    """Train and write a CLIP directory as `grade.similarity` reads it.

    Each step shows scenes with a phrase or two of their description; the loss is CLIP's, cross-entropy both ways over
    the batch (arXiv 2103.00020).
    """
    torch.manual_seed(seed)
    model, tokenizer, processor = parts()
    optimiser = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, lr, total_steps=steps, pct_start=0.1)
    rng = np.random.default_rng([seed, 71])
    for step in range(steps):
        pixels, ids, mask = shown(rng, batch, tokenizer, processor)
        loss = model(input_ids=ids, attention_mask=mask, pixel_values=pixels, return_loss=True).loss
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        if step % 100 == 99:
            say(f"step {step + 1}: loss {float(loss):.3f} (chance {np.log(batch):.3f})")
    for part in (model, tokenizer, processor):
        part.save_pretrained(directory)
    return directory


def parts() -> tuple[nn.Module, Any, Any]:
    """The model with the shipped tower in it, tokenizer, image processor."""
    from transformers import AutoImageProcessor, AutoModelForImageTextToText, AutoTokenizer, CLIPConfig, CLIPModel

    shipped = AutoModelForImageTextToText.from_pretrained(CHECKPOINT, dtype=torch.float32)
    tokenizer, processor = AutoTokenizer.from_pretrained(CHECKPOINT), AutoImageProcessor.from_pretrained(CHECKPOINT)
    text = {
        "hidden_size": WIDTH, "intermediate_size": 2 * WIDTH, "num_hidden_layers": 2, "num_attention_heads": 4, "vocab_size": len(tokenizer), "max_position_embeddings": LONGEST,
        "eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id, "bos_token_id": tokenizer.bos_token_id,
    }  # fmt: skip
    model = CLIPModel(CLIPConfig(text_config=text, vision_config=shipped.config.vision_config.to_dict(), projection_dim=WIDTH))
    model.vision_model.load_state_dict(shipped.model.vision_tower.state_dict(), strict=False)
    tokenizer.model_max_length = LONGEST
    return model, tokenizer, processor


def shown(rng: np.random.Generator, batch: int, tokenizer: Any, processor: Any) -> tuple[Tensor, Tensor, Tensor]:
    """Pixels, token ids and mask of scenes and what is said of them."""
    scenes = [scene(int(seed)) for seed in rng.integers(0, 10_000_000, batch)]
    texts = []
    for one in scenes:
        phrases = [text for text, _ in told(one, rng)]
        texts.append("There is " + " and ".join(phrases[int(place)] for place in rng.permutation(len(phrases))[:2]) + "." + tokenizer.eos_token)
    pixels = processor(images=[draw(one, SIZE) for one in scenes], return_tensors="pt")["pixel_values"]
    read = tokenizer(texts, padding="max_length", truncation=True, max_length=LONGEST, return_tensors="pt")
    return pixels, read["input_ids"], read["attention_mask"]
