"""Objects that a response names and the picture does not show: CHAIR's counts for one response."""

from __future__ import annotations

from dataclasses import replace

from veridical.grade.extract import place
from veridical.grade.grade import Grade, Grader
from veridical.grade.lexicon import Lexicon, Mention, read_lexicon
from veridical.records.record import Record


def objects(synonyms: str, singularizer: str = "pattern") -> Grader:
    """`objects_named` with the lexicon of a synonyms file, on the answer's place: the grader for a recipe. What is thought names nothing."""
    named = objects_named(read_lexicon(synonyms, singularizer))

    def grade(record: Record, response: str) -> Grade:
        read = place(response) or ""
        found, before = named(record, read), max(0, response.rfind(read))
        return replace(found, steps=tuple((before + end, worth) for end, worth in found.steps))

    return grade


def objects_named(lexicon: Lexicon) -> Grader:
    """A grader of descriptions; the truth is the record's facts of kind "object".

        value = 2 · precision · coverage / (precision + coverage)
        precision = (mentioned − hallucinated) / mentioned      coverage = covered / true

    Each naming is a step: worth 1 where the object is there, else 0.
    So neither silence nor naming everything pays. Counts: `mentioned` (every naming), `hallucinated` (namings of what
    is not there), `true` (classes that are there), `covered` (of these, the ones named), `words`. A record
    without such facts is counted and not scored.

    Source: the counts are those of CHAIR, arXiv 1809.02156; coverage is the recall of Maxlinn/CHAIR-metric-standalone.
    Differs: the value is ours, for rewards and labels; CHAIR is computed from the counts of a whole corpus.
    """

    def grade(record: Record, response: str) -> Grade:
        true = {lexicon.classes.get(fact.text, fact.text) for fact in record.facts if fact.kind == "object"}
        mentions = lexicon.mentions(response)
        absent = [mention for mention in mentions if mention.name not in true]
        named = {mention.name for mention in mentions}
        counts = {
            "mentioned": float(len(mentions)),
            "hallucinated": float(len(absent)),
            "true": float(len(true)),
            "covered": float(len(true & named)),
            "words": float(len(response.split())),
        }
        return Grade(balance(counts), ", ".join(sorted(named)), reason(absent, true - named, true), counts, tuple(dict.fromkeys(mention.written for mention in absent)), namings(response, mentions, true))

    return grade


def namings(response: str, mentions: list[Mention], true: set[str]) -> tuple[tuple[int, float], ...]:
    """Where each naming ends, and whether the object is there; one that is not found word for word is passed over."""
    text, at, found = response.lower(), 0, []
    for mention in mentions:
        start = text.find(mention.written, at)
        if start >= 0:
            at = start + len(mention.written)
            found.append((at, float(mention.name in true)))
    return tuple(found)


def balance(counts: dict[str, float]) -> float | None:
    """The harmonic mean of precision and coverage; None where no truth is known."""
    if not counts["true"]:
        return None
    right = counts["mentioned"] - counts["hallucinated"]
    if not right:
        return 0.0
    precision, coverage = right / counts["mentioned"], counts["covered"] / counts["true"]
    return 2 * precision * coverage / (precision + coverage)


def reason(absent: list[Mention], missed: set[str], true: set[str]) -> str:
    """What is wrong with the response, for a person."""
    if not true:
        return "the record has no facts of kind object, so nothing can be said of its value"
    said = sorted({mention.name for mention in absent})
    parts = [f"not there: {', '.join(said)}" if said else "", f"not named: {', '.join(sorted(missed))}" if missed else ""]
    return "; ".join(part for part in parts if part) or "names what is there and nothing else"
