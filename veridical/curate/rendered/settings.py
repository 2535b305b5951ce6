"""Settings of rendering, checked at once."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

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
    """Font files (TrueType, OpenType) of which one is drawn for each picture; none: the font that comes with Pillow."""

    def __post_init__(self) -> None:
        """Refuses what cannot be drawn."""
        fonts = (self.fonts,) if isinstance(self.fonts, str) else tuple(self.fonts)
        object.__setattr__(self, "fonts", fonts)
        limits = {"difficulty": (1, 3), "size": (SMALLEST, LARGEST), "rejected": (1, 8)}
        for name, (low, high) in limits.items():
            value = getattr(self, name)
            if value is not None and not (isinstance(value, int) and low <= value <= high):
                raise ValueError(f"{name}={value}: expected a whole number from {low} to {high}")
        for font in fonts:
            if not Path(font).is_file():
                raise ValueError(f"fonts: {font} is no file; give TrueType or OpenType files")


def settings_of(given: dict[str, Any]) -> Settings:
    """Settings from names and values. Errors: ValueError naming what there is."""
    known = [one.name for one in fields(Settings)]
    for name in given:
        if name not in known:
            raise ValueError(f"setting {name}: unknown; there are {', '.join(known)}")
    return Settings(**given)
