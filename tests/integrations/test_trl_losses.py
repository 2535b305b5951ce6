"""TRL 1.16 beside this package: equal losses and gradients on one batch of pictures, through each program's own path.

Theirs: the trainer's collator, processor call, forward pass, reference and `compute_loss`. Ours: reading, forest, executor,
reference and step. Run with an environment that has TRL; the suite's own has none and skips.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import torch

trl = pytest.importorskip("trl", "1.16", reason="no TRL 1.16 here; pip install trl==1.16.0 into an environment of its own")

from both_programs import SETTINGS, Ours, Theirs, apart, ours, theirs  # noqa: E402

from veridical.objectives.bend import Alpha, Bent, ForwardKL, JensenShannon  # noqa: E402
from veridical.objectives.find import find  # noqa: E402
from veridical.objectives.link import Hinge, Modulated, ReverseKL, Robust  # noqa: E402
from veridical.objectives.method import Method  # noqa: E402
from veridical.objectives.reading import FREE, MEAN  # noqa: E402
from veridical.objectives.term import Imitate, Prefer  # noqa: E402
from veridical.objectives.view import CHOSEN, REJECTED  # noqa: E402
from veridical.records.record import Record  # noqa: E402

LOSS, GRADIENT = 1e-5, 1e-4


def made(*terms: Any) -> Method:
    """An objective that no paper names."""
    return Method("made", "", terms)


PLAIN: dict[str, tuple[Mapping[str, Any], Method]] = {
    "sigmoid": ({}, find("dpo")),
    "hinge": ({"loss_types": ["hinge"]}, find("hinge")),
    "hinge, beta 3": ({"loss_types": ["hinge"], "beta": 3.0}, find("hinge").with_settings(beta=3.0)),
    "ipo": ({"loss_types": ["ipo"]}, find("ipo")),
    "ipo, tau 0.5": ({"loss_types": ["ipo"], "beta": 0.5}, find("ipo").with_settings(target=1.0)),
    "exo_pair": ({"loss_types": ["exo_pair"], "beta": 0.5, "label_smoothing": 1e-3}, find("exo")),
    "nca_pair": ({"loss_types": ["nca_pair"], "beta": 0.01}, find("nca")),
    "nca_pair, beta 0.5": ({"loss_types": ["nca_pair"], "beta": 0.5}, find("nca").with_settings(beta=0.5)),
    "robust": ({"loss_types": ["robust"], "label_smoothing": 0.1}, find("robust_dpo")),
    "apo_zero": ({"loss_types": ["apo_zero"]}, find("apo_zero")),
    "apo_down": ({"loss_types": ["apo_down"]}, find("apo_down")),
    "discopop": ({"loss_types": ["discopop"], "beta": 0.05}, find("discopop")),
    "discopop, tau 0.5": ({"loss_types": ["discopop"], "beta": 0.3, "args.discopop_tau": 0.5}, find("discopop").with_settings(beta=0.3, temperature=0.5)),
    "aot": ({"loss_types": ["aot"]}, find("aot")),
    "aot, smoothed": ({"loss_types": ["aot"], "label_smoothing": 0.2}, find("aot").with_settings(smoothing=0.2)),
    "aot_unpaired": ({"loss_types": ["aot_unpaired"]}, find("aot_unpaired")),
    "aot_unpaired, smoothed": ({"loss_types": ["aot_unpaired"], "label_smoothing": 0.2}, find("aot_unpaired").with_settings(smoothing=0.2)),
    "sigmoid_norm": ({"loss_types": ["sigmoid_norm"], "beta": 5.0}, find("length_normalised")),
    "sft": ({"loss_types": ["sft"]}, made(Imitate(CHOSEN))),
    "ld_alpha": ({"ld_alpha": 0.5}, find("ld_dpo")),
    "ld_alpha 0": ({"ld_alpha": 0.0}, find("ld_dpo").with_settings(tail=0.0)),
    "f_divergence_type, forward_kl": ({"f_divergence_type": "forward_kl"}, find("f_dpo_forward")),
    "f_divergence_type, js_divergence": ({"f_divergence_type": "js_divergence"}, find("f_dpo_js")),
    "js_divergence with hinge": ({"loss_types": ["hinge"], "f_divergence_type": "js_divergence"}, made(Prefer(CHOSEN, REJECTED, Bent(JensenShannon()), link=Hinge()))),
    "js_divergence with robust": (
        {"loss_types": ["robust"], "label_smoothing": 0.1, "f_divergence_type": "js_divergence"},
        made(Prefer(CHOSEN, REJECTED, Bent(JensenShannon()), link=Robust(0.1))),
    ),
    "forward_kl with exo_pair": (
        {"loss_types": ["exo_pair"], "label_smoothing": 1e-2, "f_divergence_type": "forward_kl"},
        made(Prefer(CHOSEN, REJECTED, Bent(ForwardKL()), link=ReverseKL(1e-2))),
    ),
    "forward_kl with discopop": (
        {"loss_types": ["discopop"], "f_divergence_type": "forward_kl"},
        made(Prefer(CHOSEN, REJECTED, Bent(ForwardKL()), link=Modulated(0.05))),
    ),
    "sigmoid and sft (RPO, over all tokens)": ({"loss_types": ["sigmoid", "sft"], "loss_weights": [1.0, 1.0]}, made(Prefer(CHOSEN, REJECTED), Imitate(CHOSEN))),
}
"""By TRL's name: what is set on its trainer, and ours. These differ in nothing."""

APART: dict[str, tuple[Mapping[str, Any], Method]] = {
    # label smoothing is taken by other losses and not by this one
    "sigmoid with label_smoothing": ({"label_smoothing": 0.1}, find("dpo")),
    # no running mean of the rewards
    "bco_pair": ({"loss_types": ["bco_pair"]}, find("bco_no_shift")),
    # no half before the squares, and the probability of winning always 1 and 0
    "sppo_hard": ({"loss_types": ["sppo_hard"]}, find("sppo").with_settings({"terms.0.margin.beta": 0.1, "terms.1.margin.beta": 0.1, "weight": 1.0})),
    # the exponent is alpha - 1, so its alpha is one minus ours
    "alpha_divergence": ({"f_divergence_type": "alpha_divergence", "f_alpha_divergence_coef": 0.3}, made(Prefer(CHOSEN, REJECTED, Bent(Alpha(0.7))))),
    # the weight may be above 1 (here it is below: the two forms are told apart by the golden numbers)
    "use_weighting": ({"use_weighting": True}, find("wpo").with_settings(beta=0.1, clamped=False)),
    "use_weighting with ipo": (
        {"loss_types": ["ipo"], "use_weighting": True},
        made(Prefer(CHOSEN, REJECTED, MEAN, beta=1.0, link=find("ipo").terms[0].link, sample=find("wpo").with_settings(clamped=False).terms[0].sample)),
    ),
    # its BCO has no running mean
    "MPO": ({"loss_types": ["sigmoid", "bco_pair", "sft"], "loss_weights": [0.8, 0.2, 1.0]}, find("mpo").with_settings(sign=0.0)),
}
"""Where TRL departs from what is published: our settings that say the same as it does."""


@pytest.fixture(scope="module")
def dpo(llava: Path, rows: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Theirs:
    """TRL's DPOTrainer with a batch of all pairs; settings are changed on the trainer, where its constructor puts them."""
    settings = trl.DPOConfig(output_dir=str(tmp_path_factory.mktemp("dpo")), per_device_train_batch_size=len(rows), max_length=None, use_weighting=True, **SETTINGS)
    return theirs(trl.DPOTrainer, settings, llava, rows)


@pytest.fixture(scope="module")
def mine(llava: Path, rows: list[dict[str, Any]]) -> Ours:
    """Our side on the same rows."""
    return ours(llava, rows)


def changed(trainer: Any, settings: Mapping[str, Any]) -> Iterator[Any]:
    """Context managers that set a trainer's attributes, "args.x" those of its settings; what is not named is at TRL's default."""
    usual = {"loss_types": ["sigmoid"], "loss_weights": [1.0], "use_weighting": False}
    for name, value in {**usual, **settings}.items():
        yield mock.patch.object(trainer.args, name.removeprefix("args."), value) if name.startswith("args.") else mock.patch.object(trainer, name, value)


def under(side: Theirs, settings: Mapping[str, Any]) -> Any:
    """Their loss and gradient with these settings."""
    with ExitStack() as stack:
        for change in changed(side.trainer, settings):
            stack.enter_context(change)
        return side()


def test_policy_and_reference_differ_and_lengths_are_uneven(dpo: Theirs, mine: Ours) -> None:
    dpo()
    assert abs(dpo.trainer._metrics["train"]["rewards/margins"][-1]) > 0.01
    assert len(set(dpo.batch["completion_mask"].sum(1).tolist())) > 4
    assert dpo.batch["pixel_values"].shape[0] == 2 * len(mine.records)


@pytest.mark.parametrize("name", PLAIN)
def test_a_loss_and_its_gradient_are_those_of_trl(name: str, dpo: Theirs, mine: Ours) -> None:
    settings, method = PLAIN[name]
    loss, gradient = apart(mine(method), under(dpo, settings))
    assert loss <= LOSS and gradient <= GRADIENT, (loss, gradient)


@pytest.mark.parametrize("name", APART)
def test_where_trl_departs_from_what_is_published_settings_say_the_same(name: str, dpo: Theirs, mine: Ours) -> None:
    settings, method = APART[name]
    loss, gradient = apart(mine(method), under(dpo, settings))
    assert loss <= LOSS and gradient <= GRADIENT, (loss, gradient)


@pytest.mark.parametrize(
    ("name", "published"),
    [
        ("sigmoid with label_smoothing", find("cdpo")),
        ("sppo_hard", find("sppo").with_settings({"terms.0.margin.beta": 0.1, "terms.1.margin.beta": 0.1})),
        ("alpha_divergence", find("f_dpo_alpha").with_settings(alpha=0.3)),
        ("bco_pair", find("bco")),
        ("MPO", find("mpo")),
    ],
)
def test_without_those_settings_the_losses_differ(name: str, published: Method, dpo: Theirs, mine: Ours) -> None:
    loss, _ = apart(mine(published), under(dpo, APART[name][0]))
    assert loss > 10 * LOSS


def test_every_loss_that_trl_has_is_compared(dpo: Theirs) -> None:
    documented = trl.DPOConfig.__dataclass_fields__
    known = set(re.findall(r"`'(\w+)'`", documented["loss_type"].metadata["help"]))
    assert len(known) >= 15
    compared = [{**PLAIN, **APART}[name][0] for name in {**PLAIN, **APART}]
    assert {kind for settings in compared for kind in settings.get("loss_types", ["sigmoid"])} == known
    divergences = set(re.findall(r"`(\w+)`", documented["f_divergence_type"].metadata["help"].split("Possible values are:")[1].split(". ")[0]))
    assert {settings.get("f_divergence_type", "reverse_kl") for settings in compared} == divergences


UNPAIRED: dict[str, tuple[str, tuple[float, float], str]] = {
    "kto": ("kto", (1.0, 1.0), "kto"),
    "kto, weighted": ("kto", (1.2, 0.5), "kto"),
    "apo_zero_unpaired": ("apo_zero_unpaired", (1.0, 1.0), "apo_zero"),
}
"""Loss, weights of desirable and undesirable responses, and ours."""


@pytest.fixture(scope="module")
def labelled(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each prompt with one labelled response."""
    kept = ("images", "prompt")
    return [{**{name: row[name] for name in kept}, "completion": row["chosen" if number % 3 else "rejected"], "label": bool(number % 3)} for number, row in enumerate(rows)]


@pytest.fixture(scope="module")
def kto(llava: Path, labelled: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Theirs:
    """TRL's KTOTrainer with a batch of all labelled responses."""
    settings = trl.KTOConfig(output_dir=str(tmp_path_factory.mktemp("kto")), per_device_train_batch_size=len(labelled), max_length=None, **SETTINGS)
    return theirs(trl.KTOTrainer, settings, llava, labelled)


@pytest.mark.parametrize("name", UNPAIRED)
def test_a_loss_of_labelled_responses_is_that_of_trl(name: str, kto: Theirs, llava: Path, labelled: list[dict[str, Any]]) -> None:
    # its collator gives each prompt the response of the row before it as the mismatched one; our runs take the record after it
    kind, weights, method = UNPAIRED[name]
    settings = {"loss_type": kind, "desirable_weight": weights[0], "undesirable_weight": weights[1], "calculate_KL": kind == "kto"}
    published = find(method).with_settings({"terms.0.weight": weights[0], "terms.1.weight": weights[1]})
    with mock.patch.multiple(kto.trainer, **settings):
        loss, gradient = apart(ours(llava, labelled)(published, before=True), kto())
    assert loss <= LOSS and gradient <= GRADIENT, (loss, gradient)


def test_the_estimate_of_the_divergence_takes_part_in_kto(kto: Theirs, llava: Path, labelled: list[dict[str, Any]]) -> None:
    kto()
    assert kto.trainer._metrics["train"]["kl"][-1] > 0.01


TEXT: dict[str, tuple[Mapping[str, Any], Method]] = {
    "cpo": ({"loss_type": "sigmoid", "cpo_alpha": 1.0, "beta": 0.1}, find("cpo")),
    "cpo, hinge": ({"loss_type": "hinge", "cpo_alpha": 0.5, "beta": 0.1}, made(Prefer(CHOSEN, REJECTED, FREE, link=Hinge()), Imitate(CHOSEN, weight=0.5))),
    # its likelihood term is on unless cpo_alpha is 0; its gamma is the margin itself, not its share of beta
    "simpo": ({"loss_type": "simpo", "cpo_alpha": 0.0, "beta": 2.0, "simpo_gamma": 1.0}, find("simpo")),
}
"""What TRL 1.16 has for text alone (`experimental`): no picture reaches these losses there."""


@pytest.fixture(scope="module")
def spoken(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The pairs without their pictures, as TRL's trainers for text take them."""
    return [{name: row[name] for name in ("prompt", "chosen", "rejected")} | {"prompt": [{"role": "user", "content": row["prompt"][0]["content"][1:]}]} for row in rows]


@pytest.fixture(scope="module")
def beginning(llava: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model with a chat template that writes the beginning-of-text token, which these trainers put before every prompt."""
    found = shutil.copytree(llava, tmp_path_factory.mktemp("beginning") / "llava")
    template = found / "chat_template.jinja"
    template.write_text("{{ bos_token }}" + template.read_text())
    return found


@pytest.fixture(scope="module")
def silent(beginning: Path, spoken: list[dict[str, Any]]) -> Ours:
    """Our side on the pairs without pictures."""
    return ours(beginning, spoken)


@pytest.fixture(scope="module")
def cpo(beginning: Path, spoken: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Theirs:
    """TRL's CPOTrainer."""
    from trl.experimental.cpo import CPOConfig, CPOTrainer

    settings = CPOConfig(output_dir=str(tmp_path_factory.mktemp("cpo")), per_device_train_batch_size=len(spoken), max_length=512, loss_type="simpo", **SETTINGS)
    return theirs(CPOTrainer, settings, beginning, spoken, text=True)


@pytest.mark.parametrize("name", TEXT)
def test_a_loss_without_reference_is_that_of_trl(name: str, cpo: Theirs, silent: Ours) -> None:
    settings, method = TEXT[name]
    with mock.patch.multiple(cpo.trainer, **settings):
        loss, gradient = apart(silent(method), cpo())
    assert loss <= LOSS and gradient <= GRADIENT, (loss, gradient)


def test_the_odds_of_orpo_are_those_of_trl(beginning: Path, spoken: list[dict[str, Any]], silent: Ours, tmp_path: Path) -> None:
    # its likelihood term counts the prompt's tokens too, ours the response's: compared is the odds term
    from trl.experimental.orpo import ORPOConfig, ORPOTrainer

    settings = ORPOConfig(output_dir=str(tmp_path), per_device_train_batch_size=len(spoken), max_length=512, beta=0.1, **SETTINGS)
    side = theirs(ORPOTrainer, settings, beginning, spoken, text=True)
    forward = side.trainer.concatenated_forward
    with mock.patch.object(side.trainer, "concatenated_forward", lambda model, batch: (*(found := forward(model, batch))[:4], torch.zeros_like(found[4]))):
        loss, gradient = apart(silent(find("orpo").with_settings({"terms.1.weight": 0.0})), side())
    assert loss <= LOSS and gradient <= GRADIENT, (loss, gradient)


GOLDEN: dict[str, tuple[Mapping[str, Any], Method]] = {
    "tpo": ({"loss_type": "sigmoid", "beta": 0.1, "tpo_alpha": 1.0}, find("tpo_triple")),
    "tpo-l": ({"loss_type": "tpo-l", "beta": 2.0, "tpo_alpha": 0.5, "tpo_l_gamma": 0.5}, find("tpo_triple_length").with_settings({"beta": 2.0, "terms.1.weight": 0.5})),
}


@pytest.fixture(scope="module")
def tpo(beginning: Path, spoken: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Theirs:
    """TRL's TPOTrainer, with a third response of each prompt (there called the reference)."""
    from trl.experimental.tpo import TPOConfig, TPOTrainer

    settings = TPOConfig(output_dir=str(tmp_path_factory.mktemp("tpo")), per_device_train_batch_size=len(spoken), max_length=None, **SETTINGS)
    return theirs(TPOTrainer, settings, beginning, [{**row, "reference": row["rejected"]} for row in spoken], text=True)


@pytest.mark.parametrize("name", GOLDEN)
def test_a_loss_with_a_third_response_is_that_of_trl(name: str, tpo: Theirs, silent: Ours) -> None:
    settings, method = GOLDEN[name]
    with mock.patch.multiple(tpo.trainer, **settings):
        loss, gradient = apart(replace(silent, records=[with_gold(record) for record in silent.records])(method), tpo())
    assert loss <= LOSS and gradient <= GRADIENT, (loss, gradient)


def with_gold(record: Record) -> Record:
    """The record with its rejected response's words as the gold response."""
    gold = record.response(record.pairs[0].rejected).replace(response_id="gold", origin="gold")
    return record.replace(responses=(*record.responses, gold))
