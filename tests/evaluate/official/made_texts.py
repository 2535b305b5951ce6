"""Requests with instructions of every kind, and responses that follow some of them, by a seeded script. Needs nothing."""

from __future__ import annotations

import json
import random

PIECES = (
    "The garden is quiet today, and nobody is there.", "Dr. Smith met Mrs. Jones at 5 p.m. in the U.S. embassy!", "Why not? I don't know... maybe later.", "* First point\n* Second point", "- a dash\n- another",
    "***", "******", "\n\n", "P.S. Do not forget the keys.", "P.P.S. One more thing", "<<A fine title>>", "<< >>", '{"answer": [1, 2, 3]}', "```json\n{\"a\": 1}\n```", "[name] lives in [city].", "*light* and **heavy** words",
    "SECTION 1\nIt begins.\nSECTION 2\nIt ends.", "Section 3", "Day 1 was long. Day 2 was short.", "HELLO WORLD I CAN'T STOP. I'M HERE", "THE END IS NEAR AND WE KNOW IT", "all of this is written without any capital letters at all",
    "My answer is yes.", "Any other questions?", "Is there anything else I can help with?", "Das ist ein langer deutscher Satz, und er hat viele Woerter.", "Ceci est une phrase assez longue pour etre reconnue.",
    "यह एक लंबा वाक्य है और इसमें कई शब्द हैं।", "Это довольно длинное предложение на русском языке.", "1. Mix the flour. 2. Add water; e.g. 200 ml. 3. Bake.", "He paid $3.50 for it. She said \"No.\" Then he left.", "apple Apple APPLE pineapple",
    "I. Newton et al. wrote it. J. R. R. Tolkien did not.", "12345 !!! ???", "It's the well-known X-RAY of NASA; A B C.", '"Quoted from start to end."', "gonna cannot 'tis O'Neil rock'n'roll", "---",
)  # fmt: skip
PROMPT = "Write about the garden."
RELATIONS = ("less than", "at least")


def arguments(stream: random.Random) -> dict[str, dict]:
    """Arguments of every kind."""
    relation, count = stream.choice(RELATIONS), stream.randint(1, 6)
    return {
        "keywords:existence": {"keywords": stream.sample(["garden", "apple", "the", "point", "water"], 2)},
        "keywords:frequency": {"keyword": stream.choice(["apple", "the", "is "]), "frequency": count, "relation": relation},
        "keywords:forbidden_words": {"forbidden_words": stream.sample(["garden", "apple", "quiet", "not", "day"], 2)},
        "keywords:letter_frequency": {"letter": stream.choice("aeqzT"), "let_frequency": 4 * count, "let_relation": relation},
        "language:response_language": {"language": stream.choice(["en", "de", "fr", "hi", "ru"])},
        "length_constraints:number_sentences": {"num_sentences": 2 * count, "relation": relation},
        "length_constraints:number_paragraphs": {"num_paragraphs": stream.randint(1, 4)},
        "length_constraints:number_words": {"num_words": 12 * count, "relation": relation},
        "length_constraints:nth_paragraph_first_word": {"num_paragraphs": stream.randint(2, 4), "nth_paragraph": stream.randint(1, 2), "first_word": stream.choice(["the", "hello", "why", "section"])},
        "detectable_content:number_placeholders": {"num_placeholders": stream.randint(1, 4)},
        "detectable_content:postscript": {"postscript_marker": stream.choice(["P.S.", "P.P.S", "PS"])},
        "detectable_format:number_bullet_lists": {"num_bullets": count},
        "detectable_format:constrained_response": {},
        "detectable_format:number_highlighted_sections": {"num_highlights": stream.randint(1, 4)},
        "detectable_format:multiple_sections": {"section_spliter": stream.choice(["SECTION", "Section", "Day"]), "num_sections": stream.randint(1, 3)},
        "detectable_format:json_format": {},
        "detectable_format:title": {},
        "combination:two_responses": {},
        "combination:repeat_prompt": {"prompt_to_repeat": PROMPT},
        "startend:end_checker": {"end_phrase": stream.choice(["Any other questions?", "It ends.", "no capital letters at all"])},
        "startend:quotation": {},
        "change_case:capital_word_frequency": {"capital_frequency": count, "capital_relation": relation},
        "change_case:english_capital": {},
        "change_case:english_lowercase": {},
        "punctuation:no_comma": {},
    }


def said(stream: random.Random) -> str:
    """A response of a few pieces: now and then one alone, in quotes, in one case, or the request first."""
    pieces = stream.choices(PIECES, k=stream.choice((1, 1, 2, 3, 5, 8)))
    text = stream.choice(("\n", " ", "\n\n", "\n******\n", "\n***\n")).join(pieces)
    change = stream.randrange(12)
    return {0: text.upper(), 1: text.lower(), 2: f'"{text}"', 3: f"{PROMPT} {text}", 4: f"Sure:\n{text}\nBye", 5: "", 6: f" {text}\n"}.get(change, text)


def requests(count: int = 2000, seed: int = 5) -> list[dict]:
    """Rows as IFEval publishes them, each with a response; every kind comes up often."""
    stream, rows = random.Random(seed), []
    for key in range(count):
        given = arguments(stream)
        names = stream.sample(sorted(given), stream.randint(1, 3))
        rows.append({"key": key, "prompt": PROMPT, "instruction_id_list": names, "kwargs": [given[name] for name in names], "response": said(stream)})
    return rows


if __name__ == "__main__":
    print(json.dumps(requests()))
