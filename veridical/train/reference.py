"""The reference of a run: made from the recipe, put back when the run continues, moved where it moves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from veridical.models.assemble import Ready, make_policy
from veridical.models.policy import Policy
from veridical.models.reference import Wanted, make_reference
from veridical.models.remember import Reference, ReferenceError, settings_of
from veridical.objectives.method import Method
from veridical.recipe import AlignRecipe, RecipeError
from veridical.records.run import Run
from veridical.train.session import Session


def reference_of(recipe: AlignRecipe, method: Method, ready: Ready, run: Run) -> Reference | None:
    """The reference that the recipe names, or that the method is about; none where the method reads none."""
    if not method.needs_reference:
        return None
    settings = settings_of(ready.opened.image_processor, [recipe.step, recipe.precision])
    wanted = Wanted(Path(recipe.reference_cache) if recipe.reference_cache else run.path / "reference", settings, recipe.moving.rate, recipe.moving.every, (lambda: another(recipe, ready)) if recipe.reference_model else None)
    kind = method.reference if recipe.reference == "auto" and method.reference else recipe.reference
    if kind == "none":
        raise RecipeError(f"reference=none: {method.name} compares with a reference; choose another reference, or a method without one (`veridical list methods`)")
    return make_reference(kind, ready.policy, wanted)


def another(recipe: AlignRecipe, ready: Ready) -> Policy:
    """Another model as the reference. Errors: ReferenceError when it would read the same tokens or pictures differently."""
    other = make_policy(
        recipe.reference_model, None, None, None, recipe.executor, recipe.precision,
        recipe.attention, recipe.step.max_tokens, recipe.step.picture_tokens, str(ready.policy.backbone.device),
    )  # fmt: skip
    if other.opened.tokenizer.get_vocab() != ready.opened.tokenizer.get_vocab():
        raise ReferenceError(f"reference_model={recipe.reference_model}: its tokenizer has another vocabulary than the model's, so log-probabilities cannot be compared")
    if settings_of(other.opened.image_processor) != settings_of(ready.opened.image_processor):
        raise ReferenceError(f"reference_model={recipe.reference_model}: its image processor has other settings than the model's, so a picture would take other places")
    return other.policy


def moving(session: Session, reference: Any) -> None:
    """A reference that moves is saved with checkpoints, and put back as far as the run had come."""
    if not hasattr(reference, "follow"):
        return
    session.remember("reference", lambda: reference.tensors)


def follow(reference: Any, done: int) -> None:
    """A reference that moves, moves."""
    if hasattr(reference, "follow"):
        reference.follow(done)
