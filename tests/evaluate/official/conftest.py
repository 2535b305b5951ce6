"""The official programs, where they are installed."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture
def official():
    """A function from a program of this folder and its arguments to what it prints; skips where the official programs are not installed. FOLDER in an argument is theirs."""

    def run(program: str, *arguments: str, needs: str = ""):
        folder = Path(os.environ.get("VERIDICAL_OFFICIAL", "/nowhere"))
        missing = [each for each in ("bin/python", needs) if each and not (folder / each).exists()]
        if missing:
            pytest.skip(f"the official programs are not installed: {', '.join(missing)} is not in VERIDICAL_OFFICIAL={folder} (docs/official.md says how)")
        command = [str(folder / "bin" / "python"), "-W", "ignore", str(HERE / program), *(each.replace("FOLDER", str(folder)) for each in arguments)]
        done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(HERE)})
        assert done.returncode == 0, done.stderr[-2000:]
        return json.loads(done.stdout.splitlines()[-1])

    return run
