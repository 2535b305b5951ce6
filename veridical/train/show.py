"""The first batch as a picture: tokens coloured by whether they are learnt, beside what the model sees."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from io import BytesIO

from PIL import Image

from veridical.models.forest import Segment
from veridical.models.read import Example, Reading, media_ids
from veridical.records.record import Record

STYLE = "<style>.fb td{vertical-align:top;padding:6px 12px;font:13px/1.5 ui-monospace,monospace}.fb i{font-style:normal;color:#888}.fb b{font-weight:400;background:#cfe8d5;color:#123}.fb u{text-decoration:none;background:#f3c6c0;color:#411}.fb img{max-height:160px;display:block}</style>"


def first_batch(records: Sequence[Record], examples: Sequence[Example], reading: Reading, most: int = 8) -> str:
    """An HTML fragment: for each record its pictures, and every branch with grey context, green learnt tokens, red changed ones."""
    rows = [row(record, example, reading) for record, example in list(zip(records, examples, strict=True))[:most]]
    return f'{STYLE}<table class="fb">{"".join(rows)}</table>'


def row(record: Record, example: Example, reading: Reading) -> str:
    """One record."""
    shown = []
    for media_id in media_ids(record):
        for variant in dict.fromkeys(view.picture for view in reading.views):
            picture = reading.variant(record, media_id, variant)
            shown.append(f'<figure><img alt="{escape(variant)}" src="{data_url(picture)}"><figcaption>{escape(variant)} {picture.width}×{picture.height}</figcaption></figure>')
    changed = {place.segment: example.pairs[0].changed.get(view.response) for view, place in example.pairs[0].views.items()}
    branches = []
    for tree in example.forest.trees:
        for index, segment in enumerate(tree.segments):
            branches.append(f"<p>{escape(segment.name)}: {tokens(segment, changed.get(index), reading)}</p>")
    return f"<tr><td>{escape(record.record_id)}{''.join(shown)}</td><td>{''.join(branches)}</td></tr>"


def tokens(segment: Segment, changed: Sequence[bool] | None, reading: Reading) -> str:
    """Tokens with their colours; runs of placeholders are counted instead of shown."""
    out, run = [], 0
    for place, (token, scored) in enumerate(zip(segment.ids.tolist(), segment.scored.tolist(), strict=True)):
        if token == reading.encoder.family.token_id:
            run += 1
            continue
        if run:
            out.append(f"<i>[{run} picture tokens]</i>")
            run = 0
        text = escape(reading.encoder.tokenizer.decode([token])).replace("\n", "↵")
        tag = "i" if not scored else "u" if changed is not None and place < len(changed) and changed[place] else "b"
        out.append(f"<{tag}>{text}</{tag}>")
    return "".join(out) + (f"<i>[{run} picture tokens]</i>" if run else "")


def data_url(picture: Image.Image, most: int = 320) -> str:
    """A small PNG inside the page."""
    small = picture.copy()
    small.thumbnail((most, most))
    buffer = BytesIO()
    small.save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
