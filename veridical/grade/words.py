"""Words of a text, cut as the Penn Treebank cuts them and as NLTK's `word_tokenize` does on ordinary English."""

from __future__ import annotations

import re
from collections.abc import Iterator

CLOSERS = "])}>\"'»”’ "
CHUNK = re.compile(r"\S+")
PIECE = re.compile(
    r"""
    \.{2,}                                   # an ellipsis
  | --                                       # two dashes
  | `+ | ''
  | [«»“”„‘’"]                               # quotation marks
  | [;@\#$%&?!*()\[\]{}<>\u2012-\u2015]      # marks that always stand alone
  | [:,](?!\d)                               # but 3:15 and 1,000 stay whole
  | (?: (?!\.{2,}|--|''|[:,](?!\d)) [^\s`«»“”„‘’";@\#$%&?!*()\[\]{}<>\u2012-\u2015] )+
    """,
    re.VERBOSE,
)
LEADING = re.compile(r"'(?![mtsdn])(?=\w\b)", re.IGNORECASE)
CLITIC = re.compile(r"(?<=[^'])('s|'m|'d|'ll|'re|'ve|n't|')$", re.IGNORECASE)
JOINED = {"cannot": 3, "d'ye": 1, "gimme": 3, "gonna": 3, "gotta": 3, "lemme": 3, "more'n": 4, "wanna": 3, "'tis": 2, "'twas": 2}
"""Words that are two, and the length of the first."""

ABBREVIATIONS = frozenset(
    "a.m p.m e.g i.e etc approx vs dr mr mrs ms prof sr jr st ave blvd rd no fig inc co corp ltd dept u.s u.k u.s.a d.c".split()
)
"""Words whose period does not end a sentence."""


def words(text: str) -> list[str]:
    """Words and marks of the text in order; "can't" is "ca", "n't" and "dog's" is "dog", "'s".

    Source: Penn Treebank tokenization. Follows: the behaviour of NLTK's word_tokenize. Differs: sentences end at every
    period before white space, but for a short list of abbreviations, initials and numbers, where NLTK has a trained model.
    """
    return [word for sentence in sentences(text) for word in sentence_words(sentence)]


def sentences(text: str) -> Iterator[str]:
    """The text cut behind each period that ends a sentence. (Other marks are words of their own wherever they stand.)"""
    start, chunks = 0, list(CHUNK.finditer(text))
    for chunk, following in zip(chunks, [*chunks[1:], None]):
        if following is None or ends_sentence(chunk.group(), following.group()):
            yield text[start : chunk.end()]
            start = chunk.end()


def ends_sentence(chunk: str, following: str) -> bool:
    """Whether the period of `chunk` ends a sentence."""
    core = chunk.rstrip(CLOSERS)
    if not core.endswith(".") or core.endswith(".."):
        return False
    word = core[:-1].lstrip("([{\"'").lower()
    if word.rsplit("-", 1)[-1] in ABBREVIATIONS:
        return False
    initial_or_number = (len(word) == 1 and word.isalpha()) or word.replace(",", "").isdigit()
    return not (initial_or_number and following[:1].islower())


def sentence_words(sentence: str) -> Iterator[str]:
    """Words of one sentence; its last period is one of them."""
    body = sentence.rstrip(CLOSERS + "\n\t\r")
    final = body.endswith(".") and not body.endswith("..")
    if final:
        yield from marked_words(body[:-1])
        yield "."
        yield from marked_words(sentence[len(body) :], opened=False)
    else:
        yield from marked_words(sentence)


def marked_words(text: str, opened: bool = True) -> Iterator[str]:
    """Words and marks; a straight quotation mark opens at the start, after a space or a bracket, and closes elsewhere."""
    for piece in PIECE.finditer(text):
        found, before = piece.group(), text[piece.start() - 1 : piece.start()]
        if found in ('"', "''"):
            yield "``" if (opened and (before == "" or before in "([{< ")) else "''"
        elif found[0].isalnum() or found[0] in "'_" or len(found) > 1 and found[0] not in ".-`":
            yield from parts(found)
        else:
            yield found


def parts(word: str) -> Iterator[str]:
    """A word without the clitics behind it; an apostrophe before it comes off a single letter only, as in NLTK to 3.9."""
    if word.lower() in JOINED:
        cut = JOINED[word.lower()]
        yield from (word[:cut], word[cut:])
        return
    if LEADING.match(word):
        yield "'"
        word = word[1:]
    tail: list[str] = []
    while (found := CLITIC.search(word)) and found.start():
        tail.insert(0, found.group())
        word = word[: found.start()]
        if found.group() != "'":
            break
    yield word
    yield from tail
