"""Every record is read, whatever moves between two requests, or the statement says what is not."""

from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kalshi_tui.api import history
from kalshi_tui.api.decode import SECOND_NS
from kalshi_tui.api.errors import BodyError
from kalshi_tui.api.history import Ask, HistoryScan, Progress
from kalshi_tui.core.completeness import RecordKind, Statement, Tier

DAY_S = 86_400
START_S = 1_790_000_000 // DAY_S * DAY_S
CUT_FIELDS = (
    "market_settled_ts",
    "trades_created_ts",
    "orders_updated_ts",
    "market_positions_last_updated_ts",
)


def stamp(at_s: int) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Venue:
    """A naive exchange: records with a time, a cut-off, two listings, newest first."""

    def __init__(self, times: list[int], cut_s: int, rng: Random) -> None:
        self.records = [(at, f"r{number}") for number, at in enumerate(times)]
        self.cut_s = cut_s
        self.rng = rng
        self.cut_fields: tuple[str, ...] = CUT_FIELDS
        self.cursors: dict[str, str] = {}
        self.asked: list[Ask] = []
        self.garbage = 0

    def answer(self, ask: Ask) -> bytes:
        self.asked.append(ask)
        if ask.path == history.CUTOFF_PATH:
            return msgspec.json.encode({name: stamp(self.cut_s) for name in self.cut_fields})
        old = ask.path.startswith("/historical")
        key = "market_positions" if "positions" in ask.path else ask.path.rpartition("/")[2]
        least = int(ask.params.get("min_ts", 0))
        most = int(ask.params.get("max_ts", 10**12))
        found = sorted(
            (r for r in self.records if (r[0] < self.cut_s) is old and least <= r[0] <= most),
            reverse=True,
        )
        last = self.cursors.get(ask.params.get("cursor", ""))
        if self.garbage and last:
            self.garbage -= 1
            last = None
        names = [name for _, name in found]
        # A cursor whose record has left the listing means nothing: the first page comes again.
        start = names.index(last) + 1 if last in names else 0
        size = self.rng.randrange(0 if start else 1, 5)
        page = found[start : start + size]
        cursor = ""
        if start + size < len(found):
            cursor = f"c{len(self.cursors)}"
            self.cursors[cursor] = page[-1][1] if page else str(last)
        return msgspec.json.encode(
            {
                "aardvark": [1],
                key: [{"id": name, "at": at} for at, name in page],
                "event_positions": [{"id": "wrong"}],
                "cursor": cursor,
            }
        )


def read(
    scan: HistoryScan, venue: Venue, between: Callable[[], None] = lambda: None, most: int = 3_000
) -> tuple[set[str], Statement]:
    seen: set[str] = set()
    while (ask := scan.ask) is not None:
        page = scan.receive(venue.answer(ask))
        seen |= {msgspec.json.decode(item)["id"] for item in page.items} if page else set()
        between()
        most -= 1
        assert most, "it never ends"
    return seen, scan.statement


times = st.lists(st.integers(START_S, START_S + 20 * DAY_S), max_size=30)


@pytest.mark.parametrize("kind", RecordKind)
@settings(max_examples=20, deadline=None)
@given(times=times, cut=st.integers(0, 20), seed=st.integers())
def test_FE08_both_tiers_are_asked_and_every_record_comes(
    kind: RecordKind, times: list[int], cut: int, seed: int
) -> None:
    is_split = len(history.LISTINGS[kind]) == 2
    venue = Venue(times, START_S + cut * DAY_S if is_split else 0, Random(seed))
    seen, statement = read(HistoryScan(kind), venue)
    assert seen == {name for _, name in venue.records}
    tiers = [each.tier for each in statement.sections]
    assert tiers == ([Tier.LIVE, Tier.ARCHIVE] if is_split else [Tier.LIVE])
    assert all(each.is_finished for each in statement.sections)
    assert statement.pages == sum(ask.path != history.CUTOFF_PATH for ask in venue.asked)
    assert statement.is_complete
    assert "gaps: none" in statement.sentence()


@settings(max_examples=150, deadline=None)
@given(times=times, seed=st.integers())
def test_FE08_no_record_is_lost_while_the_cutoff_moves_and_cursors_die(
    times: list[int], seed: int
) -> None:
    rng = Random(seed)
    venue = Venue(times, START_S, rng)
    before = {name for _, name in venue.records}

    def move() -> None:
        if rng.random() < 0.2:
            venue.cut_s += DAY_S * rng.randrange(1, 4)
        if rng.random() < 0.2:
            venue.records.append((START_S + 30 * DAY_S, f"new{len(venue.records)}"))

    seen, statement = read(HistoryScan(RecordKind.FILLS), venue, move)
    if statement.is_complete:
        assert before <= seen
    else:
        assert any("circles" in gap for gap in statement.gaps)


@settings(max_examples=60, deadline=None)
@given(times=times, cut=st.integers(0, 20), seed=st.integers(), kill=st.integers(1, 12))
def test_FE08_a_reading_goes_on_in_another_process(
    times: list[int], cut: int, seed: int, kill: int
) -> None:
    venue = Venue(times, START_S + cut * DAY_S, Random(seed))
    scan, seen = HistoryScan(RecordKind.FILLS), set[str]()
    while (ask := scan.ask) is not None:
        page = scan.receive(venue.answer(ask))
        seen |= {msgspec.json.decode(item)["id"] for item in page.items} if page else set()
        kill -= 1
        if kill == 0:
            saved = msgspec.json.encode(scan.progress)
            scan = HistoryScan(RecordKind.FILLS, progress=msgspec.json.decode(saved, type=Progress))
            venue.cut_s += DAY_S * Random(seed).randrange(2)
    assert seen == {name for _, name in venue.records}
    assert scan.statement.is_complete
    pages = sum(ask.path != history.CUTOFF_PATH for ask in venue.asked)
    assert scan.statement.pages == pages


def test_a_moved_cutoff_is_read_across_once_more() -> None:
    venue = Venue([START_S + day * DAY_S for day in range(10)], START_S + 3 * DAY_S, Random(1))
    scan = HistoryScan(RecordKind.FILLS)
    moved = False
    while (ask := scan.ask) is not None:
        scan.receive(venue.answer(ask))
        if not moved and ask.path.startswith("/historical/fills"):
            venue.cut_s += 2 * DAY_S
            moved = True
    asked = [ask for ask in venue.asked if "min_ts" in ask.params]
    assert asked
    assert int(asked[0].params["min_ts"]) == START_S + 2 * DAY_S - 1
    assert int(asked[0].params["max_ts"]) == START_S + 6 * DAY_S + 1
    statement = scan.statement
    assert [each.tier for each in statement.sections] == [Tier.LIVE, Tier.ARCHIVE, Tier.ARCHIVE]
    assert statement.before != statement.after


def test_FC16_a_dead_cursor_begins_the_listing_anew_and_a_third_one_is_a_gap() -> None:
    for garbage, gaps in ((1, 0), (50, 2)):
        venue = Venue([START_S + n for n in range(40)], START_S + 20, Random(3))
        venue.rng.randrange = lambda *_: 4  # type: ignore[method-assign]
        venue.garbage = garbage
        seen, statement = read(HistoryScan(RecordKind.FILLS), venue)
        assert len(statement.gaps) == gaps
        assert statement.is_complete is (gaps == 0)
        assert (len(seen) == 40) is (gaps == 0)


@pytest.mark.parametrize("kind", [RecordKind.FILLS, RecordKind.ORDERS, RecordKind.POSITIONS])
def test_FE08_a_cutoff_that_is_not_said_is_a_gap_and_the_reading_goes_on(kind: RecordKind) -> None:
    venue = Venue([START_S, START_S + 9], START_S + 5, Random(1))
    venue.cut_fields = ("market_settled_ts",)
    seen, statement = read(HistoryScan(kind), venue)
    assert len(seen) == 2
    assert statement.gaps == (f"The exchange did not say its cut-off for {kind.value}.",)


def test_settlements_that_no_endpoint_gives_are_said() -> None:
    venue = Venue([START_S + 9], 0, Random(1))
    venue.cut_fields = CUT_FIELDS
    _, whole = read(HistoryScan(RecordKind.SETTLEMENTS), venue)
    assert whole.is_complete
    venue.cut_s = START_S + 5
    _, partly = read(HistoryScan(RecordKind.SETTLEMENTS), venue)
    assert "rebuilt" in partly.gaps[0]
    _, later = read(HistoryScan(RecordKind.SETTLEMENTS, since_s=START_S + 6), venue)
    assert later.is_complete


def test_an_archive_that_refuses_is_a_gap_with_its_reason() -> None:
    venue = Venue([START_S + 9], START_S, Random(1))
    scan = HistoryScan(RecordKind.ORDERS)
    while (ask := scan.ask) is not None:
        if ask.path == "/historical/orders":
            scan.skip("404 not_found.")
        else:
            scan.receive(venue.answer(ask))
    assert scan.statement.gaps == ("/historical/orders was not read to its end: 404 not_found.",)
    assert [each.is_finished for each in scan.statement.sections] == [True, False]


def test_FE06_a_body_without_its_list_is_an_error_and_never_an_empty_page() -> None:
    scan = HistoryScan(RecordKind.DEPOSITS)
    before = scan.ask
    for body in (b"{}", b'{"orders":[]}', b"[]", b"<html>"):
        with pytest.raises(BodyError):
            scan.receive(body)
    assert scan.ask == before


@pytest.mark.parametrize("kind", RecordKind)
def test_FE12_the_subaccount_is_always_said_where_it_can_be(kind: RecordKind) -> None:
    venue = Venue([], START_S, Random(1))
    scan = HistoryScan(kind, subaccount=3, since_s=100, until_s=200)
    read(scan, venue)
    params: list[dict[str, Any]] = [
        ask.params for ask in venue.asked if ask.path != history.CUTOFF_PATH
    ]
    for listing, each in zip(history.LISTINGS[kind], params, strict=True):
        assert each.get("subaccount") == ("3" if listing.has_subaccount else None)
        assert each.get("min_ts") == ("99" if listing.is_timed else None)
        assert each.get("max_ts") == ("201" if listing.is_timed else None)
        assert int(each["limit"]) == listing.endpoint.page_size


def test_the_cutoffs_are_kept_in_nanoseconds() -> None:
    venue = Venue([], START_S, Random(1))
    _, statement = read(HistoryScan(RecordKind.FILLS), venue)
    assert statement.before is not None
    assert statement.before == statement.after
    assert statement.before.trades_created_ns == START_S * SECOND_NS
