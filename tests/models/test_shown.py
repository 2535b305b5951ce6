"""What a model that reads pictures and writes text is not shown."""

import pytest

from veridical.models.encoder import EncodeError
from veridical.models.shown import pictures_only
from veridical.records.record import Media, Part, Record, Response, Turn, text_parts

ASKED = (Turn(role="user", parts=text_parts("Draw a dog.")),)


def test_a_response_that_is_a_picture_is_refused_by_name():
    said = Response(response_id="r1", parts=(Part(type="image", media_id="m0"),))
    record = Record(record_id="x", prompt=ASKED, media=(Media(media_id="m0", role="output", path="a.png"),), responses=(said,))
    with pytest.raises(EncodeError, match="record x: the response 'r1' is a picture or a sound; a model of this kind writes text only"):
        pictures_only(record)
    pictures_only(record.replace(responses=(said.replace(parts=text_parts("A dog.")),)))
