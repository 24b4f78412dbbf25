"""The trade screen by keyboard: the usability scripts, and what must never be sent."""

import random
from dataclasses import replace

import pytest
from textual.keys import _character_to_key

from kalshi_tui.core.environments import PROD, Mode
from kalshi_tui.core.events import BookStatus, ConnectionState
from kalshi_tui.core.market import PUBLISHED_GRIDS
from kalshi_tui.core.orders import OrderTerms, TimeInForce
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.views import OrdersView, Pane
from kalshi_tui.ui.trader import GUARD_S, PREFIX_S
from kalshi_tui.ui.widgets.field import TextField
from tests.support.desk import (
    FED,
    HURRICANE,
    ScriptedDesk,
    cents,
    count,
    fed,
    hurricane,
    levels,
    order,
    orders,
    scene,
    status,
)
from tests.support.workstation import Seat, seated

OPENING = ("b", "s", "B", "S", "L", "H")


def bid(price: str, size: str, **more: object) -> OrderTerms:
    return OrderTerms(FED, BookSide.BID, cents(price), count(size), **more)  # type: ignore[arg-type]


def ask(price: str, size: str, **more: object) -> OrderTerms:
    return OrderTerms(FED, BookSide.ASK, cents(price), count(size), **more)  # type: ignore[arg-type]


async def test_UX01_ten_B_enter_joins_the_best_bid_post_only() -> None:
    async with seated() as seat:
        await seat.press("up", "up", "up")
        await seat.slowly("1", "0", "B")
        assert "BUY 10 YES @37c bid" in seat.strip
        assert "rests, q120" in seat.strip
        await seat.slowly("enter")
        assert seat.desk.placed == [bid("37", "10", post_only=True)]


async def test_UX02_at_a_typed_price_the_cursor_stays_where_it_is() -> None:
    async with seated() as seat:
        before = seat.app.trade.ladder.cursor_price
        await seat.slowly("2", "5", "@", "3", "4", "b", "enter")
        assert seat.desk.placed == [bid("34", "25", post_only=True)]
        assert seat.app.trade.ladder.cursor_price == before


async def test_UX03_a_tapered_market_takes_tenths_below_ten_and_refuses_them_above() -> None:
    views = {**scene(), (Pane.LADDER, HURRICANE): hurricane()}
    async with seated(ScriptedDesk(views), market=HURRICANE) as seat:
        await seat.slowly("5", "@", "9", ".", "4", "b", "enter")
        assert [terms.price for terms in seat.desk.placed] == [cents("9.4")]
        await seat.press("5", "@", "1", "0", ".", "5")
        assert "nearest are 10 and 11" in seat.log
        assert "5@10." in seat.size or "5@10" in seat.size
        assert len(seat.desk.placed) == 1


async def test_UX03_a_new_grid_is_used_without_a_restart() -> None:
    async with seated() as seat:
        await seat.press("5", "@", "3", "6", ".")
        assert "not on the grid" in seat.log or "36" in seat.size
        finer = replace(fed().market, grid=PUBLISHED_GRIDS["deci_cent"])
        seat.desk.ladder(market=finer)
        await seat.pilot.pause()
        await seat.press("escape")
        await seat.slowly("5", "@", "3", "6", ".", "5", "b", "enter")
        assert [terms.price for terms in seat.desk.placed] == [cents("36.5")]


async def test_UX04_fractions_are_sent_exactly_and_thousandths_refused() -> None:
    async with seated() as seat:
        await seat.slowly("2", ".", "5", "B", "enter")
        assert seat.desk.placed == [bid("37", "2.50", post_only=True)]
        await seat.press("2", ".", "5", "5", "5")
        assert "at most" in seat.log
        assert "pending 2.55 " in seat.size


async def test_UX05_a_lift_for_dollars_never_spends_more_than_was_said() -> None:
    async with seated() as seat:
        await seat.slowly("$", "5", "0", "L")
        assert "drops" in seat.strip
        await seat.slowly("enter")
        (terms,) = seat.desk.placed
        assert terms.time_in_force is TimeInForce.IOC
        assert terms.price == cents("38")
        assert terms.price * terms.count <= 50_000_000


async def test_UX06_half_the_position_is_offered_at_the_best_ask() -> None:
    async with seated() as seat:
        await seat.slowly("5", "0", "%", "S", "enter")
        assert seat.desk.placed == [ask("38", "20", post_only=True)]


async def test_UX07_joining_the_best_no_bid_is_an_ask_and_the_strip_says_both() -> None:
    async with seated() as seat:
        await seat.slowly("v", "1", "0", "B")
        assert "BUY 10 NO @62c ask" in seat.strip
        await seat.slowly("enter")
        assert seat.desk.placed == [ask("38", "10", post_only=True)]
        await seat.press("v")
        await seat.slowly("1", "0", "B", "enter")
        assert seat.desk.placed[-1] == bid("37", "10", post_only=True)


async def test_UX08_o_x_cancels_that_order_only() -> None:
    async with seated() as seat:
        await seat.press("o")
        price = seat.app.trade.ladder.cursor_price
        expected = [row.client_order_id for row in orders().live if row.price == price]
        await seat.press("x")
        assert seat.desk.calls[-1] == ("cancel", tuple(expected))


async def test_UX09_cancels_by_column_and_by_market_never_ask() -> None:
    async with seated() as seat:
        await seat.press(">", "<", "X", "u")
        assert [call for call in seat.desk.calls if call[0].startswith("cancel")] == [
            ("cancel_market", (FED, BookSide.ASK)),
            ("cancel_market", (FED, BookSide.BID)),
            ("cancel_market", (FED, None)),
            ("cancel_last", None),
        ]


async def test_UX09_in_the_no_view_the_left_column_is_the_asks_of_the_yes_book() -> None:
    async with seated() as seat:
        await seat.press("v", "<")
        assert seat.desk.calls[-1] == ("cancel_market", (FED, BookSide.ASK))


@pytest.mark.parametrize("keys", [(), ("slash", "f"), ("colon", "b"), ("1", "0", "b"), ("t", "3"),
                                  ("question_mark",), ("ctrl+q",), ("ctrl+p",)])  # fmt: skip
async def test_UX10_F9_kills_whatever_has_the_keyboard(keys: tuple[str, ...]) -> None:
    async with seated() as seat:
        await seat.press(*keys)
        await seat.press("f9")
        assert seat.desk.asked == ["kill"]


async def test_UX10_F9_kills_on_a_terminal_that_is_too_small() -> None:
    async with seated(size=(40, 10)) as seat:
        await seat.press("1", "0", "B", "enter", "f9")
        assert seat.desk.asked == ["kill"]


async def test_UX10_KILL_keeps_the_draft_and_takes_enter_away() -> None:
    async with seated() as seat:
        await seat.slowly("1", "0", "B")
        await seat.press("f9", "enter")
        assert seat.desk.placed == []
        assert "BUY 10 YES @37c" in seat.strip


async def test_UX14_the_price_sent_is_the_price_that_was_shown() -> None:
    async with seated() as seat:
        await seat.slowly("1", "0", "b")
        seat.desk.ladder(bids=levels("25x100 24x50"), asks=levels("49x95 50x10"))
        await seat.pilot.pause()
        await seat.slowly("enter")
        assert [terms.price for terms in seat.desk.placed] == [cents("37")]


async def test_UX14_an_order_that_begins_to_cross_needs_a_second_enter() -> None:
    async with seated() as seat:
        await seat.slowly("p", "1", "0", "@", "3", "7", "b")
        assert "rests" in seat.strip
        seat.desk.ladder(bids=levels("34x100"), asks=levels("35x95 36x10"))
        await seat.pilot.pause()
        assert "NOW fills 10 @35: it rested before" in seat.strip
        await seat.slowly("enter")
        assert seat.desk.placed == []
        await seat.slowly("enter")
        assert seat.desk.placed == [bid("37", "10")]


async def test_FK08_an_order_that_the_market_moved_far_away_from_is_refused_in_the_strip() -> None:
    async with seated(size=(120, 40)) as seat:
        await seat.slowly("p", "1", "0", "@", "3", "7", "b")
        seat.desk.ladder(bids=levels("25x100"), asks=levels("26x95 27x10"))
        await seat.pilot.pause()
        assert "37c is 11c through the best ask of 26c; your collar is 2.6c" in seat.strip
        await seat.slowly("enter")
        assert seat.desk.placed == []


async def test_UX14_a_post_only_order_that_would_cross_is_refused_in_the_strip() -> None:
    async with seated(size=(120, 40)) as seat:
        await seat.slowly("1", "0", "B")
        seat.desk.ladder(bids=levels("25x100"), asks=levels("26x95 27x10"))
        await seat.pilot.pause()
        assert "Post-only would cross the best ask at 26c" in seat.strip
        await seat.slowly("enter")
        assert seat.desk.placed == []


async def test_UX15_in_VIEW_no_key_sends_anything_and_A_asks_for_the_environments_name() -> None:
    views = {**scene(), (Pane.STATUS, ""): status(mode=Mode.VIEW)}
    async with seated(ScriptedDesk(views, environment=PROD), size=(120, 40)) as seat:
        await seat.slowly("B")
        assert "press A" in seat.strip
        await seat.slowly("enter", "escape")
        await seat.slowly("A", "P", "R", "O", "enter")
        assert "arm" not in seat.desk.asked
        await seat.slowly("P", "R", "O", "D", "enter")
        assert seat.desk.asked == ["arm"]
        assert seat.desk.calls[-1] == ("arm", (Mode.CONFIRM, "PROD"))


@pytest.mark.parametrize("hundreds", [10, pytest.param(100, marks=pytest.mark.simulation)])
async def test_UX15_thousands_of_random_keys_send_nothing_in_VIEW(hundreds: int) -> None:
    views = {**scene(), (Pane.STATUS, ""): status(mode=Mode.VIEW)}
    # Not A, which asks; not what opens a text field, where letters are only letters.
    keys = [_character_to_key(chr(code)) for code in range(33, 127) if chr(code) not in "A:/?"]
    rng = random.Random(15)
    async with seated(ScriptedDesk(views, environment=PROD)) as seat:
        for _ in range(hundreds):
            await seat.storm(rng.choices([*keys, "enter"], k=100))
            seat.timers.advance(GUARD_S)
            await seat.storm(["enter"])
        assert seat.desk.placed == []
        assert {args for name, args in seat.desk.calls if name == "arm"} <= {Mode.VIEW}


async def test_UX15_a_disarms_at_once() -> None:
    async with seated() as seat:
        await seat.slowly("1", "0", "B", "a", "enter")
        assert seat.desk.calls[-1] == ("arm", Mode.VIEW)
        assert seat.desk.placed == []


async def test_UX16_pasted_text_is_not_typed() -> None:
    from textual.events import Paste

    async with seated() as seat:
        seat.app.post_message(Paste("bBsSLH10b\r\r"))
        await seat.pilot.pause()
        assert seat.desk.asked == []
        assert seat.app.trade.trader.entry.draft is None


async def test_UX16_a_burst_of_keys_sends_nothing() -> None:
    async with seated() as seat:
        await seat.storm([*"bBsSLH10b", "enter", "enter"])
        assert seat.desk.placed == []
        assert "Too soon" in seat.log


async def test_UX16_a_key_held_too_long_keeps_the_size_that_was_typed() -> None:
    async with seated() as seat:
        await seat.press("3", "B", "B", "B", "B")
        seat.timers.advance(GUARD_S)
        await seat.slowly("enter", "enter")
        assert seat.desk.placed == [bid("37", "3", post_only=True)]


async def test_UX18_a_stale_book_refuses_with_its_reason_and_cancels_still_work() -> None:
    async with seated(size=(120, 40)) as seat:
        await seat.slowly("1", "0", "B")
        seat.desk.ladder(status=BookStatus.STALE, reason="a frame is missing")
        await seat.pilot.pause()
        assert "The book is STALE (a frame is missing)" in seat.strip
        await seat.slowly("enter", "X")
        assert seat.desk.asked == ["cancel_market"]
        seat.desk.ladder()
        await seat.pilot.pause()
        await seat.slowly("enter")
        assert seat.desk.placed == [bid("37", "10", post_only=True)]


async def test_UX18_a_lost_connection_refuses_too() -> None:
    async with seated(size=(120, 40)) as seat:
        await seat.slowly("1", "0", "B")
        seat.desk.show(((Pane.STATUS, ""), status(connection=ConnectionState.CONNECTING)))
        await seat.pilot.pause()
        assert "The feed is connecting" in seat.strip


async def test_UX18_a_resize_keeps_the_draft_and_disarms_it() -> None:
    async with seated(size=(200, 60)) as seat:
        await seat.slowly("1", "0", "B")
        await seat.pilot.resize_terminal(80, 24)
        await seat.slowly("enter")
        assert seat.desk.placed == []
        assert "BUY 10 YES @37c" in seat.strip
        await seat.slowly("enter")
        assert seat.desk.placed == [bid("37", "10", post_only=True)]


async def test_enter_sends_exactly_once() -> None:
    async with seated() as seat:
        await seat.slowly("1", "0", "B", "enter", "enter", "enter")
        assert len(seat.desk.placed) == 1
        assert "Nothing is armed" in seat.log


async def test_enter_before_the_beat_has_passed_sends_nothing() -> None:
    async with seated() as seat:
        await seat.press("1", "0", "B", "enter")
        assert seat.desk.placed == []
        seat.timers.advance(GUARD_S)
        await seat.press("enter")
        assert len(seat.desk.placed) == 1


async def test_escape_clears_the_size_then_the_strip_and_sends_nothing() -> None:
    async with seated() as seat:
        await seat.press("1", "0", "escape")
        assert "pending -" in seat.size
        await seat.slowly("1", "0", "B", "escape")
        assert "Nothing armed" in seat.strip
        await seat.slowly("enter")
        assert seat.desk.asked == []


async def test_a_pending_size_is_forgotten_after_three_seconds() -> None:
    async with seated() as seat:
        await seat.press("9", "9")
        assert "pending 99" in seat.size
        seat.timers.advance(PREFIX_S)
        assert "pending -" in seat.size


async def test_a_new_size_drops_the_armed_order() -> None:
    async with seated() as seat:
        await seat.slowly("1", "0", "B", "2")
        await seat.slowly("enter")
        assert seat.desk.placed == []


async def test_the_ladder_is_held_still_while_an_order_is_armed() -> None:
    async with seated() as seat:
        await seat.slowly("1", "0", "b")
        assert seat.app.trade.ladder.hold
        await seat.press("escape")
        assert not seat.app.trade.ladder.hold


async def test_a_verb_with_the_cursor_out_of_view_shows_it_instead_of_arming() -> None:
    async with seated() as seat:
        await seat.press("pagedown", "pagedown")
        assert not seat.app.trade.ladder.cursor_visible
        await seat.slowly("b", "enter")
        assert seat.desk.placed == []
        assert seat.app.trade.ladder.cursor_visible


async def test_another_market_drops_what_was_in_hand() -> None:
    views = {**scene(), (Pane.LADDER, HURRICANE): hurricane()}
    async with seated(ScriptedDesk(views)) as seat:
        await seat.slowly("1", "0", "B")
        seat.app.trade.switch_to(HURRICANE)
        await seat.slowly("enter")
        assert seat.desk.placed == []
        assert seat.desk.calls[-1] == ("watch", HURRICANE)


async def test_x_where_there_is_no_order_says_so() -> None:
    async with seated() as seat:
        await seat.press("right", "x")
        assert seat.desk.asked == []
        assert "You have no order at 38c" in seat.log


async def test_g_goes_to_a_price_and_alone_to_the_last_trade() -> None:
    async with seated() as seat:
        await seat.press("3", "0", "g")
        assert seat.app.trade.ladder.cursor_price == cents("30")
        await seat.press("g")
        assert seat.app.trade.ladder.cursor_price == cents("38")


async def test_function_keys_reach_the_panes_and_x_there_cancels_the_selected_order() -> None:
    async with seated() as seat:
        await seat.press("f4", "down")
        selected = seat.app.trade.query_one("#orders")
        assert selected.has_focus
        await seat.press("x")
        assert seat.desk.calls[-1][0] == "cancel"
        await seat.press("f2")
        assert seat.app.trade.ladder.has_focus


async def _say(seat: Seat, text: str) -> None:
    await seat.press("colon")
    await seat.press(*(character if character != " " else "space" for character in text))
    await seat.press("enter")
    seat.timers.advance(GUARD_S)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("buy 10 yes 36", bid("36", "10")),
        ("b 10@36", bid("36", "10")),
        ("sell 5 no 60 ioc", bid("40", "5", time_in_force=TimeInForce.IOC)),
        ("10@36b", bid("36", "10", post_only=True)),
        ("10B", bid("37", "10", post_only=True)),
    ],
)
async def test_the_command_line_takes_the_same_verbs_through_the_strip(
    text: str, terms: OrderTerms
) -> None:
    async with seated() as seat:
        await _say(seat, text)
        assert seat.desk.placed == []
        await seat.slowly("enter")
        assert seat.desk.placed == [terms]


async def test_an_unknown_command_gets_one_sentence() -> None:
    async with seated(size=(120, 40)) as seat:
        await _say(seat, "sudo buy all")
        assert "'sudo' is not a command" in seat.log
        assert seat.desk.asked == []


async def test_cancel_all_on_the_command_line_cancels_in_every_market() -> None:
    async with seated() as seat:
        await _say(seat, "cancel all")
        assert seat.desk.calls[-1] == ("cancel_everything", None)
        assert "Canceling 3 orders" in seat.log


async def test_market_on_the_command_line_switches_and_refuses_what_is_not_listed() -> None:
    async with seated(size=(120, 40)) as seat:
        await _say(seat, "market NOSUCH")
        assert "NOSUCH is not listed here" in seat.log
        await _say(seat, f"market {HURRICANE.lower()}")
        assert seat.desk.calls[-1] == ("watch", HURRICANE)


async def test_quit_leaves_at_once_when_nothing_works() -> None:
    views = {**scene(), (Pane.ORDERS, ""): OrdersView((), ())}
    async with seated(ScriptedDesk(views)) as seat:
        await seat.press("ctrl+q")
        assert seat.app.return_value == 0


async def test_FK18_quit_with_working_orders_stays_by_default() -> None:
    async with seated() as seat:
        await seat.press("ctrl+q", "enter")
        assert seat.app.return_value is None
        await seat.press("ctrl+q", "k", "enter")
        assert seat.app.return_value == 0
        assert seat.desk.asked == []


async def test_FK18_quit_after_cancelling_waits_until_nothing_works() -> None:
    async with seated() as seat:
        await seat.press("ctrl+q", "c", "enter")
        assert seat.desk.asked == ["cancel_everything"]
        assert seat.app.return_value is None
        only = OrdersView((order("one", BookSide.BID, "36", "10"),), ())
        seat.desk.show(((Pane.ORDERS, ""), only))
        await seat.pilot.pause()
        assert seat.app.return_value is None
        seat.desk.show(((Pane.ORDERS, ""), OrdersView((), ())))
        await seat.pilot.pause()
        assert seat.app.return_value == 0


async def test_a_command_typed_in_one_burst_is_text_and_never_keys() -> None:
    async with seated(size=(120, 40)) as seat:
        await seat.storm(["colon", *"buy", "space", "3", "space", *"no", "space", *"40", "enter"])
        assert seat.desk.asked == []
        assert "BUY 3 NO @40c ask" in seat.strip


async def test_a_search_typed_in_one_burst_is_text_and_never_keys() -> None:
    async with seated() as seat:
        await seat.storm(["slash", *"bhurr"])
        await seat.pilot.pause()
        assert seat.app.trade.trader.entry.draft is None
        assert seat.app.screen.query_one(TextField).value == "bhurr"
