"""The order strip and the size line in words: what Enter will do, before it does it.

Pure: a preview or a pending prefix in, one line of spans out. The most important words survive the
narrowest screen; every figure comes from `core.ticket`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from kalshi_tui.core.orders import TimeInForce
from kalshi_tui.core.risk import Limits
from kalshi_tui.core.sides import Outcome, yes_price
from kalshi_tui.core.ticket import Draft, Preview
from kalshi_tui.core.units import Count, Money, count_text, money_text, price_text
from kalshi_tui.ui.paint.line import TEXT, Line, Piece, Span, exact, shorten

IDLE = "Nothing armed. Size, then b s at the cursor, B S join, L H take."


@dataclass(frozen=True, slots=True)
class StripRow:
    """What the strip shows: a draft under review, or a sentence."""

    preview: Preview | None = None
    armed: bool = False
    """Enter sends."""
    crossed_since: bool = False
    note: str = ""
    note_part: str = "dim"


@dataclass(frozen=True, slots=True)
class SizeRow:
    """What the size line shows."""

    presets: tuple[Count, ...]
    preset: int
    pending: str
    meaning: str
    """The pending text in words, or why it makes no order."""
    post_only: bool
    sticky: bool
    limits: Limits


def joined(pieces: Sequence[Piece], width: int, rule: str, ellipsis: str) -> Line:
    """Join pieces with a rule between them; the highest rank goes first when space is short."""
    kept = [piece for piece in pieces if piece.text]
    gap = f" {rule} "

    def needed() -> int:
        return sum(cell_len(each.text) for each in kept) + len(gap) * max(len(kept) - 1, 0)

    while needed() > width and any(each.rank for each in kept):
        worst = max(range(len(kept)), key=lambda at: (kept[at].rank, at))
        del kept[worst]
    spans: list[Span] = []
    for at, piece in enumerate(kept):
        if at:
            spans.append((gap, "rule"))
        spans.append((piece.text, piece.part))
    used = sum(cell_len(text) for text, _ in spans)
    if used > width and spans:
        text, part = spans[-1]
        spans[-1] = (shorten(text, cell_len(text) - (used - width), ellipsis), part)
    return exact(spans, width)


def headline(draft: Draft) -> str:
    """Return an order in the user's words with the book side: "BUY 10 YES @36c bid"."""
    return (
        f"{draft.action.name} {count_text(draft.count)} {draft.outcome.name}"
        f" @{price_text(draft.price)}c {draft.terms.side.value}"
    )


def flags(draft: Draft) -> str:
    """Return time in force and the flags: "GTC post-only"."""
    words = [draft.time_in_force.name]
    if draft.post_only:
        words.append("post-only")
    if draft.reduce_only:
        words.append("reduce-only")
    return " ".join(words)


def effect(shown: Preview) -> str:
    """Return how an order divides: "fills 95 @38, rests 31.10 q0"."""
    parts: list[str] = []
    if shown.fills:
        average = ""
        if shown.average is not None:
            average = f" @{price_text(yes_price(shown.average, shown.draft.outcome))}"
        parts.append(f"fills {count_text(shown.fills)}{average}")
    if shown.rests:
        queue = f"q{count_text(shown.queue)}" if shown.queue else "first"
        many = f" {count_text(shown.rests)}" if shown.fills else ""
        parts.append(f"rests{many}, {queue}" if not shown.fills else f"rests{many} {queue}")
    if shown.dropped:
        parts.append(f"drops {count_text(shown.dropped)}")
    return ", ".join(parts) or "does nothing"


def cost_words(shown: Preview) -> str:
    """Return the cash an order needs or brings."""
    if shown.cost < 0:
        return f"gets {money_text(Money(-shown.cost))}"
    return f"cost {money_text(shown.cost)}"


def fee_words(shown: Preview) -> str:
    """Return the most it can cost in fees; what may be lower says "up to"."""
    if not shown.fee_known:
        return "fee unknown"
    return "fee $0" if shown.fee == 0 else f"fee up to {money_text(shown.fee)}"


def change_words(shown: Preview) -> str:
    """Return what closes and what opens, where an order does not only open."""
    if not shown.closes:
        return ""
    closes = f"closes {count_text(shown.closes)}"
    if not shown.opens:
        return closes
    leg = Outcome.YES if shown.position_after > 0 else Outcome.NO
    return f"{closes}, opens {count_text(shown.opens)} {leg.name}"


def _win(shown: Preview) -> str:
    return f"win {money_text(shown.max_win, signed=True)}" if shown.opens else ""


def _warning(shown: Preview) -> str:
    if shown.own_crossed is None:
        return ""
    at = price_text(yes_price(shown.own_crossed, shown.draft.outcome))
    return f"own order at {at} is in the way: this one is cancelled there"


def strip_line(row: StripRow, width: int, rule: str, ellipsis: str) -> Line:
    """Return the strip in exactly `width` cells."""
    shown = row.preview
    if shown is None:
        return joined([Piece(row.note or IDLE, row.note_part)], width, rule, ellipsis)
    part = "armed" if row.armed else "strong"
    head = Piece(f" {headline(shown.draft)} ", part)
    if shown.refusal is not None:
        pieces = [
            head._replace(rank=1),
            Piece(f"NO: {shown.refusal.text}", "error"),
            Piece("Esc", "dim", rank=2),
        ]
        return joined(pieces, width, rule, ellipsis)
    if row.crossed_since:
        pieces = [
            head,
            Piece(f"NOW {effect(shown)}: it rested before", "warning"),
            Piece(cost_words(shown), rank=3),
            Piece(fee_words(shown), rank=2),
            Piece("Enter=agree Esc", "strong", rank=1),
        ]
        return joined(pieces, width, rule, ellipsis)
    return joined(_review(head, row, shown), width, rule, ellipsis)


def _review(head: Piece, row: StripRow, shown: Preview) -> list[Piece]:
    resting = shown.draft.time_in_force is TimeInForce.GTC
    default = resting and shown.draft.post_only
    money = " ".join(filter(None, (cost_words(shown), _win(shown), fee_words(shown))))
    return [
        head,
        Piece(flags(shown.draft), TEXT, rank=4 if default else 2),
        Piece(effect(shown), "strong"),
        Piece(change_words(shown), TEXT, rank=3),
        Piece(money),
        Piece(_warning(shown), "warning", rank=1),
        Piece("Enter=send Esc" if row.armed else "Enter=review Esc", "strong", rank=5),
    ]


def size_line(row: SizeRow, width: int, rule: str, ellipsis: str) -> Line:
    """Return the size line in exactly `width` cells."""
    steps = " ".join(
        f"[{count_text(size)}]" if at == row.preset else count_text(size)
        for at, size in enumerate(row.presets)
    )
    pending = row.pending or "-"
    words = f"pending {pending}" + (f" = {row.meaning}" if row.meaning else "")
    kind = ("post-only" if row.post_only else "may take") + (" always" if not row.sticky else "")
    cap = f"cap {count_text(row.limits.order_count)}/{money_text(row.limits.order_cost)}"
    chosen = count_text(row.presets[row.preset])
    pieces = [
        Piece(f"size {chosen}", "strong") if row.pending else Piece(f"size {steps}"),
        Piece(words, "armed" if row.pending else TEXT),
        Piece(kind, "dim", rank=1),
        Piece(cap.replace(".00", ""), "dim", rank=2),
    ]
    return joined(pieces, width, rule, ellipsis)
