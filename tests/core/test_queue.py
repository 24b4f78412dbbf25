"""The place in the queue between readings, against a naive line of people at one price."""

from contextlib import suppress
from dataclasses import dataclass, field

from hypothesis import example, given, settings
from hypothesis import strategies as st

from kalshi_tui.core.orders import TimeInForce
from kalshi_tui.core.queue import CONFIRM_MS, MARGIN_MS, Estimate
from kalshi_tui.core.units import Count
from kalshi_tui.practice.exchange import Exchange
from kalshi_tui.practice.happenings import BookChanged, TradePrinted
from kalshi_tui.practice.rejections import Rejection
from tests.support.exchange_world import ASK, BID, NOW, order, place, world

NOON_MS = 1_797_000_000_000


def known(ahead: int, at_ms: int = NOON_MS) -> Estimate:
    return Estimate().read(Count(ahead), at_ms)


def later(ms: int) -> int:
    """Return a stamp that no reading of noon can contain."""
    return NOON_MS + MARGIN_MS + ms


def test_before_the_first_reading_nothing_is_known() -> None:
    assert Estimate().ahead is None
    assert Estimate().traded(Count(5), NOON_MS, NOON_MS).ahead is None


def test_a_reading_is_exact_until_something_happens_at_the_price() -> None:
    place = known(300)
    assert (place.ahead, place.is_exact) == (300, True)
    after = place.traded(Count(100), later(1), later(1))
    assert (after.ahead, after.is_exact) == (200, False)


def test_trades_never_bring_it_below_zero() -> None:
    assert known(300).traded(Count(900), later(1), later(1)).ahead == 0


def test_a_trade_that_the_reading_may_contain_is_not_taken_off_it() -> None:
    place = known(300).traded(Count(100), NOON_MS, NOON_MS)
    assert (place.ahead, place.is_exact) == (300, False)


def test_an_older_reading_still_knows_the_trades_of_the_last_second() -> None:
    place = known(300)
    place = place.read(Count(290), NOON_MS + 2_000)
    place = place.traded(Count(5), NOON_MS + 4_000, NOON_MS + 4_000)
    place = place.read(Count(290), NOON_MS + 4_001)
    assert place.ahead == 285, "the trade of a millisecond ago is not in the new reading"
    place = place.traded(Count(40), NOON_MS + 4_100, NOON_MS + 4_100)
    assert place.ahead == 245


def test_what_others_cancel_shows_with_the_next_reading() -> None:
    place = known(300).traded(Count(1), later(1), later(1))
    assert place.read(Count(120), later(2_000)).ahead == 120


def test_the_level_itself_is_a_bound() -> None:
    place = known(300)
    assert place.level(Count(80), later(1)).ahead == 80
    assert place.level(Count(800), later(1)) == place
    assert place.level(Count(80), NOON_MS - 5).ahead == 300, "from before the order was there"


def test_a_reading_long_after_the_last_trade_is_taken_as_it_is() -> None:
    place = known(300).traded(Count(250), later(1), later(1))
    healed = place.read(Count(120), later(1) + CONFIRM_MS)
    assert (healed.ahead, healed.is_exact) == (120, True)


@dataclass
class NaiveLine:
    """Everyone who waits at one price, contract by contract."""

    waiting: list[str]
    told: list[tuple[int, str, int]] = field(default_factory=list)
    """(stamp, what, figure) as the streams tell it, in order."""

    def ahead(self) -> int:
        return self.waiting.index("us") if "us" in self.waiting else 0

    def trade(self, count: int, at_ms: int) -> None:
        taken = min(count, len(self.waiting))
        del self.waiting[:taken]
        self.told.append((at_ms, "trade", taken))
        self.told.append((at_ms, "level", len(self.waiting)))

    def leave(self, place: int, count: int, at_ms: int) -> None:
        others = [at for at, each in enumerate(self.waiting) if each != "us"]
        for at in sorted(others[place : place + count], reverse=True):
            del self.waiting[at]
        self.told.append((at_ms, "level", len(self.waiting)))

    def join(self, count: int) -> None:
        self.waiting += ["them"] * count


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["trade", "leave", "join", "read"]),
        st.integers(1, 6),
        st.integers(0, 12),
        st.sampled_from([1, 100, 600, 1_200, 2_500]),
        st.sampled_from([0, 300, 800]),
        st.sampled_from([0, 300, 800]),
    ),
    max_size=25,
)
"""What happens, two figures, the milliseconds until then, the reading's age and the stream's."""


@settings(max_examples=400, deadline=None)
@example(30, [("trade", 5, 0, 100, 0, 0), ("read", 1, 0, 1, 0, 800), ("join", 1, 0, 1, 0, 0)], 0)
@example(30, [("trade", 5, 0, 900, 0, 0), ("read", 1, 0, 1, 0, 800), ("join", 1, 0, 1, 0, 0)], -90)
@given(st.integers(0, 40), STEPS, st.sampled_from([-900, 0, 900]))
def test_it_is_never_better_than_the_truth_and_never_worse_than_the_last_reading(
    before: int, steps: list[tuple[str, int, int, int, int, int]], skew: int
) -> None:
    line = NaiveLine(["them"] * before + ["us"] * 5)
    now, place = NOON_MS, known(before, NOON_MS + skew)
    last_read, heard = before, 0
    past = [(now, before)]
    for what, first, second, wait, age, delay in steps:
        now += wait
        # The streams bring what is old enough, in their order.
        while heard < len(line.told) and line.told[heard][0] + delay <= now:
            stamp, kind, figure = line.told[heard]
            heard += 1
            if kind == "trade":
                place = place.traded(Count(figure), stamp, now + skew)
            else:
                place = place.level(Count(figure), stamp)
        if what == "trade":
            line.trade(first, now)
        elif what == "leave":
            line.leave(first, second, now)
        elif what == "join":
            line.join(first)
        past.append((now, line.ahead()))
        if what == "read":
            last_read = [ahead for at, ahead in past if at <= now - age or at == NOON_MS][-1]
            place = place.read(Count(last_read), now + skew)
        if "us" in line.waiting:
            assert place.ahead is not None
            assert line.ahead() <= place.ahead <= last_read


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 30), STEPS)
def test_without_cancels_and_with_prompt_streams_it_is_the_truth(
    before: int, steps: list[tuple[str, int, int, int, int, int]]
) -> None:
    line = NaiveLine(["them"] * before + ["us"] * 500)
    place, now = known(before), NOON_MS + MARGIN_MS
    for what, first, _, wait, _, _ in steps:
        now += wait
        if what == "trade":
            line.trade(first, now)
            place = place.traded(Count(first), now, now)
        elif what == "join":
            line.join(first)
        assert place.ahead == line.ahead()


CROWD = st.lists(
    st.tuples(
        st.sampled_from(["join", "hit", "leave", "read"]),
        st.integers(1, 900),
        st.sampled_from([1, 300, 1_100, 3_200]),
    ),
    max_size=25,
)


def crowd_does(exchange: Exchange, what: str, size: int, makers: list[str], now: int) -> None:
    """Let the crowd join, hit or leave our level."""
    if what == "join":
        makers.append(exchange.place("crowd", order(BID, 4_000, size), now).order_id)
    elif what == "hit":
        taker = order(ASK, 4_000, size, time_in_force=TimeInForce.IOC)
        exchange.place("crowd", taker, now)
    elif what == "leave" and makers:
        with suppress(Rejection):
            exchange.cancel("crowd", makers.pop(size % len(makers)), now)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2_000), CROWD, st.booleans())
def test_against_the_practice_exchange(
    before: int, steps: list[tuple[str, int, int]], is_late: bool
) -> None:
    """`is_late`: the streams arrive after the answers to reads that were asked for later."""
    exchange, now = world(), NOW
    makers = [place(exchange, "crowd", BID, 4_000, before).order_id] if before else []
    mine = exchange.place("ann", order(BID, 4_000, 500), now).order_id
    exchange.take_happenings()
    level, heard = before + 500, []
    place_now, last_read = known(before, now // 1_000_000), before
    for what, size, wait in steps:
        now += wait * 1_000_000
        crowd_does(exchange, what, size, makers, now)
        if what == "read" and mine in exchange.accounts["ann"].resting:
            last_read = exchange.queue_ahead(mine)
            place_now = place_now.read(Count(last_read), now // 1_000_000)
        heard += exchange.take_happenings()
        if is_late and what != "read":
            continue
        for each in heard:
            if isinstance(each, TradePrinted):
                place_now = place_now.traded(each.size, each.at_ns // 1_000_000, now // 1_000_000)
            elif isinstance(each, BookChanged) and each.side is BID:
                level += each.change
                place_now = place_now.level(Count(level), each.at_ns // 1_000_000)
        heard = []
        if mine in exchange.accounts["ann"].resting:
            assert place_now.ahead is not None
            assert exchange.queue_ahead(mine) <= place_now.ahead <= last_read
