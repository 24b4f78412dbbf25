"""Puts an exchange together: its catalogue, what an earlier run left, its crowd and its venue.

Owns the order of these steps and the starting balance; opens no port and starts no task.
"""

from collections.abc import Callable
from pathlib import Path

from kalshi_tui.core.units import DOLLAR, Money
from kalshi_tui.practice import journal
from kalshi_tui.practice.auth import KeyRing
from kalshi_tui.practice.chance import stream
from kalshi_tui.practice.clock import Clock
from kalshi_tui.practice.config import ServeConfig, StartError
from kalshi_tui.practice.crowd import Crowd
from kalshi_tui.practice.exchange import Exchange
from kalshi_tui.practice.faults import Registry
from kalshi_tui.practice.files import FileError
from kalshi_tui.practice.hub import Hub
from kalshi_tui.practice.keeper import Keeper
from kalshi_tui.practice.keys import AccountKey
from kalshi_tui.practice.listings import Catalogue, catalogue, with_recordings
from kalshi_tui.practice.policy import Policy, PolicyError
from kalshi_tui.practice.recording import RecordingError, read_recordings
from kalshi_tui.practice.restart import Restart
from kalshi_tui.practice.venue import Venue

DEPOSIT = Money(10_000 * DOLLAR)
"""What a new account starts with, on each exchange index that has markets."""

HISTORY_NS = 15_000_000_000
"""A new exchange opens this far in the past, so that its tape is not empty."""


def build(
    config: ServeConfig, directory: Path, keys: tuple[AccountKey, ...], clock: Clock
) -> Venue:
    """Return a venue with its markets listed, its state restored and its books opened.

    Raises `StartError` or `FileError`.
    """
    kept = journal.read(directory)
    earlier = None if kept is None else Restart(kept)
    if earlier is not None:
        # A clock that was stepped ahead may have told times that the wall has not reached yet.
        clock.step(max(0, earlier.run.seen_ns - clock.now_ns()))
    now_ns = clock.now_ns()
    start_ns = now_ns - HISTORY_NS if earlier is None and config.with_crowd else now_ns
    listed = _catalogue(config, start_ns)
    if earlier is None:
        exchange = _new(listed, start_ns)
    else:
        listed = earlier.merge(listed, now_ns)
        exchange = _again(earlier, listed, now_ns)
    shards = {listing.exchange_index for listing in listed.listings} | {0}
    for key in keys:
        exchange.open_account(key.key_id, dict.fromkeys(sorted(shards), DEPOSIT), start_ns)
    faults = Registry(config.seed)
    venue = Venue(
        exchange=exchange,
        crowd=_crowd(config, exchange, listed, earlier, start_ns),
        catalogue=listed,
        clock=clock,
        keys=KeyRing({key.key_id: key.public_key for key in keys}),
        faults=faults,
        hub=Hub(exchange.markets, faults, config.buffer_frames),
        policy=_policy(config),
    )
    venue.run(now_ns)
    return venue


def keep(
    venue: Venue, directory: Path, on_failure: Callable[[FileError], None] = lambda _: None
) -> Keeper:
    """Write a venue's state into a folder now, and each change from now on. Raises `FileError`."""
    marks = venue.crowd.marks if venue.crowd is not None else dict
    now_ns = venue.clock.now_ns()
    keeper = Keeper(directory, venue.exchange, venue.catalogue, now_ns, marks, on_failure)
    venue.keep = keeper.keep
    return keeper


def _new(listed: Catalogue, start_ns: int) -> Exchange:
    # Ids are counted within a run. An exchange without a past takes the second of its start, so
    # that it never makes an id that a client knows from an exchange that was thrown away.
    exchange = Exchange(run=start_ns // 1_000_000_000 % 2**32)
    for listing in listed.listings:
        exchange.list_market(listing, start_ns)
    return exchange


def _again(earlier: Restart, listed: Catalogue, now_ns: int) -> Exchange:
    exchange = Exchange(run=earlier.run.run + 1)
    earlier.restore(exchange, listed, earlier.run.seen_ns)
    exchange.advance(now_ns)
    return exchange


def _crowd(
    config: ServeConfig,
    exchange: Exchange,
    listed: Catalogue,
    earlier: Restart | None,
    start_ns: int,
) -> Crowd | None:
    if not config.with_crowd:
        return None
    seed, marks = config.seed, {}
    if earlier is not None:
        # Another stream after each restart: what happened once must not happen again.
        marks = earlier.marks
        seed = stream(config.seed, "restart", str(exchange.run)).getrandbits(63)
    crowd = Crowd(exchange, listed, seed=seed, rate=config.rate, rates=config.rates, marks=marks)
    crowd.open(start_ns)
    return crowd


def _policy(config: ServeConfig) -> Policy:
    try:
        return Policy(config.tier, config.rate_limit_body, config.read_lag_ms)
    except PolicyError as error:
        raise StartError(str(error)) from None


def _catalogue(config: ServeConfig, start_ns: int) -> Catalogue:
    try:
        listed = catalogue(
            start_ns,
            seed=config.seed,
            markets=config.markets,
            preset=config.preset,
            scenario=config.scenario,
        )
        if config.replay is None:
            return listed
        return with_recordings(listed, read_recordings(config.replay), start_ns)
    except (ValueError, RecordingError) as error:
        raise StartError(str(error)) from None
