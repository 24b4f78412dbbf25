"""Every frame that the exchange can send is what asyncapi.yaml says."""

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from kalshi_tui.practice.dialogue import Dialogue
from kalshi_tui.practice.frames import ERRORS
from kalshi_tui.practice.subscriptions import CHANNELS
from tests.support.frame_contract import FrameRecord, asyncapi
from tests.support.practice_bench import FED, ORDERS, ROOT, SECOND, Bench, Signer, bench
from tests.support.practice_bench import told as frames_of

CUT = "KXFEDDECISION-27JAN-C25"
BOOK = "orderbook_delta"
REASONS = {
    "Decrease",
    "Amend",
    "SelfTradeCancel",
    "ExpiryCancel",
    "CloseCancel",
    "HaltCancel",
    "Trade",
    "PostOnlyCrossCancel",
    "ReduceOnlyCancel",
}
"""MarginCancel needs leverage and SettlementBoundsCancel bounds: this exchange has neither."""


class Ear:
    """A client that hears everything of one account, and checks each frame."""

    def __init__(self, table: Bench, by: Signer, record: FrameRecord) -> None:
        self.table = table
        self._record = record
        self._client = table.join(by.key_id)
        self._dialogue = Dialogue(table.venue.hub, self._client)

    def say(self, cmd: str | None, id: int = 1, **params: Any) -> list[dict[str, Any]]:
        """Send a command and return what is heard since the last time."""
        command = {"id": id, "cmd": cmd, "params": params}
        self._dialogue.receive(msgspec.json.encode(command), self.table.hands.wall)
        return self.hear()

    def raw(self, data: str) -> None:
        """Send any frame."""
        self._dialogue.receive(data, self.table.hands.wall)
        self.hear()

    def hear(self) -> list[dict[str, Any]]:
        """Check and return the frames that wait."""
        found = frames_of(self._client)
        for each in found:
            self._record.check(each)
        return found


async def act(
    table: Bench, method: str, path: str, body: Mapping[str, object], status: int = 200
) -> Any:
    response = await table.call(method, f"{ROOT}{path}", table.ann, body)
    assert response.status_code == status, response.text
    return response.json() if response.content else None


async def control(table: Bench, path: str, **body: object) -> None:
    response = await table.call("POST", f"/practice/{path}", body=body)
    assert response.status_code == 200, response.text


def pass_time(table: Bench, seconds: int) -> None:
    table.hands.pass_ms(seconds * 1_000)
    now_ns = table.venue.begin()
    table.venue.hub.tick(now_ns)


async def test_every_frame_validates_against_the_specification(tmp_path: Path) -> None:
    asyncapi()
    table, record = bench(tmp_path), FrameRecord()
    await control(table, "exchange", tier="unlimited")
    ear = Ear(table, table.ann, record)
    commands(ear)
    await orders(table, ear)
    await groups(table, ear)
    await lives(table, ear)
    errors(table, ear)
    sys.stdout.write(f"\n{record.table()}\n")  # shown with -s, and when this test fails
    assert {int(each) for each in record.words("error")} == set(ERRORS)
    assert record.words("user_order") == REASONS | {"(none)"}
    assert record.words("order_group_updates") == {
        "created",
        "triggered",
        "reset",
        "deleted",
        "limit_updated",
    }
    assert record.words("market_lifecycle_v2") == {
        "created",
        "activated",
        "deactivated",
        "close_date_updated",
        "determined",
        "settled",
        "price_level_structure_updated",
        "metadata_updated",
    }
    assert {kind for kind, _ in record.seen} >= {
        "subscribed",
        "unsubscribed",
        "ok",
        "orderbook_snapshot",
        BOOK,
        "ticker",
        "trade",
        "fill",
        "market_position",
        "event_lifecycle",
        "event_fee_update",
    }


def commands(ear: Ear) -> None:
    """Every command that is answered by something else than an error."""
    ear.say("subscribe", channels=sorted(CHANNELS - {BOOK, "ticker"}))
    ear.say("subscribe", channels=[BOOK], market_tickers=[FED, CUT])
    ear.say("subscribe", channels=["ticker"], market_ticker=FED, send_initial_snapshot=True)
    ear.say("subscribe", channels=["ticker"], market_tickers=[FED, CUT])
    ear.say("subscribe", channels=[BOOK], market_ticker=FED)
    listed = ear.say("list_subscriptions")[0]["msg"]
    sids = {each["channel"]: each["sid"] for each in listed}
    book = sids[BOOK]
    ear.say("update_subscription", sid=book, action="delete_markets", market_ticker=CUT)
    ear.say("update_subscription", sid=book, action="add_markets", market_ticker=CUT)
    ear.say("update_subscription", sid=book, action="get_snapshot", market_tickers=[FED], id=9)
    for channel in ("cfbenchmarks_value", "cfbenchmarks_value_5hz"):
        sid = sids[channel]
        ear.say("update_subscription", sid=sid, action="subscribe_indices", index_ids=["BRTI"])
        ear.say("update_subscription", sid=sid, action="indexlist")
    sid, names = sids["pyth_value"], ["X"]
    ear.say(
        "update_subscription", sid=sid, action="subscribe_underlyings", underlying_tickers=names
    )
    ear.say("update_subscription", sid=sid, action="underlying_list")
    ear.say("unsubscribe", sids=[sids["communications"]])


async def orders(table: Bench, ear: Ear) -> None:
    """Orders that end in every way, fills and positions."""

    async def mine(**terms: object) -> str:
        response = await table.place(table.ann, **terms)
        assert response.status_code == 201, response.text
        return str(response.json()["order_id"])

    whole = {"ticker": FED, "side": "bid"}
    path = "/portfolio/events/orders"
    first = await mine(price="0.30", count="5.00", client_order_id="a-1")
    await act(table, "POST", f"{path}/{first}/decrease", {"reduce_by": "1.00"})
    amended = {**whole, "price": "0.31", "count": "4.00"}
    await act(table, "POST", f"{path}/{first}/amend", amended)
    await mine(side="ask", price="0.31")  # own order: the taker is canceled
    await table.place(table.bob, side="ask", price="0.52", count="3.00")
    await mine(price="0.52", count="2.00", time_in_force="immediate_or_cancel")
    quiet = await mine(price="0.40", post_only=True)
    crossing = {**whole, "price": "0.52", "count": "1.00"}
    await table.call("POST", f"{ORDERS}/{quiet}/amend", table.ann, crossing)
    await table.call("DELETE", f"{ORDERS}/{first}", table.ann)
    await table.place(table.bob, price="0.20", count="9.00")
    await mine(
        side="ask",
        price="0.20",
        count="9.00",
        reduce_only=True,
        time_in_force="immediate_or_cancel",
    )
    await mine(price="0.11", expiration_time=table.hands.wall // SECOND + 2)
    pass_time(table, 3)
    heard = ear.hear()
    own = [each for each in heard if each["type"] == BOOK and "client_order_id" in each["msg"]]
    assert own


async def groups(table: Bench, ear: Ear) -> None:
    """The life of an order group."""
    root = "/portfolio/order_groups"
    made = await act(table, "POST", f"{root}/create", {"contracts_limit": 5}, 201)
    group = f"{root}/{made['order_group_id']}"
    await act(table, "PUT", f"{group}/limit", {"contracts_limit": 7})
    await act(table, "PUT", f"{group}/trigger", {})
    await act(table, "PUT", f"{group}/reset", {})
    await act(table, "DELETE", group, {})
    ear.hear()


async def lives(table: Bench, ear: Ear) -> None:
    """Every step of a market's life, and what its event is told of."""
    exchange, events = table.venue.exchange, table.venue.catalogue.events
    events.append(replace(events[0], ticker="KXNEW"))
    listing = replace(exchange.markets[FED].listing, ticker="KXNEW-1", event_ticker="KXNEW")
    now_ns = table.venue.begin()
    exchange.list_market(listing, now_ns)
    table.venue.settle(now_ns)
    await control(table, f"market/{FED}", action="pause")
    await control(table, f"market/{FED}", action="reactivate")
    await table.place(table.ann, price="0.15", client_order_id="late")
    await control(table, f"market/{FED}", action="pause")
    await control(table, f"market/{FED}", action="reactivate")
    await control(table, f"market/{FED}", action="ticks", structure="deci_cent")
    await control(table, f"market/{FED}", action="metadata", yes_sub_title="Above")
    await control(table, f"market/{FED}", action="fee", fee_type="quadratic", fee_multiplier=0.5)
    await control(table, f"market/{FED}", action="fee")
    await table.place(table.ann, price="0.15")
    await control(table, f"market/{FED}", action="close")
    pass_time(table, 2)
    await control(table, f"market/{FED}", action="determine", result="yes")
    await control(table, f"market/{FED}", action="settle")
    heard = ear.hear()
    paid = [each["msg"] for each in heard if each["type"] == "market_position"]
    assert paid[-1]["position_fp"] == "0.00"


def errors(table: Bench, ear: Ear) -> None:
    """Every error code: those of commands, and the rest by the fault that sends any."""
    ear.raw("{")
    ear.raw('{"id":1,"cmd":"subscribe"}')
    sids = {each["channel"]: each["sid"] for each in ear.say("list_subscriptions")[0]["msg"]}
    trade = sids["trade"]
    for cmd, params in (
        ("subscribe", {"channels": []}),
        ("unsubscribe", {}),
        ("dance", {}),
        ("unsubscribe", {"sids": [99]}),
        ("subscribe", {"channels": ["multivariate"]}),
        ("subscribe", {"channels": "trade"}),
        ("update_subscription", {"action": "add_markets"}),
        ("update_subscription", {"sid": trade, "action": "explode"}),
        ("update_subscription", {"sid": trade, "action": "add_markets"}),
        ("update_subscription", {"sid": trade}),
        ("subscribe", {"channels": ["communications"], "shard_factor": 0}),
        ("subscribe", {"channels": ["communications"], "shard_key": 0}),
        ("subscribe", {"channels": ["communications"], "shard_factor": 2, "shard_key": 2}),
        ("subscribe", {"channels": ["communications"], "shard_factor": 101}),
        (
            "update_subscription",
            {"sid": sids["cfbenchmarks_value"], "action": "subscribe_indices"},
        ),
        ("update_subscription", {"sid": sids["pyth_value"], "action": "subscribe_underlyings"}),
    ):
        (answer,) = ear.say(cmd, **params)
        assert answer["type"] == "error", (cmd, params, answer)
    limits = table.venue.hub.limits
    limits.markets = 2
    ear.say("update_subscription", sid=sids[BOOK], action="add_markets", market_tickers=["A", "B"])
    limits.commands = 0
    ear.say("list_subscriptions")
    now_ns = table.venue.clock.now_ns()
    for code in (9, 18, 23, 10):
        table.venue.faults.switch_on({"fault": "ws_error", "code": code, "sid": trade}, now_ns)
        table.venue.strike(now_ns)
    table.venue.faults.switch_on({"fault": "overflow", "sid": sids["fill"]}, now_ns)
    table.venue.strike(now_ns)
    ear.hear()
