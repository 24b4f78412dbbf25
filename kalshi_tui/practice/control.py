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

from kalshi_tui.practice import rejections
from kalshi_tui.practice.clock import NORMAL_SPEED
from kalshi_tui.practice.faults import FaultError
from kalshi_tui.practice.interventions import InterventionError, intervene
from kalshi_tui.practice.marketdata import answer
from kalshi_tui.practice.policy import PolicyError
from kalshi_tui.practice.truth import speed, truth
from kalshi_tui.practice.venue import Venue

FASTEST = "max"
"""The speed of a clock that waits for nothing."""

_NS_PER_MS = 1_000_000
_NS_PER_DAY = 24 * 3_600 * 1_000_000_000
_MAX_STEP_MS = 7 * 24 * 3_600_000


class ControlError(ValueError):
    """A control request that makes no sense. The message is one sentence."""


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
        await self._advance()
        return answer({"cleared": cleared})

    async def clock(self, request: Request) -> Response:
        """POST /practice/clock."""
        body = await _body(request)
        clock = self._venue.clock
        action = body.get("action")
        if action is None and "speed" in body:
            action = "resume"
        wanted = body.get("speed")
        thousandths = None if wanted in (None, FASTEST) else _thousandths(wanted)
        if action not in ("pause", "resume", "step"):
            raise ControlError("action must be one of pause, resume, step.")
        step_ns = _step_ms(body.get("ms")) * _NS_PER_MS if action == "step" else 0
        if wanted == FASTEST:
            clock.unbind()
        elif thousandths is not None:
            clock.run_at(thousandths)
        if action == "pause":
            clock.pause()
        elif action == "resume":
            clock.resume()
        else:
            clock.step(step_ns)
        await self._advance()
        return answer({"clock": clock.now_ns() // _NS_PER_MS, "speed": speed(clock)})

    async def market(self, request: Request) -> Response:
        """POST /practice/market/{ticker}."""
        ticker = request.path_params["ticker"]
        body = await _body(request)
        markets = self._venue.exchange.markets
        if ticker not in markets:
            raise rejections.not_found()
        now_ns = self._venue.begin()
        try:
            intervene(self._venue, ticker, body, now_ns)
        except InterventionError as error:
            raise ControlError(str(error)) from None
        finally:
            self._venue.settle(now_ns)
        self._venue.on_wake()
        return answer({"ticker": ticker, "status": markets[ticker].status.value})

    async def exchange(self, request: Request) -> Response:
        """POST /practice/exchange: pauses, of one shard or of all, and the exchange's limits."""
        body = await _body(request)
        index = body.get("exchange_index")
        if index is not None and index not in self._venue.exchange.shards:
            shards = ", ".join(str(each) for each in self._venue.exchange.shards)
            raise ControlError(f"exchange_index must be one of {shards}.")
        trading = _flag(body, "trading_active")
        active = _flag(body, "exchange_active")
        now_ns = self._venue.begin()
        try:
            self._configure(body)
            shard = index if isinstance(index, int) else None
            if active is not None:
                self._venue.exchange.set_exchange(active, now_ns, shard)
            if trading is not None:
                self._venue.exchange.set_trading(trading, now_ns, shard)
        finally:
            self._venue.settle(now_ns)
        return answer(self._shown(0 if shard is None else shard))

    def _configure(self, body: Mapping[str, object]) -> None:
        """Set limits and habits. Raises `ControlError`; nothing changes then."""
        limits, days = self._venue.hub.limits, _limit(body, "live_window_days")
        markets, commands = _limit(body, "ws_market_limit"), _limit(body, "ws_command_limit")
        try:
            self._venue.policy.change(body)
        except PolicyError as error:
            raise ControlError(str(error)) from None
        self._venue.hindsight.lag_ms = self._venue.policy.read_lag_ms
        if markets is not None:
            limits.markets = markets
        if commands is not None:
            limits.commands = commands
        if days is not None:
            self._venue.exchange.live_window_ns = days * _NS_PER_DAY

    def _shown(self, index: int) -> dict[str, object]:
        exchange, limits = self._venue.exchange, self._venue.hub.limits
        return {
            "trading_active": exchange.is_trading(index),
            "exchange_active": exchange.is_open(index),
            "exchange_index_statuses": [
                {
                    "exchange_index": each,
                    "exchange_active": exchange.is_open(each),
                    "trading_active": exchange.is_trading(each),
                }
                for each in exchange.shards
            ],
            "ws_market_limit": limits.markets,
            "ws_command_limit": limits.commands,
            "live_window_days": exchange.live_window_ns // _NS_PER_DAY,
            **self._venue.policy.shown(),
        }


async def _body(request: Request) -> Mapping[str, object]:
    data = await request.body()
    try:
        body = msgspec.json.decode(data or b"{}")
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ControlError("The body must be a JSON object.") from None
    if not isinstance(body, dict):
        raise ControlError("The body must be a JSON object.")
    return body


def _thousandths(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.001 <= value <= 1000:
        raise ControlError(f'speed must be a number from 0.001 to 1000, or "{FASTEST}".')
    return round(value * NORMAL_SPEED)


def _step_ms(value: object) -> int:
    if type(value) is not int or not 1 <= value <= _MAX_STEP_MS:
        raise ControlError(f"ms must be a whole number from 1 to {_MAX_STEP_MS}.")
    return value


def _flag(body: Mapping[str, object], name: str) -> bool | None:
    value = body.get(name)
    if value is not None and not isinstance(value, bool):
        raise ControlError(f"{name} must be true or false.")
    return value


def _limit(body: Mapping[str, object], name: str) -> int | None:
    value = body.get(name)
    if value is None:
        return None
    if type(value) is not int or not 0 <= value <= 10**9:
        raise ControlError(f"{name} must be a whole number from 0 to {10**9}.")
    return value
