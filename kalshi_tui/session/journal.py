"""The durable order ledger: SQLite, WAL, FULL; one file per environment and account.

`record` returns only after the entries are on disk, so an intent can be committed before its first
byte leaves. History is append-only. One program writes; a second one reads, and says who writes.
Used from one thread. Sends nothing and decides nothing.
Source: reliability catalogue FH01-FH09 (local storage).
"""

import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol

from kalshi_tui.core.effects import JournalEntry
from kalshi_tui.session import checkpoint, disk, migration, schema
from kalshi_tui.session.ownership import HeldError, Ownership

BUSY_MS = 2_000
"""How long a commit waits for a reader's lock before it fails."""


def account_of(key_id: str) -> str:
    """Return what a ledger calls the account of a key: the same for one key, and not the key id."""
    return hashlib.sha256(key_id.encode()).hexdigest()[:16]


def ledger_path(directory: Path, account: str) -> Path:
    """Return where an environment's ledger of that account lies."""
    return directory / f"orders-{account}.sqlite3"


class JournalError(RuntimeError):
    """The ledger cannot be used or written. The message is one sentence with the cure."""


class JournalFullError(JournalError):
    """No room on the disk."""


class JournalReadOnlyError(JournalError):
    """The file or its directory cannot be written."""


class JournalDamagedError(JournalError):
    """The file is not an intact ledger."""


class JournalForeignError(JournalError):
    """The file belongs to another environment or account, or to a newer program."""


class JournalClashError(JournalError):
    """An entry under an id that is in the ledger already."""


class JournalHeldError(JournalReadOnlyError):
    """Another program writes this ledger."""


class Ledger(Protocol):
    """What the session needs of a journal."""

    @property
    def reason(self) -> str:
        """Return why nothing can be recorded, or an empty string."""
        ...

    def record(self, entries: Sequence[JournalEntry]) -> None:
        """Commit all entries, in order, or none. Raises `JournalError`."""
        ...

    def entries(self) -> Iterator[JournalEntry]:
        """Yield the whole history in the order in which it was recorded."""
        ...

    def working(self) -> Iterator[JournalEntry]:
        """Yield what a start needs: all about orders that may live, and about the newest others."""
        ...

    def sign_times(self, client_order_id: str) -> tuple[int, ...]:
        """Return when an order was signed, each time, in nanoseconds on the exchange's clock."""
        ...

    def newest_fill_ms(self) -> int:
        """Return the exchange's stamp of the newest fill, 0 for none."""
        ...

    def close(self) -> None: ...


class ReadOnlyLedger:
    """A ledger that may be looked at, or none at all; recording says why it cannot."""

    def __init__(self, reason: str, database: sqlite3.Connection | None = None) -> None:
        self._reason = reason
        self._database = database

    @property
    def reason(self) -> str:
        return self._reason

    def record(self, entries: Sequence[JournalEntry]) -> None:
        raise JournalReadOnlyError(self._reason)

    def entries(self) -> Iterator[JournalEntry]:
        if self._database is not None:
            yield from schema.read(self._database)

    def working(self) -> Iterator[JournalEntry]:
        if self._database is not None:
            yield from schema.working(self._database)

    def sign_times(self, client_order_id: str) -> tuple[int, ...]:
        if self._database is None:
            return ()
        return schema.sign_times(self._database, client_order_id)

    def newest_fill_ms(self) -> int:
        return schema.newest_fill_ms(self._database) if self._database is not None else 0

    def close(self) -> None:
        if self._database is not None:
            self._database.close()


class Journal:
    """The writer. Raises a `JournalError` where it cannot be had; then nothing was changed."""

    def __init__(
        self,
        path: Path,
        *,
        environment: str,
        account: str,
        wall_ns: int,
        mounts: Callable[[], str] = disk.read_mounts,
    ) -> None:
        self.path = path
        _refuse_shared(path, mounts())
        self._ownership = _own(path, wall_ns)
        try:
            self._database = _open(path)
            try:
                _prepare(self._database, path, environment, account)
                checkpoint.make_ready(self._database)
                self._seq = schema.last_seq(self._database)
            except BaseException:
                self._database.close()
                raise
        except sqlite3.Error as error:
            self._ownership.release()
            raise _translated(error, path) from error
        except BaseException:
            self._ownership.release()
            raise

    @property
    def reason(self) -> str:
        return ""

    @property
    def seq(self) -> int:
        """The running number of the last entry."""
        return self._seq

    def record(self, entries: Sequence[JournalEntry]) -> None:
        """Commit all entries or none; on return they are on disk."""
        database, seq = self._database, self._seq
        try:
            database.execute("BEGIN IMMEDIATE")
            for entry in entries:
                seq += 1
                schema.insert(database, seq, entry)
            database.execute("COMMIT")
        except sqlite3.Error as error:
            if database.in_transaction:
                database.execute("ROLLBACK")
            raise _translated(error, self.path) from error
        self._seq = seq

    def entries(self) -> Iterator[JournalEntry]:
        """Yield the whole history in the order in which it was recorded."""
        return schema.read(self._database)

    def working(self) -> Iterator[JournalEntry]:
        """Yield what a start needs: all about orders that may live, and about the newest others."""
        return schema.working(self._database)

    def sign_times(self, client_order_id: str) -> tuple[int, ...]:
        """Return when an order was signed, each time, in nanoseconds on the exchange's clock."""
        return schema.sign_times(self._database, client_order_id)

    def newest_fill_ms(self) -> int:
        """Return the exchange's stamp of the newest fill, 0 for none."""
        return schema.newest_fill_ms(self._database)

    def close(self) -> None:
        """Close the file and let the next program in."""
        self._database.close()
        self._ownership.release()


def open_ledger(path: Path, *, environment: str, account: str, wall_ns: int) -> Ledger:
    """Open for writing; where that is impossible return a read-only ledger that says why.

    History is readable where another program writes or the disk is read-only; a damaged, foreign
    or newer file is left untouched and shows none.
    """
    try:
        return Journal(path, environment=environment, account=account, wall_ns=wall_ns)
    except JournalReadOnlyError as error:
        try:
            return ReadOnlyLedger(str(error), _reader(path, environment, account))
        except JournalError as worse:
            return ReadOnlyLedger(str(worse))
    except JournalError as error:
        return ReadOnlyLedger(str(error))


def read_ledger(path: Path) -> list[JournalEntry]:
    """Return the history of a ledger that may be in use or closed. Raises `JournalError`."""
    if not path.exists():
        return []
    with reading(path) as database:
        return list(schema.read(database))


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a ledger for looking at, in use or not. Raises `JournalError`, as does what is read."""
    try:
        with closing(_open_reader(path)) as database:
            yield database
    except sqlite3.Error as error:
        raise _translated(error, path) from error


def _refuse_shared(path: Path, mounts: str) -> None:
    if kind := disk.shared_kind(path.absolute(), mounts):
        raise JournalReadOnlyError(
            f"The order ledger in {path.parent} lies on a shared disk ({kind}), where a record may "
            "be lost; set KALSHI_TUI_HOME to a directory on this machine's own disk."
        )


def _own(path: Path, wall_ns: int) -> Ownership:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        ownership = Ownership(path.with_suffix(".lock"), wall_ns)
        # Made here with its mode, so that SQLite never creates it with a wider one.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        os.chmod(path, 0o600)
    except HeldError as error:
        raise JournalHeldError(f"Another workstation trades here: {error}") from error
    except OSError as error:
        reason = error.strerror or "it is not writable"
        raise JournalReadOnlyError(
            f"The order ledger in {path.parent} cannot be written ({reason}); make it writable."
        ) from error
    return ownership


def _open(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level=None, timeout=BUSY_MS / 1_000)
    try:
        if database.execute("PRAGMA journal_mode=WAL").fetchone()[0] != "wal":
            raise JournalReadOnlyError(
                f"The disk of {path.parent} cannot hold an order ledger; choose another directory."
            )
        database.execute("PRAGMA synchronous=FULL")
        # Only macOS knows it: there a plain fsync does not reach the platter.
        database.execute("PRAGMA fullfsync=ON")
    except BaseException:
        database.close()
        raise
    return database


def _open_reader(path: Path) -> sqlite3.Connection:
    # A WAL file in a directory that cannot be written opens only as immutable.
    frozen = "" if os.access(path.parent, os.W_OK) else "&immutable=1"
    database = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro{frozen}",
        uri=True,
        isolation_level=None,
        timeout=BUSY_MS / 1_000,
    )
    try:
        version = _version(database, path)
        if version < len(migration.VERSIONS):
            return _brought_up(database, version)
    except BaseException:
        database.close()
        raise
    return database


def _brought_up(database: sqlite3.Connection, version: int) -> sqlite3.Connection:
    """Return a copy in memory at this program's version; the file itself is left as it is."""
    copy = sqlite3.connect(":memory:", isolation_level=None)
    try:
        with closing(database):
            database.backup(copy)
        migration.migrate(copy, version)
    except BaseException:
        copy.close()
        raise
    return copy


def _reader(path: Path, environment: str, account: str) -> sqlite3.Connection | None:
    if not path.exists():
        return None
    try:
        database = _open_reader(path)
        try:
            _check(database, path, environment, account)
        except BaseException:
            database.close()
            raise
    except sqlite3.Error as error:
        raise _translated(error, path) from error
    return database


def _prepare(database: sqlite3.Connection, path: Path, environment: str, account: str) -> None:
    """Bring the file to this program's schema, unless it is damaged or of a newer program."""
    version = _version(database, path)
    if database.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise _damaged(path)
    try:
        migration.keep_copy(database, path, version)
    except OSError as error:
        reason = error.strerror or "it is not writable"
        raise JournalReadOnlyError(
            f"No copy of the order ledger {path} can be made before it is changed ({reason})."
        ) from error
    migration.migrate(database, version, environment, account)
    _check(database, path, environment, account)
    schema.check_payloads(database)


def _version(database: sqlite3.Connection, path: Path) -> int:
    version = migration.version_of(database)
    if version > len(migration.VERSIONS):
        raise JournalForeignError(
            f"The order ledger {path} was written by a newer kalshi-tui; update this program."
        )
    return version


def _check(database: sqlite3.Connection, path: Path, environment: str, account: str) -> None:
    _version(database, path)
    if database.execute("SELECT * FROM ledger").fetchone() != (environment, account):
        raise JournalForeignError(
            f"The order ledger {path} belongs to another environment or account; move it away."
        )


def _damaged(path: Path) -> JournalDamagedError:
    return JournalDamagedError(
        f"The order ledger {path} is damaged; move it aside to start a new one."
    )


def _translated(error: sqlite3.Error, path: Path) -> JournalError:
    # The primary code is in the low byte; sqlite.org/rescode.html.
    if isinstance(error, schema.AlteredError):
        return _damaged(path)
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    match code:
        case sqlite3.SQLITE_FULL:
            return JournalFullError(
                f"The disk is full, so the order ledger {path} cannot be written; free some space."
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return JournalReadOnlyError(
                f"The order ledger {path} cannot be written; make it writable."
            )
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return _damaged(path)
        case sqlite3.SQLITE_CONSTRAINT:
            return JournalClashError(
                "This order id is already in the ledger; nothing was recorded."
            )
        case _:
            return JournalError(f"The order ledger {path} cannot be used: {error}.")
