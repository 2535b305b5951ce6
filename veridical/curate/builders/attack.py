"""Pictures attacked through the vision tower: as little changed as asked for, and seen as something else."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from PIL import Image
from torch import Tensor

from veridical.curate.builders.made import TWIN
from veridical.curate.stage import run as run_stage
from veridical.models.attack import Gain, Strength, ascend
from veridical.models.forest import Inputs
from veridical.models.pictures import encode, leaves
from veridical.models.pixels import Pixels
from veridical.models.policy import Policy
from veridical.models.shown import media_ids, stable_seed
from veridical.records.picture import open_picture, png
from veridical.records.record import Media, Record

if TYPE_CHECKING:
    from veridical.curate.builders.desk import Desk


def attacked(desk: Desk, records: Sequence[Record], how: Strength) -> dict[str, list[Media]]:
    """For each record an attacked twin of every picture of its prompt, kept as PNG in `attacked.jsonl`."""
    by_key = {desk.key(record, how.epsilon, how.steps, how.norm): record for record in records}

    def work(keys: Sequence[str]) -> list[dict[str, str]]:
        return [{name: base64.b64encode(png(struck(desk, by_key[key], name, how))).decode() for name in dict.fromkeys(media_ids(by_key[key]))} for key in keys]

    found = run_stage(desk.folder / "attacks.jsonl", "attack", list(by_key), work, desk.model.batch)
    return {by_key[key].record_id: [Media(media_id=name + TWIN, role="negative", parent_id=name, data=base64.b64decode(data)) for name, data in value.items()] for key, value in found.items()}


def struck(desk: Desk, record: Record, name: str, how: Strength) -> Image.Image:
    """One attacked picture, in the size in which the tower reads it."""
    ready = desk.model.ready
    picture = open_picture(record, name)
    inputs, _, (key,) = ready.encoder.pictures([picture], ["attacked"])
    ready.encoder.seen.pop("attacked", None)
    scale = Pixels.of(ready.encoder.family, inputs[key])
    generator = torch.Generator().manual_seed(stable_seed(desk.seed, record.record_id, name))
    found = ascend(away(ready.policy, inputs[key], scale), [scale.intensities(inputs[key]["pixel_values"])], how, [generator])
    return scale.picture(found[0])


def away(policy: Policy, inputs: Inputs, scale: Pixels) -> Gain:
    """How far the tower's output lies from what it says of the picture as it is: |f(x) - f(x0)|².

    Source: for vision-language models the whole output of the tower is the target (AdPO).
    """
    own = features(policy, inputs, scale.intensities(inputs["pixel_values"]), scale).detach()
    return lambda found: torch.stack([(features(policy, inputs, one, scale) - own).square().sum() for one in found])


def features(policy: Policy, inputs: Inputs, intensities: Tensor, scale: Pixels) -> Tensor:
    """All that the tower says of a picture, as one vector."""
    device = policy.backbone.device
    pixels = scale.values(intensities).to(device, inputs["pixel_values"].dtype)
    found = encode(policy.backbone, {"picture": {**{name: value.to(device) for name, value in inputs.items()}, "pixel_values": pixels}})
    return torch.cat([leaf.reshape(-1) for leaf in leaves(found)]).float().cpu()
