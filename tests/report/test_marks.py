"""False words in a response."""

import pytest

from veridical.report.marks import LONGEST, marked


def brackets(response: str, *wrong: str) -> str:
    """The response with marks as brackets."""
    return str(marked(response, wrong)).replace('<mark title="not in the picture">', "[").replace("</mark>", "]")


@pytest.mark.parametrize(
    ("response", "wrong", "expected"),
    [
        ("A dog and a Dog.", ("dog",), "A [dog] and a [Dog]."),
        ("a hotdog, dogs", ("dog",), "a hotdog, [dogs]"),
        ("a dog, dogs", ("dog",), "a [dog], dogs"),
        ("a dining  table", ("table", "dining table"), "a [dining  table]"),
        ("a cup", (), "a cup"),
        ("a (cup)", ("(cup)",), "a [(cup)]"),
        ("a cup", ("", " "), "a cup"),
        ("two knives", ("knife",), "two [knives]"),
    ],
)
def test_every_occurrence_is_marked_and_nothing_else(response, wrong, expected):
    assert brackets(response, *wrong) == expected


def test_a_response_cannot_write_html():
    assert brackets('<img src=x onerror="dog()"> & dog', "dog", "img") == "&lt;[img] src=x onerror=&#34;[dog]()&#34;&gt; &amp; [dog]"
    assert brackets("a <b> cup", "<b>") == "a [&lt;b&gt;] cup"


def test_an_escape_is_never_marked():
    assert brackets("a & b", "amp", "lt") == "a &amp; b"


def test_a_very_long_response_is_cut_and_says_by_how_much():
    assert brackets("x" * (LONGEST + 7)).endswith("x … (7 more characters)")
