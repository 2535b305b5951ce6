"""Rows and records of few words, for tests."""

from veridical.evaluate.benchmark import question
from veridical.records.record import Answer, Record
from veridical.records.result import Row


def row(record_id: str, value: float | None = None, *, gold: str = "", answer: str | None = None, group: str = "", **counts: float) -> Row:
    """A graded row."""
    return Row(record_id=record_id, value=value, gold=gold, answer=answer, group=group, counts=counts)


def yes_no_record(name: str, text: str, picture: str, gold: str, split: str = "random") -> Record:
    """A yes/no question about a picture."""
    return question("pope", f"{split}/{name}", text, picture, gold=Answer(type="yes_no", value=gold), split=split, source_id=name)
