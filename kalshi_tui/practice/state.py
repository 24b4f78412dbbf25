"""What the practice exchange remembers over a restart, as a JSON-able dict and back.

Owns the shape of the state and its checks; must not touch files or the time. Kept: accounts with
their cash, positions, fills, burned ids and all their orders. Not kept: the crowd, whose books are
made anew. Integers in the units of `core.units`; a field too many or too few is an error, because a
state that is half understood would lose money silently.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from kalshi_tui.core.orders import SelfTradePrevention, TimeInForce
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Money, Price
from kalshi_tui.practice.accounts import Account, Holding
from kalshi_tui.practice.exchange import Exchange
from kalshi_tui.practice.happenings import Fill
from kalshi_tui.practice.orders import CustomerOrder, OrderStatus, UpdateReason

SCHEMA = 1
"""Version of the shape. Another version is refused, never guessed at."""

Record: TypeAlias = dict[str, Any]
"""A JSON object. `Any`: what a file really holds is only known once it is checked."""

_SUMS = ("net", "cost", "realized_pnl", "fees_paid", "fee_cost", "total_traded", "volume")


class StateError(ValueError):
    """A state that cannot be restored. The message is one sentence with the cure."""


def dump(exchange: Exchange) -> Record:
    """Return everything worth keeping, with only dicts, lists, strings, integers and booleans."""
    return {
        "schema": SCHEMA,
        "run": exchange.run,
        "accounts": [_dump_account(account) for account in exchange.accounts.values()],
    }


def next_run(state: Mapping[str, Any]) -> int:
    """Return the `run` for an `Exchange` that will take this state up. Raises `StateError`."""
    _check_schema(state)
    return _integer(state, "run") + 1


def load(exchange: Exchange, state: Mapping[str, Any]) -> None:
    """Restore accounts and put their live orders back in the order of their arrival.

    Call it after the markets are listed and before the crowd quotes. An order whose market is not
    listed any more, or is closed, comes back canceled. Raises `StateError`; then nothing changed.
    """
    _check_schema(state)
    accounts = [_load_account(record) for record in _records(state, "accounts")]
    names = [account.account_id for account in accounts]
    if len(set(names)) != len(names) or set(names) & set(exchange.accounts):
        raise _damaged("an account appears twice")
    for account in accounts:
        exchange.restore_account(account)
    live = [each for account in accounts for each in account.orders.values() if each.remaining]
    for order in sorted(live, key=lambda each: (each.ticker, each.place)):
        exchange.restore_order(order)


def _dump_account(account: Account) -> Record:
    return {
        "account_id": account.account_id,
        "cash": [[index, cash] for index, cash in sorted(account.cash.items())],
        "used_ids": [[name, order_id] for name, order_id in account.used_ids.items()],
        "holdings": [_dump_holding(each) for each in account.holdings.values() if each.volume],
        "orders": [_dump_order(order) for order in account.orders.values()],
        "fills": [_dump_fill(fill) for fill in account.fills],
    }


def _load_account(record: Record) -> Account:
    _check_fields(record, {"account_id", "cash", "used_ids", "holdings", "orders", "fills"})
    account = Account(_text(record, "account_id"), {})
    for pair in _lists(record, "cash"):
        index, cash = _pair(pair, int, int)
        account.cash[index] = cash
    for pair in _lists(record, "used_ids"):
        name, order_id = _pair(pair, str, str)
        account.used_ids[name] = order_id
    for each in _records(record, "holdings"):
        holding = _load_holding(each)
        account.holdings[holding.ticker] = holding
    for each in _records(record, "orders"):
        order = _load_order(each, account.account_id)
        if order.order_id in account.orders:
            raise _damaged("an order appears twice")
        account.orders[order.order_id] = order
    account.fills = [_load_fill(each) for each in _records(record, "fills")]
    return account


def _dump_holding(holding: Holding) -> Record:
    kept: Record = {name: getattr(holding, name) for name in _SUMS}
    kept["ticker"] = holding.ticker
    kept["exchange_index"] = holding.exchange_index
    kept["updated_ns"] = holding.updated_ns
    return kept


def _load_holding(record: Record) -> Holding:
    _check_fields(record, {*_SUMS, "ticker", "exchange_index", "updated_ns"})
    holding = Holding(_text(record, "ticker"), _integer(record, "exchange_index"))
    for name in (*_SUMS, "updated_ns"):
        setattr(holding, name, _integer(record, name))
    if holding.cost < 0 or holding.volume <= 0 or holding.fees_paid < 0:
        raise _damaged("a position has an impossible sum")
    return holding


def _dump_order(order: CustomerOrder) -> Record:
    return {
        "order_id": order.order_id,
        "client_order_id": order.client_order_id,
        "ticker": order.ticker,
        "exchange_index": order.exchange_index,
        "side": order.side.value,
        "price": order.price,
        "remaining": order.remaining,
        "place": order.place,
        "time_in_force": order.time_in_force.value,
        "self_trade_prevention": order.self_trade_prevention.value,
        "post_only": order.post_only,
        "reduce_only": order.reduce_only,
        "expires_s": order.expires_s,
        "cancel_on_pause": order.cancel_on_pause,
        "order_group_id": order.order_group_id,
        "initial": order.initial,
        "filled": order.filled,
        "status": order.status.value,
        "reason": order.reason.value,
        "created_ns": order.created_ns,
        "updated_ns": order.updated_ns,
        "taker_cost": order.taker_cost,
        "maker_cost": order.maker_cost,
        "taker_fees": order.taker_fees,
        "maker_fees": order.maker_fees,
        "accumulator": order.accumulator,
    }


def _load_order(record: Record, account_id: str) -> CustomerOrder:
    _check_fields(record, _ORDER_FIELDS)
    expires = record["expires_s"]
    order = CustomerOrder(
        order_id=_text(record, "order_id"),
        account_id=account_id,
        ticker=_text(record, "ticker"),
        side=_word(BookSide, record, "side"),
        price=Price(_integer(record, "price")),
        remaining=Count(_integer(record, "remaining")),
        place=_integer(record, "place"),
        client_order_id=_text(record, "client_order_id"),
        time_in_force=_word(TimeInForce, record, "time_in_force"),
        self_trade_prevention=_word(SelfTradePrevention, record, "self_trade_prevention"),
        post_only=_flag(record, "post_only"),
        reduce_only=_flag(record, "reduce_only"),
        expires_s=None if expires is None else _integer(record, "expires_s"),
        cancel_on_pause=_flag(record, "cancel_on_pause"),
        order_group_id=_text(record, "order_group_id"),
        exchange_index=_integer(record, "exchange_index"),
        initial=Count(_integer(record, "initial")),
        filled=Count(_integer(record, "filled")),
        status=_word(OrderStatus, record, "status"),
        reason=_word(UpdateReason, record, "reason"),
        created_ns=_integer(record, "created_ns"),
        updated_ns=_integer(record, "updated_ns"),
        taker_cost=Money(_integer(record, "taker_cost")),
        maker_cost=Money(_integer(record, "maker_cost")),
        taker_fees=Money(_integer(record, "taker_fees")),
        maker_fees=Money(_integer(record, "maker_fees")),
        accumulator=Money(_integer(record, "accumulator")),
    )
    rests = order.status is OrderStatus.RESTING
    if rests != (order.remaining > 0) or not 0 <= order.filled <= order.initial:
        raise _damaged("an order's counts contradict its status")
    if order.remaining < 0 or order.filled + order.remaining > order.initial:
        raise _damaged("an order's counts do not add up")
    return order


_ORDER_FIELDS = frozenset(
    [
        "order_id",
        "client_order_id",
        "ticker",
        "exchange_index",
        "side",
        "price",
        "remaining",
        "place",
        "time_in_force",
        "self_trade_prevention",
        "post_only",
        "reduce_only",
        "expires_s",
        "cancel_on_pause",
        "order_group_id",
        "initial",
        "filled",
        "status",
        "reason",
        "created_ns",
        "updated_ns",
        "taker_cost",
        "maker_cost",
        "taker_fees",
        "maker_fees",
        "accumulator",
    ]
)


def _dump_fill(fill: Fill) -> Record:
    record: Record = fill._asdict()
    record["side"] = fill.side.value
    return record


def _load_fill(record: Record) -> Fill:
    _check_fields(record, set(Fill._fields))
    return Fill(
        trade_id=_text(record, "trade_id"),
        order_id=_text(record, "order_id"),
        client_order_id=_text(record, "client_order_id"),
        ticker=_text(record, "ticker"),
        exchange_index=_integer(record, "exchange_index"),
        side=_word(BookSide, record, "side"),
        price=Price(_integer(record, "price")),
        size=Count(_integer(record, "size")),
        is_taker=_flag(record, "is_taker"),
        fee=Money(_integer(record, "fee")),
        post_position=Count(_integer(record, "post_position")),
        at_ns=_integer(record, "at_ns"),
    )


def _damaged(what: str) -> StateError:
    return StateError(
        f"The practice state is damaged ({what}); start with --reset-practice to begin anew."
    )


def _check_schema(state: Mapping[str, Any]) -> None:
    found = state.get("schema")
    if found != SCHEMA:
        raise StateError(
            f"The practice state has version {found!r} and this program reads version {SCHEMA}; "
            "use the version that wrote it, or start with --reset-practice."
        )
    _check_fields(state, {"schema", "run", "accounts"})


def _check_fields(record: Mapping[str, Any], wanted: "set[str] | frozenset[str]") -> None:
    missing, extra = wanted - set(record), set(record) - wanted
    if missing or extra:
        raise _damaged(f"{sorted(missing | extra)[0]!r} is {'missing' if missing else 'unknown'}")


def _integer(record: Mapping[str, Any], name: str) -> int:
    value = record.get(name)
    if type(value) is not int:
        raise _damaged(f"{name!r} is not an integer")
    return value


def _text(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    if not isinstance(value, str):
        raise _damaged(f"{name!r} is not text")
    return value


def _flag(record: Mapping[str, Any], name: str) -> bool:
    value = record.get(name)
    if not isinstance(value, bool):
        raise _damaged(f"{name!r} is not true or false")
    return value


def _word(kind: Callable[[Any], Any], record: Mapping[str, Any], name: str) -> Any:
    try:
        return kind(record.get(name))
    except ValueError:
        raise _damaged(f"{name!r} is not a word that is known") from None


def _lists(record: Mapping[str, Any], name: str) -> list[Any]:
    value = record.get(name)
    if not isinstance(value, list):
        raise _damaged(f"{name!r} is not a list")
    return value


def _records(record: Mapping[str, Any], name: str) -> list[Record]:
    values = _lists(record, name)
    if not all(isinstance(each, dict) for each in values):
        raise _damaged(f"{name!r} holds something that is not an object")
    return values


def _pair(value: Any, first: type, second: type) -> tuple[Any, Any]:
    fits = isinstance(value, list) and len(value) == 2
    if not fits or type(value[0]) is not first or type(value[1]) is not second:
        raise _damaged("a pair is not a pair")
    return value[0], value[1]
