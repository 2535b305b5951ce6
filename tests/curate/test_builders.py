"""Builders of preference data: what each makes of a scripted model and of the world's judge, and what it drops."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from PIL import Image

from veridical.curate.build import build, check, tidy
from veridical.curate.builders import builders, find
from veridical.curate.builders.asked import events_in, score_in, tasks_in
from veridical.curate.builders.desk import Desk
from veridical.curate.builders.made import json_of, looking, sentences, strings, twins, worse
from veridical.curate.builders.own_words import best_pairs, place_of, verdict_of
from veridical.curate.builders.several import SYMBOLS, Arranged, collage, inside, share_of, together
from veridical.curate.builders.voice import Voice
from veridical.grade.judging.asker import Asker, Endpoint
from veridical.models.executors import EXECUTORS
from veridical.models.policy import Policy
from veridical.models.small.build import build as small_model
from veridical.recipe import BuildRecipe, RecipeError
from veridical.records.load import load, save
from veridical.records.pairing import apply_edits
from veridical.records.picture import open_picture
from veridical.records.record import Part, Record, Response, Turn, text_parts
from veridical.study.world_judge import WorldJudge
from veridical.world.records import prompts
from veridical.world.scene import scene
from veridical.world.talk import named
from veridical.world.tasks import task

TRUE, FALSE = "There is a small red ball at the top.", "There is a small red ball at the top and a large blue spoon at the left."


class Scripted:
    """A voice that says what a function makes of (record, number of the response, words it began with), likelier the shorter it is."""

    name, batch = "scripted", 4

    def __init__(self, said, belief=(0.7, 0.2)):
        self.said, self.belief, self.asked = said, belief, []

    def say(self, records, count, seed, manner, begun):
        self.asked += [record.record_id for record in records]
        return [[self.said(record, number, words) for number in range(count)] for record, words in zip(records, begun, strict=True)]

    def weigh(self, records, texts):
        return [[-float(len(text)) for text in own] for own in texts]

    def believe(self, records):
        return [self.belief if "ball" in record.prompt_text else self.belief[::-1] for record in records]


def judge(answer=None, error=0.0):
    """The world's judge without a network, or any function from messages to text."""
    known = answer or WorldJudge(scenes=8, error=error)

    def complete(messages, **_):
        message = SimpleNamespace(content=known(messages), refusal=None)
        return SimpleNamespace(choices=[SimpleNamespace(message=message, finish_reason="stop", logprobs=None)], usage=None)

    return Asker(Endpoint("http://nowhere", "scripted", pause=0.0, tries=1), complete)


def desk(folder: Path, said=lambda record, number, words: FALSE, **also) -> Desk:
    """A desk with a scripted voice."""
    return Desk(folder, 0, Scripted(said), **also)


def built(name: str, at: Desk, records: list[Record], **settings: object) -> list[Record]:
    """What a builder makes, tidied up as a run does."""
    return tidy(at, find(name), find(name)(at, records, settings))


def texts(record: Record) -> tuple[str, str]:
    """Chosen and rejected."""
    return tuple(record.response(name).text for name in (record.pairs[0].chosen, record.pairs[0].rejected))


def seen(record: Record) -> bool:
    """Whether the prompt shows a picture made worse."""
    return any(part.media_id.endswith("~") for turn in record.prompt for part in turn.parts)


def test_every_builder_says_where_it_comes_from_and_what_it_needs(tmp_path):
    for name, one in builders().items():
        assert one.name == name and one.source and one.note and set(one.needs) <= {"model", "judge", "towers"}
    with pytest.raises(RecipeError, match="no setting 'tt'; there are op, t"):
        find("seva")(desk(tmp_path), [], {"tt": 1})
    with pytest.raises(RecipeError, match="there are adpo"):
        find("sevva")
    with pytest.raises(RecipeError, match="needs model and judge; give model=DIR judge.url"):
        check(find("silkie"), BuildRecipe(builder="silkie", data=[]))


@pytest.mark.parametrize("name", ["seva", "stic"])
def test_what_is_said_of_a_worse_picture_is_rejected_and_says_that_it_was_seen_so(name, tmp_path):
    """Chosen comes from the picture as it is; a rejected response to a damaged one names it, and it opens."""
    at = desk(tmp_path, lambda record, number, words: FALSE if seen(record) or "imagine" in record.prompt_text else TRUE)
    found = built(name, at, prompts(8))
    assert len(found) == 8 and all(texts(record) == (TRUE, FALSE) for record in found)
    damaged = [record for record in found if record.responses[1].swaps]
    assert len(damaged) == 8 if name == "seva" else 0 < len(damaged) < 8
    for record in damaged:
        swap = record.responses[1].swaps[0]
        assert open_picture(record, swap.to_id).tobytes() != open_picture(record, swap.from_id).tobytes()
        assert record.prompt == prompts(8)[0].prompt


def test_equal_answers_are_dropped_and_counted(tmp_path):
    at = desk(tmp_path)
    assert built("squba", at, [record.replace(responses=(record.responses[0].replace(parts=text_parts(FALSE)),)) for record in prompts(3)]) == []
    assert at.dropped == Counter({"chosen equals rejected": 3, "records without a pair left": 3})


@pytest.mark.parametrize("name", ["image_dpo", "mdpo_crop", "retrieved"])
def test_image_pairs_differ_in_the_picture_alone(name, tmp_path):
    found = built(name, desk(tmp_path), prompts(6), **({"low": 0.0, "high": 0.99} if name == "retrieved" else {}))
    assert len(found) == 6
    for record in found:
        chosen, rejected = texts(record)
        assert chosen == rejected and not record.responses[0].swaps and record.responses[1].swaps
        own, other = (open_picture(record, name) for name in (record.responses[1].swaps[0].from_id, record.responses[1].swaps[0].to_id))
        assert own.tobytes() != other.tobytes()


def test_a_critic_that_goes_by_the_place_is_found_out(tmp_path):
    """It is asked in both orders; one that always says 1 gives no pair, one that knows gives the truer text."""
    def said(knows):
        def say(record, number, words):
            if "closer to the reference" not in record.prompt_text:
                return TRUE if said.turn % 2 == 0 else FALSE
            first = record.prompt_text.split("1. ")[1].split("\n\n2. ")[0]
            return ("1" if first == TRUE else "2") if knows else "1"
        return say

    for knows in (True, False):
        at = desk(tmp_path / str(knows))
        said.turn = 0
        inner = said(knows)
        usual = at.voice.say
        at.voice.said = inner

        def counted(records, count, seed, manner, begun, usual=usual):
            said.turn = int(manner.temperature > 0)
            return usual(records, count, seed, manner, begun)

        at.voice.say = counted
        found = built("sima", at, prompts(4))
        assert [texts(record) for record in found] == ([(TRUE, FALSE)] * 4 if knows else [])
        assert at.dropped["the critic goes by the place"] == (0 if knows else 4)
    assert (verdict_of("[[2]]"), verdict_of("It is 12."), verdict_of("first 1, no: 2")) == (1, None, 1)


def test_right_answers_are_paired_with_wrong_ones_and_never_with_unread_ones(tmp_path):
    asked = task("count", 4)
    said = lambda record, number, words: [str(record.answer.value), "77", "seventy", f"It is {record.answer.value}"][number]  # noqa: E731
    at = desk(tmp_path, said)
    found = built("correctness", at, asked, count=4, most=15)
    assert found and {texts(record)[1] for record in found} <= {"77", "seventy"}
    for record in found:
        assert str(record.answer.value) in texts(record)[0]
    always = built("correctness", desk(tmp_path / "always", lambda record, number, words: str(record.answer.value)), asked)
    assert always == []


def test_an_answer_goes_on_blind_from_its_first_half(tmp_path):
    def said(record, number, words):
        assert words and not any(part.type == "image" for turn in record.prompt for part in turn.parts)
        return "and a kite."

    for record in built("dropout_continuation", desk(tmp_path, said), prompts(4)):
        chosen, rejected = texts(record)
        half = " ".join(chosen.split()[: len(chosen.split()) // 2])
        assert rejected == half + " and a kite."


def test_divided_counts_refuted_facts_and_keeps_no_chosen_that_is_much_shorter(tmp_path):
    """The scripted voice believes in balls and in nothing else."""
    said = lambda record, number, words: [TRUE, FALSE][number % 2]  # noqa: E731
    at = desk(tmp_path, said, asker=judge())
    found = built("divided", at, prompts(3), count=2, length_ratio=0.9)
    assert [texts(record) for record in found] == [(TRUE, FALSE)] * 3 and all(record.pairs[0].margin == 1.0 for record in found)
    at = desk(tmp_path / "strict", said, asker=judge())
    assert built("divided", at, prompts(3), count=2, length_ratio=0.3) == [] and at.dropped["chosen much shorter than rejected"] == 3
    assert best_pairs(at, prompts(1)[0], {"a b": 0, "c d": 0}, 2, 0.5) == []


def test_the_judge_injects_one_error_whose_edits_undo_it(tmp_path):
    found = built("povid", desk(tmp_path, asker=judge()), prompts(6))
    assert len(found) == 6
    for number, record in enumerate(found):
        chosen, rejected = texts(record)
        assert set(named(chosen)) == set(scene(number).names) and len(rejected.split()) == len(chosen.split()) and chosen != rejected
        assert apply_edits(rejected, chosen, record.pairs[0].edits) == chosen and record.pairs[0].rejected_reason


def test_the_judge_corrects_what_is_not_there_and_leaves_true_descriptions_alone(tmp_path):
    def said(record, number, words):
        one = scene(int(record.record_id.rsplit("-", 1)[1]))
        return f"There is a small red {one.names[0]} at the top" + (f" and a large blue {one.absent[0]} at the left." if record.record_id.endswith(("0", "2", "4")) else ".")

    at = desk(tmp_path, said, asker=judge())
    found = built("ha_dpo", at, prompts(6))
    assert len(found) == 3 and at.dropped["nothing to correct"] == 3
    for record in found:
        one = scene(int(record.record_id.rsplit("-", 1)[1]))
        chosen, rejected = texts(record)
        assert set(named(chosen)) <= set(one.names) and one.absent[0] in named(rejected)


def test_scores_by_aspects_give_all_pairs_of_unequal_means(tmp_path):
    """One truthful and whole, one truthful and short, one false: by hand the means of (helpfulness, faithfulness, ethics)."""
    one = scene(0)
    whole = "There is " + " and ".join(f"a small red {name} at the top" for name in one.names) + "."
    false = " and ".join(f"a {name}" for name in one.absent[:3])
    said = lambda record, number, words: [whole, false, whole][number]  # noqa: E731
    at = desk(tmp_path, said, asker=judge(), judge_name="world")
    (record,) = built("silkie", at, prompts(1), count=3)
    assert len(record.responses) == 2 and len(record.pairs) == 1 and texts(record) == (whole, false)
    aspects = {aspect.name: aspect.score for aspect in record.responses[1].aspects}
    assert aspects == {"helpfulness": 1.0, "faithfulness": 1.0, "ethics": 5.0} and record.pairs[0].margin == pytest.approx(5 - 7 / 3)


def test_instructions_are_about_what_is_there_and_what_is_not(tmp_path):
    found = built("lrv", desk(tmp_path, asker=judge()), prompts(3))
    assert len(found) == 12 and Counter(record.tags[-1] for record in found) == {"positive": 6, "negative": 6}
    for record in found:
        there = named(record.prompt_text)[0] in scene(int(record.record_id.split("-")[2])).names
        assert texts(record) == (("Yes", "No") if there else ("No", "Yes"))


def test_a_caption_stands_for_the_clip_and_events_are_counted(tmp_path):
    one = scene(0)
    whole, false = " and ".join(f"a {name}" for name in one.names), " and ".join(f"a {name}" for name in one.absent[:3])
    said = lambda record, number, words: [whole, false][number % 2]  # noqa: E731
    for name in ("llava_hound", "video_salmonn_2"):
        (record,) = built(name, desk(tmp_path / name, said, asker=judge()), prompts(1), count=2)
        assert texts(record) == (whole, false)
    assert (score_in('{"score": 6}'), score_in('{"score": true}'), score_in("fine"), score_in('so {"score": 4}')) == (None, None, None, 4)
    assert events_in('{"missing": [1, "2"], "invented": ["a"]}') == ([1], 1) and events_in('{"missing": 1}') is None


def test_a_judge_that_writes_nonsense_costs_pairs_and_invents_none(tmp_path):
    at = desk(tmp_path, asker=judge(lambda messages: "I cannot help with that."))
    for name in ("povid", "ha_dpo", "lrv", "silkie", "divided"):
        assert built(name, at, prompts(2)) == []
    assert sum(count for reason, count in at.dropped.items() if reason.startswith("judge:")) >= 10


def test_a_table_of_scores_orders_traces_of_one_state(tmp_path):
    responses = tuple(Response(response_id=f"r{place}", parts=text_parts(f"Thought {place}. Action: go."), answer=event) for place, event in enumerate(("no_effect", "success", "unheard of")))
    record = Record(record_id="state-1", prompt=(Turn(role="user", parts=(Part(text="You are in a kitchen."),)),), responses=responses)
    at = desk(tmp_path)
    (found,) = built("interactive_cot", at, [record])
    assert (found.pairs[0].chosen, found.pairs[0].rejected, found.pairs[0].margin) == ("r1", "r0", 1.0)
    assert at.dropped["responses with an event that has no score"] == 1


def test_the_target_is_asked_about_among_others(tmp_path):
    """Each arrangement holds the target's pixels where its question says; the answer among others is rejected."""
    asked = prompts(6)
    for record in built("mia_dpo", desk(tmp_path), asked, companions=1, attention=False):
        assert texts(record)[1] == FALSE and record.prompt_text[:3] == "In " and record.tags[-1] in record.pairs[0].rule
        assert len(record.media) == (2 if record.tags[-1] == "sequence" else 1)
    red, blue = Image.new("RGB", (100, 50), "red"), Image.new("RGB", (50, 100), "blue")
    sheet = collage([red, blue], 1)
    (drawn,) = sheet.pictures
    assert "number 2" in sheet.opening and drawn.getpixel((40 + 448 + 40 + 100, 40 + 200)) == (0, 0, 255) and drawn.getpixel((40 + 200, 40 + 100)) == (255, 0, 0)
    assert drawn.getpixel((int(drawn.width * sheet.region[0]) + 5, int(drawn.height * sheet.region[1]) + 5)) == (0, 0, 255)
    both = inside([red, blue], 0)
    assert both.pictures[0].size == blue.size and both.pictures[0].getpixel((25, 50)) == (255, 0, 0) and both.pictures[0].getpixel((25, 2)) == (0, 0, 255)
    # by hand: a 2 x 2 grid after a class token; the right half of a collage of two holds tokens 2 and 4
    assert share_of([[0.5, 0.1, 0.2, 0.05, 0.15]], Arranged([], "", 0, (0.5, 0.0, 1.0, 1.0))) == pytest.approx(0.35)


def test_an_answer_that_looked_at_the_right_picture_is_not_rejected(tmp_path):
    """Attention by the model itself: shares add up to 1 over all pictures, and follow where they are told to look."""
    asked = prompts(6)
    at = desk(tmp_path)
    at.voice.attend = lambda record, text: [torch.tensor([0.9]), torch.tensor([0.1])]
    found = built("mia_dpo", at, asked, kinds=["sequence"])
    assert 0 < len(found) < 6 and len(found) + at.dropped["the model looked at the right picture"] == 6
    assert all(record.prompt_text.startswith("In Image2") for record in found)


def test_attention_on_pictures_is_the_models_own():
    """For a small LLaVA: one share per token of each picture, as its eager forward pass gives them; the implementation is put back."""
    kit = small_model("llava")
    voice = Voice("m", lambda: SimpleNamespace(encoder=kit.encoder(), policy=Policy(kit.model, EXECUTORS["plain"])))
    record = together(*(lambda own: (own[0], own[1:], "sequence", 0))(prompts(2)))[0]
    looks = voice.attend(record, "a b")
    assert len(looks) == 2 and float(sum(map(torch.sum, looks))) == pytest.approx(1) and len(looks[0]) == len(looks[1]) > 1
    assert kit.model.config.get_text_config()._attn_implementation == "sdpa"


def test_symbols_say_nothing_without_the_pictures(tmp_path):
    """Exactly one demonstration has the query's answer, its symbol is chosen, and symbols are drawn anew for each record."""
    asked = [record.replace(prompt=(record.prompt[0].replace(parts=(*(part for part in record.prompt[0].parts if part.type != "text"), Part(text="How many?"))),)) for record in task("count", 24)]
    found = built("symdpo", desk(tmp_path), asked)
    assert len(found) > 10 and len({texts(record)[0] for record in found}) > 1
    for record in found:
        shown = [turn.text for turn in record.prompt if turn.role == "assistant"]
        assert texts(record)[0] in shown and texts(record)[1] in shown and texts(record)[0] != texts(record)[1] and set(shown) <= set(SYMBOLS)


def test_a_run_goes_on_where_it_was_killed_and_gives_the_same_bytes(tmp_path, monkeypatch):
    """Killed in the middle of the second stage; what was said is not asked for again."""
    save(prompts(6), tmp_path / "prompts.jsonl")
    voices = []

    def of(*_):
        voices.append(Scripted(lambda record, number, words: FALSE if seen(record) else TRUE))
        return voices[-1]

    monkeypatch.setattr(Voice, "of", of)
    recipe = BuildRecipe(builder="seva", model="m", data=[{"path": str(tmp_path / "prompts.jsonl")}], run=str(tmp_path / "whole"))
    whole = build(recipe, lambda line: None).path.read_bytes()
    killed = recipe.model_copy(update={"run": str(tmp_path / "killed")})
    usual = Scripted.say

    def dies(self, records, *how):
        if len(self.asked) >= 8:
            raise KeyboardInterrupt
        return usual(self, records, *how)

    monkeypatch.setattr(Scripted, "say", dies)
    with pytest.raises(KeyboardInterrupt):
        build(killed, lambda line: None)
    monkeypatch.setattr(Scripted, "say", usual)
    found = build(killed, lambda line: None)
    assert found.path.read_bytes() == whole and len(voices[-1].asked) == 2
    told = json.loads((tmp_path / "killed" / "built.json").read_text())
    assert told["pairs"] == 6 and told["source"] and load(str(found.path)).records[0].provenance.steps[-1].startswith("seva seed=0 model=scripted")


def test_pieces():
    assert json_of('so: {"a": 1} and {"a": {"b": 2}}', dict) == {"a": {"b": 2}} and json_of("none", list) is None
    assert strings('["a", 1]') is None and strings('["a"]') == ["a"] and tasks_in('[{"question": "q"}]') is None
    assert sentences("One. Two! Three") == ["One.", "Two!", "Three"] and place_of([3.0, 5.0, 4.0], 0) == 2.0
    record = worse(prompts(1)[0], {"op": "gaussian_blur", "radius": 3}, 0)
    assert twins(record) == {"image": "image~"} and seen(looking(record, twins(record)))


def test_the_judge_of_the_world_errs_as_often_as_told(tmp_path):
    """Over 300 scenes and 14 names the share of wrong beliefs is the stated one within four deviations."""
    judge_, wrong, asked = WorldJudge(error=0.2), 0, 0
    for seed in range(300):
        names = scene(seed).names
        believed = judge_.request({"facts": " ".join(names)}, "", None).believed
        wrong += sum((name in names) != (name in believed) for name in {*names, *scene(seed).absent})
        asked += len({*names, *scene(seed).absent})
    assert wrong / asked == pytest.approx(0.2, abs=0.05)
    assert WorldJudge()([{"role": "user", "content": "What is the capital of France?"}]) == "I do not know what is wanted."


def test_what_a_judge_prefers_in_both_orders(tmp_path):
    one = scene(0)
    whole, false = " and ".join(f"a {name}" for name in one.names), " and ".join(f"a {name}" for name in one.absent[:3])
    said = lambda record, number, words: [whole, false][number % 2]  # noqa: E731
    (record,) = built("spa_vl", desk(tmp_path, said, asker=judge()), prompts(1))
    assert texts(record) == (whole, false)
    flatterer = judge(lambda messages: '{"why": "first", "better": "A"}')
    at = desk(tmp_path / "flattered", said, asker=flatterer)
    assert built("spa_vl", at, prompts(1)) == [] and at.dropped["the judge goes by the place"] == 1


def test_harmful_pictures_are_refused_and_harmless_ones_are_not(tmp_path):
    """One pair for a harmful picture; a safe and an unsafe request for a harmless one; half an answer of the judge is none."""
    task_ = {"question": "q", "answer": "no, because", "wrong": "sure"}
    says = lambda messages: json.dumps(task_ if "is harmful" in str(messages) else {"safe": {**task_, "question": "s"}, "unsafe": task_})  # noqa: E731
    first, second = prompts(2)
    found = built("vlguard", desk(tmp_path, asker=judge(says)), [first.replace(tags=("harmful",)), second])
    assert [record.tags[-1] for record in found] == ["unsafe_picture", "safe_request", "unsafe_request"] and all(texts(record) == ("no, because", "sure") for record in found)
    assert built("vlguard", desk(tmp_path / "half", asker=judge(lambda messages: '{"safe": {"question": "s"}}')), [second]) == []


def test_a_model_injects_errors_into_a_text_that_it_reads_without_the_picture(tmp_path):
    def said(record, number, words):
        assert not record.media
        return 'Here: {"answer": "There is a blue kite.", "errors": ["kite"]}' if record.record_id.endswith("0") else "I cannot."

    at = desk(tmp_path, said)
    (record,) = built("bpo_injected", at, prompts(2))
    assert texts(record)[1] == "There is a blue kite." and record.pairs[0].rejected_reason == "kite" and at.dropped["not written as it was asked for"] == 1
