"""A scripted desk: the same methods as the real one, a record of every call, and a believable book.

It decides nothing: a test puts the views on the screen and reads what the screen asked for.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from kalshi_tui.core.book import Level
from kalshi_tui.core.effects import NoticeLevel, Notify
from kalshi_tui.core.environments import Environment, Mode, loopback_environment
from kalshi_tui.core.events import BookStatus, ConnectionState, Traded
from kalshi_tui.core.market import PUBLISHED_GRIDS, Market, MarketStatus
from kalshi_tui.core.orders import CancelState, OrderState, OrderTerms, TimeInForce
from kalshi_tui.core.risk import Limits
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.text import clean_title
from kalshi_tui.core.units import NO_COUNT, Count, Money, Price
from kalshi_tui.core.views import (
    FillRow,
    FillsView,
    LadderView,
    MarketRow,
    MarketsView,
    OrderRow,
    OrdersView,
    OwnLevel,
    Pane,
    PositionRow,
    PositionsView,
    StatusView,
    TapeView,
    View,
    ViewKey,
)
from kalshi_tui.session.mailbox import Delivery

FED = "KXFEDDEC-26DEC-C25"
HURRICANE = "KXHURNYC-26-CAT3"
SECOND = 1_000_000_000
WALL = 1_797_000_000 * SECOND
"""2026-12-11 14:40 UTC; every picture is taken at this moment."""
MONO = 5_000 * SECOND
DAY = 86_400 * SECOND

PRACTICE = loopback_environment(
    "http://127.0.0.1:1/trade-api/v2", "ws://127.0.0.1:1/trade-api/ws/v2"
)


def count(text: str) -> Count:
    """Read contracts such as "310.75"."""
    whole, _, rest = text.replace(",", "").partition(".")
    return Count(int(whole) * 100 + int(rest.ljust(2, "0") or "0"))


def cents(text: str) -> Price:
    """Read a price in cents such as "9.6"."""
    whole, _, rest = text.partition(".")
    return Price(int(whole) * 100 + int(rest.ljust(2, "0") or "0"))


def levels(text: str) -> tuple[Level, ...]:
    """Read "37x120 36x450.50"."""
    pairs = (part.split("x") for part in text.split())
    return tuple(Level(cents(price), count(size)) for price, size in pairs)


def market(ticker: str = FED, *, grid: str = "linear_cent", **more: object) -> Market:
    """Return a market that trades."""
    base = Market(
        ticker=ticker,
        event_ticker=ticker.rpartition("-")[0],
        title=clean_title(
            "Fed cuts 25bp in Dec?" if ticker == FED else "Cat-3+ hurricane hits NYC in 2026?"
        ),
        status=MarketStatus.ACTIVE,
        grid=PUBLISHED_GRIDS[grid],
        close_ns=WALL + 18 * DAY,
        fees_known=True,
        volume=count("48210"),
    )
    return replace(base, **more)  # type: ignore[arg-type]


def fed(**changes: object) -> LadderView:
    """Return the linear-cent market of the mock-up, with two own bids and an own ask."""
    view = LadderView(
        market=market(),
        status=BookStatus.LIVE,
        reason="",
        since_mono_ns=MONO,
        bids=levels(
            "37x120 36x450.50 35x1200 34x80.25 33x2500 32x600 31x75 30x3100.40 28x40 25x5000 20x900"
        ),
        asks=levels("38x95 39x310.75 40x1500 41x220 42x5000 43x40 44x2.50 45x800 48x1000 55x750"),
        own=(
            OwnLevel(cents("36"), BookSide.BID, count("10"), 1, count("300"), False, False),
            OwnLevel(cents("35"), BookSide.BID, count("25"), 1, count("410"), True, False),
            OwnLevel(cents("41"), BookSide.ASK, count("10"), 1, count("20"), False, False),
        ),
        last=Traded(FED, cents("38"), count("12"), BookSide.BID, "t1", WALL // 1_000_000 - 2_000),
        position=count("40"),
        position_cost=Money(40 * 342_000),
        revision=7,
    )
    return replace(view, **changes)  # type: ignore[arg-type]


def hurricane(**changes: object) -> LadderView:
    """Return a tapered market whose touch is in the tenth-cent zone."""
    view = LadderView(
        market=market(HURRICANE, grid="tapered_deci_cent"),
        status=BookStatus.LIVE,
        reason="",
        since_mono_ns=MONO,
        bids=levels("9.6x340 9.5x1200.50 9.4x75 9.3x5000 9.2x60.25 9x2500 8.8x410 8.5x10000 8x400"),
        asks=levels("9.8x210.25 9.9x1000 10x6400 11x2150 12x900.75 13x50 15x3000 18x9000 20x15000"),
        own=(),
        last=None,
        position=NO_COUNT,
        position_cost=Money(0),
        revision=3,
    )
    return replace(view, **changes)  # type: ignore[arg-type]


def status(**changes: object) -> StatusView:
    """Return a healthy status line."""
    view = StatusView(
        mode=Mode.CONFIRM,
        connection=ConnectionState.OPEN,
        connection_reason="",
        latency_ns=9_000_000,
        cash=Money(1_204_550_000),
        locked=Money(12_350_000),
        exchange_active=True,
        trading_active=True,
        mono_ns=MONO + 7 * SECOND,
        wall_ns=WALL,
        in_doubt=0,
    )
    return replace(view, **changes)  # type: ignore[arg-type]


def order(
    client_order_id: str,
    side: BookSide,
    price: str,
    size: str,
    *,
    ticker: str = FED,
    queue: str | None = None,
    state: OrderState = OrderState.RESTING,
) -> OrderRow:
    """Return one of our orders."""
    return OrderRow(
        client_order_id=client_order_id,
        order_id=f"exchange-{client_order_id}",
        ticker=ticker,
        side=side,
        price=cents(price),
        initial=count(size),
        filled=NO_COUNT,
        remaining=count(size),
        state=state,
        cancel=CancelState.NONE,
        time_in_force=TimeInForce.GTC,
        post_only=True,
        queue=count(queue) if queue is not None else None,
        queue_is_estimate=False,
        created_wall_ns=WALL - 40 * SECOND,
        detail="",
        external=False,
    )


def orders() -> OrdersView:
    """Return the three orders of the mock-up, newest first."""
    return OrdersView(
        live=(
            order("one", BookSide.BID, "36", "10", queue="300"),
            order("two", BookSide.BID, "35", "25", queue="410"),
            order("three", BookSide.ASK, "41", "10", queue="20"),
        ),
        done=(),
    )


def fill(trade: str, side: BookSide, price: str, size: str, fee: int, ago_s: int) -> FillRow:
    """Return one of our fills."""
    return FillRow(
        trade, "exchange-x", FED, side, cents(price), count(size), Money(fee), True,
        WALL // 1_000_000 - ago_s * 1_000,
    )  # fmt: skip


def tape() -> TapeView:
    """Return six public trades."""
    found = (
        ("38", "12", BookSide.BID, 2),
        ("37", "5.50", BookSide.ASK, 9),
        ("38", "100", BookSide.BID, 27),
        ("37", "0.75", BookSide.ASK, 55),
        ("37", "20", BookSide.ASK, 72),
        ("38", "1", BookSide.BID, 96),
    )
    return TapeView(
        FED,
        tuple(
            Traded(FED, cents(price), count(size), side, f"t{ago}", WALL // 1_000_000 - ago * 1_000)
            for price, size, side, ago in found
        ),
    )


def markets() -> MarketsView:
    """Return what the finder lists."""
    listed = (
        (FED, "Fed cuts 25bp in Dec?", "37", "38", "40"),
        ("KXFEDDEC-26DEC-C50", "Fed cuts 50bp in Dec?", "4", "5", "0"),
        ("KXFEDDEC-26DEC-H0", "Fed holds in Dec?", "57", "58", "0"),
        (HURRICANE, "Cat-3+ hurricane hits NYC in 2026?", "9.6", "9.8", "0"),
        ("KXRAINNYC-26DEC12", "Rain in New York on Dec 12?", "88", "90", "-50"),
    )
    return MarketsView(
        tuple(
            MarketRow(
                market=market(ticker, title=title),
                bid=cents(bid),
                ask=cents(ask),
                last=cents(bid),
                volume=count("48210"),
                position=Count(-count(held[1:])) if held.startswith("-") else count(held),
            )
            for ticker, title, bid, ask, held in listed
        )
    )


def scene() -> dict[ViewKey, View]:
    """Return every view of a session in the middle of the day."""
    return {
        (Pane.STATUS, ""): status(),
        (Pane.LADDER, FED): fed(),
        (Pane.ORDERS, ""): orders(),
        (Pane.POSITIONS, ""): PositionsView(
            (
                PositionRow(
                    FED, count("40"), Money(13_680_000), Money(0), Money(630_000),
                    cents("37"), cents("38"),
                ),
            )
        ),
        (Pane.FILLS, ""): FillsView(
            (
                fill("f1", BookSide.BID, "34", "15", 240_000, 118),
                fill("f2", BookSide.BID, "34.32", "25", 390_000, 119),
            )
        ),
        (Pane.TAPE, FED): tape(),
        (Pane.MARKETS, ""): markets(),
    }  # fmt: skip


class ScriptedDesk:
    """What the screen talks to in tests. `calls` lists (method, arguments) in order."""

    def __init__(
        self,
        views: dict[ViewKey, View] | None = None,
        *,
        environment: Environment = PRACTICE,
        limits: Limits | None = None,
    ) -> None:
        self.environment = environment
        self.limits = limits or Limits()
        self.calls: list[tuple[str, object]] = []
        self.confirmed: list[frozenset[str]] = []
        """What each order, change or reversal was sent in spite of."""
        self._wake: Callable[[], None] = lambda: None
        self._views: dict[ViewKey, View] = scene() if views is None else dict(views)
        self._notices: list[Notify] = []
        self.now: dict[ViewKey, View] = dict(self._views)

    # What the tests use.

    def show(self, *changes: tuple[ViewKey, View], notices: Sequence[Notify] = ()) -> None:
        """Put new views and notices on the screen."""
        self._views.update(changes)
        self.now.update(changes)
        self._notices.extend(notices)
        self._wake()

    def say(self, text: str, level: NoticeLevel = NoticeLevel.INFO) -> None:
        """Put one line into the log."""
        self.show(notices=[Notify(level, text, WALL)])

    def ladder(self, **changes: object) -> None:
        """Change the book on the ladder."""
        self.show(((Pane.LADDER, FED), fed(**changes)))

    @property
    def placed(self) -> list[OrderTerms]:
        """The orders asked for so far."""
        return [terms for name, terms in self.calls if name == "place" and
                isinstance(terms, OrderTerms)]  # fmt: skip

    @property
    def asked(self) -> list[str]:
        """The names of the calls so far, watching left out."""
        return [name for name, _ in self.calls if name not in ("watch", "start", "close")]

    # What the screen uses.

    def start(self, wake: Callable[[], None]) -> None:
        self.calls.append(("start", None))
        self._wake = wake
        wake()

    def take(self) -> Delivery:
        delivery = Delivery(dict(self._views), tuple(self._notices))
        self._views.clear()
        self._notices.clear()
        return delivery

    def watch(self, ticker: str) -> None:
        self.calls.append(("watch", ticker))

    def place(self, terms: OrderTerms, confirmed: frozenset[str] = frozenset()) -> str:
        self.calls.append(("place", terms))
        self.confirmed.append(confirmed)
        return f"client-{len(self.calls)}"

    def place_batch(self, orders: Sequence[OrderTerms]) -> tuple[str, ...]:
        self.calls.append(("place_batch", tuple(orders)))
        return tuple(f"client-{len(self.calls)}-{number}" for number in range(len(orders)))

    def amend(
        self,
        client_order_id: str,
        price: Price,
        count: Count,
        expires_s: int | None = None,
        confirmed: frozenset[str] = frozenset(),
    ) -> None:
        self.calls.append(("amend", (client_order_id, price, count, expires_s)))
        self.confirmed.append(confirmed)

    def decrease(self, client_order_id: str, remaining: Count) -> None:
        self.calls.append(("decrease", (client_order_id, remaining)))

    def resend(self, client_order_id: str, confirmed: frozenset[str] = frozenset()) -> None:
        self.calls.append(("resend", client_order_id))
        self.confirmed.append(confirmed)

    def abandon(self, client_order_id: str) -> None:
        self.calls.append(("abandon", client_order_id))

    def cancel(self, client_order_ids: Sequence[str]) -> None:
        self.calls.append(("cancel", tuple(client_order_ids)))

    def cancel_market(self, ticker: str, side: BookSide | None = None) -> None:
        self.calls.append(("cancel_market", (ticker, side)))

    def cancel_everything(self) -> None:
        self.calls.append(("cancel_everything", None))

    def cancel_last(self) -> None:
        self.calls.append(("cancel_last", None))

    def flatten(self, ticker: str) -> str:
        self.calls.append(("flatten", ticker))
        return f"client-{len(self.calls)}"

    def reverse(self, ticker: str, confirmed: frozenset[str] = frozenset()) -> str:
        self.calls.append(("reverse", ticker))
        self.confirmed.append(confirmed)
        return f"client-{len(self.calls)}"

    def kill(self) -> None:
        self.calls.append(("kill", None))

    def dead_man(self, on: bool) -> None:
        self.calls.append(("dead_man", on))

    def arm(self, mode: Mode, word: str = "") -> None:
        self.calls.append(("arm", (mode, word) if word else mode))

    def close(self, timeout: float = 3.0) -> None:
        self.calls.append(("close", timeout))
