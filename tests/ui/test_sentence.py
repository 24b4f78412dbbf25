"""The command line's grammar: what is understood, and one sentence for what is not."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.core.orders import TimeInForce
from kalshi_tui.core.sides import Action, Outcome
from kalshi_tui.core.ticket import Draft, TicketError
from kalshi_tui.ui.sentence import Do, Keys, Sentence, Switch, read
from tests.support.desk import FED, cents, count, fed


def order(action: Action, outcome: Outcome, price: str, size: str, **more: object) -> Draft:
    return Draft(FED, action, outcome, cents(price), count(size), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("buy 10 yes 36", order(Action.BUY, Outcome.YES, "36", "10")),
        ("BUY 10 YES @36", order(Action.BUY, Outcome.YES, "36", "10")),
        ("b 2.5@36c", order(Action.BUY, Outcome.YES, "36", "2.50")),
        ("s 50% 40", order(Action.SELL, Outcome.YES, "40", "20")),
        ("sell 5 no 60 fok", order(Action.SELL, Outcome.NO, "60", "5",
                                   time_in_force=TimeInForce.FOK)),
        ("buy 5 36 post", order(Action.BUY, Outcome.YES, "36", "5", post_only=True)),
        ("10@36b", Keys("10@36", "b")),
        ("B", Keys("", "B")),
        ("market kxfed", Switch("KXFED")),
        ("cancel all", Do.CANCEL_ALL),
        ("cancel", Do.CANCEL_HERE),
        ("q", Do.QUIT),
        ("KILL", Do.KILL),
    ],
)  # fmt: skip
def test_what_is_understood(text: str, meant: Sentence) -> None:
    assert read(text, fed(), Outcome.YES) == meant


def test_the_viewed_outcome_is_meant_unless_another_is_named() -> None:
    assert read("buy 5 60", fed(), Outcome.NO) == order(Action.BUY, Outcome.NO, "60", "5")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "Type a command"),
        ("fly to the moon", "'fly' is not a command"),
        ("buy 10", "Say a size and a price"),
        ("buy ten 36", "not a size"),
        ("buy 10 36.5", "not on this market's grid"),
        ("buy 10 136", "not a price in cents"),
        ("market", "Name one market"),
    ],
)
def test_what_is_not_understood_gets_one_sentence(text: str, why: str) -> None:
    with pytest.raises(TicketError, match=why):
        read(text, fed(), Outcome.YES)


def test_without_a_book_there_is_no_order() -> None:
    with pytest.raises(TicketError, match="no book yet"):
        read("buy 10 36", None, Outcome.YES)


@given(st.text(max_size=60))
def test_no_text_does_anything_but_make_sense_or_be_refused(text: str) -> None:
    with suppress(TicketError):
        assert isinstance(read(text, fed(), Outcome.YES), Do | Keys | Switch | Draft)
