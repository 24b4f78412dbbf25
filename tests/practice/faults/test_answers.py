"""Faults of REST answers: switched on over the control endpoint, seen by an HTTP client."""

import asyncio
from pathlib import Path

import httpx
import msgspec
import pytest

from tests.support.practice_bench import FED
from tests.support.practice_faults import ORDERS, scene
from tests.support.practice_live import hear

CREATE = f"POST {ORDERS}"


async def test_cut_before_accept_loses_the_order_and_the_connection(home: Path) -> None:
    async with scene(home) as it:
        await it.fault("cut_before_accept", endpoint=CREATE)
        with pytest.raises(httpx.TransportError):
            await it.place(it.ann)
        assert (await it.truth())["accounts"][it.ann.key_id]["orders"] == []
        assert (await it.place(it.ann)).status_code == 201


async def test_cut_after_accept_keeps_the_order_and_loses_the_answer(home: Path) -> None:
    async with scene(home) as it:
        await it.fault("cut_after_accept", endpoint=CREATE, account=it.ann.key_id)
        assert (await it.place(it.bob)).status_code == 201, "the scope spares other accounts"
        with pytest.raises(httpx.TransportError):
            await it.place(it.ann, client_order_id="a-1")
        (order,) = (await it.truth())["accounts"][it.ann.key_id]["orders"]
        assert order["client_order_id"] == "a-1"
        again = await it.place(it.ann, client_order_id="a-1")
        assert again.status_code == 409


async def test_delay_answer_accepts_at_once_and_answers_late(home: Path) -> None:
    async with scene(home) as it, it.listening("orderbook_delta") as socket:
        await it.fault("delay_answer", ms=150, market=FED)
        begun = asyncio.get_running_loop().time()
        answer = asyncio.create_task(it.place(it.ann))
        await hear(socket)
        assert not answer.done()
        assert (await answer).status_code == 201
        assert asyncio.get_running_loop().time() - begun >= 0.15


@pytest.mark.parametrize("accepted", [False, True])
async def test_http_error_says_so_whether_or_not_it_accepted(home: Path, accepted: bool) -> None:
    async with scene(home) as it:
        await it.fault("http_error", status=503, accepted=accepted, endpoint=CREATE)
        answer = await it.place(it.ann)
        assert answer.status_code == 503
        assert answer.json()["error"]["code"] == "service_unavailable"
        orders = (await it.truth())["accounts"][it.ann.key_id]["orders"]
        assert len(orders) == int(accepted)
        assert (await it.place(it.ann)).status_code == 201


async def test_empty_body_keeps_the_status(home: Path) -> None:
    async with scene(home) as it:
        await it.fault("empty_body", endpoint=CREATE)
        answer = await it.place(it.ann)
        assert (answer.status_code, answer.content) == (201, b"")


async def test_html_body_is_a_page_and_no_json(home: Path) -> None:
    async with scene(home) as it:
        await it.fault("html_body", endpoint="GET /markets/{ticker}")
        answer = await it.exchange.call("GET", f"/markets/{FED}")
        assert answer.headers["content-type"] == "text/html"
        assert answer.text.startswith("<html>")
        assert (await it.read(f"/markets/{FED}"))["market"]["ticker"] == FED


async def test_truncated_body_ends_in_the_middle(home: Path) -> None:
    async with scene(home) as it:
        await it.fault("truncated_body", endpoint="GET /portfolio/balance")
        answer = await it.exchange.call("GET", "/portfolio/balance", it.ann)
        assert answer.status_code == 200
        with pytest.raises(msgspec.DecodeError):
            msgspec.json.decode(answer.content)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("string", "too many requests"),
        ("object", {"code": "too_many_requests", "message": "too many requests"}),
    ],
)
async def test_rate_limit_refuses_for_a_while_with_either_body(
    home: Path, body: str, error: object
) -> None:
    async with scene(home) as it:
        await it.fault("rate_limit", for_ms=60_000, body=body, endpoint=CREATE)
        for _ in range(2):
            answer = await it.place(it.ann)
            assert (answer.status_code, answer.json()) == (429, {"error": error})
            assert "retry-after" not in answer.headers
        assert (await it.truth())["accounts"][it.ann.key_id]["orders"] == []
        await it.clear()
        assert (await it.place(it.ann)).status_code == 201


async def test_fill_before_ack_tells_the_fill_before_the_answer(home: Path) -> None:
    async with scene(home) as it, it.listening("fill") as socket:
        await it.place(it.bob, side="ask")
        await it.fault("fill_before_ack", ms=200, account=it.ann.key_id)
        answer = asyncio.create_task(it.place(it.ann))
        fill = await hear(socket)
        assert not answer.done()
        assert (await answer).json()["order_id"] == fill["msg"]["order_id"]
