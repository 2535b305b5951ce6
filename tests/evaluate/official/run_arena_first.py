"""Arena-Hard's program of October 2024 on the judgments of made.py: run by the interpreter of the official programs, with the clone's folder."""

from __future__ import annotations

import json
import subprocess
import sys
from types import ModuleType

import made
import numpy as np
import pandas as pd

COMMIT = "e4248e0"


def program(clone: str) -> ModuleType:
    """utils_math.py as it was. numpy 2 has no NAN, which it uses."""
    np.NAN = np.nan
    source = subprocess.run(["git", "-C", clone, "show", f"{COMMIT}:utils_math.py"], check=True, capture_output=True, text=True).stdout
    module = ModuleType("utils_math")
    exec(compile(source, "utils_math.py", "exec"), module.__dict__)  # noqa: S102 - the official program
    return module


def battles(seed: int) -> pd.DataFrame:
    """One row per battle, a clear verdict three times, with the counts of style."""
    styles, rows = made.styles(seed=seed), []
    for row in made.judgments(seed=seed):
        for place, game in enumerate(row["games"]):
            if game["score"] is None:
                continue
            said = game["score"] if place == 0 else made.SWAPPED[game["score"]]
            winner = "tie" if said == "A=B" else "model_a" if said[0] == "A" else "model_b"
            counts = zip(("sum_assistant_{}_tokens", "header_count_{}", "list_count_{}", "bold_count_{}"), range(4))
            meta = {name.format(side): styles[model][row["uid"]][column] for name, column in counts for side, model in (("a", made.BASELINE), ("b", row["model"]))}
            rows += [{"model_a": made.BASELINE, "model_b": row["model"], "winner": winner, "conv_metadata": meta}] * (3 if ">>" in said else 1)
    return pd.DataFrame(rows)


def main(clone: str, seed: int) -> None:
    """Print scores, intervals, and scores with style."""
    official, table = program(clone), battles(seed)
    ratings = official.compute_mle_elo(table)
    drawn = official.get_bootstrap_result(table, official.compute_mle_elo, 100)
    stats = pd.DataFrame({"model": list(ratings.index), "score": list(ratings), **{name: [np.percentile(drawn[model], each) for model in ratings.index] for name, each in (("low", 2.5), ("high", 97.5))}})
    stats = stats.sort_values("model")
    columns = {name: official.get_win_rate_column(stats, name, made.BASELINE).tolist() for name in ("score", "low", "high")}
    styled, coefficients = official.fit_bt(*official.construct_style_matrices(table), baseline_model=made.BASELINE)
    even = {model: 100 / (1 + 10 ** ((styled[made.BASELINE] - styled[model]) / 400)) for model in styled.index}
    print(json.dumps({"models": list(stats.model), **columns, "ratings": dict(ratings), "styled": even, "style": list(coefficients)}))


main(sys.argv[1], int(sys.argv[2]))
