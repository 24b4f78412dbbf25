"""Keys about what is at the exchange already: arming, changes, ways out, doubts, KILL."""

from dataclasses import replace

import pytest

from kalshi_tui.core.answers import BudgetReported
from kalshi_tui.core.environments import PROD, Mode
from kalshi_tui.core.killing import KillPhase, KillProgress
from kalshi_tui.core.orders import CancelState, Change, OrderState, RequestKind, RequestState
from kalshi_tui.core.risk import Placed
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import DOLLAR, NO_COUNT, Money
from kalshi_tui.core.views import LadderView, OrderRow, OrdersView, Pane, StatusView
from kalshi_tui.ui.screens.arm import ArmPrompt
from kalshi_tui.ui.screens.limits import LimitsGrid, LimitsScreen
from kalshi_tui.ui.screens.modal import TOO_SOON, Prompt
from kalshi_tui.ui.screens.order import OrderPrompt
from kalshi_tui.ui.screens.word import WordPrompt
from tests.support.desk import (
    FED,
    MONO,
    SECOND,
    WALL,
    ScriptedDesk,
    cents,
    count,
    fed,
    levels,
    order,
    orders,
    scene,
    status,
)
from tests.support.workstation import Seat, seated

STATUS, LADDER, ORDERS = (Pane.STATUS, ""), (Pane.LADDER, FED), (Pane.ORDERS, "")


def desk_in(
    mode: Mode = Mode.CONFIRM, *, ladder: LadderView | None = None, **more: object
) -> ScriptedDesk:
    views = {**scene(), STATUS: status(mode=mode, **more)}
    if ladder is not None:
        views[LADDER] = ladder
    return ScriptedDesk(views)


def desk_with(*rows: OrderRow, done: tuple[OrderRow, ...] = (), **more: object) -> ScriptedDesk:
    return ScriptedDesk({**scene(), STATUS: status(**more), ORDERS: OrdersView(rows, done)})


async def shown(seat: Seat, view: StatusView) -> None:
    seat.desk.show((STATUS, view))
    await seat.pilot.pause()


# Arming.


async def test_ONE_KEY_is_armed_from_CONFIRM_by_a_prompt_that_says_size_caps_and_minutes() -> None:
    async with seated(desk_in()) as seat:
        await seat.press("A")
        prompt = seat.app.screen
        assert isinstance(prompt, ArmPrompt)
        text = " ".join(str(each.render()) for each in prompt.query("Static"))
        assert "to ONE-KEY" in text
        assert "10 contracts" in text
        assert "125 contracts and $62.50 an order" in text
        assert "5 minutes" in text
        await seat.press("enter")
        assert seat.desk.calls[-1] == ("arm", Mode.ONE_KEY)


async def test_ONE_KEY_on_production_needs_the_word() -> None:
    views = {**scene(), STATUS: status(mode=Mode.CONFIRM)}
    async with seated(ScriptedDesk(views, environment=PROD)) as seat:
        await seat.press("A", "enter")
        await seat.press(*"PRAD", "enter")
        assert seat.desk.asked == []
        await seat.press(*"PROD", "enter")
        assert seat.desk.calls[-1] == ("arm", (Mode.ONE_KEY, "PROD"))


async def test_the_status_line_counts_ONE_KEY_down() -> None:
    async with seated(desk_in(Mode.ONE_KEY, one_key_left_ns=249 * SECOND)) as seat:
        assert " ONE-KEY 4:09 " in seat.line("status")
        await shown(seat, status(mode=Mode.CONFIRM))
        assert "CONFIRM" in seat.line("status")


async def test_in_ONE_KEY_one_key_sends_at_once_and_the_strip_says_so() -> None:
    async with seated(desk_in(Mode.ONE_KEY)) as seat:
        await seat.press("3", "B")
        assert [(each.price, each.count) for each in seat.desk.placed] == [(3700, 300)]
        assert seat.strip.startswith("SENT BUY 3 YES @37c bid")


async def test_in_ONE_KEY_what_the_gate_refuses_stays_on_the_strip_with_its_number() -> None:
    async with seated(desk_in(Mode.ONE_KEY), size=(120, 40)) as seat:
        await seat.press("2", "0", "0", "B")
        assert seat.desk.placed == []
        assert "200 contracts is over your cap of 125 an order" in seat.strip


async def test_in_ONE_KEY_a_guard_is_never_confirmed_by_the_key_that_met_it() -> None:
    desk = desk_in(Mode.ONE_KEY, ladder=fed(asks=(), own=()))
    async with seated(desk, size=(120, 40)) as seat:
        await seat.slowly("1", "0", "B")
        assert "SURE? There is no ask to compare 37c with" in seat.strip
        assert seat.desk.placed == []
        await seat.slowly("enter", "enter")
        assert seat.desk.confirmed == [frozenset({"empty_side"})]


async def test_in_ONE_KEY_changes_and_ways_out_still_wait_for_Enter() -> None:
    async with seated(desk_in(Mode.ONE_KEY), size=(120, 40)) as seat:
        await seat.press("F", "escape", "R", "escape", "o", "m", "up")
        assert seat.desk.asked == []


async def test_UX16_a_held_key_sends_once() -> None:
    async with seated(desk_in(Mode.ONE_KEY)) as seat:
        seat.app.trade.trader.press("B", 0, 0)
        seat.app.trade.trader.verb("B", None)
        for at in range(1, 60):
            seat.app.trade.trader.press("B", at * 33_000_000, at * 33_000_000)
            seat.app.trade.trader.verb("B", None)
        assert len(seat.desk.placed) == 1


async def test_UX16_the_same_order_goes_again_after_another_key() -> None:
    async with seated(desk_in(Mode.ONE_KEY)) as seat:
        trader = seat.app.trade.trader
        for key, at in (("B", 0), ("space", 900), ("B", 1_400)):
            trader.press(key, at * 1_000_000, at * 1_000_000)
            if key == "B":
                trader.verb("B", None)
        assert len(seat.desk.placed) == 2


async def test_UX16_a_late_key_is_dropped_and_says_so() -> None:
    async with seated(desk_in(Mode.ONE_KEY)) as seat:
        seat.app.trade.trader.press("B", 0, 300_000_000)
        seat.app.trade.trader.verb("B", None)
        assert seat.desk.placed == []
        assert "The key was late" in seat.log


async def test_UX16_a_burst_in_ONE_KEY_sends_one_and_falls_back_to_CONFIRM() -> None:
    async with seated(desk_in(Mode.ONE_KEY)) as seat:
        await seat.storm([*"bBsSLH10b", "enter", "enter"])
        assert len(seat.desk.placed) <= 1
        assert ("arm", Mode.CONFIRM) in seat.desk.calls


async def test_three_capitals_with_a_navigation_key_warn_of_caps_lock() -> None:
    async with seated() as seat:
        await seat.press("J", "K", "O")
        assert "CAPS?" in seat.log


# Guards that can be confirmed.


async def test_a_guard_that_a_key_confirms_takes_two_Enters() -> None:
    async with seated(desk_in(ladder=fed(asks=(), own=())), size=(120, 40)) as seat:
        await seat.slowly("1", "0", "B")
        assert "SURE? There is no ask to compare 37c with" in seat.strip
        await seat.slowly("enter")
        assert seat.desk.placed == []
        assert "Enter=send" in seat.strip
        await seat.slowly("enter")
        assert seat.desk.confirmed == [frozenset({"empty_side"})]


async def test_FK07_an_order_beside_a_doubtful_one_needs_the_word() -> None:
    doubtful = fed(exposure=replace(fed().exposure, in_doubt=1))
    async with seated(desk_in(ladder=doubtful), size=(120, 40)) as seat:
        await seat.slowly("1", "0", "B", "enter")
        assert isinstance(seat.app.screen, WordPrompt)
        await seat.press("enter", *"DOUB", "enter")
        assert isinstance(seat.app.screen, WordPrompt)
        await seat.press(*"DOUBT", "enter")
        assert seat.desk.placed == []
        seat.timers.advance(1)
        await seat.slowly("enter")
        assert seat.desk.confirmed == [frozenset({"in_doubt"})]


async def test_what_cannot_be_confirmed_is_refused_with_its_number() -> None:
    async with seated(size=(120, 40)) as seat:
        await seat.slowly(*"99999", "B", "enter")
        assert "NO: 99,999 contracts is over your cap of 500 an order" in seat.strip
        assert seat.desk.placed == []


# Changes.


async def test_UX12_a_bid_is_moved_by_arrows_and_the_strip_says_that_the_queue_is_lost() -> None:
    views = {**scene(), LADDER: fed(asks=levels("40x95"))}
    async with seated(ScriptedDesk(views), size=(120, 40)) as seat:
        await seat.press("3", "6", "g")
        await seat.slowly("m", "up", "up")
        assert "MOVE BUY 10 YES @36c to @38c" in seat.strip
        assert "LOSES queue q300 -> q0" in seat.strip
        await seat.slowly("enter")
        assert seat.desk.calls[-1] == ("amend", ("one", cents("38"), count("10"), None))


async def test_UX12_escape_sends_nothing() -> None:
    async with seated() as seat:
        await seat.press("3", "6", "g")
        await seat.slowly("m", "down", "escape", "enter")
        assert seat.desk.asked == []


async def test_UX13_less_of_an_order_is_a_decrease_and_keeps_the_queue() -> None:
    async with seated() as seat:
        await seat.press("3", "6", "g")
        await seat.slowly("e", "5")
        assert "keeps queue q300" in seat.strip
        await seat.slowly("enter")
        assert seat.desk.calls[-1] == ("decrease", ("one", count("5")))


async def test_more_of_an_order_is_a_second_one_unless_the_key_is_pressed_again() -> None:
    async with seated() as seat:
        await seat.press("3", "6", "g")
        await seat.slowly("e", "1", "5")
        assert "+5 as 2nd, keeps q300 │ Enter=add e=amend" in seat.strip
        await seat.slowly("e")
        assert "LOSES queue" in seat.strip
        await seat.slowly("enter")
        assert seat.desk.calls[-1] == ("amend", ("one", cents("36"), count("15"), None))
        await seat.slowly("e", "1", "5", "enter")
        assert [each.count for each in seat.desk.placed] == [count("5")]


async def test_an_amend_counts_what_is_filled_and_the_user_types_what_remains() -> None:
    row = replace(order("one", BookSide.BID, "36", "10", queue="0"), filled=count("4"),
                  remaining=count("6"))  # fmt: skip
    async with seated(desk_with(row), size=(120, 40)) as seat:
        await seat.press("3", "6", "g")
        await seat.slowly("e", "5", "@", "3", "5", "enter")
        assert seat.desk.calls[-1] == ("amend", ("one", cents("35"), count("9"), None))


async def test_a_change_in_VIEW_is_shown_and_refused() -> None:
    async with seated(desk_in(Mode.VIEW)) as seat:
        await seat.press("3", "6", "g")
        await seat.slowly("e", "5", "enter")
        assert "press A" in seat.strip
        assert seat.desk.asked == []


async def test_a_move_that_begins_to_cross_needs_a_second_Enter() -> None:
    row = replace(order("one", BookSide.BID, "36", "10", queue="300"), post_only=False)
    async with seated(desk_with(row), size=(120, 40)) as seat:
        await seat.press("3", "6", "g")
        await seat.slowly("m", "up")
        seat.desk.ladder(bids=levels("36x5"), asks=levels("37x95"), own=())
        await seat.pilot.pause()
        assert "fills 10 now" in seat.strip
        await seat.slowly("enter")
        assert seat.desk.asked == []
        await seat.slowly("enter")
        assert seat.desk.asked == ["amend"]


async def test_an_order_that_is_being_changed_or_in_doubt_is_not_changed_again() -> None:
    change = Change(
        "c", RequestKind.AMEND, RequestState.IN_DOUBT, cents("37"), count("10"), None, WALL
    )
    row = replace(order("one", BookSide.BID, "36", "10"), change=change, doubt_wall_ns=WALL)
    async with seated(desk_with(row), size=(120, 40)) as seat:
        await seat.press("3", "6", "g")
        await seat.slowly("e", "5", "enter")
        assert "The last amend is in doubt: x cancels" in seat.strip
        assert seat.desk.asked == []


async def test_a_key_without_an_order_under_it_says_where_orders_are() -> None:
    async with seated() as seat:
        await seat.press("right", "e")
        assert "You have no order at the cursor" in seat.log


# Keys that set out before a prompt stood.

LATER_NS = 1 << 62


@pytest.mark.parametrize("keys", [("A",), ("f4", "down", "enter"), ("ctrl+q",)])
async def test_FK16_a_key_pressed_before_a_prompt_was_shown_answers_nothing(
    keys: tuple[str, ...],
) -> None:
    async with seated(desk_with(doubtful(), in_doubt=1), shown_ns=LATER_NS) as seat:
        await seat.press(*keys)
        prompt = seat.app.screen
        assert isinstance(prompt, Prompt)
        await seat.press("enter")
        assert seat.app.screen is prompt
        assert TOO_SOON in " ".join(str(each.render()) for each in prompt.query("Static"))
        assert seat.desk.asked == []
        await seat.press("escape")
        assert not isinstance(seat.app.screen, Prompt)


async def test_FK16_a_word_that_was_typed_blind_arms_nothing() -> None:
    views = {**scene(), STATUS: status(mode=Mode.VIEW)}
    async with seated(ScriptedDesk(views, environment=PROD), shown_ns=LATER_NS) as seat:
        await seat.press("A", *"PROD", "enter")
        assert isinstance(seat.app.screen, ArmPrompt)
        assert seat.desk.asked == []


async def test_FK16_keys_that_were_queued_before_the_prompt_do_not_arm() -> None:
    async with seated(desk_in()) as seat:
        # The second key sets out while the first one's prompt is not there yet.
        await seat.storm(["A", "enter"])
        assert seat.desk.asked == []


# Ways out.


async def test_UX11_flatten_says_what_it_will_do_and_waits_for_Enter() -> None:
    async with seated(size=(120, 40)) as seat:
        await seat.slowly("F")
        assert "FLATTEN" in seat.strip
        assert "cancel 3 orders, SELL up to 40 YES >= 34c reduce-only" in seat.strip
        assert seat.desk.asked == []
        await seat.slowly("enter")
        assert seat.desk.calls[-1] == ("flatten", FED)


async def test_FK09_flatten_is_offered_in_VIEW_and_after_a_KILL_and_reverse_is_not() -> None:
    desk = desk_in(Mode.VIEW, killed_wall_ns=WALL, purge_until_ns=WALL + 60 * SECOND)
    async with seated(desk, size=(120, 40)) as seat:
        await seat.slowly("R", "enter")
        assert "press A" in seat.strip
        assert seat.desk.asked == []
        await seat.slowly("escape", "F")
        assert "SELL up to 40 YES >= 34c reduce-only" in seat.strip
        assert "what remains" not in seat.line("hints"), "a way out takes everything"
        assert seat.desk.asked == []
        await seat.slowly("enter")
        assert seat.desk.calls[-1] == ("flatten", FED)


async def test_reverse_says_both_steps() -> None:
    async with seated(size=(120, 40)) as seat:
        await seat.slowly("R")
        assert "SELL up to 40 YES" in seat.strip
        assert "then 40 more" in seat.strip
        await seat.slowly("enter")
        assert seat.desk.calls[-1] == ("reverse", FED)


async def test_nothing_held_is_nothing_to_close() -> None:
    views = {**scene(), LADDER: fed(position=NO_COUNT, own=()), ORDERS: OrdersView((), ())}
    async with seated(ScriptedDesk(views)) as seat:
        await seat.slowly("F", "enter", "R", "enter")
        assert seat.desk.asked == []


async def test_an_empty_book_is_no_way_out_and_says_so() -> None:
    async with seated(desk_in(ladder=fed(bids=())), size=(120, 40)) as seat:
        await seat.slowly("F", "enter")
        assert "NO: There is no bid to trade against" in seat.strip
        assert seat.desk.asked == []


@pytest.mark.parametrize("key", ["f", "r", "l", "h"])
async def test_a_lower_case_slip_does_nothing(key: str) -> None:
    async with seated() as seat:
        await seat.slowly(key, "enter")
        assert seat.desk.asked == []


# Doubt.


def doubtful(**more: object) -> OrderRow:
    row = replace(
        order("lost", BookSide.BID, "36", "10", state=OrderState.IN_DOUBT),
        doubt_wall_ns=WALL - 12 * SECOND,
        detail="no answer within 5 s",
    )
    return replace(row, **more)  # type: ignore[arg-type]


async def test_an_order_in_doubt_shows_its_age_and_the_banner_says_what_it_means() -> None:
    async with seated(desk_with(doubtful(), in_doubt=1)) as seat:
        assert "IN DOUBT 12s" in seat.lines("orders")
        assert " 1 IN DOUBT " in seat.line("status")
        assert "1 order IN DOUBT" in seat.line("banner")
        assert "Counts as live until proven. F4 Down Enter: more." in seat.line("banner")
        await shown(seat, status(in_doubt=1, wall_ns=WALL + SECOND))
        assert "IN DOUBT 13s" in seat.lines("orders")


async def test_Enter_on_a_doubtful_order_offers_to_stop_waiting_and_never_to_send_again() -> None:
    async with seated(desk_with(doubtful(), in_doubt=1)) as seat:
        await seat.press("f4", "down", "enter")
        prompt = seat.app.screen
        assert isinstance(prompt, OrderPrompt)
        text = " ".join(str(each.render()) for each in prompt.query("Static"))
        assert "nothing sends it again by itself" in text
        assert "Send it again" not in text
        await seat.press("b", "enter")
        assert seat.desk.calls[-1] == ("abandon", "lost")


@pytest.mark.parametrize("state", [OrderState.NOT_SENT, OrderState.PROVEN_ABSENT])
async def test_only_what_provably_never_arrived_is_sent_again(state: OrderState) -> None:
    row = replace(doubtful(state=state), doubt_wall_ns=None)
    async with seated(desk_with(done=(row,))) as seat:
        await seat.press("f4", "down", "enter", "s", "enter")
        assert seat.desk.calls[-1] == ("resend", "lost")


async def test_a_menu_follows_its_order_and_its_Enter_never_changes_meaning() -> None:
    async with seated(desk_with(doubtful(), in_doubt=1)) as seat:
        await seat.press("f4", "down", "enter", "b")
        seat.desk.show((ORDERS, OrdersView((order("lost", BookSide.BID, "36", "10"),), ())))
        await seat.pilot.pause()
        await seat.press("enter")
        assert seat.desk.asked == []


async def test_a_cancel_and_a_change_in_doubt_are_doubts_too() -> None:
    change = Change(
        "c", RequestKind.AMEND, RequestState.IN_DOUBT, cents("37"), count("10"), None, WALL
    )
    rows = (
        doubtful(state=OrderState.RESTING, cancel=CancelState.IN_DOUBT),
        doubtful(client_order_id="two", state=OrderState.RESTING, change=change),
    )
    async with seated(desk_with(*rows, in_doubt=2), size=(120, 40)) as seat:
        assert "cxl IN DOUBT 12s" in seat.lines("orders")
        assert "chg IN DOUBT 12s" in seat.lines("orders")


# KILL and the lines of the screen.


@pytest.mark.parametrize(
    ("phase", "words"),
    [
        (KillPhase.CANCELING, " KILL 3/7 gone "),
        (KillPhase.VERIFYING, "a complete read has to show"),
        (KillPhase.TAIL, "nothing rests"),
        (KillPhase.DOUBT, "in doubt may still appear"),
    ],
)
async def test_UX10_KILL_shows_the_count_proven_gone_and_its_phase(
    phase: KillPhase, words: str
) -> None:
    kill = KillProgress(phase, WALL, 7, 3, 4)
    async with seated(size=(120, 40)) as seat:
        await shown(seat, status(mode=Mode.VIEW, kill=kill, killed_wall_ns=WALL))
        assert words in seat.line("banner")
        assert "3/7" in seat.line("banner")


async def test_KILL_counts_the_tail_down_and_leaves_when_the_keyboard_is_armed_again() -> None:
    tail = KillProgress(KillPhase.TAIL, WALL, 7, 7, 0)
    async with seated(size=(120, 40)) as seat:
        until = WALL + 42 * SECOND
        await shown(seat, status(mode=Mode.VIEW, kill=tail, purge_until_ns=until))
        assert "new orders wait 0:42" in seat.line("banner")
        done = replace(tail, phase=KillPhase.DONE)
        await shown(seat, status(mode=Mode.VIEW, kill=done))
        assert "KILLED 7/7 gone" in seat.line("banner")
        await shown(seat, status(mode=Mode.CONFIRM, kill=done))
        assert "KILLED" not in seat.line("banner")


async def test_the_status_line_says_resolving_risk_budget_and_the_dead_mans_switch() -> None:
    budget = BudgetReported(72, 100, 100, 200, 200, 200, 20)
    view = status(resolving=3, at_risk=Money(812 * DOLLAR), budget=budget, dead_man=True, cash=None)
    async with seated(size=(200, 60)) as seat:
        await shown(seat, view)
        line = seat.line("status")
        for words in ("resolving 3 orders", "risk $812.00", "budget 72/100", "DEADMAN"):
            assert words in line
        assert "RESOLVING" in seat.line("banner")


async def test_at_80_columns_what_stops_orders_is_never_dropped() -> None:
    async with seated() as seat:
        await shown(seat, status(resolving=3, in_doubt=2, reducing="$5 was lost today."))
        line = seat.line("status")
        assert " 2 IN DOUBT " in line
        assert "resolving 3 orders" in line
        assert " DAY STOP " in line


@pytest.mark.parametrize(("words", "on"), [("deadman on", True), ("deadman off", False)])
async def test_the_dead_mans_switch_is_said_in_words(words: str, on: bool) -> None:
    async with seated() as seat:
        await seat.press("colon", *("space" if each == " " else each for each in words), "enter")
        assert seat.desk.calls[-1] == ("dead_man", on)


async def test_limits_shows_each_cap_beside_its_use_and_the_name_in_the_settings() -> None:
    placed = (Placed(MONO + 7 * SECOND, FED, BookSide.BID, cents("36")),)
    async with seated(size=(120, 40)) as seat:
        await shown(seat, status(at_risk=Money(9_000 * DOLLAR), placed=placed))
        await seat.press("colon", *"limits", "enter")
        assert isinstance(seat.app.screen, LimitsScreen)
        grid = seat.app.screen.query_one(LimitsGrid)
        text = "\n".join(grid.render_line(at).text for at in range(grid.size.height))
        for words in ("$9,000.00 of $10,000.00", "total_risk", "3 of 50", "open_orders", "1 of 5",
                      "500", "order_count", "no override key"):  # fmt: skip
            assert words in text, words


def test_the_fixture_orders_are_those_of_the_ladder() -> None:
    assert {row.price for row in orders().live} == {own.price for own in fed().own}
