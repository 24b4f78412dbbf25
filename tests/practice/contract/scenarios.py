"""What clients do in the contract tests: one coroutine a subject, each against a fresh exchange."""

from dataclasses import replace

from kalshi_tui.core.fees import FeeSchedule, FeeType
from kalshi_tui.core.units import Price
from kalshi_tui.practice.archive import DAY_NS
from kalshi_tui.practice.happenings import MarketResult
from tests.practice.contract.client import ORDERS, ContractClient
from tests.support.practice_bench import FED, START

EVENT = "KXFEDDECISION-27JAN"
SERIES = "KXFEDDECISION"
GROUPS = "/portfolio/order_groups"
TRANSFER = "/portfolio/intra_exchange_instance_transfer"
TRANSFERS = f"{TRANSFER}s"
ALLOCATION = "/portfolio/target_balance_allocation"
START_S = START // 1_000_000_000
SHARD = 7
ELSEWHERE = "KXELSEWHERE-27JAN-A"
"""A market that `with_shard` lists on another shard."""

PRIVATE_READS = (
    "/portfolio/balance",
    "/portfolio/positions",
    "/portfolio/orders",
    "/portfolio/orders/x",
    "/portfolio/orders/queue_positions",
    "/portfolio/orders/x/queue_position",
    "/portfolio/fills",
    "/portfolio/settlements",
    "/portfolio/deposits",
    "/portfolio/withdrawals",
    TRANSFERS,
    f"{TRANSFERS}/x",
    ALLOCATION,
    GROUPS,
    f"{GROUPS}/x",
    "/account/limits",
    "/api_keys",
    "/historical/fills",
    "/historical/orders",
    "/historical/positions",
)
PRIVATE_WRITES = (
    ("POST", ORDERS),
    ("DELETE", ORDERS),
    ("POST", f"{ORDERS}/batched"),
    ("DELETE", f"{ORDERS}/batched"),
    ("DELETE", f"{ORDERS}/x"),
    ("POST", f"{ORDERS}/x/amend"),
    ("POST", f"{ORDERS}/x/decrease"),
    ("POST", f"{GROUPS}/create"),
    ("DELETE", f"{GROUPS}/x"),
    ("PUT", f"{GROUPS}/x/reset"),
    ("PUT", f"{GROUPS}/x/trigger"),
    ("PUT", f"{GROUPS}/x/limit"),
    ("POST", TRANSFER),
    ("POST", ALLOCATION),
)


def with_shard(client: ContractClient) -> None:
    """List a market on another shard and give Ann cash there by the rules: none."""
    exchange = client.bench.venue.exchange
    listing = exchange.markets[FED].listing
    elsewhere = replace(
        listing,
        ticker=ELSEWHERE,
        event_ticker="KXELSEWHERE-27JAN",
        exchange_index=SHARD,
        market_id="",
    )
    exchange.list_market(elsewhere, client.bench.venue.clock.now_ns())


async def nobody_reads_without_a_signature(client: ContractClient) -> None:
    for path in PRIVATE_READS:
        await client("GET", path, 401)
    for method, path in PRIVATE_WRITES:
        await client(method, path, 401, body={})


async def the_exchange_and_its_hours(client: ContractClient) -> None:
    with_shard(client)
    body = await client("GET", "/exchange/status", 200)
    assert [each["exchange_index"] for each in body["exchange_index_statuses"]][-1] == SHARD
    venue = client.bench.venue
    venue.exchange.set_trading(False, venue.clock.now_ns(), SHARD)
    body = await client("GET", "/exchange/status", 200)
    assert body["exchange_index_statuses"][-1]["trading_active"] is False
    assert body["trading_active"] is True
    schedule = (await client("GET", "/exchange/schedule", 200))["schedule"]
    assert len(schedule["standard_hours"][0]["thursday"]) == 2
    await client("GET", "/exchange/user_data_timestamp", 200)
    await client("GET", "/account/endpoint_costs", 200)


async def series_and_tags(client: ContractClient) -> None:
    every = (await client("GET", "/series", 200))["series"]
    assert every
    await client("GET", "/series?category=Economics&tags=Fed&include_volume=true", 200)
    assert (await client("GET", "/series?category=Nothing", 200))["series"] == []
    assert (await client("GET", f"/series?min_updated_ts={2**40}", 200))["series"] == []
    await client("GET", "/series?include_volume=perhaps", 400)
    await client("GET", f"/series/{SERIES}?include_volume=1", 200)
    await client("GET", "/series/KXNOTHING", 404)
    tags = (await client("GET", "/search/tags_by_categories", 200))["tags_by_categories"]
    assert "Fed" in tags["Economics"]


async def events_and_their_markets(client: ContractClient) -> None:
    page = await client("GET", "/events?limit=2&with_nested_markets=true&with_milestones=true", 200)
    assert len(page["events"]) == 2
    assert page["events"][0]["markets"]
    assert page["milestones"] == []
    rest = await client("GET", f"/events?cursor={page['cursor']}", 200)
    assert not {each["event_ticker"] for each in rest["events"]} & {
        each["event_ticker"] for each in page["events"]
    }
    for status in ("unopened", "open", "closed", "settled"):
        await client("GET", f"/events?status={status}", 200)
    await client("GET", f"/events?series_ticker={SERIES}&tickers={EVENT}&min_close_ts=1", 200)
    await client("GET", "/events?status=paused", 400)
    await client("GET", "/events?limit=201", 400)
    assert (await client("GET", f"/events/{EVENT}", 200))["markets"]
    assert (await client("GET", f"/events/{EVENT}?exclude_markets=true", 200))["markets"] == []
    nested = await client("GET", f"/events/{EVENT}?with_nested_markets=true", 200)
    assert nested["event"]["markets"]
    await client("GET", "/events/KXNOTHING", 404)
    await client("GET", f"/events/{EVENT}/metadata", 200)
    await client("GET", "/events/KXNOTHING/metadata", 404)


async def fee_changes(client: ContractClient) -> None:
    venue = client.bench.venue
    now_ns, later = venue.clock.now_ns(), venue.clock.now_ns() + 3_600_000_000_000
    fees = FeeSchedule(FeeType.QUADRATIC_WITH_MAKER_FEES, 500_000)
    venue.exchange.change_series_fees(SERIES, fees, now_ns, later)
    venue.exchange.change_series_fees(SERIES, fees, now_ns)
    venue.exchange.override_fees(EVENT, fees, now_ns)
    event = (await client("GET", f"/events/{EVENT}", 200))["event"]
    assert (event["fee_type_override"], event["fee_multiplier_override"]) == (
        "quadratic_with_maker_fees",
        0.5,
    )
    venue.exchange.override_fees(EVENT, None, now_ns)
    path = "/series/fee_changes"
    assert len((await client("GET", path, 200))["series_fee_change_arr"]) == 1
    body = await client("GET", f"{path}?series_ticker={SERIES}&show_historical=true", 200)
    assert len(body["series_fee_change_arr"]) == 2
    await client("GET", f"{path}?show_historical=often", 400)
    changes = (await client("GET", f"/events/fee_changes?event_ticker={EVENT}", 200))[
        "event_fee_changes"
    ]
    assert [each["fee_type_override"] for each in changes] == ["quadratic_with_maker_fees", None]
    await client("GET", "/events/fee_changes?limit=0", 400)
    await client("GET", f"/series/{SERIES}", 200)


async def markets_and_their_filters(client: ContractClient) -> None:
    await client.trade()
    venue = client.bench.venue
    now_ns = venue.clock.now_ns()
    tickers = list(venue.exchange.markets)
    venue.exchange.pause_market(tickers[1], now_ns)
    venue.exchange.close_market(tickers[2], now_ns)
    for status in ("unopened", "open", "paused", "closed", "settled", ""):
        await client("GET", f"/markets?status={status}", 200)
    await client("GET", f"/markets?tickers={tickers[0]},{tickers[1]}&mve_filter=exclude", 200)
    assert (await client("GET", "/markets?mve_filter=only", 200))["markets"] == []
    for query in (
        f"min_created_ts=1&max_created_ts={START_S}&status=open",
        f"min_close_ts=1&max_close_ts={START_S}&status=closed",
        "min_settled_ts=1&status=settled",
        f"min_updated_ts=1&mve_filter=exclude&series_ticker={SERIES}",
        f"event_ticker={EVENT}&limit=1",
        "limit=0",
        "cursor=garbage-cursor-fixture",
    ):
        await client("GET", f"/markets?{query}", 200)
    for query in (
        "limit=1001",
        "limit=-1",
        "limit=ten",
        "status=active",
        "mve_filter=both",
        "min_created_ts=1&status=closed",
        "min_close_ts=1&min_settled_ts=1",
        "min_updated_ts=1&status=open",
        f"min_updated_ts=1&series_ticker={SERIES}",
        f"min_updated_ts=1&tickers={FED}",
    ):
        await client("GET", f"/markets?{query}", 400)
    await client("GET", f"/markets/{FED}", 200)
    await client("GET", "/markets/KXNOTHING", 404)


async def books_and_trades(client: ContractClient) -> None:
    for number in range(12):
        await client.place(price=f"0.{30 + number}", count="1.00")
    await client.place(side="ask", price="0.80")
    book = await client("GET", f"/markets/{FED}/orderbook", 200)
    assert len(book["orderbook_fp"]["yes_dollars"]) == 12
    shallow = await client("GET", f"/markets/{FED}/orderbook?depth=2", 200)
    assert [price for price, _ in shallow["orderbook_fp"]["yes_dollars"]] == ["0.4000", "0.4100"]
    await client("GET", f"/markets/{FED}/orderbook?depth=101", 400)
    await client("GET", "/markets/KXNOTHING/orderbook", 404)
    other = list(client.bench.venue.exchange.markets)[1]
    body = await client("GET", f"/markets/orderbooks?tickers={FED}&tickers={other}", 200)
    assert [each["ticker"] for each in body["orderbooks"]] == [FED, other]
    await client("GET", "/markets/orderbooks", 400)
    await client.place(by=client.bob, side="ask", price="0.41", count="2.00")
    page = await client("GET", f"/markets/trades?ticker={FED}&limit=1&min_ts=1", 200)
    assert len(page["trades"]) == 1
    last = await client("GET", f"/markets/trades?cursor={page['cursor']}&is_block_trade=false", 200)
    assert last["cursor"] == ""
    assert (await client("GET", "/markets/trades?is_block_trade=true", 200))["trades"] == []
    await client("GET", "/markets/trades?is_block_trade=no", 400)
    await client("GET", "/markets/trades?limit=1001", 400)


async def candlesticks(client: ContractClient) -> None:
    await client.trade()
    client.bench.hands.pass_ms(180_000)
    await client.place(price="0.51")
    span = f"start_ts={START_S - 60}&end_ts={START_S + 600}&period_interval=1"
    path = f"/series/{SERIES}/markets/{FED}/candlesticks"
    found = (await client("GET", f"{path}?{span}", 200))["candlesticks"]
    assert [each["volume_fp"] for each in found] == ["3.00", "0.00", "0.00", "0.00"]
    assert found[0]["price"]["mean_dollars"] == "0.5200"
    assert found[1]["price"] == {"previous_dollars": "0.5200"}
    assert found[-1]["yes_bid"]["close_dollars"] == "0.5100"
    late = f"start_ts={START_S + 120}&end_ts={START_S + 600}&period_interval=1"
    found = (await client("GET", f"{path}?{late}&include_latest_before_start=true", 200))[
        "candlesticks"
    ]
    assert found[0]["price"]["previous_dollars"] == "0.5200"
    for query in ("", span.replace("interval=1", "interval=5"), "start_ts=9&end_ts=1"):
        await client("GET", f"{path}?{query}", 400)
    await client("GET", f"/series/{SERIES}/markets/KXNOTHING/candlesticks?{span}", 404)
    await client("GET", f"/series/KXOTHER/markets/{FED}/candlesticks?{span}", 404)
    batch = await client("GET", f"/markets/candlesticks?market_tickers={FED},KXNO&{span}", 200)
    assert [each["market_ticker"] for each in batch["markets"]] == [FED]
    await client("GET", f"/markets/candlesticks?{span}", 400)
    hourly = span.replace("interval=1", "interval=60").replace(
        f"end_ts={START_S + 600}", f"end_ts={START_S + 7_200}"
    )
    event = await client("GET", f"/series/{SERIES}/events/{EVENT}/candlesticks?{hourly}", 200)
    assert len(event["market_tickers"]) == len(event["market_candlesticks"])
    await client("GET", f"/series/{SERIES}/events/{EVENT}/candlesticks", 400)
    await client("GET", f"/series/{SERIES}/events/KXNOTHING/candlesticks?{hourly}", 404)


async def an_order_from_birth_to_death(client: ContractClient) -> None:
    placed = await client.place(
        client_order_id="a-1", count="5.00", cancel_order_on_pause=True, post_only=True
    )
    order = placed["order_id"]
    await client.get(f"/portfolio/orders/{order}")
    await client.get(f"/portfolio/orders/{order}/queue_position")
    await client.get(f"/portfolio/orders/queue_positions?market_tickers={FED}")
    await client.get("/portfolio/orders/queue_positions?subaccount=-1", 400)
    terms = {"ticker": FED, "side": "bid", "price": "0.4100", "count": "6.00"}
    amend, decrease = f"{ORDERS}/{order}/amend", f"{ORDERS}/{order}/decrease"
    await client("POST", amend, 200, client.ann, {**terms, "updated_client_order_id": "a-2"})
    same = await client("POST", amend, 200, client.ann, {**terms, "expiration_time": START_S + 99})
    assert same["remaining_count"] is None
    await client("POST", amend, 400, client.ann, {**terms, "price": "0.4150"})
    await client("POST", amend, 400, client.ann, {"ticker": FED})
    await client("POST", f"{ORDERS}/x/amend", 404, client.ann, terms)
    await client("POST", decrease, 200, client.ann, {"reduce_by": "1.00"})
    await client("POST", decrease, 200, client.ann, {"reduce_to": "2.00", "market_ticker": FED})
    await client("POST", decrease, 400, client.ann, {"reduce_by": "1.00", "reduce_to": "1.00"})
    await client("POST", decrease, 400, client.ann, {})
    await client("POST", f"{ORDERS}/x/decrease", 404, client.ann, {"reduce_by": "1.00"})
    await client("DELETE", f"{ORDERS}/{order}?exchange_index=-1", 400, client.ann)
    await client("DELETE", f"{ORDERS}/{order}?market_ticker={FED}", 200, client.ann)
    await client("DELETE", f"{ORDERS}/{order}", 404, client.ann)
    await client.get("/portfolio/orders/unknown", 404)
    await client.get("/portfolio/orders/unknown/queue_position", 404)
    await client.place(400, price="0.4050")
    await client.place(404, ticker="KXNOTHING")
    await client.place(409, client_order_id="a-1")
    await client.place(409, time_in_force="fill_or_kill")
    await client("DELETE", f"{ORDERS}?subaccount=-1", 400, client.ann)
    await client("DELETE", ORDERS, 204, client.ann)


async def a_trade_and_everything_it_leaves(client: ContractClient) -> None:
    filled = await client.trade()
    assert filled["average_fee_paid"]
    await client.place(price="0.55", count="1.00", expiration_time=START_S + 60)
    partial = await client.place(by=client.bob, side="ask", price="0.50", count="2.00")
    await client("GET", f"/portfolio/orders/{partial['order_id']}", 200, client.bob)
    for path in (
        "/portfolio/balance",
        "/portfolio/balance?exchange_index=0",
        "/portfolio/positions?count_filter=position,total_traded",
        f"/portfolio/positions?settlement_status=all&event_ticker={EVENT}",
        "/portfolio/positions?settlement_status=settled&exchange_index=0",
        f"/portfolio/orders?status=executed&ticker={FED}&event_ticker={EVENT}",
        f"/portfolio/orders?min_ts=1&max_ts={START_S}&exchange_index=0&subaccount=0",
        f"/portfolio/fills?ticker={FED},KXNOTHING&min_ts=1&exchange_index=0",
    ):
        await client.get(path)
    page = await client.get("/portfolio/fills?limit=1")
    assert (await client.get(f"/portfolio/fills?cursor={page['cursor']}"))["cursor"] == ""
    for path in (
        "/portfolio/balance?subaccount=3",
        "/portfolio/positions?settlement_status=never",
        "/portfolio/positions?count_filter=size",
        "/portfolio/orders?status=open",
        "/portfolio/orders?limit=0",
        "/portfolio/fills?min_ts=soon",
        "/portfolio/fills?limit=1001",
        "/portfolio/settlements?limit=0",
    ):
        await client.get(path, 400)


async def batches(client: ContractClient) -> None:
    good = {**_terms(), "client_order_id": "b-1"}
    body = {"orders": [good, good, {**_terms(), "price": "0.4050"}, {"ticker": FED}]}
    made = (await client("POST", f"{ORDERS}/batched", 201, client.ann, body))["orders"]
    assert [each.get("error", {}).get("code") for each in made] == [
        None,
        "order_already_exists",
        "invalid_price",
        "invalid_parameters",
    ]
    order = made[0]["order_id"]
    await client("POST", f"{ORDERS}/batched", 400, client.ann, {"orders": []})
    await client("POST", f"{ORDERS}/batched", 400, client.ann, {"orders": [7]})
    items = [{"order_id": order, "market_ticker": FED}, {"order_id": order}, {"order_id": "x"}]
    done = await client("DELETE", f"{ORDERS}/batched", 200, client.ann, {"orders": items})
    assert [each["reduced_by"] for each in done["orders"]] == ["1.00", "0.00", "0.00"]
    await client("DELETE", f"{ORDERS}/batched", 400, client.ann, {"orders": "all"})


def _terms() -> dict[str, object]:
    return {
        "ticker": FED,
        "side": "bid",
        "count": "1.00",
        "price": "0.4000",
        "time_in_force": "good_till_canceled",
        "self_trade_prevention_type": "taker_at_cross",
    }


async def order_groups(client: ContractClient) -> None:
    create = f"{GROUPS}/create"
    await client("POST", create, 201, client.ann, {"contracts_limit": 5})
    body: dict[str, object] = {"contracts_limit_fp": "2.50", "exchange_index": 0, "subaccount": 0}
    group = (await client("POST", create, 201, client.ann, body))["order_group_id"]
    for wrong in ({}, {"contracts_limit": 0}, {"contracts_limit": 2, "contracts_limit_fp": "3"}):
        await client("POST", create, 400, client.ann, dict(wrong))
    placed = await client.place(order_group_id=group, count="2.00")
    assert (await client.get(f"{GROUPS}/{group}"))["orders"] == [placed["order_id"]]
    assert len((await client.get(GROUPS))["order_groups"]) == 2
    await client.get(f"{GROUPS}?subaccount=7", 400)
    await client.get(f"{GROUPS}/unknown", 404)
    path = f"{GROUPS}/{group}"
    await client("PUT", f"{path}/trigger", 200, client.ann, {})
    refused = await client.place(400, order_group_id=group)
    assert refused["error"]["code"]
    await client("PUT", f"{path}/reset", 200, client.ann, {})
    await client("PUT", f"{path}/limit?exchange_index=0", 200, client.ann, {"contracts_limit": 9})
    await client("PUT", f"{path}/limit", 400, client.ann, {})
    for deed in ("trigger", "reset", "limit"):
        limit = {"contracts_limit": 9}
        await client("PUT", f"{GROUPS}/unknown/{deed}", 404, client.ann, limit)
        await client("PUT", f"{path}/{deed}", 400, client.ann)
    await client("DELETE", path, 200, client.ann)
    await client("DELETE", path, 404, client.ann)


async def money_in_and_between_shards(client: ContractClient) -> None:
    with_shard(client)
    deposits = (await client.get("/portfolio/deposits"))["deposits"]
    assert len(deposits) == len(client.bench.venue.exchange.accounts[client.ann.key_id].cash)
    deposit = deposits[0]
    assert (deposit["amount_cents"], deposit["status"]) == (1_000_000, "applied")
    await client.get("/portfolio/deposits?limit=501", 400)
    venue = client.bench.venue
    venue.exchange.withdraw(client.ann.key_id, 5_000_000, venue.clock.now_ns())  # type: ignore[arg-type]
    (withdrawal,) = (await client.get("/portfolio/withdrawals"))["withdrawals"]
    assert withdrawal["amount_cents"] == 500
    await client.get("/portfolio/withdrawals?limit=0", 400)
    refused = await client.place(400, ticker=ELSEWHERE)
    assert refused["error"]["code"] == "insufficient_balance", "cash is per shard"
    body: dict[str, object] = {
        "client_transfer_id": "8c0f6d0e-6f0c-4d57-9b8e-0d1f52f5a001",
        "source": "event_contract",
        "destination": "event_contract",
        "amount": 1_000_000,
        "destination_exchange_shard": SHARD,
    }
    transfer = (await client("POST", TRANSFER, 200, client.ann, body))["transfer_id"]
    path = f"{TRANSFERS}/{transfer}"
    assert (await client.get(path))["transfer"]["status"] == "pending"
    await client("POST", TRANSFER, 409, client.ann, body)
    client.bench.hands.pass_ms(1_000)
    done = (await client.get(path))["transfer"]
    assert (done["status"], done["amount"]) == ("complete", "100.0000")
    assert len((await client.get(f"{TRANSFERS}?limit=500"))["transfers"]) == 1
    await client.get(f"{TRANSFERS}?limit=501", 400)
    await client.get(f"{TRANSFERS}/unknown", 404)
    balance = await client.get("/portfolio/balance")
    assert balance["balance_breakdown"][-1] == {"exchange_index": SHARD, "balance": "100.0000"}
    for wrong in (
        {"amount": 0},
        {"amount": "9"},
        {"source": "bank"},
        {"client_transfer_id": "one"},
        {"destination_exchange_shard": 99},
        {"amount": 10**12, "client_transfer_id": None},
    ):
        await client("POST", TRANSFER, 400, client.ann, {**body, **wrong})
    await client("POST", TRANSFER, 403, client.ann, {**body, "source": "margined"})
    placed = await client.place(ticker=ELSEWHERE)
    order = placed["order_id"]
    await client("DELETE", f"{ORDERS}/{order}", 404, client.ann)
    await client("DELETE", f"{ORDERS}/{order}?market_ticker={ELSEWHERE}", 200, client.ann)
    await client.place(404, ticker=ELSEWHERE, exchange_index=0)


async def target_allocation(client: ContractClient) -> None:
    with_shard(client)
    assert (await client.get(ALLOCATION))["allocations"] == []
    shares = [
        {"exchange_index": 0, "percent": 60},
        {"exchange_index": SHARD, "percent": 40},
    ]
    body = {"allocations": shares, "resting_margin_reservation": "max"}
    total = (await client.get("/portfolio/balance"))["balance"]
    await client("POST", ALLOCATION, 200, client.ann, body)
    assert await client.get(ALLOCATION) == body
    client.bench.hands.pass_ms(11_000)
    balance = await client.get("/portfolio/balance")
    assert balance["balance"] == total
    assert (await client.get(f"/portfolio/balance?exchange_index={SHARD}"))["balance"] == (
        total * 40 // 100
    )
    wrongs: tuple[dict[str, object], ...] = (
        {"allocations": shares[:1]},
        {"allocations": [*shares, shares[0]]},
        {"allocations": [{"percent": 100}]},
        {"allocations": shares, "resting_margin_reservation": "some"},
        {},
    )
    for wrong in wrongs:
        await client("POST", ALLOCATION, 400, client.ann, wrong)
    await client("POST", ALLOCATION, 200, client.ann, {"allocations": []})


async def settlement_and_history(client: ContractClient) -> None:
    venue = client.bench.venue
    other = list(venue.exchange.markets)[1]
    await client.trade()
    done = await client.place(price="0.30")
    await client("DELETE", f"{ORDERS}/{done['order_id']}", 200, client.ann)
    now_ns = venue.clock.now_ns()
    for ticker in list(venue.exchange.markets):
        venue.exchange.determine(ticker, MarketResult.YES, now_ns)
    market = (await client("GET", f"/markets/{FED}", 200))["market"]
    assert (market["status"], market["result"]) == ("determined", "yes")
    client.bench.hands.pass_ms(400_000)
    await client.place(400)
    paid = (await client.get("/portfolio/settlements"))["settlements"]
    assert [(each["revenue"], each["value"]) for each in paid] == [(300, 100)]
    settled = await client.get("/portfolio/positions?settlement_status=settled")
    assert settled["market_positions"][0]["position_fp"] == "0.00"
    assert (await client.get("/portfolio/positions"))["market_positions"] == []
    span = f"start_ts={START_S - 60}&end_ts={START_S + 600}&period_interval=1"
    await client("GET", f"/historical/markets/{FED}/candlesticks?{span}", 404)
    await client("GET", f"/historical/markets/{FED}", 404)
    assert (await client("GET", "/historical/markets", 200))["markets"] == []
    client.bench.hands.pass_ms(92 * DAY_NS // 1_000_000)
    await client("GET", "/historical/cutoff", 200)
    await client("GET", f"/markets/{FED}", 404)
    await client("GET", f"/markets/{FED}/orderbook", 404)
    await client("GET", f"/series/{SERIES}/markets/{FED}/candlesticks?{span}", 404)
    assert (await client("GET", "/markets/trades", 200))["trades"] == []
    assert (await client.get("/portfolio/orders"))["orders"] == []
    await client.get(f"/portfolio/orders/{done['order_id']}", 404)
    assert (await client.get("/portfolio/fills"))["fills"] == []
    assert (await client.get("/portfolio/positions?settlement_status=all"))[
        "market_positions"
    ] == []
    await history(client, other, span)


async def history(client: ContractClient, other: str, span: str) -> None:
    """Read back what has left the live endpoints."""
    assert (await client("GET", f"/historical/markets/{FED}", 200))["market"]["result"] == "yes"
    for query in (
        "limit=1",
        f"tickers={FED},{other}",
        f"event_ticker={EVENT}",
        f"series_ticker={SERIES}",
        "mve_filter=exclude",
    ):
        assert (await client("GET", f"/historical/markets?{query}", 200))["markets"]
    await client("GET", f"/historical/markets?tickers={FED}&event_ticker={EVENT}", 400)
    await client("GET", "/historical/markets?mve_filter=only", 400)
    path = f"/historical/markets/{FED}/candlesticks"
    found = (await client("GET", f"{path}?{span}", 200))["candlesticks"]
    assert found[0]["price"]["open"] == "0.5200"
    assert found[1]["price"] == {
        "open": None,
        "low": None,
        "high": None,
        "close": None,
        "mean": None,
        "previous": "0.5200",
    }
    await client("GET", f"{path}?start_ts=1", 400)
    assert (await client("GET", f"/historical/trades?ticker={FED}", 200))["trades"]
    await client("GET", "/historical/trades?min_ts=x", 400)
    assert len((await client.get("/historical/fills?min_ts=1"))["fills"]) == 1
    assert len((await client.get(f"/historical/orders?ticker={FED}"))["orders"]) == 2
    assert (await client.get("/historical/positions"))["market_positions"][0]["ticker"] == FED
    for name in ("fills", "orders", "positions"):
        await client.get(f"/historical/{name}?limit=0", 400)


async def scalar_settlement(client: ContractClient) -> None:
    venue = client.bench.venue
    await client.trade("0.03")
    venue.exchange.determine(FED, MarketResult.SCALAR, venue.clock.now_ns(), Price(3_333))
    client.bench.hands.pass_ms(400_000)
    (paid,) = (await client.get("/portfolio/settlements"))["settlements"]
    assert paid["market_result"] == "scalar"
    await client("GET", f"/markets/{FED}", 200)


async def pauses(client: ContractClient) -> None:
    venue = client.bench.venue
    placed = await client.place()
    path = f"{ORDERS}/{placed['order_id']}"
    venue.exchange.set_trading(False, venue.clock.now_ns())
    terms = {"ticker": FED, "side": "bid", "price": "0.4100", "count": "6.00"}
    refused = await client.place(409)
    assert refused["error"]["code"] == "trading_is_paused"
    await client("POST", f"{path}/amend", 409, client.ann, terms)
    venue.exchange.set_exchange(False, venue.clock.now_ns())
    refused = await client("DELETE", path, 409, client.ann)
    assert refused["error"]["code"] == "exchange_is_paused"
    await client("DELETE", ORDERS, 409, client.ann)


async def rate_limits(client: ContractClient) -> None:
    policy = client.bench.venue.policy
    policy.change({"tier": "basic"})
    limits = await client.get("/account/limits")
    assert limits["write"] == {"refill_rate": 100, "bucket_capacity": 100}
    await client.get("/portfolio/balance")
    assert await client.get("/portfolio/balance", 429) == {"error": "too many requests"}
    for _ in range(10):
        await client.place()
    policy.change({"rate_limit_body": "object"})
    refused = await client.place(429)
    assert refused["error"]["code"] == "too_many_requests"
    terms = {"ticker": FED, "side": "bid", "price": "0.4100", "count": "6.00"}
    for method, path, body in (
        ("POST", f"{ORDERS}/x/amend", terms),
        ("POST", f"{ORDERS}/x/decrease", {"reduce_by": "1.00"}),
        ("DELETE", f"{ORDERS}/x", None),
        ("DELETE", f"{ORDERS}/batched", {"orders": [{"order_id": "x"}]}),
        ("POST", f"{GROUPS}/create", {"contracts_limit": 5}),
        ("DELETE", ORDERS, None),
    ):
        await client(method, path, 429, client.ann, body)
    client.bench.hands.pass_ms(1_000)
    many = {"orders": [_terms() for _ in range(11)]}
    await client("POST", f"{ORDERS}/batched", 429, client.ann, many)
    await client("POST", f"{ORDERS}/batched", 201, client.ann, {"orders": many["orders"][:10]})
    for _ in range(60):
        await client.get("/account/limits")
    await client.get("/account/limits", 429)
    await client("GET", "/account/limits", 200, client.bob)
    policy.change({"tier": "premier"})
    assert (await client.get("/account/limits"))["usage_tier"] == "premier"


async def keys(client: ContractClient) -> None:
    (key,) = (await client.get("/api_keys"))["api_keys"]
    assert key["api_key_id"] == client.ann.key_id


ALL = (
    nobody_reads_without_a_signature,
    the_exchange_and_its_hours,
    series_and_tags,
    events_and_their_markets,
    fee_changes,
    markets_and_their_filters,
    books_and_trades,
    candlesticks,
    an_order_from_birth_to_death,
    a_trade_and_everything_it_leaves,
    batches,
    order_groups,
    money_in_and_between_shards,
    target_allocation,
    settlement_and_history,
    scalar_settlement,
    pauses,
    rate_limits,
    keys,
)
