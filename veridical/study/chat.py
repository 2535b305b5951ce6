"""`veridical chat`: two models (directories, adapters, or behind servers), pictures, and a page on which people ask and vote."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from veridical.annotate.ask import AnnotateError
from veridical.annotate.chat.app import application
from veridical.annotate.chat.room import Model, Room
from veridical.annotate.database import open_database
from veridical.annotate.media import ENDINGS
from veridical.annotate.serve import invitations
from veridical.annotate.store import Store
from veridical.evaluate.uncertainty import wilson
from veridical.models.sample import Generation
from veridical.records.load import Conversion, save

Open = Callable[[str, Generation], Model]


@dataclass(frozen=True)
class Chat:
    """What is compared, on what, and where votes are kept."""

    models: tuple[str, str]
    pictures: Sequence[Path] = ()
    """Files, and folders of files."""
    database: str = "chat.db"
    reveal: bool = True
    generation: Generation = Generation()
    language: str = "en"
    title: str = "veridical"

    def room(self, say: Callable[[str], None] = print, open_: Open | None = None) -> Room:
        """The room, with both models open. Errors: AnnotateError, ModelError."""
        store, files = self.store(), pictures_in(self.pictures)
        first, second = ((open_ or open_model)(name, self.generation) for name in self.models)
        return Room(store, (first, second), files, self.reveal, self.language, self.title, say)

    def silent(self) -> Room:
        """The room with models that are not opened: for what was voted before."""
        return self.room(open_=lambda name, how: Model(name, lambda records: []))

    def store(self) -> Store:
        """The database. Errors: AnnotateError where it belongs to other models."""
        store = Store(open_database(self.database))
        try:
            store.belongs(json.dumps(self.models))
        except AnnotateError as error:
            raise AnnotateError(f"{self.database}: holds votes on other models; name the same two in the same order, or a new database with --db") from error
        return store


def pictures_in(places: Sequence[Path]) -> list[Path]:
    """Picture files. Errors: AnnotateError for a place that is not there or holds none."""
    found: list[Path] = []
    for place in places:
        files = sorted(file for file in place.rglob("*") if file.suffix.lower() in ENDINGS) if place.is_dir() else [place] if place.is_file() else []
        if not files:
            raise AnnotateError(f"{place}: no picture there; name files, or a folder with any of {', '.join(ENDINGS)}")
        found += files
    return found


def open_model(name: str, how: Generation) -> Model:
    """A model directory, an adapter's directory (which names its model), or a server as http://HOST:PORT/v1 or http://HOST:PORT/v1#MODEL.

    Errors: ModelError, ServerError, AnnotateError.
    """
    from veridical.models.assemble import make_policy
    from veridical.models.respondent import of_server
    from veridical.models.sample import make_responder
    from veridical.models.served import Served
    from veridical.records.picture import open_picture

    if name.startswith(("http://", "https://")):
        url, _, model = name.partition("#")
        return Model(name, of_server(Served(url, model), open_picture, how))
    ready = make_policy(*with_adapter(name))
    return Model(name, make_responder(ready.policy, ready.encoder, open_picture, how))


def with_adapter(name: str) -> tuple[str, str | None]:
    """A model's directory, and the adapter where `name` is one's. Errors: AnnotateError."""
    described = Path(name) / "adapter_config.json"
    if not described.is_file():
        return name, None
    base = json.loads(described.read_text()).get("base_model_name_or_path")
    if not base:
        raise AnnotateError(f"{described}: does not name its model (base_model_name_or_path); write the model's directory there")
    return base, name


def serve(chat: Chat, people: Sequence[str], anew: Sequence[str] = (), host: str = "127.0.0.1", port: int = 8766, say: Callable[[str], None] = print) -> None:
    """Serve until interrupted. Errors: AnnotateError, ModelError."""
    try:
        import starlette  # noqa: F401 - said here, before anything is opened
        import uvicorn
    except ImportError as error:
        raise AnnotateError("chat needs the packages starlette and uvicorn: pip install starlette uvicorn") from error
    room = chat.room(say)
    lines = [f"{chat.models[0]} and {chat.models[1]}, {len(room.pictures)} pictures; votes in {chat.database}", *invitations(room.store, people, anew, f"http://{host}:{port}")]
    for line in lines:
        say(line)
    uvicorn.run(application(room), host=host, port=port, log_level="warning", access_log=False, server_header=False)


def export(chat: Chat, target: Path, name: str = "veridical") -> Conversion:
    """What was voted, as records in any format. Errors: AnnotateError where nobody voted; LoadError."""
    found = chat.silent().voted()
    if not found:
        raise AnnotateError(f"{chat.database}: nobody has voted yet")
    return save(found, target, name)


def standing(chat: Chat) -> tuple[dict, list[str]]:
    """Who won how often, as numbers and as lines; the share of decided votes with its 95% interval."""
    from veridical.annotate.chat.turn import standing as counted

    found = counted(chat.store().judgements(), chat.models)
    (first, wins), (second, others) = found["wins"]
    low, high = wilson(wins, wins + others)
    share = wins / (wins + others) if wins + others else None
    lines = [f"{found['votes']} votes: {first} {wins}, {second} {others}, {found['ties']} equally good, {found['both_bad']} both bad"]
    if share is not None:
        lines.append(f"  {first} is better in {share:.1%} of the decided votes [{low:.1%}, {high:.1%}]")
    return found | {"share": share, "low": low, "high": high}, lines
