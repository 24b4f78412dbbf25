"""Every order command against the practice exchange over a socket: two readings of one spec."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kalshi_tui.api.auth import Signer, load_private_key
from kalshi_tui.api.errors import DeniedError
from kalshi_tui.api.limits import AccountLimits, RateLimits
from kalshi_tui.api.rest import RestClient
from kalshi_tui.core.answers import Acked, CancelAcked, CancelRefused, Refused
from kalshi_tui.core.effects import SendAmend, SendCancel, SendDecrease, Submit
from kalshi_tui.core.events import ReportedStatus
from kalshi_tui.core.orders import OrderTerms, TimeInForce
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price
from kalshi_tui.session.clock import SystemClock
from tests.support.practice_live import Live, live

CLOCK = SystemClock()
MILLI = 1_000_000
PLENTY = AccountLimits("prime", 4_000, 4_000, 4_000, 8_000)


class Trader:
    """A client on a running exchange, and the market that it trades."""

    def __init__(self, exchange: Live, limits: RateLimits) -> None:
        self.exchange = exchange
        account = exchange.ready.accounts[2]
        pem = Path(account.private_key_path).read_bytes()
        self.rest = RestClient(
            exchange.ready.rest,
            Signer(account.key_id, load_private_key(pem)),
            limits,
            clock=CLOCK.wall_ns,
            monotonic=CLOCK.mono_ns,
        )
        self.terms = OrderTerms("", BookSide.BID, Price(100), Count(1_000))
        self.shards: dict[int, str] = {}

    async def open(self) -> None:
        listed = await self.rest.markets(status="open")
        for market in listed.markets:
            self.shards.setdefault(market.exchange_index, market.ticker)
        self.terms = replace(self.terms, ticker=self.shards[0])

    async def place(self, name: str, **changes: Any) -> Acked:
        terms = replace(self.terms, **changes)
        return await self.rest.send(self.rest.prepare(name, terms, CLOCK.wall_ns() // MILLI))

    async def batch(self, *submits: Submit) -> list[object]:
        prepared = self.rest.prepare_batch(submits, CLOCK.wall_ns() // MILLI)
        return list(await self.rest.send_batch(prepared))


@asynccontextmanager
async def trader(
    directory: Path, limits: AccountLimits = PLENTY, **config: Any
) -> AsyncIterator[Trader]:
    async with live(directory, **config) as exchange:
        found = Trader(exchange, RateLimits(limits))
        try:
            await found.open()
            yield found
        finally:
            await found.rest.aclose()


async def test_TO27_an_order_is_amended_decreased_and_canceled(tmp_path: Path) -> None:
    async with trader(tmp_path) as one:
        rest, placed = one.rest, await one.place("c-1")
        name = placed.order_id
        more = replace(one.terms, price=Price(200), count=Count(1_200))
        acked = await rest.amend(SendAmend("r-1", name, "c-1", more))
        assert (acked.remaining, acked.filled) == (1_200, 0)
        expires_s = CLOCK.wall_ns() // 10**9 + 900
        kept = await rest.amend(SendAmend("r-2", name, "c-1", more, expires_s))
        assert (kept.remaining, kept.filled) == (None, None)
        assert (await rest.order(name)).expires_ms == expires_s * 1_000
        await rest.amend(SendAmend("r-3", name, "c-1", more, 0))
        assert (await rest.order(name)).expires_ms is None
        less = await rest.decrease(SendDecrease("r-4", name, one.terms.ticker, Count(300)))
        again = await rest.decrease(SendDecrease("r-5", name, one.terms.ticker, Count(300)))
        assert less.remaining == again.remaining == 300
        report = await rest.order(name)
        assert (report.price, report.remaining, report.client_order_id) == (200, 300, "c-1")
        with pytest.raises(DeniedError):
            await rest.amend(SendAmend("r-6", name, "c-other", more))
        assert (await rest.cancel(name, one.terms.ticker)).reduced_by == 300
        with pytest.raises(DeniedError) as caught:
            await rest.amend(SendAmend("r-7", name, "c-1", more))
        assert caught.value.status == 404


async def test_TO36_a_batch_is_answered_order_by_order(tmp_path: Path) -> None:
    async with trader(tmp_path) as one:
        late = replace(one.terms, ticker=one.shards[1])
        found = await one.batch(
            Submit("c-1", one.terms),
            Submit("c-2", replace(one.terms, price=Price(150), ticker="KXNONE-1")),
            Submit("c-3", late),
        )
        assert [type(each) for each in found] == [Acked, Refused, Acked]
        ids = [each.order_id for each in found if isinstance(each, Acked)]
        shards = {each.order_id: each.ticker for each in await one.rest.orders()}
        assert shards == {ids[0]: one.terms.ticker, ids[1]: late.ticker}
        cancels = [SendCancel(ids[0], one.terms.ticker), SendCancel(ids[1], late.ticker)]
        done = await one.rest.cancel_batch([*cancels, SendCancel("gone", late.ticker)])
        assert [type(each) for each in done] == [CancelAcked, CancelAcked, CancelRefused]
        assert await one.rest.orders(status="resting") == ()


async def test_TO38_a_triggered_group_cancels_its_orders_on_its_shard_and_lets_none_in(
    tmp_path: Path,
) -> None:
    async with trader(tmp_path) as one:
        made = {shard: await one.rest.make_group(shard, Count(50_000)) for shard in (0, 1)}
        terms = replace(one.terms, ticker=one.shards[1], group_id=made[1].group_id)
        await one.place("c-0", group_id=made[0].group_id)
        inside = await one.rest.send(one.rest.prepare("c-1", terms, CLOCK.wall_ns() // MILLI))
        report = await one.rest.order(inside.order_id)
        assert report.group_id == made[1].group_id
        group = await one.rest.group(made[1].group_id)
        assert (group.shard, group.limit, group.order_ids) == (1, 50_000, (inside.order_id,))
        assert {each.group_id for each in await one.rest.groups()} == {
            each.group_id for each in made.values()
        }
        await one.rest.trigger_group(made[1].group_id, 1)
        await one.rest.trigger_group(made[1].group_id, 1)
        (left,) = await one.rest.orders(status="resting")
        assert left.client_order_id == "c-0"
        with pytest.raises(DeniedError):
            await one.rest.send(one.rest.prepare("c-2", terms, CLOCK.wall_ns() // MILLI))
        await one.rest.reset_group(made[1].group_id, 1)
        await one.rest.limit_group(made[1].group_id, 1, Count(70_000))
        await one.rest.send(one.rest.prepare("c-3", terms, CLOCK.wall_ns() // MILLI))
        await one.rest.delete_group(made[1].group_id, 1)
        with pytest.raises(DeniedError):
            await one.rest.trigger_group(made[1].group_id, 0)


async def test_a_pause_flag_and_an_expiry_reach_the_exchange(tmp_path: Path) -> None:
    async with trader(tmp_path) as one:
        expires_s = CLOCK.wall_ns() // 10**9 + 900
        placed = await one.place("c-1", cancel_on_pause=True, expires_s=expires_s)
        told = (await one.exchange.control("truth"))["accounts"]
        (order,) = [each for account in told.values() for each in account["orders"]]
        assert order["order_id"] == placed.order_id
        assert order["cancel_order_on_pause"] is True
        await one.exchange.control("exchange", trading_active=False)
        assert (await one.rest.order(placed.order_id)).status is ReportedStatus.CANCELED


async def test_FL06_FC14_at_the_basic_tier_nothing_that_we_send_is_throttled(
    tmp_path: Path,
) -> None:
    async with trader(tmp_path, AccountLimits(), tier="basic") as one:
        await one.rest.account_limits()
        await one.rest.endpoint_costs()
        submits = [Submit(f"c-{each}", one.terms) for each in range(one.rest.create_room())]
        found = await one.batch(*submits)
        assert [type(each) for each in found] == [Acked] * 8
        cancels = [
            SendCancel(each.order_id, one.terms.ticker) for each in found if isinstance(each, Acked)
        ]
        assert one.rest.cancel_room() >= 8
        done = await one.rest.cancel_batch(cancels)
        assert [type(each) for each in done] == [CancelAcked] * 8
        assert one.rest.budget().write_left < 20


@pytest.mark.parametrize("body", ["string", "object"])
async def test_FL02_both_bodies_of_a_429_are_refusals_in_words(tmp_path: Path, body: str) -> None:
    async with trader(tmp_path) as one:
        await one.exchange.control("faults", fault="rate_limit", body=body)
        with pytest.raises(DeniedError, match="too_many_requests") as caught:
            await one.place("c-1", time_in_force=TimeInForce.IOC)
        assert caught.value.is_throttle
        assert one.rest.needs_limits
        assert one.rest.budget().throttled
