"""The singular of English nouns, by the rules that published object counts were made with.

The rule decides the numbers: `singularize_pattern` loses "bus" and "glass", `singularize_wordnet` loses "men" and
"vases". Its name is part of every result.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType

from veridical.grade.grade import NotInstalled

Singularizer = Callable[[str], str]

INVARIANT = tuple(
    """bison debris headquarters pincers trout bream diabetes herpes pliers tuna breeches djinn high-jinks proceedings
    whiting britches eland homework rabies wildebeest carp elk innings salmon chassis flounder jackanapes scissors
    christmas gallows mackerel series clippers georgia measles shears cod graffiti mews species contretemps mumps swine
    corps news swiss advice equipment happiness luggage software bread fruit information mathematics progress
    understanding butter furniture ketchup mayonnaise research water cheese garbage knowledge meat rice electricity
    gravel love mustard sand""".split()
)
"""A token that one of these ends with stays as it is: "ice" because of "advice", "as" because of "christmas"."""

STAY_PLURAL = tuple(
    f"{word}s"
    for word in """alergie cutie hoagie newbie softie veggie auntie doggie hottie nightie sortie weenie beanie eyrie indie
    oldie stoolie yuppie birdie freebie junkie sweetie zombie bogie goonie laddie pixie techie bombie groupie laramie quickie
    collie hankie lingerie reverie toughie cookie hippie meanie rookie valkyrie""".split()
)

IRREGULAR = dict(
    pair.split(":")
    for pair in """atlantes:atlas atlases:atlas axes:axe beeves:beef brethren:brother children:child corpora:corpus
    corpuses:corpus ephemerides:ephemeris feet:foot ganglia:ganglion geese:goose genera:genus genii:genie helves:helve
    kine:cow leaves:leaf loaves:loaf men:man mongooses:mongoose monies:money moves:move mythoi:mythos numena:numen
    occipita:occiput octopodes:octopus opera:opus opuses:opus our:my oxen:ox penes:penis penises:penis people:person
    sexes:sex soliloquies:soliloquy teeth:tooth testes:testis trilbys:trilby turves:turf zoa:zoon""".split()
)
"""Endings and what takes their place, so that "women" and "policemen" come along with "men"."""

ENDINGS: tuple[tuple[str, int, str], ...] = (
    # (ending, how many characters of it go, what comes instead); the first that fits is used
    (r".ae", 1, ""),
    (r".itis", 0, ""),
    (r".eaux", 1, ""),
    (r"quizzes", 3, ""),
    (r"matrices", 4, "ix"),
    (r"(?:ap|vert|ind)ices", 4, "ex"),
    (r"(?:alias|status)es", 2, ""),
    (r"[octpvir|]i", 1, "us"),
    (r"(?:cris|ax|test)es", 2, "is"),
    (r"shoes", 1, ""),
    (r"oes", 2, ""),
    (r"buses", 2, ""),
    (r"[ml|]ice", 3, "ouse"),
    (r"(?:x|ch|ss|sh)es", 2, ""),
    (r"movies", 1, ""),
    (r".ombies", 1, ""),
    (r"series", 0, ""),
    (r"(?:[^aeiouy]|qu)ies", 3, "y"),
    (r"(?:[aeo]l|[^d]ea)ves", 3, "f"),
    (r"arves", 3, "f"),
    (r"erves", 1, ""),
    (r"[nlw]ives", 3, "fe"),
    (r"[lr]ves", 3, "f"),
    (r"[aeo]ves", 1, ""),
    (r"(?:s|t|h)ives", 1, ""),
    (r"[^f]ves", 3, "fe"),
    (r"(?:analy|ba|diagno|parenthe|progno|synop|the)ses", 3, "sis"),
    (r".opses|.yses", 2, "is"),
    (r"(?:[hdronbp]|cl)oses", 1, ""),
    (r"(?:fruct|gluc|galact|lact|ket|malt|rib|sacchar|cellul)ose", 0, ""),
    (r".oses", 2, "is"),
    (r"[ti]a", 1, "um"),
    (r"news", 0, ""),
    (r"s", 1, ""),
)
RULES = tuple((re.compile(f"(?:{ending})$"), cut, new) for ending, cut, new in ENDINGS)


@cache
def singularize_pattern(word: str) -> str:
    """The singular of a lower-case word as the `pattern` package forms it, its misses included ("bus" gives "bu").

    Invariant words, then irregular endings, then the first ending that fits; a final s goes whatever precedes it.

    Follows: the behaviour of clips/pattern, pattern.en.singularize, 0483028d.
    Differs: compounds with a preposition ("mothers-in-law") are not taken apart.
    """
    if word.endswith("'"):
        return singularize_pattern(word[:-1]) + "'s"
    if any(entry.endswith(word) for entry in INVARIANT) or word.endswith(STAY_PLURAL):
        return word
    for ending, singular in IRREGULAR.items():
        if word.endswith(ending):
            return word.removesuffix(ending) + singular
    for ending, cut, new in RULES:
        if ending.search(word):
            return word[: len(word) - cut] + new
    return word


def singularize_wordnet(word: str) -> str:
    """The lemma of the word as a noun in WordNet, by NLTK. Errors: NotInstalled without NLTK or its data."""
    return wordnet_lemmatizer()(word)


@cache
def wordnet_lemmatizer() -> Singularizer:
    """NLTK's WordNet lemmatizer in noun mode. Errors: NotInstalled."""
    advice = 'pip install "veridical[amber]" and python -m nltk.downloader wordnet; or choose singularizer=pattern, which needs nothing'
    try:
        from nltk.stem import WordNetLemmatizer

        lemmatize = WordNetLemmatizer().lemmatize
        lemmatize("dogs")
    except ImportError as error:
        raise NotInstalled(f"the wordnet singularizer needs NLTK: {advice}") from error
    except LookupError as error:
        raise NotInstalled(f"the wordnet singularizer needs NLTK's WordNet data: {advice}") from error
    return lemmatize


SINGULARIZERS: Mapping[str, Singularizer] = MappingProxyType(
    {name.removeprefix("singularize_"): value for name, value in dict(globals()).items() if name.startswith("singularize_")}
)
"""Every function called singularize_NAME, by NAME."""


def find_singularizer(name: str) -> Singularizer:
    """By name, tried on a word so that a missing package is told at once. Errors: ValueError naming what there is; NotInstalled."""
    if name not in SINGULARIZERS:
        raise ValueError(f"unknown singularizer {name!r}; there are {', '.join(SINGULARIZERS)}")
    SINGULARIZERS[name]("dogs")
    return SINGULARIZERS[name]
