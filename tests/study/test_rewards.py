"""Rewards are tried before anything is trained on them, and a reward that pays for nothing is named."""

import json

import pytest
from typer.testing import CliRunner

from veridical.cli import app
from veridical.grade.grade import Grade
from veridical.grade.reward import Reward, Rewards
from veridical.recipe import RecipeError
from veridical.records.load import save
from veridical.records.record import Answer, Record, Turn, text_parts
from veridical.study.rewards import ATTEMPTS, GARBAGE, choices_of, reward_matrix, try_rewards, wrong_of

QUESTIONS = [
    Record(record_id=str(place), kind="prompt_only", prompt=(Turn(role="user", parts=text_parts(text)),), answer=answer)
    for place, (text, answer) in enumerate(
        [
            ("How many?", Answer(type="number", value="3")),
            ("Which? A. one B. two C. four", Answer(type="choice", value="C", choices=("one", "two", "four"))),
            ("Is it so?", Answer(type="yes_no", value="yes")),
            ("Where?", Answer(type="boxes", value="[[0, 0, 3, 3]]")),
            ("What is it?", Answer(type="exact", value="a red bus")),
        ]
    )
]


@pytest.fixture
def data(tmp_path) -> str:
    """The questions as a file."""
    save(QUESTIONS, tmp_path / "questions.jsonl")
    return str(tmp_path / "questions.jsonl")


def test_gold_answers_earn_1_and_nothing_else_does(data):
    found = try_rewards("accuracy", data)
    earned = {row: cells["accuracy"].mean for row, cells in found.cells.items()}
    assert earned["gold"] == earned["gold, tagged"] == 1.0 and {value for row, value in earned.items() if not row.startswith("gold") or "only" in row} == {0.0}
    assert found.concerns == [] and found.text.endswith("no kind of response earns what gold answers earn")


def test_wrong_answers_are_plausible_and_differ_from_the_right_ones():
    assert [wrong_of(record, QUESTIONS) for record in QUESTIONS] == ["4", "A", "no", "[[3.0, 3.0, 6.0, 6.0]]", "3"]
    assert 90_000 < len(GARBAGE) <= 100_000


def test_a_reward_that_pays_for_everything_or_for_no_gold_answer_is_named():
    rewards = Rewards(
        [Reward("always", lambda record, response: Grade(1.0)), Reward("blind", lambda record, response: Grade(None)), Reward("never", lambda record, response: Grade(0.0))]
    )
    concerns = reward_matrix(rewards, QUESTIONS[:1]).concerns
    assert "always: empty earns 1.00, gold earns 1.00" in concerns and "blind: scores no gold answer" in concerns and "never: empty earns 0.00, gold earns 0.00" in concerns


def test_what_some_records_lack_is_counted():
    rewards = Rewards([Reward("some", lambda record, response: Grade(1.0 if record.record_id == "0" and response == "3" else None if record.record_id != "0" else 0.0))])
    found = reward_matrix(rewards, QUESTIONS)
    assert (found.cells["gold"]["some"].scored, found.cells["gold"]["some"].of) == (1, 5) and found.concerns[0] == "some: scores 1 of 5 gold answers"
    assert "1.00 (1)" in found.text


def test_rewards_of_a_recipe_are_tried_together_with_their_sum(data, tmp_path):
    recipe = tmp_path / "online.yaml"
    recipe.write_text("model: m\ndata: [{path: d}]\nrewards:\n  - {name: accuracy}\n  - {name: format_tags, label: format, weight: 0.5}\n")
    found = try_rewards(str(recipe), data)
    assert list(found.cells["gold"]) == ["accuracy", "format", "total"]
    assert (found.cells["gold"]["total"].mean, found.cells["gold, tagged"]["total"].mean, found.cells["wrong, tagged"]["total"].mean) == (1.0, 1.5, 0.5)
    recipe.write_text("model: m\ndata: [{path: d}]\n")
    with pytest.raises(RecipeError, match="has no rewards"):
        choices_of(str(recipe), [])


def test_the_command_prints_the_table_and_its_status_says_whether_there_are_concerns(data):
    run = CliRunner().invoke(app, ["rewards", "accuracy", data])
    assert run.exit_code == 0 and all(row in run.stdout for row in ATTEMPTS)
    run = CliRunner().invoke(app, ["rewards", "format_tags", data, "--set", "rule=r1_v", "--json"])
    assert run.exit_code == 1 and any("tags without content" in line for line in json.loads(run.stdout)["concerns"])
