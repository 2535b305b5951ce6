"""Writes preference.json: losses of two hand-made pairs, from closed forms and the standard library's `math` alone.

Run: python tests/golden/preference_make.py
"""

import json
from math import exp, log
from pathlib import Path

POLICY = {"chosen": [-40.0, -33.0], "rejected": [-55.0, -28.0], "chosen@corrupted": [-48.0, -36.0]}
REFERENCE = {"chosen": [-42.0, -30.0], "rejected": [-50.0, -29.0], "chosen@corrupted": [-46.0, -34.5]}
LENGTH = {"chosen": [20, 15], "rejected": [25, 14], "chosen@corrupted": [20, 15]}


def softplus(u: float) -> float:
    """-log sigmoid(u) = log(1 + e^-u)."""
    return log(1 + exp(-u))


def rows(pair: int) -> dict[str, float]:
    """Every loss of one pair."""
    r = {view: POLICY[view][pair] - REFERENCE[view][pair] for view in POLICY}
    per_token = {view: r[view] / LENGTH[view][pair] for view in r}
    own = {view: POLICY[view][pair] / LENGTH[view][pair] for view in r}
    words = softplus(0.1 * (r["chosen"] - r["rejected"]))
    picture = softplus(0.1 * (r["chosen"] - r["chosen@corrupted"]))
    anchor = softplus(0.1 * r["chosen"])
    return {
        "dpo": words,
        "cdpo": 0.9 * words + 0.1 * softplus(-0.1 * (r["chosen"] - r["rejected"])),
        "hinge": max(0.0, 1 - 0.1 * (r["chosen"] - r["rejected"])),
        "ipo": (per_token["chosen"] - per_token["rejected"] - 1 / (2 * 0.1)) ** 2,
        "simpo": softplus(2 * (own["chosen"] - own["rejected"]) - 1),
        "image_dpo": picture,
        "anchor": anchor,
        "anchored_dpo": words + anchor,
        "mdpo": words + picture + anchor,
        "rpo": words - own["chosen"],
    }


def main() -> None:
    pairs = [rows(0), rows(1)]
    sft = -sum(POLICY["chosen"]) / sum(LENGTH["chosen"])
    content = {
        "policy": POLICY,
        "reference": REFERENCE,
        "length": LENGTH,
        "per_pair": {name: [round(pair[name], 6) for pair in pairs] for name in pairs[0]},
        "mean": {name: round((pairs[0][name] + pairs[1][name]) / 2, 6) for name in pairs[0]} | {"sft_token_mean": round(sft, 6)},
    }
    Path(__file__).with_name("preference.json").write_text(json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    main()
