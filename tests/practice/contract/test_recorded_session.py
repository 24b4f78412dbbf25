"""The recorded demo session of June 2026, asked again of the practice exchange, step by step.

Same status, same error code, same shape of body; wherever the specification 3.34 has overtaken the
recording, or the recorded market was another one, the difference stands in a table with its reason.
`pytest -s -k recorded` prints every step.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import msgspec
import pytest

from kalshi_tui.core.units import DOLLAR, Money
from kalshi_tui.practice.happenings import MarketResult
from tests.support.contract import SHARED
from tests.support.practice_bench import FED, Bench, Signer, bench

RECORDED = SHARED / "recordings" / "rest" / "demo"
THEIR_MARKETS = ("KXWTACHALLENGERMATCH-26JUN11JIMLEP-LEP", "KXPGATOUR-USO26-JDAY")
CASH = Money(100 * DOLLAR)

GONE = {"deprecated_v1_order_endpoint": "legacy order writes were switched off in June 2026"}
STATUS_OVERTAKEN: Mapping[str, tuple[int, str]] = {
    "orders__legacy_create": (410, GONE["deprecated_v1_order_endpoint"]),
    "orders__legacy_cancel": (410, GONE["deprecated_v1_order_endpoint"]),
}

REMOVED = {
    "error/service": "removed on 2026-08-06",
    "fractional_trading_enabled": "removed on 2026-07-09: every market is fractional",
    "liquidity_dollars": "zeroed in February, dropped in September 2026",
    "response_price_units": "removed on 2026-07-09",
    "resting_orders_count": "removed on 2026-07-09",
}
"""Fields of the recording that the exchange does not send any more."""

ADDED = {
    "exchange_index": "shards, August 2026",
    "exchange_index_statuses": "shards, August 2026",
    "intra_exchange_transfers_active": "shards, August 2026",
    "settlement_bounds_type": "September 2026",
    "cancel_order_on_pause": "declared in 3.34; always told here",
}
"""Fields that came after the recording."""

OF_THE_MARKET = {
    "custom_strike": "what a recorded market asks about; practice markets have none",
    "early_close_condition": "optional, as above",
    "floor_strike": "optional, as above",
    "strike_type": "optional, as above",
    "primary_participant_key": "optional, as above",
    "mve_collection_ticker": "combo markets are not listed here",
    "mve_selected_legs": "combo markets are not listed here",
    "is_provisional": "optional; told of provisional markets only",
    "settlement_value_dollars": "told from the determination on; not all recorded markets were",
    "settlement_ts": "told from the settlement on; not all recorded markets were",
    "occurrence_datetime": "a time or null, as the event has one",
    "subtitle": "deprecated; recorded markets of this page had none",
}
"""Optional fields that depend on the market."""

REASONS = {**REMOVED, **ADDED, **OF_THE_MARKET}


class Step(NamedTuple):
    """One recorded request with its answer."""

    name: str
    meta: dict[str, Any]
    body: Any


def steps() -> list[Step]:
    """Return the recorded steps in the order of their time; skips where they are absent."""
    if not RECORDED.exists():
        pytest.skip("the recorded demo session is not here: it lies in ../shared/recordings")
    found = []
    for path in RECORDED.glob("*.meta.json"):
        name = path.name.removesuffix(".meta.json")
        meta = json.loads(path.read_text())
        body = path.with_name(f"{name}.json")
        if "path" in meta:
            known = json.loads(body.read_text()) if body.exists() else None
            found.append(Step(name, meta, known))
    return sorted(found, key=lambda each: each.meta.get("recorded_at_epoch_ms", 2**63))


class Replay:
    """Asks a bench what was asked of the demo exchange: its ids, cursors and market become ours."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self._words = dict.fromkeys(THEIR_MARKETS, FED)
        self._at_ms = 0

    async def prepare(self) -> None:
        """Bring books, cash and positions to where the recording begins."""
        table, exchange = self.bench, self.bench.venue.exchange
        now_ns = table.venue.clock.now_ns()
        tickers = [each for each in exchange.markets if each != FED]
        exchange.close_market(tickers[0], now_ns)
        exchange.determine(tickers[1], MarketResult.NO, now_ns)
        table.hands.pass_ms(400_000)
        for _ in range(2):
            await table.place(table.bob, side="ask", price="0.99", count="1.00")
            await table.place(table.ann, price="0.99", count="1.00")
        await table.place(table.bob, price="0.47", count="3.00")
        await table.place(table.bob, side="ask", price="0.52", count="3.00")
        rest = Money(exchange.accounts[table.ann.key_id].available(0) - CASH)
        exchange.withdraw(table.ann.key_id, rest, table.venue.clock.now_ns())

    async def ask(self, step: Step) -> httpx.Response:
        """Send one recorded request as it was sent; remember what its answer names."""
        at_ms = step.meta.get("recorded_at_epoch_ms", self._at_ms)
        self.bench.hands.pass_ms(max(0, at_ms - self._at_ms) if self._at_ms else 0)
        self._at_ms = at_ms
        url = urlsplit(step.meta["path"])
        path = self._ours(url.path)
        query = urlencode([(key, self._ours(value)) for key, value in parse_qsl(url.query)])
        headers = self._headers(step, path)
        content = None
        if step.meta.get("request_body") is not None:
            headers["Content-Type"] = "application/json"
            content = self._ours(json.dumps(step.meta["request_body"])).encode()
        target = f"{path}?{query}" if query else path
        response = await self.bench.http.request(
            step.meta["method"], target, headers=headers, content=content
        )
        self._learn(step.body, response)
        return response

    def _headers(self, step: Step, path: str) -> dict[str, str]:
        auth, signer = step.meta["auth"], self.bench.ann
        wall_ms = self.bench.hands.wall // 1_000_000
        if auth in ("unauthenticated",) or auth.startswith("NONE"):
            return {}
        if auth == "signed-skewed":
            wall_ms += SKEWS[step.name]
        if auth == "unknown-key-id":
            signer = Signer("00000000-0000-0000-0000-000000000000", signer.key)
        signed = "/wrong" if auth == "bad-signature" else path
        headers = signer.headers(step.meta["method"], signed, wall_ms)
        if auth == "missing-signature-header":
            del headers["KALSHI-ACCESS-SIGNATURE"]
        return headers

    def _ours(self, text: str) -> str:
        for theirs, ours in self._words.items():
            text = text.replace(theirs, ours)
        return text

    def _learn(self, theirs: Any, response: httpx.Response) -> None:
        if not isinstance(theirs, dict) or not response.content:
            return
        ours = response.json()
        for name in ("order_id", "cursor"):
            if theirs.get(name) and ours.get(name):
                self._words[theirs[name]] = ours[name]


SKEWS = {
    "auth__skew_minus5s": -5_000,
    "auth__skew_plus5s": 5_000,
    "auth__skew_minus30s": -30_000,
    "auth__skew_minus5min": -300_000,
    "auth__skew_plus5min": 300_000,
}


def shape(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every path of a body with the kind of value found there; lists are one element."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from shape(inner, f"{path}/{key}" if path else key)
    elif isinstance(value, list):
        yield path, "list"
        for inner in value:
            yield from shape(inner, f"{path}[]")
    elif value is not None:
        kind = "number" if isinstance(value, int | float) else type(value).__name__
        yield path, "bool" if isinstance(value, bool) else kind


def unexplained(theirs: Any, ours: Any) -> tuple[list[str], list[str]]:
    """Return the differences of shape that no reason covers, and the reasons that were needed."""
    left, needed = [], []
    before, after = set(shape(theirs)), set(shape(ours))
    for path, kind in sorted(before ^ after):
        parts = [each.removesuffix("[]") for each in path.split("/")]
        keys = ["/".join(parts[-2:]), *parts]
        reason = next((each for each in keys if each in REASONS), None)
        if reason is None:
            side = "only recorded" if (path, kind) in before else "only here"
            left.append(f"{path} ({kind}) {side}")
        elif reason not in needed:
            needed.append(reason)
    return left, needed


def code_of(body: Any) -> str:
    """Return the error code of any of the envelopes; empty where there is none."""
    if not isinstance(body, dict):
        return ""
    error = body.get("error", body)
    return str(error.get("code", "")) if isinstance(error, dict) else ""


async def test_the_recorded_session_is_answered_as_it_was(tmp_path: Path) -> None:
    every = steps()
    replay = Replay(bench(tmp_path))
    await replay.prepare()
    wrong, told, needed = [], [], set()
    for step in every:
        response = await replay.ask(step)
        body = msgspec.json.decode(response.content) if response.content else None
        status, why = STATUS_OVERTAKEN.get(step.name, (step.meta["status"], ""))
        if response.status_code != status:
            wrong.append(f"{step.name}: {response.status_code} for {status}: {body}")
            continue
        reasons: list[str] = []
        if why:
            assert code_of(body) in GONE
        else:
            if status >= 400 and code_of(body) != code_of(step.body):
                wrong.append(f"{step.name}: {code_of(body)} for {code_of(step.body)}")
            left, reasons = unexplained(step.body, body) if step.body is not None else ([], [])
            wrong.extend(f"{step.name}: {each}" for each in left)
        needed.update(reasons)
        note = why or "; ".join(f"{each}: {REASONS[each]}" for each in reasons)
        told.append(f"{step.name:<36} {response.status_code} {note}")
    print("", *told, sep="\n")  # noqa: T201
    assert wrong == []
    assert len(told) >= 50
    assert set(REASONS) == needed, "a reason that nothing needs"
