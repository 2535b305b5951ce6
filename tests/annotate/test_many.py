"""Twenty annotators write at once for a minute while the server is killed and started again: nothing is lost, nothing is there twice."""

from __future__ import annotations

import json
import os
import random
import threading
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

import pytest
from annotate_process import Serving

from veridical.annotate.database import open_database
from veridical.annotate.store import Store
from veridical.records.load import load, save
from veridical.records.record import Record, Response, Turn, text_parts

PEOPLE = [f"p{number}" for number in range(20)]


def records(count: int) -> list[Record]:
    """Questions with two responses."""
    made = []
    for number in range(count):
        responses = tuple(Response(response_id=name, parts=text_parts(f"{name} {number}")) for name in ("yes", "no"))
        made.append(Record(record_id=f"i{number}", kind="prompt_only", prompt=(Turn(role="user", parts=text_parts(f"{number}?")),), responses=responses))
    return made


class Annotator(threading.Thread):
    """Does what the page does: keeps a judgement until the server has it, sends it again where no answer comes, and now and then sends one twice."""

    def __init__(self, site: Serving, person: str, end: float, pause: float) -> None:
        super().__init__()
        self.site, self.person, self.end, self.pause = site, person, end, pause
        self.kept: dict[str, str] = {}
        """Item to what was said of it, as the server acknowledged it."""
        self.again = 0
        self.chance = random.Random(person)

    def run(self) -> None:
        """Until the time is over, or nothing is left."""
        while time.monotonic() < self.end:
            item = self.until("/api/next", {"without": []})
            if item["item"] is None:
                return
            better = self.chance.choice(item["responses"])
            said = {
                "client_id": uuid.uuid4().hex,
                "item": item["item"],
                "seconds": 0.1,
                "ranks": {one["key"]: 1 if one is better else 2 for one in item["responses"]},
                "comment": self.person,
            }
            for _ in range(1 + (self.chance.random() < 0.2)):
                assert self.until("/api/judgement", said) == {"kept": said["client_id"]}
            self.kept[item["item"]] = better["text"]
            time.sleep(self.pause * self.chance.random())

    def until(self, path: str, body: dict) -> dict:
        """An answer, however often it has to be asked for."""
        while True:
            request = urllib.request.Request(self.site.url + path, json.dumps(body).encode(), {"Authorization": f"Bearer {self.site.tokens[self.person]}"})
            try:
                with urllib.request.urlopen(request, timeout=5) as answer:
                    return json.loads(answer.read())
            except urllib.error.HTTPError as error:
                raise AssertionError(f"{path}: {error.code} {error.read()!r}") from error
            except OSError:
                self.again += 1
                time.sleep(0.1)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_twenty_annotators_and_a_server_that_is_killed_lose_nothing(tmp_path, kind):
    url = os.environ.get("VERIDICAL_POSTGRES", "")
    if kind == "postgresql" and not url:
        pytest.skip("VERIDICAL_POSTGRES names no database")
    save(records(4000), tmp_path / "data.jsonl")
    site = Serving(tmp_path, str(tmp_path / "data.jsonl"), "--people", ",".join(PEOPLE), "--each", "2")
    if kind == "postgresql":
        site.command[site.command.index("--db") + 1] = url
    with site:
        seconds = float(os.environ.get("VERIDICAL_SECONDS", "60"))
        crew = [Annotator(site, name, time.monotonic() + seconds, 0.4) for name in PEOPLE]
        [one.start() for one in crew]
        kills = 0
        while any(one.is_alive() for one in crew):
            time.sleep(seconds / 6)
            if kills < 4:
                site.kill()
                site.start()
                kills += 1
        [one.join() for one in crew]
        store = Store(open_database(url if kind == "postgresql" else str(tmp_path / "said.db")))
        with store.database.transaction() as run:
            written = run("SELECT COUNT(*) FROM judgements")[0][0]
        found = store.judgements()
        site.run("--export", str(tmp_path / "out.jsonl"))
        if kind == "postgresql":
            with store.database.transaction() as run:
                [run(f"DROP TABLE {table}") for table in ("facts", "people", "given", "judgements")]
    said = {(one.person, item): text for one in crew for item, text in one.kept.items()}
    again = sum(one.again for one in crew)
    print(f"{kind}: {len(said)} judgements by {len(crew)} annotators in {seconds:.0f} s, server killed {kills} times, {again} requests repeated, {written} rows")
    assert kills >= 3 and again > 20 and len(said) > 100
    assert written == len(found) == len(said), "nothing lost, nothing twice"
    assert {(one.person, one.item) for one in found} == set(said) and all(one.content["comment"] == one.person for one in found)
    check_export(tmp_path / "out.jsonl", said)


def check_export(path: Path, said: dict[tuple[str, str], str]) -> None:
    """Every text that somebody preferred is what the export says that they preferred."""
    votes = {}
    for record in load(str(path)).records:
        for one in json.loads(record.extra)["annotation"]:
            votes.setdefault(one["person"], []).append(record.response(min(one["ranks"], key=one["ranks"].get)).text)
    ours = {}
    for (person, _), text in said.items():
        ours.setdefault(person, []).append(text)
    assert {person: sorted(texts) for person, texts in votes.items()} == {person: sorted(texts) for person, texts in ours.items()}
    assert all(len(json.loads(record.extra)["annotation"]) <= 2 for record in load(str(path)).records)
