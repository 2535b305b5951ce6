"""Instructions about a response's form: lists, sections, marks, titles, JSON, a fixed choice."""

from __future__ import annotations

import json
import re

from veridical.grade.instructions.instruction import Given, Instruction, Tools, pattern, whole

STAR = re.compile(r"^\s*\*[^\*].*$", re.MULTILINE)
DASH = re.compile(r"^\s*-.*$", re.MULTILINE)
MARKED = re.compile(r"\*[^\n\*]*\*")
TWICE_MARKED = re.compile(r"\*\*[^\n\*]*\*\*")
TITLE = re.compile(r"<<[^\n]+>>")
CHOICES = ("My answer is yes.", "My answer is no.", "My answer is maybe.")
FENCES = ("```json", "```Json", "```JSON", "```")


def number_bullet_lists(response: str, given: Given, tools: Tools) -> bool:
    """Exactly so many lines that begin with one star, or with a dash (a rule "---" is one)."""
    return len(STAR.findall(response)) + len(DASH.findall(response)) == given["num_bullets"]


def number_highlighted_sections(response: str, given: Given, tools: Tools) -> bool:
    """At least so many pieces between stars, or between double stars, that are not empty. Three neighbours share the stars between them."""
    single = [piece for piece in MARKED.findall(response) if piece.strip("*").strip()]
    double = [piece for piece in TWICE_MARKED.findall(response) if piece[2:-2].strip()]
    return len(single) + len(double) >= given["num_highlights"]


def multiple_sections(response: str, given: Given, tools: Tools) -> bool:
    """At least so many times the section's word and a number."""
    return len(re.split(rf"\s?{given['section_spliter'].strip()}\s?\d+\s?", response)) - 1 >= given["num_sections"]


def title(response: str, given: Given, tools: Tools) -> bool:
    """A piece <<like this>> in one line, with something in it."""
    return any(found.lstrip("<").rstrip(">").strip() for found in TITLE.findall(response))


def json_format(response: str, given: Given, tools: Tools) -> bool:
    """The whole is JSON (of any kind, also a bare number), perhaps in a fence."""
    said = response.strip()
    for fence in FENCES:
        said = said.removeprefix(fence)
    try:
        json.loads(said.removesuffix("```").strip())
    except (ValueError, RecursionError):
        return False
    return True


def constrained_response(response: str, given: Given, tools: Tools) -> bool:
    """One of three sentences occurs, letter by letter."""
    return any(choice in response for choice in CHOICES)


INSTRUCTIONS = (
    Instruction("detectable_format:number_bullet_lists", number_bullet_lists, {"num_bullets": whole}),
    Instruction("detectable_format:number_highlighted_sections", number_highlighted_sections, {"num_highlights": whole}),
    Instruction("detectable_format:multiple_sections", multiple_sections, {"section_spliter": pattern, "num_sections": whole}),
    Instruction("detectable_format:title", title, {}),
    Instruction("detectable_format:json_format", json_format, {}),
    Instruction("detectable_format:constrained_response", constrained_response, {}),
)
