"""Every safety benchmark on small files in its published layout: gold, degenerate responses, prompts, bad files, judges and classifiers."""

import json
import random
import re
from pathlib import Path

import pytest
from safety_files import judge  # noqa: F401 - a fixture
from safety_files import CASES, CLASSIFIED, HARM, REFUSAL, classifier, spoil, write
from scripted_judge import NAMED, words

from veridical.evaluate.benchmark import BenchmarkError, with_suffix
from veridical.evaluate.benchmarks import benchmarks, find
from veridical.evaluate.benchmarks.safety import advdiffvlm
from veridical.evaluate.run import score
from veridical.evaluate.statistics import NotComparable, compare

SNAPSHOTS = Path(__file__).parents[1] / "golden" / "safety_prompts.json"
JUDGED = ("mm_rlhf_safetybench", "mm_safetybench", "mossbench", "rtvlm", "multitrust")
WITH_CLASSIFIER = ("mm_rlhf_safetybench", "figstep", "multitrust")


def result(name, folder, responses, settings=None, convention="official"):
    """What responses (a function of the record) score."""
    benchmark = find(name)
    records = benchmark.load(folder, None)
    return score(benchmark, records, {record.record_id: responses(record) for record in records}, convention, data=folder, grading=settings or {})


def values(found):
    """Numbers by name."""
    return {name: metric.value for name, metric in found.metrics.items()}


@pytest.mark.parametrize("name", CASES)
def test_gold_responses_score_full_marks_on_every_row(name, judge, tmp_path):
    case = CASES[name]
    judge(case.judge)
    found = result(name, write(case, tmp_path), case.gold, case.settings)
    assert {key: values(found)[key] for key in case.full} == pytest.approx(case.full, abs=1e-2)
    assert found.unparsed == 0
    if name != "advdiffvlm":  # its value is a distance, which no response makes 1
        assert [row.record_id for row in found.rows if row.value != 1.0] == []


@pytest.mark.parametrize("name", CASES)
def test_silence_scores_what_the_benchmark_says_and_constant_echoed_and_random_answers_never_earn_everything(name, judge, tmp_path):
    case = CASES[name]
    judge(case.judge)
    folder = write(case, tmp_path)
    for text, expected in find(name).degenerate.items():
        found = values(result(name, folder, lambda record, text=text: text, case.settings))
        assert {key: found[key] for key in expected} == pytest.approx(expected)
    if name not in ("vlguard", "mm_safetybench", "figstep", "mossbench", "advdiffvlm"):
        # attacks alone cannot tell who refuses everything, or says something else, from who is safe: what stands beside can (below)
        best = sum(row.value for row in result(name, folder, case.gold, case.settings).rows)
        draw = random.Random(5)
        poor = [lambda record, text=text: text for text in ("Yes", "A", "No.", REFUSAL, HARM)]
        for said in (*poor, lambda record: record.prompt_text, lambda record: " ".join(draw.choices("lorem ipsum dolor sit amet".split(), k=5))):
            assert sum(row.value or 0 for row in result(name, folder, said, case.settings).rows) < best


def test_who_refuses_everything_has_no_attack_against_it_and_is_known_by_what_stands_beside(judge, tmp_path):
    for name, attacked, beside in (("vlguard", "unsafes.asr", "over_refusal"), ("mossbench", "contrast.refusal_rate", "refusal_rate")):
        case = CASES[name]
        judge(case.judge)
        found = values(result(name, write(case, tmp_path / name), lambda record: REFUSAL, case.settings))
        assert found[attacked] == (0.0 if name == "vlguard" else 100.0) and found[beside] == 100.0 and found["balanced_safety"] == 50.0
        assert beside in (find(name).headline, *find(name).beside)


@pytest.mark.parametrize("name", CASES)
def test_a_bad_row_is_named_with_file_row_and_field(name, judge, tmp_path):
    case = CASES[name]
    judge(case.judge)
    spoil(case, tmp_path)
    with pytest.raises(BenchmarkError, match=re.escape(case.broken[-1])) as error:
        result(name, tmp_path, case.gold, case.settings)
    assert Path(case.broken[0]).name in str(error.value)


@pytest.mark.parametrize("name", CASES)
def test_an_empty_folder_says_which_files_belong_there(name, tmp_path):
    with pytest.raises(BenchmarkError, match="Published at"):
        find(name).load(tmp_path, None)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if any(file.endswith(".json") for file in case.files)])
def test_a_file_that_was_cut_off_is_named(name, tmp_path):
    case = CASES[name]
    folder = write(case, tmp_path)
    file = next(file for file in case.files if file.endswith(".json"))
    (folder / file).write_text((folder / file).read_text()[:-3])
    with pytest.raises(BenchmarkError, match="not JSON") as error:
        find(name).load(folder, None)
    assert Path(file).name in str(error.value)


def test_the_prompt_and_what_the_judge_is_asked_are_those_of_the_snapshot(judge, tmp_path):
    prompts = {}
    for name, case in CASES.items():
        scripted = judge(case.judge)
        folder = write(case, tmp_path / name)
        records = find(name).load(folder, None)
        assert records[0].prompt_text.startswith(case.asked), name
        result(name, folder, case.gold, case.settings)
        first = with_suffix(records[0], find(name).convention("official").suffix)
        asked = {(text[:40], text[-200:]): text for text in sorted((words(messages) for messages in scripted.asked), reverse=True)}
        prompts[name] = {"prompt": first.prompt_text, "media": [[one.kind, Path(one.path).name] for one in first.media], "judge": list(asked.values())}
    assert prompts == json.loads(SNAPSHOTS.read_text())


@pytest.mark.parametrize("name", JUDGED)
def test_without_a_judge_nothing_falls_back_to_a_rule(name, judge, tmp_path):
    case = CASES[name]
    folder = write(case, tmp_path)
    with pytest.raises(BenchmarkError, match="needs a judge, and judge_url and judge_model is not given.*--set judge_url"):
        result(name, folder, lambda record: "x", CLASSIFIED if name in WITH_CLASSIFIER else {})


@pytest.mark.parametrize("name", WITH_CLASSIFIER)
def test_without_a_classifier_nothing_falls_back_to_phrases(name, tmp_path):
    with pytest.raises(BenchmarkError, match="needs a classifier of harm, and harm_model is not given.*hf download"):
        result(name, write(CASES[name], tmp_path), lambda record: "x", NAMED if name != "figstep" else {})


def test_without_a_tower_texts_are_not_compared(tmp_path):
    folder = write(CASES["advdiffvlm"], tmp_path)
    with pytest.raises(BenchmarkError, match="none of rn50, rn101, vit_b_16, vit_b_32, vit_l_14 is given.*--set vit_b_32=DIR"):
        result("advdiffvlm", folder, lambda record: "x")
    with pytest.raises(BenchmarkError, match="no config.json"):
        result("advdiffvlm", folder, lambda record: "x", {"rn50": str(tmp_path)})


@pytest.mark.parametrize(("name", "convention"), [("mossbench", "official"), ("mossbench", "strict"), ("rtvlm", "official"), ("figstep", "judge")])
def test_a_judge_who_says_nothing_useful_leaves_responses_unjudged_and_is_asked_twice(name, convention, judge, tmp_path):
    scripted = judge(lambda text: "I would rather not say.")
    found = result(name, write(CASES[name], tmp_path), lambda record: "There are some things here.", NAMED, convention)
    assert all(row.value is None and "unjudged" in row.counts for row in found.rows) and found.metrics["unjudged"].value == 100.0
    headline = found.metrics.get(find(name).headline)
    assert headline is None or headline.n == 0
    assert {scripted.seeds.count(seed) for seed in set(scripted.seeds)} == {len(found.rows)} and len(set(scripted.seeds)) == 2


def test_the_classifiers_directory_and_wording_are_part_of_the_result(judge, tmp_path):
    folder = write(CASES["figstep"], tmp_path)
    judge(None)
    (tmp_path / "wording.txt").write_text("Generation:\n{generation}\nof {behavior}?")
    one, other = (result("figstep", folder, lambda record: REFUSAL, {**CLASSIFIED, **more}) for more in ({}, {"harm_wording": str(tmp_path / "wording.txt")}))
    assert one.settings["harm_model"] == "scripted" and len(one.settings["harm_wording"]) == 12 and one.settings["harm_wording"] != other.settings["harm_wording"]
    with pytest.raises(NotComparable, match="harm_wording"):
        compare(one, other)


def test_all_named_benchmarks_are_there_and_have_cases():
    wanted = {"advdiffvlm", "rtvlm", "vlguard", "multitrust", "oodcv_vqa", "sketchy_vqa", "misleading_attack", "mossbench", "mm_rlhf_safetybench", "mm_safetybench", "figstep"}
    assert wanted == set(CASES) and wanted <= {name for name, one in benchmarks().items() if one.dimension == "safety"}
