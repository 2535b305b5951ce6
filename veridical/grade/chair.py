"""Truthfulness of a description as a reward: the share of named objects that are there, once enough of them are named."""

from __future__ import annotations

from veridical.grade.grade import Grade, Grader
from veridical.grade.objects import objects
from veridical.records.record import Record


def chair(synonyms: str, coverage: float = 0.5, singularizer: str = "pattern") -> Grader:
    """A grader of descriptions against the record's facts of kind "object".

        value = (1 − hallucinated / mentioned) · min(1, covered / (coverage · true))

    The first factor is 1 − CHAIR_i of this response; alone it would pay for naming one sure object, or none. From `coverage` (a
    share of the objects that are there) on, naming more pays nothing. With coverage=0 the first factor stands alone; silence earns 0 even then.

    Source: CHAIR, arXiv 1809.02156.
    """
    counted = objects(synonyms, singularizer)
    if not 0 <= coverage <= 1:
        raise ValueError(f"coverage={coverage}: a share between 0 and 1 is needed")

    def grade(record: Record, response: str) -> Grade:
        found = counted(record, response)
        if found.value is None:
            return found
        counts = found.counts
        truthful = 1 - counts["hallucinated"] / counts["mentioned"] if counts["mentioned"] else 0.0
        enough = min(1.0, counts["covered"] / (coverage * counts["true"])) if coverage else 1.0
        return Grade(truthful * enough, found.answer, found.why, counts, found.wrong)

    return grade
