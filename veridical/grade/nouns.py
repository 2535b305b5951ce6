"""Nouns of a text, and how alike two nouns are: the official tools, and rules that need no package.

Which were used is part of every result, because they move the number.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cache
from types import MappingProxyType

from veridical.grade.grade import NotInstalled
from veridical.grade.singular import singularize_pattern, wordnet_lemmatizer
from veridical.grade.words import words

Tagger = Callable[[str, Collection[str]], list[str]]
"""(text, vocabulary) -> nouns of the text in order; the caller keeps those of the vocabulary."""
Similarity = Callable[[str, str], float]
"""(noun, noun) -> how alike they are; above 0.8 they count as one."""

BUILT_IN = "tagger=lexicon similarity=exact (of `veridical score`: --set tagger=lexicon --set similarity=exact) need nothing, and give a number of their own (not the published one)"


def tag_nltk(text: str, vocabulary: Collection[str]) -> list[str]:
    """Tokens that NLTK tags as nouns, as lemmas; capitals stay. AMBER's own choice. Errors: NotInstalled."""
    nouns = [word for word, tag in nltk_tags(text) if tag.startswith("NN")]
    return [wordnet_lemmatizer()(noun) for noun in nouns]


def nltk_tags(text: str) -> list[tuple[str, str]]:
    """NLTK's tokens with their parts of speech. Errors: NotInstalled."""
    advice = f'pip install "veridical[amber]" and python -m nltk.downloader punkt_tab averaged_perceptron_tagger_eng wordnet; or {BUILT_IN}'
    try:
        import nltk

        return nltk.pos_tag(nltk.word_tokenize(text))
    except ImportError as error:
        raise NotInstalled(f"the nltk tagger needs NLTK: {advice}") from error
    except LookupError as error:
        raise NotInstalled(f"the nltk tagger needs NLTK's data: {advice}") from error


def tag_lexicon(text: str, vocabulary: Collection[str]) -> list[str]:
    """Words that are in the vocabulary, as written, in lower case, or in the singular by rule; verbs that look the same count too."""
    found = []
    for word in words(text):
        forms = (word, word.lower(), singularize_pattern(word.lower()))
        found += [form for form in forms if form in vocabulary][:1]
    return found


@cache
def spacy_model() -> Callable[[str], object]:
    """spaCy's large English model. Errors: NotInstalled."""
    advice = f'pip install "veridical[amber]" and python -m spacy download en_core_web_lg; or {BUILT_IN}'
    try:
        import spacy

        return spacy.load("en_core_web_lg")
    except ImportError as error:
        raise NotInstalled(f"the spacy similarity needs spaCy: {advice}") from error
    except OSError as error:
        raise NotInstalled(f"the spacy similarity needs the model en_core_web_lg: {advice}") from error


@cache
def likeness_spacy(one: str, other: str) -> float:
    """Cosine of the two words' vectors in spaCy's en_core_web_lg. AMBER's own choice. Errors: NotInstalled."""
    model = spacy_model()
    return float(model(one).similarity(model(other)))  # type: ignore[attr-defined]


def likeness_exact(one: str, other: str) -> float:
    """1 for the same word, 0 for any other."""
    return float(one == other)


TAGGERS: Mapping[str, Tagger] = MappingProxyType({name.removeprefix("tag_"): value for name, value in dict(globals()).items() if name.startswith("tag_")})
"""Every function called tag_NAME, by NAME."""
SIMILARITIES: Mapping[str, Similarity] = MappingProxyType({name.removeprefix("likeness_"): value for name, value in dict(globals()).items() if name.startswith("likeness_")})
"""Every function called likeness_NAME, by NAME."""


def find_tagger(name: str) -> Tagger:
    """By name, tried once so that a missing package is told at once. Errors: ValueError; NotInstalled."""
    if name not in TAGGERS:
        raise ValueError(f"unknown tagger {name!r}; there are {', '.join(TAGGERS)}")
    TAGGERS[name]("dogs", ("dog",))
    return TAGGERS[name]


def find_similarity(name: str) -> Similarity:
    """By name, tried once. Errors: ValueError; NotInstalled."""
    if name not in SIMILARITIES:
        raise ValueError(f"unknown similarity {name!r}; there are {', '.join(SIMILARITIES)}")
    SIMILARITIES[name]("dog", "cat")
    return SIMILARITIES[name]
