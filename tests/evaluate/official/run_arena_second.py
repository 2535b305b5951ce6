"""Arena-Hard's program of version 2 on the judgments of made.py: run by the interpreter of the official programs, with the clone's folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from types import ModuleType

import made
import numpy as np
import torch

COMMIT = "196f6b8"
FILES = ("show_result.py", "utils/math_utils.py", "utils/judge_utils.py")
ELEMENTS = ("token_len", "header_count", "list_count", "bold_count")


def program(clone: str, folder: Path) -> ModuleType:
    """show_result.py with what it imports, from a folder."""
    for name in FILES:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(subprocess.run(["git", "-C", clone, "show", f"{COMMIT}:{name}"], check=True, capture_output=True, text=True).stdout)
    sys.path.insert(0, str(folder))
    import show_result

    return show_result


def write(folder: Path, seed: int) -> None:
    """The judgments and answers in the program's layout."""
    judged, answered = (folder / "data" / "made" / name for name in ("model_judgment/judge", "model_answer"))
    judged.mkdir(parents=True)
    answered.mkdir()
    for model in made.SKILL:
        (judged / f"{model}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in made.judgments(seed=seed) if row["model"] == model))
    for model, counts in made.styles(seed=seed).items():
        rows = ({"uid": uid, "model": model, "metadata": dict(zip(ELEMENTS, each))} for uid, each in counts.items())
        (answered / f"{model}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def kept(module: ModuleType) -> dict:
    """Stands in for the table's printing: what it would print, unrounded."""
    seen = {}

    def keep(mean, low, high, baseline=None):
        seen.update(mean=mean.set_index("model").iloc[:, 0].to_dict(), low=low.set_index("model").iloc[:, 0].to_dict(), high=high.set_index("model").iloc[:, 0].to_dict())
        raise StopIteration

    module.format_confidence_interval = keep
    return seen


def main(clone: str, seed: int) -> None:
    """Print means and intervals, and the same with style."""
    folder = Path(tempfile.mkdtemp())
    module = program(clone, folder)
    write(folder, seed)
    os.chdir(folder)
    battles, seen, found = module.load_judgments(["judge"], "made"), kept(module), {}
    for name, run in (("plain", lambda: module.print_leaderboard(battles.copy(), "arena-hard-v0.1")), ("styled", lambda: module.print_leaderboard_with_style_features(battles.copy(), "made", "arena-hard-v0.1", ["length", "markdown"]))):
        np.random.seed(0)
        torch.manual_seed(0)
        try:
            run()
        except StopIteration:
            found[name] = {key: {model: float(value) for model, value in each.items()} for key, each in seen.items()}
    found["order"] = list(dict.fromkeys(battles.model))
    print(json.dumps(found))


main(sys.argv[1], int(sys.argv[2]))
