"""The practice control: truth, faults, time, and the states of markets and of the exchange.

It lies outside `/trade-api`, is not signed and exists only here: whoever drives a rehearsal uses
it, a client never needs it. Bad input gets 400 and one sentence.
Source: the project's command-line contract.
"""

from collections.abc import Awaitable, Callable, Mapping

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kalshi_tui.core.sides import BookSide
from kalshi_tui.practice import answers
from kalshi_tui.practice.clock import NORMAL_SPEED
from kalshi_tui.practice.faults import FaultError
from kalshi_tui.practice.marketdata import answer
from kalshi_tui.practice.venue import Venue

_NS_PER_MS = 1_000_000
_MAX_STEP_MS = 7 * 24 * 3_600_000


class ControlError(ValueError):
    """A control request that makes no sense. The message is one sentence."""


def truth(venue: Venue) -> dict[str, object]:
    """Return everything there is to know, in the wire's field names and strings."""
    return {
        "clock": venue.clock.now_ns() // _NS_PER_MS,
        "speed": _speed(venue),
        "markets": {
            ticker: {
                "status": listed.status.value,
                "clock": listed.clock,
                "yes": answers.level_pairs(listed.book, BookSide.BID),
                "no": answers.level_pairs(listed.book, BookSide.ASK),
            }
            for ticker, listed in venue.exchange.markets.items()
        },
        "accounts": {key_id: _account(venue, key_id) for key_id in venue.keys.key_ids},
    }


def _account(venue: Venue, key_id: str) -> dict[str, object]:
    account = venue.exchange.accounts[key_id]
    return {
        "cash": answers.cash(account.available()),
        "orders": [answers.order(each.report()) for each in venue.exchange.orders(key_id)],
        "positions": [answers.position(each) for each in account.positions()],
        "fills": [answers.fill(each) for each in reversed(account.fills)],
    }


def _speed(venue: Venue) -> int | msgspec.Raw:
    whole, rest = divmod(venue.clock.speed, NORMAL_SPEED)
    return msgspec.Raw(f"{whole}.{rest:03d}".rstrip("0").encode()) if rest else whole


class Control:
    """The control endpoints of one venue."""

    def __init__(self, venue: Venue, advance: Callable[[], Awaitable[None]]) -> None:
        """`advance` does everything that is due at the clock's new time."""
        self._venue = venue
        self._advance = advance

    def routes(self) -> list[Route]:
        """Return the endpoints below `/practice`."""
        return [
            Route("/practice/truth", self.truth, methods=["GET"]),
            Route("/practice/faults", self.add_fault, methods=["POST"]),
            Route("/practice/faults", self.clear_faults, methods=["DELETE"]),
            Route("/practice/faults/{fault_id}", self.clear_faults, methods=["DELETE"]),
            Route("/practice/clock", self.clock, methods=["POST"]),
            Route("/practice/market/{ticker}", self.market, methods=["POST"]),
            Route("/practice/exchange", self.exchange, methods=["POST"]),
        ]

    async def truth(self, request: Request) -> Response:
        """GET /practice/truth."""
        return answer(truth(self._venue))

    async def add_fault(self, request: Request) -> Response:
        """POST /practice/faults."""
        try:
            fault = self._venue.faults.switch_on(await _body(request), self._venue.clock.now_ns())
        except FaultError as error:
            raise ControlError(str(error)) from None
        await self._advance()
        return answer({"id": fault.fault_id}, 201)

    async def clear_faults(self, request: Request) -> Response:
        """DELETE /practice/faults[/id]."""
        fault_id = request.path_params.get("fault_id")
        cleared = self._venue.faults.switch_off(fault_id)
        if fault_id is not None and not cleared:
            return answer({"msg": f"There is no fault with the id {fault_id}."}, 404)
        return answer({"cleared": cleared})

    async def clock(self, request: Request) -> Response:
        """POST /practice/clock."""
        body = await _body(request)
        clock = self._venue.clock
        action = body.get("action")
        if action is None and "speed" in body:
            action = "resume"
        speed = _thousandths(body.get("speed"))
        if speed is not None:
            clock.run_at(speed)
        if action == "pause":
            clock.pause()
        elif action == "resume":
            clock.resume()
        elif action == "step":
            clock.step(_step_ms(body.get("ms")) * _NS_PER_MS)
        else:
            raise ControlError("action must be one of pause, resume, step.")
        await self._advance()
        return answer({"clock": clock.now_ns() // _NS_PER_MS, "speed": _speed(self._venue)})

    async def market(self, request: Request) -> Response:
        """POST /practice/market/{ticker}."""
        ticker = request.path_params["ticker"]
        exchange = self._venue.exchange
        actions: dict[str, Callable[[str, int], None]] = {
            "pause": exchange.pause_market,
            "reactivate": exchange.reactivate_market,
            "close": exchange.close_market,
        }
        action = (await _body(request)).get("action")
        if not isinstance(action, str) or action not in actions:
            raise ControlError(f"action must be one of {', '.join(actions)}.")
        now_ns = self._venue.begin()
        try:
            actions[action](ticker, now_ns)
        finally:
            self._venue.settle(now_ns)
        self._venue.on_wake()
        return answer({"ticker": ticker, "status": exchange.markets[ticker].status.value})

    async def exchange(self, request: Request) -> Response:
        """POST /practice/exchange."""
        body = await _body(request)
        exchange = self._venue.exchange
        for name in ("trading_active", "exchange_active"):
            value = body.get(name)
            if value is None:
                continue
            if not isinstance(value, bool):
                raise ControlError(f"{name} must be true or false.")
            setattr(exchange, name, value)
        return answer(
            {
                "trading_active": exchange.trading_active,
                "exchange_active": exchange.exchange_active,
            }
        )


async def _body(request: Request) -> Mapping[str, object]:
    data = await request.body()
    try:
        body = msgspec.json.decode(data or b"{}")
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ControlError("The body must be a JSON object.") from None
    if not isinstance(body, dict):
        raise ControlError("The body must be a JSON object.")
    return body


def _thousandths(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.001 <= value <= 1000:
        raise ControlError("speed must be a number from 0.001 to 1000.")
    return round(value * NORMAL_SPEED)


def _step_ms(value: object) -> int:
    if type(value) is not int or not 1 <= value <= _MAX_STEP_MS:
        raise ControlError(f"ms must be a whole number from 1 to {_MAX_STEP_MS}.")
    return value
