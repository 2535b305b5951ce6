"""The settings of online alignment."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from veridical.recipe.settings import Moving, RewardChoice, Settings, Train


class Sampling(Settings):
    """How rollouts are drawn; how many for each prompt, and at which temperature, the algorithm says."""

    max_new_tokens: int = Field(256, ge=1)
    batch: int = Field(16, ge=1)
    """Prompts at a time."""
    most_gap: float = Field(0.2, gt=0)
    """Mean difference of the sampler's and the trainer's log-probabilities, in nats per token, above which the run stops: the sampler has other weights or sees other pictures."""
    correction: float | None = Field(None, gt=0)
    """Weigh tokens by the trainer's probability over the sampler's, at most so much; for samplers with other arithmetic (2)."""


class OnlineRecipe(Train):
    """`veridical online`: draw responses, reward them, learn from them. `step.records` are the prompts of a step."""

    algorithm: str = "grpo"
    """An algorithm's name, or "module:value" for your own."""
    algorithm_settings: dict[str, float | int | bool] = {}
    """Changed numbers of the algorithm: {draws.group: 4, losses.1.weight: 0.01}."""
    rewards: list[RewardChoice] = []
    """Summed with their weights."""
    sampling: Sampling = Sampling()
    corruption: dict[str, Any] | None = None
    """Replaces the algorithm's own way of hiding pictures."""
    reference: Literal["auto", "adapter_off", "copy", "moving", "model", "none"] = "auto"
    reference_model: str | None = None
    """With reference=model: the directory of another model of the same family and tokenizer (a teacher)."""
    moving: Moving = Moving()
    workers: int = Field(1, ge=1)
    """Processes that grade."""
    deadline: float = Field(30.0, gt=0)
    """Seconds for grading one response; one that takes longer is not scored."""
    run: str = "runs/online"
