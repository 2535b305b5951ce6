"""POPE and AMBER on their published files, from stored responses: what the official rules give for models whose answers are known.

The rules are written down here a second time, one response after the other, from their description.
"""

import json
import random
from collections import Counter

import pytest

from veridical.evaluate.benchmarks.hallucination.amber import amber
from veridical.evaluate.benchmarks.hallucination.pope import SPLITS, pope
from veridical.evaluate.run import score_file
from veridical.grade.nouns import tag_lexicon

KINDS = ("always yes", "always no", "gold", "empty", "random")
CONSTANT = {"always yes": "Yes", "always no": "No", "empty": ""}
SAID = ("Yes", "No", "Yes", "No", "no", "yes", "No.", "No, none", "Yes, there is", "not sure", "Nope", "NO", "", "maybe")
UNCLEAR = ("Nope", "NO", "", "maybe")
"""What POPE's rule takes for yes although it does not say so."""
TOOLS = {"tagger": "lexicon", "similarity": "exact"}


def answers(kind: str, golds: list[str]) -> list[str]:
    """What a model of that kind says to yes/no questions."""
    draw = random.Random(17)
    return [CONSTANT[kind] if kind in CONSTANT else gold.capitalize() if kind == "gold" else draw.choice(SAID) for gold in golds]


def by_popes_rule(said: list[str], golds: list[str]) -> dict[str, float]:
    """POPE: no where one of the words before the first period is no, No or not, commas deleted; else yes."""
    read = ["no" if {"no", "No", "not"} & set(text.partition(".")[0].replace(",", "").split(" ")) else "yes" for text in said]
    count = Counter(zip(read, golds, strict=True))
    right, claimed, there = count["yes", "yes"], count["yes", "yes"] + count["yes", "no"], count["yes", "yes"] + count["no", "yes"]
    return {
        "accuracy": 100 * (right + count["no", "no"]) / len(golds),
        "precision": 100 * right / claimed if claimed else 0.0,
        "recall": 100 * right / there,
        "f1": 200 * right / (claimed + there),
        "yes_ratio": 100 * claimed / len(golds),
    }


@pytest.mark.parametrize("kind", KINDS)
def test_pope_gives_what_its_rule_says(kind, published, tmp_path):
    expected, unclear = {}, 0
    for split in SPLITS:
        rows = [json.loads(line) for line in (published("pope") / f"coco_pope_{split}.json").read_text().splitlines()]
        said = answers(kind, [row["label"] for row in rows])
        content = [{"question_id": row["question_id"], "answer": text} for row, text in zip(rows, said, strict=True)]
        (tmp_path / f"answers_{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in content))
        expected[split] = by_popes_rule(said, [row["label"] for row in rows])
        unclear += sum(text in UNCLEAR for text in said)
    result = score_file("pope", tmp_path, published("pope"))
    found = {name: metric.value for name, metric in result.metrics.items()}
    for name in ("accuracy", "precision", "recall", "f1", "yes_ratio"):
        assert [found[f"{split}.{name}"] for split in SPLITS] == pytest.approx([expected[split][name] for split in SPLITS]), name
        assert found[name] == pytest.approx(sum(expected[split][name] for split in SPLITS) / 3), name
    assert result.unparsed == unclear and len(result.rows) == 9000
    if kind in CONSTANT:
        expected = pope.degenerate[{"No": "no"}.get(CONSTANT[kind], "yes")]
        assert {name: found[name] for name in expected} == pytest.approx(dict(expected))


class Counted(dict):
    """Sums that start where AMBER's metrics.txt lets them start: denominators at 0.001."""

    def __missing__(self, name: str) -> float:
        return 0.001 if name.endswith("all") else 0.0


def by_ambers_rule(truths: list[dict], said: dict[int, str], relation: dict[str, list[str]], safe: set[str]) -> dict[str, float]:
    """AMBER: descriptions by their nouns (alike means equal here), questions by exactly Yes or No, the positive class being No."""
    vocabulary, sums = set(relation) | {word for words in relation.values() for word in words}, Counted()
    for truth in truths:
        text = said[truth["id"]]
        if truth["type"] == "generative":
            describe(truth, [noun for noun in tag_lexicon(text, vocabulary) if noun in vocabulary], relation, safe, sums)
            continue
        kind = {"hallucination": "existence", "state": "state", "number": "number", "action": "action", "relation": "relation"}[truth["type"].split("-")[-1]]
        right, said_no, is_no = text == truth["truth"].capitalize(), text == "No", truth["truth"] == "no"
        for group in ("", kind):
            for name, hit, of in (("accuracy", right, True), ("precision", said_no and is_no, said_no), ("recall", said_no and is_no, is_no)):
                sums[f"{group} {name}"] = sums[f"{group} {name}"] + hit
                sums[f"{group} {name} all"] = sums[f"{group} {name} all"] + of
    found = {name: round(100 * sums[name] / sums[f"{name} all"], 1) for name in ("chair", "cover", "cog")}
    found["hal"] = round(100 - 100 * sums["clean"] / sums["clean all"], 1)
    alone = {kind: (kind,) for kind in ("", "existence", "state", "number", "action", "relation")}
    for group, parts in {**alone, "attribute": ("state", "number", "action")}.items():
        total = {name: sum(sums[f"{part} {name}"] for part in parts) for name in ("accuracy", "accuracy all", "precision", "precision all", "recall", "recall all")}
        rate = {name: round(100 * total[name] / total[f"{name} all"], 1) for name in ("accuracy", "precision", "recall")}
        p, r = rate["precision"] / 100, rate["recall"] / 100
        rate["f1"] = round(100 * 2 * p * r / (p + r + (0.001 if group == "existence" else 0.0001)), 1)
        found |= {f"{group}.{name}" if group else name: value for name, value in rate.items()}
    return found


def describe(truth: dict, nouns: list[str], relation: dict[str, list[str]], safe: set[str], sums: Counted) -> None:
    """Add one description to the sums."""
    covered, imagined, wrong = set(), set(), 0
    for noun in nouns:
        if noun in safe:
            continue
        place = owner(noun, truth["truth"], relation)
        if place is not None:
            covered.add(place)
            continue
        wrong += 1
        if (place := owner(noun, truth["hallu"], relation)) is not None:
            imagined.add(place)
    for name, count, of in (("chair", wrong, len(nouns)), ("cover", len(covered), len(truth["truth"])), ("cog", len(imagined), len(truth["hallu"])), ("clean", wrong == 0, 1)):
        sums[name] = sums[name] + count
        sums[f"{name} all"] = sums[f"{name} all"] + of


def owner(noun: str, objects: list[str], relation: dict[str, list[str]]) -> int | None:
    """The object that a noun stands for: the first of which it is an associated word, else the first of that name."""
    for place, name in enumerate(objects):
        if noun in relation[name]:
            return place
    return objects.index(noun) if noun in objects else None


def described(kind: str, truth: dict, words: list[str], draw: random.Random) -> str:
    """What a model of that kind says of a picture."""
    mixed = truth["truth"] + truth["hallu"] + words
    invented = "A picture of " + ", ".join(draw.choice(mixed) for _ in range(draw.randrange(9)))
    return CONSTANT.get(kind, ", ".join(truth["truth"]) if kind == "gold" else invented)


@pytest.mark.parametrize("kind", KINDS)
def test_amber_gives_what_its_rule_says(kind, published, tmp_path):
    folder, draw = published("amber"), random.Random(19)
    truths, relation = json.loads((folder / "annotations.json").read_text()), json.loads((folder / "relation.json").read_text())
    questions = [truth for truth in truths if truth["type"] != "generative"]
    said = {truth["id"]: described(kind, truth, sorted(relation), draw) for truth in truths if truth["type"] == "generative"}
    said |= dict(zip((truth["id"] for truth in questions), answers(kind, [truth["truth"] for truth in questions]), strict=True))
    (tmp_path / "mine.json").write_text(json.dumps([{"id": name, "response": text} for name, text in said.items()]))
    result = score_file("amber", tmp_path / "mine.json", folder, grading=TOOLS)
    expected = by_ambers_rule(truths, said, relation, set((folder / "safe_words.txt").read_text().split()))
    found = {name: metric.value for name, metric in result.metrics.items()}
    assert len(expected) == 32 and {name: found[name] for name in expected} == pytest.approx(expected)
    assert found["amber_score"] == pytest.approx((100 - expected["chair"] + expected["f1"]) / 2)
    assert result.settings == TOOLS
    # neither exactly Yes nor exactly No: wrong, and counted beside
    assert result.unparsed == sum(said[truth["id"]] not in ("Yes", "No") for truth in questions)
    if kind in CONSTANT:
        expected = amber.degenerate[CONSTANT[kind]]
        assert {name: found[name] for name in expected} == pytest.approx(dict(expected))


def test_the_official_tools_are_the_default_and_say_what_to_install(published, tmp_path, monkeypatch):
    import sys

    from veridical.grade.grade import NotInstalled

    monkeypatch.setitem(sys.modules, "nltk", None)
    rows = [{"id": row["id"], "response": "A dog."} for row in json.loads((published("amber") / "query_generative.json").read_text())]
    (tmp_path / "mine.json").write_text(json.dumps(rows))
    with pytest.raises(NotInstalled, match=r'pip install "veridical\[amber\]" and python -m nltk.downloader .*tagger=lexicon similarity=exact'):
        score_file("amber", tmp_path / "mine.json", published("amber") / "query_generative.json")
