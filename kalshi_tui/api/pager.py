"""Every listing read page by page to its proven end.

Sans-IO: gives the query of the next page, takes the page's body. Knows for each endpoint which key
holds its list, for the first list in the object is the wrong one on two of them. A scan that does
not end properly raises: an incomplete scan must never look like a complete one.
Source: openapi.yaml, list endpoints; recorded cursors (a garbage cursor answers page 1 with 200).
"""

import hashlib
from dataclasses import dataclass

import msgspec

from kalshi_tui.api.decode import read_body
from kalshi_tui.api.errors import BodyError, ScanError

PAGE_CAP = 1_000
"""Pages after which a scan is given up: a million items."""


@dataclass(frozen=True, slots=True)
class ListEndpoint:
    """A list endpoint: path below the base, the key of its items, the most items of a page."""

    path: str
    key: str
    page_size: int
    cursor_key: str = "cursor"


MARKETS = ListEndpoint("/markets", "markets", 1_000)
EVENTS = ListEndpoint("/events", "events", 200)
TRADES = ListEndpoint("/markets/trades", "trades", 1_000)
ORDERS = ListEndpoint("/portfolio/orders", "orders", 1_000)
FILLS = ListEndpoint("/portfolio/fills", "fills", 1_000)
ARCHIVED_ORDERS = ListEndpoint("/historical/orders", "orders", 1_000)
ARCHIVED_FILLS = ListEndpoint("/historical/fills", "fills", 1_000)
POSITIONS = ListEndpoint("/portfolio/positions", "market_positions", 1_000)
SETTLEMENTS = ListEndpoint("/portfolio/settlements", "settlements", 1_000)
DEPOSITS = ListEndpoint("/portfolio/deposits", "deposits", 500)
WITHDRAWALS = ListEndpoint("/portfolio/withdrawals", "withdrawals", 500)
OLD_FILLS = ListEndpoint("/historical/fills", "fills", 1_000)
OLD_ORDERS = ListEndpoint("/historical/orders", "orders", 1_000)
OLD_POSITIONS = ListEndpoint("/historical/positions", "market_positions", 1_000)
OLD_TRADES = ListEndpoint("/historical/trades", "trades", 1_000)
OLD_MARKETS = ListEndpoint("/historical/markets", "markets", 1_000)


class Pager:
    """One scan. Ask `query`, send it, give the body to `receive`, until `query` is None.

    A page may hold fewer items than asked, or none: only a missing cursor is the end.
    """

    def __init__(
        self,
        endpoint: ListEndpoint,
        params: dict[str, str] | None = None,
        cap: int = PAGE_CAP,
        cursor: str = "",
    ) -> None:
        """`cursor` takes up a scan where another one stood.

        Raises `ValueError` for a `limit` that the endpoint refuses (it never clamps).
        """
        self.endpoint = endpoint
        self.pages = 0
        self.items = 0
        self._params = {"limit": str(endpoint.page_size), **(params or {})}
        limit = self._params["limit"]
        if not (limit.isdecimal() and 1 <= int(limit) <= endpoint.page_size):
            raise ValueError(f"{endpoint.path} gives 1 to {endpoint.page_size} items a page.")
        self._cap = cap
        self._seen: set[str] = {cursor} if cursor else set()
        self._contents: set[bytes] = set()
        self._query: dict[str, str] | None = dict(self._params)
        if cursor:
            self._query[endpoint.cursor_key] = cursor

    @property
    def query(self) -> dict[str, str] | None:
        """The query of the next page, or None when the scan is complete."""
        return self._query

    @property
    def cursor(self) -> str:
        """Where the scan stands: what a later scan goes on from. Empty at both ends."""
        return (self._query or {}).get(self.endpoint.cursor_key, "")

    def receive(self, body: bytes) -> tuple[msgspec.Raw, ...]:
        """Take one page's body and return its items, undecoded.

        Raises `BodyError` where the list is not there, `ScanError` where pages repeat or never end.
        The scan then stays where it was.
        """
        page = read_body(body, dict[str, msgspec.Raw])
        if self.endpoint.key not in page:
            raise BodyError(f"The answer has no list named {self.endpoint.key!r}.")
        listed = page[self.endpoint.key]
        items = read_body(listed, list[msgspec.Raw] | None)  # type: ignore[arg-type]
        cursor = read_body(page.get(self.endpoint.cursor_key, msgspec.Raw(b"null")), str | None)  # type: ignore[arg-type]
        self.pages += 1
        self._turn(cursor, hashlib.sha256(listed).digest() if items else b"")
        self.items += len(items or ())
        return tuple(items or ())

    def _turn(self, cursor: str | None, content: bytes) -> None:
        # A cursor that means nothing is answered with the first page, under a cursor that may be
        # new each time: then only what the page holds tells.
        if content in self._contents:
            raise ScanError(f"The listing of {self.endpoint.key} goes round in circles.")
        if cursor:
            if cursor in self._seen:
                raise ScanError(f"The listing of {self.endpoint.key} goes round in circles.")
            if self.pages >= self._cap:
                raise ScanError(
                    f"The listing of {self.endpoint.key} has more than {self._cap} pages."
                )
            self._seen.add(cursor)
        if content:
            self._contents.add(content)
        self._query = {**self._params, self.endpoint.cursor_key: cursor} if cursor else None
