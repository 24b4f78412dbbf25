"""The banner: the gravest alarm in a sentence, the others by name, nothing while all is well."""

import pytest

from kalshi_tui.ui.paint.banner import alarms, banner_line
from kalshi_tui.ui.paint.glyphs import ASCII
from kalshi_tui.ui.paint.line import span_width
from tests.support.desk import SECOND, WALL, fed, status
from tests.support.doubt import BOOKS, STATUSES


def text(name: str, width: int = 80, **more: object) -> str:
    view = status(**more) if more else STATUSES[name]
    line = banner_line(alarms(view, fed()), width, ASCII)
    assert span_width(line) == width
    return "".join(each for each, _ in line).rstrip()


def test_nothing_is_wrong_on_a_healthy_screen() -> None:
    assert alarms(status(), fed()) == []
    assert alarms(None, None) == []


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("drift", " WIRE CHANGED  The field 'price' is missing"),
        (
            "maintenance",
            " MAINTENANCE  The exchange is in its maintenance window. Back at 12:00 UTC.",
        ),
        ("paused", " TRADING PAUSED  New orders are refused, cancels work. Back at 12:00 UTC."),
        ("differences", " LAGGING  What arrives is 2.3s old"),
    ],
)
def test_each_alarm_is_a_badge_and_a_sentence(name: str, start: str) -> None:
    assert text(name).startswith(start)
    (first, *_) = alarms(STATUSES[name], fed())
    assert first.part in ("doubt", "caution")


def test_a_market_that_became_read_only_is_named_with_the_reason() -> None:
    (alarm,) = alarms(status(), BOOKS["read-only"])
    assert alarm.word == "READ-ONLY"
    assert alarm.text == (
        "KXFEDDEC-26DEC-C25: Prices came on another scale than the one asked for."
    )


def test_one_change_of_the_wire_is_told_once() -> None:
    found = alarms(
        status(drift="It changed.", read_only="It changed."), fed(read_only="It changed.")
    )
    assert [each.word for each in found] == ["WIRE CHANGED"]


def test_a_paused_exchange_is_one_halt_and_not_two() -> None:
    found = alarms(status(exchange_active=False, trading_active=False), fed())
    assert [each.word for each in found] == ["EXCHANGE PAUSED"]


def test_the_others_stand_at_the_right_by_name() -> None:
    line = text("", trading_active=False, differences=1, drift="The wire is not as specified.")
    assert line.startswith(" WIRE CHANGED  The wire is not")
    assert line.endswith(" TRADING PAUSED   1 DIFFERENCE  :feed")


def test_waking_up_is_told_for_half_a_minute() -> None:
    assert "WOKE UP" in text("", resumed_wall_ns=WALL - 29 * SECOND)
    assert alarms(status(resumed_wall_ns=WALL - 30 * SECOND), fed()) == []


def test_a_session_without_the_right_to_send_says_why() -> None:
    assert text("", read_only="Another workstation holds the ledger.").startswith(
        " READ-ONLY  Another workstation"
    )
