"""One WebSocket client of the practice exchange: its subscriptions and its outgoing frames.

Owns sid and seq: sids count per connection, seq counts per sid over all its markets and over every
numbered frame, acknowledgements included. Owns the bounded buffer as well: a client that does not
read loses the subscription that overflowed (error 25), not the connection. Knows no socket.
Source: asyncapi.yaml; recorded traffic.
"""

from collections import deque
from collections.abc import Callable, Iterable

import msgspec
from msgspec import UNSET

from kalshi_tui.practice import frames
from kalshi_tui.practice.faults import Registry, Target

NUMBERED = frozenset({"orderbook_delta", "trade", "market_lifecycle_v2", "order_group_updates"})
"""Channels whose data frames carry seq. Acknowledgements carry one on every channel."""

CHANNELS = NUMBERED | {"ticker", "fill", "user_orders", "market_positions"}
"""Channels that can be subscribed to."""

PRIVATE = frozenset({"fill", "user_orders", "market_positions", "order_group_updates"})

BUFFER_FRAMES = 20_000
"""Frames of one sid that may wait: ten seconds at 2,000 a second. Kalshi publishes no figure."""


class Subscription:
    """One channel on one connection."""

    __slots__ = ("channel", "client", "markets", "queued", "quiet", "seq", "sid", "yes_price")

    def __init__(self, client: "Client", sid: int, channel: str) -> None:
        self.client = client
        self.sid = sid
        self.channel = channel
        self.markets: dict[str, None] | None = {}
        """In the order they were asked for; None is every market."""
        self.seq = 0
        self.yes_price = False
        self.quiet = False
        """Acknowledgements leave the list of markets out."""
        self.queued = 0

    def covers(self, ticker: str) -> bool:
        """Return True when the market belongs to this subscription."""
        return self.markets is None or ticker in self.markets

    def add(self, tickers: Iterable[str] | None) -> list[str]:
        """Take markets in (None: all) and return those that are new."""
        if tickers is None:
            self.markets = None
            return []
        if self.markets is None:
            return []
        new = [each for each in dict.fromkeys(tickers) if each not in self.markets]
        self.markets.update(dict.fromkeys(new))
        return new

    def remove(self, tickers: Iterable[str]) -> None:
        """Let markets go."""
        if self.markets is not None:
            for each in tickers:
                self.markets.pop(each, None)


class Client:
    """One connection: what it is subscribed to and what is still to be sent to it."""

    def __init__(
        self,
        number: int,
        account_id: str,
        faults: Registry,
        wake: Callable[[], None],
        buffer_frames: int = BUFFER_FRAMES,
    ) -> None:
        self.number = number
        self.account_id = account_id
        self.by_sid: dict[int, Subscription] = {}
        self.by_channel: dict[str, Subscription] = {}
        self.on_death: Callable[[Subscription], None] = lambda _: None
        """Told when a subscription ends for a reason of the server's."""
        self._faults = faults
        self._wake = wake
        self._limit = buffer_frames
        self._last_sid = 0
        self._waiting: deque[tuple[Subscription | None, bytes]] = deque()

    def open(self, channel: str) -> Subscription:
        """Start a subscription under the next sid."""
        self._last_sid += 1
        subscription = Subscription(self, self._last_sid, channel)
        self.by_sid[subscription.sid] = subscription
        self.by_channel[channel] = subscription
        return subscription

    def drop(self, subscription: Subscription) -> None:
        """End a subscription."""
        self.by_sid.pop(subscription.sid, None)
        if self.by_channel.get(subscription.channel) is subscription:
            del self.by_channel[subscription.channel]

    def say(self, kind: str, command_id: int | None, message: object | None, now_ns: int) -> None:
        """Queue a frame that belongs to no subscription."""
        self._queue(
            None,
            frames.Frame(
                type=kind,
                id=_id(command_id),
                msg=UNSET if message is None else msgspec.Raw(frames.encode(message)),
                sending_ts_ms=now_ns // 1_000_000,
            ),
        )

    def acknowledge(
        self,
        subscription: Subscription,
        kind: str,
        command_id: int | None,
        message: object | None,
        now_ns: int,
    ) -> None:
        """Queue a numbered answer of a subscription: it consumes a seq on every channel."""
        raw = UNSET if message is None else msgspec.Raw(frames.encode(message))
        self._number(subscription, kind, raw, command_id, "", now_ns)

    def send(
        self,
        subscription: Subscription,
        kind: str,
        message: msgspec.Raw,
        market: str,
        now_ns: int,
        command_id: int | None = None,
    ) -> None:
        """Queue a data frame, numbered where the channel is."""
        if subscription.channel in NUMBERED:
            self._number(subscription, kind, message, command_id, market, now_ns)
            return
        self._queue(
            subscription,
            frames.Frame(
                type=kind,
                id=_id(command_id),
                sid=subscription.sid,
                msg=message,
                sending_ts_ms=now_ns // 1_000_000,
            ),
        )

    def take(self, most: int) -> list[bytes]:
        """Return and forget up to `most` waiting frames, oldest first."""
        taken: list[bytes] = []
        while self._waiting and len(taken) < most:
            subscription, data = self._waiting.popleft()
            if subscription is not None:
                subscription.queued -= 1
            taken.append(data)
        return taken

    @property
    def waiting(self) -> int:
        """Frames that are still to be sent."""
        return len(self._waiting)

    def _number(
        self,
        subscription: Subscription,
        kind: str,
        raw: "msgspec.Raw | msgspec.UnsetType",
        command_id: int | None,
        market: str,
        now_ns: int,
    ) -> None:
        subscription.seq += 1
        if self._is_dropped(subscription, market, now_ns):
            return
        self._queue(
            subscription,
            frames.Frame(
                type=kind,
                id=_id(command_id),
                sid=subscription.sid,
                seq=subscription.seq,
                msg=raw,
                sending_ts_ms=now_ns // 1_000_000,
            ),
        )

    def _is_dropped(self, subscription: Subscription, market: str, now_ns: int) -> bool:
        if not self._faults:
            return False
        target = Target(
            market=market,
            channel=subscription.channel,
            sid=subscription.sid,
            account=self.account_id,
        )
        return self._faults.strike_frame("drop_frame", target, now_ns) is not None

    def _queue(self, subscription: Subscription | None, frame: frames.Frame) -> None:
        if subscription is not None:
            if subscription.sid not in self.by_sid and frame.type != "unsubscribed":
                return
            if subscription.queued >= self._limit:
                self._overflow(subscription, frame.sending_ts_ms)
                return
            subscription.queued += 1
        # Recorded: every text frame of the exchange ends with a newline.
        self._waiting.append((subscription, frames.encode(frame) + b"\n"))
        self._wake()

    def _overflow(self, subscription: Subscription, at_ms: int) -> None:
        kept = [each for each in self._waiting if each[0] is not subscription]
        self._waiting = deque(kept)
        self.drop(subscription)
        self.on_death(subscription)
        frame = frames.Frame(
            type="error",
            sid=subscription.sid,
            msg=msgspec.Raw(frames.encode(frames.Failure(25, frames.ERRORS[25]))),
            sending_ts_ms=at_ms,
        )
        self._waiting.append((None, frames.encode(frame) + b"\n"))
        self._wake()


def _id(command_id: int | None) -> "int | msgspec.UnsetType":
    """Return a command's id for its answer; 0 counts as absent (asyncapi.yaml `commandId`)."""
    return command_id or UNSET
