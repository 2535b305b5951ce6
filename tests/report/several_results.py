"""Results of three models on benchmarks of several dimensions, made without a model."""

from pathlib import Path

from made_results import chair, pope, result, save

from veridical.evaluate.labels import MARK
from veridical.records.result import Row

KINDS = ("coarse perception", "math")


def mmstar(right: list[bool], **changes):
    """Letters on pictures of two questions each, of two kinds by turns."""
    rows = [
        Row(record_id=f"{number}", group=f"{number // 2}", prompt=f"Which one? {number}", response="A" if held else "B", gold="A", answer="A" if held else "B", value=float(held),
            counts={f"{MARK}category={KINDS[number % 2]}": 1.0}, picture=f"{number // 2}.png")
        for number, held in enumerate(right)
    ]  # fmt: skip
    return result("mmstar", rows, **{"dimension": "general", **changes})


def folders(root: Path) -> list[Path]:
    """The baseline; one that lies less and knows less; one that is as the first."""
    plain = {"chair": chair([3] * 24), "pope": pope([True, True, False, True] * 15), "mmstar": mmstar([True, True, True, False] * 15)}
    moved = {"chair": chair([0, 1, 2] * 8), "pope": pope([True, True, False, True] * 15), "mmstar": mmstar([True, False, False, False] * 15)}
    return [save(root / name, **{key: one.replace(model=name) for key, one in found.items()}) for name, found in (("base", plain), ("moved", moved), ("same", plain))]
