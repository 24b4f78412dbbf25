"""Those who come and go: sane prices, small sizes, informed hands, orders that leave again."""

from kalshi_tui.core.sides import BookSide
from kalshi_tui.practice.chance import Draws
from kalshi_tui.practice.happenings import TradePrinted
from kalshi_tui.practice.pit import NOISE, TAKER
from kalshi_tui.practice.takers import Passers
from tests.support.exchange_world import NOW
from tests.support.pit_world import PitWorld


def printed(world: PitWorld) -> list[TradePrinted]:
    return [each for each in world.exchange.take_happenings() if isinstance(each, TradePrinted)]


def quoted(bid: int, ask: int) -> PitWorld:
    world = PitWorld()
    world.place(BookSide.BID, bid, 1_000_000)
    world.place(BookSide.ASK, ask, 1_000_000)
    return world


def test_retail_trades_at_the_touch_in_both_directions() -> None:
    world = quoted(5_000, 5_100)
    passers = Passers(world.pit)
    for word in range(400):
        passers.retail(Draws(word), NOW + word)
    found = printed(world)
    assert {each.price for each in found} == {5_000, 5_100}
    sizes = sorted(each.size for each in found)
    assert 700 < sizes[len(sizes) // 2] < 3_000
    assert sizes[-1] <= 640_000
    assert 0.4 < sum(each.size % 100 != 0 for each in found) / len(found) < 0.8
    assert 0.35 < sum(each.taker_side is BookSide.BID for each in found) / len(found) < 0.65


def test_retail_likes_longshots() -> None:
    world = quoted(700, 900)
    passers = Passers(world.pit)
    world.pit.latent = PitWorld().latent
    for word in range(600):
        passers.retail(Draws(word), NOW + word)
    bought = [each.taker_side is BookSide.BID for each in printed(world)]
    assert all(bought)


def test_nobody_pays_a_silly_price() -> None:
    world = quoted(2_000, 8_000)
    passers = Passers(world.pit)
    for word in range(200):
        passers.retail(Draws(word), NOW + word)
    assert printed(world) == []


def test_nobody_trades_against_an_empty_side() -> None:
    world = PitWorld()
    passers = Passers(world.pit)
    for word in range(50):
        passers.retail(Draws(word), NOW)
        passers.informed(Draws(word), NOW)
    assert printed(world) == []


def test_the_informed_take_what_is_wrong_by_more_than_the_fee() -> None:
    world = quoted(4_000, 4_500)
    Passers(world.pit).informed(Draws(1), NOW)
    assert [(each.price, each.taker_side) for each in printed(world)] == [(4_500, BookSide.BID)]
    world = quoted(5_500, 6_000)
    Passers(world.pit).informed(Draws(1), NOW)
    assert [(each.price, each.taker_side) for each in printed(world)] == [(5_500, BookSide.ASK)]


def test_the_informed_leave_a_fair_quote_alone() -> None:
    # Fair is 50.3: the ask is wrong by 0.3 cents, less than the fee of 1.75 and half a tick.
    world = quoted(4_800, 5_000)
    for word in range(50):
        Passers(world.pit).informed(Draws(word), NOW)
    assert printed(world) == []


def test_noise_orders_leave_again() -> None:
    world = quoted(4_000, 6_000)
    passers = Passers(world.pit)
    for word in range(100):
        passers.noise(Draws(word), NOW)
    held = world.orders(NOISE, BookSide.BID) + world.orders(NOISE, BookSide.ASK)
    assert len(held) == len(world.late) > 90
    assert printed(world) == []
    for at_ns, deed in world.late:
        assert at_ns > NOW
        deed(at_ns)
    assert not world.exchange.house[NOISE].orders


def test_a_taker_who_rests_leaves_after_a_while() -> None:
    world = PitWorld()
    world.place(BookSide.BID, 5_000, 1)
    world.place(BookSide.ASK, 5_100, 1)
    passers = Passers(world.pit)
    for word in range(3_000):
        if world.exchange.house[TAKER].orders:
            break
        world.place(BookSide.BID, 5_000, 1)
        world.place(BookSide.ASK, 5_100, 1)
        passers.retail(Draws(word), NOW)
    assert world.exchange.house[TAKER].orders
    at_ns, deed = world.late[-1]
    deed(at_ns)
    assert not world.exchange.house[TAKER].orders
