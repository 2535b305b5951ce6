"""Settings of rendering, checked at once."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from PIL import ImageFont

from veridical.curate.rendered.rendering import LARGEST, SMALLEST


@dataclass(frozen=True)
class Settings:
    """What rendered pictures are to be like; what is not set is drawn anew for each picture. Errors: ValueError naming the setting."""

    difficulty: int | None = None
    """1 to 3."""
    size: int | None = None
    """Pixels of the longer side, 256 to 1024."""
    rejected: int = 2
    """Most rejected responses of a record."""
    fonts: tuple[str, ...] = ()
    """Font files (TrueType, OpenType), or folders of them, of which one is drawn for each picture; none: the font that comes with Pillow.
    Files of a folder that have no Latin letters or no degree sign are passed over."""

    def __post_init__(self) -> None:
        """Refuses what cannot be drawn."""
        named = (self.fonts,) if isinstance(self.fonts, str) else tuple(self.fonts)
        object.__setattr__(self, "fonts", tuple(file for name in named for file in files_of(name)))
        limits = {"difficulty": (1, 3), "size": (SMALLEST, LARGEST), "rejected": (1, 8)}
        for name, (low, high) in limits.items():
            value = getattr(self, name)
            if value is not None and not (isinstance(value, int) and low <= value <= high):
                raise ValueError(f"{name}={value}: expected a whole number from {low} to {high}")


def files_of(name: str) -> list[str]:
    """A font file, or those below a folder that can write what is drawn. Errors: ValueError where there is none."""
    path = Path(name)
    found = [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.suffix.lower() in (".ttf", ".otf") and writes(file))
    if not found or (path.is_file() and not writes(path)):
        raise ValueError(f"fonts: {name} is no font with Latin letters and no folder with one; give TrueType or OpenType files")
    return [str(file) for file in found]


def writes(file: Path) -> bool:
    """Whether a font has the signs that are drawn: none looks like the one that stands for a missing sign."""
    try:
        one = ImageFont.truetype(str(file), 20)
    except OSError:
        return False
    shapes = [(mask.size, bytes(mask)) for mask in (one.getmask(sign) for sign in ("\ue123", *"aGk7$%°"))]
    return len(set(shapes)) == len(shapes)


def settings_of(given: dict[str, Any]) -> Settings:
    """Settings from names and values. Errors: ValueError naming what there is."""
    known = [one.name for one in fields(Settings)]
    for name in given:
        if name not in known:
            raise ValueError(f"setting {name}: unknown; there are {', '.join(known)}")
    return Settings(**given)
