"""Recorded traffic with frames removed: each loss is seen, repaired, and leaves no trace.

The venue is modelled from the whole file: it knows the true books at every frame, numbers what it
sends, and answers `get_snapshot` from what is true at that moment.
"""

import json
from typing import Any

import pytest

from kalshi_tui.api.quarantine import Patience
from kalshi_tui.core.events import BookStatus
from tests.api.test_recordings import (
    CONNECTED,
    RECORDINGS,
    JsonObject,
    Replay,
    held,
    naive_books,
    recorded,
)

pytestmark = pytest.mark.skipif(
    not RECORDINGS.is_dir(), reason="the recordings (../shared/recordings/ws) are not here"
)

EVERY = 500
"""One numbered frame of so many is removed, never the last."""


class LossyReplay(Replay):
    """Plays a file, without some of its frames, and answers repairs from all of them."""

    def __init__(self, *, yes_scale: bool) -> None:
        super().__init__(yes_scale=yes_scale, patience=Patience(gaps=1 << 30, connections=1 << 30))
        self.removed = 0
        self.answered = 0
        self.seen_at_once = 0
        self._true: dict[str, dict[str, dict[str, int]]] = {}
        self._sent: dict[int, int] = {}
        self._numbered = 0
        self._asked: list[JsonObject] = []

    def play(self, script: list[JsonObject]) -> None:
        last = max(at for at, frame in enumerate(script) if "seq" in frame)
        is_due = False
        for position, frame in enumerate(script):
            self._now += 1_000_000
            if frame is CONNECTED:
                self._sent.clear()
                self._asked.clear()
                self._connect(script[position + 1 :])
                continue
            self._want_new(frame)
            self._learn(frame)
            is_numbered = "seq" in frame
            self._numbered += is_numbered
            frame = self._renumbered(self._with_our_id(frame))
            if is_numbered and self._numbered % EVERY == 0 and position < last:
                self.removed += 1
                is_due = True
                continue
            gaps = self.feed.counters.gaps
            self._give(frame)
            if is_numbered and is_due:
                self.seen_at_once += self.feed.counters.gaps - gaps
                is_due = False
            self._answer()

    def _give(self, frame: JsonObject) -> None:
        self.feed.receive(json.dumps(frame).encode() + b"\n", self._now)
        self._collect()

    def _renumbered(self, frame: JsonObject) -> JsonObject:
        if "seq" not in frame:
            return frame
        sid = frame["sid"]
        self._sent[sid] = self._sent.get(sid, 0) + 1
        return {**frame, "seq": self._sent[sid]}

    def _learn(self, frame: JsonObject) -> None:
        body: dict[str, Any] = frame["msg"]
        if frame["type"] == "orderbook_snapshot":
            self._true[body["market_ticker"]] = {
                side: {price: cents(count) for price, count in body.get(f"{side}_dollars_fp", [])}
                for side in ("yes", "no")
            }
        elif frame["type"] == "orderbook_delta":
            levels = self._true[body["market_ticker"]][body["side"]]
            price = body["price_dollars"]
            levels[price] = levels.get(price, 0) + cents(body["delta_fp"])
            if not levels[price]:
                del levels[price]

    def _command(self, command: JsonObject) -> None:
        if command["params"].get("action") == "get_snapshot":
            self._asked.append(command)
        else:
            super()._command(command)

    def _answer(self) -> None:
        asked, self._asked = self._asked, []
        for command in asked:
            for ticker in command["params"]["market_tickers"]:
                self.answered += 1
                body: JsonObject = {"market_ticker": ticker, "market_id": "0b0e"}
                for side, levels in self._true[ticker].items():
                    if levels:
                        body[f"{side}_dollars_fp"] = [
                            [price, f"{count // 100}.{count % 100:02d}"]
                            for price, count in levels.items()
                        ]
                frame = {"type": "orderbook_snapshot", "id": command["id"], "msg": body}
                self._give(self._renumbered({**frame, "sid": 1, "seq": 0}))


def cents(text: str) -> int:
    """Return hundredths of contracts; every recorded count has two decimals."""
    return int(text.replace(".", ""))


@pytest.mark.parametrize(
    ("name", "removed"),
    [
        ("btc15m-short.ndjson.gz", 6),
        ("btc15m-a.ndjson.gz", 141),
        ("btc15m-b.ndjson.gz", 115),
    ],
)
def test_TB06_TB11_every_500th_frame_removed_is_seen_and_repaired(name: str, removed: int) -> None:
    script = recorded(name)
    replay = LossyReplay(yes_scale=False)
    replay.play(script)
    assert replay.removed == removed
    assert replay.seen_at_once == removed, "the next frame shows each"
    assert replay.feed.counters.gaps == removed, "and nothing else is called a gap"
    assert replay.answered >= removed
    naive = naive_books([frame for frame in script if frame is not CONNECTED], yes_scale=False)
    for ticker, book in replay.books.items():
        assert replay.feed.status(ticker) in (BookStatus.LIVE, BookStatus.EMPTY)
        assert held(book) == naive[ticker]
