"""The order ticket: editing by keys, one preview with the strip, nothing typed by surprise."""

import pytest

from kalshi_tui.core.orders import OrderTerms, TimeInForce
from kalshi_tui.core.risk import Limits
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.views import Pane
from tests.support.desk import FED, HURRICANE, ScriptedDesk, cents, count, hurricane, scene
from tests.support.workstation import seated

TALL = (120, 40)


def terms(side: BookSide, price: str, size: str, **more: object) -> OrderTerms:
    return OrderTerms(FED, side, cents(price), count(size), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("key", ["t", "f3"])
async def test_the_ticket_opens_at_the_cursor_with_the_preset_and_is_not_armed(key: str) -> None:
    async with seated(size=TALL) as seat:
        await seat.slowly("down", key)
        assert "TICKET BUY YES" in seat.line("ticket")
        assert "36c" in seat.lines("ticket")
        await seat.slowly("enter")
        assert seat.desk.placed == []
        assert "ARMED" in seat.line("ticket")
        await seat.slowly("enter")
        assert seat.desk.placed == [terms(BookSide.BID, "36", "10", post_only=True)]


async def test_at_eighty_columns_it_takes_the_rail_and_gives_it_back() -> None:
    async with seated() as seat:
        assert not seat.app.trade.query_one("#ticket").display
        await seat.press("t")
        assert seat.app.trade.query_one("#ticket").has_focus
        assert seat.app.trade.query_one("#ticket").region.height == 13
        await seat.press("escape", "escape")
        assert not seat.app.trade.query_one("#ticket").display
        assert seat.app.trade.ladder.has_focus


async def test_every_field_can_be_edited_by_keys() -> None:
    async with seated(size=TALL) as seat:
        await seat.slowly("t", "2", "5", "shift+tab", "4", "0", "s", "v", "p", "enter", "enter")
        # SELL NO at 60c is a bid at 40c.
        assert seat.desk.placed == [terms(BookSide.BID, "40", "25")]


async def test_arrows_step_the_field() -> None:
    async with seated(size=TALL) as seat:
        await seat.slowly("t", "up", "shift+up", "down", "shift+tab", "down", "tab", "tab", "up")
        await seat.slowly("enter", "enter")
        assert seat.desk.placed == [terms(BookSide.BID, "36", "20", time_in_force=TimeInForce.IOC)]


async def test_ticks_follow_the_zone_of_the_grid() -> None:
    views = {**scene(), (Pane.LADDER, HURRICANE): hurricane()}
    desk = ScriptedDesk(views, limits=Limits(collar_percent=20))
    async with seated(desk, market=HURRICANE, size=TALL) as seat:
        await seat.slowly("1", "@", "9", ".", "9", "t", "shift+tab", "up", "up", "p")
        await seat.slowly("enter", "enter")
        assert [each.price for each in seat.desk.placed] == [cents("11")]


async def test_letters_are_keys_and_never_text() -> None:
    async with seated(size=TALL) as seat:
        await seat.slowly("t", "1", "b", "0", "z", ".", "5")
        assert "10.5" in seat.lines("ticket")


async def test_a_price_off_the_grid_is_refused_at_the_key() -> None:
    async with seated(size=TALL) as seat:
        await seat.slowly("t", "shift+tab", "3", "6", ".", "5")
        assert "not on the grid" in seat.log
        assert seat.desk.placed == []


async def test_a_half_typed_price_cannot_be_reviewed() -> None:
    views = {**scene(), (Pane.LADDER, HURRICANE): hurricane()}
    async with seated(ScriptedDesk(views), market=HURRICANE, size=TALL) as seat:
        await seat.slowly("t", "shift+tab", ".", "enter", "enter")
        assert seat.desk.placed == []
        assert "Type a price in cents." in seat.log


async def test_editing_an_armed_order_takes_enter_away_until_it_is_reviewed_again() -> None:
    async with seated(size=TALL) as seat:
        await seat.slowly("1", "0", "B", "t", "up")
        assert "ARMED" not in seat.line("ticket")
        await seat.slowly("enter")
        assert seat.desk.placed == []
        await seat.slowly("enter")
        assert seat.desk.placed == [terms(BookSide.BID, "37", "11", post_only=True)]


async def test_ticket_and_strip_say_the_same() -> None:
    async with seated(size=TALL) as seat:
        await seat.slowly("1", "0", "B")
        for said in ("rests, q120", "$3.70", "+$6.30"):
            assert said in seat.strip
            assert said in seat.lines("ticket")


async def test_a_refusal_is_readable_in_the_narrow_ticket() -> None:
    async with seated() as seat:
        await seat.slowly("9", "9", "9", "t")
        shown = " ".join(seat.lines("ticket").split())
        assert "NO ORDER CAN BE SENT" in shown
        assert "999 contracts is over your cap of 500 an order." in shown


async def test_post_only_does_not_apply_to_what_never_rests() -> None:
    async with seated(size=TALL) as seat:
        await seat.slowly("t", "tab", "up", "p")
        assert "IOC never rests" in seat.log
