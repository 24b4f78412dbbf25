"""The journal holds all that a command changed, and an exchange comes back from it as it was."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from kalshi_tui.practice.exchange import Exchange
from kalshi_tui.practice.forms import StateError
from kalshi_tui.practice.happenings import Happening
from kalshi_tui.practice.journal import Key, Put
from kalshi_tui.practice.latent import Motion, Shape
from kalshi_tui.practice.lifecycle import BEFORE_CLOSE
from kalshi_tui.practice.listings import Catalogue, ListedEvent, Traded
from kalshi_tui.practice.market import Listing
from kalshi_tui.practice.presets import QUIET
from kalshi_tui.practice.restart import Restart
from kalshi_tui.practice.state import State
from kalshi_tui.practice.templates import BITCOIN
from tests.support.exchange_pair import CUSTOMERS
from tests.support.exchange_storm import Storm
from tests.support.exchange_world import BID, NOW, listing, place, world

_OF_TRADING = (
    "clock",
    "last_price",
    "last_size",
    "last_trade_ns",
    "open_interest",
    "updated_ns",
    "volume",
)
"""Fields of a market that the crowd's trades move; they are kept when a customer trades."""

Kept = dict[Key, Any]


class Watched(Exchange):
    """An exchange whose happenings are journalled before anyone gets them."""

    def __init__(self) -> None:
        super().__init__()
        self.catalogue = Catalogue([])
        self.state = State(self, self.catalogue)
        self.journal: dict[Key, msgspec.Raw] = {}

    def take_happenings(self) -> list[Happening]:
        """Take them, and journal what they changed."""
        taken = super().take_happenings()
        for market in self.markets.values():
            if market.listing.event_ticker not in {each.ticker for each in self.catalogue.events}:
                self.catalogue.events.append(event_of(market.listing))
        fold(self.journal, self.state.changes(taken))
        return taken


def event_of(listed: Listing) -> ListedEvent:
    """Return an event with one market."""
    motion = Motion(Shape.THRESHOLDS, (0.5,), 3600.0)
    traded = (Traded(listed, QUIET, 0),)
    name = listed.event_ticker
    return ListedEvent(name, BITCOIN, name, name, False, motion, NOW, traded)


def fold(journal: dict[Key, msgspec.Raw], puts: list[Put]) -> None:
    """Do what reading a journal does."""
    for key, value in puts:
        if value is None:
            journal.pop(key, None)
        else:
            journal[key] = value


def plain(journal: dict[Key, msgspec.Raw]) -> Kept:
    """Return a journal's values decoded, without what cannot be compared."""
    found = {key: msgspec.json.decode(value) for key, value in journal.items()}
    for key, value in found.items():
        if key[0] == "market":
            for name in _OF_TRADING:
                del value[name]
        elif key[0] == "order":
            del value["place"]  # counted anew in the book of a new exchange
    return {key: value for key, value in found.items() if key != ("exchange",)}


def weathered(seed: int, commands: int) -> tuple[Watched, int]:
    """Return an exchange after a storm of commands, and the time."""
    watched = Watched()
    storm = Storm(seed, watched)
    for name, cash in CUSTOMERS.items():
        assert watched.accounts[name].cash == cash
    fold(watched.journal, list(watched.state.everything(NOW, {}).items()))
    for number in range(commands):
        storm.step()
        if number == commands // 2:
            storm.pair.govern(storm.open.pop(), "determine", 3_333)
            storm.pair.pass_time(10**10)
    return watched, storm.pair.now


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_after_every_kind_of_command_the_journal_holds_all_there_is(seed: int) -> None:
    """Oracle: what was written change by change equals the whole state written at once."""
    watched, now_ns = weathered(seed, 400)
    whole = State(watched, watched.catalogue).everything(now_ns, {})
    written = plain(watched.journal)
    assert written == plain(whole)
    kinds = {key[0] for key in written}
    assert kinds >= {"account", "deposit", "event", "fill", "group", "holding", "market", "order"}
    assert kinds >= {"settlement", "transfer", "used"}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_an_exchange_comes_back_from_its_journal_as_it_was(seed: int) -> None:
    watched, now_ns = weathered(seed, 400)
    restart = Restart(dict(watched.journal) | dict([watched.state.clock(now_ns)]))
    again = Exchange(run=1)
    tradable = [
        each
        for each in watched.catalogue.events
        if watched.markets[each.markets[0].listing.ticker].status in BEFORE_CLOSE
    ]
    again_listed = restart.merge(Catalogue(tradable), now_ns)
    restart.restore(again, again_listed, now_ns)
    assert plain(State(again, again_listed).everything(now_ns, {})) == plain(watched.journal)
    for name in CUSTOMERS:
        one, other = watched.accounts[name], again.accounts[name]
        assert list(one.orders) == list(other.orders)
        assert one.fills == other.fills
        assert sorted(one.resting) == sorted(other.resting)
        for index in watched.shards:
            assert one.available(index) == other.available(index)
        assert one.used_ids == other.used_ids
        assert watched.purse(name).used_ids == again.purse(name).used_ids


def test_the_queue_of_a_price_comes_back_in_its_order() -> None:
    exchange = world()
    mine = [place(exchange, who, BID, 4_000, 100 * size) for size, who in ((1, "ann"), (2, "bob"))]
    later = place(exchange, "ann", BID, 4_000, 500)
    listed = Catalogue([event_of(listing())])
    restart = Restart(State(exchange, listed).everything(NOW, {}))
    again = Exchange(run=1)
    restart.restore(again, restart.merge(listed, NOW), NOW)
    ahead = [again.queue_ahead(each.order_id) for each in (*mine, later)]
    assert ahead == [0, 100, 300]


def _without_the_exchange(kept: Kept) -> None:
    del kept["exchange",]


def _missing_field(kept: Kept) -> None:
    del _order(kept)["price"]


def _unknown_field(kept: Kept) -> None:
    _order(kept)["hidden"] = 1


def _text_for_number(kept: Kept) -> None:
    _order(kept)["price"] = "0.40"


def _unknown_word(kept: Kept) -> None:
    _order(kept)["side"] = "buy"


def _contradiction(kept: Kept) -> None:
    _order(kept)["status"] = "executed"


def _too_much_filled(kept: Kept) -> None:
    _order(kept)["filled"] = 10_000


def _fill_missing(kept: Kept) -> None:
    del kept["fill", "ann", "00000000"]


def _negative_cost(kept: Kept) -> None:
    kept["holding", "ann", "RAIN"]["cost"] = -1


def _cash_is_text(kept: Kept) -> None:
    kept["account", "ann", "cash"] = "much"


def _grid_with_a_gap(kept: Kept) -> None:
    kept["market", "RAIN"]["grid"] = [[0, 5_000, 100]]


def _order(kept: Kept) -> Any:
    return next(value for key, value in kept.items() if key[0] == "order")


@pytest.mark.parametrize(
    "damage",
    [
        _without_the_exchange,
        _missing_field,
        _unknown_field,
        _text_for_number,
        _unknown_word,
        _contradiction,
        _too_much_filled,
        _fill_missing,
        _negative_cost,
        _cash_is_text,
        _grid_with_a_gap,
    ],
)
def test_a_state_that_contradicts_itself_is_refused_in_one_sentence(
    damage: Callable[[Kept], None],
) -> None:
    exchange = world()
    place(exchange, "ann", BID, 4_000, 300, client_order_id="a")
    place(exchange, "bob", BID.other, 4_000, 50)
    place(exchange, "bob", BID.other, 4_000, 50)
    packed = State(exchange, Catalogue([event_of(listing())])).everything(NOW, {})
    kept: Kept = {key: msgspec.json.decode(value) for key, value in packed.items()}
    damage(kept)
    with pytest.raises(StateError) as refused:
        Restart({key: msgspec.Raw(msgspec.json.encode(each)) for key, each in kept.items()})
    sentence = str(refused.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert "--reset-practice" in sentence
