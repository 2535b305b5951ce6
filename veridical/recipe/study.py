"""The settings of studies: recipes that put curation, training and evaluation together."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from veridical.recipe.evaluate import BenchmarkChoice, EvaluateRecipe
from veridical.recipe.online import CurvesRecipe, OnlineRecipe
from veridical.recipe.reward import RewardRecipe
from veridical.recipe.robust import RobustRecipe
from veridical.recipe.settings import AlignRecipe, BuildRecipe, CurateRecipe, Generation, ImitateRecipe, RewardChoice, Settings, Source


class DemoRecipe(Settings):
    """`veridical demo`: the whole loop in the embedded world."""

    run: str = "runs/demo"
    seed: int = 0
    method: str = "dpo"
    method_settings: dict[str, float | int | bool] = {}
    prompts: int = 500
    count: int = 8
    """Descriptions sampled per prompt."""
    most: int = 2
    """Most pairs per prompt."""
    captions: int = 300
    """Held-out scenes described before and after."""
    scenes: int = 200
    """Scenes with POPE's questions; each gives about five in each of three splits."""
    amber: int = 100
    """Scenes with AMBER's description and questions."""
    six: int = Field(60, ge=1)
    """Scenes of each benchmark of the other dimensions."""
    steps: int = 120
    records: int = 16
    lr: float = 5e-5
    shuffle: bool = False
    """Shuffle the preference labels: the gain must vanish."""
    blank: bool = False
    """Train on blanked pictures: the gain must vanish."""


class Lesson(Settings):
    """Steps of one kind of lesson."""

    name: Literal["look", "find", "talk"]
    steps: int


class Term(Settings):
    """Lessons under one learning-rate schedule (linear warm-up, cosine to zero), with a fresh optimiser."""

    lr: float
    lessons: list[Lesson]

    @property
    def steps(self) -> int:
        """Steps of all lessons."""
        return sum(lesson.steps for lesson in self.lessons)


class WorldRecipe(Settings):
    """Make the world's checkpoint again."""

    architecture: str = "llava"
    run: str = "runs/world"
    seed: int = 0
    eyes: int = 300
    """Steps in which the tower alone learns what each patch shows."""
    terms: list[Term] = [
        Term(lr=5e-4, lessons=[Lesson(name="look", steps=300), Lesson(name="talk", steps=1200)]),
        Term(lr=5e-4, lessons=[Lesson(name="find", steps=400)]),
        Term(lr=3e-4, lessons=[Lesson(name="talk", steps=200)]),
    ]
    scenes: int = 24
    """Scenes per step."""
    questions: int = 7
    bias: float = 0.9
    """How often a caption names an expected partner that is not there."""
    forget: float = 0.25
    """How often a caption passes over an expected partner that is there."""
    save_every: int = 100


class RoundsRecipe(Settings):
    """`veridical rounds`: sample with the current policy, grade, pair, align, and again from the outcome."""

    model: str
    prompts: list[Source]
    rounds: int = Field(3, ge=1)
    prompts_each: Literal["share", "all"] = "share"
    """"share": every round samples its own part of the prompts; "all": every round samples all of them."""
    curate: CurateRecipe
    """How responses are drawn, graded and paired; `model`, `prompts` and `run` are set by the round."""
    align: AlignRecipe
    """How each round trains; `data` are offline pairs mixed into every round, `model` and `run` are set by the round."""
    reference: Literal["previous", "first", "as_align_says"] = "previous"
    """"previous": each round compares with the model that it starts from; "first": always with the model before all rounds."""
    benchmarks: list[BenchmarkChoice] = []
    """Asked before the first round and after each."""
    generation: Generation = Generation()
    """How benchmarks are answered."""
    seed: int = 0
    run: str = "runs/rounds"

    @model_validator(mode="before")
    @classmethod
    def filled(cls, content: Any) -> Any:
        """Parts of the recipe without what the round sets."""
        if not isinstance(content, dict):
            return content
        model, prompts = content.get("model", ""), content.get("prompts", [])
        curate, align = ({} if isinstance(part, type(None)) else part for part in (content.get("curate"), content.get("align")))
        if isinstance(curate, dict) and isinstance(align, dict):
            return {**content, "curate": {"model": model, "prompts": prompts, **curate}, "align": {"model": model, "data": [], **align}}
        return content


class Contender(Settings):
    """A method that takes part in a comparison."""

    method: str
    label: str = ""
    """Its name in tables; default: the method's."""
    settings: dict[str, Any] = {}
    """Keys of an alignment recipe with values, as {"method_settings": {"beta": 0.2}}."""
    grid: list[dict[str, Any]] = []
    """Configurations to choose from, each keys of an alignment recipe; without any it runs at `settings` and is marked untuned."""
    data: list[Source] = []
    """Its own pairs in place of the recipe's."""
    pairs: int | None = Field(None, ge=1)
    """Only so many records of the first source."""
    blank: bool = False
    """Train with every picture blanked: what remains was learnt from words alone."""
    like: str = ""
    """It runs in the configuration that this entrant has chosen."""
    seeds: int | None = Field(None, ge=1)
    """Default: the recipe's `seeds` where it is tuned, `untuned_seeds` where it is not."""


class Teaching(Settings):
    """A short supervised training on descriptions of the world, which changes what a model falls for."""

    cause: str
    """Whose captions: that of a writer who falls for this cause (`world.cause`)."""
    share: float = Field(1.0, ge=0, le=1)
    """In how many of the occasions."""
    steps: int = Field(40, ge=1)
    records: int = Field(16, ge=1)
    """Captions of each step."""
    lr: float = 1e-4


class Condition(Settings):
    """A place on an axis of a comparison: a base model, a cause of its hallucinations, and where the pairs come from."""

    axis: str
    label: str
    cause: str = "co_occurrence"
    """How scenes are shown and asked about, in pairs and in the examination (`world.cause`)."""
    base: Teaching | None = None
    """What the model is taught first; default: nothing."""
    source: str = "corrected"
    """Who makes the pairs: "corrected", "judged" or "own" (`study.lab.sources`)."""
    pairs: int = Field(400, ge=8)
    """How many of them, at most the recipe's `pairs`."""
    judge_error: float = Field(0.1, ge=0, le=1)
    """With source=judged: how often the judge is wrong about whether a thing is there."""
    exchanged: float = Field(0.0, ge=0, le=1)
    """Share of the pairs with the wrong response as the chosen one."""


class LabRecipe(Settings):
    """`veridical lab`: several methods on the same pairs, with the same budget of tuning, over several seeds, and a table that compares them."""

    model: str = ""
    """A model directory; default: the world's."""
    data: list[Source] = []
    """Pairs; default: the world's own."""
    pairs: int = Field(400, ge=8)
    """World pairs to train on, where `data` names none."""
    held: int = Field(64, ge=1)
    """World pairs to choose configurations by."""
    methods: list[Contender]
    baseline: str = "dpo"
    """The label that every other is compared with."""
    grid: list[dict[str, Any]] = []
    """The configurations of every contender listed in `tuned`."""
    tuned: list[str] = []
    """Labels of those that choose among `grid`; the same number of configurations for each."""
    sink: float = Field(0.02, ge=0)
    """Of the configurations of a method the one with the largest held-out margin is taken whose chosen responses lost at most so many nats a token."""
    everything: bool = False
    """Also every method that the program knows and the recipe does not name, untuned."""
    seeds: int = Field(5, ge=1)
    untuned_seeds: int = Field(2, ge=1)
    align: AlignRecipe
    """How every run trains; `model`, `data`, `method`, `seed` and `run` are set by the lab."""
    conditions: list[Condition] = []
    """Repeat the comparison in each of these: every method in every condition, examined by CHAIR as the condition's cause shows and asks."""
    benchmarks: list[BenchmarkChoice] = []
    """Default: CHAIR, POPE and AMBER of held-out world scenes."""
    captions: int = 120
    scenes: int = 40
    amber: int = 30
    """World scenes of each benchmark, where `benchmarks` names none."""
    generation: Generation = Generation(max_new_tokens=112, batch=64)
    columns: list[str] = ["chair.chair_i", "chair.coverage", "chair.words", "pope.adversarial.f1", "amber.amber_score", "amber.accuracy"]
    """Metrics of the table, benchmark.metric."""
    workers: int = Field(2, ge=1)
    """Runs at a time, one thread each."""
    seed: int = 0
    run: str = "runs/lab"

    @model_validator(mode="before")
    @classmethod
    def filled(cls, content: Any) -> Any:
        """The alignment part without what the lab sets."""
        align = content.get("align") if isinstance(content, dict) else None
        if isinstance(content, dict) and (align is None or isinstance(align, dict)):
            return {**content, "align": {"model": "", "data": [], **(align or {})}}
        return content


class Proxy(Settings):
    """A reward model that stands in for the truth, and whose word it took."""

    label: str
    pairs: int = Field(400, ge=8)
    """How many labelled pairs of the model's own descriptions it learns from."""
    error: float = Field(0.1, ge=0, le=1)
    """How often the labelling judge is wrong about whether a thing is there."""
    taste: float = 0.0
    """What a word more is worth to the labelling judge, whatever it says; the truth gives from 0 to 1 for a description."""
    balanced: bool = False
    """As often the longer as the shorter description is the chosen one."""
    members: int = Field(1, ge=1)
    """Reward models from different seeds that judge together."""
    combine: Literal["mean", "min", "cautious"] = "mean"
    settings: dict[str, Any] = {}
    """Keys of a reward recipe with values."""


class Pursuit(Settings):
    """A way to make a reward larger."""

    label: str
    way: Literal["best_of_n", "online", "align"]
    """"best_of_n" picks among many responses, "online" trains with the reward, "align" trains on pairs that it prefers."""
    settings: dict[str, Any] = {}
    """Keys of an online or alignment recipe with values."""


class Mitigation(Settings):
    """What should keep a pursuit from exploiting a proxy."""

    label: str
    proxy: str
    """The label of the proxy that is pursued."""
    rewards: list[RewardChoice] = []
    """Added to the proxy's score."""
    settings: dict[str, dict[str, Any]] = {}
    """Keys with values for each pursuit, by its label."""
    pursuits: list[str] = []
    """Only these; default: all."""


class OveroptimiseRecipe(Settings):
    """`veridical lab overoptimise`: what the truth says while a reward model's score is driven up."""

    model: str = ""
    """A model directory that speaks the world's language; default: the world's."""
    proxies: list[Proxy]
    pursuits: list[Pursuit]
    mitigations: list[Mitigation]
    quality: list[str] = []
    """Labels of proxies that are pursued for the question how far a reward model's accuracy tells what it is good for."""
    pursued_by: list[str] = []
    """Labels of the pursuits that ask it."""
    samples: int = Field(4, ge=2)
    """Descriptions of each scene from which pairs are made."""
    prompts: int = 600
    """Scenes that the pursuits learn from."""
    held: int = 200
    """Pairs of other scenes, by the truth, on which proxies are measured."""
    probe: int = Field(48, ge=2)
    """Held-out scenes that are described at every look."""
    probe_samples: int = Field(2, ge=1)
    best_of: int = Field(32, ge=2)
    """The largest N of best-of-N."""
    seeds: int = Field(1, ge=1)
    generation: Generation = Generation(max_new_tokens=112, temperature=1.0, batch=64)
    reward: RewardRecipe
    """How proxies train; `model`, `data`, `seed` and `run` are set by the study, as they are below."""
    online: OnlineRecipe
    align: AlignRecipe
    workers: int = Field(2, ge=1)
    seed: int = 0
    run: str = "runs/overoptimise"

    @model_validator(mode="before")
    @classmethod
    def filled(cls, content: Any) -> Any:
        """The parts without what the study sets."""
        if not isinstance(content, dict):
            return content
        parts = {name: content.get(name) or {} for name in ("reward", "online", "align")}
        return {**content, **{name: {"model": "", "data": [], **part} if isinstance(part, dict) else part for name, part in parts.items()}}


class BuilderChoice(Settings):
    """A builder that takes part in a comparison."""

    builder: str
    label: str = ""
    """Its name in tables; default: the builder's."""
    settings: dict[str, Any] = {}
    asks: Literal["describe", "count", "trace", "guard"] = "describe"
    """What the prompts ask: for descriptions of scenes, how many there are of something (with a verifiable answer; `trace`: with traces whose events are
    known), or for descriptions of scenes some of which are private (`guard`)."""
    judged: bool = False
    """With the world's judge, also where the builder does not need one."""
    served: bool = False
    """The world's judge speaks in the model's place, where the world's model cannot follow what is asked."""


class BuildersRecipe(Settings):
    """`veridical lab builders`: builders on the same scenes of the world: what pairs they make, how many are right, what each costs, and what a method makes of them."""

    model: str = ""
    """A model directory that speaks the world's language; default: the world's."""
    builders: list[BuilderChoice]
    scenes: int = Field(300, ge=2)
    """Prompts of each."""
    most: int = Field(250, ge=1)
    """Pairs of each."""
    error: float = Field(0.1, ge=0, le=1)
    """How often the judge is wrong about whether a thing is there."""
    generation: Generation = Generation(max_new_tokens=96, batch=16)
    compare: LabRecipe | None = None
    """Train on each builder's pairs and examine, as a comparison of methods; `methods`, `baseline` and `run` are set by the study."""
    method: str = "dpo"
    workers: int = Field(2, ge=1)
    seed: int = 0
    run: str = "runs/builders"

    @model_validator(mode="before")
    @classmethod
    def filled(cls, content: Any) -> Any:
        """The comparison without what the study sets."""
        part = content.get("compare") if isinstance(content, dict) else None
        return {**content, "compare": {"methods": [], **part}} if isinstance(part, dict) else content


RECIPES: dict[str, type[Settings]] = {
    "align": AlignRecipe, "imitate": ImitateRecipe, "curate": CurateRecipe,
    "evaluate": EvaluateRecipe, "demo": DemoRecipe, "world": WorldRecipe, "rounds": RoundsRecipe, "lab": LabRecipe, "online": OnlineRecipe, "curves": CurvesRecipe, "reward": RewardRecipe,
    "overoptimise": OveroptimiseRecipe, "build": BuildRecipe, "builders": BuildersRecipe, "robust": RobustRecipe,
}  # fmt: skip
