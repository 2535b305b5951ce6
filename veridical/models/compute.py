"""One forest under policy and reference: what every objective starts from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from veridical.models.collate import PairPlaces, twins
from veridical.models.forest import Forest, Inputs
from veridical.models.head import Projected, wants_reference
from veridical.models.pictures import Feature
from veridical.models.reference import of_stream
from veridical.models.remember import Reference
from veridical.objectives.method import Method


def compute(
    policy: nn.Module,
    reference: Reference | None,
    method: Method,
    forest: Forest,
    pairs: Sequence[PairPlaces],
    features: Mapping[str, Feature] | None,
    blank: Inputs | None = None,
    also: Sequence[str] = (),
) -> tuple[Tensor | None, Projected]:
    """Log-probabilities [N] of the reference, where the method reads them, and of the policy with the requested outputs.

    The reference runs once, also where both its log-probabilities and its distribution are read. `also` names outputs
    beside those that the method requests.
    """
    requests = tuple(dict.fromkeys((*method.requests, *also)))
    stream = reference.stream(forest, features) if reference and wants_reference(requests) else None
    theirs = None
    if reference and method.needs_reference:
        with torch.no_grad():
            theirs = reference.logp(forest, features) if stream is None else of_stream(stream, forest)
    return theirs, policy(forest, requests, stream, features, blank, twins(forest, pairs))
