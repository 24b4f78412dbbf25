"""Exports: promised columns, exact decimals, sums that are right, files that are whole."""

import csv
import json
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from kalshi_tui.api.history import Page, Progress
from kalshi_tui.core.completeness import RecordKind, Tier
from kalshi_tui.core.lots import Basis
from kalshi_tui.core.profit import Books
from kalshi_tui.core.records import FillRecord, SettlementRecord
from kalshi_tui.core.units import count_to_wire, money_to_wire, price_to_wire
from kalshi_tui.session.chronicle import History
from kalshi_tui.session.columns import TABLES, time_text
from kalshi_tui.session.export import ExportError, Format, export
from tests.api.rig import fill_body, order_body
from tests.core.account import random_account

PROMISED = {
    "fills": "time time_ns ticker event series fill_id order_id book_side outcome yes_price"
    " leg_price count cost fee is_taker subaccount",
    "orders": "time time_ns ticker event series order_id client_order_id book_side yes_price status"
    " initial filled remaining taker_cost maker_cost taker_fees maker_fees updated subaccount",
    "settlements": "time time_ns ticker event series result value position yes_count yes_cost"
    " no_count no_cost revenue fees profit is_rebuilt subaccount",
    "positions": "time time_ns ticker event series position cost realized fees traded subaccount",
    "payments": "time time_ns kind id status method amount fee created",
    "lots": "ticker event series outcome opened closed count cost proceeds fees profit",
}


def filled(path: Path, seed: int = 3, fills: int = 60) -> tuple[History, list[FillRecord]]:
    """Return a store with a random account in it, and its fills."""
    history = History(path / "history.sqlite", environment="demo", account="a")
    records = random_account(seed, fills)
    listed = [each for each in records if isinstance(each, FillRecord)]
    bodies = [
        fill_body(
            fill_id=each.fill_id,
            order_id=each.order_id,
            ticker=each.ticker,
            book_side=each.side.value,
            yes_price_dollars=price_to_wire(each.price),
            count_fp=count_to_wire(each.size),
            fee_cost=money_to_wire(each.fee),
            is_taker=each.is_taker,
            created_time=time_text(each.at_ns),
        )
        for each in listed
    ]
    absorb(history, RecordKind.FILLS, bodies)
    history.add_rebuilt(
        each._replace(is_rebuilt=True) for each in records if isinstance(each, SettlementRecord)
    )
    return history, listed


def absorb(history: History, kind: RecordKind, bodies: list[dict[str, object]]) -> None:
    raws = tuple(msgspec.Raw(msgspec.json.encode(each)) for each in bodies)
    history.absorb(history.begin(kind, 0, 1), Page(Tier.LIVE, raws), Progress())


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", PROMISED)
def test_the_columns_are_the_promised_ones_and_each_says_what_it_means(name: str) -> None:
    table = TABLES[name]
    assert [each.name for each in table.columns] == PROMISED[name].split()
    assert all(each.meaning for each in table.columns)
    assert PROMISED.keys() == TABLES.keys()


def test_exported_fills_add_up_exactly(tmp_path: Path) -> None:
    history, fills = filled(tmp_path)
    target = tmp_path / "out" / "fills.csv"
    assert export(history, "fills", Format.CSV, target) == len(fills)
    rows = rows_of(target)
    assert [row["fill_id"] for row in rows] == [each.fill_id for each in fills]
    assert sum(Decimal(row["fee"]) for row in rows) * 10**6 == sum(each.fee for each in fills)
    assert sum(Decimal(row["count"]) for row in rows) * 100 == sum(each.size for each in fills)
    for row, fill in zip(rows, fills, strict=True):
        assert int(row["time_ns"]) == fill.at_ns
        assert Decimal(row["leg_price"]) * Decimal(row["count"]) == Decimal(row["cost"])
        whole = Decimal(row["yes_price"]) + Decimal(row["leg_price"])
        assert (whole == 1) or (row["outcome"], row["book_side"]) == ("yes", "bid")
        assert row["is_taker"] == str(fill.is_taker).lower()
    history.close()


def test_json_lines_hold_the_same_as_csv(tmp_path: Path) -> None:
    history, _ = filled(tmp_path)
    absorb(history, RecordKind.ORDERS, [order_body()])
    for name in TABLES:
        lines, table = tmp_path / f"{name}.jsonl", tmp_path / f"{name}.csv"
        count = export(history, name, Format.JSONL, lines)
        assert export(history, name, Format.CSV, table) == count
        told = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]
        plain = [
            {k: "" if v is None else str(v).lower() if v is True or v is False else str(v)
             for k, v in each.items()}
            for each in told
        ]  # fmt: skip
        assert plain == rows_of(table)
        assert not any(isinstance(value, float) for each in told for value in each.values())
    history.close()


def test_tax_lots_make_up_the_account_s_profit(tmp_path: Path) -> None:
    history, _ = filled(tmp_path)
    books = Books(Basis.FIFO)
    profit = sum(each.realized - each.fee for each in books.take_all(history.money()))
    target = tmp_path / "lots.csv"
    assert export(history, "lots", Format.CSV, target) == len(books.closed)
    rows = rows_of(target)
    assert sum(Decimal(row["profit"]) for row in rows) * 10**6 == profit
    for row in rows:
        parts = [Decimal(row[name]) for name in ("proceeds", "cost", "fees")]
        assert parts[0] - parts[1] - parts[2] == Decimal(row["profit"])
        assert row["opened"] <= row["closed"]
    settled = tmp_path / "settlements.csv"
    export(history, "settlements", Format.CSV, settled)
    assert sum(Decimal(row["profit"]) for row in rows_of(settled)) * 10**6 == profit
    history.close()


def test_a_range_holds_its_beginning_and_not_its_end(tmp_path: Path) -> None:
    history, fills = filled(tmp_path)
    target = tmp_path / "fills.csv"
    since, until = fills[10].at_ns, fills[20].at_ns
    assert export(history, "fills", Format.CSV, target, since_ns=since, until_ns=until) == 10
    assert [row["fill_id"] for row in rows_of(target)] == [f.fill_id for f in fills[10:20]]
    lots = [
        export(history, "lots", Format.CSV, target, since_ns=a, until_ns=b)
        for a, b in ((None, since), (since, until), (until, None), (None, None))
    ]
    assert sum(lots[:3]) == lots[3]
    history.close()


def test_an_export_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    history, _ = filled(tmp_path)
    target = tmp_path / "fills.csv"
    target.write_text("yesterday")
    history.close()
    with pytest.raises(Exception, match="closed"):
        export(history, "fills", Format.CSV, target)
    assert target.read_text() == "yesterday"
    assert [each.name for each in tmp_path.glob(".*")] == []


def test_what_cannot_be_done_is_one_sentence(tmp_path: Path) -> None:
    history, _ = filled(tmp_path, fills=1)
    with pytest.raises(ExportError, match="there are fills, orders"):
        export(history, "dreams", Format.CSV, tmp_path / "x.csv")
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError, match="choose another place"):
        export(history, "fills", Format.CSV, tmp_path / "file" / "x.csv")
    history.close()


def test_times_are_utc_with_six_digits() -> None:
    assert time_text(1_790_000_000_123_456_789) == "2026-09-21T14:13:20.123456Z"
    assert time_text(0) == "1970-01-01T00:00:00.000000Z"
