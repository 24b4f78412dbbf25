"""Everything there is to know of a practice exchange, in the wire's field names and strings.

What any client can be checked against: it lags behind nothing and no fault touches it. Changes
nothing. Source: the project's command-line contract.
"""

import msgspec

from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import count_to_wire, price_to_wire
from kalshi_tui.practice import answers
from kalshi_tui.practice.clock import NORMAL_SPEED, Clock
from kalshi_tui.practice.groups import OrderGroup
from kalshi_tui.practice.market import ListedMarket
from kalshi_tui.practice.venue import Venue

_NS_PER_MS = 1_000_000


def truth(venue: Venue) -> dict[str, object]:
    """Return clock, markets and accounts as they stand now."""
    return {
        "clock": venue.clock.now_ns() // _NS_PER_MS,
        "speed": speed(venue.clock),
        "exchange": [
            {
                "exchange_index": index,
                "exchange_active": venue.exchange.is_open(index),
                "trading_active": venue.exchange.is_trading(index),
            }
            for index in venue.exchange.shards
        ],
        "markets": {ticker: _market(each) for ticker, each in venue.exchange.markets.items()},
        "accounts": {key_id: _account(venue, key_id) for key_id in venue.keys.key_ids},
    }


def speed(clock: Clock) -> int | msgspec.Raw | str:
    """Return how fast virtual time passes: 0 paused, 1 as the wall, `max` as fast as it can."""
    if clock.is_unbound:
        return "max"
    whole, rest = divmod(clock.speed, NORMAL_SPEED)
    return msgspec.Raw(f"{whole}.{rest:03d}".rstrip("0").encode()) if rest else whole


def _market(listed: ListedMarket) -> dict[str, object]:
    found: dict[str, object] = {
        "status": listed.status.value,
        "clock": listed.clock,
        "yes": answers.level_pairs(listed.book, BookSide.BID),
        "no": answers.level_pairs(listed.book, BookSide.ASK),
        "volume_fp": count_to_wire(listed.volume),
        "open_interest_fp": count_to_wire(listed.open_interest),
        "close_ts": listed.close_ns // 1_000_000_000,
        "price_ranges": answers.price_ranges(listed.grid),
        "fee_type": listed.fees.fee_type.value,
        "fee_multiplier": msgspec.Raw(answers.multiplier_text(listed.fees)),
    }
    if listed.result is not None:
        found["result"] = listed.result.value
    if listed.value is not None:
        found["settlement_value_dollars"] = price_to_wire(listed.value)
    return found


def _account(venue: Venue, key_id: str) -> dict[str, object]:
    exchange = venue.exchange
    account = exchange.accounts[key_id]
    return {
        "cash": answers.cash(account.available()),
        "cash_by_index": {
            str(index): answers.cash(account.available(index)) for index in sorted(account.cash)
        },
        "orders": [answers.order(each.report()) for each in exchange.orders(key_id)],
        "positions": [answers.position(each) for each in account.positions()],
        "fills": [answers.fill(each) for each in reversed(account.fills)],
        "settlements": [answers.settlement(each) for each in reversed(account.settlements)],
        "order_groups": [_group(venue, key_id, each) for each in exchange.groups(key_id)],
        "used_client_order_ids": list(account.used_ids),
    }


def _group(venue: Venue, key_id: str, group: OrderGroup) -> dict[str, object]:
    return {
        "id": group.group_id,
        "exchange_index": group.exchange_index,
        "contracts_limit_fp": count_to_wire(group.limit),
        "is_auto_cancel_enabled": group.auto_cancel,
        "orders": venue.exchange.group_orders(key_id, group.group_id),
    }
