"""One WebSocket client of the practice exchange: its subscriptions and its outgoing frames.

Owns sid and seq: sids count per connection, seq counts per sid over all its markets and over every
numbered frame, acknowledgements included. Owns the bounded buffer as well: a client that does not
read loses the subscription that overflowed (error 25), not the connection. Knows no socket.
Source: asyncapi.yaml; recorded traffic.
"""

from collections import deque
from collections.abc import Callable, Iterable
from heapq import heapify, heappop, heappush

import msgspec
from msgspec import UNSET, UnsetType

from kalshi_tui.practice import frames
from kalshi_tui.practice.faults import Registry, Target
from kalshi_tui.practice.tampering import PRIVATE, tamper

SILENT = frozenset(
    {
        "multivariate_market_lifecycle",
        "communications",
        "cfbenchmarks_value",
        "cfbenchmarks_value_5hz",
        "pyth_value",
    }
)
"""Channels that can be subscribed to and have nothing to tell here: no combos, quotes or feeds."""

NUMBERED = SILENT | {"orderbook_delta", "trade", "market_lifecycle_v2", "order_group_updates"}
"""Channels whose data frames carry seq. Acknowledgements carry one on every channel."""

CHANNELS = NUMBERED | PRIVATE | {"ticker"}
"""Channels that can be subscribed to."""

UNFILTERED = frozenset(
    {
        "market_lifecycle_v2",
        "multivariate_market_lifecycle",
        "order_group_updates",
        "communications",
    }
)
"""Channels that ignore any market in a command (asyncapi.yaml)."""

TERMINAL = frozenset({10, 25})
"""Error codes after which a subscription is dead."""

BUFFER_FRAMES = 20_000
"""Frames of one sid that may wait: ten seconds at 2,000 a second. Kalshi publishes no figure."""


class Subscription:
    """One channel on one connection."""

    __slots__ = (
        "channel",
        "client",
        "markets",
        "queued",
        "quiet",
        "seq",
        "sid",
        "silent_until_ns",
        "swapped",
        "yes_price",
    )

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
        self.silent_until_ns = 0
        """A fault holds its frames back until then."""
        self.swapped: list[bytes] = []
        """Frames that a fault lets the next one overtake."""

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
        self._late: list[tuple[int, int, Subscription, bytes]] = []
        self._entries = 0

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
            for other in self.by_sid.values():
                if other.channel == subscription.channel:
                    self.by_channel[other.channel] = other

    def say(self, kind: str, command_id: int | None, message: object | None, now_ns: int) -> None:
        """Queue a frame that belongs to no subscription."""
        frame = _frame(kind, command_id, UNSET, UNSET, _raw(message), now_ns)
        self._append(None, frames.encode(frame))

    def acknowledge(
        self,
        subscription: Subscription,
        kind: str,
        command_id: int | None,
        message: object | None,
        now_ns: int,
    ) -> None:
        """Queue a numbered answer of a subscription: it consumes a seq on every channel."""
        if kind == "ok" and self._faults.ask("unnumbered_ok", self._target(subscription), now_ns):
            frame = _frame(kind, command_id, subscription.sid, UNSET, _raw(message), now_ns)
            self._emit(subscription, frame, "", now_ns)
            return
        self._number(subscription, kind, _raw(message), command_id, "", now_ns)

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
        frame = _frame(kind, command_id, subscription.sid, UNSET, message, now_ns)
        self._emit(subscription, frame, market, now_ns)

    def fail(
        self, subscription: Subscription, code: int, now_ns: int, command_id: int | None = None
    ) -> None:
        """Queue an error of one subscription, numbered where the channel is; 10 and 25 end it."""
        failure = _raw(frames.Failure(code, frames.ERRORS[code]))
        seq: int | UnsetType = UNSET
        if subscription.channel in NUMBERED:
            subscription.seq += 1
            seq = subscription.seq
        if code in TERMINAL:
            self.drop(subscription)
            self.on_death(subscription)
        frame = _frame("error", command_id, subscription.sid, seq, failure, now_ns)
        self._append(None, frames.encode(frame))

    def overflow(self, subscription: Subscription, now_ns: int) -> None:
        """End a subscription whose buffer is full; what still waited for it is lost."""
        kept = [each for each in self._waiting if each[0] is not subscription]
        self._waiting = deque(kept)
        self._late = [each for each in self._late if each[2] is not subscription]
        heapify(self._late)
        subscription.swapped.clear()
        self.fail(subscription, 25, now_ns)

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

    def next_late_ns(self) -> int | None:
        """Return when `release` has a frame that was held back."""
        return self._late[0][0] if self._late else None

    def release(self, now_ns: int) -> None:
        """Queue the frames that were held back until now."""
        while self._late and self._late[0][0] <= now_ns:
            _, _, subscription, data = heappop(self._late)
            subscription.queued -= 1
            if subscription.sid in self.by_sid:
                self._append(subscription, data)

    def _number(
        self,
        subscription: Subscription,
        kind: str,
        raw: "msgspec.Raw | UnsetType",
        command_id: int | None,
        market: str,
        now_ns: int,
    ) -> None:
        subscription.seq += 1
        frame = _frame(kind, command_id, subscription.sid, subscription.seq, raw, now_ns)
        self._emit(subscription, frame, market, now_ns)

    def _emit(
        self, subscription: Subscription, frame: frames.Frame, market: str, now_ns: int
    ) -> None:
        if subscription.sid not in self.by_sid and frame.type != "unsubscribed":
            return
        if subscription.queued >= self._limit:
            self.overflow(subscription, now_ns)
            return
        data = frames.encode(frame)
        if not self._faults.meddles and not self._late and not subscription.silent_until_ns:
            self._append(subscription, data)
            self._catch_up(subscription)
            return
        self.release(now_ns)
        target = self._target(subscription, market)
        outcome = tamper(data, frame.type, target, self._faults, now_ns)
        if outcome.after_next:
            subscription.swapped += outcome.texts
            return
        due_ns = max(now_ns + outcome.late_ns, subscription.silent_until_ns)
        for text in outcome.texts:
            if due_ns > now_ns:
                self._entries += 1
                subscription.queued += 1
                heappush(self._late, (due_ns, self._entries, subscription, text))
            else:
                self._append(subscription, text)
        self._catch_up(subscription)

    def _catch_up(self, subscription: Subscription) -> None:
        if subscription.swapped:
            overtaken, subscription.swapped = subscription.swapped, []
            for text in overtaken:
                self._append(subscription, text)

    def _append(self, subscription: Subscription | None, data: bytes) -> None:
        if subscription is not None:
            subscription.queued += 1
        # Recorded: every text frame of the exchange ends with a newline.
        self._waiting.append((subscription, data + b"\n"))
        self._wake()

    def _target(self, subscription: Subscription, market: str = "") -> Target:
        return Target(market, subscription.channel, subscription.sid, self.account_id)


def _frame(
    kind: str,
    command_id: int | None,
    sid: int | UnsetType,
    seq: int | UnsetType,
    message: "msgspec.Raw | UnsetType",
    now_ns: int,
) -> frames.Frame:
    """Return an envelope. A command's id of 0 counts as absent (asyncapi.yaml `commandId`)."""
    return frames.Frame(
        type=kind,
        id=command_id or UNSET,
        sid=sid,
        seq=seq,
        msg=message,
        sending_ts_ms=now_ns // 1_000_000,
    )


def _raw(message: object | None) -> "msgspec.Raw | UnsetType":
    return UNSET if message is None else msgspec.Raw(frames.encode(message))
