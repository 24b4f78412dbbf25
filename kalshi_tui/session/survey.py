"""An exchange looked at from here, for the doctor: road, clock, key, limits, feed.

Each step is a `Check` in words, whatever goes wrong. Signs reads only, prints what was signed and
never the key or the signature. Owns no words of the command line.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from kalshi_tui.api import decode, schemas
from kalshi_tui.api.auth import Signer
from kalshi_tui.api.decode import read_body
from kalshi_tui.api.diagnosis import UNAUTHORIZED, diagnose, skew_words
from kalshi_tui.api.errors import ApiError, DeniedError
from kalshi_tui.api.grants import Grants, read_grants
from kalshi_tui.api.limits import EndpointCosts, Kind, RateLimits
from kalshi_tui.api.reach import FirstAnswers, address, first_answers, resolve, secure
from kalshi_tui.api.socket import SocketError, open_socket
from kalshi_tui.api.transport import Transport
from kalshi_tui.core.environments import REST_PATH, Environment
from kalshi_tui.core.units import money_text
from kalshi_tui.session.clock import Clock
from kalshi_tui.session.doctor import Check, Verdict, failed, passed, warned

SKEW_WARN_S, SKEW_FAIL_S = 5, 30
"""The exchange refused stamps that were 30 s old, and took those of 10 s (kalshi-api §1.3)."""
SECOND, MILLI = 1_000_000_000, 1_000_000
_PROXIES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy")
_ORDERS = f"{REST_PATH}/portfolio/events/orders"


@dataclass
class Survey:
    """One look at one exchange. Call `road`, then `key` with a signer."""

    environment: Environment
    clock: Clock
    environ: Mapping[str, str]
    offset_ns: int = 0
    """How far the exchange's clock is ahead of ours, once `road` has measured it."""

    # The road

    async def road(self) -> list[Check]:
        """Look at names, encryption, proxies, the first answers and the clock."""
        checks = [self._proxy()]
        for what, url in (
            ("REST", self.environment.rest_url),
            ("feed", self.environment.socket_url),
        ):
            checks += await self._line(what, url)
        if any(check.verdict is Verdict.FAIL and "REST" in check.name for check in checks):
            return checks
        try:
            found = await first_answers(
                self.environment.rest_url, wall_ns=self.clock.wall_ns, mono_ns=self.clock.mono_ns
            )
        except ApiError as error:
            cure = "Wait and try again, or see Kalshi's status page."
            return [*checks, failed("REST", error.reason, cure)]
        trip = f"answers in {_milliseconds(found.best_ns)}"
        return [*checks, passed("REST", f"{self.environment.rest_host} {trip}"), self._clock(found)]

    def _proxy(self) -> Check:
        named = [name for name in _PROXIES if self.environ.get(name)]
        if not named:
            return passed("proxy", "none set")
        cure = "Where only the proxy leads out of this network, Kalshi cannot be reached."
        return warned("proxy", f"{named[0]} is set and not used: connections go direct", cure)

    async def _line(self, what: str, url: str) -> list[Check]:
        host, port, is_secure = address(url)
        cure = "Check the network connection, VPN and firewall."
        try:
            found = await resolve(host, port)
        except ApiError as error:
            return [failed(f"{what} name", error.reason, cure)]
        name = passed(f"{what} name", f"{host} is {found[0]}")
        if not is_secure:
            return [name, passed(f"{what} TLS", "not needed: it is on this computer")]
        try:
            version = await secure(host, port)
        except ApiError as error:
            return [name, failed(f"{what} TLS", error.reason, cure)]
        return [name, passed(f"{what} TLS", f"{version}, the certificate is trusted")]

    def _clock(self, found: FirstAnswers) -> Check:
        if not found.offset.is_known:
            return warned("clock", "the exchange told no time", "Try again in a moment.")
        self.offset_ns = found.offset.offset_ns
        off_s = abs(self.offset_ns) // SECOND
        detail = f"this computer's clock is {skew_words(self.offset_ns)}"
        cure = "Set the clock by network time; requests are signed with the exchange's until then."
        if off_s >= SKEW_FAIL_S:
            return failed("clock", detail, cure)
        if off_s >= SKEW_WARN_S:
            return warned("clock", detail, cure)
        return passed("clock", detail)

    # The key

    async def key(self, signer: Signer) -> list[Check]:
        """Look at signature, scopes, limits, costs and the feed's handshake."""
        line = Transport(
            self.environment.rest_url,
            signer,
            RateLimits(),
            clock=self._exchange_ns,
            monotonic=self.clock.mono_ns,
        )
        try:
            signature = await self._signature(line, signer)
            checks = [signature]
            if signature.verdict is not Verdict.FAIL:
                checks += [
                    await self._scopes(line, signer),
                    await self._limits(line),
                    await self._costs(line),
                ]
        finally:
            await line.aclose()
        return [*checks, await self._feed(signer)]

    def _exchange_ns(self) -> int:
        return self.clock.wall_ns() + self.offset_ns

    async def _signature(self, line: Transport, signer: Signer) -> Check:
        try:
            raw = await line.read("/portfolio/balance", kind=Kind.BALANCE)
            cash = money_text(decode.balance(read_body(raw, schemas.BalanceAnswer)).cash)
        except DeniedError as error:
            if error.status != UNAUTHORIZED:
                return warned(
                    "signature",
                    f"accepted: {line.signed}; the balance may not be read ({error.code})",
                    "Add the scope read to the key to see cash and positions.",
                )
            return self._refused("signature", error, signer, f"signed {line.signed}")
        except ApiError as error:
            return failed("signature", f"{error.reason} Signed: {line.signed}", "Try again.")
        return passed("signature", f"accepted: {line.signed}; cash {cash}")

    def _refused(self, name: str, error: DeniedError, signer: Signer, what: str) -> Check:
        found = diagnose(error, self.environment, signer, self.offset_ns)
        said = f"{what}; the exchange says {error.status} {error.detail or error.code}"
        return failed(name, f"{found.detail} ({said})", found.cure)

    async def _scopes(self, line: Transport, signer: Signer) -> Check:
        page = self.environment.key_page or "the exchange"
        try:
            grants = await read_grants(line, signer.key_id)
        except ApiError as error:
            cure = "Whether this key may trade shows with the first order."
            return warned("scopes", f"could not be read: {error.reason}", cure)
        if grants is None:
            return warned("scopes", "the exchange does not list this key", f"Look at {page}.")
        return _judged(grants, self._exchange_ns(), page)

    async def _limits(self, line: Transport) -> Check:
        try:
            raw = await line.read("/account/limits")
            limits = decode.account_limits(read_body(raw, schemas.LimitsAnswer))
        except ApiError as error:
            cure = "Until they can be read, the workstation keeps to the lowest tier's."
            return warned("limits", f"could not be read: {error.reason}", cure)
        return passed(
            "limits",
            f"tier {limits.tier}: {limits.read_refill:,} read and {limits.write_refill:,} write "
            f"tokens/s, {limits.read_capacity:,} and {limits.write_capacity:,} at once",
        )

    async def _costs(self, line: Transport) -> Check:
        try:
            raw = await line.read("/account/endpoint_costs")
            costs = decode.endpoint_costs(read_body(raw, schemas.CostsAnswer))
        except ApiError as error:
            cure = "Until they can be read, the workstation reckons with the published ones."
            return warned("costs", f"could not be read: {error.reason}", cure)
        return passed("costs", _cost_words(costs))

    async def _feed(self, signer: Signer) -> Check:
        begun = self.clock.mono_ns()
        try:
            link = await open_socket(
                self.environment.socket_url,
                lambda path: signer.headers("GET", path, self._exchange_ns() // MILLI),
            )
        except SocketError as error:
            if error.status == UNAUTHORIZED:
                denied = DeniedError(error.status, error.code, error.detail)
                return self._refused("feed", denied, signer, "WebSocket handshake")
            return failed("feed", error.reason, "Check that WebSockets pass firewall and VPN.")
        trip = _milliseconds(self.clock.mono_ns() - begun)
        await link.close()
        return passed("feed", f"{self.environment.socket_host} accepts the handshake in {trip}")


def _judged(grants: Grants, wall_ns: int, page: str) -> Check:
    scopes = ", ".join(grants.scopes) or "none"
    detail = scopes if grants.subaccount is None else f"{scopes}; sub-account {grants.subaccount}"
    until_s = grants.region_until_s
    if not grants.may_trade:
        cure = f"For trading make a key with write::trade on {page}; this one can only look."
        return warned("scopes", f"{detail}: read-only", cure)
    if until_s is not None and until_s * SECOND <= wall_ns:
        cure = f"Confirm where you are on {page}; until then some categories are refused."
        return warned("scopes", f"{detail}; the proof of location has lapsed", cure)
    if grants.may_transfer:
        cure = "read and write::trade are enough; a key that cannot move money is safer."
        return warned("scopes", f"{detail}: may also transfer money", cure)
    return passed("scopes", detail)


def _cost_words(costs: EndpointCosts) -> str:
    place = costs.cost("POST", _ORDERS)
    cancel = costs.cost("DELETE", f"{_ORDERS}/x")
    return f"placing an order {place} tokens, a cancel {cancel}, most else {costs.default}"


def _milliseconds(ns: int) -> str:
    return f"{ns // MILLI:,} ms"
