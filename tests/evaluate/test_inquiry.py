"""What is asked, in which batches, by whom, and what it will cost."""

from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest
from graded_rows import yes_no_record

from veridical.evaluate.benchmarks.hallucination.pope import pope
from veridical.evaluate.cache import Cache
from veridical.evaluate.estimate import Calls, Estimate, Spent, estimate, total, tried
from veridical.evaluate.inquiry import Inquiry, batches
from veridical.evaluate.questions import Questions
from veridical.grade.grade import Grade
from veridical.grade.judging.limits import Purse
from veridical.records.record import Record


def questions(*sizes: int) -> list[Record]:
    """So many questions on each picture, in the order of a benchmark that goes from picture to picture."""
    asked = [(number, picture) for number in range(max(sizes)) for picture, size in enumerate(sizes) if number < size]
    return [yes_no_record(f"{picture}-{number}", f"{number}?", Path(f"{picture}.png"), "yes") for number, picture in asked]


def pictures_of(found: list[list[str]]) -> list[list[str]]:
    """The picture of each request, batch by batch."""
    return [[key.partition("-")[0] for key in batch] for batch in found]


def test_questions_on_one_picture_meet_in_one_batch_and_are_parted_only_where_they_fill_it():
    requests = {record.provenance.source_id: record for record in questions(6, 6, 6, 1, 20, 2)}
    found = pictures_of(batches(requests, 8))
    assert found == [["0"] * 6, ["1"] * 6, ["2"] * 6 + ["3"], ["4"] * 8, ["4"] * 8, ["4"] * 4 + ["5"] * 2]
    assert Counter(key for batch in batches(requests, 8) for key in batch) == Counter(list(requests))


def test_questions_without_a_picture_are_kept_in_their_order():
    requests = {str(number): yes_no_record(str(number), "?", None, "yes") for number in range(5)}
    assert batches(requests, 2) == [["0", "1"], ["2", "3"], ["4"]]


def inquiry(records, cache, process=0, processes=1, batch=4) -> Inquiry:
    """An inquiry of a model called m."""
    return Inquiry.of("pope", records, cache, {}, "m", batch, process, processes)


def test_what_is_asked_beside_a_question_does_not_depend_on_what_is_known_and_processes_share_whole_batches(tmp_path):
    records = questions(3, 3, 3, 3)
    whole = inquiry(records, Cache(None)).waiting
    cache = Cache(None)
    cache.responses = dict.fromkeys(whole[1], "yes")
    assert inquiry(records, cache).waiting == [whole[0], *whole[2:]]
    shares = [inquiry(records, Cache(None), process, 2).waiting for process in (0, 1)]
    assert shares == [whole[::2], whole[1::2]]


def test_each_process_writes_its_own_file_and_reads_all(tmp_path):
    records, asked = questions(3, 3), []
    for process in (0, 1):
        mine = inquiry(records, Cache(tmp_path / "said.jsonl", process), process, 2)
        mine.ask(lambda batch: asked.extend(batch) or ["yes"] * len(batch))
    assert len(asked) == 6 and sorted(path.name for path in tmp_path.iterdir()) == ["said-1.jsonl", "said.jsonl"]
    again = inquiry(records, Cache(tmp_path / "said.jsonl"))
    assert again.missing == 0 and set(again.said.values()) == {"yes"}


def test_the_cut_off_batch_of_another_process_is_left_to_it(tmp_path):
    records, said = questions(3, 3), tmp_path / "said.jsonl"
    inquiry(records, Cache(said, 1), 1, 2).ask(lambda batch: ["yes"] * len(batch))
    file = tmp_path / "said-1.jsonl"
    cut = file.read_bytes()[:-10]
    file.write_bytes(cut)
    assert inquiry(records, Cache(said)).missing == 6 and file.read_bytes() == cut
    assert inquiry(records, Cache(said, 1)).missing == 6 and file.read_bytes() == b""


def test_an_estimate_is_what_was_spent_times_what_is_left(tmp_path):
    records = questions(4, 4, 4)
    asked = inquiry(records, Cache(None), processes=2)
    asked.ask(lambda batch: ["yes"] * len(batch), most=1)
    found = estimate(Questions(pope, records, tmp_path), asked, 0, Spent(0, 0.0, 100, 10), Spent(4, 6.0, 180, 18))
    # 8 are left; 4 took 6 s, 80 tokens read, 8 written; two processes share the time
    assert found == Estimate("pope", 12, 12, 0, 8, 6.0, 160.0, 16.0) and "left: 8 requests, about 160 tokens read and 16 written, about 6 seconds" in found.line
    nothing = estimate(Questions(pope, records, tmp_path), asked, 12, Spent(4, 6.0, 180, 18), Spent(4, 6.0, 180, 18))
    assert nothing.seconds == 0 and total([found, found]) == "in all 16 requests, about 12 seconds"


def test_the_judges_part_is_measured_on_a_few_responses_and_priced(tmp_path):
    records, purse, seen = questions(40), Purse(price_read=10.0, price_written=30.0), Counter()
    asked = inquiry(records, Cache(None), batch=40)
    asked.ask(lambda batch: ["yes"] * len(batch))

    def grade(record, response):
        purse.read, purse.written = purse.read + 2000, purse.written + 100
        seen["asked"] += 2
        return Grade(1.0, "yes")

    found = tried(Questions(pope, records, tmp_path), asked, grade, SimpleNamespace(seen=seen, purse=purse))
    # two calls a response, of 1,000 and 50 tokens: 80 calls, 80,000 and 4,000 tokens, 0.8 + 0.12 in money
    assert found == Calls(80.0, pytest.approx(80_000), pytest.approx(4_000), pytest.approx(0.92)) and seen["asked"] == 16
    assert "about 80 calls, 80,000 tokens read and 4,000 written, 0.92 in money" in Estimate("pope", 40, 40, 0, 0, 0, 0, 0, found).line
