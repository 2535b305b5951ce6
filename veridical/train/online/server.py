"""Rollouts from a server: it draws, this process learns, and after each step it gets the new weights."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

from accelerate.utils import broadcast_object_list

from veridical.models.answered import Posed, Words, draw_served, scaled
from veridical.models.assemble import Ready
from veridical.models.planting import messages
from veridical.models.sample import Drawn, Generation, banned_tokens, end_tokens
from veridical.models.served import Served, ServerError, shown
from veridical.recipe import Server
from veridical.records.run import Run
from veridical.train.exchange import UNLOAD, Way, Weights, way_to
from veridical.train.online.prompts import Prompt, Reader
from veridical.train.session import Session
from veridical.train.sharded import whole


def served_by(server: Server) -> Served:
    """The server that a recipe names."""
    return Served(**server.model_dump())


@dataclass
class Remote:
    """Draws in place of the policy. Life cycle: made by `remote` before the first step; `refresh` after every update."""

    served: Served
    session: Session
    reader: Reader
    words: Words
    weights: Weights
    tag: str
    """Begins the names of this run's adapters."""
    way: Way | None
    """On the main process; the others ask for what it says."""
    scaled: bool | None = None
    """Whether the server's log-probabilities know the temperature; None before that mattered."""

    def __call__(self, prompts: Sequence[Prompt], variant: str, seeds: Sequence[Sequence[int]], how: Generation) -> list[list[Drawn]]:
        """For each prompt one response per seed. Errors: EncodeError, ServerError, each naming record and response."""
        if how.temperature not in (0, 1):
            self.check_temperature()
        return draw_served(self.served, self.words, [self.posed(prompt, variant) for prompt in prompts], seeds, how)

    def posed(self, prompt: Prompt, variant: str) -> Posed:
        """A prompt with the pictures of a variant, as both sides read it."""
        pictures, _ = self.reader.pictures(prompt.record, variant)
        return Posed(prompt.record.record_id, shown(messages(prompt.record.prompt), self.words.encoder.fitting(pictures)), prompt.pieces[variant].ids)

    def refresh(self, done: int) -> None:
        """The server gets the weights after so many steps; all processes call it. Errors: ServerError."""
        with whole(self.session.plain):
            name = [self.way(self.weights, f"{self.tag}-step-{done}") if self.way is not None else ""]
        self.served = replace(self.served, model=broadcast_object_list(name)[0])

    def check_temperature(self) -> None:
        """Errors: ServerError where log-probabilities are said before the temperature: what was sampled would not be what is compared."""
        if self.scaled is None:
            self.scaled = scaled(self.served)
        if not self.scaled:
            advice = "start it with --logprobs-mode processed_logprobs, or sample at temperature 1"
            raise ServerError(f"{self.served.url}: the server tells log-probabilities at temperature 1, whatever the temperature; {advice}")


def remote(server: Server | None, session: Session, ready: Ready, reader: Reader) -> Remote | None:
    """Where the recipe names a server, what draws there; adapters that an earlier start of this run left behind are gone from it."""
    if server is None:
        return None
    served, main = served_by(server), session.main
    words = Words(ready.encoder, frozenset(end_tokens(ready.policy.backbone, ready.encoder)), tuple(banned_tokens(ready.policy.backbone).tolist()))
    weights = Weights(session.plain.model, only_adapters(session))
    run = name_of(session.run)
    way = way_to(served, weights, session.run.path / "server") if main else None
    if main:
        for left in [name for name in served.models() if name.startswith(run)]:
            served.post(UNLOAD, {"lora_name": left})
    session.say(f"rollouts come from {server.url}" + (f"; weights go there as {type(way).__name__.lower()}" if way is not None else ""))
    return Remote(served, session, reader, words, weights, f"{run}-{secrets.token_hex(3)}", way)


def only_adapters(session: Session) -> bool:
    """Whether the policy is the recipe's model directory, which the server has, with adapters on its language model and nothing else.

    vLLM passes over a tower's and a projector's adapters without a word, unless it was started with --enable-tower-connector-lora.
    """
    settings = session.settings
    trained = [name for name, parameter in session.plain.model.named_parameters() if parameter.requires_grad]
    return not settings.adapter and settings.parts.tower == settings.parts.projector == "frozen" and all("lora_" in name for name in trained)


def name_of(run: Run) -> str:
    """What adapters of a run are called first."""
    return f"veridical-{hashlib.sha256(str(run.path.absolute()).encode()).hexdigest()[:8]}"
