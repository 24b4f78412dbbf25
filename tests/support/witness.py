"""A customer who writes down what the exchange has acknowledged, and holds it to that.

A `Witness` trades on one account over REST and listens on its private channels. What an answer or a
frame has told is kept; `missing` compares it with the truth that a later exchange tells. A request
that was cut off proves nothing in either direction.
"""

import asyncio
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

import httpx
import msgspec
from websockets.exceptions import ConnectionClosed

from tests.support.practice_bench import Signer, terms
from tests.support.practice_live import Live, say

ORDERS = "/portfolio/events/orders"
CHANNELS = ["fill", "user_orders", "market_positions"]


def hundredths(text: str) -> int:
    """Return a wire count as 1/100 contract."""
    return int(Decimal(text) * 100)


def micro(text: str) -> int:
    """Return wire dollars as micro-dollars."""
    return int(Decimal(text) * 1_000_000)


def cash_from_fills(deposited: int, fills: list[dict[str, Any]]) -> int:
    """Return the micro-dollars that an account with no resting order must have.

    Its own arithmetic, fill by fill, oldest first: opening pays the leg's price, closing gets the
    rest of the dollar, and each fill pays its fee.
    """
    cash, nets = deposited, dict.fromkeys([each["ticker"] for each in fills], 0)
    for fill in fills:
        bought, size = fill["book_side"] == "bid", hundredths(fill["count_fp"])
        price = micro(fill["yes_price_dollars" if bought else "no_price_dollars"])
        held = nets[fill["ticker"]]
        closing = min(size, max(-held if bought else held, 0))
        cash += (closing * (1_000_000 - price) - (size - closing) * price) // 100
        cash -= micro(fill["fee_cost"])
        nets[fill["ticker"]] = held + (size if bought else -size)
    return cash


@dataclass
class Witness:
    """One account's view over many runs of an exchange."""

    name: str
    chance: Random
    sent: int = 0
    answers: int = 0
    frames: int = 0
    placed: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Order id -> the terms that were answered 201."""
    canceled: set[str] = field(default_factory=set)
    decreased: dict[str, int] = field(default_factory=dict)
    """Order id -> at most what may remain."""
    filled: dict[str, int] = field(default_factory=dict)
    """Order id -> at least what must be filled."""
    fills: dict[str, str] = field(default_factory=dict)
    """Trade id -> count."""
    groups: set[str] = field(default_factory=set)

    async def trade(self, live: Live, me: Signer, tickers: list[str]) -> None:
        """Send one order command after the other until the exchange is gone."""
        mine = [each for each in self.placed if each not in self.canceled]
        try:
            while True:
                deed = self.chance.random()
                if mine and deed < 0.25:
                    await self._cancel(live, me, mine.pop(self.chance.randrange(len(mine))))
                elif mine and deed < 0.35:
                    await self._decrease(live, me, self.chance.choice(mine))
                else:
                    order_id = await self._create(live, me, self.chance.choice(tickers))
                    if order_id:
                        mine.append(order_id)
        except httpx.TransportError:
            return

    async def listen(self, live: Live, me: Signer, ready: asyncio.Event) -> None:
        """Write down what the private channels say until the exchange is gone."""
        try:
            async with live.connect(me) as socket:
                await say(socket, "subscribe", channels=CHANNELS)
                ready.set()
                async for data in socket:
                    self._hear(msgspec.json.decode(data))
        except (ConnectionClosed, OSError):
            return

    def missing(self, account: dict[str, Any]) -> list[str]:
        """Return what was acknowledged and does not stand in the truth about this account."""
        orders = {each["order_id"]: each for each in account["orders"]}
        fills = {each["trade_id"]: each["count_fp"] for each in account["fills"]}
        found = []
        for order_id, wanted in self.placed.items():
            order = orders.get(order_id)
            if order is None or order["client_order_id"] != wanted["client_order_id"]:
                found.append(f"order {order_id}")
        found += [
            f"cancel of {order_id}"
            for order_id in self.canceled
            if orders.get(order_id, {}).get("status") == "resting"
        ]
        for order_id, most in self.decreased.items():
            if hundredths(orders[order_id]["remaining_count_fp"]) > most:
                found.append(f"decrease of {order_id}")
        for order_id, least in self.filled.items():
            order = orders.get(order_id)
            if order is None or hundredths(order["fill_count_fp"]) < least:
                found.append(f"fill count of {order_id}")
        found += [f"fill {each}" for each, count in self.fills.items() if fills.get(each) != count]
        return found + self._contradictions(account)

    def _contradictions(self, account: dict[str, Any]) -> list[str]:
        """Return where orders, fills and positions do not agree with each other."""
        by_order: dict[str, int] = {}
        by_market: dict[str, int] = {}
        for each in account["fills"]:
            size = hundredths(each["count_fp"])
            by_order[each["order_id"]] = by_order.get(each["order_id"], 0) + size
            signed = size if each["book_side"] == "bid" else -size
            by_market[each["ticker"]] = by_market.get(each["ticker"], 0) + signed
        found = [
            f"fills of {each['order_id']}"
            for each in account["orders"]
            if by_order.get(each["order_id"], 0) != hundredths(each["fill_count_fp"])
        ]
        held = {each["ticker"]: hundredths(each["position_fp"]) for each in account["positions"]}
        return found + [
            f"position in {ticker}" for ticker, net in by_market.items() if held.get(ticker) != net
        ]

    async def _create(self, live: Live, me: Signer, ticker: str) -> str | None:
        self.sent += 1
        order = terms(
            ticker=ticker,
            client_order_id=f"{self.name}-{self.sent}",
            side=self.chance.choice(("bid", "ask")),
            price=f"0.{self.chance.randrange(40, 61)}00",
            count=f"{self.chance.randrange(1, 9)}.00",
        )
        answer = await live.call("POST", ORDERS, me, order)
        assert answer.status_code == 201, answer.text
        self.answers += 1
        body = answer.json()
        self.placed[body["order_id"]] = order
        self.filled[body["order_id"]] = hundredths(body["fill_count"])
        return body["order_id"] if hundredths(body["remaining_count"]) else None

    async def _cancel(self, live: Live, me: Signer, order_id: str) -> None:
        path = f"{ORDERS}/{order_id}?exchange_index=-1&market_ticker={self._ticker(order_id)}"
        answer = await live.call("DELETE", path, me)
        assert answer.status_code in (200, 404), answer.text
        self.answers += 1
        self.canceled.add(order_id)

    async def _decrease(self, live: Live, me: Signer, order_id: str) -> None:
        path = f"{ORDERS}/{order_id}/decrease?market_ticker={self._ticker(order_id)}"
        answer = await live.call("POST", path, me, {"reduce_to": "1.00"})
        assert answer.status_code in (200, 400, 404), answer.text
        self.answers += 1
        if answer.status_code == 200:
            self.decreased[order_id] = 100

    def _ticker(self, order_id: str) -> str:
        return str(self.placed[order_id]["ticker"])

    def _hear(self, frame: dict[str, Any]) -> None:
        body = frame.get("msg", {})
        if frame["type"] == "fill":
            self.frames += 1
            self.fills[body["trade_id"]] = body["count_fp"]
        elif frame["type"] == "user_order":
            self.frames += 1
            known = self.filled.get(body["order_id"], 0)
            self.filled[body["order_id"]] = max(known, hundredths(body["fill_count_fp"]))
