"""Packages: what veridical requires, as its own metadata says, and what it can use."""

from __future__ import annotations

import importlib.util
import platform
from collections.abc import Iterator
from importlib import metadata

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from veridical.study.doctor.examination import Line, line

GROUP = "packages"
EXTRAS = {
    "judge": "judges that are language models behind an HTTP interface",
    "amber": "AMBER's official tagger and similarity; without them: tagger=lexicon similarity=exact",
    "bench": "comparing speed with TRL (benchmarks/)",
    "test": "running the tests",
}
"""What each extra of the package is for."""
NLTK_DATA = {"punkt_tab": "tokenizers/punkt_tab", "averaged_perceptron_tagger_eng": "taggers/averaged_perceptron_tagger_eng", "wordnet": "corpora/wordnet"}
"""What AMBER's tagger reads, and where NLTK keeps it."""
SPACY_MODEL = "en_core_web_lg"


def lines() -> Iterator[Line]:
    """Python, the required packages, the extras, and what else is used where it is there."""
    try:
        known = metadata.metadata("veridical")
    except metadata.PackageNotFoundError:
        yield line(GROUP, "veridical", False, "not installed, so what it requires is unknown", "pip install -e .")
        return
    yield python(known["Requires-Python"] or "")
    needs = [Requirement(written) for written in metadata.requires("veridical") or ()]
    yield from (required(need) for need in needs if need.marker is None or need.marker.evaluate({"extra": ""}))
    for extra in known.get_all("Provides-Extra") or ():
        yield extra_line(extra, [need for need in needs if need.marker is not None and need.marker.evaluate({"extra": extra}) and not need.marker.evaluate({"extra": ""})])
    yield from amber_data()
    yield torchvision()
    yield other("math-verify", "comparing mathematical answers that are written differently")


def python(wanted: str) -> Line:
    """The interpreter."""
    own = platform.python_version()
    fits = SpecifierSet(wanted).contains(own, prereleases=True)
    return line(GROUP, "python", fits, f"{own} (required: {wanted})", f"python{wanted.lstrip('>=')} -m venv .venv")


def required(need: Requirement) -> Line:
    """A package without which nothing works."""
    found = f"{version_of(need.name) or 'not installed'} (required: {need.specifier or 'any'})"
    return line(GROUP, need.name, not lacking(need), found, f"pip install {quoted(need)}")


def lacking(need: Requirement) -> bool:
    """Whether a requirement is not met."""
    version = version_of(need.name)
    return version is None or not need.specifier.contains(version, prereleases=True)


def version_of(name: str) -> str | None:
    """The installed version; None where there is none."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def quoted(need: Requirement) -> str:
    """As pip takes it on a command line."""
    return f'"{need.name}{need.specifier}"'


def extra_line(extra: str, needs: list[Requirement]) -> Line:
    """One extra of the package."""
    absent = [f"{need.name} {version_of(need.name) or 'absent'}" for need in needs if lacking(need)]
    there = ", ".join(f"{need.name} {version_of(need.name)}" for need in needs if not lacking(need))
    purpose = f"for {EXTRAS[extra]}: " if extra in EXTRAS else ""
    found = purpose + ", ".join([*absent, *([there] if there else [])])
    return line(GROUP, f"veridical[{extra}]", not absent, found, f'pip install "veridical[{extra}]"', "optional")


def amber_data() -> Iterator[Line]:
    """What NLTK and spaCy need beside themselves; nothing where they are absent, because the extra's line says so."""
    if version_of("nltk"):
        absent = [name for name, place in NLTK_DATA.items() if not nltk_has(place)]
        found = f"for AMBER's tagger: {', '.join(absent)} absent" if absent else f"for AMBER's tagger: {', '.join(NLTK_DATA)}"
        yield line(GROUP, "nltk data", not absent, found, f"python -m nltk.downloader {' '.join(absent)}", "optional")
    if version_of("spacy"):
        there = importlib.util.find_spec(SPACY_MODEL) is not None
        found = f"for AMBER's similarity: {SPACY_MODEL} {'' if there else 'absent'}".rstrip()
        yield line(GROUP, "spacy model", there, found, f"python -m spacy download {SPACY_MODEL}", "optional")


def nltk_has(place: str) -> bool:
    """Whether NLTK finds its data."""
    import nltk

    for name in (place, f"{place}.zip"):
        try:
            nltk.data.find(name)
            return True
        except LookupError:
            continue
    return False


def torchvision() -> Line:
    """Not required: batches are made of image processor and tokenizer."""
    version = version_of("torchvision")
    found = version or "not installed; not needed, because batches are made of the model's image processor and tokenizer"
    return line(GROUP, "torchvision", version is not None, found, "pip install torchvision", "optional")


def other(name: str, purpose: str) -> Line:
    """A package that is used where it is there."""
    version = version_of(name)
    return line(GROUP, name, version is not None, f"for {purpose}: {version or 'not installed'}", f"pip install {name}", "optional")
