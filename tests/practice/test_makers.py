"""Market makers: two-sided around the fair price, moved when it moves, gone after a jump."""

from dataclasses import replace

from kalshi_tui.core.sides import BookSide
from kalshi_tui.practice.chance import Draws
from kalshi_tui.practice.latent import Motion, Shape
from kalshi_tui.practice.makers import ACCOUNTS, Maker
from kalshi_tui.practice.presets import LIVELY
from tests.support.exchange_world import NOW
from tests.support.pit_world import PitWorld

ME = ACCOUNTS[0]
SECOND = 10**9
NEWS = Motion(Shape.THRESHOLDS, (0.5,), 600.0, 250, 1.0, 200.0)


def made(world: PitWorld, word: int = 1) -> Maker:
    maker = Maker(world.pit, ME, Draws(word))
    maker.open(Draws(word + 1), NOW)
    return maker


def prices(world: PitWorld, side: BookSide) -> list[int]:
    return sorted(order.price for order in world.orders(ME, side))


def test_a_maker_opens_on_both_sides_of_the_fair_price() -> None:
    for word in range(1, 30):
        world = PitWorld()
        made(world, word)
        bids, asks = prices(world, BookSide.BID), prices(world, BookSide.ASK)
        assert len(bids) == len(asks) == LIVELY.slots
        assert bids[-1] < 5_030 < asks[0]
        assert asks[0] - bids[-1] <= 400


def test_a_maker_with_nothing_to_do_does_nothing() -> None:
    world = PitWorld()
    maker = made(world)
    before = world.pit.market.clock
    maker.pulse(Draws(9), NOW, 0)
    assert world.pit.market.clock - before <= 4


def test_moving_an_order_is_a_cancel_and_an_add_of_a_habitual_size() -> None:
    world = PitWorld()
    maker = made(world)
    for word in range(200):
        maker.pulse(Draws(word), NOW + word * SECOND // 100, 1)
        while world.late:
            at_ns, deed = world.late.pop()
            deed(max(at_ns, NOW + word * SECOND // 100))
    lots = {round(lot * 100) for lot in LIVELY.lots}
    held = world.orders(ME, BookSide.BID) + world.orders(ME, BookSide.ASK)
    assert len(held) == 2 * LIVELY.slots
    assert all(order.remaining in lots | {2 * lot for lot in lots} for order in held)


def test_a_filled_quote_is_replaced() -> None:
    world = PitWorld()
    maker = made(world)
    touch = max(prices(world, BookSide.BID))
    world.place(BookSide.ASK, touch, 100_000)
    world.exchange.cancel_all("client", NOW)
    assert len(prices(world, BookSide.BID)) < LIVELY.slots
    maker.pulse(Draws(5), NOW + 1, 10)
    for at_ns, deed in world.late:
        deed(at_ns)
    assert len(prices(world, BookSide.BID)) == LIVELY.slots


def test_a_maker_who_was_hit_quotes_lower() -> None:
    calm = replace(LIVELY, slots=1, lots=(10,))
    hit, spared = PitWorld(calm), PitWorld(calm)
    makers = [made(hit), made(spared)]
    for step in range(60):
        at_ns = NOW + step
        bids = prices(hit, BookSide.BID)
        if bids:
            hit.place(BookSide.ASK, bids[-1], 10)
            hit.exchange.cancel_all("client", at_ns)
        for maker in makers:
            maker.pulse(Draws(step), at_ns, 2)
            for world in (hit, spared):
                while world.late:
                    world.late.pop()[1](at_ns)
    assert max(prices(hit, BookSide.BID)) < max(prices(spared, BookSide.BID))


def test_after_a_jump_everything_is_withdrawn_for_a_while() -> None:
    world = PitWorld(motion=NEWS)
    maker = made(world)
    at_ns, jumped_ns = NOW, 0
    while not jumped_ns and at_ns < NOW + 600 * SECOND:
        at_ns += SECOND // 4
        before = world.pit.fair(at_ns - SECOND)
        maker.pulse(Draws(at_ns), at_ns, 4)
        while world.late:
            world.late.pop()[1](at_ns)
        if not prices(world, BookSide.BID) and not prices(world, BookSide.ASK):
            jumped_ns = at_ns
            assert abs(world.pit.fair(at_ns) - before) > 300
    assert jumped_ns
    assert 0 <= jumped_ns - world.latent.last_news_ns <= SECOND
    maker.pulse(Draws(3), jumped_ns + SECOND // 10, 6)
    assert not prices(world, BookSide.BID)
    for step in range(2):
        maker.pulse(Draws(step), jumped_ns + 3 * SECOND + step, 5)
    assert prices(world, BookSide.BID)
    assert prices(world, BookSide.ASK)
