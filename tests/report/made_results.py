"""Small results of CHAIR and POPE, made without a model."""

from pathlib import Path

from PIL import Image

from veridical.evaluate.benchmarks import find
from veridical.evaluate.measure import measured
from veridical.records.result import Result, Row


def described(name: str, response: str, wrong: tuple[str, ...] = (), mentioned: int = 3, **changes) -> Row:
    """A description in which each wrong word is one mention of something absent."""
    counts = {"mentioned": mentioned, "hallucinated": len(wrong), "true": 3, "covered": mentioned - len(wrong), "words": len(response.split())}
    common = {"record_id": name, "group": name, "prompt": "Describe this image.", "response": response, "gold": "cup, key, star"}
    return Row(**{**common, "value": 1 - len(wrong) / mentioned, "counts": counts, "wrong": wrong, **changes})


def answered(name: str, gold: str, answer: str, **changes) -> Row:
    """A yes/no answer."""
    common = {"record_id": name, "group": name.partition("/")[2], "prompt": "Is there a cup?", "response": answer}
    return Row(**{**common, "gold": gold, "answer": answer, "value": float(gold == answer), **changes})


def result(benchmark: str, rows: list[Row], **changes) -> Result:
    """A result with the metrics that its rows give."""
    metrics = measured(rows, find(benchmark).convention("official").measures, resamples=200)
    return Result(**{"benchmark": benchmark, "dimension": "hallucination", "model": "m", "data": "d", "metrics": metrics, "rows": tuple(rows), **changes})


def chair(absent: list[int], **changes) -> Result:
    """Descriptions of six mentions, with so many absent objects in each."""
    words = ("spoon", "lock", "moon")
    return result("chair", [described(f"{number}.png", "a cup, a key, a " + ", a ".join(words), words[:count], 6) for number, count in enumerate(absent)], **changes)


def pope(right: list[bool], **changes) -> Result:
    """Questions whose answer is yes and no by turns, in the random split."""
    other = {"yes": "no", "no": "yes"}
    golds = [("yes", "no")[number % 2] for number in range(len(right))]
    return result("pope", [answered(f"random/{number}", gold, gold if held else other[gold]) for number, (gold, held) in enumerate(zip(golds, right))], **changes)


def save(folder: Path, **results: Result) -> Path:
    """A folder of results."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, one in results.items():
        one.save(folder / f"{name}.json")
    return folder


def picture(path: Path, colour: str = "red", size: tuple[int, int] = (40, 30)) -> Path:
    """A picture file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)
    return path
