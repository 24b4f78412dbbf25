"""The whole server without a socket, driven by a journal of client input and nothing else.

An `Input` is what a client sent and when. A `Recital` performs inputs on a fresh venue with a clock
that it moves itself, and keeps every byte that comes back: REST answers with their headers, and the
WebSocket frames of every connection, in the order in which they are handed out. Equal seeds and
equal inputs must give equal bytes, in any process.

`python -m tests.support.recital SEED SECONDS` prints the digest of an improvised journal and of its
performance.
"""

import asyncio
import hashlib
import random
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import msgspec
from cryptography.hazmat.primitives.asymmetric import ed25519

from kalshi_tui.practice.clock import Clock
from kalshi_tui.practice.dialogue import Dialogue
from kalshi_tui.practice.keys import AccountKey
from kalshi_tui.practice.routes import application
from kalshi_tui.practice.server import ServeConfig, build
from kalshi_tui.practice.subscriptions import Client
from tests.support.practice_bench import ROOT, START, Signer

_NS_PER_MS = 1_000_000
_STEPS = 200
_PEOPLE = ("ann", "bob")
_ORDERS = "/portfolio/events/orders"
_GROUPS = "/portfolio/order_groups"
_SUBSCRIBED = (
    "orderbook_delta",
    "ticker",
    "trade",
    "fill",
    "user_orders",
    "market_positions",
    "order_group_updates",
)


class Input(msgspec.Struct, frozen=True):
    """Something that a client sent: a request, or a frame on its connection."""

    at_ms: int
    """Milliseconds after the opening."""
    client: str
    """The account (`ann`, `bob`), and for a frame also its connection: `ann/1`."""
    method: str
    """Of a request; empty for a frame."""
    path: str
    body: str


class Wall:
    """The only clock of a recital."""

    def __init__(self) -> None:
        self.now = START

    def clock(self) -> Clock:
        """Return a clock on which no time passes but what `now` is set to."""
        return Clock(lambda: self.now, lambda: self.now)


class Recital:
    """One performance."""

    def __init__(self, directory: Path, **config: Any) -> None:
        self.wall = Wall()
        self.signers = {
            name: Signer(f"{name}-key", ed25519.Ed25519PrivateKey.from_private_bytes(letter * 32))
            for name, letter in (("ann", b"a"), ("bob", b"b"))
        }
        keys = tuple(
            AccountKey(each.key_id, directory, each.key.public_key())
            for each in self.signers.values()
        )
        self.venue = build(
            ServeConfig(**{"tier": "unlimited", **config}), directory, keys, self.wall.clock()
        )
        transport = httpx.ASGITransport(app=application(self.venue, self._advance))
        self._http = httpx.AsyncClient(transport=transport, base_url="http://practice.test")
        self._clients: dict[str, tuple[Client, Dialogue]] = {}
        self.inputs: list[Input] = []
        self.output: list[bytes] = []

    async def send(self, each: Input) -> bytes:
        """Let the time come, do what a client asks and return the body of a request's answer."""
        self._run_to(START + each.at_ms * _NS_PER_MS)
        self.inputs.append(each)
        body = b""
        if each.method:
            body = await self._ask(each)
        else:
            self._dialogue(each.client).receive(each.body, self.venue.clock.now_ns())
        self._collect()
        return body

    def finish(self, at_ms: int) -> None:
        """Let the time come and keep what is still said."""
        self._run_to(START + at_ms * _NS_PER_MS)

    def digest(self) -> str:
        """Return the checksum of all output."""
        return hashlib.sha256(b"\x00".join(self.output)).hexdigest()

    async def _ask(self, each: Input) -> bytes:
        path = each.path.partition("?")[0]
        headers = self.signers[each.client].headers(each.method, path, self.wall.now // _NS_PER_MS)
        if each.body:
            headers["Content-Type"] = "application/json"
        answer = await self._http.request(
            each.method, each.path, headers=headers, content=each.body.encode() or None
        )
        head = b"\n".join(b"%s: %s" % pair for pair in answer.headers.raw)
        self.output.append(b"%d\n%s\n\n%s" % (answer.status_code, head, answer.content))
        return answer.content

    def _dialogue(self, name: str) -> Dialogue:
        if name not in self._clients:
            account = self.signers[name.partition("/")[0]].key_id
            client = self.venue.hub.join(account, lambda: None)
            self._clients[name] = client, Dialogue(self.venue.hub, client)
        return self._clients[name][1]

    def _run_to(self, at_ns: int) -> None:
        while (due := self.venue.next_due_ns()) is not None and due <= at_ns:
            self._turn(max(due, self.wall.now))
        self._turn(at_ns)

    def _turn(self, at_ns: int) -> None:
        self.wall.now = at_ns
        while self.venue.run(self.venue.clock.now_ns(), _STEPS):
            self._collect()
        self.venue.strike(self.venue.clock.now_ns())
        self.venue.hub.tick(self.venue.clock.now_ns())
        self._collect()

    async def _advance(self) -> None:
        self._turn(self.wall.now)

    def _collect(self) -> None:
        for name, (client, _) in self._clients.items():
            self.output.extend(b"%s %s" % (name.encode(), frame) for frame in client.take(10**6))


async def perform(inputs: Sequence[Input], directory: Path, **config: Any) -> Recital:
    """Repeat a journal on a fresh exchange."""
    recital = Recital(directory, **config)
    for each in inputs:
        await recital.send(each)
    recital.finish(inputs[-1].at_ms + 1_000)
    return recital


@dataclass(slots=True)
class Improviser:
    """A customer who makes things up from a seed, and looks at the answers."""

    recital: Recital
    chance: random.Random
    now_ms: int = 0
    orders: int = 0
    live: list[tuple[str, str, str]] = field(default_factory=list)
    """Client, ticker and order id of what may still rest."""
    groups: dict[str, list[str]] = field(default_factory=dict)
    tickers: list[str] = field(default_factory=list)

    async def play(self, seconds: int) -> None:
        """Subscribe twice, then do something a few times a second."""
        self.tickers = list(self.recital.venue.exchange.markets)
        for connection in ("ann/1", "bob/1"):
            params = {
                "channels": list(_SUBSCRIBED),
                "market_tickers": self.tickers,
                "use_yes_price": connection == "ann/1",
            }
            await self._say(connection, {"id": 1, "cmd": "subscribe", "params": params})
        deeds = (
            *[self._create] * 4,
            self._cancel,
            self._change,
            self._batch,
            self._group,
            self._money,
            self._read,
            self._listen,
            self._govern,
        )
        while self.now_ms < seconds * 1_000:
            self.now_ms += self.chance.randrange(1, 400)
            await self.chance.choice(deeds)()
        self.recital.finish(self.now_ms + 1_000)

    async def _say(self, connection: str, command: object) -> None:
        text = msgspec.json.encode(command).decode()
        await self.recital.send(Input(self.now_ms, connection, "", "", text))

    async def _ask(self, client: str, method: str, path: str, body: object = None) -> Any:
        text = "" if body is None else msgspec.json.encode(body).decode()
        raw = await self.recital.send(Input(self.now_ms, client, method, ROOT + path, text))
        return msgspec.json.decode(raw) if raw else None

    def _order(self, client: str) -> dict[str, object]:
        self.orders += 1
        return {
            "ticker": self.chance.choice(self.tickers),
            "client_order_id": f"{client}-{self.orders}",
            "side": self.chance.choice(("bid", "ask")),
            "count": f"{self.chance.randrange(1, 40)}.{self.chance.choice(('00', '50'))}",
            "price": f"0.{self.chance.randrange(1, 100):02d}00",
            "time_in_force": self.chance.choice(
                ("good_till_canceled", "good_till_canceled", "immediate_or_cancel", "fill_or_kill")
            ),
            "self_trade_prevention_type": self.chance.choice(("maker", "taker_at_cross")),
            "order_group_id": self.chance.choice(["", "", *self.groups.get(client, [])]),
        }

    async def _create(self) -> None:
        client = self.chance.choice(_PEOPLE)
        order = self._order(client)
        answer = await self._ask(client, "POST", _ORDERS, order)
        if answer.get("remaining_count", "0.00") != "0.00":
            self.live.append((client, str(order["ticker"]), answer["order_id"]))

    async def _cancel(self) -> None:
        if self.live:
            client, ticker, order_id = self.live.pop(self.chance.randrange(len(self.live)))
            await self._ask(client, "DELETE", f"{_ORDERS}/{order_id}?market_ticker={ticker}")

    async def _change(self) -> None:
        if not self.live:
            return
        client, ticker, order_id = self.chance.choice(self.live)
        where = f"?market_ticker={ticker}"
        if self.chance.random() < 0.5:
            body: dict[str, object] = {"reduce_by": "0.50"}
            await self._ask(client, "POST", f"{_ORDERS}/{order_id}/decrease{where}", body)
            return
        body = {
            "ticker": ticker,
            "side": self.chance.choice(("bid", "ask")),
            "price": f"0.{self.chance.randrange(1, 100):02d}00",
            "count": f"{self.chance.randrange(1, 60)}.00",
        }
        await self._ask(client, "POST", f"{_ORDERS}/{order_id}/amend{where}", body)

    async def _batch(self) -> None:
        client = self.chance.choice(_PEOPLE)
        draw = self.chance.random()
        if draw < 0.5:
            orders = [self._order(client) for _ in range(self.chance.randrange(1, 5))]
            await self._ask(client, "POST", f"{_ORDERS}/batched", {"orders": orders})
        elif draw < 0.9:
            picked = [each for each in self.live if each[0] == client][:3]
            items = [{"order_id": each[2], "market_ticker": each[1]} for each in picked]
            await self._ask(client, "DELETE", f"{_ORDERS}/batched", {"orders": items})
        else:
            await self._ask(client, "DELETE", _ORDERS)

    async def _group(self) -> None:
        client = self.chance.choice(_PEOPLE)
        mine = self.groups.setdefault(client, [])
        if not mine or self.chance.random() < 0.3:
            body = {"contracts_limit": self.chance.randrange(1, 30)}
            answer = await self._ask(client, "POST", f"{_GROUPS}/create", body)
            mine.append(answer["order_group_id"])
            return
        what = self.chance.choice(("reset", "trigger"))
        await self._ask(client, "PUT", f"{_GROUPS}/{self.chance.choice(mine)}/{what}", {})

    async def _money(self) -> None:
        body = {
            "source": "event_contract",
            "destination": "event_contract",
            "source_exchange_shard": self.chance.randrange(2),
            "destination_exchange_shard": self.chance.randrange(2),
            "amount": self.chance.randrange(1, 10**6),
        }
        path = "/portfolio/intra_exchange_instance_transfer"
        await self._ask(self.chance.choice(_PEOPLE), "POST", path, body)

    async def _govern(self) -> None:
        """Whoever drives the rehearsal has a hand in it too."""
        ticker = self.chance.choice(self.tickers)
        deed = self.chance.choice(
            (
                ("/practice/faults", {"fault": "drop_frame", "p": 0.2, "for_ms": 500}),
                ("/practice/faults", {"fault": "burst", "market": ticker, "n": 20}),
                (f"/practice/market/{ticker}", {"action": "pause"}),
                (f"/practice/market/{ticker}", {"action": "reactivate"}),
                ("/practice/clock", {"action": "step", "ms": self.chance.randrange(1, 900)}),
            )
        )
        text = msgspec.json.encode(deed[1]).decode()
        await self.recital.send(Input(self.now_ms, "ann", "POST", deed[0], text))

    async def _read(self) -> None:
        path = self.chance.choice(
            (
                "/portfolio/balance",
                "/portfolio/positions",
                "/portfolio/orders?limit=5",
                "/portfolio/fills?limit=5",
                "/portfolio/orders/queue_positions",
                "/portfolio/settlements",
                "/portfolio/deposits",
                "/portfolio/order_groups",
                "/portfolio/intra_exchange_instance_transfers",
                "/account/limits",
                "/historical/cutoff",
                "/events?with_nested_markets=true&limit=2",
                "/series",
                "/markets?limit=3",
                "/markets/trades?limit=5",
                f"/markets/{self.chance.choice(self.tickers)}/orderbook?depth=4",
                "/exchange/status",
                "/nowhere",
            )
        )
        await self._ask(self.chance.choice(_PEOPLE), "GET", path)

    async def _listen(self) -> None:
        sid = self.chance.randrange(1, 8)
        ticker = self.chance.choice(self.tickers)
        action = self.chance.choice(("add_markets", "delete_markets", "get_snapshot", "nonsense"))
        params = {"sids": [sid], "market_tickers": [ticker], "action": action}
        command = {"id": self.now_ms, "cmd": "update_subscription", "params": params}
        await self._say(self.chance.choice(("ann/1", "bob/1")), command)


async def improvise(seed: int, seconds: int, directory: Path) -> Recital:
    """Return a performance with its journal in `inputs`."""
    recital = Recital(directory, seed=seed)
    await Improviser(recital, random.Random(seed)).play(seconds)
    return recital


def main() -> None:
    """Print the digests of the journal and of the output."""
    seed, seconds = int(sys.argv[1]), int(sys.argv[2])
    with tempfile.TemporaryDirectory() as directory:
        recital = asyncio.run(improvise(seed, seconds, Path(directory)))
    inputs = hashlib.sha256(msgspec.json.encode(recital.inputs)).hexdigest()
    sys.stdout.write(f"{inputs} {recital.digest()} {len(recital.output)}\n")


if __name__ == "__main__":
    main()
