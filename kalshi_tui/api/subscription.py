"""One channel's subscription on the current connection: its sid, its numbering, its commands.

Owns the count of every numbered frame of the sid, acknowledgements included, and what each state of
a subscription allows. Knows no book and decides nothing about repair: `api.feed` does.
Source: asyncapi.yaml commands; reliability TS01 to TS17, TB05 to TB07.
"""

from dataclasses import dataclass
from enum import Enum

import msgspec


class Channel(Enum):
    """The channels in use. Values are the wire's."""

    BOOKS = "orderbook_delta"
    TRADES = "trade"
    QUOTES = "ticker"
    FILLS = "fill"
    ORDERS = "user_orders"
    POSITIONS = "market_positions"
    LIFECYCLE = "market_lifecycle_v2"
    GROUPS = "order_group_updates"


FIRST = 1
"""The first number on a new sid. Another first one means that a frame may be lost already."""

PRIVATE = (Channel.FILLS, Channel.ORDERS, Channel.POSITIONS)
"""Channels without numbers and without a first snapshot: a REST read has to complete them."""


class SubscriptionState(Enum):
    """Where a subscription stands at the exchange, as far as we know."""

    ABSENT = "absent"
    OPENING = "opening"
    OPEN = "open"
    CLOSING = "closing"


class Order(Enum):
    """How a frame's number follows the one before it."""

    NEXT = "next"
    REPEAT = "repeat"
    """The very frame before, once more."""
    GAP = "gap"
    """At least one frame before it is missing."""
    BACK = "back"
    """Lower than expected: late, or the exchange numbers anew. Nothing can be concluded."""


class CommandKind(Enum):
    """What a command in flight will change once it is acknowledged."""

    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    ADD = "add_markets"
    DELETE = "delete_markets"
    LIST = "list_subscriptions"


@dataclass(frozen=True, slots=True)
class Pending:
    """A command whose answer has not come."""

    id: int
    kind: CommandKind
    tickers: tuple[str, ...]
    deadline_ns: int
    lost: CommandKind | None = None
    """For LIST: the command whose answer went missing."""


class Subscription:
    """State keyed by (connection, sid): a new connection resets it whole."""

    __slots__ = (
        "barred",
        "channel",
        "frames",
        "gaps",
        "heard_ns",
        "held",
        "last_data",
        "mute",
        "next_seq",
        "not_before_ns",
        "pending",
        "recycle",
        "refusal",
        "repairs",
        "sid",
        "state",
    )

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.reset()

    def reset(self) -> None:
        """Forget everything that belonged to a connection."""
        self.close()
        self.not_before_ns = 0
        self.refusal = ""
        self.barred: set[str] = set()
        """Markets that the exchange refused here; not asked for again on this connection."""

    def close(self) -> None:
        """The subscription is gone at the exchange; what was refused stays refused."""
        self.state = SubscriptionState.ABSENT
        self.sid = 0
        self.next_seq = FIRST
        """The number that the next numbered frame must have."""
        self.frames = 0
        """Frames of this sid, without those that `next_seq` counts: see `taken`."""
        self.gaps = 0
        self.repairs = 0
        self.heard_ns: int | None = None
        self.mute = 0
        """Answers lost in a row while nothing else of it came either."""
        self.last_data: bytes | str = b""
        self.held: set[str] = set()
        self.pending: Pending | None = None
        self.recycle = False
        """True where it has to be closed and opened anew."""

    def bind(self, sid: int) -> None:
        """The exchange granted the subscription."""
        self.state = SubscriptionState.OPEN
        self.sid = sid
        self.next_seq = FIRST
        self.last_data = b""

    def count(self, seq: int, data: bytes | str) -> Order:
        """Count a numbered frame and return how it follows.

        Only a byte for byte repeat of the last frame is a duplicate. Anything else that is not the
        next number leaves the contents in doubt (reliability §0 finding 5).
        """
        due = self.next_seq
        if seq == due:
            order = Order.NEXT
        elif seq > due or not self.last_data:
            order = Order.GAP
            self.frames += due - seq
        elif seq == due - 1 and data == self.last_data:
            self.frames += 1
            return Order.REPEAT
        else:
            self.frames += 1
            return Order.BACK
        self.next_seq = seq + 1
        self.last_data = data
        return order

    @property
    def seq(self) -> int | None:
        """The last number; None before the first."""
        return self.next_seq - 1 if self.last_data else None

    @property
    def taken(self) -> int:
        """Frames of this sid so far."""
        return self.frames + self.next_seq - FIRST


def subscribe_command(
    command_id: int, channel: Channel, tickers: tuple[str, ...], *, yes_scale: bool
) -> str:
    """Return the command that opens a channel. Empty `tickers` means every market."""
    params: dict[str, object] = {"channels": [channel.value]}
    if tickers:
        params["market_tickers"] = tickers
    if channel is Channel.BOOKS:
        # Always explicit: the exchange announced that the default will flip.
        params["use_yes_price"] = yes_scale
    return _command(command_id, "subscribe", params)


def unsubscribe_command(command_id: int, sid: int) -> str:
    """Return the command that ends a subscription."""
    return _command(command_id, "unsubscribe", {"sids": [sid]})


def update_command(command_id: int, sid: int, action: str, tickers: tuple[str, ...]) -> str:
    """Return `add_markets`, `delete_markets` or `get_snapshot` for a subscription."""
    params: dict[str, object] = {"sids": [sid], "action": action, "market_tickers": tickers}
    return _command(command_id, "update_subscription", params)


def list_command(command_id: int) -> str:
    """Return the command that asks which subscriptions exist."""
    return msgspec.json.encode({"id": command_id, "cmd": "list_subscriptions"}).decode()


def _command(command_id: int, name: str, params: dict[str, object]) -> str:
    return msgspec.json.encode({"id": command_id, "cmd": name, "params": params}).decode()
