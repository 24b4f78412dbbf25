"""What the user does in a schedule: five orders, and whatever comes to mind about them.

Every command is one that the screen can give. Chance comes from the caller.
"""

import random
from collections.abc import Callable, Mapping

from kalshi_tui.core import commands as c
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.orders import OrderTerms, TimeInForce
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price
from tests.simulation.orders_checker import Row
from tests.simulation.orders_venue import SECOND
from tests.simulation.orders_wire import MARKETS

ORDERS = 5
Deed = tuple[float, Callable[[Mapping[str, Row]], "c.Command | None"]]
"""When, in seconds, and what; it may look at the screen first."""


class User:
    """The commands of one schedule, in their order."""

    def __init__(self, chances: random.Random, wall_ns: Callable[[], int]) -> None:
        self._chances = chances
        self._wall_ns = wall_ns
        self._ticker = "KXSIM-A"
        self._is_calm = False
        self.placed: list[c.Place] = []
        self.deeds = sorted(self._plan(), key=lambda deed: deed[0])

    def _plan(self) -> list[Deed]:
        chances, deeds = self._chances, list[Deed]()
        at, made = 1.5, 0
        while made < ORDERS:
            at += chances.expovariate(1 / 2.5) + 0.05
            size = 2 if made < ORDERS - 1 and chances.random() < 0.2 else 1
            names = tuple(f"c{made + n}" for n in range(size))
            made += size
            deeds.append((at, lambda _, names=names: self._place(names)))  # type: ignore[misc]
            if chances.random() < 0.15:
                deeds.append((at + chances.random(), lambda _: self._again()))
        verbs = (self._amend, self._amend, self._decrease, self._cancel, self._cancel, self._wide)
        for _ in range(chances.randrange(2, 8)):
            deeds.append((3 + chances.random() * 20, chances.choice(verbs)))
        for _ in range(6):
            deeds.append((4 + chances.random() * 24, self._second_thoughts))
        deeds += self._seldom()
        return deeds

    def _seldom(self) -> list[Deed]:
        chances, deeds = self._chances, list[Deed]()
        seldom: tuple[tuple[float, c.Command], ...] = (
            (0.12, c.Kill()),
            (0.10, c.Flatten("KXSIM-A", "f0")),
            (0.06, c.Reverse("KXSIM-A", "r0")),
            (0.10, c.DeadMan(True)),
            (0.15, c.Watch("KXSIM-B")),
        )
        for share, command in seldom:
            if chances.random() < share:
                deeds.append((2 + chances.random() * 20, lambda _, done=command: self._do(done)))  # type: ignore[misc]
        if chances.random() < 0.35:
            deeds += ((at, self._panic) for at in range(4, 24, 2))
        if chances.random() < 0.5:
            deeds.append((10 + chances.random() * 12, lambda _: c.Arm(Mode.CONFIRM)))
        return deeds

    def _do(self, command: c.Command) -> c.Command:
        if isinstance(command, c.Watch):
            self._ticker = command.ticker
        return command

    def _terms(self) -> OrderTerms:
        chances = self._chances
        side = chances.choice((BookSide.BID, BookSide.ASK))
        crosses = chances.random() < 0.25
        step = 100 * chances.randrange(0, 5)
        price = 5500 if side is BookSide.BID else 4500
        if not crosses:
            price = 4500 - step if side is BookSide.BID else 5500 + step
        tif = chances.choice((TimeInForce.GTC,) * 5 + (TimeInForce.IOC, TimeInForce.FOK))
        expires_s = None
        if tif is TimeInForce.GTC and chances.random() < 0.12:
            expires_s = self._wall_ns() // SECOND + chances.randrange(2, 25)
        return OrderTerms(
            ticker=self._ticker,
            side=side,
            price=Price(price),
            count=Count(100 * chances.randrange(1, 13)),
            time_in_force=tif,
            post_only=tif is TimeInForce.GTC and not crosses and chances.random() < 0.4,
            expires_s=expires_s,
        )

    def _place(self, names: tuple[str, ...]) -> c.Command:
        confirmed = (
            frozenset({"in_doubt", "repeat"}) if self._chances.random() < 0.6 else frozenset()
        )
        orders = tuple(c.Place(name, self._terms(), confirmed) for name in names)
        self.placed += orders
        return orders[0] if len(orders) == 1 else c.PlaceBatch(orders)

    def _again(self) -> "c.Command | None":
        """A double tap: the same ticket a second time."""
        return self.placed[-1] if self.placed else None

    def _pick(self, rows: Mapping[str, Row], *states: str) -> Row | None:
        found = [row for row in rows.values() if row.state in states]
        return self._chances.choice(found) if found else None

    def _amend(self, rows: Mapping[str, Row]) -> "c.Command | None":
        row = self._pick(rows, "resting")
        placed = {each.client_order_id: each for each in self.placed}
        if row is None or row.client_id not in placed:
            return None
        terms = placed[row.client_id].terms
        total = row.filled + row.remaining
        chances = self._chances
        price = terms.price if chances.random() < 0.5 else Price(terms.price + 100)
        count = Count(chances.choice((total, total - 100, total + 200)))
        expires_s = None
        if chances.random() < 0.25:
            expires_s = chances.choice((0, self._wall_ns() // SECOND + 20))
        return c.Amend(row.client_id, price, count, expires_s, frozenset({"in_doubt", "repeat"}))

    def _decrease(self, rows: Mapping[str, Row]) -> "c.Command | None":
        row = self._pick(rows, "resting")
        if row is None:
            return None
        return c.Decrease(row.client_id, Count(max(row.remaining - 200, 100)))

    def _cancel(self, rows: Mapping[str, Row]) -> "c.Command | None":
        row = self._pick(rows, "resting", "in doubt", "sending")
        return None if row is None else c.Cancel((row.client_id,))

    def _wide(self, _rows: Mapping[str, Row]) -> "c.Command | None":
        ticker = self._chances.choice(tuple(MARKETS))
        return self._chances.choice(
            (c.CancelLast(), c.CancelMarket(ticker, BookSide.BID), c.CancelEverything())
        )

    def _panic(self, rows: Mapping[str, Row]) -> "c.Command | None":
        """KILL, once, as soon as two orders rest."""
        if self._is_calm or sum(row.state == "resting" for row in rows.values()) < 2:
            return None
        self._is_calm = True
        return c.Kill()

    def _second_thoughts(self, rows: Mapping[str, Row]) -> "c.Command | None":
        """Send again what provably never arrived; sometimes give up what is in doubt."""
        row = self._pick(rows, "not sent", "proven absent")
        if row is not None:
            return c.Resend(row.client_id, frozenset({"in_doubt"}))
        row = self._pick(rows, "in doubt")
        return c.Abandon(row.client_id) if row and self._chances.random() < 0.1 else None


def asked_for(command: c.Command) -> set[str]:
    """Return the client order ids that a command may send."""
    match command:
        case c.Place() | c.Flatten():
            return {command.client_order_id}
        case c.PlaceBatch():
            return {each.client_order_id for each in command.orders}
        case c.Reverse():
            return {command.client_order_id, f"{command.client_order_id}-r"}
        case _:
            return set()
