"""Themes and keys as the user's files have them, also while the program runs.

Owns what is looked at again, and when it is put on. What cannot be used is told and left out; what
was in force stays. Other settings than theme and keys wait for the next start: limits above all.
Must not write a file.
"""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path
from typing import Protocol

from textual.app import App
from textual.theme import Theme

from kalshi_tui import settings as written
from kalshi_tui.core.effects import NoticeLevel
from kalshi_tui.settings import Settings
from kalshi_tui.ui import keymap, themes
from kalshi_tui.ui.keymap import Keymap

EVERY_S = 2.0
"""Seconds between two looks at the files."""
_WORN = frozenset({"theme", "keys"})

Loaded = tuple[list[Theme], list[themes.Problem]]
Stamp = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Files:
    """What the user's theme and keys come from, and is looked at again."""

    settings: Path | None = None
    themes: Path | None = None
    """The folder of themes of the user's own."""
    environ: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    """What was wrong with the settings at the start, to be told."""


NO_FILES = Files()


class Wearer(Protocol):
    """Who wears themes and keys."""

    def wear(self, keymap: Keymap) -> None:
        """Bind these keys, and write them."""

    def tell(self, text: str, level: NoticeLevel = NoticeLevel.INFO) -> None:
        """Put a line into the log."""


class Wardrobe:
    """The files of one user, over one app."""

    def __init__(
        self, app: "App[int]", wearer: Wearer, settings: Settings, files: Files = NO_FILES
    ) -> None:
        self._app = app
        self._wearer = wearer
        self._settings = settings
        self._file, self._directory = files.settings, files.themes
        self._environ = files.environ
        self._stamp: Stamp = self._stamped()
        self._problems = [*files.problems]
        self._take_themes(self._load_themes())
        self._put_on(settings.theme)

    @property
    def names(self) -> list[str]:
        """The themes there are."""
        return [theme.name for theme in self._themes]

    def begin(self) -> None:
        """Put the keys on, say what was left out, and look at the files from now on."""
        self._wear()
        self._say()
        if self._file is not None:
            # Not what the command line made of it.
            self._settings = written.read(self._file, self._environ).settings
        if self._file is not None or self._directory is not None:
            look = partial(self._app.run_worker, group="wardrobe", exclusive=True)
            self._app.set_interval(EVERY_S, lambda: look(self.look()))

    async def look(self) -> None:
        """Take what changed in the files since the last look.

        The files are read beside the screen: their disk may be slow.
        """
        stamp = await asyncio.to_thread(self._stamped)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        before = {theme.name: theme for theme in self._themes}
        self._take_themes(await asyncio.to_thread(self._load_themes))
        now = {theme.name: theme for theme in self._themes}
        if self._app.theme in now and now[self._app.theme] != before.get(self._app.theme):
            self._app.mutate_reactive(App.theme)
            self._wearer.tell(f"Theme {self._app.theme} was read again.")
        if self._file is not None:
            reading = await asyncio.to_thread(written.read, self._file, self._environ)
            self._take(reading)
        self._say()

    def _take(self, reading: written.Reading) -> None:
        self._problems += [problem.text for problem in reading.problems]
        if any(problem.stops for problem in reading.problems):
            # Of a file that is half written, nothing is taken.
            self._problems.append("The settings were left as they are.")
            return
        old, self._settings = self._settings, reading.settings
        if old.keys != self._settings.keys:
            self._wear()
            self._wearer.tell("Keys were read again.")
        if old.theme != self._settings.theme:
            self._put_on(self._settings.theme)
        waits = [
            each.name
            for each in fields(Settings)
            if each.name not in _WORN
            and getattr(old, each.name) != getattr(self._settings, each.name)
        ]
        if waits:
            self._wearer.tell(f"Changed in the settings, for the next start: {', '.join(waits)}.")

    def _load_themes(self) -> Loaded:
        return themes.load([themes.shipped(), *([self._directory] if self._directory else [])])

    def _take_themes(self, loaded: Loaded) -> None:
        self._themes, problems = loaded
        for theme in self._themes:
            self._app.register_theme(theme)
        self._problems += [f"{problem.source}: {problem.message}" for problem in problems]

    def _put_on(self, wanted: str) -> None:
        if self._app.no_color:
            wanted = themes.MONO
        if wanted not in self.names:
            self._problems.append(f"There is no theme {wanted!r}: {Settings().theme} is used.")
            wanted = Settings().theme
        if wanted in self.names:
            self._app.theme = wanted

    def _wear(self) -> None:
        keys, said = keymap.read(self._settings.keys)
        self._problems += said
        self._wearer.wear(keys)

    def _say(self) -> None:
        for problem in self._problems:
            self._wearer.tell(problem, NoticeLevel.WARNING)
        self._problems = []

    def _stamped(self) -> Stamp:
        return tuple(self._stamps())

    def _stamps(self) -> Iterator[tuple[str, int, int]]:
        found = sorted(self._directory.glob("*.toml")) if self._directory else []
        for path in [*([self._file] if self._file else []), *found]:
            try:
                facts = path.stat()
            except OSError:
                continue
            yield str(path), facts.st_mtime_ns, facts.st_size
