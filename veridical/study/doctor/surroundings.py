"""Where a run writes and what it can reach: disks, permissions, the hub, a server of models, accelerate's configuration."""

from __future__ import annotations

import os
import shutil
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from threading import Thread

from veridical.study.doctor.examination import Line, line

GROUP = "surroundings"
PATIENCE = 2.0
"""Seconds to wait for an answer from the network."""
LEAST_GB = 1.0
"""Free space below which a checkpoint may not fit."""
SERVER = "VERIDICAL_VLLM"
"""Environment variable with the address of a server of models."""


def lines(server: str | None = None) -> Iterator[Line]:
    """Disks, network, configuration. `server` is the address of a server of models (default: VERIDICAL_VLLM)."""
    server = server or os.environ.get(SERVER)
    hub = os.environ.get("HF_ENDPOINT", "https://huggingface.co")
    asked = {"server": later(f"{server.rstrip('/')}/models") if server else None, "hub": None if offline() else later(hub)}
    yield from folder_lines("working folder", Path.cwd())
    yield from folder_lines("cache of the hub", cache_folder())
    yield hub_line(hub, asked["hub"])
    yield server_line(server, asked["server"])
    yield accelerate_line()


def offline() -> bool:
    """Whether the hub is switched off."""
    return os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE")


def cache_folder() -> Path:
    """Where the hub's downloads are kept, as huggingface_hub decides."""
    home = os.environ.get("HF_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "huggingface"
    return Path(os.environ.get("HF_HUB_CACHE") or Path(home) / "hub").expanduser()


def folder_lines(name: str, folder: Path) -> Iterator[Line]:
    """Free space and the right to write, of a folder or of the nearest one above it that exists."""
    place = next(path for path in (folder, *folder.absolute().parents) if path.is_dir())
    free = shutil.disk_usage(place).free / 10**9
    writable, enough = may_write(place), free >= LEAST_GB
    fix = f"df -h {place}   # free {LEAST_GB:g} GB there" if writable else f"sudo chown $USER {place}"
    yield line(GROUP, name, writable and enough, f"{folder}: {free:.1f} GB free, {'writable' if writable else 'not writable'}", fix)


def may_write(folder: Path) -> bool:
    """Whether a file can be made there."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def later(address: str) -> Future:
    """An answer that is on its way: the network is asked in a thread of its own, which nobody waits for."""
    answer: Future = Future()

    def ask() -> None:
        answer.set_result(reach(address))

    Thread(target=ask, daemon=True).start()
    return answer


def reach(address: str) -> str:
    """"" when a server answers, whatever it says; else why not."""
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers={"User-Agent": "veridical doctor"}), timeout=PATIENCE):
            return ""
    except urllib.error.HTTPError as error:
        return "" if error.code < 500 else f"it answers {error.code}"
    except (OSError, ValueError) as error:
        return str(getattr(error, "reason", error)) or type(error).__name__


def outcome(answer: Future) -> str:
    """What came of it, after `PATIENCE` at most."""
    try:
        return answer.result(PATIENCE)
    except TimeoutError:
        return f"no answer in {PATIENCE:g} s"


def hub_line(hub: str, answer: Future | None) -> Line:
    """The hub: only needed to name models instead of giving directories."""
    if answer is None:
        return line(GROUP, "hub", True, "switched off by HF_HUB_OFFLINE; models and data are given as directories")
    why = outcome(answer)
    found = f"{hub}: {why}; models and data can be given as directories" if why else f"{hub} answers"
    return line(GROUP, "hub", not why, found, "export HF_HUB_OFFLINE=1   # so that nothing waits for it", "optional")


def server_line(server: str | None, answer: Future | None) -> Line:
    """A server of models (vLLM); missing only where one was named."""
    if server is None or answer is None:
        return line(GROUP, "model server", False, "none named; models run in this process", f"export {SERVER}=http://localhost:8000/v1", "optional")
    why = outcome(answer)
    return line(GROUP, "model server", not why, f"{server}: {why}" if why else f"{server} answers", f"vllm serve MODEL   # or unset {SERVER}")


def accelerate_line() -> Line:
    """How `accelerate launch` would start a run."""
    from accelerate.commands.config.config_args import default_json_config_file, default_yaml_config_file, load_config_from_file

    file = next((path for path in (default_yaml_config_file, default_json_config_file) if os.path.isfile(path)), None)
    if file is None:
        return line(GROUP, "accelerate", False, "not configured: one process", "accelerate config   # or: accelerate launch --num_processes N -m veridical align ...", "optional")
    known = load_config_from_file(file)
    kind = getattr(known.distributed_type, "value", known.distributed_type)
    return line(GROUP, "accelerate", True, f"{file}: {kind}, {getattr(known, 'num_processes', 1)} processes, precision {known.mixed_precision}")
