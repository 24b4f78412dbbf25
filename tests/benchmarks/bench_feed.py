"""What the feed costs beside the typed decoder alone, over 200 markets, in one run.

Aim: typed decode + number check + fact + `core.book` at most 3.5 times the decode. Run it by hand:
`python -m tests.benchmarks.bench_feed`. Frames are synthetic, in the shape of autumn 2026, and
every book ends as a naive replay says.
"""

import gc
import json
import time
from collections.abc import Callable
from functools import partial
from random import Random

from kalshi_tui.api import frames
from kalshi_tui.api.feed import Feed
from kalshi_tui.core.book import Book
from kalshi_tui.core.events import BookChanges, BookSnapshot
from kalshi_tui.core.sides import BookSide

MARKETS = 200
DELTAS = 60_000
ROUNDS = 7
BATCH = 20
"""Frames between two looks at the facts, as a socket drained every 2 ms gives at a hot moment."""
AIM = 3.5
PIECE = 5_000
NEVER = 1 << 62

Levels = dict[tuple[str, str, int], int]


def recording() -> tuple[list[bytes], list[bytes], Levels]:
    """Return the opening frames, the deltas, and what the books must hold at the end."""
    rng = Random(7)
    tickers = [f"KXBENCH-26NOV22T{number:03d}-B{number}" for number in range(MARKETS)]
    levels: Levels = {}
    opening: list[dict[str, object]] = [
        {"type": "subscribed", "id": 1, "msg": {"channel": "orderbook_delta", "sid": 1}}
    ]
    seq = 0
    for ticker in tickers:
        seq += 1
        sides = {}
        for leg, prices in (("yes", range(20, 50)), ("no", range(51, 81))):
            for cents in prices:
                levels[ticker, leg, cents * 100] = 10_000
            sides[f"{leg}_dollars_fp"] = [[f"0.{cents}00", "100.00"] for cents in prices]
        body = {"market_ticker": ticker, "market_id": "0" * 36, "clock": 0, **sides}
        opening.append({"type": "orderbook_snapshot", "sid": 1, "seq": seq, "msg": body})
    deltas = []
    for clock in range(1, DELTAS + 1):
        seq += 1
        ticker, leg = rng.choice(tickers), rng.choice(("yes", "no"))
        cents = rng.randrange(20, 50) if leg == "yes" else rng.randrange(51, 81)
        held = levels.get((ticker, leg, cents * 100), 0)
        change = rng.choice((100, 500, 1_250, 2_300))
        change = -min(change, held) if held and rng.random() < 0.5 else change
        levels[ticker, leg, cents * 100] = held + change
        body = {
            "market_ticker": ticker,
            "market_id": "dc6d447a-6935-4d94-af4b-400da73f3992",
            "clock": clock,
            "price_dollars": f"0.{cents}00",
            "delta_fp": f"{'-' if change < 0 else ''}{abs(change) // 100}.{abs(change) % 100:02d}",
            "side": leg,
            "ts": "2026-11-22T14:03:21.123456Z",
            "ts_ms": 1_795_356_201_123 + clock,
        }
        frame = {"type": "orderbook_delta", "sid": 1, "seq": seq, "msg": body}
        deltas.append({**frame, "sending_ts_ms": 1_795_356_201_124 + clock})
    return encoded(opening), encoded(deltas), {key: size for key, size in levels.items() if size}


def encoded(bodies: list[dict[str, object]]) -> list[bytes]:
    return [json.dumps(body, separators=(",", ":")).encode() + b"\n" for body in bodies]


def decode_alone(deltas: list[bytes]) -> None:
    decode = frames.decode
    for data in deltas:
        decode(data)


def through_the_feed(feed: Feed, books: dict[str, Book], deltas: list[bytes]) -> None:
    for start in range(0, len(deltas), BATCH):
        feed.receive_all(deltas[start : start + BATCH], start)
        for fact in feed.facts():
            if type(fact) is BookChanges:
                for ticker, side, price, change, _, _ in fact.rows:
                    books[ticker].apply(side, price, change)


def opened(opening: list[bytes]) -> tuple[Feed, dict[str, Book]]:
    """Return a feed whose books are all LIVE, and the books."""
    tickers = [json.loads(data)["msg"]["market_ticker"] for data in opening[1:]]
    feed = Feed(jitter=lambda: 0.0, private=False)
    feed.connecting(0)
    feed.want(tickers, 0)
    feed.connected(0)
    books = {ticker: Book() for ticker in tickers}
    for data in opening:
        feed.receive(data, 0)
    for fact in feed.facts():
        if isinstance(fact, BookSnapshot):
            books[fact.ticker].replace(fact.bids, fact.asks)
    return feed, books


def best_ns(run: Callable[[], None]) -> int:
    """Time one run with the collector off, as `timeit` does."""
    gc.collect()
    gc.disable()
    begun = time.perf_counter_ns()
    run()
    elapsed = time.perf_counter_ns() - begun
    gc.enable()
    return elapsed


def measure() -> tuple[float, float]:
    """Return nanoseconds a frame: decode alone and the whole way.

    In pieces, the two in turns, each piece at its best round: what else runs here disturbs less.
    """
    opening, deltas, expected = recording()
    pieces = [deltas[start : start + PIECE] for start in range(0, DELTAS, PIECE)]
    alone, whole = [NEVER] * len(pieces), [NEVER] * len(pieces)
    for _ in range(ROUNDS):
        feed, books = opened(opening)
        for at, piece in enumerate(pieces):
            alone[at] = min(alone[at], best_ns(partial(decode_alone, piece)))
            whole[at] = min(whole[at], best_ns(partial(through_the_feed, feed, books, piece)))
        assert held(books) == expected
        assert feed.counters.gaps == 0
    return sum(alone) / DELTAS, sum(whole) / DELTAS


def held(books: dict[str, Book]) -> Levels:
    """Return what the books hold, in the shape of the naive replay."""
    found: Levels = {}
    for ticker, book in books.items():
        for leg, side in (("yes", BookSide.BID), ("no", BookSide.ASK)):
            for price, size in book.levels(side):
                found[ticker, leg, price] = size
    return found


def main() -> None:
    """Print one line of figures; the exit code says whether the aim was met."""
    alone, whole = measure()
    ratio = whole / alone
    print(
        f"feed, {MARKETS} markets, {DELTAS:,} deltas: decode alone {alone:.0f} ns, "
        f"decode + seq + fact + book {whole:.0f} ns = {ratio:.2f} x decode (aim {AIM:g})"
    )
    raise SystemExit(ratio > AIM)


if __name__ == "__main__":
    main()
