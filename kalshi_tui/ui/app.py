"""The Textual app: themes, the wake from the session, KILL, quitting, and the palette.

Owns no trading. Views come from the desk in one message at a time and go to the screens; commands
leave through the desk. The desk is started after the first frame, so that its threads and imports
do not hold the first paint up.
"""

import asyncio
import contextlib
import gc
import os
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import tzinfo
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import events
from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.driver import Driver
from textual.filter import ANSIToTruecolor, LineFilter
from textual.message import Message
from textual.screen import Screen

from kalshi_tui.core.effects import NoticeLevel, Notify
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.units import parse_count
from kalshi_tui.settings import Settings
from kalshi_tui.ui import terminal, themes
from kalshi_tui.ui.actions import ACTIONS, Action, Scope, bindings
from kalshi_tui.ui.entry import Entry
from kalshi_tui.ui.keymap import Keymap
from kalshi_tui.ui.messages import KeysWanted, Travel, Wake, stamp_ns, toolkit_ns
from kalshi_tui.ui.paint.glyphs import ASCII, UNICODE
from kalshi_tui.ui.passage import Passage
from kalshi_tui.ui.replies import deaf
from kalshi_tui.ui.screens.modal import Prompt
from kalshi_tui.ui.screens.trade import TradeScreen
from kalshi_tui.ui.sight import Sight
from kalshi_tui.ui.store import Store
from kalshi_tui.ui.trader import Later
from kalshi_tui.ui.wardrobe import NO_FILES, Files, Wardrobe
from kalshi_tui.ui.widgets.welcome import Welcome

if TYPE_CHECKING:
    from kalshi_tui.session.desk import DeskPort
    from kalshi_tui.session.entrance import Entrance

DEFAULTS = Settings()


class Workstation(App[int], inherit_bindings=False):
    """The workstation over one desk.

    `market` is the ticker to begin with, `files` are those that `settings` came from, `zone` the
    clock's time zone (None is the system's), `later` the timers of the order entry, for tests.
    `crashed` keeps a report of a crash and returns the sentence that is left on the terminal.
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
        files: Files = NO_FILES,
        zone: tzinfo | None = None,
        later: Later | None = None,
        crashed: Callable[[BaseException], str] | None = None,
        entrance: "Entrance | None" = None,
        welcomes: bool = False,
        clock: Callable[[], int] = toolkit_ns,
    ) -> None:
        # Nothing made before the first frame is garbage; looking for it costs a tenth of the start.
        gc.disable()
        # Without colours nothing is mixed either: the terminal's own two stay.
        super().__init__(ansi_color=True if terminal.refuses_color(os.environ) else None)
        self._settings = settings
        self.desk = desk
        self.store = Store()
        self.trade = TradeScreen(
            desk,
            self.store,
            entry=self._entry(),
            glyphs=ASCII if settings.ascii else UNICODE,
            zone=zone,
            later=later,
            clock=clock,
        )
        self._sight = Sight()
        self._passage = Passage(self, self, entrance) if entrance is not None else None
        self._welcomes = welcomes
        self._left_ns = 0
        """The wall time when the last exchange was left: the new one has not told any yet."""
        self._market = market
        self._crashed = crashed
        self._is_settled = False
        self.wardrobe = Wardrobe(self, self, settings, files)
        self.set_class(settings.ascii, "-ascii")

    def _entry(self) -> Entry:
        presets = self._settings.presets
        return Entry(
            tuple(parse_count(each) for each in presets), presets.index(self._settings.size)
        )

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return themes.defaults()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return what NO_COLOR asks for: no colour of ours has to be converted for a terminal."""
        return [
            each for each in super().get_line_filters() if not isinstance(each, ANSIToTruecolor)
        ]

    def get_driver_class(self) -> type[Driver]:
        return deaf(super().get_driver_class())

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
        self.wardrobe.begin()
        if self._market:
            # The session watches it by itself, once the markets are listed.
            self.store.ticker = self._market
            self.trade.show_all()
        if self._welcomes:
            self.trade.mount(Welcome(), before="#banner")
        if self._passage is not None and self.desk.environment.is_kalshi:
            self._passage.run(self._passage.arrive())
        else:
            self.desk.start(self._wake)

    def _wake(self) -> None:
        """Called on the session's thread: the one thing it may touch here is the queue."""
        self.post_message(Wake())

    def on_wake(self, wake: Wake) -> None:
        """Take everything that waits, and hand on what changed."""
        if not self.is_running:
            # On the way out the panes are gone before the last wake has been read.
            return
        self._watch(wake)
        delivery = self.desk.take()
        changed = self.store.apply(delivery.views)
        if not self.store.ticker or not self.store.is_listed:
            self._adopt()
        self.trade.take(changed)
        for screen in self.screen_stack:
            if isinstance(screen, Prompt):
                screen.follow(changed)
        if self._welcomes and (self.store.has_traded or len(self.screen_stack) > 1):
            self._welcomes = False
            self.trade.query(Welcome).remove()
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

    def _watch(self, message: Message) -> float:
        """Notice from a message's age whether the screen stood still; returns the present."""
        # Messages are stamped with the clock that keys are stamped with.
        now = Wake().time
        self._sight.handle(message.time, now, is_taken=terminal.takes_output())
        if words := self._sight.take_words():
            self.trade.trader.disarm("The screen stood still")
            self.trade.say(words, NoticeLevel.WARNING)
        return now

    async def on_event(self, event: events.Event) -> None:
        """Keep keys from the screen that were typed at a picture of the past."""
        if isinstance(event, events.Key) and not event.is_forwarded:
            now = self._watch(event)
            if self._sight.is_blind(event.time, now):
                bound = self.active_bindings.get(event.key)
                action = bound.binding.id or "" if bound else ""
                if self._sight.drops(action, event.key):
                    return
        await super().on_event(event)

    def on_key(self, event: events.Key) -> None:
        """Give a letter to the text field that was opened by the key before it.

        A field takes its own letters; one that comes as far as the app was typed so quickly that
        it set out before the field had the focus.
        """
        from textual.widgets import Input

        field = self.focused
        # The toolkit's own clock, by which it stamped the key.
        handled_ns = toolkit_ns()
        self.trade.trader.press(event.character or event.key, stamp_ns(event), handled_ns)
        if isinstance(field, Input) and event.is_printable and event.character:
            event.prevent_default()
            field.insert_text_at_cursor(event.character)

    def on_text_field_key_pasted(self) -> None:
        """Say that a key landed in the wrong field; the field is empty again."""
        text = "That was a private key: it was not kept. :keys demo and :keys prod take keys."
        self.trade.say(text, NoticeLevel.WARNING)

    # From one exchange to another.

    def on_travel(self, event: Travel) -> None:
        """Go to another environment."""
        if self._passage is not None:
            self._passage.run(self._passage.go(event.name))

    def on_keys_wanted(self, event: KeysWanted) -> None:
        """Show the keys of an environment."""
        if self._passage is not None:
            self._passage.run(self._passage.look_at_keys(event.name))

    def tell(self, text: str, level: NoticeLevel = NoticeLevel.INFO) -> None:
        """Put a line into the log."""
        self.trade.log_notices((Notify(level, text, self.store.wall_ns or self._left_ns),))

    def wear(self, keymap: Keymap) -> None:
        """Bind these keys, and write them in hints and help."""
        self.set_keymap(keymap.for_textual())
        self.trade.use_keymap(keymap)

    def resting(self) -> int:
        """Return how many orders of ours may be live."""
        return len(self.store.live_orders)

    async def seat(self, desk: "DeskPort") -> None:
        """Sit down at a desk and start it; of another one before nothing is left on the screen."""
        if desk is not self.desk:
            self.trade.leave()
            await asyncio.to_thread(self.desk.close)
            while len(self.screen_stack) > 1:
                await self.pop_screen()
            self._left_ns = self.store.wall_ns
            self.desk, self.store = desk, Store()
            await self.trade.reseat(desk, self.store, self._entry())
        desk.start(self._wake)

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
        names = self.wardrobe.names
        if self.no_color:
            self.trade.say("NO_COLOR is set: unset it to choose a theme.", NoticeLevel.INFO)
        elif names:
            at = names.index(self.theme) if self.theme in names else -1
            self.theme = names[(at + 1) % len(names)]

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        for action in ACTIONS:
            if action.is_listed:
                # Round brackets: the palette reads square ones as markup.
                title = f"{action.title} ({self.trade.keymap.text(action)})"
                yield SystemCommand(title, action.help, partial(self._run, action))

    def _run(self, action: Action) -> None:
        target = self if action.scope is Scope.APP else self.trade
        self.call_later(self.run_action, action.call, target)

    # The end.

    def _fatal_error(self) -> None:
        """Leave one sentence on the terminal: a traceback shows values, and keys are among them.

        Overrides a private method of Textual that prints them; a test pins its name. The keyboard
        is disarmed before anything else is done.
        """
        error = sys.exc_info()[1] or self._exception
        with contextlib.suppress(Exception):
            self.desk.arm(Mode.VIEW)
        if not self._exit_renderables:
            # Only the first crash is told: the others follow from it.
            sentence = "kalshi-tui ended because of an internal error."
            if error is not None and self._crashed is not None:
                sentence = self._crashed(error)
            self._exit_renderables.append(Text(sentence))
        self._close_messages_no_wait()

    def panic(self, *renderables: object) -> None:
        """End as after any crash: an error that can draw itself would draw what it holds."""
        self._fatal_error()


def run(
    desk: "DeskPort",
    settings: Settings = DEFAULTS,
    *,
    market: str = "",
    files: Files = NO_FILES,
    crashed: Callable[[BaseException], str] | None = None,
    entrance: "Entrance | None" = None,
    welcomes: bool = False,
) -> int:
    """Run the workstation until the user leaves; returns the exit code. The desk is closed.

    `entrance` leads to other environments, `welcomes` greets somebody who is here for the first
    time, `files` are those that `settings` came from.
    """
    app = Workstation(
        desk,
        settings=settings,
        market=market,
        files=files,
        crashed=crashed,
        entrance=entrance,
        welcomes=welcomes,
    )
    try:
        code = app.run()
    finally:
        app.desk.close()
    return code if code is not None else (app.return_code or 0)
