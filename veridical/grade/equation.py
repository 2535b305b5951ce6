"""Mathematical expressions as they are compared: cut into parts, made plain, parsed, and refused where their value is too large to compute."""

from __future__ import annotations

import logging
import re
import threading
from functools import lru_cache
from itertools import accumulate
from math import prod
from typing import Any

from veridical.grade.number import FRACTION, MINUS, NUMBER, RATIO, numbers

SECONDS = 5
"""In which one expression must be parsed, and two be compared."""
SIGNS = str.maketrans(
    {
        "π": r"\pi ",
        "×": r"\times ",
        "·": r"\cdot ",
        "÷": "/",
        "≤": r"\le ",
        "≥": r"\ge ",
        "≠": r"\ne ",
        "√": r"\sqrt ",
        "²": "^2",
        "³": "^3",
        "∞": r"\infty ",
        "°": "",
        "（": "(",
        "）": ")",
        "，": ",",
    }
)
DROPPED = re.compile(r"\\(?:left|right|displaystyle|mathrm|mathbf|boldsymbol|,|!|;|:|quad|qquad)(?![A-Za-z])|\{\}|\^\s*(?:\\circ|\{\s*\\circ\s*\})|\\number|\\%|(?<=\d)%")
VECTOR = re.compile(r"\\(?:overrightarrow|vec)\s*\{?\s*([a-z])\s*\}?")
RENAMED = ((r"\dfrac", r"\frac"), (r"\tfrac", r"\frac"), (r"\geqslant", r"\ge"), (r"\leqslant", r"\le"), (r"\geq", r"\ge"), (r"\leq", r"\le"), (r"\text{or}", ","))
UNIT = r"(?:[a-z]{3,20}(?:\s[a-z]{2,20}){0,2}|[cdmk]?m|mm|k?g|mg|m?l|s|h|°|%)(?:\s?(?:\^\{?[23]\}?|[²³]))?"
QUANTITY = re.compile(rf"(?:{NUMBER.pattern})\s*(?:\\text\s*\{{)?\s*({UNIT})?\s*\}}?", re.IGNORECASE)
DEGREES = re.compile(r"°|\^?\s*\{?\s*\\circ\s*\}?")
FUNCTION = re.compile(r"(?<![A-Za-z\\])(arcsin|arccos|arctan|sin|cos|tan|cot|ln|log|pi)(?![A-Za-z])")
ROOT = re.compile(r"(?<![A-Za-z\\])sqrt\s*\(([^()]*)\)")
ASSIGNED = re.compile(r"^\s*\\?[A-Za-z](?:\([a-z]\))?\s*=\s*(?=[^=]+$)")
NAMED = re.compile(r"\s*\\?[A-Za-z](?:\([a-z]\)|_\{?\w\}?)?\s*")
FUNCTIONS = re.compile(r"\\[A-Za-z]+")
VARIABLE = re.compile(r"[A-Za-z]")
RELATION = re.compile(r"^\s*(?:<|>|\\le|\\ge)\s*")
POWER = re.compile(r"([)}])?\s*(?:\^|\*\*)\s*(?:\{([^{}]*)\}|([-+]?\d+|.))")
NESTED = re.compile(r"(?:\^|\*\*)\s*(?:\{[^{}]*(?:\^|\*\*|!)|[-+]?[\w.]+\s*(?:\^|\*\*)|\{[^{}]*\{[^{}]*(?:\^|!))")
LARGE = re.compile(r"\d{4,}\s*!|\^[^!]*[)}]\s*!|!\s*\)?\s*!|\d{100,}|\\[dt]?binom\s*\{[^{}]*(?:\d{4,}|\^)")
DEEP = 15
"""Brackets inside one another: the parser takes exponential time for some."""
SEPARATE = re.compile(r"\d\s+[\d.]")
"""Numbers side by side: the parser would add them."""
UNENDING = re.compile(r"\\(?:sum|prod|int|lim|bigcup|bigcap)(?![A-Za-z])")


def parts(text: str) -> list[str]:
    """The answers of a text with several: cut at line breaks, semicolons, "and", between formulas, and at commas outside brackets that are no part of a number."""
    pieces, depth, start = [], 0, 0
    text = re.sub(r"\s+and\s+", "\n", unquoted(text))
    for place, sign in enumerate(text):
        depth += (sign in "([{") - (sign in ")]}")
        if sign in "\n;" or (sign in ",，" and depth <= 0 and not text[place + 1 : place + 4].isdigit()):
            pieces.append(text[start:place])
            start = place + 1
    return [piece for piece in (one.strip(" .\t。") for one in [*pieces, text[start:]]) if piece]


def unquoted(text: str) -> str:
    r"""A text with formulas as one without the marks around them ($, $$, \(, \[); a line break between formulas with only a comma between them."""
    pieces = re.sub(r"\$\$|\\[\[\]()]", "$", text).split("$")
    inner = range(2, len(pieces) - 1, 2) if len(pieces) % 2 else ()
    return "".join("\n" if place in inner and piece.strip(" ,;.\n") in ("", "and") else piece for place, piece in enumerate(pieces))


def plain(text: str) -> str:
    """An expression without what does not change it: spacing, upright type, degrees, arrows over single letters."""
    for old, new in RENAMED:
        text = text.replace(old, new)
    text = ROOT.sub(r"\\sqrt{\1}", FUNCTION.sub(r"\\\1 ", text))
    text = VECTOR.sub(r"\1", DROPPED.sub("", text.translate(MINUS).translate(SIGNS)))
    return " ".join(text.strip(" .$").split())


def bare(text: str) -> str:
    """The same without any space: what is compared letter by letter."""
    return ASSIGNED.sub("", plain(text)).replace(" ", "").replace("\\cdot", "*").replace("\\times", "*")


def result(text: str) -> str:
    """What an equation chain comes to: "5" of "x = 2 + 3 = 5". An equation between unknowns stays whole."""
    *before, last = plain(text).split("=")
    return last.strip() if before and all(NAMED.fullmatch(one) or not VARIABLE.search(FUNCTIONS.sub("", one)) for one in before) else text


def quantity(text: str) -> float | None:
    """The number of a text that is one number, with or without a unit; None for anything else."""
    inside = ASSIGNED.sub("", plain(text))
    if not (QUANTITY.fullmatch(inside) or FRACTION.fullmatch(inside) or RATIO.fullmatch(inside)):
        return None
    return numbers(inside)[0] if numbers(inside) else None


def unit(text: str) -> str:
    """The first letter of the unit behind a number, or "": "m" and "metres" may be the same, "m" and "°" are not."""
    found = QUANTITY.fullmatch(" ".join(DEGREES.sub(" degrees", text).strip(" .$").replace("{}", "").split()))
    return (found[1] or "")[:1].lower() if found else ""


def depth(text: str) -> int:
    """How many brackets stand inside one another."""
    return max(accumulate((sign in "([{") - (sign in ")]}") for sign in text), default=0)


def explosive(text: str) -> bool:
    """Whether computing an expression could take for ever: towers of powers, large exponents and factorials, sums and limits."""
    if NESTED.search(text) or LARGE.search(text) or UNENDING.search(text) or depth(text) > DEEP:
        return True
    outer, inner = [1], [1]
    for found in POWER.finditer(text):
        exponent = found[2] if found[2] is not None else found[3]
        digits = re.findall(r"\d+", exponent)
        size = prod(int(one[:9]) for one in digits) if len(digits) > 1 else int(digits[0][:9]) if digits else 1
        (outer if found[1] else inner).append(max(1, size))
    return prod(outer) * max(inner) > 100_000


@lru_cache(maxsize=4096)
def parsed(text: str) -> tuple[Any, ...]:
    """An expression as math-verify reads it, all of it; () where it cannot be read.

    Errors: TimeoutError where that takes too long, in a main thread; elsewhere only a process's end can stop it.
    """
    from math_verify import LatexExtractionConfig, parse
    from math_verify.errors import TimeoutException

    logging.getLogger("math_verify").setLevel(logging.ERROR)
    inside = RELATION.sub(lambda found: f"x {found.group()}", plain(text))
    if SEPARATE.search(inside):
        return ()
    try:
        found = tuple(parse(f"${inside}$", [LatexExtractionConfig(boxed_match_priority=0)], parsing_timeout=limit(), raise_on_error=True))
    except TimeoutException:
        raise TimeoutError(f"{text[:60]!r} could not be parsed in {SECONDS} s") from None
    except Exception:  # noqa: BLE001 - whatever the parser raises, this is no expression
        return ()
    return found if any(not isinstance(one, str) for one in found) else ()


def equal(gold: tuple[Any, ...], said: tuple[Any, ...]) -> bool:
    """Whether the second is the first, in this order: the comparison is not symmetric. Errors: as `parsed`."""
    from math_verify import verify
    from math_verify.errors import TimeoutException

    try:
        return verify(list(gold), list(said), timeout_seconds=limit(), raise_on_error=True)
    except TimeoutException:
        raise TimeoutError(f"{gold[-1]} could not be compared in {SECONDS} s") from None
    except Exception:  # noqa: BLE001 - what cannot be compared is not equal
        return False


def limit() -> int | None:
    """Seconds of one call; None outside a main thread, where the alarm that the library uses cannot be set."""
    return SECONDS if threading.current_thread() is threading.main_thread() else None
