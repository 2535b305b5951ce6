"""Scores to pairs by rule, and differences between texts that put one in place of the other."""

import random

import pytest

from veridical.records.pairing import Dropped, Pairing, apply_edits, edits, pair
from veridical.records.record import Record, Response, Turn, text_parts
from veridical.records.text import pieces, word_count

ALPHABET = ["a", "b", "the", " ", "  ", "\n", ".", ",", "été", "😀", "é", "中文", "ไทย", "かな", "123", "-", "\u200d", "\t"]


@pytest.mark.parametrize("seed", range(200))
def test_edits_applied_to_rejected_give_chosen(seed):
    draw = random.Random(seed)
    rejected = "".join(draw.choices(ALPHABET, k=draw.randrange(30)))
    kept = [piece for piece in pieces(rejected) if draw.random() < 0.7]
    chosen = "".join(draw.choices(ALPHABET, k=draw.randrange(30))) if seed % 2 else "".join(kept)
    found = edits(chosen, rejected)
    assert apply_edits(rejected, chosen, found) == chosen
    assert bool(found) == (chosen != rejected)
    # swapping the sides is the same difference from the other side
    assert apply_edits(chosen, rejected, edits(rejected, chosen)) == rejected


def test_edits_are_the_words_that_differ_in_characters_of_both_texts():
    # "A red bus stands here." -> "A blue bus stands right here."
    chosen, rejected = "A blue bus stands right here.", "A red bus stands here."
    found = [(one.op, chosen[one.chosen_start : one.chosen_end], rejected[one.rejected_start : one.rejected_end]) for one in edits(chosen, rejected)]
    assert found == [("replace", " blue", " red"), ("insert", " right", "")]
    assert [(one.op, one.rejected_start, one.rejected_end) for one in edits("A bus.", "A 😀 bus.")] == [("delete", 1, 3)]


def test_texts_without_spaces_differ_by_characters():
    assert [(one.chosen_start, one.chosen_end) for one in edits("红色的车", "蓝色的车")] == [(0, 1)]


@pytest.mark.parametrize(("text", "count"), [("", 0), ("  ", 0), ("One two", 2), ("don't stop-gap.", 2), ("红色的车", 4), ("a 车 b", 3), ("line\nbreak", 2)])
def test_words_are_counted_between_spaces_or_as_characters(text, count):
    assert word_count(text) == count and "".join(pieces(text)) == text


def scored(**scores: float | None) -> Record:
    """A record with responses r<name> of these scores; their texts are as many words as the name's letters."""
    responses = tuple(Response(response_id=name, parts=text_parts(" ".join([name] * len(name))), score=score) for name, score in scores.items())
    return Record(record_id="x", kind="prompt_only", prompt=(Turn(role="user", parts=text_parts("?")),), responses=responses)


def made(record: Record, **how) -> list[tuple]:
    return [(one.chosen, one.relation, one.rejected, one.margin) for one in pair(record, Pairing(**how)).pairs]


def test_best_against_worst_then_inwards():
    record = scored(a=1.0, b=4.0, c=2.0, d=3.0, e=0.0)
    assert made(record) == [("b", ">", "e", 4.0)]
    assert made(record, most=9) == [("b", ">", "e", 4.0), ("d", ">", "a", 2.0)]


def test_all_pairs_begin_with_the_largest_difference():
    assert made(scored(a=1.0, b=4.0, c=2.0), rule="all_pairs", most=9) == [("b", ">", "a", 3.0), ("b", ">", "c", 2.0), ("c", ">", "a", 1.0)]
    assert made(scored(a=1.0, b=4.0, c=2.0), rule="all_pairs", most=2) == [("b", ">", "a", 3.0), ("b", ">", "c", 2.0)]


def test_adjacent_pairs_are_neighbours_in_the_order_of_scores():
    assert made(scored(a=1.0, b=4.0, c=2.0), rule="adjacent", most=9) == [("b", ">", "c", 2.0), ("c", ">", "a", 1.0)]


def test_a_gap_must_be_exceeded_and_ties_are_pairs_only_when_asked_for():
    assert made(scored(a=1.0, b=2.0), gap=1.0) == [] and made(scored(a=1.0, b=2.0), gap=0.9) == [("b", ">", "a", 1.0)]
    assert made(scored(a=1.0, b=1.0)) == []
    assert made(scored(a=1.0, b=1.0), ties=True) == [("a", "=", "b", 0.0)]
    assert made(scored(a=1.0, b=1.5), ties=True, gap=1.0) == []


def test_lengths_too_different_are_dropped():
    # "aaa" is three words, "b" one
    assert made(scored(aaa=2.0, b=1.0), length_ratio=3.0) == [("aaa", ">", "b", 1.0)]
    assert made(scored(aaa=2.0, b=1.0), length_ratio=2.9) == []
    assert made(scored(aaa=1.0, b=2.0), length_ratio=2.9) == []


def test_unscored_responses_are_left_aside_and_equal_texts_count_once():
    assert made(scored(a=None, b=2.0)) == []
    record = scored(a=3.0, b=2.0)
    twin = Response(response_id="twin", parts=text_parts("a"), score=9.0)
    assert made(record.replace(responses=(*record.responses, twin))) == [("a", ">", "b", 1.0)]


def test_what_was_dropped_is_counted_by_reason():
    dropped = Dropped()
    pair(scored(a=1.0, b=1.0), Pairing(), dropped)
    pair(scored(aaa=2.0, b=1.0), Pairing(length_ratio=2.0), dropped)
    pair(scored(a=2.0, b=1.0), Pairing(), dropped)
    pair(scored(a=2.0), Pairing(), dropped)
    assert dropped.reasons == {"score difference too small": 1, "lengths too different": 1, "prompts without a pair": 3}


def test_a_pair_carries_its_rule_and_edits():
    record = pair(scored(a=2.0, b=1.0), Pairing(rule="adjacent"))
    (one,) = record.pairs
    assert (record.kind, one.rule) == ("preference", "adjacent") and apply_edits("b", "a", one.edits) == "a"
