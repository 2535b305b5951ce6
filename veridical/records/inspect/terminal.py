"""A census as a page of plain text for the terminal, at most 100 columns wide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from textwrap import wrap

from veridical.records.inspect.advice import many
from veridical.records.inspect.census import Census, Trouble
from veridical.records.inspect.spread import Spread

WIDTH = 100
BLOCKS = "▁▂▃▄▅▆▇█"
EIGHTHS = " ▏▎▍▌▋▊▉█"
TITLES = {"prompts": "prompts", "near": "prompts, nearly alike", "records": "records", "pictures": "pictures, same pixels", "alike": "pictures, alike"}


def draw(census: Census) -> str:
    """The whole census as text with small charts."""
    parts = (head, numbers, about, lengths, pairs, agreement, pictures, repeats, cost, troubles, advice)
    return "\n".join(line.rstrip() for part in parts for line in part(census)) + "\n"


def head(census: Census) -> Iterator[str]:
    """What it is."""
    yield from indented(f"{census.name or 'data'}: {census.format} ({census.why})", "")
    left = sum(one.count for one in census.left_out)
    yield f"{census.records:,} records, {census.pairs.count:,} pairs; {left:,} rows left out; {census.records - census.usable:,} records with media that cannot be shown"


def numbers(census: Census) -> Iterator[str]:
    """Records and responses by kind; what is the same for all of them in one line."""
    known = {title: found for title, found in census.counts.items() if any(name not in ("none", "unknown") for name in found)}
    if single := [f"{title}: {next(iter(found))}" for title, found in known.items() if len(found) == 1]:
        yield from indented("; ".join(single), "")
    for title, found in known.items():
        if len(found) > 1:
            yield from section(title)
            yield from bars(found)


def about(census: Census) -> Iterator[str]:
    """What the records ask."""
    yield from section("what is asked")
    yield from bars({name: count for name, count in census.coverage.items() if count}, 12)
    if missing := [name for name, count in census.coverage.items() if not count]:
        yield from indented(f"nothing about: {', '.join(missing)}", "  ")


def lengths(census: Census) -> Iterator[str]:
    """Words of prompts and responses."""
    yield from table("words", {
        "prompt": census.prompt_words, "response": census.response_words, "chosen": census.pairs.chosen_words, "rejected": census.pairs.rejected_words,
        "chosen - rejected": census.pairs.gap.words if census.pairs.gap else None,
    })  # fmt: skip


def pairs(census: Census) -> Iterator[str]:
    """Which side is longer, ties, edits."""
    found = census.pairs
    if not found.count:
        return
    yield from section("pairs")
    if found.gap:
        yield from bars({"chosen is longer": found.gap.longer, "chosen is shorter": found.gap.shorter, "same length": found.gap.equal, "ties": found.ties})
    yield f"  with a margin {found.margins:,} of {found.count:,}; with edits {found.edited.pairs:,} of {found.edited.of:,}"
    if told := told_by(census):
        yield from indented("told without the picture, of 100 pairs (50 is chance): " + ", ".join(f"{name} {100 * value:.0f}" for name, value in told.items()), "  ")
    if found.edited.share:
        yield from table("share of the texts that edits change", {"changed": found.edited.share})


def told_by(census: Census) -> dict[str, float]:
    """Shares of pairs that rules without the picture get right, as far as they are known."""
    found = {"the longer one": census.style.longer, "the first one": census.style.first, "who wrote it": census.style.writer, "its words": census.style.words}
    return {name: value for name, value in found.items() if value is not None}


def agreement(census: Census) -> Iterator[str]:
    """How far annotators agree."""
    if not census.agreement:
        return
    yield from section("agreement")
    for one in census.agreement:
        alpha = "" if one.alpha is None else f", alpha {one.alpha:.2f}"
        two = "; ".join(f"{name}: kappa {kappa:.2f} of {count:,}" for name, (kappa, count) in one.two.items() if kappa is not None)
        yield from indented(f"{one.scale}: {100 * one.raw:.0f}% the same{alpha}, {one.units:,} responses by {one.annotators} annotators" + (f" ({two})" if two else ""), "  ")


def pictures(census: Census) -> Iterator[str]:
    """How many, how large."""
    found = census.pictures
    if not found.shown:
        return
    yield from section("pictures")
    yield f"  {found.shown:,} shown, {found.files:,} different files, {found.looked:,} opened, {found.unreadable:,} of them unreadable"
    yield from bars({f"records with {number}": count for number, count in found.per_record.items()})
    for name, kinds in (("made by a recipe", found.by_recipe), ("no pictures", found.other_kinds)):
        if kinds:
            yield f"  {name}: " + ", ".join(f"{kind} {count:,}" for kind, count in kinds.items())
    yield from table("size in pixels", {"width": found.width, "height": found.height, "longer / shorter": found.aspect})
    for name, one in (("smallest", found.smallest), ("largest", found.largest)):
        if one:
            yield from indented(f"{name}: {one}", "  ")
    yield from table("negatives: structural similarity to their picture", census.negatives.ssim)


def repeats(census: Census) -> Iterator[str]:
    """What occurs again."""
    yield from section("repeats")
    for name, found in census.repeats.items():
        if found.total:
            again = f"; {many(found.groups, 'group')}, as {', '.join(found.examples[0])}" if found.groups else ""
            yield from indented(f"{TITLES[name]}: {found.different:,} different of {found.total:,}{again}", "  ")


def cost(census: Census) -> Iterator[str]:
    """Tokens for a model."""
    yield from table("tokens of a record for this model", census.cost)


def troubles(census: Census) -> Iterator[str]:
    """Rows and media that cannot be used."""
    for title, found in (("rows left out", census.left_out), ("media that cannot be shown", census.unreadable)):
        if found:
            yield from section(title)
            for one in found[:10]:
                yield from indented(described(one), "  ")
            if len(found) > 10:
                yield f"  ... and {sum(one.count for one in found[10:]):,} more for {len(found) - 10} other reasons"


def described(trouble: Trouble) -> str:
    """A trouble in one sentence."""
    rows = ", ".join(map(str, trouble.rows)) + (" ..." if trouble.count > len(trouble.rows) else "")
    where = "" if trouble.rows == (-1,) else f", row {rows}"
    names = f" ({', '.join(trouble.names)}{' ...' if trouble.count > len(trouble.names) else ''})" if trouble.names else ""
    return f"{trouble.count:,} × {trouble.file}{where}" + (f", field {trouble.field}" if trouble.field else "") + f": {trouble.reason}{names}"


def advice(census: Census) -> Iterator[str]:
    """What to look at."""
    yield from section("what to look at")
    if not census.findings:
        yield "  nothing stands out"
    for one in census.findings:
        yield from indented(("! " if one.grave else "- ") + one.what, "  ")
        yield from indented("-> " + one.do, "    ")


def section(title: str) -> Iterator[str]:
    """A title with a line."""
    yield ""
    yield f"{title} " + "─" * (WIDTH - len(title) - 1)


def table(title: str, rows: Mapping[str, Spread | None]) -> Iterator[str]:
    """Spreads below each other, each with a small histogram of its middle 98%."""
    found = {name: one for name, one in rows.items() if one is not None}
    if not found:
        return
    yield from section(title)
    yield f"  {'':<18}{'n':>9}{'mean':>9}{'least':>9}{'median':>9}{'95%':>9}{'most':>9}  spread"
    for name, one in found.items():
        yield f"  {name[:17]:<18}{one.n:>9,}" + "".join(f"{short(value):>9}" for value in (one.mean, one.low, one.median, one.q95, one.high)) + f"  {spark(one.bars)}"


def short(value: float) -> str:
    """A number in few characters."""
    if value == round(value) and abs(value) < 1e7:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:,.1f}" if abs(value) < 1e5 else f"{value:.1e}"


def spark(counts: Iterable[int]) -> str:
    """A histogram one line high; the smallest step is what is there at all."""
    counts = list(counts)
    most = max(counts) or 1
    return "".join(" " if not count else BLOCKS[min(7, count * 8 // (most + 1))] for count in counts)


def bars(found: Mapping[str, int], most: int = 8) -> Iterator[str]:
    """Counts as horizontal bars; beyond `most` names the others together."""
    names = list(found.items())
    if len(names) > most:
        names = [*names[: most - 1], (f"{len(names) - most + 1} others", sum(count for _, count in names[most - 1 :]))]
    highest = max(count for _, count in names) or 1
    for name, count in names:
        shown = name if len(name) <= 28 else name[:25] + "..."
        yield f"  {shown:<28} {count:>9,} {bar(count / highest, 50)}"


def bar(share: float, width: int) -> str:
    """A bar in eighths of a character."""
    whole, rest = divmod(round(share * width * 8), 8)
    return "█" * whole + EIGHTHS[rest].strip()


def indented(text: str, before: str) -> list[str]:
    """Text in lines that fit; a path that is too long is broken."""
    return wrap(text, WIDTH, initial_indent=before, subsequent_indent=before + "  ") or [before]
