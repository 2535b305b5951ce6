"""A builder over Ray Data: the same records as in one process, also when a worker is killed in the middle."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from veridical.curate.build import build
from veridical.curate.spread import divided
from veridical.recipe import BuildRecipe, RecipeError
from veridical.records.load import save
from veridical.world import CHECKPOINT
from veridical.world.records import prompts


def test_parts_are_whole_batches_in_order():
    assert [len(part) for part in divided(list(range(10)), 3, 2)] == [4, 4, 2]
    assert [len(part) for part in divided(list(range(3)), 4, 2)] == [2, 1] and divided([], 2, 2) == []
    assert [one for part in divided(list(range(11)), 2, 4) for one in part] == list(range(11))


def test_a_builder_that_needs_all_records_at_once_says_so(tmp_path):
    save(prompts(2), tmp_path / "prompts.jsonl")
    recipe = BuildRecipe(builder="mia_dpo", model=str(CHECKPOINT), data=[{"path": str(tmp_path / "prompts.jsonl")}], runner="ray", run=str(tmp_path / "run"))
    with pytest.raises(RecipeError, match="use runner=here"):
        build(recipe, lambda line: None)


@pytest.mark.slow
def test_two_workers_of_which_one_is_killed_give_the_records_of_one_process(tmp_path, monkeypatch):
    """The worker of the second part kills itself at its first answers, once; its replacement finishes the part."""
    pytest.importorskip("ray", reason="needs Ray: pip install 'veridical[ray]'")
    save(prompts(16), tmp_path / "prompts.jsonl")
    (tmp_path / "killing.py").write_text(
        "import os\nfrom pathlib import Path\nfrom veridical.curate.builders.voice import Voice\n"
        f"MARK = Path({str(tmp_path / 'killed')!r})\nusual = Voice.say\n"
        "def say(self, records, *how):\n"
        "    if records[0].record_id.endswith('-8') and not MARK.exists():\n"
        "        MARK.write_text('x')\n        os.kill(os.getpid(), 9)\n"
        "    return usual(self, records, *how)\nVoice.say = say\n"
    )
    (tmp_path / "sitecustomize.py").write_text("import os\nif os.environ.get('RAY_RAYLET_PID') or 'default_worker' in ' '.join(__import__('sys').orig_argv):\n    import killing\n")
    recipe = BuildRecipe(builder="squba", model=str(CHECKPOINT), data=[{"path": str(tmp_path / "prompts.jsonl")}], generation={"max_new_tokens": 12, "batch": 4}, run=str(tmp_path / "here"))
    whole = build(recipe, lambda line: None).path.read_bytes()
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]))
    found = build(recipe.model_copy(update={"runner": "ray", "run": str(tmp_path / "ray")}), lambda line: None)
    import ray

    ray.shutdown()
    assert (tmp_path / "killed").exists() and found.path.read_bytes() == whole and found.pairs == 16
