"""Asks an exchange about a key: whether it is accepted, what it may do, how fast, with what cash.

Reads only; nothing of the key is kept. Owns the words about what was found.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import httpx

from kalshi_tui.api import decode, schemas
from kalshi_tui.api.auth import Signer
from kalshi_tui.api.decode import read_body
from kalshi_tui.api.diagnosis import diagnose
from kalshi_tui.api.errors import ApiError, BodyError, DeniedError
from kalshi_tui.api.grants import Grants, read_grants
from kalshi_tui.api.limits import AccountLimits, Kind, RateLimits
from kalshi_tui.api.transport import Transport
from kalshi_tui.core.environments import Environment
from kalshi_tui.core.units import Money
from kalshi_tui.session.clock import Clock
from kalshi_tui.session.keys import KeyUnusableError

_NO_SCOPE = 403
_T = TypeVar("_T")
_SECOND_NS = 1_000_000_000


class KeyNotAcceptedError(KeyUnusableError):
    """The exchange did not take the key. The message says why, with the cure."""


class NoAnswerError(KeyUnusableError):
    """The exchange could not be asked, or not understood: nothing is known about the key."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What an exchange says about a key that it accepted."""

    limits: AccountLimits
    grants: Grants | None
    """None where the key may not ask what it may do."""
    cash: Money | None
    """None where the key may not read the balance."""

    @property
    def may_trade(self) -> bool | None:
        """Whether orders will be accepted; None where it is not known."""
        return self.grants.may_trade if self.grants else None

    def notes(self, wall_ns: int) -> tuple[str, ...]:
        """Return one sentence for each thing that the owner should know."""
        grants = self.grants
        if grants is None:
            return ("The key may not read its own scopes; whether it may trade is not known.",)
        found = []
        if not grants.may_trade:
            found.append("The key is read-only: everything is shown and nothing can be sent.")
        if not grants.may_read:
            found.append("The key has no `read`: books and positions will be missing; add it.")
        if grants.may_transfer:
            found.append(
                "The key can move money; `read` and `write::trade` are enough for trading."
            )
        if grants.subaccount is not None:
            found.append(f"The key is bound to sub-account {grants.subaccount}.")
        until = grants.region_until_s
        if until is not None and until * _SECOND_NS <= wall_ns:
            found.append(
                "The attestation of your location has ended; renew it on Kalshi's site: until then "
                "Sports, Elections and Entertainment are refused."
            )
        return tuple(found)


async def ask(
    environment: Environment,
    signer: Signer,
    clock: Clock,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Findings:
    """Sign three reads and return what they say. Raises `KeyNotAcceptedError` or `NoAnswerError`.

    `transport` stands in for the network in tests.
    """
    line = Transport(
        environment.rest_url,
        signer,
        RateLimits(),
        clock=clock.wall_ns,
        monotonic=clock.mono_ns,
        transport=transport,
    )
    failure: KeyUnusableError
    try:
        raw = await line.read("/account/limits")
        limits = decode.account_limits(read_body(raw, schemas.LimitsAnswer))
        grants = await _allowed(lambda: read_grants(line, signer.key_id))
        cash = await _allowed(lambda: _cash(line))
    except DeniedError as error:
        found = diagnose(error, environment, signer, line.offset.offset_ns)
        failure = KeyNotAcceptedError(f"{found.detail} {found.cure}")
    except BodyError as error:
        words = f"{environment.word} answered in a way that cannot be read: {error.reason}"
        failure = NoAnswerError(words)
    except ApiError as error:
        failure = NoAnswerError(f"{environment.word} could not be asked: {error.reason}")
    else:
        return Findings(limits, grants, cash)
    finally:
        await line.aclose()
    raise failure


async def _cash(line: Transport) -> Money:
    raw = await line.read("/portfolio/balance", kind=Kind.BALANCE)
    return decode.balance(read_body(raw, schemas.BalanceAnswer)).cash


async def _allowed(read: Callable[[], Awaitable[_T]]) -> _T | None:
    """Return what was read, None where the key's scopes do not allow it."""
    try:
        return await read()
    except DeniedError as error:
        if error.status != _NO_SCOPE:
            raise
    return None
