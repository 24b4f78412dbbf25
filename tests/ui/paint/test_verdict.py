"""The verdict on a book: a word, a badge and an age; and the quiet marker after a repair."""

from datetime import UTC

import pytest

from kalshi_tui.core.events import BookStatus
from kalshi_tui.ui.paint.verdict import REPAIR_SHOWN_NS, repair_words, verdict
from tests.support.desk import MONO, SECOND, WALL, fed
from tests.support.doubt import BOOKS


def test_LIVE_is_plain_and_has_no_age() -> None:
    assert verdict(fed(), MONO + 90 * SECOND)[:2] == ("LIVE", "good")


@pytest.mark.parametrize("state", [each for each in BookStatus if each is not BookStatus.LIVE])
def test_everything_else_is_a_badge_with_its_age(state: BookStatus) -> None:
    piece = verdict(fed(status=state), MONO + 75 * SECOND)
    assert piece.text == f" {state.value} 1m15s "
    assert piece.part in ("doubt", "caution")
    assert piece.rank == 0


def test_an_age_never_runs_backwards() -> None:
    assert verdict(fed(status=BookStatus.STALE), MONO - SECOND).text == " STALE 0.0s "


def test_a_repair_stays_in_sight_for_some_seconds() -> None:
    view = BOOKS["repaired"]
    began = view.since_mono_ns
    assert repair_words(view, began, UTC) == "repaired 14:39:58 in 4ms"
    assert repair_words(view, began + REPAIR_SHOWN_NS - 1, UTC)
    assert repair_words(view, began + REPAIR_SHOWN_NS, UTC) == ""


def test_a_repair_never_stands_beside_another_verdict() -> None:
    view = fed(status=BookStatus.STALE, repaired_wall_ns=WALL, repaired_after_ns=1)
    assert repair_words(view, view.since_mono_ns, UTC) == ""


def test_a_book_that_was_never_repaired_says_nothing() -> None:
    assert repair_words(fed(), MONO, UTC) == ""
