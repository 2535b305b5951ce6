"""AlpacaEval's program on the annotations of made.py: run by the interpreter of the official programs. The two files of the hub are stood in for by made rows."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import made
import pandas as pd
from alpaca_eval.metrics import glm_winrate

COLUMNS = ("std_delta_len", "index", "instruction_difficulty", "preference")


def main(seed: int) -> None:
    """Print every metric, by kind of fit."""
    rows, folder = made.annotations(seed=seed), Path(tempfile.mkdtemp())
    gamed = pd.DataFrame(rows["gamed"], columns=COLUMNS).assign(not_gamed_baseline=False, model="gamed")
    gamed.to_csv(folder / "df_gamed.csv", index=False)
    glm_winrate.hf_hub_download = lambda *, filename, **_: str(folder / filename)
    found = {}
    for kind in glm_winrate.GLM_INFO:
        table = pd.DataFrame({"output_1": ["x" * n for n in rows["baseline"]], "output_2": ["y" * n for n in rows["model"]], "preference": rows["preference"]})
        table = table.assign(preference=table["preference"].astype(float), generator_1="baseline", generator_2="model", annotator="judge")
        metrics = glm_winrate.get_length_controlled_winrate(table.rename_axis("index"), glm_name=kind, save_weights_dir=None)
        found[kind] = {name: float(value) for name, value in metrics.items()}
    print(json.dumps(found))


main(int(sys.argv[1]))
