"""Order groups: one per shard in use, as a breaker at the exchange."""

import pytest

from kalshi_tui.core import commands as c
from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.groups import BREAKER_ORDERS, RETRY_NS, TRANSITIONS, GroupEvent, GroupState
from kalshi_tui.core.orders import Due
from kalshi_tui.core.state import PURGE_NS
from kalshi_tui.core.units import Count, Price
from tests.support.blotter import Blotter, free_limits, sent
from tests.support.facts import SECOND, TICKER, market, notices, terms

S, E = GroupState, GroupEvent
OTHER = "KXCPI-26DEC-T3"


@pytest.mark.parametrize(
    ("state", "event", "after"),
    [
        (S.NONE, E.WANTED, S.MAKING),
        (S.MAKING, E.MADE, S.OPEN),
        (S.MAKING, E.FAILED, S.NONE),
        (S.OPEN, E.TRIGGERED, S.TRIGGERED),
        (S.OPEN, E.DELETED, S.NONE),
        (S.TRIGGERED, E.REARMED, S.RESETTING),
        (S.TRIGGERED, E.RESET, S.OPEN),
        (S.TRIGGERED, E.DELETED, S.NONE),
        (S.RESETTING, E.RESET, S.OPEN),
        (S.RESETTING, E.FAILED, S.NONE),
        (S.RESETTING, E.TRIGGERED, S.TRIGGERED),
        (S.RESETTING, E.DELETED, S.NONE),
    ],
)
def test_each_row_of_the_table(state: GroupState, event: GroupEvent, after: GroupState) -> None:
    assert TRANSITIONS[state, event] is after


def test_the_table_has_no_other_rows() -> None:
    assert len(TRANSITIONS) == 12


def grouped() -> Blotter:
    desk = Blotter()
    desk.tell(e.Swept((), (), (), desk.wall_ns))
    desk.wait(SECOND)
    desk.tell(e.GroupMade(0, "group-0"))
    return desk


def test_a_group_is_made_once_the_account_was_read_for_the_shard_on_the_ladder() -> None:
    desk = Blotter()
    assert sent(desk.wait(SECOND)) == []
    desk.tell(e.Swept((), (), (), desk.wall_ns))
    limit = Count(free_limits().order_count * BREAKER_ORDERS)
    assert sent(desk.wait(SECOND)) == [fx.MakeGroup(0, limit)]
    assert sent(desk.wait(60 * SECOND)) == []


def test_every_order_goes_inside_the_group_of_its_shard() -> None:
    desk = grouped()
    effects = desk.place()
    wanted = terms(group_id="group-0")
    assert sent(effects) == [fx.Submit("mine-1", wanted)]
    assert fx.Record(fx.Intent("mine-1", wanted, desk.wall_ns)) in effects


def test_another_shard_gets_a_group_of_its_own() -> None:
    desk = grouped()
    desk.tell(e.MarketsListed((market(ticker=OTHER, exchange_index=1),)))
    desk.tell(c.Watch(OTHER))
    (made,) = sent(desk.wait(SECOND))
    assert isinstance(made, fx.MakeGroup)
    assert made.shard == 1
    desk.tell(e.GroupMade(1, "group-1"))
    desk.tell(c.Kill())
    triggers = [each for each in desk.effects if isinstance(each, fx.TriggerGroup)]
    assert triggers == [fx.TriggerGroup("group-0", 0), fx.TriggerGroup("group-1", 1)]


def test_a_shard_without_a_group_still_trades_and_that_is_said_once() -> None:
    desk = Blotter()
    desk.tell(e.Swept((), (), (), desk.wall_ns))
    desk.wait(SECOND)
    assert (
        "without the exchange's breaker"
        in notices(desk.tell(e.GroupFailed(0, "", "403 forbidden")))[0]
    )
    assert sent(desk.place()) == [fx.Submit("mine-1", terms())]
    assert sent(desk.wait(RETRY_NS)) != []
    assert notices(desk.tell(e.GroupFailed(0, "", "403 forbidden"))) == []


def making() -> Blotter:
    desk = Blotter()
    desk.tell(e.Swept((), (), (), desk.wall_ns))
    desk.wait(1)
    return desk


def test_an_order_waits_a_moment_for_its_group_and_goes_inside_it() -> None:
    desk = making()
    assert desk.place() == []
    assert desk.place() == []
    effects = desk.tell(e.GroupMade(0, "group-0"))
    assert sent(effects) == [fx.Submit("mine-1", terms(group_id="group-0"))]
    assert sent(desk.wait(5 * SECOND)) == []


def test_an_order_does_not_wait_for_a_group_that_is_late_or_cannot_be_made() -> None:
    desk = making()
    desk.place()
    assert fx.Submit("mine-1", terms()) in sent(desk.wait(2 * SECOND))
    desk = making()
    desk.place()
    assert sent(desk.tell(e.GroupFailed(0, "", "403"))) == [fx.Submit("mine-1", terms())]


def test_an_order_that_waited_meets_the_gate_as_the_world_is_then() -> None:
    desk = making()
    desk.place()
    desk.tell(e.BookStatusChanged(TICKER, e.BookStatus.STALE, "a gap"))
    effects = desk.tell(e.GroupMade(0, "group-0"))
    assert sent(effects) == []
    assert "STALE" in notices(effects)[0]


def test_a_kill_drops_what_waits_for_its_group() -> None:
    desk = making()
    desk.place()
    desk.tell(c.Kill())
    found = desk.tell(e.GroupMade(0, "group-0")) + desk.wait(5 * SECOND)
    assert not any(isinstance(each, fx.Submit) for each in found)


def test_TO38_a_triggered_group_takes_its_members_with_it_and_lets_nothing_in() -> None:
    desk = grouped()
    desk.rest()
    desk.tell(e.Acked("mine-1", "order-1", Count(0), Count(1000), None, desk.now_ms, 1))
    effects = desk.tell(e.GroupChanged("group-0", e.GroupChange.TRIGGERED))
    assert "breaker tripped" in notices(effects)[0]
    assert desk.row().due is Due.CANCEL
    assert fx.DrillDown("order-1") in desk.wait(6 * SECOND)
    assert desk.status().mode is Mode.VIEW
    assert "triggered" in desk.status().breaker
    assert "was triggered" in notices(desk.place("mine-2", price=Price(3500)))[0]


def test_TO38_it_is_reset_only_when_the_user_arms_again() -> None:
    desk = grouped()
    desk.tell(e.GroupChanged("group-0", e.GroupChange.TRIGGERED))
    assert sent(desk.wait(60 * SECOND)) == []
    assert sent(desk.tell(c.Arm(Mode.CONFIRM))) == [fx.ResetGroup("group-0", 0)]
    assert "was triggered" in notices(desk.place())[0]
    desk.tell(e.GroupChanged("group-0", e.GroupChange.RESET))
    assert sent(desk.place()) == [fx.Submit("mine-1", terms(group_id="group-0"))]


def test_TO38_a_group_that_cannot_be_reset_is_replaced() -> None:
    desk = grouped()
    desk.tell(e.GroupChanged("group-0", e.GroupChange.TRIGGERED))
    desk.tell(c.Arm(Mode.CONFIRM))
    desk.tell(e.GroupFailed(0, "group-0", "404 not_found"))
    assert desk.status().breaker == ""
    assert any(isinstance(each, fx.MakeGroup) for each in desk.wait(RETRY_NS + SECOND))


def test_TO38_the_members_of_a_group_of_an_earlier_session_are_asked_about_too() -> None:
    desk = Blotter()
    desk.rest()
    desk.report(order_id="old", client_order_id="old", group_id="group-old")
    desk.tell(e.GroupChanged("group-old", e.GroupChange.DELETED))
    assert (desk.row("old").due, desk.row().due) == (Due.CANCEL, Due.NONE)


def test_a_kill_triggers_the_group_first_and_it_is_reset_after_the_kill() -> None:
    desk = grouped()
    desk.rest()
    effects = desk.tell(c.Kill())
    assert sent(effects) == [fx.TriggerGroup("group-0", 0), fx.SendCancelAll()]
    desk.tell(e.GroupChanged("group-0", e.GroupChange.TRIGGERED))
    assert "breaker tripped" not in " ".join(desk.said())
    assert sent(desk.tell(c.Arm(Mode.CONFIRM))) == []
    desk.tell(e.CancelAllAnswered())
    desk.gone("order-1")
    for _ in range(2):
        desk.tell(e.ScanCompleted((), desk.wall_ns, desk.wall_ns))
        desk.wait(PURGE_NS)
    assert desk.status().killed_wall_ns is None
    assert sent(desk.tell(c.Arm(Mode.CONFIRM))) == [fx.ResetGroup("group-0", 0)]


def test_changes_of_limits_and_of_groups_nobody_knows_are_nothing() -> None:
    desk = grouped()
    assert desk.tell(e.GroupChanged("group-0", e.GroupChange.LIMITED)) == []
    assert desk.tell(e.GroupChanged("stranger", e.GroupChange.TRIGGERED)) == []
    assert desk.tell(e.GroupFailed(0, "stranger", "x")) == []
    assert sent(desk.place(price=Price(3500))) != []
