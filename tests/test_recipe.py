"""Recipes: shipped files parse, overrides land where they say, wrong keys are refused with the right one."""

import pytest
import yaml

from veridical.grade.reward import check_settings, spec_of
from veridical.objectives.online.find import find
from veridical.recipe import RECIPES, SHIPPED, AlignRecipe, BuildersRecipe, CurateRecipe, CurvesRecipe, DemoRecipe, EvaluateRecipe, ImitateRecipe, LabRecipe, OnlineRecipe, OveroptimiseRecipe, RecipeError, RewardRecipe, RobustRecipe, RoundsRecipe, WorldRecipe, dump, load

KINDS = {
    "dpo": (AlignRecipe, ["model=m", "data.0.path=p"]), "mdpo": (AlignRecipe, ["model=m", "data.0.path=p"]), "ddpo": (AlignRecipe, ["model=m", "data.0.path=p"]),
    "sft": (ImitateRecipe, ["model=m", "data.0.path=p"]), "self": (CurateRecipe, ["model=m", "prompts.0.path=p"]), "rejection": (CurateRecipe, ["model=m", "prompts.0.path=p"]), "overoptimise": (OveroptimiseRecipe, []), "builders": (BuildersRecipe, []), "robust": (RobustRecipe, []),
    "hallucination": (EvaluateRecipe, ["model=m"]), "world": (WorldRecipe, []), "demo": (DemoRecipe, []), "lab": (LabRecipe, []), "lab_axes": (LabRecipe, []),
} | {
    name: (RoundsRecipe, ["model=m", "prompts.0.path=p"]) for name in ("rounds_dpo", "rounds_rlaif_v", "rounds_salmonn2", "rounds_mixture")
} | {
    name: (OnlineRecipe, ["model=m", "data.0.path=p"])
    for name in ("grpo", "r1_v", "vlm_r1", "visual_rft", "lmm_r1_text", "lmm_r1_pictures", "open_r1_video", "video_r1", "mm_eureka", "papo", "fact_rlhf", "r1_reward", "distil")
} | {
    "curves": (CurvesRecipe, []),
} | {
    name: (RewardRecipe, ["model=m", "data.0.path=p"]) for name in ("reward", "reward_facts", "reward_critique", "reward_choice", "reward_process", "reward_world")
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(path.stem for path in SHIPPED.glob("*.yaml")))
def test_every_shipped_recipe_is_valid_and_says_what_it_is_for(name):
    kind, needed = KINDS[name]
    assert (SHIPPED / f"{name}.yaml").read_text().startswith("# ")
    found = load(kind, name, needed)
    assert kind.model_validate(yaml.safe_load(dump(found))) == found


@pytest.mark.parametrize("name", [name for name, (kind, _) in KINDS.items() if kind is OnlineRecipe])
def test_every_online_recipe_names_an_algorithm_and_rewards_that_there_are(name):
    found = load(OnlineRecipe, name, KINDS[name][1])
    assert find(found.algorithm).with_settings(found.algorithm_settings).losses
    for choice in found.rewards:
        wanted = choice.model_copy(update={"settings": {"path": "p"} | choice.settings}) if choice.name == "reward_model" else choice
        check_settings(wanted.name, spec_of(wanted))


def test_an_override_reaches_every_depth():
    found = load(AlignRecipe, "dpo", ["model=m", "data.0.path=a", "data.1.path=b", "data.1.weight=0.5", "optimiser.lr=1e-6", "parts.tower=lora", "method_settings.terms.0.beta=0.3"])
    assert [source.path for source in found.data] == ["a", "b"] and found.data[1].weight == 0.5
    assert found.optimiser.lr == 1e-6 and found.parts.tower == "lora" and found.lora.rank == 16
    assert found.method_settings == {"terms.0.beta": 0.3}


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("modle=m", "did you mean model?"),
        ("optimiser.learning_rate=1", "optimiser.learning_rate: unknown"),
        ("optimizer.lr=1", "did you mean optimiser"),
        ("step.recrods=4", "did you mean step.records?"),
        ("data.0.pth=x", "did you mean data.path?"),
        ("parts.tower=half", "parts.tower"),
        ("step.records=0", "step.records"),
        ("lr", "expected key=value"),
    ],
)
def test_a_wrong_key_or_value_is_refused_by_name(override, words):
    with pytest.raises(RecipeError, match=words.replace("?", r"\?")):
        load(AlignRecipe, None, ["model=m", "data.0.path=p", override])


def test_a_missing_recipe_names_those_that_ship():
    with pytest.raises(RecipeError, match="dpo.*mdpo"):
        load(AlignRecipe, "no_such_recipe")


def test_every_recipe_kind_has_a_yaml_form():
    for kind in RECIPES.values():
        needed = {name: "m" if info.annotation is str else [] for name, info in kind.model_fields.items() if info.is_required() and name not in ("align", "curate", "online")}
        found = kind.model_validate(needed)
        assert kind.model_validate(yaml.safe_load(dump(found))) == found
