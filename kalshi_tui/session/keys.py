"""The workstation's private key, from where its environment keeps it.

Practice: a 0600 file that the practice exchange wrote into its own state directory. Refuses a file
that others can read. Nothing of a key is kept, printed or put into an error.
"""

import os
import stat
from pathlib import Path

from kalshi_tui.api.auth import KeyRefusedError, Signer, load_private_key

_MAX_BYTES = 65_536


class KeyUnusableError(ValueError):
    """No key can be had from there. The message is one sentence with the cure, and no key text."""


def read_signer(key_id: str, path: Path) -> Signer:
    """Return a signer from a private key file. Raises `KeyUnusableError`."""
    try:
        with path.open("rb") as file:
            state = os.fstat(file.fileno())
            if not stat.S_ISREG(state.st_mode):
                raise KeyUnusableError(f"{path} is not a file; name a private key in PEM form.")
            if os.name == "posix" and state.st_mode & 0o077:
                raise KeyUnusableError(f"Others can read the key {path}; run: chmod 600 {path}")
            pem = file.read(_MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or "it failed"
        raise KeyUnusableError(f"The key {path} cannot be read ({reason}).") from None
    try:
        return Signer(key_id, load_private_key(pem))
    except KeyRefusedError as error:
        raise KeyUnusableError(f"The key {path} cannot be used: {error}") from None
