"""Benchmarks as what a training run watches: the model that is being trained answers, and no copy of it is made."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from veridical.evaluate.cache import Cache
from veridical.evaluate.inquiry import Inquiry
from veridical.evaluate.questions import Questions
from veridical.models.encoder import Encoder
from veridical.models.load import input_names, open_image_processor, open_tokenizer
from veridical.models.policy import Policy, evaluating, plain_model
from veridical.models.respondent import of_policy
from veridical.models.sample import Generation
from veridical.recipe import EvaluateRecipe
from veridical.records.picture import open_picture
from veridical.records.result import Result
from veridical.study.choosing import choices, questions_of
from veridical.study.evaluation import label_of
from veridical.train.watch import Watch


def watch_benchmarks(recipe: EvaluateRecipe) -> Watch:
    """What `align`, `imitate`, `online` and `reward` take as `watch`: (policy, steps done) -> each benchmark's headline and what stands beside it, as "pope/f1".

    The recipe's `model` is the directory that training starts from; only its tokenizer and picture processor are read.
    Every look asks everything, of the weights of that moment, and leaves `results/LABEL-STEP.json` in the recipe's run.
    """
    asked = {label_of(choice, recipe.blind): questions_of(choice, recipe) for choice in choices(recipe, print)}
    folder, how = Path(recipe.run) / "results", Generation(**recipe.generation.model_dump())

    @cache
    def encoder(policy: Policy) -> Encoder:
        return encoder_of(policy, recipe)

    def watch(policy: Policy, done: int) -> dict[str, float]:
        numbers: dict[str, float] = {}
        with evaluating(policy):
            for label, questions in asked.items():
                inquiry = Inquiry.of(label, questions.posed, Cache(None), {}, str(done), how.batch)
                inquiry.ask(of_policy(policy, encoder(policy), open_picture, how))
                result = questions.result(inquiry.said, questions.grader(), recipe.generation.model_dump(exclude={"batch"}), f"{recipe.model}, step {done}")
                result.save(folder / f"{label}-{done}.json")
                numbers |= leading(label, questions, result)
        return numbers

    return watch


def encoder_of(policy: Policy, recipe: EvaluateRecipe) -> Encoder:
    """How the policy's prompts are read, from the directory that it was opened from."""
    from veridical.models.families import processor_for, written_settings

    path, model = Path(recipe.model), plain_model(policy.model)
    processor = processor_for(model.config, open_tokenizer(path), open_image_processor(path), written_settings(path))
    return Encoder(processor, input_names(model), recipe.step.max_tokens, recipe.step.picture_tokens)


def leading(label: str, questions: Questions, result: Result) -> dict[str, float]:
    """The headline and what must be read beside it."""
    names: Sequence[str] = (questions.benchmark.headline, *questions.benchmark.beside)
    return {f"{label}/{name}": result.metrics[name].value for name in names if name in result.metrics}
