"""Words are cut as NLTK cuts them, singulars formed as pattern forms them."""

import json
import sys
from pathlib import Path

import pytest

from veridical.grade.grade import NotInstalled
from veridical.grade.singular import SINGULARIZERS, find_singularizer, singularize_pattern, wordnet_lemmatizer
from veridical.grade.words import words

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "chair.json").read_text())


@pytest.mark.parametrize("row", GOLDEN["captions"], ids=lambda row: row["caption"][:30])
def test_captions_are_cut_as_the_authors_tokenizer_cuts_them(row):
    assert words(row["caption"]) == row["tokens"]


def test_each_sentence_ends_with_its_period():
    text = "Good muffins cost $3.88\nin New York.  Please buy me\ntwo of them.\n\nThanks."
    assert words(text) == ["Good", "muffins", "cost", "$", "3.88", "in", "New", "York", ".", "Please", "buy", "me", "two", "of", "them", ".", "Thanks", "."]


def test_abbreviations_initials_and_numbers_do_not_end_a_sentence():
    assert words("it is approx. two vs. three") == ["it", "is", "approx.", "two", "vs.", "three"]
    assert words("vitamin c. and 2. the rest") == ["vitamin", "c.", "and", "2.", "the", "rest"]


def test_quotation_marks_around_the_end_of_a_sentence_stand_alone():
    assert words('a "cup." the mug') == ["a", "``", "cup", ".", "''", "the", "mug"]


def test_no_letter_is_lost_or_added():
    for row in GOLDEN["captions"]:
        plain = row["caption"].replace('"', "''").replace("``", "''")
        assert "".join(words(row["caption"])).replace("``", "''") == "".join(plain.split())


def test_singulars_are_those_of_the_pattern_package():
    assert {word: singularize_pattern(word) for word in GOLDEN["singular"]} == GOLDEN["singular"]


@pytest.mark.parametrize(
    ("plural", "singular"),
    [("vases", "vase"), ("buses", "bus"), ("glasses", "glass"), ("couches", "couch"), ("skateboarders", "skateboarder"), ("sheep", "sheep"), ("scissors", "scissors"), ("potatoes", "potato"), ("women", "woman"), ("knives", "knife"), ("mice", "mouse")],
)
def test_ordinary_plurals_come_back(plural, singular):
    assert singularize_pattern(plural) == singular


@pytest.mark.parametrize(("word", "lost"), [("bus", "bu"), ("glass", "glas"), ("tennis", "tenni"), ("canoes", "cano"), ("ties", "ty"), ("magpies", "magpy"), ("was", "wa"), ("this", "thi")])
def test_the_misses_of_the_published_numbers_are_kept(word, lost):
    assert singularize_pattern(word) == lost


def test_an_unknown_singularizer_names_what_there_is():
    with pytest.raises(ValueError, match="pattern, wordnet"):
        find_singularizer("porter")
    assert set(SINGULARIZERS) == {"pattern", "wordnet"}


def test_without_nltk_wordnet_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "nltk.stem", None)
    wordnet_lemmatizer.cache_clear()
    with pytest.raises(NotInstalled, match="nltk.downloader wordnet; or choose singularizer=pattern"):
        find_singularizer("wordnet")
