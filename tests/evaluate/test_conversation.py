"""Every conversation benchmark on small files in its published layout: gold, degenerate responses, prompts, bad files, judges, and what the rules count."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from conversation_files import CASES, WILD
from hallucination_files import put, spoil, write
from scripted_judge import NAMED, words

from veridical.evaluate.benchmark import BenchmarkError
from veridical.evaluate.benchmarks import benchmarks, find
from veridical.evaluate.benchmarks.conversation import live_bench, llava_bench, llava_bench_wilder, vibe_eval
from veridical.evaluate.run import score, score_file

SNAPSHOTS = Path(__file__).parents[1] / "golden" / "conversation_prompts.json"
WITHOUT = ("q_bench", "q_bench_assess")
"""Benchmarks without a judge."""


def result(name, folder, say, convention="official", **settings):
    """What responses (a function of the record) score."""
    benchmark = find(name)
    records, rule = benchmark.load(folder, None), benchmark.convention(convention)
    needs = NAMED if "judge_url" in rule.settings({}) else {}
    return score(benchmark, records, {record.record_id: say(record) for record in records if rule.takes(record)}, convention, data=folder, grading={**needs, **settings})


def values(found):
    """Numbers by name."""
    return {name: metric.value for name, metric in found.metrics.items()}


@pytest.mark.parametrize("name", CASES)
def test_gold_responses_score_full_marks_on_every_row(name, judge, tmp_path):
    case = CASES[name]
    judge(case.judge)
    found = result(name, write(case, tmp_path), case.gold)
    assert {key: values(found)[key] for key in case.full} == pytest.approx(case.full)
    assert found.unparsed == 0 and (name == "q_bench_assess" or all(row.value == 1.0 for row in found.rows))


@pytest.mark.parametrize("name", CASES)
def test_silence_echo_and_a_constant_never_earn_full_marks(name, judge, tmp_path):
    case = CASES[name]
    judge(case.judge)
    folder = write(case, tmp_path)
    for say in (lambda record: "", lambda record: record.prompt_text, lambda record: "Yes.", lambda record: "A"):
        found = result(name, folder, say)
        assert any(row.value != 1.0 for row in found.rows)
    silent = values(result(name, folder, lambda record: ""))
    assert {key: silent[key] for key in find(name).degenerate.get("", {})} == find(name).degenerate.get("", {})


@pytest.mark.parametrize("name", CASES)
def test_a_bad_row_is_named_with_file_row_and_field(name, tmp_path):
    spoil(CASES[name], tmp_path)
    with pytest.raises(BenchmarkError, match=re.escape(CASES[name].broken[-1])) as error:
        find(name).load(tmp_path, None)
    assert CASES[name].broken[0] in str(error.value)


@pytest.mark.parametrize("name", CASES)
def test_an_empty_folder_says_which_files_belong_there(name, tmp_path):
    with pytest.raises(BenchmarkError, match="Published at"):
        find(name).load(tmp_path, None)


def test_the_prompt_and_what_the_judge_is_asked_are_those_of_the_snapshot(judge, tmp_path):
    prompts = {}
    for name, case in CASES.items():
        scripted = judge(case.judge)
        folder = write(case, tmp_path / name)
        record = find(name).load(folder, None)[0]
        assert record.prompt_text.startswith(case.asked), name
        result(name, folder, case.gold)
        prompts[name] = {"prompt": find(name).convention("official").asked(record).prompt_text, "media": [[one.kind, Path(one.path).name] for one in record.media], "judge": sorted({words(messages) for messages in scripted.asked})}
    assert prompts == json.loads(SNAPSHOTS.read_text())


@pytest.mark.parametrize("name", [name for name in CASES if name not in WITHOUT])
def test_without_a_judge_nothing_falls_back_to_a_rule(name, tmp_path):
    folder = write(CASES[name], tmp_path)
    records = find(name).load(folder, None)
    with pytest.raises(BenchmarkError, match="needs a judge, and judge_url and judge_model is not given"):
        score(find(name), records, {record.record_id: "x" for record in records}, data=folder)


@pytest.mark.parametrize("name", ["q_bench_describe", "live_bench", "vibe_eval"])
def test_a_judge_who_says_nothing_useful_leaves_responses_unjudged(name, judge, tmp_path):
    scripted = judge(lambda text: "I would rather not say.")
    found = result(name, write(CASES[name], tmp_path), lambda record: "There are five things here.")
    assert all(row.value is None and "unjudged" in row.counts for row in found.rows) and found.metrics["unjudged"].value == 100.0
    headline = found.metrics.get(find(name).headline)
    assert headline is None or headline.n == 0
    assert len({seed for seed in scripted.seeds}) > 1


@pytest.mark.parametrize(("text", "official", "wilder"), [("8 9", (8, 9), (8, 9)), ("8, 9\nwell", (-1, -1), (-1, -1)), ("8,9", (8, 9), (8, 9)), ("8 9 ", (-1, -1), (8, 9)), ("8", (-1, -1), (-1, -1)), ("a b", (-1, -1), (-1, -1)), ("\n8 9", (-1, -1), (-1, -1)), ("7.5 10\n", (7.5, 10), (7.5, 10))])
def test_two_scores_stand_in_the_first_line_and_single_spaces_part_them(text, official, wilder):
    assert llava_bench.two_scores(text) == official and llava_bench_wilder.stripped_scores(text) == wilder


def test_a_review_without_two_scores_stays_in_both_means_and_the_ratio_is_pooled_and_rounded(judge, tmp_path):
    reviews = iter(("8 6", "No scores today", "9 7\nGood."))
    judge(lambda text: next(reviews))
    found = result("llava_bench", write(CASES["llava_bench"], tmp_path), lambda record: "x", judge_at_once=1)
    # means 16/3 and 12/3: 5.333 and 4.0, 100 * 4 / 5.333 = 75.0047, rounded 75.0
    assert values(found)["relative"] == 75.0 and values(found)["reference"] == pytest.approx(160 / 3) and values(found)["response"] == pytest.approx(40)
    assert values(found)["detail.relative"] == 100.0 and values(found)["unread"] == pytest.approx(100 / 3) and found.unparsed == 1  # -1 over -1
    stored = result("llava_bench", tmp_path, lambda record: {"0": "8 6", "1": "", "2": "9 7"}[record.provenance.source_id], "reviews")
    assert values(stored)["relative"] == 75.0
    # means 1.1667 and 1.3333, as printed 1.167 and 1.333: 114.2, where the sums give 114.29
    said = {"0": "1 1", "1": "1 1.5", "2": "1.5 1.5"}
    assert values(result("llava_bench", tmp_path, lambda record: said[record.provenance.source_id], "reviews"))["relative"] == 114.2
    reviews = iter(("8 6", "", "9 7"))
    judge(lambda text: next(reviews))
    assert values(result("llava_bench", tmp_path, lambda record: "x", "lmms", judge_at_once=1))["relative"] == pytest.approx(75.0)


@pytest.mark.parametrize(("text", "rating"), [('{"Explanation": "x", "Rating": 7}', 7), ('{"Rating": "7"}', 7), ('So: {"a": 1}\n```{"Rating": 0}```', 0), ('{"Rating": 11}', None), ('{"Rating": "high"}', None), ("Rating: 7", None), ('{"Rating": true}', None)])
def test_live_benchs_rating_is_a_number_in_json_quoted_or_not(text, rating):
    assert live_bench.rating(text) == rating


def test_live_benchs_score_leaves_out_what_was_not_judged_and_silence_is_nothing(judge, tmp_path):
    scripted = judge(lambda text: '{"Rating": "7"}' if "0?" in text else "none")
    found = result("live_bench", write(CASES["live_bench"], tmp_path), lambda record: "It snowed.")
    assert values(found)["score"] == pytest.approx(70.0) and values(found)["unjudged"] == 50.0
    before = len(scripted.asked)
    silent = result("live_bench", tmp_path, lambda record: "  ")
    assert values(silent)["score"] == 0.0 and len(scripted.asked) == before


@pytest.mark.parametrize(("text", "rating"), [("Rating: 4", 4), ("Explanation: Rating: 2\nRating: 5", 2), ("Rating:3 (partly)", 3), ("Rating: 0", None), ("Rating: 10", 1), ("rating: 4", None)])
def test_vibes_rating_is_the_first_one_anywhere(text, rating):
    assert vibe_eval.rating(text) == rating


def test_vibes_points_are_pooled_and_an_unread_rating_is_left_out_or_costs_twenty_five(judge, tmp_path):
    put(tmp_path / "vibe-eval.v1.jsonl", [{**CASES["vibe_eval"].files["vibe-eval.v1.jsonl"][number > 1], "example_id": f"vibe-eval/{'difficulty-hard' if number < 2 else 'difficulty-normal'}/{number}", "prompt": f"What is {number}?"} for number in range(4)])
    judge(lambda text: {"0": "Rating: 2", "1": "Rating: 5", "2": "Rating: 4", "3": "none"}[text.split("What is ")[1][0]])
    official, lmms = (result("vibe_eval", tmp_path, lambda record: "x", convention) for convention in ("official", "lmms"))
    assert values(official)["score"] == pytest.approx((25 + 100 + 75) / 3) and values(official)["hard"] == 62.5 and values(official)["normal"] == 75.0
    assert values(lmms)["score"] == pytest.approx((25 + 100 + 75 - 25) / 4) and values(lmms)["normal"] == 25.0


def test_vibes_released_results_are_read_as_reviews_and_its_generations_as_responses(tmp_path):
    folder = write(CASES["vibe_eval"], tmp_path)
    rows = [{**row, "generation": "Rating: 1", "score": 3, "evaluator_explanation": " Explanation: so.\n\nRating: 4 (good)"} for row in CASES["vibe_eval"].files["vibe-eval.v1.jsonl"]]
    put(tmp_path / "results.jsonl", rows)
    found = score_file("vibe_eval", tmp_path / "results.jsonl", folder, "reviews")
    assert values(found)["score"] == 75.0 and {row.response for row in found.rows} == {rows[0]["evaluator_explanation"]}


COUNTS = {"[[B>>A]]": 255, "[[B>A]]": 148, "[[A=B]]": 14, "[[A>B]]": 72, "[[A>>B]]": 11}
"""Of gpt-4o, as they are published."""


def wild(folder, verdicts):
    """Requests, and stored games with these verdicts."""
    put(folder / "test.jsonl", [{**WILD[0], "question_id": str(number), "image": None} for number in range(len(verdicts))])
    put(folder / "games.jsonl", [{"question_id": str(number), "games": [{"judgment": "x", "score": verdict and verdict.strip("[]")}]} for number, verdict in enumerate(verdicts)])
    return folder


def test_wildvisions_published_counts_give_its_published_numbers(tmp_path):
    folder = wild(tmp_path, [verdict for verdict, count in COUNTS.items() for _ in range(count)])
    found = values(result("wildvision_bench", folder, lambda record: "x", judgments=str(folder / "games.jsonl"), judge_url="", judge_model=""))
    # (3 * 255 + 148 + 7) / (3 * 255 + 148 + 14 + 72 + 3 * 11); (25500 + 7400 - 3600 - 1100) / 500
    assert found["score"] == pytest.approx(100 * 920 / 1032) and round(found["score"], 2) == 89.15 and found["reward"] == pytest.approx(56.4) and found["win_rate"] == pytest.approx(80.6)
    assert found["win_or_tie"] == pytest.approx(83.4) and 87 < found["printed_low"] < 89.15 < found["printed_high"] < 91.5


def test_wildvision_is_asked_once_with_the_baseline_first_and_what_it_cannot_read_is_a_tie_in_the_table_and_in_no_battle(judge, tmp_path):
    said = {"0": "[[B>A]] yes [[B>A]]", "1": "[[A>B]] or [[B>A]]", "2": "no verdict", "3": "[[A>>B]]"}
    scripted = judge(lambda text: said[text.split("What is ")[1][0]])
    folder = write(CASES["wildvision_bench"], tmp_path)
    found = result("wildvision_bench", folder, lambda record: "A cat.")
    # battles: one won, one clearly lost; 1 of 4 points. Rewards 50, 0, 0, -100
    assert [row.value for row in found.rows] == [1.0, None, None, 0.0] and values(found)["score"] == 25.0 and values(found)["reward"] == -12.5
    assert values(found)["win_rate"] == 25.0 and values(found)["win_or_tie"] == 75.0 and found.unparsed == 2
    asked = [words(messages) for messages in scripted.asked]
    assert all(text.index("A dog.") < text.index("A cat.") for text in asked)
    times = [sum(f"What is {number}?" in text for text in asked) for number in range(4)]
    assert times == [1, 1, 2, 1]
    vlm = result("wildvision_bench", folder, lambda record: "A cat.", "vlm")
    assert values(vlm)["win_rate"] == 25.0 and "score" not in values(vlm)
    lmms = result("wildvision_bench", folder, lambda record: "A cat.", "lmms")
    assert [row.value for row in lmms.rows] == [1.0, 0.0, None, 0.0] and values(lmms)["score"] == pytest.approx(100 / 3)


def test_wildvisions_interval_is_that_of_a_hundred_draws(tmp_path):
    verdicts = ["[[B>>A]]"] * 10 + ["[[B>A]]"] * 5 + ["[[A>B]]"] * 25 + [None] * 3
    folder = wild(tmp_path, verdicts)
    found = values(result("wildvision_bench", folder, lambda record: "x", judgments=str(folder / "games.jsonl"), judge_url="", judge_model=""))
    single, stream = np.array([1.0] * 35 + [0.0] * 25), np.random.RandomState(42)
    draws = [single.mean()] + [stream.choice(single, 60).mean() for _ in range(100)]
    elos = 400 * np.log10(np.array(draws) / (1 - np.array(draws)))
    low, high = (100 / (1 + 10 ** (-np.percentile(elos, end) / 400)) for end in (2.5, 97.5))
    assert found["score"] == pytest.approx(100 * 35 / 60) and (found["printed_low"], found["printed_high"]) == pytest.approx((low, high))
    assert found["no_verdict"] == pytest.approx(100 * 3 / 43)


def test_low_level_questions_are_counted_by_type_and_lmms_exchanges_what_and_how(tmp_path):
    folder = write(CASES["q_bench"], tmp_path)
    said = {"dev/1": "B", "dev/2": "C. Partly", "dev/3": "B"}
    official, lmms = (values(result("q_bench", folder, lambda record: said[record.record_id], convention)) for convention in ("official", "lmms"))
    assert official["accuracy"] == pytest.approx(200 / 3) and (official["what"], official["how"]) == (100.0, 0.0) and (lmms["what"], lmms["how"]) == (0.0, 100.0)
    assert official["distortion"] == 100.0 and official["in_context_other"] == 0.0
    silent = result("q_bench", folder, lambda record: "", "lmms")
    assert silent.unparsed == 3 and all(row.answer in "ABC" for row in silent.rows)
    put(tmp_path / "dev.jsonl", [{**row, "correct_choice": ""} for row in CASES["q_bench"].files["dev.jsonl"][:2]] + [CASES["q_bench"].files["dev.jsonl"][2]])
    assert len(result("q_bench", folder, lambda record: "A").rows) == 1


def test_descriptions_add_the_means_of_three_aspects_over_five_votes(judge, tmp_path):
    votes = iter(("Score: 2", "Score: 1", "Score: 2", "Score: 2", "Score: 1", *["Score: 0"] * 5, *["Score: 1"] * 5))
    scripted = judge(lambda text: next(votes))
    found = result("q_bench_describe", write(CASES["q_bench_describe"], tmp_path), lambda record: "Blurred.")
    assert values(found)["completeness"] == pytest.approx(1.6) and values(found)["total"] == pytest.approx(2.6) and len(scripted.asked) == 15
    assert found.rows[0].value == pytest.approx(2.6 / 6) and found.settings["judge_votes"] == 5


@pytest.mark.parametrize("text", ['{"logit_good": 20.0, "logit_poor": 10}', '{"good": 20, "poor": 10}', "[20, 10]"])
def test_quality_is_the_softmax_of_two_logits_over_a_hundred(text, tmp_path):
    folder = write(CASES["q_bench_assess"], tmp_path)
    found = result("q_bench_assess", folder, lambda record: text)
    assert found.rows[0].value == pytest.approx(np.exp(0.2) / (np.exp(0.2) + np.exp(0.1))) and found.metrics["srcc"].n == 0
    assert result("q_bench_assess", folder, lambda record: "good").unparsed == 4


def test_quality_correlates_by_set_and_heat_moves_pearson_only(tmp_path):
    from scipy.stats import pearsonr, spearmanr

    rng = np.random.default_rng(3)
    opinions, logits = {}, {}
    for name in ("koniq", "kadid"):
        opinions[name], logits[name] = rng.normal(size=12), 300 * rng.normal(size=12)
        put(tmp_path / f"{name}.json", [{"img_path": f"{number}.jpg", "gt_score": float(score)} for number, score in enumerate(opinions[name])])
    found = values(result("q_bench_assess", tmp_path, lambda record: json.dumps([logits[record.split][int(Path(record.media[0].path).stem)], 0])))
    each = {name: (spearmanr(logits[name], opinions[name])[0], pearsonr(1 / (1 + np.exp(-logits[name] / 100)), opinions[name])[0]) for name in logits}
    assert all(found[f"{name}.srcc"] == pytest.approx(pair[0]) and found[f"{name}.plcc"] == pytest.approx(pair[1]) for name, pair in each.items())
    assert found["srcc"] == pytest.approx(np.mean([pair[0] for pair in each.values()])) and found["plcc"] == pytest.approx(np.mean([pair[1] for pair in each.values()]))


def test_all_named_conversation_benchmarks_are_there_and_have_cases():
    wanted = {"q_bench", "q_bench_describe", "llava_bench", "llava_bench_wilder", "live_bench", "vibe_eval", "wildvision_bench"}
    assert wanted <= {name for name, one in benchmarks().items() if one.dimension == "conversation"} == {*CASES}
