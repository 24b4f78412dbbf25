"""Faults of clocks and keys: switched on over the control endpoint, seen by a signed call."""

from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus

from tests.support.practice_faults import ORDERS, scene
from tests.support.practice_live import wall_ms


async def test_skew_shifts_the_date_and_the_window_of_signatures(home: Path) -> None:
    async with scene(home) as it:
        await it.fault("skew", ms=300_000)
        answer = await it.exchange.call("GET", "/portfolio/balance", it.ann)
        assert (answer.status_code, answer.json()["error"]["code"]) == (
            401,
            "header_timestamp_expired",
        )
        date_s = parsedate_to_datetime(answer.headers["date"]).timestamp()
        assert 295 <= date_s - wall_ms() / 1000 <= 301
        with pytest.raises(InvalidStatus) as caught:
            async with it.exchange.connect(it.ann):
                raise AssertionError
        date_s = parsedate_to_datetime(caught.value.response.headers["Date"]).timestamp()
        assert 295 <= date_s - wall_ms() / 1000 <= 301, "the socket's refusal tells the same time"
        await it.clear()
        await it.read("/portfolio/balance", it.ann)


async def test_revoke_key_makes_the_key_unknown(home: Path) -> None:
    async with scene(home) as it:
        await it.fault("revoke_key", account=it.ann.key_id)
        answer = await it.exchange.call("GET", "/portfolio/balance", it.ann)
        assert (answer.status_code, answer.json()["error"]["details"]) == (401, "NOT_FOUND")
        with pytest.raises(InvalidStatus):
            async with it.exchange.connect(it.ann):
                raise AssertionError
        await it.read("/portfolio/balance", it.bob)


async def test_expire_key_reads_and_trades_no_more(home: Path) -> None:
    async with scene(home) as it:
        await it.fault("expire_key", account=it.ann.key_id)
        await it.read("/portfolio/balance", it.ann)
        answer = await it.place(it.ann)
        assert (answer.status_code, answer.json()["error"]["code"]) == (
            403,
            "api_key_region_expired",
        )


async def test_scope_leaves_a_key_that_may_only_read(home: Path) -> None:
    async with scene(home) as it:
        order_id = (await it.place(it.ann)).json()["order_id"]
        await it.fault("scope", account=it.ann.key_id)
        await it.read("/portfolio/orders", it.ann)
        assert (await it.place(it.ann)).status_code == 403
        answer = await it.exchange.call("DELETE", f"{ORDERS}/{order_id}", it.ann)
        assert (answer.status_code, answer.json()["error"]["code"]) == (
            403,
            "insufficient_permissions",
        )
        assert (await it.place(it.bob)).status_code == 201
