"""Answers to writes become facts; what cannot be told for sure is unknown."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.api import receipts, schemas
from kalshi_tui.api.decode import read_body
from kalshi_tui.api.errors import BodyError
from kalshi_tui.core.answers import Acked, CancelUnknown, OutcomeUnknown, Refused
from kalshi_tui.core.text import clean_title
from tests.api.rig import created, recorded

NO_FUNDS = {"code": "insufficient_balance", "message": "no", "details": "why"}


def _batch(*items: Any) -> schemas.BatchCreatedAnswer:
    return read_body(msgspec.json.encode({"orders": items}), schemas.BatchCreatedAnswer)


def _outcomes(sent: list[str], *items: Any) -> dict[str, type]:
    found = receipts.batch_created(_batch(*items), sent, 1)
    assert [each.client_order_id for each in found] == sent
    return {each.client_order_id: type(each) for each in found}


def test_TO11_an_average_that_is_no_price_does_not_put_the_order_in_doubt() -> None:
    body = schemas.CreateAnswer("o-1", "2.00", "0.00", 5, average_fill_price="0.523333")
    assert receipts.acked(body, "c-1", 9).average_price is None
    whole = schemas.CreateAnswer("o-1", "2.00", "0.00", 5, average_fill_price="0.5200")
    assert receipts.acked(whole, "c-1", 9).average_price == 5_200


@pytest.mark.parametrize(
    "name", ["create_v2_maker", "create_v2_taker_ioc", "stp_self_cross", "settlement_seed"]
)
def test_recorded_answers_to_creates_are_read(name: str) -> None:
    body = read_body(recorded(f"demo/orders__{name}.json"), schemas.CreateAnswer)
    assert receipts.acked(body, "c-1", 1).order_id == body.order_id


def test_TO36_items_are_matched_by_their_own_id_and_not_by_their_place() -> None:
    items = [created("c-2", order_id="o-2"), created("c-1", order_id="o-1")]
    found = receipts.batch_created(_batch(*items), ["c-1", "c-2"], 1)
    assert [(each.client_order_id, each.order_id) for each in found if isinstance(each, Acked)] == [
        ("c-1", "o-1"),
        ("c-2", "o-2"),
    ]


def test_TO36_a_missing_item_is_in_doubt_and_a_refused_one_refused() -> None:
    item = {"client_order_id": "c-2", "error": NO_FUNDS}
    (lost, refused) = receipts.batch_created(_batch(item), ["c-1", "c-2"], 1)
    assert isinstance(lost, OutcomeUnknown)
    assert refused == Refused("c-2", 400, "insufficient_balance", clean_title("why"))


@pytest.mark.parametrize("code", ["", "internal_server_error", "service_unavailable", None])
def test_TO36_an_error_that_does_not_say_what_was_done_is_in_doubt(code: str | None) -> None:
    item = {"client_order_id": "c-1", "error": {"code": code}}
    assert _outcomes(["c-1"], item) == {"c-1": OutcomeUnknown}


def test_FC07_an_id_that_exists_is_in_doubt_until_it_is_found() -> None:
    item = {"client_order_id": "c-1", "error": {"code": "order_already_exists"}}
    (found,) = receipts.batch_created(_batch(item), ["c-1"], 1)
    assert isinstance(found, OutcomeUnknown)
    assert found.exists


def test_TO36_refusals_without_an_id_count_only_where_they_are_as_many_as_the_rest() -> None:
    error = {"error": NO_FUNDS}
    whole = created("c-1")
    both = {"c-2": Refused, "c-3": Refused}
    assert _outcomes(["c-1", "c-2", "c-3"], whole, error, error) == {"c-1": Acked, **both}
    lost = {"c-2": OutcomeUnknown, "c-3": OutcomeUnknown}
    sent = ["c-1", "c-2", "c-3"]
    assert _outcomes(sent, whole, error) == {"c-1": Acked, **lost}
    assert _outcomes(sent, whole, error, created("")) == {"c-1": Acked, **lost}
    assert _outcomes(sent, whole, error, 7) == {"c-1": Acked, **lost}
    assert _outcomes(["c-2", "c-3"], created("of another"), error, error) == lost


def test_TO36_an_answer_that_names_an_order_twice_is_in_doubt() -> None:
    twice = [created("c-1"), {"client_order_id": "c-1", "error": NO_FUNDS}]
    assert _outcomes(["c-1"], *twice) == {"c-1": OutcomeUnknown}


@pytest.mark.parametrize("name", ["order_id", "fill_count", "remaining_count", "ts_ms"])
@pytest.mark.parametrize("value", [None, "?"])
def test_FA07_an_item_that_is_not_whole_is_in_doubt(name: str, value: object) -> None:
    if (name, value) != ("order_id", "?"):
        item = created("c-1", **{name: value})
        assert _outcomes(["c-1", "c-2"], item, created("c-2"))["c-1"] is OutcomeUnknown


@given(
    st.lists(st.sampled_from(["c-0", "c-1", "c-2", "", "else"]), max_size=5),
    st.lists(st.sampled_from(["done", "refused", "unsure"]), min_size=5, max_size=5),
    st.integers(1, 3),
)
def test_TO36_a_batch_never_tells_an_order_what_another_was_told(
    names: list[str], words: list[str], number: int
) -> None:
    shapes = {
        "done": lambda name: created(name, order_id=f"o-{name}"),
        "refused": lambda name: {"client_order_id": name, "error": NO_FUNDS},
        "unsure": lambda name: {"client_order_id": name, "error": {"code": ""}},
    }
    items = [shapes[word](name) for name, word in zip(names, words, strict=False)]
    sent = [f"c-{each}" for each in range(number)]
    found = receipts.batch_created(_batch(*items), sent, 1)
    for each in found:
        said = [
            word for name, word in zip(names, words, strict=False) if name == each.client_order_id
        ]
        if said == ["done"]:
            assert isinstance(each, Acked)
            assert each.order_id == f"o-{each.client_order_id}"
        elif said == ["refused"]:
            assert isinstance(each, Refused)
        elif said:
            assert isinstance(each, OutcomeUnknown)
        elif isinstance(each, Acked):
            assert each.order_id == "o-"


def test_a_cancel_that_the_answer_leaves_out_is_in_doubt() -> None:
    items = [{"order_id": "o-2", "reduced_by": "?", "ts_ms": 1}, {"order_id": "o-3"}, 5]
    items.append({"order_id": "o-4", "error": {"code": "internal_server_error"}})
    body = read_body(msgspec.json.encode({"orders": items}), schemas.BatchCanceledAnswer)
    found = receipts.batch_canceled(body, ["o-1", "o-2", "o-3", "o-4"], 1)
    assert [type(each) for each in found] == [CancelUnknown] * 4


def test_an_answer_about_another_order_is_none() -> None:
    with pytest.raises(BodyError, match="another"):
        receipts.amend_acked(schemas.AmendAnswer("o-2", 1), "r-1", "o-1", 1)
    with pytest.raises(BodyError, match="another"):
        receipts.decrease_acked(schemas.DecreaseAnswer("o-2", "1.00", 1), "r-1", "o-1", 1)
