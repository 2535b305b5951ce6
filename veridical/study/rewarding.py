"""A recipe's model as a reward model: a grader, a directory that reward training wrote, or any model by how likely it finds responses."""

from __future__ import annotations

import hashlib
from pathlib import Path

from veridical.evaluate.benchmark import BenchmarkError
from veridical.evaluate.inquiry import Responder
from veridical.evaluate.rewarding import Weigh, by_grader, by_likelihood, gathered, implicit, rewarding
from veridical.grade import graders
from veridical.grade.reward import made_here, spec_of
from veridical.models.assemble import Ready, make_policy
from veridical.models.judging.file import HEAD, TOLD, located
from veridical.models.reference import weights_key
from veridical.models.respondent import Respondent, Said
from veridical.recipe import BenchmarkChoice, EvaluateRecipe
from veridical.recipe.evaluate import Implicit
from veridical.recipe.settings import RewardChoice
from veridical.records.picture import open_picture


def rewards(recipe: EvaluateRecipe, device: str | None = None) -> tuple[Respondent, str] | None:
    """What gives candidate responses their numbers, and a key of it for the cache; None for a recipe whose model answers in words. Errors: ModelError, RewardError."""
    if recipe.implicit is not None:
        weigh, key = likelihood(recipe, device)
        return counted(rewarding(weigh)), key
    choice = recipe.reward or choice_of(recipe.model)
    if choice is None:
        return None
    return counted(rewarding(by_grader(made_here(choice.name, spec_of(choice))))), f"{choice.name} {sorted(choice.settings.items())} {files_of(choice)}"


def weighing(recipe: EvaluateRecipe, how: Implicit | None, words: Respondent, key: str, device: str | None = None) -> tuple[Respondent, str]:
    """What answers one benchmark of a recipe: the model in words, or, where the benchmark says how, the same open model by how likely it finds candidate responses.

    What answers in numbers anyway (a reward model) goes on doing so.
    """
    if how is None or words.logps is None:
        return words, key
    if how.reference is not None:
        weigh, key = likelihood(recipe.model_copy(update={"implicit": how}), device)
        return counted(rewarding(weigh)), key
    return counted(rewarding(gathered(words.logps, how.gather == "mean"))), f"implicit {how.gather} {how.beta} {key}"


def check_tells(recipe: EvaluateRecipe, choice: BenchmarkChoice) -> None:
    """Errors: BenchmarkError where a benchmark asks how likely responses are, and the recipe's model is behind a server, which does not tell of given ones."""
    if choice.implicit is not None and recipe.server is not None:
        raise BenchmarkError(f"{choice.name}: asks how likely the model finds given responses (implicit), which a server does not tell; name a model directory, or leave it out")


def choice_of(model: str) -> RewardChoice | None:
    """The grader that a recipe's `model` is: a directory with a reward model, or a grader's name."""
    if (located(model) / TOLD).is_file():
        return RewardChoice(name="reward_model", settings={"path": model})
    return RewardChoice(name=model) if model in graders() and not Path(model).is_dir() else None


def files_of(choice: RewardChoice) -> str:
    """A digest of what reward models say of themselves and of their read-outs; of other graders nothing."""
    path = choice.settings.get("path", ())
    folders = [located(one) for one in ([path] if isinstance(path, str) else path)]
    files = [folder / name for folder in folders for name in (TOLD, HEAD) if (folder / name).is_file()]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16] if files else ""


def likelihood(recipe: EvaluateRecipe, device: str | None) -> tuple[Weigh, str]:
    """The likelihood of the recipe's model, beside its reference where it names one."""
    how = recipe.implicit
    ours = opened(recipe, recipe.model, recipe.adapter, device)
    weigh, key = weigher(ours, how.gather == "mean"), f"implicit {how.gather} {how.beta} {weights_key(ours.policy.model)}"
    if how.reference is None:
        return weigh, key
    theirs = opened(recipe, how.reference, None, device)
    return implicit(weigh, weigher(theirs, how.gather == "mean"), how.beta), f"{key} {weights_key(theirs.policy.model)}"


def opened(recipe: EvaluateRecipe, model: str, adapter: str | None, device: str | None) -> Ready:
    """A model directory as the recipe reads it."""
    return make_policy(model, adapter, executor=recipe.executor, precision=recipe.precision, max_tokens=recipe.step.max_tokens, picture_tokens=recipe.step.picture_tokens, device=device)


def weigher(ready: Ready, per_token: bool) -> Weigh:
    """An open model's likelihood."""
    return by_likelihood(ready.policy, ready.encoder, open_picture, per_token)


def counted(respond: Responder) -> Respondent:
    """A responder of numbers where one that counts tokens is expected: numbers have none."""
    return Respondent(lambda records: [Said(text, 0, 0) for text in respond(records)])
