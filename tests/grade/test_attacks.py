"""Every reward that ships is attacked: nothing is paid for nothing, nothing crashes, nothing hangs.

Each reward is built by name in a grading process, as in training, and one deadline holds for every response.
"""

from dataclasses import dataclass, field
from typing import Any

import pytest
from asking import asked

from veridical.grade import graders, in_batches
from veridical.grade.grade import Grade
from veridical.grade.workers import Task, Workers
from veridical.records.record import Fact, Record

DEADLINE = 20.0
LONG = 100_000


@dataclass(frozen=True)
class Case:
    """One reward with a question, what it should pay for, and what it should not."""

    record: Record
    gold: str
    """What earns `full`."""
    every: str = "yes no A B C D 0 1 2 3 4 5 6 7 8 9 10"
    """All options at once."""
    full: float = 1.0
    most: float = 0.0
    """What the worst attack may earn: rewards by degrees pay a little for a little."""
    settings: dict[str, Any] = field(default_factory=dict)
    noise: float | None = None
    """What garbage may earn; None: no more than `most`."""
    manner: bool = False
    """It pays for how something is said, not for what: only silence is an attack on it."""

    @property
    def loudest(self) -> float:
        """What garbage may earn."""
        return self.most if self.noise is None else self.noise


BOXES = '[{"bbox_2d": [10, 10, 20, 20], "label": "cat"}, {"bbox_2d": [50, 50, 60, 60], "label": "dog"}]'
GRID = str([{"bbox_2d": [x, y, x + 10, y + 10], "label": name} for x in range(0, 100, 10) for y in range(0, 100, 10) for name in ("cat", "dog", "cow")][:99])
SYNONYMS = ("dog", "cat", "cup", "tree", "car", "bird", "boat", "chair", "lamp", "book")
SCENE = asked("x", question="Describe this image.").replace(answer=None, facts=(Fact(kind="object", text="dog"), Fact(kind="object", text="cat")))
NUMBER = asked("12", "number", question="How many of the 3 rows of 4 are full?")
LETTER = asked("B", "choice", ("red", "blue", "green", "grey"), "Which colour? A. red B. blue C. green D. grey")
THINK = "<think>So.</think><answer>{}</answer>"
CASES = {
    "accuracy": Case(NUMBER, "12"),
    "average_precision": Case(asked(BOXES, "boxes"), BOXES, GRID, most=0.35),
    "box": Case(asked("[10, 10, 20, 20]", "boxes"), "[10, 10, 20, 20]", str([[x, y, x + 10, y + 10] for x in range(20) for y in range(20)])),
    "box_confidence": Case(asked(BOXES, "boxes"), BOXES, GRID, most=0.05),
    "chair": Case(SCENE, "A dog and a cat.", ", ".join(SYNONYMS), most=0.2),
    "choice": Case(LETTER, "B"),
    "count": Case(NUMBER, "There are 12."),
    "detection": Case(asked(BOXES, "boxes"), BOXES, GRID, most=0.05),
    "exact": Case(asked("a red bus", question="Is it a red bus, a blue bus or a car?"), "A red bus.", "a red bus, a blue bus, a car"),
    "format_tags": Case(NUMBER, THINK.format(12), manner=True, noise=0.0),
    "length_cosine": Case(NUMBER, "12", full=0.999, settings={"most": 300}),
    "length_kimi": Case(NUMBER, "12", full=0.5, settings={"shortest": 1, "longest": 50}),
    "length_band": Case(NUMBER, "so " * 320, manner=True, noise=0.0),
    "length_excess": Case(NUMBER, "12", full=0.0, manner=True, noise=0.0),
    "length_periodic": Case(NUMBER, "so " * 2048, manner=True, noise=1.0),
    "language": Case(NUMBER, "Twelve.", manner=True, noise=1.0),
    "mathematics": Case(asked("$\\frac{12}{5}$", "math", question="What is $\\frac{24}{10}$?"), "\\boxed{2.4}", "0, 1, 2, 2.4, 2.5, \\frac{12}{5}"),
    "number": Case(NUMBER, "12"),
    "objects": Case(SCENE, "A dog and a cat.", ", ".join(SYNONYMS), most=0.35),
    "ocr": Case(asked("NO PARKING", question="What does the sign say?"), "NO PARKING", "STOP GO NO YES EXIT PARKING TAXI BUS", most=0.2),
    "own_function": Case(NUMBER, "12", settings={"function": "veridical.grade.number:number"}),
    "point_in_box": Case(asked("[10, 10, 20, 20]", "boxes"), "(15, 15)", " ".join(f"({x}, {y})" for x in range(0, 30, 5) for y in range(0, 30, 5))),
    "regression": Case(NUMBER, "12", full=0.999, noise=0.2),
    "repetition": Case(NUMBER, "one two three four", full=0.0, manner=True),
    "rouge": Case(
        asked("the dog sleeps under a tree", question="What happens?"),
        "The dog sleeps under a tree.",
        "dog cat cup tree sleeps runs eats stands sits under over beside the a",
        most=0.45,
    ),
    "temporal_iou": Case(asked("[10, 20]", question="When, between 0 and 60 s?"), "10 to 20", " ".join(f"{start} to {start + 10}," for start in range(0, 60, 5)), most=0.17),
    "temporal_order": Case(asked("B, A, C", question="Order A, B and C."), "B, A, C", "A, B, C, A, C, B, B, A, C"),
    "video_r1": Case(NUMBER.replace(task="numerical"), "<answer>12</answer>"),
    "yes_no": Case(asked("yes", "yes_no", question="Is there a dog? Answer yes or no."), "Yes."),
}
ELSEWHERE = {"amber_caption", "objects_named"}
"""Made from Python values, so no recipe can name them; `objects` is the second, and tests/grade/test_amber_caption.py has the first."""

GARBAGE = {
    "letters": "a" * LONG, "digits": "9" * LONG, "commas": "1,111" * (LONG // 5), "spaces": " \n\t" * (LONG // 3), "open brackets": "([{" * (LONG // 3), "closed brackets": ")]}" * (LONG // 3),
    "boxes that do not close": "\\boxed{" * (LONG // 7), "answers that do not close": "<answer>" * (LONG // 8), "answers": "<answer>x</answer>" * (LONG // 18),
    "thoughts": "<think></think> " * (LONG // 16), "thoughts before answers": "<think>" + "</think> " * (LONG // 9) + "<answer>", "lists": "[1, " * (LONG // 4), "minus signs": "-" * LONG,
    "answer lines": "Answer: " * (LONG // 8), "an answer far away": "Answer" + " " * LONG + ":", "quotes": "\"'`$*" * (LONG // 5), "powers": "9^" * (LONG // 2), "signs": "\x00\u202e\ufffd漢é" * (LONG // 5),
    "half a character": "\ud800" * 1000, "commands": "\\frac" * (LONG // 5), "dollars": "$" * LONG, "times": "1:" * (LONG // 2), "arrows": "->" * (LONG // 2), "fences": "```json\n" * (LONG // 8),
    "keys": '{"bbox_2d": ' * (LONG // 12), "sums": "1+" * (LONG // 2), "backtracking": "<think>" + "a" * LONG + "!", "equations": "x=" * (LONG // 2),
}  # fmt: skip
HANGING = [
    "9**9**9**9",
    "9^{9^{9^{9}}}",
    "(9^9)^{9^9}",
    "(((9^{9})^{9})^{9})^{99999}",
    "99999999!",
    "(10^{10})!",
    "\\sum_{n=1}^{10^{12}} \\sin(n)",
    "\\int_0^1 \\int_0^1 \\tan(\\tan(\\tan(xy)))",
    "2^{9*9*9*9*9*9*9*9}",
    "\\binom{10^9}{10^8}",
    "\\frac{" * 30 + "1" + "}{2}" * 30,
    "(" * 300 + "1" + ")" * 300,
    "\\sqrt{" * 200 + "2" + "}" * 200,
    "+".join(f"x^{{{power}}}" for power in range(100)),
]


def attacks(case: Case) -> list[str]:
    """What should earn nothing: silence, all options, the question, the gold answer where it is no answer, and noise."""
    inner = case.gold.replace("<answer>", "").replace("</answer>", "").replace("<think>So.</think>", "")
    misplaced = [
        f"<think>{inner}</think>",
        f"<think>{inner}</think>\n<answer></answer>",
        f"<think>{inner}",
        f"<answer>{inner}</answer></think>",
        f"<think>{inner}</think>\n<answer>?</answer>",
    ]
    silent = ["", " ", "\n"]
    if case.manner:
        return silent
    nothing = [*silent, "<answer></answer>", "<think></think><answer></answer>", "<answer> </answer>", "\\boxed{}", "Answer:"]
    told = [case.every, f"<answer>{case.every}</answer>", case.record.prompt_text, f"<answer>{case.record.prompt_text}</answer>"]
    several = [f"<answer>{inner}</answer><answer>?</answer>", f"<answer>?</answer><answer>{inner}</answer>"]
    return [*nothing, *told, *misplaced, *(several if inner == case.gold else [])]


@pytest.fixture(scope="module")
def pool(tmp_path_factory):
    """One process that has made every reward of `CASES`."""
    file = tmp_path_factory.mktemp("words") / "synonyms.txt"
    file.write_text("\n".join(SYNONYMS))
    synonyms = {name: {"synonyms": str(file)} for name in ("chair", "objects")}
    workers = Workers([(name, case.settings | synonyms.get(name, {})) for name, case in CASES.items()], count=1, deadline=DEADLINE)
    yield workers
    workers.close()


def graded(pool: Workers, name: str, responses: list[str]) -> list[Grade]:
    """Grades of one reward; a response that its process could not grade fails the test. One that took a slow machine too long is not scored."""
    found = pool([Task(list(CASES).index(name), CASES[name].record, response) for response in responses])
    found = [Grade(None, None, one) if isinstance(one, str) and one.startswith("TimeoutError") else one for one in found]
    assert [(one, response[:60]) for one, response in zip(found, responses, strict=True) if isinstance(one, str)] == []
    return found


def test_every_reward_that_a_recipe_can_name_is_attacked():
    assert {name for name, maker in graders().items() if not in_batches(maker)} - ELSEWHERE == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_the_gold_answer_is_paid_for(pool, name):
    assert graded(pool, name, [CASES[name].gold])[0].value >= CASES[name].full


@pytest.mark.parametrize("name", CASES)
def test_what_is_no_answer_is_not_paid_for(pool, name):
    case = CASES[name]
    said = attacks(case)
    paid = {
        response[:80]: grade.value
        for response, grade in zip(said, graded(pool, name, said), strict=True)
        if grade.value is not None and grade.value > (case.most if response.strip() else 0.0)
    }
    assert paid == {}


@pytest.mark.parametrize("name", CASES)
def test_a_hundred_kilobytes_of_garbage_neither_hang_nor_crash_nor_pay(pool, name):
    case = CASES[name]
    found = graded(pool, name, list(GARBAGE.values()))
    assert all(grade.value is None or grade.value <= case.loudest for grade in found)


@pytest.mark.parametrize("name", CASES)
def test_expressions_without_end_neither_hang_nor_crash_nor_pay(pool, name):
    case = CASES[name]
    found = graded(pool, name, [form.format(one) for one in HANGING for form in ("\\boxed{{{}}}", "<answer>${}$</answer>", "{}")])
    assert all(grade.value is None or grade.value <= case.loudest for grade in found)
