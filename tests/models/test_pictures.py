"""Features told apart by picture: what belongs to whom is never guessed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from PIL import Image
from planting import planted

from veridical.models import pictures as module
from veridical.models.backbone import Backbone, Unsupported, join, take_apart
from veridical.models.forest import merge
from veridical.models.pictures import LAYERS, assemble, divide, encode, gather
from veridical.models.small.build import Small

Kit = Callable[[str], Small]
FLAT = {"pixel_values": torch.zeros(1, 3, 4, 4)}
PATCHES = {"pixel_values": torch.zeros(64, 12)}
TILES = [{"pixel_values": torch.zeros(1, count, 3, 4, 4)} for count in (2, 1, 3)]


def equal(ours: object, theirs: object) -> bool:
    """Equality of nested lists of tensors."""
    if isinstance(ours, torch.Tensor):
        return torch.equal(ours, theirs)
    return len(ours) == len(theirs) and all(equal(a, b) for a, b in zip(ours, theirs, strict=True)) if isinstance(ours, (list, tuple)) else ours == theirs


def test_as_many_layers_as_pictures_are_still_layers() -> None:
    """Two layers of two pictures: divided by the name of the field, not by what the numbers suggest."""
    layers = [(torch.full((4, 8), 10.0 * layer), torch.full((6, 8), 10.0 * layer + 1)) for layer in range(2)]
    found = divide(LAYERS, layers, [PATCHES, PATCHES])
    assert [part[0, 0].item() for part in found[0]] == [0, 10] and [part[0, 0].item() for part in found[1]] == [1, 11]
    assert equal(assemble(LAYERS, found), [list(layer) for layer in layers])


def test_layers_that_say_their_number_keep_it() -> None:
    layers = [(5, [torch.zeros(4, 8), torch.ones(6, 8)]), (9, [torch.zeros(4, 8), torch.ones(6, 8)])]
    found = divide(LAYERS, layers, [FLAT, FLAT])
    assert [[number for number, _ in part] for part in found] == [[5, 9], [5, 9]]
    assert equal(assemble(LAYERS, found), layers)


def test_a_list_has_one_entry_per_picture_or_is_refused() -> None:
    entries = [torch.zeros(4, 8), torch.ones(6, 8)]
    assert equal(divide("pooler_output", entries, [PATCHES, PATCHES]), entries)
    with pytest.raises(Unsupported, match="2 features for 3 pictures"):
        divide("pooler_output", entries, [PATCHES] * 3)


def test_several_pictures_under_one_key_stay_together() -> None:
    """Three pictures, of which the first two belong to one prompt and were processed together."""
    entries = [torch.full((4, 8), float(number)) for number in range(3)]
    found = divide("pooler_output", entries, [{"pixel_values": torch.zeros(2, 3, 4, 4)}, FLAT])
    assert [[part[0, 0].item() for part in picture] for picture in found] == [[0, 1], [2]]
    assert equal(assemble("pooler_output", found), entries)


def test_a_tensor_is_divided_by_pictures_or_by_their_pieces() -> None:
    value = torch.arange(6.0)[:, None, None].expand(6, 4, 8)
    assert [len(part) for part in divide("pooler_output", value[:2], [FLAT, FLAT])] == [1, 1]
    assert [part[0, 0, 0].item() for part in divide("pooler_output", value, TILES)] == [0, 2, 3]


@pytest.mark.parametrize(("shape", "given"), [((10, 8), [PATCHES, PATCHES]), ((5, 4, 8), [FLAT, FLAT]), ((3, 4, 8), TILES)])
def test_what_could_be_anyones_is_refused(shape: tuple[int, ...], given: list[dict[str, torch.Tensor]]) -> None:
    """Flat features; features that no count explains; one entry for each picture where tiles were asked for."""
    with pytest.raises(Unsupported, match="the tower gives features of shape"):
        divide("pooler_output", torch.zeros(shape), given)


def test_pixels_of_unequal_size_are_padded_at_the_far_end() -> None:
    one, two = torch.ones(1, 3, 2, 4), torch.full((2, 3, 5, 3), 2.0)
    joined = join([{"pixel_values": one, "sizes": torch.tensor([[2, 4]])}, {"pixel_values": two, "sizes": torch.tensor([[5, 3], [5, 3]])}])
    assert joined["pixel_values"].shape == (3, 3, 5, 4) and joined["sizes"].tolist() == [[2, 4], [5, 3], [5, 3]]
    assert torch.equal(joined["pixel_values"][:1, :, :2, :4], one) and joined["pixel_values"][0].sum() == one.sum()
    assert torch.equal(joined["pixel_values"][1:, :, :5, :3], two) and joined["pixel_values"][1:].sum() == two.sum()


@pytest.mark.parametrize("family", ["llava", "llava_next", "idefics3", "qwen3_vl", "internvl", "gemma3"])
def test_together_and_one_by_one_give_the_same_features_in_any_order(family: str, small: Kit, pictures: list[Image.Image]) -> None:
    built = small(family)
    backbone, encoder = take_apart(built.model), built.encoder()
    inputs = merge([planted(encoder, [picture], ["x"]) for picture in pictures]).pictures
    together = encode(backbone, inputs)
    for key in reversed(inputs):
        alone = encode(backbone, {key: inputs[key]})
        for ours, theirs in zip(flat(gather(together, [key])), flat(gather(alone, [key])), strict=True):
            torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)


def flat(value: object) -> list[torch.Tensor]:
    """All tensors of a nested structure."""
    if isinstance(value, torch.Tensor):
        return [value]
    entries = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
    return [tensor for entry in entries for tensor in flat(entry)]


def test_pictures_run_one_by_one_where_the_joint_output_tells_nobody_apart(small: Kit, pictures: list[Image.Image], monkeypatch: pytest.MonkeyPatch) -> None:
    built = small("llava")
    backbone, encoder = take_apart(built.model), built.encoder()
    inputs = merge([planted(encoder, [picture], ["x"]) for picture in pictures]).pictures
    expected, run, calls = encode(backbone, inputs), module.tower, []

    def flattened(backbone: Backbone, given: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        calls.append(len(given["pixel_values"]))
        return {"pooler_output": torch.cat(list(run(backbone, given)["pooler_output"]))}

    monkeypatch.setattr(module, "tower", flattened)
    found = encode(backbone, inputs)
    assert calls == [3, 1, 1, 1]
    for key in inputs:
        torch.testing.assert_close(found[key]["pooler_output"], expected[key]["pooler_output"], atol=1e-5, rtol=1e-5)


def test_the_same_picture_in_many_places_is_encoded_once(small: Kit, pictures: list[Image.Image]) -> None:
    built = small("llava")
    forest = merge([planted(built.encoder(), pictures[:1], ["x"]), planted(built.encoder(), pictures[:1], ["y"], "And here?")])
    assert len(forest.pictures) == 1 and len(forest.trees) == 2
