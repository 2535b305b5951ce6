"""Pictures that a data set names by an id or a bare name: Visual Genome's folders and COCO's prefixes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from veridical.records.formats.format import RowError
from veridical.records.record import Media

GENOME = ("VG_100K", "VG_100K_2")
INDEX = "image_data.json"
CAPTIONS = "image_to_caption.json"
COMPANIONS = (INDEX, CAPTIONS)
"""Files beside the data that readers look into; they are no data themselves."""


def genome_picture(image_id: Any, root: Path, name: str = "image_id") -> str:
    """The path of a Visual Genome picture: where its index beside the data says, else in the folder that has it, else in the first one.

    Errors: RowError for what is no id.
    """
    if isinstance(image_id, bool) or not isinstance(image_id, (int, str)) or not str(image_id).strip():
        raise RowError(name, f"expected the number of a Visual Genome picture, found {str(image_id)[:60]!r}")
    if known := genome_index(root / INDEX).get(str(image_id)):
        return str(root / known)
    candidates = [root / folder / f"{image_id}.jpg" for folder in GENOME]
    return str(next((one for one in candidates if one.is_file()), candidates[0]))


def genome_number(medium: Media) -> str:
    """The number of a Visual Genome picture, from its place. RowError for any other picture: a row could not name it."""
    path = Path(medium.path)
    if path.parent.name not in GENOME or not path.stem.isdigit():
        raise RowError("media", f"{medium.path or medium.media_id} is not NUMBER.jpg in {' or '.join(GENOME)}; a row of this format names a Visual Genome picture by its number")
    return path.stem


@lru_cache(maxsize=8)
def genome_index(path: Path) -> Mapping[str, str]:
    """Id to the last two parts of a picture's address, as Visual Genome's `image_data.json` has them; empty where there is none."""
    return {str(one["image_id"]): "/".join(str(one["url"]).split("/")[-2:]) for one in content_of(path, list) if isinstance(one, Mapping) and {"image_id", "url"} <= set(one)}


@lru_cache(maxsize=8)
def captions(path: Path) -> Mapping[str, tuple[str, ...]]:
    """Name of a picture to its captions, as Fact-RLHF's `image_to_caption.json` has them; empty where there is none."""
    found = content_of(path, dict)
    return {name: tuple(map(str, texts)) for name, texts in found.items() if isinstance(texts, list)}


def content_of(path: Path, kind: type) -> Any:
    """A companion's content. RowError where it is there and cannot be read."""
    if not path.is_file():
        return kind()
    try:
        found = json.loads(path.read_bytes())
    except ValueError as error:
        raise RowError("", f"{path} is not JSON ({error}); repair or remove it") from error
    return found if isinstance(found, kind) else kind()


def coco_picture(name: str, root: Path, split: str) -> str:
    """The path of a COCO picture: as it is named, or with or without the prefix that older copies of the set have."""
    prefix, bare = f"COCO_{split}_", Path(name).name
    other = bare.removeprefix(prefix) if bare.startswith(prefix) else prefix + bare
    candidates = [root / name, root / bare, root / split / bare, root / other, root / split / other]
    return str(next((one for one in candidates if one.is_file()), candidates[0]))
