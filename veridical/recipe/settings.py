"""The settings of every recipe. A default value appears once, here."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Settings(BaseModel):
    """A group of settings: immutable, and without unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(Settings):
    """One entry of a list of data."""

    path: str
    format: str = "auto"
    weight: float = Field(1.0, ge=0)
    """How often its records are drawn relative to the others (0.5: half of them)."""
    limit: int | None = Field(None, ge=1)
    media_root: str | None = None
    """Folder that relative picture paths start from; default: the data file's folder."""
    split: str = ""


class HeldOut(Settings):
    """Records kept from training to watch it."""

    fraction: float = Field(0.05, ge=0, lt=1)
    most: int = 200


class Parts(Settings):
    """What trains: "frozen", "full" or "lora"."""

    tower: Literal["frozen", "full", "lora"] = "frozen"
    projector: Literal["frozen", "full", "lora"] = "frozen"
    language: Literal["frozen", "full", "lora"] = "lora"


class Lora(Settings):
    """Adapters of the parts that train by "lora"."""

    rank: int = 16
    alpha: float = 32
    dropout: float = 0.0
    targets: str | list[str] = "auto"
    """"auto": every linear layer of the part; or names that layers end in."""


class Step(Settings):
    """One optimiser step: a fixed number of records. The token budgets bound memory and never change a loss."""

    records: int = Field(16, ge=1)
    micro_tokens: int = 8192
    """Positions computed at once."""
    max_tokens: int = 4096
    """Longest path: prompt with picture, and response."""
    picture_tokens: int | None = None
    """Most placeholders for one picture; larger pictures are shrunk."""


class Optimiser(Settings):
    """AdamW and the learning rate's course."""

    lr: float = 1e-5
    weight_decay: float = 0.0
    betas: tuple[float, float] = (0.9, 0.98)
    warmup: float = 0.1
    """Share of all steps."""
    schedule: Literal["constant", "linear", "cosine"] = "cosine"
    clip: float | None = 1.0
    """Largest norm of the gradient."""


class Length(Settings):
    """How long: `steps` when given, else `epochs`."""

    epochs: float = 1.0
    steps: int | None = None


class Save(Settings):
    """Checkpoints."""

    every: int = Field(100, ge=1)
    keep: int = Field(2, ge=1)
    merged: bool = False
    """At the end also write the whole model with adapters merged."""


class Watch(Settings):
    """A look at held-out records."""

    every: int = Field(50, ge=1)
    patience: int | None = Field(None, ge=1)
    """Stop after so many looks without a better `metric`."""
    metric: str = "loss"
    better: Literal["lower", "higher"] = "lower"
    monitor: int = Field(32, ge=0)
    """Held-out records of which the monitor says, whatever the method: accuracy, what the chosen responses lost, KL, image-blind gap."""
    responses: int = Field(0, ge=0)
    """Held-out prompts that the policy answers greedily at each look; the monitor says how many words it takes."""
    entropy: bool = False
    """Also measure the entropy of the next-token distribution, in nats per token."""


class Train(Settings):
    """What both loops share."""

    model: str
    """A Hugging Face model directory."""
    adapter: str | None = None
    """An adapter on it, merged before training starts."""
    data: list[Source]
    held_out: HeldOut = HeldOut()
    parts: Parts = Parts()
    lora: Lora = Lora()
    executor: Literal["auto", "plain", "mask", "state"] = "auto"
    attention: str = "sdpa"
    step: Step = Step()
    optimiser: Optimiser = Optimiser()
    length: Length = Length()
    precision: Literal["float32", "bfloat16"] = "float32"
    device: str = "auto"
    seed: int = 0
    save: Save = Save()
    watch: Watch = Watch()
    run: str = "runs/align"
    shard: bool = False
    """Divide weights, gradients and optimiser state over the processes (FSDP2); they are gathered while a step computes."""
    feature_cache: bool = False
    """Keep the frozen tower's features of every picture in memory for the whole run."""


class Moving(Settings):
    """With reference=moving: reference <- rate policy + (1 - rate) reference, every so many steps."""

    rate: float = Field(0.6, gt=0, le=1)
    every: int = Field(512, ge=1)


class Regularise(Settings):
    """What holds over-optimisation in check, added to the method: weights, 0 for none."""

    likelihood: float = Field(0.0, ge=0)
    """Likelihood of the chosen response, per token."""
    anchor: float = Field(0.0, ge=0)
    """The chosen response must not become less likely than under the reference."""
    smoothing: float = Field(0.0, ge=0, lt=0.5)
    """Share of labels taken to be wrong."""


class AlignRecipe(Train):
    """`veridical align`."""

    method: str = "dpo"
    """A method's name, or "module:value" for your own."""
    method_settings: dict[str, float | int | bool] = {}
    """Changed numbers of the method: {beta: 0.2, terms.1.weight: 0.5}."""
    corruption: dict[str, Any] | None = None
    """Replaces the method's own corruption of pictures: {op: diffusion_noise, t: 500}."""
    reference: Literal["auto", "adapter_off", "copy", "cache", "moving", "model", "none"] = "auto"
    """"auto": what the method is about, else the policy as it starts, from the adapter switched off where that is it."""
    reference_model: str | None = None
    """With reference=model: the directory of another model of the same family and tokenizer (a stronger one, an earlier round's)."""
    moving: Moving = Moving()
    reference_cache: str | None = None
    """With reference=cache: a directory that several runs share; default: the run's own."""
    regularise: Regularise = Regularise()
    auxiliary: list[Source] = []
    """Supervised records beside the pairs, for methods that learn from a stream of them (HA-DPO)."""


class ImitateRecipe(Train):
    """`veridical imitate`: supervised training on the assistant's turns."""

    run: str = "runs/imitate"


class Generation(Settings):
    """How responses are drawn."""

    max_new_tokens: int = 128
    temperature: float = 0.0
    top_p: float = 1.0
    batch: int = 16


class Server(Settings):
    """A model that `vllm serve` serves; what it says is drawn there and not here."""

    url: str
    """Such as http://127.0.0.1:8000/v1."""
    model: str = ""
    """The name to ask for; default: the first that the server has."""
    key: str = "OPENAI_API_KEY"
    """Environment variable with the server's key, where it wants one."""
    timeout: float = Field(300.0, gt=0)
    """Seconds to wait for one response."""
    tries: int = Field(3, ge=1)
    at_once: int = Field(32, ge=1)
    """Requests that are under way together."""


class Pairing(Settings):
    """Scores to pairs."""

    rule: Literal["best_worst", "all_pairs", "adjacent"] = "best_worst"
    gap: float = 0.0
    """A pair needs a larger difference of scores than this."""
    most: int = 1
    """Most pairs per prompt."""
    length_ratio: float | None = None
    """Drop pairs whose chosen and rejected differ in length by more than this factor."""


class Keep(Settings):
    """Scores to supervised records: rejection sampling."""

    best: int = Field(1, ge=1)
    """Most responses kept of each prompt, the best first."""
    least: float | None = None
    """A kept response is worth at least so much."""
    hint: str = ""
    """Prompts of which nothing is kept are asked again with these words behind the question, {answer} in them replaced; what is then worth keeping is learnt as an answer to the plain question."""


class CurateRecipe(Settings):
    """`veridical curate`: sample responses, grade them, pair them (or keep the best)."""

    model: str
    adapter: str | None = None
    prompts: list[Source]
    count: int = 8
    """Responses per prompt."""
    generation: Generation = Generation(temperature=1.0, top_p=1.0)
    server: Server | None = None
    """Where responses come from in place of `model`, which then only names them."""
    grader: str = "objects"
    """A grader's name."""
    grader_settings: dict[str, Any] = {}
    pairing: Pairing = Pairing()
    keep: Keep | None = None
    """Supervised records for `veridical imitate` in place of pairs."""
    seed: int = 0
    run: str = "runs/curate"
    out: str = "pairs.jsonl"


class JudgeServer(Settings):
    """A model behind an OpenAI-compatible address that judges, rewrites and invents."""

    url: str
    """Such as http://127.0.0.1:8000/v1."""
    model: str = "judge"
    """Its name there."""
    key: str = "OPENAI_API_KEY"
    """Environment variable with the key, where one is needed."""
    seconds: float = Field(60.0, gt=0)
    """To wait for one answer."""
    tries: int = Field(5, ge=1)
    """Requests for one answer, where the server is busy, fails or cuts the connection."""
    pause: float = Field(1.0, ge=0)
    """Seconds before the second request; each further one waits twice as long."""
    at_once: int = Field(8, ge=1)
    per_minute: float = Field(0.0, ge=0)
    """Most requests a minute; 0: no limit."""
    price_read: float = Field(0.0, ge=0)
    """For a million tokens of requests."""
    price_written: float = Field(0.0, ge=0)
    most_cost: float | None = None
    """Stop before this is spent."""
    temperature: float = Field(0.0, ge=0)
    longest: int = Field(1024, ge=1)
    """Tokens of an answer."""


class BuildRecipe(Settings):
    """`veridical build`: preference data by a published way."""

    builder: str
    """A builder's name (veridical list builders)."""
    settings: dict[str, Any] = {}
    """Its settings."""
    data: list[Source]
    """Prompts, with reference answers, answers or facts where the builder reads them."""
    model: str = ""
    """The model that speaks, and weighs."""
    adapter: str | None = None
    server: Server | None = None
    """Where responses come from in place of `model`, which then only names them."""
    judge: JudgeServer | None = None
    towers: str = ""
    """A CLIP or SigLIP directory, for builders that compare texts with pictures."""
    generation: Generation = Generation(batch=8)
    most: int | None = Field(None, ge=1)
    """Stop at so many pairs; default: all that come of the prompts."""
    runner: Literal["here", "ray"] = "here"
    """"ray": parts of the prompts in processes of a Ray cluster."""
    parts: int = Field(2, ge=1)
    """With runner=ray: parts that are built at a time."""
    seed: int = 0
    run: str = "runs/build"
    out: str = "pairs.jsonl"


class RewardChoice(Settings):
    """One reward of a sum."""

    name: str
    """A grader's name, or "FILE.py:function" and "module:function" for your own."""
    label: str = ""
    """What it is called in logs, and by algorithms that read one of several ("accuracy"); default: its name."""
    weight: float = 1.0
    gate: str = ""
    """Label of another reward: where that one is not above 0, this one counts 0."""
    steps: bool = False
    """Its worth of each step is earned where the step ends, times weight; it is then no part of the sum that the whole response earns."""
    settings: dict[str, Any] = {}
