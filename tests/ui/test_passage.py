"""From one exchange to another: what is asked, built and closed, and where it says you are."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input, Static

from kalshi_tui.core.effects import NoticeLevel, Notify
from kalshi_tui.core.environments import DEMO, KALSHI, PROD, Environment, Mode
from kalshi_tui.core.events import ConnectionState
from kalshi_tui.core.views import OrdersView, Pane
from kalshi_tui.session.child import ChildError
from kalshi_tui.session.custody import Custody
from kalshi_tui.session.entrance import Entrance
from kalshi_tui.session.vault import Protection
from kalshi_tui.ui.app import Workstation
from kalshi_tui.ui.screens.keyring import KeyScreen
from kalshi_tui.ui.screens.passphrase import PassphrasePrompt, Question
from kalshi_tui.ui.widgets.log import LogPane
from kalshi_tui.ui.widgets.secret import KeyField
from kalshi_tui.ui.widgets.status import StatusLine
from kalshi_tui.ui.widgets.welcome import Welcome
from tests.support.desk import ScriptedDesk, scene, status
from tests.test_checkup import NoKeyring

WORDS = "correct horse battery"
PEM = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def desk_of(environment: Environment) -> ScriptedDesk:
    """Return a scripted desk of another environment."""
    views = {**scene(), (Pane.STATUS, ""): status(mode=environment.start_mode)}
    return ScriptedDesk(views, environment=environment)


class Town:
    """A running workstation, and the desks that were opened."""

    def __init__(self, app: Workstation, pilot: Pilot[int], opened: list[ScriptedDesk]) -> None:
        self.app = app
        self.pilot = pilot
        self.opened = opened

    async def say(self, sentence: str) -> None:
        """Type a sentence on the command line."""
        await self.pilot.press("colon", *["space" if each == " " else each for each in sentence])
        await self.pilot.press("enter")

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(10):
            while not holds():
                await self.pilot.pause(0.01)

    async def shows(self, kind: type) -> None:
        await self.until(lambda: isinstance(self.app.screen, kind))

    @property
    def word(self) -> str:
        return self.app.desk.environment.word

    def said(self, words: str) -> bool:
        panes = self.app.trade.query(LogPane)
        return any(words in notice.text for pane in panes for notice in pane._notices)

    @property
    def dialog(self) -> str:
        texts = [str(each.render()) for each in self.app.screen.query(Static) if each.display]
        return "\n".join(texts)


@asynccontextmanager
async def town(
    tmp_path: Path,
    *,
    at: ScriptedDesk | None = None,
    fails: str = "",
    passphrase: bool = False,
    keys: tuple[str, ...] = (),
    welcomes: bool = False,
) -> AsyncIterator[Town]:
    custody = Custody(tmp_path / "keys", keyring=NoKeyring(), environ={})
    for name in keys:
        way = Protection.PASSPHRASE if passphrase else Protection.PLAINTEXT
        custody.add(name, "key-1", PEM, protection=way, passphrase=WORDS if passphrase else None)
    opened: list[ScriptedDesk] = []

    def open_desk(name: str, open_key: object) -> ScriptedDesk:
        if fails:
            raise ChildError(fails)
        opened.append(desk_of(KALSHI[name]) if name in KALSHI else ScriptedDesk())
        return opened[-1]

    entrance = Entrance(lambda: custody, open_desk)
    app = Workstation(at or ScriptedDesk(), entrance=entrance, welcomes=welcomes)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        yield Town(app, pilot, opened)


async def test_env_says_where_you_are(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        await it.say("env")
        await it.until(
            lambda: it.said("This is PRACTICE. Go elsewhere with :env demo or :env prod.")
        )
        assert it.opened == []


async def test_an_environment_that_does_not_exist_is_named_with_those_that_do(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as it:
        await it.say("env live")
        await it.until(lambda: it.said("There is no environment 'live': practice, demo, prod."))
        assert it.word == "PRACTICE"


async def test_a_move_rebuilds_the_session_and_says_where_you_are(tmp_path: Path) -> None:
    async with town(tmp_path, keys=("demo",)) as it:
        old, store = it.app.desk, it.app.store
        await it.say("env demo")
        await it.shows(Question)
        assert "3 orders stay working on PRACTICE" in it.dialog
        await it.pilot.press("enter")
        await it.until(lambda: it.said("You are on DEMO: no real money, starting in CONFIRM."))
        assert isinstance(old, ScriptedDesk)
        assert [name for name, _ in old.calls][-1] == "close"
        assert it.opened[0].calls[0][0] == "start"
        assert it.app.desk is it.opened[0]
        assert it.app.store is not store
        line = it.app.trade.query_one(StatusLine).render_line(0).text
        assert "DEMO" in line
        assert "PRACTICE" not in line


class Noisy(ScriptedDesk):
    """Tells, while it is being closed, that its connection is gone."""

    def close(self, timeout: float = 0) -> None:
        super().close(timeout)
        self.show(
            ((Pane.STATUS, ""), status(connection=ConnectionState.IDLE)),
            notices=[Notify(NoticeLevel.WARNING, "The connection was closed.", 1)],
        )
        self.closed_with.set()
        self.seen.wait(5)

    closed_with = threading.Event()
    seen = threading.Event()


async def test_the_end_of_the_desk_that_is_left_is_no_alarm(tmp_path: Path) -> None:
    desk = Noisy({**scene(), (Pane.ORDERS, ""): OrdersView((), ())})
    async with town(tmp_path, at=desk, keys=("demo",)) as it:
        await it.say("env demo")
        await it.until(desk.closed_with.is_set)
        await it.pilot.pause()
        assert not it.said("The connection was closed.")
        assert "offline" not in it.app.trade.query_one(StatusLine).render_line(0).text
        desk.seen.set()
        await it.until(lambda: it.said("You are on DEMO"))


async def test_going_to_prod_is_asked_and_starts_in_view(tmp_path: Path) -> None:
    async with town(tmp_path, keys=("prod",)) as it:
        await it.say("env prod")
        await it.shows(Question)
        assert "PROD trades real money. It starts in VIEW" in it.dialog
        await it.pilot.press("escape")
        await it.until(lambda: it.said("You are still on PRACTICE."))
        assert it.opened == []
        await it.say("env prod")
        await it.shows(Question)
        await it.pilot.press("enter")
        await it.until(lambda: it.said("You are on PROD: real money, starting in VIEW."))
        assert it.app.store.status is not None
        assert it.app.store.status.mode is Mode.VIEW


async def test_what_was_in_hand_does_not_come_along(tmp_path: Path) -> None:
    async with town(tmp_path, keys=("demo",)) as it:
        await it.pilot.press("2", "5", "b")
        assert it.app.trade.trader.entry.is_armed
        await it.say("env demo")
        await it.shows(Question)
        await it.pilot.press("enter")
        await it.until(lambda: it.said("You are on DEMO"))
        assert not it.app.trade.trader.entry.is_armed
        await it.pilot.press("enter")
        assert it.opened[0].placed == []
        assert it.app.trade.trader.desk is it.opened[0]


async def test_the_enter_that_agrees_sends_nothing(tmp_path: Path) -> None:
    async with town(tmp_path, keys=("demo",), fails="No.") as it:
        await it.pilot.press("2", "5", "b")
        old = it.app.desk
        assert isinstance(old, ScriptedDesk)
        await it.say("env demo")
        await it.shows(Question)
        it.app.trade.trader._guarded = False
        await it.pilot.press("enter")
        await it.until(lambda: it.said("No."))
        assert old.placed == []


async def test_an_exchange_that_cannot_be_opened_leaves_you_where_you_are(tmp_path: Path) -> None:
    async with town(tmp_path, fails="The practice exchange cannot start.", at=desk_of(DEMO)) as it:
        await it.until(lambda: isinstance(it.app.screen, KeyScreen))
        await it.pilot.press("escape")
        await it.say("env practice")
        await it.shows(Question)
        await it.pilot.press("enter")
        await it.until(lambda: it.said("The practice exchange cannot start."))
        assert it.word == "DEMO"


async def test_a_passphrase_is_asked_and_a_wrong_one_asked_again(tmp_path: Path) -> None:
    async with town(tmp_path, keys=("demo",), passphrase=True) as it:
        await it.say("env demo")
        await it.shows(Question)
        await it.pilot.press("enter")
        await it.shows(PassphrasePrompt)
        await it.pilot.press(*"wrong", "enter")
        await it.until(lambda: "wrong" in it.dialog)
        assert WORDS not in it.dialog
        it.app.screen.query_one(Input).value = WORDS
        await it.pilot.press("enter")
        await it.until(lambda: it.said("You are on DEMO"))


async def test_without_a_key_the_prompt_for_one_opens_and_esc_stays(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        await it.say("env demo")
        await it.shows(Question)
        await it.pilot.press("enter")
        await it.shows(KeyScreen)
        assert DEMO.key_page in it.dialog
        await it.pilot.press("escape")
        await it.until(lambda: it.said("You are still on PRACTICE."))
        assert it.opened == []


async def test_started_for_demo_without_a_key_it_asks_before_the_session_starts(
    tmp_path: Path,
) -> None:
    desk = desk_of(DEMO)
    async with town(tmp_path, at=desk) as it:
        await it.shows(KeyScreen)
        assert "start" not in [name for name, _ in desk.calls]
        await it.pilot.press("escape")
        await it.until(lambda: "start" in [name for name, _ in desk.calls])


async def test_a_plaintext_key_is_told_in_red_on_arrival(tmp_path: Path) -> None:
    async with town(tmp_path, keys=("demo",)) as it:
        await it.say("env demo")
        await it.shows(Question)
        await it.pilot.press("enter")
        await it.until(lambda: it.said("PLAINTEXT file"))


async def test_a_plaintext_key_is_told_in_red_at_the_start_too(tmp_path: Path) -> None:
    async with town(tmp_path, keys=("demo",), at=desk_of(DEMO)) as it:
        await it.until(lambda: it.said("PLAINTEXT file"))


# The prompt for a key.


async def test_FI17_a_private_key_in_the_field_of_the_id_is_not_kept(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        await it.say("keys demo")
        await it.shows(KeyScreen)
        field = it.app.screen.query_one("#key-id", Input)
        it.app.screen.set_focus(field)
        field.post_message(events.Paste(PEM.decode()))
        await it.until(lambda: "belongs into the field below" in it.dialog)
        assert field.value == ""
        assert it.app.screen.query_one(KeyField).pem == b""


async def test_a_pasted_key_is_counted_and_never_shown(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        await it.say("keys demo")
        await it.shows(KeyScreen)
        field = it.app.screen.query_one(KeyField)
        field.post_message(events.Paste(PEM.decode()))
        await it.until(lambda: field.pem)
        assert field.value == ""
        assert "119 characters, not shown" in field.placeholder
        await it.pilot.press(*"x")
        assert field.pem == b""


@pytest.mark.parametrize("typed", ["nowhere.pem", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj"])
async def test_a_path_that_is_none_is_not_repeated(tmp_path: Path, typed: str) -> None:
    async with town(tmp_path) as it:
        await it.say("keys demo")
        await it.shows(KeyScreen)
        it.app.screen.query_one("#key-id", Input).value = "key-1"
        it.app.screen.query_one(KeyField).value = typed
        lock = it.app.screen.query_one("#key-lock", Input)
        await it.until(lambda: lock.display)
        lock.value = it.app.screen.query_one("#key-again", Input).value = WORDS
        await it.pilot.press("enter")
        await it.until(lambda: "There is no file of that name" in it.dialog)
        assert typed not in it.dialog


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [("short", "short", "at least 12 characters"), (WORDS, f"{WORDS}!", "passphrases differ")],
)
async def test_a_passphrase_that_will_not_do_is_told_before_anybody_is_asked(
    tmp_path: Path, first: str, second: str, said: str
) -> None:
    async with town(tmp_path) as it:
        await it.say("keys demo")
        await it.shows(KeyScreen)
        lock = it.app.screen.query_one("#key-lock", Input)
        await it.until(lambda: lock.display)
        again = it.app.screen.query_one("#key-again", Input)
        it.app.screen.query_one("#key-id", Input).value = "key-1"
        it.app.screen.query_one(KeyField).value = str(tmp_path / "not looked at")
        lock.value, again.value = first, second
        await it.pilot.press("enter")
        await it.until(lambda: said in it.dialog)
        assert it.app.focused is lock
        assert (lock.value, again.value) == ("", "")


async def test_a_letter_typed_before_the_field_has_the_focus_is_not_lost(tmp_path: Path) -> None:
    async with town(tmp_path, keys=("demo",), passphrase=True) as it:
        await it.say("env demo")
        await it.shows(Question)
        await it.pilot.press("enter")
        await it.shows(PassphrasePrompt)
        it.app.on_key(events.Key("c", "c"))
        assert it.app.screen.query_one(Input).value == "c"


async def test_a_stored_key_is_chosen_with_the_arrows(tmp_path: Path) -> None:
    async with town(tmp_path, keys=("demo",)) as it:
        await it.say("keys demo")
        await it.shows(KeyScreen)
        field = it.app.screen.query_one("#key-id", Input)
        await it.until(lambda: "1 stored" in field.placeholder)
        await it.pilot.press("down")
        assert field.value == "key-1"
        await it.pilot.press("enter")
        await it.until(lambda: it.said("A key for DEMO is at hand"))


async def test_practice_needs_no_key(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        await it.say("keys")
        await it.until(lambda: it.said("Practice makes its own key"))


# The first time.


async def test_the_welcome_teaches_three_keys_and_goes_with_the_first_order(
    tmp_path: Path,
) -> None:
    views = scene()
    orders = views.pop((Pane.ORDERS, ""))
    desk = ScriptedDesk(views)
    async with town(tmp_path, at=desk, welcomes=True) as it:
        text = str(it.app.trade.query_one(Welcome).render())
        assert text.count("\n") == 2
        assert all(len(line) <= 80 for line in text.split("\n"))
        assert all(f"{key} " in text for key in ("b", "/", "?"))
        desk.show(((Pane.ORDERS, ""), orders))
        await it.until(lambda: not it.app.trade.query(Welcome))


async def test_the_welcome_goes_when_the_help_is_read(tmp_path: Path) -> None:
    views = scene()
    views.pop((Pane.ORDERS, ""))
    desk = ScriptedDesk(views)
    async with town(tmp_path, at=desk, welcomes=True) as it:
        await it.pilot.press("question_mark")
        desk.show()
        await it.until(lambda: not it.app.trade.query(Welcome))


async def test_prod_and_demo_are_told_apart_in_words(tmp_path: Path) -> None:
    for environment in (DEMO, PROD):
        async with town(tmp_path, at=desk_of(environment), keys=(environment.name,)) as it:
            line = it.app.trade.query_one(StatusLine).render_line(0).text
            assert line.strip().startswith(environment.word)
