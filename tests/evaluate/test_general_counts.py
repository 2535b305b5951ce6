"""How general benchmarks count: pairs, rotations, means of means, sums; on models whose answers are known."""

import json

import pytest

from graded_rows import row
from veridical.evaluate.benchmark import BenchmarkError
from veridical.evaluate.benchmarks.general.mmbench import mmbench_en, rotations
from veridical.evaluate.benchmarks.general.mme import SUBTASKS, mme
from veridical.evaluate.benchmarks.general.mmt_bench import mmt_bench
from veridical.evaluate.benchmarks.general.mvbench import frame_places
from veridical.evaluate.labels import macro
from veridical.evaluate.run import load, score, score_file

from general_files import MME, write


@pytest.fixture
def fourteen(tmp_path):
    """MME's folder with two pictures in each subtask; the second question order is turned."""
    for name in SUBTASKS:
        second = MME.replace("1.jpg", "2.jpg").format("No", "Yes")
        (tmp_path / f"{name}.txt").write_text(MME.format("Yes", "No") + second, encoding="utf-8")
    return tmp_path


def said(records, say):
    return {record.record_id: say(record) for record in records}


@pytest.mark.parametrize(("response", "perception", "cognition"), [("Yes", 500.0, 200.0), ("No", 500.0, 200.0), ("", 0.0, 0.0), ("maybe", 0.0, 0.0)])
def test_mme_of_one_answer_for_everything(response, perception, cognition, fourteen):
    records = mme.load(fourteen, None)
    found = score(mme, records, said(records, lambda record: response), data=fourteen).metrics
    assert (found["perception"].value, found["cognition"].value, found["score"].value) == (perception, cognition, perception + cognition)


def test_mme_of_gold_is_2800_and_one_error_costs_its_share_twice(fourteen):
    records = mme.load(fourteen, None)
    answers = said(records, lambda record: record.answer.value)
    assert score(mme, records, answers, data=fourteen).metrics["score"].value == 2800.0
    # one of four questions, and with it one of two pictures, of one subtask: 25 + 50
    answers["count/2.jpg/1"] = "yes"
    found = score(mme, records, answers, data=fourteen).metrics
    assert found["perception"].value == 2000.0 - 75.0 and found["count.score"].value == 125.0 and found["existence.score"].value == 200.0


def test_mme_reads_the_answer_files_of_its_tool(fourteen, tmp_path_factory):
    folder = tmp_path_factory.mktemp("answers")
    for name in SUBTASKS:
        lines = [f"{line}\t{line.split(chr(9))[2]}, certainly." for line in (fourteen / f"{name}.txt").read_text().splitlines()]
        (folder / f"{name}.txt").write_text("\n".join(lines) + "\n\n", encoding="utf-8")
    assert score_file("mme", folder, fourteen).metrics["score"].value == 2800.0


def test_a_picture_of_mme_with_one_question_is_refused(tmp_path):
    (tmp_path / "count.txt").write_text("1.jpg\tIs there a dog?\tYes\n", encoding="utf-8")
    with pytest.raises(BenchmarkError, match="every picture has two questions, but count/1.jpg has not"):
        mme.load(tmp_path, None)


@pytest.mark.parametrize("convention", mmbench_en.conventions)
def test_a_question_is_right_when_every_rotation_is(convention, tmp_path):
    records = load(mmbench_en, write("mmbench_en", tmp_path))
    answers = said(records, lambda record: record.answer.value)
    assert score(mmbench_en, records, answers, convention, data=tmp_path).metrics["accuracy"].value == 100.0
    answers["3000012"] = "Z"
    found = score(mmbench_en, records, answers, convention, data=tmp_path).metrics
    assert found["accuracy"].value == 50.0 and found["vanilla"].value == 100.0 and found["accuracy"].n == 2
    assert found["category.image_topic"].value == 0.0 and found["category.image_style"].value == 100.0


@pytest.mark.parametrize("letter", ["A", "B", ""])
def test_one_letter_for_everything_is_never_right_in_every_rotation(letter, tmp_path):
    records = load(mmbench_en, write("mmbench_en", tmp_path))
    assert score(mmbench_en, records, said(records, lambda record: letter), data=tmp_path).metrics["accuracy"].value == 0.0


def test_the_text_of_the_answer_is_right_in_every_rotation(tmp_path):
    records = load(mmbench_en, write("mmbench_en", tmp_path))
    found = score(mmbench_en, records, said(records, lambda record: record.answer.choices["ABCD".index(record.answer.value)]), data=tmp_path)
    assert found.metrics["accuracy"].value == 100.0


def test_rotations_are_made_of_base_rows(tmp_path):
    published = load(mmbench_en, write("mmbench_en", tmp_path))
    made = [turned for one in published if int(one.record_id) < 1_000_000 for turned in rotations(one)]
    assert [(one.record_id, one.answer, one.prompt_text) for one in made] == [(one.record_id, one.answer, one.prompt_text) for one in published]


def test_a_seed_draws_what_cannot_be_read(tmp_path):
    records = load(mmbench_en, write("mmbench_en", tmp_path))
    results = [score(mmbench_en, records, said(records, lambda record: "?"), data=tmp_path, grading={"seed": 2680}) for _ in range(2)]
    assert results[0].rows == results[1].rows and results[0].unparsed == 6 and results[0].settings == {"seed": 2680}
    assert {found.answer for found in results[0].rows} <= {*"ABCDZ"}


def test_a_meta_task_is_the_mean_of_its_subtasks(tmp_path):
    records = load(mmt_bench, write("mmt_bench", tmp_path))
    # font: one of two; word: one of one
    found = score(mmt_bench, records, {"0": "A", "1": "A", "2": "C"}, data=tmp_path).metrics
    assert found["accuracy"].value == pytest.approx(200 / 3) and found["l2-category.ocr"].value == found["subtasks"].value == pytest.approx(75.0)


def test_a_mean_over_labels_has_an_interval_and_leaves_out_what_is_not_scored():
    rows = [row(str(number), value, **{f"label:task={task}": 1.0}) for number, (value, task) in enumerate([(1, "a"), (0, "a"), (1, "b"), (None, "c")])]
    measure = macro("mean", "task")
    assert measure.value(measure.tally(rows).sums.sum(0)) == pytest.approx(75.0)


def test_frames_are_the_middles_of_segments():
    # segments of 10 frames: 5, 15, 25, 35
    assert frame_places(0, 40, 4) == [5, 15, 25, 35]
    assert frame_places(100, 140, 4) == [105, 115, 125, 135] and len(frame_places(0, 100)) == 16


def test_echoing_the_question_never_earns_a_letter_exactly(tmp_path):
    for name in ("seed_bench", "science_qa"):
        folder = tmp_path / name
        asked = echoes(name, folder)
        assert {found.value for found in score(*asked, data=folder).rows} == {0.0}


def echoes(name, folder):
    """(benchmark, records, echoes) of a benchmark."""
    from veridical.evaluate.benchmarks import find

    records = load(find(name), write(name, folder))
    return find(name), records, said(records, lambda record: record.prompt_text)


def test_stored_outputs_may_be_an_object_by_id(tmp_path):
    folder = write("mmt_bench", tmp_path / "data")
    (tmp_path / "texts.json").write_text(json.dumps({"0": "A", "1": "B", "2": "C"}, indent=1))
    (tmp_path / "rows.json").write_text(json.dumps({str(number): {"prediction": letter, "answer": "Z"} for number, letter in enumerate("ABC")}))
    assert [score_file("mmt_bench", tmp_path / name, folder).metrics["accuracy"].value for name in ("texts.json", "rows.json")] == [100.0, 100.0]
