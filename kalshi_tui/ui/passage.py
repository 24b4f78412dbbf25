"""From one exchange to another without leaving the program: `:env`, and the first way in.

Owns the order of the steps: agree, open the key, build the new desk, close the old one, and only
then start; nothing of the old screen survives. Where a step fails the old desk stays.
"""

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Protocol

from kalshi_tui.core.effects import NoticeLevel
from kalshi_tui.core.environments import PRACTICE, EnvironmentRefusedError

if TYPE_CHECKING:
    from textual.app import App

    from kalshi_tui.session.desk import DeskPort
    from kalshi_tui.session.entrance import Entrance


class Host(Protocol):
    """What the passage needs of the app."""

    desk: "DeskPort"

    def tell(self, text: str, level: NoticeLevel = NoticeLevel.INFO) -> None:
        """Put a line into the log."""
        ...

    def resting(self) -> int:
        """Return how many orders of ours may be live."""
        ...

    async def seat(self, desk: "DeskPort") -> None:
        """Close the desk of before, put a new trade screen over this one, and start it."""
        ...


class Passage:
    """The ways between exchanges, over one app."""

    def __init__(self, app: "App[int]", host: Host, entrance: "Entrance") -> None:
        self._app = app
        self._host = host
        self._entrance = entrance
        self._is_moving = False

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Do one thing at a time, beside the screen."""
        self._app.run_worker(self._alone(work), group="passage")

    async def _alone(self, work: Coroutine[Any, Any, None]) -> None:
        if self._is_moving:
            work.close()
            return
        self._is_moving = True
        try:
            await work
        finally:
            self._is_moving = False

    async def arrive(self) -> None:
        """Open the key of the environment that the program was started for, then start."""
        name = self._host.desk.environment.name
        if name != PRACTICE:
            await self._unlock(name)
        await self._host.seat(self._host.desk)
        self._tell_plaintext(name)

    async def look_at_keys(self, name: str) -> None:
        """Show the keys of an environment: choose a stored one, or add one."""
        where = name or self._host.desk.environment.name
        if where == PRACTICE:
            self._host.tell("Practice makes its own key. Name another: :keys demo or :keys prod.")
            return
        try:
            chosen = await self._ask_key(where, "")
        except EnvironmentRefusedError as error:
            self._host.tell(str(error), NoticeLevel.WARNING)
            return
        if chosen and await self._unlock(where, chosen):
            text = f"A key for {where.upper()} is at hand: :env {where} goes there."
            self._host.tell(text, NoticeLevel.GOOD)

    async def go(self, name: str) -> None:
        """Move to another environment, or say which one this is."""
        here = self._host.desk.environment
        if not name:
            ways = [f":env {each}" for each in self._entrance.names if each != here.name]
            self._host.tell(f"This is {here.word}. Go elsewhere with {' or '.join(ways)}.")
            return
        if name not in self._entrance.names:
            known = ", ".join(self._entrance.names)
            self._host.tell(f"There is no environment {name!r}: {known}.", NoticeLevel.WARNING)
            return
        if not await self._agreed(name) or not await self._unlock(name):
            self._host.tell(f"You are still on {here.word}.")
            return
        await self._move(name)

    async def _agreed(self, name: str) -> bool:
        from kalshi_tui.ui.screens.passphrase import Question

        here, resting = self._host.desk.environment, self._host.resting()
        lines = []
        if resting:
            orders = "1 order stays" if resting == 1 else f"{resting} orders stay"
            lines.append(f"{orders} working on {here.word}; nothing is canceled.")
        if name == "prod":
            lines.append("PROD trades real money. It starts in VIEW: A arms the keyboard.")
        if not lines:
            return True
        title = f"From {here.word} to {name.upper()}"
        question = Question(title, "\n".join(lines), f"go to {name.upper()}")
        agreed: bool | None = await self._app.push_screen_wait(question)
        return agreed is True

    async def _unlock(self, name: str, key_id: str = "") -> bool:
        """Open the key, asking for whatever that takes. Returns False where the user gave up."""
        from kalshi_tui.session.keys import (
            KeyringChangedError,
            KeyUnusableError,
            NoKeyError,
            PassphraseNeededError,
            PassphraseWrongError,
        )
        from kalshi_tui.ui.screens.passphrase import PassphrasePrompt, Question

        given: str | None = None
        other = False
        while True:
            try:
                await asyncio.to_thread(self._open, name, key_id, given, other)
            except (PassphraseNeededError, PassphraseWrongError) as error:
                title = f"The key for {name.upper()}"
                given = await self._app.push_screen_wait(PassphrasePrompt(title, str(error)))
                if given is None:
                    return False
            except KeyringChangedError as error:
                ask = Question("Another keyring answers", str(error), "use this one")
                agreed: bool | None = await self._app.push_screen_wait(ask)
                if not agreed:
                    return False
                other = True
            except KeyUnusableError as error:
                # That there is none is what the prompt is for: nothing to complain of.
                reason = "" if isinstance(error, NoKeyError) else str(error)
                key_id = await self._ask_key(name, reason) or ""
                if not key_id:
                    return False
            else:
                return True

    def _open(self, name: str, key_id: str, given: str | None, other: bool) -> None:
        self._entrance.unlock(name, key_id, passphrase=given, other_keyring=other)

    async def _ask_key(self, name: str, reason: str) -> str | None:
        from kalshi_tui.ui.screens.keyring import KeyScreen

        return await self._app.push_screen_wait(KeyScreen(self._entrance, name, reason))

    async def _move(self, name: str) -> None:
        from kalshi_tui.session.child import ChildError

        old = self._host.desk
        self._host.tell(f"Leaving {old.environment.word} ...")
        try:
            new = await asyncio.to_thread(self._entrance.open, name)
        except (EnvironmentRefusedError, ChildError) as error:
            self._host.tell(str(error), NoticeLevel.ERROR)
            return
        await self._host.seat(new)
        word, mode = new.environment.word, new.environment.start_mode.value
        money = "real money" if new.environment.real_money else "no real money"
        self._host.tell(f"You are on {word}: {money}, starting in {mode}.", NoticeLevel.GOOD)
        self._tell_plaintext(name)

    def _tell_plaintext(self, name: str) -> None:
        if self._entrance.is_plaintext(name):
            text = "The key lies open in a PLAINTEXT file: whoever reads it has the key."
            self._host.tell(text, NoticeLevel.ERROR)
