"""AMBER's rules for one description, by hand; the whole scorer is compared in tests/evaluate/test_amber.py."""

import sys

import pytest

from veridical.grade.amber import Vocabulary, amber_caption, read_vocabulary
from veridical.grade.grade import NotInstalled
from veridical.grade.nouns import find_similarity, find_tagger, likeness_spacy, spacy_model, tag_lexicon
from veridical.records.record import Fact, Part, Record, Turn

VOCABULARY = Vocabulary({"lake": ("water", "pond"), "river": ("water",), "man": ("person",), "dog": (), "boat": (), "lamp": (), "drum": ()}, frozenset({"lamp"}))


def shown(true: list[str], imagined: list[str]) -> Record:
    """A picture with objects, and what people would imagine there."""
    facts = [Fact(kind="object", text=word) for word in true] + [Fact(kind="imagined", text=word) for word in imagined]
    return Record(record_id="1", prompt=(Turn(role="user", parts=(Part(text="Describe this image."),)),), facts=tuple(facts))


def counts(text: str, true: list[str], imagined: list[str], **tools) -> dict[str, float]:
    """The counts that matter, in one line."""
    found = amber_caption(VOCABULARY, **tools)(shown(true, imagined), text).counts
    return {name: found[name] for name in ("nouns", "hallucinated", "covered", "imagined")}


def test_a_word_that_is_not_there_is_hallucinated_and_may_be_an_imagined_one():
    assert counts("a man, a dog and a boat", ["man"], ["dog"]) == {"nouns": 3, "hallucinated": 2, "covered": 1, "imagined": 1}


def test_a_safe_word_counts_as_a_noun_and_never_as_hallucinated():
    assert counts("a lamp", ["man"], []) == {"nouns": 1, "hallucinated": 0, "covered": 0, "imagined": 0}


def test_an_associated_word_covers_the_first_object_that_it_belongs_to():
    assert counts("water", ["river", "lake"], [])["covered"] == 1
    assert counts("water, lake", ["river", "lake"], [])["covered"] == 2
    assert counts("water, river", ["river", "lake"], [])["covered"] == 1


def test_naming_an_object_twice_covers_it_once():
    assert counts("a man, a man", ["man"], []) == {"nouns": 2, "hallucinated": 0, "covered": 1, "imagined": 0}


def test_an_alike_word_covers_an_object_and_also_marks_an_imagined_one():
    alike = {("drum", "dog"), ("drum", "boat")}
    likeness = lambda one, other: float(one == other or (one, other) in alike)  # noqa: E731
    assert counts("a drum", ["dog"], ["boat"], similarity=likeness) == {"nouns": 1, "hallucinated": 0, "covered": 1, "imagined": 1}


def test_no_nouns_are_no_hallucination_and_no_reward():
    grade = amber_caption(VOCABULARY)(shown(["man"], ["dog"]), "")
    assert (grade.value, grade.counts["nouns"], grade.counts["hallucinated"]) == (0.0, 0, 0)


def test_the_lexicon_tagger_finds_plurals_and_capitals():
    assert tag_lexicon("Two Men, boats and tables", VOCABULARY.words) == ["man", "boat"]


@pytest.mark.parametrize(("find", "name", "package"), [(find_tagger, "nltk", "nltk"), (find_similarity, "spacy", "spacy")])
def test_without_the_official_tools_the_error_says_what_to_install_and_what_works_without(find, name, package, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    spacy_model.cache_clear()
    likeness_spacy.cache_clear()
    with pytest.raises(NotInstalled, match="pip install .*tagger=lexicon similarity=exact"):
        find(name)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ValueError, match="relation.json: no such file"):
        read_vocabulary(tmp_path)
