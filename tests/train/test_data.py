"""What a run makes of its data, good and bad; and of directories that are no model."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from veridical.models.load import ModelError
from veridical.recipe import AlignRecipe, RecipeError, load
from veridical.records.load import LoadError
from veridical.records.record import Media, Part, Record, Turn
from veridical.records.save import save
from veridical.train.data import DataError, gather
from veridical.train.session import accelerate
from veridical.train.watch import WatchError


def gathered(*given: str, refuse: Callable[[Record], bool] = lambda record: False) -> tuple[list[str], list[str], list[str]]:
    """Ids of training and held-out records, and the reasons of what was left out."""

    def encode(record: Record) -> int:
        if refuse(record):
            raise ValueError("absolute aspect ratio must be smaller than 200")
        return 0

    recipe = load(AlignRecipe, None, ["model=x", "device=cpu", *map(str, given)])
    data = gather(recipe, encode, accelerate(recipe), lambda line: None)
    return [one.record_id for one in data.train], [one.record_id for one in data.held], [item.reason for item in data.left_out]


def test_sources_are_mixed_by_weight_and_a_held_out_record_never_trains(pairs: Path, tmp_path: Path) -> None:
    other = shutil.copy(pairs, tmp_path / "other.jsonl")
    train, held, _ = gathered(f"data.0.path={pairs}", "data.0.weight=2", f"data.1.path={other}", "data.1.weight=0.5", "held_out.fraction=0.2")
    names = [name.split("#")[0] for name in train]
    first, second = ([name for name in set(names) if name.startswith(start)] for start in ("pairs", "other"))
    assert len(held) == 4 and not set(held) & set(names)
    assert len(first) == 10 - sum(name.startswith("pairs") for name in held) and all(names.count(name) == 2 for name in first)
    assert len(second) == round(0.5 * (10 - sum(name.startswith("other") for name in held))) and all(names.count(name) == 1 for name in second)
    assert len(set(train)) == len(train)


def test_the_seed_decides_what_is_held_out(pairs: Path) -> None:
    draws = {seed: gathered(f"data.0.path={pairs}", "held_out.fraction=0.3", f"seed={seed}")[1] for seed in (0, 1, 2)}
    assert draws[0] == gathered(f"data.0.path={pairs}", "held_out.fraction=0.3")[1] and len({tuple(held) for held in draws.values()}) > 1


def test_a_source_that_says_so_is_held_out_as_a_whole(pairs: Path, tmp_path: Path) -> None:
    other = shutil.copy(pairs, tmp_path / "other.jsonl")
    train, held, _ = gathered(f"data.0.path={pairs}", f"data.1.path={other}", "data.1.split=validation", "held_out.fraction=0.5")
    assert len(train) == 10 and held == [f"other-{number}" for number in range(10)]
    with pytest.raises(DataError, match="every record is held out"):
        gathered(f"data.0.path={other}", "data.0.split=test")


def test_a_record_that_a_foreign_library_refuses_is_left_out_by_name(pairs: Path) -> None:
    train, held, reasons = gathered(f"data.0.path={pairs}", "held_out.fraction=0", refuse=lambda record: record.record_id == "pairs-4")
    assert (len(train), held) == (9, []) and reasons == ["record pairs-4: ValueError: absolute aspect ratio must be smaller than 200"]


def test_bad_rows_are_left_out_said_and_stored_and_the_rest_trains(aligned: Callable[..., list[str]], pairs: Path, pictures: list[Path], tmp_path: Path) -> None:
    rows = [json.loads(line) for line in pairs.read_text().splitlines()]
    rows[2]["images"] = [{"path": str(tmp_path / "gone.png"), "bytes": None}]
    (tmp_path / "cut.png").write_bytes(pictures[0].read_bytes()[:200])
    rows[3]["images"] = [{"path": str(tmp_path / "cut.png"), "bytes": None}]
    rows[4]["rejected"] = rows[4]["chosen"]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    said = aligned(f"data.0.path={tmp_path}/rows.jsonl", f"run={tmp_path}/run", "step.max_tokens=60", "length.steps=1")
    (source,) = json.loads((tmp_path / "run/data.json").read_text())
    reasons = {item["row"]: item["reason"] for item in source["left_out"]}
    assert set(reasons) == {2, 3, 4} and all(word in reasons[row] for row, word in ((2, "gone.png"), (3, "cut.png"), (4, "chosen")))
    assert (source["usable"], source["train"], source["held_out"], len(source["sha256"])) == (7, 6, 1, 64)
    assert all(any(reason in line for line in said) for reason in reasons.values())
    # a prompt takes 40 tokens, with two pictures 57, without one 23; too long are chosen 1, 5, 7 and rejected 1, 7
    assert "5 responses are cut to step.max_tokens=60" in said


def test_a_file_without_a_usable_record_is_refused_with_the_reasons(aligned: Callable[..., list[str]], talks: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"talks\.jsonl: no record can be used: .*no pair with a preference"):
        aligned(f"data.0.path={talks}", f"run={tmp_path}")
    (tmp_path / "empty.jsonl").write_text("")
    with pytest.raises(LoadError, match="empty.jsonl"):
        aligned(f"data.0.path={tmp_path}/empty.jsonl", f"run={tmp_path}/run")
    assert not (tmp_path / "checkpoints").exists()


def test_a_record_that_shows_a_clip_is_left_out(aligned: Callable[..., list[str]], pairs: Path, tmp_path: Path) -> None:
    from veridical.records.load import load as load_records

    records = load_records(str(pairs)).records
    clip = Media(media_id="clip", kind="video", path=str(tmp_path / "clip.mp4"))
    turn = Turn(role="user", parts=(Part(type="video", media_id="clip"), Part(text="What happens?")))
    save([records[0].replace(media=(clip,), prompt=(turn,), record_id="clip"), *records[1:]], tmp_path / "mixed.jsonl")
    aligned(f"data.0.path={tmp_path}/mixed.jsonl", f"run={tmp_path}/run", "length.steps=1")
    (source,) = json.loads((tmp_path / "run/data.json").read_text())
    assert source["usable"] == 9 and "record clip" in source["left_out"][0]["reason"] and "reads text and pictures only" in source["left_out"][0]["reason"]


@pytest.mark.parametrize(
    ("without", "message"),
    [("tokenizer*", "no usable tokenizer"), ("*.safetensors", "does not load"), ("pr*processor*", "no usable image processor"), ("config.json", "config.json: missing")],
)
def test_a_directory_that_lacks_something_is_refused_by_what_it_lacks(without: str, message: str, aligned: Callable[..., list[str]], llava: Path, tmp_path: Path) -> None:
    directory = shutil.copytree(llava, tmp_path / "model")
    for file in directory.glob(without):
        file.unlink()
    with pytest.raises(ModelError, match=message) as caught:
        aligned(f"model={directory}", f"run={tmp_path}/run")
    assert str(directory) in str(caught.value) and not (tmp_path / "run").exists()


def test_an_adapter_given_as_the_model_is_refused_with_what_to_give_instead(aligned: Callable[..., list[str]], tmp_path: Path) -> None:
    aligned(f"run={tmp_path}", "length.steps=1")
    with pytest.raises(ModelError, match="it is an adapter: give its base model as `model` and this directory as `adapter`"):
        aligned(f"model={tmp_path}/final/adapter", f"run={tmp_path}/other")


def test_settings_that_cannot_work_are_refused_before_the_first_step(aligned: Callable[..., list[str]], tmp_path: Path) -> None:
    for given, error, message in (
        (["watch.patience=1", "watch.metric=los"], WatchError, "watch.metric=los: not measured; there are accuracy/chosen > rejected"),
        (["watch.patience=1", "held_out.fraction=0"], WatchError, "raise held_out.fraction"),
        (["device=cuda:1"], RecipeError, "CUDA_VISIBLE_DEVICES"),
        (["feature_cache=true", "parts.tower=full", "reference=copy"], ValueError, "feature_cache=true: the tower or the projector trains"),
    ):
        with pytest.raises(error, match=message):
            aligned(*given, f"run={tmp_path}")
        assert not (tmp_path / "metrics.jsonl").exists()


def test_remembered_features_spare_the_tower_and_change_no_loss(aligned: Callable[..., list[str]], pictures: list[Path], tmp_path: Path) -> None:
    from transformers import LlavaModel

    calls: list[int] = []
    usual = LlavaModel.get_image_features
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LlavaModel, "get_image_features", lambda self, pixel_values, **given: (calls.append(len(pixel_values)), usual(self, pixel_values, **given))[1])
        counts, losses = [], []
        for remember in ("false", "true"):
            calls.clear()
            aligned("method=mdpo", f"feature_cache={remember}", f"run={tmp_path}/{remember}", "length.steps=8", "watch.every=4")
            counts.append(sum(calls))
            lines = [json.loads(line) for line in (tmp_path / remember / "metrics.jsonl").read_text().splitlines()]
            losses.append([line.get("loss", line.get("held_out/loss")) for line in lines])
    assert losses[0] == pytest.approx(losses[1], abs=1e-5)
    # every picture of eight records, whole and damaged, once each; the rest is the proof before the run
    assert counts[1] < 40 < counts[0]


def test_a_picture_of_one_pixel_height_trains_too(aligned: Callable[..., list[str]], pairs: Path, tmp_path: Path) -> None:
    Image.new("RGB", (300, 1)).save(tmp_path / "thin.png")
    rows = [json.loads(line) for line in pairs.read_text().splitlines()]
    rows[0]["images"] = [{"path": str(tmp_path / "thin.png"), "bytes": None}]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    aligned(f"data.0.path={tmp_path}/rows.jsonl", f"run={tmp_path}/run", "length.steps=1")
    assert json.loads((tmp_path / "run/data.json").read_text())[0]["usable"] == 10
