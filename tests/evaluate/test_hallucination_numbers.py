"""What the hallucination benchmarks' rules give, against arithmetic by hand and slow counts."""

import json
import random
from collections import Counter, defaultdict

import pytest
from hallucination_files import CASES, RELATION, ROBUST, graph, pairs, put, write
from scoring import scored
from scripted_judge import NAMED, shown

from veridical.evaluate.benchmark import BenchmarkError
from veridical.evaluate.benchmarks import find
from veridical.evaluate.benchmarks.hallucination import activitynet_qa, gavie, hallusionbench, hqh, mementos, mhumaneval, mmhal_bench, openchair, r_bench_robust, valor_eval
from veridical.evaluate.benchmarks.hallucination.pope import SPLITS, pope
from veridical.evaluate.benchmarks.hallucination.pope_questions import pope_questions, write_pope
from veridical.evaluate.confusion import numbered
from veridical.evaluate.run import score, score_file
from veridical.grade.yes_no import yn_vlm

REPLIES = ["Yes", "No", "yes, it is", "No.", "", "yes or no", "not sure", "Yes.", "no way"]


def test_hallusionbench_gives_the_published_shares_of_constant_answers(published):
    folder = published("hallusionbench")
    for convention in ("official", "rules"):
        for text, expected in find("hallusionbench").degenerate.items():
            found, result = scored("hallusionbench", folder, lambda record: text, convention)
            assert found["aacc"] == pytest.approx(expected["aacc"]) and len(result.rows) == 1129
    # yes to all: 484 of 1,129 are yes
    assert scored("hallusionbench", folder, lambda record: "Yes")[0]["yes_difference"] == pytest.approx(100 * (1 - 484 / 1129))
    assert len(scored("hallusionbench", folder, lambda record: "Yes", "vlm")[1].rows) == 951


def test_hallusionbenchs_groups_agree_with_a_slow_count(published):
    folder, draw = published("hallusionbench"), random.Random(5)
    rows = json.loads((folder / "HallusionBench.json").read_text())
    said = {hallusionbench.name_of(row): draw.choice(REPLIES) for row in rows}
    found, _ = scored("hallusionbench", folder, said, "rules")
    right, figures, groups = [], defaultdict(list), defaultdict(list)
    for row in rows:
        read, hidden = yn_vlm(said[hallusionbench.name_of(row)]), row["category"] == "VS" and row["figure_id"] == "0"
        good = read == ("yes" if row["gt_answer"] == "1" else "no") or (read is None and hidden)
        right.append(good)
        groups[row["category"], row["subcategory"], row["set_id"], row["question_id"]].append(good)
        if not hidden:
            figures[row["category"], row["subcategory"], row["set_id"], row["figure_id"]].append(good)
    assert len(figures) == 346 and len(groups) == 455
    assert found["aacc"] == pytest.approx(100 * sum(right) / 1129)
    assert found["facc"] == pytest.approx(100 * sum(map(all, figures.values())) / 346) and found["qacc"] == pytest.approx(100 * sum(map(all, groups.values())) / 455)
    assert found["figures_wrong"] == pytest.approx(100 * sum(not any(one) for one in figures.values()) / 346)


def test_a_published_answer_file_of_hallusionbench_is_read_by_its_own_keys(published, tmp_path):
    rows = json.loads((published("hallusionbench") / "HallusionBench.json").read_text())
    answers = [{name: value for name, value in row.items() if name not in ("gt_answer", "filename")} | {"model_prediction": "Yes" if row["gt_answer"] == "1" else "No"} for row in rows]
    put(tmp_path / "answers.json", random.Random(1).sample(answers, len(answers)))
    assert score_file("hallusionbench", tmp_path / "answers.json", published("hallusionbench")).metrics["aacc"].value == 100.0


@pytest.mark.parametrize(("reply", "read"), [("Incorrect.", "incorrect"), ("That is correct", "correct"), ("not incorrect", "incorrect"), ("unclear", "unclear"), ("", "unclear")])
def test_hallusionbenchs_judge_is_read_as_officially(reply, read):
    assert hallusionbench.agreement(reply) == read


def test_hallusionbench_asks_only_about_more_than_a_word(judge, tmp_path):
    scripted = judge(lambda text: "correct" if "certainly" in shown(text) else "unclear")
    folder = write(CASES["hallusionbench"], tmp_path)
    found, result = scored("hallusionbench", folder, lambda record: "It certainly is." if record.record_id.startswith("VD") else "Hard to say.", **NAMED)
    # two VD right by the judge; three VS unclear, of which the one without a picture is right
    assert found["aacc"] == pytest.approx(60.0) and result.unparsed == 3 and len(scripted.asked) >= 4
    with pytest.raises(BenchmarkError, match="needs a judge"):
        scored("hallusionbench", folder, lambda record: "It certainly is.")


def test_videohallucer_counts_pairs_and_means_over_subsets(tmp_path):
    put(tmp_path / "temporal.json", pairs(4))
    put(tmp_path / "fact_detect.json", pairs(1))
    for text, expected in find("videohallucer").degenerate.items():
        found, _ = scored("videohallucer", tmp_path, lambda record: text)
        assert {name: found[name] for name in expected} == expected
    said = {f"temporal/{n}/{side}": "yes" if side == "basic" else "no" if n < 3 else "Yes!" for n in range(1, 5) for side in ("basic", "hallucination")} | {"fact_detect/1/basic": "well", "fact_detect/1/hallucination": "know"}
    found, result = scored("videohallucer", tmp_path, said)
    # temporal 2 of 4 pairs, fact_detect 0 of 1
    assert found["overall"] == pytest.approx(25.0) and found["temporal.pair"] == 50.0 and found["basic"] == pytest.approx(50.0) and found["hallucination"] == pytest.approx(25.0)
    assert result.unparsed == 2


def test_phd_is_the_harmonic_mean_of_recalls_and_nothing_for_a_constant(tmp_path):
    folder = write(CASES["phd"], tmp_path)
    for text, expected in find("phd").degenerate.items():
        found, _ = scored("phd", folder, lambda record: text)
        assert {name: found[name] for name in expected} == pytest.approx(expected)
    put(folder / "data.json", [{**CASES["phd"].files["data.json"][1], "image_id": str(n)} for n in range(4)])
    said = {f"ccs/attribute/{n}/{gold}": gold if gold == "yes" or n == 1 else "yes" for n in range(1, 5) for gold in ("yes", "no")}
    # recalls 1 and 1/4: 2 · 1 · .25 / 1.25
    assert scored("phd", folder, said)[0]["phd_index"] == pytest.approx(40.0)


def test_phd_shows_the_context_and_says_what_to_follow(tmp_path):
    records = {record.record_id: record for record in find("phd").load(write(CASES["phd"], tmp_path), None)}
    assert len(records) == 8
    assert records["iac/object/1/no"].prompt_text == "A dog sat there. Where this text and the image disagree, follow the image. Is a dog there?"
    assert records["ccs/attribute/2/yes"].media[0].path.endswith("ccs1.png") and records["base/object/1/yes"].media[0].path.endswith("COCO_val2014_000000000009.jpg")


def test_relations_are_averaged_over_their_five_subsets(tmp_path):
    put(tmp_path / "image-level_filterd.json", RELATION)
    subsets = [[0, 1], [0, 3], [1, 2], [2, 3], [0, 1, 2, 3]]
    for number, ids in enumerate(subsets, 1):
        put(tmp_path / f"image-level_ids_{number}.json", ids)
    golds = [1, 0, 1, 0]  # "no, it is under it" and "No" are negative
    found, _ = scored("r_bench_relation", tmp_path, lambda record: "yes" if record.provenance.source_id in "01" else "not so")
    read = [1, 1, 0, 0]

    def f1(ids):
        tp = sum(golds[n] and read[n] for n in ids)
        p, r = tp / (sum(read[n] for n in ids) + 1e-5), tp / (sum(golds[n] for n in ids) + 1e-5)
        return 100 * 2 * p * r / (p + r + 1e-5)

    assert found["image.f1"] == pytest.approx(sum(map(f1, subsets)) / 5) and found["image.accuracy"] == pytest.approx(100 * sum(sum(golds[n] == read[n] for n in ids) / len(ids) for ids in subsets) / 5)
    assert scored("r_bench_relation", tmp_path, lambda record: "")[0]["yes_ratio"] == 100.0
    (tmp_path / "image-level_ids_5.json").unlink()
    with pytest.raises(BenchmarkError, match="image level: lists of ids 1, 2, 3, 4 of 5 are there"):
        find("r_bench_relation").load(tmp_path, None)


@pytest.mark.parametrize(
    ("text", "read"),
    [("1: a\n2: b", ["A", "B"]), ("1: a\n1: b\n2. **b**", [None, "B"]), ("2) not-a", [None, "N"]), ("12: a", [None, None]), ("1: ab", [None, None]), ("", [None, None])],
)
def test_numbered_answers_are_read_only_where_they_are_plain(text, read):
    assert numbered(text, 2, {"a": "A", "b": "B", "not-a": "N"}) == read


def test_claims_and_segments_are_counted_by_class(tmp_path):
    folder = write(CASES["mhalubench"], tmp_path)
    said = {"image-to-text/1": '[{"claim1": "non-hallucination"}, {"claim2": "non-hallucination"}, {"claim3": "hallucination"}]', "text-to-image/2": "claim1: hallucination"}
    found, _ = scored("mhalubench", folder, said)
    # golds n h n | h, read n n h | h: each class 1 hit of 2 read and 2 true
    assert found["claim.accuracy"] == 50.0 and found["claim.macro_f1"] == 50.0 and found["claim.hallucination.recall"] == 50.0
    # segments: h, n | h read n, h | h
    assert found["segment.accuracy"] == pytest.approx(100 / 3) and found["segment.non-hallucination.f1"] == 0.0 and found["segment.hallucination.precision"] == 50.0
    assert scored("mhalubench", folder, lambda record: "claim1: hallucination claim2: hallucination claim3: hallucination")[0]["claim.macro_f1"] == pytest.approx(100 / 3)


def test_sentences_are_inaccurate_where_a_segment_is(tmp_path):
    folder = write(CASES["m_haldetect"], tmp_path)
    found, _ = scored("m_haldetect", folder, lambda record: "1: ACCURATE\n2: ACCURATE\n3: INACCURATE")
    assert found["segment.accuracy"] == pytest.approx(100 / 3) and found["sentence.accuracy"] == 0.0
    found, result = scored("m_haldetect", folder, lambda record: "1: INACCURATE\n3: ACCURATE")
    # the second segment is unread; its sentence is inaccurate anyway, and in three classes analysis was missed
    assert found["sentence.accuracy"] == 100.0 and found["segment.accuracy"] == pytest.approx(200 / 3) and found["ternary.accuracy"] == pytest.approx(100 / 3)
    assert result.unparsed == 1


def test_activitynets_free_types_are_those_from_three_on_whatever_comes_first(judge, tmp_path):
    kinds = [8, 5, 3, 0, 1, 2]
    put(tmp_path / "val_q.json", [{"video_name": "a", "question": "what", "question_id": str(n)} for n in kinds])
    put(tmp_path / "val_a.json", [{"answer": "cat", "type": n, "question_id": str(n)} for n in kinds])
    found, _ = scored("activitynet_qa", tmp_path, lambda record: "cat" if record.provenance.source_id in "853" else "dog")
    assert found["free"] == 100.0 and found["accuracy"] == 50.0 and found["motion"] == 0.0
    judge(lambda text: "I say {'pred': 'yes', 'score': 4}" if shown(text) == "a cat" else "{'pred': 'no', 'score': 1}")
    found, _ = scored("activitynet_qa", tmp_path, lambda record: "a cat" if record.provenance.source_id == "8" else "dog", "lmms", **NAMED)
    assert found["accuracy"] == pytest.approx(100 / 6) and found["score"] == pytest.approx(1.5)


@pytest.mark.parametrize(
    ("read", "reply", "found"),
    [
        (activitynet_qa.dictionary, "{'pred': 'Yes', 'score': 5}", ("yes", 5.0)),
        (activitynet_qa.dictionary, "{'pred': 'yes', 'score': 9}", None),
        (activitynet_qa.dictionary, "{'pred': __import__('os'), 'score': 1}", None),
        (gavie.two_scores, "Relevancy: 8\nbecause\n**Accuracy:** 6/10", (8.0, 6.0)),
        (gavie.two_scores, "Relevancy: 8\nAccuracy: 11", None),
        (gavie.two_scores, "Relevancy: 8\nRelevancy: 9\nAccuracy: 1", None),
        (hqh.two_lines, "Answer: Incorrect\nExtra Contradictory Claims: 3, a hat", (True, 3)),
        (hqh.two_lines, "Answer: Correct\nExtra Contradictory Claims:2", (False, 2)),
        (hqh.two_lines, "Answer: Correct", None),
        (mhumaneval.by_kind, 'So {"object": 1, "position": 0, "number": 0, "other": 2}', {"object": 1.0, "position": 0.0, "number": 0.0, "other": 2.0}),
        (mhumaneval.by_kind, '{"object": true, "position": 0, "number": 0, "other": 2}', None),
        (mmhal_bench.ratings, "**Rating: 5**", (5,)),
        (mmhal_bench.ratings, "Rating:5", ()),
        (mmhal_bench.ratings, "rating: 2 or Rating: 3", (2, 3)),
        (openchair.heard, "Yes, it does.", "yes"),
        (openchair.heard, "It is not.", "no"),
        (openchair.heard, "yes and no", "yes"),
        (openchair.heard, "Unsure;", "unsure"),
        (openchair.heard, "nothing", "error"),
        (mementos.four_lists, "Object list 1: [a, b]\nAction list 1: []\n- **Object list 2**: [a]\nAction list 2: [c d]", {"object1": ["a", "b"], "action1": [""], "object2": ["a"], "action2": ["c d"]}),
        (mementos.four_lists, "Object list 1: [a]\nAction list 1: [b]\nObject list 2: [a]", None),
        (valor_eval.matches, 'Here: {"matched_objects": {"a": "b"}, "broader_concept": {}}', ({"a": "b"}, {})),
        (valor_eval.matches, '{"matched_objects": ["a"], "broader_concept": {}}', None),
        (r_bench_robust.scored(1), "Score: 1", 1),
        (r_bench_robust.scored(1), "Score: 2", None),
        (r_bench_robust.scored(2), "perhaps 2", None),
    ],
)
def test_verdicts_are_read_as_published_and_never_guessed(read, reply, found):
    assert read(reply) == found


def test_object_halbench_counts_each_word_once_and_short_responses_name_nothing(judge, tmp_path):
    folder = write(CASES["object_halbench"], tmp_path)
    rows = [{"image_id": f"COCO_val2014_{n:012d}.jpg", "question": "Describe it."} for n in range(4)]
    put(folder / "obj_halbench_300_with_image.jsonl", rows)
    put(folder / "objects.json", {str(n): ["cat", "dog"] for n in range(4)})
    scripted = judge(lambda text: {"a": '["cat", "cat", "kitten"]', "b": '["cat", "red car", "automobile"]', "c": "[]"}[shown(text).split()[-1]])
    said = dict(zip([row["image_id"] for row in rows], ["the first text a", "the second text b", "the third text c", "A cat."]))
    tools = {"nouns": "lexicon", "singularizer": "pattern"}
    found, _ = scored("object_halbench", folder, said, **tools, **NAMED)
    # mentions: cat, kitten | cat, car, automobile | none | none (too short): 2 of 5 wrong, in 1 of 2 naming responses, of 4 in all
    assert found["chair_i"] == pytest.approx(40.0) and found["chair_s_refine"] == 50.0 and found["chair_s"] == 25.0 and found["no_object"] == 50.0
    assert found["coverage"] == pytest.approx(100 * 2 / 8) and found["object_correct_rate"] == pytest.approx(60.0) and len(scripted.asked) == 3
    # by rule every naming counts, and the short one too
    plain, _ = scored("object_halbench", folder, lambda record: "A cat, a cat and a car.", "lmms", singularizer="pattern")
    assert plain["chair_i"] == pytest.approx(100 / 3) and plain["chair_s"] == 100.0


def test_openchair_counts_every_naming_and_leaves_out_what_is_unsure(judge, tmp_path):
    folder = write(CASES["openchair"], tmp_path)
    scripted = judge(lambda text: "no" if "object: mat" in text else "unsure")
    found, _ = scored("openchair", folder, lambda record: "A mat on a mat with a cat.", nouns="words", **NAMED)
    assert found["openchair"] == 100.0 and found["named"] == 3.0 and found["unsure"] == pytest.approx(100 / 3) and len(scripted.asked) == 2


@pytest.mark.parametrize(
    ("human", "said", "pairs", "length", "both"),
    [
        (["bear", "cloud"], ["teddy", "cloud"], False, 2, {"bear", "cloud"}),
        # the human's words are used up: two further words are one false word
        (["bear"], ["teddy", "sun", "moon"], False, 2, {"bear"}),
        (["raise head"], ["look", "up", "run"], True, 2, {"raise head"}),
        (["raise head"], ["look", "up"], False, 2, set()),
    ],
)
def test_mementos_maps_words_as_the_notebook_does(human, said, pairs, length, both, tmp_path):
    (tmp_path / "g.pkl").write_bytes(graph(teddy="bear", cloud="cloud"))
    found = mementos.mapped(human, said, mementos.read_synonyms(tmp_path / "g.pkl"), pairs)
    assert len(set(found)) == length and set(found) & set(human) == both


def test_mementos_reads_graphs_and_no_other_pickles(tmp_path):
    (tmp_path / "bad.pkl").write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    with pytest.raises(BenchmarkError, match="it holds (os|posix).system, which is no graph"):
        mementos.read_synonyms(tmp_path / "bad.pkl")


def test_mmhal_counts_an_unreadable_review_as_zero_and_says_so(judge, tmp_path):
    judge(lambda text: {"a": "Rating: 4", "b": "Rating: 2", "c": "Rating: 5 or rating: 6"}[shown(text)])
    put(tmp_path / "response_template.json", [{**CASES["mmhal_bench"].files["response_template.json"][0], "image_id": name} for name in "abc"])
    found, result = scored("mmhal_bench", tmp_path, lambda record: record.record_id[-1], **NAMED)
    assert found["score"] == pytest.approx(2.0) and found["hallucination_rate"] == pytest.approx(200 / 3) and found["informativeness"] == pytest.approx(100 * (1 + 2 + 0) / 9)
    assert result.unparsed == 1 and found["unjudged"] == 0.0


def test_refomb_asks_one_order_and_with_swap_both(judge, tmp_path):
    folder = write(CASES["refomb"], tmp_path)
    scripted = judge(lambda text: "[[B]]")
    assert scored("refomb", folder, lambda record: "A cat.", **NAMED)[0]["win_score"] == 100.0 and len(scripted.asked) == 2
    # who always says B has no say when asked both ways
    scripted = judge(lambda text: "[[B]]")
    found, result = scored("refomb", folder, lambda record: "A cat.", judge_swap=True, **NAMED)
    assert found["win_score"] == 50.0 and found["trustworthiness"] == 50.0 and result.settings["judge_swap"] is True and len(scripted.asked) >= 3


def test_hqh_counts_further_claims_beside_the_answer(judge, tmp_path):
    folder = write(CASES["hqh"], tmp_path)
    judge(lambda text: "Answer: Correct\nExtra Contradictory Claims: 2, a hat and a dog")
    found, _ = scored("hqh", folder, lambda record: "Black, and there is a dog with a hat.", **NAMED)
    assert found["main_hallucination"] == 0.0 and found["overall_hallucination"] == 100.0 and found["extra_claims"] == 2.0


def test_valors_order_and_repeats():
    golds = ["house", "tree", "man", "cup"]
    # of house, man, tree the most in order are two
    kept = valor_eval.in_order({"h": "house", "m": "man", "t": "tree"}, ["h", "m", "t"], golds)
    assert len(kept) == 2 and "h" in kept
    once = valor_eval.counted(["a", "b", "c"], ["x", "x", "y"], {"a": "x", "b": "x"}, 1, True).counts
    each = valor_eval.counted(["a", "b", "c"], ["x", "x", "y"], {"a": "x", "b": "x"}, 1, False).counts
    assert once == {"generated": 3.0, "faithful": 3.0, "true": 2.0, "covered": 1.0} and each == {"generated": 3.0, "faithful": 3.0, "true": 3.0, "covered": 2.0}


def test_robustness_is_relative_to_what_was_said_of_the_picture_itself(judge, tmp_path):
    put(tmp_path / "Ref_Release.csv", ROBUST[1:2])
    # of the picture: right (2 of 2); of the corrupted one: half right, and half like the other answer
    scripted = judge(lambda text: f"Score: {2 if shown(text) == 'cat' else 1}")
    found, _ = scored("r_bench_robust", tmp_path, lambda record: "cat" if record.split == "ref" else "dog", **NAMED)
    assert found["reference"] == 1.0 and found["absolute"] == 0.5 and found["relative"] == 0.5
    assert set(Counter(scripted.seeds)) == set(range(5))


def test_popes_splits_are_built_as_described_and_read_by_the_benchmark(tmp_path):
    draw = random.Random(3)
    kinds = ["person", "apple", "cat", "dog", "car", "umbrella", "tree", "cup", "orange", "bus"]
    objects = {f"{n}.jpg": draw.sample(kinds, draw.randint(2, 6)) for n in range(60)}
    objects |= {f"extra{n}.jpg": ["person", "cat", "apple"] for n in range(20)}
    splits = pope_questions(objects, 40, seed=7)
    assert set(splits) == set(SPLITS) and all(len(rows) == 240 for rows in splits.values())
    positives = [[(row["image"], row["text"]) for row in rows if row["label"] == "yes"] for rows in splits.values()]
    assert positives[0] == positives[1] == positives[2]
    drawn = {row["image"] for row in splits["random"]}
    frequent = Counter(name for image in drawn for name in set(objects[image]))
    for split, rows in splits.items():
        for image in drawn:
            own = [(row["text"].split(" in the image?")[0].split(maxsplit=3)[3], row["label"]) for row in rows if row["image"] == image]
            present, absent = ([name for name, label in own if label == wanted] for wanted in ("yes", "no"))
            assert present == objects[image][:3] and len(set(absent)) == 3 and not set(absent) & set(objects[image])
            free = sorted(set(frequent) - set(objects[image]))
            if split == "popular":
                assert sorted(frequent[name] for name in absent) == sorted(sorted((frequent[name] for name in free), reverse=True)[:3])
            if split == "adversarial":
                beside = Counter(other for other_image in drawn if present[0] in objects[other_image] for other in objects[other_image])
                assert beside[absent[0]] == max(beside[name] for name in free)
    assert any(row["text"] == "Is there an apple in the image?" for row in splits["random"])
    write_pope(tmp_path, objects, 40, seed=7)
    records = pope.load(tmp_path, None)
    assert len(records) == 720 and score(pope, records, {record.record_id: record.answer.value for record in records}, data=tmp_path).metrics["f1"].value == 100.0
    assert pope_questions(objects, 40, seed=7) == splits and pope_questions(objects, 40, seed=8) != splits
    with pytest.raises(ValueError, match="at least 3 objects, and 500 are wanted"):
        pope_questions(objects)


def test_who_marks_hallucinations_sees_the_picture(judge, tmp_path):
    scripted = judge(CASES["mhumaneval"].judge)
    found, result = scored("mhumaneval", write(CASES["mhumaneval"], tmp_path), lambda record: "A dog.", **NAMED)
    assert [part["type"] for part in scripted.asked[0][0]["content"]] == ["image_url", "text"]
    assert found["hallucination_rate"] == 100.0 and found["object"] == 100.0 and found["position"] == 0.0 and result.rows[0].answer == "object"
