"""OpenCHAIR: of all concrete things that a description names, how many does the picture's caption not bear out?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from veridical.evaluate.benchmark import Benchmark, BenchmarkError, Convention, File, pictures_of, question, rows_of
from veridical.evaluate.fields import csv_rows, first_field, needed, present, text_of
from veridical.evaluate.judged import Ask, Judging, fact, form, judged_with, unjudged
from veridical.evaluate.measure import mean, ratio, share
from veridical.grade.grade import Grade, NotInstalled
from veridical.grade.singular import singularize_pattern
from veridical.grade.words import words
from veridical.records.record import Record

FILES = ("test.json", "test.jsonl", "test.csv")
CONCRETENESS = "Concreteness_ratings_Brysbaert_et_al_BRM.txt"
CONCRETE = 4.5
NO_THINGS = frozenset(("painting", "drawing", "photo", "picture", "portrait", "photograph"))
PROMPT = "Describe this image in one sentence."
JUDGED = form(
    "contains",
    """An image has this caption:
==========
{caption}
==========
Does the image contain this object: {object}? Answer with one word: yes, no, or unsure.""",
    lambda text: heard(text),
)


def heard(text: str) -> str:
    """The official reading: yes among the words, else no or not, else unsure, else error; commas, periods and semicolons deleted."""
    said = set(re.sub("[,.;]", "", text.lower()).split())
    return next((name for name, signs in (("yes", {"yes"}), ("no", {"no", "not"}), ("unsure", {"unsure"})) if signs & said), "error")


def load(path: Path, media_root: Path | None = None) -> list[Record]:
    """Records of the test split: image (or file_name) and the caption that it was made from (text)."""
    file = present(openchair, Path(path), FILES)[0]
    pictures = pictures_of(Path(path), media_root, "images")
    rows = csv_rows(file) if file.suffix == ".csv" else rows_of(file)
    return [asked(row, file, number, pictures) for number, row in enumerate(rows, 1)]


def asked(row: dict[str, Any], file: Path, number: int, pictures: Path) -> Record:
    """The record of one row."""
    image = text_of(row, first_field(row, ("image", "file_name"), file, number), file, number)
    return question("openchair", f"{number}", PROMPT, pictures / image, facts=[("caption", text_of(row, "text", file, number))], source_id=str(number), file=file, index=number - 1)


def read_concrete(file: Path) -> frozenset[str]:
    """Words rated above 4.5 (column Conc.M). Errors: BenchmarkError naming row and field."""
    found = set()
    for number, row in enumerate(csv_rows(file), 1):
        try:
            found |= {text_of(row, "Word", file, number).lower()} if float(text_of(row, "Conc.M", file, number)) > CONCRETE else set()
        except ValueError as error:
            raise BenchmarkError(f"{file}, row {number}, field Conc.M: expected a number, found {row.get('Conc.M')!r}") from error
    return frozenset(found)


@cache
def parser() -> Callable[[str], Any]:
    """spaCy's small English model. Errors: NotInstalled."""
    advice = "pip install spacy and python -m spacy download en_core_web_sm; or nouns=words (--set nouns=words), which gives a number of its own"
    try:
        import spacy

        return spacy.load("en_core_web_sm")
    except (ImportError, OSError) as error:
        raise NotInstalled(f"nouns=spacy needs spaCy and its model en_core_web_sm: {advice}") from error


def nouns_spacy(text: str, concrete: Collection[str]) -> list[str]:
    """Lemmas of the tokens that spaCy tags as nouns: the official step."""
    return [token.lemma_ for token in parser()(text.lower()) if token.pos_ == "NOUN"]


def nouns_words(text: str, concrete: Collection[str]) -> list[str]:
    """Singulars of all words: verbs that look like concrete things count too; needs nothing."""
    return [word if word in concrete else singularize_pattern(word) for word in words(text.lower())]


NOUNS: Mapping[str, Callable[[str, Collection[str]], list[str]]] = MappingProxyType({"spacy": nouns_spacy, "words": nouns_words})


def official(data: Path, records: Sequence[Record], nouns: str = "spacy") -> Judging:
    """Concrete nouns, each as often as it is said, each asked about. Errors: BenchmarkError; NotInstalled."""
    if nouns not in NOUNS:
        raise BenchmarkError(f"nouns={nouns}: unknown; there are {', '.join(NOUNS)}")
    concrete = read_concrete(needed(openchair, data if data.is_dir() else data.parent, CONCRETENESS))
    NOUNS[nouns]("dog", concrete)

    def judging(ask: Ask, record: Record, response: str) -> Grade:
        named = [noun for noun in NOUNS[nouns](response, concrete) if noun in concrete and noun not in NO_THINGS]
        verdicts = {noun: ask(JUDGED, caption=fact(record, "caption"), object=noun) for noun in dict.fromkeys(named)}
        times = Counter(verdicts[noun] for noun in named)
        absent = tuple(noun for noun, said in verdicts.items() if said == "no")
        sure = times["yes"] + times["no"]
        counts = {"no": float(times["no"]), "sure": float(sure), "unsure": float(times["unsure"] + times["error"]), "named": float(len(named)), "words": float(len(response.split()))}
        return Grade(times["yes"] / sure if sure else None, ", ".join(dict.fromkeys(named)), f"not there: {', '.join(absent)}" if absent else "", counts, absent)

    return judging


openchair = Benchmark(
    name="openchair",
    paper="arXiv:2312.03631",
    dimension="hallucination",
    shape="caption with lexicon",
    files=(
        *(File(name, "rows with image (or file_name) and text, the caption that the image was made from", needed=False) for name in FILES),
        File(CONCRETENESS, "a table with tabs: Word, Conc.M"),
    ),
    published="huggingface.co/datasets/moranyanuka/OpenCHAIR, split test; concreteness: Brysbaert et al. 2014",
    license="none stated",
    load=load,
    conventions={
        "official": Convention(
            judged_with(official, JUDGED),
            (
                ratio("openchair", "no", "sure", "lower"), ratio("unsure", "unsure", "named", ""), mean("named", lambda row: row.counts.get("named"), "", "objects"),
                mean("words", lambda row: row.counts.get("words"), "", "words"), share("no_object", lambda row: row.counts["named"] == 0 if "named" in row.counts else None, ""), unjudged(),
            ),
            follows="assafbk/mocha_code, OpenCHAIR/evaluate.py: every naming counts; unsure verdicts and those that cannot be read count in neither part",
        )
    },  # fmt: skip
    headline="openchair",
    beside=("named", "words", "no_object", "unsure", "unjudged"),
    size=2000,
    degenerate={"": {"words": 0.0, "named": 0.0, "no_object": 100.0}},
    note="Officially judged by Llama-2-70B-chat. Silence names nothing: the rate is then undefined, and no_object 100.",
)

BENCHMARKS = (openchair,)
