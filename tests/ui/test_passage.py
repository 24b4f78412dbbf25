"""From one exchange to another: what is asked, what is built and closed, and where it says you are."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input, Static

from kalshi_tui.core.environments import DEMO, KALSHI, PROD, Environment, Mode
from kalshi_tui.core.views import Pane
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
        pane = self.app.trade.query_one(LogPane)
        return any(words in notice.text for notice in pane._notices)

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

    entrance = Entrance(custody, open_desk)
    app = Workstation(at or ScriptedDesk(), entrance=entrance, welcomes=welcomes)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        yield Town(app, pilot, opened)


async def test_env_says_where_you_are(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        await it.say("env")
        await it.until(lambda: it.said("This is PRACTICE. Go elsewhere with :env and one of demo"))
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
        assert "3 orders on PRACTICE keep working there" in it.dialog
        await it.pilot.press("enter")
        await it.until(lambda: it.said("You are on DEMO: no real money, starting in CONFIRM."))
        assert isinstance(old, ScriptedDesk)
        assert [name for name, _ in old.calls][-1] == "close"
        assert [name for name, _ in it.opened[0].calls][0] == "start"
        assert it.app.desk is it.opened[0]
        assert it.app.store is not store
        line = it.app.trade.query_one(StatusLine).render_line(0).text
        assert "DEMO" in line
        assert "PRACTICE" not in line
