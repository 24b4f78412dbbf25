"""What a key may do: its scopes, its sub-account and how long its region lasts.

Owns the body of `GET /api_keys` and what its scopes allow. Decides nothing.
Source: openapi.yaml `ApiKey`, `ApiKeyScope`, `GetApiKeysResponse`.
"""

from dataclasses import dataclass

from msgspec import Struct

from kalshi_tui.api.decode import read_body
from kalshi_tui.api.transport import Transport
from kalshi_tui.core.text import clean_title

PATH = "/api_keys"
_READ, _WRITE = "read", "write"
_TRADE, _TRANSFER = "write::trade", "write::transfer"


class _KeyBody(Struct, frozen=True):
    api_key_id: str
    name: str = ""
    scopes: list[str] | None = None
    subaccount: int | None = None


class _KeysAnswer(Struct, frozen=True):
    api_keys: list[_KeyBody]
    api_key_region_expiration_ts: int | None = None


@dataclass(frozen=True, slots=True)
class Grants:
    """What the exchange lets a key do."""

    name: str
    """The owner's name for the key, cleaned."""
    scopes: tuple[str, ...]
    subaccount: int | None
    """The only sub-account it may use; None where it may use all."""
    region_until_s: int | None
    """Unix seconds when the attestation of the place ends; None where there never was one."""

    @property
    def may_read(self) -> bool:
        return _READ in self.scopes

    @property
    def may_trade(self) -> bool:
        return _WRITE in self.scopes or _TRADE in self.scopes

    @property
    def may_transfer(self) -> bool:
        """True for a key that can move money: more than trading needs."""
        return _WRITE in self.scopes or _TRANSFER in self.scopes


def decode_grants(body: bytes, key_id: str) -> Grants | None:
    """Return what the key `key_id` may do, None where the answer does not list it.

    Raises `BodyError`.
    """
    answer = read_body(body, _KeysAnswer)
    for each in answer.api_keys:
        if each.api_key_id == key_id:
            return Grants(
                name=clean_title(each.name),
                scopes=tuple(clean_title(scope) for scope in each.scopes or ()),
                subaccount=each.subaccount,
                region_until_s=answer.api_key_region_expiration_ts,
            )
    return None


async def read_grants(transport: Transport, key_id: str) -> Grants | None:
    """Ask the exchange what `key_id` may do. Raises as `Transport.read` does, and `BodyError`."""
    return decode_grants(await transport.read(PATH), key_id)
