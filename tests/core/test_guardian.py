"""The dead-man's switch."""

from kalshi_tui.core import commands as c
from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.amending import BARRIER_NS
from kalshi_tui.core.guardian import A_TICK, LIFE_S, RENEW_NS
from kalshi_tui.core.orders import TimeInForce
from kalshi_tui.core.text import NO_TEXT
from kalshi_tui.core.units import Count, Price
from tests.support.blotter import Blotter, sent
from tests.support.facts import NOON_NS, SECOND, TICKER, notices, terms

NOON_S = NOON_NS // SECOND


def guarded(*, orders: int = 1) -> Blotter:
    desk = Blotter()
    desk.tell(c.DeadMan(True))
    for number in range(1, orders + 1):
        desk.rest(f"mine-{number}", f"order-{number}", price=Price(3700 - 100 * number))
    return desk


def renewals(effects: list[fx.Effect]) -> list[fx.SendAmend]:
    return [each for each in effects if isinstance(each, fx.SendAmend)]


def ack(desk: Blotter, amend: fx.SendAmend) -> list[fx.Effect]:
    return desk.tell(e.AmendAcked(amend.request_id, amend.order_id, None, None, desk.now_ms, 1))


def test_an_order_gets_a_short_expiry_and_goes_with_a_pause() -> None:
    desk = Blotter()
    desk.tell(c.DeadMan(True))
    (submit,) = sent(desk.place())
    wanted = terms(expires_s=NOON_S + LIFE_S, cancel_on_pause=True)
    assert submit == fx.Submit("mine-1", wanted)
    assert desk.row().guarded


def test_what_has_its_own_expiry_or_never_rests_is_left_alone() -> None:
    desk = Blotter()
    desk.tell(c.DeadMan(True))
    own = terms(expires_s=NOON_S + 3600)
    assert sent(desk.tell(c.Place("a", own))) == [fx.Submit("a", own)]
    ioc = terms(time_in_force=TimeInForce.IOC, price=Price(3500))
    assert sent(desk.tell(c.Place("b", ioc))) == [fx.Submit("b", ioc)]
    assert not any(row.guarded for row in desk.rows().values())


def test_it_is_renewed_by_the_expiry_alone_which_keeps_the_queue_and_is_not_journalled() -> None:
    desk = guarded()
    desk.tell(e.QueuesReported((("order-1", Count(500)),)))
    assert renewals(desk.wait(RENEW_NS - SECOND)) == []
    found = desk.wait(2 * SECOND)
    (amend,) = renewals(found)
    assert (amend.terms.price, amend.terms.count) == (3600, 1000)
    assert amend.expires_s == desk.wall_ns // SECOND + LIFE_S - 1
    assert not any(isinstance(each, fx.Record) for each in found)
    assert notices(ack(desk, amend)) == []
    assert (desk.row().queue, desk.row().expires_s) == (500, amend.expires_s)


def test_FK11_it_dies_within_its_life_after_the_last_renewal() -> None:
    desk = guarded()
    for _ in range(20):
        for amend in renewals(desk.wait(10 * SECOND)):
            ack(desk, amend)
        expires_s = desk.row().expires_s
        assert expires_s is not None
        assert 0 < expires_s - desk.wall_ns // SECOND <= LIFE_S


def test_many_orders_are_renewed_a_few_at_a_time_and_all_in_time() -> None:
    desk = guarded(orders=30)
    for _ in range(200):
        found = renewals(desk.wait(SECOND))
        assert len(found) <= A_TICK
        for amend in found:
            ack(desk, amend)
        for row in desk.rows().values():
            assert row.expires_s is not None
            assert row.expires_s > desk.wall_ns // SECOND + LIFE_S // 3


def test_FK12_a_lost_renewal_is_followed_by_the_next_and_two_are_told() -> None:
    desk = guarded()
    (first,) = renewals(desk.wait(RENEW_NS + SECOND))
    assert notices(desk.tell(e.AmendUnknown(first.request_id, "order-1", "timeout"))) == []
    assert desk.status().dead_man_misses == 1
    (second,) = renewals(desk.wait(RENEW_NS // 2 + SECOND))
    effects = desk.tell(e.AmendRefused(second.request_id, "order-1", 503, "unavailable"))
    assert "renewals in a row failed" in " ".join(notices(effects))
    (third,) = renewals(desk.wait(RENEW_NS // 2 + SECOND))
    ack(desk, third)
    assert desk.status().dead_man_misses == 0
    assert desk.row().change is None


def test_a_renewal_never_brings_back_what_the_user_is_changing() -> None:
    desk = guarded()
    desk.tell(c.Amend("mine-1", Price(3500), Count(1000)))
    assert len(renewals(desk.effects)) == 1
    assert len(renewals(desk.wait(2 * RENEW_NS))) == 0
    (amend,) = renewals(desk.effects)
    ack(desk, amend)
    (renewal,) = renewals(desk.wait(2 * SECOND))
    assert renewal.terms.price == 3500


def test_an_amend_waits_while_a_renewal_that_was_given_up_may_still_come() -> None:
    desk = guarded()
    (lost,) = renewals(desk.wait(RENEW_NS + SECOND))
    desk.tell(e.AmendUnknown(lost.request_id, "order-1", "timeout"))
    (again,) = renewals(desk.wait(RENEW_NS // 2 + SECOND))
    ack(desk, again)
    amend = c.Amend("mine-1", Price(3500), Count(1000))
    assert "may still come" in notices(desk.tell(amend))[0]
    for renewal in renewals(desk.wait(BARRIER_NS)):
        ack(desk, renewal)
    assert sent(desk.tell(amend))


def test_switching_it_on_guards_what_rests_already_and_says_what_a_pause_does() -> None:
    desk = Blotter()
    desk.rest()
    desk.report(order_id="theirs", client_order_id="")
    effects = desk.tell(c.DeadMan(True))
    assert "1 order that rest" in notices(effects)[0] or "1 order" in notices(effects)[0]
    assert "pause" in notices(effects)[0]
    (amend,) = renewals(desk.wait(SECOND))
    assert amend.order_id == "order-1"


def test_switching_it_off_takes_the_expiries_away() -> None:
    desk = guarded()
    desk.tell(c.DeadMan(False))
    (amend,) = renewals(desk.wait(2 * SECOND))
    assert amend.expires_s == 0
    ack(desk, amend)
    assert (desk.row().guarded, desk.row().expires_s) == (False, None)
    assert renewals(desk.wait(120 * SECOND)) == []
    assert sent(desk.place("b", price=Price(3500))) == [fx.Submit("b", terms(price=Price(3500)))]


def test_an_order_that_is_over_or_being_canceled_is_not_renewed() -> None:
    desk = guarded(orders=2)
    desk.gone("order-1")
    desk.tell(c.Cancel(("mine-2",)))
    assert renewals(desk.wait(120 * SECOND)) == []


def test_pressing_it_twice_is_pressing_it_once() -> None:
    desk = guarded()
    assert desk.tell(c.DeadMan(True)) == []


def test_FK13_the_switch_says_beforehand_that_orders_lapse_in_a_pause() -> None:
    desk = Blotter()
    assert "in a pause they lapse" in notices(desk.tell(c.DeadMan(True)))[0]


def test_FK13_in_a_pause_refused_renewals_are_told_and_the_lapse_is_no_assumption() -> None:
    desk = guarded()
    desk.tell(e.ExchangeStatusRead(exchange_active=True, trading_active=False))
    said: list[str] = []
    for _ in range(2):
        found = desk.wait(RENEW_NS + SECOND)
        for amend in renewals(found):
            refused = e.AmendRefused(
                amend.request_id, amend.order_id, 409, "trading_is_paused", NO_TEXT
            )
            found += desk.tell(refused)
        said += notices(found)
    assert any("guarded orders lapse within" in each for each in said)
    # Whether it lapsed, only the exchange says; until then it counts.
    assert fx.DrillDown("order-1") in desk.wait((LIFE_S + 10) * SECOND)
    assert desk.engine._state.exposures.of(TICKER).market.bids == 1000
    desk.gone("order-1", client_order_id="mine-1", reason="ExpiryCancel")
    assert desk.engine._state.exposures.of(TICKER).market.bids == 0
