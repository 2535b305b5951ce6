"""What holds over-optimisation in check, added to any method: likelihood, anchor, label smoothing."""

from __future__ import annotations

from dataclasses import replace

from veridical.objectives.link import Logistic
from veridical.objectives.method import Method
from veridical.objectives.term import Imitate, Prefer, Term
from veridical.objectives.view import CHOSEN


def regularised(method: Method, likelihood: float = 0.0, anchor: float = 0.0, smoothing: float = 0.0) -> Method:
    """The method with weights of what it lacks.

    likelihood: + weight NLL(chosen) per token. anchor: - weight log sigma(0.1 r(chosen)), against a chosen response that
    sinks below the reference. smoothing: every logistic comparison takes that share of the labels to be wrong.
    Errors: ValueError when smoothing finds no logistic comparison.
    """
    terms: list[Term] = [smoothed(term, smoothing) for term in method.terms] if smoothing else list(method.terms)
    if smoothing and terms == list(method.terms):
        raise ValueError(f"regularise.smoothing: method {method.name!r} has no logistic comparison of two sides, so no label can be smoothed")
    if likelihood:
        terms.append(Imitate(CHOSEN, weight=likelihood, label="held: likelihood"))
    if anchor:
        terms.append(Prefer(CHOSEN, weight=anchor, label="held: anchor"))
    return replace(method, terms=tuple(terms))


def smoothed(term: Term, share: float) -> Term:
    """A comparison of two sides with smoothed labels; other terms as they are."""
    if isinstance(term, Prefer) and isinstance(term.link, Logistic) and term.win and term.lose:
        return replace(term, link=Logistic(share))
    return term
