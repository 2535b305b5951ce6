"""The command `veridical annotate` as a process that can be killed and started again at the same address."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[2]


class Serving:
    """Life cycle: one `with` block. `tokens` are those of the links that the first start printed."""

    def __init__(self, folder: Path, *arguments: str, name: str = "said.db") -> None:
        self.folder, self.database, self.tokens = folder, folder / name, {}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.command = [sys.executable, "-m", "veridical", "annotate", *arguments, "--db", str(self.database)]

    def __enter__(self) -> Serving:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        """Start, and wait until it answers."""
        with open(self.folder / "log", "w") as log:
            self.process = subprocess.Popen([*self.command, "--port", str(self.port)], stdout=log, stderr=log, cwd=ROOT, start_new_session=True)
        for _ in range(600):
            try:
                urllib.request.urlopen(self.url, timeout=1).read()
                break
            except OSError:
                assert self.process.poll() is None, (self.folder / "log").read_text()
                time.sleep(0.1)
        for name, token in re.findall(r"^  (\w+): http\S+#(\S+)$", (self.folder / "log").read_text(), re.MULTILINE):
            self.tokens[name] = token

    def kill(self) -> None:
        """Signal 9: nothing is tidied up."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def run(self, *arguments: str) -> str:
        """The same command with more arguments, to its end: an export, the progress."""
        return subprocess.run([*self.command, *arguments], capture_output=True, text=True, check=True, cwd=ROOT).stdout
