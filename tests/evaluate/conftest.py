"""Published benchmark files, where they are at hand."""

import os
from pathlib import Path

import pytest


@pytest.fixture
def published():
    """A function from a benchmark's name to the folder of its published files; skips where there is none."""

    def folder(name: str) -> Path:
        root = Path(os.environ.get("VERIDICAL_SHARED", Path(__file__).parents[3] / "shared" / "data"))
        if not (root / name).is_dir():
            pytest.skip(f"the published files of {name} are not in {root}; set VERIDICAL_SHARED to their folder")
        return root / name

    return folder
