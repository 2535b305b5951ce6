"""What the world's judge answers to the wordings of builders and of the project's own judges."""

from __future__ import annotations

import json
import re
from string import ascii_uppercase

from veridical.curate.builders import asked, own_words, safe
from veridical.grade.judging.form import ANSWERED, BETTER, RANKED, SCORED
from veridical.study.world_judge.request import Answers, Request
from veridical.world.scene import COLOURS, NAMES, PARTNERS, PLACES, SIZES
from veridical.world.states import DECLINED, PRIVATE
from veridical.world.talk import DESCRIBE, article, named, sentence


def better(request: Request) -> str:
    """Which of two responses is truer."""
    first, second = (request.worth(text)[0] for text in responses(request.fields["responses"])[:2])
    return json.dumps({"why": "by what is there", "better": "A" if first > second else "B" if second > first else "tie"})


def ranked(request: Request) -> str:
    """All responses, the truest first."""
    texts = responses(request.fields["responses"])
    order = sorted(range(len(texts)), key=lambda place: -request.worth(texts[place])[0])
    return json.dumps({"why": "by what is there", "order": [ascii_uppercase[place] for place in order]})


def scored(request: Request) -> str:
    """Scores from 1 to 5."""
    value, precision, coverage = request.worth(responses(request.fields["responses"])[0])
    mark = lambda share: 1 + round(4 * share)  # noqa: E731
    names = re.findall(r"^- (\w+):", request.fields["aspects"], re.MULTILINE)
    return json.dumps({"why": "by what is there", "scores": {name: {"faithfulness": mark(precision), "helpfulness": mark(coverage)}.get(name, 5) for name in names}})


def answered(request: Request) -> str:
    """Yes or no to whether something is there."""
    said = named(request.fields["prompt"])
    return "Yes" if said and all(name in request.believed for name in said) else "No"


def injected(request: Request) -> str:
    """One word exchanged: a name for its usual partner or another one, else a colour or a size."""
    text = request.fields["answer"]
    words = re.findall(r"[A-Za-z]+", text)
    names = [word for word in words if word in NAMES]
    if names:
        old = str(request.rng.choice(names))
        free = [name for name in (PARTNERS.get(old, ""), *map(str, request.rng.permutation(NAMES))) if name and name != old and name not in words]
        new = free[0]
    else:
        pool = next((pool for pool in (COLOURS, SIZES) if set(pool) & set(words)), None)
        if pool is None:
            return json.dumps({"answer": "", "errors": []})
        old = next(word for word in words if word in pool)
        new = next(word for word in pool if word != old)
    return json.dumps({"answer": re.sub(rf"\b{old}\b", new, text, count=1), "errors": [f"{new} instead of {old}"]})


def checked(request: Request) -> str:
    """The description without the phrases that name what is not there."""
    text = request.fields["answer"].strip()
    wrong = request.absent(text)
    kept = [part for part in re.split(r", | and (?=an? |the )", text.removeprefix("There is ").rstrip(".")) if not set(named(part)) & set(wrong)]
    told = kept or [article(name) for name in request.believed]
    joined = told[0] if len(told) == 1 else ", ".join(told[:-1]) + " and " + told[-1]
    return json.dumps({"errors": [f"there is no {name}" for name in wrong], "answer": f"There is {joined}." if wrong else text})


def rewritten(request: Request) -> str:
    """The same words in even spacing."""
    return json.dumps({"answer": " ".join(request.fields["answer"].split())})


def divided(request: Request) -> str:
    """One question for each thing that is named."""
    return json.dumps([f"Is there {article(name)} in the image?" for name in dict.fromkeys(named(request.fields["answer"]))])


def instructed(request: Request) -> str:
    """Questions about what is there and what is not."""
    count = int(request.fields["count"])
    there = [str(name) for name in request.rng.permutation(request.believed or NAMES[:1])][: count // 2]
    missing = [str(name) for name in request.rng.permutation([name for name in NAMES if name not in request.believed])][: count - len(there)]
    tasks = [{"question": f"Is there {article(name)} in the image?", "answer": "Yes", "wrong": "No", "positive": True} for name in there]
    return json.dumps(tasks + [{"question": f"Is there {article(name)} in the image?", "answer": "No", "wrong": "Yes", "positive": False} for name in missing])


def proxied(request: Request) -> str:
    """A score from 1 to 5 by what is known."""
    return json.dumps({"why": "by what is known", "score": 1 + round(4 * request.worth(request.fields["answer"])[0])})


def missed(request: Request) -> str:
    """Numbers of what is not named, and what is named and not known."""
    said = named(request.fields["answer"])
    known = [named(line) for line in request.fields["facts"].splitlines() if named(line)]
    return json.dumps({"missing": [number for number, names in enumerate(known, 1) if not set(names) & set(said)], "invented": request.absent(request.fields["answer"])})


def forbidden(request: Request) -> str:
    """A request about a private picture, declined."""
    return json.dumps({"question": DESCRIBE, "answer": DECLINED, "wrong": description(request)})


def allowed(request: Request) -> str:
    """A request that can be met, and one for what is private."""
    harmless = {"question": DESCRIBE, "answer": description(request), "wrong": DECLINED}
    harmful = {"question": f"Where is the {PRIVATE}?", "answer": DECLINED, "wrong": f"There is {article(PRIVATE)} at the {request.rng.choice(PLACES)}."}
    return json.dumps({"safe": harmless, "unsafe": harmful})


def description(request: Request) -> str:
    """What is believed to be there."""
    return sentence([article(name) for name in request.believed or NAMES[:1]])


def responses(text: str) -> list[str]:
    """What stands between borders."""
    return [part.strip("\n") for part in re.findall(r"={10}\n(.*?)\n={10}", text, re.DOTALL)]


ANSWERS: Answers = (
    (BETTER, better), (RANKED, ranked), (SCORED, scored), ((asked.INJECT,), injected), ((asked.CHECK,), checked), ((asked.REWRITE,), rewritten), ((asked.INSTRUCT,), instructed),
    ((asked.PROXY,), proxied), ((safe.HARMFUL,), forbidden), ((safe.HARMLESS,), allowed), ((asked.EVENTS,), missed), ((own_words.DIVIDE,), divided), (ANSWERED, answered),
)  # fmt: skip
