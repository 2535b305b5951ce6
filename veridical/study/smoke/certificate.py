"""The certificate: what was tried with a model and data on a machine, and how each check ended."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, computed_field

from veridical.records.record import Frozen
from veridical.study.machine import Machine

Outcome = Literal["passed", "failed", "not applicable"]
MARKS: dict[str, str] = {"passed": "ok", "failed": "FAIL", "not applicable": "--"}
INDENT = 22


class Check(Frozen):
    """How one check ended."""

    name: str
    claim: str
    """What should be so."""
    outcome: Outcome
    evidence: str
    """One line with the numbers, or why the check does not apply."""
    advice: str = ""
    """What to do; only of a check that failed."""
    details: tuple[str, ...] = ()
    figures: dict[str, Any] = Field(default_factory=dict)
    """The numbers, for programs."""
    seconds: float = 0.0


class Part(Frozen):
    """Parameters of one part of the model."""

    name: str
    parameters: int


class Certificate(Frozen):
    """What works with this model and this data on this machine."""

    version: int = 1
    model: str
    model_type: str = ""
    architecture: str = ""
    precision: str
    attention: str
    parts: tuple[Part, ...] = ()
    data: str
    versions: dict[str, str]
    machine: Machine
    checks: tuple[Check, ...]
    seconds: float

    @computed_field
    @property
    def passed(self) -> bool:
        """Whether no check failed."""
        return all(check.outcome != "failed" for check in self.checks)

    def check(self, name: str) -> Check:
        """The check of that name. Errors: KeyError naming what there is."""
        for one in self.checks:
            if one.name == name:
                return one
        raise KeyError(f"no check {name!r}; there are {', '.join(one.name for one in self.checks)}")


def text(certificate: Certificate) -> str:
    """The certificate as a block to paste into an issue."""
    verdict = "PASSED" if certificate.passed else "FAILED"
    lines = [f"veridical smoke: {verdict}, {tally(certificate)}, {certificate.seconds:.0f} s", *header(certificate), ""]
    for check in certificate.checks:
        lines += shown(check)
    return "\n".join(["```text", *lines, "```"])


def tally(certificate: Certificate) -> str:
    """How many checks ended how."""
    counts = {outcome: sum(check.outcome == outcome for check in certificate.checks) for outcome in MARKS}
    return ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count)


def header(certificate: Certificate) -> list[str]:
    """What was tried."""
    total = sum(part.parameters for part in certificate.parts)
    parts = ", ".join(f"{part.name} {part.parameters:,}" for part in certificate.parts)
    kind = f": {certificate.model_type} ({certificate.architecture}), {total:,} parameters ({parts})" if certificate.model_type else ""
    return [
        f"model     {certificate.model}{kind}",
        f"settings  {certificate.precision}, attention {certificate.attention}",
        f"data      {certificate.data}",
        f"versions  {', '.join(f'{name} {version}' for name, version in certificate.versions.items())}",
        f"machine   {certificate.machine.line}",
    ]


def shown(check: Check) -> list[str]:
    """A check's lines."""
    lines = [f"{MARKS[check.outcome]:<5}{check.name:<{INDENT - 5}}{check.evidence}"]
    lines += [" " * INDENT + detail for detail in check.details]
    if check.outcome == "failed":
        lines += [" " * INDENT + f"expected: {check.claim}", " " * INDENT + f"what to do: {check.advice}"]
    return lines
