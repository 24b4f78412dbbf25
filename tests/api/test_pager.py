"""A scan ends where the exchange says so, or it fails; it is never silently short."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.api import pager
from kalshi_tui.api.errors import BodyError, ScanError
from kalshi_tui.api.pager import ListEndpoint, Pager
from tests.api.rig import recorded

ENDPOINTS = [
    pager.MARKETS,
    pager.EVENTS,
    pager.TRADES,
    pager.ORDERS,
    pager.FILLS,
    pager.POSITIONS,
    pager.SETTLEMENTS,
    pager.DEPOSITS,
    pager.WITHDRAWALS,
    pager.OLD_FILLS,
    pager.OLD_ORDERS,
    pager.OLD_POSITIONS,
    pager.OLD_TRADES,
    pager.OLD_MARKETS,
]


def _page(items: list[Any] | None, cursor: object = "", key: str = "orders") -> bytes:
    return msgspec.json.encode({key: items, "cursor": cursor})


@pytest.mark.parametrize("cursor", ["", None])
def test_FF16_an_empty_or_null_cursor_ends_the_scan(cursor: object) -> None:
    scan = Pager(pager.ORDERS)
    assert len(scan.receive(_page([1, 2], cursor))) == 2
    assert scan.query is None


def test_FF16_a_missing_cursor_ends_the_scan() -> None:
    scan = Pager(pager.ORDERS)
    scan.receive(b'{"orders":[]}')
    assert scan.query is None


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda each: each.key)
@given(total=st.integers(0, 40), size=st.integers(1, 7))
def test_every_endpoint_gives_every_item_once_and_in_order(
    endpoint: ListEndpoint, total: int, size: int
) -> None:
    scan, found = Pager(endpoint, {"ticker": "KX-1"}), list[int]()
    at = 0
    while (query := scan.query) is not None:
        assert query["limit"] == str(endpoint.page_size)
        assert query["ticker"] == "KX-1"
        assert query.get("cursor", "") == (f"c{at}" if at else "")
        after = at + size
        body = {
            "aardvark": [9, 9, 9],
            endpoint.key: list(range(at, min(after, total))),
            "zebra": [8],
            "cursor": f"c{after}" if after < total else "",
        }
        found += [msgspec.json.decode(item) for item in scan.receive(msgspec.json.encode(body))]
        at = after
    assert found == list(range(total))


def test_positions_and_events_are_not_taken_from_the_list_beside_them() -> None:
    scan = Pager(pager.POSITIONS)
    body = b'{"cursor":"","event_positions":[1,2,3],"market_positions":[4]}'
    assert [bytes(item) for item in scan.receive(body)] == [b"4"]


def test_FC16_a_cursor_that_comes_back_is_a_loop() -> None:
    scan = Pager(pager.ORDERS)
    scan.receive(_page([1], "a"))
    scan.receive(_page([2], "b"))
    with pytest.raises(ScanError, match="circles"):
        scan.receive(_page([1], "a"))


def test_FC16_a_listing_that_never_ends_is_given_up() -> None:
    scan = Pager(pager.ORDERS, cap=3)
    scan.receive(_page([], "1"))
    scan.receive(_page([], "2"))
    with pytest.raises(ScanError, match="more than 3 pages"):
        scan.receive(_page([], "3"))


def test_a_page_without_its_list_is_an_error_and_null_is_an_empty_one() -> None:
    with pytest.raises(BodyError, match="orders"):
        Pager(pager.ORDERS).receive(b'{"cursor":""}')
    assert Pager(pager.ORDERS).receive(_page(None)) == ()


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'"x"', b"{", b'{"orders":{},"cursor":""}', b'{"orders":[],"cursor":7}']
)
def test_a_page_that_is_none_is_an_error_and_leaves_the_scan_where_it_was(body: bytes) -> None:
    scan = Pager(pager.ORDERS)
    before = scan.query
    with pytest.raises(BodyError):
        scan.receive(body)
    assert scan.query == before


@given(st.binary(max_size=200))
def test_any_bytes_give_a_page_or_a_typed_error(body: bytes) -> None:
    with pytest.raises((BodyError, ScanError)):
        Pager(pager.ORDERS).receive(body)


def test_a_recorded_walk_goes_on_where_the_page_says() -> None:
    scan = Pager(pager.MARKETS, {"limit": "5"})
    assert len(scan.receive(recorded("demo/markets__page1.json"))) == 5
    assert scan.query is not None
    cursor = scan.query["cursor"]
    scan.receive(recorded("demo/markets__page2.json"))
    assert scan.query is not None
    assert scan.query["cursor"] != cursor
    last = Pager(pager.MARKETS)
    last.receive(recorded("demo/markets__single_filter_lastpage.json"))
    assert last.query is None


def test_FC16_the_recorded_answer_to_a_garbage_cursor_is_found_out() -> None:
    scan = Pager(pager.MARKETS)
    scan.receive(recorded("demo/markets__page1.json"))
    with pytest.raises(ScanError):
        scan.receive(recorded("demo/markets__garbage_cursor.json"))


def test_FC16_a_first_page_again_under_a_new_cursor_is_a_loop() -> None:
    scan = Pager(pager.FILLS)
    scan.receive(_page([1, 2], "a", "fills"))
    with pytest.raises(ScanError, match="circles"):
        scan.receive(_page([1, 2], "b", "fills"))
    assert scan.cursor == "a"


def test_short_and_empty_pages_are_not_the_end() -> None:
    scan = Pager(pager.FILLS)
    for items, cursor in (([1], "a"), ([], "b"), ([], "c"), ([2], "")):
        assert scan.query is not None
        scan.receive(_page(items, cursor, "fills"))
    assert (scan.query, scan.pages, scan.items) == (None, 4, 2)


def test_a_scan_goes_on_from_where_another_stood() -> None:
    first = Pager(pager.FILLS, {"ticker": "KX-1"})
    first.receive(_page([1], "a", "fills"))
    second = Pager(pager.FILLS, {"ticker": "KX-1"}, cursor=first.cursor)
    assert second.query == first.query == {"limit": "1000", "ticker": "KX-1", "cursor": "a"}
    with pytest.raises(ScanError, match="circles"):
        second.receive(_page([2], "a", "fills"))


@pytest.mark.parametrize(("endpoint", "limit"), [(pager.DEPOSITS, "501"), (pager.FILLS, "1001")])
def test_a_page_larger_than_the_endpoint_gives_is_never_asked(
    endpoint: ListEndpoint, limit: str
) -> None:
    for wrong in (limit, "0", "-1", "x", ""):
        with pytest.raises(ValueError, match="items a page"):
            Pager(endpoint, {"limit": wrong})
