"""The finder: fuzzy by ticker and title, live, and Enter puts the market on the ladder."""

from dataclasses import replace

from kalshi_tui.core.views import MarketsView, Pane
from kalshi_tui.ui.screens.finder import Finder, FoundList, found
from tests.support.desk import FED, HURRICANE, ScriptedDesk, cents, hurricane, markets, scene
from tests.support.workstation import Seat, seated


def tickers(query: str) -> list[str]:
    return [row.market.ticker for row in found(markets().rows, query)]


def listing(seat: Seat) -> str:
    widget = seat.app.screen.query_one(FoundList)
    return "\n".join(widget.render_line(at).text.rstrip() for at in range(widget.size.height))


def test_everything_is_listed_before_anything_is_typed() -> None:
    assert tickers("") == [row.market.ticker for row in markets().rows]


def test_a_ticker_a_title_and_letters_in_between_are_found() -> None:
    assert tickers("hurny")[0] == HURRICANE
    assert tickers("rain in new")[0] == "KXRAINNYC-26DEC12"
    assert tickers("fed 50")[0] == "KXFEDDEC-26DEC-C50"
    assert tickers("zzzz") == []


async def test_enter_watches_the_market_and_shows_it() -> None:
    views = {**scene(), (Pane.LADDER, HURRICANE): hurricane()}
    async with seated(ScriptedDesk(views)) as seat:
        await seat.press("slash", *"hurr", "enter")
        assert seat.desk.calls[-1] == ("watch", HURRICANE)
        assert "9.6 x 340" in seat.line("market")


async def test_the_market_on_the_ladder_is_selected_first_and_arrows_choose() -> None:
    async with seated() as seat:
        await seat.press("slash")
        assert f"> {FED}"[:24] in listing(seat)
        await seat.press("down", "enter")
        assert seat.desk.calls[-1] == ("watch", "KXFEDDEC-26DEC-C50")


async def test_prices_are_live_while_the_finder_is_open() -> None:
    async with seated() as seat:
        await seat.press("slash")
        first, *rest = markets().rows
        seat.desk.show(((Pane.MARKETS, ""), MarketsView((replace(first, bid=cents("33")), *rest))))
        await seat.pilot.pause()
        assert "33 / 38" in listing(seat)


async def test_trade_keys_are_letters_in_the_finder() -> None:
    async with seated() as seat:
        await seat.press("slash", *"bBsSLHxX", "escape")
        assert seat.desk.asked == []
        assert not isinstance(seat.app.screen, Finder)


async def test_no_match_says_so_and_enter_changes_nothing() -> None:
    async with seated() as seat:
        await seat.press("slash", *"qqqq", "enter")
        assert "No market matches." in listing(seat)
        assert ("watch", "QQQQ") not in seat.desk.calls
        assert isinstance(seat.app.screen, Finder)
