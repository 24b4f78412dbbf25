"""What the terminal is asked for about a key, before any screen is there.

Secrets are read without echo, from the terminal or a pipe, never from arguments. A weaker
protection is offered, never taken. Where nobody can answer, the error goes to the caller.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from kalshi_tui.session.custody import Credential, Custody
    from kalshi_tui.session.vault import Protection, StoredKey

_TRIES = 3
_MOST_STDIN = 65_537


def private_key(key_file: str | None) -> tuple[bytes, Path | None]:
    """Return the bytes of a private key and the file they came from, None where it was pasted.

    `-` reads stdin; None asks. Raises `KeyUnusableError`.
    """
    from kalshi_tui.session.keys import read_private
    from kalshi_tui.session.paste import read_pasted

    if key_file == "-":
        return sys.stdin.buffer.read(_MOST_STDIN), None
    if key_file is None:
        words = "Private key file (Enter to paste the key itself)"
        key_file = str(click.prompt(words, default="", show_default=False, err=True))
        if not key_file:
            click.echo(
                "Paste it now; it is not shown and ends by itself (Ctrl-D gives up).", err=True
            )
            return read_pasted(sys.stdin), None
        key_file = key_file.strip().strip("'\"")
    path = Path(key_file).expanduser()
    return read_private(path), path


def opening_passphrase(pem: bytes, *, asks: bool) -> str | None:
    """Return the passphrase of an encrypted key, None for one that has none.

    Asks up to three times. Raises `KeyUnusableError`.
    """
    from kalshi_tui.session.keys import PassphraseNeededError, PassphraseWrongError, signer_of

    given: str | None = None
    for left in reversed(range(_TRIES + 1)):
        try:
            signer_of("probe", pem, "The key", given)
        except PassphraseNeededError:
            if not asks:
                raise
        except PassphraseWrongError as error:
            if not left:
                raise
            click.echo(str(error), err=True)
        else:
            return given
        given = _hidden("Passphrase of this key")
    return given


def store(keep: "Callable[..., StoredKey]", protection: "Protection", *, asks: bool) -> "StoredKey":
    """Store a key by `keep`: `Custody.add` short of how to protect it.

    Where the keyring cannot be used, a passphrase is offered. Raises what `keep` does where nobody
    can be asked or the offer is declined.
    """
    from kalshi_tui.session.keys import KeyringError
    from kalshi_tui.session.vault import Protection

    if protection is Protection.PASSPHRASE:
        return keep(protection=protection, passphrase=_new_passphrase())
    try:
        return keep(protection=protection)
    except KeyringError as error:
        if not asks:
            raise
        click.echo(str(error), err=True)
        if not click.confirm("Protect it with a passphrase instead?", err=True):
            raise
    return keep(protection=Protection.PASSPHRASE, passphrase=_new_passphrase())


def opened(custody: "Custody", environment: str, key_id: str = "", *, asks: bool) -> "Credential":
    """Open the key of an environment, asking for what it needs. Raises `KeyUnusableError`."""
    from kalshi_tui.session.keys import (
        KeyringChangedError,
        PassphraseNeededError,
        PassphraseWrongError,
    )

    given: str | None = None
    other = False
    for left in reversed(range(_TRIES + 1)):
        try:
            return custody.signer(environment, key_id, passphrase=given, other_keyring=other)
        except (PassphraseNeededError, PassphraseWrongError) as error:
            if not (asks and left):
                raise
            click.echo(str(error), err=True)
            given = _hidden("Passphrase")
        except KeyringChangedError as error:
            if not asks:
                raise
            click.echo(str(error), err=True)
            if not click.confirm("Use the keyring that answers now?", err=True):
                raise
            other = True
    return custody.signer(environment, key_id, passphrase=given, other_keyring=other)


def _hidden(words: str) -> str:
    return str(click.prompt(words, hide_input=True, err=True))


def _new_passphrase() -> str:
    words = "New passphrase (asked at each start)"
    return str(click.prompt(words, hide_input=True, confirmation_prompt=True, err=True))
