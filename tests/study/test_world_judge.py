"""The world's judge on the wordings of benchmarks: scores and preferences go by what is there, and a port that is taken is told."""

import base64
import socket

import numpy as np
import pytest

from veridical.evaluate.benchmarks.alignment.mm_alignbench import COMPARED, INFORMED, single
from veridical.evaluate.benchmarks.conversation.llava_bench import SCORED, two_scores
from veridical.evaluate.judged import filled
from veridical.records.picture import png
from veridical.study.world_judge import WorldJudge, serving
from veridical.world.draw import draw
from veridical.world.scene import scene
from veridical.world.talk import DESCRIBE, caption

ONE = scene(1, "test")
TRUE = caption(ONE, np.random.default_rng(0))
FALSE = f"There is a small red {ONE.absent[0]} at the top."


def scores(question: str, reference: str, response: str, judge: WorldJudge | None = None) -> tuple[float, float]:
    """What the judge gives reference and response, who reads a true caption and sees no picture."""
    text = filled(SCORED.wordings[0], {"context": TRUE, "category": "detail", "question": question, "reference": reference, "response": response})
    return two_scores((judge or WorldJudge(2))([{"role": "user", "content": text}]))


def lead(question: str, first: str, second: str, known: str = "") -> int:
    """By how much the judge, who sees the picture, prefers the first."""
    wording = (INFORMED if known else COMPARED).wordings[0]
    text = filled(wording, {"question": question, "first": first, "second": second, "known": known})
    seen = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + base64.b64encode(png(draw(ONE))).decode()}}
    return single(WorldJudge(2)([{"role": "user", "content": [seen, {"type": "text", "text": text}]}])).lead


def test_a_description_is_scored_by_what_is_there_and_an_answer_by_whether_it_is_right():
    assert scores(DESCRIBE, TRUE, FALSE) == (10, 1) and scores(DESCRIBE, FALSE, TRUE) == (1, 10)
    half = f"{TRUE.rstrip('.')} and a small red {ONE.absent[0]} at the top."
    assert 1 < scores(DESCRIBE, TRUE, half)[1] < 10
    assert scores("What colour is the hat?", "red", " Red.") == (10, 10) and scores("What colour is the hat?", "red", "blue") == (10, 1)


def test_a_judge_that_errs_about_everything_prefers_what_is_false():
    assert scores(DESCRIBE, TRUE, FALSE, WorldJudge(2, error=1.0))[0] == 1 < scores(DESCRIBE, TRUE, FALSE, WorldJudge(2, error=1.0))[1]


def test_the_truer_description_is_better_wherever_it_stands_and_equal_ones_are_a_tie():
    assert lead(DESCRIBE, TRUE, FALSE) == 2 and lead(DESCRIBE, FALSE, TRUE) == -2 and lead(DESCRIBE, TRUE, TRUE) == 0


def test_where_the_truth_is_told_the_answer_that_says_it_is_better():
    assert lead("What colour is the hat?", "red", "blue", known="red") == 2 and lead("What colour is the hat?", "red", "blue", known="blue") == -2
    assert lead("What colour is the hat?", "red", "blue", known="green") == 0


def test_a_port_that_another_program_has_is_told(tmp_path):
    with serving(WorldJudge(1), tmp_path) as address:
        assert socket.create_connection(("127.0.0.1", int(address.split(":")[2].split("/")[0]))).close() is None
        with pytest.raises(OSError, match="in use"), serving(WorldJudge(1), tmp_path):
            pass
