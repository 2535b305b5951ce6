"""What rewards pay for: each scored on gold answers and on responses that deserve nothing, before anything is trained on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase

from veridical.grade import graders
from veridical.grade.boxes import read_boxes
from veridical.grade.choice import letter
from veridical.grade.number import only_number
from veridical.grade.reward import Rewards
from veridical.recipe import OnlineRecipe, RecipeError, RewardChoice, parse
from veridical.recipe import load as load_recipe
from veridical.records.load import Source, load
from veridical.records.record import Record

TOTAL = "total"
GOLD = ("gold", "gold, tagged")
"""Attempts that should earn what there is to earn, in at least one of the two forms."""
GARBAGE = ("<answer>" * 3 + "\\boxed{" * 3 + "((((a+)+)+" + "9**" * 6 + "9 \x00\ud7ff é 漢 ") * 1200
"""Nearly 100,000 characters of nothing."""

Attempt = Callable[[Record, Sequence[Record]], str]
"""(record, all records) -> a response."""


@dataclass(frozen=True)
class Cell:
    """What one kind of response earned from one reward."""

    mean: float | None
    """None: nothing was scored."""
    best: float | None
    scored: int
    of: int


@dataclass(frozen=True)
class Matrix:
    """Kinds of responses by rewards."""

    cells: Mapping[str, Mapping[str, Cell]]
    records: int

    @property
    def concerns(self) -> list[str]:
        """What should be looked at before training: gold answers that earn too little or are not scored, others that earn as much."""
        return [line for name in next(iter(self.cells.values())) for line in self.concerns_of(name)]

    def concerns_of(self, name: str) -> list[str]:
        """The same for one reward."""
        gold = max((self.cells[row][name] for row in GOLD), key=lambda cell: -1e9 if cell.mean is None else cell.mean)
        if gold.mean is None:
            return [f"{name}: scores no gold answer"]
        lines = [f"{name}: scores {gold.scored} of {gold.of} gold answers"] if gold.scored < gold.of else []
        for row, cells in self.cells.items():
            if row not in GOLD and cells[name].mean is not None and cells[name].mean >= gold.mean:
                lines.append(f"{name}: {row} earns {cells[name].mean:.2f}, gold earns {gold.mean:.2f}")
        return lines

    @property
    def text(self) -> str:
        """The table, with concerns under it."""
        names = list(next(iter(self.cells.values())))
        wide = max(map(len, self.cells))
        lines = [f"{'':<{wide}}  " + "  ".join(f"{name:>14}" for name in names)]
        lines += [f"{row:<{wide}}  " + "  ".join(f"{shown(cells[name]):>14}" for name in names) for row, cells in self.cells.items()]
        return "\n".join([f"mean (scored of {self.records})", *lines, "", *(self.concerns or ["no kind of response earns what gold answers earn"])])

    @property
    def numbers(self) -> dict[str, dict[str, dict[str, float | None]]]:
        """The table for a program."""
        return {row: {name: {"mean": cell.mean, "best": cell.best, "scored": cell.scored, "of": cell.of} for name, cell in cells.items()} for row, cells in self.cells.items()}


def shown(cell: Cell) -> str:
    """A cell as it is printed."""
    return "not scored" if cell.mean is None else f"{cell.mean:.2f}" if cell.scored == cell.of else f"{cell.mean:.2f} ({cell.scored})"


def try_rewards(name: str, data: str, settings: Sequence[str] = (), limit: int = 100, deadline: float = 30.0) -> Matrix:
    """The matrix of a grader, a user's function or a recipe's rewards on the first records of a data file. Errors: RewardError, RecipeError, LoadError."""
    records = load(Source(path=data, limit=limit)).records
    with Rewards.of(choices_of(name, settings), deadline=deadline) as rewards:
        return reward_matrix(rewards, records)


def choices_of(name: str, settings: Sequence[str]) -> list[RewardChoice]:
    """One grader with its settings, or the rewards of a recipe with overrides."""
    if name in graders() or ":" in name:
        return [RewardChoice(name=name, settings={key: parse(value) for key, _, value in (one.partition("=") for one in settings)})]
    found = load_recipe(OnlineRecipe, name, settings).rewards
    if not found:
        raise RecipeError(f"{name}: has no rewards")
    return found


def reward_matrix(rewards: Rewards, records: Sequence[Record]) -> Matrix:
    """Rewards of every kind of response to every record. Errors: ValueError where there are no records."""
    if not records:
        raise ValueError("no records to try rewards on")
    names = list(ATTEMPTS)
    earned = rewards(records, [[ATTEMPTS[name](record, records) for name in names] for record in records])
    columns = [reward.name for reward in rewards.rewards]
    cells = {}
    for place, name in enumerate(names):
        own = [row[place] for row in earned]
        parts = {column: cell([one.parts[column] for one in own]) for column in columns}
        cells[name] = parts | ({TOTAL: cell([one.total for one in own])} if len(columns) > 1 else {})
    return Matrix(cells, len(records))


def cell(values: Sequence[float | None]) -> Cell:
    """The mean of what was scored."""
    known = [value for value in values if value is not None]
    return Cell(sum(known) / len(known) if known else None, max(known, default=None), len(known), len(values))


def gold_of(record: Record) -> str:
    """What should be answered: the gold response, else the answer, else the objects that are there."""
    said = next((response.text for response in record.responses if response.origin == "gold"), "")
    named = ", ".join(fact.text for fact in record.facts if fact.kind == "object")
    return said or (record.answer.value if record.answer is not None else f"There is {named}." if named else "")


def wrong_of(record: Record, records: Sequence[Record]) -> str:
    """A plausible wrong answer: the next number, letter or box, the opposite, else another record's answer."""
    gold = record.answer.value if record.answer is not None else ""
    if gold.strip().lower() in ("yes", "no"):
        return "no" if gold.strip().lower() == "yes" else "yes"
    if record.answer is not None and record.answer.type == "choice" and (found := letter(gold, record.answer.choices)):
        return ascii_uppercase[(ascii_uppercase.index(found) + 1) % max(2, len(record.answer.choices))]
    if record.answer is not None and record.answer.type == "boxes" and (boxes := read_boxes(gold)):
        return str([[box.x2, box.y2, 2 * box.x2 - box.x1, 2 * box.y2 - box.y1] for box in boxes])
    if (value := only_number(gold)) is not None:
        return f"{value + 1:g}"
    return next((gold_of(other) for other in records if gold_of(other) != gold_of(record)), "something else")


def options_of(record: Record) -> str:
    """Everything that could be answered, one behind the other."""
    answer = record.answer
    if answer is not None and answer.choices:
        return " ".join(f"{name}. {text}" for name, text in zip(ascii_uppercase, answer.choices, strict=False))
    if answer is not None and answer.type == "boxes":
        return str([[left, top, left + side, top + side] for side in (2, 5, 50, 500) for left in (0, 3, 100) for top in (0, 3, 100)])
    return f"yes no A B C D {' '.join(map(str, range(21)))} {gold_of(record)}"


ATTEMPTS: Mapping[str, Attempt] = {
    "gold": lambda record, records: gold_of(record),
    "gold, tagged": lambda record, records: f"<think>Let me look.</think>\n<answer>{gold_of(record)}</answer>",
    "wrong": lambda record, records: wrong_of(record, records),
    "wrong, tagged": lambda record, records: f"<think>Let me look.</think>\n<answer>{wrong_of(record, records)}</answer>",
    "gold in the thinking only": lambda record, records: f"<think>It is {gold_of(record)}.</think>\n<answer></answer>",
    "empty": lambda record, records: "",
    "tags without content": lambda record, records: "<think></think>\n<answer></answer>",
    "echo of the prompt": lambda record, records: record.prompt_text,
    "all options": lambda record, records: options_of(record),
    "100 kB of garbage": lambda record, records: GARBAGE,
}
