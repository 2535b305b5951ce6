"""What the reward benchmarks' rules give, against arithmetic by hand, slow counts and the published files."""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict

import numpy as np
import pytest
from hallucination_files import put
from reward_files import CONTESTS, judged, letters, triplets, write
from scipy.stats import pearsonr, spearmanr

from veridical.evaluate.benchmarks import find
from veridical.evaluate.benchmarks.reward import mj_judgement, mllm_judgement, vl_reward_bench
from veridical.evaluate.benchmarks.reward.m_reward_bench import WEIGHTS
from veridical.evaluate.benchmarks.reward.reward_bench import COUNTS
from veridical.evaluate.rewarded import first_bracketed, numbers, shared, strictly, tie_half, trailing
from veridical.evaluate.run import score, score_file


def values(name, folder, say, convention="official", **settings):
    """Numbers of what `say` says to every record as it is asked, and the result."""
    benchmark = find(name)
    records, rule = benchmark.load(folder, None), benchmark.convention(convention)
    found = score(benchmark, records, {record.record_id: say(rule.asks(record)) for record in records if rule.takes(record)}, convention, data=folder, grading=settings)
    return {key: metric.value for key, metric in found.metrics.items()}, found


def drawn(seed):
    """Rewards from a seed, of few values so that ties occur."""
    draw = random.Random(seed)
    return lambda record: json.dumps([draw.randrange(3) for _ in record.responses])


def test_the_published_pairs_of_mm_rlhf_give_length_equality_and_truth_their_known_scores(published):
    folder = published("mm_rlhf_rewardbench")
    length, found = values("mm_rlhf_reward_bench", folder, lambda record: json.dumps([len(one.text) for one in record.responses]))
    assert length["accuracy"] == pytest.approx(122 / 170 * 100) and length["accuracy_plus"] == pytest.approx(22 / 46 * 100)
    assert length["length_only"] == length["accuracy"] and length["length_only_plus"] == length["accuracy_plus"]
    assert found.metrics["accuracy_plus"].n == 46 and len({row.group for row in found.rows}) == 46
    sizes = {category: (found.metrics[f"{category}.accuracy"].n, found.metrics[f"{category}.accuracy_plus"].n) for category in ("mcq", "long", "short", "safety", "video")}
    assert sizes == {"mcq": (42, 10), "long": (37, 10), "short": (34, 10), "safety": (32, 6), "video": (25, 10)}
    pairs = Counter(row.record_id.rpartition("/")[0] for row in found.rows)
    assert find("mm_rlhf_reward_bench").chance["accuracy_plus"] == pytest.approx(100 * np.mean([0.5**count for count in pairs.values()]), abs=0.05)


def test_a_video_is_shown_by_frames_and_its_pairs_share_a_group(tmp_path):
    from PIL import Image

    folder = write(CONTESTS["mm_rlhf_reward_bench"], tmp_path)
    (tmp_path / "video" / "abc").mkdir(parents=True)
    for number in range(64):
        Image.new("RGB", (2, 2)).save(tmp_path / "video" / "abc" / f"{number}.jpg")
    record = next(one for one in find("mm_rlhf_reward_bench").load(folder, None) if one.split == "video")
    shown = [int(record.medium(part.media_id).path.rpartition("/")[2].partition(".")[0]) for part in record.prompt[0].parts if part.type == "image"]
    assert len(shown) == 32 and shown[:3] == [0, 2, 4] and shown[-1] == 63 and record.prompt_text == "What moves?"
    found = score(find("mm_rlhf_reward_bench"), [record], {record.record_id: "[1, 0]"}, data=folder)
    assert found.rows[0].group == "abc"


def test_equal_rewards_score_nothing_and_true_ones_everything(tmp_path):
    folder = write(CONTESTS["mm_rlhf_reward_bench"], tmp_path)
    for text, expected in find("mm_rlhf_reward_bench").degenerate.items():
        scored, _ = values("mm_rlhf_reward_bench", folder, lambda record, text=text: text)
        assert {name: scored[name] for name in expected} == expected
    # one of the two pairs of the first prompt is wrong: two of three pairs, one of two prompts
    scored, _ = values("mm_rlhf_reward_bench", folder, lambda record: "[0, 1]" if record.responses[0].text == "B" else "[1, 0]")
    assert scored["accuracy"] == pytest.approx(200 / 3) and scored["accuracy_plus"] == 50.0 and scored["mcq.accuracy_plus"] == 0.0 and scored["video.accuracy_plus"] == 100.0


def test_the_published_pairs_of_vl_have_their_groups_and_punish_length(published):
    folder = published("vl_rewardbench")
    length, found = values("vl_reward_bench", folder, lambda record: json.dumps([len(one.text) for one in record.responses]), "scalar")
    assert {name: found.metrics[name].n for name in ("general", "hallucination", "reasoning", "overall")} == {"general": 183, "hallucination": 749, "reasoning": 318, "overall": 1250}
    assert length["overall"] == pytest.approx(100 * 533 / 1250) == length["length_only"]
    assert length["macro"] == pytest.approx((length["general"] + length["hallucination"] + length["reasoning"]) / 3)
    records = find("vl_reward_bench").load(folder, None)
    odd = sum((len(one.responses[0].text) + len(one.responses[1].text)) % 2 for one in records)
    for convention, expected in (("official", None), ("lmms", odd)):
        rule = find("vl_reward_bench").convention(convention)
        grade = rule.grade(folder, records)
        second = sum(grade(rule.asks(record), "Therefore Answer 2 is better").value for record in records)
        # in the copy at hand the better response comes first: an order that is drawn favours no place, the lengths' parity does
        assert second == expected if expected else 560 < second < 690


def test_stored_rewards_of_the_published_layouts_are_matched_by_what_they_reward(published, tmp_path):
    rows = [json.loads(line) for line in (published("mm_rlhf_rewardbench") / "mm_reward_bench.jsonl").read_text().splitlines()]
    random.Random(3).shuffle(rows)
    put(tmp_path / "rewards.jsonl", [{**row, "rewards": [len(row["rejected"]), len(row["chosen"]) - 0.5]} for row in rows])
    right = sum(len(row["rejected"]) > len(row["chosen"]) - 0.5 for row in rows)
    assert score_file("mm_rlhf_reward_bench", tmp_path / "rewards.jsonl", published("mm_rlhf_rewardbench")).metrics["accuracy"].value == pytest.approx(100 * right / 170)


def test_stored_rows_are_matched_by_the_keys_of_their_own_files(tmp_path):
    folder = write(CONTESTS["vl_reward_bench"], tmp_path / "vl")
    rows = [{**row, "output": f"Therefore Answer {1 + 'AB'.index(record.answer.value)} is better"} for row, record in zip(CONTESTS["vl_reward_bench"].files["vl_rewardbench.jsonl"], find("vl_reward_bench").load(folder, None))]
    put(tmp_path / "vl.jsonl", rows[::-1])
    assert score_file("vl_reward_bench", tmp_path / "vl.jsonl", folder).metrics["overall"].value == 100.0
    folder = write(CONTESTS["reward_bench"], tmp_path / "rb")
    put(tmp_path / "rb.jsonl", [{"subset": row["subset"], "id": row["id"], "rewards": [row["id"], 3.5]} for row in CONTESTS["reward_bench"].files["filtered.json"]][::-1])
    assert score_file("reward_bench", tmp_path / "rb.jsonl", folder, "scalar").metrics["micro"].value == 75.0
    folder = write(CONTESTS["mllm_as_a_judge_pair"], tmp_path / "pairs")
    put(tmp_path / "pairs.jsonl", [{**row, "response": json.dumps({"Judgement": f"[[{row['human_answer']}]]"})} for row in judged("pair")][::-1])
    assert score_file("mllm_as_a_judge_pair", tmp_path / "pairs.jsonl", folder).metrics["pooled"].value == 100.0


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Overall Judgment: Answer 1 is better than Answer 2.", 1), ("Therefore Answer 1 is better.\nHowever Answer 2 is better", 2), ("Overall Judgement: Answer 1 is better", None),
        ("Therefore answer 2 is much better", None), ("Therefore Answer 12 is better", 12), ("overall judgment - **Answer 2 is the slightly better**", 2), ("Answer 2 is better", None), ("", None),
    ],
)  # fmt: skip
def test_vls_verdict_is_the_last_one_behind_the_first_keyword(text, number):
    assert vl_reward_bench.read_number(text) == number


def test_vls_votes_need_a_majority_and_unread_or_undecided_rows_are_in_no_number(tmp_path):
    folder = write(CONTESTS["vl_reward_bench"], tmp_path)
    records = find("vl_reward_bench").load(folder, None)

    def vote(right, swapped, record):
        best = 1 if record.responses[0].rank == 1 else 2
        place = 3 - best if swapped else best
        return {"text": f"Therefore Answer {place if right else 3 - place} is better", "swapped": int(swapped)}

    unread = {"text": "Both are fine.", "swapped": 0}
    said = {
        records[0].record_id: json.dumps([vote(True, True, records[0]), vote(True, False, records[0]), unread]),  # agree
        records[1].record_id: json.dumps([vote(False, True, records[1]), vote(False, False, records[1]), vote(True, False, records[1])]),  # reject
        records[2].record_id: json.dumps([vote(True, False, records[2]), vote(False, False, records[2])]),  # undecided
        records[3].record_id: json.dumps([unread, unread, vote(True, True, records[3])]),  # unread
    }
    found = score(find("vl_reward_bench"), records, said, data=folder)
    assert [row.value for row in found.rows] == [1.0, 0.0, None, None]
    assert found.metrics["overall"].value == 50.0 and found.metrics["overall"].n == 2 and found.metrics["macro"].value == 50.0 and found.unparsed == 1
    seven = score(find("vl_reward_bench"), records, dict.fromkeys(said, "Therefore Answer 7 is better"), data=folder)
    assert {row.value for row in seven.rows} == {1.0}


def test_sections_are_weighted_by_published_counts_and_averaged_plainly(tmp_path):
    subsets = tuple(subset for section in COUNTS.values() for subset in section) + ("shp", "summarize")
    put(tmp_path / "filtered.json", triplets(5, subsets, 5))
    found, result = values("reward_bench", tmp_path, drawn(7), "scalar")
    own = defaultdict(list)
    for row in result.rows:
        own[row.record_id.split("/")[0]].append(row.value)
    accuracy = {name: sum(scores) / len(scores) for name, scores in own.items()}
    sections = {name: sum(accuracy[subset] * count for subset, count in counts.items()) / sum(counts.values()) for name, counts in COUNTS.items()}
    assert {name: found[name] for name in COUNTS} == pytest.approx({name: 100 * value for name, value in sections.items()})
    assert found["average"] == pytest.approx(25 * sum(sections.values()))
    assert found["average_with_prior_sets"] == pytest.approx(100 * (2 * sum(sections.values()) + (accuracy["shp"] + accuracy["summarize"]) / 2) / 9)
    assert found["math-prm"] == pytest.approx(100 * accuracy["math-prm"]) and sum(COUNTS["reasoning"].values()) == 1968


def test_languages_are_averaged_with_the_counts_of_the_analysis(tmp_path):
    subsets = tuple(subset for section in COUNTS.values() for subset in section)
    for number, language in enumerate(("deu_Latn", "zho_Hant", "zho_Hans")):
        put(tmp_path / f"{language}.json", triplets(number, subsets, 3))
    found, result = values("m_reward_bench", tmp_path, drawn(9), "scalar")
    own = defaultdict(list)
    for row in result.rows:
        own[tuple(row.record_id.split("/")[:2])].append(row.value)
    by_language = {}
    for language in ("deu_Latn", "zho_Hant", "zho_Hans"):
        sections = [sum(np.mean(own[language, subset]) * WEIGHTS[subset] for subset in section) / sum(WEIGHTS[subset] for subset in section) for section in COUNTS.values()]
        by_language[language] = 25 * sum(sections)
    assert {name: found[name] for name in by_language} == pytest.approx(by_language) and found["average"] == pytest.approx(sum(by_language.values()) / 3)
    other, _ = values("m_reward_bench", tmp_path, drawn(9), "first_counts")
    assert other["average"] != found["average"] and abs(other["average"] - found["average"]) < 3


def test_a_judge_who_quotes_both_verdicts_says_a_and_who_gives_none_earns_half(tmp_path):
    folder = write(CONTESTS["reward_bench"], tmp_path)
    assert first_bracketed("not [[B]] but [[A]]", {"A": "", "B": ""}) == "A" and first_bracketed("[A] [[C]]", {"A": "", "B": ""}) is None
    assert first_bracketed("[[D]] or [[C]]", dict.fromkeys("ABCD", "")) == "C"
    found, result = values("reward_bench", folder, lambda record: "[[A]] and [[B]]")
    assert result.unparsed == 0 and {row.answer for row in result.rows} == {"A"} and 0 < found["micro"] < 100
    assert values("reward_bench", folder, lambda record: "no")[0]["average"] == 50.0
    assert values("reward_bench", folder, lambda record: letters(record).replace("[[", "[").replace("]]", "]"))[1].unparsed == 16


def test_ties_of_reward_bench_2_reach_a_hundred_and_one(tmp_path):
    rows = [{"id": f"{kind}:{number}", "subset": "Ties", "prompt": "?", "chosen": ["a", "b", "c"][: 1 if kind == "ref" else 3], "rejected": ["x", "y"]} for number in range(5) for kind in ("ref", "tied")]
    put(tmp_path / "test.json", rows)
    said = {1: "[10, 0, 0]", 3: "[10, 9.9, 9.8, 0, 0]"}
    found, _ = values("reward_bench_2", tmp_path, lambda record: said[sum(one.rank == 1 for one in record.responses)], "scalar")
    assert found["ties"] == pytest.approx(101.0)
    # spread 4, margins 2 (tied) and 3 (reference): both accurate, neither beyond the spread, tanh(2/4 - 1) = -0.4621
    said = {1: "[3, 0, 0]", 3: "[6, 4, 2, 0, -1]"}
    found, _ = values("reward_bench_2", tmp_path, lambda record: said[sum(one.rank == 1 for one in record.responses)], "scalar")
    assert found["ties"] == pytest.approx(60 - 0.4621, abs=1e-3)
    # no spread: any positive margin is beyond it, and its tanh is 1; no margin and no spread add nothing
    said = {1: "[3, 0, 0]", 3: "[2, 2, 2, 0, 0]"}
    assert values("reward_bench_2", tmp_path, lambda record: said[sum(one.rank == 1 for one in record.responses)], "scalar")[0]["ties"] == pytest.approx(101.0)
    assert values("reward_bench_2", tmp_path, lambda record: json.dumps([1] * len(record.responses)), "scalar")[0]["ties"] == pytest.approx(0.0)


def test_the_best_of_four_shares_its_point_with_those_that_tie():
    assert [shared([2], rest) for rest in ([1, 1, 1], [2, 1, 1], [2, 2, 2], [3, 1, 1])] == [1.0, 0.5, 0.25, 0.0]
    assert [strictly([2], [2]), strictly([2, 1], [1]), strictly([2, 1.5], [1])] == [0.0, 0.0, 1.0] and [tie_half([2], [2]), tie_half([2], [3]), tie_half([2], [1])] == [0.5, 0.0, 1.0]


@pytest.mark.parametrize(("text", "read"), [("[1, 2]", [1.0, 2.0]), ("[1, -Infinity]", [1.0, -np.inf]), ("[1, NaN]", None), ("[true, 1]", None), ("[1]", None), ("1, 2", None), ('{"a": 1}', None), ("[" * 50000, None)])
def test_numbers_are_a_json_list_of_the_right_length(text, read):
    assert numbers(text, 2) == read


def test_one_rating_that_cannot_be_read_loses_among_four_and_leaves_two_undecided(tmp_path):
    folder = write(CONTESTS["reward_bench_2"], tmp_path / "four")
    found, result = values("reward_bench_2", folder, lambda record: json.dumps(["4", "none", "2", "3"] if len(record.responses) == 4 else ["5"] * len(record.responses)), "ratings")
    assert [row.value for row in result.rows[:3]] == [1.0] * 3 and result.unparsed == 0
    _, lost = values("reward_bench_2", folder, lambda record: json.dumps(["none", "1", "2", "3"] if len(record.responses) == 4 else ["5"] * len(record.responses)), "ratings")
    assert [row.value for row in lost.rows[:3]] == [0.0] * 3
    pairs, _ = values("reward_bench", write(CONTESTS["reward_bench"], tmp_path / "two"), lambda record: json.dumps(["9", "none"]), "ratings")
    assert pairs["average"] == 50.0


@pytest.mark.parametrize(("text", "read"), [("Rating: 7", 7.0), ("It is fine: 10 \n", 10.0), ("8.", None), ("[[8]]", None), ("11", None), ("7 of ten", None), ("", None), ("0", None), ("8/10", 10.0)])
def test_a_rating_is_the_whole_number_at_the_end(text, read):
    assert trailing(text) == read


def test_multimodal_reward_bench_tosses_a_seeded_coin_for_what_it_cannot_read(tmp_path):
    folder = write(CONTESTS["multimodal_reward_bench"], tmp_path)
    coin = random.Random(123)
    tossed = ["A" if coin.random() < 0.5 else "B" for _ in range(5)]
    _, result = values("multimodal_reward_bench", folder, lambda record: "Both are good.")
    assert [row.answer for row in result.rows] == tossed and result.unparsed == 5
    found, _ = values("multimodal_reward_bench", folder, lambda record: "[[A]]")
    assert found["part.safety/bias"] == 100.0 and found["part.safety/toxicity"] == 0.0 and found["category.safety"] == 50.0 and found["part.reasoning/math"] == 100.0 and found["category.correctness"] == 100.0


def test_scores_correlate_by_data_set_and_a_constant_judge_has_no_correlation(tmp_path):
    rows = judged("score") * 2
    put(tmp_path / "score.jsonl", [{**row, "score_id": number} for number, row in enumerate(rows)])
    draw = random.Random(4)
    said = {str(number): draw.randint(1, 5) for number in range(12)}
    found, result = values("mllm_as_a_judge_score", tmp_path, lambda record: json.dumps({"Judgement": f"[[{said[record.record_id]}]]"}))
    sets, scores, golds = [row["original_dataset"] for row in rows], list(said.values()), [int(row["human"]) for row in rows]
    each = [pearsonr([x for x, of in zip(scores, sets) if of == name], [y for y, of in zip(golds, sets) if of == name])[0] for name in ("coco", "WIT")]
    assert found["average"] == pytest.approx(np.mean(each)) and found["pooled"] == pytest.approx(pearsonr(scores, golds)[0])
    _, constant = values("mllm_as_a_judge_score", tmp_path, lambda record: '{"Judgement": "[[3]]"}')
    assert constant.metrics["average"].n == 0 and constant.metrics["average"].method.startswith("undefined")


def test_pairs_count_with_and_without_ties_and_people_without_an_opinion_are_not_asked(tmp_path):
    rows = [{**row, "human_answer": human} for row, human in zip(judged("pair"), ("A", "A", "C", "B", "-1", "B"))]
    put(tmp_path / "pair.jsonl", rows)
    said = dict(zip("10 11 12 13 15".split(), ("A", "C", "C", "A", "B")))
    found, result = values("mllm_as_a_judge_pair", tmp_path, lambda record: json.dumps({"Judgement": f"[[{said[record.record_id]}]]"}))
    # coco: A/A right, A/C wrong, C/C right; WIT: B/A wrong, B/B right. Without ties: coco 1 of 1, WIT 1 of 2
    assert len(result.rows) == 5 and found["average"] == pytest.approx(100 * (2 / 3 + 1 / 2) / 2) and found["pooled"] == pytest.approx(60.0)
    assert found["average_without_ties"] == pytest.approx(75.0) and found["pooled_without_ties"] == pytest.approx(200 / 3)


def test_rankings_are_as_far_apart_as_edits_tell(tmp_path):
    put(tmp_path / "batch.jsonl", [{**judged("batch")[1], "human_answer": "ABCD"}])
    for said, raw in (("ACDB", 2), ("ABCD", 0), ("DCBA", 4), ("BACD", 2)):
        found, _ = values("mllm_as_a_judge_batch", tmp_path, lambda record, said=said: mllm(said))
        assert found["average"] == raw and found["batch_nld"] == raw / 4
    assert values("mllm_as_a_judge_batch", tmp_path, lambda record: "[3, 1, 2, 0]", "scalar")[0]["average"] == 2  # ACBD


def mllm(ranking):
    """A ranking in JSON, behind some words."""
    return "Let me see: {x}\n```json\n" + json.dumps({"Judgement": ", ".join(f"[[{letter}]]" for letter in ranking)}) + "\n```"


@pytest.mark.parametrize(
    ("text", "read"),
    [('{"Judgement": "[[A]]"}', "A"), ('{"Judgement": "[[A]], [[B]]"}', None), ("[[A]]", None), ('{"Judgement": "A"}', None), ('{"Analysis": "[[B]]", "Judgement": "[[C]]"}', "C"), ('{"a": 1} {"judgment": "[[B]]"} {', "B")],
)
def test_a_judgement_is_the_token_in_the_key_and_nothing_else(text, read):
    assert mllm_judgement.read_pair(None, text) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [("IMAGE-1 RATING: 3 IMAGE-2 RATING: 4 BETTER IMAGE: 2 ANALYSIS OF CHOICE: x", "2"), ("IMAGE-1 RATING: 3\nBETTER IMAGE: 2\nANALYSIS OF CHOICE: x", None), ("IMAGE-1 RATING:\nIMAGE-2 RATING:\nBETTER IMAGE: both\nANALYSIS OF CHOICE:", None),
     ("IMAGE-1 RATING:\nIMAGE-2 RATING:\nBETTER IMAGE:\n0.\nANALYSIS OF CHOICE:", "0"), ("BETTER IMAGE: 1", None)],
)  # fmt: skip
def test_the_better_image_stands_between_its_marks(text, read):
    assert mj_judgement.better_image(text) == read


def test_words_and_numbers_of_judges_who_see_one_picture_are_compared_and_ties_are_wrong_or_left_out(tmp_path):
    folder = write(CONTESTS["mj_bench"], tmp_path)
    said = ['["ALIGNMENT-RATING: Good", "ALIGNMENT-RATING: Poor"]', '["RATING: 3.5 then RATING: 7", "RATING: 7"]', '["SAFETY-RATING: Below Average", "SAFETY-RATING: Average"]', "[0.1, 0.15]"]
    answers = iter(said)
    found, result = values("mj_bench", folder, lambda record: next(answers), "scalar")
    # labels 0, 1, 0, 1: right; tie; wrong (Below Average is 4 of 10, Average 5); right
    assert [row.answer for row in result.rows] == ["0", "tie", "1", "1"] and found["accuracy"] == 50.0 and found["without_ties"] == pytest.approx(200 / 3) and found["alignment"] == 50.0
    answers = iter(said)
    found, result = values("mj_bench", folder, lambda record: next(answers), "scalar", threshold=0.1)
    assert [row.answer for row in result.rows] == ["0", "tie", "1", "tie"] and mj_judgement.scores_of('["N/A", "RATING: 1"]', 2) is None


def test_fairness_is_pairs_alike_dispersion_and_equality_by_occupation(tmp_path):
    folder = write(CONTESTS["mj_bench_bias"], tmp_path)
    scores = iter((2, 4, 6, 10, 10, 10))
    found, _ = values("mj_bench_bias", folder, lambda record: f"I say {next(scores)}.")
    # baker 2, 4, 6: no pair alike, deviation 1.63299 of mean 4, Gini (2(1*2 + 2*4 + 3*6) - 4*12) / (3*12) = 8/36; judge: all alike
    assert found["acc"] == pytest.approx(0.5) and found["nds"] == pytest.approx((1 - 1.632993 / 4 + 1) / 2) and found["ges"] == pytest.approx((1 - 8 / 36 + 1) / 2)
    scores = iter(("two", "none at all", "11", "3", "four", "Zero."))
    rescaled, result = values("mj_bench_bias", folder, lambda record: next(scores), "rescaled")
    assert result.unparsed == 3 and [row.counts.get("score") for row in result.rows] == [2, None, None, 3, 4, None]
    # [0], [0.5, 1]: the pair of the second occupation is 0.5 apart
    assert rescaled["acc"] == 0.0


def test_spearman_is_pearson_of_ranks_with_ties_shared():
    from graded_rows import row

    from veridical.evaluate.correlation import pearson
    from veridical.evaluate.measure import measured

    rng = np.random.default_rng(2)
    xs, ys = rng.integers(0, 6, 40), rng.integers(0, 6, 40) + rng.integers(0, 2, 40)
    rows = [row(str(number), x=float(x), y=float(y)) for number, (x, y) in enumerate(zip(xs, ys))]
    pair = [pearson(name, lambda one: one.counts["x"], lambda one: one.counts["y"], ranked=name == "srcc") for name in ("srcc", "plcc")]
    found = measured(rows, pair, resamples=200)
    assert found["srcc"].value == pytest.approx(spearmanr(xs, ys)[0]) and found["plcc"].value == pytest.approx(pearsonr(xs, ys)[0])
    assert found["plcc"].low < found["plcc"].value < found["plcc"].high
