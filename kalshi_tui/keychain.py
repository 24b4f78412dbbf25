"""`kalshi-tui keys`: add, list, test, remove and audit the keys to Kalshi.

Owns the words and prompts of these commands. Asks before every weaker protection, echoes no secret
and takes none from an argument. Imported when it is called; heavy imports wait inside.
"""

import asyncio
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from kalshi_tui.core.environments import KALSHI, PRACTICE, Environment
from kalshi_tui.core.units import money_text
from kalshi_tui.paths import user_paths

if TYPE_CHECKING:
    from kalshi_tui.api.auth import Signer
    from kalshi_tui.session.custody import Credential, Custody
    from kalshi_tui.session.inquiry import Findings
    from kalshi_tui.session.keyring import KeyStore
    from kalshi_tui.session.places import Place
    from kalshi_tui.session.vault import StoredKey

_WAYS = ("keyring", "passphrase", "plaintext")
_kalshi = click.Choice(sorted(KALSHI))
_env = click.option(
    "--env", "environment", type=_kalshi, required=True, help="The environment of the key."
)
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the commands work on. Only code can pass another one: tests do."""

    directory: Path
    """The folder of stored keys."""
    practice: Path
    environ: Mapping[str, str]
    asks: bool
    """True where somebody sits at a terminal and can answer."""
    keyring: "KeyStore | None" = None
    environments: Mapping[str, Environment] = field(default_factory=lambda: KALSHI)

    def custody(self) -> "Custody":
        """Return the keys below the folder."""
        from kalshi_tui.session.custody import Custody

        return Custody(self.directory, keyring=self.keyring, environ=self.environ)


def surroundings(environ: Mapping[str, str], *, asks: bool) -> Surroundings:
    """Return the user's own."""
    paths = user_paths(environ)
    return Surroundings(paths.key_directory, paths.practice_state, environ, asks)


@click.group(short_help="Add, try, list and remove the keys to Kalshi.")
@click.pass_context
def keys(context: click.Context) -> None:
    """Set up, look at and remove the keys to Kalshi, one environment at a time.

    A key is kept in an encrypted file; what opens the file is kept in the system's keyring. A key
    of demo never serves prod, nor the other way round.
    """
    if context.obj is None:
        context.obj = surroundings(os.environ, asks=sys.stdin.isatty())


@keys.command()
@_env
@click.option("--key-id", metavar="ID", help="The key's id. Asked for when left out.")
@click.option(
    "--key-file", metavar="PEM", help="The private key file; - is stdin. Asked for when left out."
)
@click.option(
    "--protect",
    type=click.Choice(_WAYS),
    default="keyring",
    show_default=True,
    help="What opens the stored file. plaintext: nothing does; whoever reads it has the key.",
)
@click.option("--replace", "replaces", is_flag=True, help="Put it in the place of a stored key.")
@click.option("--no-test", is_flag=True, help="Store it without asking the exchange.")
@click.pass_obj
def add(
    here: Surroundings,
    environment: str,
    key_id: str | None,
    key_file: str | None,
    protect: str,
    replaces: bool,
    no_test: bool,
) -> None:
    """Store a private key: checked, tried at the exchange, encrypted.

    Nothing is stored where a step fails.
    """
    from kalshi_tui.prompts import opening_passphrase, private_key, store
    from kalshi_tui.session.keys import KeyUnusableError, signer_of
    from kalshi_tui.session.vault import Protection, checked_key_id

    record = here.environments[environment]
    if key_id is None or key_file is None:
        click.echo(f"Make a key at {record.key_page} (API keys), and keep that page open.")
    try:
        name = checked_key_id(key_id or click.prompt("Key id", err=True))
        pem, origin = private_key(key_file)
        opened_by = opening_passphrase(pem, asks=here.asks)
        if not no_test:
            signer = signer_of(name, pem, "The key", opened_by)
            findings = _ask(record, signer)
            click.echo(f"{record.word} accepts the key.")
            _say_findings(record, findings)
        keep = partial(
            here.custody().add,
            environment,
            name,
            pem,
            pem_passphrase=opened_by,
            replace_stored=replaces,
            origin=origin,
        )
        stored = store(keep, Protection(protect), asks=here.asks)
    except KeyUnusableError as error:
        _fail(f"Nothing was stored: {error}{_hint(error)}")
    _say_stored(stored, origin)


@keys.command("list")
@click.option("--env", "environment", type=_kalshi, help="Only this environment.")
@_json
@click.pass_obj
def list_(here: Surroundings, environment: str | None, as_json: bool) -> None:
    """Show what is stored: environment, key id, type, protection. Opens nothing."""
    from kalshi_tui.session.keys import KeyUnusableError

    found: list[StoredKey] = []
    try:
        for name in [environment] if environment else sorted(KALSHI):
            found += here.custody().stored(name)
    except KeyUnusableError as error:
        _fail(str(error))
    if as_json:
        click.echo(json.dumps([_facts(key) for key in found]))
        return
    for key in found:
        by = f"keyring {key.store}" if key.store else key.protection.value
        line = f"{key.environment:<5} {key.key_id}  {key.kind}  {by}"
        click.echo(click.style(line, fg="red") if by == "plaintext" else line)
    if not found:
        click.echo("No key is stored; run: kalshi-tui keys add --env demo")


@keys.command()
@_env
@click.option("--key-id", default="", metavar="ID", help="Which key, where several are stored.")
@_json
@click.pass_obj
def test(here: Surroundings, environment: str, key_id: str, as_json: bool) -> None:
    """Open the key, sign with it, and show what the exchange says about it."""
    from kalshi_tui.prompts import opened
    from kalshi_tui.session.keys import KeyUnusableError

    record = here.environments[environment]
    try:
        credential = opened(here.custody(), environment, key_id, asks=here.asks)
        findings = _ask(record, credential.signer)
    except KeyUnusableError as error:
        if as_json:
            click.echo(json.dumps({"environment": environment, "passed": False, "why": str(error)}))
            sys.exit(1)
        _fail(str(error))
    if as_json:
        click.echo(json.dumps(_report(environment, credential, findings)))
        return
    click.echo(f"{record.word} accepts key {credential.signer.key_id}: {credential.source}.")
    _say_findings(record, findings)


@keys.command()
@_env
@click.option("--key-id", default="", metavar="ID", help="Which key, where several are stored.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--leave-entry", is_flag=True, help="Delete the file where the keyring is gone.")
@click.pass_obj
def remove(here: Surroundings, environment: str, key_id: str, yes: bool, leave_entry: bool) -> None:
    """Delete a stored key: its keyring entry, then its file.

    The key stays valid at Kalshi until you delete it there, too.
    """
    from kalshi_tui.session.keys import KeyUnusableError

    custody = here.custody()
    try:
        name = custody.wanted(environment, key_id)
        if not yes:
            click.confirm(f"Delete key {name} of {environment.upper()}?", abort=True, err=True)
        custody.remove(environment, name, leaves_entry=leave_entry)
    except KeyUnusableError as error:
        _fail(str(error))
    page = here.environments[environment].key_page
    click.echo(f"Removed here. Kalshi still takes this key until you delete it at {page}")


@keys.command()
@click.option("--env", "environment", type=click.Choice([*sorted(KALSHI), PRACTICE]))
@_json
@click.pass_obj
def audit(here: Surroundings, environment: str | None, as_json: bool) -> None:
    """Show every place where a copy of a key lies, with its mode and what is wrong with it.

    Ends with 1 where anything is wrong.
    """
    from kalshi_tui.session.keyring import SystemKeyring
    from kalshi_tui.session.places import places, practice_places

    keyring = here.keyring or SystemKeyring()
    found: dict[str, list[Place]] = {}
    told: set[Place] = set()
    for name in [environment] if environment else [*sorted(KALSHI), PRACTICE]:
        part = (
            practice_places(here.practice)
            if name == PRACTICE
            else places(name, here.directory, keyring, here.environ)
        )
        # What belongs to no environment is told once.
        found[name] = [each for each in part if each not in told]
        told |= set(part)
    if as_json:
        click.echo(json.dumps({name: [asdict(each) for each in found[name]] for name in found}))
    else:
        _say_places(found)
    sys.exit(1 if any(each.problem for part in found.values() for each in part) else 0)


def _hint(error: Exception) -> str:
    """Return the option that helps against an error of `add`."""
    from kalshi_tui.session.inquiry import NoAnswerError
    from kalshi_tui.session.keys import KeyringError

    if isinstance(error, KeyringError):
        return " (--protect passphrase)"
    return " (--no-test stores the key unseen)" if isinstance(error, NoAnswerError) else ""


def _say_places(found: "Mapping[str, Sequence[Place]]") -> None:
    for name, part in found.items():
        click.echo(f"{name}: {len(part)} place{'' if len(part) == 1 else 's'}")
        for each in part:
            click.echo(f"  {each.mode or '-':<4}  {each.what}: {each.where}")
            if each.problem:
                click.echo(f"        {each.problem}")


def _ask(record: Environment, signer: "Signer") -> "Findings":
    """Ask the exchange about a key. Raises `KeyUnusableError`."""
    from kalshi_tui.session.clock import SystemClock
    from kalshi_tui.session.inquiry import ask

    return asyncio.run(ask(record, signer, SystemClock()))


def _say_findings(record: Environment, findings: "Findings") -> None:
    from kalshi_tui.session.clock import SystemClock

    limits = findings.limits
    scopes = ", ".join(findings.grants.scopes) if findings.grants else "not told"
    cash = money_text(findings.cash) if findings.cash is not None else "not told"
    click.echo(f"  scopes   {scopes}")
    click.echo(
        f"  limits   {limits.tier or 'no tier named'}: "
        f"{limits.read_refill} read and {limits.write_refill} write tokens a second"
    )
    click.echo(f"  balance  {cash}")
    for note in findings.notes(SystemClock().wall_ns()):
        click.echo(f"  note     {note}")


def _report(environment: str, credential: "Credential", findings: "Findings") -> dict[str, object]:
    grants = findings.grants
    return {
        "environment": environment,
        "passed": True,
        "key_id": credential.signer.key_id,
        "source": credential.source,
        "scopes": list(grants.scopes) if grants else None,
        "may_trade": findings.may_trade,
        "limits": asdict(findings.limits),
        "balance": None if findings.cash is None else money_text(findings.cash),
    }


def _facts(key: "StoredKey") -> dict[str, str]:
    return {
        "environment": key.environment,
        "key_id": key.key_id,
        "kind": key.kind,
        "protection": key.protection.value,
        "store": key.store,
        "path": str(key.path),
    }


def _say_stored(key: "StoredKey", origin: Path | None) -> None:
    from kalshi_tui.session.vault import Protection

    if key.protection is Protection.PLAINTEXT:
        click.secho(f"Stored UNENCRYPTED: whoever reads {key.path} has the key.", fg="red")
    else:
        by = f"the keyring {key.store}" if key.store else "your passphrase"
        click.echo(f"Stored encrypted in {key.path}; {by} opens it.")
    if origin is not None:
        click.echo(f"The file you added it from was left alone; delete it: rm {origin}")
    click.echo(f"Start: kalshi-tui --env {key.environment}")


def _fail(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(1)
