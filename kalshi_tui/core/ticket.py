"""From keys to an order: the pending prefix, the draft in the user's words, and its preview.

Owns the grammar `[size][@price]verb`, the translation between the user's words and the book, and
every figure that the strip and the ticket show before Enter. Sends nothing and checks limits only
through `core.risk`.
"""

import re
from dataclasses import dataclass, replace
from enum import Enum

from kalshi_tui.core import risk
from kalshi_tui.core.fees import ALIGNMENT_DIRECT, FeeSchedule, Role, trade_fee
from kalshi_tui.core.market import Market, TickGrid
from kalshi_tui.core.orders import OrderTerms, TimeInForce
from kalshi_tui.core.positions import leg_price, split
from kalshi_tui.core.sides import Action, BookSide, Outcome, action_on, book_side, yes_price
from kalshi_tui.core.units import (
    NO_COUNT,
    NO_MONEY,
    ONE_DOLLAR,
    Count,
    Money,
    Price,
    UnitError,
    complement,
    count_text,
    money_text,
    notional,
    parse_count,
    parse_money,
    price_text,
)
from kalshi_tui.core.views import LadderView


class TicketError(ValueError):
    """A key or text that makes no order. The message is one sentence with the cure."""


class SizeKind(Enum):
    """What the number before a verb counts."""

    CONTRACTS = "contracts"
    DOLLARS = "dollars"
    PERCENT = "percent of the position"


@dataclass(frozen=True, slots=True)
class Size:
    """A typed size before it is turned into contracts."""

    kind: SizeKind
    value: int
    """1/100 contract, micro-dollars, or 1/100 percent, by kind."""


_PREFIX = re.compile(
    r"(?P<dollar>\$)?(?P<size>\d{0,9}(?:\.\d{0,2})?)(?P<percent>%)?(?:(?P<at>@)(?P<price>\d{0,2}(?:\.\d{0,2})?))?",
    re.ASCII,
)
_KEYS = frozenset("0123456789.$%@")


@dataclass(frozen=True, slots=True)
class Prefix:
    """The pending text before a verb, legal after every key."""

    text: str = ""

    def typed(self, key: str, grid: TickGrid | None = None) -> "Prefix":
        """Return the prefix with one more key. Raises `TicketError` and changes nothing.

        With a grid, a price that no further key can make valid is refused at the key.
        """
        if key not in _KEYS:
            raise TicketError(f"{key!r} cannot be part of a size or a price.")
        longer = self.text + key
        match = _PREFIX.fullmatch(longer)
        if match is None or (match["dollar"] and match["percent"]):
            raise TicketError(_why_not(self.text, key))
        if match["percent"] and not match["size"]:
            raise TicketError("Type the number before %.")
        if grid is not None and match["price"] and not _can_become_valid(match["price"], grid):
            below, above = grid.neighbours(_cents(match["price"]))
            near = " and ".join(price_text(each) for each in (below, above) if each is not None)
            raise TicketError(f"{match['price']}c is not on the grid; nearest are {near}.")
        return Prefix(longer)

    def erased(self) -> "Prefix":
        """Return the prefix without its last key."""
        return Prefix(self.text[:-1])

    @property
    def size(self) -> Size | None:
        """The typed size, or None when only a price (or nothing) was typed."""
        match = _PREFIX.fullmatch(self.text)
        if match is None or not match["size"] or match["size"] == ".":
            return None
        text = match["size"].rstrip(".") or "0"
        text = f"0{text}" if text.startswith(".") else text
        if match["dollar"]:
            return Size(SizeKind.DOLLARS, parse_money(text))
        kind = SizeKind.PERCENT if match["percent"] else SizeKind.CONTRACTS
        return Size(kind, parse_count(text))

    @property
    def price(self) -> Price | None:
        """The typed price on the leg of the viewed outcome, or None."""
        match = _PREFIX.fullmatch(self.text)
        if match is None or not match["price"] or match["price"] == ".":
            return None
        return _cents(match["price"])


def _why_not(text: str, key: str) -> str:
    if key == "@" and "@" in text:
        return "There is a price already."
    if key in "$%" and "@" in text:
        return f"{key} belongs before @."
    if key == "$":
        return "$ comes first: $50 spends up to 50 dollars."
    if "@" in text:
        return "A price has at most 2 digits before and 2 after the point, in cents."
    return "A size has at most 9 digits before and 2 after the point."


def _cents(text: str) -> Price:
    whole, _, rest = text.partition(".")
    return Price(int(whole or "0") * 100 + int(rest.ljust(2, "0") or "0"))


def _can_become_valid(text: str, grid: TickGrid) -> bool:
    """True when `text` is a grid price in cents or the beginning of one's digits."""
    whole, point, rest = text.partition(".")
    if not point:
        # "1" may still become 10 or 1.5: any price that begins with these digits will do.
        return any(price_text(price).startswith(whole.lstrip("0") or "0") for price in grid.prices)
    step = 10 ** (2 - len(rest))
    low = int(whole or "0") * 100 + int(rest or "0") * step
    return any(low <= price < low + step for price in grid.prices)


def read_price(text: str) -> Price:
    """Read a price in cents, such as "36" or "9.4". Raises `TicketError`."""
    if not re.fullmatch(r"\d{1,2}(\.\d{1,2})?", text, re.ASCII):
        raise TicketError(f"{text[:32]!r} is not a price in cents between 0 and 100.")
    return _cents(text)


def read_size(text: str) -> Size:
    """Read a size such as "10", "2.5", "$50" or "50%". Raises `TicketError`."""
    try:
        if text.startswith("$"):
            return Size(SizeKind.DOLLARS, parse_money(text[1:]))
        if text.endswith("%"):
            return Size(SizeKind.PERCENT, parse_count(text[:-1]))
        return Size(SizeKind.CONTRACTS, parse_count(text))
    except UnitError:
        raise TicketError(
            f"{text[:32]!r} is not a size: type contracts (10, 2.5), dollars ($50) or 50%."
        ) from None


@dataclass(frozen=True, slots=True)
class Draft:
    """An order in the user's words. `price` is on the leg of `outcome`."""

    ticker: str
    action: Action
    outcome: Outcome
    price: Price
    count: Count
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    reduce_only: bool = False
    expires_s: int | None = None

    @property
    def terms(self) -> OrderTerms:
        """What will be sent: the same order on the YES book."""
        return OrderTerms(
            ticker=self.ticker,
            side=book_side(self.action, self.outcome),
            price=yes_price(self.price, self.outcome),
            count=self.count,
            time_in_force=self.time_in_force,
            post_only=self.post_only,
            reduce_only=self.reduce_only,
            expires_s=self.expires_s,
        )

    def seen_as(self, outcome: Outcome) -> "Draft":
        """Return the same order in the words of the other outcome."""
        if outcome is self.outcome:
            return self
        return replace(
            self,
            action=self.action.other,
            outcome=outcome,
            price=complement(self.price),
        )


def draft_of(terms: OrderTerms, outcome: Outcome) -> Draft:
    """Return terms in the words of `outcome`: the inverse of `Draft.terms`."""
    return Draft(
        ticker=terms.ticker,
        action=action_on(terms.side, outcome),
        outcome=outcome,
        price=yes_price(terms.price, outcome),
        count=terms.count,
        time_in_force=terms.time_in_force,
        post_only=terms.post_only,
        reduce_only=terms.reduce_only,
        expires_s=terms.expires_s,
    )


def contracts(size: Size, side: BookSide, price: Price, ladder: LadderView) -> Count:
    """Turn a typed size into contracts, rounding exits and spending down to 0.01.

    `price` is the YES price of the order. Dollars are the most to spend, fee included; percent is
    of the position in this market. Raises `TicketError`.
    """
    if size.kind is SizeKind.CONTRACTS:
        return Count(size.value)
    if size.kind is SizeKind.PERCENT:
        if ladder.position == 0:
            raise TicketError("There is no position here to take a percentage of.")
        return Count(abs(ladder.position) * size.value // 10_000)
    return _affordable(Money(size.value), leg_price(side, price), ladder.market)


def _affordable(budget: Money, leg: Price, market: Market) -> Count:
    def cost(count: int) -> int:
        fee = _taker_fee(market.fees, leg, Count(count))
        return notional(leg, Count(count)) + fee + (ALIGNMENT_DIRECT if fee else 0)

    low, high = 0, budget // max(leg, 1)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if cost(middle) <= budget else (low, middle - 1)
    if low == 0:
        raise TicketError("That does not buy a hundredth of a contract.")
    return Count(low)


def _taker_fee(fees: FeeSchedule, price: Price, count: Count) -> Money:
    return trade_fee(fees, Role.TAKER, price, count) if fees.is_known else NO_MONEY


@dataclass(frozen=True, slots=True)
class Preview:
    """What an order would do to the book and the account now; shared by strip and ticket."""

    draft: Draft
    terms: OrderTerms
    fills: Count
    """Contracts that would trade now against the book shown."""
    rests: Count
    """Contracts that would rest."""
    dropped: Count
    """Contracts that IOC or FOK would cancel."""
    average: Price | None
    """Average YES price of `fills`, rounded towards the worse price; None when none fill."""
    queue: Count
    """Contracts ahead of what rests."""
    closes: Count
    opens: Count
    cost: Money
    """Cash out for what fills and rests, fee included; negative when it brings cash in."""
    fee: Money
    """The most that fills now and later can cost in fees."""
    fee_known: bool
    """False where the fee formula is not published or not read yet."""
    max_win: Money
    """Profit of the opening part if it settles our way, after fees."""
    max_loss: Money
    position_after: Count
    own_crossed: Price | None
    """Price of an own order that this one would meet, or None."""
    refusal: risk.Refusal | None

    @property
    def crosses(self) -> bool:
        """True when at least a part would trade at once."""
        return self.fills > 0


def preview(
    draft: Draft,
    ladder: LadderView,
    now: risk.Situation,
    limits: risk.Limits,
    confirmed: frozenset[str] = frozenset(),
) -> Preview:
    """Return what `draft` would do against the ladder as shown, guards confirmed let pass."""
    terms = draft.terms
    fills, value, fee, matches = _walk(terms, ladder)
    remaining = terms.count - fills
    if terms.time_in_force is TimeInForce.FOK and remaining:
        fills, value, fee, matches, remaining = 0, 0, 0, 0, terms.count
    rests = remaining if terms.time_in_force is TimeInForce.GTC else 0
    taken = Count(fills + rests)
    parts = split(terms.side, taken, ladder.position)
    fee += _maker_bound(ladder.market.fees, terms.price, rests) + matches * ALIGNMENT_DIRECT
    gross = _gross(terms, Count(fills), Money(value), Count(rests), ladder.position)
    signed = taken if terms.side is BookSide.BID else -taken
    cost = Money(fee - gross)
    opening = notional(ONE_DOLLAR, parts.opens)
    return Preview(
        draft=draft,
        terms=terms,
        fills=Count(fills),
        rests=Count(rests),
        dropped=Count(remaining - rests),
        average=_average(terms.side, value, fills),
        queue=_queue(terms, ladder) if rests else NO_COUNT,
        closes=parts.closes,
        opens=parts.opens,
        cost=cost,
        fee=Money(fee),
        fee_known=ladder.market.fees_known and ladder.market.fees.is_known,
        max_win=Money(opening - cost),
        max_loss=Money(max(cost, 0)),
        position_after=Count(ladder.position + signed),
        own_crossed=_own_crossed(terms, ladder),
        refusal=risk.check(terms, now, limits, confirmed),
    )


def _walk(terms: OrderTerms, ladder: LadderView) -> tuple[int, int, int, int]:
    """Return (contracts, value at YES prices, model fee, levels) that would trade at once."""
    levels = ladder.asks if terms.side is BookSide.BID else ladder.bids
    left, value, fee, matches = int(terms.count), 0, 0, 0
    for price, size in levels:
        beyond = price > terms.price if terms.side is BookSide.BID else price < terms.price
        if beyond or left == 0:
            break
        taken = Count(min(left, size))
        left -= taken
        value += price * taken
        fee += _taker_fee(ladder.market.fees, price, taken)
        matches += 1
    return terms.count - left, value, fee, matches


def _maker_bound(fees: FeeSchedule, price: Price, count: int) -> int:
    if not count or not fees.is_known:
        return 0
    fee = trade_fee(fees, Role.MAKER, price, Count(count))
    return fee + ALIGNMENT_DIRECT if fee else 0


def _gross(terms: OrderTerms, fills: Count, value: Money, rests: Count, position: Count) -> Money:
    """Return the cash of fills and rest before fees: closing brings 1 - leg, opening costs leg.

    Summed over contracts both are the same line: each contract costs its leg price, and each
    closed pair pays back one dollar.
    """
    total = value + notional(terms.price, rests)
    taken = Count(fills + rests)
    legs = total if terms.side is BookSide.BID else notional(ONE_DOLLAR, taken) - total
    closed = split(terms.side, taken, position).closes
    return Money(notional(ONE_DOLLAR, closed) - legs)


def _average(side: BookSide, value: int, fills: int) -> Price | None:
    if not fills:
        return None
    return Price(-(-value // fills) if side is BookSide.BID else value // fills)


def _queue(terms: OrderTerms, ladder: LadderView) -> Count:
    levels = ladder.bids if terms.side is BookSide.BID else ladder.asks
    return next((size for price, size in levels if price == terms.price), NO_COUNT)


def _own_crossed(terms: OrderTerms, ladder: LadderView) -> Price | None:
    for own in ladder.own:
        if own.side is terms.side:
            continue
        if terms.side is BookSide.BID and own.price <= terms.price:
            return own.price
        if terms.side is BookSide.ASK and own.price >= terms.price:
            return own.price
    return None


def size_words(size: Size) -> str:
    """Return a typed size as the prefix line echoes it."""
    if size.kind is SizeKind.DOLLARS:
        return f"up to {money_text(Money(size.value))}"
    if size.kind is SizeKind.PERCENT:
        return f"{count_text(Count(size.value))}% of the position"
    return f"{count_text(Count(size.value))} contracts"
