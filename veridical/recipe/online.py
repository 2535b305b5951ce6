"""The settings of online alignment."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from veridical.recipe.settings import Moving, RewardChoice, Server, Settings, Source, Train


class Manner(Settings):
    """One way to ask and to draw."""

    temperature: float | None = Field(None, ge=0)
    """Default: the algorithm's."""
    top_p: float | None = Field(None, gt=0, le=1)
    system: str = ""
    """A system turn before the prompt, where it has none."""
    suffix: str = ""
    """Words after the last question."""
    weight: float = Field(1.0, gt=0)
    """How often it is taken, relative to the others."""


class Sampling(Settings):
    """How rollouts are drawn; how many for each prompt, and at which temperature, the algorithm says."""

    max_new_tokens: int = Field(256, ge=1)
    batch: int = Field(16, ge=1)
    """Prompts at a time."""
    most_gap: float = Field(0.2, gt=0)
    """Mean difference of the sampler's and the trainer's log-probabilities, in nats per token, above which the run stops: the sampler has other weights or sees other pictures."""
    manners: list[Manner] = []
    """Each step takes one of these, drawn by weight: temperatures, prompts that ask for reflection or for a check."""
    server: Server | None = None
    """What draws in place of this process; it gets the new weights after every step."""
    correction: float | None = Field(None, gt=0)
    """Weigh tokens by the trainer's probability over the sampler's, at most so much; for samplers with other arithmetic (2)."""


class Demonstrated(Settings):
    """Supervised records that every update also imitates (PPO-ptx)."""

    data: list[Source]
    weight: float = Field(1.0, gt=0)
    """Of the mean loss per token. Published code takes 16 with sums of rewards (align-anything)."""
    records: int = Field(4, ge=1)
    """Of an update."""


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
    demonstrations: Demonstrated | None = None
    reference: Literal["auto", "adapter_off", "copy", "moving", "model", "none"] = "auto"
    reference_model: str | None = None
    """With reference=model: the directory of another model of the same family and tokenizer (a teacher)."""
    moving: Moving = Moving()
    workers: int = Field(1, ge=1)
    """Processes that grade."""
    deadline: float = Field(30.0, gt=0)
    """Seconds for grading one response; one that takes longer is not scored."""
    run: str = "runs/online"


class CurvesRecipe(Settings):
    """`veridical curves`: learning curves of online algorithms in the world."""

    algorithms: list[str] = []
    """Default: every one that learns from rewards."""
    task: str = "count"
    """A question of the world (`veridical world task`)."""
    questions: int = 600
    seeds: int = Field(3, ge=1)
    against: bool = True
    """Also one seed of each with the sign of its advantages turned."""
    group: int = 8
    """Responses to each prompt, for all."""
    settings: dict[str, dict[str, float | int | bool]] = {}
    """Changed numbers of single algorithms, by name."""
    online: OnlineRecipe
    """How every run trains; `model`, `data`, `algorithm`, `seed` and `run` are set by the study."""
    workers: int = Field(2, ge=1)
    run: str = "runs/curves"

    @model_validator(mode="before")
    @classmethod
    def filled(cls, content: Any) -> Any:
        """The online part without what the study sets."""
        part = content.get("online") if isinstance(content, dict) else None
        if isinstance(content, dict) and (part is None or isinstance(part, dict)):
            return {**content, "online": {"model": "", "data": [], **(part or {})}}
        return content
