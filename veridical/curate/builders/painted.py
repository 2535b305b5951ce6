"""Pictures changed in their meaning by a diffusion model: a region painted anew, or the whole edited as told. The same answer is then read against both.

Any pipeline directory of `diffusers` serves (pip install 'veridical[diffusion]'). Without one, nothing here can run.
"""

from __future__ import annotations

import base64
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from veridical.curate.builders.builder import Builder
from veridical.curate.builders.made import TWIN, gold, seen_so, two
from veridical.curate.stage import run as run_stage
from veridical.models.shown import media_ids, stable_seed
from veridical.recipe import RecipeError
from veridical.records.picture import open_picture, png
from veridical.records.record import Media, Record, digest

if TYPE_CHECKING:
    from veridical.curate.builders.desk import Desk

Paint = Callable[[Image.Image, str, int, Image.Image | None], Image.Image]
"""(picture, words, seed, mask or None) -> picture of the same size."""
SIDE = 8
"""Pixels of a picture's side must be a multiple of this."""
INSTRUCT = (
    "Write one short instruction to an image editor that changes this picture so that the answer below becomes wrong, while the question can still be asked.\n"
    "Question: {question}\nAnswer: {answer}\nWrite the instruction alone, in one line."
)


@dataclass(frozen=True)
class Painter:
    """A pipeline with its settings."""

    pipeline: Any
    steps: int
    guidance: float
    strength: float
    longest: int

    def __call__(self, picture: Image.Image, words: str, seed: int, mask: Image.Image | None) -> Image.Image:
        """Painted at most `longest` pixels wide and high, and brought back to the picture's size; outside the mask the pixels stay as they were."""
        import torch

        small = picture.convert("RGB").resize(fitted(picture.size, self.longest), Image.Resampling.LANCZOS)
        known = set(inspect.signature(self.pipeline).parameters)
        wanted = {
            "prompt": words, "image": small, "num_inference_steps": self.steps, "guidance_scale": self.guidance, "strength": self.strength,
            "generator": torch.Generator().manual_seed(seed), "width": small.width, "height": small.height, "mask_image": mask and mask.resize(small.size),
        }  # fmt: skip
        painted = self.pipeline(**{name: value for name, value in wanted.items() if name in known and value is not None}).images[0]
        painted = painted.convert("RGB").resize(picture.size, Image.Resampling.LANCZOS)
        return painted if mask is None else Image.composite(painted, picture.convert("RGB"), mask)


def fitted(size: tuple[int, int], longest: int) -> tuple[int, int]:
    """A size of at most `longest` on each side, in whole steps of `SIDE`, with about the same shape."""
    scale = min(1.0, longest / max(size))
    return tuple(max(SIDE, round(side * scale / SIDE) * SIDE) for side in size)  # type: ignore[return-value]


def painter(directory: str, kind: str, steps: int, guidance: float, strength: float, longest: int, device: str) -> Painter:
    """A pipeline of a directory: of the class that it names, or for regions the inpainting pipeline of its parts. Errors: RecipeError."""
    if not directory:
        raise RecipeError("this builder paints pictures; name a diffusers pipeline directory with settings.pipeline=DIR")
    try:
        import diffusers
    except ImportError as error:
        raise RecipeError("diffusers is not installed; pip install 'veridical[diffusion]'") from error
    opened = (diffusers.AutoPipelineForInpainting if kind == "region" else diffusers.DiffusionPipeline).from_pretrained(directory)
    opened.set_progress_bar_config(disable=True)
    needed = "mask_image" if kind == "region" else "image"
    if needed not in inspect.signature(opened).parameters:
        raise RecipeError(f"{directory}: {type(opened).__name__} takes no {needed}; name an {'inpainting' if kind == 'region' else 'image editing (InstructPix2Pix)'} pipeline")
    return Painter(opened.to(device), steps, guidance, strength, longest)


def region(size: tuple[int, int], share: float, seed: int) -> Image.Image:
    """A mask with one rectangle that covers such a share of a picture; where it lies and its shape follow from the seed."""
    rng = np.random.default_rng(seed)
    shape = float(rng.uniform(0.6, 1.7))
    across, down = (min(1.0, (share * shape) ** 0.5), min(1.0, (share / shape) ** 0.5))
    wide, high = max(1, round(size[0] * across)), max(1, round(size[1] * down))
    left, top = int(rng.integers(0, size[0] - wide + 1)), int(rng.integers(0, size[1] - high + 1))
    mask = Image.new("L", size, 0)
    mask.paste(255, (left, top, left + wide, top + high))
    return mask


def changed(desk: Desk, records: Sequence[Record], words: dict[str, str], paint: Callable[[], Paint], share: float | None, how: tuple[Any, ...], rule: str) -> list[Record]:
    """Each record's answer beside a painted twin of its first picture; kept as PNG in `painted.jsonl`. The pipeline is opened when a picture is wanting."""
    known = [record for record in records if gold(record) and media_ids(record) and record.record_id in words]
    desk.drop("prompts without a picture, a reference answer or words for an edit", len(records) - len(known))
    keys = {f"{digest(record)[:20]}:{stable_seed(desk.seed, words[record.record_id], *how):08x}": record for record in known}
    brush: list[Paint] = []

    def work(part: Sequence[str]) -> list[str]:
        brush[:] = brush or [paint()]
        return [base64.b64encode(png(painted(brush[0], keys[key], words[keys[key].record_id], share, desk.seed))).decode() for key in part]

    made = run_stage(desk.folder / "painted.jsonl", "paint", list(keys), work, 1)
    found = []
    for key, record in keys.items():
        name = media_ids(record)[0]
        twin = Media(media_id=name + TWIN, role="negative", parent_id=name, data=base64.b64decode(made[key]))
        record = record.replace(media=(*record.media, twin))
        found.append(two(record, gold(record), gold(record), rule, origins=("gold", "gold"), swaps=seen_so(record), reason=words[record.record_id]))
    return found


def painted(paint: Paint, record: Record, words: str, share: float | None, seed: int) -> Image.Image:
    """A record's first picture, painted."""
    picture, own = open_picture(record, media_ids(record)[0]), stable_seed(seed, record.record_id, "paint")
    return paint(picture, words, own, None if share is None else region(picture.size, share, own))


def thing(record: Record, seed: int) -> str:
    """Something that is there by the record's facts; "" where none is known."""
    there = [fact.text for fact in record.facts if fact.kind == "object"]
    return str(np.random.default_rng(stable_seed(seed, record.record_id, "thing")).choice(there)) if there else ""


def inpainted(
    desk: Desk, records: Sequence[Record], *, pipeline: str = "", words: str = "background, nothing else", share: float = 0.3, steps: int = 30, guidance: float = 7.5, strength: float = 1.0,
    longest: int = 512, device: str = "cpu",
) -> list[Record]:  # fmt: skip
    """See `INPAINTED`."""
    how = (pipeline, words, share, steps, guidance, strength, longest)
    return changed(desk, records, {record.record_id: words for record in records}, lambda: painter(pipeline, "region", steps, guidance, strength, longest, device), share, how, "inpainted")


def edited(
    desk: Desk, records: Sequence[Record], *, pipeline: str = "", words: str = "remove the {object}", steps: int = 30, guidance: float = 7.5, strength: float = 0.8, longest: int = 512, device: str = "cpu"
) -> list[Record]:
    """See `EDITED`."""
    if desk.asker is not None:
        told = desk.write([record for record in records if gold(record)], lambda record: INSTRUCT.format(question=record.prompt_text, answer=gold(record)), lambda text: text.strip().splitlines()[0] if text.strip() else None)
    else:
        told = {record.record_id: words.replace("{object}", name) for record in records if (name := thing(record, desk.seed)) or "{object}" not in words}
    return changed(desk, records, told, lambda: painter(pipeline, "whole", steps, guidance, strength, longest, device), None, (pipeline, steps, guidance, strength, longest), "edited")


INPAINTED = Builder("inpainted", inpainted, "arXiv:2503.14504 (inpainting)", "the same answer against a picture of which a region was painted anew by a diffusion model (settings.pipeline=DIR); no numbers are published", ())
EDITED = Builder("edited", edited, "arXiv:2503.14504 (Image DPO, semantic edits)", "the same answer against a picture edited as a judge says, or with something removed that is known to be there (settings.pipeline=DIR of InstructPix2Pix)", ())
