"""Fills that the exchange stated and that are not booked yet: they count wherever orders do."""

from kalshi_tui.core import commands as c
from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.orders import OrderState
from kalshi_tui.core.risk import Limits
from kalshi_tui.core.units import Count, Price
from kalshi_tui.core.views import LadderView, Pane
from tests.support.blotter import Blotter, sent
from tests.support.facts import TICKER, fill, notices, terms

LIMITS = Limits(
    order_count=Count(1_000),
    position_count=Count(1_500),
    orders_per_second=100,
    orders_per_minute=1_000,
)


def amend(desk: Blotter, count: int, price: int = 3500) -> list[fx.Effect]:
    return desk.tell(c.Amend("mine-1", Price(price), Count(count)))


def test_INV11_an_order_never_grows_past_the_cap_of_one_order_by_amends_between_fills() -> None:
    desk = Blotter(limits=LIMITS)
    desk.rest(count=Count(900))
    desk.tell(fill(count=Count(800)))
    effects = amend(desk, 1_001)
    assert sent(effects) == []
    assert "10.01 in all is over your cap of 10." in notices(effects)[0]
    assert sent(amend(desk, 1_000))


def test_INV11_fills_that_were_stated_and_not_booked_count_beside_what_would_remain() -> None:
    desk = Blotter(limits=LIMITS)
    desk.rest(count=Count(900))
    desk.tell(fill(count=Count(800), trade_id="other", order_id="before", client_order_id=""))
    desk.report(filled=Count(500), remaining=Count(400), initial=Count(900))
    assert sent(amend(desk, 800)) == []
    assert sent(amend(desk, 700))


def test_INV8_they_count_after_the_answer_to_a_cancel_as_well() -> None:
    desk = Blotter(limits=LIMITS)
    desk.rest(count=Count(900))
    desk.report(filled=Count(500), remaining=Count(400), initial=Count(900))
    desk.tell(e.CancelAcked("order-1", Count(400), desk.now_ms, 1))
    assert highest(desk) == 500
    desk.tell(fill(count=Count(500)))
    assert highest(desk) == 500


def test_TO35_nothing_is_placed_after_a_restart_before_the_account_was_read() -> None:
    desk = Blotter(limits=LIMITS)
    entries: list[fx.JournalEntry] = [
        fx.Intent("old", terms(), desk.wall_ns),
        fx.StateEntry("old", OrderState.CANCELED, desk.wall_ns, "order-0"),
    ]
    desk.engine.restore(entries)
    refused = desk.place()
    assert sent(refused) == []
    assert "has not been read since the start" in notices(refused)[0]
    desk.tell(e.Swept((), (), (), desk.wall_ns))
    assert sent(desk.place())


def highest(desk: Blotter) -> Count:
    view = desk.engine.view((Pane.LADDER, TICKER))
    assert isinstance(view, LadderView)
    return view.exposure.market.highest
