"""How fast the exchange's rules are without sockets: matching alone, and 10,000 resting orders.

Run it by hand: python -m tests.benchmarks.bench_rules
"""

from collections.abc import Callable
from random import Random
from time import perf_counter_ns

from kalshi_tui.core.orders import SelfTradePrevention
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import NO_COUNT, Count, Money, Price
from kalshi_tui.practice.exchange import Exchange
from kalshi_tui.practice.matching import OrderBook
from kalshi_tui.practice.orders import NewOrder, Order
from tests.support.exchange_world import NOW, listing

ORDERS = 200_000
RESTING = 10_000
ROUNDS = 200


def matching_alone() -> int:
    """Return orders a second of the bare book: plan, fill, rest."""
    chance, book = Random(1), OrderBook()
    orders = [
        Order(
            str(number),
            f"h{chance.randrange(8)}",
            "RAIN",
            chance.choice(list(BookSide)),
            Price(chance.randrange(4_000, 6_000, 100)),
            Count(chance.randrange(1, 2_000)),
        )
        for number in range(ORDERS)
    ]
    begin = perf_counter_ns()
    for order in orders:
        if book.crosses(order.side, order.price):
            plan = book.plan(
                order.side,
                order.price,
                order.remaining,
                order.account_id,
                SelfTradePrevention.TAKER_AT_CROSS,
            )
            for maker, size in plan.fills:
                book.reduce(maker, size)
            order.remaining = NO_COUNT if plan.stopped else plan.left
        if order.remaining:
            book.add(order)
    return ORDERS * 10**9 // (perf_counter_ns() - begin)


def whole_exchange(account: str) -> int:
    """Return orders a second through every check, with all that is told."""
    exchange, chance = Exchange(), Random(1)
    exchange.list_market(listing(), NOW)
    for number in range(8):
        exchange.open_house(f"h{number}")
        exchange.open_account(f"c{number}", {0: Money(10**13)}, NOW)
    orders = [
        (
            f"{account}{chance.randrange(8)}",
            NewOrder(
                "RAIN",
                chance.choice(list(BookSide)),
                Price(chance.randrange(4_000, 6_000, 100)),
                Count(chance.randrange(1, 2_000)),
            ),
        )
        for _ in range(ORDERS // 4)
    ]
    begin = perf_counter_ns()
    for number, (owner, order) in enumerate(orders):
        exchange.place(owner, order, NOW)
        if number % 50 == 0:
            exchange.take_happenings()
    return len(orders) * 10**9 // (perf_counter_ns() - begin)


def many_resting(*, holding: bool) -> dict[str, list[int]]:
    """Return nanoseconds of each command beside 10,000 resting orders of the same account.

    `holding`: the position covers half of what rests, so that half of it needs no collateral.
    """
    exchange = Exchange()
    exchange.list_market(listing(), NOW)
    ann = exchange.open_account("ann", {0: Money(10**12)}, NOW)
    exchange.open_house("crowd")
    if holding:
        half = Count(RESTING // 2 * 100)
        exchange.place("crowd", NewOrder("RAIN", BookSide.ASK, Price(5_000), half), NOW)
        exchange.place("ann", NewOrder("RAIN", BookSide.BID, Price(5_000), half), NOW)
    ids = [
        exchange.place("ann", _ask(6_000 + number % 30 * 100, str(number)), NOW).order_id
        for number in range(RESTING)
    ]
    exchange.take_happenings()

    def create(number: int) -> None:
        ids.append(exchange.place("ann", _ask(9_000, f"x{number}"), NOW).order_id)
        ann.available()

    def cancel(number: int) -> None:
        exchange.cancel("ann", ids.pop(RESTING // 2), NOW)
        ann.available()

    def position(number: int) -> None:
        exchange.queue_ahead(ids[-1 - number])

    def positions(number: int) -> None:
        exchange.queue_positions("ann")

    commands = (create, cancel, position, positions)
    return {each.__name__: _timed(each, exchange) for each in commands}


def _ask(price: int, name: str) -> NewOrder:
    return NewOrder("RAIN", BookSide.ASK, Price(price), Count(100), client_order_id=name)


def _timed(command: Callable[[int], None], exchange: Exchange) -> list[int]:
    times = []
    for number in range(ROUNDS):
        begin = perf_counter_ns()
        command(number)
        times.append(perf_counter_ns() - begin)
        exchange.take_happenings()
    return sorted(times)


def main() -> None:
    """Print the table."""
    print(f"matching alone               {matching_alone():>9,} orders/s  (wanted 50,000)")
    print(f"whole exchange, the crowd's  {whole_exchange('h'):>9,} orders/s")
    print(f"whole exchange, customers'   {whole_exchange('c'):>9,} orders/s")
    for holding in (False, True):
        what = "half of it covered" if holding else "no position"
        for name, times in many_resting(holding=holding).items():
            p50, worst = times[ROUNDS // 2] / 1e6, times[-1] / 1e6
            print(f"{RESTING:,} resting, {what}: {name:9} p50 {p50:.3f} ms, worst {worst:.3f} ms")


if __name__ == "__main__":
    main()
