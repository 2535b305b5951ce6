"""A census as one HTML page that needs nothing but itself: histograms are drawn inside, no network, no script."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

from veridical.records.inspect.census import Census
from veridical.records.inspect.spread import Spread
from veridical.records.inspect.terminal import TITLES, described, short, told_by

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1c2430; background: #fff; }
h1 { font-size: 1.4rem; overflow-wrap: anywhere; } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; border-bottom: 1px solid #d8dee6; }
table { border-collapse: collapse; width: 100%; } td, th { padding: .2rem .6rem; text-align: right; font-variant-numeric: tabular-nums; vertical-align: middle; }
td:first-child, th:first-child { text-align: left; overflow-wrap: anywhere; } th { color: #5a6675; font-weight: 500; } svg { display: block; }
.finding { margin: .6rem 0; padding: .5rem .8rem; border-left: 4px solid #c9a227; background: #fbf7e9; } .grave { border-color: #b3372f; background: #fbecea; }
.finding p { margin: 0; } .do { color: #5a6675; } li { overflow-wrap: anywhere; } .muted { color: #5a6675; }
""".strip()
BLUE = "#3b6ea8"


def page(census: Census) -> str:
    """The page."""
    title = escape(census.name or "data")
    body = "\n".join(line for part in (head, advice, numbers, spreads, repeats, troubles) for line in part(census))
    return f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{title}</title>\n<style>{STYLE}</style>\n<body>\n<h1>{title}</h1>\n{body}\n</body>\n</html>\n'


def head(census: Census) -> Iterator[str]:
    """What it is."""
    left = sum(one.count for one in census.left_out)
    yield f'<p class="muted">{escape(census.format)}: {escape(census.why)}</p>'
    pairs = f"{census.pairs.count:,} pairs, {census.pairs.ties:,} of them ties"
    yield f"<p>{census.records:,} records, {census.usable:,} of them with all their media; {pairs}; {left:,} rows left out.</p>"


def advice(census: Census) -> Iterator[str]:
    """What to look at, first of all."""
    yield "<h2>What to look at</h2>"
    if not census.findings:
        yield "<p>Nothing stands out.</p>"
    for one in census.findings:
        yield f'<div class="finding{" grave" if one.grave else ""}"><p>{escape(one.what)}</p><p class="do">→ {escape(one.do)}</p></div>'


def numbers(census: Census) -> Iterator[str]:
    """Counts as bars."""
    gap = census.pairs.gap
    sides = {"longer": gap.longer, "shorter": gap.shorter, "the same": gap.equal} if gap else {}
    for title, found in {
        **census.counts,
        "what is asked": {name: count for name, count in census.coverage.items() if count},
        "of 100 pairs, told without the picture (50 is chance)": {name: round(100 * value) for name, value in told_by(census).items()},
        "agreement of annotators in percent": {one.scale: round(100 * one.raw) for one in census.agreement},
        "length of chosen beside rejected": sides,
        "pictures of a record": census.pictures.per_record,
        "recipes": census.pictures.by_recipe,
    }.items():
        if any(name not in ("none", "unknown") for name in found):
            yield f"<h2>{escape(title.capitalize())}</h2><table>"
            most = max(found.values()) or 1
            yield from (f"<tr><td>{escape(name)}</td><td>{count:,}</td><td>{bar(count / most)}</td></tr>" for name, count in list(found.items())[:20])
            yield "</table>" + (f'<p class="muted">and {len(found) - 20} more</p>' if len(found) > 20 else "")


def bar(share: float, width: int = 360) -> str:
    """A horizontal bar."""
    return f'<svg width="{width}" height="14" role="img" aria-label="{share:.0%}"><rect width="{max(1.0, share * width):.1f}" height="14" fill="{BLUE}"/></svg>'


def spreads(census: Census) -> Iterator[str]:
    """Lengths, gap, edits, sizes and tokens as histograms."""
    found, shown = census.pairs, census.pictures
    yield from table("Words", {
        "prompt": census.prompt_words, "response": census.response_words, "chosen": found.chosen_words, "rejected": found.rejected_words,
        "chosen − rejected": found.gap.words if found.gap else None,
    })  # fmt: skip
    yield from table("Share of the texts that edits change", {"changed": found.edited.share})
    yield from table("Size of pictures in pixels", {"width": shown.width, "height": shown.height, "longer / shorter side": shown.aspect})
    yield from table("Negatives: structural similarity to their picture", census.negatives.ssim)
    for name, one in (("smallest", shown.smallest), ("largest", shown.largest)):
        if one:
            yield f'<p class="muted">{name}: {escape(one)}</p>'
    yield from table("Tokens of a record for this model", census.cost)


def table(title: str, rows: Mapping[str, Spread | None]) -> Iterator[str]:
    """Spreads below each other with their histograms."""
    found = {name: one for name, one in rows.items() if one is not None}
    if not found:
        return
    yield f"<h2>{escape(title)}</h2><table><tr><th></th>" + "".join(f"<th>{name}</th>" for name in ("n", "mean", "least", "median", "95%", "most", "spread")) + "</tr>"
    for name, one in found.items():
        cells = "".join(f"<td>{value}</td>" for value in (f"{one.n:,}", *(short(value) for value in (one.mean, one.low, one.median, one.q95, one.high))))
        yield f"<tr><td>{escape(name)}</td>{cells}<td>{histogram(one)}</td></tr>"
    yield "</table>"


def histogram(one: Spread, width: int = 216, height: int = 40) -> str:
    """Bars from the first to the 99th percentile, zero marked where it lies inside."""
    step, most = width / len(one.bars), max(one.bars) or 1
    rects = "".join(
        f'<rect x="{place * step:.1f}" y="{height - height * count / most:.1f}" width="{step - 1:.1f}" height="{height * count / most:.1f}" fill="{BLUE}"/>'
        for place, count in enumerate(one.bars)
        if count
    )
    at = width * -one.left / (one.right - one.left) if one.left < 0 < one.right else None
    zero = f'<line x1="{at:.1f}" x2="{at:.1f}" y1="0" y2="{height}" stroke="#b3372f"/>' if at is not None else ""
    return f'<svg width="{width}" height="{height}" role="img" aria-label="{short(one.left)} to {short(one.right)}">{rects}{zero}</svg>'


def repeats(census: Census) -> Iterator[str]:
    """What occurs again."""
    yield "<h2>Repeats</h2><table><tr><th></th><th>all</th><th>different</th><th>groups</th><th>for example</th></tr>"
    for name, found in census.repeats.items():
        examples = "<br>".join(escape(", ".join(group)) for group in found.examples)
        yield f"<tr><td>{TITLES[name]}</td><td>{found.total:,}</td><td>{found.different:,}</td><td>{found.groups:,}</td><td>{examples}</td></tr>"
    yield "</table>"


def troubles(census: Census) -> Iterator[str]:
    """Rows and media that cannot be used."""
    for title, found in (("Rows left out", census.left_out), ("Media that cannot be shown", census.unreadable)):
        if found:
            yield f"<h2>{title}</h2><ul>" + "".join(f"<li>{escape(described(one))}</li>" for one in found[:200]) + "</ul>"
            if len(found) > 200:
                yield f'<p class="muted">and {len(found) - 200} more</p>'
