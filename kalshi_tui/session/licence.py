"""What the key of a session may do, watched while it trades.

Reads the key's scopes at the start and now and then, and listens to every refusal. A key that may
not trade, or no more, makes the session read-only, in words; one that is gone gives the socket up,
which is then refused once instead of being tried for ever. Sends nothing else.
Source: reliability FB08 (read-only key), FB09 (revoked), FB10 (attestation lapsed).
"""

from collections.abc import Callable

from kalshi_tui.api.auth import Signer
from kalshi_tui.api.diagnosis import Cause, cause_of, diagnose
from kalshi_tui.api.errors import BodyError, DeniedError, ReadFailedError
from kalshi_tui.api.grants import Grants, read_grants
from kalshi_tui.api.transport import Transport
from kalshi_tui.core.environments import Environment

_FORBIDDEN = 403


class Licence:
    """One key at one exchange. `restrict` makes the session read-only, `drop` ends its socket;
    both take the reason. Each cause is told once.
    """

    def __init__(
        self,
        environment: Environment,
        signer: Signer,
        line: Transport,
        *,
        restrict: Callable[[str], None],
        drop: Callable[[str], None],
    ) -> None:
        self._environment = environment
        self._signer = signer
        self._line = line
        self._restrict = restrict
        self._drop = drop
        self._told: set[Cause] = set()
        line.on_denied = self.refused

    @property
    def is_lost(self) -> bool:
        """True once the exchange no longer knows the key: asking again changes nothing."""
        return Cause.UNKNOWN_KEY in self._told

    async def read(self) -> None:
        """Ask what the key may do. Raises as `Transport.read` does."""
        try:
            grants = await read_grants(self._line, self._signer.key_id)
        except DeniedError as error:
            if error.status != _FORBIDDEN:
                raise
            # A key of narrow scopes may not ask; then the first refusal tells.
            return
        except BodyError as error:
            raise ReadFailedError(error.reason) from None
        if grants is not None:
            self._judge(grants)

    def _judge(self, grants: Grants) -> None:
        where, page = self._environment.word, self._environment.key_page
        if not grants.may_trade:
            scopes = ", ".join(grants.scopes) or "none"
            self._tell(
                Cause.SCOPE,
                f"The key may only read on {where} (its scopes: {scopes}); "
                f"for trading make one with write::trade{f' on {page}' if page else ''}.",
            )

    def refused(self, error: DeniedError) -> None:
        """Hear of a refusal of any request."""
        cause = cause_of(error)
        if cause not in (Cause.UNKNOWN_KEY, Cause.REGION):
            return
        found = diagnose(error, self._environment, self._signer)
        is_new = self._tell(cause, f"{found.detail} Resting orders may be live. {found.cure}")
        if is_new and cause is Cause.UNKNOWN_KEY:
            self._drop(found.detail)

    def _tell(self, cause: Cause, reason: str) -> bool:
        if cause in self._told:
            return False
        self._told.add(cause)
        self._restrict(reason)
        return True
