"""Is a prompt read as the family's own processor reads it? Token ids, pixels and token types of one prompt, both ways."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from veridical.models.backbone import join
from veridical.models.encoder import EncodeError, Encoder, Piece, picture_key
from veridical.models.families.processor import tensors
from veridical.models.forest import Inputs

ENDLESS = 10**9
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
    """One prompt read by the encoder, without its budgets, and by the processor that belongs to the model."""
    piece = replace(encoder, picture_tokens=None, max_tokens=ENDLESS, seen={}).prompt(messages, pictures, [picture_key(picture) for picture in pictures], "comparison")
    try:
        whole = called(encoder.family.processor, encoder.render(messages, "comparison"), list(pictures))
    except Exception as error:  # noqa: BLE001 - a processor without its video part, or with demands of its own
        return Comparison(None, f"{type(error).__name__}: {str(error).strip().splitlines()[0][:160] if str(error).strip() else ''}")
    for difference in (of_ids(piece, whole), of_types(encoder, piece, whole), of_pixels(encoder, piece, whole)):
        if difference:
            return Comparison(False, difference, whole)
    return Comparison(True, "", whole)


def called(processor: Any, text: str, pictures: list[Image.Image]) -> Mapping[str, Any]:
    """The processor's outputs for one prompt, its pictures as one prompt's or, where it does not take that, as a plain list."""
    settings = {"text": [text], "return_tensors": "pt", "add_special_tokens": False}
    if not pictures:
        return processor(**settings)
    try:
        return processor(images=[pictures], **settings)
    except ValueError:
        return processor(images=pictures, **settings)


def settle(encoder: Encoder, ask: Callable[[int], list[dict[str, Any]]], pictures: Sequence[Image.Image]) -> Comparison:
    """Find out how the processor wants several pictures of one prompt, and set the encoder so.

    One by one, if that is how it reads them; else together; else a prompt may show one picture only. `ask(n)` is a
    conversation that shows n pictures. The comparison returned is the one that decided.
    """
    together = attempt(encoder, ask(2), pictures[:2])
    if together.agrees is False and not encoder.counts_pictures():
        encoder.flags["counts"] = True
        encoder.seen.clear()
        together = attempt(encoder, ask(2), pictures[:2])
    if together.agrees is not False:
        return together
    encoder.flags["alone"] = True
    return compare(encoder, ask(1), pictures[:1])


def attempt(encoder: Encoder, messages: Sequence[dict[str, Any]], pictures: Sequence[Image.Image]) -> Comparison:
    """A comparison, which fails where the prompt cannot be made at all."""
    try:
        return compare(encoder, messages, pictures)
    except EncodeError as error:
        return Comparison(False, str(error))


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
