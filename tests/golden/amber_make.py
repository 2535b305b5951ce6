"""Writes amber.json: what AMBER's own inference.py prints for the small set drawn below.

Run: python tests/golden/amber_make.py INFERENCE.py     (junyangwang0410/AMBER 534babf6, inference.py)
In place of NLTK stands a tagger that calls every space-separated word a noun, and in place of spaCy a table of alike words.
"""

import contextlib
import io
import json
import random
import re
import sys
import tempfile
import types
from pathlib import Path

RELATION = {"river": ["water", "stream"], "lake": ["water", "pond"], "man": ["person", "worker"], "woman": ["person", "lady"], "bridge": [], "boat": ["ship"], "ship": ["boat"],
            "house": ["building", "hut"], "tower": ["building"], "bird": [], "cloud": [], "lamp": ["lantern"], "kettle": [], "rope": [], "drum": [], "horse": ["pony"]}
SAFE = ["lamp", "pony"]
ALIKE = [("hut", "house"), ("stream", "lake"), ("kettle", "drum"), ("ship", "rope"), ("lady", "man")]
TYPES = ["discriminative-hallucination", "discriminative-attribute-state", "discriminative-attribute-number", "discriminative-attribute-action", "discriminative-relation", "relation"]
VOCABULARY = sorted({*RELATION, *(word for others in RELATION.values() for word in others)})


def alike(one: str, other: str) -> float:
    """1 for the same word, 0.9 for the pairs of the table."""
    return 1.0 if one == other else 0.9 if (one, other) in ALIKE or (other, one) in ALIKE else 0.1


def drawn(draw: random.Random) -> tuple[list[dict], list[dict]]:
    """Annotations and responses; the official scorer looks an annotation up by its place."""
    annotations, responses = [], []
    for name in range(1, 41):
        words = draw.sample(sorted(RELATION), 9)
        annotations.append({"id": name, "type": "generative", "truth": words[:5] + words[: draw.randrange(2)], "hallu": words[5 : 5 + draw.randrange(5)]})
        said = [draw.choice(VOCABULARY + words[:4] * 3 + ["River", "quickly", "and"]) for _ in range(draw.randrange(9))]
        responses.append({"id": name, "response": " ".join(said)})
    for name in range(41, 241):
        kind = draw.choice(TYPES)
        truth = {"discriminative-hallucination": "no", "relation": "no", "discriminative-relation": "yes"}.get(kind) or draw.choice(["yes", "no"])
        annotations.append({"id": name, "type": kind, "truth": truth})
        responses.append({"id": name, "response": draw.choice(["Yes", "No", "No", "Yes", "yes", "No.", ""])})
    return annotations, responses


def stand_ins() -> None:
    """Modules of the names that the script imports."""
    nltk, stem, spacy, tqdm = (types.ModuleType(name) for name in ("nltk", "nltk.stem", "spacy", "tqdm"))
    nltk.word_tokenize, nltk.pos_tag = str.split, lambda words: [(word, "NN") for word in words]
    stem.WordNetLemmatizer = lambda: types.SimpleNamespace(lemmatize=lambda word: word)
    spacy.load = lambda name: lambda word: types.SimpleNamespace(word=word, similarity=lambda other: alike(word, other.word))
    tqdm.tqdm = lambda rows: rows
    sys.modules.update({module.__name__: module for module in (nltk, stem, spacy, tqdm)})


def official(path: str, annotations: list[dict], responses: list[dict]) -> list[list[str]]:
    """(name, number) lines in the order of printing."""
    source = Path(path).read_text()
    counters = sorted(set(re.findall(r"metrics\['(\w+)'\]", source)))
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        files = {"annotations.json": json.dumps(annotations), "responses.json": json.dumps(responses), "relation.json": json.dumps(RELATION), "safe_words.txt": "\n".join(SAFE)}
        files["metrics.txt"] = "".join(f"{name}={0.001 if name.endswith('_num') else 0}\n" for name in counters)
        for name, content in files.items():
            (place / name).write_text(content)
        sys.argv = ["inference.py", "--evaluation_type", "a", "--inference_data", str(place / "responses.json"), "--annotation", str(place / "annotations.json"),
                    "--word_association", str(place / "relation.json"), "--safe_words", str(place / "safe_words.txt"), "--metrics", str(place / "metrics.txt")]
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(source, {"__name__": "__main__"})
    return [line.split() for line in printed.getvalue().splitlines() if line.strip()]


if __name__ == "__main__":
    annotations, responses = drawn(random.Random(11))
    stand_ins()
    lines = official(sys.argv[1], annotations, responses)
    content = {"relation": RELATION, "safe": SAFE, "alike": ALIKE, "annotations": annotations, "responses": responses, "printed": lines}
    Path(__file__).with_name("amber.json").write_text(json.dumps(content, indent=None, ensure_ascii=False, separators=(",", ":")))
