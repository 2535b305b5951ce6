"""The benchmarks of text on small files in their published layouts."""

import csv
import json
import re

import pytest

from veridical.evaluate.benchmark import BenchmarkError
from veridical.evaluate.benchmarks import find
from veridical.evaluate.benchmarks.text.ifeval import forgiven
from veridical.evaluate.run import score, score_file
from veridical.grade.grade import NotInstalled
from veridical.grade.letters.mmlu import mcq_leading

OPTIONS = dict(zip("ABCD", ("one", "two", "three", "four")))
ROWS = [
    {"key": 1000, "prompt": "Write a poem of 3 words in quotes.", "instruction_id_list": ["startend:quotation", "length_constraints:number_words"], "kwargs": [{}, {"relation": "at least", "num_words": 3}]},
    {"key": 1001, "prompt": "No commas.", "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{"num_words": None}]},
    {"key": 1005, "prompt": "Two stars.", "instruction_id_list": ["detectable_format:json_format", "keywords:existence"], "kwargs": [{}, {"keywords": ["star"]}]},
]  # fmt: skip
GOLD = {"1000": '"so it goes"', "1001": "Fine.", "1005": '["star"]'}
NEEDING = {"key": 7, "prompt": "In German, two sentences.", "instruction_id_list": ["language:response_language", "length_constraints:number_sentences"],
           "kwargs": [{"language": "de"}, {"relation": "at least", "num_sentences": 2}]}  # fmt: skip
TEST = {"anatomy": [["Where is it?", "here", "there", "up", "down", "C"], ["Who, me?", "I", "you", "he", "it", "A"]], "virology": [["What?", "a", "b", "c", "d", "D"]]}
DEV = {subject: [[f"{subject} {number}?", "w", "x", "y", "z", "ABCD"[number % 4]] for number in range(6)] for subject in TEST}


def instructions_in(folder, rows=ROWS):
    """IFEval's file."""
    (folder / "input_data.jsonl").write_text("".join(json.dumps(one) + "\n" for one in rows))
    return folder


def subjects_in(folder):
    """MMLU's tables."""
    for part, tables in (("test", TEST), ("dev", DEV)):
        (folder / part).mkdir()
        for subject, rows in tables.items():
            with (folder / part / f"{subject}_{part}.csv").open("w", newline="") as file:
                csv.writer(file).writerows(rows)
    return folder


def result(name, folder, say, convention="official", settings=None):
    """What a model scores that says `say(record)`."""
    records = find(name).load(folder, None)
    return score(find(name), records, {record.record_id: say(record) for record in records}, convention, data=folder, grading=settings or {})


def values(found):
    """Numbers by name."""
    return {name: metric.value for name, metric in found.metrics.items()}


def test_responses_that_follow_everything_score_full_marks(tmp_path):
    found = values(result("ifeval", instructions_in(tmp_path), lambda record: GOLD[record.record_id]))
    assert {name: found[name] for name in ("prompt_strict", "instruction_strict", "prompt_loose", "instruction_loose", "keywords", "startend:quotation")} == dict.fromkeys(
        ("prompt_strict", "instruction_strict", "prompt_loose", "instruction_loose", "keywords", "startend:quotation"), 100.0
    )


@pytest.mark.parametrize(("text", "strict", "instructions"), [("", 0, 0), ("Yes", 1, 1), ("A", 1, 1), ("Write a poem of 3 words in quotes.", 1, 2), ("x, y, z, star", 0, 2)])
def test_one_response_to_everything_earns_what_it_happens_to_follow(text, strict, instructions, tmp_path):
    # silence follows nothing, though it has no comma
    found = values(result("ifeval", instructions_in(tmp_path), lambda record: text))
    assert found["prompt_strict"] == pytest.approx(100 * strict / 3) and found["instruction_strict"] == pytest.approx(100 * instructions / 5)


def test_the_loose_check_forgives_first_and_last_lines_and_stars(tmp_path):
    assert forgiven("a*\n b \nc") == ["a*\n b \nc", "b \nc", "a*\n b", "b", "a\n b \nc", "b \nc", "a\n b", "b"]
    found = result("ifeval", instructions_in(tmp_path), lambda record: f"Sure, here it is:\n{GOLD[record.record_id]}\nBye, now")
    # strictly: words enough, and the keyword
    assert values(found)["prompt_strict"] == 0.0 and values(found)["instruction_strict"] == 40.0
    assert values(found)["prompt_loose"] == values(found)["instruction_loose"] == 100.0


def test_a_result_says_which_instructions_were_missed(tmp_path):
    found = result("ifeval", instructions_in(tmp_path), lambda record: "no, star")
    assert [one.answer for one in found.rows] == ["missed"] * 3
    assert values(found)["length_constraints"] == 0.0 and values(found)["keywords:existence"] == 100.0 and "language" not in found.metrics


def test_packages_are_needed_only_by_the_instructions_that_use_them(tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "langdetect", None)
    result("ifeval", instructions_in(tmp_path), lambda record: "x")
    instructions_in(tmp_path, [*ROWS, NEEDING])
    with pytest.raises(NotInstalled, match="langdetect"):
        result("ifeval", tmp_path, lambda record: "x")
    found = result("ifeval", tmp_path, lambda record: "Das ist nicht so. Und wir sind hier.", settings={"language": "words", "sentences": "rule"})
    assert found.rows[-1].value == 1.0 and found.settings["language"] == "words"


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("instruction_id_list", ["startend:quotes"], "row 2, field instruction_id_list: expected one of change_case"),
        ("kwargs", [], "row 2, field kwargs: expected 1 objects, one for each instruction, found []"),
        ("kwargs", None, "row 2, field kwargs: expected 1 objects"),
        ("prompt", 3.5, None),
        ("prompt", ["x"], "row 2, field prompt: expected text"),
    ],
)
def test_a_bad_row_of_ifeval_is_named(field, value, message, tmp_path):
    instructions_in(tmp_path, [ROWS[0], {**ROWS[1], field: value}])
    if message is None:
        assert len(find("ifeval").load(tmp_path, None)) == 2
        return
    with pytest.raises(BenchmarkError, match=re.escape(f"input_data.jsonl, {message}")):
        find("ifeval").load(tmp_path, None)


def test_a_wrong_argument_names_file_row_and_instruction(tmp_path):
    instructions_in(tmp_path, [{**ROWS[2], "kwargs": [{}, {"keywords": "star"}]}])
    with pytest.raises(BenchmarkError, match=re.escape("input_data.jsonl, row 1, field kwargs: keywords:existence, keywords: expected a list of texts, found 'star'")):
        find("ifeval").load(tmp_path, None)


def test_stored_responses_to_ifeval_are_read_by_key_or_in_order(tmp_path):
    data = instructions_in(tmp_path)
    by_key, in_order = tmp_path / "by_key.jsonl", tmp_path / "in_order.jsonl"
    by_key.write_text("".join(json.dumps({"key": int(key), "response": text}) + "\n" for key, text in reversed(GOLD.items())))
    in_order.write_text("".join(json.dumps({"prompt": one["prompt"], "response": GOLD[str(one["key"])]}) + "\n" for one in ROWS))
    for file in (by_key, in_order):
        assert score_file("ifeval", file, data).metrics["prompt_strict"].value == 100.0


@pytest.mark.parametrize("convention", ["official", "lm_eval", "zero_shot"])
def test_the_right_letters_of_mmlu_score_full_marks(convention, tmp_path):
    found = values(result("mmlu", subjects_in(tmp_path), lambda record: f" {record.answer.value}", convention))
    assert {found[name] for name in ("accuracy", "macro", "category.other", "subject.anatomy")} == {100.0}


def test_always_a_and_nothing_and_means_over_questions_and_subjects(tmp_path):
    always = values(result("mmlu", subjects_in(tmp_path), lambda record: "A"))
    assert always["accuracy"] == pytest.approx(100 / 3) and always["macro"] == 25.0
    silent = result("mmlu", tmp_path, lambda record: "")
    assert values(silent)["accuracy"] == 0.0 and silent.unparsed == 3


SHOTS = "".join(f"anatomy {number}?\nA. w\nB. x\nC. y\nD. z\nAnswer: {'ABCD'[number % 4]}\n\n" for number in range(5))
QUESTION = "Where is it?\nA. here\nB. there\nC. up\nD. down\nAnswer:"


@pytest.mark.parametrize(
    ("convention", "text"),
    [
        ("official", f"The following are multiple choice questions (with answers) about  anatomy.\n\n{SHOTS}{QUESTION}"),
        ("lm_eval", f"The following are multiple choice questions (with answers) about anatomy.\n\n{SHOTS}{QUESTION}"),
        ("zero_shot", f"The following are multiple choice questions (with answers) about anatomy.\n\n{QUESTION}\nAnswer with the option's letter from the given choices directly."),
    ],
)
def test_what_mmlu_asks_is_its_snapshot(convention, text, tmp_path):
    record = find("mmlu").load(subjects_in(tmp_path), None)[0]
    assert find("mmlu").convention(convention).asked(record).prompt_text == text


@pytest.mark.parametrize(
    ("text", "letter"),
    [(" B", "B"), ("(C)", "C"), ("A.", "A"), ("D\nBecause", "D"), ("Because A", None), ("E", None), ("b", None), ("Answer: B", None), ("A's", None), ('{"A": -3, " B": -0.2}', "B"), ('{"A": -1, "B": -1}', "A"), ("{}", None), ('{"A": "x"}', None)],
)
def test_the_letter_that_comes_next(text, letter):
    assert mcq_leading(text, OPTIONS) == letter


def test_the_hubs_layout_gives_the_same_questions(tmp_path):
    (tmp_path / "csv").mkdir()
    for part, tables in (("test", TEST), ("dev", DEV)):
        rows = [{"question": cells[0], "subject": subject, "choices": cells[1:5], "answer": "ABCD".index(cells[5])} for subject, table in tables.items() for cells in table]
        (tmp_path / f"{part}.jsonl").write_text("".join(json.dumps(one) + "\n" for one in rows))
    hub, tables = (find("mmlu").load(folder, None) for folder in (tmp_path, subjects_in(tmp_path / "csv")))
    assert [(one.prompt_text, one.answer, [fact.text for fact in one.facts]) for one in hub] == [(one.prompt_text, one.answer, [fact.text for fact in one.facts]) for one in tables]


def test_without_solved_questions_zero_shot_is_named(tmp_path):
    subjects_in(tmp_path)
    for file in (tmp_path / "dev").iterdir():
        file.unlink()
    with pytest.raises(BenchmarkError, match="no solved questions of anatomy; put the dev part beside the test part, or choose the convention zero_shot"):
        result("mmlu", tmp_path, lambda record: "A")
    assert len(result("mmlu", tmp_path, lambda record: "A", "zero_shot").rows) == 3


@pytest.mark.parametrize(
    ("name", "cells", "message"),
    [
        ("anatomy_test.csv", ["What?", "a", "b", "c", "d", "E"], "anatomy_test.csv, row 2, field answer: expected one of A, B, C, D, found 'E'"),
        ("anatomy_test.csv", ["What?", "a", "b", "c", "D"], "anatomy_test.csv, row 2: expected question, four options and the answer, found 5 cells"),
        ("chess_test.csv", ["What?", "a", "b", "c", "d", "A"], "chess_test.csv, row 2, field subject: expected abstract_algebra or"),
    ],
)
def test_a_bad_row_of_mmlu_is_named(name, cells, message, tmp_path):
    subjects_in(tmp_path)
    with (tmp_path / "test" / name).open("w", newline="") as file:
        csv.writer(file).writerows([TEST["anatomy"][0] if name.startswith("anatomy") else cells, cells])
    with pytest.raises(BenchmarkError, match=re.escape(message.replace("row 2", "row 1") if name.startswith("chess") else message)):
        find("mmlu").load(tmp_path, None)


@pytest.mark.parametrize("name", ["ifeval", "mmlu"])
def test_an_empty_folder_says_which_files_belong_there(name, tmp_path):
    with pytest.raises(BenchmarkError, match="Published at"):
        find(name).load(tmp_path, None)
