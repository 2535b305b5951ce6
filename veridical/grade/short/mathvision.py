"""MATH-Vision's rule: where the answer stands in a response, how its LaTeX is cleaned, and when two expressions are equal."""

from __future__ import annotations

import math
import re

from veridical.grade.equation import explosive
from veridical.grade.grade import Grade
from veridical.grade.letters.grading import gold_of, options_of
from veridical.records.record import Record

LETTERS = "ABCDE"
PHRASES = ("the final answer is", "the answer is", "the correct answer is", "the answer should be")
BOX = "oxed{"
BOXED = re.compile(r"oxed{(.*)}", re.DOTALL)
MARKED = tuple(f"{left}{letter}{right}" for left, right in ("()", "{}") for letter in "abcde")
CLEANED = (
    *((" ", ""), ("\\,", ""), ("∞", "\\infty"), ("+\\infty", "\\infty"), ("\\\\", "\\"), ("\n", ""), ("\\text", ""), ("\\mbox", ""), ("bmatrix", "pmatrix")),
    *(("\\left", ""), ("\\right", ""), ("^{\\circ}", ""), ("^\\circ", ""), ("{m}^3", ""), ("m^3", ""), ("{units}", ""), ("units", ""), ("{km}", ""), ("km", "")),
)
STRIPPED = (
    *(("\n", ""), ("\\!", ""), ("\\\\", "\\"), ("tfrac", "frac"), ("dfrac", "frac"), ("\\left", ""), ("\\right", "")),
    *(("^{\\circ}", ""), ("^\\circ", ""), ("\\$", ""), ("$", "")),
)
POINTS = (("\\%", ""), (" .", " 0."), ("{.", "{0."))
CONSTANTS = {"pi": math.pi, "e": math.e, "tau": math.tau, "inf": math.inf, "nan": math.nan}
"""Names that a formula may use: those of Python's mathematics."""
UNREAD = re.compile(r"\\circ|\\boxed|\\!|\\\$|[^\x00-\x7f]")
"""What the official reader of LaTeX gives no value to: degrees, boxes, narrow spaces, signs beyond ASCII."""
LONGEST = 200
"""Characters of an expression beyond which it is not computed."""


def mathvision(record: Record, response: str) -> Grade:
    """1 where what is read is the answer (a letter, a number, a formula), or the text of the right option.

    Source: MATH-Vision, arXiv 2402.14804. Follows: mathllm/MATH-V, evaluation/evaluate.py and utils.py. Differs: expressions that are too large to compute are
    not equal; latex2sympy2_extended reads LaTeX.
    """
    gold, said = gold_of(record), extracted(response)
    right = equal(gold, said) or equal(options_of(record).get(gold, ""), said)
    return Grade(float(right), said or None, f"read {said[:60]!r}, the answer is {gold[:60]!r}", {} if said else {"unparsed": 1.0})


def extracted(response: str) -> str:
    """The answer of a response, cleaned, in lower case; "" where nothing is said."""
    said = response.strip()
    for letter in LETTERS:
        if said.endswith((f" {letter}.", f" ({letter}).")) or said.startswith((f"{letter}\n", f"({letter})\n", f"({letter}) {letter}\n")):
            said = letter
    last = said.split("is ")[-1].rstrip(".")
    said = last if number(last) is not None else said
    if BOX not in said:
        said = announced(said)
    elif said.count(BOX) > 1:
        said = "\\boxed{" + said.split(BOX)[-1]
    said = cleaned(said)
    for form in MARKED:
        said = said.replace(form, form[1:-1])
    return said.rstrip(".").lstrip(":").strip()


def announced(text: str) -> str:
    """What follows the last of each phrase, to the end of its line or sentence."""
    for phrase in PHRASES:
        for form in (phrase, phrase.replace("the", "The")):
            held, text = form in text, text.split(form)[-1].strip()
            text = text.split("\n")[0].split(". ")[0] if held else text
    return text


def cleaned(text: str) -> str:
    """What a box holds (all that is said where there is none), behind the last = and ≈, without spacing, upright type, degrees and some units."""
    text = text.lower().replace("{}", "")
    boxes = BOXED.findall(text)
    inside = boxes[-1] if boxes else text
    close, opened = inside.find("}"), inside.find("{")
    if close != -1 and (opened == -1 or close < opened):
        inside = inside.split("}")[0]
    inside = inside.split("=")[-1].split("\\approx")[-1]
    return stripped(replaced(inside, CLEANED))


def replaced(text: str, pairs: tuple[tuple[str, str], ...]) -> str:
    """The text with one after the other replaced."""
    for old, new in pairs:
        text = text.replace(old, new)
    return text


def stripped(text: str) -> str:
    """LaTeX in one form: fractions and roots with braces, a zero before a point, a fraction for a slash."""
    text = replaced(text, STRIPPED).split("\\text{ ")[0]
    text = replaced(text, POINTS)
    if not text:
        return text
    text = f"0{text}" if text[0] == "." else text
    for mark in ("=", "\\approx"):
        pieces = text.split(mark)
        text = pieces[-1] if len(pieces) == 2 else text
    if "sqrt" in text:
        text = fractions(roots(text).replace(" ", ""))
    text = text.replace(" ", "")
    return slashed("\\frac{1}{2}" if text == "0.5" else text)


def roots(text: str) -> str:
    """Braces around the first sign under each root."""
    first, *rest = text.split("\\sqrt")
    return first + "".join("\\sqrt" + (f"{{{piece[0]}}}{piece[1:]}" if piece and piece[0] != "{" else piece) for piece in rest)


def fractions(text: str) -> str:
    """Braces around numerator and denominator of one sign each; the text as it is where a fraction is cut off."""
    first, *rest = text.split("\\frac")
    if any(len(piece) < 2 and piece[:1] != "{" for piece in rest):
        return text
    return first + "".join(f"\\frac{piece if piece[0] == '{' else braced(piece)}" for piece in rest)


def braced(piece: str) -> str:
    """What follows a fraction's name, with braces around its first sign, and around the second where it has none."""
    return f"{{{piece[0]}}}{piece[1:]}" if piece[1] == "{" else f"{{{piece[0]}}}{{{piece[1]}}}{piece[2:]}"


def slashed(text: str) -> str:
    """a/b as a fraction, where both are whole numbers."""
    found = re.fullmatch(r"(-?(?:0|[1-9]\d*))/(-?(?:0|[1-9]\d*))", text)
    return f"\\frac{{{found[1]}}}{{{found[2]}}}" if found and "-0" not in found.groups() else text


def number(text: str) -> float | None:
    """The text as Python reads a number; None where it is none."""
    try:
        return float(text)
    except ValueError:
        return None


def equal(one: str, other: str) -> bool:
    """Whether two answers are the same text, the same tuple to two decimals, or expressions of the same value to two decimals.

    Nothing is equal to nothing. What cannot be computed is not equal.
    """
    one, other = one.lower(), other.lower()
    if not one.replace(" ", "") or not other.replace(" ", ""):
        return False
    if one.strip() == other.strip():
        return True
    one, other = in_brackets(one), in_brackets(other)
    if one == other:
        return True
    values = [value(text) for text in (other, one)]
    return None not in values and values[0] == values[1]


def in_brackets(text: str) -> str:
    """A tuple or list with its members computed; the text as it is where one cannot be."""
    members = text[1:-1].split(",")
    if (text[0], text[-1]) not in (("(", ")"), ("[", "]")) or len(members) < 2:
        return text
    computed = [one if "infty" in one or one in ("a", "-a") else written(value(one)) for one in members]
    return text if None in computed else f"{text[0]}{','.join(map(str, computed))}{text[-1]}"


def written(found: float | None) -> str | None:
    """A number as text."""
    return None if found is None else str(found)


def readable(text: str) -> str:
    """The start of a text that can be an expression: up to a brace that closes nothing, or to a full stop that is no decimal point. Braces around all of it are left out."""
    depth = 0
    for place, sign in enumerate(text):
        depth += (sign == "{") - (sign == "}")
        if place and (depth < 0 or (sign == "." and not text[place + 1 : place + 2].isdigit())):
            text = text[:place]
            break
    return text[1:-1] if re.fullmatch(r"\{[^{}]*\}", text) else text


def value(text: str) -> float | None:
    """What an expression comes to, to two decimals, a whole number as such; None where it has no value."""
    from latex2sympy2_extended import latex2sympy

    inside = readable(text)
    if len(inside) > LONGEST or UNREAD.search(inside) or explosive(inside):
        return None
    try:
        found = latex2sympy(inside)
        known = {symbol: CONSTANTS[str(symbol)] for symbol in found.free_symbols}
        return int(found) if found.is_Integer else round(float(found.subs(known)), 2)
    except Exception:  # noqa: BLE001 - whatever the parser raises, this is no expression with a value
        return None
