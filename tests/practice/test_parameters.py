"""Query parameters, their refusals, and pages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.practice.parameters import ParameterError, Query, page


def refusal(**values: str) -> str:
    with pytest.raises(ParameterError) as caught:
        Query("GetMarkets", values).limit(100, 1_000, least=0, tags="gte lte")
    return caught.value.message


def test_a_limit_over_the_maximum_is_refused_in_the_recorded_words() -> None:
    assert refusal(limit="1001") == (
        "Parameter validation failed for GetMarkets: Key: 'GetMarketsParams.Limit' "
        "Error:Field validation for 'Limit' failed on the 'lte' tag"
    )
    assert refusal(limit="-1").endswith("failed on the 'gte' tag")


@pytest.mark.parametrize("text", ["x", "1.5", "1e3", "--1", "\u0661", "9" * 19])
def test_a_limit_that_is_no_number_is_refused(text: str) -> None:
    assert "strconv.ParseInt" in refusal(limit=text)


def test_an_absent_or_zero_limit_is_the_default() -> None:
    for values in ({}, {"limit": ""}, {"limit": "0"}):
        assert Query("GetMarkets", values).limit(100, 1_000, least=0, tags="gte lte") == 100
    assert Query("GetOrders", {"limit": "7"}).limit(100, 1_000) == 7
    with pytest.raises(ParameterError, match="'min' tag"):
        Query("GetOrders", {"limit": "0"}).limit(100, 1_000)


def test_words_flags_and_choices() -> None:
    query = Query("GetMarkets", {"tickers": "A,,B", "nested": "true", "status": "active"})
    assert query.words("tickers") == ["A", "B"]
    assert (query.flag("nested"), query.flag("other")) == (True, False)
    with pytest.raises(ParameterError, match=r"Status.*oneof"):
        query.choice("status", ("open", "closed"))
    assert query.choice("other", ("a",)) == ""


@given(st.lists(st.text(min_size=1, max_size=8), unique=True), st.integers(1, 7))
def test_pages_put_together_are_the_whole(items: list[str], limit: int) -> None:
    found: list[str] = []
    cursor = ""
    for _ in range(len(items) + 1):
        chosen, cursor = page(items, str, cursor, limit)
        assert len(chosen) <= limit
        found.extend(chosen)
        if not cursor:
            break
    assert found == items


@given(st.text())
def test_any_cursor_gets_a_page(cursor: str) -> None:
    chosen, _ = page(["a", "b", "c"], str, cursor, 2)
    assert chosen in (["a", "b"], ["b", "c"], ["c"], [])


def test_a_garbage_cursor_is_the_first_page() -> None:
    assert page(["a", "b", "c"], str, "garbage-cursor", 2)[0] == ["a", "b"]


def test_new_items_in_front_do_not_shift_the_next_page() -> None:
    _, cursor = page(["d", "c", "b", "a"], str, "", 2)
    chosen, _ = page(["e", "d", "c", "b", "a"], str, cursor, 2)
    assert chosen == ["b", "a"]
