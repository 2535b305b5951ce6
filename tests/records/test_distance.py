"""How far negatives are from their pictures, and negatives that are no negatives."""

from io import BytesIO

import numpy as np
from PIL import Image

from veridical.records.inspect.census import census
from veridical.records.inspect.distance import negatives
from veridical.records.load import Loaded
from veridical.records.record import Corruption, Media, Part, Record, Turn


def photograph(seed: int = 1) -> bytes:
    """A smooth picture, as a file."""
    coarse = np.random.default_rng(seed).integers(0, 255, (6, 8, 3), dtype=np.uint8)
    buffer = BytesIO()
    Image.fromarray(coarse).resize((320, 240), Image.Resampling.BICUBIC).save(buffer, "PNG")
    return buffer.getvalue()


def shown(name: str, *corruptions: Corruption | bytes) -> Record:
    """A picture with negatives, by recipe or by file."""
    found = [Media(media_id="m0", data=photograph())]
    for number, one in enumerate(corruptions, 1):
        known = {"recipe": one} if isinstance(one, Corruption) else {"data": one}
        found.append(Media(media_id=f"m{number}", role="negative", parent_id="m0", **known))
    return Record(record_id=name, media=tuple(found), prompt=(Turn(role="user", parts=(Part(type="image", media_id="m0"), Part(text="What?"))),))


def test_stronger_corruptions_are_farther_and_each_kind_stands_by_itself():
    weak, strong = (shown(name, Corruption(op="gaussian_blur", params=params)) for name, params in (("w", '{"radius": 1}'), ("s", '{"radius": 12}')))
    near, far = (negatives([one]).ssim["gaussian_blur"].mean for one in (weak, strong))
    assert 1 > near > far > 0
    both = negatives([shown("x", Corruption(op="black"), photograph(7))])
    assert set(both.ssim) == {"black", "file"} and both.ssim["black"].mean < 0.5 and (both.looked, both.of, both.same) == (2, 2, ())


def test_a_negative_that_looks_like_its_picture_is_said_as_a_grave_finding():
    found = census(Loaded([shown("good", photograph(7)), shown("bad", photograph())], [], "veridical", ""), progress=False)
    assert found.negatives.same == ("bad",)
    (said,) = [one for one in found.findings if "negative" in one.what]
    assert said.grave and "1 negative of 2 looked at cannot be told from the picture that they stand in for (as in bad)" in said.what


def test_what_cannot_be_opened_is_passed_over():
    found = negatives([shown("x", b"no picture"), shown("y", photograph(7))])
    assert (found.looked, found.of) == (1, 2)
