"""Published data files, where they are at hand."""

import os
from pathlib import Path

import pytest


@pytest.fixture
def shared() -> Path:
    """The folder of published data files; skips where there is none."""
    root = Path(os.environ.get("VERIDICAL_SHARED", Path(__file__).parents[3] / "shared" / "data"))
    if not root.is_dir():
        pytest.skip(f"no published files in {root}; set VERIDICAL_SHARED to their folder")
    return root
