"""What a census gives reason to look at, in plain words, with what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from veridical.records.record import Frozen

if TYPE_CHECKING:
    from veridical.records.inspect.census import Census

SURPRISE = 2.58
"""Standard deviations from an even number of longer and shorter chosen responses: chance goes beyond in 1 of 100 sets."""
UNEVEN = 0.1
"""A share of longer chosen responses this far from one half, or mean lengths that differ by this factor, matter."""


class Finding(Frozen):
    """Something to look at. `grave`: records are lost or wrong; otherwise it may be meant."""

    what: str
    do: str
    grave: bool = False


def findings(census: Census) -> tuple[Finding, ...]:
    """All findings, grave ones first."""
    return tuple(sorted((finding for rule in RULES for finding in rule(census)), key=lambda one: not one.grave))


def many(count: int, name: str) -> str:
    """A count with its noun."""
    return f"{count:,} {name}" + ("" if count == 1 else "s")


def share(part: float, whole: float) -> str:
    """A share in percent."""
    return f"{100 * part / whole:.0f}%" if whole else "none"


def rows_left_out(census: Census) -> Iterator[Finding]:
    """Rows that did not become records."""
    if count := sum(one.count for one in census.left_out):
        first = census.left_out[0]
        why = (f"field {first.field} " if first.field else "") + first.reason
        yield Finding(
            what=f"{many(count, 'row')} left out, for {many(len(census.left_out), 'reason')}; the most frequent ({first.count}): {why}",
            do="mend the rows that are listed as left out, or leave it so: the other rows are complete", grave=True,
        )  # fmt: skip


def pictures_unreadable(census: Census) -> Iterator[Finding]:
    """Media that cannot be shown."""
    lost = census.records - census.usable
    if lost:
        yield Finding(
            what=f"{lost} of {census.records} records ({share(lost, census.records)}) have media that cannot be shown; the most frequent reason: {census.unreadable[0].reason}",
            do="set media_root to the folder that paths start from, get the files again, or train without these records (they are left out by name)", grave=True,
        )  # fmt: skip


def contradictory(census: Census) -> Iterator[Finding]:
    """The same two responses in both orders."""
    if census.contradictions:
        first, second = census.contradictions[0]
        yield Finding(
            what=f"{many(len(census.contradictions), 'pair')} against another: the same question and responses in opposite order (first: {first} and {second})",
            do="keep one of each, or store them as ties", grave=True,
        )  # fmt: skip


def leaking(census: Census) -> Iterator[Finding]:
    """Questions in two splits."""
    for splits, count in census.leaks.items():
        yield Finding(what=f"{many(count, 'question')} in both {splits}", do="take them out of one split, or what is measured on it was trained on", grave=True)


def unbalanced(census: Census) -> Iterator[Finding]:
    """Chosen responses that are longer or shorter than rejected ones."""
    gap = census.pairs.gap
    if gap is None or gap.longer + gap.shorter == 0:
        return
    ratio = gap.chosen_mean / gap.rejected_mean if gap.rejected_mean else 1.0
    uneven = abs(gap.share_longer - 0.5) >= UNEVEN or abs(ratio - 1) >= UNEVEN
    if uneven and abs(gap.surprise) >= SURPRISE:
        side, other = ("longer", "more") if gap.longer > gap.shorter else ("shorter", "less")
        right = max(gap.share_longer, 1 - gap.share_longer)
        yield Finding(
            what=f"chosen is {side} in {100 * right:.0f}% of the pairs that differ in length "
            f"({gap.words.mean:+.1f} words on average, {gap.chosen_mean:.1f} against {gap.rejected_mean:.1f}): a model can get that many right by saying {other}, without looking",
            do="pair with length_ratio, balance the set, or use a method that divides by length (simpo); in any case report response length beside the result",
        )  # fmt: skip


def tied(census: Census) -> Iterator[Finding]:
    """Ties, and records without any preference."""
    if census.pairs.ties:
        yield Finding(
            what=f"{census.pairs.ties} of {census.pairs.count} pairs are ties", do="preference training passes them over; pair again with another gap if they are too many"
        )
    if census.counts["kind"].get("preference") and not census.pairs.count:
        yield Finding(what="no record has a pair", do="grade and pair the responses first (veridical curate)", grave=True)


def repeated(census: Census) -> Iterator[Finding]:
    """Whole records, and pictures, that occur again."""
    records, files, alike = (census.repeats[name] for name in ("records", "pictures", "alike"))
    if records.groups:
        yield Finding(
            what=f"{many(records.total - records.different, 'record')} that copy another ({many(records.groups, 'group')}, as {', '.join(records.examples[0])})",
            do="remove the copies, or give the source a weight: a copy held out from training was still trained on",
        )  # fmt: skip
    if files.groups or alike.groups:
        yield Finding(
            what=f"{many(files.total - files.different, 'picture file')} with the same pixels as another, "
            f"{many(alike.total - alike.different, 'other')} that look like another (scaled or compressed)",
            do="split by picture and not by record, so that no picture is both trained on and tested",
        )  # fmt: skip


def few_prompts(census: Census) -> Iterator[Finding]:
    """Many records that ask the same."""
    prompts = census.repeats["prompts"]
    if prompts.total >= 50 and prompts.different * 10 <= prompts.total:
        yield Finding(
            what=f"{prompts.total} records ask only {many(prompts.different, 'question')}",
            do="count prompts and pictures, not pairs, when you compare sets; add other questions if the model should answer more than these",
        )


def odd_sizes(census: Census) -> Iterator[Finding]:
    """Pictures that are tiny, huge or very long."""
    shown = census.pictures
    if shown.width is None or shown.height is None or shown.aspect is None:
        return
    if min(shown.width.low, shown.height.low) < 28:
        yield Finding(what=f"the smallest picture is {shown.smallest}", do="check that it is no icon or thumbnail: several processors refuse sides below 28 pixels")
    if shown.aspect.high > 20:
        yield Finding(what=f"one picture is {shown.aspect.high:.0f} times as long as it is wide", do="cut it into parts: most processors squeeze it, some refuse it")


def rewritten(census: Census) -> Iterator[Finding]:
    """Pairs that share hardly a word."""
    edited = census.pairs.edited
    if edited.share is not None and edited.pairs >= 20 and edited.share.median > 0.9:
        yield Finding(
            what=f"chosen and rejected share hardly a word (in the median pair {100 * edited.share.median:.0f}% of the characters differ)",
            do="fine for whole answers; for a method that weighs changed words (ddpo) use pairs in which one was made from the other",
        )  # fmt: skip


def told_by_style(census: Census) -> Iterator[Finding]:
    """Words or writers that give the preference away."""
    rules = {
        "the words of a response": (census.style.words, "balance it (veridical select DATA OUT --balance style)"),
        "who wrote a response": (census.style.writer, "take both sides from the same models"),
    }
    for name, (told, do) in rules.items():
        if told is not None and told - 0.5 > UNEVEN and (2 * told - 1) * census.style.pairs**0.5 > SURPRISE:
            yield Finding(
                what=f"a rule that sees only {name} picks the chosen one in {100 * told:.0f}% of the pairs, without the picture",
                do=f"{do}, or compare with a run on shuffled pictures",
            )  # fmt: skip


def near_repeats(census: Census) -> Iterator[Finding]:
    """Prompts that differ in a few words."""
    found = census.repeats["near"]
    if found.groups and (found.total - found.different) * 20 >= found.total:
        yield Finding(
            what=f"{many(found.total - found.different, 'prompt')} that differ from another in a few words only (as {', '.join(found.examples[0])})",
            do="count them once when you say how large the set is; veridical select DATA OUT --most N takes records that differ",
        )


def disagreeing(census: Census) -> Iterator[Finding]:
    """Scales on which annotators hardly agree."""
    for one in census.agreement:
        if one.units >= 20 and one.alpha is not None and one.alpha < 0.4:
            yield Finding(
                what=f"annotators hardly agree on {one.scale!r}: alpha {one.alpha:.2f} over {many(one.units, 'response')}",
                do="sharpen the guide, or drop the scale: below 0.4 the marks say more about who judged than about the response",
            )


def same_negatives(census: Census) -> Iterator[Finding]:
    """Negatives that look like their pictures."""
    if names := census.negatives.same:
        yield Finding(
            what=f"{many(len(names), 'negative')} of {census.negatives.looked:,} looked at cannot be told from the picture that they stand in for "
            f"(as in {', '.join(names[:3])})",
            do="make the corruption stronger, or leave these records out: they teach that what is right is wrong", grave=True,
        )  # fmt: skip


def benchmark_pictures(census: Census) -> Iterator[Finding]:
    """Records made of the pictures that benchmarks ask about."""
    held = {name: count for name, count in census.counts["pictures of benchmarks"].items() if name != "none"}
    for name, count in held.items():
        yield Finding(
            what=f"{many(count, 'record')} of {census.records:,} show pictures of {name}, which POPE and CHAIR ask about",
            do="leave them out (veridical select DATA OUT --against the benchmark's file), or report no result on these benchmarks", grave=True,
        )  # fmt: skip


RULES: Sequence[Callable[[Census], Iterator[Finding]]] = (
    rows_left_out, pictures_unreadable, contradictory, leaking, unbalanced, tied, repeated, few_prompts, odd_sizes, rewritten,
    benchmark_pictures, told_by_style, near_repeats, disagreeing, same_negatives,
)  # fmt: skip
