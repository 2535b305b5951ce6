"""A chosen part of a suite, as a file."""

import json

import pytest
from graded_rows import yes_no_record

from veridical.evaluate.benchmark import BenchmarkError
from veridical.evaluate.gating.subset import Chosen, Stratum, Subset, asked

RECORDS = [yes_no_record(str(number), "Is there a tree?", "a.png", "yes") for number in range(6)]


def test_a_chosen_part_and_a_plain_list_name_the_same_records(tmp_path):
    ids = ("random/4", "random/1")
    strata = tuple(Stratum(size=3, records=(name,)) for name in ids)
    chosen = Subset(benchmarks={"pope": Chosen(convention="official", data="d", unit="record", strata=strata)})
    plain = tmp_path / "plain.json"
    plain.write_text(json.dumps({"pope": ids}))
    for path in (chosen.save(tmp_path / "chosen.json"), plain):
        assert [record.record_id for record in asked(path, "pope", RECORDS)] == ["random/1", "random/4"]
        assert asked(path, "amber", RECORDS) == []
    assert Subset.load(tmp_path / "chosen.json") == chosen


def test_a_part_of_other_data_names_a_record_that_is_not_there(tmp_path):
    path = tmp_path / "plain.json"
    path.write_text('{"pope": ["random/1", "random/99"]}')
    with pytest.raises(BenchmarkError, match=r"plain.json: pope has no record 'random/99' \(1 of 2"):
        asked(path, "pope", RECORDS)


@pytest.mark.parametrize(("content", "said"), [("{", "cannot be read as JSON"), ("[]", "expected an object"), ('{"benchmarks": {"pope": {}}}', "benchmarks.pope.convention")])
def test_a_broken_file_says_what_is_wrong(tmp_path, content, said):
    path = tmp_path / "broken.json"
    path.write_text(content)
    with pytest.raises(BenchmarkError, match=said):
        asked(path, "pope", RECORDS)
