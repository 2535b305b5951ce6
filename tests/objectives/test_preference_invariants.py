"""What must hold for every method, whatever its numbers."""

from dataclasses import replace
from itertools import combinations
from math import log

import pytest
import torch
from preference_batch import CHOSEN, CORRUPTED, FACTS, REJECTED, VIEWS, close, given, rich

from veridical.objectives.find import find, methods
from veridical.objectives.link import Logistic
from veridical.objectives.method import Method
from veridical.objectives.reading import Reading
from veridical.objectives.settings import numbers
from veridical.objectives.statistic import Gaps
from veridical.objectives.term import Imitate, Prefer
from veridical.objectives.view import Scores, View

every_method = pytest.mark.parametrize("method", methods().values(), ids=methods())


def plain(term):
    """Whether a term is a logistic comparison of sums or means with a reference, without margin."""
    known = isinstance(term, Prefer) and isinstance(term.reading, Reading) and isinstance(term.beta, float) and term.lose_reading is None
    return known and term.link == Logistic() and term.needs_reference and term.margin == 0 and term.sample is None


LOGISTIC = [(method, term) for method in methods().values() for term in method.terms if plain(term)]
each_logistic_term = pytest.mark.parametrize(("method", "term"), LOGISTIC, ids=[f"{method.name}: {term.name}" for method, term in LOGISTIC])


def rows(scores, where):
    """Some pairs of a batch."""
    return {
        view: Scores(
            own.policy[where], own.reference[where], own.mask[where], own.changed[where],
            {name: value[where] for name, value in own.outputs.items()}, {name: value[where] for name, value in own.marks.items()},
        )
        for view, own in scores.items()
    }  # fmt: skip


def slopes(scores):
    """Every gradient of a batch, zeros where there is none."""
    leaves = [leaf for own in scores.values() for leaf in (own.policy, *own.outputs.values())]
    return torch.cat([(torch.zeros_like(leaf) if leaf.grad is None else leaf.grad).flatten() for leaf in leaves])


def judged(method, scores=None):
    """Loss, with every gradient."""
    scores = scores or rich()
    loss = method(given(scores)).loss
    loss.backward()
    return torch.cat([loss.detach()[None], slopes(scores)])


def differ(one, other):
    return float((one - other).abs().max()) > 1e-8


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
    for name in ("mdpo", "chip"):
        close(find(name)(scores).parts["chosen > chosen@corrupted"], log(2.0))


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("ddpo", {"changed": 1.0}), ("ld_dpo", {"tail": 1.0}), ("v_dpo", {"gamma": 1.0}), ("r_dpo", {"alpha": 0.0}), ("tdpo2", {"alpha": 0.0}), ("mm_dpo", {"strength": 0.0, "terms.1.weight": 0}),
        ("cdpo", {"smoothing": 0.0}), ("robust_dpo", {"noise": 0.0}), ("beta_dpo", {"strength": 0.0, "share": 1.0}), ("dpop", {"strength": 0.0, "beta": 0.1}),
        ("chip_code", {"changed": 1.0, "alpha": 0.0, "sides.0.coefficient": 1.0, "sides.2.coefficient": 0.0}), ("povid2", {"terms.0.weight": 1.0, "terms.1.weight": 0}),
        ("povid2_paper", {"sides.1.coefficient": -1.0, "sides.2.coefficient": 0.0}), ("opa_dpo", {f"terms.{n}.weight": 0 for n in (0, 2, 3, 4, 5)} | {f"terms.1.reading.marks.{n}.weight": 1.0 for n in range(4)}),
    ],
)  # fmt: skip
def test_a_neutral_setting_leaves_plain_dpo(name, settings):
    settings = {f"terms.0.{key}" if key.startswith("sides") else key: value for key, value in settings.items()}
    ours, theirs = judged(find(name).with_settings(settings)), judged(find("dpo"))
    close(ours, theirs, 1e-9)


def test_visual_weights_of_one_leave_plain_dpo():
    scores = rich()
    for response in ("chosen", "rejected"):
        seen, unseen = View(response), View(response, "corrupted")
        scores[unseen] = replace(scores[unseen], outputs=scores[seen].outputs)
    close(find("token_tpo")(scores).loss, find("dpo")(rich()).loss, 1e-12)


def test_a_zero_weight_removes_the_term_its_views_and_its_need_of_a_reference():
    words = find("mdpo").with_settings({"terms.1.weight": 0})
    scores = rich()
    del scores[CORRUPTED]
    assert words.views == (CHOSEN, REJECTED)
    close(words(scores).loss, find("anchored_dpo")(scores).loss, 1e-12)
    likelihood = find("rpo").with_settings({"terms.0.weight": 0})
    assert likelihood.views == (CHOSEN,) and not likelihood.needs_reference
    assert not find("chip").with_settings({"terms.2.weight": 0}).requests


@every_method
def test_gradients_reach_views_of_the_method_alone_and_never_the_reference(method):
    scores = rich()
    for own in scores.values():
        own.reference.requires_grad_()
    method(given(scores)).loss.backward()
    assert all(own.reference.grad is None for own in scores.values())
    assert all(own.outputs[name].grad is None for own in scores.values() for name in own.outputs if name.startswith("reference"))
    reached = {view for view, own in scores.items() if own.policy.grad is not None and bool(own.policy.grad.abs().sum() > 0)}
    assert reached and reached <= set(method.views)


@every_method
@pytest.mark.parametrize("filler", [1e4, float("nan"), -float("inf")])
def test_padding_changes_neither_loss_nor_gradient(method, filler):
    plain, padded = rich(), {view: pad(pad(own, filler, (0, 3)), filler, (0, 2)) for view, own in rich().items()}
    ours, theirs = method(given(plain)), method(given(padded))
    close(theirs.loss, ours.loss, 1e-12)
    ours.loss.backward()
    theirs.loss.backward()
    for view in method.views:
        if plain[view].policy.grad is None:
            continue
        close(padded[view].policy.grad[:, :-5], plain[view].policy.grad, 1e-12)
        assert bool((padded[view].policy.grad[~padded[view].mask] == 0).all())


def pad(own, filler, sides):
    """More columns, outside the mask, with marks that must not be read."""

    def wider(values, value):
        return torch.nn.functional.pad(values, sides, value=value)

    policy = wider(own.policy.detach(), filler).requires_grad_()
    outputs = {name: wider(value.detach(), filler) for name, value in own.outputs.items()}
    return Scores(policy, wider(own.reference, filler), wider(own.mask, False), wider(own.changed, True), outputs, {name: wider(value, True) for name, value in own.marks.items()})


@pytest.mark.parametrize("method", [*methods().values(), Method("token mean", "", (Prefer(CHOSEN, REJECTED), Imitate(CHOSEN)))], ids=lambda method: method.name)
def test_a_step_split_into_micro_batches_has_the_same_loss_and_gradient(method):
    whole, split, weights = rich(), rich(), torch.tensor([1.0, 0.5, 2.0, 1.0])
    tokens = float(sum(whole[view].mask.sum() for view in method.token_views))
    together, surveys = method(given(whole), 4, tokens, weights), method.survey(given(rich()))
    places = (slice(0, 1), slice(1, 4))
    apart = [method(given(rows(split, where), where, step=surveys, here=torch.arange(4)[where]), 4, tokens, weights[where]) for where in places]
    close(sum(outcome.loss for outcome in apart), together.loss, 1e-6)
    for name, part in together.parts.items():
        close(sum(outcome.parts[name] for outcome in apart), part, 1e-6)
    together.loss.backward()
    sum(outcome.loss for outcome in apart).backward()
    if not method.name.startswith("aot"):  # of pairs that share a rank each micro-batch knows its own side's slope; weights are not the partner's
        close(slopes(split), slopes(whole), 1e-6)


@pytest.mark.parametrize("name", ["aot", "aot_unpaired"])
def test_micro_batches_give_the_gradient_of_the_whole_step_also_where_ranks_pair_responses(name):
    method, whole, split = find(name), rich(), rich()
    surveys = method.survey(given(rich()))
    method(given(whole)).loss.backward()
    for where in (slice(0, 1), slice(1, 4)):
        method(given(rows(split, where), where, step=surveys, here=torch.arange(4)[where]), 4, 1.0).loss.backward()
    close(slopes(split), slopes(whole), 1e-6)
    reference = rich()
    sorted_loss(name, reference).backward()
    close(slopes(whole), slopes(reference), 1e-9)


def sorted_loss(name, scores):
    """The published form: sort both sides of the whole step, compare place by place."""

    def total(view, values):
        return torch.where(scores[view].mask, values, 0.0).sum(-1)

    policy, reference = ([total(view, getattr(scores[view], kind)) for view in (CHOSEN, REJECTED)] for kind in ("policy", "reference"))
    sides = (policy[0] - policy[1], reference[0] - reference[1]) if name == "aot" else (policy[0] - reference[0], policy[1] - reference[1])
    return -torch.nn.functional.logsigmoid(0.1 * (sides[0].sort().values - sides[1].sort().values)).mean()


def test_the_parts_add_up_to_the_loss():
    outcome = find("mdpo").with_settings({"terms.1.weight": 0.5})(rich())
    close(sum(outcome.parts.values()), outcome.loss, 1e-12)


def test_a_pair_of_weight_zero_teaches_nothing_and_still_counts():
    scores = rich()
    alone = find("dpo")(rows(scores, slice(0, 3))).loss
    close(find("dpo")(scores, weights=torch.tensor([1.0, 1.0, 1.0, 0.0])).loss, alone * 3 / 4, 1e-12)


UNFELT = {
    ("beta_dpo", "terms.0.beta.kept.gaps.momentum"), ("beta_dpo", "terms.0.sample.gaps.momentum"),  # felt in the next step
    ("v_dpo_contrast", "terms.1.reading.own"),  # one text: what is read without a picture is the same on both sides
}  # fmt: skip
EVERY_NUMBER = [(method, key) for method in methods().values() for key in numbers(method) if (method.name, key) not in UNFELT]


@pytest.mark.parametrize(("method", "key"), EVERY_NUMBER, ids=[f"{method.name}: {key}" for method, key in EVERY_NUMBER])
def test_every_number_of_a_method_matters(method, key):
    old = numbers(method)[key]
    other = method.with_settings({key: not old if isinstance(old, bool) else old + max(0.37, 0.37 * abs(old))})
    assert differ(judged(other), judged(method))


def test_a_moving_mean_moves_by_its_momentum():
    step = torch.tensor([[1.0], [3.0]])
    close(torch.tensor(Gaps(0.9).carry({"gaps/steps": 1.0, "gaps/mean": 0.0, "gaps/deviation": 1.0}, step)["gaps/mean"]), 0.2)
    close(torch.tensor(Gaps(0.9).carry({}, step)["gaps/mean"]), 2.0)


@every_method
def test_every_view_and_the_reference_matter(method):
    before, words = judged(method), {"own_words", "reference_own_words"} & set(method.requests)
    for view in method.views:
        if words and view == CORRUPTED:
            continue  # it is where the words come from, which are scored elsewhere
        scores = rich()
        shifted = {name: (0.9 * value).detach().requires_grad_() for name, value in scores[view].outputs.items()}
        scores[view] = replace(scores[view], policy=(scores[view].policy - 0.3).detach().requires_grad_(), reference=scores[view].reference - 0.1, outputs=shifted)
        assert differ(judged(method, scores), before), view
    moved = {view: replace(own, reference=own.reference - 0.3 * torch.arange(12) * (view == method.views[0])) for view, own in rich().items()}
    assert differ(judged(method, moved), before) == method.needs_reference


@every_method
def test_every_fact_that_a_method_reads_matters_and_is_asked_for(method):
    for name in method.facts:
        with pytest.raises(ValueError, match=f"a pair has no {name}"):
            method(rich())
    for name in dict.fromkeys((*method.facts, *(one for term in method.terms for part in getattr(term, "parts", ()) for one in getattr(part, "may_read", ())))):
        batch = given(rich())
        batch.facts[name] = FACTS[name] / 2
        assert abs(method(batch).loss - method(given(rich())).loss) > 1e-6


def test_two_methods_never_give_the_same_loss_and_gradient():
    found = {name: judged(method) for name, method in methods().items()}
    for one, other in combinations(found, 2):
        assert differ(found[one], found[other]), f"{one} and {other} are one method; list the second as an alias of the first"


@every_method
def test_a_batch_without_one_side_of_a_pair_counts_what_there_is(method):
    if any(term.needs_reference and not isinstance(term, (Prefer, Imitate)) for term in method.terms) or len(method.views) > 3:
        return
    scores = rich()
    for view in VIEWS:
        if view.response == "rejected":
            mask = scores[view].mask.clone()
            mask[0] = False
            scores[view] = replace(scores[view], mask=mask)
    loss = method(given(scores)).loss
    loss.backward()
    assert torch.isfinite(loss) and torch.isfinite(slopes(scores)).all()
