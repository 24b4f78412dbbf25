"""What a rehearsal may do to one market: pause it, close it, say how it came out, change its terms.

Owns the reading of these requests; the rules of each step are `exchange`'s, and a step that the
market's state does not allow is its `Rejection`. Source: the project's command-line contract.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

from kalshi_tui.core.fees import FeeSchedule, FeeType
from kalshi_tui.core.market import PUBLISHED_GRIDS
from kalshi_tui.core.units import Price, UnitError, parse_price
from kalshi_tui.practice import messages
from kalshi_tui.practice.happenings import MarketResult
from kalshi_tui.practice.venue import Venue

_NS_PER_MS = 1_000_000
_MILLION = 1_000_000
_MOST_MS = 400 * 24 * 3_600_000
_REOPENED_MS = 3_600_000
"""How long a reopened market trades where nobody says."""

Body: TypeAlias = Mapping[str, object]


class InterventionError(ValueError):
    """A request that makes no sense. The message is one sentence."""


def intervene(venue: Venue, ticker: str, body: Body, now_ns: int) -> None:
    """Do what `body` asks of a market. Raises `InterventionError` or `Rejection`."""
    action = body.get("action")
    if not isinstance(action, str) or action not in _ACTIONS:
        raise InterventionError(f"action must be one of {', '.join(_ACTIONS)}.")
    takes, deed = _ACTIONS[action]
    unknown = sorted(set(body) - {"action", *takes})
    if unknown:
        raise InterventionError(
            f"The action {action} takes no {unknown[0]!r}; it takes "
            f"{', '.join(takes) or 'nothing else'}."
        )
    deed(venue, ticker, body, now_ns)


def _pause(venue: Venue, ticker: str, body: Body, now_ns: int) -> None:
    venue.exchange.pause_market(ticker, now_ns)


def _reactivate(venue: Venue, ticker: str, body: Body, now_ns: int) -> None:
    venue.exchange.reactivate_market(ticker, now_ns)


def _close(venue: Venue, ticker: str, body: Body, now_ns: int) -> None:
    """Close now, or move the close time to `ms` from now."""
    later = _whole(body, "ms", 0)
    if later:
        venue.exchange.move_close(ticker, now_ns + later * _NS_PER_MS, now_ns)
    else:
        venue.exchange.close_market(ticker, now_ns)


def _reopen(venue: Venue, ticker: str, body: Body, now_ns: int) -> None:
    later = _whole(body, "ms", _REOPENED_MS)
    venue.exchange.move_close(ticker, now_ns + max(1, later) * _NS_PER_MS, now_ns)


def _determine(venue: Venue, ticker: str, body: Body, now_ns: int) -> None:
    value = _price(body, "settlement_value_dollars")
    words = [each.value for each in MarketResult]
    result = body.get("result", "scalar" if value is not None else None)
    if result not in words:
        raise InterventionError(f"result must be one of {', '.join(words)}.")
    if (result == MarketResult.SCALAR.value) is not (value is not None):
        raise InterventionError(
            "settlement_value_dollars goes with the result scalar, and only with it."
        )
    venue.exchange.determine(ticker, MarketResult(result), now_ns, value)


def _dispute(venue: Venue, ticker: str, body: Body, now_ns: int) -> None:
    venue.exchange.dispute(ticker, now_ns)


def _settle(venue: Venue, ticker: str, body: Body, now_ns: int) -> None:
    venue.exchange.settle(ticker, now_ns)


def _ticks(venue: Venue, ticker: str, body: Body, now_ns: int) -> None:
    structure = body.get("structure")
    grid = PUBLISHED_GRIDS.get(structure) if isinstance(structure, str) else None
    if grid is None or not isinstance(structure, str):
        raise InterventionError(f"structure must be one of {', '.join(PUBLISHED_GRIDS)}.")
    venue.exchange.change_ticks(ticker, structure, grid, now_ns)


def _fee(venue: Venue, ticker: str, body: Body, now_ns: int) -> None:
    """Override the fees of the market's event, or clear the override with neither field."""
    listed = venue.exchange.markets.get(ticker)
    event = "" if listed is None else listed.listing.event_ticker
    fees = None
    if body.get("fee_type") is not None or body.get("fee_multiplier") is not None:
        known = [each.value for each in FeeType if each is not FeeType.UNKNOWN]
        word = body.get("fee_type", FeeType.QUADRATIC.value)
        if word not in known:
            raise InterventionError(f"fee_type must be one of {', '.join(known)}.")
        fees = FeeSchedule(FeeType(word), _multiplier(body.get("fee_multiplier", 1)))
    at_ms = _whole(body, "at_ms", 0)
    venue.exchange.override_fees(event, fees, now_ns, at_ms * _NS_PER_MS if at_ms else None)


def _rename(venue: Venue, ticker: str, body: Body, now_ns: int) -> None:
    """Give YES another name, as a market gets one when its strike is known."""
    name = body.get("yes_sub_title")
    if not isinstance(name, str) or not name:
        raise InterventionError("yes_sub_title must be text.")
    listed = venue.exchange.markets[ticker]
    listed.listing = replace(listed.listing, yes_sub_title=name)
    venue.hub.announce(ticker, messages.metadata_updated(ticker, name), now_ns)


_ACTIONS: dict[str, tuple[tuple[str, ...], Callable[[Venue, str, Body, int], None]]] = {
    "pause": ((), _pause),
    "reactivate": ((), _reactivate),
    "close": (("ms",), _close),
    "reopen": (("ms",), _reopen),
    "determine": (("result", "settlement_value_dollars"), _determine),
    "dispute": ((), _dispute),
    "settle": ((), _settle),
    "ticks": (("structure",), _ticks),
    "fee": (("fee_type", "fee_multiplier", "at_ms"), _fee),
    "metadata": (("yes_sub_title",), _rename),
}


def _whole(body: Body, name: str, default: int) -> int:
    value = body.get(name, default)
    most = _MOST_MS if name == "ms" else 10**15
    if type(value) is not int or not 0 <= value <= most:
        raise InterventionError(f"{name} must be a whole number from 0 to {most}.")
    return value


def _price(body: Body, name: str) -> Price | None:
    value = body.get(name)
    if value is None:
        return None
    try:
        price = parse_price(value) if isinstance(value, str) else None
    except UnitError:
        price = None
    if price is None:
        raise InterventionError(f'{name} must be a price in dollars such as "0.5000".')
    return price


def _multiplier(value: object) -> int:
    """Return a multiplier in millionths."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 100:
        raise InterventionError("fee_multiplier must be a number from 0 to 100.")
    return round(value * _MILLION)
