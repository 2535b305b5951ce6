"""Part of a benchmark: the proportions of the whole, whole pictures, and the same part for the same seed."""

from collections import Counter

import pytest
from graded_rows import yes_no_record

from veridical.evaluate.benchmarks import find
from veridical.evaluate.benchmarks.hallucination.pope import pope
from veridical.evaluate.labels import facts_of
from veridical.evaluate.run import score, take
from veridical.evaluate.statistics import NotComparable, compare
from veridical.evaluate.subset import subset, units_of
from veridical.records.record import Fact, Record


def of_kind(number: int, split: str, subject: str) -> Record:
    """A question without a picture."""
    labels = tuple(Fact(kind=kind, text=text) for kind, text in facts_of({"subject": subject}))
    return yes_no_record(str(number), "?", None, "yes", split).replace(media=(), facts=labels)


@pytest.mark.parametrize("seed", range(5))
def test_every_split_and_category_has_its_share_whatever_the_seed(seed):
    shares = {("a", "algebra"): 60, ("a", "logic"): 20, ("b", "algebra"): 100, ("b", "logic"): 20}
    records = [of_kind(1000 * place + number, *kind) for place, (kind, count) in enumerate(shares.items()) for number in range(count)]
    drawn = Counter((record.split, record.facts[0].text) for record in subset(records, 20, seed))
    assert drawn == {("a", "algebra"): 6, ("a", "logic"): 2, ("b", "algebra"): 10, ("b", "logic"): 2}


def test_pictures_are_taken_whole_and_the_order_is_kept(tmp_path):
    records = [yes_no_record(str(number), f"{number}?", tmp_path / f"{number % 50}.png", "yes") for number in range(300)]
    drawn = subset(records, 60, 3)
    assert set(Counter(record.media[0].path for record in drawn).values()) == {6} and len(drawn) == 60
    assert drawn == sorted(drawn, key=records.index)


def test_a_seed_draws_the_same_part_and_another_one_another():
    records = [of_kind(number, "a", "x") for number in range(100)]
    assert subset(records, 10, 1) == subset(list(records), 10, 1) != subset(records, 10, 2)
    assert subset(records, None) == records == subset(records, 100)
    chosen = Counter(record.record_id for seed in range(400) for record in subset(records, 10, seed))
    assert len(chosen) == 100 and max(chosen.values()) < 80  # each is drawn 40 times on average


def test_what_is_counted_together_is_drawn_together(tmp_path):
    for name, ids, count in (
        ("hallusionbench", [f"VS/chart/{visual}/{group}/{figure}/0" for group in range(10) for visual, figure in ((0, 0), (1, 1), (1, 2))], 3),
        ("videohallucer", [f"temporal/{pair}/{side}" for pair in range(10) for side in ("basic", "hallucination")], 2),
        ("r_bench_robust", [f"{side}/VQA/low/blur/{pair}" for pair in range(10) for side in ("ref", "dis")], 2),
    ):
        records = [yes_no_record("0", "?", tmp_path / f"{number}.png", "yes").replace(record_id=record_id) for number, record_id in enumerate(ids)]
        assert {len(unit) for unit in units_of(records, find(name).together)} == {count}
        assert len(take(find(name), records, 2 * count)[0]) == 2 * count


def test_a_part_says_how_it_was_drawn_and_other_parts_refuse_to_be_compared(tmp_path):
    records = [yes_no_record(str(number), f"{number}?", tmp_path / f"{number}.png", "yes" if number % 2 else "no") for number in range(40)]
    results = []
    for size, seed in ((10, 0), (10, 0), (10, 1), (20, 0), (None, 0)):
        part, drawn = take(pope, records, size, seed)
        results.append(score(pope, part, {record.record_id: "yes" for record in part}, data=tmp_path, drawn=drawn))
    first, same, *others = results
    assert first.settings["size"] == 10 and first.settings["seed"] == 0 and "size" not in results[-1].settings
    assert compare(first, same)["accuracy"].difference == 0
    for other in others:
        with pytest.raises(NotComparable):
            compare(first, other)
