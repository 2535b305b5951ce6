"""Every online algorithm makes the shipped checkpoint count better, and fails to when its advantages are turned round."""

from __future__ import annotations

import pytest

from veridical.objectives.online.find import algorithms
from veridical.recipe import CurvesRecipe, load
from veridical.study.curves.run import curves, learnt, names, plan, rewards

NAMES = [name for name in algorithms() if not name.startswith("distil")]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_an_algorithm_learns_to_count_and_turned_round_it_does_not(name, tmp_path):
    """Mean sampled reward of the last eight of 50 steps against the first two: at least 0.04 more; turned round, less than before."""
    recipe = load(CurvesRecipe, "curves", [f"algorithms=[{name}]", "seeds=1", f"run={tmp_path}", "workers=1"])
    as_it_is, turned = sorted(curves(recipe, lambda line: None), key=lambda one: one.against)
    assert as_it_is.gain > 0.04 and turned.gain < 0


def test_the_plan_has_every_seed_and_one_turned_run_of_each_algorithm(tmp_path):
    """Algorithms that learn from steps are also given the reward step by step; runs that are not done have no outcome."""
    recipe = load(CurvesRecipe, "curves", [f"run={tmp_path}"])
    jobs = plan(recipe, tmp_path / "count.jsonl")
    assert names(recipe) == NAMES and len(jobs) == 4 * len(NAMES) and len({job.path for job in jobs}) == len(jobs)
    assert [one.steps for one in rewards("grpo_process", recipe)] == [False, True] and rewards("grpo", recipe) == recipe.online.rewards
    assert learnt("grpo", False, jobs) is None
