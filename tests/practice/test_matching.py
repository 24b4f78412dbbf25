"""One market's queues: who is served, in which order, and what a plan leaves alone."""

from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.core.orders import SelfTradePrevention
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price
from kalshi_tui.practice.matching import OrderBook
from kalshi_tui.practice.orders import Order

BID, ASK = BookSide.BID, BookSide.ASK
CROSS, MAKER = SelfTradePrevention.TAKER_AT_CROSS, SelfTradePrevention.MAKER


def resting(
    book: OrderBook, name: str, side: BookSide, price: int, size: int, owner: str = "other"
) -> Order:
    order = Order(name, owner, "RAIN", side, Price(price), Count(size))
    book.add(order)
    return order


def planned(
    book: OrderBook, side: BookSide, price: int, size: int, prevention: SelfTradePrevention = CROSS
) -> tuple[list[tuple[str, int]], list[str], int, bool]:
    plan = book.plan(side, Price(price), Count(size), "me", prevention)
    return (
        [(maker.order_id, filled) for maker, filled in plan.fills],
        [own.order_id for own in plan.yielding],
        plan.left,
        plan.stopped,
    )


def test_the_best_price_is_served_first_and_then_the_first_comer() -> None:
    book = OrderBook()
    resting(book, "late-good", ASK, 5_200, 100)
    resting(book, "first", ASK, 5_100, 100)
    resting(book, "second", ASK, 5_100, 100)
    fills, _, left, _ = planned(book, BID, 5_200, 250)
    assert fills == [("first", 100), ("second", 100), ("late-good", 50)]
    assert left == 0


def test_bids_are_served_from_the_highest_down() -> None:
    book = OrderBook()
    resting(book, "low", BID, 4_700, 100)
    resting(book, "high", BID, 4_800, 100)
    fills, _, left, _ = planned(book, ASK, 4_700, 500)
    assert fills == [("high", 100), ("low", 100)]
    assert left == 300


def test_a_limit_is_never_passed() -> None:
    book = OrderBook()
    resting(book, "near", ASK, 5_100, 100)
    resting(book, "far", ASK, 5_300, 100)
    assert planned(book, BID, 5_200, 500) == ([("near", 100)], [], 400, False)
    assert book.crosses(BID, Price(5_100))
    assert not book.crosses(BID, Price(5_099))


def test_a_plan_changes_nothing() -> None:
    book = OrderBook()
    order = resting(book, "a", ASK, 5_100, 100)
    planned(book, BID, 9_900, 60)
    assert order.remaining == 100
    assert book.levels(ASK) == [(5_100, 100)]


def test_taker_at_cross_stops_at_the_first_own_order_and_keeps_earlier_fills() -> None:
    book = OrderBook()
    resting(book, "a", ASK, 5_100, 100)
    resting(book, "mine", ASK, 5_100, 100, owner="me")
    resting(book, "b", ASK, 5_100, 100)
    assert planned(book, BID, 5_100, 250) == ([("a", 100)], [], 150, True)


def test_an_own_order_behind_the_last_contract_needed_does_not_matter() -> None:
    book = OrderBook()
    resting(book, "a", ASK, 5_100, 100)
    resting(book, "mine", ASK, 5_100, 100, owner="me")
    assert planned(book, BID, 5_100, 100) == ([("a", 100)], [], 0, False)
    assert planned(book, BID, 5_100, 100, MAKER) == ([("a", 100)], [], 0, False)


def test_maker_prevention_lets_own_orders_give_way_and_goes_on() -> None:
    book = OrderBook()
    resting(book, "mine", ASK, 5_100, 100, owner="me")
    resting(book, "a", ASK, 5_100, 100)
    assert planned(book, BID, 5_100, 150, MAKER) == ([("a", 100)], ["mine"], 50, False)


def test_contracts_ahead_are_those_of_earlier_orders_at_the_same_price() -> None:
    book = OrderBook()
    resting(book, "better", BID, 4_900, 900)
    first = resting(book, "first", BID, 4_800, 155)
    second = resting(book, "second", BID, 4_800, 200)
    third = resting(book, "third", BID, 4_800, 300)
    assert [book.ahead(order) for order in (first, second, third)] == [0, 155, 355]
    book.remove(second)
    assert book.ahead(third) == 155
    book.reduce(first, Count(100))
    assert book.ahead(third) == 55
    assert book.orders(BID, Price(4_800)) == [first, third]


def test_an_order_reduced_to_nothing_leaves_and_takes_its_level_along() -> None:
    book = OrderBook()
    order = resting(book, "only", ASK, 5_100, 100)
    book.reduce(order, Count(100))
    assert order.remaining == 0
    assert book.levels(ASK) == []
    assert book.best_ask is None


def test_resting_volume_can_leave_out_one_account() -> None:
    book = OrderBook()
    resting(book, "mine", ASK, 5_100, 100, owner="me")
    resting(book, "a", ASK, 5_200, 70)
    resting(book, "far", ASK, 5_300, 999)
    assert book.resting_volume(BID, Price(5_200)) == 170
    assert book.resting_volume(BID, Price(5_200), without="me") == 70


@given(
    st.lists(st.tuples(st.sampled_from([1, 2, 3]), st.integers(1, 9), st.booleans()), max_size=40)
)
def test_queues_keep_order_and_totals_under_any_adds_and_removes(
    steps: list[tuple[int, int, bool]],
) -> None:
    book, naive = OrderBook(), list[Order]()
    for number, (price, size, remove) in enumerate(steps):
        if remove and naive:
            book.remove(naive.pop(size % len(naive)))
        else:
            naive.append(resting(book, str(number), BID, price, size))
    expected = sorted(naive, key=lambda order: -order.price)
    assert book.all_orders() == expected
    for price, total in book.levels(BID):
        assert total == sum(order.remaining for order in naive if order.price == price)
