"""Faults that are done once."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.practice_bench import FED, START, Bench, bench


@pytest.fixture
def table(tmp_path: Path) -> Bench:
    return bench(tmp_path)


def do(table: Bench, now_ns: int = START, **body: Any) -> None:
    table.venue.faults.switch_on(body, START)
    table.venue.strike(now_ns)


def test_a_burst_leaves_the_book_as_even_numbers_do(table: Bench) -> None:
    do(table, fault="burst", market=FED, n=10)
    listed = table.venue.exchange.markets[FED]
    assert (listed.clock, listed.book.best_bid) == (10, None)
    assert len(table.venue.faults) == 0, "it is done once"


def test_a_burst_in_a_market_that_does_not_trade_does_nothing(table: Bench) -> None:
    table.venue.exchange.pause_market(FED, START)
    do(table, fault="burst", market=FED, n=10)
    do(table, fault="burst", market="KXNOTHING", n=10)
    assert table.venue.exchange.markets[FED].clock == 0


def test_count_and_at_ms_say_how_often_and_when(table: Bench) -> None:
    later_ms = START // 1_000_000 + 5_000
    table.venue.faults.switch_on(
        {"fault": "burst", "market": FED, "n": 4, "count": 3, "at_ms": later_ms}, START
    )
    table.venue.strike(START)
    assert table.venue.exchange.markets[FED].clock == 0
    assert table.venue.next_due_ns() == later_ms * 1_000_000
    table.venue.strike(later_ms * 1_000_000)
    assert table.venue.exchange.markets[FED].clock == 12


def test_low_balance_is_a_withdrawal_like_any_other(table: Bench) -> None:
    exchange = table.venue.exchange
    before = exchange.accounts[table.ann.key_id].available()
    do(table, fault="low_balance", account=table.ann.key_id)
    taken = sum(each.amount for each in exchange.withdrawals(table.ann.key_id))
    assert before - taken == exchange.accounts[table.ann.key_id].available()
    do(table, fault="low_balance", account="nobody")


def test_without_a_crowd_there_are_no_makers_to_withdraw(table: Bench) -> None:
    do(table, fault="withdraw_makers")
    do(table, fault="gap", ticks=3)
    assert table.venue.exchange.markets[FED].clock == 0
