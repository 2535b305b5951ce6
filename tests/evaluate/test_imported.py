"""Results of other harnesses become result files: what they printed stays, what their rows prove gets an interval, the rest is listed."""

import json
import math
import zipfile
from pathlib import Path

import pytest
from imported_files import LATER, lmms, lmms_row, table, vlm, vlm_row
from typer.testing import CliRunner

from veridical.cli import app
from veridical.evaluate.benchmarks import benchmarks
from veridical.evaluate.centred import centred
from veridical.evaluate.imported.build import import_results
from veridical.evaluate.imported.known import TASKS
from veridical.evaluate.imported.measures import is_mean, known_benchmark
from veridical.evaluate.imported.sheet import SheetError, sheet_rows
from veridical.evaluate.imported.table import ImportedError
from veridical.evaluate.run import score_file
from veridical.evaluate.statistics import NotComparable, compare
from veridical.evaluate.uncertainty import mcnemar
from veridical.records.result import Result

GOLDEN = Path(__file__).parents[1] / "golden"
RIGHT = [True, True, True, False, True, False, True, True]


def only(found, task: str) -> Result:
    """The one result of a task."""
    (result,) = [result for path, result in found.results.items() if path.stem == task]
    return result


def reasons(found) -> str:
    """Everything that was left, as one text."""
    return "\n".join(f"{Path(one.file).name}: {one.reason}" for one in found.left)


def test_lmms_evals_headline_takes_this_packages_name_and_scale_and_its_own_standard_error(tmp_path):
    lmms(tmp_path / "in", RIGHT)
    result = only(import_results(tmp_path / "in", tmp_path / "out"), "pope")
    f1 = result.metrics["f1"]
    # 0.75 ± 1.96 · 0.125, in percent
    assert (f1.value, f1.low, f1.high) == pytest.approx((75, 75 - 24.5, 75 + 24.5)) and f1.unit == "%" and f1.method == "as lmms-eval printed it, with its standard error"
    assert (result.benchmark, result.convention, result.dimension, result.model) == ("pope", "lmms-eval", "hallucination", "org/model")
    assert result.settings == {"task": "pope", "harness_version": "75571cf", "task_version": 1.0, "shots": 0, "generation": {"max_new_tokens": 16}}


def test_a_number_that_is_the_mean_of_its_rows_gets_its_interval_from_them(tmp_path):
    lmms(tmp_path / "in", RIGHT)
    found = only(import_results(tmp_path / "in", tmp_path / "out"), "pope").metrics
    assert found["pope_accuracy"].value == pytest.approx(75) and found["pope_accuracy"].method.startswith("bootstrap") and found["pope_accuracy"].n == 8
    # rows 0, 2, 4, 6 count, all right; rows 1, 3, 5, 7 are about colour, half of them right
    assert not [name for name in found if "stderr" in name]
    assert (found["category.count"].value, found["category.colour"].value) == (100, 50)


def test_rows_keep_what_was_asked_said_read_and_shown(tmp_path):
    lmms(tmp_path / "in", RIGHT)
    import_results(tmp_path / "in", tmp_path / "out")
    row = Result.load(tmp_path / "out" / "org__model" / "pope.json").rows[3]
    assert (row.record_id, row.prompt, row.response, row.gold, row.answer, row.value, row.group) == ("3", "Is there a cup? 3", "Yes", "no", "yes", 0.0, "picture 1.jpg")
    kept = [json.loads(line) for line in (tmp_path / "out" / "org__model" / "responses" / "pope.jsonl").read_text().splitlines()]
    assert kept[3] == {"question": "Is there a cup? 3", "response": "Yes"} and len(kept) == 8


def test_the_rows_of_several_processes_come_in_the_order_of_the_questions_and_can_be_scored_again(tmp_path):
    place = lmms(tmp_path / "in", [True] * 12)
    file = place / "20261001_120000_samples_pope.jsonl"
    file.write_text("".join(sorted(file.read_text().splitlines(keepends=True), reverse=True)))
    import_results(tmp_path / "in", tmp_path / "out")
    data = tmp_path / "coco_pope_random.json"
    data.write_text("".join(json.dumps({"question_id": n, "image": f"{n // 2}.jpg", "text": f"Is there a cup? {n}", "label": ("yes", "no")[n % 2]}) + "\n" for n in range(12)))
    result = score_file("pope", tmp_path / "out" / "org__model" / "responses" / "pope.jsonl", data)
    assert (result.convention, result.metrics["accuracy"].value, len(result.rows)) == ("official", 100, 12)


def test_an_unknown_task_keeps_its_names_and_an_unknown_interval_is_the_whole_line(tmp_path):
    lmms(tmp_path / "in", RIGHT, results={"own_task": {"exact_match,strict": 0.5}})
    result = only(import_results(tmp_path / "in", tmp_path / "out"), "own_task")
    metric = result.metrics["strict.exact_match"]
    assert (result.benchmark, result.dimension, metric.value, metric.unit, metric.better) == ("own_task", "", 0.5, "", "")
    assert (metric.low, metric.high) == (-math.inf, math.inf)


def test_what_cannot_be_taken_over_is_listed(tmp_path):
    place = lmms(tmp_path / "in", RIGHT)
    with (place / "20261001_120000_samples_pope.jsonl").open("a") as file:
        file.write(json.dumps(lmms_row(3, True)) + '\n{"doc_id": 9, "filt\n')
    (place / "20250101_000000_samples_old.jsonl").write_text("{}\n")
    (place / "20250101_000001_results.json").write_text('{"results"')
    found = import_results(tmp_path / "in", tmp_path / "out")
    told = reasons(found)
    for words in (
        "pope: pope_rows,none is 'N/A', which is no number", "line 9: a second row of doc_id 3", "line 10: cannot be read", "samples_old.jsonl: rows without",
        "20250101_000001_results.json", "own_task of org/model: no rows", "kept as printed and not tested: f1",
    ):  # fmt: skip
        assert words in told
    assert len(only(found, "pope").rows) == 8 and only(found, "pope").rows[3].value == 0


def test_the_newest_run_of_a_model_is_taken_and_the_older_named(tmp_path):
    lmms(tmp_path / "in", [True] * 4)
    lmms(tmp_path / "in", [False] * 4, date=LATER)
    found = import_results(tmp_path / "in", tmp_path / "out")
    assert only(found, "pope").metrics["pope_accuracy"].value == 0 and "pope of org/model: a newer run is in 20261102_080000_results.json" in reasons(found)


def test_two_imported_models_are_compared_by_their_rows_with_mcnemars_test(tmp_path):
    """Four pictures of one question each: two became right, none wrong."""
    rows = [json.loads(json.dumps(lmms_row(2 * number, False))) for number in range(4)]
    for name, fixed in (("a", 0), ("b", 2)):
        place = lmms(tmp_path / "in", [True], model=name)
        scores = [float(number < fixed) for number in range(4)]
        lines = [{**row, "pope_accuracy": {**row["pope_accuracy"], "score": score}} for row, score in zip(rows, scores)]
        (place / "20261001_120000_samples_pope.jsonl").write_text("\n".join(map(json.dumps, lines)))
        content = json.loads((place / "20261001_120000_results.json").read_text())
        content["results"]["pope"]["pope_accuracy,none"] = sum(scores) / 4
        (place / "20261001_120000_results.json").write_text(json.dumps(content))
    import_results(tmp_path / "in", tmp_path / "out")
    before, after = (Result.load(tmp_path / "out" / name / "pope.json") for name in "ab")
    change = compare(before, after, known_benchmark(before))["pope_accuracy"]
    assert (change.before, change.after, change.test) == (0, 50, "McNemar, exact") and change.p == mcnemar(2, 0)
    assert "f1" not in compare(before, after, known_benchmark(before))


def test_an_imported_result_is_never_compared_with_one_of_this_packages_rules(tmp_path):
    lmms(tmp_path / "in", RIGHT)
    result = only(import_results(tmp_path / "in", tmp_path / "out"), "pope")
    with pytest.raises(NotComparable, match="different conventions"):
        compare(result.replace(convention="official"), result)


def test_an_imported_headline_stands_on_the_common_scale(tmp_path):
    lmms(tmp_path / "in", RIGHT)
    result = only(import_results(tmp_path / "in", tmp_path / "out"), "pope")
    # who always says yes has an F1 of 2/3: 100 · (75 − 66.67) / (100 − 66.67)
    placed = centred(result)
    assert placed.of == ("pope.f1",) and placed.value == pytest.approx(25, abs=0.01)


@pytest.mark.parametrize("ending", ["tsv", "json"])
def test_vlmevalkits_predictions_meet_their_grades_and_numbers(ending, tmp_path):
    vlm(tmp_path / "in", RIGHT, ending=ending)
    found = import_results(tmp_path / "in", tmp_path / "out")
    result = only(found, "POPE")
    assert (result.benchmark, result.convention, result.model, result.settings) == ("pope", "VLMEvalKit", "Model-7B", {"task": "POPE"})
    assert result.metrics["f1"].value == 80.25 and result.metrics["acc"].value == 75 and result.metrics["acc"].unit == "%"
    # every question of category random (0, 2, 4, 6) is right: the part's number is the mean of its rows
    assert result.metrics["random.acc"].method == "wilson" and result.metrics["random.precision"].method == "as VLMEvalKit printed it"
    row = result.rows[5]
    assert (row.record_id, row.response, row.gold, row.answer, row.value, row.group) == ("5", "Yes, I think.", "No", "Yes", 0.0, "2.jpg")
    assert "Model-7B_POPE_tmp.pkl: " in reasons(found) and "a pickle can run programs" in reasons(found)


def test_a_row_of_several_categories_counts_once_in_each(tmp_path):
    """Three rows: right in two categories, wrong in one, right in one; the kit takes the first twice: 3 of 4."""
    place = tmp_path / "in" / "m"
    place.mkdir(parents=True)
    kinds, right = ("random,popular", "random", "adversarial"), (True, False, True)
    rows = [{**vlm_row(number, held), "category": kind} for number, (kind, held) in enumerate(zip(kinds, right))]
    table(place / "m_POPE.tsv", [{name: value for name, value in row.items() if name not in ("extracted", "score")} for row in rows])
    table(place / "m_POPE_auxmatch.tsv", rows)
    table(place / "m_POPE_score.csv", [{"split": split, "Overall": share, "acc": share} for split, share in (("Overall", 75.0), ("random", 50.0), ("popular", 100.0))])
    found = only(import_results(tmp_path / "in", tmp_path / "out"), "POPE").metrics
    assert (found["acc"].value, found["acc"].n, found["random.acc"].value, found["popular.acc"].n) == (75, 4, 50, 1) and found["acc"].method.startswith("bootstrap")
    # an F1 that happens to equal the share of right rows is none all the same
    assert found["f1"].method == found["random.Overall"].method == "as VLMEvalKit printed it" and found["category.random"].n == 2


def test_a_multiple_choice_table_of_numbers_names_its_judge_and_splits(tmp_path):
    place = tmp_path / "in" / "m" / "T20261001-120000"
    place.mkdir(parents=True)
    rows = [{"index": n, "question": f"q{n}", "A": "cup", "B": "key", "answer": "A", "category": "x", "split": ("dev", "validation")[n % 2], "prediction": "A"} for n in range(6)]
    table(place / "m_MMMU_DEV_VAL.tsv", rows)
    table(place / "m_MMMU_DEV_VAL_gpt-4o-mini_result.tsv", [{**row, "hit": int(row["index"] < 3), "log": "ok"} for row in rows])
    table(place / "m_MMMU_DEV_VAL_acc.csv", [{"split": "dev", "Overall": 2 / 3, "Art": 0.5}, {"split": "validation", "Overall": 1 / 3, "Art": 0.25}])
    result = only(import_results(tmp_path / "in", tmp_path / "out"), "MMMU_DEV_VAL")
    assert result.benchmark == "mmmu" and result.settings["judge"] == "gpt-4o-mini"
    # of 1, 3 and 5 only 1 is a hit; of 0, 2 and 4 two are
    assert result.metrics["accuracy"].value == pytest.approx(100 / 3) and result.metrics["accuracy"].method == "wilson" and result.metrics["accuracy"].n == 3
    assert result.metrics["dev.Overall"].value == pytest.approx(200 / 3) and result.metrics["dev.Art"].value == 0.5


def test_numbers_inside_objects_are_named_by_the_way_to_them(tmp_path):
    place = tmp_path / "in" / "m"
    place.mkdir(parents=True)
    table(place / "m_Video-MME_8frame.tsv", [{"index": 1, "question": "q", "answer": "A", "prediction": "A"}])
    (place / "m_Video-MME_8frame_rating.json").write_text(json.dumps({"short": {"overall": "0.5", "domain": {"Knowledge": "0.25"}}, "overall": {"overall": ["0.75"]}}))
    result = only(import_results(tmp_path / "in", tmp_path / "out"), "Video-MME_8frame")
    assert {name: metric.value for name, metric in result.metrics.items()} == {"short.overall": 0.5, "short.domain.Knowledge": 0.25, "overall.overall": 0.75}


def test_rows_of_an_unknown_task_are_right_where_all_its_metrics_agree(tmp_path):
    place = lmms(tmp_path / "in", [True, False], results={"own": {"a,none": 0.5, "b,none": 0.5}, "other": {"a,none": 0.5, "b,none": 0.0}})
    for task, scores in (("own", [(1, 1), (0, 0)]), ("other", [(1, 0), (0, 0)])):
        lines = [json.dumps({"doc_id": n, "target": "x", "filtered_resps": "y", "a": a, "b": b}) for n, (a, b) in enumerate(scores)]
        (place / f"20261001_120000_samples_{task}.jsonl").write_text("\n".join(lines))
    found = import_results(tmp_path / "in", tmp_path / "out")
    assert [row.value for row in only(found, "own").rows] == [1, 0] and [row.value for row in only(found, "other").rows] == [None, None]


def test_a_dataset_whose_name_begins_with_anothers_is_not_taken_for_its_grades(tmp_path):
    place = tmp_path / "in" / "m"
    place.mkdir(parents=True)
    for name in ("MMStar", "MMStar_KO"):
        table(place / f"m_{name}.tsv", [{"index": 1, "question": name, "answer": "A", "prediction": "A"}])
        table(place / f"m_{name}_acc.csv", [{"split": "none", "Overall": 1.0 if name == "MMStar" else 0.0}])
    found = import_results(tmp_path / "in", tmp_path / "out")
    assert only(found, "MMStar").metrics["accuracy"].value == 100 and only(found, "MMStar_KO").metrics["Overall"].value == 0


def test_links_to_the_newest_run_are_not_a_second_run(tmp_path):
    vlm(tmp_path / "in", [False] * 4)
    vlm(tmp_path / "in", [True] * 4, run="T20261102_Gffff0000")
    found = import_results(tmp_path / "in", tmp_path / "out")
    assert only(found, "POPE").metrics["acc"].value == 100 and reasons(found).count("a newer run is in") == 1


def test_a_spreadsheet_is_read_as_its_writer_meant_it():
    rows = sheet_rows(GOLDEN / "predictions.xlsx")
    assert [row["index"] for row in rows] == [1, 2, 3, 4] and rows[3]["answer"] == 12
    assert rows[0]["prediction"] == 'Yes, <there> & "here"\nis one.' and rows[1]["prediction"] == "=1+1" and rows[1]["question"] == "Ist dort ein Löffel? 匙"
    assert rows[2]["prediction"] == "control \x07 and _x0041_ stay" and not {"category", "score"} & rows[2].keys()
    assert rows[3]["question"] == " spaces " and rows[3]["score"] == -3e-05 and rows[3]["prediction"] == "x" * 32_767


def test_columns_beyond_z_texts_of_several_runs_and_readings_of_characters(tmp_path):
    """A first sheet that is not called sheet1, a column Z before AA, a text with two runs and a phonetic reading, a cell without its place, an error."""
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    relation = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    row = '<row><c r="A{0}" t="s"><v>{1}</v></c><c r="Z{0}" t="{2}"><v>{3}</v></c><c r="AA{0}" t="inlineStr"><is><t>{4}</t></is></c><c t="{5}"><v>{6}</v></c></row>'
    with zipfile.ZipFile(tmp_path / "x.xlsx", "w") as archive:
        sheets = '<sheet name="s" sheetId="9" r:id="r7"/><sheet name="t" sheetId="1" r:id="r1"/>'
        archive.writestr("xl/workbook.xml", f"<workbook {space} {relation}><sheets>{sheets}</sheets></workbook>")
        targets = '<Relationship Id="r1" Target="worksheets/one.xml"/><Relationship Id="r7" Target="/xl/worksheets/other.xml"/>'
        archive.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="x">{targets}</Relationships>')
        archive.writestr("xl/sharedStrings.xml", f"<sst {space}><si><t>index</t></si><si><r><t>two </t></r><r><t>runs</t></r><rPh><t>no</t></rPh></si></sst>")
        rows = row.format(1, 0, "str", "right", "name", "str", "last") + row.format(2, 1, "b", "1", "x", "e", "#DIV/0!")
        archive.writestr("xl/worksheets/other.xml", f"<worksheet {space}><sheetData>{rows}</sheetData></worksheet>")
    assert sheet_rows(tmp_path / "x.xlsx") == [{"index": "two runs", "right": True, "name": "x"}]


def test_a_response_that_the_spreadsheet_cut_off_is_named(tmp_path):
    place = tmp_path / "in" / "m"
    place.mkdir(parents=True)
    (place / "m_POPE.xlsx").write_bytes((GOLDEN / "predictions.xlsx").read_bytes())
    table(place / "m_POPE_score.csv", [{"split": "Overall", "Overall": 50.0}])
    told = reasons(import_results(tmp_path / "in", tmp_path / "out"))
    assert "responses cut off after 32,767 characters, which is all that a cell holds: index 4" in told


def test_a_damaged_spreadsheet_is_named_and_the_others_are_taken(tmp_path):
    place = vlm(tmp_path / "in", RIGHT)
    (place / "Model-7B_MME.xlsx").write_bytes((GOLDEN / "predictions.xlsx").read_bytes()[:3000])
    with pytest.raises(SheetError, match="MME.xlsx: cannot be read as a spreadsheet"):
        sheet_rows(place / "Model-7B_MME.xlsx")
    found = import_results(tmp_path / "in", tmp_path / "out")
    assert "Model-7B_MME.xlsx: " in reasons(found) and len(only(found, "POPE").rows) == 8


def test_a_folder_of_neither_says_what_was_expected(tmp_path):
    with pytest.raises(ImportedError, match="no such folder"):
        import_results(tmp_path / "absent", tmp_path / "out")
    (tmp_path / "notes.json").write_text("{}")
    with pytest.raises(ImportedError, match=r"no results of lmms-eval .*or VLMEvalKit"):
        import_results(tmp_path, tmp_path / "out")


def test_every_known_task_is_a_benchmark_of_this_package():
    assert {one.benchmark for one in TASKS} <= set(benchmarks())


THREE = [1, 1, 1, 0]
MEANS = [(0.75, THREE, True), (75, THREE, True), (0.7501, THREE, True), (0.752, THREE, False), (6.5, [6, 7], True), (0, [], False)]


@pytest.mark.parametrize(("value", "scores", "expected"), MEANS)
def test_a_number_is_a_mean_up_to_rounding(value, scores, expected):
    assert is_mean(value, scores, [1] * len(scores)) == expected


def test_other_harnesses_results_become_a_page(tmp_path):
    for name, right in (("a", [True] * 8), ("b", [True] * 4 + [False] * 4)):
        lmms(tmp_path / "in", right, model=name)
        vlm(tmp_path / "in" / "vlm", right, model=name.upper())
    told = CliRunner().invoke(app, ["import-results", str(tmp_path / "in"), "--out", str(tmp_path / "out")]).output
    assert f"{tmp_path}/out/a/pope.json: 8 rows; f1 75%" in told and "not taken over:" in told and "a pickle can run programs" in told
    shown = CliRunner().invoke(app, ["report", *(str(tmp_path / "out" / name) for name in "abAB"), "--out", str(tmp_path / "x.html"), "--json"])
    numbers = json.loads(shown.output)
    pope = numbers["benchmarks"]["pope"]["models"]
    assert pope["b"]["metrics"]["pope_accuracy"]["difference"] == -50 and numbers["benchmarks"]["POPE"]["models"]["A"]["metrics"]["acc"]["value"] == 100
    assert "lmms-eval printed it" in (tmp_path / "x.html").read_text()
