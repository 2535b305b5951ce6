"""What the doctor found: one line for each thing, with the command that would put it right."""

from __future__ import annotations

from typing import Literal

from pydantic import computed_field

from veridical.records.record import Frozen

Status = Literal["ok", "missing", "optional"]
"""ok: as it should be; missing: something here will not work; optional: works without, and what would be gained."""


class Line(Frozen):
    """One thing."""

    group: str
    name: str
    status: Status
    found: str
    fix: str = ""
    """The command that would change it; "" where nothing has to be done."""


def line(group: str, name: str, good: bool, found: str, fix: str = "", otherwise: Status = "missing") -> Line:
    """A line that is ok when `good`, else `otherwise` with the command that changes it."""
    return Line(group=group, name=name, status="ok" if good else otherwise, found=found, fix="" if good else fix)


class Examination(Frozen):
    """Everything that was looked at."""

    version: int = 1
    lines: tuple[Line, ...]
    seconds: float

    @computed_field
    @property
    def passed(self) -> bool:
        """Whether nothing is missing."""
        return all(line.status != "missing" for line in self.lines)

    def line(self, name: str) -> Line:
        """The line of that name. Errors: KeyError naming what there is."""
        for one in self.lines:
            if one.name == name:
                return one
        raise KeyError(f"no line {name!r}; there are {', '.join(one.name for one in self.lines)}")


def text(examination: Examination) -> str:
    """The examination for a terminal."""
    out, width = [], max(len(line.name) for line in examination.lines)
    for place, line in enumerate(examination.lines):
        if place == 0 or line.group != examination.lines[place - 1].group:
            out.append(f"{line.group}")
        out.append(f"  {line.status:<9}{line.name:<{width + 2}}{line.found}")
        if line.fix:
            out.append(f"{'':<{width + 13}}{line.fix}")
    missing = [line.name for line in examination.lines if line.status == "missing"]
    return "\n".join([*out, "", f"missing: {', '.join(missing)}" if missing else "nothing is missing"])
