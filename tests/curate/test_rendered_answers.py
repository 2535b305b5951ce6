"""Every rendered answer is certain: found again from the facts by other code, scored 1 by its grader, and never to be guessed without the picture."""

import json
from collections import Counter, defaultdict

import pytest
from rendered_twins import said, twin

from veridical.curate.rendered import renderings
from veridical.curate.rendered.compose import composed, record_of
from veridical.curate.rendered.settings import Settings
from veridical.grade.accuracy import accuracy
from veridical.records.pairing import apply_edits
from veridical.records.text import word_count

KINDS = list(renderings().values())
EACH = 9


@pytest.fixture(scope="session")
def records():
    """A few records of every kind, small and so quickly drawn, at every difficulty."""
    return [record_of(kind, number, Settings(difficulty=1 + number % 3, size=max(kind.least, 360), rejected=8)) for kind in KINDS for number in range(EACH)]


def test_answers_are_found_again_from_the_facts_by_other_code(records):
    for record in records:
        again = twin(record)
        right = said(record)
        assert again == pytest.approx(right) if isinstance(right, float) else again == right, (record.record_id, record.prompt_text, again, right)


def test_the_twin_sees_a_wrong_answer(records):
    wrong = 0
    for record in records:
        if record.answer.type in ("number", "exact", "yes_no"):
            changed = record.replace(answer=record.answer.replace(value=record.responses[1].answer))
            wrong += twin(changed) != said(changed)
    assert wrong == sum(record.answer.type in ("number", "exact", "yes_no") for record in records)


def test_graders_score_every_chosen_response_1_and_every_rejected_one_0(records):
    grade = accuracy()
    for record in records:
        assert grade(record, record.response("chosen").text).value == 1, record.record_id
        for pair in record.pairs:
            assert grade(record, record.response(pair.rejected).text).value == 0, (record.record_id, pair.rule)


def test_a_pair_names_its_error_and_stores_every_change(records):
    for record in records:
        assert record.pairs
        for pair in record.pairs:
            chosen, rejected = record.response(pair.chosen).text, record.response(pair.rejected).text
            assert pair.rule and pair.rejected_reason.startswith(f"{pair.rule}: ")
            assert chosen != rejected and pair.edits and apply_edits(rejected, chosen, pair.edits) == chosen


def test_worked_responses_end_with_a_box_and_short_ones_are_the_answer(records):
    for record in records:
        text = record.response("chosen").text
        if "\\boxed" in record.prompt_text:
            assert text.endswith(f"\\boxed{{{record.answer.value}}}.")
        elif "Give the reason" not in record.prompt_text:
            assert text == record.answer.value


def test_figures_cannot_be_answered_without_the_picture(records):
    """No number of a figure stands in its question."""
    for record in records:
        if record.tags[0] == "geometry":
            assert not any(sign.isdigit() for sign in record.prompt_text)


def blind(kind, count):
    """Chance, and the share of right answers of somebody who knows every skill's most frequent answer and sees no picture."""
    asked = [composed(kind, number, Settings(size=kind.least)).asked for number in range(count)]
    learnt, tested = defaultdict(Counter), asked[count // 2 :]
    for one in asked[: count // 2]:
        learnt[one.skill][one.answer.value] += 1
    right = sum(learnt[one.skill].most_common(1)[0][0] == one.answer.value for one in tested if learnt[one.skill])
    chance = sum(1 / 2 if one.answer.type == "yes_no" else 1 / len(one.answer.choices) if one.answer.choices else 1 / len(learnt[one.skill] or [0]) for one in tested)
    return right / len(tested), chance / len(tested)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_most_frequent_answer_is_hardly_better_than_chance(kind):
    guessed, chance = blind(kind, 300)
    assert guessed < chance + 0.06, (guessed, chance)


def test_yes_and_no_are_equally_frequent():
    found = Counter()
    for name in ("bar", "pie", "table", "form", "menu"):
        for number in range(45):
            asked = composed(renderings()[name], number, Settings(size=renderings()[name].least, difficulty=1)).asked
            if asked.answer.type == "yes_no":
                found[asked.answer.value] += 1
    whole = sum(found.values())
    assert whole > 40
    assert abs(found["yes"] - whole / 2) < 2.6 * (whole / 4) ** 0.5


def test_extremes_stand_at_every_place():
    """The right one of "which is the highest" is no more often the first than any other."""
    places = Counter()
    for number in range(150):
        one = composed(renderings()["bar"], number, Settings(size=320, difficulty=1))
        if one.asked.skill == "extreme":
            names = list(one.drawn.facts["data"][""])
            places[names.index(one.asked.answer.value) / (len(names) - 1)] += 1
    ends = places[0.0], places[1.0]
    assert sum(places.values()) > 12 and max(ends) < 0.6 * sum(places.values())


def test_compared_values_differ_by_the_stated_margin(records):
    """What can be read off an axis decides every answer: the two largest values differ by a step, and every step has four pixels and more."""
    for record in records:
        if record.tags[2] in ("extreme", "trend") and record.tags[0] == "charts" and record.tags[1] != "scatter":
            facts = json.loads(record.facts[0].text)
            rows = [sorted(row.values()) for series, row in facts["data"].items() if series in record.prompt_text]
            word = "highest" in record.prompt_text
            if record.tags[2] == "extreme":
                assert all((row[-1] - row[-2] if word else row[1] - row[0]) >= facts["margin"] for row in rows), record.prompt_text


def test_rejected_responses_are_no_shorter_and_no_longer_than_chosen_ones(records):
    """Otherwise a model could prefer by length, without looking."""
    differences = [word_count(record.response(pair.rejected).text) - word_count(record.response(pair.chosen).text) for record in records for pair in record.pairs]
    longer, shorter = sum(difference > 0 for difference in differences), sum(difference < 0 for difference in differences)
    assert abs(longer - shorter) < 0.08 * len(differences) and longer + shorter < 0.4 * len(differences)
