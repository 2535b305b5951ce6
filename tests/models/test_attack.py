"""Attacks on pixels: bounds, the optimum of a known function, and what they do to a model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from veridical.models.attack import Strength, ascend, eight_bits, strongest
from veridical.models.backbone import Unsupported
from veridical.models.executors import EXECUTORS
from veridical.models.mislead import Aim, mislead, stored, volley
from veridical.models.pixels import Pixels
from veridical.models.policy import Policy
from veridical.models.small.build import Small
from veridical.records.picture import open_picture, png
from veridical.records.record import Media, Part, Record, Turn

Kit = Callable[[str], Small]


def record(name: str, *pictures: Image.Image) -> Record:
    """A question about some pictures."""
    media = tuple(Media(media_id=f"{name}/{number}", data=png(picture)) for number, picture in enumerate(pictures))
    parts = (*(Part(type="image", media_id=one.media_id) for one in media), Part(text="What is there?"))
    return Record(record_id=name, kind="prompt_only", media=media, prompt=(Turn(role="user", parts=parts),))


@pytest.fixture
def photos() -> list[Image.Image]:
    """Pictures of a size in which the small towers read them as they are."""
    draw = np.random.default_rng(1)
    return [Image.fromarray(draw.integers(0, 256, (32, 32, 3), dtype=np.uint8)) for _ in range(3)]


def generators(count: int) -> list[torch.Generator]:
    return [torch.Generator().manual_seed(seed) for seed in range(count)]


def test_a_linear_gain_is_driven_to_the_corner_of_the_bounds_and_not_out_of_the_range():
    weights = torch.tensor([1.0, -1.0, 1.0, -1.0]).view(1, 1, 2, 2)
    start = torch.tensor([0.5, 0.5, 0.99, 0.01]).view(1, 1, 2, 2)
    (found,) = ascend(lambda seen: torch.stack([(weights * seen[0]).sum()]), [start], Strength(8, steps=10), generators(1))
    assert found.flatten().tolist() == pytest.approx([0.5 + 8 / 255, 0.5 - 8 / 255, 1.0, 0.0])


def test_a_change_of_mean_square_is_scaled_to_its_bound():
    # a change of 4/255 on one of four pixels has the root mean square 2/255: half of it is left at a bound of 1/255
    how = Strength(1, norm="l2")
    assert how.bounded(torch.tensor([4 / 255, 0, 0, 0])).tolist() == pytest.approx([2 / 255, 0, 0, 0])
    assert how.bounded(torch.tensor([1 / 255, 0, 0, 0])).tolist() == pytest.approx([1 / 255, 0, 0, 0])


def test_rounding_to_eight_bits_never_leaves_the_bounds():
    start = torch.tensor([100.0, 100.0, 100.0, 254.0]).div(255)
    found = torch.tensor([102.5, 97.5, 99.4, 255.0]).div(255)
    assert (eight_bits(start, found) * 255).round().tolist() == [102, 98, 100, 255]
    # a step that reached its bound up to float32 stays there
    assert (eight_bits(start[:1], start[:1] + 2 / 255 - 1e-7) * 255).round().tolist() == [102]


def test_of_several_restarts_the_one_with_the_largest_gain_is_kept():
    # two hills: which one a start climbs depends on its side, and the right one is higher
    def gain(seen):
        value = seen[0].mean() * 255 - 100
        return torch.stack([torch.where(value > 0, 2 * value, -value)])

    start = torch.full((1, 1, 1, 1), 100 / 255)
    outcomes = {restarts: float(strongest(gain, [start], Strength(4, steps=4, restarts=restarts), [torch.Generator().manual_seed(3)])[0] * 255) for restarts in (1, 8)}
    assert round(outcomes[1]) == 96 and round(outcomes[8]) == 104


def test_a_gain_that_does_not_see_the_picture_is_refused():
    with pytest.raises(Unsupported, match="no gradient reaches the pictures"):
        ascend(lambda seen: torch.stack([0 * seen[0].sum()]), [torch.full((1, 3, 2, 2), 0.5)], Strength(), generators(1))
    with pytest.raises(ValueError, match="norm=l1: expected one of linf, l2"):
        Strength(norm="l1")
    with pytest.raises(ValueError, match="restarts at least 1"):
        Strength(restarts=0)


@pytest.mark.parametrize(("family", "sought"), [("llava", False), ("llava", True), ("qwen2_5_vl", False), ("gemma3", True)])
def test_an_attack_moves_the_answer_more_than_the_same_amount_of_noise(family, sought, small: Kit, photos):
    built = small(family)
    policy, encoder = Policy(built.model, EXECUTORS["state"]), built.encoder()
    aims = [Aim(record(str(number), photo), "A red tree.", sought) for number, photo in enumerate(photos)]
    struck = mislead(policy, encoder, open_picture, aims, Strength(8, steps=8))
    draw = np.random.default_rng(0)
    noisy = [{f"{place}/0": shaken(photo, draw)} for place, photo in enumerate(photos)]
    clean, attacked, noise = (likelihoods(policy, encoder, aims, seen) for seen in ([{}] * 3, struck, noisy))
    assert all((attacked > other).all() if sought else (attacked < other).all() for other in (clean, noise))
    for place, one in enumerate(struck):
        change = np.abs(np.asarray(one[f"{place}/0"], dtype=int) - np.asarray(photos[place], dtype=int))
        assert change.max() <= 8 and change.mean() > 3


def shaken(photo: Image.Image, draw: np.random.Generator) -> Image.Image:
    """Every channel of every pixel 8 brighter or darker."""
    return Image.fromarray(np.clip(np.asarray(photo, dtype=int) + draw.choice([-8, 8], (32, 32, 3)), 0, 255).astype(np.uint8))


def likelihoods(policy, encoder, aims, seen):
    """log p of each aim's text, with other pictures in place of the records' own."""
    shown = lambda one, name: next(found[name] for found in [*seen, {name: open_picture(one, name)}] if name in found)  # noqa: E731
    found = volley(policy, encoder, shown, [replace(aim, sought=True) for aim in aims])
    with torch.no_grad():
        logp = found.gain(found.starts())
    assert (logp < 0).all()
    return logp


def test_nothing_may_be_changed_and_nothing_is(small: Kit, photos):
    built = small("llava")
    (found,) = mislead(Policy(built.model, EXECUTORS["state"]), built.encoder(), open_picture, [Aim(record("a", photos[0]), "No")], Strength(0, steps=1))
    assert found["a/0"].tobytes() == photos[0].tobytes()


def test_all_pictures_of_a_prompt_are_attacked_and_a_record_does_not_change_its_neighbours(small: Kit, photos):
    built = small("llava")
    policy = Policy(built.model, EXECUTORS["state"])
    two, other = Aim(record("two", photos[0], photos[1]), "A cat."), Aim(record("other", photos[2]), "No")
    together, alone = (mislead(policy, built.encoder(), open_picture, aims, Strength(4, steps=2)) for aims in ([two, other], [other]))
    assert set(together[0]) == {"two/0", "two/1"}
    assert all(together[0][f"two/{place}"].tobytes() != photos[place].tobytes() for place in (0, 1))
    same = np.asarray(together[1]["other/0"]) == np.asarray(alone[0]["other/0"])
    assert same.mean() > 0.99


@pytest.mark.parametrize(("family", "size"), [("llava", (32, 32)), ("qwen2_5_vl", (64, 32)), ("glm4v", (32, 96)), ("gemma3", (32, 32))])
def test_pixels_are_found_in_whatever_order_a_processor_puts_them(family, size, small: Kit):
    encoder = small(family).encoder()
    picture = Image.fromarray(np.random.default_rng(2).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8))
    values = encoder.process([picture])[0]["pixel_values"]
    pixels = Pixels.of(encoder.family, encoder.process([picture])[0])
    intensities = pixels.intensities(values)
    assert pixels.picture(intensities).tobytes() == picture.tobytes() and (pixels.width, pixels.height) == size
    torch.testing.assert_close(pixels.values(intensities), values.float(), atol=1e-5, rtol=0)


def test_what_a_processor_makes_of_a_pixel_is_its_own_normalisation(small: Kit):
    encoder = small("llava").encoder()
    pixels = Pixels.of(encoder.family, encoder.process([Image.new("RGB", (50, 40))])[0])
    mean, deviation = (torch.tensor(one).view(1, 3, 1, 1) for one in (encoder.family.image_processor.image_mean, encoder.family.image_processor.image_std))
    half = torch.full((1, 3, pixels.height, pixels.width), 0.5)
    torch.testing.assert_close(pixels.values(half), ((half - mean) / deviation).expand(pixels.shape), atol=1e-5, rtol=0)


def test_half_precision_and_processors_without_a_way_back_are_refused_with_what_to_do(small: Kit, photos):
    asked = [Aim(record("a", photos[0].resize((64, 40))), "No")]
    tiles = small("llava_next")
    with pytest.raises(Unsupported, match="no gradient can go back through this processor: .* attack another model"):
        mislead(Policy(tiles.model, EXECUTORS["state"]), tiles.encoder(), open_picture, asked, Strength())
    half = SimpleNamespace(parameters=lambda: [torch.zeros(1, dtype=torch.bfloat16)])
    with pytest.raises(Unsupported, match="precision=float32"):
        volley(half, tiles.encoder(), open_picture, asked)


def test_a_processor_that_changes_the_attacked_picture_is_found_out():
    scale = Pixels(4, 4, torch.Size((1, 3, 4, 4)), torch.arange(48), torch.ones(48), torch.zeros(48))
    made = torch.full((1, 3, 4, 4), 100 / 255)
    honest, blurring = (SimpleNamespace(process=lambda _, shift=shift: ({"pixel_values": made + shift},)) for shift in (0.0, 1 / 255))
    assert stored(honest, scale, made).getpixel((0, 0)) == (100, 100, 100)
    with pytest.raises(Unsupported, match=r"does not read a picture of 4x4 as it is \(1.00 of 255 apart\)"):
        stored(blurring, scale, made)
