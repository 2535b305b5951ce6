"""What public files do to a loader, rule by rule: a row that breaks one is named with file, row and field, and the rows around it survive."""

import json

import published_rows as published
import pytest
import shapes

from veridical.records.formats import formats
from veridical.records.load import LoadError, Source, load, save
from veridical.records.media import frames_of
from veridical.records.picture import PictureError
from veridical.records.record import Media
from veridical.records.rows import write_rows


@pytest.fixture
def folder(tmp_path):
    """A folder with media."""
    return shapes.media(tmp_path)


def rows_of(name: str) -> list:
    """A format's rows as JSON lines hold them."""
    rows = shapes.as_json({**shapes.SHAPES, **shapes.EMBEDDED}[name])
    return [{"__key__": key, **row} for key, row in rows.items()] if isinstance(rows, dict) else rows


def read(folder, rows) -> list:
    """Records of rows, all of which are read."""
    loaded = load(published.write(folder / "data.jsonl", rows))
    assert loaded.left_out == []
    return loaded.records


def parts(record) -> list[str]:
    """The prompt's parts, media by their id."""
    return [part.text or f"[{part.media_id}]" for turn in record.prompt for part in turn.parts]


TRL, MMPR, VLFEEDBACK = published.TRL_PLAIN[0], shapes.MMPR[0], published.VLFEEDBACK[0]
BROKEN = [
    ("2 one column, one type", "mmpr", MMPR | {"image": 7}, "image", "expected a path, bytes or a picture, found int"),
    ("3 text or parts", "trl", TRL | {"prompt": [{"role": "user", "content": 7}]}, "prompt", "expected messages with role"),
    (
        "4 keys that are None", "trl", TRL | {"prompt": [{"role": "user", "content": [{"type": "image", "image": None}]}], "images": []}, "images",
        "holds 0 pictures for 1 picture parts",
    ),
    ("6 marks and media", "mmpr", MMPR | {"question": "<image> and <image>?"}, "question", "has 2 picture marks for 1 pictures"),
    ("6 marks and videos", "mmpr", shapes.MMPR[3] | {"question": "<video><video>"}, "question", "has 2 video marks for 1 videos"),
    ("8 human and gpt", "trl", TRL | {"prompt": [{"role": "human", "content": "Hi"}]}, "prompt", "expected messages with role (system, user, assistant, tool)"),
    ("9 reject", "ha_dpo_pope", shapes.HA_DPO_POPE[0] | {"reject": ""}, "reject", "is empty"),
    ("9 reject", "seva", shapes.SEVA[0] | {"reject": "A dog."}, "reject", "is equal to chosen"),
    (
        "10 roles that flip", "video_salmonn",
        shapes.VIDEO_SALMONN[0] | {"conversations": [*shapes.VIDEO_SALMONN[0]["conversations"], {"from": "rejected", "value": "x"}]}, "conversations",
        "expected one turn each of human, gpt, reject_gpt, gt, found human, gpt, reject_gpt, gt, rejected",
    ),
    ("11 JSON in text", "rlhf_v", published.RLHF_V_OLD[0] | {"text": "{'question': 1}"}, "text", "is not JSON"),
    ("11 JSON in text", "lmm_r1", published.CHAT_ANSWERS[0] | {"message": "[{"}, "message", "is not JSON"),
    ("11 no code", "mmpr", MMPR | {"image": "[__import__('os').system('false')]"}, "image", "begins like a list and is none"),
    ("12 counted from one", "llava_rlhf", published.LLAVA_RLHF[0] | {"preference": 0}, "preference", "expected 1 or 2, found 0"),
    (
        "13 ratings are texts", "vlfeedback",
        VLFEEDBACK | {"completions": [VLFEEDBACK["completions"][0] | {"annotations": {"Helpfulness": 4}}, VLFEEDBACK["completions"][1]]}, "completions.annotations",
        "expected Rating and Rationale under 'Helpfulness'",
    ),
    ("14 a struct of lists", "vlfeedback", VLFEEDBACK | {"completions": {"response": ["a", "b"], "annotations": [{}]}}, "completions", "holds lists of different lengths: [1, 2]"),
    ("15 a folder of frames", "llava_hound", shapes.LLAVA_HOUND[0] | {"video": "https://x.org/v.mp4"}, "video", "download the videos and name files"),
    ("16 a template baked in", "mdpo", shapes.MDPO[0] | {"prompt": "USER: <image>\nWhat? ASSISTANT: It is"}, "prompt", "does not end with ASSISTANT:"),
    ("17 another prompt", "stic", shapes.STIC[0] | {"rejected": shapes.chat("Say more.", "A fog.")}, "rejected", "asks something else than chosen"),
    ("18 pictures by number", "lrv", shapes.LRV[0] | {"image_id": None}, "image_id", "expected the number of a Visual Genome picture, found 'None'"),
    (
        "19 offsets", "m_haldetect", shapes.M_HALDETECT[0] | {"annotations": [{"start": 1, "end": 6, "text": "A red", "label": "x"}]}, "annotations.0",
        "[1, 6) of the response is ' A re', not 'A red'",
    ),
    ("a model that was right", "ha_dpo_pope", shapes.HA_DPO_POPE[0] | {"correct": True}, "correct", "is true: the model was right"),
    ("no description", "ha_dpo", {"__key__": "101", "chosen": [], "rejected": ["x"]}, "chosen", "is an empty list"),
    ("two questions", "povid", shapes.POVID[0] | {"rejected_conversations": shapes.said("Why?", "A cat.")}, "rejected_conversations", "asks something else than conversations"),
    (
        "who asks", "vlguard", shapes.VLGUARD[1] | {"instr-resp": [{"question": "q", "response": "a"}]}, "instr-resp.0",
        "expected safe_instruction, unsafe_instruction or instruction",
    ),
    ("gold is chosen", "mia_dpo", shapes.MIA_DPO[1] | {"gt": "Sea."}, "gt", "is 'Sea.' and chosen is 'Sky.'"),
    ("an unknown check", "fact_rlhf", shapes.FACT_RLHF[0] | {"caption_type": 9}, "caption_type", "expected 1 (a question without a checked answer) or 2, 3"),
    ("objects and marks", "ms_swift", published.MS_SWIFT[3] | {"objects": {"bbox": [[1, 2, 3, 4]]}}, "objects", "holds 1 for 0 <bbox> marks"),
    ("two responses", "ms_swift", shapes.MS_SWIFT[-2] | {"answer": "A cow."}, "answer", "could be the response, and so could response"),
    (
        "a rank that is none", "mm_rlhf_ranking", shapes.MM_RLHF_RANKING[0] | {"responses": [{"response": "a", "rank": "1"}, {"response": "b", "rank": 2}]}, "rank",
        "expected int, found str",
    ),
    ("one response", "align_anything", {"prompt": "q", "response_1": "a", "response_2": "", "overall_response": 1}, "response_2", "is empty"),
    (
        "a part of no known type", "openai_chat", {"messages": [{"role": "user", "content": [{"type": "input_text", "text": "x"}]}]}, "messages.0",
        "expected a part of type text or image_url",
    ),
    ("no difference", "bpo", shapes.BPO[0] | {"completions": shapes.BPO[0]["completions"][:2]}, "completions", "hold no two different texts with different scores"),
    ("pictures and videos", "easy_r1", shapes.EASY_R1[0] | {"videos": ["d/v.mp4"], "problem": "<image><video>"}, "videos", "stands beside images"),
    ("no answer", "verl", shapes.VERL[0] | {"reward_model": {"ground_truth": ["a", "b"]}}, "answer", "expected one text or number"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "name", "bad", "field", "reason"), BROKEN, ids=[f"{rule}-{name}" for rule, name, *_ in BROKEN])
def test_a_broken_row_is_named_and_those_around_it_survive(folder, rule, name, bad, field, reason):
    good = rows_of(name)
    loaded = load(Source(path=published.write(folder / "data.jsonl", [*good, bad, *good]), format=name))
    assert len(loaded.records) == 2 * len(load(shapes.write(folder, name)).records)
    (item,) = loaded.left_out
    assert (item.row, item.field) == (len(good), field) and reason in item.reason, item
    assert str(item).startswith(f"{folder}/data.jsonl, row {len(good)}, field {field}: ")


def test_rule_1_columns_that_the_first_row_lacks_are_kept(folder):
    records = read(folder, [published.MS_SWIFT[0], shapes.MS_SWIFT[4]])
    save(records, folder / "out.parquet", "ms_swift")
    assert [one.media[0].kind for one in load(str(folder / "out.parquet")).records] == ["image", "video"]


def test_rule_2_a_picture_and_a_list_of_them_may_stand_in_one_file(folder):
    assert [len(one.media) for one in read(folder, shapes.MMPR)] == [1, 2, 0, 1, 1]


def test_rule_3_text_and_parts_may_stand_in_one_file(folder):
    plain = {"prompt": [{"role": "user", "content": "Hi"}], "chosen": [{"role": "assistant", "content": "Yes."}], "rejected": [{"role": "assistant", "content": "No."}]}
    assert [parts(one) for one in read(folder, [plain, published.TRL[0]])] == [["Hi"], ["[m0]", "What is it?"]]


def test_rule_4_keys_that_arrow_filled_with_none_are_not_there(folder):
    row = {**published.TRL[0], "prompt": [{"role": "user", "content": [{"type": "image", "text": None, "image": None}, {"type": "text", "text": "What?", "image": None}]}]}
    (record,) = read(folder, [row])
    assert parts(record) == ["[m0]", "What?"]
    save([record], folder / "out.json", "trl")
    assert json.loads((folder / "out.json").read_text())[0]["prompt"][0]["content"] == [{"type": "image"}, {"type": "text", "text": "What?"}]


def test_rule_5_a_mark_in_the_text_becomes_a_part_and_no_mark_is_written_for_trl(folder):
    save(read(folder, [published.TRL_PLAIN[1]]), folder / "out.json", "trl")
    content = json.loads((folder / "out.json").read_text())[0]["prompt"][0]["content"]
    assert [part["type"] for part in content] == ["text", "image", "text", "image", "text"] and "<image>" not in json.dumps(content)


def test_rules_6_and_7_a_missing_mark_means_in_front_and_others_stay_where_they_are(folder):
    first, several, _, _, unmarked = read(folder, shapes.MMPR)
    assert [parts(one) for one in (first, several, unmarked)] == [["[m0]", "How many?"], ["Which of ", "[m0]", " and ", "[m1]", " is red?"], ["[m0]", "No mark?"]]
    last = read(folder, shapes.POVID)[1]
    assert parts(last) == ["Its colour?", "[m0]"]


def test_media_of_a_kind_without_a_mark_come_first_and_marked_ones_stay(folder):
    (record,) = read(folder, [{"messages": shapes.chat("Is <image> in it?", "Yes."), "rejected_response": "No.", "images": ["pictures/a.png"], "videos": ["d/v.mp4"]}])
    assert parts(record) == ["[m1]", "Is ", "[m0]", " in it?"]


def test_rule_9_reject_and_rejected_are_both_known(folder):
    for name, text in (("seva", "A cat."), ("ha_dpo_pope", "Yes, there is a cup."), ("mmpr", "Two and two.\n\nFinal answer: 4")):
        assert read(folder, rows_of(name))[0].response("rejected").text == text


def test_rule_10_gpt_is_chosen_in_one_version_and_the_reference_in_the_other(folder):
    first, plus = read(folder, shapes.VIDEO_SALMONN)
    assert {one.response_id: one.text for one in first.responses} == {"chosen": "It falls.", "rejected": "It flies.", "gold": "It falls down."}
    assert {one.response_id: one.text for one in plus.responses} == {"chosen": "A dog barks.", "rejected": "A cat.", "gold": "A bark."}
    assert [one.kind for one in plus.media] == ["video", "audio"] and plus.media[0].path == plus.media[1].path


def test_rule_12_other_choices_than_one_and_two_make_no_pair(folder):
    records = read(folder, rows_of("align_anything"))
    assert [[(pair.chosen, pair.rejected) for pair in one.pairs] for one in records[:3]] == [[("r1", "r2")], [("r2", "r1")], []]


def test_rule_13_a_rating_that_is_no_number_costs_the_pairs_that_touch_it_only(folder):
    (record,) = read(folder, published.VLFEEDBACK)
    assert {name for pair in record.pairs for name in (pair.chosen, pair.rejected)} == {"r0", "r1", "r2"} and len(record.responses) == 4


def test_rule_15_frames_are_in_the_order_of_their_numbers_and_evenly_spaced(folder):
    (record, *_) = read(folder, shapes.LLAVA_HOUND)
    film = record.media[0]
    assert film.kind == "frames" and [one.name for one in frames_of(film)] == ["frame_1.png", "frame_2.png", "frame_10.png"]
    assert [one.name for one in frames_of(film, 2)] == ["frame_1.png", "frame_10.png"]
    for path, said in ((folder / "nowhere", "no such folder"), (folder / "d", "holds no frames")):
        with pytest.raises(PictureError, match=said):
            frames_of(Media(media_id="m0", kind="frames", path=str(path)))


def test_rule_16_a_template_is_taken_off(folder):
    first, second = read(folder, shapes.MDPO)
    assert [(turn.role, turn.text) for turn in first.prompt] == [("system", "A chat of two."), ("user", "What is it?")]
    assert [(turn.role, turn.text) for turn in second.prompt] == [("user", "What?"), ("assistant", "A leaf."), ("user", "Sure?")]


def test_rule_17_the_prompt_that_a_text_was_made_with_is_recorded_beside_the_stored_one(folder):
    first, second = read(folder, shapes.STIC)
    assert first.provenance.steps == ("rejected answered a corrupted picture",)
    assert second.provenance.steps == ("rejected answered another prompt: Say what could be near it.",) and second.prompt_text == "Describe it."


def test_rule_18_pictures_are_found_by_number_by_index_and_with_or_without_a_prefix(folder):
    first, second = read(folder, shapes.LRV)
    assert [one.media[0].path for one in (first, second)] == [str(folder / "VG_100K/101.jpg"), str(folder / "VG_100K_2/102.jpg")]
    assert [one.media[0].path for one in read(folder, shapes.M_HALDETECT)] == [str(folder / "COCO_val2014_000000000042.jpg")] * 2
    (folder / "more").mkdir()
    (folder / "more" / "image_data.json").write_text(json.dumps([{"image_id": 101, "url": "https://x.org/y/VG_100K_2/101.jpg"}]))
    assert read(folder / "more", shapes.LRV[:1])[0].media[0].path == str(folder / "more/VG_100K_2/101.jpg")


def test_rule_19_data_made_of_test_pictures_say_so(folder):
    first, _ = read(folder, shapes.M_HALDETECT)
    assert first.tags == ("coco_val2014",)
    # the emoji is one character: "A red" begins at 2
    assert [(one.start, one.end, one.text, one.label) for one in first.responses[0].spans] == [(2, 7, "A red", "INACCURATE"), (6, 11, "d bus", "ACCURATE")]


def test_rule_20_licences_of_text_and_pictures_are_carried_and_never_guessed(folder):
    write_rows(folder / "rlaif.parquet", published.RLAIF_V, formats()["rlaif_v"].features())
    assert load(str(folder / "rlaif.parquet")).records[0].provenance.license == "CC-BY-NC-4.0"
    (folder / "M-HalDetect").mkdir()
    source = read(folder / "M-HalDetect", shapes.M_HALDETECT)[0].provenance
    assert (source.license, source.media_license) == ("CC-BY-NC-4.0", "COCO: Flickr terms")
    # the layout alone says nothing: anything can be converted into it
    assert read(folder, shapes.M_HALDETECT)[0].provenance.license == "unknown" == read(folder, shapes.POVID)[0].provenance.license


def test_captions_beside_the_data_are_facts_of_the_picture(folder):
    (folder / "image_to_caption.json").write_text(json.dumps({"pictures/a.png": ["A dog.", "A red dog."], "b.png": ["A leaf."]}))
    first, second, third = read(folder, shapes.FACT_RLHF)
    assert [[(fact.kind, fact.text) for fact in one.facts] for one in (first, second, third)] == [[("caption", "A dog."), ("caption", "A red dog.")], [("caption", "A leaf.")], []]
    assert [one.answer and (one.answer.type, one.answer.value) for one in (first, second, third)] == [("choice", "A"), None, ("yes_no", "no")]
    (folder / "more").mkdir()
    (folder / "more" / "image_to_caption.json").write_text("{")
    path = published.write(folder / "more" / "data.jsonl", published.LLAVA_RLHF)
    with pytest.raises(LoadError, match="image_to_caption.json is not JSON .*; repair or remove it"):
        load(path)


def test_ranks_make_every_pair_and_keys_may_be_named_in_a_mapping(folder):
    (record,) = read(folder, shapes.MM_RLHF_RANKING)
    assert [(pair.chosen, pair.relation, pair.rejected) for pair in record.pairs] == [("r0", "=", "r1"), ("r0", ">", "r2"), ("r1", ">", "r2")]
    assert [(one.name, one.score, one.rationale) for one in record.responses[0].aspects] == [("helpfulness", 3, ""), ("faithfulness", 4, "right")]
    (folder / "other").mkdir()
    row = {"q": "What is it?", "image": "pictures/a.png", "answers": [{"text": "A dog.", "place": 2}, {"text": "A cat.", "place": 1}]}
    path = published.write(folder / "other" / "data.jsonl", [row])
    (folder / "other" / "mapping.json").write_text(json.dumps({"prompt": "q", "responses": "answers", "text": "text", "rank": "place"}))
    (again,) = load(Source(path=path, format="mm_rlhf_ranking")).records
    assert [(pair.chosen, pair.rejected) for pair in again.pairs] == [("r1", "r0")]
    (folder / "other" / "mapping.json").write_text(json.dumps({"promt": "q"}))
    with pytest.raises(LoadError, match="mapping.json names promt; it may name id, image"):
        load(Source(path=path, format="mm_rlhf_ranking"))


def test_objects_fill_their_marks_in_order(folder):
    row = {
        "messages": shapes.chat("<image>Where is <ref-object>?", "<ref-object> is at <bbox>."), "images": ["pictures/a.png"],
        "objects": {"ref": ["the dog", "It"], "bbox": [[1, 2, 3.5, 4]]},
    }
    (record,) = read(folder, [row])
    assert (record.prompt_text, record.responses[0].text) == ("Where is the dog?", "It is at [1, 2, 3.5, 4].")


def test_responses_that_are_media_are_kept_and_refused_where_only_text_can_stand(folder):
    drawn, sung, both = read(folder, rows_of("align_anything"))[5:]
    assert [[part.type for part in one.parts] for one in both.responses] == [["text", "image"], ["text"]] and both.media[1].role == "output"
    assert [one.parts[0].type for one in drawn.responses] == ["image", "image"] and (drawn.pairs[0].chosen, drawn.pairs[0].rejected) == ("r2", "r1")
    assert [drawn.medium(one.parts[0].media_id).role for one in drawn.responses] == ["output", "output"]
    assert [sung.medium(one.parts[0].media_id).kind for one in sung.responses] == ["audio", "audio"]
    save([drawn, sung], folder / "out.jsonl")
    assert [one.pairs for one in load(str(folder / "out.jsonl")).records] == [drawn.pairs, sung.pairs]
    with pytest.raises(LoadError, match="are pictures or sounds; a response of this format is text"):
        save([drawn], folder / "out.json", "trl")


def test_facts_of_an_answer_and_a_judges_probabilities_are_claims(folder):
    asked = {"question_id": 0, "ds_question_id": "q8", "raw_question": "Is the leaf green?", "metainfos": {"image_path": "pictures/b.png"}}
    cut, judged = read(folder, [
        asked | {"answer": "A green leaf.", "facts": ["There is a leaf.", "It is green."], "changed_facts": ["Is there a leaf?", "Is it green?"]},
        asked | {"answer": "Yes", "scores": {"yes": 0.5, "Yes": 0.25, "no": 0.125, "No": 0.0}},
    ])  # fmt: skip
    assert [(one.text, one.question) for one in cut.responses[0].claims] == [("There is a leaf.", "Is there a leaf?"), ("It is green.", "Is it green?")]
    assert [(one.p_yes, one.p_no, one.label) for one in judged.responses[0].claims] == [(0.75, 0.125, "yes")]
    loaded = load(published.write(folder / "more.jsonl", [asked | {"answer": "a", "facts": ["b"], "changed_facts": ["c", "d"]}, asked]))
    assert (loaded.left_out[0].field, len(loaded.records)) == ("changed_facts", 1) and "2 questions for 1 facts" in loaded.left_out[0].reason


def test_alpaca_columns_and_swift_columns_are_conversations(folder):
    asked, told = read(folder, shapes.LLAMA_FACTORY[4:])
    assert (parts(asked), [one.text for one in asked.responses]) == (["[m0]", "What is it?"], ["A dog.", "A cat."])
    assert [(turn.role, turn.text) for turn in told.prompt] == [("system", "Be brief."), ("user", "Hi"), ("assistant", "Hello"), ("user", "Add\n2 + 2")]
    assert told.responses[0].text == "4"
    shown, turned = read(folder, shapes.MS_SWIFT[5:])
    assert (parts(shown), [one.text for one in shown.responses]) == (["[m0]", "What is it?"], ["A dog.", "A cat."])
    assert [(turn.role, turn.text) for turn in turned.prompt] == [("system", "Be brief."), ("user", "Hi"), ("assistant", "Hello"), ("user", "Bye?")]


def test_whole_conversations_beside_a_prompt_share_it_and_other_columns_are_kept(folder):
    row = {"prompt": "Hi?", "chosen": shapes.chat("Hi?", "Hello."), "rejected": shapes.chat("Hi?", "No."), "messages": shapes.chat("Hi?", "Hello."), "answer": "x", "label": True}
    (record,) = read(folder, [row])
    assert parts(record) == ["Hi?"] and [one.text for one in record.responses] == ["Hello.", "No."]
    assert set(json.loads(record.extra)) == {"messages", "answer", "label"} and record.answer is None


def test_every_labelled_response_is_a_row_and_an_answer_is_a_column(folder):
    (record,) = read(folder, [{"prompt": "Hi", "completion": "Hello", "label": True}])
    two = record.replace(responses=(record.responses[0], record.responses[0].replace(response_id="r1", parts=record.prompt[0].parts, label=0)))
    for name, column in (("trl", "label"), ("llama_factory", "kto_tag"), ("ms_swift", "label")):
        (folder / name).mkdir()
        save([two], folder / name / "out.json", name)
        assert [row[column] for row in json.loads((folder / name / "out.json").read_text())] == [True, False]
    (asked,) = read(folder, shapes.TRL[-1:])
    assert (asked.kind, asked.answer.type, asked.answer.value) == ("prompt_only", "number", "4")
