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
from kalshi_tui.core.units import DOLLAR, Count, Money, count_text, money_text, price_text
from kalshi_tui.ui.hand import ActRow
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
    act: ActRow | None = None
    """Something else that Enter would do."""


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


def width_of(pieces: Sequence[Piece], rule: str) -> int:
    """Return the cells that pieces need with a rule between them."""
    sizes = [cell_len(each.text) for each in pieces if each.text]
    return sum(sizes) + (len(rule) + 2) * max(len(sizes) - 1, 0)


def joined(pieces: Sequence[Piece], width: int, rule: str, ellipsis: str) -> Line:
    """Join pieces with a rule between them; the highest rank goes first when space is short."""
    kept = [piece for piece in pieces if piece.text]
    gap = f" {rule} "
    while width_of(kept, rule) > width and any(each.rank for each in kept):
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
        if shown.fills:
            parts.append(f"rests {count_text(shown.rests)} {queue}")
        else:
            parts.append(f"rests, {queue}")
    if shown.dropped and not parts:
        parts.append("fills nothing")
    if shown.dropped:
        parts.append(f"drops {count_text(shown.dropped)}")
    return ", ".join(parts) or "does nothing"


def cost_words(shown: Preview) -> str:
    """Return the cash an order needs or brings, exactly."""
    if shown.cost < 0:
        return f"gets {money_text(Money(-shown.cost))}"
    return f"cost {money_text(shown.cost)}"


def fee_words(shown: Preview) -> str:
    """Return the most it can cost in fees; what may be lower says "up to"."""
    if not shown.fee_known:
        return "fee unknown"
    return "fee $0" if shown.fee == 0 else f"fee up to {money_text(shown.fee)}"


def money_words(shown: Preview, *, has_win: bool) -> str:
    """Return cost, gain and fee in whole cents, as bounds where a cent was not exact.

    Cost and fee are rounded up and gains down, and the words say so: the ticket has the digits.
    """
    if shown.cost < 0:
        words = [f"gets {'at least ' if shown.cost % _CENT else ''}{_floor(-shown.cost)}"]
    else:
        words = [f"cost {'up to ' if shown.cost % _CENT else ''}{_ceiling(shown.cost)}"]
    if has_win and shown.opens:
        words.append(f"win {'+' if shown.max_win >= 0 else ''}{_floor(shown.max_win)}")
    if not shown.fee_known:
        words.append("fee unknown")
    elif shown.fee == 0:
        words.append("fee $0")
    else:
        words.append(f"fee {'' if shown.cost % _CENT else 'up to '}{_ceiling(shown.fee)}")
    return " ".join(words)


_CENT = DOLLAR // 100


def _floor(money: int) -> str:
    return money_text(Money(money // _CENT * _CENT))


def _ceiling(money: int) -> str:
    return money_text(Money(-(-money // _CENT) * _CENT))


def change_words(shown: Preview) -> str:
    """Return what closes and what opens, where an order does not only open."""
    if not shown.closes:
        return ""
    closes = f"closes {count_text(shown.closes)}"
    if not shown.opens:
        return closes
    leg = Outcome.YES if shown.position_after > 0 else Outcome.NO
    return f"{closes}, opens {count_text(shown.opens)} {leg.name}"


_WORDINGS = (
    (True, True, " Esc"),
    (True, True, ""),
    (False, True, ""),
    (False, False, ""),
)
"""From the longest review to the shortest: (maximum win, what closes, how to leave)."""
_LAST = 4
"""Rank of the closing words, which the key hints say too; only the flags go before them."""


def _warning(shown: Preview) -> str:
    if shown.own_crossed is None:
        return ""
    at = price_text(yes_price(shown.own_crossed, shown.draft.outcome))
    return f"stops at own order @{at}"


def strip_line(row: StripRow, width: int, rule: str, ellipsis: str) -> Line:
    """Return the strip in exactly `width` cells."""
    if row.act is not None:
        return joined(_act(row.act, width, rule), width, rule, ellipsis)
    shown = row.preview
    if shown is None:
        return joined([Piece(row.note or IDLE, row.note_part)], width, rule, ellipsis)
    head = Piece(headline(shown.draft), "armed" if row.armed else "strong")
    if (refusal := shown.refusal) is not None:
        agree = "" if not refusal.confirmable else f"Enter={refusal.word or 'agree'} "
        pieces = [
            head._replace(rank=1),
            Piece(f"{'SURE?' if agree else 'NO:'} {refusal.text}", "warning" if agree else "error"),
            Piece(f"{agree}Esc", "strong" if agree else "dim", rank=2),
        ]
        return joined(pieces, width, rule, ellipsis)
    if row.crossed_since:
        pieces = [
            head,
            Piece(f"NOW {effect(shown)}: it rested before", "warning"),
            Piece(money_words(shown, has_win=False), rank=2),
            Piece("Enter=agree Esc", "strong", rank=1),
        ]
        return joined(pieces, width, rule, ellipsis)
    enter = "Enter=send" if row.armed else "Enter=review"
    return joined(_review(head, shown, enter, width, rule), width, rule, ellipsis)


def _act(act: ActRow, width: int, rule: str) -> list[Piece]:
    """Return the pieces of a change or a way out; what Enter does goes last."""
    if act.refusal:
        return [
            Piece(act.head, "armed", rank=1),
            Piece(f"NO: {act.refusal}", "error"),
            Piece("Esc", "dim", rank=2),
        ]
    pieces = [
        Piece(act.head, "armed"),
        Piece(act.effect, act.effect_part),
        Piece(act.warning, "warning", rank=2),
        Piece(f"{act.enter} Esc", "strong", rank=1),
    ]
    if width_of(pieces, rule) > width:
        pieces[-1] = Piece(act.enter, "strong", rank=1)
    return pieces


def _review(head: Piece, shown: Preview, enter: str, width: int, rule: str) -> list[Piece]:
    """Return the pieces of a review, in the longest wording whose essentials fit."""
    resting = shown.draft.time_in_force is TimeInForce.GTC
    pieces: list[Piece] = []
    change = change_words(shown)
    for has_win, has_change, end in _WORDINGS:
        pieces = [
            head,
            Piece(flags(shown.draft), TEXT, rank=_LAST + 2 if resting else _LAST + 1),
            Piece(effect(shown), "strong"),
            Piece(_warning(shown), "warning"),
            Piece(change if has_change else "", TEXT),
            Piece(money_words(shown, has_win=has_win)),
            Piece(f"{enter}{end}", "strong", rank=_LAST),
        ]
        if width_of([each for each in pieces if each.rank in (0, _LAST)], rule) <= width:
            break
    return pieces


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
