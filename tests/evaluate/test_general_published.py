"""Stored outputs of published models: re-scored, they have the published values, row by row where rows are published."""

import json

import pytest

from veridical.evaluate.benchmarks.general.mmmu import DOMAIN
from veridical.evaluate.responses import ResponsesError
from veridical.evaluate.run import score_file


@pytest.mark.parametrize("name", ["LLaVA-v1.5-13B", "Random-Chance"])
def test_math_vision_agrees_on_every_published_row(name, published):
    folder = published("mathvision")
    file = folder / "outputs" / f"{name}.jsonl"
    rows = {row["id"]: row for row in map(json.loads, file.read_text(encoding="utf-8").splitlines())}
    result = score_file("math_vision", file, folder)
    assert len(result.rows) == 304
    assert {row.record_id: bool(row.value) for row in result.rows} == {row.record_id: rows[row.record_id]["correct"] for row in result.rows}
    assert {row.record_id: row.answer or "" for row in result.rows} == {row.record_id: rows[row.record_id]["model_answer"] for row in result.rows}
    total = json.loads((published("mathvision") / "outputs" / f"{name}_result.json").read_text())["-all"]
    assert total.startswith(f"{sum(row['correct'] for row in rows.values())}/{len(rows)}=")


def test_math_vista_agrees_with_bard_on_every_row(published):
    folder = published("mathvista")
    result = score_file("math_vista", folder / "output_bard.json", folder)
    rows = json.loads((folder / "output_bard.json").read_text(encoding="utf-8"))
    assert {row.record_id: bool(row.value) for row in result.rows} == {name: row["true_false"] for name, row in rows.items()}
    assert result.metrics["accuracy"].value == pytest.approx(34.8) and result.metrics["accuracy"].n == 1000
    # an item counts for each of its skills
    asked = json.loads((folder / "testmini.json").read_text(encoding="utf-8"))
    hits = [rows[name]["true_false"] for name, row in asked.items() if "geometry reasoning" in row["metadata"]["skills"]]
    assert result.metrics["skill.geometry reasoning"].value == pytest.approx(100 * sum(hits) / len(hits))


def test_mmmu_is_0_367_from_responses_and_from_parsed_predictions(published):
    folder = published("mmmu")
    responses, parsed = (score_file("mmmu", folder / "llava1.5_13b" / name, folder) for name in ("", "total_val_output.json"))
    assert round(responses.metrics["accuracy"].value / 100, 3) == round(parsed.metrics["accuracy"].value / 100, 3) == 0.367
    rows = {row.record_id: row for row in responses.rows}
    for subject in DOMAIN:
        stored = json.loads((folder / "llava1.5_13b" / subject / "parsed_output.json").read_text(encoding="utf-8"))
        assert [rows[row["id"]].value == 1 for row in stored] == [row["judge"] == "Correct" for row in stored]
        # letters that were drawn at random are the same letters
        chosen = [row for row in stored if row["question_type"] == "multiple-choice"]
        assert [rows[row["id"]].answer for row in chosen] == [row["parsed_pred"] for row in chosen]
        accuracy = json.loads((folder / "llava1.5_13b" / subject / "result.json").read_text())["acc"]
        assert responses.metrics[f"subject.{subject}"].value == pytest.approx(100 * accuracy)
    assert responses.unparsed == 2 and parsed.unparsed == 0


def test_mmmu_needs_only_the_stored_outputs(published):
    folder = published("mmmu") / "llava1.5_13b"
    assert score_file("mmmu", folder, folder).metrics["accuracy"].value == pytest.approx(100 * 330 / 900)


def test_blink_is_37_13_over_subtasks_and_36_35_over_questions(published):
    folder = published("blink")
    result = score_file("blink", folder / "llava_v1.5_7b.json", folder)
    assert round(result.metrics["accuracy"].value, 2) == 37.13 and round(result.metrics["micro"].value, 2) == 36.35
    for convention in ("vlm", "lmms"):
        assert round(score_file("blink", folder / "llava_v1.5_7b.json", folder, convention).metrics["accuracy"].value, 2) == 36.35


def test_an_id_that_is_no_question_is_refused(published, tmp_path):
    (tmp_path / "responses.jsonl").write_text('{"id": "3041", "response": "A"}\n')
    with pytest.raises(ResponsesError, match="row 1, field id: no record is called '3041'"):
        score_file("math_vision", tmp_path / "responses.jsonl", published("mathvision"))


def test_gold_answers_of_published_files_are_all_right(published, tmp_path):
    blink = published("blink")
    assert score_file("blink", blink / "val_answers.json", blink).metrics["accuracy"].value == 100.0
    rows = json.loads((published("mathvista") / "testmini.json").read_text(encoding="utf-8"))
    (tmp_path / "gold.json").write_text(json.dumps({name: row["answer"] for name, row in rows.items()}))
    # the text of these choices is another choice's letter in brackets: "(b)" is read as the second choice, which is "(a)"
    official = score_file("math_vista", tmp_path / "gold.json", published("mathvista"))
    assert [(row.record_id, row.gold) for row in official.rows if row.value != 1] == [("168", "(b)"), ("849", "(b)")]
    lists = score_file("math_vista", tmp_path / "gold.json", published("mathvista"), "vlm")
    assert {rows[row.record_id]["answer_type"] for row in lists.rows if row.value != 1 and rows[row.record_id]["question_type"] == "free_form"} == {"list"}
    answers = json.loads((published("mmmu") / "answer_dict_val.json").read_text())
    said = {name: row["ground_truth"] if isinstance(row["ground_truth"], str) else row["ground_truth"][0] for name, row in answers.items()}
    (tmp_path / "gold.json").write_text(json.dumps(said))
    assert score_file("mmmu", tmp_path / "gold.json", published("mmmu")).metrics["accuracy"].value == 100.0
