"""Published benchmark files, where they are at hand, and a judge without a network."""

import os
from pathlib import Path

import pytest
from scripted_judge import Scripted

from veridical.grade.judging.asker import Asker


@pytest.fixture
def published():
    """A function from a benchmark's name to the folder of its published files; skips where there is none."""

    def folder(name: str) -> Path:
        root = Path(os.environ.get("VERIDICAL_SHARED", Path(__file__).parents[3] / "shared" / "data"))
        if not (root / name).is_dir():
            pytest.skip(f"the published files of {name} are not in {root}; set VERIDICAL_SHARED to their folder")
        return root / name

    return folder


@pytest.fixture
def judge(monkeypatch):
    """A function that puts a scripted judge where servers are asked."""

    def use(says):
        scripted = Scripted(says)
        monkeypatch.setattr(Asker, "of", scripted.of)
        return scripted

    return use
