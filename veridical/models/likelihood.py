"""How likely a policy finds texts as responses: the prompt runs once, and each text is a branch behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from veridical.models.encoder import EncodeError, Encoder, branch
from veridical.models.forest import Forest, Inputs, Segment, Tree, merge
from veridical.models.judging.form import batches
from veridical.models.planting import messages
from veridical.models.policy import Policy, evaluating
from veridical.models.sample import encode
from veridical.models.shown import Open, pictures_only
from veridical.records.picture import PictureError
from veridical.records.record import Record

MICRO_TOKENS = 8192
"""Positions computed at once."""


def forest_of(prompts: Sequence[tuple[Tensor, tuple[str, ...]]], branches: Sequence[Sequence[Tensor]], inputs: Mapping[str, Inputs]) -> Forest:
    """One tree per prompt, a branch per sequence of tokens."""
    roots = [Segment(ids, torch.zeros(len(ids), dtype=torch.bool), None, keys) for ids, keys in prompts]
    return Forest(tuple(Tree((root, *(branch(own, str(place)) for place, own in enumerate(said)))) for root, said in zip(roots, branches, strict=True)), inputs)


@torch.no_grad()
def token_logps(
    policy: Policy, encoder: Encoder, open_: Open, records: Sequence[Record], texts: Sequence[Sequence[str]], micro_tokens: int = MICRO_TOKENS
) -> list[list[Tensor] | EncodeError]:
    """Of every text to every record the log-probability of each token, its end included; or why the record cannot be read, which does not cost the others.

    A text that does not fit into the encoder's limit loses its end.
    """
    grown = [planted(encoder, open_, record, own) for record, own in zip(records, texts, strict=True)]
    forests = [one for one in grown if isinstance(one, Forest)]
    sizes = [policy.executor.positions(forest).computed for forest in forests]
    found: list[list[Tensor]] = []
    with evaluating(policy):
        for group in batches(forests, sizes, micro_tokens):
            forest = merge(group).to(policy.backbone.device)
            found += [own[1:] for own in forest.split(policy(forest).logp.float().cpu())]
    rest = iter(found)
    return [next(rest) if isinstance(one, Forest) else one for one in grown]


def planted(encoder: Encoder, open_: Open, record: Record, texts: Sequence[str]) -> Forest | EncodeError:
    """The tree of one record."""
    try:
        pictures_only(record)
        prompts, inputs = encode(encoder, open_, [record])
        room = encoder.max_tokens - len(prompts[0][0])
        if room < 1:
            raise EncodeError(f"record {record.record_id}: the prompt leaves no room for a response within {encoder.max_tokens} tokens; raise step.max_tokens")
        return forest_of(prompts, [[encoder.response(messages(record.prompt), text, record.record_id)[:room] for text in texts]], inputs)
    except EncodeError as error:
        return error
    except (OSError, PictureError) as error:
        return EncodeError(f"record {record.record_id}: {error}")
