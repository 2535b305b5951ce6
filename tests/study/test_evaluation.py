"""An evaluation from its recipe to result files: suites, parts, blind questions, estimates, judges that fail, processes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from judge_server import Answer, JudgeServer, chance
from typer.testing import CliRunner

from veridical.cli import app
from veridical.evaluate.benchmark import BenchmarkError
from veridical.evaluate.benchmarks import find
from veridical.evaluate.processes import Processes
from veridical.evaluate.statistics import NotComparable, compare
from veridical.evaluate.suites import Suite
from veridical.models.respondent import Respondent, Said
from veridical.recipe import BenchmarkChoice, EvaluateRecipe, JudgeServer as Judge, RecipeError, load
from veridical.report.summary import compared
from veridical.study import choosing, evaluation
from veridical.study.evaluation import estimate_evaluation, run_evaluation
from veridical.world.files import write_all

WORLD = {"amber": {"settings": {"tagger": "lexicon", "similarity": "exact"}}}


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """CHAIR, POPE and AMBER of a few scenes, with what they need as a suite."""
    folder = write_all(tmp_path_factory.mktemp("world"), 4, 5, 3)
    (folder / "suite.json").write_text(json.dumps(WORLD))
    return folder


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Prompt and number of pictures of everything that a scripted model is asked; it finds everything everywhere."""
    seen: list[tuple[str, int]] = []

    def say(records):
        seen.extend((record.prompt_text, len(record.media)) for record in records)
        return [Said("Yes, a tree and a house.", 100, 10) for _ in records]

    monkeypatch.setattr(evaluation, "respondent_of", lambda recipe, device=None: (Respondent(say), "digest"))
    return seen


def recipe(tmp_path: Path, *choices: BenchmarkChoice, **changes) -> EvaluateRecipe:
    """An evaluation without a model directory."""
    return EvaluateRecipe(**{"model": "m", "benchmarks": list(choices), "run": str(tmp_path / "run"), **changes})


def pope(world: Path, **changes) -> BenchmarkChoice:
    """The world's POPE."""
    return BenchmarkChoice(name="pope", data=str(world / "pope"), **changes)


def test_a_suite_takes_what_is_there_and_says_how_to_get_the_rest(world, tmp_path, asked, monkeypatch):
    monkeypatch.setattr(choosing, "find_suite", lambda name: Suite(name, "", {"hallucination": {"pope": 20, "amber": 10, "chair": 3}, "general": {"mmstar": 5}}))
    lines: list[str] = []
    found = run_evaluation(recipe(tmp_path, suite="s", data=str(world)), lines.append)
    assert list(found) == ["pope", "amber", "chair"] and found["amber"].settings["tagger"] == "lexicon" and len(found["chair"].rows) == 3
    assert any(line.startswith("mmstar: not asked") and find("mmstar").published in line for line in lines)
    assert sorted(path.name for path in (tmp_path / "run" / "results").iterdir()) == ["amber.json", "chair.json", "pope.json"]
    with pytest.raises(RecipeError, match="data: with a suite, a folder"):
        run_evaluation(recipe(tmp_path, suite="s"), lines.append)


def test_what_a_suite_cannot_grade_is_left_out_with_its_reason_and_alone_it_is_an_error(world, tmp_path, asked, monkeypatch):
    monkeypatch.setattr(choosing, "find_suite", lambda name: Suite(name, "", {"hallucination": {"mmhal_bench": 4, "pope": 20}}))
    folder, lines = tmp_path / "data", []
    folder.mkdir()
    (folder / "pope").symlink_to(world / "pope")
    mmhal(folder / "mmhal_bench", 8)
    assert list(run_evaluation(recipe(tmp_path, suite="s", data=str(folder), blind=True), lines.append)) == ["pope-blind"]
    assert any(line.startswith("mmhal_bench-blind: left out: this convention needs a judge") for line in lines) and not any(text.startswith("What is") for text, _ in asked)
    with pytest.raises(BenchmarkError, match="needs a judge"):
        run_evaluation(recipe(tmp_path, BenchmarkChoice(name="mmhal_bench", data=str(folder / "mmhal_bench")), blind=True, run=str(tmp_path / "alone")), lines.append)


def test_the_same_command_asks_nothing_and_writes_the_same_bytes(world, tmp_path, asked):
    given = recipe(tmp_path, pope(world, size=30))
    run_evaluation(given, print)
    count, first = len(asked), (tmp_path / "run" / "results" / "pope.json").read_bytes()
    run_evaluation(given, print)
    assert len(asked) == count and (tmp_path / "run" / "results" / "pope.json").read_bytes() == first


def test_blind_questions_show_no_picture_and_their_result_says_so(world, tmp_path, asked):
    seen = run_evaluation(recipe(tmp_path, pope(world)), print)["pope"]
    pictures = {count for _, count in asked}
    asked.clear()
    blind = run_evaluation(recipe(tmp_path, pope(world), blind=True), print)["pope-blind"]
    assert pictures == {1} and {count for _, count in asked} == {0} and {text for text, _ in asked} == {row.prompt for row in seen.rows}
    assert blind.settings["blind"] is True and blind.data == seen.data and (tmp_path / "run" / "results" / "pope-blind.json").is_file()
    assert [row.group for row in blind.rows] == [row.group for row in seen.rows]
    with pytest.raises(NotComparable, match="blind"):
        compare(seen, blind)
    assert compare(seen, blind, may_differ=["blind"])["accuracy"].difference == 0


def test_an_estimate_asks_one_batch_says_the_rest_and_keeps_what_was_asked(world, tmp_path, asked):
    given, lines = recipe(tmp_path, pope(world), generation={"batch": 6}, estimate=True), []
    [one] = estimate_evaluation(given, lines.append)
    whole = one.requests
    assert len(asked) == whole - one.left <= 6 and one.known == 0 and one.questions == 5 * 3 * 6 > whole
    assert one.read == pytest.approx(100 * one.left) and one.written == pytest.approx(10 * one.left)
    assert f"{one.questions} questions, {whole} different requests, 0 answered before; left: {one.left} requests" in lines[0]
    run_evaluation(given, lines.append)
    assert len(asked) == whole


def test_only_the_records_of_a_subset_file_are_asked(world, tmp_path, asked):
    names = ["random/1", "random/2", "popular/4"]
    (tmp_path / "part.json").write_text(json.dumps({"pope": names}))
    found = run_evaluation(recipe(tmp_path, pope(world), subset=str(tmp_path / "part.json")), print)["pope"]
    assert [row.record_id for row in found.rows] == names and found.settings["subset"] == "part.json"
    with pytest.raises(BenchmarkError, match="names no record of chair"):
        run_evaluation(recipe(tmp_path, BenchmarkChoice(name="chair", data=str(world / "chair")), subset=str(tmp_path / "part.json")), print)


def test_two_results_of_one_name_are_refused_and_a_label_tells_them_apart(world, tmp_path, asked):
    with pytest.raises(BenchmarkError, match="would be called 'pope'"):
        run_evaluation(recipe(tmp_path, pope(world), pope(world, convention="lmms")), print)
    assert set(run_evaluation(recipe(tmp_path, pope(world), pope(world, convention="lmms", label="pope_lmms")), print)) == {"pope", "pope_lmms"}


def test_two_processes_write_the_result_of_one(world, tmp_path, asked, monkeypatch):
    run_evaluation(recipe(tmp_path, pope(world), run=str(tmp_path / "one")), print)
    alone = len(asked)
    asked.clear()
    monkeypatch.setattr(Processes, "wait", lambda self: None)
    for number in (1, 0):  # the second is done before the first comes to wait for it
        monkeypatch.setattr(Processes, "here", classmethod(lambda cls, number=number: cls(number, 2)))
        found = run_evaluation(recipe(tmp_path, pope(world), run=str(tmp_path / "two")), print)
        assert bool(found) == (number == 0)
    assert len(asked) == alone and (tmp_path / "two" / "responses-1.jsonl").is_file()
    assert (tmp_path / "two" / "results" / "pope.json").read_bytes() == (tmp_path / "one" / "results" / "pope.json").read_bytes()


def test_neither_benchmarks_nor_a_suite_and_both_are_refused(tmp_path):
    for given in ({}, {"suite": "six", "benchmarks": [{"name": "pope", "data": "d"}]}):
        with pytest.raises(RecipeError, match="benchmarks"):
            run_evaluation(recipe(tmp_path, **given), print)
    assert load(EvaluateRecipe, None, ["model=m", "suite=six", "judge.url=http://x/v1", "size=5"]).judge.url == "http://x/v1"


def mmhal(folder: Path, count: int) -> Path:
    """Questions in MMHal-Bench's layout."""
    folder.mkdir()
    types = ["attribute", "adversarial", "comparison", "counting", "relation", "environment", "holistic", "other"]
    same = {"question_topic": "animals", "image_content": ["dog"], "gt_answer": "a dog"}
    rows = [
        {**same, "question_type": types[number % 8], "image_id": f"{number}", "image_src": f"http://x/{number}.png", "question": f"What is {number}?"}
        for number in range(count)
    ]
    (folder / "response_template.json").write_text(json.dumps(rows))
    return folder


def test_a_judge_that_fails_half_of_the_time_delays_and_changes_nothing(tmp_path, asked):
    folder = mmhal(tmp_path / "mmhal", 24)
    results = []
    for name, failing in (("well", False), ("ill", True)):

        def script(body, times, failing=failing):
            if failing and chance(json.dumps(body), times) < 0.5:
                return (Answer(code=500), Answer(fault="cut"), Answer(fault="broken"), Answer(code=429, headers={"Retry-After": "0.01"}))[times % 4]
            return Answer(f"Rating: {int(6 * chance(json.dumps(body)))}")

        with JudgeServer(script) as server:
            judge = Judge(url=server.url, model="judge-1", tries=2, pause=0.01, price_read=10.0)
            choice = BenchmarkChoice(name="mmhal_bench", data=str(folder), settings={"judge_url": server.url, "judge_model": "judge-1", "judge_tries": 2})
            result = run_evaluation(recipe(tmp_path, choice, judge=judge, blind=True, run=str(tmp_path / name)), print)["mmhal_bench-blind"]
            results.append((result, len(server.asked)))
    (well, few), (ill, many) = results
    assert well.metrics == ill.metrics and well.rows == ill.rows and well.metrics["unjudged"].value == 0 and many > 1.5 * few
    assert ill.settings["judge_model"] == "judge-1" and ill.settings["judge_version"] == "m" and "judge_cache" not in ill.settings
    same, other = (ill.model_copy(update={"settings": {**ill.settings, **changed}}) for changed in ({"judge_url": well.settings["judge_url"]}, {"judge_version": "m-2"}))
    assert compare(well, same)["score"].difference == 0
    with pytest.raises(NotComparable, match="judge_version: 'm' and 'm-2'"):
        compare(well, other)
    assert compared("mmhal_bench", well, other)["not_compared"].startswith("mmhal_bench: settings that move the number differ")


def test_a_launcher_that_started_one_process_of_several_is_told(world, tmp_path, asked, monkeypatch):
    monkeypatch.setenv("MASTER_ADDR", "127.0.0.1")
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    lines: list[str] = []
    run_evaluation(recipe(tmp_path, pope(world, size=20)), lines.append)
    assert "--multi_gpu" in lines[0]


def test_an_interrupted_evaluation_says_that_the_same_command_goes_on(monkeypatch):
    def interrupted(recipe, say):
        raise KeyboardInterrupt

    monkeypatch.setattr(evaluation, "run_evaluation", interrupted)
    found = CliRunner().invoke(app, ["evaluate", "model=m", "--suite", "six", "run=runs/r"])
    assert found.exit_code == 130 and "runs/r: stopped; every batch that was answered is kept, and the same command goes on" in found.output
