"""Pictures made worse: exact schedules, statistics, seeds, identities and errors."""

from __future__ import annotations

import inspect
import math

import numpy as np
import pytest
from PIL import Image

from veridical.objectives.find import methods
from veridical.records.corrupt import OPERATORS, CorruptionError, corrupt, corruption_of, default_corruption
from veridical.records.corrupt.noise import alpha_bar
from veridical.records.record import Corruption

RANDOM = [
    "color_jitter", "crop", "crop_pixels", "diffusion_noise", "fog", "gaussian_noise", "impulse_noise", "mask_pixels", "motion_blur", "patch_shuffle", "rotate", "shot_noise", "speckle_noise",
]  # fmt: skip


def photograph(width: int = 96, height: int = 64) -> Image.Image:
    """Smooth colour with some texture: no two corruptions look alike on it."""
    texture = np.random.default_rng(3).integers(0, 60, (height, width, 3))
    across, down = np.linspace(20, 180, width), np.linspace(10, 150, height)
    smooth = np.stack([np.tile(across, (height, 1)), np.tile(down[:, None], (1, width)), np.full((height, width), 90)], -1)
    return Image.fromarray((smooth + texture).astype(np.uint8))


def flat(value: int, size: int = 256) -> Image.Image:
    """One grey."""
    return Image.new("RGB", (size, size), (value,) * 3)


def pixels(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture, dtype=np.int16)


def run(spec: str | dict, picture: Image.Image, seed: int = 0) -> Image.Image:
    # smaller than the test pictures, so that a window has somewhere to go
    spec = {"op": "crop_pixels", "width": 30, "height": 20} if spec == "crop_pixels" else spec
    return corrupt(picture, corruption_of(spec, seed), photograph(50, 40).rotate(180))


def test_the_diffusion_schedule_leaves_the_published_share_of_the_signal():
    steps = [500, 600, 700, 800, 900, 999]
    kept = alpha_bar()[steps]
    np.testing.assert_allclose(np.sqrt(kept), [0.863, 0.734, 0.593, 0.467, 0.365, 0.285], atol=5e-4)
    np.testing.assert_allclose(np.sqrt(1 - kept), [0.505, 0.679, 0.805, 0.884, 0.931, 0.959], atol=5e-4)


def test_the_first_diffusion_step_takes_almost_nothing():
    # b_0 = sigmoid(-6) (0.005 - 0.00001) + 0.00001 = 0.002472623 * 0.00499 + 0.00001 = 2.2338e-5
    assert math.isclose(1 - alpha_bar()[0], 2.2338e-5, rel_tol=1e-4)


def test_diffusion_noise_has_the_mean_and_spread_of_its_step():
    # at step 500, 0.4 gives 0.863 * 0.4 = 0.345 and a spread of 0.505; clipping moves neither the median nor what lies one
    # spread above it (0.850)
    values = pixels(run({"op": "diffusion_noise", "t": 500}, flat(102), seed=1)) / 255
    assert math.isclose(np.median(values), 0.863 * 0.4, abs_tol=0.01)
    assert math.isclose(np.quantile(values, 0.841345), 0.863 * 0.4 + 0.505, abs_tol=0.01)


def test_gaussian_noise_has_the_stated_spread_around_the_picture():
    values = pixels(run({"op": "gaussian_noise", "std": 0.1}, flat(102), seed=1)) / 255
    assert math.isclose(values.mean(), 0.4, abs_tol=0.002) and math.isclose(values.std(), 0.1, abs_tol=0.002)


@pytest.mark.parametrize("name", OPERATORS)
def test_the_same_seed_gives_the_same_bytes_and_the_original_stays_as_it_was(name):
    picture = photograph()
    before = picture.tobytes()
    first, second = run(name, picture, seed=5), run(name, picture, seed=5)
    assert first.tobytes() == second.tobytes()
    assert picture.tobytes() == before


@pytest.mark.parametrize("name", OPERATORS)
def test_another_seed_gives_another_picture_exactly_where_the_operator_is_random(name):
    outcomes = {run(name, photograph(), seed=seed).tobytes() for seed in range(4)}
    assert len(outcomes) == (4 if name in RANDOM else 1)


@pytest.mark.parametrize("name", OPERATORS)
def test_the_picture_changes_and_is_rgb_of_the_same_size_unless_resized(name):
    damaged = run(name, photograph())
    assert damaged.mode == "RGB"
    assert damaged.size == {"resize": (320, 240), "crop_pixels": (30, 20)}.get(name, (96, 64))
    assert damaged.tobytes() != photograph().tobytes()


@pytest.mark.parametrize(
    "spec",
    [
        {"op": "gaussian_blur", "radius": 0},
        {"op": "pixelate", "blocks": 96},
        {"op": "low_resolution", "shorter": 64},
        {"op": "gaussian_noise", "std": 0},
        {"op": "crop", "area": [1, 1], "aspect": [1.5, 1.5]},
        {"op": "mask_pixels", "share": 0},
        {"op": "mask_box", "box": [0.3, 0.3, 0.3, 0.3]},
        {"op": "rotate", "degrees": [0, 0]},
        {"op": "color_jitter", "brightness": 0, "hue": 0},
        {"op": "resize", "width": 96, "height": 64},
        {"op": "crop_pixels", "width": 96, "height": 64},
        {"op": "diffusion_noise", "box": [0.5, 0.5, 0.5, 0.5]},
        {"op": "patch_shuffle", "grid": 1},
        {"op": "defocus_blur", "radius": 0, "soft": 0},
        {"op": "motion_blur", "reach": 0},
        {"op": "zoom_blur", "most": 1},
        {"op": "pixelate", "share": 1},
        {"op": "impulse_noise", "share": 0},
        {"op": "speckle_noise", "std": 0},
        {"op": "shot_noise", "photons": 1e9},
        {"op": "brightness", "more": 0},
        {"op": "contrast", "left": 1},
        {"op": "fog", "thick": 0},
        {"op": "typography", "text": "", "ground": ""},
    ],
    ids=lambda spec: spec["op"],
)
def test_a_corruption_without_strength_is_the_original(spec):
    assert run(spec, photograph()).tobytes() == photograph().tobytes()


def test_swap_shows_the_other_picture_at_this_ones_size():
    other = flat(7, 10)
    assert corrupt(photograph(), Corruption(op="swap"), other).tobytes() == Image.new("RGB", (96, 64), (7, 7, 7)).tobytes()


def test_noise_in_a_box_is_the_noise_of_the_whole_picture_there_and_nothing_elsewhere():
    picture = photograph(100, 80)
    whole, part = pixels(run("diffusion_noise", picture)), pixels(run({"op": "diffusion_noise", "box": [0.1, 0.5, 0.3, 1.0]}, picture))
    assert (part[40:80, 10:30] == whole[40:80, 10:30]).all()
    part[40:80, 10:30] = pixels(picture)[40:80, 10:30]
    assert (part == pixels(picture)).all()


def test_a_window_of_pixels_is_a_piece_of_the_picture_and_never_larger_than_it():
    picture = photograph(60, 50)
    window = pixels(run({"op": "crop_pixels", "width": 20, "height": 90}, picture, seed=3))
    assert window.shape == (50, 20, 3)
    assert any((pixels(picture)[:, left : left + 20] == window).all() for left in range(41))


def test_no_picture_is_what_clip_normalises_to_zero_or_to_a_unit_gaussian():
    mean, spread = np.array([0.48145466, 0.4578275, 0.40821073]), np.array([0.26862954, 0.26130258, 0.27577711])
    nothing = (pixels(run("no_picture", photograph())) / 255 - mean) / spread
    assert abs(nothing).max() < 0.01
    noise = (pixels(run({"op": "no_picture", "noise": True}, flat(0))) / 255 - mean) / spread
    # clipping at 0 and 1 (about 1.5 and 1.9 spreads away) leaves the median and the quartiles alone
    np.testing.assert_allclose(np.quantile(noise, [0.25, 0.5, 0.75]), [-0.6745, 0, 0.6745], atol=0.02)


def test_a_picture_that_is_computed_in_bands_is_the_same_as_at_once(monkeypatch):
    picture = photograph(50, 70)
    whole = {name: run(name, picture, seed=4).tobytes() for name in ("diffusion_noise", "gaussian_noise", "no_picture")}
    monkeypatch.setattr("veridical.records.corrupt.noise.BAND", 50 * 7)
    assert {name: run(name, picture, seed=4).tobytes() for name in whole} == whole


@pytest.mark.parametrize("name", OPERATORS)
def test_a_large_picture_is_taken(name):
    assert run(name, Image.new("RGB", (2400, 1600), (9, 90, 200)), seed=1).mode == "RGB"


def test_swap_without_another_picture_says_so():
    with pytest.raises(CorruptionError, match="swap: puts another picture in place of this one, and none was given; name the other medium of the record in other_id"):
        corrupt(photograph(), Corruption(op="swap"))


def test_a_whole_run_cannot_swap_because_no_record_names_the_other_picture():
    with pytest.raises(CorruptionError, match="swap: needs a second picture, which a run's corruption does not have"):
        default_corruption("swap")
    assert default_corruption({"op": "crop", "area": [0.1, 0.2]}, 3) == corruption_of({"op": "crop", "area": [0.1, 0.2]}, 3)


@pytest.mark.parametrize("seed", range(20))
def test_a_crop_keeps_one_to_twenty_percent_at_a_moderate_aspect_ratio(seed):
    # red counts columns and green rows, so the colours that are left say which window was kept
    ramp = np.zeros((256, 256, 3), dtype=np.uint8)
    ramp[..., 0], ramp[..., 1] = np.arange(256), np.arange(256)[:, None]
    kept = pixels(run("crop", Image.fromarray(ramp), seed))
    width, height = np.ptp(kept[..., 0]) + 1, np.ptp(kept[..., 1]) + 1
    assert 0.008 <= width * height / 256**2 <= 0.21
    assert 0.7 <= width / height <= 1.43


def test_masked_pixels_are_three_in_ten_and_have_the_mean_colour():
    picture = photograph()
    damaged, mean = pixels(run("mask_pixels", picture)), np.round(pixels(picture).mean((0, 1)))
    hidden = (damaged != pixels(picture)).any(-1)
    assert math.isclose(hidden.mean(), 0.3, abs_tol=0.005)
    assert (damaged[hidden] == mean).all()


def test_masked_blocks_lie_on_their_grid():
    picture = photograph(56, 28)
    hidden = (pixels(run({"op": "mask_pixels", "block": 14, "share": 0.5}, picture)) != pixels(picture)).any(-1)
    cells = hidden.reshape(2, 14, 4, 14).mean((1, 3))
    # a pixel that has the mean colour by chance does not look hidden
    assert sorted(np.round(cells.flatten()).tolist()) == [0.0] * 4 + [1.0] * 4
    assert cells[cells < 0.5].max() == 0


def test_a_masked_box_hides_the_box_and_nothing_else():
    picture = photograph(100, 80)
    damaged, original = pixels(run({"op": "mask_box", "box": [0.1, 0.5, 0.3, 1.0]}, picture)), pixels(picture)
    assert (damaged[40:80, 10:30] == np.round(original.mean((0, 1)))).all()
    damaged[40:80, 10:30] = original[40:80, 10:30]
    assert (damaged == original).all()


def test_black_is_black_and_mean_is_the_mean_colour():
    assert not pixels(run("black", photograph())).any()
    halves = Image.new("RGB", (10, 10), (0, 100, 200))
    halves.paste((100, 100, 0), (0, 0, 5, 10))
    assert (pixels(run("mean", halves)) == [50, 100, 100]).all()


def test_a_quarter_turn_is_a_quarter_turn():
    square = photograph(64, 64)
    assert run({"op": "rotate", "degrees": [90, 90]}, square).tobytes() == square.transpose(Image.Transpose.ROTATE_90).tobytes()


@pytest.mark.parametrize("seed", range(6))
def test_rotation_turns_by_ten_to_eighty_degrees(seed):
    # the right end of a horizontal bar through the centre moves by the angle
    bar = Image.new("RGB", (201, 201))
    bar.paste((255, 255, 255), (140, 99, 161, 102))
    rows, columns = np.nonzero(pixels(run("rotate", bar, seed))[..., 0] > 128)
    angle = math.degrees(math.atan2(100 - rows.mean(), columns.mean() - 100))
    assert 9 <= angle <= 81


def test_brightness_scales_every_channel_alike_within_half():
    picture = Image.new("RGB", (4, 4), (40, 80, 120))
    factors = [pixels(run({"op": "color_jitter", "hue": 0}, picture, seed))[0, 0] / [40, 80, 120] for seed in range(20)]
    assert all(np.ptp(factor) < 0.03 and 0.48 <= factor.mean() <= 1.51 for factor in factors)
    assert max(factor.mean() for factor in factors) - min(factor.mean() for factor in factors) > 0.5


def test_a_turned_hue_leaves_grey_alone_and_pure_red_as_bright_as_it_was():
    assert run({"op": "color_jitter", "brightness": 0}, flat(90, 4)).tobytes() == flat(90, 4).tobytes()
    red = pixels(run({"op": "color_jitter", "brightness": 0}, Image.new("RGB", (4, 4), (255, 0, 0)), seed=2))[0, 0]
    assert red.max() == 255 and red.min() == 0 and tuple(red) != (255, 0, 0)


def test_low_resolution_leaves_no_fine_pattern_and_pixelate_leaves_flat_blocks():
    stripes = Image.fromarray(np.tile(np.array([0, 255], dtype=np.uint8), (80, 40))).convert("RGB")
    assert pixels(stripes).std() > 127 and pixels(run("low_resolution", stripes)).std() < 10
    blocks = pixels(run({"op": "pixelate", "blocks": 2}, photograph(100, 50)))
    assert (blocks[:, :50] == blocks[0, 0]).all() and (blocks[:, 50:] == blocks[0, 99]).all()


def test_blur_keeps_the_mean_and_takes_contrast():
    picture = photograph()
    blurred = pixels(run("gaussian_blur", picture))
    assert abs(blurred.mean() - pixels(picture).mean()) < 1.5
    assert blurred[..., 2].std() < pixels(picture)[..., 2].std() / 4


def test_shuffled_patches_are_the_same_pixels_elsewhere():
    picture = photograph()
    shuffled = run("patch_shuffle", picture)
    assert sorted(pixels(shuffled).reshape(-1, 3).tolist()) == sorted(pixels(picture).reshape(-1, 3).tolist())


@pytest.mark.parametrize("name", OPERATORS)
@pytest.mark.parametrize("size", [(1, 1), (3, 200)])
def test_pictures_of_any_shape_and_mode_are_taken(name, size):
    for mode in ("L", "RGBA", "P"):
        assert run(name, Image.new(mode, size)).mode == "RGB"


def test_an_unknown_operator_or_setting_names_the_nearest():
    with pytest.raises(CorruptionError, match="unknown corruption 'gausian_blur'; did you mean 'gaussian_blur'"):
        default_corruption("gausian_blur")
    with pytest.raises(CorruptionError, match="gaussian_blur: unknown setting 'radios'; did you mean 'radius'"):
        corrupt(photograph(), Corruption(op="gaussian_blur", params='{"radios": 3}'))
    with pytest.raises(CorruptionError, match="black: unknown setting 'strength'; there are none"):
        default_corruption({"op": "black", "strength": 1})
    with pytest.raises(CorruptionError, match="names no op; there are black, "):
        default_corruption({"radius": 3})


@pytest.mark.parametrize("params", ["{", "[1]", '"radius"'])
def test_stored_settings_that_are_no_object_are_named(params):
    with pytest.raises(CorruptionError, match="gaussian_blur: its settings"):
        corrupt(photograph(), Corruption(op="gaussian_blur", params=params))


@pytest.mark.parametrize(
    "spec",
    [
        {"op": "mask_box", "box": [0.5, 0, 0.2, 1]},
        {"op": "mask_pixels", "share": 2},
        {"op": "gaussian_noise", "std": -1},
        {"op": "diffusion_noise", "t": 1000},
        {"op": "diffusion_noise", "t": -1},
        {"op": "crop", "area": 0.2},
        {"op": "gaussian_blur", "radius": "big"},
    ],
)
def test_a_setting_that_cannot_be_performed_is_named_with_its_operator(spec):
    with pytest.raises(CorruptionError, match=f"{spec['op']} with "):
        run(spec, photograph())


def test_a_spec_becomes_a_stored_recipe():
    assert default_corruption("black", 3) == Corruption(op="black", seed=3)
    stored = default_corruption({"op": "crop", "area": (0.01, 0.2)}, 7)
    assert (stored.op, stored.seed, stored.settings) == ("crop", 7, {"area": [0.01, 0.2]})
    assert corrupt(photograph(), stored).tobytes() == corrupt(photograph(), Corruption.model_validate_json(stored.model_dump_json())).tobytes()


@pytest.mark.parametrize("method", [method for method in methods().values() if method.corruption], ids=lambda method: method.name)
def test_the_corruption_that_a_method_asks_for_can_be_performed(method):
    assert run(dict(method.corruption), photograph()).tobytes() != photograph().tobytes()


def test_every_operator_says_what_it_does():
    assert len(OPERATORS) == 28
    assert all(inspect.getdoc(operator) for operator in OPERATORS.values())
