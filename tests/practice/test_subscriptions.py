"""Numbers and the bounded buffer of one client."""

from pathlib import Path

from kalshi_tui.practice.faults import Registry
from kalshi_tui.practice.frames import Tickers
from kalshi_tui.practice.subscriptions import Client
from tests.support.practice_bench import FED, START, bench, told


async def test_a_slow_reader_loses_the_subscription_with_error_25(tmp_path: Path) -> None:
    table = bench(tmp_path, buffer_frames=3)
    client = table.join()
    slow, other = client.open("orderbook_delta"), client.open("trade")
    slow.add([FED])
    for each in (slow, other):
        table.venue.hub.listen(each)
    client.acknowledge(other, "ok", None, Tickers([]), START)
    for price in ("0.10", "0.11", "0.12", "0.13", "0.14"):
        await table.place(table.ann, price=price)
    frames = told(client)
    assert [each["type"] for each in frames] == ["ok", "error"]
    assert frames[1]["sid"] == 1
    assert frames[1]["msg"] == {"code": 25, "msg": "Subscription buffer overflow"}
    assert list(client.by_sid) == [2]
    await table.place(table.ann, price="0.15")
    assert told(client) == []


def test_a_buffer_that_is_read_never_overflows() -> None:
    client = Client(1, "ann", Registry(), lambda: None, buffer_frames=2)
    subscription = client.open("trade")
    for _ in range(10):
        client.acknowledge(subscription, "ok", None, None, START)
        assert len(client.take(1)) == 1
    assert subscription.seq == 10
    assert client.waiting == 0


def test_every_waiting_frame_wakes_the_writer() -> None:
    woken: list[int] = []
    client = Client(1, "ann", Registry(), lambda: woken.append(1))
    client.say("ok", 3, [], START)
    client.acknowledge(client.open("fill"), "ok", 0, None, START)
    assert len(woken) == 2
    first, second = told(client)
    assert first["id"] == 3
    assert "id" not in second, "0 counts as absent"


def test_a_subscription_keeps_its_markets_in_order_and_all_means_all() -> None:
    client = Client(1, "ann", Registry(), lambda: None)
    some = client.open("trade")
    assert some.add(["B", "A", "B"]) == ["B", "A"]
    assert some.add(["A", "C"]) == ["C"]
    some.remove(["B", "unknown"])
    assert list(some.markets or ()) == ["A", "C"]
    assert not some.covers("B")
    assert some.add(None) == []
    assert some.covers("B")
    assert some.add(["B"]) == []
    some.remove(["B"])
    assert some.covers("B")
