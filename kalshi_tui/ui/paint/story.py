"""What is known of one order, in sentences: what it is, where it stands, what comes next.

Pure. The words for a doubt say what it means for the account: it counts until it is proven.
"""

from datetime import tzinfo

from kalshi_tui.core.orders import CancelState, Due, OrderState, RequestState
from kalshi_tui.core.sides import Outcome, action_on
from kalshi_tui.core.units import count_text, price_text
from kalshi_tui.core.views import OrderRow
from kalshi_tui.ui.paint.cells import age_text, clock_text

_STANDING = {
    OrderState.INTENT: "Recorded; nothing of it has left this computer.",
    OrderState.SENDING: "On its way; no answer yet.",
    OrderState.IN_DOUBT: "IN DOUBT: it was sent and its answer was lost.",
    OrderState.RESTING: "It rests at the exchange.",
    OrderState.EXECUTED: "It was filled.",
    OrderState.CANCELED: "It is no longer live; fills before that stand.",
    OrderState.REJECTED: "The exchange refused it.",
    OrderState.NOT_SENT: "Provably, no byte of it left this computer.",
    OrderState.PROVEN_ABSENT: "Provably, the exchange never had it.",
}

_NEXT = {
    OrderState.IN_DOUBT: "It may be live or filled, so it counts as if it were. It is looked for"
    " until it is found or proven absent; nothing sends it again by itself.",
    OrderState.NOT_SENT: "Sending it again keeps its id: it cannot become two.",
    OrderState.PROVEN_ABSENT: "Sending it again keeps its id: it cannot become two.",
}

_DUES = {
    Due.EXPIRY: "Its expiry has passed and no report has come yet: it still counts.",
    Due.CANCEL: "It should have been canceled by now and no report has come yet: it still counts.",
    Due.MISSING: "A complete read does not list it: it is looked for by its id, and still counts.",
    Due.UNKNOWN: "It was found nowhere. It still counts: compare with the exchange's own site.",
}


def story(row: OrderRow, wall_ns: int, zone: tzinfo | None) -> list[str]:
    """Return the sentences about one order; `wall_ns` is the present."""
    action = action_on(row.side, Outcome.YES).name
    kind = row.time_in_force.name + (" post-only" if row.post_only else "")
    lines = [
        f"{action} {count_text(row.initial)} YES @{price_text(row.price)}c {kind} in {row.ticker}",
        f"{count_text(row.filled)} filled, {count_text(row.remaining)} may still trade.",
        f"Placed {clock_text(row.created_wall_ns, zone)}"
        + (", not from here." if row.external else "."),
        _STANDING[row.state],
    ]
    if row.doubt_wall_ns is not None:
        age = age_text(max(wall_ns - row.doubt_wall_ns, 0))
        lines.append(f"In doubt for {age}{': ' + row.detail if row.detail else '.'}")
    elif row.detail:
        lines.append(row.detail)
    lines += [text for text in (_NEXT.get(row.state, ""), *_requests(row)) if text]
    if row.abandoned:
        lines.append("You no longer wait for it; it is matched if it appears.")
    lines.append(f"Our id {row.client_order_id or '-'}")
    lines.append(f"Exchange's id {row.order_id or 'not known'}")
    lines += [f"Also known as {alias}" for alias in row.aliases]
    return lines


def _requests(row: OrderRow) -> list[str]:
    """Return what was asked about it and is not settled."""
    found = []
    if row.cancel is CancelState.PENDING:
        found.append("A cancel is under way.")
    elif row.cancel is CancelState.IN_DOUBT:
        found.append("A cancel was asked for and its outcome is not known: x asks again.")
    if row.change is not None:
        what, is_lost = row.change.kind.value, row.change.state is RequestState.IN_DOUBT
        new = f"{count_text(row.change.count)} @{price_text(row.change.price)}c"
        state = (
            "its answer was lost: the worse of old and new counts" if is_lost else "is under way"
        )
        found.append(
            f"The {what} to {new}: {state}." if is_lost else f"The {what} to {new} {state}."
        )
    if row.due in _DUES:
        found.append(_DUES[row.due])
    if row.guarded:
        found.append(
            "The dead-man's switch keeps it alive: it lapses soon after this program ends."
        )
    return found
