"""A venue for the feed's tests: order-book and other subscriptions as the exchange numbers them.

Written from asyncapi.yaml and the recordings, sharing no code with the client. It knows the true
books at every frame that it has ever emitted, which is what the oracle compares with. Faults are
`feed_world`'s: this venue itself never errs, except where it is told to renumber or overflow.
"""

import json
from dataclasses import dataclass, field
from random import Random
from typing import Any

JsonObject = dict[str, Any]
TrueBook = dict[str, int]
"""`"yes 5600"` (side of the YES book, YES price) -> hundredths of contracts."""

OVERFLOW = 25
_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


@dataclass(frozen=True, slots=True)
class Emitted:
    """A frame on its way to the client, and the true books at that moment."""

    data: bytes
    books: dict[str, TrueBook] | None
    """None for frames that are not of the order-book subscription."""
    number: int
    """Counts everything this venue ever sent."""
    kind: str = ""
    """Type of the frame."""


@dataclass(slots=True)
class _Late:
    """A captured snapshot that leaves only after some more changes have been sent."""

    sub: "_Sub"
    ticker: str
    book: TrueBook
    clock: int
    command_id: int
    after: int


@dataclass(slots=True)
class _Sub:
    sid: int
    channel: str
    seq: int
    tickers: list[str] = field(default_factory=list)


class Venue:
    """One exchange with any number of connections, one after the other."""

    def __init__(self, rng: Random, tickers: list[str]) -> None:
        self._rng = rng
        self.truth: dict[str, TrueBook] = {ticker: {} for ticker in tickers}
        self._tickers = tickers
        self._clock = dict.fromkeys(tickers, 0)
        self._sent = 0
        self._captured: set[str] = set()
        self.wire: list[Emitted] = []
        self._subs: dict[str, _Sub] = {}
        self._next_sid = 1
        self._late: list[_Late] = []
        self.numbers_acks = True
        self.snapshots_race = False
        self.acks_late = False
        self.prints_trades = False

    # -- connections ------------------------------------------------------------------------------

    def reset(self) -> None:
        """The connection ended; sids begin at 1 again."""
        self.wire.clear()
        self._subs.clear()
        self._late.clear()
        self._next_sid = 1

    @property
    def has_books(self) -> bool:
        return "orderbook_delta" in self._subs

    def renumber(self) -> None:
        """Begin numbering again without a word. Only once nobody can mistake the numbers."""
        sub = self._subs.get("orderbook_delta")
        if sub is not None and sub.seq > 20:
            sub.seq = 0

    def overflow(self) -> None:
        """Lose a part of what is on its way, then end the order-book subscription."""
        sub = self._subs.pop("orderbook_delta", None)
        if sub is None:
            return
        keep = self._rng.randrange(len(self.wire) + 1)
        lost = [frame for frame in self.wire[keep:] if frame.books is not None]
        self.wire = [frame for frame in self.wire if frame not in lost]
        self._late.clear()
        body = {"code": OVERFLOW, "msg": "Subscription buffer overflow"}
        self._emit({"type": "error", "sid": sub.sid, "seq": sub.seq + 1, "msg": body}, sub)

    # -- the market -------------------------------------------------------------------------------

    def trade_on(self) -> None:
        """Change one level of one market, and say so to who is subscribed."""
        draw = self._rng.random()
        ticker = self._tickers[int(draw * len(self._tickers))]
        side = "yes" if draw * 1_000 % 1 < 0.5 else "no"
        price = (1 + int(draw * 1_000_000 % 5)) * 1_000 + (0 if side == "yes" else 4_500)
        book, key = self.truth[ticker], f"{side} {price}"
        size = book.get(key, 0)
        change = -size if size and self._rng.random() < 0.3 else 1 + int(self._rng.random() * 499)
        # A new dict each time: what was sent keeps the old one, and nothing is copied.
        book = self.truth[ticker] = {**book, key: size + change}
        if size + change == 0:
            del book[key]
        # Changes of one action share a clock, but no snapshot is taken in the middle of one.
        is_new_action = ticker in self._captured or not self._clock[ticker]
        self._clock[ticker] += self._rng.choice((1, 1, 2) if is_new_action else (0, 1, 1, 2))
        self._captured.discard(ticker)
        sub = self._subs.get("orderbook_delta")
        if sub is not None and ticker in sub.tickers:
            sign = "-" if change < 0 else ""
            body = {
                "market_ticker": ticker,
                "market_id": "0b0e",
                "clock": self._clock[ticker],
                "price_dollars": f"{price // 10_000}.{price % 10_000:04d}",
                "delta_fp": f"{sign}{abs(change) // 100}.{abs(change) % 100:02d}",
                "side": side,
                "ts_ms": 1,
            }
            self._numbered("orderbook_delta", sub, body)
        trades = self._subs.get("trade")
        if self.prints_trades and change < 0 and trades is not None:
            self._print(trades, ticker, price, -change)
        self._send_late()

    def _print(self, sub: "_Sub", ticker: str, price: int, size: int) -> None:
        body = {
            "trade_id": f"t-{self._sent}",
            "market_ticker": ticker,
            "yes_price_dollars": f"{price // 10_000}.{price % 10_000:04d}",
            "count_fp": f"{size // 100}.{size % 100:02d}",
            "taker_book_side": "ask",
            "ts_ms": 1,
        }
        self._numbered("trade", sub, body)

    def corrupt(self, ticker: str) -> None:
        """Change a book and tell nobody: no number shows it."""
        book = self.truth[ticker]
        self.truth[ticker] = {**book, "yes 100": book.get("yes 100", 0) + 100}
        self._clock[ticker] += 1

    def _send_late(self) -> None:
        for late in list(self._late):
            late.after -= 1
            if late.after <= 0:
                self._late.remove(late)
                if late.sub in self._subs.values() and late.ticker in late.sub.tickers:
                    self._send_snapshot(late)

    def copy(self, ticker: str) -> TrueBook:
        """Return the true book of this moment, as REST reads it."""
        return dict(self.truth[ticker])

    # -- commands ---------------------------------------------------------------------------------

    def refuse(self, text: str, code: int) -> None:
        """Answer a command with an error instead of carrying it out."""
        body = {"code": code, "msg": "not now"}
        self._emit({"type": "error", "id": json.loads(text)["id"], "msg": body}, None)

    def command(self, text: str) -> None:
        """Carry out one command of the client."""
        command = json.loads(text)
        params = command.get("params", {})
        match command["cmd"]:
            case "subscribe":
                self._subscribe(command["id"], params)
            case "unsubscribe":
                for sid in params["sids"]:
                    self._unsubscribe(command["id"], sid)
            case "update_subscription":
                self._update(command["id"], params)
            case "list_subscriptions":
                known = [{"channel": s.channel, "sid": s.sid} for s in self._subs.values()]
                self._emit({"type": "ok", "id": command["id"], "msg": known}, None)
            case unknown:
                raise AssertionError(f"the exchange knows no command {unknown!r}")

    def _subscribe(self, command_id: int, params: JsonObject) -> None:
        (channel,) = params["channels"]
        tickers = params.get("market_tickers", [])
        sub = self._subs.get(channel)
        if sub is None:
            sub = _Sub(self._next_sid, channel, self._rng.choice((0, 0, 0, 41)))
            self._next_sid += 1
            self._subs[channel] = sub
            answer = {
                "type": "subscribed",
                "id": command_id,
                "msg": {"channel": channel, "sid": sub.sid},
            }
            at = len(self.wire)
            self._add(sub, tickers, 0)
            if self.acks_late and self._rng.random() < 0.5:
                at = len(self.wire)
            self.wire.insert(at, self._frame(answer, None))
        else:
            self._add(sub, tickers, command_id)

    def _update(self, command_id: int, params: JsonObject) -> None:
        (sid,) = params["sids"]
        sub = next((sub for sub in self._subs.values() if sub.sid == sid), None)
        if sub is None:
            body = {"code": 7, "msg": "Unknown subscription ID"}
            self._emit({"type": "error", "id": command_id, "msg": body}, None)
        elif params["action"] == "get_snapshot":
            for ticker in params["market_tickers"]:
                self._capture(sub, ticker, command_id)
        elif params["action"] == "add_markets":
            self._add(sub, params["market_tickers"], command_id)
        else:
            sub.tickers = [each for each in sub.tickers if each not in params["market_tickers"]]
            self._acknowledge(sub, command_id)

    def _add(self, sub: _Sub, tickers: list[str], command_id: int) -> None:
        new = [ticker for ticker in tickers if ticker not in sub.tickers]
        sub.tickers += new
        acknowledges_first = self._rng.random() < 0.7
        if command_id and acknowledges_first:
            self._acknowledge(sub, command_id)
        if sub.channel == "orderbook_delta":
            for ticker in new:
                self._capture(sub, ticker, 0)
        if command_id and not acknowledges_first:
            self._acknowledge(sub, command_id)

    def _acknowledge(self, sub: _Sub, command_id: int) -> None:
        frame = {
            "type": "ok",
            "id": command_id,
            "sid": sub.sid,
            "msg": {"market_tickers": sub.tickers},
        }
        if self.numbers_acks:
            sub.seq += 1
            frame["seq"] = sub.seq
        self._emit(frame, sub)

    def _unsubscribe(self, command_id: int, sid: int) -> None:
        sub = next((sub for sub in self._subs.values() if sub.sid == sid), None)
        if sub is None:
            body = {"code": 7, "msg": "Unknown subscription ID"}
            self._emit({"type": "error", "id": command_id, "msg": body}, None)
            return
        del self._subs[sub.channel]
        sub.seq += 1
        self._emit({"type": "unsubscribed", "id": command_id, "sid": sid, "seq": sub.seq}, sub)

    def _capture(self, sub: _Sub, ticker: str, command_id: int) -> None:
        if ticker not in self.truth:
            return
        book = dict(self.truth[ticker])
        self._captured.add(ticker)
        late = _Late(sub, ticker, book, self._clock[ticker], command_id, 0)
        if self.snapshots_race and self._rng.random() < 0.5:
            late.after = self._rng.randrange(1, 5)
            self._late.append(late)
        else:
            self._send_snapshot(late)

    def _send_snapshot(self, late: _Late) -> None:
        body: JsonObject = {
            "market_ticker": late.ticker,
            "market_id": "0b0e",
            "clock": late.clock,
        }
        for side in ("yes", "no"):
            levels = sorted(
                (int(key.split()[1]), size)
                for key, size in late.book.items()
                if key.startswith(side)
            )
            if levels:
                body[f"{side}_dollars_fp"] = [
                    [f"{price // 10_000}.{price % 10_000:04d}", f"{size // 100}.{size % 100:02d}"]
                    for price, size in levels
                ]
        self._numbered("orderbook_snapshot", late.sub, body, late.command_id)

    def _numbered(self, kind: str, sub: _Sub, body: JsonObject, command_id: int = 0) -> None:
        sub.seq += 1
        frame: JsonObject = {"type": kind, "sid": sub.sid, "seq": sub.seq, "msg": body}
        if command_id:
            frame["id"] = command_id
        self._emit(frame, sub)

    def _emit(self, frame: JsonObject, sub: _Sub | None) -> None:
        self.wire.append(self._frame(frame, sub))

    def _frame(self, frame: JsonObject, sub: _Sub | None) -> Emitted:
        is_books = sub is not None and sub.channel == "orderbook_delta" and "seq" in frame
        books = dict(self.truth) if is_books else None
        self._sent += 1
        return Emitted(_encode(frame).encode() + b"\n", books, self._sent, str(frame["type"]))
