"""An evaluation recipe from the model directory to result files: open the model once, estimate, ask every benchmark, write each result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from veridical.evaluate.benchmark import BenchmarkError
from veridical.evaluate.benchmarks import find
from veridical.evaluate.blind import SUFFIX
from veridical.evaluate.cache import Cache
from veridical.evaluate.estimate import Calls, Estimate, Spent, estimate, total, tried
from veridical.evaluate.inquiry import Inquiry
from veridical.evaluate.judged import asker_of
from veridical.evaluate.processes import Processes
from veridical.evaluate.questions import Questions
from veridical.grade.grade import Grader, NotInstalled
from veridical.grade.judging.limits import Pace, Purse
from veridical.models.assemble import make_policy
from veridical.models.reference import weights_key
from veridical.models.respondent import Respondent, of_policy, of_server
from veridical.models.sample import Generation
from veridical.models.served import Served
from veridical.recipe import BenchmarkChoice, EvaluateRecipe, dump
from veridical.records.picture import open_picture
from veridical.records.result import Result
from veridical.records.run import Run
from veridical.study.choosing import Say, choices, questions_of
from veridical.study.rewarding import check_tells, rewards, weighing

Found = TypeVar("Found")
CANNOT = (BenchmarkError, NotInstalled)
"""Why a benchmark of a suite is left out."""


@dataclass(frozen=True)
class Sitting:
    """One benchmark of an evaluation."""

    label: str
    questions: Questions
    inquiry: Inquiry
    respondent: Respondent


@dataclass
class Evaluation:
    """Life cycle: `begin` loads the questions and opens the model; `estimates` asks a first batch of each, `results` the rest."""

    recipe: EvaluateRecipe
    run: Run
    processes: Processes
    sittings: list[Sitting]
    say: Say
    left_out: dict[str, str] = field(default_factory=dict)
    """Benchmarks of a suite that could not be asked or graded, with the reason."""

    def estimates(self) -> list[Estimate]:
        """What is left of each benchmark, after one batch of it was asked; said before the rest begins."""
        found = [self.estimate(sitting) for sitting in self.sittings]
        for one in found:
            self.say(one.line)
        if len(found) > 1:
            self.say(total(found))
        return found

    def estimate(self, sitting: Sitting) -> Estimate:
        """Of one benchmark."""
        inquiry = sitting.inquiry
        known, before = len(inquiry.requests) - inquiry.missing, spent(sitting)
        inquiry.ask(sitting.respondent, most=1)
        judge = self.calls(sitting) if sitting.questions.judged and self.processes.main else None
        return estimate(sitting.questions, inquiry, known, before, spent(sitting), judge)

    def calls(self, sitting: Sitting) -> Calls | None:
        """What the judge of a benchmark is asked; None where there is none yet."""
        try:
            grader = self.grader(sitting)
        except CANNOT:
            return None
        asker = asker_of(grader)
        return tried(sitting.questions, sitting.inquiry, grader, asker) if asker else None

    def grader(self, sitting: Sitting) -> Grader:
        """The benchmark's, its judge held to the recipe's limits. Errors: BenchmarkError, NotInstalled."""
        grader, judge = sitting.questions.grader(), self.recipe.judge
        if judge is not None and (asker := asker_of(grader)):
            asker.purse, asker.pace = Purse(judge.price_read, judge.price_written, judge.most_cost), Pace(judge.per_minute)
            asker.endpoint = replace(asker.endpoint, pause=judge.pause)
        return grader

    def results(self) -> dict[str, Result]:
        """Results by label; in the main process only."""
        found = {sitting.label: self.result(sitting) for sitting in self.sittings}
        for name, why in self.left_out.items():
            self.say(f"{name}: left out: {why}")
        return {name: one for name, one in found.items() if one is not None}

    def result(self, sitting: Sitting) -> Result | None:
        """Ask what is missing, grade, write. None in other processes than the main one, and for what a suite leaves out."""
        grader = self.attempt(sitting, lambda: self.grader(sitting)) if self.processes.main else None
        sitting.inquiry.ask(sitting.respondent, progress=self.processes.main)
        self.processes.wait()
        if grader is None:
            return None
        sitting.inquiry.cache.read()
        settings = self.recipe.generation.model_dump(exclude={"batch"})
        result = self.attempt(sitting, lambda: sitting.questions.result(sitting.inquiry.said, grader, settings, self.recipe.adapter or self.recipe.model))
        if result is not None:
            result.save(self.run.path / "results" / f"{sitting.label}.json")
            self.say(headline(sitting.label, result))
        return result

    def attempt(self, sitting: Sitting, work: Callable[[], Found]) -> Found | None:
        """What `work` gives. In a suite a benchmark that lacks something is left out, and the others go on."""
        try:
            return work()
        except CANNOT as error:
            if not self.recipe.suite:
                raise
            self.left_out[sitting.label] = str(error)
            return None


def spent(sitting: Sitting) -> Spent:
    """Where an inquiry is."""
    return Spent(sitting.inquiry.asked, sitting.inquiry.seconds, sitting.respondent.read, sitting.respondent.written)


def run_evaluation(recipe: EvaluateRecipe, say: Say = print) -> dict[str, Result]:
    """Results by label, each also a file `results/LABEL.json` of the run. Responses are kept: the same command again asks nothing.

    Errors: BenchmarkError naming missing files, ModelError for an unusable directory.
    """
    begun = begin(recipe, say)
    begun.estimates()
    return begun.results()


def estimate_evaluation(recipe: EvaluateRecipe, say: Say = print) -> list[Estimate]:
    """What `run_evaluation` would cost, from one batch of each benchmark, which is kept."""
    return begin(recipe, say).estimates()


def begin(recipe: EvaluateRecipe, say: Say) -> Evaluation:
    """Everything is loaded, nothing is asked."""
    processes = Processes.here()
    say = say if processes.main else lambda line: None
    if processes.alone:
        say(processes.alone)
    run, left_out = Run(Path(recipe.run), writes=processes.main), {}
    loaded = loadable(recipe, say, left_out)
    run.start(dump(recipe))
    words, key = respondent_of(recipe, processes.device)
    cache, settings = Cache(run.path / "responses.jsonl", processes.number), recipe.generation.model_dump(exclude={"batch"})
    batch = max(recipe.generation.batch, recipe.server.at_once) if recipe.server else recipe.generation.batch

    def sitting(label: str, choice: BenchmarkChoice, questions: Questions) -> Sitting:
        respondent, own = weighing(recipe, choice.implicit, words, key, processes.device)
        return Sitting(label, questions, Inquiry.of(label, questions.posed, cache, settings, own, batch, processes.number, processes.count), respondent)

    return Evaluation(recipe, run, processes, [sitting(label, *one) for label, one in loaded.items()], say, left_out)


def loadable(recipe: EvaluateRecipe, say: Say, left_out: dict[str, str]) -> dict[str, tuple[BenchmarkChoice, Questions]]:
    """Choices with their questions, by label. What a suite cannot load goes into `left_out`. Errors: BenchmarkError."""
    found: dict[str, tuple[BenchmarkChoice, Questions]] = {}
    for choice in choices(recipe, say):
        label = label_of(choice, recipe.blind)
        if label in found:
            raise BenchmarkError(f"benchmarks: two results would be called {label!r}; give one of them a label (benchmarks.1.label=NAME)")
        try:
            check_tells(recipe, choice)
            found[label] = choice, questions_of(choice, recipe)
            ready_to_ask(found[label][1], bool(recipe.suite))
        except CANNOT as error:
            if not recipe.suite:
                raise
            found.pop(label, None)
            left_out[label] = str(error)
    return found


def ready_to_ask(questions: Questions, suite: bool) -> None:
    """Errors: BenchmarkError where a picture is missing; for a suite, which goes on without the benchmark, also where there is no judge: nothing is asked for nothing."""
    _ = questions.posed
    if suite and questions.judged:
        questions.grader()


def label_of(choice: BenchmarkChoice, blind: bool) -> str:
    """The name of a benchmark's result; it says where no picture was shown."""
    return (choice.label or choice.name.replace(":", ".")) + (SUFFIX if blind else "")


def respondent_of(recipe: EvaluateRecipe, device: str | None = None) -> tuple[Respondent, str]:
    """The recipe's model, or what gives numbers in its place, and a digest of its weights; of a server, which does not tell them, its address and name."""
    if (found := rewards(recipe, device)) is not None:
        return found
    how = Generation(**recipe.generation.model_dump())
    if recipe.server is not None:
        served = Served(**recipe.server.model_dump())
        return of_server(served, open_picture, how), f"{served.url} {served.model or served.models()[0]}"
    limits = {"max_tokens": recipe.step.max_tokens, "picture_tokens": recipe.step.picture_tokens}
    ready = make_policy(recipe.model, recipe.adapter, executor=recipe.executor, precision=recipe.precision, device=device, **limits)
    return of_policy(ready.policy, ready.encoder, open_picture, how), weights_key(ready.policy.model)


def headline(label: str, result: Result) -> str:
    """The metric that papers quote, with its interval, and what must be read beside it."""
    benchmark = find(result.benchmark)
    name = benchmark.headline
    if name not in result.metrics:
        return f"{label}: {len(result.rows)} rows"
    metric = result.metrics[name]
    beside = "".join(f", {other} {result.metrics[other].value:.1f}{result.metrics[other].unit}" for other in benchmark.beside if other in result.metrics)
    return f"{label}: {name} {metric.value:.1f}{metric.unit} [{metric.low:.1f}, {metric.high:.1f}]{beside}, {len(result.rows)} rows, {result.unparsed} unparsed"
