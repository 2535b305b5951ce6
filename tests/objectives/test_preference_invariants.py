"""What must hold for every method, whatever its numbers."""

from dataclasses import replace
from itertools import combinations
from math import log

import pytest
import torch
from preference_batch import CHOSEN, CORRUPTED, REJECTED, close, rich

from veridical.objectives.link import Logistic
from veridical.objectives.method import METHODS, Method, find
from veridical.objectives.settings import numbers
from veridical.objectives.term import Imitate, Prefer
from veridical.objectives.view import Scores

every_method = pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
LOGISTIC = [
    (method, term)
    for method in METHODS.values()
    for term in method.terms
    if isinstance(term, Prefer) and term.link == Logistic() and term.needs_reference and not term.margin
]
each_logistic_term = pytest.mark.parametrize(("method", "term"), LOGISTIC, ids=[f"{method.name}: {term.name}" for method, term in LOGISTIC])


def rows(scores, where):
    """Some pairs of a batch."""
    return {view: Scores(own.policy[where], own.reference[where], own.mask[where], own.changed[where]) for view, own in scores.items()}


@each_logistic_term
def test_a_policy_that_is_its_reference_loses_log_2_per_logistic_term(method, term):
    same = {view: replace(own, reference=own.policy) for view, own in rich().items()}
    close(term(same), torch.full((4,), log(2.0), dtype=torch.float64))


@each_logistic_term
def test_swapping_the_sides_negates_the_difference(method, term):
    scores, swapped = rich(), replace(term, win=term.lose, lose=term.win)
    close(swapped.difference(scores), -term.difference(scores))


def test_the_same_picture_twice_makes_the_picture_term_log_2():
    scores = rich()
    scores[CORRUPTED] = scores[CHOSEN]
    close(find("image_dpo")(scores).loss, log(2.0))
    close(find("mdpo")(scores).parts["chosen > chosen@corrupted"], log(2.0))


def test_a_changed_token_weight_of_one_is_dpo():
    close(find("ddpo").with_settings(changed=1.0)(rich()).loss, find("dpo")(rich()).loss, 1e-12)


def test_a_zero_weight_removes_the_term_its_views_and_its_need_of_a_reference():
    words = find("mdpo").with_settings({"terms.1.weight": 0})
    scores = rich()
    del scores[CORRUPTED]
    assert words.views == (CHOSEN, REJECTED)
    close(words(scores).loss, find("anchored_dpo")(scores).loss, 1e-12)
    likelihood = find("rpo").with_settings({"terms.0.weight": 0})
    assert likelihood.views == (CHOSEN,) and not likelihood.needs_reference


@every_method
def test_gradients_reach_each_view_of_the_policy_and_never_the_reference(method):
    scores = rich()
    for own in scores.values():
        own.reference.requires_grad_()
    method(scores).loss.backward()
    for view, own in scores.items():
        assert own.reference.grad is None
        assert (own.policy.grad is not None and bool(own.policy.grad.abs().sum() > 0)) == (view in method.views)


@every_method
@pytest.mark.parametrize("filler", [1e4, float("nan"), -float("inf")])
def test_padding_changes_neither_loss_nor_gradient(method, filler):
    plain, padded = rich(), {view: pad(pad(own, filler, (0, 3)), filler, (2, 1)) for view, own in rich().items()}
    ours, theirs = method(plain), method(padded)
    close(theirs.loss, ours.loss, 1e-12)
    ours.loss.backward()
    theirs.loss.backward()
    for view in method.views:
        inside = padded[view].policy.grad[:, 2:-4]
        close(inside, plain[view].policy.grad, 1e-12)
        assert bool((padded[view].policy.grad[~padded[view].mask] == 0).all())


def pad(own, filler, sides):
    """More columns on both sides, outside the mask, with marks that must not be read."""

    def wider(values, value):
        return torch.nn.functional.pad(values, sides, value=value)

    policy = wider(own.policy.detach(), filler).requires_grad_()
    return Scores(policy, wider(own.reference, filler), wider(own.mask, False), wider(own.changed, True))


@pytest.mark.parametrize("method", [*METHODS.values(), Method("token mean", "", (Prefer(CHOSEN, REJECTED), Imitate(CHOSEN)))], ids=lambda method: method.name)
def test_a_step_split_into_micro_batches_has_the_same_loss_and_gradient(method):
    whole, split, weights = rich(), rich(), torch.tensor([1.0, 0.5, 2.0, 1.0])
    tokens = float(sum(whole[view].mask.sum() for view in method.token_views))
    together = method(whole, 4, tokens, weights)
    apart = [method(rows(split, where), 4, tokens, weights[where]) for where in (slice(0, 1), slice(1, 4))]
    close(sum(outcome.loss for outcome in apart), together.loss, 1e-12)
    for name, part in together.parts.items():
        close(sum(outcome.parts[name] for outcome in apart), part, 1e-12)
    together.loss.backward()
    sum(outcome.loss for outcome in apart).backward()
    for view in method.views:
        close(split[view].policy.grad, whole[view].policy.grad, 1e-12)


def test_the_parts_add_up_to_the_loss():
    outcome = find("mdpo").with_settings({"terms.1.weight": 0.5})(rich())
    close(sum(outcome.parts.values()), outcome.loss, 1e-12)


def test_a_pair_of_weight_zero_teaches_nothing_and_still_counts():
    scores = rich()
    alone = find("dpo")(rows(scores, slice(0, 3))).loss
    close(find("dpo")(scores, weights=torch.tensor([1.0, 1.0, 1.0, 0.0])).loss, alone * 3 / 4, 1e-12)


EVERY_NUMBER = [(method, key) for method in METHODS.values() for key in numbers(method)]


@pytest.mark.parametrize(("method", "key"), EVERY_NUMBER, ids=[f"{method.name}: {key}" for method, key in EVERY_NUMBER])
def test_every_number_of_a_method_matters(method, key):
    old = numbers(method)[key]
    other = method.with_settings({key: not old if isinstance(old, bool) else old + 0.37})
    assert abs(other(rich()).loss - method(rich()).loss) > 1e-6


@every_method
def test_every_view_and_the_reference_matter(method):
    before = method(rich()).loss
    for view in method.views:
        scores = rich()
        scores[view] = replace(scores[view], policy=scores[view].policy - 0.3)
        assert abs(method(scores).loss - before) > 1e-6
        scores = rich()
        scores[view] = replace(scores[view], reference=scores[view].reference - 0.3)
        assert (abs(method(scores).loss - before) > 1e-6) == method.needs_reference


def test_two_methods_never_give_the_same_loss():
    losses = {name: float(method(rich()).loss.detach()) for name, method in METHODS.items()}
    for one, other in combinations(losses, 2):
        assert abs(losses[one] - losses[other]) > 1e-6, f"{one} and {other} are one method; list the second as an alias of the first"
