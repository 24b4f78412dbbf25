"""`kalshi-tui doctor`: looks at everything that trading needs and prints what to do.

Owns the words and the order of the command. Imported when it is called; heavy imports wait inside.
"""

import asyncio
import json
import logging
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kalshi_tui.core.environments import KALSHI, PRACTICE
from kalshi_tui.keychain import Surroundings, surroundings
from kalshi_tui.paths import user_paths
from kalshi_tui.session.doctor import (
    Check,
    Verdict,
    all_passed,
    check_book,
    check_directory,
    check_ledgers,
    failed,
    passed,
    warned,
)

if TYPE_CHECKING:
    from kalshi_tui.session.clock import Clock
    from kalshi_tui.session.custody import Credential, Custody
    from kalshi_tui.session.trail import TrailLine

_SHOWN_ID = 8
_MARKS = {Verdict.GOOD: "pass", Verdict.WARN: "WARN", Verdict.FAIL: "FAIL"}
_COLOURS = {Verdict.GOOD: "green", Verdict.WARN: "yellow", Verdict.FAIL: "red"}


@dataclass(frozen=True, slots=True)
class Subject:
    """What is looked at. Only code can pass another one: tests do."""

    state: Path
    here: Surroundings
    clock: "Clock | None" = None


def subject() -> Subject:
    """Return the user's own."""
    return Subject(user_paths(os.environ).state, surroundings(os.environ, asks=sys.stdin.isatty()))


@click.command(short_help="Say what is wrong, with the cure of each.")
@click.option(
    "--env",
    "environment",
    type=click.Choice([PRACTICE, *sorted(KALSHI)]),
    default=PRACTICE,
    show_default=True,
    help="The environment to look at.",
)
@click.option("--book", default="", metavar="TICKER", help="Show the checksums of this market.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for scripts.")
@click.pass_context
def doctor(context: click.Context, environment: str, book: str, as_json: bool) -> None:
    """Look at everything that trading needs: pass, warn or fail, each with its cure.

    For demo and prod: names, TLS, proxy, the clock against the exchange's, the key and its
    keyring, whether a signature is accepted and what was signed, scopes, limits and costs, and the
    feed. Always: terminal, state directory and order ledger.

    With --book it shows the trail that lets a drift be dated: every 1,000 changes, every doubt and
    every audit, with the exchange's clock and a checksum of the top ten levels. Ends with 1 where
    anything fails.
    """
    it = context.obj if isinstance(context.obj, Subject) else subject()
    # What was signed is told in the checks; the log of refusals is the workstation's.
    logging.getLogger("kalshi_tui").addHandler(logging.NullHandler())
    directory = it.state / environment
    checks = list(_remote(it, environment)) if environment != PRACTICE else []
    checks += _local(it, directory)
    lines: tuple[TrailLine, ...] = ()
    if book:
        check, lines = check_book(directory / "books", book)
        checks.append(check)
    all_good = all_passed(checks)
    if as_json:
        _print_json(environment, all_good, checks, lines)
    else:
        _print_checks(checks, lines)
    sys.exit(0 if all_good else 1)


def _local(it: Subject, directory: Path) -> "Iterable[Check]":
    from kalshi_tui.console import terminal
    from kalshi_tui.session.terminal import check_terminal

    yield from check_terminal(terminal(it.here.environ))
    yield check_directory(it.state)
    yield check_ledgers(directory)


def _remote(it: Subject, name: str) -> "Iterable[Check]":
    from kalshi_tui.session.clock import SystemClock
    from kalshi_tui.session.survey import Survey

    custody = it.here.custody()
    yield _keyring(custody, name)
    known, credential = _known(it, custody, name)
    yield known
    survey = Survey(it.here.environments[name], it.clock or SystemClock(), it.here.environ)
    road = asyncio.run(survey.road())
    yield from road
    if credential is None:
        yield warned("signature", "not tried: there is no key to sign with", known.cure)
    elif not all_passed([each for each in road if each.name != "clock"]):
        yield warned("signature", "not tried: the exchange cannot be reached", "See above.")
    else:
        yield from asyncio.run(survey.key(credential.signer))


def _keyring(custody: "Custody", name: str) -> Check:
    from kalshi_tui.session.keys import KeyringError, KeyUnusableError
    from kalshi_tui.session.vault import Protection

    try:
        return passed("keyring", custody.probe())
    except KeyringError as error:
        try:
            kept = [each.protection for each in custody.stored(name)]
        except KeyUnusableError:
            kept = []
        needs = Protection.KEYRING in kept
        if not needs and (kept or custody.named_file(name)):
            return passed("keyring", "none here, and the key does without")
        cure = f"Use: kalshi-tui keys add --env {name} --protect passphrase"
        return failed("keyring", str(error), cure) if needs else warned("keyring", str(error), cure)


def _known(it: Subject, custody: "Custody", name: str) -> "tuple[Check, Credential | None]":
    from kalshi_tui.session.keys import KeyUnusableError, NoKeyError, PassphraseNeededError

    asked: str | None = None
    while True:
        try:
            found = custody.signer(name, passphrase=asked)
        except PassphraseNeededError as error:
            if not it.here.asks or asked is not None:
                cure = "Run this in a terminal, which asks for it."
                return warned("key", str(error), cure), None
            asked = click.prompt(
                f"Passphrase of the key for {name.upper()}", hide_input=True, err=True
            )
        except NoKeyError as error:
            detail, _, cure = str(error).partition("; ")
            return failed("key", detail, cure[:1].upper() + cure[1:] or _adding(name)), None
        except KeyUnusableError as error:
            return failed("key", str(error), f"See: kalshi-tui keys audit --env {name}"), None
        else:
            return _credential(found), found


def _adding(name: str) -> str:
    return f"Add one: kalshi-tui keys add --env {name}"


def _credential(found: "Credential") -> Check:
    short = f"{found.signer.key_id[:_SHOWN_ID]}…"
    if found.is_plaintext:
        cure = "Whoever reads the file has the key; store it with --protect keyring."
        return warned("key", f"{short} from a PLAINTEXT file", cure)
    return passed("key", f"{short} from {found.source}")


def _print_json(
    environment: str, all_good: bool, checks: "Sequence[Check]", lines: "Sequence[TrailLine]"
) -> None:
    found = {
        "environment": environment,
        "passed": all_good,
        "checks": [
            {
                "name": check.name,
                "verdict": check.verdict.value,
                "passed": check.passed,
                "detail": check.detail,
                "cure": check.cure,
            }
            for check in checks
        ],
        "trail": [asdict(line) for line in lines],
    }
    click.echo(json.dumps(found))


def _print_checks(checks: "Sequence[Check]", lines: "Sequence[TrailLine]") -> None:
    for line in lines:
        at = datetime.fromtimestamp(line.wall_ns // 1_000_000_000, UTC)
        place = f"sid {line.sid} seq {line.seq}" if line.sid else ""
        click.echo(
            f"{at:%Y-%m-%d %H:%M:%S}Z  {line.kind:<5}  {line.checksum:08x}  "
            f"clock {line.clock}  {line.changes:,} changes  {place}  {line.detail}".rstrip()
        )
    for check in checks:
        mark = click.style(_MARKS[check.verdict], fg=_COLOURS[check.verdict])
        click.echo(f"{mark}  {check.name}: {check.detail}")
        if check.cure:
            click.echo(f"      {check.cure}")
