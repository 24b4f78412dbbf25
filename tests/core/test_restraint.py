"""Arming, its decay and the day's stop, as the engine does them."""

from typing import Any

import pytest

from kalshi_tui.core import commands as c
from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.arming import IDLE_NS
from kalshi_tui.core.engine import Engine
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.restraint import LEDGER_PAUSE_NS
from kalshi_tui.core.risk import GUARDS, Limits
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Money, Price
from kalshi_tui.core.views import Pane, StatusView
from tests.support.facts import NOON_NS, SECOND, TICKER, fill, market, notices, ready_engine, terms

MS = NOON_NS // 1_000_000


def status(engine: Engine) -> StatusView:
    view = engine.view((Pane.STATUS, ""))
    assert isinstance(view, StatusView)
    return view


def one_key() -> Engine:
    engine = ready_engine()
    engine.handle(c.Arm(Mode.ONE_KEY))
    assert status(engine).mode is Mode.ONE_KEY
    return engine


def later(engine: Engine, by_ns: int) -> list[fx.Effect]:
    return engine.handle(e.Tick(SECOND + by_ns, NOON_NS + by_ns))


def submits(effects: list[fx.Effect]) -> int:
    return sum(isinstance(each, fx.Submit) for each in effects)


def test_FK17_production_begins_in_view_and_needs_its_word() -> None:
    engine = Engine(mode=Mode.CONFIRM, limits=Limits(), word="PROD")
    assert status(engine).mode is Mode.VIEW
    assert "Type PROD" in notices(engine.handle(c.Arm(Mode.CONFIRM)))[0]
    assert "Type PROD" in notices(engine.handle(c.Arm(Mode.CONFIRM, "prod")))[0]
    assert status(engine).mode is Mode.VIEW
    engine.handle(c.Arm(Mode.CONFIRM, "PROD"))
    assert status(engine).mode is Mode.CONFIRM


def test_a_read_only_session_is_never_armed() -> None:
    engine = Engine(mode=Mode.CONFIRM, limits=Limits(), read_only="Another window has it.")
    assert notices(engine.handle(c.Arm(Mode.CONFIRM))) == ["Another window has it."]
    assert status(engine).mode is Mode.VIEW


@pytest.mark.parametrize(
    "item",
    [
        e.ConnectionChanged(e.ConnectionState.SILENT, "nothing was heard"),
        e.BookStatusChanged(TICKER, e.BookStatus.STALE, "a gap"),
        e.Slept(SECOND),
        c.Watch("OTHER"),
        c.Place("no", terms(price=Price(3650))),
    ],
    ids=lambda item: type(item).__name__,
)
def test_what_takes_one_key_back_to_confirm(item: e.Fact | c.Command) -> None:
    engine = one_key()
    engine.handle(e.MarketsListed((market(), market(ticker="OTHER"))))
    engine.handle(c.Watch(TICKER))
    engine.handle(item)
    assert status(engine).mode is Mode.CONFIRM


def test_a_refusal_by_the_exchange_takes_one_key_back() -> None:
    engine = one_key()
    assert submits(engine.handle(c.Place("mine", terms(count=Count(100))))) == 1
    engine.handle(e.Sending("mine", NOON_NS))
    assert status(engine).mode is Mode.ONE_KEY
    engine.handle(e.Refused("mine", 400, "invalid_order"))
    assert status(engine).mode is Mode.CONFIRM


def test_another_markets_stale_book_takes_nothing_back() -> None:
    engine = one_key()
    engine.handle(e.BookStatusChanged("OTHER", e.BookStatus.STALE, "a gap"))
    assert status(engine).mode is Mode.ONE_KEY


def test_one_key_decays_and_a_command_keeps_it() -> None:
    engine = one_key()
    later(engine, IDLE_NS - 1)
    engine.handle(c.CancelLast())
    later(engine, IDLE_NS)
    assert status(engine).mode is Mode.ONE_KEY
    assert status(engine).one_key_left_ns == IDLE_NS - 1
    said = notices(later(engine, 2 * IDLE_NS))
    assert "fell back to CONFIRM: 5 minutes" in " ".join(said)
    assert status(engine).mode is Mode.CONFIRM


def test_KILL_takes_every_mode_to_view_and_arming_warns_of_the_tail() -> None:
    engine = one_key()
    engine.handle(c.Kill())
    assert status(engine).mode is Mode.VIEW
    assert status(engine).purge_until_ns == NOON_NS + 60 * SECOND
    assert "wait for 60 s" in " ".join(notices(engine.handle(c.Arm(Mode.CONFIRM))))


def lost(engine: Engine, count: int = 1_000) -> list[fx.Effect]:
    """Buy at 99c what the book values at 37c."""
    return engine.handle(fill(count=Count(count), price=Price(9_900), order_id="elsewhere"))


def limited(cents: int) -> Engine:
    return ready_engine(limits=Limits(day_loss=Money(cents * 10_000)))


@pytest.mark.parametrize(("cents", "stops"), [(619, True), (620, True), (621, False)])
def test_FK14_the_day_stops_at_its_loss_and_not_before(cents: int, stops: bool) -> None:
    engine = limited(cents)
    lost(engine)
    view = status(engine)
    assert view.day_loss == 6_200_000
    assert (view.mode is Mode.VIEW) is stops
    assert bool(view.reducing) is stops


def test_FK14_FK19_after_the_stop_only_what_reduces_goes_out_and_two_closes_never_flip() -> None:
    engine = limited(600)
    assert "DAY STOP" in " ".join(notices(lost(engine)))
    engine.handle(c.Arm(Mode.CONFIRM))
    assert "Only what reduces" in notices(engine.handle(c.Place("more", terms())))[0]
    close = terms(side=BookSide.ASK, price=Price(4_000), count=Count(600))
    assert submits(engine.handle(c.Place("close-1", close))) == 1
    second = terms(side=BookSide.ASK, price=Price(4_100), count=Count(600))
    assert "4 here" in notices(engine.handle(c.Place("close-2", second)))[0]
    rest = terms(side=BookSide.ASK, price=Price(4_100), count=Count(400))
    assert submits(engine.handle(c.Place("close-3", rest))) == 1


def test_FK14_the_stop_stays_when_the_market_comes_back_and_ends_with_the_day() -> None:
    engine = limited(600)
    lost(engine)
    engine.handle(e.BookDelta(TICKER, BookSide.BID, Price(3_700), Count(-12_000), 0, 0, ""))
    later(engine, SECOND)
    assert status(engine).reducing
    later(engine, 86_400 * SECOND)
    assert not status(engine).reducing
    assert status(engine).day_loss == 0


def test_FK14_a_mark_alone_stops_the_day() -> None:
    engine = limited(20)
    engine.handle(fill(count=Count(1_000), price=Price(3_700), order_id="elsewhere"))
    assert not status(engine).reducing
    for price, size in ((3_700, 12_000), (3_600, 45_050)):
        gone = e.BookDelta(TICKER, BookSide.BID, Price(price), Count(-size), 0, 0, "")
        engine.handle(gone)
    later(engine, SECOND)
    assert status(engine).day_loss == 200_000
    assert status(engine).reducing


def test_FH_after_a_failed_commit_the_gate_refuses_until_it_is_worth_a_try() -> None:
    engine = ready_engine()
    engine.handle(c.Place("mine-1", terms()))
    engine.handle(e.JournalFailed("mine-1", "the disk is full"))
    other = terms(price=Price(3_500))
    assert "the disk is full" in notices(engine.handle(c.Place("mine-2", other)))[0]
    later(engine, LEDGER_PAUSE_NS)
    assert submits(engine.handle(c.Place("mine-2", other))) == 1


def test_FK04_two_tickets_of_sixty_percent_of_the_cap_are_one() -> None:
    engine = ready_engine(limits=Limits(total_risk=Money(6_000_000)))
    assert submits(engine.handle(c.Place("mine-1", terms()))) == 1
    second = terms(price=Price(3_500))
    assert "at risk" in notices(engine.handle(c.Place("mine-2", second)))[0]


def test_the_same_order_again_has_to_be_confirmed() -> None:
    engine = ready_engine()
    engine.handle(c.Place("mine-1", terms()))
    assert "confirm" in notices(engine.handle(c.Place("mine-2", terms())))[0]
    again = c.Place("mine-3", terms(), frozenset({"repeat"}))
    assert submits(engine.handle(again)) == 1


def test_TO05_the_engine_refuses_at_the_wire_what_changed_since_the_gate() -> None:
    engine = ready_engine()
    engine.handle(c.Place("mine-1", terms()))
    assert engine.recheck("mine-1", SECOND) == ""
    assert "waited" in engine.recheck("mine-1", 2 * SECOND)
    engine.handle(e.BookStatusChanged(TICKER, e.BookStatus.STALE, "a gap"))
    assert "STALE" in engine.recheck("mine-1", SECOND)


def test_the_status_line_says_what_is_at_risk() -> None:
    engine = ready_engine()
    engine.handle(c.Place("mine-1", terms()))
    found = status(engine)
    assert found.at_risk > 3_600_000
    assert [each.price for each in found.placed] == [3_600]


@pytest.mark.parametrize("asleep_s", [60, 8 * 3_600])
def test_FB03_after_a_sleep_the_keyboard_is_disarmed_and_a_doubt_is_still_one(
    asleep_s: int,
) -> None:
    engine = one_key()
    engine.handle(c.Place("mine-1", terms(count=Count(100))))
    engine.handle(e.Sending("mine-1", NOON_NS))
    engine.handle(e.OutcomeUnknown("mine-1", "timeout"))
    engine.handle(c.Arm(Mode.ONE_KEY))
    later(engine, asleep_s * SECOND)
    engine.handle(e.Slept(asleep_s * SECOND))
    assert status(engine).mode is Mode.CONFIRM
    assert status(engine).in_doubt == 1
    assert engine._state.exposures.of(TICKER).market.bids == 100
    # What was about to be sent before it is not.
    engine.handle(c.Place("mine-2", terms(count=Count(100), price=Price(3_500))))
    assert engine.recheck("mine-1", (asleep_s + 60) * SECOND)


def test_FB03_production_is_armed_by_its_word_again_after_a_sleep() -> None:
    engine = Engine(mode=Mode.VIEW, limits=Limits(), word="PROD")
    engine.handle(c.Arm(Mode.CONFIRM, "PROD"))
    engine.handle(e.Slept(60 * SECOND))
    assert status(engine).mode is Mode.VIEW


@pytest.mark.parametrize(
    "limit",
    [
        {"order_count": Count(999)},
        {"order_cost": Money(3_599_999)},
        {"position_count": Count(999)},
        {"event_risk": Money(3_600_000)},
        {"total_risk": Money(3_600_000)},
        {"open_orders": 0},
        {"collar": Price(0), "collar_percent": 0},
        {"orders_per_second": 0},
    ],
    ids=lambda limit: next(iter(limit)),
)
def test_FK15_there_is_no_override_no_confirmation_lifts_a_cap(limit: dict[str, Any]) -> None:
    order = terms(price=Price(4_000) if "collar" in limit else Price(3_600))
    every = frozenset(guard.__name__ for _, guard in GUARDS)
    assert submits(ready_engine().handle(c.Place("mine-1", order))) == 1
    engine = ready_engine(limits=Limits(**limit))
    assert submits(engine.handle(c.Place("mine-1", order, every))) == 0
    # And no command can change one.
    commands = [each for each in vars(c).values() if isinstance(each, type)]
    assert not [each for each in commands if "limit" in " ".join(_fields(each))]


def _fields(kind: type) -> tuple[str, ...]:
    return tuple(getattr(kind, "__dataclass_fields__", ()))
