"""A user's functions are called as TRL calls them, and what they lack is said."""

import pytest
from asking import asked

from veridical.grade.own_function import own_function

FUNCTIONS = """
import asyncio
from veridical.grade.grade import Grade, Grader

def plain(completions, solution, **columns):
    return [float(said == right) for said, right in zip(completions, solution)]

def conversational(completions, solution, difficulty):
    assert len(completions) == len(solution) == len(difficulty) == 1
    return [difficulty[0] * float(completions[0][0]["content"] == solution[0])]

async def later(prompts, completions, trainer_state, log_metric, **columns):
    log_metric("seen", 1.0)
    await asyncio.sleep(0)
    return [float(prompts[0][-1]["content"] == "What is it?")]

def grader(record, response):
    return Grade(0.25, response)

def maker(value) -> Grader:
    return lambda record, response: Grade(value)

def two(completions):
    return [1.0, 2.0]

def nothing():
    return 5
"""


@pytest.fixture
def file(tmp_path) -> str:
    """A file of functions."""
    (tmp_path / "mine.py").write_text(FUNCTIONS)
    return str(tmp_path / "mine.py")


def test_completions_are_texts_or_messages_and_columns_are_lists_of_one(file):
    record = asked("5", extra='{"difficulty": 3}')
    assert [own_function(f"{file}:plain", conversational=False)(record, said).value for said in ("5", "6")] == [1, 0]
    assert [own_function(f"{file}:conversational")(record, said).value for said in ("5", "6")] == [3, 0]
    assert own_function(f"{file}:later")(record, "x").value == 1.0


def test_graders_and_makers_of_graders_are_taken_as_they_are(file):
    assert own_function(f"{file}:grader")(asked("5"), "x").value == 0.25
    assert own_function(f"{file}:maker", value=0.75)(asked("5"), "x").value == 0.75


def test_a_module_is_named_with_dots():
    assert own_function("veridical.grade.exact:exact")(asked("x"), "X").value == 1.0


def test_what_cannot_be_used_is_said_with_file_and_function(file, tmp_path):
    (tmp_path / "ill.py").write_text("import nowhere_at_all")
    for name, said in (
        (f"{file}:absent", "there is no function 'absent' in .*mine.py; it has conversational, grader, later, maker, nothing, plain, two"),
        (f"{tmp_path}/ill.py:f", "ill.py: cannot be run: ModuleNotFoundError"),
        ("nowhere.at_all:f", "a file is named with its ending, as nowhere/at_all.py:function"),
        (f"{file}:nothing", "returned int; expected f"),
    ):
        with pytest.raises(ValueError, match=said):
            own_function(name)
    with pytest.raises(ValueError, match="returned 2 values for one completion"):
        own_function(f"{file}:two")(asked("5"), "x")
