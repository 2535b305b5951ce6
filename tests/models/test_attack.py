"""Attacks on pixels: bounds, the optimum of a known function, and what they do to a model."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from veridical.models.attack import Pixels, Strength, ascend, eight_bits, strongest
from veridical.models.backbone import Unsupported
from veridical.models.executors import EXECUTORS
from veridical.models.mislead import Aim, mislead, stored, volley
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
def photos(small: Kit) -> list[Image.Image]:
    """Pictures of the size in which the small tower reads them."""
    draw = np.random.default_rng(1)
    pixels = small("llava").encoder().process([Image.new("RGB", (64, 64))])[0]["pixel_values"]
    return [Image.fromarray(draw.integers(0, 256, (*pixels.shape[2:], 3), dtype=np.uint8)) for _ in range(3)]


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


@pytest.mark.parametrize("sought", [False, True])
def test_an_attack_moves_the_answer_more_than_the_same_amount_of_noise(sought, small: Kit, photos):
    built = small("llava")
    policy, encoder = Policy(built.model, EXECUTORS["state"]), built.encoder()
    aims = [Aim(record(str(number), photo), "A red tree.", sought) for number, photo in enumerate(photos)]
    struck = mislead(policy, encoder, open_picture, aims, Strength(8, steps=8))
    draw = np.random.default_rng(0)
    noisy = [{name: Image.fromarray(np.clip(np.asarray(photos[place], dtype=int) + draw.choice([-8, 8], photos[place].size[::-1] + (3,)), 0, 255).astype(np.uint8)) for name in one} for place, one in enumerate(struck)]
    clean, attacked, noise = (gains(policy, encoder, aims, seen) for seen in ([{}] * 3, struck, noisy))
    assert (attacked > clean).all() and (attacked > noise).all()
    for place, one in enumerate(struck):
        change = np.abs(np.asarray(one[f"{place}/0"], dtype=int) - np.asarray(photos[place], dtype=int))
        assert change.max() <= 8 and change.mean() > 3


def gains(policy, encoder, aims, seen):
    """What the attack is after, with other pictures in place of the records' own."""
    shown = lambda one, name: next(found[name] for found in [*seen, {name: open_picture(one, name)}] if name in found)  # noqa: E731
    found = volley(policy, encoder, shown, aims)
    with torch.no_grad():
        return found.gain(found.starts())


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


def test_half_precision_and_pictures_in_pieces_are_refused_with_what_to_do(small: Kit, photos):
    asked = [Aim(record("a", photos[0]), "No")]
    pieces = small("qwen2_5_vl")
    with pytest.raises(Unsupported, match="needs pixel_values of the shape .* attack another model"):
        mislead(Policy(pieces.model, EXECUTORS["state"]), pieces.encoder(), open_picture, asked, Strength())
    half = SimpleNamespace(parameters=lambda: [torch.zeros(1, dtype=torch.bfloat16)])
    with pytest.raises(Unsupported, match="precision=float32"):
        volley(half, pieces.encoder(), open_picture, asked)


def test_a_processor_that_changes_the_attacked_picture_is_found_out():
    scale = Pixels(torch.zeros(1, 3, 1, 1), torch.ones(1, 3, 1, 1))
    made = torch.full((1, 3, 4, 4), 100 / 255)
    honest, blurring = (SimpleNamespace(process=lambda _, shift=shift: ({"pixel_values": made + shift},)) for shift in (0.0, 1 / 255))
    assert stored(honest, scale, made).getpixel((0, 0)) == (100, 100, 100)
    with pytest.raises(Unsupported, match=r"does not read a picture of 4x4 as it is \(1.00 of 255 apart\)"):
        stored(blurring, scale, made)
