"""Letters and notices: lines of running text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from veridical.curate.rendered.asked import Asked, exact, number, short, verdict
from veridical.curate.rendered.documents.contents import FIRMS, TOWNS, date, one_of, person, street
from veridical.curate.rendered.documents.page import Page, page_of
from veridical.curate.rendered.rendering import Drawn, Rendering, Wish
from veridical.curate.rendered.sheet import Crowded, Sheet, wrapped
from veridical.curate.rendered.slips import misread, misspelt, similar_words

SUBJECTS = ("Annual meeting", "Change of opening hours", "Delivery of your order", "Summer workshop", "Invitation to the exhibition", "Maintenance of the lift", "Parking permits")
SENTENCES = (
    "The event takes place on {date} in {town}.",
    "Please send your reply to {person} before {date}.",
    "The entrance is at {street}.",
    "We expect about {count} guests this year.",
    "Seats are given in the order of arrival.",
    "Tickets cost {count} dollars at the door.",
    "The office is closed until {date}.",
    "Your contact for all questions is {person}.",
    "Please bring a printed copy of this letter.",
    "Lunch is provided by {firm}.",
    "The road to {town} is under repair, so allow more time.",
    "Room {count} is on the second floor.",
    "Children under twelve pay half of the price.",
    "A map of the area is attached to this letter.",
)
WORDS = [word.strip(".,").lower() for sentence in SENTENCES for word in sentence.split() if word.strip(".,").isalpha() and len(word) > 5]
TELLING = tuple(word for word in WORDS if WORDS.count(word) == 1)
"""Words of one sentence only: none is likelier than another to stand in a letter."""


@dataclass(frozen=True)
class Letter:
    """Everything that is true of a letter."""

    subject: str
    day: str
    lines: tuple[str, ...]
    signed: str

    @property
    def facts(self) -> dict[str, Any]:
        """The same as JSON."""
        return {"document": "letter", "subject": self.subject, "date": self.day, "lines": list(self.lines), "signed": self.signed}


def draw(wish: Wish, rng: np.random.Generator) -> Drawn:
    """A letter of 3 to 9 sentences."""
    page = page_of(wish, rng, 32 + 5 * wish.difficulty)
    chosen = rng.permutation(len(SENTENCES))[: int(rng.integers(3, 4 + 2 * wish.difficulty))]
    said = " ".join(filled(SENTENCES[place], rng) for place in chosen)
    sheet = Sheet(round(wish.size * float(rng.uniform(0.72, 1.0))), wish.size, page.paper, wish.font)
    truth = Letter(one_of(rng, SUBJECTS), date(rng), tuple(wrapped(sheet, said, page.size, sheet.width - page.size * 4)), person(rng))
    write(sheet, page, truth, rng)
    return Drawn(sheet, truth, truth.facts)


def filled(sentence: str, rng: np.random.Generator) -> str:
    """A sentence with its facts drawn."""
    return sentence.format(date=date(rng), town=one_of(rng, TOWNS), person=person(rng), street=street(rng), count=int(rng.integers(12, 480)), firm=one_of(rng, FIRMS).rstrip("."))


def write(sheet: Sheet, page: Page, truth: Letter, rng: np.random.Generator) -> None:
    """Sender, date, subject, text and name."""
    place, step = sheet.whole.inset(page.size * 2), page.size * float(rng.uniform(1.5, 1.8))
    sheet.text((place.x1, place.y1 + page.size), one_of(rng, FIRMS), page.size, page.quiet)
    sheet.text((place.x2, place.y1 + page.size), truth.day, page.size, page.ink, "rs")
    sheet.text((place.x1, place.y1 + page.size * 4), truth.subject, page.size * 1.25, page.ink, "ls", True)
    top = place.y1 + page.size * 6.5
    for number_, line in enumerate(truth.lines):
        sheet.text((place.x1, top + step * number_), line, page.size, page.ink)
    end = top + step * len(truth.lines) + page.size * 1.5
    if end + page.size * 2 > place.y2:
        raise Crowded("the letter is longer than the page")
    sheet.text((place.x1, end), "Kind regards,", page.size, page.ink)
    sheet.text((place.x1, end + page.size * 2), truth.signed, page.size, page.ink, "ls", bool(rng.random() < 0.5))


def transcribed(letter: Letter, rng: np.random.Generator) -> Asked | None:
    """One line of the text."""
    at = int(rng.integers(len(letter.lines)))
    line = letter.lines[at]
    slips = [*misspelt(line, rng), *similar_words(line, rng), *(misread(line, rng)[:1] if any(sign.isdigit() for sign in line) else [])]
    slips += [(letter.lines[other], "neighbouring line", "the line above or below was read") for other in (at - 1, at + 1) if 0 <= other < len(letter.lines)]
    words = line.split()
    if len(words) > 3:
        left = int(rng.integers(1, len(words) - 1))
        slips.append((" ".join(words[:left] + words[left + 1 :]), "dropped word", f"{words[left]!r} was left out"))
        slips.append((" ".join(words[: left + 1] + words[left:]), "doubled word", f"{words[left]!r} was written twice"))
    return short("transcription", f"Transcribe line {at + 1} of the main text, below the subject.", exact(line), slips)


def next_word(letter: Letter, rng: np.random.Generator) -> Asked | None:
    """The word behind a word that stands once."""
    words = " ".join(letter.lines).split()
    places = [
        place for place in range(len(words) - 1) if [word.strip(".,").lower() for word in words].count(words[place].strip(".,").lower()) == 1 and words[place][-1] not in ".,"
    ]
    if not places:
        return None
    at = int(rng.choice(places))
    right = words[at + 1].strip(".,")
    slips = [(words[other].strip(".,"), "neighbouring word", "the word before or after it was read") for other in (at - 1, at + 2) if 0 <= other < len(words)]
    slips += [*misspelt(right, rng), *similar_words(right, rng)] if right.isalpha() else misread(right, rng)
    return short("next word", f'Which word comes right after "{words[at]}" in the main text?', exact(right), slips)


def signed(letter: Letter, rng: np.random.Generator) -> Asked | None:
    """Who wrote it."""
    return short("name", "Who signed the letter?", exact(letter.signed), [*misspelt(letter.signed, rng), *similar_words(letter.signed, rng)])


def dated(letter: Letter, rng: np.random.Generator) -> Asked | None:
    """When it was written."""
    return short("date", "Which date stands at the top of the letter?", exact(letter.day), [*misread(letter.day, rng), *similar_words(letter.day, rng)])


def line_count(letter: Letter, rng: np.random.Generator) -> Asked | None:
    """How many lines the main text has."""
    right = len(letter.lines)
    slips = [(str(right + 1), "one counted twice", "one more was counted"), (str(right - 1), "one missed", "one was not counted")]
    return short("count", "How many lines does the main text have, between the subject and the closing words?", number(float(right)), slips)


def mentioned(letter: Letter, rng: np.random.Generator) -> Asked | None:
    """Whether a word stands in the letter, yes and no with the same chance."""
    yes, said = bool(rng.random() < 0.5), " ".join(letter.lines)
    here = {word.strip(".,").lower() for word in said.split()}
    there = [word for word in TELLING if (word in here) == yes]
    if not there:
        return None
    return verdict("mention", f'Does the word "{one_of(rng, there)}" stand in the main text?', yes, "word misjudged", "the text was not read to its end")


RENDERING = Rendering("letter", "documents", "ocr", "letters and notices of running text", draw, (transcribed, next_word, signed, dated, line_count, mentioned), least=320)
