"""Public data formats, one module each. A module's `FORMAT` value is all that has to be added."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from veridical.records.formats.format import Format


@cache
def formats() -> dict[str, Format]:
    """Every format of this package, by name."""
    modules = (importlib.import_module(info.name) for info in pkgutil.iter_modules(__path__, __name__ + "."))
    return {module.FORMAT.name: module.FORMAT for module in modules if hasattr(module, "FORMAT")}
