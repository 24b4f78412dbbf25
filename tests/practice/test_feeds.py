"""Commands about outside prices."""

import pytest

from kalshi_tui.practice.faults import Registry
from kalshi_tui.practice.feeds import FeedAnswer, update
from kalshi_tui.practice.frames import Params
from kalshi_tui.practice.subscriptions import Client, Subscription


def subscription(channel: str) -> Subscription:
    return Client(1, "ann", Registry(), lambda: None).open(channel)


@pytest.mark.parametrize(
    ("channel", "action", "code"),
    [
        ("cfbenchmarks_value", "subscribe_indices", 24),
        ("cfbenchmarks_value_5hz", "unsubscribe_indices", 24),
        ("pyth_value", "subscribe_underlyings", 28),
        ("pyth_value", "subscribe_indices", 13),
        ("trade", "indexlist", 13),
    ],
)
def test_what_is_missing_or_unknown_has_its_code(channel: str, action: str, code: int) -> None:
    assert update(subscription(channel), Params(action=action)) == FeedAnswer(code=code)


def test_the_list_is_empty_and_the_filter_is_kept() -> None:
    feed = subscription("pyth_value")
    assert update(feed, Params(action="underlying_list")) == FeedAnswer(
        0, "pyth_value_underlying_list", {"underlying_tickers": []}
    )
    asked = Params(action="subscribe_underlyings", underlying_tickers=["A", "B"])
    assert update(feed, asked).message == {"underlying_tickers": ["A", "B"]}
