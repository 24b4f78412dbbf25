"""What we booked is held against what the exchange states; nothing is overwritten in silence."""

from itertools import pairwise

import pytest

from kalshi_tui.core import commands as c
from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.checks import AGAIN_NS, GRACE_NS
from kalshi_tui.core.engine import Engine
from kalshi_tui.core.reconciliation import Difference, DifferenceKind
from kalshi_tui.core.units import Count, Money, Price
from kalshi_tui.core.views import DifferencesView, Pane, PositionsView, StatusView
from tests.support.facts import NOON_NS, SECOND, TICKER, fill, notices, ready_engine, report, terms

NOON_MS = NOON_NS // 1_000_000
SWEEP = fx.Fetch(fx.Read.SWEEP)


class Desk:
    """An engine whose time moves; it has taken one sweep, so what it holds has an origin."""

    def __init__(self) -> None:
        self.engine = ready_engine()
        self.now_ns = SECOND
        self.sweep(position(0, NOON_MS))

    def sweep(self, *facts: object) -> list[fx.Effect]:
        orders = tuple(each for each in facts if isinstance(each, e.OrderReported))
        fills = tuple(each for each in facts if isinstance(each, e.Filled))
        stated = tuple(each for each in facts if isinstance(each, e.PositionReported))
        return self.engine.handle(e.Swept(orders, fills, stated, NOON_NS + self.now_ns))

    def take(self, fact: e.Fact) -> list[fx.Effect]:
        return self.engine.handle(fact)

    def wait(self, nanoseconds: int) -> list[fx.Effect]:
        """Let time pass; the order group that a read account asks for is not looked at here."""
        self.now_ns += nanoseconds
        found = self.take(e.Tick(self.now_ns, NOON_NS + self.now_ns))
        return [each for each in found if not isinstance(each, fx.MakeGroup)]

    def rows(self) -> tuple[Difference, ...]:
        view = self.engine.view((Pane.DIFFERENCES, ""))
        assert isinstance(view, DifferencesView)
        return view.rows

    def open_count(self) -> int:
        view = self.engine.view((Pane.STATUS, ""))
        assert isinstance(view, StatusView)
        return view.differences

    def position(self) -> Count:
        view = self.engine.view((Pane.POSITIONS, ""))
        assert isinstance(view, PositionsView)
        (row,) = [each for each in view.rows if each.ticker == TICKER]
        return row.position


def position(contracts: int, ts_ms: int) -> e.PositionReported:
    return e.PositionReported(TICKER, Count(contracts), Money(0), Money(0), Money(0), ts_ms)


def partly(filled: int, **changes: object) -> e.OrderReported:
    return report(
        filled=Count(filled), remaining=Count(1000 - filled), updated_ms=NOON_MS + 5, **changes
    )


def test_a_comparison_that_finds_nothing_is_told_as_well() -> None:
    desk = Desk()
    desk.engine.take_dirty()
    desk.sweep(position(0, NOON_MS))
    assert (Pane.DIFFERENCES, "") in desk.engine.take_dirty()


def test_an_order_and_its_fill_that_come_apart_for_a_moment_are_no_item() -> None:
    desk = Desk()
    desk.take(report())
    desk.take(partly(400))
    assert desk.wait(GRACE_NS // 2) == []
    desk.take(fill())
    assert desk.wait(10 * SECOND) == [fx.Fetch(fx.Read.QUEUES)]
    assert desk.rows() == ()


def test_FE13_a_fill_count_without_its_fills_is_drilled_down_by_order_id_within_5_s() -> None:
    desk = Desk()
    desk.take(partly(400))
    found = desk.wait(GRACE_NS)
    assert fx.DrillDown("order-1") in found
    assert any("we have 0, the exchange says 4" in text for text in notices(found))
    (row,) = desk.rows()
    assert (row.kind, row.order_id, row.resolved_wall_ns) == (
        DifferenceKind.FILLS,
        "order-1",
        None,
    )
    assert desk.open_count() == 1
    desk.take(fill())
    found = desk.wait(SECOND)
    assert any("agree again" in text for text in notices(found))
    assert desk.open_count() == 0
    assert desk.rows()[0].resolved_wall_ns == NOON_NS + desk.now_ns


def test_FE13_it_is_asked_again_with_growing_pauses_until_it_agrees() -> None:
    desk = Desk()
    desk.take(partly(400))
    asked = [desk.now_ns for _ in range(300) if fx.DrillDown("order-1") in desk.wait(SECOND // 2)]
    pauses = [(later - sooner) // SECOND for sooner, later in pairwise(asked)]
    assert pauses[:4] == [5, 10, 20, 40]
    assert max(pauses) <= 60


def test_FE01_a_lost_fill_is_found_at_the_next_one_by_the_position_it_states() -> None:
    desk = Desk()
    desk.take(report())
    desk.take(fill(trade_id="t2", ts_ms=NOON_MS + 9, position_after=Count(900)))
    found = desk.wait(GRACE_NS)
    assert SWEEP in found
    assert desk.rows()[0].kind is DifferenceKind.POSITION
    lost = fill(trade_id="t1", count=Count(500), ts_ms=NOON_MS + 7)
    desk.sweep(partly(900), lost, position(900, NOON_MS + 9))
    desk.wait(GRACE_NS)
    assert desk.open_count() == 0
    assert desk.position() == 900


def test_FE07_a_position_that_no_order_explains_is_a_row_before_it_is_taken_over() -> None:
    desk = Desk()
    desk.sweep(position(700, NOON_MS + 50))
    assert SWEEP in desk.wait(GRACE_NS)
    (row,) = desk.rows()
    assert (row.ours, row.theirs, row.resolved_wall_ns) == ("0", "7", None)
    desk.sweep(position(700, NOON_MS + 50))
    assert desk.open_count() == 1
    assert SWEEP in desk.wait(AGAIN_NS)
    found = desk.sweep(position(700, NOON_MS + 50))
    assert any("no fill explains it" in text for text in notices(found))
    (row,) = desk.rows()
    assert row.resolved_wall_ns is not None
    assert "no fill explains it" in row.note
    assert desk.position() == 700


def test_FE04_an_older_read_never_overwrites_what_the_feed_said() -> None:
    desk = Desk()
    desk.take(partly(400))
    desk.take(fill(position_after=Count(400)))
    desk.sweep(report(updated_ms=NOON_MS), position(0, NOON_MS))
    desk.wait(10 * SECOND)
    assert desk.rows() == ()
    assert desk.position() == 400


def test_FE02_a_fill_from_two_sources_counts_once() -> None:
    desk = Desk()
    desk.take(partly(400))
    for source in (fill(), fill(client_order_id="")):
        desk.take(source)
        desk.sweep(partly(400), source, position(400, NOON_MS + 5))
    desk.wait(10 * SECOND)
    assert desk.rows() == ()
    assert desk.position() == 400


@pytest.mark.parametrize("fills_first", [False, True])
def test_TC18_frames_that_came_during_a_sweep_give_the_same_whatever_came_first(
    fills_first: bool,
) -> None:
    desk = Desk()
    newer: list[e.Fact] = [partly(400), fill(position_after=Count(400))]
    sweep = (report(), position(0, NOON_MS))
    if fills_first:
        for fact in newer:
            desk.take(fact)
        desk.sweep(*sweep)
    else:
        desk.sweep(*sweep)
        for fact in newer:
            desk.take(fact)
    desk.wait(10 * SECOND)
    assert desk.position() == 400
    assert desk.rows() == ()


def test_TC18_a_resting_order_that_the_sweep_does_not_list_is_a_row_until_it_is_settled() -> None:
    desk = Desk()
    desk.take(report())
    desk.sweep(position(0, NOON_MS))
    found = desk.wait(GRACE_NS)
    assert fx.DrillDown("order-1") in found
    assert desk.rows()[0].kind is DifferenceKind.MISSING
    desk.take(report(status=e.ReportedStatus.CANCELED, remaining=Count(0), updated_ms=NOON_MS + 3))
    desk.wait(GRACE_NS)
    assert desk.open_count() == 0


def test_TO19_an_order_that_cannot_be_is_a_row_for_as_long_as_it_lives() -> None:
    desk = Desk()
    desk.engine.handle(c.Place("mine-1", terms()))
    desk.take(e.Sending("mine-1", NOON_NS))
    desk.take(e.Acked("mine-1", "order-1", Count(0), Count(1000), None, NOON_MS, 1))
    desk.engine.handle(c.Place("mine-2", terms(price=Price(3500))))
    desk.take(e.NotSent("mine-2", "no route"))
    desk.take(report(order_id="order-2", client_order_id="mine-2"))
    desk.wait(GRACE_NS)
    rows = [row for row in desk.rows() if row.kind is DifferenceKind.ORDER]
    assert [row.theirs for row in rows] == ["resting"]


def test_fills_that_come_before_their_order_is_known_count_for_it() -> None:
    desk = Desk()
    desk.take(fill(client_order_id=""))
    desk.take(partly(400, client_order_id=""))
    desk.wait(10 * SECOND)
    assert desk.rows() == ()


def test_nothing_is_asked_while_not_connected_for_the_sweep_comes_anyway() -> None:
    desk = Desk()
    desk.take(partly(400))
    desk.take(e.ConnectionChanged(e.ConnectionState.IDLE, "gone"))
    assert desk.wait(10 * SECOND) == []
    desk.take(e.ConnectionChanged(e.ConnectionState.OPEN))
    assert fx.DrillDown("order-1") in desk.wait(SECOND)


def test_a_restart_with_all_fills_in_the_journal_gives_no_item() -> None:
    first = ready_engine()
    entries: list[fx.JournalEntry] = []
    for fact in (partly(400), fill()):
        entries += [each.entry for each in first.handle(fact) if isinstance(each, fx.Record)]
    desk = Desk()
    desk.engine = Engine(mode=desk.engine._state.mode, limits=desk.engine._state.limits)
    desk.engine.restore(entries)
    desk.take(e.ConnectionChanged(e.ConnectionState.OPEN))
    desk.sweep(partly(400), position(400, NOON_MS + 5))
    desk.wait(10 * SECOND)
    assert desk.rows() == ()
