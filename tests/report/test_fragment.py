"""Fragments of other programs."""

import base64
from io import BytesIO

import pytest
from PIL import Image

from veridical.report.fragment import cleaned


def source(size: int, kind: str = "PNG") -> str:
    """A noisy picture as a data URL."""
    buffer = BytesIO()
    Image.effect_noise((size, size), 80).save(buffer, kind)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def test_tokens_and_pictures_of_a_first_batch_stay():
    small = source(8)
    rows = f'<tr><td>r1<figure><img alt="original" src="{small}"><figcaption>8×8</figcaption></figure></td><td><p>chosen: <i>a</i><b> cup</b></p></td></tr>'
    assert cleaned(f'<style>.fb i{{}}</style><table class="fb">{rows}</table>') == f"<table>{rows}</table>"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("a<script>alert(1)</script>b", "ab"),
        ('<td onclick="x()" style="position:fixed">a</td>', "<td>a</td>"),
        ('<a href="http://x">link</a><iframe src="x"></iframe>', "link"),
        ('<img src="http://x/y.png" alt="a<b">', "<span>[a&lt;b]</span>"),
        ("<table><tr><td>cut", "<table><tr><td>cut</td></tr></table>"),
        ("a</section></main>b</p>", "ab"),
        ("<p>&lt;script&gt; &amp;amp;</p>", "<p>&lt;script&gt; &amp;amp;</p>"),
        ("<b>a<i>b</b>c", "<b>a<i>b</i></b>c"),
    ],
)
def test_nothing_in_it_can_run_load_or_leave_the_page(given, expected):
    assert cleaned(given) == expected


def test_heavy_pictures_are_made_lighter():
    heavy = source(640)
    found = cleaned(f'<img alt="x" src="{heavy}">')
    assert 'src="data:image/jpeg' in found and len(found) < len(heavy) / 5
