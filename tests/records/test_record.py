"""Records: immutable, looked up by id, and named by their content."""

import hashlib

import pytest
from pydantic import ValidationError

from veridical.records.record import Media, Pair, Part, Provenance, Record, Response, Turn, digest, text_parts


def record(**fields) -> Record:
    """A small pair."""
    known = {
        "record_id": "a", "prompt": (Turn(role="user", parts=(Part(type="image", media_id="m"), Part(text="What?"))),), "media": (Media(media_id="m", path="a.png"),),
        "responses": (Response(response_id="x", parts=text_parts("Dog.")), Response(response_id="y", parts=text_parts("Cat."))), "pairs": (Pair(chosen="x", rejected="y"),),
    }  # fmt: skip
    return Record(**known | fields)


def test_the_digest_of_a_record_stays_the_same_from_one_version_of_the_program_to_the_next():
    # changes only when a field is added: caches of earlier versions are then asked again
    assert digest(record()) == "0400772f9fba544c88958cee3eb6feb5e701a85741c57b413f0ef7bbc65e9c2a"


def test_the_digest_is_blind_to_where_a_record_came_from():
    other = record(provenance=Provenance(dataset="d", file="f", index=3, license="CC0"), extra='{"k": 1}', split="test")
    assert digest(other) == digest(record())


@pytest.mark.parametrize(
    "fields",
    [
        {"record_id": "b"}, {"task": "t"}, {"tags": ("t",)}, {"kind": "ranking"}, {"media": (Media(media_id="m", path="b.png"),)}, {"pairs": (Pair(chosen="y", rejected="x"),)},
        {"prompt": (Turn(role="user", parts=(Part(text="What?"), Part(type="image", media_id="m"))),)}, {"pairs": (Pair(chosen="x", rejected="y", margin=1),)},
        {"responses": (Response(response_id="x", parts=text_parts("Dog")), Response(response_id="y", parts=text_parts("Cat.")))},
    ],
    ids=str,
)  # fmt: skip
def test_the_digest_sees_every_change_of_content(fields):
    assert digest(record(**fields)) != digest(record())


def test_the_digest_knows_a_picture_by_its_content_where_that_is_known():
    name = hashlib.sha256(b"picture").hexdigest()
    by_bytes, by_hash, moved = (
        record(media=(Media(media_id="m", **one),)) for one in ({"data": b"picture"}, {"path": "a.png", "sha256": name}, {"path": "/far/b.png", "sha256": name})
    )
    assert digest(by_bytes) == digest(by_hash) == digest(moved)
    assert digest(record(media=(Media(media_id="m", data=b"other"),))) != digest(by_bytes)
    assert digest(record(media=(Media(media_id="m", path="/far/a.png"),))) != digest(record())


def test_an_unknown_id_says_what_the_record_has():
    with pytest.raises(KeyError, match=r"record a: no response 'z'; it has \['x', 'y'\]"):
        record().response("z")
    with pytest.raises(KeyError, match=r"record a: no medium 'z'; it has \['m'\]"):
        record().medium("z")
    assert record().response("y").text == "Cat." and record().medium("m").path == "a.png"


def test_a_record_cannot_be_changed_or_misspelt():
    with pytest.raises(ValidationError):
        record().task = "t"
    with pytest.raises(ValidationError):
        Record(record_id="a", prompt=(), taks="t")


def test_the_prompt_text_is_what_the_user_says_last_without_pictures():
    turns = (
        *record().prompt,
        Turn(role="assistant", parts=text_parts("Dog.")),
        Turn(role="user", parts=(Part(text="Are "), Part(type="image", media_id="m"), Part(text="you sure?"))),
    )
    assert record(prompt=turns).prompt_text == "Are you sure?"
    assert record(prompt=(Turn(role="system", parts=text_parts("s")),)).prompt_text == ""
