"""Tags in their places: the formats that published recipes ask for, each as a rule `(text) -> bool`.

The published rules are regular expressions that backtrack; here each is a search from left to right, which accepts the same texts in time
proportional to their length.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from veridical.grade.exact import rule_of
from veridical.grade.grade import Grade, Grader
from veridical.records.record import Record

THINK, THOUGHT, ANSWER, ANSWERED = TAGS = ("<think>", "</think>", "<answer>", "</answer>")
JOIN = re.compile(r"</think>\s*<answer>")
BOX = re.compile(r"\[\d+,\s*\d+,\s*\d+,\s*\d+\]")
SPACED = re.compile(r"\s*([<>/])\s*")


def think_answer(text: str) -> bool:
    """`<think>…</think> <answer>…</answer>` and nothing else: each tag once, something thought and something answered."""
    text = text.strip()
    if any(text.count(tag) != 1 for tag in TAGS) or not (text.startswith(THINK) and text.endswith(ANSWERED)):
        return False
    join = JOIN.search(text)
    return join is not None and bool(text[len(THINK) : join.start()].strip()) and bool(text[join.end() : -len(ANSWERED)].strip())


def only_answer(text: str) -> bool:
    """`<answer>…</answer>` and nothing else, once, with something answered."""
    text = text.strip()
    once = text.count(ANSWER) == text.count(ANSWERED) == 1 and text.startswith(ANSWER) and text.endswith(ANSWERED)
    return once and bool(text[len(ANSWER) : -len(ANSWERED)].strip())


def r1_v(text: str) -> bool:
    """R1-V, Video-R1, VLM-R1, Visual-RFT, R1-Omni: the whole text; more tags inside, and empty ones, pass."""
    return text.startswith(THINK) and text.endswith(ANSWERED) and JOIN.search(text, len(THINK), len(text) - len(ANSWERED)) is not None


def open_r1_video(text: str) -> bool:
    """Open-R1-Video: the same from the start; anything may follow."""
    join = JOIN.search(text, len(THINK)) if text.startswith(THINK) else None
    return join is not None and ANSWERED in text[join.end() :]


def lmm_r1(text: str) -> bool:
    """LMM-R1: nothing between the blocks, nothing around them, one opening tag of each kind."""
    if not text.startswith(THINK) or text.count(THINK) != 1 or text.count(ANSWER) != 1:
        return False
    end = text.find(THOUGHT)
    return text.startswith(ANSWER, end + len(THOUGHT)) and text.find(ANSWERED, end) == len(text) - len(ANSWERED)


def r1_reward(text: str) -> bool:
    """R1-Reward: nothing between the blocks, one of each tag; a line break may follow."""
    text = text.removesuffix("\n")
    ordered = text.startswith(THINK) and text.endswith(ANSWERED) and THOUGHT + ANSWER in text
    return ordered and all(text.count(tag) == 1 for tag in TAGS)


def geo3k(text: str) -> bool:
    r"""verl's geometry3k: `<think>…</think>…\boxed{…}…`, the whole text."""
    return in_order(text, THINK, THOUGHT, "\\boxed{", "}") and text.startswith(THINK)


def easy_r1(text: str) -> bool:
    """EasyR1's mathematics: the same after spaces around <, > and / are taken out."""
    return geo3k(SPACED.sub(r"\1", text))


def trl(text: str) -> bool:
    """TRL: one `<think>` at the start, which ends somewhere."""
    return text.startswith(THINK) and text.count(THINK) == 1 and THOUGHT in text


def vlm_r1_box(text: str) -> bool:
    """VLM-R1's referring expressions: the blocks anywhere, with a box of whole numbers in an object in the answer."""
    start = text.find(THINK)
    join = JOIN.search(text, start + len(THINK)) if start >= 0 else None
    brace = text.find("{", join.end()) if join else -1
    found = BOX.search(text, brace + 1) if brace >= 0 else None
    return found is not None and in_order(text[found.end() :], "}", ANSWERED)


def r1_aqa(text: str) -> bool:
    """R1-AQA: an answer block is the whole text."""
    return text.startswith(ANSWER) and text.endswith(ANSWERED) and len(text) >= len(ANSWER) + len(ANSWERED)


def in_order(text: str, *pieces: str) -> bool:
    """Whether the pieces stand in the text one behind the other."""
    place = 0
    for piece in pieces:
        found = text.find(piece, place)
        if found < 0:
            return False
        place = found + len(piece)
    return True


RULES: Mapping[str, Callable[[str], bool]] = MappingProxyType(
    {one.__name__: one for one in (think_answer, only_answer, r1_v, open_r1_video, lmm_r1, r1_reward, geo3k, easy_r1, trl, vlm_r1_box, r1_aqa)}
)


def format_tags(rule: str = "think_answer") -> Grader:
    """A grader of form: 1 where the response has the tags that its recipe asks for, whatever stands in them.

    think_answer and only_answer count every tag and want something in them; the others accept what the published rule accepts
    (r1_v, open_r1_video, lmm_r1, r1_reward, geo3k, easy_r1, trl, vlm_r1_box, r1_aqa).

    Source: the recipes of these names. Differs: see the module; white space at the ends counts only under the published rules.
    """
    holds = rule_of(RULES, rule)

    def grade(record: Record, response: str) -> Grade:
        good = holds(response)
        return Grade(float(good), None, "" if good else f"not in the format {rule}")

    return grade
