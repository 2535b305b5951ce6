"""Records become published rows and come back; what a format cannot hold is said, and pictures are where it has them."""

import json

import published_rows as published
import pyarrow.parquet as parquet
import pytest
import shapes

from veridical.records.formats import formats
from veridical.records.load import LoadError, Source, convert, load, save
from veridical.records.record import Answer, Aspect, Corruption, Fact, Media, Pair, Part, Provenance, Record, Response, Swap, Turn, text_parts

WRITTEN = [one for name, one in sorted(formats().items()) if name != "veridical" and one.write]
ENDINGS = [(one.name, ending) for one in WRITTEN for ending in (".json", ".jsonl", *([".parquet"] if one.features else []))]


@pytest.fixture
def folder(tmp_path):
    """A folder with media."""
    return shapes.media(tmp_path)


def records_of(folder, name, most: int | None = None) -> list[Record]:
    """Records of a format's published rows, or of the first of them."""
    return load(shapes.write(folder, name)).records[:most]


@pytest.mark.parametrize(("name", "ending"), ENDINGS)
def test_what_a_format_wrote_it_reads_back(folder, tmp_path, name, ending):
    records = [record for record in records_of(folder, name) if not beyond(record, name, ending)]
    result = save(records, tmp_path / "out" / f"again{ending}", name)
    again = load(Source(path=str(tmp_path / "out" / f"again{ending}"), media_root=str(folder) if name in BY_NUMBER else None))
    assert (again.format, again.left_out, result.left_out, result.written) == (name, [], [], len(records))
    for before, after in zip(records, again.records, strict=True):
        one, other = (without(published.plain(each, folder), set(result.lost)) for each in (before, after))
        assert one == other


def beyond(record: Record, name: str, ending: str) -> bool:
    """R1-AQA's sounds, which are read only; and responses that are media, for which the Parquet columns of this format have no type."""
    return (name == "r1" and any(one.kind == "audio" for one in record.media)) or (ending == ".parquet" and any(one.role == "output" for one in record.media))


BY_NUMBER = ("ha_dpo", "ha_dpo_pope", "lrv")
"""Their rows do not say where the pictures are."""
FIELDS = {"scores": "score", "margins": "margin"}


def without(record: dict, lost: set[str]) -> dict:
    """What is left of a record when this is lost; the order of what a kind of record is called says nothing."""
    for name in {"scores", "margins"} & lost:
        for one in (*record["responses"], *record["pairs"]):
            one.update({FIELDS[name]: None} if FIELDS[name] in one else {})
            one.update({"rule": ""} if "rule" in one else {})
    return record | ({"extra": ""} if "unread columns" in lost else {})


# what the rows carry that their own format has no place for, found by hand
LOST = {
    "trl": {},
    "llama_factory": {},
    "ms_swift": {},
    "rlhf_v": {"unread columns": 1},
    "rlaif_v": {"scores": 1, "margins": 1, "unread columns": 1},
    "llava_rlhf": {"unread columns": 1},
    "vlfeedback": {},
    "mm_rlhf": {},
    "llava": {},
    "questions": {},
}


@pytest.mark.parametrize("name", LOST)
def test_a_format_keeps_nearly_all_of_its_own_rows(folder, name):
    assert dict(save(records_of(folder, name), folder / "again.json", name).lost) == LOST[name]


@pytest.mark.parametrize("name", ["trl", "rlhf_v", "rlaif_v", "vlfeedback", "ms_swift", "llama_factory"])
def test_datasets_reads_our_parquet_with_the_published_features(folder, tmp_path, name):
    from datasets import Dataset

    save(records_of(folder, name), tmp_path / "out.parquet", name)
    rows = Dataset.from_parquet(str(tmp_path / "out.parquet"), cache_dir=str(tmp_path / "cache"))
    declared = formats()[name].features()
    assert all(rows.features[column] == declared[column] for column in rows.features)
    picture = rows[0]["images"][0] if "images" in rows.features else rows[0]["image"]
    assert picture.size == (8, 6) and picture.convert("RGB").getpixel((0, 0)) == published.COLOURS["a.png"]


def test_trl_rows_have_only_the_columns_that_they_use_and_no_empty_picture_keys(folder, tmp_path):
    save(records_of(folder, "trl", 3), tmp_path / "out.parquet", "trl")
    table = parquet.read_table(tmp_path / "out.parquet")
    assert set(table.column_names) == {"prompt", "chosen", "rejected", "images"}
    assert set(table.to_pylist()[0]["prompt"][0]["content"][0]) == {"type", "text"}


def test_published_column_types_differ_where_the_data_sets_differ(folder, tmp_path):
    for name, kind in (("rlhf_v", "int64"), ("rlaif_v", "string")):
        save(records_of(folder, "rlhf_v"), tmp_path / "out.parquet", name)
        assert str(parquet.read_schema(tmp_path / "out.parquet").field("idx").type) == kind


def test_an_embedded_picture_becomes_a_file_beside_json_and_the_two_can_move_together(folder, tmp_path):
    from veridical.records.rows import write_rows

    write_rows(folder / "in.parquet", published.RLHF_V, formats()["rlhf_v"].features())
    convert(str(folder / "in.parquet"), tmp_path / "here" / "out.json", "llama_factory")
    row = json.loads((tmp_path / "here" / "out.json").read_text())[0]
    assert row["images"][0].startswith("out_pictures/") and row["images"][0].endswith(".png")
    (tmp_path / "here").rename(tmp_path / "there")
    moved = load(str(tmp_path / "there" / "out.json"))
    assert published.Path(moved.records[0].media[0].path).read_bytes() == published.png(published.COLOURS["a.png"])


def test_llama_factory_gets_a_registry_entry_and_others_stay(folder, tmp_path):
    (tmp_path / "dataset_info.json").write_text(json.dumps({"other": {"file_name": "other.json"}}))
    save(records_of(folder, "llama_factory", 2), tmp_path / "mine.json", "llama_factory")
    found = json.loads((tmp_path / "dataset_info.json").read_text())
    assert found["other"] == {"file_name": "other.json"}
    assert found["mine"] == {
        "file_name": "mine.json",
        "formatting": "sharegpt",
        "ranking": True,
        "columns": {"messages": "conversations", "images": "images", "chosen": "chosen", "rejected": "rejected"},
    }
    assert load(str(tmp_path / "dataset_info.json#mine")).why == "named in dataset_info.json as 'mine'"


def test_ms_swift_shows_the_rejected_side_the_outcome_of_a_recipe(tmp_path):
    media = (Media(media_id="m0", data=published.png((200, 0, 0))), Media(media_id="m1", role="negative", parent_id="m0", recipe=Corruption(op="black")))
    record = asked(
        media=media,
        responses=(said("chosen", "Red."), said("rejected", "Red.").replace(swaps=(Swap(from_id="m0", to_id="m1"),))),
        pairs=(Pair(chosen="chosen", rejected="rejected"),),
    )
    save([record], tmp_path / "out.json", "ms_swift")
    (again,) = load(str(tmp_path / "out.json")).records
    from PIL import Image

    assert again.media[1].role == "negative" and Image.open(again.media[1].path).getpixel((0, 0)) == (0, 0, 0)
    for name in ("trl", "llama_factory", "povid", "spa_vl"):
        with pytest.raises(LoadError, match="prefer a picture and not a text; a row of this format shows both texts the same pictures"):
            save([record], tmp_path / "pair.json", name)


def asked(**fields) -> Record:
    """A record that asks for a colour."""
    defaults = {
        "record_id": "x",
        "prompt": (Turn(role="user", parts=(Part(type="image", media_id="m0"), Part(text="Colour?"))),),
        "media": (Media(media_id="m0", data=published.png((200, 0, 0))),),
    }
    return Record(**defaults | fields)


def said(name: str, text: str) -> Response:
    """A response."""
    return Response(response_id=name, parts=text_parts(text))


RICH = asked(
    task="colour",
    tags=("toy",),
    extra='{"a": 1}',
    provenance=Provenance(dataset="mine", license="CC0"),
    answer=Answer(type="exact", value="red"),
    facts=(Fact(kind="object", text="paper"),),
    media=(Media(media_id="m0", data=published.png((200, 0, 0))), Media(media_id="m1", role="similar", data=published.png((201, 0, 0)))),
    responses=(
        said("r0", "Red.").replace(score=2.0, rank=1, model="a", origin="model", aspects=(Aspect(name="Helpfulness", score=5),)),
        said("r1", "Pink.").replace(score=1.0),
        said("r2", "Rosy.").replace(score=1.0, critique="no"),
        said("r3", "Blue."),
    ),
    pairs=(
        Pair(chosen="r0", rejected="r1", margin=1.0),
        Pair(chosen="r0", rejected="r2", weight=2.0, chosen_reason="right"),
        Pair(chosen="r1", rejected="r2", relation="="),
    ),
)


def test_everything_that_is_lost_is_listed_once_for_each_record(tmp_path):
    result = save([RICH, RICH], tmp_path / "out.json", "trl")
    assert (result.written, result.rows) == (2, 4)
    assert dict(result.lost) == dict.fromkeys(
        [
            "responses outside the pairs",
            "one record for several pairs",
            "ties",
            "margins",
            "weights of pairs",
            "reasons",
            "pictures outside the prompt",
            "scores",
            "ranks",
            "aspects",
            "critiques",
            "models",
            "origins",
            "answer",
            "facts",
            "task, tags and split",
            "provenance",
            "unread columns",
        ],
        2,
    )


def test_every_pair_that_prefers_one_is_a_row(tmp_path):
    save([RICH], tmp_path / "out.json", "llava_rlhf")
    rows = json.loads((tmp_path / "out.json").read_text())
    assert [(row["id"], row["output_1"]["value"], row["output_2"]["value"], row["preference"]) for row in rows] == [("x/0", "Red.", "Pink.", 1), ("x/1", "Red.", "Rosy.", 1)]


def test_a_conversion_from_many_responses_to_pairs_says_what_stays_behind(folder):
    result = convert(published.write(folder / "in.json", published.VLFEEDBACK), folder / "out.jsonl", "ms_swift")
    assert (result.written, result.rows) == (1, 2) and result.left_out == []
    assert set(result.lost) == {"responses outside the pairs", "one record for several pairs", "ties", "scores", "aspects", "models", "origins", "provenance"}


def test_what_has_no_place_at_all_is_left_out_with_the_reason_and_the_rest_is_written(folder):
    records = records_of(folder, "trl", 3)
    result = save(records, folder / "out.parquet", "rlhf_v")
    assert result.written == 1 and [(item.row, item.field, item.reason) for item in result.left_out] == [
        (1, "media", "2 pictures; a row of this format has one"),
        (2, "media", "0 pictures; a row of this format has one"),
    ]
    assert result.lost == {}
    with pytest.raises(LoadError, match="none of 1 records can be written as vlfeedback; first: .*no rating for Ethical"):
        save(records[:1], folder / "none.json", "vlfeedback")
    assert not (folder / "none.json").exists()


def test_a_missing_picture_is_left_out_when_it_is_to_be_embedded(folder):
    records = records_of(folder, "rlhf_v") + records_of(folder, "mm_rlhf")
    gone = records[0].replace(media=(records[0].media[0].replace(path="/nowhere/x.png"),))
    result = save([gone, records[1]], folder / "out.parquet", "rlaif_v")
    assert result.written == 1 and "/nowhere/x.png" in result.left_out[0].reason and "no such file" in result.left_out[0].reason


def test_a_format_that_is_not_published_as_parquet_and_an_unknown_one_are_refused(folder):
    records = records_of(folder, "llava")
    with pytest.raises(LoadError, match="not published as Parquet; write .json or .jsonl"):
        save(records, folder / "out.parquet", "llava")
    with pytest.raises(LoadError, match="choose one of align_anything, .*, llama_factory, llava"):
        save(records, folder / "out.json", "lava")
    with pytest.raises(LoadError, match="a data file ends in .json, .jsonl, .parquet"):
        save(records, folder / "out.txt")


@pytest.mark.parametrize("text", ["a\u2028b\x85c\x0bd\x1ce", '😀 été\r\nnext\ttab "quote" \\n', "<image-like> and ```code```"])
@pytest.mark.parametrize("ending", [".json", ".jsonl", ".parquet"])
def test_characters_that_look_like_line_ends_survive(tmp_path, text, ending):
    record = asked(responses=(said("chosen", text), said("rejected", text + "!")), pairs=(Pair(chosen="chosen", rejected="rejected"),))
    for name in ("trl", "veridical"):
        save([record], tmp_path / f"out{ending}", name)
        (again,) = load(str(tmp_path / f"out{ending}")).records
        assert again.responses[0].text == text
