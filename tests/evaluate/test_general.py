"""The general benchmarks on small files in the published layouts: gold, degenerate models, prompts, malformed files."""

import json

import pytest

from veridical.evaluate.benchmark import BenchmarkError
from veridical.evaluate.benchmarks import benchmarks, find
from veridical.evaluate.run import load, score

from general_files import RAW, SPOILT, write

GENERAL = sorted(name for name, one in benchmarks().items() if one.dimension == "general")
JUDGED = {("math_verse", "official")}
RULES = [(name, convention) for name in GENERAL for convention in find(name).conventions if (name, convention) not in JUDGED]
FORBIDDEN = {
    ("math_vista", "vlm", "4"): "a list is never right",
    ("mmmu", "vlm", "validation_Math_3"): "the option's text is the whole list of answers",
}
"""Gold answers that a rule itself counts as wrong."""


def scored(name, convention, folder, say):
    """The result of a model that says `say(record)`."""
    records = load(find(name), write(name, folder))
    return score(find(name), records, {record.record_id: say(record) for record in records}, convention, data=folder)


def gold(record):
    """The answer as a model would say it."""
    value = record.answer.value
    if record.task == "refcoco":
        left, top, right, bottom, width, height = json.loads(value)
        return f"[{left / width}, {top / height}, {right / width}, {bottom / height}]"
    return json.loads(value)[0] if value.startswith('["') else value


def test_the_general_benchmarks_are_all_here():
    asked = "mme mme_realworld mmmu mmmu_pro mmstar mmbench_en mmbench_cn mmt_bench blink math_vista math_verse math_vision sqa3d mvbench video_mme mantis_eval"
    assert {*asked.split(), "seed_bench", "science_qa", "ocrbench", "chartqa", "refcoco"} <= {*GENERAL} == {*RAW} == {*SPOILT}


@pytest.mark.parametrize(("name", "convention"), RULES)
def test_gold_is_right_on_every_row_that_the_rule_allows(name, convention, tmp_path):
    result = scored(name, convention, tmp_path, gold)
    assert len(result.rows) > 0
    assert {row.record_id for row in result.rows if row.value != 1.0} == {row for one, rule, row in FORBIDDEN if (one, rule) == (name, convention)}
    assert all(row.gold for row in result.rows)


SILENT_AND_RIGHT = {("mvbench", "official"): "the empty text is part of every option", ("mvbench", "vlm"): "the same", ("sqa3d", "refined"): "the same"}
GUESSED = {("mmmu", "official"), ("mmmu", "lmms"), ("mmmu_pro", "official")}


@pytest.mark.parametrize(("name", "convention"), RULES)
def test_silence_earns_what_the_rule_says_and_is_counted(name, convention, tmp_path):
    result = scored(name, convention, tmp_path, lambda record: "")
    assert result.unparsed == len(result.rows)
    values = {row.value for row in result.rows}
    if (name, convention) in SILENT_AND_RIGHT:
        assert values == {1.0}
    elif (name, convention) == ("video_mme", "official"):
        assert values == {None}
    elif (name, convention) in GUESSED:
        assert {row.answer for row in result.rows if row.gold in "ABCDEFGHIJ"} <= {*"ABCDEFGHIJ"}
    elif (name, convention) == ("math_vista", "official"):
        # the nearest choice to nothing is the shortest: half, not quarter
        assert {row.record_id: row.answer for row in result.rows}["2"] == "half" and values == {0.0}
    else:
        assert values == {0.0}


@pytest.mark.parametrize(("name", "convention"), RULES)
def test_the_order_of_the_questions_changes_nothing_where_nothing_is_drawn(name, convention, tmp_path):
    records = load(find(name), write(name, tmp_path))
    said = {record.record_id: f"The answer is ({'ABCD'[place % 4]})." for place, record in enumerate(records)}
    metrics = [score(find(name), order, said, convention, data=tmp_path).metrics for order in (records, records[::-1])]
    if (name, convention) not in GUESSED:
        assert metrics[0] == metrics[1]


PROMPTS = {
    "blink": "Which is next?\n(A) x\n(B) y",
    "chartqa": "How many?",
    "mantis_eval": "  Same?\n(A) Yes\n(B) No\nAnswer with the option's letter from the given choices directly.",
    "math_verse": "Please answer directly.\nQuestion: Find x.",
    "math_vision": 'Please solve the problem and put your answer in one "\\boxed{}". If it is a multiple choice question, only one letter is allowed in the "\\boxed{}".\nHow many?\n\n',
    "math_vista": "Hint: Please answer the question requiring an integer answer and provide the final value, e.g., 1, 2, 3, at the end.\nQuestion: How many? (Unit: kg)",
    "mmbench_cn": "Hint: Look.\nQuestion: What is it?\nOptions:\nA. cat\nB. dog\nC. bird\nD. fish\nPlease select the correct answer from the options above. \n",
    "mmbench_en": "Hint: Look.\nQuestion: What is it?\nOptions:\nA. cat\nB. dog\nC. bird\nD. fish\nPlease select the correct answer from the options above. \n",
    "mme": "Is there a dog? Please answer yes or no.",
    "mme_realworld": "Which colour? The choices are listed below:\n(A) red\n(B) blue\n(C) green\n(D) white\n(E) This image doesn't feature it.\n"
    "Select the best answer to the above multiple-choice question based on the image. Respond with only the letter (A, B, C, D, or E) of the correct option.\nThe best answer is:",
    "mme_realworld_cn": "Which colour? 选项如下所示:\n(A) red\n(B) blue\n(C) green\n(D) white\n(E) This image doesn't feature it.\n根据图像选择上述多项选择题的最佳答案。只需回答正确选项的字母（A, B, C, D 或 E）。\n最佳答案为：",
    "mmmu": "Who made ?\n\n(A) Ann\n(B) Bob\n\nAnswer with the option's letter from the given choices directly.",
    "mmmu_pro": "Which of ?\n(A) thing 0\n(B) thing 1\n(C) thing 2\n(D) thing 3\n(E) thing 4\n(F) thing 5\n(G) thing 6\n(H) thing 7\n(I) thing 8\n(J) thing 9\n"
    "Answer with the option's letter from the given choices directly.",
    "mmstar": "What?\nOptions: A: cat, B: dog, C: bird, D: fish",
    "mmt_bench": "Question: What?\nOptions:\nA. cat\nB. dog\nC. bird\nPlease select the correct answer from the options above. \n",
    "mvbench": "Question: What happens?\nOptions:\n(A) It falls.\n(B) It rises.\n(C) It stays.\nOnly give the best option.",
    "ocrbench": "What is written?",
    "refcoco": "Please provide the bounding box coordinate of the region this sentence describes: <ref>left dog</ref>",
    "science_qa": "Context: It is cold.\nWhich?\nA. ice\nB. fire\nAnswer with the option's letter from the given choices directly.",
    "seed_bench": "Where?\nA. left\nB. right\nC. above\nD. below\nAnswer with the option's letter from the given choices directly.",
    "sqa3d": "I sit.\nWhat is left?\nAnswer the question using a single word or phrase.",
    "video_mme": "Select the best answer to the following multiple-choice question based on the video. Respond with only the letter (A, B, C, or D) of the correct option.\n"
    "Which word?\nA. One.\nB. Two.\nC. Three.\nD. Four.\nThe best answer is:",
}


@pytest.mark.parametrize("name", GENERAL)
def test_the_prompt_of_a_fixed_record_is_its_snapshot(name, tmp_path):
    assert load(find(name), write(name, tmp_path))[0].prompt_text == PROMPTS[name]


@pytest.mark.parametrize("name", GENERAL)
def test_a_malformed_file_names_row_and_field(name, tmp_path):
    file, spoil, message = SPOILT[name]
    write(name, tmp_path)
    text = (tmp_path / file).read_text(encoding="utf-8")
    assert spoil(text) != text
    (tmp_path / file).write_text(spoil(text), encoding="utf-8")
    with pytest.raises(BenchmarkError, match=message):
        load(find(name), tmp_path)


@pytest.mark.parametrize("name", GENERAL)
def test_an_empty_folder_is_told_what_belongs_there(name, tmp_path):
    with pytest.raises(BenchmarkError, match="expected one table|reads these files|found none"):
        load(find(name), tmp_path)


def test_pictures_stand_where_the_text_names_them(tmp_path):
    turn = load(find("mantis_eval"), write("mantis_eval", tmp_path))[0].prompt[0]
    assert [part.type for part in turn.parts] == ["image", "text", "image", "text"]
    turn = load(find("mmmu"), write("mmmu", tmp_path / "mmmu"))[0].prompt[0]
    assert [(part.type, part.text) for part in turn.parts][:2] == [("text", "Who made "), ("image", "")]
    first = load(find("blink"), write("blink", tmp_path / "blink"))[0]
    assert [part.type for part in first.prompt[0].parts] == ["image", "image", "text"] and len(first.media) == 2
    assert load(find("mvbench"), write("mvbench", tmp_path / "mvbench"))[0].media[0].kind == "video"


def test_a_rotation_shows_the_picture_of_its_base_row(tmp_path):
    records = load(find("mmbench_en"), write("mmbench_en", tmp_path))
    assert len(records) == 6 and len({record.media[0].sha256 for record in records}) == 1 and all(record.media[0].data for record in records)
