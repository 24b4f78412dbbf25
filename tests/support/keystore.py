"""A key store in memory, for everything above the keyring's child process."""

from kalshi_tui.session.keyring import KeyStore
from kalshi_tui.session.keys import KeyringError


class MemoryStore(KeyStore):
    """Keeps secrets by name; can be told to fail, to be replaced or to lose one."""

    def __init__(self, name: str = "SecretService.Keyring") -> None:
        self.name = name
        self.secrets: dict[str, str] = {}
        self.broken = ""
        """The calls that fail: any of probe, get, put, delete."""
        self.puts: list[str] = []

    def _check(self, call: str) -> None:
        if call in self.broken:
            raise KeyringError("The keyring is locked; protect the key with a passphrase.")

    def probe(self) -> str:
        self._check("probe")
        return self.name

    def get(self, service: str, store: str = "") -> tuple[str, str | None]:
        self._check("get")
        return self.name, self.secrets.get(service)

    def put(self, service: str, secret: str) -> str:
        self._check("put")
        self.puts.append(service)
        self.secrets[service] = secret
        return self.name

    def delete(self, service: str) -> bool:
        self._check("delete")
        return self.secrets.pop(service, None) is not None
