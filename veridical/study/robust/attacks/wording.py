"""The request in other words: templates of the user's own."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from veridical.records.record import Part, Record
from veridical.study.robust.attack import Attack, AttackError, Condition

PLACE = "{prompt}"


def make(file: str) -> list[Condition]:
    """See `ATTACK`. `file`: a JSON list of texts, or a text file whose templates are parted by a line of ---; each holds {prompt} once or more."""
    return [
        Condition(
            label=f"wording_{number}",
            settings={"name": "wording", "file": Path(file).name, "template": number, "sha256": hashlib.sha256(text.encode()).hexdigest()},
            strike=lambda material, records, text=text: [reworded(record, text) for record in records],
            family=f"wording {Path(file).name}",
        )
        for number, text in enumerate(templates(Path(file)), 1)
    ]


def templates(file: Path) -> list[str]:
    """The file's templates. Errors: AttackError naming file and template."""
    try:
        content = file.read_text(encoding="utf-8")
        found = json.loads(content) if content.lstrip().startswith("[") else [part.strip("\n") for part in content.split("\n---\n")]
    except (OSError, ValueError) as error:
        raise AttackError(f"{file}: cannot be read as templates ({error}); expected a JSON list of texts, or texts parted by a line of ---") from error
    for number, text in enumerate(found, 1):
        if not isinstance(text, str) or PLACE not in text:
            raise AttackError(f"{file}, template {number}: expected a text with {PLACE}, found {str(text)[:60]!r}")
    return found


def reworded(record: Record, text: str) -> Record:
    """The record whose last user turn is the template around its words; its pictures stand before them."""
    place = max(number for number, turn in enumerate(record.prompt) if turn.role == "user")
    turn = record.prompt[place]
    parts = (*(part for part in turn.parts if part.type != "text"), Part(text=text.replace(PLACE, turn.text)))
    return record.replace(prompt=(*record.prompt[:place], turn.replace(parts=parts), *record.prompt[place + 1 :]))


ATTACK = Attack("wording", make, "the request inside templates from a file (role plays, prefixes, other languages)", "HarmBench, arXiv 2402.04249: attacks are data")
