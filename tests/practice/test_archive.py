"""What the cutoff hands over to history, and that nothing is on both sides."""

import pytest

from kalshi_tui.practice import archive
from kalshi_tui.practice.archive import DAY_NS, Cutoff, cutoff_at
from kalshi_tui.practice.happenings import MarketResult, TradePrinted
from tests.support.exchange_world import ASK, BID, CLOSE, NOW, SECOND, listing, place, world


def at(moment_ns: int) -> Cutoff:
    """Return a cutoff at one moment for everything."""
    return Cutoff(moment_ns, moment_ns, moment_ns, moment_ns)


def test_the_cutoff_is_a_midnight_three_months_back() -> None:
    cutoff = cutoff_at(NOW)
    assert len(set(cutoff)) == 1
    assert cutoff.orders_updated_ns % DAY_NS == 0
    assert 90 * DAY_NS <= NOW - cutoff.orders_updated_ns < 91 * DAY_NS


def test_a_window_for_rehearsals_is_taken_as_it_is() -> None:
    assert cutoff_at(NOW, 30 * SECOND).trades_created_ns == NOW - 30 * SECOND
    exchange = world()
    exchange.live_window_ns = 30 * SECOND
    assert exchange.cutoff(NOW) == at(NOW - 30 * SECOND)


def test_resting_orders_never_age_and_done_ones_do() -> None:
    exchange = world()
    live = place(exchange, "ann", BID, 4_000, 100).order_id
    done = place(exchange, "ann", BID, 4_000, 100).order_id
    exchange.cancel("ann", done, NOW)
    late = at(NOW + 1)
    assert not archive.order_is_old(exchange.order("ann", live), late)
    assert archive.order_is_old(exchange.order("ann", done), late)
    assert not archive.order_is_old(exchange.order("ann", done), at(NOW))


def test_fills_and_trades_age_by_their_own_time() -> None:
    exchange = world()
    place(exchange, "crowd", ASK, 4_000, 100)
    place(exchange, "ann", BID, 4_000, 100)
    (fill,) = exchange.accounts["ann"].fills
    (trade,) = [e for e in exchange.take_happenings() if isinstance(e, TradePrinted)]
    for moment, old in ((NOW, False), (NOW + 1, True)):
        assert archive.fill_is_old(fill, at(moment)) is old
        assert archive.trade_is_old(trade, at(moment)) is old


def test_a_market_is_old_once_it_was_settled_before_the_cutoff() -> None:
    exchange = world()
    market = exchange.markets["RAIN"]
    assert not archive.market_is_old(market, at(CLOSE))
    exchange.determine("RAIN", MarketResult.NO, NOW)
    exchange.settle("RAIN", NOW)
    assert not archive.market_is_old(market, at(NOW))
    assert archive.market_is_old(market, at(NOW + 1))


@pytest.mark.parametrize("both", [False, True])
def test_settled_positions_are_handed_over_by_whole_events(both: bool) -> None:
    exchange = world()
    exchange.list_market(listing("SNOW"), NOW)
    for ticker in ("RAIN", "SNOW"):
        place(exchange, "crowd", ASK, 4_000, 100, ticker=ticker)
        place(exchange, "ann", BID, 4_000, 100, ticker=ticker)
    events = dict.fromkeys(("RAIN", "SNOW"), "STORM")
    for ticker in ("RAIN", "SNOW") if both else ("RAIN",):
        exchange.determine(ticker, MarketResult.YES, NOW)
        exchange.settle(ticker, NOW)
    account = exchange.accounts["ann"]
    old = archive.old_positions(account, events, at(NOW + 1))
    live = archive.live_positions(account, events, at(NOW + 1))
    assert [each.ticker for each in old] == (["RAIN", "SNOW"] if both else [])
    assert {each.ticker for each in [*old, *live]} == {"RAIN", "SNOW"}
    assert not {each.ticker for each in old} & {each.ticker for each in live}
    alone = archive.old_positions(
        account, archive.events_of(exchange.markets.values()), at(NOW + 1)
    )
    assert "RAIN" in [each.ticker for each in alone]
