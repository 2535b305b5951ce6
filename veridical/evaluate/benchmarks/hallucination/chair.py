"""CHAIR: of the objects that a description names, how many are not in the picture."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from veridical.evaluate.benchmark import Benchmark, BenchmarkError, Convention, File, pictures_of, question
from veridical.evaluate.measure import mean, ratio, share
from veridical.grade.grade import Grader
from veridical.grade.lexicon import Lexicon, read_lexicon
from veridical.grade.objects import objects_named
from veridical.records.record import Record

PROMPT = "Please describe this image in detail."
TRUTH = "objects.json"
SYNONYMS = "synonyms.txt"
OWN = "prompts.json"


def load(path: Path, media_root: Path | None = None) -> list[Record]:
    """Records of a folder: one description per image of images.txt (one name per line), or of every image whose objects are known.

    The objects come from objects.json ({image: [classes]}) or, where COCO's annotations lie there, from instances and
    captions of train and val, as CHAIR builds them.
    """
    folder = Path(path)
    truth = read_truth(folder)
    prompt = (folder / "prompt.txt").read_text(encoding="utf-8").strip() if (folder / "prompt.txt").is_file() else PROMPT
    own = json.loads((folder / OWN).read_text(encoding="utf-8")) if (folder / OWN).is_file() else {}
    pictures = pictures_of(folder, media_root, "images", "val2014")
    return [describe(image, truth[image], own.get(image, prompt), pictures) for image in images_of(folder, truth)]


def describe(image: str, objects: Iterable[str], prompt: str, pictures: Path) -> Record:
    """The record of one picture."""
    facts = [("object", name) for name in sorted(set(objects))]
    name = image if Path(image).suffix else f"COCO_val2014_{int(image):012d}.jpg" if image.isdigit() else image
    return question("chair", image, prompt, pictures / name, facts=facts, source_id=image)


def images_of(folder: Path, truth: Mapping[str, Iterable[str]]) -> list[str]:
    """The images to describe. Errors: BenchmarkError naming those of images.txt whose objects are unknown."""
    listed = folder / "images.txt"
    if not listed.is_file():
        return list(truth)
    wanted = [line.strip() for line in listed.read_text(encoding="utf-8").splitlines() if line.strip()]
    unknown = [image for image in wanted if image not in truth]
    if unknown:
        raise BenchmarkError(f"{listed}: no objects are known for {', '.join(unknown[:5])} ({len(unknown)} images); the names must be those of {TRUTH} or COCO's image ids")
    return wanted


def read_truth(folder: Path, synonyms: str = SYNONYMS) -> dict[str, list[str]]:
    """Objects by image; `synonyms` names the file of words for COCO's captions. Errors: BenchmarkError naming the file."""
    if (folder / TRUTH).is_file():
        content = json.loads((folder / TRUTH).read_text(encoding="utf-8"))
        for image, objects in content.items() if isinstance(content, dict) else [("", None)]:
            if not isinstance(objects, list) or not all(isinstance(name, str) for name in objects):
                raise BenchmarkError(f"{folder / TRUTH}, image {image!r}: expected an object that gives each image a list of classes")
        return content
    return from_coco(folder, synonyms)


def from_coco(folder: Path, synonyms: str = SYNONYMS) -> dict[str, list[str]]:
    """The classes of COCO's instances and of the five captions, by image id.

    Source: CHAIR, arXiv 1809.02156. Follows: LisaAnne/Hallucination, utils/chair.py (union over train and val 2014).
    """
    place = folder / "annotations" if (folder / "annotations").is_dir() else folder
    splits = [split for split in ("val", "train") if (place / f"instances_{split}2014.json").is_file()]
    if not splits:
        raise BenchmarkError(f"{folder}: neither {TRUTH} nor COCO's instances_val2014.json; {chair.how_to_get}")
    lexicon, found = read_lexicon(folder / synonyms), defaultdict(set)
    for split in splits:
        instances = annotations(place / f"instances_{split}2014.json")
        names = {one["id"]: lexicon.classes[one["name"]] for one in instances["categories"]}
        for one in instances["annotations"]:
            found[one["image_id"]].add(names[one["category_id"]])
        add_captions(found, annotations(place / f"captions_{split}2014.json"), lexicon)
    return {str(image): sorted(objects) for image, objects in found.items()}


def add_captions(found: dict[Any, set[str]], captions: Mapping[str, Any], lexicon: Lexicon) -> None:
    """Objects that people named in their captions."""
    for one in captions["annotations"]:
        found[one["image_id"]] |= lexicon.names(one["caption"])


def annotations(path: Path) -> dict[str, Any]:
    """One of COCO's files. Errors: BenchmarkError."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BenchmarkError(f"{path}: cannot be read ({error}); CHAIR needs instances and captions of COCO 2014, train and val") from error


def grade(data: Path, records: Sequence[Record], singularizer: str = "pattern") -> Grader:
    """Counts by the lexicon of the data's folder; the name of the singularizer is part of the result."""
    return objects_named(read_lexicon((data if data.is_dir() else data.parent) / SYNONYMS, singularizer))


chair = Benchmark(
    name="chair",
    paper="arXiv:1809.02156",
    dimension="hallucination",
    shape="caption with lexicon",
    files=(
        File(SYNONYMS, "one class per line: name, synonym, synonym"),
        File(TRUTH, "{image: [classes]}; or COCO's annotations", needed=False),
        File("annotations/", "COCO's instances_{val,train}2014.json and captions_{val,train}2014.json", needed=False),
        File("images.txt", "the images to describe, one name or id per line", needed=False),
        File("prompt.txt", f"the prompt, else {PROMPT!r}", needed=False),
        File(OWN, "{image: prompt}, for images that are asked about in words of their own", needed=False),
    ),
    published="github.com/LisaAnne/Hallucination, data/synonyms.txt; annotations and pictures: COCO 2014",
    license="none stated; COCO's annotations CC BY 4.0",
    load=load,
    conventions={
        "official": Convention(
            grade,
            (
                ratio("chair_i", "hallucinated", "mentioned", "lower"),
                share("chair_s", lambda row: row.counts["hallucinated"] > 0, "lower"),
                ratio("coverage", "covered", "true", "higher"),
                mean("words", lambda row: row.counts["words"], "", "words"),
                share("no_object", lambda row: row.counts["mentioned"] == 0, ""),
            ),
            follows="LisaAnne/Hallucination, utils/chair.py; coverage is the recall of Maxlinn/CHAIR-metric-standalone",
        )
    },
    headline="chair_i",
    beside=("coverage", "words"),
    degenerate={"": {"chair_s": 0.0, "coverage": 0.0, "words": 0.0, "no_object": 100.0}},
    note="Longer descriptions name more that is not there: read chair_i beside coverage and words, and say max_new_tokens.",
)

BENCHMARKS = (chair,)
