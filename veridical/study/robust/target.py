"""Who is asked under attack, and through whose eyes the attack was made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from veridical.evaluate.inquiry import Responder
from veridical.models.assemble import Ready, make_policy
from veridical.models.reference import weights_key
from veridical.models.respondent import of_policy, of_server
from veridical.models.sample import Generation
from veridical.models.served import Served
from veridical.recipe import RobustRecipe
from veridical.records.picture import open_picture
from veridical.study.robust.attack import AttackError


@dataclass(frozen=True)
class Target:
    """A model that answers, and the one that attacks look through."""

    responder: Responder
    name: str
    key: str
    """Digest of its weights; of a server its address and name."""
    surrogate: Callable[[], Ready]
    """Opened when an attack first needs it. Errors: AttackError where there is none."""
    box: str
    """How an attack through the surrogate is to be read: "white box", or "transfer from" another model."""


def target_of(recipe: RobustRecipe) -> Target:
    """The recipe's model or server; a model is opened once, whether it is asked, attacked or both."""
    how, name = Generation(**recipe.generation.model_dump()), recipe.adapter or recipe.model
    other = cache(lambda: opened(recipe, recipe.surrogate, None)) if recipe.surrogate else None
    box = f"transfer from {recipe.surrogate}" if recipe.surrogate else "white box"
    if recipe.server is not None:
        served = Served(**recipe.server.model_dump())
        return Target(of_server(served, open_picture, how), name, f"{served.url} {served.model or served.models()[0]}", other or unseen, box)
    ready = opened(recipe, recipe.model, recipe.adapter)
    return Target(of_policy(ready.policy, ready.encoder, open_picture, how), name, weights_key(ready.policy.model), other or (lambda: ready), box)


def opened(recipe: RobustRecipe, path: str, adapter: str | None) -> Ready:
    """A model directory as a policy."""
    return make_policy(path, adapter, executor=recipe.executor, precision=recipe.precision, max_tokens=recipe.step.max_tokens, picture_tokens=recipe.step.picture_tokens)


def unseen() -> Ready:
    """Errors: AttackError always: a server gives no gradients."""
    raise AttackError("a server gives no gradients to attack it by; name a model directory as surrogate, whose attacked pictures are shown to the server")
