"""A truthful judge with every fault that servers have. As a program: python tests/troubled_judge.py PAIRS PORT serves the pairs of a world file."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Mapping
from typing import Any

from judge_server import Answer, JudgeServer, Script, chance, shown, truthful

from veridical.records.load import load

FAULTS = ("429", "500", "hang", "cut", "broken", "empty", "refuse", "words", "flatter")


def fault_of(body: dict[str, Any]) -> str:
    """What goes wrong with a pair, whichever order it is shown in; "" for half of them."""
    number = chance(*sorted(shown(body)))
    return FAULTS[int(number * 2 * len(FAULTS))] if number < 0.5 else ""


def stubborn(body: dict[str, Any]) -> bool:
    """Whether a fault stays, for about a third of them."""
    return chance("stubborn", *sorted(shown(body))) < 0.35


def troubled(scores: Mapping[str, float]) -> Script:
    """A truthful judge with faults: those that pass do so at the third request, the others never."""
    honest = truthful(scores)

    def script(body: dict[str, Any], times: int) -> Answer:
        fault = fault_of(body)
        if fault == "flatter":
            return Answer('{"why": "it comes first", "better": "A"}')
        if not fault or (not stubborn(body) and times >= (1 if fault in ("refuse", "words") else 2)):
            return honest(body, times)
        if fault in ("429", "500"):
            return Answer(code=int(fault), headers={"Retry-After": "0.01"} if fault == "429" else {})
        return Answer("I like the first one.") if fault == "words" else Answer(fault=fault)

    return script


def main(path: str, port: str) -> None:
    """Serve until interrupted."""
    scores = {response.text: response.score for record in load(path).records for response in record.responses}
    with JudgeServer(troubled(scores), hang=3.0, port=int(port)) as server:
        print(server.url, flush=True)
        try:
            threading.Event().wait()
        finally:
            print(dict(Counter(fault_of(body) or "none" for body in server.asked)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
