"""A feed on a hand-driven connection: frames are written here one by one, by what they say.

Answers commands only when told to. Shapes follow asyncapi.yaml.
"""

import json
from typing import Any

from kalshi_tui.api.feed import Feed
from kalshi_tui.core.events import (
    BookChanges,
    BookDelta,
    BookSnapshot,
    BookStatus,
    BookStatusChanged,
    Fact,
)

MS = 1_000_000
SECOND = 1_000_000_000
CHANNELS = ("orderbook_delta", "trade", "ticker", "fill", "user_orders", "market_positions")


class Line:
    """One feed, one connection at a time, a clock that moves when told."""

    def __init__(self, *tickers: str, private: bool = False, **options: Any) -> None:
        self.feed = Feed(jitter=lambda: 0.5, private=private, **options)
        self.now = 1_000 * SECOND
        self.commands: list[dict[str, Any]] = []
        self.facts: list[Fact] = []
        self.seq = 0
        self.sid = 0
        if tickers:
            self.feed.want(tickers, self.now)

    # -- driving ----------------------------------------------------------------------------------

    def connect(self) -> None:
        self.feed.connecting(self.now)
        self.feed.connected(self.now)
        self.take()

    def take(self) -> list[Fact]:
        """Collect what came out; returns the facts of this time."""
        self.commands += [json.loads(text) for text in self.feed.outgoing()]
        facts = singly(self.feed.facts())
        self.facts += facts
        return facts

    def give(self, frame: dict[str, Any] | bytes) -> list[Fact]:
        data = frame if isinstance(frame, bytes) else json.dumps(frame).encode() + b"\n"
        self.feed.receive(data, self.now)
        return self.take()

    def wait(self, milliseconds: int) -> list[Fact]:
        """Let time pass in the steps that the feed asks for, hearing a ping every second."""
        end = self.now + milliseconds * MS
        taken: list[Fact] = []
        while self.now < end:
            self.now = min(end, self.now + 100 * MS)
            self.feed.heard(self.now)
            self.feed.tick(self.now)
            if self.feed.take_ping(self.now):
                self.feed.ponged(self.now)
            taken += self.take()
        return taken

    def silence(self, milliseconds: int) -> list[Fact]:
        """Let time pass without a sign of life."""
        self.now += milliseconds * MS
        self.feed.tick(self.now)
        return self.take()

    def sent(self, cmd: str, action: str = "") -> list[dict[str, Any]]:
        """Return the commands of a kind, oldest first."""
        return [
            command
            for command in self.commands
            if command["cmd"] == cmd and command.get("params", {}).get("action", "") == action
        ]

    def subscribe_id(self, channel: str) -> int:
        """Return the id of the last command that subscribed a channel."""
        ids = [
            int(command["id"])
            for command in self.sent("subscribe")
            if command["params"]["channels"] == [channel]
        ]
        return ids[-1]

    # -- frames -----------------------------------------------------------------------------------

    def next(self) -> int:
        self.seq += 1
        return self.seq

    def granted(self, channel: str = "orderbook_delta", sid: int = 1) -> list[Fact]:
        """Acknowledge the last subscribe of a channel."""
        if channel == "orderbook_delta":
            self.sid, self.seq = sid, 0
        body = {"channel": channel, "sid": sid}
        return self.give({"type": "subscribed", "id": self.subscribe_id(channel), "msg": body})

    def snapshot_frame(self, ticker: str, command_id: int = 0, **body: Any) -> dict[str, Any]:
        frame = {
            "type": "orderbook_snapshot",
            "sid": self.sid,
            "seq": self.next(),
            "msg": {"market_ticker": ticker, "market_id": "0b0e", **body},
        }
        return frame | ({"id": command_id} if command_id else {})

    def snapshot(self, ticker: str, command_id: int = 0, **body: Any) -> list[Fact]:
        """Send a whole book: bids 40 cents x 10, asks 60 cents x 10 unless told otherwise."""
        levels = {
            "clock": 10,
            "yes_dollars_fp": [["0.4000", "10.00"]],
            "no_dollars_fp": [["0.6000", "10.00"]],
        }
        return self.give(self.snapshot_frame(ticker, command_id, **(levels | body)))

    def delta_frame(self, ticker: str, change: str = "1.00", **body: Any) -> dict[str, Any]:
        fields = {
            "market_ticker": ticker,
            "market_id": "0b0e",
            "clock": 11,
            "price_dollars": "0.4000",
            "delta_fp": change,
            "side": "yes",
            "ts_ms": 5,
        }
        return {
            "type": "orderbook_delta",
            "sid": self.sid,
            "seq": self.next(),
            "msg": fields | body,
        }

    def delta(self, ticker: str, change: str = "1.00", **body: Any) -> list[Fact]:
        return self.give(self.delta_frame(ticker, change, **body))

    def ok(self, command_id: int, tickers: list[str], *, numbered: bool = True) -> list[Fact]:
        frame: dict[str, Any] = {
            "type": "ok",
            "id": command_id,
            "sid": self.sid,
            "msg": {"market_tickers": tickers},
        }
        if numbered:
            frame["seq"] = self.next()
        return self.give(frame)

    def error(self, code: int, **fields: Any) -> list[Fact]:
        return self.give({"type": "error", "msg": {"code": code, "msg": "no"}} | fields)

    def lose_one(self) -> None:
        """One numbered frame goes missing."""
        self.next()

    # -- looking ----------------------------------------------------------------------------------

    def status(self, ticker: str) -> BookStatus:
        return self.feed.status(ticker)

    def last_request(self) -> int:
        """Return the id of the last `get_snapshot`."""
        return int(self.sent("update_subscription", "get_snapshot")[-1]["id"])


def live_line(*tickers: str, **options: Any) -> Line:
    """Return a line whose books are all LIVE on sid 1."""
    line = Line(*tickers, **options)
    line.connect()
    line.granted()
    line.granted("trade", 2)
    line.granted("ticker", 3)
    for ticker in tickers:
        line.snapshot(ticker)
    assert all(line.status(ticker) is BookStatus.LIVE for ticker in tickers)
    line.facts.clear()
    return line


def singly(facts: list[Fact]) -> list[Fact]:
    """Return the facts with each change as one of its own."""
    single: list[Fact] = []
    for fact in facts:
        single += fact.deltas() if isinstance(fact, BookChanges) else [fact]
    return single


def statuses(facts: list[Fact]) -> list[tuple[str, BookStatus]]:
    return [(fact.ticker, fact.status) for fact in facts if isinstance(fact, BookStatusChanged)]


def changes(facts: list[Fact]) -> list[int]:
    return [fact.change for fact in facts if isinstance(fact, BookDelta)]


def snapshots(facts: list[Fact]) -> list[str]:
    return [fact.ticker for fact in facts if isinstance(fact, BookSnapshot)]
