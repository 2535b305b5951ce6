"""The doctor says what is there, what is missing, and the command that puts it right; it never hangs."""

import http.server
import importlib.metadata
import json
import threading
from contextlib import contextmanager

import pytest
from packaging.requirements import Requirement

from veridical.study import machine as machines
from veridical.study.doctor import doctor, hardware, looked_at, packages, surroundings, text
from veridical.study.doctor.examination import Examination, line
from veridical.study.machine import Card, Machine


@pytest.fixture(scope="module")
def found():
    """This machine, without the network."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        patch.delenv("VERIDICAL_VLLM", raising=False)
        return doctor()


@contextmanager
def answering(code: int):
    """A server on this machine that answers everything with a code; its address and the paths it was asked for."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(code)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


def test_every_required_package_has_a_line_with_its_installed_version(found):
    needs = [Requirement(one) for one in importlib.metadata.requires("veridical")]
    for need in (one for one in needs if one.marker is None):
        assert found.line(need.name).found.startswith(importlib.metadata.version(need.name)) and str(need.specifier) in found.line(need.name).found
    assert found.line("python").status == "ok" and found.passed


def test_every_line_that_is_not_ok_is_explained_in_the_text(found):
    shown = text(found)
    assert [one for one in found.lines if one.name not in shown or one.found not in shown or one.fix not in shown] == []
    assert shown.endswith("nothing is missing")
    assert text(Examination(lines=(line("packages", "torch", False, "not installed", "pip install torch"),), seconds=0.1)).endswith("missing: torch")


def test_an_examination_is_plain_json(found):
    written = json.loads(json.dumps(found.model_dump()))
    assert written["passed"] is True and {one["status"] for one in written["lines"]} <= {"ok", "missing", "optional"}


def test_a_package_that_is_absent_or_too_old_is_missing_with_the_command():
    absent, old, fine = (packages.required(Requirement(text)) for text in ("no-such-package>=2", "numpy>=999", "numpy>=1"))
    assert (absent.status, absent.found, absent.fix) == ("missing", "not installed (required: >=2)", 'pip install "no-such-package>=2"')
    assert (old.status, old.fix) == ("missing", 'pip install "numpy>=999"') and importlib.metadata.version("numpy") in old.found
    assert (fine.status, fine.fix) == ("ok", "")


def test_an_extra_is_optional_until_all_of_it_is_there():
    lacking = packages.extra_line("amber", [Requirement("numpy>=1"), Requirement("no-such-package>=2")])
    assert (lacking.status, lacking.fix) == ("optional", 'pip install "veridical[amber]"') and "no-such-package absent" in lacking.found
    assert packages.extra_line("judge", [Requirement("numpy>=1")]).status == "ok"


def test_the_data_of_ambers_tools_is_looked_for_where_the_tools_are(monkeypatch):
    monkeypatch.setattr(packages, "version_of", lambda name: "3.9" if name in ("nltk", "spacy") else None)
    monkeypatch.setattr(packages, "nltk_has", lambda place: "wordnet" not in place)
    tagger, model = packages.amber_data()
    assert (tagger.status, tagger.fix) == ("optional", "python -m nltk.downloader wordnet")
    assert (model.status, model.fix) == ("optional", "python -m spacy download en_core_web_lg")
    monkeypatch.setattr(packages, "version_of", lambda name: None)
    assert list(packages.amber_data()) == []


def test_a_package_that_was_not_installed_says_how_to(monkeypatch):
    def nothing(name: str):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "metadata", nothing)
    (only,) = packages.lines()
    assert (only.status, only.fix) == ("missing", "pip install -e .")


def on(cards: tuple[Card, ...], monkeypatch, driver: bool = False, memory: float = 64.0) -> dict[str, object]:
    """Lines of a machine with these cards."""
    monkeypatch.setattr(hardware, "machine", lambda: Machine(system="Linux", cores=8, memory_gb=memory, free_gb=memory / 2, cards=cards))
    monkeypatch.setattr(hardware, "nvidia_driver", lambda: driver)
    return {one.name: one for one in hardware.lines()}


def test_a_driver_that_torch_cannot_use_is_missing_its_torch(monkeypatch):
    wasted = on((), monkeypatch, driver=True)["torch build"]
    assert wasted.status == "missing" and wasted.fix.startswith("pip install --force-reinstall torch --index-url https://download.pytorch.org/whl/cu")
    assert on((), monkeypatch)["torch build"].status == "ok" and on((), monkeypatch)["graphics card"].status == "optional"


def test_each_card_says_its_memory_and_whether_it_knows_bfloat16(monkeypatch):
    cards = tuple(Card(name=name, memory_gb=80, free_gb=79, capability=number, bfloat16=fine) for name, number, fine in (("A", "9.0", True), ("B", "7.0", False)))
    found = on(cards, monkeypatch, driver=True)
    assert found["graphics card 0"].found == "A, 79.0 of 80.0 GB free, capability 9.0, bfloat16"
    assert found["graphics card 1"].found.endswith("no bfloat16: use precision=float32")
    assert found["torch build"].status == "ok" and found["flash attention"].fix == "pip install flash-attn --no-build-isolation"


def test_too_little_memory_is_missing(monkeypatch):
    assert on((), monkeypatch, memory=2.0)["memory"].status == "missing"


def test_a_containers_limit_is_all_the_memory_there_is(monkeypatch, tmp_path):
    (tmp_path / "max").write_text("3000000000\n")
    (tmp_path / "now").write_text("1000000000\n")
    monkeypatch.setattr(machines, "LIMITS", ((tmp_path / "max", tmp_path / "now"),))
    assert machines.memory() == (3_000_000_000, 2_000_000_000)
    (tmp_path / "max").write_text("max\n")
    assert machines.memory()[0] > 3_000_000_000


def lines_of(monkeypatch, server: str | None = None, **environment: str) -> dict[str, object]:
    """The surroundings under these environment variables."""
    for name in ("HF_HUB_OFFLINE", "HF_ENDPOINT", "VERIDICAL_VLLM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return {one.name: one for one in surroundings.lines(server)}


def test_a_hub_and_a_server_that_answer_are_ok_even_when_they_refuse(monkeypatch):
    with answering(200) as (hub, _), answering(401) as (server, asked):
        found = lines_of(monkeypatch, HF_ENDPOINT=hub, VERIDICAL_VLLM=f"{server}/v1/")
    assert (found["hub"].status, found["model server"].status) == ("ok", "ok") and asked == ["/v1/models"]


def test_a_server_that_was_named_and_is_silent_or_broken_is_missing(monkeypatch):
    with answering(503) as (server, _):
        found = lines_of(monkeypatch, server, HF_HUB_OFFLINE="1")["model server"]
    assert found.status == "missing" and "it answers 503" in found.found and found.fix.startswith("vllm serve")
    closed = lines_of(monkeypatch, server, HF_HUB_OFFLINE="1")["model server"]
    assert closed.status == "missing" and "refused" in closed.found
    assert lines_of(monkeypatch, HF_HUB_OFFLINE="1")["model server"].status == "optional"


def test_a_network_that_swallows_everything_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(surroundings, "PATIENCE", 0.2)
    silent = threading.Event()
    monkeypatch.setattr(surroundings, "reach", lambda address: silent.wait(60) or "")
    found = lines_of(monkeypatch)
    silent.set()
    assert found["hub"].status == "optional" and "no answer in 0.2 s" in found["hub"].found and found["hub"].fix.startswith("export HF_HUB_OFFLINE=1")


def test_switched_off_the_hub_is_not_asked(monkeypatch):
    monkeypatch.setattr(surroundings, "later", lambda address: pytest.fail("asked"))
    assert lines_of(monkeypatch, HF_HUB_OFFLINE="true")["hub"].status == "ok"


def test_folders_that_cannot_be_written_or_are_full_are_missing(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "not" / "yet" / "made"))
    monkeypatch.chdir(tmp_path)
    fine = lines_of(monkeypatch, HF_HUB_OFFLINE="1")
    assert (fine["working folder"].status, fine["cache of the hub"].status) == ("ok", "ok") and "not/yet/made" in fine["cache of the hub"].found
    monkeypatch.setattr(surroundings.tempfile, "TemporaryFile", lambda dir: (_ for _ in ()).throw(PermissionError("denied")))
    locked = lines_of(monkeypatch, HF_HUB_OFFLINE="1")["working folder"]
    assert locked.status == "missing" and locked.fix == f"sudo chown $USER {tmp_path}"
    monkeypatch.undo()
    monkeypatch.setattr(surroundings, "LEAST_GB", 1e9)
    assert lines_of(monkeypatch, HF_HUB_OFFLINE="1")["working folder"].fix.startswith("df -h")


def test_accelerates_configuration_is_read(monkeypatch, tmp_path):
    from accelerate.commands.config import config_args

    assert lines_of(monkeypatch, HF_HUB_OFFLINE="1")["accelerate"].name == "accelerate"
    file = tmp_path / "default_config.yaml"
    written = {"compute_environment": "LOCAL_MACHINE", "distributed_type": "MULTI_GPU", "num_processes": 4, "mixed_precision": "bf16", "use_cpu": False, "debug": False}
    file.write_text(json.dumps(written))
    monkeypatch.setattr(config_args, "default_yaml_config_file", str(file))
    found = lines_of(monkeypatch, HF_HUB_OFFLINE="1")["accelerate"]
    assert found.status == "ok" and found.found == f"{file}: MULTI_GPU, 4 processes, precision bf16"


def test_a_part_that_breaks_is_a_line_and_the_rest_is_seen():
    def broken():
        yield line("machine", "processor", True, "8 cores")
        raise RuntimeError("the driver is gone")

    lines = list(looked_at("machine", broken()))
    assert [one.status for one in lines] == ["ok", "missing"] and "the driver is gone" in lines[1].found
