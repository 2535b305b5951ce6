"""Rules that compare a response with the text of the right option: MVBench and Mantis-Eval."""

from __future__ import annotations

import re
from collections.abc import Callable

from veridical.grade.grade import Grade, Grader
from veridical.grade.letters.grading import Options, gold_of, options_of
from veridical.grade.letters.vlm import mcq_vlm
from veridical.grade.punctuation import vqa_punct
from veridical.records.record import Record

LETTER = re.compile(r"\b([A-E])\b", re.IGNORECASE)
LABELLED = re.compile(r"([A-E])\.\s*(.+)", re.IGNORECASE)
LEADING = re.compile(r"Answer: ([A-Z])")
CUTS = ("final answer:", "the answer is", "answer:")


def held_by_option(strip: bool = False, otherwise: Callable[[str, Options], str | None] = lambda text, options: None) -> Grader:
    """MVBench's rule: the first word of the response, without full stops, is part of "(x)", or "(x)" is part of it, x being the right letter in lower case.

    So nothing at all, and a lone "(", are right; they are counted as unparsed. `strip` and `otherwise` are VLMEvalKit's additions.

    Source: MVBench, arXiv 2311.17005. Follows: OpenGVLab/Ask-Anything, video_chat2/mvbench.ipynb.
    """

    def grade(record: Record, response: str) -> Grade:
        gold, options = gold_of(record), options_of(record)
        said = (response.strip() if strip else response).lower().split(" ")[0]
        label = f"({gold.lower()})"
        found = said.strip("().\n").upper()
        readable = found in options
        if said.replace(".", "") in label or label in said:
            return Grade(1.0, gold if readable else None, "", {} if readable else {"unparsed": 1.0})
        other = otherwise(response, options) or (found if readable else None)
        return Grade(float(other == gold), other, f"read {other}, the answer is {gold}", {} if other else {"unparsed": 1.0})

    return grade


def held_by_option_vlm() -> Grader:
    """VLMEvalKit's rule for MVBench, without a judge."""
    return held_by_option(strip=True, otherwise=mcq_vlm)


def mcq_mvbench_lmms(text: str, options: Options) -> str | None:
    """lmms-eval's rule for MVBench: "X. text" at the start, else the first single letter A to E after VQA's punctuation step, whatever the case: "It is a dog" is A.

    Follows: tasks/mvbench/utils.py.
    """
    labelled = LABELLED.fullmatch(text.strip())
    if labelled:
        return labelled[1].upper()
    found = LETTER.search(vqa_punct(text.replace("\n", " ").replace("\t", " ").strip()).strip("'\"() "))
    return found[1].upper() if found else None


def after_cut(text: str) -> str:
    """What follows the first of "final answer:", "the answer is" and "answer:" that occurs, in this order, whatever the case."""
    lower = text.lower()
    cut = next((cut for cut in CUTS if cut in lower), None)
    return text if cut is None else text[lower.index(cut) + len(cut) :].strip()


def mantis(record: Record, response: str) -> Grade:
    """Mantis-Eval's rule: the first letter of the alphabet behind the cut, where it is an option's; else the response is the right option's text.

    A question without options is right where the response behind the cut is the answer, whatever the case. "Because A" is B.

    Source: Mantis, arXiv 2405.01483. Follows: TIGER-AI-Lab/Mantis, mantis/benchmark/eval.py.
    """
    gold, options, said = gold_of(record), options_of(record), after_cut(response)
    if not options:
        return Grade(float(said.lower() == gold.lower()), said, f"read {said[:60]!r}, the answer is {gold!r}", {} if said else {"unparsed": 1.0})
    leading = LEADING.match(said)
    first = leading[1] if leading else next((sign.upper() for sign in said if sign.isalpha()), "")
    if first in options:
        return Grade(float(first == gold), first, f"read {first}, the answer is {gold}")
    same = bool(said) and response.strip() == options.get(gold, "").strip()
    return Grade(float(same), gold if same else None, "", {} if same else {"unparsed": 1.0})
