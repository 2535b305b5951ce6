"""Rounds: what each is made of, and two of them in the small world."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from safetensors.torch import load_file

from veridical.curate.curate import Curated
from veridical.recipe import RecipeError, RoundsRecipe, load
from veridical.records.load import load as load_records
from veridical.records.load import save
from veridical.study.rounds import alignment, claim, divided, rounds, table
from veridical.world import CHECKPOINT
from veridical.world.records import prompts

QUICK = [
    "curate.count=4", "curate.generation.max_new_tokens=60", "curate.generation.temperature=1.0", "curate.grader=objects", "align.parts.language=lora", "align.length.steps=2",
    "align.step.records=2", "align.device=cpu", "align.held_out.fraction=0", "align.optimiser.lr=1e-3", "align.optimiser.warmup=0",
]  # fmt: skip


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten prompts, and the words that the grader knows."""
    folder = tmp_path_factory.mktemp("rounds")
    save(prompts(10), folder / "prompts.jsonl")
    from veridical.world.files import write_all

    write_all(folder / "world", 4, 2, 2)
    return folder


def recipe(folder: Path, run: Path, *keys: str) -> RoundsRecipe:
    """A small recipe."""
    words = folder / "world" / "chair" / "synonyms.txt"
    return load(RoundsRecipe, None, [f"model={CHECKPOINT}", f"prompts.0.path={folder / 'prompts.jsonl'}", f"curate.grader_settings.synonyms={words}", f"run={run}", *QUICK, *keys])


def curated(path: Path, number: int) -> Curated:
    """Some outcome of a curation."""
    return Curated(path, 5, 20, number, 0, {}, ())


def test_every_prompt_belongs_to_one_round(asked, tmp_path):
    files = divided(recipe(asked, tmp_path, "rounds=3"), tmp_path)
    shares = [[record.record_id for record in load_records(str(file)).records] for file in files]
    assert sorted(sum(shares, [])) == sorted(record.record_id for record in prompts(10)) and [len(one) for one in shares] == [4, 3, 3]
    whole = divided(recipe(asked, tmp_path / "all", "rounds=2", "prompts_each=all"), tmp_path / "all")
    assert all(len(load_records(str(file)).records) == 10 for file in whole)
    with pytest.raises(RecipeError, match="10 prompts for 11 rounds"):
        divided(recipe(asked, tmp_path / "few", "rounds=11"), tmp_path / "few")


def test_a_round_trains_on_its_own_pairs_and_the_offline_ones_against_the_reference_that_is_asked_for(asked, tmp_path):
    mixed = recipe(asked, tmp_path, "reference=first", "align.data.0.path=offline.parquet", "align.data.0.weight=0.5")
    first, later = (alignment(mixed, model, curated(tmp_path / "pairs.jsonl", 3), tmp_path, number) for model, number in (("a", 1), ("b", 2)))
    assert [source.path for source in later.data] == [str(tmp_path / "pairs.jsonl"), "offline.parquet"] and later.data[1].weight == 0.5
    assert (first.reference, later.reference, later.reference_model, later.model) == ("auto", "model", str(CHECKPOINT), "b") and later.save.merged
    assert (first.seed, later.seed) == (0, 1)
    assert [source.path for source in alignment(mixed, "b", curated(tmp_path, 0), tmp_path, 2).data] == ["offline.parquet"]
    assert alignment(recipe(asked, tmp_path), "b", curated(tmp_path, 3), tmp_path, 2).reference == "auto"


def test_a_directory_belongs_to_one_recipe_but_more_rounds_of_the_same_may_follow(asked, tmp_path):
    claim(tmp_path, recipe(asked, tmp_path, "rounds=2", "prompts_each=all"))
    claim(tmp_path, recipe(asked, tmp_path, "rounds=3", "prompts_each=all"))
    with pytest.raises(RecipeError, match="other settings"):
        claim(tmp_path, recipe(asked, tmp_path, "rounds=3", "prompts_each=all", "align.optimiser.lr=2e-3"))


def test_two_rounds_start_from_each_others_outcome_with_a_fresh_adapter_and_run_again_without_computing(asked, tmp_path):
    found = rounds(recipe(asked, tmp_path, "rounds=2", "align.method=salmonn2"), say=lambda line: None)
    assert [one.number for one in found] == [0, 1, 2] and found[0].model == str(CHECKPOINT)
    first, second = Path(found[1].model), Path(found[2].model)
    weights = [load_file(one / "model.safetensors") for one in (CHECKPOINT, first, second)]
    assert weights[1].keys() == weights[2].keys() and not any("lora" in name for name in weights[1])
    moved = [any(not one[name].float().equal(other[name].float()) for name in one) for one, other in zip(weights, weights[1:], strict=False)]
    assert moved == [True, True]
    written = json.loads((tmp_path / "rounds.json").read_text())
    assert [one["pairs"] > 0 for one in written["rounds"]] == [False, True, True]
    metrics = (tmp_path / "round-2" / "align" / "metrics.jsonl").read_bytes()
    assert rounds(recipe(asked, tmp_path, "rounds=2", "align.method=salmonn2"), say=lambda line: None) == found
    assert (tmp_path / "round-2" / "align" / "metrics.jsonl").read_bytes() == metrics
    assert table(found).splitlines()[2].startswith("round 2:")
