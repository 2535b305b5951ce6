"""What the world's judge answers to the wordings of benchmarks."""

from __future__ import annotations

from veridical.evaluate.benchmarks.alignment.mm_alignbench import COMPARED, INFORMED
from veridical.evaluate.benchmarks.conversation.llava_bench import SCORED
from veridical.study.world_judge.request import Answers, Request
from veridical.world.talk import DESCRIBE

MUCH = 0.3
"""From this difference on, one answer is much better than another; all are from 0 to 1."""


def quality(request: Request, text: str, truth: str) -> float:
    """What an answer is worth, from 0 to 1: a description by what is believed to be there, any other by whether it says the truth."""
    if request.fields["question"] == DESCRIBE:
        return request.worth(text)[0]
    return float(text.strip(" .").lower() == truth.strip(" .").lower())


def both(request: Request) -> str:
    """Scores from 1 to 10 of the reference, which is true, and of the response."""
    fields = request.fields
    first, second = (1 + round(9 * quality(request, text, fields["reference"])) for text in (fields["reference"], fields["response"]))
    return f"{first} {second}\nBy what is there."


def compared(request: Request) -> str:
    """Which of two answers is better, and whether by much."""
    fields = request.fields
    lead = quality(request, fields["second"], fields.get("known", "")) - quality(request, fields["first"], fields.get("known", ""))
    winner, other, sign = ("B", "A", ">") if lead > 0 else ("A", "B", ">") if lead < 0 else ("A", "B", "=")
    return f"By what is there: [[{winner}{sign * (1 + (abs(lead) >= MUCH))}{other}]]"


ANSWERS: Answers = (((*SCORED.wordings,), both), ((*INFORMED.wordings, *COMPARED.wordings), compared))
"""The first that fits is taken: what tells the truth comes before the same wording without it, which would read that as a part of the question."""
