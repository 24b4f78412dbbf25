"""The status line: every state in words, and nothing that matters is dropped at 80 columns."""

from datetime import UTC

import pytest

from kalshi_tui.core.environments import DEMO, PROD, Environment, Mode, loopback_environment
from kalshi_tui.core.events import BookStatus, ConnectionState
from kalshi_tui.core.views import LadderView, StatusView
from kalshi_tui.ui.paint.glyphs import ASCII
from kalshi_tui.ui.paint.line import span_width
from kalshi_tui.ui.paint.status import status_line
from tests.support import sample

PRACTICE = loopback_environment("http://127.0.0.1:1", "ws://127.0.0.1:2")


def text(
    view: StatusView | None,
    *,
    width: int = 80,
    environment: Environment = DEMO,
    ladder: LadderView | None = None,
) -> str:
    book = ladder if ladder is not None else sample.ladder()
    line = status_line(environment, view, book, width, ASCII, UTC)
    assert span_width(line) == width
    return "".join(each for each, _ in line)


def parts(view: StatusView, environment: Environment) -> dict[str, str]:
    line = status_line(environment, view, None, 120, ASCII, UTC)
    return {each.strip(): part for each, part in line}


def test_at_80_columns_environment_mode_feed_latency_cash_market_and_clock_are_there() -> None:
    assert text(sample.status()) == (
        " DEMO  CONFIRM  feed ok 9ms  cash $1,204.55  KXFEDDEC-26DEC-C25         14:32:05"
    )


def test_at_120_columns_the_title_joins() -> None:
    line = text(sample.status(), width=120)
    assert "locked $17.10  KXFEDDEC-26DEC-C25  Fed cuts 25bp in December?" in line


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (ConnectionState.IDLE, "offline"),
        (ConnectionState.CONNECTING, "connecting"),
        (ConnectionState.SILENT, "feed silent"),
        (ConnectionState.REFUSED, "key refused"),
    ],
)
def test_a_connection_that_is_not_open_is_named_with_its_reason(
    state: ConnectionState, word: str
) -> None:
    view = sample.status(connection=state, connection_reason="No route to the exchange.")
    line = text(view, width=120)
    assert word in line
    assert "No route to the exchange." in line
    assert "feed ok" not in line


def test_a_stale_book_takes_the_place_of_feed_ok_with_its_age() -> None:
    line = text(sample.status(), ladder=sample.ladder(status=BookStatus.STALE))
    assert "STALE 3.2s" in line
    assert "feed ok" not in line


@pytest.mark.parametrize("width", [80, 120, 200])
def test_a_key_that_nothing_protects_is_told_in_red_at_every_width(width: int) -> None:
    view = sample.status(open_key=True, cash=None, in_doubt=2)
    for environment in (DEMO, PROD):
        assert " PLAINTEXT KEY " in text(view, width=width, environment=environment)
        assert parts(view, environment)["PLAINTEXT KEY"] == "doubt"
    assert "PLAINTEXT" not in text(sample.status(), width=width)


def test_orders_in_doubt_and_a_kill_survive_the_narrowest_screen() -> None:
    view = sample.status(
        in_doubt=2, killed_wall_ns=sample.WALL_NS - 12 * sample.SECOND, read_only="another holds it"
    )
    line = text(view, environment=PRACTICE, ladder=sample.ladder(status=BookStatus.STALE))
    for word in ("PRACTICE", "(read-only)", "KILLED 12s ago", "2 IN DOUBT", "STALE 3.2s"):
        assert word in line


def test_production_says_prod_and_says_armed_once_orders_can_leave() -> None:
    assert " PROD  VIEW" in text(sample.status(mode=Mode.VIEW), environment=PROD)
    assert " PROD ARMED  CONFIRM" in text(sample.status(), environment=PROD)
    assert parts(sample.status(), PROD)["PROD ARMED"] == "prod"
    assert "ARMED" not in text(sample.status(), environment=PRACTICE)


def test_unknown_cash_is_not_zero() -> None:
    assert "cash --" in text(sample.status(cash=None))


def test_a_closed_exchange_and_paused_trading_are_told_apart() -> None:
    assert "EXCHANGE CLOSED" in text(sample.status(exchange_active=False), width=120)
    assert "TRADING PAUSED" in text(sample.status(trading_active=False), width=120)


def test_before_the_first_status_the_environment_is_already_named() -> None:
    assert text(None, environment=PRACTICE).startswith(" PRACTICE  starting")
