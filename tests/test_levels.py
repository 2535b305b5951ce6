"""The order in which packages may import one another, and that every module imports."""

import ast
import importlib
import pkgutil
from pathlib import Path

import veridical

ROOT = Path(veridical.__file__).parent
LEVELS = ("records objectives recipe", "models world", "grade", "curate annotate train evaluate", "report", "study", "cli", "__main__")
RANK = {name: level for level, row in enumerate(LEVELS) for name in row.split()}
MOST = {"integrations": 1}


def offences(root: Path) -> list[str]:
    """Imports of a package of the same or a higher level, and relative imports."""
    found = []
    for file in sorted(root.rglob("*.py")):
        here = file.relative_to(root).parts[0].removesuffix(".py")
        if here == "__init__":
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and node.level:
                found.append(f"{file}:{node.lineno}: relative import")
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                parts = name.split(".")
                if parts[0] == "veridical" and len(parts) > 1 and parts[1] != here and RANK[parts[1]] >= RANK.get(here, MOST.get(here, -1) + 1):
                    found.append(f"{file}:{node.lineno}: {here} must not import {parts[1]}")
    return found


def test_a_package_imports_only_what_lies_below_it():
    assert offences(ROOT) == []


def test_an_import_upwards_is_seen(tmp_path):
    (tmp_path / "records").mkdir()
    (tmp_path / "records" / "bad.py").write_text("from veridical.models.forest import Forest\nfrom .record import Record\n")
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "bad.py").write_text("import veridical.evaluate.run\nfrom veridical.models.forest import Forest\n")
    assert [line.split(": ", 1)[1] for line in offences(tmp_path)] == ["records must not import models", "relative import", "train must not import evaluate"]


def test_every_module_imports():
    names = [info.name for info in pkgutil.walk_packages(veridical.__path__, "veridical.") if not info.name.endswith("__main__")]
    assert len(names) > 100
    for name in names:
        importlib.import_module(name)


def test_no_module_is_named_for_nothing():
    banned = {"utils", "util", "common", "base", "helper", "helpers", "manager", "misc"}
    assert [file for file in ROOT.rglob("*.py") if file.stem in banned] == []
