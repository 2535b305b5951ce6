"""The settings of reward models."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from veridical.recipe.settings import Settings, Train


class Judging(Settings):
    """How a reward model reads a response and what it says of it; kept with the model, so that it reads the same ever after."""

    form: str = "score"
    """"score": a number read at the end. "critique": a text, then a number read after it. "process": a number after each step.
    "choice": which of two is better, written. "rate": a number, written."""
    turn: str = ""
    """What the judge is asked after the response, with {facts} where the known facts go; of "choice" with {first} and {second}. Empty: nothing is asked."""
    opening: str = ""
    """How the judge's answer begins: the score is read after it."""
    facts: bool = False
    """Show what is known of the picture: its captions, else the objects that are there."""
    known: str = "\nIt must agree with what is known of the picture:\n"
    """What stands before the facts; nothing stands there for a record without any."""
    bullet: str = "  - {fact}\n"
    heads: int = Field(1, ge=1)
    """Read-outs on one model; several are an ensemble."""
    share: float = Field(1.0, gt=0, le=1)
    """Share of the pairs that each read-out learns from."""
    latent: int = Field(0, ge=0)
    """Size of the latent between hidden state and score; 0: none."""
    tag: str = ""
    """With "process": the one token that closes a step."""
    separator: str = "\n\n"
    """With "process": what ends a step, as a regular expression."""
    aggregate: Literal["min", "product", "last", "mean"] = "min"
    """With "process": steps to one score."""
    verdict: str = "{verdict}"
    """With "choice" and "rate": what the judge writes, {verdict} where the number stands."""
    top: int = Field(9, ge=1, le=100)
    """With "rate": the best number; 0 is the worst."""
    votes: int = Field(1, ge=1)
    """Critiques or verdicts drawn for each judgement; of "choice" in each of both orders."""
    temperature: float = Field(1.0, ge=0)
    max_new_tokens: int = Field(64, ge=1)
    """Longest critique or verdict."""
    corruption: dict[str, Any] | None = None
    """Pictures are read damaged: {op: gaussian_blur, radius: 8}."""
    seed: int = 0


class RewardRecipe(Train):
    """`veridical reward`: train a model that says how good a response is."""

    method: str = "bradley_terry"
    """A reward method's name, or "module:value" for your own."""
    method_settings: dict[str, float | int | bool] = {}
    """Changed numbers of the method: {terms.0.margin.scale: 2}."""
    judging: Judging = Judging()
    """Keys that are given here replace the method's own."""
    normalise: bool = True
    """Scores in use are shifted and scaled so that those of the training responses have mean 0 and deviation 1."""
    measure: int = Field(200, ge=0)
    """Held-out records that the finished model judges as it will be used."""
    run: str = "runs/reward"
