"""The store: each record once, the newer report, every body kept, and never a silent hole."""

import sqlite3
import stat
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kalshi_tui.api.history import Page, Progress
from kalshi_tui.core.completeness import RecordKind, Section, Statement, Tier
from kalshi_tui.core.events import ReportedStatus
from kalshi_tui.core.profit import Books
from kalshi_tui.core.records import FillRecord, OrderRecord, Result, SettlementRecord
from kalshi_tui.core.settlements import rebuilt
from kalshi_tui.core.units import Count
from kalshi_tui.session import tables
from kalshi_tui.session.archive import HistoryError
from kalshi_tui.session.chronicle import Absorbed, History, Unmatched
from tests.api.rig import fill_body, order_body
from tests.core.account import random_account

FILLS, ORDERS = RecordKind.FILLS, RecordKind.ORDERS


def opened(path: Path, account: str = "a") -> History:
    return History(path / "history.sqlite", environment="demo", account=account)


def page(*bodies: dict[str, Any], tier: Tier = Tier.LIVE) -> Page:
    return Page(tier, tuple(msgspec.Raw(msgspec.json.encode(each)) for each in bodies))


def absorb(history: History, kind: RecordKind, *pages: Page) -> list[Absorbed]:
    reading = history.begin(kind, 0, 1_000)
    found = [history.absorb(reading, each, Progress(step=1)) for each in pages]
    whole = Statement(kind, None, None, (Section(Tier.LIVE, "/x", 1, 1, True),), None, None, ())
    history.finish(reading, whole)
    return found


def test_FE02_a_fill_that_comes_twice_is_there_once(tmp_path: Path) -> None:
    history = opened(tmp_path)
    first, second = absorb(
        history,
        FILLS,
        page(fill_body(), fill_body(trade_id="t-2", fill_id="t-2")),
        page(fill_body(), fill_body(), tier=Tier.ARCHIVE),
    )
    assert first == Absorbed(2, 0, 0, 0, 0)
    assert second == Absorbed(0, 0, 1, 0, 0)
    history.close()
    again = opened(tmp_path)
    assert absorb(again, FILLS, page(fill_body())) == [Absorbed(0, 0, 1, 0, 0)]
    assert again.count(FILLS) == 2
    again.close()


def test_a_trade_with_ourselves_is_two_fills(tmp_path: Path) -> None:
    history = opened(tmp_path)
    absorb(history, FILLS, page(fill_body(), fill_body(order_id="o-2", book_side="ask")))
    assert history.count(FILLS) == 2
    history.close()


def test_a_fill_that_is_told_differently_is_kept_beside_and_seen(tmp_path: Path) -> None:
    history = opened(tmp_path)
    _, second = absorb(history, FILLS, page(fill_body()), page(fill_body(fee_cost="0.050000")))
    assert second.odd == 1
    (fill,) = history.records(FILLS)
    assert isinstance(fill, FillRecord)
    assert fill.fee == 42_891
    ((kind, reason, _),) = history.unread()
    assert kind is FILLS
    assert "differently" in reason
    history.close()


@given(order=st.permutations([0, 1, 2]))
@settings(deadline=None, max_examples=6)
def test_FE04_an_older_report_never_overwrites_a_newer_one(
    tmp_path_factory: pytest.TempPathFactory, order: list[int]
) -> None:
    history = opened(tmp_path_factory.mktemp("store"))
    for number in order:
        body = order_body(
            fill_count_fp=f"{number}.00", last_update_time=f"2026-11-22T10:00:0{number}Z"
        )
        absorb(history, ORDERS, page(body))
    (found,) = history.records(ORDERS)
    assert isinstance(found, OrderRecord)
    assert found.filled == 200
    history.close()


def test_FE13_an_order_whose_fills_do_not_add_up_is_named(tmp_path: Path) -> None:
    history = opened(tmp_path)
    absorb(history, ORDERS, page(order_body(order_id="o-1", fill_count_fp="5.00")))
    assert history.unmatched() == [Unmatched("o-1", "KXRAIN-26NOV22-NYC", 500, 0)]
    absorb(history, FILLS, page(fill_body()))
    assert history.unmatched() == [Unmatched("o-1", "KXRAIN-26NOV22-NYC", 500, 250)]
    absorb(history, FILLS, page(fill_body(fill_id="t-2")))
    assert history.unmatched() == []
    history.close()


def test_FE14_a_body_that_cannot_be_read_is_kept_and_read_by_a_better_parser(
    tmp_path: Path,
) -> None:
    history = opened(tmp_path)
    broken = page(fill_body(), fill_body(fill_id="t-2", count_fp="a few"))
    (absorbed,) = absorb(history, FILLS, broken)
    assert (absorbed.added, absorbed.unread) == (1, 1)
    ((_, reason, body),) = history.unread()
    assert "a few" in reason
    assert msgspec.json.decode(body)["fill_id"] == "t-2"
    assert history.reread() == 0
    # A parser that misread a column, and one that now reads what it could not.
    with sqlite3.connect(tmp_path / "history.sqlite") as other:
        other.execute("UPDATE fills SET fee = 1")
        better = msgspec.json.encode(fill_body(fill_id="t-2"))
        other.execute("UPDATE unread SET body = ?", (better,))
    other.close()
    assert history.reread() == 2
    fills = list(history.records(FILLS))
    assert [each.fee for each in fills if isinstance(each, FillRecord)] == [42_891, 42_891]
    assert history.unread() == []
    history.close()


def test_the_exchange_s_bodies_are_kept_byte_for_byte(tmp_path: Path) -> None:
    history = opened(tmp_path)
    absorb(history, FILLS, page(fill_body(a_field_of_next_year=[1, 2])))
    body = history.body(FILLS, "t-1/o-1")
    assert body == msgspec.json.encode(fill_body(a_field_of_next_year=[1, 2]))
    assert history.body(FILLS, "nothing") is None
    history.close()


def test_records_come_back_as_they_went_in_and_are_filtered(tmp_path: Path) -> None:
    history = opened(tmp_path)
    rng = Random(1)
    bodies = [
        fill_body(
            fill_id=f"t-{number:03}",
            order_id=f"o-{number % 3}",
            ticker=f"KX-E-{number % 2}",
            created_time=f"2026-11-22T10:{number:02}:00Z",
            is_taker=rng.random() < 0.5,
            book_side=rng.choice(["bid", "ask"]),
        )
        for number in range(20)
    ]
    rng.shuffle(bodies)
    absorb(history, FILLS, page(*bodies))
    whole = list(history.records(FILLS))
    assert [each.key[:5] for each in whole] == [f"t-{number:03}" for number in range(20)]
    assert all(isinstance(each, FillRecord) for each in whole)
    middle = whole[10].at_ns
    assert list(history.records(FILLS, since_ns=middle)) == whole[10:]
    assert list(history.records(FILLS, until_ns=middle)) == whole[:10]
    assert list(history.records(FILLS, ticker="KX-E-1")) == whole[1::2]
    assert list(history.records(FILLS, order_id="o-0")) == whole[::3]
    history.close()


def test_an_interrupted_reading_goes_on_and_one_that_was_not_whole_begins_anew(
    tmp_path: Path,
) -> None:
    history = opened(tmp_path)
    reading = history.begin(FILLS, 0, 200_000)
    progress = Progress(step=1, cursor="c", done=(("live", 3, 9, True),), before=(1, 2, 3, None))
    history.absorb(reading, page(fill_body()), progress)
    history.close()
    history = opened(tmp_path)
    again = history.begin(FILLS, 0, 999_999)
    assert again == reading._replace(progress=progress)
    assert history.begin(FILLS, 1, 999_999).number != reading.number
    statement = Statement(
        FILLS, None, None, (Section(Tier.LIVE, "/x", 1, 1, False),), None, None, ("A hole.",)
    )
    history.finish(again, statement)
    assert "A hole." in history.statements()[FILLS, 0]
    assert history.begin(FILLS, 0, 300_000).since_s is None
    history.close()


def test_a_page_and_its_place_are_stored_together_or_not_at_all(tmp_path: Path) -> None:
    history = opened(tmp_path)
    reading = history.begin(FILLS, 0, 1)
    with sqlite3.connect(tmp_path / "history.sqlite") as other:
        other.execute(
            "CREATE TRIGGER full BEFORE INSERT ON fills BEGIN SELECT raise(ABORT, 'full'); END"
        )
    other.close()
    with pytest.raises(HistoryError, match="full"):
        history.absorb(reading, page(fill_body()), Progress(step=1, cursor="later"))
    assert history.begin(FILLS, 0, 1).progress == Progress()
    assert history.count(FILLS) == 0
    history.close()


def test_rebuilt_settlements_are_marked_and_give_way_to_the_exchange_s(tmp_path: Path) -> None:
    history = opened(tmp_path)
    absorb(history, FILLS, page(fill_body()))
    (fill,) = history.records(FILLS)
    assert isinstance(fill, FillRecord)
    made = rebuilt(fill.ticker, [fill], Result.YES, None, fill.at_ns + 1, "KXRAIN-26NOV22")
    assert history.add_rebuilt([made]) == 1
    assert history.add_rebuilt([made]) == 0
    (found,) = history.records(RecordKind.SETTLEMENTS)
    assert found == made
    assert isinstance(found, SettlementRecord)
    assert found.is_rebuilt
    books = Books()
    assert [each.cash for each in books.take_all(history.money())][-1] == 2_500_000
    assert books.differences == []
    settled = {
        "ticker": fill.ticker, "market_result": "yes", "yes_count_fp": "2.50",
        "yes_total_cost_dollars": "1.075000", "no_count_fp": "0.00",
        "no_total_cost_dollars": "0.000000", "revenue": 250, "fee_cost": "0.042891",
        "settled_time": "2026-11-22T11:00:00Z",
    }  # fmt: skip
    absorb(history, RecordKind.SETTLEMENTS, page(settled))
    (real,) = history.records(RecordKind.SETTLEMENTS)
    assert isinstance(real, SettlementRecord)
    assert not real.is_rebuilt
    assert history.add_rebuilt([made]) == 0
    history.close()


def test_FH07_a_store_from_a_newer_version_is_left_untouched(tmp_path: Path) -> None:
    opened(tmp_path).close()
    path = tmp_path / "history.sqlite"
    with sqlite3.connect(path) as other:
        other.execute(f"PRAGMA user_version = {len(tables.MIGRATIONS) + 1}")
    other.close()
    before = path.read_bytes()
    with pytest.raises(HistoryError, match="newer kalshi-tui"):
        opened(tmp_path)
    assert path.read_bytes() == before


def test_FH06_FH09_another_account_and_a_damaged_file_are_told(tmp_path: Path) -> None:
    opened(tmp_path).close()
    with pytest.raises(HistoryError, match="another environment or account"):
        opened(tmp_path, account="b")
    (tmp_path / "history.sqlite").write_bytes(b"not a database" * 1_000)
    with pytest.raises(HistoryError, match="damaged"):
        opened(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(HistoryError, match="writable"):
        History(tmp_path / "file" / "history.sqlite", environment="demo", account="a")


def test_only_the_owner_may_read_the_file(tmp_path: Path) -> None:
    history = opened(tmp_path / "new")
    assert stat.S_IMODE((tmp_path / "new" / "history.sqlite").stat().st_mode) == 0o600
    history.close()


def test_rows_are_records_and_back(tmp_path: Path) -> None:
    for record in random_account(1, 20):
        kind = FILLS if isinstance(record, FillRecord) else RecordKind.SETTLEMENTS
        row = tables.row_of(record)
        assert row[0] == record.key
        assert tables.reader_of(tables.TABLES[kind])(row[1:]) == record
    order = order_body(status="resting")
    history = opened(tmp_path)
    absorb(history, ORDERS, page(order))
    (found,) = history.records(ORDERS)
    assert isinstance(found, OrderRecord)
    assert found.status is ReportedStatus.RESTING
    assert found.remaining == Count(750)
    history.close()
