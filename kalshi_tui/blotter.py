"""`kalshi-tui orders`: the order ledger on the command line, with the workstation closed or open.

Owns words and columns; the shape of the JSON is `kalshi_tui.transcript`'s. Light on imports.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from kalshi_tui.core.environments import EnvironmentRefusedError
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import (
    count_text,
    price_text,
)
from kalshi_tui.paths import user_paths
from kalshi_tui.transcript import entry_fields, outcome_fields, page_fields, story_fields

if TYPE_CHECKING:
    from kalshi_tui.core.environments import Environment
    from kalshi_tui.core.views import OrderRow
    from kalshi_tui.session.custody import Credential
    from kalshi_tui.session.history import Head, Page, Story
    from kalshi_tui.session.recovery import Outcome

_F = TypeVar("_F", bound=Callable[..., Any])


def _environment(command: _F) -> _F:
    choices = click.Choice(["practice", "demo", "prod"])
    text = "The environment whose ledger is meant."
    option = click.option(
        "--env", "environment", type=choices, default="practice", show_default=True, help=text
    )
    text = "Print one JSON object, for scripts."
    return option(click.option("--json", "as_json", is_flag=True, help=text)(command))


@click.group()
def orders() -> None:
    """List, show and settle the durable record of orders.

    The workstation may be closed. Each order is recorded before its first byte is sent, and nothing
    is ever removed.
    """


@orders.command("list")
@_environment
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@click.option("--before", default="", metavar="ID", help="Show those before this order.")
@click.option("--market", "ticker", default="", metavar="TICKER", help="Only of this market.")
@click.option("--live", is_flag=True, help="Only orders that may still trade.")
def show_list(
    environment: str, as_json: bool, limit: int, before: str, ticker: str, live: bool
) -> None:
    """List orders, newest first, for each account."""
    from kalshi_tui.session import history

    with _sentences():
        paths = history.ledgers(_directory(environment))
        if before:
            # The order says which account is meant.
            account = history.story(paths, before).account
            paths = [path for path in paths if account in path.name]
        pages = [
            history.page(path, limit=limit, before=before, ticker=ticker, live_only=live)
            for path in paths
        ]
    if as_json:
        ledgers = [page_fields(each) for each in pages]
        click.echo(json.dumps({"environment": environment, "ledgers": ledgers}))
    else:
        _print_pages(environment, pages)


@orders.command("show")
@click.argument("order")
@_environment
def show_one(order: str, environment: str, as_json: bool) -> None:
    """Show one order and everything that happened to it.

    ORDER is the client order id or the exchange's id, or how one of them begins.
    """
    from kalshi_tui.session import history

    with _sentences():
        found = history.story(history.ledgers(_directory(environment)), order)
    if as_json:
        click.echo(json.dumps({"environment": environment, **story_fields(found)}))
    else:
        _print_story(found)


@orders.command("reconcile")
@_environment
@click.option(
    "--within",
    type=click.IntRange(1, 600),
    default=60,
    show_default=True,
    metavar="SECONDS",
    help="How long to look for orders in doubt.",
)
@click.pass_context
def reconcile(context: click.Context, environment: str, as_json: bool, within: int) -> None:
    """Settle the ledger with the exchange: find or disprove what is in doubt. Sends no order.

    Ends with 1 where something is still in doubt or differs. While a workstation runs, it does this
    by itself.
    """
    import asyncio

    from kalshi_tui.session import build
    from kalshi_tui.session.child import ChildError
    from kalshi_tui.session.recovery import RecoveryError

    loopback = _loopback(context)
    with _sentences(EnvironmentRefusedError, ChildError, RecoveryError):
        _refuse_held(environment)
        work = build.recovery(
            environment, state_dir=_state(), loopback=loopback, open_key=_stored_key
        )
        outcome = asyncio.run(work.run(within))
    if as_json:
        click.echo(json.dumps({"environment": environment, **outcome_fields(outcome)}))
    else:
        _print_outcome(environment, outcome)
    sys.exit(0 if outcome.is_complete else 1)


def _loopback(context: click.Context) -> Any:
    """Return the loopback exchange that was named before the command, if any."""
    from kalshi_tui.session.build import Loopback

    given = context.find_root().params
    values = [given.get(name) for name in ("rest", "ws", "key_id", "key_file")]
    if not any(values):
        return None
    if not all(values):
        raise click.UsageError("--rest, --ws, --key-id and --key-file go together.")
    rest, socket, key_id, key_file = values
    return Loopback(str(rest), str(socket), str(key_id), Path(str(key_file)))


def _stored_key(environment: "Environment") -> "Credential":
    from kalshi_tui.session.custody import Custody

    return Custody(user_paths(os.environ).key_directory).signer(environment.name)


def _refuse_held(environment: str) -> None:
    from kalshi_tui.session import history
    from kalshi_tui.session.ownership import holder_of
    from kalshi_tui.session.recovery import RecoveryError

    for path in history.ledgers(_directory(environment)):
        if holder := holder_of(path.with_suffix(".lock")):
            raise RecoveryError(
                f"A workstation trades here (process {holder.pid} on {holder.host}) and reconciles "
                "by itself; see `kalshi-tui orders list --live`."
            )


def _state() -> Path:
    return user_paths(os.environ).state


def _directory(environment: str) -> Path:
    return _state() / environment


@contextmanager
def _sentences(*more: type[Exception]) -> Iterator[None]:
    """Turn what can go wrong into one sentence and exit code 1."""
    from kalshi_tui.session.history import UnknownOrderError
    from kalshi_tui.session.journal import JournalError

    expected: tuple[type[Exception], ...] = (JournalError, UnknownOrderError, *more)
    try:
        yield
    except expected as error:
        click.echo(str(error), err=True)
        sys.exit(1)


# Fields of the JSON


def _print_pages(environment: str, pages: "list[Page]") -> None:
    if not any(page.heads for page in pages):
        click.echo(f"No order of {environment.upper()} is recorded here.")
    for page in pages:
        if len(pages) > 1 and page.heads:
            click.echo(f"account {page.account}")
        for head in page.heads:
            click.echo(_head_line(head))
        if not page.is_last:
            click.echo(f"older ones: --before {page.heads[-1].client_order_id}")


def _head_line(head: "Head") -> str:
    words = f"{_verb(head.side)} {count_text(head.count)} @{price_text(head.price)}"
    mark = " external" if head.external else ""
    filled = f"{count_text(head.filled)} filled{mark}"
    return (
        f"{_when(head.wall_ns)}  {words:<16}  {head.ticker:<24}  {head.state.value:<13}  "
        f"{filled:<12}  {head.client_order_id}  {head.detail}"
    ).rstrip()


def _print_story(story: "Story") -> None:
    head = story.head
    click.echo(_head_line(head))
    named = f"exchange id {head.order_id or 'unknown'}, account {story.account}"
    click.echo(f"{named}\npayload sha256 {story.payload_sha256}")
    for entry in story.entries:
        fields = entry_fields(entry)
        kind, at_ns = fields.pop("kind"), fields.pop("at_ns")
        said = "  ".join(f"{name} {value}" for name, value in fields.items() if value or value == 0)
        click.echo(f"{_when(int(str(at_ns)))}  {kind:<8}  {said}".rstrip())


def _print_outcome(environment: str, outcome: "Outcome") -> None:
    for each in outcome.settled:
        before = each.before.state.value if each.before else "not known"
        click.echo(f"{_row_words(each.after)}: {before} -> {each.after.state.value}")
    for row in outcome.in_doubt:
        click.echo(f"{_row_words(row)}: IN DOUBT ({row.detail or 'not found yet'})")
    for item in outcome.differences:
        what = item.order_id or item.ticker
        click.echo(f"{item.kind.value} {what}: we have {item.ours}, the exchange {item.theirs}")
    click.echo(
        f"{environment.upper()}: {outcome.looked_at} orders looked at, "
        f"{len(outcome.settled)} changed, {len(outcome.in_doubt)} in doubt, "
        f"{len(outcome.differences)} differences, {outcome.took_ns // 1_000_000:,} ms"
    )
    if outcome.reason:
        click.echo(outcome.reason, err=True)


def _row_words(row: "OrderRow") -> str:
    words = f"{_verb(row.side)} {count_text(row.initial)} @{price_text(row.price)} {row.ticker}"
    return f"{words} {row.client_order_id}"


def _verb(side: BookSide) -> str:
    return "BUY " if side is BookSide.BID else "SELL"


def _when(wall_ns: int) -> str:
    at = datetime.fromtimestamp(wall_ns // 1_000_000_000, UTC)
    return f"{at:%Y-%m-%d %H:%M:%S}Z"
