"""Media of rows: a path, a data URL, bytes, an Arrow struct, samples of a sound or a folder of frames, to `Media` and back."""

from __future__ import annotations

import base64
import wave
from array import array
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from veridical.records.formats.format import RowError
from veridical.records.record import Media, Record

WORDS = {"image": "picture", "video": "video", "audio": "sound"}


def media_of(value: Any, root: Path, name: str = "image", start: int = 0, role: str = "input", kind: str = "image") -> tuple[Media, ...]:
    """Media from one value or a list of them, named m0, m1 ... from `start`."""
    items = value if isinstance(value, (list, tuple)) else [] if value is None else [value]
    return tuple(medium(item, root, f"m{start + place}", name, role, kind) for place, item in enumerate(items))


def medium(item: Any, root: Path, media_id: str, name: str, role: str = "input", kind: str = "image") -> Media:
    """One medium. RowError where there is none that can be read from here."""
    if isinstance(item, Mapping) and isinstance(item.get("bytes"), (bytes, str)):
        data = item["bytes"] if isinstance(item["bytes"], bytes) else from_base64(item["bytes"], name)
        return Media(media_id=media_id, kind=kind, data=data, path=str(item.get("path") or ""), role=role)
    if isinstance(item, Mapping) and item.get("array") is not None:
        return Media(media_id=media_id, kind=kind, data=sound_file(item["array"], item.get("sampling_rate"), name), role=role)
    if isinstance(item, Mapping) and (item.get("path") or item.get("url")):
        item = item.get("path") or item["url"]
    if isinstance(item, bytes):
        return Media(media_id=media_id, kind=kind, data=item, role=role)
    if isinstance(item, str) and item.startswith("data:"):
        return Media(media_id=media_id, kind=kind, data=from_base64(item.partition(",")[2], name), role=role)
    if not isinstance(item, str) or not item:
        raise RowError(name, f"expected a path, bytes or a {WORDS[kind]}, found {type(item).__name__}{' that is empty' if item == '' else ''}")
    if item.startswith(("http://", "https://")):
        raise RowError(name, f"is an address on the network ({item[:60]}); download the {WORDS[kind]}s and name files")
    path = path_of(item.removeprefix("file://"), root)
    return Media(media_id=media_id, kind="frames" if kind == "video" and is_folder(path) else kind, path=str(path), role=role)


def is_folder(path: Path) -> bool:
    """Whether a video's path names a folder of frames: it is one, or is not there and has no file's ending."""
    return path.is_dir() or not (path.suffix or path.exists())


def sound_file(samples: Any, rate: Any, name: str) -> bytes:
    """Samples in [-1, 1] as a WAV file of 16 bits. RowError when they are no numbers."""
    if not isinstance(rate, int) or not 0 < rate < 10**6:
        raise RowError(name, f"expected a sampling_rate in hertz beside the samples, found {str(rate)[:60]!r}")
    try:
        numbers = array("h", [max(-32768, min(32767, round(float(one) * 32767))) for one in samples])
    except (TypeError, ValueError, OverflowError) as error:
        raise RowError(name, f"expected samples of a sound, one number each ({error})") from error
    buffer = BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(numbers.tobytes())
    return buffer.getvalue()


def from_base64(text: str, name: str) -> bytes:
    """Bytes written as text. RowError where it is no base64."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise RowError(name, f"is not base64 ({error})") from error


def path_of(written: str, root: Path) -> Path:
    """An absolute path; relative ones start at the root.

    Where there is no such file, leading folders are left off as long as a folder and a file's name remain: published
    files often name pictures from the root of a repository that the user does not have.
    """
    path = Path(written)
    if path.is_absolute() or (root / path).exists():
        return root / path
    parts = path.parts
    shorter = (root.joinpath(*parts[place:]) for place in range(1, len(parts) - 1))
    return next((candidate for candidate in shorter if candidate.exists()), root / path)


def shown(record: Record) -> list[Media]:
    """Pictures of the prompt, in order. RowError when it shows other media: a row of pictures has no place for them."""
    media = all_shown(record)
    if other := [one for one in media if one.kind != "image"]:
        raise RowError("media", f"{other[0].media_id} is of kind {other[0].kind}; a row of this format has pictures only")
    return media


def all_shown(record: Record) -> list[Media]:
    """Media of the prompt, in order."""
    return [record.medium(part.media_id) for turn in record.prompt for part in turn.parts if part.type != "text"]


def columns_of(record: Record, **names: str) -> dict[str, list[Any]]:
    """The prompt's media as lists in columns, by kind (image="images" ...). RowError for a kind that has no column."""
    media = all_shown(record)
    kinds = {"frames": "video"}
    if other := [one for one in media if kinds.get(one.kind, one.kind) not in names]:
        raise RowError("media", f"{other[0].media_id} is of kind {other[0].kind}; a row of this format has no column for it")
    found = {column: [cell(one) for one in media if kinds.get(one.kind, one.kind) == kind] for kind, column in names.items()}
    return {column: items for column, items in found.items() if items or column == names.get("image")}


def cell(medium: Media) -> dict[str, Any] | str:
    """The medium as a row holds it: a path, or with its bytes."""
    return medium.path if medium.data is None else {"bytes": medium.data, "path": Path(medium.path).name or None}


def one_or_list(media: Sequence[Media]) -> Any:
    """A single picture by itself, several in a list, none as None."""
    return None if not media else cell(media[0]) if len(media) == 1 else [cell(one) for one in media]


def only_picture(record: Record) -> Media:
    """The one picture of a format whose rows have one. RowError otherwise."""
    pictures = shown(record)
    if len(pictures) != 1:
        raise RowError("media", f"{len(pictures)} pictures; a row of this format has one")
    return pictures[0]


def only_medium(record: Record) -> Media:
    """The one picture, clip or sound of a format whose rows have one. RowError otherwise."""
    media = all_shown(record)
    if len(media) != 1:
        raise RowError("media", f"{len(media)} media; a row of this format has one")
    return media[0]
