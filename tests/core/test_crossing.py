"""A crossing counts by its length and by whether the exchange's time moved on meanwhile."""

from kalshi_tui.core.crossing import CROSSED_NS, QUIET_NS, Crossings

START = 1_000


def crossed() -> Crossings:
    crossings = Crossings()
    crossings.look("AAA-1", True, 7, START)
    return crossings


def test_TB09_FD27_a_book_crossed_over_several_stamps_and_250_ms_is_due() -> None:
    crossings = crossed()
    crossings.look("AAA-1", True, 8, START + 1)
    assert crossings.due(START + CROSSED_NS) == []
    assert crossings.due(START + CROSSED_NS + 1) == ["AAA-1"]
    assert crossings.due(START + QUIET_NS * 9) == [], "told once"


def test_TB09_a_crossing_inside_one_stamp_has_until_the_market_is_quiet() -> None:
    crossings = crossed()
    crossings.look("AAA-1", True, 7, START + 1)
    assert crossings.due(START + QUIET_NS) == []
    assert crossings.due(START + QUIET_NS + 1) == ["AAA-1"]


def test_TB09_a_crossing_that_ends_is_forgotten() -> None:
    crossings = crossed()
    crossings.look("AAA-1", False, 8, START + 1)
    crossings.look("AAA-1", True, 9, START + QUIET_NS)
    assert crossings.due(START + QUIET_NS + 1) == []


def test_a_book_that_is_no_longer_live_is_not_watched() -> None:
    crossings = crossed()
    crossings.forget("AAA-1")
    assert crossings.due(START + 2 * QUIET_NS) == []
