"""MM-RLHF-RewardBench: pairs about pictures and videos, several of a prompt; is every pair of a prompt in the right order?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from veridical.evaluate.asking import media
from veridical.evaluate.benchmark import Benchmark, BenchmarkError, Convention, File, pictures_of
from veridical.evaluate.candidates import candidates, comparing, drawn_order, mark
from veridical.evaluate.fields import first_field, text_of
from veridical.evaluate.groups import key, within
from veridical.evaluate.measure import Measure, accuracy, all_of
from veridical.evaluate.rewarded import by_reward, by_verdict, length_only
from veridical.evaluate.tables import tables_of
from veridical.grade.unparsed import WRONG
from veridical.records.media import frames_of
from veridical.records.record import Media, Record
from veridical.records.result import Row

CATEGORIES = ("mcq", "long", "short", "safety", "video")
FRAMES = 32
"""Pictures that a video is shown by."""


def load(path: Path, media_root: Path | None = None) -> list[Record]:
    """Records of mm_reward_bench.jsonl, or of the hub's file."""
    root = pictures_of(Path(path), media_root, "image", "images")
    tables = tables_of(mm_rlhf_reward_bench, Path(path), "mm_reward_bench*", "*/mm_reward_bench*", "test*", "*/test*", "*.jsonl")
    return [record(row, file, number, root) for file, rows in tables for number, row in enumerate(rows, 1)]


def record(row: dict[str, Any], file: Path, number: int, root: Path) -> Record:
    """One pair. Errors: BenchmarkError naming file, row and field."""
    field = first_field({name: value for name, value in row.items() if value is not None}, ("image", "video"), file, number)
    _, text, chosen, rejected, place = (text_of(row, name, file, number) for name in ("id", "prompt", "chosen", "rejected", field))
    if category_of(place) is None:
        raise BenchmarkError(f"{file}, row {number}, field {field}: expected a path with one of {', '.join(CATEGORIES)}, found {place!r}")
    name, whole = name_of(row), media([place], root, "frames" if field == "video" else "image")
    shown = frames(whole[0]) if field == "video" and (root / place).is_dir() else whole
    order, split = drawn_order(f"mm_rlhf_reward_bench {name}", 2), category_of(place) or ""
    found = candidates("mm_rlhf_reward_bench", name, text, shown, (chosen, rejected), {0}, order, split=split, file=file, index=number - 1, license="Apache-2.0")
    return found if shown == whole else found.replace(media=(whole[0].replace(role="reference"), *shown))


def frames(video: Media) -> tuple[Media, ...]:
    """32 pictures of a folder of frames, evenly spaced (all where there are fewer); they stand for the video in the prompt."""
    found = frames_of(video)
    places = [int(place) for place in np.linspace(0, len(found) - 1, min(FRAMES, len(found)))]
    return tuple(Media(media_id=f"frame{number}", path=str(found[place])) for number, place in enumerate(places, 1))


def category_of(place: str) -> str | None:
    """The first of the categories that a path holds."""
    return next((one for one in CATEGORIES if one in place), None)


def name_of(row: Mapping[str, Any]) -> str:
    """The record of a row, by category, prompt and the two responses. Errors: KeyError."""
    place = str(row.get("image") or row["video"])
    return f"{category_of(place)}/{str(row['id']).replace('/', '_')}/{mark(str(row['chosen']), str(row['rejected']))}"


def longest_plus() -> Measure:
    """The share of prompts of which the number of characters as a reward orders every pair rightly."""
    whole = all_of("length_only_plus", key(0, 1))

    def by_length(row: Row) -> Row:
        return row.replace(value=row.counts.get("longest"))

    return Measure(whole.name, lambda rows: whole.tally([by_length(row) for row in rows]), whole.value, "")


BOTH = (accuracy(), all_of("accuracy_plus", key(0, 1)))
COUNTED = (*BOTH, *(within(one, 0, category) for category in CATEGORIES for one in BOTH), length_only(), longest_plus())
SCALAR = Convention(by_reward(), COUNTED, follows="Kwai-YuanQi/MM-RLHF, cal_performance_mmreweard_bench.py: strictly more; Acc+ over prompts")

mm_rlhf_reward_bench = Benchmark(
    name="mm_rlhf_reward_bench",
    paper="arXiv:2502.10391",
    dimension="reward",
    shape="reward, pairwise verdict",
    files=(File("mm_reward_bench.jsonl", "JSON lines: id, image or video (a folder of frames), prompt, chosen, rejected"), File("image/", "the pictures", needed=False)),
    published="huggingface.co/datasets/yifanzhang114/MM-RLHF-RewardBench",
    license="Apache-2.0",
    load=load,
    conventions={
        "official": SCALAR,
        "scalar": SCALAR,
        "judge": Convention(
            by_verdict(unparsed=WRONG), COUNTED, asks=comparing(),
            follows="a verdict [[A]] or [[B]], none is wrong; the order is drawn from the record's name, where R1-Reward's script always shows the chosen response first",
        ),
    },
    headline="accuracy",
    beside=("accuracy_plus", "length_only", "length_only_plus"),
    size=170,
    chance={"accuracy": 50.0, "accuracy_plus": 11.2},
    degenerate={"[0, 0]": {"accuracy": 0.0, "accuracy_plus": 0.0}, "[1, 0]": {"accuracy": 100.0, "accuracy_plus": 100.0}},
    note="A response is a JSON list of the rewards of chosen and rejected. The longer response is chosen in 72% of pairs. Resampling is by picture, which is by prompt.",
    named=name_of,
    reads=("rewards",),
)  # fmt: skip

BENCHMARKS = (mm_rlhf_reward_bench,)
