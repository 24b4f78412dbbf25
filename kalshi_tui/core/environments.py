"""The environments: name, words and hosts of each, in one record.

Owns which hosts belong together. A split (REST of one, socket of another) cannot be expressed.
Source: openapi.yaml and asyncapi.yaml `servers`.
"""

from dataclasses import dataclass
from enum import Enum
from urllib.parse import urlsplit

REST_PATH = "/trade-api/v2"
SOCKET_PATH = "/trade-api/ws/v2"

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Mode(Enum):
    """How much the keyboard may do. Never stored: each session starts at the environment's own."""

    VIEW = "VIEW"
    CONFIRM = "CONFIRM"
    ONE_KEY = "ONE-KEY"


@dataclass(frozen=True, slots=True)
class Environment:
    """One exchange the program may talk to, with the words that name it on the screen."""

    name: str
    """`practice`, `demo` or `prod`: names files, keyring entries and the theme's colours."""
    word: str
    """What the status line says, in capitals."""
    rest_url: str
    socket_url: str
    start_mode: Mode
    real_money: bool

    @property
    def rest_host(self) -> str:
        return urlsplit(self.rest_url).hostname or ""

    @property
    def socket_host(self) -> str:
        return urlsplit(self.socket_url).hostname or ""


class EnvironmentRefusedError(ValueError):
    """An exchange that may not be used. The message is one sentence with the cure."""


DEMO = Environment(
    name="demo",
    word="DEMO",
    rest_url="https://external-api.demo.kalshi.co/trade-api/v2",
    socket_url="wss://external-api-ws.demo.kalshi.co/trade-api/ws/v2",
    start_mode=Mode.CONFIRM,
    real_money=False,
)
PROD = Environment(
    name="prod",
    word="PROD",
    rest_url="https://external-api.kalshi.com/trade-api/v2",
    socket_url="wss://external-api-ws.kalshi.com/trade-api/ws/v2",
    start_mode=Mode.VIEW,
    real_money=True,
)
KALSHI: dict[str, Environment] = {"demo": DEMO, "prod": PROD}


def loopback_environment(rest_url: str, socket_url: str) -> Environment:
    """Return the practice environment at two loopback addresses.

    Raises `EnvironmentRefusedError` for any other host: practice rules never reach a real exchange.
    """
    for name, url, schemes in (
        ("--rest", rest_url, ("http", "https")),
        ("--ws", socket_url, ("ws", "wss")),
    ):
        parts = urlsplit(url)
        if parts.scheme not in schemes or parts.hostname not in _LOOPBACK:
            raise EnvironmentRefusedError(
                f"{name} {url} is not a loopback address; use --env demo or --env prod for Kalshi."
            )
    return Environment(
        name="practice",
        word="PRACTICE",
        rest_url=rest_url.rstrip("/"),
        socket_url=socket_url.rstrip("/"),
        start_mode=Mode.CONFIRM,
        real_money=False,
    )


def unbound(wanted: Environment, opened: Environment, key_environment: str) -> str:
    """Return why a session may not begin: its parts are not of one environment. Else nothing.

    `wanted` is the record that was chosen, `opened` what the exchange turned out to be. The ledger
    says by itself of which environment and account it is. Source: reliability §8.1 (guard 1), FK01.
    """
    for what, found, expected in (
        ("environment", opened.name, wanted.name),
        ("word for it", opened.word, wanted.word),
        ("host for orders", opened.rest_host, wanted.rest_host),
        ("host of the feed", opened.socket_host, wanted.socket_host),
        ("key", key_environment, wanted.name),
    ):
        if found != expected:
            return (
                f"The {what} is {found or 'missing'} where {expected} was chosen: nothing is"
                f" sent; start again with --env {wanted.name}."
            )
    if opened.real_money != wanted.real_money:
        return f"{wanted.word} and real money do not go together here: nothing is sent."
    return ""
