"""The command: invite people, serve the page, show how the work stands, export what was said."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from veridical.annotate.app import application
from veridical.annotate.ask import AnnotateError, Ask
from veridical.annotate.database import open_database
from veridical.annotate.export import exported
from veridical.annotate.item import Items
from veridical.annotate.progress import lines_of, progress
from veridical.annotate.site import Site
from veridical.annotate.store import Store
from veridical.grade.judging.first import label_first
from veridical.grade.judging.form import ASPECTS
from veridical.records.load import Conversion, Source, load, save, summary_of
from veridical.records.record import Record

OWNER = "owner"


@dataclass(frozen=True)
class Work:
    """One piece of annotation: data, gold questions, questions, and the database of what is said."""

    data: Source
    database: str
    ask: Ask
    gold: str = ""
    media: Sequence[str] = ()
    """Folders from which media may be shown, beside the data's own."""
    worth_first: bool = False
    """Offer first the items where people are worth most (`grade.judging.first`); default: in the data's order."""
    judged: Sequence[str] = ()
    """Files that judges made of the data: where they disagree, people are worth more. None: the probabilities in the data itself."""
    random_part: int = 0
    """Offer so many items that chance draws first: labels by which a judge's win rate is corrected must be of such."""

    def site(self, say: Callable[[str], None] = print) -> Site:
        """All of it, open. Errors: LoadError, AnnotateError."""
        loaded = load(self.data)
        for line in summary_of(loaded.left_out):
            say(line)
        store = Store(open_database(self.database))
        items = Items.of(
            self.ordered(with_responses(loaded.records, say)), load(Source(path=self.gold, media_root=self.data.media_root)).records if self.gold else [], store.secret()
        )
        store.belongs(items.digest)
        folder = Path(self.data.path)
        roots = [
            folder if folder.is_dir() else folder.parent,
            *map(Path, self.media),
            *([Path(self.data.media_root)] if self.data.media_root else []),
            *([Path(self.gold).parent] if self.gold else []),
        ]
        return Site(store, items, self.ask, [root.absolute() for root in roots], say)

    def ordered(self, records: Sequence[Record]) -> list[Record]:
        """Records in the order in which they are offered."""
        if self.worth_first:
            by_id = {record.record_id: record for record in records}
            return [by_id[one.record_id] for one in label_first(records, beliefs([load(path).records for path in self.judged]) if self.judged else None)]
        drawn = set(random.Random(0).sample(range(len(records)), min(self.random_part, len(records))))
        return [records[place] for place in sorted(range(len(records)), key=lambda place: (place not in drawn, place))]


def beliefs(judged: Sequence[Sequence[Record]]) -> dict[str, list[float]]:
    """By record id, each judge's probability that of the first pair's two responses the one whose id comes first is better."""
    found: dict[str, list[float]] = {}
    for record in (record for one in judged for record in one if record.pairs and record.pairs[0].probability is not None):
        pair = record.pairs[0]
        found.setdefault(record.record_id, []).append(pair.probability if pair.chosen < pair.rejected else 1 - pair.probability)
    return found


def with_responses(records: Sequence[Record], say: Callable[[str], None]) -> list[Record]:
    """Records that have something to judge; how many have not is told. Errors: AnnotateError where none has."""
    kept = [record for record in records if record.responses]
    if len(kept) < len(records):
        say(f"{len(records) - len(kept)} records without a response are left out, as {next(record.record_id for record in records if not record.responses)}")
    if not kept:
        raise AnnotateError("no record has a response; people judge responses, which `veridical curate` samples from a model")
    return kept


def aspects_of(text: str) -> dict[str, str]:
    """Aspects from "helpfulness, clarity=easy to read": name to meaning; those that judges are asked for bring their own."""
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    return {name.strip(): meaning.strip() or ASPECTS.get(name.strip(), "") for name, _, meaning in pairs}


def invitations(store: Store, people: Sequence[str], anew: Sequence[str], address: str) -> list[str]:
    """A line for everybody who has a link now and had none before. Links cannot be read again: the database holds digests. Errors: AnnotateError."""
    lines = []
    for name in dict.fromkeys([OWNER, *people, *anew]):
        if not name.strip() or len(name) > 64:
            raise AnnotateError(f"{name!r} is no name: 1 to 64 characters")
        token = store.invite(name, name == OWNER, name in anew)
        lines.append(f"  {name}: {address}/#{token}" if token else f"  {name}: has an invitation (--again {name} makes a new one, and the old one ends)")
    return lines


def serve(work: Work, people: Sequence[str], anew: Sequence[str] = (), host: str = "127.0.0.1", port: int = 8765, say: Callable[[str], None] = print) -> None:
    """Serve until interrupted. What was answered is on disk; the same command goes on. Errors: AnnotateError."""
    try:
        import starlette  # noqa: F401 - said here, before anything is opened
        import uvicorn
    except ImportError as error:
        raise AnnotateError("annotate needs the packages starlette and uvicorn: pip install starlette uvicorn") from error
    site = work.site(say)
    for line in [
        f"{len(site.items.records)} items, {len(site.items.gold)} gold questions, each item to {work.ask.each}; judgements in {work.database}",
        *invitations(site.store, people, anew, f"http://{host}:{port}"),
    ]:
        say(line)
    uvicorn.run(application(site), host=host, port=port, log_level="warning", access_log=False, server_header=False)


def standing(work: Work) -> tuple[dict, list[str]]:
    """How the work stands, as numbers and as lines."""
    site = work.site()
    found = progress(site.items, site.store.judgements(), site.store.people(), work.ask)
    return found, lines_of(found)


def export(work: Work, target: Path, name: str = "veridical") -> Conversion:
    """What was said, as a file in any format; what the format cannot hold is counted. Errors: AnnotateError where nobody judged anything; LoadError."""
    site = work.site()
    found = exported(site.items, site.store.judgements(), work.ask)
    if not found:
        raise AnnotateError(f"{work.database}: nobody has judged an item yet")
    return save(found, target, name)
