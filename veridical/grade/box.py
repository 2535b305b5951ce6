"""One box: how well it covers what is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from veridical.grade.boxes import Box, giou, iou, located
from veridical.grade.exact import rule_of
from veridical.grade.extract import unread
from veridical.grade.grade import Grade, Grader

RULES: Mapping[str, Callable[[Box, Box], float]] = MappingProxyType(
    {
        "iou": iou,
        "giou": lambda gold, said: (giou(gold, said) + 1) / 2,
        "vlm_r1": lambda gold, said: iou(gold, said, least=1.0),
        "visual_rft": lambda gold, said: giou(gold, said) + 1,
    }
)


def box(rule: str = "iou", threshold: float | None = None, reading: str = "place", said_in: str = "pixels", gold_in: str = "pixels") -> Grader:
    """A grader of one box.

        iou:    IoU                          vlm_r1: IoU, but an overlap of one pixel or less is none
        giou:   (GIoU + 1) / 2, in [0, 1]    visual_rft: GIoU + 1, in [0, 2]

    With `threshold`: 1 where the number is larger, else 0. The answer must state one box; more are no answer (vlm_r1 and
    visual_rft take the first). Boxes are compared in the record's own coordinates: see `grade.boxes` for `said_in` and `gold_in`.

    Source: VLM-R1, arXiv 2504.07615; Visual-RFT, arXiv 2503.01785. Follows: om-ai-lab/VLM-R1, qwen_module.py; Liuziyu77/Visual-RFT,
    grpo_lisa.py. Differs: boxes with decimals and negative corners are read.
    """
    measure, takes_first = rule_of(RULES, rule), rule in ("vlm_r1", "visual_rft")

    def right(gold: list[Box], said: list[Box]) -> Grade:
        if len(gold) != 1:
            return Grade(None, None, f"the record's answer states {len(gold)} boxes; one is compared here (see detection)")
        if not said or (len(set(said)) > 1 and not takes_first):
            return unread(f"{len(said)} boxes are stated; one was asked for")
        value = measure(gold[0], said[0])
        return Grade(value if threshold is None else float(value > threshold), str(list(said[0][:4])))

    return located(right, reading, said_in, gold_in)
