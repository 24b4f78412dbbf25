"""Subscriptions to outside prices: the commands are understood, and no price ever comes.

Owns the actions and the two error codes of `cfbenchmarks_value`, `cfbenchmarks_value_5hz` and
`pyth_value`; this exchange carries no such feed. Source: asyncapi.yaml.
"""

from typing import NamedTuple

from kalshi_tui.practice.frames import Params
from kalshi_tui.practice.subscriptions import Subscription


class Feed(NamedTuple):
    """The words of one kind of feed."""

    add: str
    remove: str
    list: str
    ids: str
    """The parameter that names what is followed, and the key of the answer."""
    missing: int
    """The error code for a command without it."""


_BENCHMARKS = Feed("subscribe_indices", "unsubscribe_indices", "indexlist", "index_ids", 24)
_PYTH = Feed(
    "subscribe_underlyings", "unsubscribe_underlyings", "underlying_list", "underlying_tickers", 28
)

FEEDS = {
    "cfbenchmarks_value": _BENCHMARKS,
    "cfbenchmarks_value_5hz": _BENCHMARKS,
    "pyth_value": _PYTH,
}
"""By channel."""


class FeedAnswer(NamedTuple):
    """What a feed command is answered with: an error code, or a numbered frame."""

    code: int = 0
    kind: str = "ok"
    message: dict[str, list[str]] | None = None


def update(subscription: Subscription, params: Params) -> FeedAnswer:
    """Do what an `update_subscription` asks of a feed; code 13 for what is no action of it."""
    feed = FEEDS.get(subscription.channel)
    if feed is None or params.action not in (feed.add, feed.remove, feed.list):
        return FeedAnswer(code=13)
    if params.action == feed.list:
        return FeedAnswer(0, f"{subscription.channel}_{feed.list}", {feed.ids: []})
    names = params.index_ids if feed.ids == "index_ids" else params.underlying_tickers
    if not names:
        return FeedAnswer(code=feed.missing)
    if params.action == feed.add:
        subscription.add(names)
    else:
        subscription.remove(names)
    return FeedAnswer(0, "ok", {feed.ids: list(subscription.markets or ())})
