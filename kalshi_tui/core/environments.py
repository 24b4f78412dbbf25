"""The environments: name, words, hosts, key page and variables of each, in one record.

Owns which hosts belong together. A split (REST of one, socket of another) cannot be expressed: a
record with two kinds of hosts cannot be made, and `bind` refuses a key or a ledger of another one
before anything is signed.
Source: openapi.yaml and asyncapi.yaml `servers`; reliability §8.5.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from urllib.parse import SplitResult, urlsplit

REST_PATH = "/trade-api/v2"
SOCKET_PATH = "/trade-api/ws/v2"
PRACTICE = "practice"

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_KALSHI_HOSTS = {
    "demo": ("external-api.demo.kalshi.co", "external-api-ws.demo.kalshi.co"),
    "prod": ("external-api.kalshi.com", "external-api-ws.kalshi.com"),
}
_KEY_PAGES = {
    "demo": "https://demo.kalshi.co/account/profile",
    "prod": "https://kalshi.com/account/profile",
}


class Mode(Enum):
    """How much the keyboard may do. Never stored: each session starts at the environment's own."""

    VIEW = "VIEW"
    CONFIRM = "CONFIRM"
    ONE_KEY = "ONE-KEY"


class EnvironmentRefusedError(ValueError):
    """An exchange that may not be used. The message is one sentence with the cure."""


def _unknown(name: str, known: tuple[str, ...]) -> str:
    return f"There is no environment {name!r}; choose one of {', '.join(known)}."


def _is_loopback(parts: SplitResult, scheme: str) -> bool:
    is_plain = not (parts.query or parts.fragment or parts.username)
    return is_plain and parts.scheme in (scheme, f"{scheme}s") and parts.hostname in _LOOPBACK


@dataclass(frozen=True, slots=True)
class Environment:
    """One exchange the program may talk to, with the words that name it on the screen.

    Making one whose parts do not belong together raises `EnvironmentRefusedError`: the addresses
    are both of this environment over TLS, or both on this computer; practice only the latter.
    """

    name: str
    """`practice`, `demo` or `prod`: names files, keyring entries and the theme's colours."""
    word: str
    """What the status line says, in capitals."""
    rest_url: str
    socket_url: str
    start_mode: Mode
    real_money: bool

    def __post_init__(self) -> None:
        if self.name != PRACTICE and self.name not in _KALSHI_HOSTS:
            raise EnvironmentRefusedError(_unknown(self.name, (PRACTICE, *_KALSHI_HOSTS)))
        if self.real_money != (self.name == "prod"):
            raise EnvironmentRefusedError("Only prod is real money, and prod always is.")
        if self.real_money and self.start_mode is not Mode.VIEW:
            raise EnvironmentRefusedError("Production always starts in VIEW.")
        rest, socket = urlsplit(self.rest_url), urlsplit(self.socket_url)
        if _is_loopback(rest, "http") and _is_loopback(socket, "ws"):
            return
        hosts = _KALSHI_HOSTS.get(self.name, ("", ""))
        for parts, scheme, host in ((rest, "https", hosts[0]), (socket, "wss", hosts[1])):
            if (parts.scheme, parts.netloc) != (scheme, host) or parts.query or parts.fragment:
                raise EnvironmentRefusedError(
                    f"{parts.hostname or 'An empty address'} does not belong to {self.word}: "
                    "the hosts of an environment are fixed and cannot be changed."
                )

    @property
    def rest_host(self) -> str:
        return urlsplit(self.rest_url).hostname or ""

    @property
    def socket_host(self) -> str:
        return urlsplit(self.socket_url).hostname or ""

    @property
    def is_kalshi(self) -> bool:
        """True where the user brings a key of Kalshi's; practice makes its own."""
        return self.name != PRACTICE

    @property
    def key_page(self) -> str:
        """The page where Kalshi makes keys for this environment; empty for practice."""
        return _KEY_PAGES.get(self.name, "")

    @property
    def key_id_variable(self) -> str:
        """The variable that may name this environment's key id; never one shared with another."""
        return f"KALSHI_{self.name.upper()}_KEY_ID"

    @property
    def key_file_variable(self) -> str:
        """The variable that may name this environment's private key file."""
        return f"KALSHI_{self.name.upper()}_KEY_FILE"


DEMO = Environment(
    name="demo",
    word="DEMO",
    rest_url=f"https://{_KALSHI_HOSTS['demo'][0]}{REST_PATH}",
    socket_url=f"wss://{_KALSHI_HOSTS['demo'][1]}{SOCKET_PATH}",
    start_mode=Mode.CONFIRM,
    real_money=False,
)
PROD = Environment(
    name="prod",
    word="PROD",
    rest_url=f"https://{_KALSHI_HOSTS['prod'][0]}{REST_PATH}",
    socket_url=f"wss://{_KALSHI_HOSTS['prod'][1]}{SOCKET_PATH}",
    start_mode=Mode.VIEW,
    real_money=True,
)
KALSHI: Mapping[str, Environment] = MappingProxyType({"demo": DEMO, "prod": PROD})


def loopback_environment(rest_url: str, socket_url: str) -> Environment:
    """Return the practice environment at two loopback addresses.

    Raises `EnvironmentRefusedError` for any other host: practice rules never reach a real exchange.
    """
    for name, url, scheme in (("--rest", rest_url, "http"), ("--ws", socket_url, "ws")):
        if not _is_loopback(urlsplit(url), scheme):
            raise EnvironmentRefusedError(
                f"{name} {url} is not a loopback address; use --env demo or --env prod for Kalshi."
            )
    return Environment(
        name=PRACTICE,
        word="PRACTICE",
        rest_url=rest_url.rstrip("/"),
        socket_url=socket_url.rstrip("/"),
        start_mode=Mode.CONFIRM,
        real_money=False,
    )


def bind(wanted: Environment, exchange: Environment, key: str) -> None:
    """Prove that the exchange that was opened and the key belong to the environment wanted.

    `key` is the name of the environment that the key was made for. Practice learns its addresses
    when its exchange is ready; those of Kalshi never change. Raises `EnvironmentRefusedError`.
    Called before the first signature; the ledger refuses another environment's file by itself.
    """
    if exchange.name != wanted.name or (wanted.is_kalshi and exchange != wanted):
        raise EnvironmentRefusedError(
            f"This session is for {wanted.word} and the exchange opened is {exchange.word}: "
            "nothing was signed; start again."
        )
    if key != wanted.name:
        raise EnvironmentRefusedError(
            f"The key belongs to {key.upper()} and not to {wanted.word}: keys are made per "
            f"environment, add one with `kalshi-tui keys add --env {wanted.name}`."
        )


def choose(name: str, environments: Mapping[str, Environment]) -> Environment:
    """Return the record of a name. Raises `EnvironmentRefusedError`."""
    if name not in environments:
        raise EnvironmentRefusedError(_unknown(name, (PRACTICE, *environments)))
    return environments[name]
