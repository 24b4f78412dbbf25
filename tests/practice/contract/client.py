"""A client whose every answer is held against the specification."""

from collections.abc import Mapping
from typing import Any

import httpx
import msgspec

from tests.support.contract import Record
from tests.support.practice_bench import ROOT, Bench, Signer, terms

ORDERS = "/portfolio/events/orders"


class ContractClient:
    """Calls one bench; each answer is checked and recorded before it is returned."""

    def __init__(self, bench: Bench, record: Record | None) -> None:
        """Without a record the answers are read, not held against the specification."""
        self.bench = bench
        self.ann, self.bob = bench.ann, bench.bob
        self._record = record

    async def __call__(
        self,
        method: str,
        path: str,
        status: int,
        by: Signer | None = None,
        body: Mapping[str, object] | None = None,
    ) -> Any:
        """Call and return the decoded answer, which must have this status."""
        response = await self.bench.call(method, ROOT + path, by, body)
        assert response.status_code == status, f"{method} {path}: {response.text}"
        if self._record is not None:
            return check(self._record, method, path, response)
        return msgspec.json.decode(response.content) if response.content else None

    async def get(self, path: str, status: int = 200) -> Any:
        """Read as Ann."""
        return await self("GET", path, status, self.ann)

    async def place(self, status: int = 201, by: Signer | None = None, **changes: object) -> Any:
        """Create an order, by default Ann's."""
        return await self("POST", ORDERS, status, by or self.ann, terms(**changes))

    async def trade(self, count: str = "3.00") -> Any:
        """Ann buys YES at 52 cents from Bob; return her answer."""
        await self.place(by=self.bob, side="ask", price="0.52", count=count)
        return await self.place(price="0.60", count=count, time_in_force="immediate_or_cancel")


def check(record: Record, method: str, path: str, response: httpx.Response) -> Any:
    """Hold one answer against the specification; return its decoded body."""
    content = response.content
    value = msgspec.json.decode(content) if content else None
    record.check(method, path.partition("?")[0], response.status_code, content, value)
    return value
