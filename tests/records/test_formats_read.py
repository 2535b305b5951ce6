"""Published rows become records: what stands where is checked by hand for every format."""

import base64
import json
from collections import Counter

import published_rows as published
import pytest
import shapes

from veridical.records.formats import formats
from veridical.records.load import LoadError, Source, load
from veridical.records.pairing import apply_edits
from veridical.records.record import Record
from veridical.records.rows import write_rows


@pytest.fixture
def folder(tmp_path):
    """A folder with pictures."""
    return published.pictures(tmp_path)


def read(folder, rows, name="data.json") -> list[Record]:
    """Records of rows, none of which may be left out."""
    loaded = load(published.write(folder / name, rows))
    assert loaded.left_out == []
    return loaded.records


def read_parquet(folder, rows, name) -> list[Record]:
    """The same through Parquet, as published."""
    write_rows(folder / "data.parquet", rows, formats()[name].features())
    loaded = load(str(folder / "data.parquet"))
    assert loaded.left_out == [] and loaded.format == name
    return loaded.records


def layout(record: Record) -> list[tuple]:
    """Turns as (role, part, part ...), pictures by their id."""
    return [(turn.role, *(part.text if part.type == "text" else f"[{part.media_id}]" for part in turn.parts)) for turn in record.prompt]


def texts(record: Record) -> dict[str, str]:
    """Responses by id."""
    return {response.response_id: response.text for response in record.responses}


def check_edits(record: Record) -> None:
    """Edits turn rejected into chosen."""
    for pair in record.pairs:
        chosen, rejected = record.response(pair.chosen).text, record.response(pair.rejected).text
        assert pair.edits and apply_edits(rejected, chosen, pair.edits) == chosen


RECOGNISED = {
    "trl": (published.TRL, "prompt, chosen and rejected are messages"),
    "llama_factory": (published.LLAMA_FACTORY, "conversations with chosen and rejected message objects"),
    "ms_swift": (published.MS_SWIFT, "messages with rejected_response"),
    "rlhf_v": (published.RLHF_V_OLD, "columns dataset_name and text (JSON with question, chosen, rejected)"),
    "rlaif_v": (published.RLAIF_V_MADE, "columns question, chosen, rejected and image beside ds_name or ds_question_id"),
    "llava_rlhf": (published.LLAVA_RLHF, "fields output_1, output_2 and preference"),
    "vlfeedback": (published.VLFEEDBACK, "field completions with annotations"),
    "mm_rlhf": (published.MM_RLHF, "columns prompt, chosen and rejected with chosen_reason and rejected_reason"),
    "llava": (shapes.LLAVA, "conversations without a ranking"),
    "mantis": (shapes.MANTIS, "conversation with role and content beside images"),
    "questions": (published.QUESTIONS, "columns question and answer, without responses"),

    "r1": (shapes.R1, "columns problem and solution"),
}


@pytest.mark.parametrize("name", RECOGNISED)
def test_a_file_says_which_format_it_is_and_why(folder, name):
    rows, why = RECOGNISED[name]
    loaded = load(published.write(folder / "data.json", rows))
    assert (loaded.format, loaded.why, loaded.left_out) == (name, why, [])


EVERY = {**{name: list(rows.items()) if isinstance(rows, dict) else rows for name, rows in shapes.SHAPES.items()}, **shapes.EMBEDDED}


@pytest.mark.parametrize("name", EVERY)
def test_every_row_of_every_format_is_recognised_by_that_format_alone_or_before_all_others(name):
    for row in EVERY[name]:
        row = {"__key__": row[0], **row[1]} if isinstance(row, tuple) else row
        found = sorted((one for one in formats().values() if one.recognise(row, "") is not None), key=lambda one: -one.rank)
        first = [one for one in found if one.rank == found[0].rank]
        assert [one.name for one in first if one.read is formats()[name].read], (row, [one.name for one in found])
        assert len({one.read for one in first}) == 1, (row, [one.name for one in first])


def test_rows_that_could_be_of_two_data_sets_are_refused_with_the_names_of_both(folder):
    row = {"id": 3, "image": "pictures/a.png", "question": "What is it?", "chosen": "A dog.", "rejected": "A cat."}
    path = published.write(folder / "data.json", [row])
    with pytest.raises(LoadError, match=r"could be of 2 formats: mmpr \(columns question, chosen and rejected\); spa_vl \(id is a number .*\); name one with format="):
        load(path)
    assert [load(Source(path=path, format=name)).records[0].provenance.dataset for name in ("mmpr", "spa_vl")] == ["MMPR", "SPA-VL"]


def test_trl_messages_keep_where_pictures_stand(folder):
    first, second, third = read(folder, published.TRL)
    assert layout(first) == [("user", "[m0]", "What is it?")]
    assert layout(second) == [("system", "Be brief."), ("user", "Left ", "[m0]", " or right ", "[m1]", "?"), ("assistant", "Left."), ("user", "Why?")]
    assert texts(second) == {"chosen": "It is red.", "rejected": "It is blue."}
    assert [one.path for one in second.media] == [str(folder / "pictures/a.png"), str(folder / "pictures/b.png")]
    assert layout(third) == [("user", "2 + 2?")] and third.media == ()
    for record in (first, second, third):
        check_edits(record)


def test_trl_plain_texts_take_pictures_at_their_marks_or_in_front(folder):
    first, second, third = read(folder, published.TRL_PLAIN)
    assert layout(first) == [("user", "[m0]", "What is it?")]
    assert layout(second) == [("user", "Which of ", "[m0]", " and ", "[m1]", " is red?")]
    assert layout(third) == [("user", "2 + 2?")]


def test_trl_without_a_prompt_takes_what_both_sides_share(folder):
    shared = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}, {"role": "user", "content": "Bye"}]
    (record,) = read(folder, [{"chosen": [*shared, {"role": "assistant", "content": "Bye."}], "rejected": [*shared, {"role": "assistant", "content": "No."}]}])
    assert layout(record) == [("user", "Hi"), ("assistant", "Hello"), ("user", "Bye")] and texts(record) == {"chosen": "Bye.", "rejected": "No."}


def test_trl_through_parquet_has_no_empty_keys_to_stumble_over(folder):
    rows = [row | {"images": [published.embedded(name.split("/")[1]) for name in row["images"]]} for row in published.TRL]
    records = read_parquet(folder, rows, "trl")
    assert [layout(record) for record in records] == [layout(record) for record in read(folder, published.TRL)]
    assert records[1].media[1].data == published.png(published.COLOURS["b.png"])


def test_trl_unpaired_completion_and_prompt_only_rows(folder):
    rows = [{"prompt": "Hi", "completion": "Hello", "label": False}, {"prompt": "Hi", "completion": "Hello"}, {"prompt": [published.text("user", "Hi")]}]
    unpaired, sft, asked = read(folder, rows)
    assert (unpaired.kind, unpaired.responses[0].label, unpaired.responses[0].text) == ("unpaired", 0, "Hello")
    assert (sft.kind, sft.responses[0].label) == ("sft", None)
    assert (asked.kind, asked.responses) == ("prompt_only", ())


def test_a_picture_inside_a_typed_message_is_taken(folder):
    content = [{"type": "image", "image": str(folder / "pictures/c.png")}, {"type": "text", "text": "Colour?"}]
    (record,) = read(
        folder, [{"prompt": [{"role": "user", "content": content}], "chosen": [published.text("assistant", "Blue.")], "rejected": [published.text("assistant", "Red.")]}]
    )
    assert layout(record) == [("user", "[m0]", "Colour?")] and record.media[0].path.endswith("c.png")


def test_llama_factory_keeps_history_and_places(folder):
    first, second = read(folder, published.LLAMA_FACTORY)
    assert layout(first) == [("user", "[m0]", "What is it?")]
    assert layout(second) == [("system", "Be brief."), ("user", "Is it red?", "[m0]"), ("assistant", "Yes."), ("user", "And ", "[m1]", " too?")]
    assert texts(second) == {"chosen": "No, green.", "rejected": "Yes, red."}
    check_edits(second)


def test_llama_factory_reads_other_columns_and_tags_from_its_registry(folder):
    rows = [{"chat": [{"role": "U", "text": "<image>What?"}], "good": {"role": "A", "text": "Dog."}, "bad": {"role": "A", "text": "Cat."}, "pics": ["pictures/a.png"]}]
    published.write(folder / "mine.json", rows)
    entry = {
        "file_name": "mine.json", "formatting": "sharegpt", "ranking": True, "columns": {"messages": "chat", "chosen": "good", "rejected": "bad", "images": "pics"},
        "tags": {"role_tag": "role", "content_tag": "text", "user_tag": "U", "assistant_tag": "A"},
    }  # fmt: skip
    (folder / "dataset_info.json").write_text(json.dumps({"mine": entry, "far": {"hf_hub_url": "someone/else"}}))
    for path in ("", "dataset_info.json", "dataset_info.json#mine", "mine.json"):
        loaded = load(str(folder / path))
        assert (loaded.format, loaded.why) == ("llama_factory", "named in dataset_info.json as 'mine'")
        assert layout(loaded.records[0]) == [("user", "[m0]", "What?")] and texts(loaded.records[0]) == {"chosen": "Dog.", "rejected": "Cat."}
        assert loaded.records[0].extra == "{}"
    with pytest.raises(LoadError, match="names no file for 'far'; it has mine. Data on a hub must be downloaded"):
        load(str(folder / "dataset_info.json#far"))


def test_llama_factory_registered_without_a_layout_is_alpaca(folder):
    published.write(folder / "pairs.json", [{"question": "What?", "chosen": "Dog.", "rejected": "Cat.", "image": "pictures/a.png"}])
    published.write(folder / "tuned.json", [{"instruction": "Add", "input": "2 + 2", "output": "4", "history": [["Hi", "Hello"]], "system": "Be brief."}])
    (folder / "dataset_info.json").write_text(json.dumps({
        "p": {"file_name": "pairs.json", "ranking": True, "columns": {"prompt": "question", "images": "image"}}, "t": {"file_name": "tuned.json"},
    }))  # fmt: skip
    (pair,), (tuned,) = (load(str(folder / name)).records for name in ("pairs.json", "tuned.json"))
    assert layout(pair) == [("user", "[m0]", "What?")] and texts(pair) == {"chosen": "Dog.", "rejected": "Cat."}
    assert layout(tuned) == [("system", "Be brief."), ("user", "Hi"), ("assistant", "Hello"), ("user", "Add\n2 + 2")] and texts(tuned) == {"r0": "4"}


def test_llama_factory_tags_become_labels(folder):
    row = {"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello."}], "kto_tag": False}
    (record,) = read(folder, [row])
    assert (record.kind, record.responses[0].label, layout(record)) == ("unpaired", 0, [("user", "Hi")])


def test_ms_swift_pairs_by_text_by_picture_and_by_conversation(folder):
    by_text, by_picture, by_turns, labelled = read(folder, published.MS_SWIFT)
    assert layout(by_text) == [("user", "[m0]", "What is it?")] and texts(by_text) == {"chosen": "A dog.", "rejected": "A cat."} and by_text.pairs[0].margin == 1.5
    assert texts(by_picture) == {"chosen": "Red.", "rejected": "Red."}
    assert [(one.media_id, one.role, one.parent_id, one.path[-5:]) for one in by_picture.media] == [("m0", "input", "", "a.png"), ("m1", "negative", "m0", "b.png")]
    assert [(swap.from_id, swap.to_id) for swap in by_picture.response("rejected").swaps] == [("m0", "m1")] and by_picture.response("chosen").swaps == ()
    assert layout(by_turns) == [("user", "Hi"), ("assistant", "Hello."), ("user", "Bye")] and texts(by_turns) == {"chosen": "Bye.", "rejected": "What?"}
    assert [turn.loss for turn in by_turns.prompt] == [None, False, None]
    assert (labelled.kind, labelled.responses[0].label) == ("unpaired", 1)


@pytest.mark.parametrize("container", ["parquet", "old"])
def test_rlhf_v_takes_its_text_column_apart(folder, container):
    record = (read_parquet(folder, published.RLHF_V, "rlhf_v") if container == "parquet" else read(folder, published.RLHF_V_OLD, "data.jsonl"))[0]
    assert layout(record) == [("user", "[m0]", "What is it?")]
    assert (record.response("chosen").origin, record.response("rejected").origin, record.response("rejected").model) == ("corrected", "model", "Muffin")
    assert (record.task, record.provenance.dataset) == ("question_answering", "RLHF-V")
    check_edits(record)


def test_rlhf_v_embedded_pictures_keep_their_names_and_unknown_fields_are_kept(folder):
    first, second = read_parquet(folder, published.RLHF_V, "rlhf_v")
    # the same column may be an object already
    (same,) = read(folder, [published.RLHF_V_OLD[0] | {"origin_split": {"model": "Muffin", "type": "question_answering"}}])
    assert (same.task, json.loads(same.provenance.origin_split)["model"]) == ("question_answering", "Muffin")
    assert (first.media[0].data, first.media[0].path, first.record_id) == (published.png(published.COLOURS["a.png"]), "a.png", "0")
    assert first.extra == "{}" and json.loads(second.extra) == {"text": {"logps": [1, 2, 3, 4, 5, 6]}}
    # two words of the second answer are gone, "and a cat": "A dog." is "A dog and a cat." without characters 5 to 15
    assert [(edit.op, edit.rejected_start, edit.rejected_end) for edit in first.pairs[0].edits] == [("delete", 5, 15)]


def test_rlaif_v_has_two_answers_of_one_model(folder):
    record = read_parquet(folder, published.RLAIF_V, "rlaif_v")[1]
    assert record.record_id == "1" and [one.model for one in record.responses] == ["LLaVA", "LLaVA"] and {one.origin for one in record.responses} == {"model"}
    assert (record.media[0].path, record.provenance.origin_dataset) == ("b.png", "COCO")


def test_the_files_that_rlaif_v_is_made_from_are_pairs_answers_and_prompts(folder):
    pair, answer, asked = read(folder, published.RLAIF_V_MADE, "data.jsonl")
    assert [one.score for one in pair.responses] == [0.0, -2.0] and pair.pairs[0].margin == 2.0 and pair.record_id == "q7"
    assert (answer.kind, texts(answer), answer.media[0].path[-5:]) == ("unpaired", {"r0": "Green."}, "b.png")
    assert (asked.kind, layout(asked)) == ("prompt_only", [("user", "[m0]", "Describe it.")])


def test_llava_rlhf_prefers_by_a_number_that_starts_at_one(folder):
    first, second = read(folder, published.LLAVA_RLHF)
    assert (first.pairs[0].chosen, texts(first)) == ("r0", {"r0": "A dog.", "r1": "A cat."}) and layout(first) == [("user", "[m0]", "What is it?")]
    assert json.loads(first.extra) == {"flip": False, "hallucination": True}
    assert (second.pairs[0].chosen, second.pairs[0].rejected) == ("r1", "r0")
    assert layout(second) == [("user", "What is it?", "[m0]"), ("assistant", "A leaf."), ("user", "Sure?")]


def test_vlfeedback_pairs_by_the_mean_of_three_ratings(folder):
    (record,) = read(folder, published.VLFEEDBACK)
    # a: (5+5+5)/3 = 5, b: (1+5+3)/3 = 3, c: (4+3+2)/3 = 3, d has a rating that is no number
    assert [one.score for one in record.responses] == [5, 3, 3, None]
    assert [(pair.chosen, pair.relation, pair.rejected, pair.margin) for pair in record.pairs] == [("r0", ">", "r1", 2), ("r0", ">", "r2", 2), ("r1", "=", "r2", 0)]
    assert [one.raw for one in record.responses[3].aspects] == ["4", "5", "N/A"] and record.responses[3].aspects[2].score is None
    assert record.responses[1].aspects[0].rationale == "because 1" and record.kind == "ranking"


@pytest.mark.parametrize("deep", [False, True])
def test_vlfeedback_is_the_same_as_a_struct_of_lists(folder, deep):
    rows = json.loads(json.dumps(published.VLFEEDBACK))
    for row in rows:
        items = row["completions"]
        noted = [item["annotations"] for item in items]
        if deep:
            noted = {name: {key: [one[name][key] for one in noted] for key in ("Rating", "Rationale")} for name in noted[0]}
        row["completions"] = {"annotations": noted, "model": [item["model"] for item in items], "response": [item["response"] for item in items]}
    assert [published.plain(one, folder) for one in read(folder, rows)] == [published.plain(one, folder) for one in read(folder, published.VLFEEDBACK)]


def test_mm_rlhf_keeps_reasons_ties_and_margins_and_repeats_ids(folder):
    first, second = read(folder, published.MM_RLHF)
    assert (first.record_id, second.record_id) == ("073_1", "073_1#2")
    assert (first.pairs[0].relation, first.pairs[0].margin, first.pairs[0].chosen_reason, first.pairs[0].rejected_reason) == (">", 0.5, "why", "why not")
    assert second.pairs[0].relation == "="


def test_llava_and_mantis_conversations_end_with_the_response(folder):
    one, several, none = read(folder, published.LLAVA)
    assert layout(one) == [("user", "[m0]", "What is it?")] and texts(one) == {"r0": "A dog."} and one.kind == "sft"
    assert layout(several) == [("user", "[m0]", "[m1]", "Which is red?"), ("assistant", "1"), ("user", "Sure?")] and texts(several) == {"r0": "Yes."}
    assert layout(none) == [("user", "2 + 2?")]


def test_questions_have_answers_of_their_kind_and_marks_with_or_without_numbers(folder):
    records = read(folder, published.QUESTIONS)
    assert [(one.answer.type, one.answer.value) for one in records] == [("number", "3"), ("choice", "A"), ("math", "$\\frac{1}{2}$"), ("yes_no", "Yes")]
    assert records[1].answer.choices == ("first", "second")
    assert [layout(one)[0][1:] for one in records] == [("[m0]", "How many?"), ("Which of ", "[m0]", " and ", "[m1]", "?"), ("See ", "[m0]", ": the area?"), ("Is 2 even?",)]


def test_an_explanation_ends_in_the_answer_and_words_are_compared_as_words(folder):
    told = "The volume is 48π = πr²×3, so r = 4. Therefore, the length of the axis is 8, so it is 8."
    rows = [{"id": str(place), "question": "q", "answer": value} for place, value in enumerate([told, "(1) increasing (2) decreasing", "2π", "12 meters."])]
    first, *others = read(folder, rows)
    assert (first.answer.type, first.answer.value, json.loads(first.extra)) == ("number", "8", {"answer": told})
    assert [one.answer.type for one in others] == ["exact", "math", "math"] and others[0].extra == "{}"


def test_conversations_with_an_answer_keep_turns_pictures_and_answers(folder):
    records = [record for place, row in enumerate(published.CHAT_ANSWERS) for record in read(folder, [row], f"{place}.json")]
    assert all(one.kind == "prompt_only" and not one.responses for one in records)
    assert layout(records[0]) == [("system", "Think first."), ("user", "The area?", "[m0]")] and records[0].media[0].path == "/d/a.jpg"
    assert layout(records[1]) == [("system", "s"), ("user", "[m0]", "u")]
    assert [(one.answer.type, one.answer.value) for one in records] == [
        ("math", "$\\boxed{60}$"), ("math", "$3$"), ("number", "2"), ("number", "4"), ("number", "3"), ("choice", "B"), ("boxes", "[1, 2, 30, 40]"),
    ]  # fmt: skip
    assert (records[3].provenance.dataset, records[3].task, layout(records[3])) == ("gsm", "math", [("user", "[m0]", "2 + 2?")])
    assert layout(records[4]) == [("user", "[m0]", "[m1]", "How many?")]


def test_solutions_become_answers_of_their_kind(folder):
    records = read(folder, published.R1)
    assert [(one.answer.type, one.answer.value) for one in records] == [
        ("number", "3"), ("boxes", "[10, 20, 110, 220]"), ("boxes", "[{'Position': [1, 2, 3, 4], 'Confidence': 1}]"), ("number", "4"), ("choice", "B"), ("choice", "A"),
        ("exact", "STOP"), ("exact", "a cat"), ("math", "x = 1"),
    ]  # fmt: skip
    assert texts(records[3]) == {"gold": "<think>Two and two.</think>\n<answer>4</answer>"} and not records[0].responses
    assert layout(records[0]) == [("user", "[m0]", "How many items?")]
    assert json.loads(records[8].extra) == {"pass_rate": 0.25}


def test_clips_and_sounds_stand_before_their_question(folder):
    records = read(folder, published.R1)
    film, filmed, heard = records[4], records[5], records[7]
    assert [one.media[0].kind for one in (film, filmed, heard)] == ["video", "video", "audio"]
    assert [one.media[0].path for one in (film, filmed, heard)] == [str(folder / name) for name in ("d/v.mp4", "d/v.mp4", "d/v.wav")]
    assert layout(film) == [("user", "[m0]", "q A. x B. y Please answer")]
    assert layout(filmed) == [("user", "[m0]", "What happens?\nOptions:\nA. it falls\nB. it flies")] and filmed.task == "multiple choice"
    assert layout(heard)[0][2].startswith("What is heard in the audio?\nPlease choose") and heard.answer.choices == ("a dog", "a cat")


def test_a_solution_without_an_answer_is_left_out_by_name(folder):
    loaded = load(published.write(folder / "data.json", [published.R1[0], published.R1[0] | {"solution": "<answer> </answer>"}, published.R1[7] | {"answer": 5}]))
    assert [(item.row, item.field) for item in loaded.left_out] == [(1, "solution"), (2, "answer")] and len(loaded.records) == 1


def test_a_data_url_base64_and_a_file_address_are_pictures(folder):
    text = base64.b64encode(published.png((1, 2, 3))).decode()
    for value in ("data:image/png;base64," + text, {"bytes": text, "path": "x.png"}):
        (record,) = read(folder, [published.LLAVA[1] | {"images": [value, "file://" + str(folder / "pictures/b.png")]}])
        assert record.media[0].data == published.png((1, 2, 3)) and record.media[1].path == str(folder / "pictures/b.png")


def test_a_path_from_the_root_of_another_repository_is_found_by_its_last_folders(folder):
    (record,) = read(folder, [published.LLAVA[0] | {"image": "./data/far/pictures/a.png"}])
    assert record.media[0].path == str(folder / "pictures/a.png")
    # a name alone is not enough: it may be another picture
    (folder / "a.png").write_bytes(b"")
    (record,) = read(folder, [published.LLAVA[0] | {"image": "far/other/a.png"}])
    assert record.media[0].path == str(folder / "far/other/a.png")


REAL = {
    "sharegpt4v_photos/train.json": ("mantis", 100, 377, 0), "k12/k12.json": ("questions", 59, 59, 0), "rlaif_v_examples": ("rlaif_v", 30, 30, 0),
    "mm_rlhf_rewardbench": ("mm_rlhf", 170, 170, 0), "vl_rewardbench": ("mm_rlhf", 1250, 1250, 0), "mathvision/testmini.jsonl": ("questions", 304, 304, 0),
    "mathvista/testmini.json": ("questions", 1000, 1000, 0), "pope/coco_pope_random.json": ("benchmark_questions", 3000, 3000, 0),
    "amber/query_generative.json": ("benchmark_questions", 1004, 1004, 0), "hallusionbench/HallusionBench.json": ("benchmark_questions", 1129, 951, 0),
}  # fmt: skip


@pytest.mark.parametrize("name", REAL)
def test_published_files_are_read_to_their_last_row(name, shared):
    loaded = load(str(shared / name))
    media = [one for record in loaded.records for one in record.media]
    assert (loaded.format, len(loaded.records), len(media), len(loaded.left_out)) == REAL[name]
    if name.startswith(("sharegpt4v", "k12", "rlaif", "mathvision")):  # the pictures of the others are not there
        assert all(published.Path(one.path).is_file() for one in media)


def test_published_videos_are_read_as_what_they_are(shared):
    loaded = load(str(shared / "mm_rlhf_rewardbench"))
    assert Counter(one.media[0].kind for one in loaded.records) == {"image": 145, "frames": 25}
