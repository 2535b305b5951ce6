"""A user's own reward function, from a file or a module: a grader, a maker of graders, or a function as TRL takes them."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import inspect
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from veridical.grade.grade import Grade, Grader
from veridical.records.record import Record, Turn


def own_function(function: str, conversational: bool = True, **settings: Any) -> Grader:
    """The grader that "FILE.py:name" or "module:name" stands for.

    `(record, response) -> Grade` is taken as it is; a function that returns a `Grader` is called with `settings`;
    `f(completions, **columns)` is called with one completion, as a list of one message where `conversational`, and with lists of
    one for each column that it takes: prompts, the row's own columns, answer, solution, and `settings`. Its one number is the value; None: not
    meant for this record. A picture's bytes are not at hand where the function runs; its path is.

    Errors: ValueError naming file and function.
    """
    found = loaded(function)
    names = list(inspect.signature(found).parameters)
    if "completions" in names:
        return as_trl(found, conversational, settings, function)
    if names[:2] == ["record", "response"]:
        return found
    made = found(**settings)
    if not callable(made):
        raise ValueError(f"{function}: returned {type(made).__name__}; expected f(completions, **columns), grade(record, response), or a function that returns such a grader")
    return made


def loaded(function: str) -> Callable[..., Any]:
    """The function itself."""
    where, _, name = function.rpartition(":")
    module = from_file(Path(where)) if where.endswith(".py") else from_name(where, function)
    found = getattr(module, name, None)
    if not callable(found):
        functions = sorted(key for key, value in vars(module).items() if inspect.isfunction(value) and not key.startswith("_"))
        raise ValueError(f"{function}: there is no function {name!r} in {where}; it has {', '.join(functions) or 'none'}")
    return found


def from_file(path: Path) -> Any:
    """A module from a file that need not be on the path."""
    if not path.is_file():
        raise ValueError(f"{path.absolute()}: no such file; name it as FILE.py:function")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise ValueError(f"{path}: cannot be run: {type(error).__name__}: {error}") from error
    return module


def from_name(name: str, function: str) -> Any:
    """A module by name."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ValueError(f"{function}: {error}; a file is named with its ending, as {name.replace('.', '/')}.py:function") from error


def as_trl(function: Callable[..., Any], conversational: bool, settings: Mapping[str, Any], name: str) -> Callable[[Record, str], Grade]:
    """A grader from a function of completions and columns."""
    parameters = inspect.signature(function).parameters
    takes_all = any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters.values())

    def grade(record: Record, response: str) -> Grade:
        columns = {key: [value] for key, value in columns_of(record, conversational).items()} | LOGGING | dict(settings)
        said = [[{"role": "assistant", "content": response}]] if conversational else [response]
        found = function(completions=said, **{key: value for key, value in columns.items() if takes_all or key in parameters})
        return number_of(asyncio.run(found) if inspect.iscoroutine(found) else found, name)

    return grade


LOGGING: Mapping[str, Any] = {"trainer_state": None, "log_extra": lambda column, values: None, "log_metric": lambda name, value: None}
"""What TRL hands over beside the columns; nothing is logged from here."""


def columns_of(record: Record, conversational: bool) -> dict[str, Any]:
    """The row that a record came from, as far as it is known, with its prompt and answer under the usual names."""
    prompt: Any = [message(turn) for turn in record.prompt] if conversational else record.prompt_text
    answer = {} if record.answer is None else {"answer": record.answer.value, "solution": record.answer.value, "options": list(record.answer.choices)}
    return {"problem": record.prompt_text, **answer, **json.loads(record.extra), "prompts": prompt, "record_id": record.record_id}


def message(turn: Turn) -> dict[str, str]:
    """A turn as a message with its text."""
    return {"role": turn.role, "content": turn.text}


def number_of(found: Any, name: str) -> Grade:
    """The function's one number. ValueError for anything else."""
    values = list(found)
    if len(values) != 1:
        raise ValueError(f"{name}: returned {len(values)} values for one completion")
    if values[0] is None:
        return Grade(None, None, "not meant for this record", {"not_asked": 1.0})
    return Grade(float(values[0]))
