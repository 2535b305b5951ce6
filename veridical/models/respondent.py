"""A model that answers records and counts what it read and wrote: one that is open here, one that is being trained, or one behind a server."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from veridical.models.answered import answered
from torch import Tensor

from veridical.models.encoder import EncodeError, Encoder
from veridical.models.likelihood import token_logps
from veridical.models.planting import messages
from veridical.models.policy import Policy
from veridical.models.sample import Generation, draw, encode
from veridical.models.served import Question, Reply, Served, shown
from veridical.models.shown import Open, media_ids, stable_seed
from veridical.records.record import Record


@dataclass(frozen=True)
class Said:
    """One response, and the tokens of prompt and response (0 where a server does not tell)."""

    text: str
    read: int
    written: int


Logps = Callable[[Sequence[Record], Sequence[Sequence[str]]], list[list[Tensor] | EncodeError]]
"""(records, texts for each) -> of every text as a response the log-probability of each token, its end included."""


@dataclass
class Respondent:
    """Records -> one response to each. Life cycle: one for an evaluation; holds no copy of the model."""

    say: Callable[[Sequence[Record]], list[Said]]
    logps: Logps | None = None
    """How likely the same model finds texts as responses; None for one that does not tell."""
    read: int = 0
    """Tokens of all prompts so far; a picture that several questions share counts for each."""
    written: int = 0

    def __call__(self, records: Sequence[Record]) -> list[str]:
        """The responses."""
        said = self.say(records)
        self.read += sum(one.read for one in said)
        self.written += sum(one.written for one in said)
        return [one.text for one in said]


def of_policy(policy: Policy, encoder: Encoder, open_: Open, how: Generation) -> Respondent:
    """A policy as it is at the moment of each call: nothing is copied, so one that is being trained can be asked in between."""

    def say(records: Sequence[Record]) -> list[Said]:
        prompts, inputs = encode(encoder, open_, records)
        drawn = draw(policy, encoder, prompts, inputs, [[stable_seed(0, record.record_id, 0)] for record in records], how)
        return [Said(one.text, len(ids), len(one.tokens)) for (ids, _), [one] in zip(prompts, drawn, strict=True)]

    return Respondent(say, lambda records, texts: token_logps(policy, encoder, open_, records, texts))


def of_server(served: Served, open_: Open, how: Generation) -> Respondent:
    """A served model; pictures travel inside the request. Errors: ServerError, EncodeError naming the record."""

    def say(records: Sequence[Record]) -> list[Said]:
        return [Said(reply.text.strip(), reply.prompt_tokens or 0, written(reply)) for reply in answered(served, [posed(record, open_, how) for record in records])]

    return Respondent(say)


def posed(record: Record, open_: Open, how: Generation) -> Question:
    """A record as a server is asked it."""
    turns = shown(messages(record.prompt), [open_(record, media_id) for media_id in media_ids(record)])
    return Question(f"record {record.record_id}", turns, stable_seed(0, record.record_id, 0), how.temperature, how.top_p, how.max_new_tokens)


def written(reply: Reply) -> int:
    """Tokens of a reply, as far as the server tells."""
    return len(reply.ids) if reply.ids is not None else len(reply.logps)
