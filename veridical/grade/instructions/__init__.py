"""Instructions whose following can be checked by a rule: the 25 kinds of IFEval, one module for each group of them.

Source: arXiv 2311.07911. Follows: google-research/google-research, instruction_following_eval/instructions.py.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from veridical.grade.instructions.instruction import Instruction


@cache
def instructions() -> Mapping[str, Instruction]:
    """Every kind, by its published name ("length_constraints:number_words")."""
    modules = (importlib.import_module(info.name) for info in pkgutil.iter_modules(__path__, __name__ + "."))
    return MappingProxyType({one.name: one for module in modules for one in getattr(module, "INSTRUCTIONS", ())})
