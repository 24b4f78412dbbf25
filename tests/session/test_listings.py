"""What is read of the listings, and when."""

from collections.abc import Awaitable, Callable

import pytest

from kalshi_tui.api.catalogue import EventRead
from kalshi_tui.api.errors import ApiError, DeniedError, ReadFailedError
from kalshi_tui.core.commands import Command, Watch
from kalshi_tui.core.events import Fact, RequestFailed
from kalshi_tui.core.market import Market
from kalshi_tui.session.listings import MARKETS_EVERY_S, NOT_YET_S, WATCHED_EVERY_S, Listings
from kalshi_tui.session.reads import ENDED_S, RETRY_S
from tests.support import sample


class EnoughError(Exception):
    """Ends a loop that would go on for ever."""


class Script:
    """A catalogue and a clock that write down what is asked of them."""

    def __init__(self, *, failures: int = 0, sleeps: int = 1) -> None:
        self.log: list[object] = []
        self.facts: list[Fact | Command] = []
        self._failures = failures
        self._sleeps = sleeps
        self.failure: ApiError = ReadFailedError("The exchange is down.")
        self.missing: list[ApiError] = []
        """What the next reads of a single market run into."""

    async def list_markets(self) -> tuple[EventRead, ...]:
        self.log.append("list")
        if self._failures:
            self._failures -= 1
            raise self.failure
        return ()

    async def read_fees(self, events: tuple[EventRead, ...]) -> None:
        self.log.append("fees")

    async def read_market(self, ticker: str) -> None:
        self.log.append(("read", ticker))
        if self.missing:
            raise self.missing.pop(0)

    async def sleep(self, seconds: float) -> None:
        self.log.append(seconds)
        self._sleeps -= 1
        if self._sleeps <= 0:
            raise EnoughError

    async def run(self, first: str = "", watched: Market | None = None) -> None:
        listings = Listings(
            self,
            first_market=first,
            absorb=self.facts.append,
            watched=lambda: watched,
            reread=lambda ticker, _: self.log.append(("reread", ticker)),
            sleep=self._slept(),
        )
        with pytest.raises(EnoughError):
            await listings.run()

    def _slept(self) -> Callable[[float], Awaitable[None]]:
        return self.sleep


async def test_the_first_market_is_watched_before_the_fees_are_read() -> None:
    script = Script()
    await script.run("KX-A")
    assert script.facts == [Watch("KX-A")]
    assert script.log == ["list", ("read", "KX-A"), "fees", WATCHED_EVERY_S]


NOT_FOUND = DeniedError(404, "not_found")


@pytest.mark.parametrize("tries", range(len(NOT_YET_S) + 1))
async def test_FF15_a_market_that_is_not_there_yet_is_looked_for_again(tries: int) -> None:
    script = Script(sleeps=tries + 1)
    script.missing = [NOT_FOUND] * tries
    await script.run("KX-NEW")
    assert script.facts == [Watch("KX-NEW")]
    assert [each for each in script.log if isinstance(each, float)] == [
        *NOT_YET_S[:tries],
        WATCHED_EVERY_S,
    ]


async def test_FF15_a_market_that_is_nowhere_is_said_to_be_so_within_ten_seconds() -> None:
    script = Script(sleeps=len(NOT_YET_S) + 1)
    script.missing = [NOT_FOUND] * 9
    await script.run("KX-NEW")
    assert sum(NOT_YET_S) <= 10
    assert list(NOT_YET_S) == sorted(NOT_YET_S), "the pauses grow"
    assert script.log.count(("read", "KX-NEW")) == len(NOT_YET_S) + 1
    assert script.facts == [
        RequestFailed("KX-NEW", "not found: the exchange knows no such market.")
    ]
    assert "fees" in script.log


async def test_a_market_that_cannot_be_read_for_another_reason_is_not_asked_for_again() -> None:
    script = Script()
    script.missing = [ReadFailedError("No answer.")]
    await script.run("KX-NEW")
    assert script.facts == [RequestFailed("KX-NEW", "No answer.")]


async def test_FF05_listings_that_the_exchange_has_ended_are_not_asked_for_in_a_loop() -> None:
    script = Script(failures=1)
    script.failure = DeniedError(410, "gone")
    await script.run()
    assert script.log == ["list", ENDED_S]
    (told,) = script.facts
    assert isinstance(told, RequestFailed)
    assert "this is off" in told.reason


async def test_a_failed_reading_is_told_and_tried_again_soon() -> None:
    script = Script(failures=1, sleeps=2)
    await script.run("KX-A")
    assert script.log == [
        "list", RETRY_S, "list", ("read", "KX-A"), "fees", WATCHED_EVERY_S,
    ]  # fmt: skip
    assert script.facts == [
        RequestFailed("the markets", "The exchange is down."),
        Watch("KX-A"),
    ]


async def test_the_watched_market_is_read_every_minute_and_all_every_ten() -> None:
    script = Script(sleeps=round(MARKETS_EVERY_S / WATCHED_EVERY_S) + 1)
    market = sample.market()
    await script.run(watched=market)
    assert script.log.count(("read", market.ticker)) == 10
    assert script.log.count(("reread", market.ticker)) == 10
    assert script.log.count("list") == 2


async def test_without_a_market_on_the_ladder_only_the_list_is_read() -> None:
    script = Script(sleeps=3)
    await script.run()
    assert script.log == ["list", "fees", *[WATCHED_EVERY_S] * 3]
