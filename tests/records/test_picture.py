"""Pictures: opened upright in RGB, made by recipes, refused with record, medium and file when they cannot be shown."""

import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from veridical.records.corrupt import corrupt
from veridical.records.picture import PictureError, open_picture, perceptual_hash, picture_hash
from veridical.records.record import Corruption, Media, Record, Turn, text_parts


def photograph(width: int = 64, height: int = 48) -> Image.Image:
    """Smooth colour with some texture."""
    texture = np.random.default_rng(3).integers(0, 60, (height, width, 3))
    return Image.fromarray((np.linspace(20, 180, width)[None, :, None] + texture).astype(np.uint8))


def file(picture: Image.Image, kind: str = "PNG", **settings) -> bytes:
    """A picture as a file."""
    buffer = BytesIO()
    picture.save(buffer, kind, **settings)
    return buffer.getvalue()


def record(*media: Media) -> Record:
    """A record with these media."""
    return Record(record_id="x", prompt=(Turn(role="user", parts=text_parts("Hi")),), media=media)


def opened(data: bytes) -> Image.Image:
    """A picture from bytes."""
    return open_picture(record(Media(media_id="m", data=data)), "m")


def refused(medium: Media, **settings) -> str:
    """What is said of a picture that cannot be shown; record and medium are always named."""
    with pytest.raises(PictureError) as caught:
        open_picture(record(medium), "m", **settings)
    assert str(caught.value).startswith("record x, medium m")
    return str(caught.value)


def png_header(width: int, height: int) -> bytes:
    """A PNG file that promises so many pixels and holds none of them."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def test_a_missing_picture_names_its_path_and_what_to_set(tmp_path):
    said = refused(Media(media_id="m", path=str(tmp_path / "gone.png")))
    assert f"({tmp_path}/gone.png): no such file; set media_root" in said
    assert "has neither a path nor bytes" in refused(Media(media_id="m"))


def test_a_truncated_jpeg_says_that_it_was_not_copied_to_the_end(tmp_path):
    whole = file(photograph(400, 300), "JPEG")
    (tmp_path / "a.jpg").write_bytes(whole[: len(whole) // 2])
    said = refused(Media(media_id="m", path=str(tmp_path / "a.jpg")))
    assert "a.jpg): cannot be decoded" in said and "damaged or was not copied to the end" in said


def test_a_picture_of_twenty_thousand_pixels_a_side_is_refused_before_it_is_decoded(monkeypatch):
    def decoded(self):
        raise AssertionError("the pixels were asked for")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", decoded)
    assert "pixels" in (said := refused(Media(media_id="m", data=png_header(20_000, 20_000)))) and "scale the file down" in said
    assert "9000×8000 pixels, the limit is 64,000,000" in refused(Media(media_id="m", data=png_header(9000, 8000)))
    assert "100×100 pixels, the limit is 9,999" in refused(Media(media_id="m", data=png_header(100, 100)), limit=9_999)


def test_a_long_thin_picture_within_the_limit_is_opened():
    assert opened(file(Image.new("RGB", (20_000, 2), (1, 2, 3)))).size == (20_000, 2)


@pytest.mark.parametrize("data", [b"", b"not a picture", b"<svg></svg>"])
def test_what_is_no_picture_says_so(data):
    assert "not a picture in a known format" in refused(Media(media_id="m", data=data))


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF"])
def test_no_damage_escapes_as_another_error(kind):
    whole, rng = file(photograph(), kind), np.random.default_rng(0)
    for _ in range(60):
        broken = bytearray(whole[: rng.integers(1, len(whole))] if rng.random() < 0.5 else whole)
        for place in rng.integers(0, len(broken), 6):
            broken[place] = rng.integers(0, 256)
        try:
            assert opened(bytes(broken)).mode == "RGB"
        except PictureError:
            pass


def test_other_media_than_pictures_are_refused():
    assert "is of kind video, a picture was expected" in refused(Media(media_id="m", kind="video", path="a.mp4"))


def test_a_relative_path_starts_at_the_root(tmp_path):
    photograph().save(tmp_path / "a.png")
    assert open_picture(record(Media(media_id="m", path="a.png")), "m", tmp_path).tobytes() == photograph().tobytes()


def test_a_picture_is_turned_upright():
    lying = photograph()
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter to the right
    assert opened(file(lying, "PNG", exif=exif)).tobytes() == lying.transpose(Image.Transpose.ROTATE_270).tobytes()


def test_what_is_transparent_is_white():
    glass = Image.new("RGBA", (2, 1), (0, 0, 0, 0))
    glass.putpixel((1, 0), (200, 0, 0, 255))
    assert list(opened(file(glass)).tobytes()) == [255, 255, 255, 200, 0, 0]
    palette = Image.new("P", (1, 1), 0)
    palette.putpalette([9, 9, 9])
    assert list(opened(file(palette, transparency=0)).tobytes()) == [255, 255, 255]


def test_sixteen_bits_of_grey_become_eight():
    deep = Image.fromarray(np.array([[0, 256 * 100, 65535]], dtype=np.uint16))
    assert list(opened(file(deep)).tobytes()) == [0] * 3 + [100] * 3 + [255] * 3


@pytest.mark.parametrize("mode", ["L", "P", "1", "CMYK", "LA"])
def test_every_mode_becomes_rgb(mode):
    assert opened(file(photograph().convert(mode), "TIFF" if mode == "CMYK" else "PNG")).mode == "RGB"


def test_a_recipe_is_performed_on_its_parent_the_same_every_time():
    recipe = Corruption(op="diffusion_noise", seed=5, params='{"t": 700}')
    made = record(Media(media_id="p", data=file(photograph())), Media(media_id="m", parent_id="p", recipe=recipe))
    assert open_picture(made, "m").tobytes() == open_picture(made, "m").tobytes() == corrupt(photograph(), recipe).tobytes()


def test_a_swap_shows_the_other_medium_of_the_record_at_the_size_of_the_first():
    other = Image.new("RGB", (10, 10), (7, 8, 9))
    made = record(
        Media(media_id="p", data=file(photograph())),
        Media(media_id="o", role="similar", data=file(other)),
        Media(media_id="m", parent_id="p", other_id="o", recipe=Corruption(op="swap")),
    )
    assert open_picture(made, "m").tobytes() == Image.new("RGB", (64, 48), (7, 8, 9)).tobytes()
    chained = made.replace(media=(*made.media, Media(media_id="n", parent_id="m", recipe=Corruption(op="mean"))))
    assert open_picture(chained, "n").getpixel((0, 0)) == (7, 8, 9)


def test_recipes_that_cannot_be_performed_are_refused():
    parent = Media(media_id="p", data=file(photograph()))
    for medium, said in (
        (Media(media_id="m", parent_id="p", recipe=Corruption(op="swap")), "name the other medium of the record in other_id"),
        (Media(media_id="m", parent_id="p", recipe=Corruption(op="blur")), "unknown corruption 'blur'"),
        (Media(media_id="m", recipe=Corruption(op="black")), "works on nothing; parent_id must name another medium"),
        (Media(media_id="m", parent_id="m", recipe=Corruption(op="black")), "works on m; parent_id must name another medium"),
    ):  # fmt: skip
        with pytest.raises(PictureError, match=said):
            open_picture(record(parent, medium), "m")
    ring = record(Media(media_id="m", parent_id="n", recipe=Corruption(op="black")), Media(media_id="n", parent_id="m", recipe=Corruption(op="black")))
    with pytest.raises(PictureError, match="parent_id must name another medium"):
        open_picture(ring, "m")


def test_the_exact_hash_sees_one_pixel_and_the_shape():
    picture, changed = photograph(), photograph()
    changed.putpixel((3, 3), (0, 0, 0))
    assert picture_hash(picture) == picture_hash(photograph()) != picture_hash(changed)
    assert picture_hash(Image.new("RGB", (2, 8))) != picture_hash(Image.new("RGB", (8, 2)))


def test_the_perceptual_hash_reads_brightness_from_left_to_right():
    # brighter to the right everywhere: every bit is set; to the left: none
    ramp = Image.fromarray(np.tile(np.arange(0, 252, 4, dtype=np.uint8), (40, 1)))
    assert perceptual_hash(ramp) == 2**64 - 1 and perceptual_hash(ramp.transpose(Image.Transpose.FLIP_LEFT_RIGHT)) == 0
    half = Image.fromarray(np.concatenate([np.asarray(ramp), np.asarray(ramp)[:, ::-1]]))
    assert perceptual_hash(half) == 2**64 - 2**32


def test_the_perceptual_hash_of_a_photograph_survives_scaling_and_compression(shared):
    names = sorted((shared / "rlaif_v_examples" / "imgs_detail").glob("*.jpg"))[:6]
    if not names:
        pytest.skip("no photographs")
    for name in names:
        whole = Image.open(name).convert("RGB")
        small = Image.open(BytesIO(file(whole.resize((whole.width // 2, whole.height // 2)), "JPEG", quality=60)))
        assert (perceptual_hash(whole) ^ perceptual_hash(small)).bit_count() <= 6
    first, second = (perceptual_hash(Image.open(name)) for name in names[:2])
    assert (first ^ second).bit_count() > 6
