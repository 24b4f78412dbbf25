"""Happenings told in another order, and ghosts that cancel themselves out."""

from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price
from kalshi_tui.practice.disorder import disturb
from kalshi_tui.practice.faults import Registry
from kalshi_tui.practice.happenings import BookChanged, Happening, TradePrinted

NOW = 1_800_000_000_000_000_000


def change(ticker: str, clock: int = 1) -> BookChanged:
    return BookChanged(ticker, BookSide.BID, Price(4_000), Count(-100), clock, NOW, "ann", "a-1")


def trade(ticker: str) -> TradePrinted:
    return TradePrinted(ticker, "t-1", Price(4_000), Count(100), BookSide.ASK, NOW)


def struck(name: str, happenings: list[Happening], **scope: object) -> list[Happening]:
    registry = Registry()
    registry.switch_on({"fault": name, **scope}, NOW)
    return disturb(happenings, registry, NOW)


def test_the_trades_of_one_market_come_first_and_all_others_stay() -> None:
    told: list[Happening] = [change("A"), change("B"), trade("A"), trade("B")]
    assert struck("trade_before_delta", told, market="B") == [
        trade("B"),
        change("A"),
        change("B"),
        trade("A"),
    ]
    assert struck("trade_before_delta", told, market="C") == told


def test_ghosts_cross_the_book_and_vanish_under_the_same_time_and_clock() -> None:
    told = struck("crossed_burst", [change("A", 7), change("A", 8)])
    assert len(told) == 6
    assert told[2] == change("A", 7)
    ghosts = [each for each in (*told[:2], *told[3:5]) if isinstance(each, BookChanged)]
    assert sum(each.change for each in ghosts) == 0
    assert {(each.clock, each.at_ns, each.account_id) for each in ghosts} == {(7, NOW, "")}
    assert {each.side for each in ghosts[:2]} == {BookSide.BID, BookSide.ASK}
    assert told[5] == change("A", 8)


def test_without_a_change_there_is_nothing_to_cross() -> None:
    assert struck("crossed_burst", [trade("A")]) == [trade("A")]
