"""The Textual app: themes, the wake from the session, KILL, quitting, and the palette.

Owns no trading. Views come from the desk in one message at a time and go to the screens; commands
leave through the desk. The desk is started after the first frame, so that its threads and imports
do not hold the first paint up.
"""

import asyncio
import contextlib
import gc
import signal
from collections.abc import Callable, Iterable
from datetime import tzinfo
from functools import partial
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from rich.segment import Segments
from textual import events
from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.screen import Screen

from kalshi_tui.core.effects import NoticeLevel, Notify
from kalshi_tui.core.units import parse_count
from kalshi_tui.settings import Settings
from kalshi_tui.ui import terminal, themes
from kalshi_tui.ui.actions import ACTIONS, Action, Scope, bindings, keys_text
from kalshi_tui.ui.entry import Entry
from kalshi_tui.ui.messages import Wake, stamp_ns, toolkit_ns
from kalshi_tui.ui.paint.glyphs import ASCII, UNICODE
from kalshi_tui.ui.screens.modal import Prompt
from kalshi_tui.ui.screens.trade import TradeScreen
from kalshi_tui.ui.store import Store
from kalshi_tui.ui.trader import Later

if TYPE_CHECKING:
    from kalshi_tui.session.desk import DeskPort

DEFAULTS = Settings()


class Workstation(App[int], inherit_bindings=False):
    """The workstation over one desk.

    `market` is the ticker to begin with, `theme_directory` where the user's own themes lie, `zone`
    the clock's time zone (None is the system's). For tests: `later` are the timers of the order
    entry, `clock` tells when a prompt is shown.
    """

    CSS_PATH = "kalshi.tcss"
    TITLE = "kalshi-tui"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.APP)]

    def __init__(
        self,
        desk: "DeskPort",
        *,
        settings: Settings = DEFAULTS,
        market: str = "",
        theme_directory: Path | None = None,
        zone: tzinfo | None = None,
        later: Later | None = None,
        clock: Callable[[], int] = toolkit_ns,
    ) -> None:
        # Nothing made before the first frame is garbage; looking for it costs a tenth of the start.
        gc.disable()
        super().__init__()
        self.desk = desk
        self.store = Store()
        self.trade = TradeScreen(
            desk,
            self.store,
            entry=Entry(
                tuple(parse_count(each) for each in settings.presets),
                settings.presets.index(settings.size),
            ),
            glyphs=ASCII if settings.ascii else UNICODE,
            zone=zone,
            later=later,
            clock=clock,
        )
        self._market = market
        self._is_settled = False
        places = [themes.shipped(), *([theme_directory] if theme_directory else [])]
        self._theme_problems = self._load_themes(settings.theme, places)
        self.set_class(settings.ascii, "-ascii")

    def _load_themes(self, wanted: str, places: list[Traversable]) -> list[str]:
        loaded, problems = themes.load(places)
        for theme in loaded:
            self.register_theme(theme)
        names = [theme.name for theme in loaded]
        said = [f"{problem.source}: {problem.message}" for problem in problems]
        if wanted not in names:
            said.append(f"There is no theme {wanted!r}: {DEFAULTS.theme} is used.")
            wanted = DEFAULTS.theme
        self._theme_names = names
        if wanted in names:
            self.theme = wanted
        return said

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return themes.defaults()

    def get_default_screen(self) -> Screen[None]:
        return self.trade

    def on_mount(self) -> None:
        self._leave_cleanly_on_signals()
        self.call_after_refresh(self._begin)

    def _leave_cleanly_on_signals(self) -> None:
        """Give the terminal back when somebody else ends the program. Orders stay as they are."""
        loop = asyncio.get_running_loop()

        def leave(*_: object) -> None:
            if terminal.let_go():
                terminal.end_soon(self.desk.close)
            loop.call_soon_threadsafe(self.exit, 0)

        for name in ("SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None:
                # Not on Windows, and not when a test runs the app outside the main thread. Not the
                # loop's own handler: this one has to run before Textual's for SIGCONT.
                with contextlib.suppress(ValueError):
                    signal.signal(number, leave)

    def _begin(self) -> None:
        """Start the session, now that the first frame is on the screen."""
        gc.enable()
        for problem in self._theme_problems:
            self.trade.say(problem, NoticeLevel.WARNING)
        if self._market:
            self.trade.switch_to(self._market)
        self.desk.start(self._wake)

    def _wake(self) -> None:
        """Called on the session's thread: the one thing it may touch here is the queue."""
        self.post_message(Wake())

    def on_wake(self) -> None:
        """Take everything that waits, and hand on what changed."""
        if not self.is_running:
            # On the way out the panes are gone before the last wake has been read.
            return
        delivery = self.desk.take()
        changed = self.store.apply(delivery.views)
        if not self.store.ticker:
            self._adopt()
        self.trade.take(changed)
        for screen in self.screen_stack:
            if isinstance(screen, Prompt):
                screen.follow(changed)
        notices = delivery.notices
        if delivery.dropped_notices:
            lost = f"{delivery.dropped_notices} earlier notices did not fit."
            notices = (Notify(NoticeLevel.WARNING, lost, self.store.wall_ns), *notices)
        if notices:
            self.trade.log_notices(notices)
        if self.store.ladder is not None and not self._is_settled:
            # What lives now lives to the end: later collections need not walk it.
            self._is_settled = True
            gc.freeze()

    def _adopt(self) -> None:
        """Choose the first market: the one the session already watches, or the first listed."""
        watched = self.store.first_ladder()
        if watched:
            self.store.ticker = watched
            self.trade.show_all()
        elif self.store.markets and self.store.markets.rows:
            self.trade.switch_to(self.store.markets.rows[0].market.ticker)

    def on_key(self, event: events.Key) -> None:
        """Give a letter to the text field that was opened by the key before it.

        A field takes its own letters; one that comes as far as the app was typed so quickly that
        it set out before the field had the focus.
        """
        from kalshi_tui.ui.widgets.field import TextField

        field = self.focused
        # The toolkit's own clock, by which it stamped the key.
        handled_ns = toolkit_ns()
        self.trade.trader.press(event.character or event.key, stamp_ns(event), handled_ns)
        if isinstance(field, TextField) and event.is_printable and event.character:
            event.prevent_default()
            field.insert_text_at_cursor(event.character)

    # Actions.

    def action_kill(self) -> None:
        self.desk.kill()
        self.trade.trader.disarm("KILL")

    async def action_quit_ask(self) -> None:
        from kalshi_tui.ui.screens.quit import QuitPrompt

        if not self.store.live_orders:
            self.exit(0)
        elif not isinstance(self.screen, QuitPrompt):
            prompt = QuitPrompt(self.store, self._cancel_everything, clock=self.trade.clock)
            await self.push_screen(prompt, self._quit)

    def _cancel_everything(self) -> None:
        self.trade.trader.cancel_everything()

    def _quit(self, agreed: bool | None) -> None:
        if agreed:
            self.exit(0)

    def action_how_to_quit(self) -> None:
        self.trade.say("ctrl+q quits. Working orders stay at the exchange.", NoticeLevel.INFO)

    def action_next_theme(self) -> None:
        names = self._theme_names
        if names:
            at = names.index(self.theme) if self.theme in names else -1
            self.theme = names[(at + 1) % len(names)]

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        for action in ACTIONS:
            if action.is_listed:
                # Round brackets: the palette reads square ones as markup.
                title = f"{action.title} ({keys_text(action)})"
                yield SystemCommand(title, action.help, partial(self._run, action))

    def _run(self, action: Action) -> None:
        target = self if action.scope is Scope.APP else self.trade
        self.call_later(self.run_action, action.call, target)

    # The end.

    def _fatal_error(self) -> None:
        """Show a crash without local variables: keys and signatures are among them.

        Overrides a private method of Textual that prints them; a test pins its name.
        """
        from rich.traceback import Traceback

        traceback = Traceback(show_locals=False, width=None)
        self._exit_renderables.append(
            Segments(self.console.render(traceback, self.console.options))
        )
        self._close_messages_no_wait()


def run(
    desk: "DeskPort",
    settings: Settings = DEFAULTS,
    *,
    market: str = "",
    theme_directory: Path | None = None,
) -> int:
    """Run the workstation until the user leaves; returns the exit code. The desk is closed."""
    app = Workstation(desk, settings=settings, market=market, theme_directory=theme_directory)
    try:
        code = app.run()
    finally:
        desk.close()
    return code if code is not None else (app.return_code or 0)
