"""Curation: stages that resume, labels that point at false words, pairs from scores."""

import json

import pytest

from veridical.curate import curate as module
from veridical.curate.curate import curate
from veridical.curate.label import labelled, with_responses
from veridical.curate.stage import StageError, done, run
from veridical.grade.grade import Grade
from veridical.models.encoder import EncodeError
from veridical.recipe import CurateRecipe, Keep, RecipeError
from veridical.records.load import load, save
from veridical.world.files import write_chair
from veridical.world.records import prompts
from veridical.world.scene import scene
from veridical.world.tasks import task


def test_a_stage_makes_only_what_is_missing_and_survives_a_cut_line(tmp_path):
    asked = []

    def work(keys):
        asked.extend(keys)
        return [key.upper() for key in keys]

    path = tmp_path / "stage.jsonl"
    assert run(path, "t", ["a", "b", "c"], work, 2) == {"a": "A", "b": "B", "c": "C"}
    path.write_bytes(path.read_bytes()[:-4])
    assert set(done(path)) == {"a", "b"}
    assert run(path, "t", ["c", "a", "d"], work, 2) == {"c": "C", "a": "A", "d": "D"}
    assert asked == ["a", "b", "c", "c", "d"]


def test_what_was_finished_before_a_failure_is_kept(tmp_path):
    def work(keys):
        if "b" in keys:
            raise KeyboardInterrupt
        return list(keys)

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "s.jsonl", "t", ["a", "b"], work, 1)
    assert done(tmp_path / "s.jsonl") == {"a": "a"}


def test_a_damaged_line_is_named(tmp_path):
    (tmp_path / "s.jsonl").write_text('{"key": "a", "value": 1}\nnonsense\n')
    with pytest.raises(StageError, match="line 2"):
        done(tmp_path / "s.jsonl")


def test_equal_and_empty_texts_become_one_response_or_none():
    record = with_responses(prompts(1)[0], ["A tree.", " A tree. ", "", "A house."], "m")
    assert [response.text for response in record.responses[:-1]] == ["A tree.", "A house."]
    assert [response.origin for response in record.responses] == ["model", "model", "gold"]


def test_false_words_become_spans_where_they_stand_alone():
    response = with_responses(prompts(1)[0], ["A Tree, a treehouse and a tree."], "m").responses[0]
    found = labelled(response, Grade(0.5, "tree", "not there: tree", {}, ("tree",)), "objects")
    assert [(span.start, span.text) for span in found.spans] == [(2, "Tree"), (26, "tree")]
    assert found.score == 0.5 and found.correct == 0


@pytest.fixture
def recipe(tmp_path):
    """Six scenes, a scripted sampler in place of a model."""
    write_chair(tmp_path / "chair", [scene(0)])
    save(prompts(6), tmp_path / "prompts.jsonl")
    return CurateRecipe(
        model="scripted", prompts=[{"path": str(tmp_path / "prompts.jsonl")}], count=3, grader_settings={"synonyms": str(tmp_path / "chair" / "synonyms.txt")}, run=str(tmp_path / "run")
    )


def scripted(calls, refused=()):
    """A sampler that tells the truth, the truth and a kite and a ball, and nothing true."""

    def sample(records, count, seed):
        calls.append(len(records))
        for record in records:
            if record.record_id in refused:
                raise EncodeError(f"record {record.record_id}: too long")
        return [["There is a " + " and a ".join(true := [f.text for f in record.facts if f.kind == "object"]) + ".", "A " + " and a ".join([*true, "fork", "zebra"]), "Nothing."] for record in records]

    return sample


def test_the_truth_is_preferred_and_running_again_asks_nothing(recipe, monkeypatch):
    calls = []
    monkeypatch.setattr(module, "sampler_of", lambda recipe: scripted(calls))
    found = curate(recipe, lambda line: None)
    assert (found.prompts, found.pairs) == (6, 6)
    for record in load(str(found.path)).records:
        chosen, rejected = record.response(record.pairs[0].chosen), record.response(record.pairs[0].rejected)
        assert chosen.score == 1.0 and rejected.text == "Nothing." and record.pairs[0].margin == 1.0
    first = found.path.read_bytes()
    assert curate(recipe, lambda line: None).path.read_bytes() == first and len(calls) == 1


def test_a_prompt_that_the_model_refuses_costs_only_itself(recipe, monkeypatch):
    monkeypatch.setattr(module, "sampler_of", lambda recipe: scripted([], refused=("world-train-2",)))
    said = []
    found = curate(recipe, said.append)
    assert found.pairs == 5 and "too long" in str(found.left_out[0]) and any("1 left out" in line for line in said)
    assert json.loads((found.path.parent / "curated.json").read_text())["left_out"]


def test_an_unknown_grader_or_setting_is_refused_before_anything_is_sampled(recipe):
    with pytest.raises(RecipeError, match="objects"):
        curate(recipe.model_copy(update={"grader": "object"}))
    with pytest.raises(RecipeError, match="no such file"):
        curate(recipe.model_copy(update={"grader_settings": {"synonyms": "nowhere.txt"}}))


def counted(calls, known):
    """A sampler that answers the known questions rightly, in long and in short, and the others only when the answer is in the question."""

    def sample(records, count, seed):
        calls.append([record.record_id for record in records])
        said = []
        for record in records:
            knows = record.record_id in known or "?hint" in record.record_id
            right = str(record.answer.value)
            said.append([f"I see that there are {right}", right, "99"] if knows else ["98", "99", "97"])
        return said

    return sample


def test_the_best_is_kept_and_what_is_not_known_is_explained_with_the_answer_at_hand(tmp_path, monkeypatch):
    """Of equal worth the shorter one; hinted responses answer the plain question; nothing is asked twice."""
    calls, asked = [], task("count", 6)
    save(asked, tmp_path / "count.jsonl")
    monkeypatch.setattr(module, "sampler_of", lambda recipe: counted(calls, {record.record_id for record in asked[::2]}))
    recipe = CurateRecipe(model="scripted", prompts=[{"path": str(tmp_path / "count.jsonl")}], count=3, grader="number", keep={"best": 1, "least": 1.0}, run=str(tmp_path / "plain"))
    plain = curate(recipe, lambda line: None)
    assert (plain.kept, plain.pairs, plain.dropped) == (3, 0, {"responses beyond the best": 3, "prompts without a response worth 1": 3})
    for record in load(str(plain.path)).records:
        assert record.kind == "sft" and record.responses[0].text == str(record.answer.value)
    told = curate(recipe.model_copy(update={"keep": Keep(best=2, least=1.0, hint="It is {answer}."), "run": str(tmp_path / "hinted")}), lambda line: None)
    found = load(str(told.path)).records
    assert told.kept == 12 and {record.record_id.removesuffix("-1") for record in found} >= {record.record_id for record in asked}
    assert all("It is" not in part.text for record in found for part in record.prompt[-1].parts if part.type == "text")
    assert len([one for one in calls if any("?hint" in name for name in one)]) == 1
    before = len(calls)
    curate(recipe.model_copy(update={"keep": Keep(best=2, least=1.0, hint="It is {answer}."), "run": str(tmp_path / "hinted")}), lambda line: None)
    assert len(calls) == before
