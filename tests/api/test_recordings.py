"""Recorded exchange traffic through the feed and the book: no error, no gap, no negative level.

The recordings lie beside the repository and are not part of it; where they are missing the tests
are skipped with that reason. The feed is driven as in production. Only the command ids differ: the
recorder's own, so each acknowledgement gets the id under which this feed asked.
"""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kalshi_tui.api import conversions, frames
from kalshi_tui.api.feed import Feed
from kalshi_tui.api.quarantine import Patience
from kalshi_tui.core.book import Book
from kalshi_tui.core.events import (
    BookDelta,
    BookSnapshot,
    BookStatus,
    BookStatusChanged,
    Quoted,
    Traded,
)
from kalshi_tui.core.sides import BookSide
from tests.support.feed_line import singly

RECORDINGS = Path(__file__).resolve().parents[2] / ".." / "shared" / "recordings" / "ws"

pytestmark = pytest.mark.skipif(
    not RECORDINGS.is_dir(), reason="the recordings (../shared/recordings/ws) are not here"
)

JsonObject = dict[str, Any]
CONNECTED: JsonObject = {"type": "ctl"}


def recorded(name: str) -> list[JsonObject]:
    """Return a file's frames in order, `CONNECTED` where a connection began."""
    path = RECORDINGS / name
    if name.endswith(".json"):
        lines: list[JsonObject] = json.loads(path.read_text())["frames"]
        return [CONNECTED, *(line["frame"] for line in lines)]
    if name.endswith(".jsonl"):
        texts = path.read_text().splitlines()
        return [CONNECTED, *(json.loads(text) for text in texts if text.strip())]
    with gzip.open(path, "rt") as file:
        lines = [json.loads(text) for text in file]
    return [
        CONNECTED if "ctl" in line else line["frame"] if "frame" in line else line["event"]
        for line in lines
    ]


# A frame takes 1 ms here whenever it was recorded: the rotations come too close together.
_PATIENT = Patience(connections=1_000)


class Replay:
    """Plays recorded frames into a feed and its facts into books."""

    def __init__(self, *, yes_scale: bool, patience: Patience = _PATIENT) -> None:
        self.feed = Feed(jitter=lambda: 0.5, yes_scale=yes_scale, private=False, patience=patience)
        self.books: dict[str, Book] = {}
        self.deltas = 0
        self.trades = 0
        self.quotes = 0
        self.fallen: list[BookStatusChanged] = []
        self._ids: dict[str, int] = {}
        self._update_id = 0
        self._wanted: list[str] = []
        self._now = 0

    def play(self, script: list[JsonObject]) -> None:
        for position, frame in enumerate(script):
            self._now += 1_000_000
            if frame is CONNECTED:
                self._connect(script[position + 1 :])
                continue
            self._want_new(frame)
            self.feed.receive(json.dumps(self._with_our_id(frame)).encode() + b"\n", self._now)
            self._collect()

    def _connect(self, rest: list[JsonObject]) -> None:
        ahead: list[str] = []
        for frame in rest:
            if frame is CONNECTED or (ahead and frame["type"] != "orderbook_snapshot"):
                break
            if frame["type"] == "orderbook_snapshot":
                ahead.append(frame["msg"]["market_ticker"])
        self.feed.disconnected(self._now, "The recorder reconnected.")
        self._wanted = ahead
        self.feed.want(ahead, self._now)
        self._collect()
        # Falling with the connection is right; what falls from here on is not.
        self.fallen.clear()
        self.feed.connecting(self._now)
        self.feed.connected(self._now)
        self._collect()

    def _want_new(self, frame: JsonObject) -> None:
        """Ask for a market at the moment that the recorder's own request for it shows."""
        if frame["type"] == "orderbook_snapshot":
            named = [frame["msg"]["market_ticker"]]
        elif frame["type"] == "ok":
            named = frame["msg"]["market_tickers"]
        else:
            return
        new = [ticker for ticker in named if ticker not in self._wanted]
        if new:
            self._wanted += new
            # The feed pauses between two changes of one subscription.
            self._now += 200_000_000
            self.feed.want(self._wanted, self._now)
            self._collect()

    def _with_our_id(self, frame: JsonObject) -> JsonObject:
        if frame["type"] == "subscribed":
            return {**frame, "id": self._ids[frame["msg"]["channel"]]}
        if frame["type"] == "ok":
            return {**frame, "id": self._update_id}
        return frame

    def _collect(self) -> None:
        for text in self.feed.outgoing():
            self._command(json.loads(text))
        for fact in singly(self.feed.facts()):
            match fact:
                case BookDelta():
                    self.deltas += 1
                    self.books[fact.ticker].apply(fact.side, fact.price, fact.change)
                case BookSnapshot():
                    self.books.setdefault(fact.ticker, Book()).replace(fact.bids, fact.asks)
                case BookStatusChanged() if fact.status is BookStatus.STALE:
                    self.fallen.append(fact)
                case Traded():
                    self.trades += 1
                case Quoted():
                    self.quotes += 1
                case _:
                    pass

    def _command(self, command: JsonObject) -> None:
        if command["cmd"] == "subscribe":
            self._ids[command["params"]["channels"][0]] = command["id"]
        elif command["params"].get("sids") == [1]:
            self._update_id = command["id"]


def naive_books(script: list[JsonObject], *, yes_scale: bool) -> dict[str, dict[str, int]]:
    """Replay without any of the product's code: market -> "side price" -> hundredths."""
    books: dict[str, dict[str, int]] = {}
    for frame in script:
        if frame["type"] not in ("orderbook_snapshot", "orderbook_delta"):
            continue
        body = frame["msg"]
        if frame["type"] == "orderbook_snapshot":
            book = books[body["market_ticker"]] = {}
            changes = [
                (side, price, count)
                for side in ("yes", "no")
                for price, count in body.get(f"{side}_dollars_fp", [])
            ]
        else:
            book = books[body["market_ticker"]]
            changes = [(body["side"], body["price_dollars"], body["delta_fp"])]
        for side, price, count in changes:
            units = int(price.replace(".", ""))
            units = units if side == "yes" or yes_scale else 10_000 - units
            key = f"{side} {units}"
            book[key] = book.get(key, 0) + int(count.replace(".", ""))
            assert book[key] >= 0
            if book[key] == 0:
                del book[key]
    return books


def held(book: Book) -> dict[str, int]:
    return {
        f"{word} {level.price}": level.size
        for word, side in (("yes", BookSide.BID), ("no", BookSide.ASK))
        for level in book.levels(side)
    }


def assert_clean(replay: Replay, script: list[JsonObject], *, yes_scale: bool) -> None:
    counters = replay.feed.counters
    assert counters.frames == sum(frame is not CONNECTED for frame in script)
    assert (counters.gaps, counters.repeats, counters.backwards) == (0, 0, 0)
    assert (counters.unplaced, counters.late, counters.garbled) == (0, 0, 0)
    assert (counters.unknown, counters.malformed) == ({}, {})
    assert replay.fallen == []
    assert replay.deltas == sum(frame["type"] == "orderbook_delta" for frame in script)
    naive = naive_books([f for f in script if f is not CONNECTED], yes_scale=yes_scale)
    for ticker, book in replay.books.items():
        assert held(book) == naive[ticker]


@pytest.mark.parametrize(
    ("name", "deltas", "books"),
    [
        ("btc15m-short.ndjson.gz", 3_375, 1),
        ("btc15m-a.ndjson.gz", 70_962, 2),
        ("btc15m-b.ndjson.gz", 57_568, 2),
    ],
)
def test_a_gap_free_session_with_rotation_and_close_replays_without_doubt(
    name: str, deltas: int, books: int
) -> None:
    script = recorded(name)
    replay = Replay(yes_scale=False)
    replay.play(script)
    assert_clean(replay, script, yes_scale=False)
    assert replay.deltas == deltas
    assert len(replay.books) == books
    assert replay.quotes == sum(frame["type"] == "ticker" for frame in script)


def test_FD06_acknowledgements_consume_numbers_12_markets_0_false_gaps() -> None:
    script = recorded("sports-12-markets.json")
    replay = Replay(yes_scale=False)
    replay.play(script)
    assert_clean(replay, script, yes_scale=False)
    assert len(replay.books) == 12
    assert all(replay.feed.status(ticker) is BookStatus.LIVE for ticker in replay.books)
    assert sum(frame["type"] == "ok" for frame in script) == 11


def test_both_price_scales_of_the_same_market_give_the_same_prices() -> None:
    books = []
    for name, yes_scale in (("demo-no-leg.jsonl", False), ("demo-yes-leg.jsonl", True)):
        script = recorded(name)
        replay = Replay(yes_scale=yes_scale)
        replay.play(script)
        assert_clean(replay, script, yes_scale=yes_scale)
        (book,) = replay.books.values()
        books.append(book)
    assert books[0].best_ask == books[1].best_ask == 5_200


def gold_frames(name: str) -> Iterator[frames.Frame]:
    for frame in recorded(name):
        read = frames.read(json.dumps(frame))
        assert not isinstance(read, frames.Unknown | frames.Malformed)
        yield read


@pytest.mark.parametrize(
    ("name", "deltas", "trades"),
    [
        ("gold15m-0800.ndjson.gz", 28_614, 399),
        ("gold15m-1830.ndjson.gz", 28_666, 1_065),
        ("gold15m-1900.ndjson.gz", 22_024, 977),
    ],
)
def test_filtered_recordings_decode_and_apply_in_file_order(
    name: str, deltas: int, trades: int
) -> None:
    book = Book()
    counts = {BookDelta: 0, Traded: 0}
    for frame in gold_frames(name):
        match frame:
            case frames.Snapshot():
                snapshot = conversions.snapshot(frame.msg, yes_scale=False)
                book.replace(snapshot.bids, snapshot.asks)
            case frames.Delta():
                delta = conversions.delta(frame.msg, yes_scale=False)
                book.apply(delta.side, delta.price, delta.change)
                counts[BookDelta] += 1
            case frames.Trade():
                assert conversions.traded(frame.msg).size > 0
                counts[Traded] += 1
            case _:
                pytest.fail(f"unexpected {frame}")
    assert counts == {BookDelta: deltas, Traded: trades}
    assert held(book) == {}, "every file ends with the empty snapshot of the close"
