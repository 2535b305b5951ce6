"""A run's directory: complete, readable after a kill, and clear about a disk that cannot be written."""

import json
import subprocess

import pytest

from veridical.records.run import Run, RunError, versions


def test_a_run_starts_with_recipe_versions_and_data(tmp_path):
    run = Run(tmp_path / "a" / "run")
    run.start("model: x\n", [{"source": "y", "records": 3}])
    assert (run.path / "recipe.yaml").read_text() == "model: x\n"
    assert json.loads((run.path / "versions.json").read_text())["torch"] == versions()["torch"] != "not installed"
    assert json.loads((run.path / "data.json").read_text()) == [{"source": "y", "records": 3}] and (run.path / "results").is_dir()
    assert run.checkpoints == run.path / "checkpoints"


def test_a_run_of_another_process_writes_nothing(tmp_path):
    run = Run(tmp_path / "run", writes=False)
    run.start("model: x\n")
    run.log(0, {"loss": 1.0})
    run.rewind(0)
    assert run.write("a.html", "x") == tmp_path / "run" / "a.html"
    assert not run.path.exists() and run.metrics() == []


def test_a_resumed_run_logs_every_step_once(tmp_path):
    run = Run(tmp_path)
    for step in range(5):
        run.log(step, {"loss": float(step)})
    run.rewind(3)
    for step in range(3, 6):
        run.log(step, {"loss": 10.0 + step})
    assert [(row["step"], row["loss"]) for row in run.metrics()] == [(0, 0.0), (1, 1.0), (2, 2.0), (3, 13.0), (4, 14.0), (5, 15.0)]
    assert all(row["time"] > 0 for row in run.metrics())


def test_a_line_that_a_kill_cut_off_costs_itself_only(tmp_path):
    run = Run(tmp_path)
    run.log(0, {"loss": 1.0})
    run.log(1, {"loss": 2.0})
    whole = (tmp_path / "metrics.jsonl").read_text()
    for cut in (1, 10, 30):
        (tmp_path / "metrics.jsonl").write_text(whole[:-cut])
        assert [row["step"] for row in run.metrics()] == [0]
    run.log(2, {"loss": 3.0})
    run.log(3, {"loss": 4.0})
    assert [row["step"] for row in run.metrics()] == [0, 3]


def test_a_text_of_the_run_is_written_whole(tmp_path):
    run = Run(tmp_path)
    assert run.write("pages/a.html", "one").read_text() == "one"
    assert run.write("pages/a.html", "two").read_text() == "two" and [one.name for one in (tmp_path / "pages").iterdir()] == ["a.html"]


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("x")
    for act in (lambda run: run.start("x"), lambda run: run.write("a.html", "x"), lambda run: run.log(0, {})):
        with pytest.raises(RunError, match=str(tmp_path / "file" / "run")):
            act(Run(tmp_path / "file" / "run"))


def test_a_full_disk_stops_with_what_is_kept_and_the_old_file_stays(tmp_path):
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path)], capture_output=True)
    if done.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {done.stderr.decode().strip()}")
    try:
        run = Run(tmp_path)
        run.write("a.html", "old")
        with pytest.raises(RunError, match="a.html: could not be written .No space left on device.; free space on this disk"):
            run.write("a.html", "x" * 100_000)
        assert (tmp_path / "a.html").read_text() == "old" and len(list(tmp_path.iterdir())) == 1
        with pytest.raises(RunError, match="nothing before step 7 is lost, free space and run the same command again"):
            for _ in range(100):
                run.log(7, {"loss": "x" * 4000})
    finally:
        subprocess.run(["umount", "-l", str(tmp_path)], check=True)
