"""Common corruptions: what each does to pictures whose outcome can be worked out, and that each strength is worse than the one before."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PIL import Image

from veridical.records.corrupt import OPERATORS, CorruptionError, corrupt, corruption_of
from veridical.records.corrupt.light import plasma
from veridical.records.corrupt.strengths import LADDERS, ladder
from veridical.records.lettering import LetteringError, font_hash, page, wrapped


def run(picture: Image.Image, seed: int = 0, **spec: object) -> np.ndarray:
    return np.asarray(corrupt(picture, corruption_of(spec, seed)), dtype=np.int16)


def flat(*colour: int, size: int = 64) -> Image.Image:
    return Image.new("RGB", (size, size), colour)


def dot(size: int = 64) -> Image.Image:
    """One white pixel in the middle."""
    picture = flat(0, 0, 0, size=size)
    picture.putpixel((size // 2, size // 2), (255, 255, 255))
    return picture


def scenery() -> Image.Image:
    """Smooth colours with edges, of the size for which lengths are meant."""
    across, down = np.meshgrid(np.arange(224), np.arange(224))
    return Image.fromarray(np.stack([across, down, (across // 11 + down // 13) % 2 * 200], -1).astype(np.uint8))


def test_contrast_moves_every_channel_towards_its_mean():
    halves = flat(0, 0, 0)
    halves.paste((200, 100, 0), (0, 0, 32, 64))
    changed = run(halves, op="contrast", left=0.4)
    assert changed[0, 0].tolist() == [140, 70, 0] and changed[0, 63].tolist() == [60, 30, 0]


def test_brightness_adds_to_the_value_and_keeps_the_hue():
    # v = 120/255 + 0.2 = 171/255, and every channel grows by 171/120; black has no hue, and becomes grey
    assert run(flat(40, 80, 120), op="brightness", more=0.2)[0, 0].tolist() == [57, 114, 171]
    assert run(flat(0, 0, 0), op="brightness", more=0.2)[0, 0].tolist() == [51, 51, 51]
    assert run(flat(200, 100, 50), op="brightness", more=0.5)[0, 0].tolist() == [255, 128, 64]


def test_shot_noise_has_the_variance_of_counted_photons():
    values = run(flat(102, 102, 102, size=256), op="shot_noise", photons=60) / 255
    assert math.isclose(values.mean(), 0.4, abs_tol=0.002) and math.isclose(values.std(), math.sqrt(0.4 / 60), abs_tol=0.002)


def test_speckle_noise_grows_with_the_intensity():
    dark, light = (run(flat(value, value, value, size=256), op="speckle_noise", std=0.15) / 255 for value in (51, 102))
    assert math.isclose(dark.std(), 0.03, abs_tol=0.002) and math.isclose(light.std(), 0.06, abs_tol=0.002)


def test_impulse_noise_is_half_salt_half_pepper():
    values = run(flat(100, 100, 100, size=256), op="impulse_noise", share=0.2)
    assert [round(float((values == each).mean()), 2) for each in (0, 255, 100)] == [0.1, 0.1, 0.8]


def test_a_point_out_of_focus_is_a_disk():
    # 29 whole pixels lie within 3 of the middle, and 255 / 29 = 8.8; twice the picture, twice the radius: 113 pixels
    for size, inside, level in ((64, 29, 9), (128, 113, 2)):
        seen = run(dot(size), op="defocus_blur", radius=3, soft=0, side=64)[..., 0]
        assert (seen > 0).sum() == inside and set(seen[seen > 0].tolist()) == {level}


def test_a_moving_point_leaves_a_streak_that_fades():
    seen = run(dot(), op="motion_blur", reach=4, deviation=3, degrees=[0, 0])[..., 0]
    rows, columns = np.nonzero(seen)
    assert set(rows.tolist()) == {32} and len(columns) == 9
    ordered = seen[32, columns]
    assert (np.diff(ordered) < 0).all() or (np.diff(ordered) > 0).all()


def test_the_end_of_a_zoom_moves_away_from_the_middle_and_the_middle_stays():
    picture = flat(0, 0, 0, size=100)
    picture.paste((255, 255, 255), (0, 0, 10, 100))
    seen = run(picture, op="zoom_blur", most=1.3, step=0.03)[50, :, 0]
    # at 1.3 what stood 50 left of the middle stands 65 left of it: the inner edge, 40 left, comes out at 52, outside
    assert seen[0] < 255 and seen[9] < seen[0] and seen[40:].max() == 0
    assert (run(flat(9, 80, 200), op="zoom_blur", most=1.3, step=0.03) == [9, 80, 200]).all()


def test_fog_hides_nothing_white_and_darkens_what_it_is_divided_by():
    # white: (1 + 2 F) / (1 + 2) with F from 0 to 1
    seen = run(flat(255, 255, 255, size=224), op="fog", thick=2.0, decay=2.0)
    assert 85 <= seen.min() and seen.max() <= 255 and seen.std() > 5
    assert plasma(np.random.default_rng(0), 1.4).shape == (256, 256)


def test_a_smoother_fog_differs_less_from_pixel_to_pixel():
    rough, smooth = (np.abs(np.diff(plasma(np.random.default_rng(0), decay))).mean() for decay in (1.4, 2.0))
    assert smooth < rough / 2


@pytest.mark.parametrize("name", LADDERS)
def test_five_strengths_of_which_each_takes_more_than_the_one_before(name):
    picture, one = scenery(), LADDERS[name]
    assert len(one.steps) == 5 and one.op in OPERATORS
    apart = [np.abs(run(picture, 3, **one.at(strength)) - np.asarray(picture, dtype=np.int16)).mean() for strength in range(1, 6)]
    assert apart[0] > 0 and apart == sorted(apart)


def test_strengths_have_the_published_values():
    assert ladder("gaussian_noise").at(1) == {"op": "gaussian_noise", "std": 0.08}
    assert ladder("defocus_blur").at(5, 60) == {"op": "defocus_blur", "radius": 10, "soft": 0.5, "side": 60}
    assert [dict(step)["quality"] for step in ladder("jpeg").steps] == [25, 18, 15, 10, 7]
    with pytest.raises(CorruptionError, match="strength 6; expected from 1 to 5"):
        ladder("jpeg").at(6)
    with pytest.raises(CorruptionError, match="did you mean 'gaussian_noise'"):
        ladder("gausian_noise")


def test_blocks_are_as_large_as_the_share_says():
    # at 0.25 a block is four pixels of a picture of that side, eight of one twice as large
    for size, block in ((64, 4), (128, 8)):
        seen = run(scenery().resize((size, size)), op="pixelate", share=0.25, side=64)
        assert all((seen[row : row + block, column : column + block] == seen[row, column]).all() for row in range(0, size, block) for column in range(0, size, block))


def test_a_word_stands_where_it_was_put_and_nothing_else_changes():
    picture = flat(200, 30, 30, size=200)
    seen = run(picture, op="typography", text="lock", height=0.15, x=0.5, y=0.9)
    rows, columns = np.nonzero((seen != [200, 30, 30]).any(-1))
    assert rows.min() > 150 and 60 < columns.min() and columns.max() < 140
    assert seen[rows.min() : rows.max(), columns.min() : columns.max()].min() < 20
    assert (run(picture, op="typography", text="lack") != seen).any()


def test_a_word_that_is_too_wide_is_written_smaller_and_one_that_cannot_be_read_is_refused():
    seen = run(flat(200, 30, 30, size=200), op="typography", text="a rather long label", height=0.4)
    rows, columns = np.nonzero((seen != [200, 30, 30]).any(-1))
    assert 0 < columns.min() < 20 and 180 < columns.max() < 199 and np.ptp(rows) < 60
    with pytest.raises(CorruptionError, match="does not fit into .* give a larger picture or a shorter text"):
        run(flat(0, 0, 0, size=64), op="typography", text="far too much text for such a small picture", height=0.2)


def test_a_picture_made_in_one_font_is_not_made_in_another():
    known = font_hash()
    assert len(known) == 64
    run(flat(0, 0, 0), op="typography", text="cup", font_sha256=known)
    with pytest.raises(CorruptionError, match="the picture was made with 000000000000"):
        run(flat(0, 0, 0), op="typography", text="cup", font_sha256="0" * 64)
    with pytest.raises(CorruptionError, match="font /nowhere.ttf: cannot be read"):
        run(flat(0, 0, 0), op="typography", text="cup", font_file="/nowhere.ttf")


def test_a_text_becomes_a_page_in_the_largest_letters_that_fit():
    short, size = page(wrapped("Steps to bake", 15) + "\n1. \n2. \n3. ")
    assert short.size == (760, 760) and size == 80 and np.asarray(short).min() == 0
    _, smaller = page(wrapped("Steps to bake bread for a family of seven on a Sunday without an oven or a mixer", 15) + "\n1. \n2. \n3. ")
    assert 20 < smaller < 80
    assert wrapped("Steps to bake bread", 15) == "Steps to bake\nbread"
    with pytest.raises(LetteringError, match="does not fit"):
        page("word " * 4000, side=100)
