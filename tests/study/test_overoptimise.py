"""The over-optimisation study: its estimators by hand and by brute force, its plan, and a small run of it."""

from __future__ import annotations

import copy
import json
from itertools import combinations
from math import comb, log
from statistics import fmean
from types import SimpleNamespace

import pytest
import torch

from veridical.models.executors import EXECUTORS
from veridical.models.forest import Forest
from veridical.models.policy import Policy
from veridical.models.proof import stock_logits
from veridical.models.small.build import build as small
from veridical.recipe import OveroptimiseRecipe, Proxy, RecipeError, load
from veridical.records.record import Pair, Response, text_parts
from veridical.study.overoptimise import overoptimise
from veridical.study.overoptimise.best_of import best_of, curve, divergence, weights
from veridical.study.overoptimise.labels import balanced, erring, longer, truth
from veridical.study.overoptimise.outcome import Outcome, Worth, agreement
from veridical.study.overoptimise.plan import chases, trainings
from veridical.study.overoptimise.probe import Said, tree
from veridical.study.overoptimise.probe import divergence as divergence_of
from veridical.world.records import prompts

PROXY, VALUE = (0.3, -1.0, 2.0, 0.5, 1.5), (5.0, 1.0, 2.0, 8.0, 3.0)


@pytest.mark.parametrize("among", [1, 2, 3, 5])
def test_best_of_n_is_the_mean_over_all_draws_without_replacement(among):
    every = [max(draw, key=lambda place: PROXY[place]) for draw in combinations(range(5), among)]
    assert best_of(PROXY, VALUE, among) == pytest.approx(fmean(VALUE[place] for place in every))
    assert sum(weights(5, among)) == pytest.approx(1) and weights(5, 2)[4] == pytest.approx(4 / comb(5, 2))


def test_the_divergence_of_best_of_n():
    assert divergence(1) == 0 and divergence(4) == pytest.approx(log(4) - 0.75)
    rows = curve([Said(("a", "b c", "d", "e"), (0.0, 1.0, 2.0, 3.0), (0.1, 0.2, 0.3, 0.4), (0.0,) * 4), Said(("a",) * 4, (float("nan"),) * 4, (1.0,) * 4, (0.0,) * 4)])
    assert [row["step"] for row in rows] == [1, 2, 4] and rows[0]["truth"] == pytest.approx(0.25) and rows[-1]["truth"] == pytest.approx(0.4)
    assert rows[0]["words"] == pytest.approx(1.25)


def labelled(chosen: str, rejected: str, number: int):
    responses = tuple(Response(response_id=name, parts=text_parts(text)) for name, text in (("c", chosen), ("r", rejected)))
    return prompts(1)[0].replace(record_id=f"x-{number}", responses=responses, pairs=(Pair(chosen="c", rejected="r"),))


def test_balanced_pairs_are_as_often_longer_as_shorter():
    records = [labelled("a b c", "a", n) for n in range(6)] + [labelled("a", "a b", n) for n in range(6, 9)] + [labelled("a b", "c d", 9)]
    kept = balanced(records, 0)
    assert sorted(map(longer, kept)) == [-1] * 3 + [0] + [2] * 3
    assert balanced(records, 0) == kept and {r.record_id for r in kept} >= {f"x-{n}" for n in range(6, 10)}


def test_a_labelling_judge_has_a_taste_for_words(tmp_path):
    record, true = prompts(1)[0], truth(tmp_path)
    text = record.responses[0].text
    plain, fond = (erring(Proxy(label="p", error=0.0, taste=taste), true, 0)(record, text).value for taste in (0.0, 0.1))
    assert plain == pytest.approx(1.0) and fond == pytest.approx(1 + 0.1 * len(text.replace(",", " ").replace(".", " ").split()), abs=0.11)


def outcome(truths, halves):
    rows = [{"truth": value, "truth_0": a, "truth_1": b, "proxy": float(place), "divergence": float(place) ** 2} for place, (value, (a, b)) in enumerate(zip(truths, halves, strict=True))]
    return Outcome("grpo", "none", "p", 0, 1.0, {"proxy": 2.0, "truth": 0.5}, rows)


def test_an_early_stop_is_chosen_on_one_half_and_measured_on_the_other():
    """By hand: the first half is best at look 1, where the other half gained 0.1; the second at look 2, where the first half gained 0."""
    one = outcome([0.5, 0.7, 0.6, 0.2], [(0.5, 0.5), (0.9, 0.6), (0.5, 0.8), (0.2, 0.2)])
    assert one.stopped == pytest.approx((0.1 + 0.0) / 2) and one.gain == pytest.approx(-0.3) and one.best == pytest.approx(0.2)
    assert one.points("truth")[1] == (1.0, pytest.approx(0.4)) and one.points("proxy")[2] == (2.0, 1.0)
    assert json.dumps(one.numbers)


def test_agreement_is_a_rank_correlation_with_an_exact_chance():
    own = [Worth(str(n), 0.5 + n / 10, 0.9 - n / 10, n / 100, 0.0) for n in range(4)]
    found = agreement(own)
    assert found["own"] == pytest.approx(1) and found["edited"] == pytest.approx(-1) and found["own_chance"] == pytest.approx(2 / 24)
    assert agreement(own[:2]) == {} and "own" not in agreement([Worth("a", 0.5, n, n, 0.0) for n in (0.1, 0.2, 0.3)])


def test_the_shipped_plan_pursues_each_proxy_once_and_shares_what_is_the_same():
    recipe = load(OveroptimiseRecipe, "overoptimise")
    found = chases(recipe)
    assert len({(one.pursuit.label, one.mitigation.label, one.proxy.label) for one in found}) == len(found)
    same = {one.mitigation.label: one.path for one in found if (one.pursuit.label, one.proxy.label) == ("grpo", "balanced")}
    assert set(same) == {"balanced pairs", "none"} and len(set(same.values())) == 1
    assert len({one.path for one in trainings(recipe)}) == sum(one.members for one in recipe.proxies)
    near = next(one for one in found if (one.pursuit.label, one.mitigation.label) == ("grpo", "stay near"))
    assert near.settings["algorithm_settings"] == {"losses.1.weight": 0.2} and near.settings["algorithm"] == "grpo"
    with pytest.raises(RecipeError, match="none of the proxies is called so; there are usual"):
        chases(recipe.model_copy(update={"quality": ["unusual"]}))


def test_the_divergence_of_a_policy_is_the_exact_one_in_the_right_direction():
    """Sums over drawn tokens of sum_v p log(p / q), p the policy and q the base, from both models' stock scores; the other direction differs."""
    built, encoder = small("llava"), small("llava").encoder()
    base, policy = Policy(built.model, EXECUTORS["plain"]), Policy(copy.deepcopy(built.model), EXECUTORS["plain"])
    torch.manual_seed(0)
    with torch.no_grad():
        policy.backbone.head.weight.add_(0.1 * torch.randn_like(policy.backbone.head.weight))
    ids, said = encoder.tokens("a b c"), [torch.tensor([5, 9, 7]), torch.tensor([6, 8])]
    forest = Forest((tree((ids, ()), [SimpleNamespace(tokens=one) for one in said]),))
    (found,) = divergence_of(policy, base, forest)
    for row, own, value in zip(forest.rows(), said, found, strict=True):
        p, q = (stock_logits(one.backbone, row, {})[len(ids) - 1 : -1].log_softmax(-1) for one in (policy, base))
        right, wrong = float((p.exp() * (p - q)).sum()), float((q.exp() * (q - p)).sum())
        assert value == pytest.approx(right, abs=1e-4) and len(p) == len(own) and abs(right - wrong) > 1e-3
    assert divergence_of(base, base, forest) == [[0.0, 0.0]]


@pytest.mark.slow
def test_a_small_study_runs_resumes_and_draws(tmp_path):
    """Two proxies, four pursuits, two looks each; the second call computes nothing."""
    recipe = load(OveroptimiseRecipe, "overoptimise", [
        f"run={tmp_path}", "workers=2", "held=10", "probe=4", "prompts=12", "best_of=4", "reward.length.steps=3", "online.length.steps=2", "online.watch.every=1", "align.length.steps=2", "align.watch.every=1",
        "proxies=[{label: usual, pairs: 8}, {label: three, pairs: 8, members: 2, combine: min}, {label: balanced, pairs: 8, balanced: true}]", "quality=[usual, balanced]",
    ])  # fmt: skip
    found = overoptimise(recipe, lambda line: None)
    assert not list(tmp_path.rglob("failure.txt"))
    assert len(found.outcomes) == len(chases(recipe)) and {one.pursuit for one in found.outcomes} == {"best-of-N", "ppo", "grpo", "dpo"}
    for one in found.outcomes:
        assert one.rows[0]["divergence"] == 0 and one.rows[-1]["divergence"] > 0 and len(one.rows) == 3
    times = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("chase.json")}
    assert overoptimise(recipe, lambda line: None).text == found.text and times == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("chase.json")}
    assert (tmp_path / "curves.svg").read_text().count("<polyline") == 2 * len({(one.pursuit, one.mitigation) for one in found.outcomes if (one.mitigation, one.proxy) in {(m.label, m.proxy) for m in recipe.mitigations}})
