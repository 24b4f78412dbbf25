"""The order ledger: durable before it returns, append-only, one writer, one account."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from kalshi_tui.core.effects import (
    FillEntry,
    Intent,
    JournalEntry,
    OrderEntry,
    RequestEntry,
    StateEntry,
)
from kalshi_tui.core.events import Filled, OrderReported, ReportedStatus
from kalshi_tui.core.orders import (
    OrderState,
    OrderTerms,
    RequestKind,
    RequestState,
    TimeInForce,
)
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Money, Price
from kalshi_tui.session import migration, ownership, schema
from kalshi_tui.session.journal import (
    Journal,
    JournalDamagedError,
    JournalError,
    JournalForeignError,
    JournalFullError,
    JournalHeldError,
    JournalReadOnlyError,
    ReadOnlyLedger,
    open_ledger,
    read_ledger,
    reading,
)

TERMS = OrderTerms("KX-A", BookSide.BID, Price(5600), Count(155), post_only=True, expires_s=9)
REPORT = OrderReported(
    order_id="o1",
    client_order_id="c1",
    ticker="KX-A",
    side=BookSide.BID,
    price=Price(5600),
    status=ReportedStatus.RESTING,
    initial=Count(155),
    filled=Count(0),
    remaining=Count(155),
    fees=Money(0),
    created_ms=1,
    updated_ms=2,
    time_in_force=TimeInForce.GTC,
    post_only=True,
)
FILL = Filled(
    trade_id="t1",
    order_id="o1",
    client_order_id="",
    ticker="KX-A",
    side=BookSide.BID,
    price=Price(5600),
    count=Count(55),
    fee=Money(17_500),
    is_taker=False,
    ts_ms=3,
    position_after=Count(-55),
)
HISTORY: list[JournalEntry] = [
    Intent("c1", TERMS, 10),
    StateEntry("c1", OrderState.SENDING, 11),
    OrderEntry("c1", REPORT),
    StateEntry("c1", OrderState.RESTING, 12, "o1", "a detail"),
    FillEntry("c1", FILL),
    Intent("c2", TERMS, 13),
]
AMENDED = RequestEntry(
    request_id="r1",
    client_order_id="c1",
    kind=RequestKind.AMEND,
    state=RequestState.PENDING,
    wall_ns=14,
    price=Price(5500),
    count=Count(200),
    expires_s=0,
    detail="a detail",
)


def open_journal(path: Path, environment: str = "practice", account: str = "me") -> Journal:
    return Journal(path, environment=environment, account=account, wall_ns=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "orders.sqlite3"


def test_history_comes_back_in_the_order_in_which_it_was_recorded(path: Path) -> None:
    with closing(open_journal(path)) as journal:
        for entry in HISTORY[:3]:
            journal.record([entry])
        journal.record(HISTORY[3:])
        assert list(journal.entries()) == HISTORY
    with closing(open_journal(path)) as journal:
        journal.record([StateEntry("c2", OrderState.SENDING, 14)])
        assert list(journal.entries()) == [*HISTORY, StateEntry("c2", OrderState.SENDING, 14)]


def test_the_ledger_is_readable_with_the_program_closed_and_open(path: Path) -> None:
    assert read_ledger(path) == []
    with closing(open_journal(path)) as journal:
        journal.record(HISTORY)
        assert read_ledger(path) == HISTORY
    assert read_ledger(path) == HISTORY


def test_a_fill_is_kept_once(path: Path) -> None:
    with closing(open_journal(path)) as journal:
        journal.record([FillEntry("c1", FILL), FillEntry("c1", FILL)])
        assert list(journal.entries()) == [FillEntry("c1", FILL)]


def test_a_second_intent_under_one_id_is_refused_and_nothing_of_it_stays(path: Path) -> None:
    with closing(open_journal(path)) as journal:
        journal.record([HISTORY[0]])
        with pytest.raises(JournalError, match="already in the ledger"):
            journal.record([StateEntry("c9", OrderState.RESTING, 1), HISTORY[0]])
        journal.record([HISTORY[1]])
        assert list(journal.entries()) == HISTORY[:2]


def test_files_are_private_from_the_first_moment(path: Path) -> None:
    with closing(open_journal(path)) as journal:
        journal.record(HISTORY)
        modes = {each.name: each.stat().st_mode & 0o777 for each in path.parent.iterdir()}
    assert len(modes) == 4, modes
    assert set(modes.values()) == {0o600}
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_FH02_every_commit_is_synchronous(path: Path) -> None:
    with closing(open_journal(path)) as journal:
        database = journal._database
        assert database.execute("PRAGMA synchronous").fetchone() == (2,)
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_FH03_a_full_disk_refuses_the_record_and_keeps_what_was_there(path: Path) -> None:
    with closing(open_journal(path)) as journal:
        journal.record([HISTORY[0]])
        pages = journal._database.execute("PRAGMA page_count").fetchone()[0]
        journal._database.execute(f"PRAGMA max_page_count = {pages}")
        long = "x" * 20_000
        with pytest.raises(JournalFullError, match="disk is full"):
            journal.record([StateEntry("c1", OrderState.SENDING, 1, "", long)])
        journal._database.execute(f"PRAGMA max_page_count = {pages + 100}")
        journal.record([HISTORY[1]])
        assert list(journal.entries()) == HISTORY[:2]


def test_FH04_a_second_instance_reads_and_says_who_writes(path: Path) -> None:
    with closing(open_journal(path)) as journal:
        journal.record(HISTORY)
        with pytest.raises(JournalHeldError, match=f"process {os.getpid()} on "):
            open_journal(path)
        second = open_ledger(path, environment="practice", account="me", wall_ns=2)
        with closing(second):
            assert str(os.getpid()) in second.reason
            assert list(second.entries()) == HISTORY
            with pytest.raises(JournalReadOnlyError):
                second.record(HISTORY[:1])
    with closing(open_ledger(path, environment="practice", account="me", wall_ns=3)) as third:
        assert third.reason == ""


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"not a database at all" + data[21:],
        lambda data: data[: len(data) // 2],
        lambda data: data[:4096] + b"\xff" * 4096 + data[8192:],
    ],
    ids=["header", "truncated", "page"],
)
def test_FH06_a_damaged_ledger_is_not_written(path: Path, damage: Callable[[bytes], bytes]) -> None:
    with closing(open_journal(path)) as journal:
        journal.record(HISTORY)
    before = damage(path.read_bytes())
    path.write_bytes(before)
    with pytest.raises(JournalDamagedError, match="move it aside"):
        open_journal(path)
    with closing(open_ledger(path, environment="practice", account="me", wall_ns=2)) as ledger:
        assert "damaged" in ledger.reason
        assert list(ledger.entries()) == []
    assert path.read_bytes() == before


def test_FH07_a_ledger_of_a_newer_program_is_refused(path: Path) -> None:
    open_journal(path).close()
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("INSERT INTO migrations VALUES (99, 1)")
    with pytest.raises(JournalForeignError, match="newer"):
        open_journal(path)


@pytest.mark.parametrize(("environment", "account"), [("prod", "me"), ("practice", "you")])
def test_FH09_FK01_a_ledger_of_another_environment_or_account_is_refused(
    path: Path, environment: str, account: str
) -> None:
    open_journal(path).close()
    with pytest.raises(JournalForeignError, match="belongs to another"):
        open_journal(path, environment, account)
    open_journal(path).close()


def test_FH10_a_directory_that_cannot_be_made_gives_a_read_only_ledger(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    path = tmp_path / "file" / "orders.sqlite3"
    ledger = open_ledger(path, environment="practice", account="me", wall_ns=1)
    assert isinstance(ledger, ReadOnlyLedger)
    assert "cannot be written" in ledger.reason
    assert list(ledger.entries()) == []


_BURST = """
import sys
from pathlib import Path
from kalshi_tui.core.effects import Intent
from kalshi_tui.core.orders import OrderTerms
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price
from kalshi_tui.session.journal import Journal

journal = Journal(Path(sys.argv[1]), environment="practice", account="me", wall_ns=1)
terms = OrderTerms("KX-A", BookSide.BID, Price(100), Count(100))
for number in range(1_000_000):
    journal.record([Intent(f"c{number}", terms, number)])
    sys.stdout.write(f"c{number}\\n")  # the send: only after the commit
    sys.stdout.flush()
"""


def test_FH01_a_killed_writer_loses_no_intent_that_it_sent(path: Path) -> None:
    for _ in range(3):
        path.unlink(missing_ok=True)
        for each in ("-wal", "-shm"):
            path.with_name(path.name + each).unlink(missing_ok=True)
        child = subprocess.Popen(
            [sys.executable, "-c", _BURST, str(path)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        with child.stdout:
            sent = [child.stdout.readline().strip() for _ in range(40)]
            child.send_signal(signal.SIGKILL)
            sent += child.stdout.read().split("\n")[:-1]
        child.wait()
        with closing(open_journal(path)) as journal:
            kept = [each.client_order_id for each in journal.entries() if isinstance(each, Intent)]
        assert set(sent) <= set(kept)
        # At most the one that was committed when the kill came between commit and send.
        assert len(kept) - len(sent) <= 1


def test_the_kinds_of_entries_keep_their_order_and_what_they_say(path: Path) -> None:
    history = [*HISTORY, AMENDED, Intent("external:o9", TERMS, 14, external=True)]
    with closing(open_journal(path)) as journal:
        journal.record(history)
        assert list(journal.entries()) == history
        assert list(journal.working()) == history


@pytest.mark.parametrize("table", ["ledger", "intents", "states", "orders", "fills", "requests"])
@pytest.mark.parametrize("change", ["DELETE FROM {}", "UPDATE {} SET rowid = rowid"])
def test_no_one_can_change_or_remove_what_is_recorded(path: Path, table: str, change: str) -> None:
    with closing(open_journal(path)) as journal:
        journal.record([*HISTORY, AMENDED])
    with (
        closing(sqlite3.connect(path)) as database,
        pytest.raises(sqlite3.IntegrityError, match="append-only"),
    ):
        database.execute(change.format(table))
    assert read_ledger(path) == [*HISTORY, AMENDED]


def test_FH06_a_payload_that_is_not_the_recorded_one_stops_trading(path: Path) -> None:
    with closing(open_journal(path)) as journal:
        journal.record(HISTORY)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("DROP TRIGGER intents_no_update")
        database.execute("UPDATE intents SET payload = replace(payload, '5600', '5700')")
    with closing(open_ledger(path, environment="practice", account="me", wall_ns=2)) as ledger:
        assert "damaged" in ledger.reason
    with pytest.raises(JournalDamagedError):
        read_ledger(path)


def test_a_start_reads_what_may_live_and_what_was_touched_last(path: Path) -> None:
    with closing(open_journal(path)) as journal:
        for number in range(9):
            order = f"c{number}"
            state = OrderState.IN_DOUBT if number == 1 else OrderState.REJECTED
            journal.record([Intent(order, TERMS, number), StateEntry(order, state, number)])
        journal.record([FillEntry("c3", FILL)])
        found = list(schema.working(journal._database, newest=2))
    assert {entry.client_order_id for entry in found} == {"c1", "c3", "c8"}
    assert len(found) == 7
    assert found[-1] == FillEntry("c3", FILL)


def test_fills_of_orders_nobody_knows_are_read_as_far_back_as_the_others(path: Path) -> None:
    early, late = replace(FILL, trade_id="early"), replace(FILL, trade_id="late")
    with closing(open_journal(path)) as journal:
        journal.record([FillEntry("", early), Intent("c1", TERMS, 1), FillEntry("", late)])
        found = list(schema.working(journal._database, newest=1))
    assert found == [Intent("c1", TERMS, 1), FillEntry("", late)]


def test_the_times_in_the_signatures_are_told_for_each_sending(path: Path) -> None:
    with closing(open_journal(path)) as journal:
        journal.record(HISTORY)
        journal.record([StateEntry("c1", OrderState.SENDING, 99)])
        assert journal.sign_times("c1") == (11, 99)
        assert journal.sign_times("c2") == ()


# A file of the first version, as its program left it

_OLD = """
CREATE TABLE migrations (version INTEGER PRIMARY KEY, statements INTEGER);
INSERT INTO migrations VALUES (1, 9);
"""


def make_old(path: Path) -> None:
    """Write HISTORY as version 1 of the schema had it."""
    path.parent.mkdir(mode=0o700)
    payload = schema.payload_of(TERMS)
    digest = schema.payload_hash(payload)
    row: tuple[object, ...]
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(_OLD + ";".join(migration.VERSIONS[0]))
        database.execute("INSERT INTO ledger VALUES ('practice', 'me')")
        for seq, order in ((1, "c1"), (6, "c2")):
            row = (seq, order, payload, digest, 10 if order == "c1" else 13)
            database.execute("INSERT INTO intents VALUES (?, ?, ?, ?, ?)", row)
        for row in ((2, "c1", "sending", 11, "", ""), (4, "c1", "resting", 12, "o1", "a detail")):
            database.execute("INSERT INTO states VALUES (?, ?, ?, ?, ?, ?)", row)
        marks = ",".join("?" * 19)
        database.execute(
            f"INSERT INTO orders VALUES ({marks})", (3, "c1", *schema._order_row(REPORT)[:-1])
        )
        marks = ",".join("?" * 13)
        database.execute(f"INSERT INTO fills VALUES ({marks})", (5, "c1", *schema._fill_row(FILL)))


def heads(path: Path) -> list[tuple[object, ...]]:
    with reading(path) as database:
        return list(database.execute("SELECT * FROM heads ORDER BY opened"))


def test_a_ledger_of_the_first_version_becomes_what_this_one_would_have_written(
    path: Path,
) -> None:
    make_old(path)
    open_journal(path).close()
    new = path.with_name("new.sqlite3")
    with closing(open_journal(new)) as journal:
        journal.record(HISTORY)
    assert read_ledger(path) == HISTORY
    assert heads(path) == heads(new)


def test_FH08_a_copy_is_kept_before_a_ledger_is_changed(path: Path) -> None:
    make_old(path)
    open_journal(path).close()
    copy = migration.copy_path(path, 1)
    assert copy.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(copy)) as database:
        assert migration.version_of(database) == 1
    assert read_ledger(copy) == HISTORY
    assert not copy.with_name(copy.name + ".part").exists()


@pytest.mark.parametrize("at", range(len(migration.VERSIONS[1])))
def test_FH08_a_migration_that_ends_half_way_leaves_the_version_before(path: Path, at: int) -> None:
    make_old(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        for statement in migration.VERSIONS[1][: at + 1]:
            database.execute(statement)
        # The connection is closed without a commit, as the end of a program does it.
    assert read_ledger(path) == HISTORY
    with closing(open_journal(path)) as journal:
        assert list(journal.entries()) == HISTORY


def test_a_ledger_that_another_program_has_at_an_older_version_is_read_and_left_alone(
    path: Path,
) -> None:
    make_old(path)
    before = path.read_bytes()
    lock = ownership.Ownership(path.with_suffix(".lock"), 1)
    try:
        ledger = open_ledger(path, environment="practice", account="me", wall_ns=2)
        with closing(ledger):
            assert str(os.getpid()) in ledger.reason
            assert list(ledger.working()) == HISTORY
            assert ledger.sign_times("c1") == (11,)
    finally:
        lock.release()
    assert path.read_bytes() == before


def test_FH05_a_ledger_on_a_network_share_is_refused(path: Path) -> None:
    mounts = f"/dev/sda / ext4 rw 0 0\nhost:/home {path.parent.parent} nfs4 rw 0 0\n"
    with pytest.raises(JournalReadOnlyError, match=r"shared disk \(nfs4\)"):
        Journal(path, environment="practice", account="me", wall_ns=1, mounts=lambda: mounts)
    assert not path.exists()


def test_FH04_a_ledger_that_stays_locked_refuses_the_record_and_keeps_what_was_there(
    path: Path,
) -> None:
    with closing(open_journal(path)) as journal, closing(sqlite3.connect(path)) as other:
        journal.record(HISTORY[:1])
        journal._database.execute("PRAGMA busy_timeout = 1")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(JournalError, match="cannot be used"):
            journal.record(HISTORY[1:2])
        other.rollback()
        journal.record(HISTORY[1:2])
        assert list(journal.entries()) == HISTORY[:2]


def test_FB04_the_history_stands_in_the_order_of_recording_when_the_clock_goes_back(
    path: Path,
) -> None:
    hour_ns = 3_600 * 1_000_000_000
    entries: list[JournalEntry] = [
        Intent(f"c{number}", TERMS, 9 * hour_ns - number * hour_ns) for number in range(4)
    ]
    entries.append(StateEntry("c0", OrderState.SENDING, 0, "", ""))
    journal = open_journal(path)
    for entry in entries:
        journal.record([entry])
    journal.close()
    again = open_journal(path)
    assert list(again.entries()) == entries
    assert [each for each in again.working() if isinstance(each, Intent)] == entries[:4]
    again.close()
