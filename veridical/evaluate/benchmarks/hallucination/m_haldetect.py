"""M-HalDetect: a detector's benchmark. Which stretches of a description are inaccurate?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from veridical.evaluate.benchmark import Benchmark, BenchmarkError, Convention, File, fixed, pictures_of, question, rows_of, value_of
from veridical.evaluate.confusion import cells, detection, graded, numbered
from veridical.evaluate.fields import mapping_of, needed, one_of, text_of, wrong
from veridical.evaluate.judged import facts
from veridical.grade.grade import Grade
from veridical.grade.words import sentences
from veridical.records.record import Answer, Record

FILE = "val_raw.json"
LABELS = ("ACCURATE", "INACCURATE", "ANALYSIS", "UNSURE")
READ = {one.lower(): one for one in LABELS}
PROMPT = """A model was asked about this image: {question}

Its answer, cut into numbered stretches:
{segments}

For each stretch say ACCURATE (the image bears it out), INACCURATE (it does not), or ANALYSIS (an opinion or inference that the image can neither bear out nor refute).
Write one line for each: its number, a colon, and one of these words."""


def load(path: Path, media_root: Path | None = None) -> list[Record]:
    """Records of val_raw.json: one question for all segments of a response."""
    file = needed(m_haldetect, Path(path), FILE)
    pictures = pictures_of(Path(path), media_root, "images", "val2014")
    return [asked(row, file, number, pictures) for number, row in enumerate(rows_of(file), 1)]


def asked(row: dict[str, Any], file: Path, number: int, pictures: Path) -> Record:
    """The record of one row. Gold: the segments' labels in order; facts: each segment's sentence."""
    text, response, image = (text_of(row, name, file, number) for name in ("question", "response", "image_id"))
    annotations = value_of(row, "annotations", file, number)
    if not isinstance(annotations, list) or not annotations:
        raise wrong(file, number, "annotations", "a list of {start, end, text, label}", annotations)
    labels = [label_of(one, file, number) for one in annotations]
    ends = sentence_ends(response)
    places = [str(sum(end <= one["start"] for end in ends)) for one in annotations]
    listed = "\n".join(f"{place}: {one['text']}" for place, one in enumerate(annotations, 1))
    prompt = PROMPT.replace("{question}", text, 1).replace("{segments}", listed, 1)
    picture = pictures / (image if Path(image).suffix else f"COCO_val2014_{int(image):012d}.jpg" if image.isdigit() else f"{image}.jpg")
    return question("m_haldetect", f"{number}", prompt, picture, gold=Answer(type="exact", value=", ".join(labels)), facts=[("sentence", one) for one in places], file=file, index=number - 1)


def label_of(annotation: Any, file: Path, number: int) -> str:
    """The label of a segment whose other fields are right too. Errors: BenchmarkError."""
    if not isinstance(annotation, dict) or not isinstance(annotation.get("start"), int):
        raise BenchmarkError(f"{file}, row {number}, field annotations: expected objects with start, end, text and label, found {annotation!r}")
    text_of(mapping_of({"annotations": annotation}, "annotations", file, number), "text", file, number)
    return one_of(annotation, "label", LABELS, file, number)


def sentence_ends(text: str) -> list[int]:
    """Where each sentence ends."""
    ends, start = [], 0
    for sentence in sentences(text):
        start = text.index(sentence, start) + len(sentence)
        ends.append(start)
    return ends


def grade(record: Record, response: str) -> Grade:
    """Segments in two classes (inaccurate or not) and in three (without the unsure ones), and sentences: inaccurate where one of their segments is."""
    golds, places = record.answer.value.split(", "), facts(record, "sentence")
    said = numbered(response, len(golds), READ)
    three = [(gold, word) for gold, word in zip(golds, said) if gold != "UNSURE"]
    order = list(dict.fromkeys(places))
    true, read = ([worst([two(word) for word, place in zip(words, places) if place == one]) for one in order] for words in (golds, said))
    counts = {**cells("segment", list(map(two, golds)), list(map(two, said))), **cells("ternary", [gold for gold, _ in three], [word for _, word in three]), **cells("sentence", true, read)}
    return graded(golds, said, counts)


def two(label: str | None) -> str | None:
    """The label in two classes."""
    return None if label is None else "inaccurate" if label == "INACCURATE" else "rest"


def worst(classes: list[str | None]) -> str | None:
    """Of a sentence's segments: inaccurate where one is; unread where one is unread and none is inaccurate."""
    return "inaccurate" if "inaccurate" in classes else None if None in classes else "rest"


m_haldetect = Benchmark(
    name="m_haldetect",
    paper="arXiv:2308.06394",
    dimension="hallucination",
    shape="detector",
    files=(File(FILE, "a list of {question, image_id, response, annotations: [{start, end, text, label}]}"),),
    published="github.com/hendryx-scale/mhal-detect; pictures: COCO val2014",
    license="none stated",
    load=load,
    conventions={
        "official": Convention(
            fixed(grade),
            (*detection("segment", ("inaccurate", "rest")), *detection("sentence", ("inaccurate", "rest")), *detection("ternary", LABELS[:3])),
            follows="the paper: segments and sentences, inaccurate against the rest, and in three classes; unsure segments are rest, and in no class of the three",
        )
    },
    headline="segment.macro_f1",
    beside=("segment.inaccurate.recall", "segment.rest.recall", "sentence.macro_f1"),
    size=4000,
    degenerate={"": {"segment.macro_f1": 0.0, "sentence.macro_f1": 0.0, "ternary.macro_f1": 0.0}},
    note="The model under test is the detector. The files could not be had: the layout is their authors' description, and size is about the number of responses of the validation part.",
)

BENCHMARKS = (m_haldetect,)
