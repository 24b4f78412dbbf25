"""The order ticket as lines: the fields of a draft, and below them what the order would do.

Pure: a draft, its preview and the field being edited in, lines of spans out.
"""

from dataclasses import dataclass
from enum import Enum

from kalshi_tui.core.orders import TimeInForce
from kalshi_tui.core.risk import Refusal
from kalshi_tui.core.sides import Action, Outcome
from kalshi_tui.core.ticket import Draft, Preview
from kalshi_tui.core.units import (
    ONE_DOLLAR,
    Count,
    complement,
    count_text,
    money_text,
    notional,
    price_text,
)
from kalshi_tui.ui.paint.line import TEXT, Line, Span, exact
from kalshi_tui.ui.paint.strip import change_words, cost_words, effect, fee_words


class Field(Enum):
    """What can be edited, in the order of the form."""

    OUTCOME = "outcome"
    SIDE = "side"
    PRICE = "price"
    SIZE = "size"
    TIF = "tif"
    POST_ONLY = "post-only"


FIELDS = tuple(Field)


@dataclass(frozen=True, slots=True)
class TicketRow:
    """One line of the ticket: its number, and all that the line depends on."""

    at: int
    draft: Draft | None
    preview: Preview | None
    field: Field | None
    """The field being edited, or None while the ticket has no focus."""
    typed: str
    """What has been typed into that field so far."""
    armed: bool


LINES = 13
"""Height of the ticket."""


def ticket_line(row: TicketRow, width: int) -> Line:
    """Return one line of the ticket in exactly `width` cells."""
    draft = row.draft
    if row.at == 0:
        return _title(row, width)
    if draft is None:
        hint = ("", " t opens it at the cursor;", " b s B S L H fill it in.")
        return exact([(hint[row.at] if row.at < len(hint) else "", "dim")], width)
    if row.at <= len(FIELDS):
        return _field_line(row, draft, FIELDS[row.at - 1], width)
    return exact(_figures(row, row.at - len(FIELDS) - 1), width)


def _title(row: TicketRow, width: int) -> Line:
    words = "TICKET"
    if row.draft is not None:
        words += f" {row.draft.action.name} {row.draft.outcome.name}"
    state = "ARMED" if row.armed else "F3 edit" if row.field is None else "editing"
    gap = max(width - len(words) - len(state), 1)
    part = "armed" if row.armed else "dim"
    return exact([(words, "title"), (" " * gap, "title"), (state, part)], width)


def _field_line(row: TicketRow, draft: Draft, field: Field, width: int) -> Line:
    is_here = row.field is field
    marker = ">" if is_here else " "
    spans: list[Span] = [(f"{marker}{field.value:<10}", "strong" if is_here else "dim")]
    spans += _value(row, draft, field, is_here=is_here)
    return exact(spans, width)


def _value(row: TicketRow, draft: Draft, field: Field, *, is_here: bool) -> list[Span]:
    if field is Field.OUTCOME:
        return _choice([each.name for each in Outcome], draft.outcome.name, is_here=is_here)
    if field is Field.SIDE:
        spans = _choice([each.name for each in Action], draft.action.name, is_here=is_here)
        side = draft.terms.side.value
        return [*spans, (f"  {side}", side)]
    if field is Field.TIF:
        names = [each.name for each in TimeInForce]
        return _choice(names, draft.time_in_force.name, is_here=is_here)
    if field is Field.POST_ONLY:
        chosen = "on" if draft.post_only else "off"
        return _choice(["on", "off"], chosen, is_here=is_here)
    if field is Field.PRICE:
        shown = f"{row.typed or price_text(draft.price)}"
        other = draft.outcome.other.name
        echo = f"c  = {other} {price_text(complement(draft.price))}c"
        return [(f" {shown}", _active(is_here)), (echo, "dim")]
    return [(f" {row.typed or count_text(draft.count)}", _active(is_here))]


def _active(is_here: bool) -> str:
    return "cursor" if is_here else "strong"


def _choice(names: list[str], chosen: str, *, is_here: bool) -> list[Span]:
    spans: list[Span] = []
    for name in names:
        if name == chosen:
            spans.append((f"[{name}]", _active(is_here)))
        else:
            spans.append((f" {name} ", "dim"))
    return spans


def _figures(row: TicketRow, at: int) -> list[Span]:
    shown = row.preview
    if shown is None:
        return [(" no book to preview it against" if at == 0 else "", "dim")]
    if shown.refusal is not None:
        return _refusal(shown.refusal, at)
    enter = "SEND" if row.armed else "review"
    lines: list[list[Span]] = [
        [(f" {effect(shown)}", "strong")],
        [(f" {cost_words(shown)}", TEXT), (_pays(shown), TEXT)],
        [(_outcome(shown), TEXT)],
        [(f" {fee_words(shown)}", TEXT), (_breakeven(shown), "dim")],
        [(f" after {_after(shown)}", TEXT)],
        [(f" Enter={enter}  Esc=back", "strong" if row.field or row.armed else "dim")],
    ]
    return lines[at] if at < len(lines) else []


_REFUSAL_WIDTH = 27
"""Fits the narrowest ticket."""


def _refusal(refusal: Refusal, at: int) -> list[Span]:
    lines: list[str] = [""]
    for word in refusal.text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > _REFUSAL_WIDTH:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    part = "warning" if refusal.confirmable else "error"
    if at == 0:
        head = "TO BE CONFIRMED FIRST" if refusal.confirmable else "NO ORDER CAN BE SENT"
        return [(f" {head}", part)]
    return [(f" {lines[at - 1]}" if at <= len(lines) else "", part)]


def _pays(shown: Preview) -> str:
    return f"  pays {money_text(notional(ONE_DOLLAR, shown.opens))}" if shown.opens else ""


def _outcome(shown: Preview) -> str:
    words = change_words(shown)
    if not shown.opens:
        return f" {words}"
    win = money_text(shown.max_win, signed=True)
    loss = money_text(shown.max_loss)
    return f" win {win}  lose {loss}" if not words else f" {words}  win {win}"


def _breakeven(shown: Preview) -> str:
    """Return what one opened contract costs with its fee, in cents, when nothing closes."""
    if shown.closes or not shown.opens or shown.cost <= 0:
        return ""
    # Money / Count is in Price units; one more digit, rounded up, so it never flatters.
    tenths = -(-shown.cost * 10 // shown.opens)
    return f"  breakeven {tenths // 1000}.{tenths % 1000 // 10:02d}%"


def _after(shown: Preview) -> str:
    held = shown.position_after
    if held == 0:
        return "flat"
    leg = Outcome.YES if held > 0 else Outcome.NO
    return f"{count_text(Count(abs(held)))} {leg.name}"
