"""Which records belong to which step, process and micro-batch."""

from __future__ import annotations

import pytest

from veridical.train.optimiser import rate
from veridical.train.order import Order, micro_batches, share


def test_every_epoch_draws_each_record_once_and_epochs_join_without_a_gap() -> None:
    order = Order(7, 3, seed=5)
    drawn = [place for step in range(7) for place in order.step(step)]
    assert all(sorted(drawn[start : start + 7]) == list(range(7)) for start in (0, 7, 14))
    assert len({tuple(drawn[start : start + 7]) for start in (0, 7, 14)}) == 3


def test_a_step_depends_on_its_number_and_the_seed_alone() -> None:
    assert Order(50, 8, seed=1).step(17) == [Order(50, 8, seed=1).step(step) for step in range(30)][17] != Order(50, 8, seed=2).step(17)


def test_a_step_larger_than_the_data_draws_records_again() -> None:
    assert sorted(Order(2, 5, seed=0).step(0)) in ([0, 0, 0, 1, 1], [0, 0, 1, 1, 1])


@pytest.mark.parametrize(("epochs", "steps"), [(1, 4), (0.5, 2), (2, 7), (0.01, 1)])
def test_steps_cover_the_epochs_asked_for(epochs: float, steps: int) -> None:
    assert Order(10, 3, seed=0).steps(epochs) == steps


@pytest.mark.parametrize("count", [0, 1, 2, 7, 8])
def test_processes_share_a_step_without_loss_and_differ_by_one_at_most(count: int) -> None:
    parts = [share(range(count), rank, 3) for rank in range(3)]
    assert [place for part in parts for place in part] == list(range(count)) and max(map(len, parts)) - min(map(len, parts)) <= 1


def test_micro_batches_stay_within_the_budget_when_padded_to_their_largest() -> None:
    # 3 and 4 together take 2 * 4 = 8, with 5 they would take 3 * 5 = 15; 20 is too large for any company
    assert micro_batches([3, 5, 4, 20], 12) == [[0, 2], [1], [3]]
    assert micro_batches([], 12) == []


def test_the_rate_rises_in_a_line_and_falls_by_schedule() -> None:
    # ten steps, two of them warm-up: 1/2, 1, and then eight steps of which the first is at the top
    assert [rate(step, 10, 0.2, "constant") for step in range(4)] == [0.5, 1.0, 1.0, 1.0]
    assert [rate(step, 10, 0.2, "linear") for step in (2, 4, 9)] == [1.0, 0.75, 0.125]
    assert [rate(step, 10, 0.2, "cosine") for step in (2, 6)] == pytest.approx([1.0, 0.5])
