"""What is taken from the exchange's status and from its clock."""

import pytest

from kalshi_tui.core import commands as c
from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.engine import Engine
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.risk import Limits
from kalshi_tui.core.text import NO_TEXT
from tests.support.facts import (
    NOON_NS,
    SECOND,
    market,
    notices,
    ready_engine,
    terms,
)


def shards(*trades: bool) -> tuple[e.ShardStatus, ...]:
    return tuple(
        e.ShardStatus(index, exchange_active=True, trading_active=each)
        for index, each in enumerate(trades)
    )


def status(*trades: bool) -> e.ExchangeStatusRead:
    return e.ExchangeStatusRead(True, trades[0], NO_TEXT, shards(*trades))


def sends(effects: list[fx.Effect]) -> bool:
    return any(isinstance(each, fx.Submit) for each in effects)


@pytest.mark.parametrize("shard", [0, 1])
def test_FC19_FF03_a_pause_of_one_shard_stops_orders_there_and_nowhere_else(shard: int) -> None:
    engine = ready_engine()
    engine.handle(e.MarketsListed((market(exchange_index=shard),)))
    assert notices(engine.handle(status(True, False)))[0].startswith("Trading is paused on shard 1")
    found = engine.handle(c.Place("a", terms()))
    assert sends(found) is (shard == 0)
    if shard == 1:
        assert "Trading is paused on shard 1: new orders are refused" in notices(found)[0]


def test_FC19_what_the_top_level_says_is_for_shard_0_where_each_shard_is_told_of() -> None:
    engine = ready_engine()
    engine.handle(e.MarketsListed((market(exchange_index=1),)))
    engine.handle(status(False, True))
    assert sends(engine.handle(c.Place("a", terms())))


def test_TC15_a_shard_that_trades_again_is_read_anew() -> None:
    engine = ready_engine()
    engine.handle(status(True, False))
    assert engine.handle(status(True, False)) == []
    found = engine.handle(status(True, True))
    assert notices(found) == ["shard 1 trades again"]
    assert fx.Fetch(fx.Read.SWEEP) in found
    assert engine._state.maintenance() == ""


def test_FF03_a_status_without_shards_is_everybodys() -> None:
    engine = ready_engine()
    engine.handle(status(True, False))
    engine.handle(e.ExchangeStatusRead(True, False))
    assert "on shard" not in engine._state.maintenance()
    assert not sends(engine.handle(c.Place("a", terms())))


def test_FB01_orders_wait_until_the_exchanges_clock_is_measured() -> None:
    assert Engine(mode=Mode.VIEW, limits=Limits(), offset_ns=None)._state.offset_ns is None
    ready = ready_engine()
    ready._state.offset_ns = None
    refused = notices(ready.handle(c.Place("a", terms())))[0]
    assert refused == (
        "not sent: The exchange's clock has not been measured yet: new orders wait for its answer."
    )
    ready.handle(e.ClockMeasured(0))
    assert sends(ready.handle(c.Place("a", terms())))


@pytest.mark.parametrize("hours", [-24, -1, 1, 24])
def test_FB01_a_market_closes_by_the_exchanges_clock_not_by_ours(hours: int) -> None:
    engine = ready_engine()
    offset_ns = hours * 3_600 * SECOND
    engine.handle(e.ClockMeasured(offset_ns))
    close_ns = NOON_NS + offset_ns + 2 * SECOND
    engine.handle(e.MarketsListed((market(close_ns=close_ns),)))
    assert "closes in 2.0 s" in notices(engine.handle(c.Place("a", terms())))[0]
    engine.handle(e.MarketsListed((market(close_ns=close_ns + 1),)))
    assert sends(engine.handle(c.Place("a", terms())))
