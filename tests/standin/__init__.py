"""A practice exchange that stands in for demo or prod, for tests and for trying things out.

The only road is the `environments` argument of `session.build`: a record with the name, word and
rules of the real one and two addresses on this computer.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from kalshi_tui.api.auth import Signer, load_private_key
from kalshi_tui.core.environments import DEMO, KALSHI, PROD, Environment
from kalshi_tui.session.custody import Credential
from kalshi_tui.session.venue import OpenKey

KEY_IDS = {"demo": 0, "prod": 1}
"""Which of the exchange's accounts is the user's: another one for each environment."""


class Addresses(Protocol):
    """What a ready practice exchange says of itself."""

    @property
    def rest(self) -> str: ...

    @property
    def ws(self) -> str: ...


def stand_in(real: Environment, rest_url: str, socket_url: str) -> Environment:
    """Return the record of `real` at two addresses on this computer."""
    return replace(real, rest_url=rest_url, socket_url=socket_url)


def records(ready: Addresses) -> Mapping[str, Environment]:
    """Return demo and prod, both played by one practice exchange."""
    found = {each.name: stand_in(each, ready.rest, ready.ws) for each in (DEMO, PROD)}
    assert set(found) == set(KALSHI)
    return found


def key_from(environment: str, key_id: str, path: Path) -> OpenKey:
    """Return what opens the key of `environment`, whichever one is asked for."""

    def open_key(_: Environment) -> Credential:
        return Credential(
            environment, Signer(key_id, load_private_key(path.read_bytes())), "a test"
        )

    return open_key
