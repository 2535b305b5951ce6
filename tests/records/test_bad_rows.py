"""Bad rows and files: each is named by file, row and field, says what is wrong, and costs nothing but itself."""

import copy
import json
import re
import subprocess

import published_rows as published
import pytest

from veridical.records.formats import formats
from veridical.records.load import LeftOut, LoadError, Source, load, save, summary_of
from veridical.records.record import Media, Part, Record, Turn, text_parts
from veridical.records.rows import write_rows

ROWS = {
    "trl": published.TRL_PLAIN[0],
    "trl messages": published.TRL[0],
    "llama_factory": published.LLAMA_FACTORY[0],
    "ms_swift": published.MS_SWIFT[0],
    "rlhf_v": published.RLHF_V_OLD[0],
    "rlaif_v": published.RLAIF_V_MADE[0],
    "llava_rlhf": published.LLAVA_RLHF[0],
    "vlfeedback": published.VLFEEDBACK[0],
    "mm_rlhf": published.MM_RLHF[0],
    "llava": published.LLAVA[0],
}


@pytest.fixture
def folder(tmp_path):
    """A folder with pictures."""
    return published.pictures(tmp_path)


def changed(row, path: str, value):
    """A row with the value at a dotted path replaced; a function changes what is there."""
    row = copy.deepcopy(row)
    rest = path.split(".")
    at = row
    for key in rest[:-1]:
        at = at[int(key) if isinstance(at, list) else key]
    key = int(rest[-1]) if isinstance(at, list) else rest[-1]
    at[key] = value(at[key]) if callable(value) else value
    return row


def left_out(folder, name: str, bad) -> LeftOut:
    """What is said of a bad row between two good ones, which are read."""
    published.write(folder / "data.jsonl", [ROWS[name], bad, ROWS[name]])
    loaded = load(str(folder / "data.jsonl"))
    assert len(loaded.records) == 2 and len(loaded.left_out) == 1
    item = loaded.left_out[0]
    assert (item.file, item.row) == (str(folder / "data.jsonl"), 1)
    assert str(item).startswith(f"{folder}/data.jsonl, row 1, field {item.field}: ")
    return item


def json_text(**fields) -> str:
    """RLHF-V's text column."""
    return json.dumps({"question": "q", "chosen": "c", "rejected": "r"} | fields)


EMPTY = [
    ("trl", "chosen", " ", "chosen"),
    ("trl", "rejected", "", "rejected"),
    ("trl messages", "chosen.0.content.0.text", "", "chosen"),
    ("llama_factory", "rejected.value", "", "rejected"),
    ("ms_swift", "rejected_response", "", "rejected_response"),
    ("ms_swift", "messages.1.content", "\n", "messages"),
    ("rlhf_v", "text", json_text(chosen=""), "text.chosen"),
    ("rlaif_v", "rejected", "", "rejected"),
    ("llava_rlhf", "output_2.value", "", "output_2"),
    ("mm_rlhf", "chosen", "", "chosen"),
    ("llava", "conversations.1.value", "", "conversations"),
]


@pytest.mark.parametrize(("name", "path", "value", "field"), EMPTY, ids=lambda value: str(value)[:20])
def test_an_empty_response_is_left_out(folder, name, path, value, field):
    item = left_out(folder, name, changed(ROWS[name], path, value))
    assert (item.field, item.reason) == (field, "is empty")


EQUAL = [
    ("trl", "rejected", "A dog.", "rejected"),
    ("trl messages", "rejected.0.content.0.text", "A dog.\n", "rejected"),
    ("llama_factory", "rejected.value", "A dog.", "rejected"),
    ("ms_swift", "rejected_response", "A dog.", "rejected_response"),
    ("rlhf_v", "text", json_text(chosen="r"), "text.rejected"),
    ("rlaif_v", "rejected", "A dog.", "rejected"),
    ("llava_rlhf", "output_2.value", "A dog.", "output_2"),
    ("mm_rlhf", "rejected", "A dog.", "rejected"),
]


@pytest.mark.parametrize(("name", "path", "value", "field"), EQUAL, ids=lambda value: str(value)[:20])
def test_chosen_equal_to_rejected_is_left_out(folder, name, path, value, field):
    item = left_out(folder, name, changed(ROWS[name], path, value))
    assert item.field == field and re.search("is equal to .*; there is nothing to prefer", item.reason)


def test_two_equal_conversations_without_a_prompt_are_left_out(folder):
    same = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    assert left_out(folder, "trl messages", {"chosen": same, "rejected": same}).reason == "is equal to chosen; there is nothing to prefer"


MARKS = [
    ("trl", "prompt", "images"),
    ("llama_factory", "conversations.0.value", "conversations"),
    ("ms_swift", "messages.0.content", "messages"),
    ("rlaif_v", "question", "question"),
    ("llava_rlhf", "conversations.0.value", "conversations"),
    ("vlfeedback", "prompt", "prompt"),
    ("mm_rlhf", "prompt", "prompt"),
    ("llava", "conversations.0.value", "conversations"),
]


@pytest.mark.parametrize(("name", "path", "field"), MARKS)
def test_more_marks_than_pictures_are_left_out(folder, name, path, field):
    item = left_out(folder, name, changed(ROWS[name], path, "<image><image> What?"))
    assert item.field == field and "2" in item.reason and "marks" in item.reason


@pytest.mark.parametrize(
    ("name", "path", "media"),
    [("trl", "prompt", "images"), ("llama_factory", "conversations.0.value", "images"), ("ms_swift", "messages.0.content", "images"), ("llava", "conversations.0.value", "image")],
)
def test_fewer_marks_than_pictures_are_left_out(folder, name, path, media):
    row = changed(changed(ROWS[name], media, ["pictures/a.png"] * 3), path, "<image> <image> What?")
    assert re.search("2 picture marks for 3 pictures|3 pictures for 0 picture parts and 2 marks", left_out(folder, name, row).reason)


def test_typed_parts_must_match_the_pictures(folder):
    row = changed(ROWS["trl messages"], "images", ["pictures/a.png", "pictures/b.png"])
    assert left_out(folder, "trl messages", row).reason == "holds 2 pictures for 1 picture parts and 0 marks in the prompt"


def test_a_mark_in_a_response_is_left_out_because_a_model_would_look_for_a_picture(folder):
    for name, path in (("trl", "chosen"), ("llama_factory", "rejected.value"), ("rlaif_v", "chosen"), ("llava", "conversations.1.value"), ("llava_rlhf", "output_1.value")):
        assert "has a picture mark; a response is text only" in left_out(folder, name, changed(ROWS[name], path, "See <image>.")).reason


TYPES = [
    ("trl", "chosen", 5, "chosen", "expected text, found int"),
    ("trl messages", "prompt", 7, "prompt", "expected str or list or tuple, found int"),
    ("trl messages", "prompt.0.role", "human", "prompt", "expected messages with role"),
    ("trl messages", "chosen", [], "chosen", "expected one message of the assistant, found"),
    ("llama_factory", "conversations", "x", "conversations", "expected list or tuple, found str"),
    ("llama_factory", "chosen", [{"from": "gpt", "value": "x"}], "chosen", "expected dict, found list"),
    ("llama_factory", "conversations.0.from", "person", "conversations", "has a message with from='person'"),
    ("ms_swift", "messages.0", "hi", "messages", "expected objects with role"),
    ("ms_swift", "margin", "big", "margin", "expected a number, found str: 'big'"),
    ("ms_swift", "images", 3, "images", "expected list or tuple or str or dict, found int"),
    ("rlhf_v", "text", "{", "text", "is not JSON"),
    ("rlhf_v", "text", "[1]", "text", "expected a JSON object, found list"),
    ("rlhf_v", "image", 3, "image", "expected a path, bytes or a picture, found int"),
    ("rlaif_v", "question", 3, "question", "expected str, found int: '3'"),
    ("rlaif_v", "org_infos.scores.chosen.score", "good", "org_infos.scores", "expected a number, found 'good'"),
    ("llava_rlhf", "preference", 0, "preference", "expected 1 or 2, found 0"),
    ("llava_rlhf", "preference", True, "preference", "expected 1 or 2, found True"),
    ("llava_rlhf", "preference", "1", "preference", "expected 1 or 2, found '1'"),
    ("llava_rlhf", "output_1", "A dog.", "output_1", "expected dict, found str"),
    ("vlfeedback", "completions", 3, "completions", "expected list or tuple or Mapping, found int"),
    ("vlfeedback", "completions.0", "x", "completions", "expected an object with a response text"),
    ("vlfeedback", "completions.0.annotations.Helpfulness", 4, "completions.annotations", "expected Rating and Rationale"),
    ("vlfeedback", "completions", lambda items: items[:1], "completions", "holds 1 responses, 0 of them empty; two are needed"),
    ("vlfeedback", "completions", {"response": ["a", "b"], "annotations": [{}]}, "completions", "holds lists of different lengths: [1, 2]"),
    ("mm_rlhf", "is_tie", "no", "is_tie", "expected bool, found str"),
    ("mm_rlhf", "prompt", "", "prompt", "is empty"),
    ("llava", "conversations", [], "conversations", "holds nothing that a user says"),
    ("llava", "conversations.0.from", "bot", "conversations", "expected from/value or role/content"),
    ("llava", "image", {"path": None}, "image", "expected a path, bytes or a picture, found dict"),
    ("llava", "image", "https://x.org/a.png", "image", "download the pictures"),
    ("llava", "image", "data:image/png;base64,@@", "image", "is not base64"),
]


@pytest.mark.parametrize(("name", "path", "value", "field", "reason"), TYPES, ids=lambda value: str(value)[:20])
def test_a_wrong_type_is_left_out_with_what_was_expected(folder, name, path, value, field, reason):
    item = left_out(folder, name, changed(ROWS[name], path, value))
    assert item.field == field and reason in item.reason


TAKES = {"llama_factory": ("videos",), "ms_swift": ("videos",), "llava": ("videos", "audio")}
SAID = {"videos": "holds a video", "audio": "holds sound"}


@pytest.mark.parametrize(("name", "column"), [(name, column) for name in sorted(set(ROWS) - {"trl messages"}) for column in SAID if column not in TAKES.get(name, ())])
def test_media_that_a_format_has_no_column_for_are_left_out(folder, name, column):
    item = left_out(folder, name, ROWS[name] | {column: ["clip.mp4"]})
    assert item.field == column and SAID[column] in item.reason


def test_a_picture_under_a_name_that_the_format_lacks_is_not_passed_over(folder):
    item = left_out(folder, "trl", {"prompt": "What?", "chosen": "a", "rejected": "b", "img_path": "pictures/a.png"})
    assert item.field == "img_path" and "Rename the column" in item.reason
    # beside pictures that are read it says something else about them, and is kept
    row = ROWS["trl"] | {"img_path": "other.png"}
    assert json.loads(load(published.write(folder / "more.json", [row])).records[0].extra) == {"img_path": "other.png"}
    assert "has a <video> mark" in left_out(folder, "trl", ROWS["trl"] | {"prompt": "<video> What?"}).reason


def test_a_missing_field_is_named_with_the_fields_that_are_there(folder):
    item = left_out(folder, "rlaif_v", {"ds_question_id": "q", "question": "q", "chosen": "a", "rejected": "b"})
    assert (item.field, item.reason) == ("image", "missing; the row has ['chosen', 'ds_question_id', 'question', 'rejected']")
    assert left_out(folder, "mm_rlhf", {name: value for name, value in ROWS["mm_rlhf"].items() if name != "image"}).reason.startswith("missing; the row has ['chosen'")


def test_a_row_that_is_no_object_is_left_out(folder):
    published.write(folder / "data.json", [ROWS["llava"], 3, None, "x"])
    loaded = load(str(folder / "data.json"))
    assert [item.reason for item in loaded.left_out] == [f"expected an object with fields, found {kind}" for kind in ("int", "NoneType", "str")] and len(loaded.records) == 1


def test_wrong_columns_in_a_whole_file_name_the_nearest_format(folder):
    for rows, said in (
        (
            [{"prompt": 3, "chosen": "a", "rejected": "b", "images": []}],
            r"chosen \(str\), images \(list\), prompt \(int\), rejected \(str\). The nearest is trl: .*; check the types of its columns",
        ),
        ([{"ds_name": "x", "picture": "a.png", "txt": "{}", "origin_split": "", "idx": 3}], "The nearest is rlhf_v: .*; not here: image, text, image_path; name one with format="),
        ([{"colour": "red"}], r"no known format has rows with colour \(str\); name one"),
        ([3], "no known format has rows that are no objects with fields"),
    ):
        with pytest.raises(LoadError, match=said):
            load(published.write(folder / "data.json", rows))


def test_parquet_columns_of_another_type_are_left_out_row_by_row(folder):
    from datasets import Features, Image, Value

    features = Features({"ds_name": Value("string"), "image": Image(), "question": Value("string"), "chosen": Value("int64"), "rejected": Value("string"), "idx": Value("string")})
    rows = [{"ds_name": "x", "image": published.embedded("a.png"), "question": "q", "chosen": 3, "rejected": "r", "idx": "0"}]
    write_rows(folder / "a.parquet", rows, features)
    with pytest.raises(LoadError, match="1 left out .row 0., field chosen: expected text, found int"):
        load(str(folder / "a.parquet"))


def test_json_lines_cut_in_the_middle_lose_the_cut_line_only(folder):
    path = folder / "data.jsonl"
    published.write(path, [ROWS["llava"]] * 5)
    path.write_bytes(path.read_bytes()[:-40])
    loaded = load(str(path))
    assert len(loaded.records) == 4
    assert re.fullmatch(rf"{path}, row 4: the line is not JSON \(.*\); it was probably cut off", str(loaded.left_out[0]))


def test_a_json_list_cut_in_the_middle_loses_what_is_cut_off_only(folder):
    path = folder / "data.json"
    published.write(path, [ROWS["llava"]] * 5)
    path.write_bytes(path.read_bytes()[:-40])
    loaded = load(str(path))
    assert len(loaded.records) == 4 and loaded.left_out[0].row == 4 and "cut off, get it again" in loaded.left_out[0].reason


def test_a_line_that_is_not_utf8_is_left_out_and_not_changed(folder):
    path = folder / "data.jsonl"
    published.write(path, [ROWS["llava"]] * 2)
    path.write_bytes(path.read_bytes() + b'{"id": "\xff"}\n')
    loaded = load(str(path))
    assert len(loaded.records) == 2 and loaded.left_out[0].row == 2 and "utf-8" in loaded.left_out[0].reason


def test_a_parquet_file_cut_in_the_middle_says_to_get_it_again_and_costs_no_other_file(folder):
    write_rows(folder / "a.parquet", published.RLAIF_V, formats()["rlaif_v"].features())
    whole = (folder / "a.parquet").read_bytes()
    (folder / "b.parquet").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(LoadError, match="b.parquet: not a whole Parquet file .*; it was cut off, download it again"):
        load(str(folder / "b.parquet"))
    loaded = load(str(folder))
    assert len(loaded.records) == 2 and (loaded.left_out[0].file, loaded.left_out[0].row) == (str(folder / "b.parquet"), -1)
    assert summary_of(loaded.left_out)[0].startswith(f"{folder}/b.parquet: left out: not a whole Parquet file")


def test_damage_inside_a_parquet_file_costs_its_group_of_rows_only(folder):
    import pyarrow.parquet as parquet

    write_rows(folder / "a.parquet", published.RLAIF_V * 20, formats()["rlaif_v"].features())
    parquet.write_table(parquet.read_table(folder / "a.parquet"), folder / "b.parquet", row_group_size=10)
    content, at = bytearray((folder / "b.parquet").read_bytes()), parquet.ParquetFile(folder / "b.parquet").metadata.row_group(1).column(0).data_page_offset
    content[at : at + 60] = b"\xff" * 60
    (folder / "b.parquet").write_bytes(content)
    loaded = load(str(folder / "b.parquet"))
    assert len(loaded.records) == 30 and len(loaded.left_out) == 1
    assert (loaded.left_out[0].row, loaded.left_out[0].reason.split(" (")[0]) == (10, "rows 10 to 19 are damaged")


@pytest.mark.parametrize(("name", "content"), [("a.json", "[]"), ("a.json", ""), ("a.jsonl", ""), ("a.jsonl", "\n\n")])
def test_a_file_without_rows_says_so(folder, name, content):
    (folder / name).write_text(content)
    with pytest.raises(LoadError, match=f"{name}: holds no rows"):
        load(str(folder / name))


def test_names_that_lead_nowhere_say_what_there_is(folder):
    for source, said in (
        ("nowhere.json", "no such file or folder"),
        (Source(path=published.write(folder / "a.json", [ROWS["llava"]]), format="lava"), "unknown format 'lava'; did you mean 'llava'"),
        (str(folder / "pictures"), "holds no .json, .jsonl, .parquet file"),
    ):
        with pytest.raises(LoadError, match=said):
            load(source)


def test_a_format_named_by_the_user_is_used_and_bad_rows_are_said(folder):
    published.write(folder / "a.json", [ROWS["llava"], ROWS["trl"]])
    loaded = load(Source(path=str(folder / "a.json"), format="llava"))
    assert (loaded.format, loaded.why, len(loaded.records)) == ("llava", "named by the user", 1) and loaded.left_out[0].field == "conversations"


def test_many_reasons_are_summed_up(folder):
    items = [LeftOut("f", number, "", f"reason {number % 14}") for number in range(40)]
    lines = summary_of(items)
    assert lines[0] == "f: 3 left out (row 0, 14, 28): reason 0" and len(lines) == 11
    # reasons 10 and 11 have three rows each (10, 24, 38 and 11, 25, 39), 12 and 13 two
    assert lines[-1] == "... and 10 more left out for 4 other reasons"


@pytest.fixture
def full_disk(tmp_path):
    """A disk of 64 KiB; skips where none can be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], capture_output=True)
    if done.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {done.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.parquet"])
def test_a_full_disk_while_saving_leaves_the_old_file_and_nothing_else(full_disk, name):
    def record(number: int) -> Record:
        import numpy as np

        noise = np.random.default_rng(number).bytes(20_000)
        return Record(record_id=str(number), media=(Media(media_id="m", data=noise),), prompt=(Turn(role="user", parts=(Part(type="image", media_id="m"), *text_parts("Hi"))),))

    save([record(0)], full_disk / name)
    before = (full_disk / name).read_bytes()
    with pytest.raises(LoadError, match=f"{name}: could not be written .*No space left.*; free space on this disk. Nothing was changed"):
        save(map(record, range(10)), full_disk / name)
    assert [one.name for one in full_disk.iterdir()] == [name] and (full_disk / name).read_bytes() == before
    with pytest.raises(LoadError, match="could not be written"):
        save(map(record, range(10)), full_disk / "b.json", "llava")
    assert sorted(one.name for one in full_disk.iterdir() if one.is_file()) == [name] and not list((full_disk / "b_pictures").iterdir())
