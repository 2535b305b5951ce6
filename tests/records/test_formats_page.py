"""The page of formats says what there is."""

from pathlib import Path

from veridical.records.formats import formats
from veridical.study.listing import listing

PAGE = Path(__file__).parents[2] / "docs" / "formats.md"


def test_the_table_is_what_veridical_lists():
    lines = [line for line in PAGE.read_text(encoding="utf-8").split("## The formats")[1].splitlines() if line.startswith("| `")]
    rows = [tuple(cell.strip().strip("`") for cell in line.strip("|").split("|")) for line in lines]
    assert rows == [(one["name"], one["holds"], one["written"]) for one in listing("formats")]


def test_a_format_is_named_like_its_module_and_says_what_it_is_in_a_line():
    for name, one in formats().items():
        assert name == "veridical" or one.read.__module__.startswith("veridical.records.formats.")
        assert one.description and "|" not in one.description and len(one.description) < 170
