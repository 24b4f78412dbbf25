"""Plays seeded 15-minute markets of the busiest preset, with nobody but the crowd in them."""

from dataclasses import replace

from kalshi_tui.core.market import PUBLISHED_GRIDS
from kalshi_tui.practice.crowd import Crowd
from kalshi_tui.practice.exchange import Exchange
from kalshi_tui.practice.happenings import BookChanged, TradePrinted
from kalshi_tui.practice.listings import Catalogue, quarter_hour
from kalshi_tui.practice.presets import QUARTER_HOUR
from tests.support.crowd_figures import SECOND, Print, Row, Tape

START = 1_800_000_000 * SECOND
_STEP = 5 * SECOND


def window(seed: int, seconds: int = 900) -> Tape:
    """Return the last `seconds` of one 15-minute market on a whole-cent grid, as gold had it."""
    event = quarter_hour(START)
    market = event.markets[0]
    grid = PUBLISHED_GRIDS["linear_cent"]
    listing = replace(market.listing, structure="linear_cent", grid=grid)
    event = replace(event, markets=(replace(market, listing=listing, profile=QUARTER_HOUR),))
    exchange = Exchange()
    exchange.list_market(listing, START)
    crowd = Crowd(exchange, Catalogue([event]), seed=seed)
    crowd.open(START)
    opening = [
        Row(each.at_ns, each.side, each.price, each.change)
        for each in exchange.take_happenings()
        if isinstance(each, BookChanged)
    ]
    tape = Tape(START, min(START + seconds * SECOND, listing.close_ns), opening, [], [])
    now = START
    while now < tape.close_ns - 1:
        now = min(now + _STEP, tape.close_ns - 1)
        crowd.run_until(now)
        for each in exchange.take_happenings():
            if isinstance(each, BookChanged):
                tape.rows.append(Row(each.at_ns, each.side, each.price, each.change))
            elif isinstance(each, TradePrinted):
                tape.prints.append(Print(each.at_ns, each.price, each.size, each.taker_side))
    return tape
