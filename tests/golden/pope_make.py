"""Writes pope.json: what POPE's own evaluate.py says of replies drawn below (letters, sentences, junk, nothing, unicode, newlines).

Run: python tests/golden/pope_make.py EVALUATE.py     (AoiDragon/POPE 08d957b9, evaluate.py)
"""

import contextlib
import io
import json
import random
import sys
import tempfile
from pathlib import Path

REPLIES = ["yes", "no", "Yes", "No", "NO", "YES", "Yes.", "No.", "No, there is not.", "Yes, there is a dog", "", " ", "\n", "no\n", "Not sure", "not sure", "Nope", "none",
           "Yes. No", "The answer is: no", "There is not a dog", "There is no dog. Yes", "It is hard to say, no?", "n", "A", "ｎｏ", "否", "no,", ",no", "no\tdog", "  no", "yes or no", "I cannot tell", "know", "🙂"]


def official(path: str, replies: list[str], labels: list[str]) -> dict[str, float]:
    """The numbers that the script prints."""
    with tempfile.TemporaryDirectory() as folder:
        answers, questions = Path(folder) / "answers.json", Path(folder) / "labels.json"
        answers.write_text("".join(json.dumps({"answer": reply}) + "\n" for reply in replies))
        questions.write_text("".join(json.dumps({"label": label}) + "\n" for label in labels))
        source = Path(path).read_text().replace("ans_file = ''", f"ans_file = {str(answers)!r}").replace("label_file = ''", f"label_file = {str(questions)!r}")
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(source, {"__name__": "evaluate"})
    lines = [line.split(": ") for line in printed.getvalue().splitlines() if ": " in line]
    return {name: float(value) for name, value in lines}


if __name__ == "__main__":
    draw, cases = random.Random(5), []
    for size, weight in ((60, 0.5), (200, 0.5), (200, 0.2)):
        replies = [draw.choice(REPLIES) for _ in range(size)]
        labels = ["yes" if draw.random() < weight else "no" for _ in range(size)]
        cases.append({"replies": replies, "labels": labels, "official": official(sys.argv[1], replies, labels)})
    Path(__file__).with_name("pope.json").write_text(json.dumps(cases, indent=1, ensure_ascii=False))
