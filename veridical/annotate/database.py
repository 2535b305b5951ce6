"""The file, or server, in which judgements are kept: SQLite by path, PostgreSQL by URL. A judgement that was answered is on disk."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from veridical.annotate.ask import AnnotateError

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS people (name TEXT PRIMARY KEY, role TEXT NOT NULL, token TEXT NOT NULL UNIQUE, invited DOUBLE PRECISION NOT NULL)",
    "CREATE TABLE IF NOT EXISTS given (item TEXT NOT NULL, person TEXT NOT NULL, at DOUBLE PRECISION NOT NULL, PRIMARY KEY (item, person))",
    "CREATE TABLE IF NOT EXISTS judgements (place {serial}, person TEXT NOT NULL, client_id TEXT NOT NULL, item TEXT NOT NULL, content TEXT NOT NULL, "
    "seconds DOUBLE PRECISION NOT NULL, at DOUBLE PRECISION NOT NULL, UNIQUE (person, client_id))",
    "CREATE INDEX IF NOT EXISTS judgements_by_item ON judgements (item, person, place)",
)
"""`judgements` only grows: a later one of the same person and item counts, the earlier ones stay. `people` holds digests of tokens, not tokens."""
LOCK = 0x5EE1D
"""The key under which writers of PostgreSQL wait for each other."""


@dataclass
class Database:
    """Statements, one transaction at a time. Life cycle: opened with the server, closed with it; a connection that broke is opened again."""

    connect: Callable[[], Any]
    serial: str
    mark: str
    """How a value's place is written."""
    begin: tuple[str, ...]
    """Begins a transaction in which nobody else writes."""
    lost: tuple[type[Exception], ...] = ()
    """Errors after which the connection is opened again."""
    connection: Any = None
    lock: threading.RLock = field(default_factory=threading.RLock)

    def prepare(self) -> Database:
        """With its tables."""
        with self.transaction() as run:
            for statement in SCHEMA:
                run(statement.format(serial=self.serial))
        return self

    @contextmanager
    def transaction(self) -> Iterator[Callable[..., list[Sequence[Any]]]]:
        """Everything in the block is kept, or nothing is; gives the function that runs a statement with its values."""
        with self.lock:
            try:
                self.connection = self.connection or self.connect()
                cursor = self.connection.cursor()
                for statement in self.begin:
                    cursor.execute(statement)
                yield lambda statement, *values: self.run(cursor, statement, values)
                cursor.execute("COMMIT")
            except BaseException as error:
                self.undo(isinstance(error, self.lost))
                raise

    def undo(self, lost: bool) -> None:
        """Nothing of the transaction stays; a connection that broke is let go."""
        if self.connection is None:
            return
        try:
            self.connection.cursor().execute("ROLLBACK")
        except Exception:  # noqa: BLE001 - there was no transaction, or there is no connection any more
            lost = True
        if lost:
            self.close()

    def run(self, cursor: Any, statement: str, values: Sequence[Any]) -> list[Sequence[Any]]:
        """One statement; values never stand in its text."""
        cursor.execute(statement.replace("?", self.mark), values)
        return cursor.fetchall() if cursor.description else []

    def close(self) -> None:
        """Let the connection go."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def open_database(place: str) -> Database:
    """SQLite by a path, PostgreSQL by postgresql://... Errors: AnnotateError."""
    database = postgres(place) if place.startswith(("postgresql://", "postgres://")) else sqlite(Path(place))
    try:
        return database.prepare()
    except Exception as error:
        raise AnnotateError(f"{place}: cannot be opened as a database of judgements ({error}); name a file on a local disk, or postgresql://USER@HOST/NAME") from error


def sqlite(path: Path) -> Database:
    """A file with a write-ahead log, synchronised at every commit: neither a killed process nor a power cut loses what was answered."""

    def connect() -> sqlite3.Connection:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        return connection

    return Database(connect, "INTEGER PRIMARY KEY AUTOINCREMENT", "?", ("BEGIN IMMEDIATE",))


def postgres(url: str) -> Database:
    """A database server. Errors: AnnotateError where its driver is missing."""
    try:
        import psycopg
    except ImportError as error:
        raise AnnotateError("PostgreSQL needs its driver: pip install 'psycopg[binary]'; without it name a file, for SQLite") from error
    begin = ("BEGIN", f"SELECT pg_advisory_xact_lock({LOCK})")
    return Database(lambda: psycopg.connect(url, autocommit=True), "BIGSERIAL PRIMARY KEY", "%s", begin, (psycopg.OperationalError, psycopg.InterfaceError))
