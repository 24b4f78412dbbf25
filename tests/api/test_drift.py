"""The sentinel: what it names, how often it looks, and what could mean money."""

from typing import Any

import pytest

from kalshi_tui.api.drift import EVERY, looks_flipped
from kalshi_tui.core.events import BookSnapshot, BookStatus, WireDrifted
from kalshi_tui.core.units import Count, Price
from tests.support.feed_line import Line, live_line

LIVE, STALE = BookStatus.LIVE, BookStatus.STALE


def drifts(line: Line) -> list[WireDrifted]:
    return [fact for fact in line.facts if isinstance(fact, WireDrifted)]


def test_TB20_FF09_an_unknown_field_of_the_first_frame_is_named_once() -> None:
    line = live_line("AAA-1")
    for _ in range(5):
        line.delta("AAA-1", maker_rank=4)
    assert line.feed.counters.unknown == {"field orderbook_delta.maker_rank": 1}
    assert line.status("AAA-1") is LIVE


def test_the_first_frame_of_each_connection_is_looked_at() -> None:
    line = live_line("AAA-1")
    line.delta("AAA-1", maker_rank=4)
    line.feed.disconnected(line.now, "gone")
    line.connect()
    line.granted()
    line.snapshot("AAA-1")
    line.delta("AAA-1", maker_rank=4)
    assert line.feed.counters.unknown == {"field orderbook_delta.maker_rank": 2}


def test_every_thousandth_frame_is_looked_at() -> None:
    line = live_line("AAA-1")
    for _ in range(EVERY - line.feed.counters.frames - 1):
        line.delta("AAA-1")
    assert line.feed.counters.unknown == {}
    line.delta("AAA-1", maker_rank=4)
    line.delta("AAA-1", maker_rank=4)
    assert line.feed.counters.unknown == {"field orderbook_delta.maker_rank": 1}


def test_FF06_an_unknown_word_is_named() -> None:
    line = live_line("AAA-1")
    line.delta("AAA-1", side="maybe")
    assert line.feed.counters.unknown == {"word orderbook_delta.side=maybe": 1}
    assert line.status("AAA-1") is STALE, "a side that nobody knows is no side"


def test_FF06_an_unknown_event_is_named_and_changes_nothing() -> None:
    line = live_line("AAA-1")
    body = {"market_ticker": "AAA-1", "event_type": "eclipsed"}
    line.give({"type": "market_lifecycle_v2", "sid": 3, "seq": 1, "msg": body})
    assert line.feed.counters.unknown == {"word market_lifecycle_v2.event_type=eclipsed": 1}
    assert line.status("AAA-1") is LIVE


def test_FF20_a_server_of_another_specification_makes_a_report_and_no_crash() -> None:
    line = live_line("AAA-1")
    line.delta("AAA-1", maker_rank=4, queue={"ahead": [1, None]})
    body = {"market_ticker": "AAA-1", "event_type": "eclipsed", "moon": True}
    line.give({"type": "market_lifecycle_v2", "sid": 3, "seq": 1, "msg": body, "shard": 2})
    line.give({"type": "combo_quote", "msg": [1, "two"]})
    line.give({"type": "error", "msg": {"code": 77, "msg": "eclipsed", "until": 5}})
    line.delta("AAA-1")
    assert set(line.feed.counters.unknown) == {
        "field orderbook_delta.maker_rank",
        "field orderbook_delta.queue",
        "field market_lifecycle_v2.moon",
        "field market_lifecycle_v2.shard",
        "word market_lifecycle_v2.event_type=eclipsed",
        "combo_quote",
        "field error.until",
    }
    assert line.status("AAA-1") is LIVE
    assert drifts(line) == [], "nothing of that could mean money"


def test_names_from_the_wire_are_cleaned_and_bounded() -> None:
    line = live_line("AAA-1")
    line.give({"type": "no\x1b[2Jvelty", "sid": 1, "seq": line.next()})
    for number in range(50):
        line.give({"type": f"t{number}", "sid": 1, "seq": line.next()})
    unknown = line.feed.counters.unknown
    assert not any("\x1b" in name for name in unknown)
    assert len(unknown) == 33
    assert unknown["other"] == 19


@pytest.mark.parametrize("field", ["price_dollars", "delta_fp", "side"])
def test_FF07_a_missing_field_makes_the_market_read_only_and_says_which(field: str) -> None:
    line = live_line("AAA-1", "BBB-2")
    for _ in range(2):
        frame = line.delta_frame("AAA-1")
        del frame["msg"][field]
        line.give(frame)
    (drift,) = drifts(line)
    assert drift.ticker == "AAA-1"
    assert f"`{field}`" in drift.change
    assert line.status("BBB-2") is LIVE


def flipped(line: Line, command_id: int = 0, **body: Any) -> None:
    """Send a book whose NO bids are printed at NO prices: 0.30 stands for an ask at 0.70."""
    line.snapshot(
        "AAA-1",
        command_id,
        yes_dollars_fp=[["0.6500", "5.00"]],
        no_dollars_fp=[["0.2000", "5.00"], ["0.3000", "5.00"]],
        **body,
    )


def test_TB22_FD33_NO_prices_on_the_other_scale_are_noticed_before_they_are_shown() -> None:
    line = Line("AAA-1", "BBB-2")
    line.connect()
    line.granted()
    flipped(line)
    assert line.status("AAA-1") is STALE
    assert drifts(line) == [], "a snapshot between two changes may be crossed"
    flipped(line, line.last_request())
    (drift,) = drifts(line)
    assert drift == WireDrifted(
        "AAA-1", "The exchange prints NO prices on the other scale than asked."
    )
    assert not any(isinstance(fact, BookSnapshot) for fact in line.facts)


def test_TB22_the_scale_is_always_asked_for() -> None:
    for yes_scale in (True, False):
        line = Line("AAA-1", yes_scale=yes_scale)
        line.connect()
        assert line.sent("subscribe")[0]["params"]["use_yes_price"] is yes_scale


@pytest.mark.parametrize(
    ("bids", "asks", "is_flipped"),
    [
        ([], [60], False),
        ([40], [], False),
        ([40], [60], False),
        ([65], [30, 20], True),
        ([50], [50], False),
        ([60, 10], [55, 95], False),
    ],
)
def test_only_a_book_that_fits_the_other_scale_looks_flipped(
    bids: list[int], asks: list[int], is_flipped: bool
) -> None:
    one = Count(100)
    book = BookSnapshot(
        "AAA-1",
        tuple((Price(cents * 100), one) for cents in bids),
        tuple((Price(cents * 100), one) for cents in asks),
        0,
        0,
    )
    assert looks_flipped(book) is is_flipped
