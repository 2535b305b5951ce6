"""CHAIR: the authors' result on their example, and every rule of the count on COCO's lexicon."""

import json
from pathlib import Path

import pytest

from veridical.evaluate.benchmark import BenchmarkError
from veridical.evaluate.benchmarks.hallucination.chair import PROMPT, chair
from veridical.evaluate.run import score, score_file
from veridical.grade.lexicon import read_lexicon
from veridical.grade.singular import singularize_pattern

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "chair.json").read_text())
SYNONYMS = "person, man, woman\ndog, puppy\nhot dog\ncup\ndining table, table\n"


def folder(place: Path, truth: dict[str, list[str]], **files: str) -> Path:
    """CHAIR's files of a small world."""
    (place / "synonyms.txt").write_text(SYNONYMS)
    (place / "objects.json").write_text(json.dumps(truth))
    for name, content in files.items():
        (place / f"{name}.txt").write_text(content)
    return place


def test_the_example_of_the_authors_gives_their_result(published, tmp_path):
    theirs = json.loads((published("chair") / "outputs.json").read_text())
    (tmp_path / "synonyms.txt").write_text((published("chair") / "synonyms.txt").read_text())
    (tmp_path / "objects.json").write_text(json.dumps({str(one["image_id"]): one["mscoco_gt_words"] for one in theirs["sentences"]}))
    result = score_file("chair", published("chair") / "example_inputs.jsonl", tmp_path)
    overall = theirs["overall_metrics"]
    found = {name: result.metrics[name].value for name in ("chair_s", "chair_i", "coverage")}
    assert found == pytest.approx({"chair_s": 100 * overall["CHAIRs"], "chair_i": 100 * overall["CHAIRi"], "coverage": 100 * overall["Recall"]})
    lexicon = read_lexicon(tmp_path / "synonyms.txt")
    for row, one in zip(result.rows, theirs["sentences"]):
        assert [mention.name for mention in lexicon.mentions(one["caption"])] == one["mscoco_generated_words"]
        assert row.counts["covered"] / row.counts["true"] == pytest.approx(one["metrics"]["Recall"])


@pytest.mark.parametrize("row", GOLDEN["captions"], ids=lambda row: row["caption"][:30])
def test_objects_are_those_that_the_authors_code_finds(row, published):
    lexicon = read_lexicon(published("chair") / "synonyms.txt")
    assert [mention.name for mention in lexicon.mentions(row["caption"])] == row["classes"]


def test_the_lexicon_has_the_published_entries(published):
    lines = (published("chair") / "synonyms.txt").read_text().splitlines()
    entries = [entry for line in lines for entry in line.strip().split(", ")]
    lexicon = read_lexicon(published("chair") / "synonyms.txt")
    assert (len(lines), len(entries), len(lexicon.classes), len(set(lexicon.classes.values()))) == (80, 416, 403, 80)
    assert {" motor bike", " cheesecake", "iPhone"} <= set(lexicon.classes)


def test_ten_words_of_the_lexicon_are_changed_by_the_singularizer(published):
    words = {word for entry in read_lexicon(published("chair") / "synonyms.txt").classes for word in entry.split()}
    changed = {word: found for word in words if (found := singularize_pattern(word)) != word}
    assert changed == {"airbus": "airbu", "bus": "bu", "minibus": "minibu", "glass": "glas", "tennis": "tenni", "sports": "sport", "skis": "ski", "children": "child", "oxen": "ox", "people": "person"}


def test_regular_plurals_of_the_lexicon_come_back_but_for_the_known_misses(published):
    words = {word for entry in read_lexicon(published("chair") / "synonyms.txt").classes for word in entry.split()}
    unchanged = {word for word in words if word[-1] not in "sy" and not word.endswith(("ch", "sh", "x", "fe", "f", "man", "ie", "o")) and singularize_pattern(word) == word}
    assert len(unchanged) > 280
    assert {word for word in unchanged if singularize_pattern(f"{word}s") != word} == {"canoe", "knive"}
    assert [singularize_pattern(word) for word in ("canoes", "ties", "magpies", "collies", "doggies")] == ["cano", "ty", "magpy", "collies", "doggies"]


def test_rates_are_ratios_of_sums_over_mentions_and_captions(tmp_path):
    # caption 1: man, dog (absent), dog (absent); caption 2: cup; caption 3: nothing
    # mentions 4, absent 2; captions with an absent object 1 of 3; classes there 1 + 2 + 1, covered 1 + 1 + 0
    data = folder(tmp_path, {"a.png": ["person"], "b.png": ["cup", "dog"], "c.png": ["dog"]})
    records = chair.load(data, None)
    found = score(chair, records, {"a.png": "A man, a dog, a puppy.", "b.png": "One cup", "c.png": ""}, data=data)
    expected = {"chair_i": 50.0, "chair_s": 100 / 3, "coverage": 50.0, "words": (6 + 2 + 0) / 3, "no_object": 100 / 3}
    assert {name: one.value for name, one in found.metrics.items()} == pytest.approx(expected)
    assert found.rows[0].wrong == ("dog", "puppy") and found.rows[0].gold == "person"
    assert found.settings == {"singularizer": "pattern"}


def test_empty_captions_do_not_hallucinate_and_cover_nothing(tmp_path):
    data = folder(tmp_path, {f"{number}.png": ["dog", "cup"] for number in range(5)})
    records = chair.load(data, None)
    found = score(chair, records, {record.record_id: "" for record in records}, data=data).metrics
    for name, value in chair.degenerate[""].items():
        assert found[name].value == value
    assert found["chair_i"].n == 0


def test_an_image_list_chooses_and_a_prompt_file_asks(tmp_path):
    data = folder(tmp_path, {"a.png": ["dog"], "b.png": ["cup"]}, images="b.png\n", prompt="What is here?\n")
    assert [(record.record_id, record.prompt_text) for record in chair.load(data, None)] == [("b.png", "What is here?")]
    (data / "images.txt").write_text("c.png\n")
    with pytest.raises(BenchmarkError, match="no objects are known for c.png"):
        chair.load(data, None)


def test_cocos_annotations_give_instances_and_what_people_wrote(tmp_path):
    (tmp_path / "synonyms.txt").write_text(SYNONYMS)
    (tmp_path / "annotations").mkdir()
    write = lambda name, content: (tmp_path / "annotations" / name).write_text(json.dumps(content))  # noqa: E731
    write("instances_val2014.json", {"categories": [{"id": 7, "name": "dining table"}], "annotations": [{"image_id": 42, "category_id": 7}]})
    write("captions_val2014.json", {"annotations": [{"image_id": 42, "caption": "A woman with a hot dog."}, {"image_id": 43, "caption": "Two puppies."}]})
    records = chair.load(tmp_path, None)
    assert {record.record_id: sorted(fact.text for fact in record.facts) for record in records} == {"42": ["dining table", "hot dog", "person"], "43": ["dog"]}
    assert records[0].media[0].path.endswith("COCO_val2014_000000000042.jpg") and records[0].prompt_text == PROMPT


def test_captions_are_matched_by_number_and_by_picture(tmp_path):
    data = folder(tmp_path, {"COCO_val2014_000000000042.jpg": ["dog"], "17": ["cup"]})
    captions = tmp_path / "captions.jsonl"
    captions.write_text(json.dumps({"image_id": 42, "caption": "a dog"}) + "\n" + json.dumps({"image": "COCO_val2014_000000000017.jpg", "text": "a cup"}) + "\n")
    assert score_file("chair", captions, data).metrics["coverage"].value == 100.0


def test_without_files_the_error_says_what_to_put_where(tmp_path):
    with pytest.raises(BenchmarkError, match="neither objects.json nor COCO's instances_val2014.json; chair reads these files from one folder"):
        chair.load(tmp_path, None)
    (tmp_path / "objects.json").write_text('{"a.png": "dog"}')
    with pytest.raises(BenchmarkError, match="objects.json, image 'a.png': expected an object that gives each image a list"):
        chair.load(tmp_path, None)
