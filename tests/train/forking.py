"""Trainings in processes of their own that can be killed, without paying for their imports each time.

A server imports everything once and never computes a gradient; each training is a fork of it. Run as a script this file
is the server: a line of JSON on its input is a job, a line on its output its children's exit codes.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

Job = dict[str, Any]


class Forker:
    """The server, as a test uses it. Life cycle: one `with` block."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.count = folder, 0

    def __enter__(self) -> Forker:
        environment = os.environ | {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
        self.server = subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        return self

    def __exit__(self, *_: object) -> None:
        self.server.stdin.close()
        self.server.wait(30)

    def run(self, kind: str, keys: list[str], death: str = "", processes: int = 1, after: int = 1) -> tuple[list[int], str]:
        """Train in `processes` processes; their exit codes (negative: killed by that signal) and what they printed.

        `death` names a moment of `DEATHS` at whose `after`-th time the process kills itself as `kill -9` would.
        """
        self.count += 1
        log = self.folder / f"job-{self.count}.log"
        self.server.stdin.write(json.dumps({"kind": kind, "keys": keys, "death": death, "after": after, "processes": processes, "log": str(log), "port": free_port()}) + "\n")
        self.server.stdin.flush()
        return json.loads(self.server.stdout.readline()), log.read_text()


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def serve() -> None:
    """Fork for each job, wait, answer."""
    import deaths  # noqa: F401 - imported before the forks, with all that it imports

    for line in sys.stdin:
        job = json.loads(line)
        children = [fork(job, rank) for rank in range(job["processes"])]
        print(json.dumps([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]), flush=True)


def fork(job: Job, rank: int) -> int:
    """The child's id; the child itself never returns."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        output = os.open(job["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(output, 1)
        os.dup2(output, 2)
        if job["processes"] > 1:
            place = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": job["processes"], "LOCAL_WORLD_SIZE": job["processes"], "MASTER_PORT": job["port"]}
            os.environ |= {"MASTER_ADDR": "127.0.0.1", "ACCELERATE_USE_CPU": "true"} | {name: str(value) for name, value in place.items()}
        train(job)
        code = 0
    except BaseException:  # noqa: BLE001 - the child reports whatever happened and ends here
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


def train(job: Job) -> None:
    """The training itself, with its death prepared."""
    from deaths import DEATHS

    from veridical.recipe import AlignRecipe, ImitateRecipe, OnlineRecipe, RewardRecipe, load
    from veridical.train.imitate import imitate
    from veridical.train.online import online
    from veridical.train.preference import align
    from veridical.train.reward.loop import train_reward

    if job["death"]:
        DEATHS[job["death"]](job["after"])
    kinds = {"align": (align, AlignRecipe), "imitate": (imitate, ImitateRecipe), "online": (online, OnlineRecipe), "reward": (train_reward, RewardRecipe)}
    run, recipe = kinds[job["kind"]]
    run(load(recipe, None, job["keys"]))


if __name__ == "__main__":
    serve()
