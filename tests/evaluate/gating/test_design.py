"""Which questions are asked."""

import numpy as np
import pytest
from graded_rows import row

from veridical.evaluate.benchmark import BenchmarkError
from veridical.evaluate.benchmarks import find
from veridical.evaluate.gating.design import allocate, choose, foreseen, strata_of
from veridical.evaluate.gating.marks import blind_solvable, doubtful
from veridical.records.result import Metric, Result


def answered(values: str, benchmark: str = "mmstar", model: str = "", wrong: str = "B") -> Result:
    """A result of "110": right, right, wrong."""
    rows = tuple(row(f"q{place}", float(value), gold="A", answer="A" if value == "1" else wrong) for place, value in enumerate(values))
    return Result(benchmark=benchmark, dimension="general", data="d", model=model, rows=rows, metrics={"accuracy": Metric(value=50, low=0, high=100, n=len(rows), better="higher")})


def test_a_stratum_gets_its_share_by_size_and_root_of_what_is_expected():
    # 900 questions that move 0.1 each and 100 that move 0.9: 90 to 90, so that a tenth of 1,000 is halved
    assert allocate([(900, 1.0, 0.01), (100, 1.0, 0.81)], 0.1) == [50, 50]
    # a picture of four questions costs four: 45 to 90, of 185 questions
    assert allocate([(900, 4.0, 0.01), (100, 1.0, 0.81)], 0.05) == [31, 62]


def test_what_would_be_asked_more_than_whole_is_asked_whole_and_nothing_is_left_alone():
    assert allocate([(900, 1.0, 0.0001), (20, 1.0, 100.0)], 0.1) == [72, 20]
    # the first expects nothing, and still gets a quarter of a uniform subset's rate
    assert allocate([(900, 1.0, 0.0), (500, 1.0, 1.0)], 0.1) == [23, 118]


def test_strata_are_shares_of_earlier_models_that_changed():
    effects = np.array([[0, 1, 1, -1], [0, 0, 1, 1], [0, 0, 0, 1]], dtype=float)
    assert strata_of(effects).tolist() == [0, 1, 2, 3]
    assert strata_of(np.zeros((0, 3))).tolist() == [0, 0, 0]


def test_what_is_expected_is_what_each_model_did_where_the_others_tell():
    # two models change the same 10 of 100 questions and one of them another 10: where the other changed, 10 of 20 and 10 of 10 changes; elsewhere 10 of 80 and none of 90
    effects = np.zeros((2, 100))
    effects[0, :10] = effects[1, :10] = effects[1, 10:20] = 1.0
    expected = foreseen(effects, strata_of(effects), 0.0)
    assert expected[3] == pytest.approx(20 / 31) and expected[0] == pytest.approx(10 / 171)


def test_more_is_asked_where_earlier_models_changed():
    base, earlier = answered("1" * 400, model="base"), [answered("0" * 30 + "1" * 370), answered("0" * 20 + "1" * 380)]
    found = choose({"mmstar": base}, [{"mmstar": one} for one in earlier], share=0.1).benchmarks["mmstar"]
    rates = [len(one.records) / one.size for one in found.strata]
    assert sum(len(one.records) for one in found.strata) == pytest.approx(40, abs=2) and sum(one.size for one in found.strata) == 400
    assert rates[-1] > 3 * rates[0] > 0
    uniform = choose({"mmstar": base}, share=0.1).benchmarks["mmstar"]
    assert [(one.size, len(one.records)) for one in uniform.strata] == [(400, 40)]


def test_the_same_seed_draws_the_same_questions_and_another_others():
    base = {"mmstar": answered("10" * 100)}
    drawn = [choose(base, seed=seed).benchmarks["mmstar"].strata[0].records for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2] and len(set(drawn[0])) == 20


def test_a_question_that_is_right_blind_is_marked_once_guessing_cannot_explain_it():
    runs, mmstar = [answered("1100"), answered("1010"), answered("1001")], find("mmstar")
    # one of four is guessed: in all of two runs once in 16, in all of three once in 64
    assert blind_solvable(mmstar, runs[:2]) == {}
    assert list(blind_solvable(mmstar, runs)) == ["q0"]
    assert list(blind_solvable(find("chartqa"), runs[:1])) == ["q0", "q1"]


def test_a_truth_that_nobody_shares_is_doubtful():
    assert doubtful([answered("10")] * 2) == {}
    assert list(doubtful([answered("10")] * 3)) == ["q1"]
    assert doubtful([answered("10"), answered("10"), answered("10", wrong="C")]) == {}


def test_marked_questions_are_never_asked():
    base, earlier = {"mmstar": answered("1" * 50)}, [{"mmstar": answered("0" * 5 + "1" * 45)} for _ in range(3)]
    found = choose(base, earlier, share=1.0).benchmarks["mmstar"]
    assert set(found.left_out) == {f"q{place}" for place in range(5)}
    assert sorted(record for one in found.strata for record in one.records) == sorted(f"q{place}" for place in range(5, 50))


def test_nothing_to_choose_from_is_said():
    with pytest.raises(BenchmarkError, match="between 0 and 1"):
        choose({"mmstar": answered("10")}, share=2)
    with pytest.raises(BenchmarkError, match="headline"):
        choose({"mmstar": answered("10").model_copy(update={"metrics": {}})})
