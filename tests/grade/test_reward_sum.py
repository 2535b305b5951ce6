"""Rewards are weighted and gated; a response that hangs, crashes or raises costs itself alone, whatever the number of processes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from asking import asked

from veridical.grade.grade import Grade
from veridical.grade.reward import END, Reward, RewardError, Rewards
from veridical.grade.workers import Task, Workers
from veridical.recipe import RewardChoice

RECORD = asked("5", "number")
OWN = """
import ctypes, os

def moody(completions, **columns):
    said = completions[0][0]["content"]
    if "hang" in said: 9**9**9**9
    if "crash" in said: ctypes.string_at(0)
    if "leave" in said: os._exit(3)
    if "raise" in said: raise ValueError("no mood")
    if "quit" in said: raise SystemExit(1)
    if "skip" in said: return [None]
    return [float(len(said))]

def broken(completions, **columns):
    raise RuntimeError("always")

def place(completions, **columns):
    return [float(os.getpid())]
"""


def earned(value: float | None, **counts: float):
    """A grader that always says the same."""
    return lambda record, response: Grade(value, counts=counts)


@pytest.fixture
def own(tmp_path) -> str:
    """A file with functions that misbehave."""
    (tmp_path / "own.py").write_text(OWN)
    return str(tmp_path / "own.py")


def test_values_are_summed_with_their_weights_and_parts_keep_them_raw():
    rewards = Rewards([Reward("accuracy", earned(1.0)), Reward("format", earned(0.5), weight=0.5), Reward("words", earned(7.0), weight=0.0)])
    (((one,),)) = rewards([RECORD], [["x"]])
    # 1 · 1 + 0.5 · 0.5 + 0 · 7
    assert one.total == 1.25 and one.parts == {"accuracy": 1.0, "format": 0.5, "words": 7.0}


def test_a_reward_of_steps_is_earned_at_their_ends_and_not_by_the_whole_response():
    stepwise = lambda record, response: Grade(0.5, steps=((2, 1.0), (5, -1.0)))  # noqa: E731
    rewards = Rewards([Reward("accuracy", earned(1.0)), Reward("steps", stepwise, weight=0.5, steps=True)])
    (((one,),)) = rewards([RECORD], [["x"]])
    assert one.total == 1.0 and one.steps == ((2, 0.5), (5, -0.5)) and one.parts == {"accuracy": 1.0, "steps": 0.5}
    ((shut,),) = Rewards([Reward("accuracy", earned(0.0)), Reward("steps", stepwise, gate="accuracy", steps=True)])([RECORD], [["x"]])
    assert shut.total == 0.0 and shut.steps == ()
    ((alone,),) = Rewards([Reward("steps", stepwise, steps=True)])([RECORD], [["x"]])
    assert alone.total == 0.0 and len(alone.steps) == 2
    (((whole,),)) = Rewards([Reward("accuracy", earned(0.25), steps=True)])([RECORD], [["x"]])
    assert whole.steps == ((END, 0.25),)  # a grader of whole responses knows one step


def test_a_gate_shuts_where_its_reward_is_not_above_0():
    def total(gate: float | None, value: float | None = 0.5) -> float | None:
        return Rewards([Reward("length", earned(value), gate="accuracy"), Reward("accuracy", earned(gate))])([RECORD], [["x"]])[0][0].total

    assert [total(1.0), total(0.0), total(-1.0)] == [1.5, 0.0, -1.0]
    assert total(None) is None and total(1.0, None) is None
    assert total(0.0, None) == 0.0  # behind a shut gate nothing needs to be known


def test_one_unknown_part_makes_the_total_unknown_unless_it_weighs_nothing_or_is_not_meant_for_the_record():
    def total(*rewards: Reward) -> float | None:
        return Rewards(rewards)([RECORD], [["x"]])[0][0].total

    assert total(Reward("a", earned(1.0)), Reward("b", earned(None))) is None
    assert total(Reward("a", earned(1.0)), Reward("b", earned(None), weight=0.0)) == 1.0
    assert total(Reward("a", earned(1.0)), Reward("b", earned(None, not_asked=1.0))) == 1.0
    assert total(Reward("b", earned(None, not_asked=1.0))) is None


def test_what_could_not_be_read_is_marked():
    (row,) = Rewards.of([RewardChoice(name="number", label="accuracy")])([RECORD], [["5", "3 or 4"]])
    assert [(one.total, one.unparsed, one.failed) for one in row] == [(1.0, False, False), (0.0, True, False)]


def test_gates_and_names_are_checked_before_anything_is_graded():
    with pytest.raises(RewardError, match="reward a: gate=b is no other reward of the list; there are none"):
        Rewards([Reward("a", earned(1.0), gate="b")])
    with pytest.raises(RewardError, match="a stands twice"):
        Rewards([Reward("a", earned(1.0)), Reward("a", earned(1.0))])
    for choice, said in (
        (RewardChoice(name="accuracyy"), "reward accuracyy: unknown; there are accuracy, "),
        (RewardChoice(name="number", settings={"tolerance": 1}), "reward number: got an unexpected keyword argument 'tolerance'; its settings are"),
        (RewardChoice(name="number", settings={"rule": "x"}), "rule=x: unknown; there are tolerance, video_r1"),
        (RewardChoice(name="/none/own.py:f"), "/none/own.py: no such file; name it as FILE.py:function"),
    ):
        with pytest.raises(RewardError, match=said):
            Rewards.of([choice])


HARM = ["ok", "hang", "crash", "fine then", "leave", "raise", "quit", "ok"]


@pytest.mark.parametrize("count", [1, 3])
def test_a_response_that_hangs_or_crashes_is_not_scored_and_costs_no_other(own, count):
    with Rewards.of([RewardChoice(name=f"{own}:moody", label="mood")], workers=count, deadline=1.0) as rewards:
        (row,) = rewards([RECORD], [HARM])
        assert [one.total for one in row] == [2.0, None, None, 9.0, None, None, None, 2.0]
        assert [one.failed for one in row] == [False, True, True, False, True, True, True, False]
        assert [row[place].why for place in (1, 4, 5)] == ["mood: took longer than 1 s", "mood: the grading process ended (status 3)", "mood: ValueError: no mood"]
        assert rewards([RECORD], [["again"]])[0][0].total == 5.0
        processes = [worker.process for worker in rewards.workers.idle]
    assert all(process.poll() is not None for process in processes)


def test_rows_keep_their_order_and_shape_whatever_the_number_of_processes(own):
    responses = [["a" * (1 + (7 * row + place) % 11) for place in range(row + 1)] for row in range(6)] + [[]]
    wanted = [[float(len(text)) for text in row] for row in responses]
    for count in (1, 4):
        with Rewards.of([RewardChoice(name=f"{own}:moody", label="mood")], workers=count) as rewards:
            assert [[one.total for one in row] for row in rewards([RECORD] * 7, responses)] == wanted


def test_a_function_may_say_that_it_is_not_meant_for_a_record(own):
    with Rewards.of([RewardChoice(name=f"{own}:moody", label="mood"), RewardChoice(name="number")]) as rewards:
        assert [one.total for one in rewards([RECORD], [["skip 5", "5"]])[0]] == [1.0, 2.0]


def test_a_reward_that_only_fails_stops_the_run_with_its_reason(own):
    with Rewards.of([RewardChoice(name=f"{own}:broken", label="mine")]) as rewards:
        assert [rewards([RECORD], [["a", "b"]])[0][0].total for _ in range(2)] == [None, None]
        with pytest.raises(RewardError, match="reward mine: failed for all 2 responses, 3 times in a row; the first: RuntimeError: always"):
            rewards([RECORD], [["a", "b"]])


def test_graders_that_hold_a_model_stay_here_and_grade_all_at_once():
    class Whole:
        def many(self, records, responses):
            return [Grade(float(len(responses)))] * len(responses)

        def __call__(self, record, response):
            return self.many([record], [response])[0]

    assert [[one.total for one in row] for row in Rewards([Reward("model", Whole())])([RECORD] * 2, [["a", "b"], ["c"]])] == [[3.0, 3.0], [3.0]]


def test_a_process_that_was_ended_from_outside_is_made_anew(own):
    workers = Workers([("own_function", {"function": f"{own}:place"})])
    (first,) = workers([Task(0, RECORD, "x")])
    os.kill(int(first.value), signal.SIGKILL)
    workers.idle[0].process.wait()
    (second,) = workers([Task(0, RECORD, "x")])
    workers.close()
    assert second.value > 0 and second.value != first.value


PARENT = """
import sys
from veridical.grade.reward import Rewards
from veridical.recipe import RewardChoice
from veridical.records.record import Record
rewards = Rewards.of([RewardChoice(name=sys.argv[1] + ":moody")], deadline=600)
print(rewards.workers.idle[0].process.pid, flush=True)
rewards([Record(record_id="r", prompt=())], [["hang"]])
"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_no_process_outlives_the_one_that_started_it(own, end):
    # the grading process is inside one long computation, so nothing in it can notice: the system must end it
    # a shell starts what runs in its background deaf to SIGINT
    hears = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)  # noqa: E731
    parent = subprocess.Popen([sys.executable, "-c", PARENT, own], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, preexec_fn=hears)
    child = int(parent.stdout.readline())
    time.sleep(0.3)
    parent.send_signal(end)
    parent.wait(120)
    parent.stdout.close()
    assert gone(child)


def gone(process: int) -> bool:
    """Whether a process ends within some seconds; one that is dead and not collected has ended."""
    for _ in range(100):
        state = Path(f"/proc/{process}/stat")
        if not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.1)
    return False
