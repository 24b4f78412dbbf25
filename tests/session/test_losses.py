"""Answers that are lost, late or refused: what the screen says, and the truth beside it."""

from pathlib import Path

import pytest

from kalshi_tui.core.orders import OrderState, OrderTerms
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price
from kalshi_tui.core.views import LadderView
from tests.session.bench import Bench
from tests.session.test_commands import ready

CREATE = "POST /portfolio/events/orders"
AMEND = "POST /portfolio/events/orders/{order_id}/amend"
CANCEL = "DELETE /portfolio/events/orders/{order_id}"


def place(bench: Bench, ladder: LadderView, price: int) -> str:
    terms = OrderTerms(ladder.market.ticker, BookSide.BID, Price(price), Count(100))
    return bench.desk.place(terms)


def becomes(bench: Bench, client_order_id: str, state: OrderState) -> None:
    bench.until(lambda: (row := bench.row(client_order_id)) and row.state is state)


@pytest.mark.parametrize(
    ("case", "fault"),
    [
        ("FA03", {"fault": "cut_after_accept"}),
        ("FA05", {"fault": "http_error", "status": 503, "accepted": True}),
        ("FA06", {"fault": "html_body"}),
        ("FA06", {"fault": "truncated_body"}),
        ("FA07", {"fault": "empty_body"}),
    ],
)
def test_FA03_FA05_FA06_FA07_an_order_whose_answer_is_lost_is_in_doubt_found_and_there_once(
    tmp_path: Path, case: str, fault: dict[str, object]
) -> None:
    with Bench(tmp_path) as bench:
        ladder = ready(bench)
        bench.control("POST", "/faults", {**fault, "count": 1, "endpoint": CREATE})
        lost = place(bench, ladder, 100)
        becomes(bench, lost, OrderState.RESTING)
        # Said or already known by the private feed: never shown as failed.
        assert not bench.said("not sent")
        assert not bench.said("refused"), case
        (order,) = bench.truth()["orders"]
        assert (order["client_order_id"], order["status"]) == (lost, "resting")
        # The connection and the budget are whole: the next one goes as usual.
        after = place(bench, ladder, 200)
        becomes(bench, after, OrderState.RESTING)
        assert len(bench.truth()["orders"]) == 2


def test_FL01_TO12_a_storm_of_429_refuses_in_words_and_lets_cancels_through_afterwards(
    tmp_path: Path,
) -> None:
    with Bench(tmp_path) as bench:
        ladder = ready(bench)
        kept = place(bench, ladder, 100)
        becomes(bench, kept, OrderState.RESTING)
        bench.control("POST", "/faults", {"fault": "rate_limit", "count": 2, "endpoint": CREATE})
        refused = place(bench, ladder, 200)
        becomes(bench, refused, OrderState.REJECTED)
        assert bench.said("429 too_many_requests")
        bench.until(lambda: (now := bench.status()) and now.budget and now.budget.throttled)
        bench.desk.cancel([kept])
        becomes(bench, kept, OrderState.CANCELED)
        assert [each["status"] for each in bench.truth()["orders"]] == ["canceled"]


def test_TO25_a_cancel_whose_answer_is_lost_is_tried_again(tmp_path: Path) -> None:
    with Bench(tmp_path) as bench:
        ladder = ready(bench)
        kept = place(bench, ladder, 100)
        becomes(bench, kept, OrderState.RESTING)
        lost = {"fault": "cut_before_accept", "count": 2, "endpoint": CANCEL}
        bench.control("POST", "/faults", lost)
        bench.desk.cancel([kept])
        becomes(bench, kept, OrderState.CANCELED)
        (order,) = bench.truth()["orders"]
        assert order["status"] == "canceled"


def test_TO28_a_change_whose_answer_is_lost_is_found_carried_out(tmp_path: Path) -> None:
    with Bench(tmp_path) as bench:
        ladder = ready(bench)
        kept = place(bench, ladder, 100)
        becomes(bench, kept, OrderState.RESTING)
        lost = {"fault": "cut_after_accept", "count": 1, "endpoint": AMEND}
        bench.control("POST", "/faults", lost)
        bench.desk.amend(kept, Price(200), Count(100))
        bench.until(lambda: (row := bench.row(kept)) and row.change is None and row.price == 200)
        (order,) = bench.truth()["orders"]
        assert (order["yes_price_dollars"], order["status"]) == ("0.0200", "resting")


def test_TO28_a_change_that_may_still_be_on_its_way_stays_in_doubt_and_can_be_canceled(
    tmp_path: Path,
) -> None:
    with Bench(tmp_path) as bench:
        ladder = ready(bench)
        kept = place(bench, ladder, 100)
        becomes(bench, kept, OrderState.RESTING)
        lost = {"fault": "cut_before_accept", "count": 1, "endpoint": AMEND}
        bench.control("POST", "/faults", lost)
        bench.desk.amend(kept, Price(200), Count(100))
        bench.until(lambda: bench.said("change in doubt"))
        row = bench.row(kept)
        assert row is not None
        assert row.change is not None
        assert bench.truth()["orders"][0]["yes_price_dollars"] == "0.0100"
        bench.desk.cancel([kept])
        becomes(bench, kept, OrderState.CANCELED)
        assert bench.truth()["orders"][0]["status"] == "canceled"
