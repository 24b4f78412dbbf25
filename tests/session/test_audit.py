"""A book is compared with REST only while both rest; a difference counts when there twice."""

from kalshi_tui.api.errors import ReadFailedError
from kalshi_tui.core.events import AuditSource, BookAudited, BookSnapshot, BookStatus
from kalshi_tui.core.units import Count
from kalshi_tui.core.views import LadderView
from kalshi_tui.session.audit import LOOKS, QUIET_S, Auditor
from tests.support.facts import ASKS, BIDS, TICKER, ladder

SAME = BookSnapshot(TICKER, BIDS, ASKS, 0, 0)
OTHER = BookSnapshot(TICKER, ((BIDS[0].price, Count(1)), *BIDS[1:]), ASKS, 0, 0)


class Stage:
    def __init__(self, *books: BookSnapshot) -> None:
        self.books = list(books)
        self.reads = 0
        self.slept: list[float] = []
        self.shown: LadderView | None = ladder()
        self.moves = False
        self.absorbed: list[BookAudited] = []
        self.auditor = Auditor(
            self, ladder=lambda: self.shown, absorb=self.absorbed.append, sleep=self.sleep
        )

    async def orderbook(self, ticker: str) -> BookSnapshot:
        self.reads += 1
        return self.books.pop(0) if len(self.books) > 1 else self.books[0]

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if self.moves and self.shown is not None:
            self.shown = ladder(revision=self.shown.revision + 1)


async def test_TB15_two_equal_quiet_sides_are_compared_once() -> None:
    stage = Stage(SAME)
    await stage.auditor.audit()
    assert stage.absorbed == [BookAudited(SAME, (), AuditSource.REST)]
    assert (stage.reads, stage.slept) == (2, [QUIET_S])


async def test_TB15_a_difference_is_handed_on_only_when_it_is_there_twice() -> None:
    stage = Stage(OTHER)
    await stage.auditor.audit()
    assert stage.absorbed == [BookAudited(OTHER, (), AuditSource.REST)]
    assert stage.reads == 4
    passing = Stage(OTHER, OTHER, SAME)
    await passing.auditor.audit()
    assert passing.absorbed == [BookAudited(SAME, (), AuditSource.REST)]


async def test_a_book_that_moves_is_not_compared() -> None:
    stage = Stage(OTHER)
    stage.moves = True
    await stage.auditor.audit()
    assert stage.absorbed == []
    assert len(stage.slept) == LOOKS


async def test_a_rest_side_that_moves_is_not_compared() -> None:
    stage = Stage(*[SAME, OTHER] * LOOKS, SAME)
    await stage.auditor.audit()
    assert stage.absorbed == []


async def test_only_a_live_book_is_audited() -> None:
    for shown in (None, ladder(status=BookStatus.STALE), ladder(status=BookStatus.DEGRADED)):
        stage = Stage(OTHER)
        stage.shown = shown
        await stage.auditor.audit()
        assert (stage.absorbed, stage.reads) == ([], 0)


async def test_an_outage_ends_no_audit_for_ever() -> None:
    stage = Stage(SAME)
    failures = 0

    async def orderbook(ticker: str) -> BookSnapshot:
        nonlocal failures
        failures += 1
        if failures < 3:
            raise ReadFailedError("No answer.")
        raise KeyboardInterrupt

    stage.orderbook = orderbook  # type: ignore[method-assign]
    try:
        await stage.auditor.run()
    except KeyboardInterrupt:
        assert failures == 3
