"""One picture of a result."""

from xml.etree import ElementTree

import pytest
from made_results import chair, pope, save

from veridical.report.figure import LEFT, RIGHT, figure
from veridical.report.summary import summary

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def numbers(tmp_path_factory):
    """A CHAIR that fell from 50 to 25 percent, and a POPE."""
    root = tmp_path_factory.mktemp("results")
    return summary(save(root / "b", chair=chair([3] * 20), pope=pope([True, False] * 10)), save(root / "a", chair=chair([3, 0] * 10), pope=pope([True] * 20)))


def circles(svg: str, kind: str) -> list[float]:
    """Where the dots of a side are, the legend's left out."""
    return [float(one.get("cx")) for one in ElementTree.fromstring(svg).iter(f"{SVG}circle") if one.get("class") == kind][1:]


def test_it_stands_alone_and_its_dots_are_where_the_numbers_are(numbers):
    svg = figure(numbers, ["chair/chair_i"])
    assert circles(svg, "before") == [LEFT + 0.5 * (RIGHT - LEFT)] and circles(svg, "after") == [LEFT + 0.25 * (RIGHT - LEFT)]
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")


def test_without_names_it_shows_each_headline_and_what_stands_beside_it(numbers):
    texts = ["".join(one.itertext()) for one in ElementTree.fromstring(figure(numbers)).iter(f"{SVG}text")]
    names = ["CHAIRi", "CHAIR coverage", "CHAIR length", "POPE F1", "POPE yes ratio"]
    assert [one for one in texts if one in names] == names
    assert "50.0% → 25.0%" in texts and any(one.startswith("−25.0 points [") for one in texts)


def test_a_length_has_no_dot_on_the_percent_axis(numbers):
    assert circles(figure(numbers, ["chair/words"]), "after") == []


def test_a_wrong_metric_gets_the_nearest(numbers):
    with pytest.raises(ValueError, match="no metric 'chair/coverge'; did you mean 'chair/coverage'"):
        figure(numbers, ["chair/coverge"])


def test_one_side_alone_is_not_called_a_change(tmp_path):
    svg = figure(summary(None, save(tmp_path, chair=chair([3, 0] * 10))), ["chair/chair_i"])
    assert circles(svg, "before") == [] and "25.0%" in svg and "undefined" not in svg and "→" not in svg
