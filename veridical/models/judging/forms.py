"""The table of forms of judging, by the name that recipes and directories use."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from veridical.models.judging.critique import Critique
from veridical.models.judging.form import Form
from veridical.models.judging.process import Process
from veridical.models.judging.score import Score
from veridical.models.judging.verdict import Choice, Rate

FORMS: Mapping[str, Form] = MappingProxyType({"score": Score(), "critique": Critique(), "choice": Choice(), "rate": Rate(), "process": Process()})


def form_of(name: str) -> Form:
    """A form by name. Errors: ValueError naming the forms."""
    if name not in FORMS:
        raise ValueError(f"judging.form={name}: expected one of {', '.join(FORMS)}")
    return FORMS[name]
