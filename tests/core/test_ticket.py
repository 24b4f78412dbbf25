"""From keys to terms, and what the preview promises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.core import risk, ticket
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.events import BookStatus, ConnectionState
from kalshi_tui.core.fees import FeeSchedule, FeeType
from kalshi_tui.core.market import PUBLISHED_GRIDS
from kalshi_tui.core.orders import TimeInForce
from kalshi_tui.core.sides import Action, BookSide, Outcome
from kalshi_tui.core.ticket import Draft, Prefix, Size, SizeKind, TicketError, draft_of
from kalshi_tui.core.units import Count, Money, Price
from kalshi_tui.core.views import LadderView, OwnLevel
from tests.support.facts import NOON_NS, TICKER, ladder, levels, market

TAPERED = PUBLISHED_GRIDS["tapered_deci_cent"]


def typed(text: str, **kwargs: object) -> Prefix:
    prefix = Prefix()
    for key in text:
        prefix = prefix.typed(key, **kwargs)  # type: ignore[arg-type]
    return prefix


def situation(shown: LadderView) -> risk.Situation:
    return risk.Situation(
        mode=Mode.CONFIRM,
        read_only="",
        killed=False,
        connection=ConnectionState.OPEN,
        exchange_active=True,
        trading_active=True,
        market=shown.market,
        book=shown.status,
        book_reason=shown.reason,
        best_bid=shown.best_bid.price if shown.best_bid else None,
        best_ask=shown.best_ask.price if shown.best_ask else None,
        position=shown.position,
        cash=Money(10**12),
        open_orders=0,
        wall_ns=NOON_NS,
    )


def preview(draft: Draft, shown: LadderView | None = None) -> ticket.Preview:
    shown = shown or ladder()
    return ticket.preview(draft, shown, situation(shown), risk.Limits())


def buy(price: int, count: int, **changes: object) -> Draft:
    return Draft(TICKER, Action.BUY, Outcome.YES, Price(price), Count(count), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "size", "price"),
    [
        ("10", Size(SizeKind.CONTRACTS, 1000), None),
        ("2.5", Size(SizeKind.CONTRACTS, 250), None),
        (".5", Size(SizeKind.CONTRACTS, 50), None),
        ("25@34", Size(SizeKind.CONTRACTS, 2500), 3400),
        ("5@9.4", Size(SizeKind.CONTRACTS, 500), 940),
        ("@9.", None, 900),
        ("@36", None, 3600),
        ("$50", Size(SizeKind.DOLLARS, 50_000_000), None),
        ("50%", Size(SizeKind.PERCENT, 5000), None),
        ("50%@40", Size(SizeKind.PERCENT, 5000), 4000),
        ("", None, None),
        ("$", None, None),
        ("10.", Size(SizeKind.CONTRACTS, 1000), None),
    ],
)
def test_the_prefix_reads_as_it_is_typed(text: str, size: Size | None, price: int | None) -> None:
    prefix = typed(text)
    assert prefix.size == size
    assert prefix.price == price


@pytest.mark.parametrize(
    "text", ["2.555", "10@9@", "1..", "10$", "%", "$5%", "@100", "5@9.411", "b", "1 "]
)
def test_a_bad_token_is_refused_at_the_key(text: str) -> None:
    with pytest.raises(TicketError) as refused:
        typed(text)
    assert str(refused.value).endswith(".")


def test_a_price_off_the_grid_is_refused_at_the_key_and_names_its_neighbours() -> None:
    assert typed("5@9.4", grid=TAPERED).price == 940
    with pytest.raises(TicketError, match="10 and 11"):
        typed("5@10.5", grid=TAPERED)
    assert typed("5@10", grid=TAPERED).price == 1000


@given(st.text(alphabet="0123456789.$%@", max_size=12))
def test_what_the_prefix_accepts_it_can_also_read(text: str) -> None:
    prefix = Prefix()
    for key in text:
        try:
            prefix = prefix.typed(key)
        except TicketError:
            continue
        assert prefix.erased().text == prefix.text[:-1]
        size, price = prefix.size, prefix.price
        assert size is None or size.value >= 0
        assert price is None or 0 <= price < 10_000


@given(
    st.sampled_from(Action),
    st.sampled_from(Outcome),
    st.sampled_from(Outcome),
    st.integers(1, 9_999).map(Price),
    st.integers(1, 10**7).map(Count),
)
def test_FG07_words_to_book_and_back_is_the_identity(
    action: Action, outcome: Outcome, other: Outcome, price: Price, count: Count
) -> None:
    draft = Draft(TICKER, action, outcome, price, count)
    assert draft_of(draft.terms, outcome) == draft
    assert draft.seen_as(other).terms == draft.terms
    assert draft.seen_as(other).seen_as(outcome) == draft


def test_buying_no_at_q_is_an_ask_at_one_minus_q() -> None:
    terms = Draft(TICKER, Action.BUY, Outcome.NO, Price(6200), Count(1000)).terms
    assert (terms.side, terms.price) == (BookSide.ASK, 3800)


def test_a_bid_below_the_ask_rests_behind_the_queue() -> None:
    seen = preview(buy(3600, 1000, post_only=True))
    assert (seen.fills, seen.rests, seen.queue) == (0, 1000, 45_050)
    assert (seen.cost, seen.fee, seen.max_win) == (3_600_000, 0, 6_400_000)
    assert seen.refusal is None
    assert not seen.crosses


def test_a_bid_at_the_ask_fills_and_says_the_fee() -> None:
    seen = preview(buy(3800, 1000, time_in_force=TimeInForce.IOC))
    assert (seen.fills, seen.rests, seen.dropped) == (1000, 0, 0)
    assert seen.average == 3800
    assert seen.fee == 164_920 + 100
    assert seen.cost == 3_800_000 + seen.fee
    assert seen.max_loss == seen.cost
    assert seen.position_after == 1000


def test_a_large_bid_walks_the_levels_and_the_rest_is_dropped_or_rests() -> None:
    book = ladder(asks=levels((3800, 9_500), (3900, 500)))
    ioc = preview(buy(3900, 12_000, time_in_force=TimeInForce.IOC), book)
    assert (ioc.fills, ioc.rests, ioc.dropped) == (10_000, 0, 2_000)
    gtc = preview(buy(3900, 12_000), book)
    assert (gtc.fills, gtc.rests, gtc.dropped) == (10_000, 2_000, 0)
    assert gtc.average == 3805


def test_fok_fills_whole_or_not_at_all() -> None:
    seen = preview(buy(3800, 9_501, time_in_force=TimeInForce.FOK))
    assert (seen.fills, seen.rests, seen.dropped) == (0, 0, 9_501)
    seen = preview(buy(3800, 9_500, time_in_force=TimeInForce.FOK))
    assert (seen.fills, seen.dropped) == (9_500, 0)


def test_selling_what_is_held_brings_cash_in() -> None:
    held = ladder(position=Count(4_000), position_cost=Money(13_680_000))
    sell = Draft(TICKER, Action.SELL, Outcome.YES, Price(3700), Count(4_000))
    seen = preview(sell, held)
    assert (seen.closes, seen.opens, seen.fills) == (4_000, 0, 4_000)
    assert seen.cost < 0
    assert -seen.cost == 40 * 370_000 - seen.fee
    assert seen.position_after == 0


def test_an_order_that_closes_and_opens_says_both() -> None:
    held = ladder(position=Count(400))
    sell = Draft(TICKER, Action.SELL, Outcome.YES, Price(4100), Count(1_000))
    seen = preview(sell, held)
    assert (seen.closes, seen.opens, seen.rests) == (400, 600, 1_000)
    assert seen.cost == 6 * 590_000 - 4 * 410_000
    assert seen.position_after == -600


def test_the_same_order_in_either_words_previews_alike() -> None:
    yes = preview(Draft(TICKER, Action.SELL, Outcome.YES, Price(3700), Count(500)))
    no = preview(Draft(TICKER, Action.BUY, Outcome.NO, Price(6300), Count(500)))
    assert (yes.cost, yes.fee, yes.max_win, yes.fills) == (no.cost, no.fee, no.max_win, no.fills)
    assert yes.terms == no.terms


def test_crossing_an_own_order_is_said() -> None:
    own = OwnLevel(Price(3800), BookSide.ASK, Count(500), 1, Count(0), False, False)
    assert preview(buy(3800, 1000), ladder(own=(own,))).own_crossed == 3800
    assert preview(buy(3700, 1000), ladder(own=(own,))).own_crossed is None


def test_an_unknown_fee_is_said_and_not_guessed() -> None:
    shown = ladder(market=market(fees=FeeSchedule(FeeType.FLAT)))
    seen = preview(buy(3800, 1000), shown)
    assert not seen.fee_known
    assert not preview(buy(3800, 1000), ladder(market=market(fees_known=False))).fee_known


def test_the_preview_carries_the_gates_refusal() -> None:
    seen = preview(buy(3600, 1000), ladder(status=BookStatus.STALE, reason="a gap"))
    assert seen.refusal is not None
    assert "a gap" in seen.refusal.text


def test_fifty_dollars_never_spend_more_than_fifty_dollars() -> None:
    shown = ladder()
    count = ticket.contracts(Size(SizeKind.DOLLARS, 50_000_000), BookSide.BID, Price(3800), shown)
    seen = preview(buy(3800, count, time_in_force=TimeInForce.IOC), shown)
    assert seen.cost <= 50_000_000
    more = ladder(asks=levels((3800, 1_000_000)))
    assert preview(buy(3800, count + 1), more).cost > 50_000_000


def test_half_the_position_is_rounded_down() -> None:
    held = ladder(position=Count(-2_835))
    assert ticket.contracts(Size(SizeKind.PERCENT, 5_000), BookSide.BID, Price(3800), held) == 1_417
    with pytest.raises(TicketError, match="no position"):
        ticket.contracts(Size(SizeKind.PERCENT, 5_000), BookSide.BID, Price(3800), ladder())


@given(
    st.lists(
        st.tuples(st.integers(1, 99), st.integers(1, 10**5)), max_size=8, unique_by=lambda x: x[0]
    ),
    st.integers(1, 99),
    st.integers(1, 10**5),
    st.integers(-(10**5), 10**5),
    st.sampled_from(TimeInForce),
    st.sampled_from(Action),
)
def test_every_contract_is_accounted_for(
    book: list[tuple[int, int]],
    cents: int,
    count: int,
    position: int,
    tif: TimeInForce,
    action: Action,
) -> None:
    sides = sorted((cent * 100, size) for cent, size in book)
    half = len(sides) // 2
    shown = ladder(
        bids=levels(*reversed(sides[:half])), asks=levels(*sides[half:]), position=Count(position)
    )
    draft = Draft(TICKER, action, Outcome.YES, Price(cents * 100), Count(count), tif)
    seen = preview(draft, shown)
    assert seen.fills + seen.rests + seen.dropped == count
    assert seen.closes + seen.opens == seen.fills + seen.rests
    assert seen.closes <= abs(position)
    assert seen.max_win + seen.cost == seen.opens * 10_000
    assert min(seen.fills, seen.rests, seen.dropped, seen.fee) >= 0


@pytest.mark.parametrize(("text", "price"), [("36", 3600), ("9.4", 940), ("0.05", 5)])
def test_prices_of_the_command_line_are_cents(text: str, price: int) -> None:
    assert ticket.read_price(text) == price


@pytest.mark.parametrize("text", ["", "100", "-1", "9.411", "3,6", "x"])
def test_other_prices_are_refused(text: str) -> None:
    with pytest.raises(TicketError, match="cents"):
        ticket.read_price(text)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("10", Size(SizeKind.CONTRACTS, 1000)),
        ("$50", Size(SizeKind.DOLLARS, 50_000_000)),
        ("50%", Size(SizeKind.PERCENT, 5000)),
    ],
)
def test_sizes_of_the_command_line(text: str, size: Size) -> None:
    assert ticket.read_size(text) == size
    assert ticket.size_words(size)


@pytest.mark.parametrize("text", ["", "x", "$", "%", "1.234", "-5"])
def test_other_sizes_are_refused(text: str) -> None:
    with pytest.raises(TicketError, match="size"):
        ticket.read_size(text)
