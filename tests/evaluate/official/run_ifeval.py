"""IFEval's checks (lm-evaluation-harness's copy of them) on the requests of made_texts.py, or on a file of rows with responses: run by the interpreter of the official programs."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import langdetect
import made_texts
from lm_eval.tasks.ifeval import utils

langdetect.DetectorFactory.seed = 0


def main(file: str = "") -> None:
    """Print what is followed, strictly and loosely, of every row."""
    rows = json.loads(Path(file).read_text()) if file else made_texts.requests()
    found = []
    for row in rows:
        inp = utils.InputExample(row["key"], row["instruction_id_list"], row["prompt"], row["kwargs"])
        checks = (utils.test_instruction_following_strict, utils.test_instruction_following_loose)
        found.append([check(inp, row["response"]).follow_instruction_list for check in checks])
    print(json.dumps(found))


main(*sys.argv[1:2])
