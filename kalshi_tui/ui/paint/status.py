"""The status line as text: where orders would go, whether they may, what to trust on the screen.

Every state is a word first and a colour second. Pure.
"""

from datetime import tzinfo

from rich.cells import cell_len

from kalshi_tui.core.environments import Environment, Mode
from kalshi_tui.core.events import BookStatus, ConnectionState
from kalshi_tui.core.views import LadderView, StatusView
from kalshi_tui.core.wording import orders_words
from kalshi_tui.ui.paint.cells import SECOND_NS, age_text, cash_text, clock_text, latency_text
from kalshi_tui.ui.paint.entry import ticker_tail
from kalshi_tui.ui.paint.glyphs import Glyphs
from kalshi_tui.ui.paint.line import Line, Piece, pack
from kalshi_tui.ui.paint.verdict import verdict

_CONNECTION = {
    ConnectionState.IDLE: ("offline", "error"),
    ConnectionState.CONNECTING: ("connecting", "warning"),
    ConnectionState.SILENT: ("feed silent", "doubt"),
    ConnectionState.REFUSED: ("key refused", "doubt"),
}

_TICKER_LEAST = 14


def status_line(
    environment: Environment,
    view: StatusView | None,
    ladder: LadderView | None,
    width: int,
    glyphs: Glyphs,
    zone: tzinfo | None,
) -> Line:
    """Return the whole line. Badges, doubts and the feed are never dropped; a title is first."""
    if view is None:
        left = [_badge(environment, Mode.VIEW), Piece("starting", "warning", gap=1)]
        return pack(left, [], width, ellipsis=glyphs.ellipsis)
    left = [_badge(environment, view.mode), _mode(view), *_alarms(view)]
    left += [*_feed(view, ladder), *_exchange(view)]
    cash = Piece(f"cash {cash_text(view.cash)}", "text", 3)
    clock = Piece(clock_text(view.wall_ns, zone), "strong", 1)
    if ladder is not None:
        # Its end tells one strike from the next, so it is not cut there.
        room = width - sum(cell_len(piece.text) + 2 for piece in (*left, clock))
        with_cash = room - cell_len(cash.text) - 2
        room = with_cash if with_cash >= _TICKER_LEAST else max(room, _TICKER_LEAST)
        name = Piece(ticker_tail(ladder.market.ticker, room, glyphs.ellipsis), "strong", 2)
    left.append(cash)
    left.append(Piece(f"risk {cash_text(view.at_risk)}" if view.at_risk else "", "text", 4))
    left.append(Piece(f"locked {cash_text(view.locked)}" if view.locked else "", "dim", 6))
    left.append(_budget(view))
    is_open = view.connection is ConnectionState.OPEN
    reason = view.read_only if is_open else view.connection_reason
    if is_open and not reason and ladder is not None and ladder.status is not BookStatus.LIVE:
        reason = ladder.reason
    left.append(Piece(reason, "warning", 4, floor=14))
    if ladder is not None:
        left.append(name)
        left.append(Piece("" if reason else ladder.market.title, "dim", 7, floor=14))
    return pack(left, [clock], width, ellipsis=glyphs.ellipsis)


def _badge(environment: Environment, mode: Mode) -> Piece:
    known = environment.name in ("practice", "demo", "prod")
    armed = " ARMED" if environment.real_money and mode is not Mode.VIEW else ""
    return Piece(f" {environment.word}{armed} ", environment.name if known else "armed")


def _mode(view: StatusView) -> Piece:
    if view.read_only:
        return Piece(f"{view.mode.value} (read-only)", "warning", gap=1)
    if view.mode is not Mode.ONE_KEY:
        return Piece(view.mode.value, "strong", gap=1)
    left = f" {_minutes(view.one_key_left_ns)}" if view.one_key_left_ns is not None else ""
    return Piece(f" {view.mode.value}{left} ", "armed", gap=1)


def _minutes(left_ns: int) -> str:
    """Return a countdown such as "4:09"; it never says 0:00 before it is over."""
    seconds = -(-left_ns // SECOND_NS)
    return f"{seconds // 60}:{seconds % 60:02d}"


def _alarms(view: StatusView) -> list[Piece]:
    pieces: list[Piece] = []
    if view.open_key:
        pieces.append(Piece(" PLAINTEXT KEY ", "doubt"))
    if view.killed_wall_ns is not None:
        ago = age_text(max(view.wall_ns - view.killed_wall_ns, 0))
        pieces.append(Piece(f" KILLED {ago} ago ", "doubt"))
    if view.in_doubt:
        pieces.append(Piece(f" {view.in_doubt} IN DOUBT ", "doubt"))
    if view.resolving:
        pieces.append(Piece(f"resolving {orders_words(view.resolving)}", "warning"))
    if view.reducing:
        pieces.append(Piece(" DAY STOP ", "caution"))
    if view.dead_man:
        late = f" {view.dead_man_misses} missed" if view.dead_man_misses else ""
        pieces.append(Piece(f"DEADMAN{late}", "warning" if late else "own", 1))
    return pieces


def _budget(view: StatusView) -> Piece:
    """Return how many write tokens are left; only worth a place once something is gone."""
    budget = view.budget
    if budget is None:
        return Piece("")
    if budget.throttled:
        return Piece("THROTTLED", "warning", 1)
    is_low = budget.write_left * 4 <= budget.write_capacity
    text = f"budget {budget.write_left}/{budget.write_capacity}"
    return Piece(text, "warning" if is_low else "dim", 2 if is_low else 5)


def _feed(view: StatusView, ladder: LadderView | None) -> list[Piece]:
    """Return the book's verdict and the connection's; "feed ok" only where both are well."""
    pieces: list[Piece] = []
    if ladder is not None and ladder.status is not BookStatus.LIVE:
        pieces.append(verdict(ladder, view.mono_ns))
    if view.connection is not ConnectionState.OPEN:
        word, part = _CONNECTION[view.connection]
        pieces.append(Piece(f" {word} " if part == "doubt" else word, part))
    if pieces:
        return pieces
    return [Piece(f"feed ok {latency_text(view.latency_ns)}".rstrip(), "good")]


def _exchange(view: StatusView) -> list[Piece]:
    if not view.exchange_active:
        return [Piece("EXCHANGE CLOSED", "warning", 1)]
    return [] if view.trading_active else [Piece("TRADING PAUSED", "warning", 1)]
