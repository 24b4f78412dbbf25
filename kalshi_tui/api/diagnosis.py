"""Why a signed request was refused, told apart by the exchange's own words, with what to do.

Owns the four recorded 401 bodies and their kin, and the test that a signature stands before itself:
only then is the private key to blame. Holds no key; signs one fixed, public message for the test.
Source: kalshi-api §1.2 (message), §1.4 (bodies); reliability FB05-FB10.
"""

from dataclasses import dataclass
from enum import Enum

from kalshi_tui.api.auth import Flaw, Signer
from kalshi_tui.api.errors import STAMP_EXPIRED, DeniedError
from kalshi_tui.core.environments import Environment

UNAUTHORIZED = 401
_SECOND_NS = 1_000_000_000


class Cause(Enum):
    """Why it was refused."""

    UNKNOWN_KEY = "unknown key id"
    WRONG_KEY = "wrong private key"
    PROGRAM = "signature wrong"
    CLOCK = "clock"
    UNSIGNED = "signature lost"
    SCOPE = "scope"
    REGION = "region"
    OTHER = "refused"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A cause and two sentences for the user: what it is, and what to do."""

    cause: Cause
    detail: str
    cure: str


_BY_WORD = {
    "NOT_FOUND": Cause.UNKNOWN_KEY,
    "INCORRECT_API_KEY_SIGNATURE": Cause.WRONG_KEY,
    STAMP_EXPIRED: Cause.CLOCK,
    "signature_is_missing_from_headers": Cause.UNSIGNED,
    "timestamp_is_missing_from_headers": Cause.UNSIGNED,
    "token_authentication_failure": Cause.UNSIGNED,
    "insufficient_permissions": Cause.SCOPE,
    "api_key_region_expired": Cause.REGION,
}
_FLAWS = {
    Flaw.QUERY: "the query was signed along with the path",
    Flaw.SALT: "the salt is not 32 bytes long",
    Flaw.OTHER: "it does not fit the message",
}


def cause_of(error: DeniedError) -> Cause:
    """Return why the exchange refused, by its words alone."""
    if error.status == UNAUTHORIZED or error.status == UNAUTHORIZED + 2:
        for word in (error.detail, error.code):
            if word in _BY_WORD:
                return _BY_WORD[word]
    return Cause.OTHER


def diagnose(
    error: DeniedError, environment: Environment, signer: Signer, offset_ns: int = 0
) -> Diagnosis:
    """Return what a refusal means. `offset_ns`: how far the exchange's clock is ahead of ours."""
    cause, where = cause_of(error), environment.word
    flaw = signer.flaw() if cause is Cause.WRONG_KEY else None
    if flaw is not None:
        return Diagnosis(
            Cause.PROGRAM,
            f"The signature fails this program's own test: {_FLAWS[flaw]}.",
            "This is a fault of the program, not of your key; please report it.",
        )
    detail, cure = _words(cause, environment, offset_ns)
    return Diagnosis(cause, detail or error.reason, cure or f"See {where}'s own page.")


def _words(cause: Cause, environment: Environment, offset_ns: int) -> tuple[str, str]:
    where, page = environment.word, environment.key_page or "its ready line"
    return {
        Cause.UNKNOWN_KEY: (
            f"This key id does not exist on {where}; keys are made per environment.",
            f"Copy the id of a {where} key from {page}, and add that key; one that was deleted "
            "there is gone for good.",
        ),
        Cause.WRONG_KEY: (
            f"The private key is not the one that belongs to this key id on {where}; the signature "
            "itself is sound (path without query, salt 32).",
            f"Add the private key that was made together with this id, or make a new pair on {page}"
            ".",
        ),
        Cause.CLOCK: (
            f"The signature's time is refused: this computer's clock is {skew_words(offset_ns)}.",
            "Set the clock by network time and try again.",
        ),
        Cause.UNSIGNED: (
            f"{where} received the request without its signature.",
            "Something between takes the headers away; try without VPN or proxy.",
        ),
        Cause.SCOPE: (
            "The key may not do this: its scopes are too narrow.",
            f"Make a key with the scopes read and write::trade on {page}.",
        ),
        Cause.REGION: (
            f"The proof of location that {where} asks for has lapsed: the key cannot trade.",
            f"Sign in on {page} and confirm where you are.",
        ),
        Cause.PROGRAM: ("", ""),
        Cause.OTHER: ("", f"Sign in on {page} and see whether account and key are in order."),
    }[cause]


def skew_words(offset_ns: int) -> str:
    """Return how far our clock is from the exchange's, in whole seconds and words."""
    seconds = (abs(offset_ns) + _SECOND_NS // 2) // _SECOND_NS
    if seconds == 0:
        return "right to the second"
    return f"{seconds:,} s {'slow' if offset_ns > 0 else 'fast'}"
