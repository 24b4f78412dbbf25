"""KILL: never says done before it is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kalshi_tui.core import commands as c
from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.engine import Engine
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.killing import KillPhase
from kalshi_tui.core.killswitch import AGAIN_NS
from kalshi_tui.core.orders import CancelState, OrderState, RequestKind, RequestState
from kalshi_tui.core.risk import Limits
from kalshi_tui.core.state import PURGE_NS
from kalshi_tui.core.units import Count, Price
from tests.support.blotter import Blotter, sent
from tests.support.facts import NOON_NS, SECOND, TICKER, market, notices, report

LAG_NS = SECOND // 2


def scan(desk: Blotter, *resting: e.OrderReported, lag_ns: int = 0) -> list[fx.Effect]:
    """Answer a complete read that was begun now."""
    return desk.tell(e.ScanCompleted(tuple(resting), desk.wall_ns, desk.wall_ns - lag_ns))


def phase(desk: Blotter) -> KillPhase:
    kill = desk.status().kill
    assert kill is not None
    return kill.phase


def killed(*, orders: int = 1) -> Blotter:
    desk = Blotter()
    for number in range(1, orders + 1):
        price = Price(3600 - 100 * number)
        desk.rest(f"mine-{number}", f"order-{number}", price=price)
    desk.tell(c.Kill())
    return desk


def to_tail(desk: Blotter) -> None:
    desk.tell(e.CancelAllAnswered())
    for row in list(desk.rows().values()):
        if row.order_id:
            desk.gone(row.order_id)
    scan(desk)
    assert phase(desk) is KillPhase.TAIL


def test_kill_halts_cancels_everything_and_is_recorded() -> None:
    desk = Blotter()
    desk.rest()
    effects = desk.tell(c.Kill())
    assert effects[0] == fx.SendCancelAll()
    entry = fx.RequestEntry(f"kill-{NOON_NS}", "", RequestKind.KILL, RequestState.PENDING, NOON_NS)
    assert effects[1] == fx.Record(entry)
    status = desk.status()
    assert (status.mode, status.killed_wall_ns) == (Mode.VIEW, NOON_NS)
    assert desk.row().cancel is CancelState.PENDING
    assert status.kill is not None
    assert (status.kill.known, status.kill.acknowledged, status.kill.left) == (1, 0, 1)


def test_TO37_after_the_answer_every_order_is_in_doubt_and_a_complete_read_is_asked_for() -> None:
    desk = killed(orders=2)
    effects = desk.tell(e.CancelAllAnswered())
    assert fx.Fetch(fx.Read.SCAN) in effects
    assert {row.cancel for row in desk.rows().values()} == {CancelState.IN_DOUBT}
    assert phase(desk) is KillPhase.VERIFYING


def test_it_counts_what_the_exchange_says_of_each_order_and_not_the_answer() -> None:
    desk = killed(orders=3)
    desk.tell(e.CancelAllAnswered())
    kill = desk.status().kill
    assert kill is not None
    assert (kill.acknowledged, kill.left) == (0, 3)
    desk.gone("order-1")
    desk.gone("order-3")
    kill = desk.status().kill
    assert kill is not None
    assert (kill.acknowledged, kill.left) == (2, 1)


def test_a_read_that_is_not_current_proves_nothing() -> None:
    desk = killed()
    desk.tell(e.CancelAllAnswered())
    desk.gone("order-1")
    scan(desk, lag_ns=LAG_NS)
    assert phase(desk) is KillPhase.VERIFYING
    assert "not current" in (desk.status().kill or pytest.fail("no kill")).detail
    assert fx.Fetch(fx.Read.SCAN) in desk.wait(SECOND)
    scan(desk, lag_ns=LAG_NS)
    assert phase(desk) is KillPhase.TAIL


def test_FK09_what_the_read_still_lists_is_canceled_by_its_id_and_read_again() -> None:
    desk = killed()
    desk.tell(e.CancelAllAnswered())
    desk.wait(AGAIN_NS)
    late = report(order_id="late", client_order_id="stranger", updated_ms=desk.now_ms)
    effects = scan(desk, late)
    assert fx.SendCancel("late", TICKER) in sent(effects)
    assert phase(desk) is KillPhase.VERIFYING
    desk.gone("order-1")
    desk.gone("late", client_order_id="stranger")
    scan(desk)
    assert phase(desk) is KillPhase.TAIL
    assert "2 orders acknowledged" in desk.said()[-1]


def test_FK09_a_failed_cancel_all_falls_back_to_each_order_and_still_verifies() -> None:
    desk = killed(orders=2)
    effects = desk.tell(e.CancelAllAnswered("403 forbidden"))
    cancels = (fx.SendCancel("order-1", TICKER), fx.SendCancel("order-2", TICKER))
    assert fx.SendCancelBatch(cancels) in effects
    assert fx.Fetch(fx.Read.SCAN) in effects
    assert "one by one" in notices(effects)[0]
    assert phase(desk) is KillPhase.VERIFYING
    scan(desk, report(), report(order_id="order-2", client_order_id="mine-2"))
    assert phase(desk) is KillPhase.VERIFYING


def test_FK09_without_a_network_it_never_says_done_and_keeps_asking() -> None:
    desk = killed()
    desk.tell(e.CancelAllAnswered("no route"))
    desk.tell(e.CancelUnknown("order-1", "no route"))
    for _ in range(100):
        desk.wait(3 * SECOND)
        desk.tell(e.CancelUnknown("order-1", "no route"))
    assert phase(desk) is KillPhase.VERIFYING
    assert desk.effects.count(fx.Fetch(fx.Read.SCAN)) >= 100
    assert sent(desk.effects).count(fx.SendCancel("order-1", TICKER)) >= 99
    assert desk.status().killed_wall_ns is not None


def test_the_second_read_waits_for_the_exchanges_minute() -> None:
    desk = killed()
    to_tail(desk)
    assert fx.Fetch(fx.Read.SCAN) not in desk.wait(PURGE_NS - SECOND)
    assert fx.Fetch(fx.Read.SCAN) in desk.wait(SECOND)
    assert phase(desk) is KillPhase.RECHECKING
    scan(desk)
    assert phase(desk) is KillPhase.DONE
    assert "KILL done" in desk.said()[-1]
    records = [each.entry for each in desk.effects if isinstance(each, fx.Record)]
    assert isinstance(records[-1], fx.RequestEntry)
    assert records[-1].state is RequestState.DONE


def test_an_order_that_appears_after_the_first_read_is_found_by_the_second() -> None:
    desk = killed()
    to_tail(desk)
    desk.wait(PURGE_NS)
    late = report(order_id="late", client_order_id="", updated_ms=desk.now_ms)
    assert fx.SendCancel("late", TICKER) in sent(scan(desk, late))
    assert phase(desk) is KillPhase.RECHECKING
    desk.gone("late")
    scan(desk)
    assert phase(desk) is KillPhase.DONE


def test_FC13_no_order_is_taken_until_it_is_verified() -> None:
    desk = killed()
    desk.tell(c.Arm(Mode.CONFIRM))
    assert sent(desk.place("mine-9")) == []
    to_tail(desk)
    desk.wait(PURGE_NS)
    assert sent(desk.place("mine-9")) == []
    scan(desk)
    assert sent(desk.place("mine-9", price=Price(3300)))


def test_FK10_an_order_in_doubt_keeps_it_from_being_done_until_its_barrier() -> None:
    desk = Blotter()
    desk.doubt()
    desk.tell(c.Kill())
    desk.tell(e.CancelAllAnswered())
    scan(desk)
    desk.wait(PURGE_NS)
    scan(desk)
    assert phase(desk) is KillPhase.DOUBT
    desk.tell(e.ProvenAbsent("mine-1", desk.wall_ns))
    assert phase(desk) is KillPhase.DONE


def test_FK10_an_order_in_doubt_that_turns_up_is_canceled() -> None:
    desk = Blotter()
    desk.doubt()
    desk.tell(c.Kill())
    desk.tell(e.CancelAllAnswered())
    scan(desk)
    desk.wait(PURGE_NS)
    scan(desk)
    effects = desk.report()
    assert fx.SendCancel("order-1", TICKER) in sent(effects)
    assert phase(desk) is KillPhase.DOUBT
    desk.tell(e.CancelAcked("order-1", Count(1000), desk.now_ms, 1))
    assert phase(desk) is KillPhase.DONE


def test_a_second_press_begins_anew() -> None:
    desk = killed()
    to_tail(desk)
    assert fx.SendCancelAll() in desk.tell(c.Kill())
    assert phase(desk) is KillPhase.CANCELING


def test_a_session_that_may_not_trade_can_still_kill() -> None:
    engine = Engine(mode=Mode.CONFIRM, limits=Limits(), read_only="Another window trades.")
    engine.handle(e.MarketsListed((market(),)))
    effects = engine.handle(c.Kill())
    assert effects[0] == fx.SendCancelAll()
    assert not any(isinstance(each, fx.Record) for each in effects)


def test_TO37_the_tail_of_a_kill_outlives_a_restart() -> None:
    desk = killed()
    entries = [each.entry for each in desk.effects if isinstance(each, fx.Record)]
    again = Blotter()
    again.engine.restore(entry for entry in entries if isinstance(entry, fx.RequestEntry))
    again.wait(PURGE_NS - SECOND)
    assert sent(again.place("new", price=Price(3300))) == []
    again.wait(SECOND)
    assert sent(again.place("new", price=Price(3300)))


def test_answers_and_reads_without_a_kill_are_nothing() -> None:
    desk = Blotter()
    assert desk.tell(e.CancelAllAnswered()) == []
    assert sent(scan(desk, report())) == []
    assert desk.state("mine-1") is OrderState.RESTING


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(["wait", "gone", "clear", "stale", "late", "answer", "fail", "lost"]),
        max_size=40,
    )
)
def test_FK09_whatever_happens_done_means_that_nothing_is_live(steps: list[str]) -> None:
    """A naive oracle: what rests at the exchange, kept beside the engine."""
    desk = killed(orders=3)
    resting = {f"order-{number}": f"mine-{number}" for number in (1, 2, 3)}
    answered = False
    for number, step in enumerate(steps):
        match step:
            case "wait":
                desk.wait(10 * SECOND)
            case "gone" if resting:
                desk.gone(resting.popitem()[0])
            case "late" if phase(desk) in (KillPhase.CANCELING, KillPhase.VERIFYING):
                resting[f"late-{number}"] = ""
            case "clear" | "stale":
                listed = [
                    report(order_id=each, client_order_id=key, updated_ms=desk.now_ms)
                    for each, key in resting.items()
                ]
                scan(desk, *listed, lag_ns=0 if step == "clear" else 90 * SECOND)
            case "answer" | "fail" if not answered:
                answered = True
                desk.tell(e.CancelAllAnswered("" if step == "answer" else "503"))
            case "lost" if resting:
                desk.tell(e.CancelUnknown(next(iter(resting)), "timeout"))
            case _:
                pass
        if phase(desk) is KillPhase.DONE:
            assert resting == {}
            assert not any(row.remaining for row in desk.rows().values())
