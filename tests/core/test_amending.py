"""Amends and decreases."""

from dataclasses import replace
from typing import Any

import pytest

from kalshi_tui.core import commands as c
from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.amending import BARRIER_NS, LOOK_NS, keeps_queue
from kalshi_tui.core.engine import Engine
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.orders import Change, OrderState, RequestKind, RequestState
from kalshi_tui.core.risk import Limits
from kalshi_tui.core.text import clean_title
from kalshi_tui.core.units import Count, Price
from tests.support.blotter import Blotter, sent
from tests.support.facts import NOON_NS, SECOND, TICKER, fill, market, notices, report, terms

LOOK = fx.DrillDown("order-1")


def resting(**changes: Any) -> Blotter:
    desk = Blotter()
    desk.rest(**changes)
    return desk


def amend(desk: Blotter, price: int = 3500, count: int = 1000, **more: Any) -> list[fx.Effect]:
    return desk.tell(c.Amend("mine-1", Price(price), Count(count), **more))


def request(desk: Blotter) -> str:
    change = desk.row().change
    assert change is not None
    return change.request_id


def acked(desk: Blotter, remaining: int | None = None) -> list[fx.Effect]:
    left = None if remaining is None else Count(remaining)
    return desk.tell(
        e.AmendAcked(request(desk), "order-1", left, None, desk.now_ms + 1, 20_000_000)
    )


@pytest.mark.parametrize(
    ("price", "count", "keeps"),
    [
        (3600, 1000, True),
        (3600, 999, True),
        (3600, 1001, False),
        (3500, 1000, False),
        (3700, 999, False),
    ],
)
def test_only_less_at_the_same_price_keeps_the_queue(price: int, count: int, keeps: bool) -> None:
    assert keeps_queue(terms(), Price(price), Count(count)) is keeps


def test_TO27_an_amend_is_recorded_before_it_is_sent_with_the_whole_new_terms() -> None:
    desk = resting()
    record, send = amend(desk, 3500, 1200, expires_s=NOON_NS // SECOND + 60)
    key = request(desk)
    expires_s = NOON_NS // SECOND + 60
    assert record == fx.Record(
        fx.RequestEntry(
            key,
            "mine-1",
            RequestKind.AMEND,
            RequestState.PENDING,
            NOON_NS,
            Price(3500),
            Count(1200),
            expires_s,
        )
    )
    wanted = terms(price=Price(3500), count=Count(1200))
    assert send == fx.SendAmend(key, "order-1", "mine-1", wanted, expires_s)


def test_TO27_an_acknowledged_amend_has_the_new_terms_and_says_that_the_queue_is_lost() -> None:
    desk = resting()
    desk.tell(e.QueuesReported((("order-1", Count(500)),)))
    amend(desk)
    effects = acked(desk)
    row = desk.row()
    assert (row.price, row.remaining, row.change, row.queue) == (3500, 1000, None, None)
    assert fx.Fetch(fx.Read.QUEUES) in effects
    assert notices(effects) == ["amended B 10 @36 to B 10 @35 20ms"]
    states = [
        each.entry.state
        for each in effects
        if isinstance(each, fx.Record) and isinstance(each.entry, fx.RequestEntry)
    ]
    assert states == [RequestState.DONE]


def test_TO27_a_smaller_size_keeps_the_queue() -> None:
    desk = resting()
    desk.tell(e.QueuesReported((("order-1", Count(500)),)))
    amend(desk, 3600, 800)
    acked(desk, 800)
    assert (desk.row().queue, desk.row().remaining) == (500, 800)


def test_TO27_an_order_with_an_alias_is_amended_under_the_id_the_exchange_knows() -> None:
    desk = resting()
    desk.report(client_order_id="theirs")
    send = amend(desk)[-1]
    assert isinstance(send, fx.SendAmend)
    assert send.client_order_id == "theirs"
    assert desk.row().aliases == ("theirs",)


def test_TO27_a_late_report_from_before_the_amend_does_not_bring_the_old_terms_back() -> None:
    desk = resting()
    amend(desk)
    acked(desk)
    desk.report(updated_ms=desk.now_ms)
    assert desk.row().price == 3500


def at_risk(desk: Blotter) -> int:
    state = desk.engine._state
    return int(state.exposures.of(TICKER).market.at_risk)


@pytest.mark.parametrize(("price", "count"), [(3500, 2000), (3700, 900), (3500, 900)])
def test_TO28_while_it_is_open_or_in_doubt_the_worse_of_both_counts(price: int, count: int) -> None:
    desk = resting()
    before = at_risk(desk)
    amend(desk, price, count)
    both = at_risk(desk)
    desk.tell(e.AmendUnknown(request(desk), "order-1", "timeout"))
    assert at_risk(desk) == both
    desk.report(price=Price(price), initial=Count(count), remaining=Count(count))
    assert desk.row().change is None
    after = at_risk(desk)
    # What fills at the old price before the rest does at a better one is dearer than either.
    is_mixed = price < 3600 and count > 1000
    assert both > max(before, after) if is_mixed else both == max(before, after)


def test_TO28_a_lost_amend_is_asked_about_and_never_sent_again_by_itself() -> None:
    desk = resting()
    amend(desk)
    effects = desk.tell(e.AmendUnknown(request(desk), "order-1", "timeout"))
    assert LOOK in effects
    assert "in doubt" in notices(effects)[0]
    assert desk.status().in_doubt == 1
    found = desk.wait(120 * SECOND)
    assert found.count(LOOK) >= 120 * SECOND // LOOK_NS - 1
    assert sent(found) == []
    assert "in doubt: cancel works" in notices(amend(desk, 3400))[0]
    assert sent(desk.tell(c.Cancel(("mine-1",)))) == [fx.SendCancel("order-1", TICKER)]


def test_TO28_a_report_that_shows_it_settles_it() -> None:
    desk = resting()
    amend(desk)
    desk.tell(e.AmendUnknown(request(desk), "order-1", "timeout"))
    desk.report(price=Price(3500))
    assert (desk.row().change, desk.row().price) == (None, 3500)
    assert desk.status().in_doubt == 0


def test_TO28_a_report_of_the_old_terms_settles_it_only_past_the_barrier() -> None:
    desk = resting()
    amend(desk)
    desk.tell(e.AmendUnknown(request(desk), "order-1", "timeout"))
    desk.wait(BARRIER_NS - SECOND)
    desk.report()
    assert desk.row().change is not None
    desk.wait(SECOND)
    assert "never happened" in notices(desk.report())[0]
    assert (desk.row().change, desk.row().price) == (None, 3600)


def test_TO28_FC10_an_amend_elsewhere_that_changes_the_id_is_resolved_by_the_order_id() -> None:
    desk = resting()
    amend(desk)
    desk.tell(e.AmendUnknown(request(desk), "order-1", "timeout"))
    desk.report(client_order_id="theirs", price=Price(3500))
    assert desk.row().change is None
    assert list(desk.rows()) == ["mine-1"]


def test_TO29_a_fill_between_leaves_the_total_less_what_is_filled() -> None:
    desk = resting()
    amend(desk, 3500, 1000)
    desk.tell(fill())
    assert desk.row().remaining == 600
    acked(desk)
    assert (desk.row().initial, desk.row().filled, desk.row().remaining) == (1000, 400, 600)


def test_TO29_FC11_a_total_below_what_is_filled_is_refused_and_asked_about() -> None:
    desk = resting()
    amend(desk, 3600, 300)
    desk.tell(fill())
    effects = desk.tell(
        e.AmendRefused(request(desk), "order-1", 400, "invalid_order", clean_title("count"))
    )
    assert LOOK in effects
    assert "as it was" in notices(effects)[0]
    assert (desk.row().change, desk.row().remaining) == (None, 600)
    assert "filled already" in notices(amend(desk, 3600, 400))[0]


def test_TO29_an_amend_that_leaves_nothing_is_not_taken_for_a_fill() -> None:
    """A post-only order that would cross is canceled by its amend: only a report can tell."""
    desk = resting()
    amend(desk)
    assert LOOK in acked(desk, 0)
    row = desk.row()
    assert (row.state, row.remaining, row.filled) == (OrderState.RESTING, 0, 0)
    desk.gone("order-1")
    assert (desk.state(), desk.row().filled) == (OrderState.CANCELED, 0)


def test_an_amend_that_never_left_is_as_if_it_was_never_asked() -> None:
    desk = resting()
    amend(desk)
    effects = desk.tell(e.AmendRefused(request(desk), "order-1", 0, "the budget is used up"))
    assert "change not sent" in notices(effects)[0]
    assert LOOK not in effects
    assert desk.row().change is None


def test_wishes_wait_for_the_one_under_way_and_the_last_one_counts() -> None:
    desk = resting()
    amend(desk, 3500)
    assert amend(desk, 3400) == []
    assert amend(desk, 3300) == []
    (send,) = sent(acked(desk))
    assert isinstance(send, fx.SendAmend)
    assert send.terms.price == 3300


def test_a_wish_that_waited_is_dropped_where_the_outcome_is_not_known() -> None:
    desk = resting()
    amend(desk, 3500)
    amend(desk, 3400)
    desk.tell(e.AmendUnknown(request(desk), "order-1", "timeout"))
    assert sent(desk.report(price=Price(3500))) == []


@pytest.mark.parametrize(
    ("price", "count", "expires_s", "why"),
    [
        (3600, 1000, None, "nothing about it changes"),
        (3650, 1000, None, "36 and 37"),
        (3600, 1_000_000, None, "over your cap"),
        (3600, 900, 1, "in the past"),
    ],
)
def test_what_may_not_be_changed_is_refused_in_words(
    price: int, count: int, expires_s: int | None, why: str
) -> None:
    desk = resting()
    effects = amend(desk, price, count, expires_s=expires_s)
    assert sent(effects) == []
    assert why in notices(effects)[0]


def test_more_or_a_new_price_passes_the_gate_and_less_does_not_need_it() -> None:
    desk = resting()
    desk.tell(c.Arm(Mode.VIEW))
    assert "VIEW" in notices(amend(desk, 3500))[0]
    assert sent(amend(desk, 3600, 900))


def test_only_what_rests_can_be_changed() -> None:
    desk = Blotter()
    assert "no order of yours" in notices(amend(desk))[0]
    desk.doubt()
    assert "only what rests" in notices(amend(desk))[0]
    desk.report()
    desk.tell(c.Cancel(("mine-1",)))
    assert "a cancel" in notices(amend(desk))[0]


def test_answers_of_changes_that_are_settled_are_nothing() -> None:
    desk = resting()
    amend(desk)
    key = request(desk)
    desk.report(price=Price(3500))
    assert desk.tell(e.AmendAcked(key, "order-1", None, None, desk.now_ms, 1)) == []
    assert desk.tell(e.AmendUnknown(key, "order-1", "late")) == []
    assert desk.tell(e.AmendRefused("nobody", "nobody", 400, "x")) == []


def test_a_cancel_ends_the_change_with_the_order() -> None:
    desk = resting()
    amend(desk)
    key = request(desk)
    desk.gone("order-1")
    assert desk.row().change is None
    assert desk.tell(e.AmendRefused(key, "order-1", 404, "not_found")) == []
    assert sent(desk.wait(60 * SECOND)) == []


# Decreases


def decrease(desk: Blotter, count: int) -> list[fx.Effect]:
    return desk.tell(c.Decrease("mine-1", Count(count)))


def test_a_decrease_says_what_remains_and_keeps_the_queue() -> None:
    desk = resting()
    desk.tell(e.QueuesReported((("order-1", Count(500)),)))
    effects = decrease(desk, 400)
    assert sent(effects) == [fx.SendDecrease(request(desk), "order-1", TICKER, Count(400))]
    key = request(desk)
    effects = desk.tell(e.DecreaseAcked(key, "order-1", Count(400), desk.now_ms + 1, 9_000_000))
    assert (desk.row().remaining, desk.row().queue) == (400, 500)
    assert LOOK in effects


def test_a_fill_that_a_decrease_did_not_know_of_never_hides_what_rests() -> None:
    desk = resting()
    decrease(desk, 600)
    # 3 were filled before it: 7 rested and 6 are left, 9 in all.
    key = request(desk)
    desk.tell(e.DecreaseAcked(key, "order-1", Count(600), desk.now_ms + 1, 1))
    desk.tell(fill(count=Count(300)))
    assert desk.row().remaining >= 600
    desk.wait(SECOND)
    desk.report(filled=Count(300), remaining=Count(600))
    assert (desk.row().initial, desk.row().remaining) == (900, 600)


@pytest.mark.parametrize("count", [0, 1000, 2000])
def test_FC12_a_decrease_to_nothing_or_to_more_is_refused(count: int) -> None:
    desk = resting()
    assert sent(decrease(desk, count)) == []


def test_a_lost_decrease_is_settled_by_what_is_seen_to_rest() -> None:
    desk = resting()
    decrease(desk, 400)
    desk.tell(e.DecreaseUnknown(request(desk), "order-1", "timeout"))
    desk.report(remaining=Count(1000))
    assert desk.row().change is not None
    desk.report(remaining=Count(400))
    assert desk.row().change is None


def test_a_decrease_is_taken_while_nothing_may_be_placed() -> None:
    desk = resting()
    desk.tell(c.Arm(Mode.VIEW))
    desk.tell(e.BookStatusChanged(TICKER, e.BookStatus.STALE))
    assert sent(decrease(desk, 400))


# A restart


def restored(*entries: fx.JournalEntry) -> tuple[Blotter, list[fx.Effect]]:
    desk = Blotter()
    desk.engine = Engine(mode=Mode.CONFIRM, limits=Limits())
    found = desk.engine.restore(entries)
    desk.tell(e.Tick(desk.mono_ns, desk.wall_ns))
    desk.tell(e.ConnectionChanged(e.ConnectionState.OPEN, epoch=1))
    desk.tell(e.MarketsListed((market(),)))
    return desk, found


def journal(*states: RequestState) -> list[fx.JournalEntry]:
    return [
        fx.Intent("mine-1", terms(), NOON_NS),
        fx.StateEntry("mine-1", OrderState.RESTING, NOON_NS, "order-1"),
        *(
            fx.RequestEntry(
                "r", "mine-1", RequestKind.AMEND, state, NOON_NS, Price(3500), Count(2000)
            )
            for state in states
        ),
    ]


def test_TO35_an_amend_whose_answer_was_not_awaited_is_in_doubt_after_a_restart() -> None:
    desk, found = restored(*journal(RequestState.PENDING))
    assert desk.row().change == Change(
        "r", RequestKind.AMEND, RequestState.IN_DOUBT, Price(3500), Count(2000), None, NOON_NS
    )
    entries = [each.entry for each in found if isinstance(each, fx.Record)]
    assert [each.state for each in entries if isinstance(each, fx.RequestEntry)] == [
        RequestState.IN_DOUBT
    ]
    assert LOOK in desk.wait(LOOK_NS)
    desk.tell(report(price=Price(3500), remaining=Count(2000), updated_ms=desk.now_ms))
    assert desk.row().change is None


def test_a_settled_amend_has_its_terms_after_a_restart() -> None:
    desk, _ = restored(*journal(RequestState.PENDING, RequestState.DONE))
    assert (desk.row().price, desk.row().initial, desk.row().change) == (3500, 2000, None)


def test_a_decrease_that_was_answered_still_bounds_the_order_after_a_restart() -> None:
    entries = [
        replace(each, kind=RequestKind.DECREASE, count=Count(400))
        if isinstance(each, fx.RequestEntry)
        else each
        for each in journal(RequestState.PENDING, RequestState.DONE)
    ]
    desk, _ = restored(*entries)
    assert desk.row().remaining == 400
    desk.tell(c.Cancel(("mine-1",)))
    assert LOOK in desk.tell(e.CancelAcked("order-1", Count(400), desk.now_ms, 1))
    assert desk.row().filled == 0, "what was not taken off was not filled either"


def test_a_refused_amend_leaves_the_old_terms_after_a_restart() -> None:
    desk, _ = restored(*journal(RequestState.PENDING, RequestState.REFUSED))
    assert (desk.row().price, desk.row().change) == (3600, None)
