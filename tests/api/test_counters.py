"""Names from the wire stay bounded."""

from kalshi_tui.api.counters import FeedCounters


def test_names_are_counted_and_strangers_beyond_the_bound_are_other() -> None:
    counters = FeedCounters()
    for number in range(100):
        counters.note_unknown(f"type {number}")
        counters.note_malformed("one reason")
    assert len(counters.unknown) == 33
    assert counters.unknown["other"] == 68
    assert sum(counters.unknown.values()) == 100
    assert counters.malformed == {"one reason": 100}
