"""Every format to every other one: what can be held arrives, what cannot is refused by name or listed as lost."""

import re

import pytest
import shapes

from veridical.records.formats import formats
from veridical.records.formats.kept import bare, not_kept
from veridical.records.load import LoadError, load, save

NAMES = [name for name in formats() if name != "veridical"]
TARGETS = [name for name in NAMES if formats()[name].write]
REASONS = (
    "a row of this format|no place|has a tool's turn|would|which a row|a response of this format|there is nothing to prefer|these rows|write .json|is folder|is a folder of frames|"
    "do not begin with|lack a score|have no ranks|do not prefer|no rating for|is not the question|prefer a picture"
)


OF_MEDIA = {"media", "several pictures", "places of pictures in the text", "pictures outside the prompt", "other pictures of a response"}
ALIKE = {"openai_chat": ("ms_swift",)}
"""Messages without pictures look the same in both."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with media."""
    return shapes.media(tmp_path_factory.mktemp("shapes"))


@pytest.fixture(scope="module")
def sources(folder):
    """Records of every format's rows."""
    return {name: load(shapes.write(folder, name)).records for name in NAMES}


def test_there_are_rows_of_every_format():
    assert sorted({**shapes.SHAPES, **shapes.EMBEDDED}) == sorted(NAMES)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("source", NAMES)
def test_what_a_record_loses_on_its_way_to_another_format_is_listed_and_nothing_else_is_lost(sources, folder, source, target):
    arrived = 0
    for number, record in enumerate(sources[source]):
        path = folder / "out" / f"{source}-{number}-{target}.json"
        try:
            result = save([record], path, target)
        except LoadError as error:
            assert re.search(REASONS, str(error)), error
            continue
        again = load(str(path))
        assert again.left_out == [] and again.format in (target, *ALIKE.get(target, ()))
        silent = set(not_kept(bare(record), [bare(one) for one in again.records])) - set(result.lost)
        assert silent <= renamed(record)
        arrived += 1
    # its own rows come back, but for R1-AQA's sound, which is read only
    assert source != target or arrived == len(sources[source]) - (source == "r1")


def renamed(record) -> set[str]:
    """What cannot be compared by name here: bytes become files that are named by their hash."""
    return OF_MEDIA if any(one.data for one in record.media) else set()
