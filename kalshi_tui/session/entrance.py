"""The ways into the exchanges, for the screen: which keys there are, how one is opened, tried and
stored, and a new desk for an environment.

Every call may block (keyring, network): make it on a thread. Holds an opened key as an opaque
credential and gives it to the session of its own environment only.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kalshi_tui.core.environments import KALSHI, PRACTICE, Environment, choose
from kalshi_tui.core.units import money_text
from kalshi_tui.session.clock import Clock, SystemClock

if TYPE_CHECKING:
    from kalshi_tui.session.custody import Credential, Custody
    from kalshi_tui.session.desk import DeskPort
    from kalshi_tui.session.inquiry import Findings
    from kalshi_tui.session.vault import StoredKey
    from kalshi_tui.session.venue import OpenKey

OpenDesk = Callable[[str, "OpenKey"], "DeskPort"]
"""Builds a desk for an environment; `session.build` behind the choices of the command line."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """What the user gave of a key that is to be stored. Shows nothing of it."""

    key_id: str
    pem: bytes = field(repr=False)
    origin: Path | None = None
    """The file it came from; None where it was pasted."""
    opened_by: str | None = field(default=None, repr=False)
    """Passphrase of `pem`, where it is encrypted."""


class Entrance:
    """One for the whole program; a session comes and goes, this stays."""

    def __init__(
        self,
        find_custody: "Callable[[], Custody]",
        open_desk: OpenDesk,
        *,
        records: Mapping[str, Environment] = KALSHI,
        clock: Clock | None = None,
    ) -> None:
        self._find_custody = find_custody
        self._open_desk = open_desk
        self._records = records
        self._clock = clock or SystemClock()
        self._held: dict[str, Credential] = {}

    def __repr__(self) -> str:
        return "Entrance(...)"

    @cached_property
    def _custody(self) -> "Custody":
        # Found when it is first wanted: practice does without, and what it needs loads slowly.
        return self._find_custody()

    @property
    def names(self) -> tuple[str, ...]:
        """The environments that can be gone to."""
        return (PRACTICE, *self._records)

    def record(self, name: str) -> Environment:
        """Return an environment of Kalshi's. Raises `EnvironmentRefusedError`."""
        return choose(name, self._records)

    def stored(self, name: str) -> "tuple[StoredKey, ...]":
        """Return the keys stored for an environment. Raises `KeyUnusableError`."""
        return self._custody.stored(name)

    def unlock(
        self,
        name: str,
        key_id: str = "",
        *,
        passphrase: str | None = None,
        other_keyring: bool = False,
    ) -> None:
        """Open the key of an environment, so that its next session has it at hand.

        Raises a `KeyUnusableError` as `Custody.signer` does.
        """
        held = self._held.get(name)
        if name == PRACTICE or (held is not None and key_id in ("", held.signer.key_id)):
            return
        self._held[name] = self._custody.signer(
            name, key_id, passphrase=passphrase, other_keyring=other_keyring
        )

    def hold(self, credential: "Credential") -> None:
        """Keep a key that was given for this run of the program only."""
        self._held[credential.environment] = credential

    def key(self, environment: Environment) -> "Credential":
        """Return the opened key of an environment: what a session's venue asks for."""
        self.unlock(environment.name)
        return self._held[environment.name]

    def is_plaintext(self, name: str) -> bool:
        """True where the key in use lies open in a file."""
        held = self._held.get(name)
        return held is not None and held.is_plaintext

    def open(self, name: str) -> "DeskPort":
        """Build a desk, not yet started. Raises `EnvironmentRefusedError` or `ChildError`."""
        return self._open_desk(name, self.key)

    # A new key.

    def probe(self) -> str:
        """Return the keyring's name once it gave back what it took. Raises `KeyringError`."""
        return self._custody.probe()

    def read(self, key_id: str, pem: bytes, passphrase: str | None = None) -> NewKey:
        """Check a key that was pasted. Raises `KeyUnusableError`, which never shows it."""
        return self._checked(NewKey(key_id, pem, None, passphrase))

    def read_file(self, key_id: str, path: Path, passphrase: str | None = None) -> NewKey:
        """Check a key file that only its owner can read. Raises `KeyUnusableError`."""
        from kalshi_tui.session.keys import read_private

        place = path.expanduser()
        return self._checked(NewKey(key_id, read_private(place), place, passphrase))

    def _checked(self, new: NewKey) -> NewKey:
        from kalshi_tui.session.keys import signer_of
        from kalshi_tui.session.vault import checked_key_id

        name = checked_key_id(new.key_id)
        signer_of(name, new.pem, "The key", new.opened_by)
        return NewKey(name, new.pem, new.origin, new.opened_by)

    def weakness(self, passphrase: str) -> str:
        """Return why a new passphrase will not do, in one sentence, or empty."""
        from kalshi_tui.session.custody import check_passphrase
        from kalshi_tui.session.keys import KeyUnusableError

        try:
            check_passphrase(passphrase)
        except KeyUnusableError as error:
            return str(error)
        return ""

    def examine(self, name: str, new: NewKey) -> tuple[str, ...]:
        """Try a key at its exchange; return what was found, a sentence each.

        Raises `KeyUnusableError` or `KeyNotAcceptedError`.
        """
        from kalshi_tui.session.inquiry import ask
        from kalshi_tui.session.keys import signer_of

        signer = signer_of(new.key_id, new.pem, "The key", new.opened_by)
        record = self.record(name)
        return _words(record, asyncio.run(ask(record, signer, self._clock)), self._clock.wall_ns())

    def keep(self, name: str, new: NewKey, *, passphrase: str | None = None) -> str:
        """Store a key and return where, in words. Without a passphrase the keyring opens it.

        Raises `KeyUnusableError`; then nothing was stored.
        """
        from kalshi_tui.session.vault import Protection

        way = Protection.PASSPHRASE if passphrase else Protection.KEYRING
        stored = self._custody.add(
            name,
            new.key_id,
            new.pem,
            pem_passphrase=new.opened_by,
            protection=way,
            passphrase=passphrase,
            origin=new.origin,
        )
        self._held.pop(name, None)
        self.unlock(name, stored.key_id, passphrase=passphrase)
        return f"stored in {stored.path}"


def _words(record: Environment, found: "Findings", wall_ns: int) -> tuple[str, ...]:
    limits = found.limits
    scopes = ", ".join(found.grants.scopes) if found.grants else "not told"
    cash = money_text(found.cash) if found.cash is not None else "not told"
    return (
        f"{record.word} accepts the key. Scopes {scopes}; cash {cash}; "
        f"{limits.read_refill:,} read and {limits.write_refill:,} write tokens a second.",
        *found.notes(wall_ns),
    )
