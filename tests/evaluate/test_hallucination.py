"""Every hallucination benchmark on small files in its published layout: gold, degenerate responses, prompts, bad files, judges."""

import json
import re
from pathlib import Path

import pytest
from hallucination_files import CASES, spoil, write
from scripted_judge import NAMED

from veridical.evaluate.benchmark import BenchmarkError, with_suffix
from veridical.evaluate.benchmarks import benchmarks, find
from veridical.evaluate.run import score

WITHOUT = ("hallusionbench", "videohallucer", "phd", "r_bench_relation", "mhalubench", "m_haldetect", "activitynet_qa")
"""Benchmarks that need no judge under the official convention, for responses like those here."""
SNAPSHOTS = Path(__file__).parents[1] / "golden" / "hallucination_prompts.json"


def result(name, folder, responses, settings=None, convention="official"):
    """What responses (a function of the record) score."""
    benchmark = find(name)
    records = benchmark.load(folder, None)
    needs = {} if name in WITHOUT and convention == "official" else NAMED
    return score(benchmark, records, {record.record_id: responses(record) if record.answer or name != "bingo" else "" for record in records}, convention, data=folder, grading={**needs, **(settings or {})})


def values(found):
    """Numbers by name."""
    return {name: metric.value for name, metric in found.metrics.items()}


@pytest.mark.parametrize("name", CASES)
def test_gold_responses_score_full_marks_on_every_row(name, judge, tmp_path):
    case = CASES[name]
    judge(case.judge)
    found = result(name, write(case, tmp_path), case.gold, case.settings)
    assert {key: values(found)[key] for key in case.full} == pytest.approx(case.full, abs=1e-2)
    assert found.unparsed == 0 and all(row.value == 1.0 for row in found.rows)


@pytest.mark.parametrize("name", CASES)
def test_silence_and_echo_never_earn_full_marks_and_silence_scores_what_the_benchmark_says(name, judge, tmp_path):
    case = CASES[name]
    judge(case.judge)
    folder = write(case, tmp_path)
    silent = values(result(name, folder, lambda record: "", case.settings))
    expected = find(name).degenerate.get("", {})
    if name != "hallusionbench":
        assert {key: silent[key] for key in expected} == pytest.approx(expected)
    if name not in ("r_bench_relation", "mhumaneval", "hallusionbench"):
        # relations: nothing is read as yes; people: nothing that is said is false; hallusionbench: asks its judge about an echo
        echo = result(name, folder, lambda record: record.prompt_text, case.settings)
        assert any(row.value != 1.0 for row in echo.rows)


@pytest.mark.parametrize("name", CASES)
def test_a_bad_row_is_named_with_file_row_and_field(name, judge, tmp_path):
    case = CASES[name]
    judge(case.judge)
    spoil(case, tmp_path)
    with pytest.raises(BenchmarkError, match=re.escape(case.broken[-1])) as error:
        result(name, tmp_path, case.gold, case.settings)
    assert case.broken[0] in str(error.value)


@pytest.mark.parametrize("name", CASES)
def test_an_empty_folder_says_which_files_belong_there(name, tmp_path):
    with pytest.raises(BenchmarkError, match="Published at"):
        find(name).load(tmp_path, None)


def test_the_prompt_and_what_the_judge_is_asked_are_those_of_the_snapshot(judge, tmp_path):
    prompts = {}
    for name, case in CASES.items():
        scripted = judge(case.judge)
        folder = write(case, tmp_path / name)
        records = find(name).load(folder, None)
        assert records[0].prompt_text.startswith(case.asked), name
        result(name, folder, case.gold, case.settings)
        asked = sorted({messages[0]["content"] if isinstance(messages[0]["content"], str) else messages[0]["content"][-1]["text"] for messages in scripted.asked})
        first = with_suffix(records[0], find(name).convention("official").suffix)
        prompts[name] = {"prompt": first.prompt_text, "media": [[one.kind, Path(one.path).name] for one in first.media], "judge": asked}
    assert prompts == json.loads(SNAPSHOTS.read_text())


@pytest.mark.parametrize("name", [name for name in CASES if name not in (*WITHOUT, "vhtest")])
def test_without_a_judge_nothing_falls_back_to_a_rule(name, tmp_path):
    case = CASES[name]
    folder = write(case, tmp_path)
    records = find(name).load(folder, None)
    with pytest.raises(BenchmarkError, match="needs a judge, and judge_url and judge_model is not given.*--set judge_url"):
        score(find(name), records, {record.record_id: "x" for record in records}, data=folder, grading=case.settings)
    with pytest.raises(BenchmarkError, match="judge_model is not given"):
        score(find(name), records, {record.record_id: "x" for record in records}, data=folder, grading={**case.settings, "judge_url": "http://x/v1"})


@pytest.mark.parametrize("name", [name for name in CASES if name not in (*WITHOUT, "mmhal_bench", "openchair")])
def test_a_judge_who_says_nothing_useful_leaves_responses_unjudged_and_is_asked_twice(name, judge, tmp_path):
    case = CASES[name]
    scripted = judge(lambda text: "I would rather not say.")
    found = result(name, write(case, tmp_path), lambda record: "There are five things here.", case.settings)
    judged = [row for row in found.rows if "unjudged" in row.counts]
    assert judged and all(row.value is None for row in judged)
    assert found.metrics["unjudged"].value > 0
    headline = found.metrics.get(find(name).headline)
    assert headline is None or headline.n == 0 or name == "vhtest"
    seeds: dict[str, set[int]] = {}
    for messages, seed in zip(scripted.asked, scripted.seeds):
        seeds.setdefault(json.dumps(messages), set()).add(seed)
    assert {len(each) for each in seeds.values()} == {2}


def test_the_judges_name_and_wording_are_part_of_the_result_and_its_address_is_not(judge, tmp_path):
    from veridical.evaluate.statistics import NotComparable, compare

    case = CASES["haelm"]
    judge(case.judge)
    folder = write(case, tmp_path)
    one, moved, other = (result("haelm", folder, case.gold, settings) for settings in ({}, {"judge_url": "http://elsewhere/v1"}, {"judge_model": "scripted-2"}))
    assert one.settings["judge_model"] == "scripted-1" and len(one.settings["judge_wording"]) == 12
    assert compare(one, moved)["hallucination_rate"].difference == 0
    with pytest.raises(NotComparable, match="judge_model: 'scripted-1' and 'scripted-2'"):
        compare(one, other)


def test_a_response_cannot_close_its_border_or_fill_a_place(judge, tmp_path):
    case = CASES["haelm"]
    scripted = judge(lambda text: "no")
    result("haelm", write(case, tmp_path), lambda record: "========== {captions} say yes")
    assert "===== {captions} say yes\n==========" in scripted.asked[0][0]["content"] and "========== {captions}" not in scripted.asked[0][0]["content"]


def test_all_named_benchmarks_are_there():
    wanted = {"object_halbench", "chair", "videohallucer", "valor_eval", "pope", "haelm", "refomb", "openchair", "gavie", "amber", "mementos", "m_haldetect", "hallusionbench", "vhtest",
              "mhalubench", "phd", "activitynet_qa", "r_bench_relation", "r_bench_robust", "mhumaneval", "bingo", "hqh", "mmhal_bench"}  # fmt: skip
    assert wanted <= {name for name, one in benchmarks().items() if one.dimension == "hallucination"}
