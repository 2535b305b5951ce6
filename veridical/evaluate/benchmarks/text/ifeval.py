"""IFEval: 541 requests with instructions whose following a rule can check, strictly and with some forgiveness."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from veridical.evaluate.benchmark import Benchmark, BenchmarkError, Convention, File, question, rows_of
from veridical.evaluate.fields import needed, text_of, texts_of, wrong
from veridical.evaluate.measure import Measure, accuracy, mean, ratio, share
from veridical.grade.grade import Grade, Grader
from veridical.grade.instructions import instructions
from veridical.grade.instructions.instruction import Given, Instruction, Tools, expected
from veridical.grade.instructions.tools import tools
from veridical.records.record import Record

FILE = "input_data.jsonl"
GROUPS = ("change_case", "combination", "detectable_content", "detectable_format", "keywords", "language", "length_constraints", "punctuation", "startend")
Asked = tuple[Instruction, Given]


def load(path: Path, media_root: Path | None = None) -> list[Record]:
    """Records of the 541 requests."""
    file = needed(ifeval, Path(path), FILE)
    return [record(row, file, number) for number, row in enumerate(rows_of(file), 1)]


def record(row: dict[str, Any], file: Path, number: int) -> Record:
    """One request; each instruction with its arguments is a fact. Errors: BenchmarkError naming file, row and field."""
    name, asked = text_of(row, "key", file, number), text_of(row, "prompt", file, number)
    names, given = texts_of(row, "instruction_id_list", file, number), row.get("kwargs")
    if not isinstance(given, list) or len(given) != len(names) or not all(isinstance(one, dict) for one in given):
        raise wrong(file, number, "kwargs", f"{len(names)} objects, one for each instruction", given)
    facts = [("instruction", stated(one, each, file, number)) for one, each in zip(names, given)]
    return question("ifeval", name, asked, None, facts=facts, source_id=name, file=file, index=number - 1, license="Apache-2.0")


def stated(name: str, given: dict[str, Any], file: Path, number: int) -> str:
    """An instruction as a fact. Errors: BenchmarkError."""
    if name not in instructions():
        raise wrong(file, number, "instruction_id_list", f"one of {', '.join(sorted(instructions()))}", name)
    known = {key: value for key, value in given.items() if value is not None}
    if said := expected(instructions()[name], known):
        raise BenchmarkError(f"{file}, row {number}, field kwargs: {name}, {said}")
    return json.dumps({"name": name, "given": known}, sort_keys=True)


def asked_of(record: Record) -> list[Asked]:
    """The record's instructions."""
    found = [json.loads(one.text) for one in record.facts if one.kind == "instruction"]
    return [(instructions()[one["name"]], one["given"]) for one in found]


def forgiven(response: str) -> list[str]:
    """The response, and with its first line, its last, or both left out, each also without stars: what the loose check accepts one of."""
    lines = response.split("\n")
    cut = [response, *("\n".join(part).strip() for part in (lines[1:], lines[:-1], lines[1:-1]))]
    return [*cut, *(one.replace("*", "") for one in cut)]


def follows(asked: Asked, responses: Sequence[str], with_tools: Tools) -> bool:
    """Whether one of the responses, which must say something, follows the instruction."""
    instruction, given = asked
    return any(one.strip() and instruction.followed(one, given, with_tools) for one in responses)


def official(data: Path, records: Sequence[Record], language: str = "langdetect", sentences: str = "punkt") -> Grader:
    """1 where every instruction is followed strictly. Packages are needed only where an instruction among the records uses them. Errors: NotInstalled."""
    chosen = tools(language, sentences, {one.uses for record in records for one, _ in asked_of(record)})

    def grade(record: Record, response: str) -> Grade:
        asked = asked_of(record)
        strict, loose = ([follows(one, said, chosen) for one in asked] for said in ([response], forgiven(response)))
        names = [one.name for one, _ in asked]
        missed = [name for name, held in zip(names, strict) if not held]
        counts = {"asked": float(len(asked)), "strict": float(sum(strict)), "loose": float(sum(loose)), "all_loose": float(all(loose))}
        return Grade(float(not missed), "missed" if missed else "followed", ", ".join(missed), {**counts, **by_kind(names, strict)})

    return grade


def by_kind(names: Sequence[str], held: Sequence[bool]) -> dict[str, float]:
    """How many instructions of each kind and group there are, and how many are followed."""
    asked = Counter(kinds_of(names))
    kept_ones = Counter(kinds_of([name for name, one in zip(names, held) if one]))
    return {f"{word} {kind}": float(counted[kind]) for kind in asked for word, counted in (("asked", asked), ("kept", kept_ones))}


def kinds_of(names: Sequence[str]) -> list[str]:
    """Each instruction's name, and its group's."""
    return [kind for name in names for kind in (name, name.split(":")[0])]


def kept(kind: str) -> Measure:
    """Share of a kind's instructions that are followed strictly."""
    return ratio(kind, f"kept {kind}", f"asked {kind}", "higher")


ifeval = Benchmark(
    name="ifeval",
    paper="arXiv:2311.07911",
    dimension="text",
    shape="checked instructions",
    files=(File(FILE, "JSON lines: key, prompt, instruction_id_list, kwargs"),),
    published="github.com/google-research/google-research, instruction_following_eval/data; huggingface.co/datasets/google/IFEval",
    license="Apache-2.0",
    load=load,
    conventions={
        "official": Convention(
            official,
            (
                accuracy("prompt_strict"), ratio("instruction_strict", "strict", "asked", "higher"),
                share("prompt_loose", lambda row: row.counts["all_loose"] > 0 if "all_loose" in row.counts else None), ratio("instruction_loose", "loose", "asked", "higher"),
                *map(kept, GROUPS), *map(kept, sorted(instructions())), mean("words", lambda row: float(len(row.response.split())), "", "words"),
            ),
            follows="google-research, instruction_following_eval (lm-evaluation-harness 0.4 counts alike), with langdetect's chance fixed",
        )
    },  # fmt: skip
    headline="prompt_strict",
    beside=("instruction_strict", "prompt_loose", "words"),
    size=541,
    degenerate={"": {"prompt_strict": 0.0, "instruction_strict": 0.0, "prompt_loose": 0.0, "instruction_loose": 0.0}},
    note="language=words and sentences=rule do without langdetect and nltk, and differ a little. Two rows ask for a letter that is none; the program checks a random one there.",
    named=lambda row: str(row["key"]),
)

BENCHMARKS = (ifeval,)
