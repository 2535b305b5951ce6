"""The alignment benchmarks on small files in their published layouts: gold, degenerate responses, judges, stored judgments, prompts, bad files."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from alignment_files import CASES, FAIR, FIRST, GOOD, POOR, Likely, chance_of_first, new_answers, old_answers, spoil, verdict, write
from graded_rows import row
from scripted_judge import NAMED, Scripted, words

from veridical.evaluate.benchmark import BenchmarkError
from veridical.evaluate.benchmarks import find
from veridical.evaluate.benchmarks.alignment.alpaca_eval import switched
from veridical.evaluate.benchmarks.alignment.alpaca_files import preference_of
from veridical.evaluate.benchmarks.alignment.arena_measures import SCORE, measures
from veridical.evaluate.measure import measured
from veridical.evaluate.run import score, score_file
from veridical.evaluate.statistics import compare
from veridical.grade.grade import NotInstalled
from veridical.grade.judging.asker import Asker

SNAPSHOTS = Path(__file__).parents[1] / "golden" / "alignment_prompts.json"


@pytest.fixture
def judge(monkeypatch):
    """A function that puts a scripted judge where servers are asked."""

    def use(server):
        monkeypatch.setattr(Asker, "of", server.of)
        return server

    return use


def truthful(name):
    """The judge of a benchmark who says what is so."""
    return Likely(chance_of_first) if name == "alpaca_eval" else Scripted(verdict)


def result(name, folder, say, settings=None, convention="official"):
    """What a model scores that says `say(record)`."""
    records = find(name).load(folder, None)
    return score(find(name), records, {record.record_id: say(record) for record in records}, convention, data=folder, grading=NAMED if settings is None else settings)


def values(found):
    """Numbers by name."""
    return {name: metric.value for name, metric in found.metrics.items()}


@pytest.mark.parametrize("name", CASES)
def test_better_responses_than_the_baselines_score_full_marks(name, judge, tmp_path):
    judge(truthful(name))
    found = result(name, write(CASES[name], tmp_path), CASES[name].gold)
    assert {key: values(found)[key] for key in CASES[name].full} == pytest.approx(CASES[name].full)
    assert found.unparsed == 0 and all(one.answer in ("won", "better") for one in found.rows)


@pytest.mark.parametrize("name", CASES)
def test_the_baselines_own_response_is_half_and_silence_loses(name, judge, tmp_path):
    judge(truthful(name))
    folder, headline = write(CASES[name], tmp_path), find(name).headline
    # a tie is no win where only wins count
    assert values(result(name, folder, lambda record: FAIR))[headline] == pytest.approx(0.0 if name == "mm_alignbench" else 50.0)
    for text in ("", "Yes", "A", "x" * 50):
        lost = result(name, folder, lambda record, text=text: text)
        assert all(one.value < 0.5 and one.answer in ("lost", "worse", "much_worse") for one in lost.rows)


@pytest.mark.parametrize("name", CASES)
def test_a_bad_row_is_named_with_file_row_and_field(name, judge, tmp_path):
    judge(truthful(name))
    spoil(CASES[name], tmp_path)
    with pytest.raises(BenchmarkError, match=re.escape(CASES[name].broken[-1])) as error:
        result(name, tmp_path, CASES[name].gold)
    assert CASES[name].broken[0] in str(error.value)


@pytest.mark.parametrize("name", CASES)
def test_an_empty_folder_says_which_files_belong_there_and_without_a_judge_nothing_is_scored(name, tmp_path):
    with pytest.raises(BenchmarkError, match="Published at"):
        find(name).load(tmp_path, None)
    with pytest.raises(BenchmarkError, match="needs a judge, and judge_url and judge_model is not given"):
        result(name, write(CASES[name], tmp_path), lambda record: GOOD, {})


def test_the_prompt_and_what_the_judge_is_asked_are_those_of_the_snapshot(judge, tmp_path):
    asked = {}
    for name, case in CASES.items():
        server = judge(truthful(name))
        folder = write(case, tmp_path / name)
        first = find(name).load(folder, None)[0]
        assert first.prompt_text == case.asked
        result(name, folder, case.gold)
        seen = [each[0] if name == "alpaca_eval" else each for each in server.asked]
        asked[name] = {"parts": [part.type for part in first.prompt[0].parts], "judge": sorted({words(messages) for messages in seen})}
    assert asked == json.loads(SNAPSHOTS.read_text())


def test_a_clear_win_weighs_three_and_both_orders_are_asked(judge, tmp_path):
    server = judge(Scripted(verdict))
    good = {"q0": GOOD, "q1": FAIR, "q2": "nonsense", "q3": POOR}
    found = result("arena_hard_v01", write(CASES["arena_hard_v01"], tmp_path), lambda record: good[record.record_id])
    # better twice, equal twice, worse four times: (2·1 + 2·0.5) / 8
    assert values(found)["score"] == pytest.approx(100 * 3 / 8)
    # equal responses make equal requests in both orders, which the cache answers once
    assert len(server.asked) == 7 and [one.counts["weight"] for one in found.rows] == [2, 2, 2, 2]
    judge(Scripted(lambda text: "[[A>>B]]" if text.index(GOOD) < text.index(FAIR) else "[[B>A]]"))
    # a judge who is surer when the good one stands first: 3 and 1 of 4
    found = result("arena_hard_v01", tmp_path, lambda record: GOOD)
    assert [one.counts["game2"] for one in found.rows] == [2.0] * 4 and [one.counts["game1"] for one in found.rows] == [1.0] * 4
    judge(Scripted(lambda text: "[[A>B]]"))
    found = result("arena_hard_v01", tmp_path, lambda record: GOOD)
    assert values(found)["prefers_first"] == 100.0 and values(found)["score"] == 50.0


def test_the_first_scorer_drops_a_game_without_a_verdict_and_the_second_the_prompt(judge, tmp_path):
    def says(text):
        return "I cannot say." if "Ask 1?" in text and text.index(GOOD) < text.index(FAIR) else "[[B>>A]]" if "Ask 1?" in text else "[[A=B]]"

    folder = write(CASES["arena_hard_v01"], tmp_path)
    server = judge(Scripted(says))
    first = result("arena_hard_v01", folder, lambda record: GOOD)
    # one clear win of weight 3 against six ties: (3 + 3) / 9
    assert values(first)["score"] == pytest.approx(100 * 6 / 9) and first.unparsed == 1 and values(first)["unjudged"] == 0
    assert len(server.asked) == 9  # asked once more where it said nothing
    server = judge(Scripted(says))
    second = result("arena_hard_v01", folder, lambda record: GOOD, convention="v2")
    assert values(second)["score"] == 50.0 and values(second)["unjudged"] == 25.0 and len(server.asked) == 8
    # several verdicts: none to the first scorer, which does not ask again; the last to the second
    server = judge(Scripted(lambda text: "[[A>B]] no, [[B>A]]"))
    none = result("arena_hard_v01", folder, lambda record: GOOD)
    assert none.unparsed == 8 and len(server.asked) == 8 and "score" not in none.metrics
    assert values(result("arena_hard_v01", folder, lambda record: GOOD, convention="v2"))["score"] == 50.0


def stored(folder, name="judged.jsonl"):
    """Published judgments of FIRST, of which two prompts are judged clearly, one with half a verdict, one not at all."""
    games = {"q0": ("[[B>>A]]", "[[A>>B]]"), "q1": ("[[A>B]]", "[[A>B]] then [[B>A]]"), "q2": ("[[B>A]]", "none")}
    rows = [{"question_id": uid, "model": "m", "judge": "j", "games": [{"user_prompt": "", "judgment": text, "score": "?"} for text in texts]} for uid, texts in games.items()]
    (folder / name).write_text("".join(json.dumps(one) + "\n" for one in rows))
    return {"judgments": str(folder / name)}


def test_stored_judgments_stand_for_the_judge(tmp_path):
    folder = write(CASES["arena_hard_v01"], tmp_path)
    settings = stored(folder)
    found = result("arena_hard_v01", folder, lambda record: GOOD, settings)
    # q0: 3 of 3 twice; q1: lost once, then two verdicts; q2: won once: (6 + 0 + 1) / (6 + 1 + 1)
    assert values(found)["score"] == pytest.approx(100 * 7 / 8) and found.unparsed == 4
    second = result("arena_hard_v01", folder, lambda record: GOOD, settings, "v2")
    # q0 as before; q1: lost, and the last verdict of the second game is B, the baseline; q2 is dropped: 6 / 8
    assert values(second)["score"] == pytest.approx(100 * 6 / 8) and values(second)["unjudged"] == 50.0
    (folder / "scores.jsonl").write_text(json.dumps({"uid": "q3", "games": [{"score": "A<<B"}, {"score": "A>B"}]}) + "\n")
    assert values(result("arena_hard_v01", folder, lambda record: GOOD, {"judgments": str(folder / "scores.jsonl")}))["score"] == 100.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"uid": "q0"}', "row 1, field games: expected a list of two games, found None"),
        ('{"uid": "q0", "games": [3, null]}', "row 1, field games: expected games with judgment or score, found 3"),
        ('{"uid": "q0", "games": [null, null]}\n{"uid": "q0", "games": [null, null]}', "row 2, field uid: 'q0' is judged a second time"),
        ('{"uid": "other", "games": [null, null]}', "judges none of the 4 prompts"),
    ],
)
def test_bad_stored_judgments_are_named(text, message, tmp_path):
    folder = write(CASES["arena_hard_v01"], tmp_path)
    (folder / "judged.jsonl").write_text(text)
    with pytest.raises(BenchmarkError, match=re.escape(message)):
        result("arena_hard_v01", folder, lambda record: GOOD, {"judgments": str(folder / "judged.jsonl")})


def test_stored_answers_of_both_layouts_are_read(judge, tmp_path):
    judge(Scripted(verdict))
    old, new = write(CASES["arena_hard_v01"], tmp_path / "old"), write(CASES["arena_hard_v2"], tmp_path / "new")
    (tmp_path / "m1.jsonl").write_text("".join(json.dumps(one) + "\n" for one in old_answers(GOOD)[::-1]))
    (tmp_path / "m2.jsonl").write_text("".join(json.dumps(one) + "\n" for one in new_answers(GOOD, "c1", "h2", "h1")))
    assert score_file("arena_hard_v01", tmp_path / "m1.jsonl", old, grading=NAMED).metrics["score"].value == 100.0
    assert score_file("arena_hard_v2", tmp_path / "m2.jsonl", new, grading=NAMED).metrics["score"].value == 100.0


def test_creative_writing_is_judged_without_an_answer_of_the_judges_own(judge, tmp_path):
    server = judge(Scripted(verdict))
    result("arena_hard_v2", write(CASES["arena_hard_v2"], tmp_path), lambda record: GOOD)
    assert {"First answer the request yourself" in words(each) for each in server.asked if "A poem." in words(each)} == {False}
    assert {"First answer the request yourself" in words(each) for each in server.asked if "Sort a list." in words(each)} == {True}


@pytest.mark.parametrize(("name", "convention"), [("arena_hard_v01", "style"), ("arena_hard_v01", "v2_style"), ("arena_hard_v2", "style")])
def test_style_is_counted_and_needs_a_counter_of_tokens(name, convention, judge, tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "tiktoken", None)
    judge(Scripted(verdict))
    folder = write(CASES[name], tmp_path)
    with pytest.raises(NotInstalled, match="pip install tiktoken; or name a tokenizer's directory, as --set tokens=DIR"):
        result(name, folder, lambda record: GOOD, convention=convention)
    module = "veridical.evaluate.benchmarks.alignment.arena_hard"
    monkeypatch.setattr(f"{module}.counter", lambda tokens: lambda text: len(text.split()))
    say = {record.record_id: text for record, text in zip(find(name).load(folder, None), ("**x** " * 3, FAIR, GOOD, POOR))}
    found = result(name, folder, lambda record: say[record.record_id], convention=convention)
    assert values(found)["model.bold"] == pytest.approx(3 / len(say)) and values(found)["baseline.tokens"] == 2.0
    assert [one.counts["model.tokens"] for one in found.rows][:2] == [3.0, 2.0]


def arena_rows(count, seed, swayed):
    """Graded rows of a model whose longer responses win more."""
    stream = np.random.default_rng(seed)
    rows = []
    for number in range(count):
        tokens = float(stream.integers(50, 500))
        points = float(stream.random() < 1 / (1 + np.exp(-(0.5 + swayed * (tokens - 275) / 130))))
        style = {"model.tokens": tokens, "baseline.tokens": 150.0, **{f"{side}.{name}": float(stream.integers(0, 9)) for side in ("model", "baseline") for name in ("headers", "lists", "bold")}}
        rows.append(row(f"r{number}", points, points=points, weight=1.0, first=0.0, decided=1.0, game1=2 * points - 1, **style))
    return rows


@pytest.mark.parametrize("convention", ["style", "v2_style"])
def test_the_score_at_equal_style_has_an_interval_that_holds_the_skill(convention):
    rows = arena_rows(1500, 1, 1.0)
    found = measured(rows, find("arena_hard_v01").convention(convention).measures, resamples=500)
    low, high = found["score"].low, found["score"].high
    # log-odds 0.5 at the mean length; the model's responses are longer than the baseline's, and the difference is centred
    assert low < found["score"].value < high and 4 < high - low < 8
    assert low < 100 / (1 + np.exp(-0.5)) < high


def test_the_printed_interval_is_that_of_drawn_games():
    rows = [row(f"r{number}", 0.5, points=1.0, weight=2.0, first=1.0, decided=2.0, game1=-1.0, game2=1.0) for number in range(100)]
    found = measured(rows, measures(True), resamples=200)
    # 200 games of which half are won: standard error 3.54 points; 90%: 5.8 to each side
    assert found["printed_low"].value == pytest.approx(50 - 5.8, abs=1.5) and found["printed_high"].value == pytest.approx(50 + 5.8, abs=1.5)
    # every prompt has one of each: by prompts nothing varies
    assert (found["score"].low, found["score"].high) == (50.0, 50.0)
    assert measured(rows, measures(False), resamples=200)["printed_low"].value < found["printed_low"].value
    assert SCORE.value(np.array([3.0, 4.0])) == 75.0


def test_alpaca_shows_outputs_in_the_seeded_order_and_turns_the_preference_round(judge, tmp_path):
    server = judge(Likely(lambda text: 0.9))
    found = result("alpaca_eval", write(CASES["alpaca_eval"], tmp_path), lambda record: GOOD)
    order = [switched(one.prompt) for one in found.rows]
    assert len(set(order)) == 2 and [one.value for one in found.rows] == pytest.approx([0.9 if turned else 0.1 for turned in order])
    assert {body["max_tokens"] for _, body in server.asked} == {1} and {body["top_logprobs"] for _, body in server.asked} == {5}


def test_the_published_order_of_two_instructions():
    # by the log-probabilities stored with published annotations, these were shown with the model's output first and second
    assert switched("Who made Berlin") and not switched("What is Atlantis?")


def test_equal_outputs_are_half_unasked_and_a_judge_without_either_name_has_no_preference(judge, tmp_path):
    folder = write(CASES["alpaca_eval"], tmp_path)
    server = judge(Likely(lambda text: 0.9))
    assert values(result("alpaca_eval", folder, lambda record: FAIR))["draws"] == 100.0 and not server.asked
    judge(Likely(lambda text: None if "Do 3." in text else 0.9))
    found = result("alpaca_eval", folder, lambda record: GOOD)
    assert values(found)["unjudged"] == pytest.approx(100 / 6)
    # no part in the fit, and one in the prediction
    assert found.metrics["win_rate"].n == 5 and found.metrics["lc_win_rate"].n == 6


def annotations(folder, rows):
    (folder / "annotations.json").write_text(json.dumps(rows))
    return {"annotations": str(folder / "annotations.json")}


def test_published_annotations_stand_for_the_judge(tmp_path):
    folder = write(CASES["alpaca_eval"], tmp_path)
    preferences = [1.0, 2.0, 1.5, 0, 1.8, None]
    settings = annotations(folder, [{"instruction": f"Do {number}.", "output_1": FAIR, "output_2": GOOD, "preference": one, "annotator": "a"} for number, one in enumerate(preferences)])
    found = result("alpaca_eval", folder, lambda record: GOOD, settings)
    # 0 is a draw, null is none: (0 + 1 + 0.5 + 0.5 + 0.8) / 5; discrete: (1 + 1 + 0.5 + 0.5) / 5
    assert values(found)["win_rate"] == pytest.approx(56.0) and values(found)["discrete_win_rate"] == pytest.approx(60.0) and values(found)["draws"] == pytest.approx(40.0)
    # sample standard deviation 0.378 over the root of 5
    assert values(found)["standard_error"] == pytest.approx(100 * np.std([0, 1, 0.5, 0.5, 0.8], ddof=1) / np.sqrt(5))
    with pytest.raises(BenchmarkError, match="annotates another output than the response to record"):
        result("alpaca_eval", folder, lambda record: POOR, settings)


@pytest.mark.parametrize(("value", "found"), [(1, 1.0), (1.25, 1.25), (0, 1.5), (None, None), (float("nan"), None)])
def test_preferences_are_read(value, found):
    assert preference_of({"preference": value}, Path("a.json"), 1) == found


@pytest.mark.parametrize("value", [3, 0.5, "2", True])
def test_what_is_no_preference_is_named(value):
    with pytest.raises(BenchmarkError, match="a.json, row 7, field preference: expected a number from 1 to 2"):
        preference_of({"preference": value}, Path("a.json"), 7)


def test_a_result_holds_every_gamed_row_so_that_a_part_of_the_benchmark_is_fitted_with_all_of_them(judge, tmp_path):
    judge(Likely(chance_of_first))
    folder = write(CASES["alpaca_eval"], tmp_path)
    records = find("alpaca_eval").load(folder, None)[:4]
    found = score(find("alpaca_eval"), records, {record.record_id: GOOD for record in records}, data=folder, grading=NAMED)
    held = [value for one in found.rows for name, value in one.counts.items() if name.startswith("gamed") and name.endswith("preference")]
    assert sorted(held) == [0.2] * 6 + [0.7] * 6


def test_without_the_gamed_rows_the_convention_minimal_is_named_and_works(judge, tmp_path):
    judge(Likely(chance_of_first))
    folder = write(CASES["alpaca_eval"], tmp_path)
    (folder / "df_gamed.csv").unlink()
    with pytest.raises(BenchmarkError, match="(?s)df_gamed.csv: no such file.*The convention minimal does without"):
        result("alpaca_eval", folder, lambda record: GOOD)
    found = result("alpaca_eval", folder, lambda record: GOOD, convention="minimal")
    # every row has the same prediction, and no error with the fit held fixed
    assert values(found)["lc_standard_error"] == pytest.approx(0.0, abs=1e-6) and values(found)["lc_win_rate"] > 50


def test_two_models_are_compared_at_equal_length(judge, tmp_path):
    judge(Likely(chance_of_first))
    folder = write(CASES["alpaca_eval"], tmp_path)
    better, worse = (result("alpaca_eval", folder, lambda record, text=text: text) for text in (GOOD, "nonsense"))
    assert compare(worse, better)["lc_win_rate"].difference == pytest.approx(values(better)["lc_win_rate"] - values(worse)["lc_win_rate"])


def test_mm_alignbench_counts_a_missing_verdict_as_a_tie_after_two_replies_and_tells_the_truth_to_the_judge(judge, tmp_path):
    folder = write(CASES["mm_alignbench"], tmp_path)
    server = judge(Scripted(lambda text: "[[B>>A]]" if "It is red." in text else "[[A>B]] or [[B>A]]"))
    found = result("mm_alignbench", folder, lambda record: GOOD)
    assert values(found) | {"tie": 50.0, "much_better": 50.0, "reward": 50.0, "win_rate": 50.0} == values(found) and found.unparsed == 1
    assert len(server.asked) == 3 and all(messages[0]["content"][0]["type"] == "image_url" for messages in server.asked)


def test_the_reward_of_released_counts():
    # gpt-4o on WildVision-Bench, whose reward is counted alike: (25500 + 7400 - 3600 - 1100) / 500
    counts = ((2, 255), (1, 148), (0, 14), (-1, 72), (-2, 11))
    rows = [row(f"{lead}/{number}", float(lead > 0), lead=float(lead)) for lead, count in counts for number in range(count)]
    found = measured(rows, find("mm_alignbench").convention("official").measures, resamples=50)
    assert found["reward"].value == pytest.approx(56.4) and found["win_rate"].value == pytest.approx(80.6)


def test_every_question_of_the_first_version_has_the_baselines_answer(tmp_path):
    records = find("arena_hard_v01").load(write(CASES["arena_hard_v01"], tmp_path), None)
    assert [record.record_id for record in records] == [one["question_id"] for one in FIRST]
    assert {fact.text for record in records for fact in record.facts if fact.kind == "baseline"} == {FAIR}
