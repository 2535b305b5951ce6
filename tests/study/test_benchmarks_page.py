"""The page of benchmarks is what the values say."""

from pathlib import Path

from veridical.evaluate.benchmarks import benchmarks
from veridical.study.benchmarks import main
from veridical.study.listing import listing

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"


def test_the_page_is_up_to_date(tmp_path):
    main([str(tmp_path / "benchmarks.md")])
    assert (tmp_path / "benchmarks.md").read_text(encoding="utf-8") == PAGE.read_text(encoding="utf-8"), "run python -m veridical.study.benchmarks docs/benchmarks.md"


def test_the_page_names_every_benchmark_that_is_listed():
    text = PAGE.read_text(encoding="utf-8")
    named = {line.split("`")[1] for line in text.splitlines() if line.startswith("| `")}
    assert named == {entry["name"] for entry in listing("benchmarks")} == {*benchmarks()}
