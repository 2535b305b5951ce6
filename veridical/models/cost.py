"""What records cost a model in tokens, without its weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from rich.progress import track

from veridical.models.encoder import EncodeError, Encoder, picture_key
from veridical.models.families import processor_for, written_settings
from veridical.models.load import check_directory, input_names, open_image_processor, open_tokenizer, quiet
from veridical.models.planting import messages
from veridical.models.shown import Open, media_ids
from veridical.records.picture import PictureError
from veridical.records.record import Record


@dataclass(frozen=True)
class Costs:
    """Tokens by record, and the records that the model cannot take."""

    prompt: list[int]
    """Prompt with its pictures."""
    picture: list[int]
    """One entry per picture: its placeholders."""
    response: list[int]
    """One entry per response, with its end-of-turn token."""
    longest: list[int]
    """Prompt and the record's longest response."""
    refused: list[tuple[str, str]]
    """(record id, reason)."""


def outline(path: str | Path, max_tokens: int = 10**9) -> Encoder:
    """A model directory's encoder; the model itself is built without memory for its weights. Errors: ModelError."""
    from transformers import AutoConfig, AutoModelForImageTextToText

    path = Path(path)
    check_directory(path)
    with quiet(), torch.device("meta"):
        config = AutoConfig.from_pretrained(path)
        names = input_names(AutoModelForImageTextToText.from_config(config))
    with quiet():
        tokenizer, image_processor = open_tokenizer(path), open_image_processor(path)
    return Encoder(processor_for(config, tokenizer, image_processor, written_settings(path)), names, max_tokens, remember=0)


def costs(encoder: Encoder, records: Sequence[Record], open_: Open) -> Costs:
    """Tokens of prompts, pictures and responses of every record that the model can take."""
    found = Costs([], [], [], [], [])
    for record in track(records, "tokens", transient=True, disable=len(records) < 100):
        try:
            add(found, encoder, record, open_)
        except (EncodeError, PictureError) as error:
            found.refused.append((record.record_id, str(error)))
    return found


def add(found: Costs, encoder: Encoder, record: Record, open_: Open) -> None:
    """One record's tokens."""
    pictures = [open_(record, media_id) for media_id in media_ids(record)]
    asked = messages(record.prompt)
    prompt = len(encoder.prompt(asked, pictures, [picture_key(picture) for picture in pictures], record.record_id).ids)
    answers = [len(encoder.response(asked, response.text, record.record_id)) for response in record.responses if response.text]
    found.prompt.append(prompt)
    found.picture.extend(encoder.cost(encoder.process([picture])[1][0]) for picture in pictures)
    found.response.extend(answers)
    found.longest.append(prompt + max(answers, default=0))
