"""The ledger's rows as JSON: what `kalshi-tui orders --json` prints.

Owns the shape, which is stable: names are only ever added. Numbers are strings as on the wire,
times are nanoseconds of the wall clock. Prints nothing.
"""

from typing import TYPE_CHECKING

from kalshi_tui.core.effects import (
    FillEntry,
    Intent,
    JournalEntry,
    OrderEntry,
    RequestEntry,
    StateEntry,
)
from kalshi_tui.core.orders import OrderTerms
from kalshi_tui.core.units import count_to_wire, money_to_wire, price_to_wire

if TYPE_CHECKING:
    from kalshi_tui.session.history import Head, Page, Story
    from kalshi_tui.session.recovery import Outcome


def page_fields(page: "Page") -> dict[str, object]:
    """Return a page of the list of orders."""
    holder = page.holder
    return {
        "account": page.account,
        "held_by": {"pid": holder.pid, "host": holder.host} if holder else None,
        "orders": [_head_fields(each) for each in page.heads],
        "more": not page.is_last,
    }


def _head_fields(head: "Head") -> dict[str, object]:
    return {
        "client_order_id": head.client_order_id,
        "order_id": head.order_id,
        "ticker": head.ticker,
        "side": head.side.value,
        "price_dollars": price_to_wire(head.price),
        "count_fp": count_to_wire(head.count),
        "filled_fp": count_to_wire(head.filled),
        "state": head.state.value,
        "external": head.external,
        "created_ns": head.wall_ns,
        "detail": head.detail,
    }


def story_fields(story: "Story") -> dict[str, object]:
    """Return everything recorded of one order."""
    intent = next(entry for entry in story.entries if isinstance(entry, Intent))
    return {
        "account": story.account,
        **_head_fields(story.head),
        "payload": _terms_fields(intent.terms),
        "payload_sha256": story.payload_sha256,
        "history": [entry_fields(each) for each in story.entries],
    }


def _terms_fields(terms: OrderTerms) -> dict[str, object]:
    return {
        "ticker": terms.ticker,
        "side": terms.side.value,
        "price_dollars": price_to_wire(terms.price),
        "count_fp": count_to_wire(terms.count),
        "time_in_force": terms.time_in_force.value,
        "post_only": terms.post_only,
        "reduce_only": terms.reduce_only,
        "expires_s": terms.expires_s,
        "self_trade_prevention": terms.self_trade_prevention.value,
        "cancel_on_pause": terms.cancel_on_pause,
        "group_id": terms.group_id,
    }


def entry_fields(entry: JournalEntry) -> dict[str, object]:
    """Return one entry of the journal."""
    match entry:
        case Intent():
            return {"kind": "intent", "at_ns": entry.wall_ns}
        case StateEntry():
            return {
                "kind": "state",
                "at_ns": entry.wall_ns,
                "state": entry.state.value,
                "order_id": entry.order_id,
                "detail": entry.detail,
            }
        case OrderEntry(_, report):
            return {
                "kind": "report",
                "at_ns": report.updated_ms * 1_000_000,
                "order_id": report.order_id,
                "status": report.status.value,
                "price_dollars": price_to_wire(report.price),
                "filled_fp": count_to_wire(report.filled),
                "remaining_fp": count_to_wire(report.remaining),
                "reason": report.reason,
            }
        case FillEntry(_, fill):
            return {
                "kind": "fill",
                "at_ns": fill.ts_ms * 1_000_000,
                "trade_id": fill.trade_id,
                "price_dollars": price_to_wire(fill.price),
                "count_fp": count_to_wire(fill.count),
                "fee_dollars": money_to_wire(fill.fee),
                "is_taker": fill.is_taker,
            }
        case RequestEntry():
            return _request_fields(entry)


def _request_fields(entry: RequestEntry) -> dict[str, object]:
    return {
        "kind": entry.kind.value,
        "at_ns": entry.wall_ns,
        "request_id": entry.request_id,
        "state": entry.state.value,
        "price_dollars": None if entry.price is None else price_to_wire(entry.price),
        "count_fp": None if entry.count is None else count_to_wire(entry.count),
        "expires_s": entry.expires_s,
        "detail": entry.detail,
    }


def outcome_fields(outcome: "Outcome") -> dict[str, object]:
    """Return what a reconciliation found."""
    return {
        "account": outcome.account,
        "complete": outcome.is_complete,
        "reason": outcome.reason,
        "looked_at": outcome.looked_at,
        "changed": [
            {
                "client_order_id": each.after.client_order_id,
                "order_id": each.after.order_id,
                "ticker": each.after.ticker,
                "before": each.before.state.value if each.before else None,
                "after": each.after.state.value,
                "filled_fp": count_to_wire(each.after.filled),
                "external": each.after.external,
            }
            for each in outcome.settled
        ],
        "in_doubt": [row.client_order_id for row in outcome.in_doubt],
        "differences": [
            {
                "kind": each.kind.value,
                "ticker": each.ticker,
                "order_id": each.order_id,
                "ours": each.ours,
                "theirs": each.theirs,
            }
            for each in outcome.differences
        ],
        "took_ms": outcome.took_ns // 1_000_000,
    }


# Words
