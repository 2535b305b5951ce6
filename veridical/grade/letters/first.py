"""Rules that read the first letter, anywhere or at the start of a response."""

from __future__ import annotations

import re

from veridical.grade.letters.grading import Options

LEADS = ("The best answer is", "The correct answer is", "The answer is", "The answer")
GLUED = ("The best option isThe correct option is", "Best answer:Best option:")
"""What the official lists hold where two commas are missing: it never occurs."""
PARTED = ("The best option is", "The correct option is", "Best answer:", "Best option:")
WORDS = 10
"""More words without a capital letter of an option hold no answer."""


def first_capital(text: str, letters: str, leads: tuple[str, ...]) -> str | None:
    """The first of `letters` anywhere, behind lead-ins that are deleted."""
    said = without(text, leads)
    return next((sign for sign in said if sign in letters), None)


def without(text: str, leads: tuple[str, ...]) -> str:
    """The stripped text without the lead-ins."""
    said = text.strip()
    for lead in leads:
        said = said.replace(lead, "")
    return said


def mcq_first_letter_videomme(text: str, options: Options) -> str | None:
    """The first capital A to D anywhere, so "Best option: C" is B and "Because ... C" is B.

    Source: Video-MME, arXiv 2405.21075. Follows: evaluation/eval_your_results.py, with the two commas that its list of lead-ins lacks.
    """
    return first_capital(text, "ABCD", LEADS + GLUED)


def mcq_first_letter_videomme_vlm(text: str, options: Options) -> str | None:
    """VLMEvalKit's copy for Video-MME, which knows "Answer:" and "Option:" as well."""
    return first_capital(text, "ABCD", (*LEADS, *GLUED, "Answer:", "Option:"))


def mcq_first_letter_realworld(text: str, options: Options) -> str | None:
    """MME-RealWorld's rule: the first capital A to E anywhere; else the first option whose published text holds the response.

    Nothing at all is held by every option, so silence is the first option; the convention counts it as unparsed and reads it as A.

    Source: MME-RealWorld, arXiv 2408.13257. Follows: evaluation/eval_your_results.py, missing commas included.
    """
    return realworld(text, options, LEADS + GLUED)


def mcq_first_letter_realworld_repaired(text: str, options: Options) -> str | None:
    """The copies in VLMEvalKit and lmms-eval, whose lead-ins are apart."""
    return realworld(text, options, LEADS + PARTED)


def realworld(text: str, options: Options, leads: tuple[str, ...]) -> str | None:
    """The rule for one list of lead-ins. A response that its lead-ins are all of says nothing."""
    said = without(text, leads)
    found = first_capital(text, "ABCDE", leads)
    if found or not said or len(said.split()) > WORDS:
        return found
    return next((letter for letter, option in options.items() if said.lower() in f"({letter}) {option}".lower()), None)


def mcq_mmstar(text: str, options: Options) -> str | None:
    """The first letter, behind "(", "option " or "the answer is " where the response starts so, whatever the case. "A dog" is A.

    Source: MMStar, arXiv 2403.20330. Follows: eval/vlmeval/evaluate/mmstar.py. Differs: the script compares each place with the answer, so it
    never reads a letter that is no option; the same responses are right.
    """
    said = text.lower().strip().replace("\n", " ")
    places = [place for lead, place in (("", 0), ("(", 1), ("option ", 7), ("the answer is ", 14)) if said.startswith(lead) and len(said) > place]
    return next((said[place].upper() for place in reversed(places) if said[place].upper() in (options or "ABCD")), None)


def mcq_exact(text: str, options: Options) -> str | None:
    """LLaVA's rule for SEED-Bench: the whole response is a letter."""
    return text if text in options else None


def mcq_first_character(text: str, options: Options) -> str | None:
    """lmms-eval's rule for SEED-Bench: the first character that is no space."""
    first = text.strip()[:1]
    return first if first in options else None


SCIENCE_QA = re.compile(r"The answer is ([A-Z]).")


def mcq_llava_sqa(text: str, options: Options) -> str | None:
    """LLaVA's rule for ScienceQA: a letter A to E alone; or a letter and ". " at the start; or exactly one "The answer is X" with one more sign.

    Follows: haotian-liu/LLaVA, llava/eval/eval_science_qa.py, whose random letter is never reached: a letter beyond the options is wrong.
    """
    if text in ("A", "B", "C", "D", "E"):
        return text
    if len(text) >= 3 and "A" <= text[0] <= "Z" and text[1:3] == ". ":
        return text[0]
    said = SCIENCE_QA.findall(text)
    return said[0] if len(said) == 1 else None


def mcq_sqa_lmms(text: str, options: Options) -> str | None:
    """lmms-eval's rule for ScienceQA: a letter alone, whatever the case, or a capital letter and a full stop at the start."""
    said = text.strip()
    if len(said) == 1:
        return said.upper() if said.upper() in options else None
    return said[0] if len(said) >= 2 and said[0].isupper() and said[1] == "." else None


BLINK = re.compile(r"[(\s]*([A-Z])", re.IGNORECASE)


def mcq_blink_lmms(text: str, options: Options) -> str | None:
    """lmms-eval's rule for BLINK: the first letter of the response, so "The answer is B" is T."""
    found = BLINK.match(text.strip())
    return found[1].upper() if found else None


BRACKETED = re.compile(r"\s*\(([A-Z])\)\s*")


def mcq_bracketed(text: str, options: Options) -> str | None:
    """BLINK's predictions as they are stored: "(A)" and nothing else."""
    found = BRACKETED.fullmatch(text)
    return found[1] if found else None
