"""The store becomes the exchange's truth exactly, through faults, kills and a moving cut-off."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random

import pytest

from kalshi_tui.api.errors import DeniedError, ReadFailedError
from kalshi_tui.api.history import CUTOFF_PATH
from kalshi_tui.core.cash import cash_proof
from kalshi_tui.core.completeness import RecordKind
from kalshi_tui.core.profit import Books
from kalshi_tui.core.records import (
    FillRecord,
    OrderRecord,
    PaymentRecord,
    PositionRecord,
    SettlementRecord,
)
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import CENT, Count, Money, Price
from kalshi_tui.practice.happenings import MarketResult
from kalshi_tui.practice.orders import NewOrder
from kalshi_tui.practice.rejections import Rejection
from kalshi_tui.session.chronicle import History
from kalshi_tui.session.sync import ORDER_OF_KINDS, Sync
from tests.support.practice_bench import FED, ROOT, SECOND, Bench, Signer, bench

Fetch = Callable[[str, dict[str, str]], Awaitable[bytes]]
PAYMENTS = (RecordKind.DEPOSITS, RecordKind.WITHDRAWALS)


def store(path: Path) -> History:
    return History(path / "history.sqlite", environment="practice", account="a")


def fetcher(table: Bench, by: Signer, limit: int = 0) -> Fetch:
    """Return how the bench is read; `limit` makes the pages short."""

    async def fetch(path: str, params: dict[str, str]) -> bytes:
        if limit and "limit" in params:
            params = {**params, "limit": str(limit)}
        query = "&".join(f"{name}={value}" for name, value in params.items())
        response = await table.call("GET", f"{ROOT}{path}?{query}", by)
        if response.status_code != 200:
            raise DeniedError(response.status_code, response.text)
        return response.content

    return fetch


class Faulty:
    """A road to the exchange that breaks, and a clock and a cut-off that move meanwhile."""

    def __init__(self, inner: Fetch, rng: Random, between: Callable[[], None]) -> None:
        self.inner, self.rng, self.between = inner, rng, between
        self.calls = 0

    async def __call__(self, path: str, params: dict[str, str]) -> bytes:
        self.calls += 1
        self.between()
        luck = self.rng.random()
        if luck < 0.10:
            raise ReadFailedError("The exchange answered 503.", transient=True)
        if luck < 0.14:
            raise DeniedError(429, "too_many_requests")
        if luck < 0.18:
            return b"<html>502</html>"
        if luck < 0.22 and "cursor" in params:
            raise DeniedError(400, "invalid_cursor")
        return await self.inner(path, params)


def trade(table: Bench, rng: Random, many: int) -> None:
    """Let Ann and Bob trade with each other, minutes apart."""
    exchange = table.venue.exchange
    tickers = [t for t, m in exchange.markets.items() if m.listing.structure == "linear_cent"][:6]
    for _ in range(many):
        table.hands.pass_ms(rng.randrange(1, 90_000))
        now = table.venue.begin()
        ticker = rng.choice(tickers)
        if exchange.markets[ticker].result is not None:
            continue
        side = rng.choice(list(BookSide))
        price = Price(rng.randrange(20, 80) * CENT)
        size = Count(rng.randrange(1, 700))
        pair = [(table.ann, side), (table.bob, side.other)]
        rng.shuffle(pair)
        for who, way in pair:
            try:
                exchange.place(who.key_id, NewOrder(ticker, way, price, size), now)
            except Rejection:
                break
        table.venue.settle(now)


def settle_some(table: Bench, rng: Random) -> None:
    exchange, now = table.venue.exchange, table.venue.begin()
    held = [t for t in exchange.accounts[table.ann.key_id].holdings if t != FED]
    for ticker, result in zip(held[:3], MarketResult, strict=False):
        value = Price(rng.randrange(1, 10_000)) if result is MarketResult.SCALAR else None
        exchange.determine(ticker, result, now, value)
        exchange.settle(ticker, now)
    table.venue.settle(now)


def truth_agrees(table: Bench, by: Signer, history: History) -> None:
    account = table.venue.exchange.accounts[by.key_id]
    fills = {f"{f.trade_id}/{f.order_id}": f for f in account.fills}
    stored = {
        each.key: each for each in history.records(RecordKind.FILLS) if isinstance(each, FillRecord)
    }
    assert stored.keys() == fills.keys()
    for key, fill in fills.items():
        mine = stored[key]
        assert (mine.at_ns // 1_000, mine.ticker) == (fill.at_ns // 1_000, fill.ticker)
        assert mine[4:9] == (fill.side, fill.price, fill.size, fill.fee, fill.is_taker)
    orders = {each.key: each for each in history.records(RecordKind.ORDERS)}
    assert orders.keys() == account.orders.keys()
    for key, order in account.orders.items():
        mine_order = orders[key]
        assert isinstance(mine_order, OrderRecord)
        assert (mine_order.filled, mine_order.remaining) == (order.filled, order.remaining)
        assert mine_order.status.value == order.status.value
    assert history.unmatched() == []
    assert history.unread() == []


def money_agrees(table: Bench, by: Signer, history: History) -> None:
    """Check the cash proof, and every position against the exchange's own figures."""
    books = Books()
    postings = list(books.take_all(history.money()))
    assert books.differences == []
    account = table.venue.exchange.accounts[by.key_id]
    payments = [
        each
        for kind in PAYMENTS
        for each in history.records(kind)
        if isinstance(each, PaymentRecord)
    ]
    available = account.available()
    reserved = sum(holding.reserve() for holding in account.holdings.values())
    proof = cash_proof(Money(0), postings, payments, available, Money(reserved))
    assert proof.is_closed, proof.sentence()
    latest: dict[str, PositionRecord] = {}
    for each in history.records(RecordKind.POSITIONS):
        assert isinstance(each, PositionRecord)
        latest[each.ticker] = each
    assert latest.keys() == {p.ticker for p in account.positions()}
    for ticker, theirs in latest.items():
        ours = books.holding(ticker)
        assert (ours.net, ours.cost, ours.fees) == (theirs.position, theirs.cost, theirs.fees)
        assert ours.realized == theirs.realized


async def test_FE08_the_store_is_the_truth_across_the_cutoff_and_the_cash_closes(
    tmp_path: Path,
) -> None:
    table, rng = bench(tmp_path / "exchange"), Random(4)
    exchange = table.venue.exchange
    exchange.deposit(table.ann.key_id, Money(5_000_000_000), table.venue.begin())
    exchange.deposit(table.bob.key_id, Money(5_000_000_000), table.venue.begin())
    trade(table, rng, 120)
    settle_some(table, rng)
    exchange.withdraw(table.ann.key_id, Money(123_450_000), table.venue.begin())
    trade(table, rng, 60)
    account = exchange.accounts[table.ann.key_id]
    assert len(account.fills) > 100
    assert account.settlements
    # Fills and orders leave by their own time; a cut-off in the middle of the fills.
    history = store(tmp_path)
    middle = account.fills[len(account.fills) // 2].at_ns
    for cut in (0, account.fills[3].at_ns, middle):
        exchange.live_window_ns = table.venue.begin() - cut
        sync = Sync(history, fetcher(table, table.ann, 7), lambda: table.hands.wall // SECOND)
        done = await sync.run(anew=True)
        assert all(each.statement.pages for each in done)
        truth_agrees(table, table.ann, history)
        money_agrees(table, table.ann, history)
    assert history.count(RecordKind.SETTLEMENTS) == len(account.settlements)
    tiers = {s.tier for each in done for s in each.statement.sections if s.items}
    assert len(tiers) == 2
    history.close()


async def until_read(kind: RecordKind, path: Path, road: Fetch, now_s: Callable[[], int]) -> None:
    """Read one kind; after each failure with a store opened anew, as after a kill."""
    for _ in range(200):
        history = store(path)
        try:
            await Sync(history, road, now_s).run([kind])
        except (ReadFailedError, DeniedError):
            continue
        else:
            return
        finally:
            history.close()
    pytest.fail("it never came to its end")


@pytest.mark.parametrize("seed", range(4))
async def test_FE08_faults_kills_and_a_moving_cutoff_lose_nothing(
    tmp_path: Path, seed: int
) -> None:
    table, rng = bench(tmp_path / "exchange"), Random(seed)
    exchange = table.venue.exchange
    for each in (table.ann, table.bob):
        exchange.deposit(each.key_id, Money(5_000_000_000), table.venue.begin())
    trade(table, rng, 80)
    begun = table.hands.wall
    exchange.live_window_ns = begun - exchange.accounts[table.ann.key_id].fills[5].at_ns

    def between() -> None:
        table.hands.pass_ms(rng.randrange(60_000))
        if rng.random() < 0.1:
            trade(table, rng, 1)

    road = Faulty(fetcher(table, table.ann, 5), rng, between)
    for kind in ORDER_OF_KINDS:
        await until_read(kind, tmp_path, road, lambda: table.hands.wall // SECOND)
    # What came during the reading comes with the next one, which is not from the beginning.
    history = store(tmp_path)
    calls = road.calls
    done = await Sync(history, fetcher(table, table.ann), lambda: table.hands.wall // SECOND).run()
    assert road.calls == calls
    truth_agrees(table, table.ann, history)
    money_agrees(table, table.ann, history)
    assert [each.statement.since_s is not None for each in done] == [True] * 3 + [True] * 3
    history.close()


async def test_FE09_archived_settlements_are_rebuilt_to_the_exchange_s_own_figures(
    tmp_path: Path,
) -> None:
    table, rng = bench(tmp_path / "exchange"), Random(9)
    exchange = table.venue.exchange
    for each in (table.ann, table.bob):
        exchange.deposit(each.key_id, Money(5_000_000_000), table.venue.begin())
    trade(table, rng, 80)
    settle_some(table, rng)
    table.hands.pass_ms(1_000)
    exchange.live_window_ns = 1
    history = store(tmp_path)
    sync = Sync(history, fetcher(table, table.ann), lambda: table.hands.wall // SECOND)
    done = {each.statement.kind: each.statement for each in await sync.run()}
    account = exchange.accounts[table.ann.key_id]
    assert len(account.settlements) == 3
    assert history.count(RecordKind.SETTLEMENTS) == 0
    assert "rebuilt" in done[RecordKind.SETTLEMENTS].gaps[0]
    assert await sync.rebuild() == 3
    assert await sync.rebuild() == 0
    truth = {each.ticker: each for each in account.settlements}
    for made in history.records(RecordKind.SETTLEMENTS):
        assert isinstance(made, SettlementRecord)
        theirs = truth[made.ticker]
        assert made.is_rebuilt
        assert (made.revenue, made.fees, made.value) == (theirs.revenue, theirs.fees, theirs.value)
        assert (made.yes_count, made.yes_cost) == (theirs.yes_count, theirs.yes_cost)
        assert (made.no_count, made.no_cost) == (theirs.no_count, theirs.no_cost)
        assert made.event_ticker == theirs.event_ticker
    money_agrees(table, table.ann, history)
    history.close()


async def test_an_incremental_reading_asks_only_for_what_may_be_new(tmp_path: Path) -> None:
    table, rng = bench(tmp_path / "exchange"), Random(2)
    for each in (table.ann, table.bob):
        table.venue.exchange.deposit(each.key_id, Money(5_000_000_000), table.venue.begin())
    trade(table, rng, 30)
    asked: list[dict[str, str]] = []
    inner = fetcher(table, table.ann)

    async def fetch(path: str, params: dict[str, str]) -> bytes:
        asked.append({"path": path, **params})
        return await inner(path, params)

    history = store(tmp_path)
    sync = Sync(history, fetch, lambda: table.hands.wall // SECOND)
    (first,) = await sync.run([RecordKind.FILLS])
    assert first.added == len(table.venue.exchange.accounts[table.ann.key_id].fills)
    assert all("min_ts" not in each for each in asked)
    table.hands.pass_ms(5 * 86_400_000)
    second_begun = table.hands.wall // SECOND
    await sync.run([RecordKind.FILLS])
    asked.clear()
    (third,) = await sync.run([RecordKind.FILLS])
    assert third.added == 0
    least = [int(each["min_ts"]) for each in asked if each["path"] != CUTOFF_PATH]
    assert least == [second_begun - 86_400 - 1] * 2
    history.close()


async def test_an_order_that_rested_at_the_last_reading_is_read_again_however_old(
    tmp_path: Path,
) -> None:
    table = bench(tmp_path / "exchange")
    placed = await table.place(table.ann)
    order_id = placed.json()["order_id"]
    history = store(tmp_path)
    sync = Sync(history, fetcher(table, table.ann), lambda: table.hands.wall // SECOND)
    await sync.run([RecordKind.ORDERS])
    table.hands.pass_ms(90_000_000)
    await sync.run([RecordKind.ORDERS])
    table.venue.exchange.cancel(table.ann.key_id, order_id, table.venue.begin())
    await sync.run([RecordKind.ORDERS])
    (order,) = history.records(RecordKind.ORDERS)
    assert isinstance(order, OrderRecord)
    assert order.is_done
    history.close()


async def test_FE06_an_answer_that_is_none_ends_the_call_and_not_the_history(
    tmp_path: Path,
) -> None:
    history = store(tmp_path)

    async def fetch(path: str, params: dict[str, str]) -> bytes:
        return b'{"surprise":[]}'

    with pytest.raises(ReadFailedError, match="no list named"):
        await Sync(history, fetch, lambda: 1_800_000_000).run([RecordKind.DEPOSITS])
    assert history.statements() == {}
    history.close()


async def test_an_archive_that_is_not_there_is_said_and_asked_for_again_next_time(
    tmp_path: Path,
) -> None:
    history, asked = store(tmp_path), list[str]()

    async def fetch(path: str, params: dict[str, str]) -> bytes:
        asked.append(path)
        if path == "/historical/fills":
            raise DeniedError(404, "not_found")
        return b'{"fills":[],"cursor":"","trades_created_ts":"2026-07-28T00:00:00Z"}'

    for _ in range(2):
        (done,) = await Sync(history, fetch, lambda: 1_800_000_000).run([RecordKind.FILLS])
        assert not done.statement.is_complete
        assert done.statement.since_s is None
    assert asked.count("/historical/fills") == 2
    text = history.statements()[RecordKind.FILLS, 0]
    assert "/historical/fills was not read to its end" in text
    history.close()
