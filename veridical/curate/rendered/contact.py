"""A contact sheet: small pictures of records beside one another, to be looked at before anything is trained on them."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from PIL import Image

from veridical.records.record import Record

GROUND = (148, 150, 154)
COLOURS = 96
"""Of the sheet's file, which so stays small."""


def contact_sheet(records: Sequence[Record], columns: int = 6, cell: tuple[int, int] = (250, 210), gap: int = 6) -> Image.Image:
    """The pictures of records in rows, each made smaller to fit its cell, never larger. Errors: ValueError without a record."""
    if not records:
        raise ValueError("contact sheet: no records; draw at least one")
    rows = -(-len(records) // columns)
    sheet = Image.new("RGB", (min(columns, len(records)) * (cell[0] + gap) + gap, rows * (cell[1] + gap) + gap), GROUND)
    for number, record in enumerate(records):
        picture = small(record, cell)
        left, top = gap + number % columns * (cell[0] + gap), gap + number // columns * (cell[1] + gap)
        sheet.paste(picture, (left + (cell[0] - picture.width) // 2, top + (cell[1] - picture.height) // 2))
    return sheet


def small(record: Record, cell: tuple[int, int]) -> Image.Image:
    """The first picture of a record inside a cell."""
    picture = Image.open(BytesIO(record.media[0].data or b"")).convert("RGB")
    picture.thumbnail(cell, Image.Resampling.LANCZOS)
    return picture


def write_sheet(records: Sequence[Record], path: Path) -> None:
    """The contact sheet of the first 48 records as a PNG file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    contact_sheet(records[:48]).quantize(COLOURS).save(path, "PNG", optimize=True)
