"""TRL's DPOTrainer with this package's objectives: the same training where the objective is the same, and training where TRL has none."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch

trl = pytest.importorskip("trl", "1.16", reason="no TRL 1.16 here; pip install trl==1.16.0 into an environment of its own")

from both_programs import SETTINGS, adapter_of, dataset_of, fill_adapter, records_of  # noqa: E402

from veridical.integrations.objective import collator_for, method_of, records_of as rows_records  # noqa: E402
from veridical.integrations.trl import dataset_of as records_dataset, trainer_class  # noqa: E402
from veridical.models.load import open_model  # noqa: E402
from veridical.models.reference import ReferenceError  # noqa: E402
from veridical.objectives.view import View  # noqa: E402
from veridical.records.record import Corruption, Media  # noqa: E402

STEPS = 10
RUN = {**SETTINGS, "per_device_train_batch_size": 2, "max_steps": STEPS, "max_length": None, "learning_rate": 1e-3, "logging_steps": 1, "logging_strategy": "steps"}


def trainer(kind: type, directory: Path, rows: Any, out: Path, targets: str = "", **settings: Any) -> Any:
    """A trainer of ten steps of two pairs, whose adapter (of the language model, unless `targets` says more) already does something."""
    opened = open_model(directory)
    adapter = adapter_of(opened)
    adapter.target_modules = targets or adapter.target_modules
    found = kind(opened.model, args=trl.DPOConfig(str(out), **{**RUN, **settings}), train_dataset=rows, processing_class=opened.processor.processor, peft_config=adapter)
    fill_adapter(found.model)
    return found


def losses(found: Any) -> list[float]:
    """The loss of every step."""
    return [row["loss"] for row in found.state.log_history if "loss" in row]


@pytest.mark.parametrize(
    "settings",
    [{}, {"gradient_accumulation_steps": 2}, {"gradient_checkpointing": True}, {"targets": "all-linear"}],
    ids=["plain", "accumulated", "checkpointed", "tower and projector too"],
)
def test_ten_steps_of_dpo_are_those_of_the_plain_trainer(settings: dict[str, Any], llava: Path, rows: list[dict[str, Any]], tmp_path: Path) -> None:
    theirs = trainer(trl.DPOTrainer, llava, dataset_of(rows), tmp_path / "theirs", **settings)
    ours = trainer(trainer_class(trl.DPOTrainer, "dpo"), llava, dataset_of(rows), tmp_path / "ours", **settings)
    theirs.train(), ours.train()
    assert len(losses(ours)) == STEPS and len(set(losses(ours))) > 5
    assert losses(ours) == pytest.approx(losses(theirs), abs=1e-5)
    trained = {name: one.detach() for name, one in theirs.model.named_parameters() if one.requires_grad}
    assert max(float((one.detach() - trained[name]).abs().max()) for name, one in ours.model.named_parameters() if name in trained) < 1e-3


def test_with_a_second_model_as_reference_and_everything_training_it_is_the_plain_trainer_too(llava: Path, rows: list[dict[str, Any]], tmp_path: Path) -> None:
    found = []
    for name, kind in (("theirs", trl.DPOTrainer), ("ours", trainer_class(trl.DPOTrainer, "dpo"))):
        opened, other = open_model(llava), open_model(llava).model
        config = trl.DPOConfig(str(tmp_path / name), **{**RUN, "max_steps": 4})
        found.append(kind(opened.model, ref_model=other, args=config, train_dataset=dataset_of(rows), processing_class=opened.processor.processor))
        found[-1].train()
    assert losses(found[0])[0] == pytest.approx(math.log(2), abs=1e-6) and len(set(losses(found[0]))) == 4
    assert losses(found[1]) == pytest.approx(losses(found[0]), abs=1e-4)


def test_mdpo_trains_and_reads_the_worse_picture(llava: Path, rows: list[dict[str, Any]], tmp_path: Path) -> None:
    found = trainer(trainer_class(trl.DPOTrainer, "mdpo", {"beta": 0.2}), llava, dataset_of(rows), tmp_path, max_steps=30, learning_rate=3e-3)
    found.train()
    assert sum(losses(found)[-5:]) < 0.8 * sum(losses(found)[:5])
    assert {name for name in found.state.log_history[0] if name.startswith("loss/")} == {"loss/chosen > rejected", "loss/chosen > chosen@corrupted", "loss/chosen > 0"}
    planted = found.data_collator(rows)["planted"]
    assert {view for pair in planted.pairs for view in pair.views} == {View("chosen"), View("rejected"), View("chosen", "corrupted")}
    assert len(planted.forest.pictures) == 2 * len(rows)


def test_a_corruption_looks_the_same_whenever_and_in_whatever_company_a_row_is_read(llava: Path, rows: list[dict[str, Any]]) -> None:
    opened = open_model(llava)
    collator = collator_for(method_of("mdpo"), opened.model, opened.processor.processor)
    alone, beside = collator(rows[1:2])["planted"], collator(rows[:3])["planted"]
    assert len(alone.forest.pictures) == 2 and set(alone.forest.pictures) < set(beside.forest.pictures)


def test_records_keep_what_the_columns_do_not_hold(llava: Path, rows: list[dict[str, Any]], tmp_path: Path) -> None:
    records = []
    for record in records_of(rows):
        negative = Media(media_id="worse", role="negative", parent_id=record.media[0].media_id, recipe=Corruption(op="gaussian_blur"))
        records.append(record.replace(media=(*record.media, negative), pairs=(record.pairs[0].replace(margin=2.0),)))
    data = records_dataset(records)
    assert rows_records(data[0]) == records[:1]
    found = trainer(trainer_class(trl.DPOTrainer, "mm_dpo"), llava, data, tmp_path, max_steps=2)
    found.train()
    assert len(losses(found)) == 2 and all(math.isfinite(loss) for loss in losses(found))


def test_an_adapter_that_came_with_the_model_is_refused(llava: Path, rows: list[dict[str, Any]], tmp_path: Path) -> None:
    from peft import get_peft_model

    opened = open_model(llava)
    config = trl.DPOConfig(str(tmp_path), per_device_train_batch_size=2, max_steps=1, max_length=None, **SETTINGS)
    adapted = get_peft_model(opened.model, adapter_of(opened))
    found = trainer_class(trl.DPOTrainer, "dpo")(adapted, args=config, train_dataset=dataset_of(rows), processing_class=opened.processor.processor)
    with pytest.raises(ReferenceError, match="merge_and_unload"):
        found.train()


def test_evaluation_gives_the_loss_and_leaves_the_running_statistics(llava: Path, rows: list[dict[str, Any]], tmp_path: Path) -> None:
    found = trainer(trainer_class(trl.DPOTrainer, "bco"), llava, dataset_of(rows), tmp_path, max_steps=2)
    found.train()
    before = dict(found.objective.memory)
    assert before["rewards/count"] == 8
    with torch.no_grad():
        measured = found.evaluate(dataset_of(rows))
    assert math.isfinite(measured["eval_loss"]) and found.objective.memory == before
