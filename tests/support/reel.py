"""Small recordings, written by hand in the shapes of real ones."""

import gzip
import json
from pathlib import Path
from typing import Any

TICKER = "KXREEL-27JAN01-T1"
BEGIN_MS = 1_785_930_336_000


def snapshot(yes: list[list[str]], no: list[list[str]], ticker: str = TICKER) -> dict[str, Any]:
    """Return a snapshot frame; an empty side has no key."""
    message: dict[str, Any] = {"market_ticker": ticker, "market_id": "m"}
    if yes:
        message["yes_dollars_fp"] = yes
    if no:
        message["no_dollars_fp"] = no
    return {"type": "orderbook_snapshot", "sid": 1, "seq": 1, "msg": message}


def delta(
    after_ms: int, side: str, price: str, change: str, ticker: str = TICKER
) -> dict[str, Any]:
    """Return a delta frame `after_ms` after the beginning."""
    message = {
        "market_ticker": ticker,
        "market_id": "m",
        "price_dollars": price,
        "delta_fp": change,
        "side": side,
        "ts_ms": BEGIN_MS + after_ms,
    }
    return {"type": "orderbook_delta", "sid": 1, "seq": 2, "msg": message}


def trade(
    after_ms: int, yes_price: str, count: str, taker: str, ticker: str = TICKER
) -> dict[str, Any]:
    """Return a trade frame; `taker` is bid or ask."""
    message = {
        "trade_id": "t",
        "market_ticker": ticker,
        "yes_price_dollars": yes_price,
        "count_fp": count,
        "taker_book_side": taker,
        "ts_ms": BEGIN_MS + after_ms,
    }
    return {"type": "trade", "sid": 2, "seq": 1, "msg": message}


def write(
    path: Path, frames: list[dict[str, Any]], key: str = "event", packed: bool = False
) -> Path:
    """Write frames as a recording; `key` empty writes them bare."""
    lines = [json.dumps({"recv_ms": BEGIN_MS, key: frame} if key else frame) for frame in frames]
    data = ("\n".join(lines) + "\n").encode()
    path.write_bytes(gzip.compress(data) if packed else data)
    return path
