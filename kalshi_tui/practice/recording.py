"""A recording of one or more markets: read from a file, checked, and laid out by market.

Owns the file formats and nothing that happens later. One JSON object a line, plain or gzipped:
`{"recv_ns" or "recv_ms": …, "frame" or "event": FRAME}`, or the frame itself, with FRAME as the
exchange's socket sends it; other lines are passed over. Times are those of the frames (`ts`,
`ts_ms`), else those of their arrival, and never run back. NO prices stand on the NO leg. A trade
stands in place of the one delta that equals it.
"""

import gzip
import zlib
from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from kalshi_tui.core.book import Book, BookError
from kalshi_tui.core.market import PUBLISHED_GRIDS
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import (
    NO_COUNT,
    Count,
    Price,
    complement,
    parse_change,
    parse_count,
    parse_price,
)

_GZIP = b"\x1f\x8b"
_MOST_BYTES = 500_000_000
_MS = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class RecordingError(Exception):
    """A file that cannot be played. The message is one sentence with the cure."""


class Step(NamedTuple):
    """One book change, or one trade where `is_trade`: then `side` and `price` are the maker's."""

    after_ns: int
    """Since the file's first step."""
    side: BookSide
    price: Price
    change: Count
    """Signed; a trade's is negative."""
    is_trade: bool = False


@dataclass(frozen=True, slots=True)
class Recording:
    """What one market did, from its first snapshot on."""

    ticker: str
    structure: str
    """The coarsest published grid that has every price of it."""
    steps: tuple[Step, ...]
    """In order. The first ones are the snapshot."""
    unmatched_trades: int
    """Trades without a book change of their own; they are left out."""
    ended_yes: bool
    """Whether YES cost more than half a dollar when the book was last two-sided."""

    @property
    def length_ns(self) -> int:
        """When it ends, from the start of its file."""
        return self.steps[-1].after_ns if self.steps else 0


class _Trade(NamedTuple):
    at_ns: int
    price: Price
    size: Count
    taker: BookSide


@dataclass(slots=True)
class _Reel:
    """One market while its file is read."""

    book: Book = field(default_factory=Book)
    rows: list[tuple[int, BookSide, Price, Count]] = field(default_factory=list)
    trades: list[_Trade] = field(default_factory=list)
    is_open: bool = False
    """True once a snapshot was seen."""
    last_ns: int = 0
    ended_yes: bool = False


def read_recordings(path: Path) -> tuple[Recording, ...]:
    """Return the markets of a file, in order of appearance. Raises `RecordingError`."""
    reels: dict[str, _Reel] = {}
    for number, line in enumerate(_lines(path), 1):
        if not line.strip():
            continue
        try:
            _take(line, reels)
        except BookError:
            raise RecordingError(
                f"Line {number} of {path} takes more out of the book than is in it: the recording "
                "has a hole before it, cut it there."
            ) from None
        except (msgspec.DecodeError, ValueError, KeyError, TypeError, AttributeError):
            raise RecordingError(
                f"Line {number} of {path} is not a recorded frame: give a file with one JSON "
                "object a line, as recordings of the exchange's socket are."
            ) from None
    times = [row[0] for reel in reels.values() for row in reel.rows if row[0]]
    first_ns = min(times, default=0)
    found = tuple(_cut(ticker, reel, first_ns) for ticker, reel in reels.items() if reel.rows)
    if not found:
        raise RecordingError(
            f"{path} holds no order book snapshot to begin with: record the orderbook_delta "
            "channel from its subscription on."
        )
    return found


def _lines(path: Path) -> Iterator[bytes]:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise RecordingError(f"{path} is larger than 500 MB: cut it into shorter files.")
        with path.open("rb") as file:
            packed = file.read(2) == _GZIP
        with gzip.open(path) if packed else path.open("rb") as lines:
            yield from lines
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or "not a whole gzip file"
        raise RecordingError(f"{path} cannot be read ({reason}): check the path.") from None


def _take(line: bytes, reels: dict[str, _Reel]) -> None:
    entry = msgspec.json.decode(line)
    if not isinstance(entry, dict):
        raise TypeError("not an object")
    frame: Any = entry.get("frame", entry.get("event", entry))
    kind = frame.get("type")
    if kind not in ("orderbook_snapshot", "orderbook_delta", "trade"):
        return
    message = frame["msg"]
    reel = reels.setdefault(message["market_ticker"], _Reel())
    at_ns = _time(message, entry)
    if kind == "trade":
        price, size = parse_price(message["yes_price_dollars"]), parse_count(message["count_fp"])
        reel.trades.append(_Trade(at_ns, price, size, _taker(message)))
        return
    at_ns = reel.last_ns = max(reel.last_ns, at_ns)
    if kind == "orderbook_snapshot":
        _take_snapshot(reel, message, at_ns)
    elif reel.is_open:
        side, price = _place(message["side"], message["price_dollars"])
        _change(reel, at_ns, side, price, parse_change(message["delta_fp"]))


def _take_snapshot(reel: _Reel, message: dict[str, Any], at_ns: int) -> None:
    """Lead the book over to a snapshot by the changes that are missing."""
    reel.is_open = True
    wanted: dict[tuple[BookSide, Price], Count] = {}
    for word, key in (("yes", "yes_dollars_fp"), ("no", "no_dollars_fp")):
        for text, count in message.get(key) or ():
            wanted[_place(word, text)] = parse_count(count)
    held = {
        (side, level.price): level.size for side in BookSide for level in reel.book.levels(side)
    }
    for place, size in held.items():
        change = wanted.get(place, NO_COUNT) - size
        if change < 0:
            _change(reel, at_ns, *place, Count(change))
    for place, size in wanted.items():
        change = size - held.get(place, NO_COUNT)
        if change > 0:
            _change(reel, at_ns, *place, Count(change))


def _change(reel: _Reel, at_ns: int, side: BookSide, price: Price, change: Count) -> None:
    reel.book.apply(side, price, change)
    reel.rows.append((at_ns, side, price, change))
    bid, ask = reel.book.best_bid, reel.book.best_ask
    if bid is not None and ask is not None:
        reel.ended_yes = bid + ask > 10_000


def _place(word: str, text: str) -> tuple[BookSide, Price]:
    price = parse_price(text)
    return (BookSide.BID, price) if word == "yes" else (BookSide.ASK, complement(price))


def _taker(message: dict[str, Any]) -> BookSide:
    word = message.get("taker_book_side") or message.get("taker_side")
    return BookSide.BID if word in ("bid", "yes") else BookSide.ASK


def _time(message: dict[str, Any], entry: dict[str, Any]) -> int:
    text = message.get("ts")
    if isinstance(text, str):
        passed = datetime.fromisoformat(text) - _EPOCH
        return (passed.days * 86_400 + passed.seconds) * 10**9 + passed.microseconds * 1_000
    if "ts_ms" in message:
        return int(message["ts_ms"]) * _MS
    if "recv_ns" in entry:
        return int(entry["recv_ns"])
    return int(entry.get("recv_ms", 0)) * _MS  # 0: unknown, and as early as can be


def _cut(ticker: str, reel: _Reel, first_ns: int) -> Recording:
    sold, unmatched = _sold(reel)
    steps = tuple(
        Step(max(0, at_ns - first_ns), side, price, change, number in sold)
        for number, (at_ns, side, price, change) in enumerate(reel.rows)
        if change
    )
    structure = _structure({step.price for step in steps})
    return Recording(ticker, structure, steps, unmatched, reel.ended_yes)


def _sold(reel: _Reel) -> tuple[set[int], int]:
    """Return which rows are trades, and how many trades have no row."""
    rows: defaultdict[tuple[Price, Count, BookSide], deque[int]] = defaultdict(deque)
    for number, (_, side, price, change) in enumerate(reel.rows):
        if change < 0:
            rows[price, Count(-change), side].append(number)
    sold: set[int] = set()
    unmatched = 0
    for trade in reel.trades:
        waiting = rows[trade.price, trade.size, trade.taker.other]
        stamps = [reel.rows[each][0] // _MS for each in waiting]
        found = _nearest(waiting, stamps, trade.at_ns)
        if found is None:
            unmatched += 1
        else:
            waiting.remove(found)
            sold.add(found)
    return sold, unmatched


def _nearest(numbers: Sequence[int], stamps: Sequence[int], at_ns: int) -> int | None:
    """Return the row in the trade's own millisecond; None where there is none."""
    place = bisect_right(stamps, at_ns // _MS) - 1
    return numbers[place] if place >= 0 and stamps[place] == at_ns // _MS else None


def _structure(prices: Iterable[Price]) -> str:
    inside = {price for price in prices if 0 < price < 10_000}
    fitting = [name for name, grid in PUBLISHED_GRIDS.items() if inside <= set(grid.prices)]
    return min(fitting, key=lambda name: len(PUBLISHED_GRIDS[name].prices))
