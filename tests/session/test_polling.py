"""What REST has to say where the socket does not: sick books, ended markets, closed exchanges."""

from dataclasses import replace

import pytest

from kalshi_tui.api.errors import ReadFailedError
from kalshi_tui.core.events import (
    BookSnapshot,
    ExchangeStatusRead,
    Fact,
    MarketsListed,
    RequestFailed,
)
from kalshi_tui.core.market import Market, MarketStatus
from kalshi_tui.core.text import clean_title
from kalshi_tui.session.polling import (
    BOOKS_EVERY_S,
    PAUSED_CAP_S,
    PAUSED_FLOOR_S,
    STATUS_EVERY_S,
    Polling,
)
from tests.support.facts import ASKS, BIDS, NOON_NS, SECOND, TICKER, market

UP, DOWN = ExchangeStatusRead(True, True), ExchangeStatusRead(False, False, clean_title("10:00 ET"))
BOOK = BookSnapshot(TICKER, BIDS, ASKS, 0, 0)


class EnoughError(Exception):
    """The script is at its end."""


class Stage:
    """Both sides of the polling, scripted."""

    def __init__(self) -> None:
        self.log: list[object] = []
        self.facts: list[Fact] = []
        self.slept: list[float] = []
        self.rounds = 1
        self.is_open = True
        self.sick: tuple[str, ...] = ()
        self.unclear: tuple[str, ...] = ()
        self.statuses: list[ExchangeStatusRead] = [UP]
        self.listed: Market = market()
        self.shown: Market | None = market()
        self.fails = False
        self.now_ns = NOON_NS
        self.draw = 0.0
        self.polling = Polling(
            self,
            self,
            absorb=self.facts.append,
            watched=lambda: self.shown,
            exchange_ns=lambda: self.now_ns,
            draw=lambda: self.draw,
            sleep=self.sleep,
        )

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now_ns += round(seconds * SECOND)
        if len(self.slept) >= self.rounds:
            raise EnoughError

    async def orderbook(self, ticker: str) -> BookSnapshot:
        self._may_fail()
        return BOOK

    async def market(self, ticker: str) -> MarketsListed:
        self._may_fail()
        self.log.append(("market", ticker))
        return MarketsListed((self.listed,))

    async def exchange_status(self) -> ExchangeStatusRead:
        self._may_fail()
        return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]

    def _may_fail(self) -> None:
        if self.fails:
            raise ReadFailedError("No answer.")

    def degraded(self) -> tuple[str, ...]:
        return self.sick

    def take_status_wanted(self) -> tuple[str, ...]:
        taken, self.unclear = self.unclear, ()
        return taken

    def polled(self, snapshot: BookSnapshot) -> None:
        self.log.append(snapshot)

    def unpolled(self, ticker: str, reason: str) -> None:
        self.log.append(("unpolled", ticker, reason))

    def closed(self, ticker: str, reason: str) -> None:
        self.log.append(("closed", ticker, reason))

    def maintenance(self, is_paused: bool) -> None:
        self.log.append(("maintenance", is_paused))

    def retry(self) -> None:
        self.log.append("retry")

    async def books(self, rounds: int = 1) -> None:
        self.rounds = rounds
        with pytest.raises(EnoughError):
            await self.polling.keep_books()

    async def status(self, rounds: int) -> None:
        self.rounds = rounds
        with pytest.raises(EnoughError):
            await self.polling.keep_status()


async def test_TB12_the_book_of_a_degraded_market_is_read_every_2_s_and_given_to_the_feed() -> None:
    stage = Stage()
    stage.sick = (TICKER,)
    await stage.books(3)
    assert stage.log == [BOOK] * 3
    assert stage.slept == [BOOKS_EVERY_S] * 3


async def test_a_book_that_cannot_be_polled_is_said_once_for_each_outage() -> None:
    stage = Stage()
    stage.sick, stage.fails = (TICKER,), True
    await stage.books(5)
    assert stage.facts == [RequestFailed(f"the book of {TICKER}", "No answer.")]


async def test_TB12_the_feed_learns_of_every_book_that_cannot_be_polled() -> None:
    stage = Stage()
    stage.sick, stage.fails = (TICKER,), True
    await stage.books(2)
    assert stage.log == [("unpolled", TICKER, "REST does not give the book: No answer.")] * 2


@pytest.mark.parametrize("status", [MarketStatus.CLOSED, MarketStatus.FINALIZED])
async def test_TS15_a_market_that_stays_silent_is_closed_where_rest_says_so(
    status: MarketStatus,
) -> None:
    stage = Stage()
    stage.unclear = (TICKER,)
    stage.listed = market(status=status)
    await stage.books(2)
    assert stage.log == [
        ("market", TICKER),
        ("closed", TICKER, f"The market is {status.value}."),
    ]


async def test_TB16_a_market_past_its_close_is_asked_for_until_it_is_over() -> None:
    stage = Stage()
    stage.shown = market(close_ns=NOON_NS)
    await stage.books(6)
    assert stage.log == [("market", TICKER)] * 2
    stage.listed = market(status=MarketStatus.CLOSED)
    stage.slept.clear()
    stage.now_ns += 10 * SECOND
    await stage.books()
    assert stage.log[-1] == ("closed", TICKER, "The market is closed.")
    assert stage.facts[-1] == MarketsListed((stage.listed,))


async def test_FF13_a_close_that_has_moved_is_learned_from_the_listing() -> None:
    stage = Stage()
    stage.shown = market(close_ns=NOON_NS)
    stage.listed = replace(market(), close_ns=NOON_NS + 3_600 * SECOND)
    await stage.books()
    assert stage.facts == [MarketsListed((stage.listed,))]
    assert ("closed", TICKER) not in stage.log


async def test_an_open_exchange_is_asked_every_30_s() -> None:
    stage = Stage()
    await stage.status(3)
    assert stage.slept == [STATUS_EVERY_S] * 3
    assert stage.log == []


@pytest.mark.parametrize("draw", [0.0, 0.5, 0.999])
async def test_TC15_a_paused_exchange_is_asked_every_5_to_15_s_and_its_return_is_noticed(
    draw: float,
) -> None:
    stage = Stage()
    stage.draw = draw
    stage.statuses = [DOWN, DOWN, UP]
    await stage.status(3)
    assert all(PAUSED_FLOOR_S <= each <= PAUSED_CAP_S for each in stage.slept[:2])
    assert stage.slept[2] == STATUS_EVERY_S
    assert stage.log == [("maintenance", True), ("maintenance", False)]
    assert stage.facts == [DOWN, DOWN, UP]


async def test_TC15_an_exchange_that_answers_again_is_connected_to_without_a_pause() -> None:
    stage = Stage()
    stage.is_open = False
    await stage.status(1)
    assert stage.log == ["retry"]
    stage.statuses = [DOWN]
    stage.slept.clear()
    await stage.status(1)
    assert stage.log == ["retry", ("maintenance", True)]


async def test_FF04_a_status_that_cannot_be_read_changes_nothing_and_is_said_once() -> None:
    stage = Stage()
    stage.fails = True
    await stage.status(4)
    assert stage.facts == [RequestFailed("exchange status", "No answer.")]
    assert stage.log == []
