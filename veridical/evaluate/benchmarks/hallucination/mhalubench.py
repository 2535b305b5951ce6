"""MHaluBench: a detector's benchmark. Which claims about a picture are hallucinated, and which segments hold such a claim?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from veridical.evaluate.benchmark import Benchmark, Convention, File, fixed, pictures_of, question, rows_of, value_of
from veridical.evaluate.confusion import cells, detection, graded, numbered
from veridical.evaluate.fields import needed, one_of, text_of, texts_of, wrong
from veridical.evaluate.groups import each
from veridical.evaluate.judged import facts
from veridical.grade.grade import Grade
from veridical.records.record import Answer, Record

FILE = "MHaluBench.json"
TYPES = ("image-to-text", "text-to-image")
CLASSES = ("hallucination", "non-hallucination")
PROMPT = """Claims were made about this image:
{claims}

Which of them does the image bear out? Answer with a list that gives each claim "non-hallucination" where the image bears it out and "hallucination" where it
does not, with a reason. One entry for each claim: [{"claimN": "...", "reason": "..."}, ...]"""


def load(path: Path, media_root: Path | None = None) -> list[Record]:
    """Records of MHaluBench.json: one question for all claims of a row."""
    file = needed(mhalubench, Path(path), FILE)
    pictures = pictures_of(Path(path), media_root, "images")
    return [asked(row, file, number, pictures) for number, row in enumerate(rows_of(file), 1)]


def asked(row: dict[str, Any], file: Path, number: int, pictures: Path) -> Record:
    """The record of one row. Gold: the claims' labels in order; facts: each claim's segment."""
    name, kind, image = text_of(row, "id", file, number), one_of(row, "type", TYPES, file, number), text_of(row, "image_path", file, number)
    claims, labels = texts_of(row, "claim_list", file, number), [one.lower() for one in texts_of(row, "labels", file, number)]
    segments = value_of(row, "segments", file, number) if "segments" in row else list(range(len(claims)))
    if not claims or len(labels) != len(claims) or set(labels) - set(CLASSES):
        raise wrong(file, number, "labels", f"{' or '.join(CLASSES)} for each of {len(claims)} claims", row["labels"])
    if not isinstance(segments, list) or len(segments) != len(claims):
        raise wrong(file, number, "segments", f"the segment's number for each of {len(claims)} claims", segments)
    listed = "\n".join(f"claim{place}: {claim}" for place, claim in enumerate(claims, 1))
    gold, places = Answer(type="exact", value=", ".join(labels)), [("segment", str(one)) for one in segments]
    return question("mhalubench", f"{kind}/{name}", PROMPT.replace("{claims}", listed), pictures / image, gold=gold, facts=places, split=kind, source_id=name, file=file, index=number - 1)


def grade(record: Record, response: str) -> Grade:
    """Every claim by itself, and every segment: hallucinated where one of its claims is."""
    golds, segments = record.answer.value.split(", "), facts(record, "segment")
    said = numbered(response, len(golds), {one: one for one in CLASSES}, "claim")
    order = list(dict.fromkeys(segments))
    true = [worst([gold for gold, place in zip(golds, segments) if place == one]) for one in order]
    read = [worst([word for word, place in zip(said, segments) if place == one]) for one in order]
    return graded(golds, said, {**cells("claim", golds, said), **cells("segment", true, read)})


def worst(classes: list[str | None]) -> str | None:
    """Of a segment's claims: hallucination where one is; unread where one is unread and none is a hallucination."""
    return CLASSES[0] if CLASSES[0] in classes else None if None in classes else CLASSES[1]


BOTH = (*detection("claim", CLASSES), *detection("segment", CLASSES))

mhalubench = Benchmark(
    name="mhalubench",
    paper="arXiv:2402.03190",
    dimension="hallucination",
    shape="detector",
    files=(File(FILE, "a list of {id, type, image_path, claim_list, labels, segments (the segment's number for each claim)}"),),
    published="huggingface.co/datasets/openkg/MHaluBench",
    license="MIT; pictures under their sources' terms",
    load=load,
    conventions={"official": Convention(fixed(grade), (*BOTH, *each(BOTH, 0, TYPES)), follows="zjunlp/EasyDetect: classes by claim and by segment; what is not said of a claim is neither class")},
    headline="claim.macro_f1",
    beside=("claim.hallucination.recall", "claim.non-hallucination.recall", "segment.macro_f1"),
    size=620,
    degenerate={"": {"claim.macro_f1": 0.0, "claim.accuracy": 0.0, "segment.macro_f1": 0.0}},
    note="The model under test is the detector. The data could not be had: bring its rows into this layout (claims and labels as lists); size is its authors' figure.",
)

BENCHMARKS = (mhalubench,)
