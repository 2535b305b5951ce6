"""Whose directory it is."""

from __future__ import annotations

import pytest
import yaml

from veridical.recipe import BuilderChoice, BuildersRecipe, Generation, RecipeError
from veridical.study.claim import agrees, claim


def recipe(**changes):
    return BuildersRecipe(builders=[BuilderChoice(builder="seva")], **changes)


def test_what_may_differ_may_differ_and_nothing_else(tmp_path):
    claim(tmp_path, recipe(), "another", ("workers",))
    claim(tmp_path, recipe(workers=5, run="elsewhere"), "another", ("workers",))
    with pytest.raises(RecipeError, match="holds another"):
        claim(tmp_path, recipe(scenes=7), "another", ("workers",))
    with pytest.raises(RecipeError):
        claim(tmp_path, recipe(generation=Generation(max_new_tokens=3)), "another", ("workers",))


def test_a_setting_that_did_not_exist_then_has_its_default(tmp_path):
    """In the recipe itself, in settings inside it, and in those of a list; another value than the default is another recipe, and so is a setting that is gone."""
    claim(tmp_path, recipe(), "another")
    written = yaml.safe_load((tmp_path / "recipe.yaml").read_text())
    del written["error"], written["generation"]["top_p"], written["builders"][0]["served"]
    assert agrees(written, recipe())
    assert not agrees(written, recipe(error=0.3)) and not agrees(written, recipe(generation=Generation(max_new_tokens=96, batch=16, top_p=0.5)))
    assert not agrees(written | {"old": 1}, recipe()) and not agrees(written | {"builders": []}, recipe())
