"""Methods as values: what is derived from them, how they are found and changed."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
import torch
from preference_batch import CHOSEN, CORRUPTED, REJECTED, close, golden_scores, rich

from veridical.objectives.find import find, methods
from veridical.objectives.method import Method
from veridical.objectives.reading import Reading
from veridical.objectives.term import Imitate, Prefer
from veridical.objectives.view import Scores, View


def test_a_view_prints_as_its_response_and_any_other_picture():
    assert [str(view) for view in (CHOSEN, CORRUPTED, View("rejected", "similar"))] == ["chosen", "chosen@corrupted", "rejected@similar"]


def test_views_reference_and_token_views_follow_from_the_terms():
    assert find("mdpo").views == (CHOSEN, REJECTED, CORRUPTED)
    assert find("simpo").views == (CHOSEN, REJECTED) and not find("simpo").needs_reference
    assert find("image_dpo").views == (CHOSEN, CORRUPTED) and find("image_dpo").needs_reference
    assert find("rpo").token_views == ()
    assert Method("sft", "", (Imitate(CHOSEN),)).token_views == (CHOSEN,)


def test_the_formula_is_written_from_the_terms():
    assert find("mdpo").formula == "−log σ(0.1 (r(chosen) − r(rejected))) − log σ(0.1 (r(chosen) − r(chosen@corrupted))) − log σ(0.1 r(chosen))"
    assert find("simpo").with_settings(margin=0.6).formula == "−log σ(2 (mean S(chosen) − mean S(rejected)) − 0.6)"
    assert find("mdpo").with_settings({"terms.0.weight": 0, "terms.2.weight": 0.5}).formula == "−log σ(0.1 (r(chosen) − r(chosen@corrupted))) + 0.5 (−log σ(0.1 r(chosen)))"


def test_the_table_holds_every_value_of_the_package_and_says_where_it_comes_from():
    assert all(name == method.name and method.paper and method.note for name, method in methods().items())
    assert all(alias.paper and alias.data and alias.name not in methods() for method in methods().values() for alias in method.aliases)


def test_published_settings_are_the_values():
    assert [term.beta for name in ("ddpo", "ddpo_paper", "simpo") for term in find(name).terms] == [0.1, 0.5, 2.0]
    assert [find(name).terms[0].reading for name in ("ddpo", "ddpo_paper")] == [Reading(changed=1.1), Reading(changed=5.0, mean=True)]
    assert find("mdpo").corruption == {"op": "crop", "area": (0.01, 0.2)}


def test_a_method_is_found_by_the_name_of_a_paper_that_differs_only_in_data():
    assert find("silkie").terms == find("dpo").terms and find("silkie").name == "silkie"
    assert find("mfpo").corruption == {"op": "diffusion_noise", "t": 500} and find("tr_dpo").reference == "moving"


def test_an_unknown_name_names_the_nearest():
    with pytest.raises(ValueError, match="unknown method 'mdop'; did you mean 'mdpo'"):
        find("mdop")


def test_a_users_own_method_is_found_in_its_module(tmp_path, monkeypatch):
    (tmp_path / "my_objectives.py").write_text(
        "from veridical.objectives.find import find\nfrom dataclasses import replace\nmine = replace(find('dpo'), name='mine')\nother = 3\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert find("my_objectives:mine").terms == find("dpo").terms
    with pytest.raises(ValueError, match="module my_objectives has no Method called 'other'"):
        find("my_objectives:other")
    with pytest.raises(ValueError, match="no module 'nobodys_objectives' is on the Python path"):
        find("nobodys_objectives:mine")


def test_a_bare_name_changes_every_term_and_a_path_one():
    assert [term.beta for term in find("mdpo").with_settings(beta=0.2).terms] == [0.2, 0.2, 0.2]
    assert [term.beta for term in find("mdpo").with_settings({"terms.1.beta": 0.2}).terms] == [0.1, 0.2, 0.1]
    assert [term.beta for term in find("mdpo").terms] == [0.1, 0.1, 0.1]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"betta": 1}, "method 'mdpo' has no number 'betta'; did you mean 'beta'"),
        ({"terms.1.weigth": 1}, "did you mean 'terms.1.weight'"),
        ({"colour": 1}, "it has beta, changed, margin, mean, relative, smoothing, tail, weight"),
        ({"mean": 1}, "terms.0.reading.mean is true or false, not 1"),
        ({"beta": "high"}, "terms.0.beta must be a finite number, not 'high'"),
        ({"beta": True}, "must be a finite number, not True"),
        ({"beta": float("nan")}, "must be a finite number, not nan"),
        ({"weight": 0}, "no term has a weight"),
    ],
)
def test_a_wrong_setting_says_what_would_be_right(settings, message):
    with pytest.raises(ValueError, match=message):
        find("mdpo").with_settings(settings)


def test_two_terms_of_one_name_are_refused_and_a_label_tells_them_apart():
    pair = Prefer(CHOSEN, REJECTED)
    with pytest.raises(ValueError, match="two terms are called 'chosen > rejected'"):
        Method("twice", "", (pair, Prefer(CHOSEN, REJECTED, beta=0.5)))
    method = Method("twice", "", (pair, Prefer(CHOSEN, REJECTED, beta=0.5, label="steep")))
    assert set(method(rich()).parts) == {"chosen > rejected", "steep"}


def test_terms_that_mean_nothing_are_refused():
    with pytest.raises(ValueError, match="a side to raise or one to lower"):
        Prefer(None)
    with pytest.raises(ValueError, match="must be one of token, sequence, sum"):
        Imitate(CHOSEN, "mean")


def test_a_missing_view_or_reference_is_named():
    scores = rich()
    with pytest.raises(ValueError, match="'mdpo' reads chosen@corrupted, and only chosen, rejected were scored"):
        find("mdpo")({view: scores[view] for view in (CHOSEN, REJECTED)})
    bare = {view: Scores(own.policy, None, own.mask, own.changed) for view, own in scores.items()}
    with pytest.raises(ValueError, match="compares with a reference"):
        find("dpo")(bare)
    assert torch.equal(find("simpo")(bare).loss, find("simpo")(scores).loss)


def test_scores_of_unequal_shapes_are_refused():
    with pytest.raises(ValueError, match=r"mask has shape \(2, 4\), policy \(2, 3\)"):
        Scores(torch.zeros(2, 3), None, torch.ones(2, 4, dtype=torch.bool), torch.zeros(2, 3, dtype=torch.bool))


def test_measures_are_accuracies_differences_log_ratios_and_likelihoods_of_each_pair():
    # r of chosen is 2 and -3, of rejected -5 and 1; 40 nats over 20 tokens are 2 per token
    measures = find("dpo")(golden_scores()).measures
    close(measures["accuracy/chosen > rejected"], [1.0, 0.0])
    close(measures["margin/chosen > rejected"], [7.0, -4.0])
    close(measures["reward/chosen"], [2.0, -3.0])
    close(measures["logp/chosen"], [-2.0, -2.2])
    assert not any(values.requires_grad for values in find("mdpo")(rich()).measures.values())


@dataclass(frozen=True)
class Divergence:
    """Mean summed KL of a view, from an output that the head computes: a term that no existing one reaches."""

    view: View
    weight: float = 1.0
    name: ClassVar[str] = "divergence"
    needs_reference: ClassVar[bool] = False
    requests: ClassVar[tuple[str, ...]] = ("kl",)
    unit: ClassVar[str] = "pair"
    formula: ClassVar[str] = "D(chosen)"

    @property
    def views(self):
        return (self.view,)

    def __call__(self, scores):
        return (scores[self.view].outputs["kl"] * scores[self.view].mask).sum(-1)

    def measure(self, scores):
        return {}


def test_a_new_term_class_joins_the_algebra_with_its_own_request():
    method = Method("with_kl", "", (*find("dpo").terms, Divergence(CHOSEN, weight=0.5)))
    assert method.requests == ("kl",) and method.formula.endswith("+ 0.5 (D(chosen))")
    scores = golden_scores()
    own = scores[CHOSEN]
    scores[CHOSEN] = Scores(own.policy, own.reference, own.mask, own.changed, {"kl": torch.full_like(own.policy, 0.1)})
    # 0.1 nats over 20 and over 15 tokens: (2.0 + 1.5) / 2, half of which counts
    close(method(scores).parts["divergence"], 0.5 * 1.75)
    close(method.with_settings({"terms.1.weight": 0.25})(scores).parts["divergence"], 0.25 * 1.75)


def test_the_examples_of_contributing_are_methods_that_learn():
    text = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text()
    blocks = [block for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "Method(" in block]
    assert len(blocks) == 2
    for block in blocks:
        space: dict = {}
        exec(block, space)
        method = next(value for value in space.values() if isinstance(value, Method))
        loss = method(rich()).loss
        loss.backward()
        assert torch.isfinite(loss) and CORRUPTED in method.views
    combined = blocks[1].split("\n\n")[1].strip().splitlines()
    assert len(combined) <= 10
