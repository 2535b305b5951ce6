"""Real photographs as preference data, and two small random models that read pictures at normal size, to try training on.

    python examples/photographs.py OUT [--data ../shared/data] [--seed 0]

The source folder holds published files: `rlaif_v_examples` (60 photographs, 30 prompts that ask for a description) and
`sharegpt4v_photos` (100 conversations over 377 photographs, two to six in each). OUT gets

* `rlhf_v.parquet`, in the columns of RLHF-V-Dataset, one row per photograph of the first folder;
* `trl.jsonl`, in TRL's conversational format, one row per conversation of the second, all its photographs in the prompt;
* `llava/` and `qwen2_5_vl/`, model directories with random weights: CLIP's 336 pixels and 576 tokens per picture, and
  Qwen2.5-VL's own picture sizes.

**No person preferred anything here.** The pairs exercise a program; they teach a model nothing worth having.

* `rlhf_v.parquet`: *chosen* states facts measured from the pixels (shape, brightness, colours by region, where detail
  is); *rejected* is the same text with one or two of these facts replaced by false ones.
* `trl.jsonl`: *chosen* is the conversation's published answer at one of its first turns; *rejected* is that answer made
  wrong by the first of these rules that applies, tried in an order drawn for each row: the numbers of the pictures it
  names are exchanged ("image 2" becomes "image 3"); one of its sentences is replaced by one from another conversation;
  a third of its less common words is replaced by such words of other conversations.

The same seed gives the same files.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as arrow
import pyarrow.parquet as parquet
from PIL import Image

from veridical.models.small.build import build

SHAPES = ("wider than it is tall", "taller than it is wide", "about as wide as it is tall")
BRIGHTNESS = ("dark", "of medium brightness", "bright")
COLOURS = {
    "black": (20, 20, 20), "grey": (128, 128, 128), "white": (235, 235, 235), "red": (190, 40, 40), "orange": (220, 130, 40), "yellow": (220, 210, 70),
    "green": (60, 140, 60), "blue": (60, 90, 190), "light blue": (150, 190, 230), "brown": (110, 75, 45), "beige": (215, 190, 150), "pink": (225, 150, 170),
}  # fmt: skip
"""Names, each with a red, green and blue value that it stands for."""
SIDES = ("on the left", "on the right")
REGIONS = {"upper third": (0.0, 1 / 3), "middle": (1 / 3, 2 / 3), "lower third": (2 / 3, 1.0)}


@dataclass(frozen=True)
class Fact:
    """Something true of a photograph, and the values that would be false."""

    sentence: str
    """With {} where the value stands."""
    true: str
    false: tuple[str, ...]


def facts(picture: Image.Image) -> list[Fact]:
    """What can be measured: shape, brightness, the colour of three regions, and which side has more detail."""
    ratio, small = picture.width / picture.height, np.asarray(picture.convert("RGB").resize((96, 96), Image.Resampling.BOX), dtype=float)
    grey = small.mean(-1)
    shape = SHAPES[0] if ratio > 1.1 else SHAPES[1] if ratio < 1 / 1.1 else SHAPES[2]
    light = BRIGHTNESS[int(np.digitize(grey.mean(), (85, 150)))]
    detail = np.abs(np.diff(grey, axis=0)).mean(0)
    side = SIDES[int(detail[48:].mean() > detail[:48].mean())]
    found = [Fact("The picture is {}.", shape, others(SHAPES, shape)), Fact("Overall it is {}.", light, others(BRIGHTNESS, light))]
    for name, (top, bottom) in REGIONS.items():
        colour = colour_of(small[int(top * 96) : int(bottom * 96)])
        found.append(Fact(f"Its {name} is mostly {{}}.", colour, others(tuple(COLOURS), colour)))
    return [*found, Fact("Most of the fine detail is {}.", side, others(SIDES, side))]


def others(values: Sequence[str], one: str) -> tuple[str, ...]:
    """All but one."""
    return tuple(value for value in values if value != one)


def colour_of(pixels: np.ndarray) -> str:
    """The name that most pixels are nearest to."""
    distance = np.linalg.norm(pixels.reshape(-1, 1, 3) - np.array(list(COLOURS.values()), dtype=float), axis=-1)
    return list(COLOURS)[int(np.bincount(distance.argmin(1), minlength=len(COLOURS)).argmax())]


def describe(known: Sequence[Fact], chance: np.random.Generator) -> tuple[str, str]:
    """The true description, and one with one or two false facts."""
    wrong = set(chance.choice(len(known), size=int(chance.integers(1, 3)), replace=False).tolist())
    false = [fact.sentence.format(chance.choice(fact.false)) if place in wrong else fact.sentence.format(fact.true) for place, fact in enumerate(known)]
    return " ".join(fact.sentence.format(fact.true) for fact in known), " ".join(false)


def rlhf_v(folder: Path, seed: int) -> list[dict[str, Any]]:
    """Rows of RLHF-V-Dataset: the picture embedded, question and answers as JSON text."""
    asked = {Path(row["image_path"]).name: row["question"] for row in map(json.loads, (folder / "detail_test_30_input.jsonl").read_text().splitlines())}
    questions, rows = sorted(set(asked.values())), []
    for number, file in enumerate(sorted([*(folder / "imgs_detail").iterdir(), *(folder / "imgs_qa").iterdir()])):
        chance = np.random.default_rng([seed, number])
        chosen, rejected = describe(facts(Image.open(file)), chance)
        text = {"question": asked.get(file.name) or str(chance.choice(questions)), "chosen": chosen, "rejected": rejected}
        rows.append({
            "ds_name": "photographs", "image": {"bytes": file.read_bytes(), "path": file.name}, "text": json.dumps(text),
            "origin_dataset": "RLAIF-V examples", "origin_split": json.dumps({"model": "", "type": "detailed_description"}), "idx": number, "image_path": file.name,
        })  # fmt: skip
    return rows


Rule = Callable[[str, "Corpus", np.random.Generator], str]
"""An answer to a wrong one; the same answer where the rule does not apply."""


@dataclass(frozen=True)
class Corpus:
    """What the rules draw from, for one conversation."""

    pictures: int
    sentences: Sequence[str]
    """Of the other conversations' answers."""
    words: Sequence[str]
    """Less common words of all answers."""


def other_pictures(answer: str, corpus: Corpus, chance: np.random.Generator) -> str:
    """Every picture's number becomes another one's, the same for the same."""
    turned = np.roll(np.arange(corpus.pictures), int(chance.integers(1, corpus.pictures)))
    return re.sub(r"\b([Ii]mage) (\d)\b", lambda found: f"{found[1]} {turned[int(found[2]) - 1] + 1}" if 1 <= int(found[2]) <= corpus.pictures else found[0], answer)


def other_sentence(answer: str, corpus: Corpus, chance: np.random.Generator) -> str:
    """One sentence of another conversation in place of one of the answer's."""
    own = sentences_of(answer)
    own[int(chance.integers(len(own)))] = str(chance.choice(corpus.sentences))
    return " ".join(own)


def other_words(answer: str, corpus: Corpus, chance: np.random.Generator) -> str:
    """A third of the less common words, and at least one, replaced."""
    known = set(corpus.words)
    places = [found.span() for found in re.finditer(r"\b[a-z]{5,}\b", answer) if found[0] in known]
    if not places:
        return answer
    for place in sorted(chance.choice(len(places), size=max(1, len(places) // 3), replace=False).tolist(), reverse=True):
        start, end = places[place]
        answer = answer[:start] + str(chance.choice(corpus.words)) + answer[end:]
    return answer


RULES: tuple[Rule, ...] = (other_pictures, other_sentence, other_words)


def sentences_of(text: str) -> list[str]:
    """Split after full stops."""
    return [sentence for sentence in re.split(r"(?<=[.!?])\s+", text.strip()) if sentence]


def rejected(answer: str, corpus: Corpus, chance: np.random.Generator) -> str:
    """The answer made wrong by the first rule, in a drawn order, that changes it."""
    return next(wrong for place in chance.permutation(len(RULES)) if (wrong := RULES[place](answer, corpus, chance)) != answer)


def trl(folder: Path, seed: int) -> list[dict[str, Any]]:
    """Rows of TRL's conversational preference format: typed content, paths of the pictures in order."""
    talks = json.loads((folder / "train.json").read_text())
    answers = [[turn["content"] for turn in talk["conversation"] if turn["role"] == "assistant"] for talk in talks]
    counts = Counter(word for own in answers for word in set(re.findall(r"\b[a-z]{5,}\b", " ".join(own))))
    words = sorted(word for word, count in counts.items() if 2 <= count <= 20)
    rows = []
    for number, talk in enumerate(talks):
        chance = np.random.default_rng([seed, number])
        last = 2 * int(chance.integers(3)) + 1
        elsewhere = [sentence for other, own in enumerate(answers) if other != number for text in own for sentence in sentences_of(text)]
        chosen = talk["conversation"][last]["content"]
        wrong = rejected(chosen, Corpus(len(talk["images"]), elsewhere, words), chance)
        rows.append({
            "images": [str((folder / path).resolve()) for path in talk["images"]],
            "prompt": [{"role": turn["role"], "content": content(turn["content"])} for turn in talk["conversation"][:last]],
            **{name: [{"role": "assistant", "content": content(text)}] for name, text in (("chosen", chosen), ("rejected", wrong))},
        })  # fmt: skip
    return rows


def content(text: str) -> list[dict[str, str]]:
    """Text with `<image>` marks as typed parts."""
    parts: list[dict[str, str]] = []
    for place, chunk in enumerate(text.split("<image>")):
        parts += [{"type": "image"}] * bool(place) + [{"type": "text", "text": chunk}] * bool(chunk)
    return parts


def models(out: Path, texts: Sequence[str], seed: int) -> None:
    """Two model directories whose tokenizers have learnt words from `texts`."""
    longest = {"text_config.max_position_embeddings": 8192}
    build("llava", seed, texts, **{"vision_config.image_size": 336, "vision_config.patch_size": 14}, **longest).save(out / "llava")
    build("qwen2_5_vl", seed, texts, **{"vision_config.patch_size": 14}, **longest).save(out / "qwen2_5_vl")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[2] / "shared/data")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    facts_rows, talk_rows = rlhf_v(given.data / "rlaif_v_examples", given.seed), trl(given.data / "sharegpt4v_photos", given.seed)
    parquet.write_table(arrow.Table.from_pylist(facts_rows), given.out / "rlhf_v.parquet")
    (given.out / "trl.jsonl").write_text("".join(json.dumps(row) + "\n" for row in talk_rows))
    said = [part for row in talk_rows for turn in [*row["prompt"], *row["chosen"]] for part in turn["content"] if part["type"] == "text"]
    models(given.out, [*(json.loads(row["text"])["chosen"] for row in facts_rows), *(part["text"] for part in said)], given.seed)
    print(f"{given.out}: {len(facts_rows)} rows in rlhf_v.parquet, {len(talk_rows)} in trl.jsonl, models llava and qwen2_5_vl")


if __name__ == "__main__":
    main()
