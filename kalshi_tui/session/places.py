"""Every place where a copy of a key, or what opens it, lies: for `keys audit`.

Looks and changes nothing. Never opens a private key, and shows no part of one.
"""

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kalshi_tui.core.environments import KALSHI
from kalshi_tui.session.keyring import KeyStore
from kalshi_tui.session.keys import KeyUnusableError
from kalshi_tui.session.vault import Protection, StoredKey, Vault

_OTHERS = 0o077


@dataclass(frozen=True, slots=True)
class Place:
    """One place. `problem` is empty where all is well, else one sentence with the cure."""

    what: str
    where: str
    mode: str = ""
    """Octal mode of a file; empty for what is not one."""
    problem: str = ""


def places(
    environment: str, directory: Path, keyring: KeyStore, environ: Mapping[str, str]
) -> tuple[Place, ...]:
    """Return the places of an environment's keys, stored ones first."""
    vault = Vault(directory)
    found: list[Place] = []
    known: set[Path] = set()
    try:
        keys = vault.all(environment)
    except KeyUnusableError as error:
        keys = ()
        found.append(Place("key records", str(directory), problem=str(error)))
    for key in keys:
        found += _of_key(key, keyring)
        known |= {key.path, key.record}
    found += _strays(environment, directory, known)
    found += _variables(environment, environ)
    return tuple(found)


def practice_places(directory: Path) -> tuple[Place, ...]:
    """Return the key files that the practice exchange made for itself below `directory`."""
    return tuple(
        _file("practice key (worth nothing elsewhere)", path)
        for path in sorted(directory.rglob("*.pem"))
    )


def _of_key(key: StoredKey, keyring: KeyStore) -> Iterator[Place]:
    words = {
        Protection.KEYRING: "private key, encrypted",
        Protection.PASSPHRASE: "private key, encrypted by a passphrase",
        Protection.PLAINTEXT: "private key, PLAINTEXT",
    }
    yield _stored_file(key, words[key.protection])
    yield _file("record: id, type, protection", key.record)
    if key.protection is Protection.KEYRING:
        yield _entry(key, keyring)
    if key.origin and os.path.lexists(key.origin):
        place = _file("the file it was added from", Path(key.origin))
        cure = f"It is a copy outside this program's care; once the key works: rm {key.origin}"
        yield Place(place.what, place.where, place.mode, place.problem or cure)


def _stored_file(key: StoredKey, words: str) -> Place:
    place = _file(words, key.path)
    if key.protection is Protection.PLAINTEXT and not place.problem:
        cure = "Whoever reads this file has the key; add it again with another protection."
        return Place(place.what, place.where, place.mode, cure)
    return place


def _entry(key: StoredKey, keyring: KeyStore) -> Place:
    what = "key-encryption key"
    try:
        store, secret = keyring.get(key.service, key.store)
    except KeyUnusableError as error:
        return Place(what, f"keyring {key.store}: {key.service}", problem=str(error))
    problem = ""
    if secret is None:
        problem = "It is gone: the key file cannot be opened any more; add the key again."
    elif store != key.store:
        problem = f"It was made in {key.store}; make sure that no copy is left there."
    return Place(what, f"keyring {store}: {key.service}", problem=problem)


def _strays(environment: str, directory: Path, known: set[Path]) -> Iterator[Place]:
    """Return what lies in the folder and belongs to no record: left by a crash, or put there."""
    if not directory.is_dir():
        return
    for path in sorted(directory.iterdir()):
        belongs = path.name.startswith((f"{environment}-", ".new-"))
        if belongs and path not in known:
            place = _file("file without a record", path)
            yield Place(place.what, place.where, place.mode, f"Nothing uses it; run: rm {path}")


def _variables(environment: str, environ: Mapping[str, str]) -> Iterator[Place]:
    record = KALSHI[environment]
    named = environ.get(record.key_file_variable, "")
    if named:
        yield _file(f"named by {record.key_file_variable}", Path(named).expanduser())
    for name, value in sorted(environ.items()):
        if "PRIVATE KEY" in value:
            problem = f"Every program that you start can read it; run: unset {name}"
            yield Place("private key in a variable", name, problem=problem)


def _file(what: str, path: Path) -> Place:
    try:
        state = path.lstat()
    except OSError as error:
        reason = (error.strerror or "it cannot be looked at").lower()
        return Place(what, str(path), problem=f"It is not there ({reason}); add the key again.")
    mode = f"{stat.S_IMODE(state.st_mode):04o}"
    problem = ""
    if stat.S_ISLNK(state.st_mode):
        problem = "It is a link; put the file itself there."
    elif os.name == "posix" and state.st_mode & _OTHERS:
        problem = f"Others can read it; run: chmod 600 {path}"
    return Place(what, str(path), mode, problem)
