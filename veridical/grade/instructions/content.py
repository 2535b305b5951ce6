"""Instructions about what stands where in a response: placeholders, a postscript, two answers, the request again, the last words, quotes, commas."""

from __future__ import annotations

import re

from veridical.grade.instructions.instruction import Given, Instruction, Tools, pattern, text, whole

PLACEHOLDER = re.compile(r"\[.*?\]")
POSTSCRIPTS = {"P.P.S": r"\s*p\.\s?p\.\s?s.*$", "P.S.": r"\s*p\.\s?s\..*$"}
BETWEEN = "******"


def number_placeholders(response: str, given: Given, tools: Tools) -> bool:
    """At least so many [pieces in square brackets], each in one line."""
    return len(PLACEHOLDER.findall(response)) >= given["num_placeholders"]


def postscript(response: str, given: Given, tools: Tools) -> bool:
    """The postscript's mark occurs anywhere, whatever the case."""
    marker = given["postscript_marker"].strip()
    return re.search(POSTSCRIPTS.get(marker, rf"\s*{marker.lower()}.*$"), response.lower(), re.MULTILINE) is not None


def two_responses(response: str, given: Given, tools: Tools) -> bool:
    """Two pieces that differ, between six stars; an empty piece is forgiven at both ends and nowhere else."""
    pieces = [piece.strip() for piece in response.split(BETWEEN)]
    said = [piece for piece in pieces if piece]
    return all(pieces[1:-1]) and len(said) == 2 and said[0] != said[1]


def repeat_prompt(response: str, given: Given, tools: Tools) -> bool:
    """The response begins with the request, whatever the case."""
    return response.strip().lower().startswith(given["prompt_to_repeat"].strip().lower())


def end_checker(response: str, given: Given, tools: Tools) -> bool:
    """The response ends with the phrase, whatever the case; quotes round the response are forgiven."""
    return response.strip().strip('"').lower().endswith(given["end_phrase"].strip().lower())


def quotation(response: str, given: Given, tools: Tools) -> bool:
    """The whole stands between straight double quotes."""
    said = response.strip()
    return len(said) > 1 and said[0] == said[-1] == '"'


def no_comma(response: str, given: Given, tools: Tools) -> bool:
    """No comma occurs (other scripts' commas are none)."""
    return "," not in response


INSTRUCTIONS = (
    Instruction("detectable_content:number_placeholders", number_placeholders, {"num_placeholders": whole}),
    Instruction("detectable_content:postscript", postscript, {"postscript_marker": pattern}),
    Instruction("combination:two_responses", two_responses, {}),
    Instruction("combination:repeat_prompt", repeat_prompt, {"prompt_to_repeat": text}),
    Instruction("startend:end_checker", end_checker, {"end_phrase": text}),
    Instruction("startend:quotation", quotation, {}),
    Instruction("punctuation:no_comma", no_comma, {}),
)
