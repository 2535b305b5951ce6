"""The first batch as a picture: tokens coloured by how the loss pulls at them, beside what the model sees."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

from PIL import Image
from torch import Tensor

from veridical.models.encoder import Encoder
from veridical.models.forest import Segment, Tree
from veridical.models.collate import Example
from veridical.models.read import Reading
from veridical.models.shown import media_ids
from veridical.records.picture import png
from veridical.records.record import Record

STYLE = (
    "<style>.fb td{vertical-align:top;padding:6px 12px;font:13px/1.6 ui-monospace,monospace}.fb figure{margin:0 0 8px}.fb img{max-height:160px;display:block}"
    ".fb i{font-style:normal;color:#888}.fb b{font-weight:400;color:#111;border-bottom:1px solid #bbb}.fb small{color:#666}</style>"
)
LEGEND = (
    "<p>Grey: context, no loss. Underlined: scored. <b style='background:rgb(40 160 90/.5)'>Green</b>: the loss raises the token's log-probability, "
    "<b style='background:rgb(210 60 50/.5)'>red</b>: lowers it; the stronger the colour, the stronger the pull (point at a token for the number).</p>"
)


@dataclass(frozen=True)
class Exhibit:
    """One record of the page."""

    title: str
    pictures: Sequence[tuple[str, Image.Image]]
    """With what each is called."""
    branches: Sequence[tuple[Segment, Sequence[float]]]
    """Segments, and the pull at each scored token of them."""


def first_batch(rows: Sequence[Exhibit], encoder: Encoder) -> str:
    """An HTML fragment with one row per record."""
    most = max((abs(value) for row in rows for _, pulls in row.branches for value in pulls), default=0.0)
    return f'{STYLE}<div class="fb">{LEGEND}<table>{"".join(drawn(row, encoder, most or 1.0) for row in rows)}</table></div>'


def shown_example(record: Record, example: Example, pulls: Sequence[Sequence[Tensor]], reading: Reading) -> Exhibit:
    """A preference record: its pictures as the views see them, and every branch of its trees."""
    pictures = []
    for media_id in media_ids(record):
        for variant in dict.fromkeys(view.picture for view in reading.views):
            pictures.append((variant, reading.shown.variant(record, media_id, variant)))
    return Exhibit(record.record_id, pictures, branches(example.forest.trees, pulls))


def branches(trees: Sequence[Tree], pulls: Sequence[Sequence[Tensor]]) -> list[tuple[Segment, list[float]]]:
    """All segments with their pulls."""
    return [(segment, pull.tolist()) for tree, own in zip(trees, pulls, strict=True) for segment, pull in zip(tree.segments, own, strict=True)]


def drawn(row: Exhibit, encoder: Encoder, most: float) -> str:
    """One record as a table row."""
    figures = "".join(framed(name, picture) for name, picture in row.pictures)
    lines = "".join(f"<p><small>{escape(segment.name)}, {len(segment)} tokens</small><br>{tokens(segment, pulls, encoder, most)}</p>" for segment, pulls in row.branches)
    return f"<tr><td>{escape(row.title)}{figures}</td><td>{lines}</td></tr>"


def framed(name: str, picture: Image.Image) -> str:
    """A picture with its name and size."""
    return f'<figure><img alt="{escape(name)}" src="{data_url(picture)}"><small>{escape(name)} {picture.width}×{picture.height}</small></figure>'


def tokens(segment: Segment, pulls: Sequence[float], encoder: Encoder, most: float) -> str:
    """Tokens with their colours; runs of placeholders are counted instead of shown."""
    out, supply = [], iter(pulls)
    flags = [2 if scored else int(token == encoder.family.token_id) for token, scored in zip(segment.ids.tolist(), segment.scored.tolist(), strict=True)]
    for flag, run in groupby(zip(flags, segment.ids.tolist(), strict=True), key=lambda pair: pair[0]):
        ids = [token for _, token in run]
        if flag == 2:
            out += [coloured(text_of(encoder, [token]), next(supply), most) for token in ids]
        else:
            out.append(f"<i>[{len(ids)} picture tokens]</i>" if flag else f"<i>{text_of(encoder, ids)}</i>")
    return "".join(out)


def text_of(encoder: Encoder, ids: list[int]) -> str:
    """Token ids as they read, safe in a page."""
    return escape(encoder.tokenizer.decode(ids)).replace("\n", "↵<br>")


def coloured(text: str, pull: float, most: float) -> str:
    """A scored token."""
    hue = "40 160 90" if pull < 0 else "210 60 50"
    return f'<b title="{pull:.2e}" style="background:rgb({hue}/{0.8 * abs(pull) / most:.2f})">{text}</b>'


def data_url(picture: Image.Image, most: int = 320) -> str:
    """A small picture inside the page."""
    small = picture.copy()
    small.thumbnail((most, most))
    return "data:image/png;base64," + base64.b64encode(png(small)).decode()
