"""Several boxes with labels: how many of the record's are found, how well, and how many are made up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from veridical.grade.boxes import Box, iou, located
from veridical.grade.exact import rule_of
from veridical.grade.grade import Grade, Grader

Match = tuple[int, int, float]
"""Gold place, said place, IoU."""
THRESHOLDS = tuple(round(0.5 + 0.05 * step, 2) for step in range(10))
RECALLS = np.linspace(0.0, 1.0, 101)
MOST = 100
"""Boxes of an answer that are compared, those with the highest scores."""


def greedy(gold: Sequence[Box], said: Sequence[Box], threshold: float = 0.0, labels: bool = True) -> list[Match]:
    """Pairs of boxes by falling IoU above `threshold`, each box once; with `labels` only boxes of one label."""
    pairs = [(iou(one, other), place, number) for place, one in enumerate(gold) for number, other in enumerate(said) if not labels or one.label == other.label]
    found: list[Match] = []
    for value, place, number in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2])):
        if value > threshold and all(place != one and number != other for one, other, _ in found):
            found.append((place, number, value))
    return found


def confident(gold: Sequence[Box], said: Sequence[Box]) -> list[Match]:
    """Visual-RFT's pairs: boxes by falling score, each with the best one of the record's that is left, where IoU is above 0.5; labels count nothing."""
    found: list[Match] = []
    for number in sorted(range(len(said)), key=lambda place: -said[place].score):
        free = [(iou(one, said[number]), -place) for place, one in enumerate(gold) if all(place != taken for taken, _, _ in found)]
        if free and max(free)[0] > 0.5:
            value, place = max(free)
            found.append((-place, number, value))
    return found


def of_all(gold: list[Box], said: list[Box]) -> float:
    """Sum of IoU over the larger number of boxes: what is missed and what is made up both cost."""
    return sum(value for _, _, value in greedy(gold, said)) / max(len(gold), len(said))


def best(gold: list[Box], said: list[Box]) -> float:
    """The largest IoU, over the larger number of boxes."""
    return max((value for _, _, value in greedy(gold, said)), default=0.0) / max(len(gold), len(said))


def of_said(gold: list[Box], said: list[Box]) -> float:
    """Sum of IoU over the boxes that are stated: the form of Visual-RFT's paper, in which what is missed costs nothing."""
    return sum(value for _, _, value in confident(gold, said)) / len(said)


def visual_rft(gold: list[Box], said: list[Box]) -> float:
    """Sum of IoU over the larger number, pairs by score and without labels: the form of Visual-RFT's code."""
    return sum(value for _, _, value in confident(gold, said)) / max(len(gold), len(said))


def vlm_r1(gold: list[Box], said: list[Box]) -> float:
    """VLM-R1's weighted sum: 0.7 · Σ IoU of pairs with one label / |gold| + 0.3 · (1 − (missed + made up) / 2), pairs with IoU of at least 0.5."""
    pairs = greedy(gold, said, 0.5 - 1e-12, labels=False)
    labelled = sum(value for place, number, value in pairs if gold[place].label == said[number].label)
    missed, invented = 1 - len(pairs) / len(gold), 1 - len(pairs) / len(said)
    return 0.7 * labelled / len(gold) + 0.3 * (1 - (missed + invented) / 2)


Rule = Callable[[list[Box], list[Box]], float]
RULES: Mapping[str, Rule] = MappingProxyType({"all": of_all, "best": best, "said": of_said, "visual_rft": visual_rft, "vlm_r1": vlm_r1})


def detection(rule: str = "all", reading: str = "place", said_in: str = "pixels", gold_in: str = "pixels") -> Grader:
    """A grader of sets of boxes by the IoU of matched ones.

        all, visual_rft: Σ IoU / max(|gold|, |said|)      best: max IoU / max(|gold|, |said|)      said: Σ IoU / |said|
        vlm_r1: 0.7 · Σ IoU / |gold| + 0.3 · (1 − (missed + made up) / 2)

    Where the record has no boxes, saying that there are none earns 1. `said` does not see what is missed, and visual_rft sees no
    labels: they are for comparison with published numbers.

    Source: Visual-RFT, arXiv 2503.01785; VLM-R1, arXiv 2504.07615. Follows: Liuziyu77/Visual-RFT, grpo.py; om-ai-lab/VLM-R1, grpo_jsonl.py.
    Differs: an empty answer to an empty record earns 1 under every rule, where Visual-RFT's code fails and gives 0.
    """
    return located(either(rule_of(RULES, rule)), reading, said_in, gold_in)


def box_confidence(reading: str = "place", said_in: str = "pixels", gold_in: str = "pixels") -> Grader:
    """A grader of how well a response knows which of its boxes are right: the mean of c for those that match and 1 − c for the others.

    Boxes that are wrong and said with confidence 0 earn 1: gate it by `detection`.

    Source: Visual-RFT, arXiv 2503.01785. Follows: Liuziyu77/Visual-RFT, grpo.py.
    """

    def calibrated(gold: list[Box], said: list[Box]) -> float:
        right = {number for _, number, _ in confident(gold, said)}
        return sum(box.score if number in right else 1 - box.score for number, box in enumerate(said)) / len(said)

    return located(either(calibrated), reading, said_in, gold_in)


def either(measure: Rule) -> Callable[[list[Box], list[Box]], Grade]:
    """A measure of two sets that have boxes; where one has none, 1 if the other has none either."""

    def right(gold: list[Box], said: list[Box]) -> Grade:
        said = sorted(dict.fromkeys(said), key=lambda box: -box.score)[:MOST]
        value = measure(gold, said) if gold and said else float(not gold and not said)
        return Grade(
            value, f"{len(said)} boxes", "" if value == 1 else f"{len(gold)} boxes are there, {len(said)} are stated", {"true": float(len(gold)), "said": float(len(said))}
        )

    return right


def average_precision(rule: str = "all", at: float | None = None, reading: str = "place", said_in: str = "pixels", gold_in: str = "pixels") -> Grader:
    """A grader of sets of boxes by mean average precision, as COCO computes it, over IoU thresholds 0.5, 0.55 ... 0.95 (or `at` alone).

        AP = mean over 101 recalls of the highest precision at that recall or a higher one; mean over thresholds and labels

    all: over the labels of gold and said boxes, so that a box of another label costs. vlm_r1: over the gold labels only, so that such
    boxes cost nothing, and all scores are 1. vlm_r1_length: that times min(1, |gold| / |said|).

    Source: COCO's definition; VLM-R1, arXiv 2504.07615. Follows: om-ai-lab/VLM-R1, grpo_jsonl.py (od_ap, od_ap50, odLength).
    """
    thresholds = THRESHOLDS if at is None else (at,)
    rules: Mapping[str, Rule] = {
        "all": lambda gold, said: mean_ap(gold, said, thresholds, {box.label for box in (*gold, *said)}),
        "vlm_r1": lambda gold, said: mean_ap(gold, unscored(said), thresholds, {box.label for box in gold}),
        "vlm_r1_length": lambda gold, said: mean_ap(gold, unscored(said), thresholds, {box.label for box in gold}) * min(1.0, len(gold) / len(said)),
    }
    return located(either(rule_of(rules, rule)), reading, said_in, gold_in)


def unscored(boxes: Sequence[Box]) -> list[Box]:
    """Boxes that are all equally certain."""
    return [box._replace(score=1.0) for box in boxes]


def mean_ap(gold: Sequence[Box], said: Sequence[Box], thresholds: Sequence[float], labels: set[str]) -> float:
    """Average precision, averaged over labels and thresholds."""
    values = [label_ap([box for box in gold if box.label == label], [box for box in said if box.label == label], threshold) for label in sorted(labels) for threshold in thresholds]
    return sum(values) / len(values)


def label_ap(gold: Sequence[Box], said: Sequence[Box], threshold: float) -> float:
    """Average precision of one label at one threshold: 0 where no such box is there, or none is stated."""
    if not gold or not said:
        return 0.0
    free, hits = set(range(len(gold))), []
    for box in sorted(said, key=lambda box: -box.score):
        value, place = max(((iou(gold[place], box), place) for place in free), default=(0.0, -1))
        hits.append(value >= threshold)
        free -= {place} if value >= threshold else set()
    right = np.cumsum(hits)
    precision = np.maximum.accumulate((right / np.arange(1, len(hits) + 1))[::-1])[::-1]
    places = np.searchsorted(right / len(gold), RECALLS - 1e-12, side="left")
    return float(np.mean([precision[place] if place < len(precision) else 0.0 for place in places]))
