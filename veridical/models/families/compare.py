"""Is a prompt read as the family's own processor reads it? Token ids, pixels and token types of one prompt, both ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from veridical.models.backbone import join
from veridical.models.encoder import Encoder, Piece, picture_key
from veridical.models.families.processor import tensors
from veridical.models.forest import Inputs

TYPES = ("token_type_ids", "mm_token_type_ids")
"""Names under which processors say which tokens are a picture's."""


@dataclass(frozen=True)
class Comparison:
    """What the processor made of a prompt, against ours."""

    agrees: bool | None
    """None where the processor itself could not be called."""
    why: str = ""
    inputs: Mapping[str, Any] | None = None
    """The processor's outputs."""

    @property
    def line(self) -> str:
        """One sentence for the log."""
        said = {True: "the prompt is read as the model's own processor reads it", False: "the prompt is NOT read as the model's own processor reads it", None: "not compared with the model's own processor"}
        return said[self.agrees] + (f" ({self.why})" if self.why else "")


def compare(encoder: Encoder, messages: Sequence[dict[str, Any]], pictures: Sequence[Image.Image]) -> Comparison:
    """One prompt read by the encoder and by the processor that belongs to the model."""
    piece = encoder.prompt(messages, pictures, [picture_key(picture) for picture in pictures], "comparison")
    text = encoder.render(messages, "comparison")
    try:
        whole = encoder.family.processor(text=[text], images=[list(pictures)] if pictures else None, return_tensors="pt", add_special_tokens=False)
    except Exception as error:  # noqa: BLE001 - a processor without its video part, or with demands of its own
        return Comparison(None, f"{type(error).__name__}: {str(error).strip().splitlines()[0][:160] if str(error).strip() else ''}")
    for difference in (of_ids(piece, whole), of_types(encoder, piece, whole), of_pixels(encoder, piece, whole)):
        if difference:
            return Comparison(False, difference, whole)
    return Comparison(True, "", whole)


def of_ids(piece: Piece, whole: Mapping[str, Any]) -> str:
    """How the token ids differ, in words."""
    ours, theirs = piece.ids, torch.as_tensor(whole["input_ids"])[0]
    if torch.equal(ours, theirs):
        return ""
    same = next((place for place, (a, b) in enumerate(zip(ours.tolist(), theirs.tolist(), strict=False)) if a != b), min(len(ours), len(theirs)))
    return f"{len(ours)} tokens against its {len(theirs)}, different from token {same} on"


def of_types(encoder: Encoder, piece: Piece, whole: Mapping[str, Any]) -> str:
    """Whether its token types mark anything but the placeholders of pictures."""
    ours = (piece.ids == encoder.family.token_id).long()
    wrong = [name for name in TYPES if name in whole and name in encoder.names and not torch.equal(torch.as_tensor(whole[name])[0].long(), ours)]
    return f"{wrong[0]} marks other tokens than pictures' placeholders" if wrong else ""


def of_pixels(encoder: Encoder, piece: Piece, whole: Mapping[str, Any]) -> str:
    """How the pixel inputs differ, in words."""
    ours = end_to_end([piece.inputs[key] for key in piece.pictures]) if piece.pictures else {}
    theirs = end_to_end([tensors(whole, encoder.names & set(ours))]) if ours else {}
    if missing := sorted(set(ours) - set(theirs)):
        return f"{missing[0]} is not among its outputs"
    wrong = [name for name in ours if ours[name].shape != theirs[name].shape or not torch.allclose(ours[name].float(), theirs[name].float())]
    return f"{wrong[0]} differs" if wrong else ""


def end_to_end(pictures: Sequence[Inputs]) -> dict[str, Tensor]:
    """Pixel inputs along their leading axis; where pictures are nested [prompt, tile, ...], tile after tile."""
    nested = pictures[0]["pixel_values"].dim() == 5 if "pixel_values" in pictures[0] else False
    flat = [{name: value.flatten(0, 1) if nested and value.dim() > 1 else value for name, value in inputs.items()} for inputs in pictures]
    return join(flat)
