"""Each published format accepts what its regular expression accepts, without the time that the expression takes."""

import random
import re

import pytest

from veridical.grade.format_tags import RULES, format_tags
from veridical.records.record import Record

RECORD = Record(record_id="r", prompt=())
# the published expressions, each with the way it is applied
PUBLISHED = {
    "r1_v": lambda text: re.fullmatch(r"<think>.*?</think>\s*<answer>.*?</answer>", text, re.DOTALL),
    "open_r1_video": lambda text: re.match(r"<think>.*?</think>\s*<answer>.*?</answer>", text, re.DOTALL),
    "lmm_r1": lambda text: (
        re.match(r"^<think>(?:(?!</think>).)*</think><answer>(?:(?!</answer>).)*</answer>\Z", text, re.DOTALL) and text.count("<think>") == text.count("<answer>") == 1
    ),
    "r1_reward": lambda text: (
        re.match(r"^<think>.*?</think><answer>.*?</answer>$", text, re.DOTALL) and all(text.count(tag) == 1 for tag in ("<think>", "</think>", "<answer>", "</answer>"))
    ),
    "geo3k": lambda text: re.fullmatch(r"<think>.*</think>.*\\boxed\{.*\}.*", text, re.DOTALL),
    "easy_r1": lambda text: re.fullmatch(r"<think>.*</think>.*\\boxed\{.*\}.*", re.sub(r"\s*(<|>|/)\s*", r"\1", text), re.DOTALL),
    "trl": lambda text: re.match(r"^<think>(?!.*<think>)(.*?)</think>.*$", text, re.DOTALL | re.MULTILINE),
    "vlm_r1_box": lambda text: re.search(r"<think>.*?</think>\s*<answer>.*?\{.*\[\d+,\s*\d+,\s*\d+,\s*\d+\].*\}.*?</answer>", text, re.DOTALL),
    "r1_aqa": lambda text: re.fullmatch(r"<answer>.*?</answer>", text, re.DOTALL),
}
PIECES = ["<think>", "</think>", "<answer>", "</answer>", " ", "\n", "x", "\\boxed{", "{", "}", "[1, 2,3,4]", "< think >", "\\boxed{5}"]
SHAPES = [
    ["<think>", "x", "</think>", "<answer>", "x", "</answer>"], ["<think>", "x", "</think>", "\\boxed{5}"], ["<think>", "x", "</think>", " ", "<answer>", "{", "[1, 2,3,4]", "}", "</answer>"],
    ["<answer>", "x", "</answer>"],
]  # fmt: skip


def texts(count: int) -> list[str]:
    """Formats with a few pieces changed, so that about as many pass as fail."""
    draw, found = random.Random(0), []
    for _ in range(count):
        pieces = list(draw.choice(SHAPES))
        for _ in range(draw.randrange(4)):
            place = draw.randrange(len(pieces) + 1)
            if draw.random() < 0.6:
                pieces.insert(place, draw.choice(PIECES))
            elif place < len(pieces):
                del pieces[place]
        found.append("".join(pieces))
    return found


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_rule_is_the_published_expression(name):
    said = [(RULES[name](text), bool(PUBLISHED[name](text)), text) for text in texts(3000)]
    assert [text for ours, theirs, text in said if ours != theirs] == []
    assert 50 < sum(ours for ours, _, _ in said) < 2950


def test_every_published_rule_has_its_expression_here():
    assert set(RULES) - set(PUBLISHED) == {"think_answer", "only_answer"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("<think>a</think><answer>b</answer>", 1), (" <think>a</think>\n <answer>b</answer>\n", 1), ("<think></think><answer>b</answer>", 0), ("<think>a</think><answer> </answer>", 0),
        ("<think>a</think><answer>b</answer><answer>c</answer>", 0), ("<think>a<think></think><answer>b</answer>", 0), ("x<think>a</think><answer>b</answer>", 0),
        ("<think>a</think>x<answer>b</answer>", 0), ("<answer>b</answer><think>a</think>", 0), ("", 0),
    ],
)  # fmt: skip
def test_the_strict_form_counts_tags_and_wants_something_in_them(text, value):
    assert format_tags()(RECORD, text).value == value


def test_the_published_form_pays_for_empty_tags_and_the_strict_form_does_not():
    empty = "<think></think><answer></answer>"
    assert format_tags("r1_v")(RECORD, empty).value == 1.0 and format_tags()(RECORD, empty).value == 0.0


def test_an_answer_alone_may_be_asked_for():
    assert format_tags("only_answer")(RECORD, "<answer>b</answer>\n").value == 1.0
    assert format_tags("only_answer")(RECORD, "<think>a</think><answer>b</answer>").value == 0.0
