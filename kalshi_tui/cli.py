"""The command line: a contract that others script against.

Owns words, options and exit codes (0 done, 1 failed, 2 wrong usage). Errors go to stderr in one
plain sentence with the cure. Light on imports: the practice exchange is on its way before the
screen is loaded.
"""

import os
import shutil
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from kalshi_tui import __version__
from kalshi_tui.core.environments import EnvironmentRefusedError
from kalshi_tui.paths import Paths, user_paths
from kalshi_tui.settings import Reading, Settings, read

if TYPE_CHECKING:
    from kalshi_tui.session.crash import CrashReports

if TYPE_CHECKING:
    from kalshi_tui.session.build import Loopback
    from kalshi_tui.session.custody import Custody
    from kalshi_tui.session.desk import Desk, DeskPort
    from kalshi_tui.session.entrance import Entrance
    from kalshi_tui.session.venue import OpenKey

_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

_ELSEWHERE = {
    "completion": "kalshi_tui.completion",
    "doctor": "kalshi_tui.checkup",
    "keys": "kalshi_tui.keychain",
    "orders": "kalshi_tui.blotter",
    "settings": "kalshi_tui.preferences",
}
"""Commands in modules of their own, which are imported when they are called."""


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *_ELSEWHERE])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _ELSEWHERE:
            return super().get_command(ctx, cmd_name)
        found: object = getattr(import_module(_ELSEWHERE[cmd_name]), cmd_name)
        return found if isinstance(found, click.Command) else None


@click.group(cls=_Commands, invoke_without_command=True, context_settings=_CONTEXT)
@click.option(
    "--env",
    "environment",
    type=click.Choice(["practice", "demo", "prod"]),
    default="practice",
    show_default=True,
    help="The exchange to trade on.",
)
@click.option("--market", default="", metavar="TICKER", help="Start on this market.")
@click.option("--rest", metavar="URL", help="REST address of a loopback exchange.")
@click.option("--ws", metavar="URL", help="WebSocket address of a loopback exchange.")
@click.option(
    "--key-id", metavar="ID", help="Key id at the loopback exchange, or of --session-key."
)
@click.option(
    "--key-file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="PEM",
    help="Private key file for the loopback exchange.",
)
@click.option(
    "--session-key",
    type=click.IntRange(0),
    metavar="FD",
    help="Read the private key for --env from this descriptor; nothing of it is stored.",
)
@click.option("--ascii", "ascii_only", is_flag=True, help="Only ASCII characters on the screen.")
@click.option("--fps", type=click.IntRange(1, 60), help="Most repaints a second.")
@click.option("--theme", metavar="NAME", help="dark, light, mono, ... or a file of your own.")
@click.option("--reset-practice", is_flag=True, help="Forget the practice account and start anew.")
@click.version_option(__version__, prog_name="kalshi-tui", message="%(prog)s %(version)s")
@click.pass_context
def cli(
    context: click.Context,
    environment: str,
    market: str,
    rest: str | None,
    ws: str | None,
    key_id: str | None,
    key_file: Path | None,
    session_key: int | None,
    ascii_only: bool,
    fps: int | None,
    theme: str | None,
    reset_practice: bool,
) -> None:
    """Trade Kalshi event contracts from the keyboard.

    Without a command, the workstation starts on the practice exchange: no account, no network,
    nothing to configure. Press ? inside for every key.

    \b
    kalshi-tui                          practice
    kalshi-tui keys add --env demo      a key of Kalshi's demo exchange, stored encrypted
    kalshi-tui --env demo               trade on demo; --env prod is real money
    kalshi-tui doctor --env demo        what is wrong, and what to do about it
    kalshi-tui settings edit            themes, keys, sizes, limits
    """
    if context.invoked_subcommand is not None:
        return
    if session_key is not None and environment == "practice":
        raise click.UsageError("--session-key needs --env demo or --env prod.")
    own_id = None if session_key is not None else key_id
    loopback = {"--rest": rest, "--ws": ws, "--key-id": own_id, "--key-file": key_file}
    missing = [name for name, value in loopback.items() if not value]
    if 0 < len(missing) < len(loopback):
        raise click.UsageError(
            f"--rest, --ws, --key-id and --key-file go together; add {', '.join(missing)}."
        )
    if not missing and environment != "practice":
        raise click.UsageError("--rest and --ws are for practice exchanges; leave --env out.")
    paths = user_paths(os.environ)
    reading = _reading(paths)
    settings = reading.settings
    if fps is not None:
        settings = _replaced(settings, fps=fps)
    if theme is not None:
        settings = _replaced(settings, theme=theme)
    if ascii_only or not _can_show_unicode():
        settings = _replaced(settings, ascii=True)
    choice = None if missing else (str(rest), str(ws), str(key_id), Path(str(key_file)))
    given = None if session_key is None else (session_key, key_id or "")
    problems = tuple(problem.text for problem in reading.problems)
    _trade(paths, settings, environment, market, choice, reset_practice, given, problems)


@cli.command(short_help="Run the practice exchange alone, for bots.")
@click.option("--port", type=click.IntRange(0, 65_535), default=0, help="REST port; 0 is any.")
@click.option(
    "--ws-port", type=click.IntRange(0, 65_535), default=0, help="WebSocket port; 0 is any."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the crowd.")
@click.option("--markets", type=click.IntRange(1, 10_000), help="How many markets to list.")
@click.option("--rate", type=click.FloatRange(0), help="Wanted deltas a second over all markets.")
@click.option(
    "--preset",
    type=click.Choice(["dead", "quiet", "sports", "15m"]),
    help="How lively every market is.",
)
@click.option(
    "--scenario",
    type=click.Choice(
        ["election-night", "cpi", "game-clock", "thin-weather", "halt", "settlement"]
    ),
    help="Play one of the scenarios below instead of the usual markets.",
)
@click.option(
    "--replay",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Also play a recording of the exchange's socket (JSON lines, plain or .gz) as a market.",
)
@click.option(
    "--state",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Keep accounts, orders and keys here over a restart.",
)
@click.option(
    "--ready-file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="F",
    help="Also write the ready line to this file.",
)
@click.option("--parent-fd", type=int, hidden=True)
def exchange(
    port: int,
    ws_port: int,
    seed: int,
    markets: int | None,
    rate: float | None,
    preset: str | None,
    scenario: str | None,
    replay: Path | None,
    state: Path | None,
    ready_file: Path | None,
    parent_fd: int | None,
) -> None:
    """Run the practice exchange alone, for bots and other clients.

    When it is ready it prints one line of JSON with its addresses and the key files of its
    accounts. It ends on SIGTERM or Ctrl-C.

    \b
    Scenarios, each over within minutes and the same from the same seed:
      election-night  counties come in, quotes vanish at the call, the race closes early and settles
      cpi             quiet thresholds, then a release at 3:00: makers gone, a jump, a new level
      game-clock      a game in 12 minutes: a score every few seconds, a review at 5:30
      thin-weather    wide, half-empty books that a reading moves every two minutes
      halt            one market pauses at 1:00, trading at 2:30, the exchange at 4:10, a shard 5:40
      settlement      closes every minute or two: yes, no, void, early, reopened, disputed; all paid

    In a replayed market your orders trade against the recorded book: the queue ahead of yours falls
    with the recorded prints, and what you took out of the book stays taken.
    """
    from kalshi_tui.practice.server import ServeConfig, main

    sys.exit(
        main(
            ServeConfig(
                port=port,
                ws_port=ws_port,
                seed=seed,
                markets=markets,
                rate=rate,
                preset=preset,
                scenario=scenario,
                replay=replay,
                state=state,
                ready_file=ready_file,
                parent_fd=parent_fd,
            )
        )
    )


def main() -> None:
    """The console script."""
    from kalshi_tui.session.crash import catch_the_rest
    from kalshi_tui.session.process import harden

    harden()
    catch_the_rest(_reports(user_paths(os.environ)), lambda told: click.echo(told, err=True))
    cli(prog_name="kalshi-tui")


def _reports(paths: Paths) -> "CrashReports":
    from kalshi_tui.session.crash import CrashReports

    return CrashReports(paths.log_directory)


def _reading(paths: Paths) -> Reading:
    """Return the settings; ends where going on could lift a limit."""
    reading = read(paths.settings_file, os.environ)
    for problem in reading.problems:
        if problem.stops:
            _fail(problem.text)
    return reading


def _replaced(settings: Settings, **changes: object) -> Settings:
    from dataclasses import replace

    return replace(settings, **changes)  # type: ignore[arg-type]


def _can_show_unicode() -> bool:
    encoding = (getattr(sys.stdout, "encoding", "") or "").lower().replace("-", "")
    return encoding == "utf8"


def _trade(
    paths: Paths,
    settings: Settings,
    environment: str,
    market: str,
    loopback: tuple[str, str, str, Path] | None,
    reset_practice: bool,
    session_key: tuple[int, str] | None,
    problems: tuple[str, ...],
) -> None:
    from kalshi_tui.session.build import Loopback

    _need_terminal()
    is_first = not (paths.settings_file.exists() or paths.practice_state.exists())
    if reset_practice:
        _reset(paths)
    entrance = _entrance(paths, settings, market, Loopback(*loopback) if loopback else None)
    if session_key is not None:
        _hold(paths, entrance, environment, *session_key)
    desk = _opened(entrance, environment)
    # Not before: the practice exchange is on its way by now.
    from kalshi_tui.session.logbook import open_logbook

    open_logbook(paths.log_directory)
    from kalshi_tui.ui.app import run
    from kalshi_tui.ui.wardrobe import Files

    code = run(
        desk,
        settings,
        market=market,
        files=Files(paths.settings_file, paths.theme_directory, os.environ, problems),
        crashed=_reports(paths).write,
        entrance=entrance,
        welcomes=is_first and environment == "practice" and loopback is None,
    )
    sys.exit(code)


def _entrance(
    paths: Paths, settings: Settings, market: str, loopback: "Loopback | None"
) -> "Entrance":
    """Return what opens the desks of this run; a loopback exchange takes practice's place."""
    from kalshi_tui.session.build import build
    from kalshi_tui.session.entrance import Entrance

    def open_desk(name: str, open_key: "OpenKey") -> "Desk":
        return build(
            name,
            state_dir=paths.state,
            limits=settings.limits,
            fps=settings.fps,
            market=market,
            checksum_every=settings.checksum_every,
            loopback=loopback if name == "practice" else None,
            open_key=open_key,
        )

    def custody() -> "Custody":
        from kalshi_tui.session.custody import Custody

        return Custody(paths.key_directory)

    return Entrance(custody, open_desk)


def _opened(entrance: "Entrance", environment: str) -> "DeskPort":
    from kalshi_tui.session.child import ChildError

    try:
        return entrance.open(environment)
    except (EnvironmentRefusedError, ChildError) as error:
        _fail(str(error))


def _hold(
    paths: Paths, entrance: "Entrance", environment: str, descriptor: int, key_id: str
) -> None:
    from kalshi_tui.session.custody import Custody
    from kalshi_tui.session.keys import KeyUnusableError

    try:
        custody = Custody(paths.key_directory)
        entrance.hold(custody.session_key(environment, key_id, descriptor))
    except KeyUnusableError as error:
        _fail(str(error))


def _need_terminal() -> None:
    if not (sys.stdin.isatty() and sys.stdout.isatty()) or os.environ.get("TERM") == "dumb":
        _fail("The workstation needs a terminal; run it in one, or use `kalshi-tui exchange`.")


def _reset(paths: Paths) -> None:
    try:
        shutil.rmtree(paths.practice_state)
    except FileNotFoundError:
        return
    except OSError as error:
        _fail(f"{paths.practice_state} cannot be removed ({error.strerror}): remove it yourself.")


def _fail(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(1)
