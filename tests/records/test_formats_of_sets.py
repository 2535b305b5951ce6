"""What stands where in the first row of each published set: written down by hand, read from the file."""

import pytest
import shapes

from veridical.records.load import load

# the prompt's parts, responses (id, text, origin), pairs (chosen, relation, rejected, margin), answer, task and tags, data set
FIRST = {
    "fact_rlhf": (["[m0]", "Which is it? A. a dog B. a cat"], [], [], ("choice", "A"), "", "LLaVA-RLHF"),
    "ha_dpo": (
        None, [("chosen0", "A dog on grass.", "rewritten"), ("chosen1", "On grass there is a dog.", "rewritten"), ("rejected0", "A dog with a ball on grass.", "rewritten")],
        [("chosen0", ">", "rejected0", None), ("chosen1", ">", "rejected0", None)], None, "description", "HA-DPO",
    ),
    "ha_dpo_pope": (
        ["[m0]", "Is there a cup?"], [("chosen", "No, there is none.", "rewritten"), ("rejected", "Yes, there is a cup.", "rewritten")],
        [("chosen", ">", "rejected", None)], ("yes_no", "no"), "existence", "HA-DPO",
    ),
    "povid": (["[m0]", "What is it?"], [("chosen", "A dog.", ""), ("rejected", "A cat.", "")], [("chosen", ">", "rejected", None)], None, "", ""),
    "spa_vl": (["[m0]", "How is it made?"], [("chosen", "I cannot help.", ""), ("rejected", "Take two.", "")], [("chosen", ">", "rejected", None)], None, "", "SPA-VL"),
    "lrv": (["[m0]", "What is it?"], [("r0", "A dog.", "gold")], [], None, "image captioning", "LRV-Instruction"),
    "m_haldetect": (["[m0]", "Describe it."], [("r0", "😀 A red bus and a dog.", "model")], [], None, "", "M-HalDetect"),
    "llava_hound": (
        ["[m0]", "What happens?"], [("chosen", "It falls down.", "model"), ("rejected", "It flies.", "model"), ("gold", "It falls.", "gold")],
        [("chosen", ">", "rejected", 2)], None, "", "LLaVA-Hound",
    ),
    "mia_dpo": (
        ["[m0]", "[m1]", "In Image2, what is it?"], [("chosen", "A leaf.", "gold"), ("rejected", "A dog.", "model")], [("chosen", ">", "rejected", None)], None, "",
        "MIA-DPO",
    ),
    "sym_dpo": (
        ["[m0]", "Question: what? Answer: zq7 ", "[m1]", "Question: what? Answer: kf2 ", "[m2]", "Question: what?"],
        [("chosen", "Answer: zq7", ""), ("rejected", "Answer: kf2", "")], [("chosen", ">", "rejected", None)], ("exact", "zq7"), "", "SymDPO",
    ),
    "clip_dpo": (["[m0]", "Describe it."], [("chosen", "A red dog.", ""), ("rejected", "A blue dog.", "")], [("chosen", ">", "rejected", pytest.approx(0.07))], None, "", ""),
    "vlguard": (["[m0]", "What is it?"], [("r0", "A dog.", "gold")], [], None, "safety", "VLGuard"),
    "mmpr": (
        ["[m0]", "How many?"], [("chosen", "Two and one.\n\nFinal answer: 3", ""), ("rejected", "Two and two.\n\nFinal answer: 4", "")],
        [("chosen", ">", "rejected", None)], ("number", "3"), "", "MMPR",
    ),
    "align_anything": (["[m0]", "What is it?"], [("r1", "A dog.", "model"), ("r2", "A cat.", "model")], [("r1", ">", "r2", None)], None, "", "align-anything"),
    "mm_rlhf_ranking": (
        ["[m0]", "What is it?"], [("r0", "A dog.", "model"), ("r1", "A hound.", "model"), ("r2", "A cat.", "model")],
        [("r0", "=", "r1", None), ("r0", ">", "r2", None), ("r1", ">", "r2", None)], None, "", "MM-RLHF",
    ),
    "lmm_r1": (["Think first.", "The area?", "[m0]"], [], [], ("math", "$\\boxed{60}$"), "", ""),
    "mm_eureka": (["s", "[m0]", "u"], [], [], ("math", "$3$"), "", ""),
    "verl": (["[m0]", "2 + 2?"], [], [], ("number", "4"), "math", "gsm"),
    "easy_r1": (["[m0]", "Find x."], [], [], ("number", "60"), "", ""),
    "vlm_r1": (["[m0]", "[m1]", "How many?"], [], [], ("number", "3"), "", ""),
    "r1": (["[m0]", "How many items?"], [], [], ("number", "3"), "", ""),
    "open_r1": (["[m0]", "Solve."], [("gold", "<think>Two and two.</think>\n<answer>4</answer>", "gold")], [], ("number", "4"), "", ""),
    "open_r1_video": (["[m0]", "q A. x B. y Please answer"], [], [], ("choice", "B"), "", ""),
    "video_r1": (["[m0]", "What happens?\nOptions:\nA. it falls\nB. it flies"], [], [], ("choice", "A"), "multiple choice", ""),
    "mantis": (["[m0]", "[m1]", "Which is red?", "1", "Sure?"], [("r0", "Yes.", "gold")], [], None, "", ""),
    "video_salmonn": (
        ["[m0]", "[m1]", "Describe it."], [("chosen", "It falls.", "model"), ("rejected", "It flies.", "model"), ("gold", "It falls down.", "gold")],
        [("chosen", ">", "rejected", None)], None, "caption", "video-SALMONN 2",
    ),
    "openai_chat": (["Be brief.", "Its colour?", "[m0]"], [("r0", "Red.", "")], [], None, "", ""),
    "bpo": (
        ["Describe it.", "[m0]"], [("r0", "A dog.", "gold"), ("r1", "There is a dog.", "rewritten"), ("r2", "Two dogs.", "injected")],
        [("r0", ">", "r2", 1), ("r1", ">", "r2", 1)], None, "", "BPO",
    ),
    "seva": (["[m0]", "What is it?"], [("chosen", "A dog.", "model"), ("rejected", "A cat.", "model")], [("chosen", ">", "rejected", None)], None, "", "SeVa"),
    "stic": (["[m0]", "Describe it."], [("chosen", "A dog.", "model"), ("rejected", "A fog.", "model")], [("chosen", ">", "rejected", None)], None, "", "STIC"),
    "mdpo": (["A chat of two.", "[m0]", "What is it?"], [("chosen", "A dog.", ""), ("rejected", "A cat.", "")], [("chosen", ">", "rejected", None)], None, "", "mDPO"),
    "benchmark_questions": (["[m0]", "Is there a dog in the image?"], [], [], ("yes_no", "yes"), "", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", FIRST)
def test_the_first_row_of_a_set_is_what_it_says(tmp_path, name):
    loaded = load(shapes.write(shapes.media(tmp_path), name))
    assert (loaded.format, loaded.left_out) == (name, [])
    record, (prompt, responses, pairs, answer, task, dataset) = loaded.records[0], FIRST[name]
    assert prompt is None or [part.text or f"[{part.media_id}]" for turn in record.prompt for part in turn.parts] == prompt
    assert [(one.response_id, one.text, one.origin) for one in record.responses] == responses
    assert [(one.chosen, one.relation, one.rejected, one.margin) for one in record.pairs] == pairs
    assert (record.answer and (record.answer.type, record.answer.value)) == answer
    assert (record.task, record.provenance.dataset, record.provenance.index) == (task, dataset, 0)


def test_what_is_particular_to_a_set_is_kept(tmp_path):
    folder = shapes.media(tmp_path)
    records = {name: load(shapes.write(folder, name)).records for name in ("vlguard", "spa_vl", "mmpr", "ha_dpo", "llava_hound", "align_anything", "mm_rlhf", "r1")}
    safe, unsafe, harmful = records["vlguard"]
    assert (safe.tags, unsafe.tags) == (("safe picture", "safe instruction"), ("safe picture", "unsafe instruction"))
    assert harmful.tags == ("unsafe picture", "privacy", "personal data")
    assert (safe.record_id, harmful.record_id, harmful.provenance.source_id) == ("x1/0", "x2", "x2")
    assert [one.tags for one in records["spa_vl"]] == [(), ("Harm", "Toy", "Leaf"), ("Harm", "Toy", "Paint")] and records["spa_vl"][2].kind == "prompt_only"
    assert [[one.correct for one in record.responses] for record in records["mmpr"][:2]] == [[1, 0], [None, None]]
    assert [one.provenance.steps[0][:8] for one in records["ha_dpo"]] == ["question"] * 2 and [one.label for one in records["ha_dpo"][0].responses] == [1, 1, 0]
    assert [one.score for one in records["llava_hound"][0].responses] == [4, 2, None]
    rated = records["align_anything"][0].responses[1].aspects
    assert [(one.name, one.score) for one in rated] == [(name, 2) for name in ("prompt_following", "objective_rules", "clarity", "information_richness", "safety")]
    assert [(one.role, one.parent_id) for one in records["mm_rlhf"][3].media] == [("input", ""), ("negative", "m0")]
    assert records["align_anything"][4].media[0].data[:4] == b"RIFF" and len(records["align_anything"][4].media[0].data) == 44 + 2 * 3
