"""The log: bounded, private, redacted, and silent about what libraries would tell."""

import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from kalshi_tui.core.redaction import HIDDEN
from kalshi_tui.session import logbook
from kalshi_tui.session.logbook import LIBRARIES, LogFile, close_logbook, open_logbook

SIGNATURE = "qZ8vT3" * 20


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in ("", "kalshi_tui", *LIBRARIES)]
    before = [(each, each.level, each.propagate, list(each.handlers)) for each in loggers]
    last, loud = logging.lastResort, logging.raiseExceptions
    yield
    for logger, level, propagate, handlers in before:
        logger.setLevel(level)
        logger.propagate = propagate
        logger.handlers[:] = handlers
    logging.lastResort, logging.raiseExceptions = last, loud


def written(directory: Path) -> str:
    return (directory / "kalshi-tui.log").read_text()


def test_FI15_records_arguments_and_errors_are_redacted(tmp_path: Path) -> None:
    handler = open_logbook(tmp_path)
    log = logging.getLogger("kalshi_tui.session.any")
    log.info("signed with %s", SIGNATURE)
    try:
        raise ValueError(f"KALSHI-ACCESS-SIGNATURE: {SIGNATURE}")
    except ValueError:
        log.exception("it failed for %r", {"password": "hunter2"})
    close_logbook(handler)
    text = written(tmp_path)
    assert SIGNATURE not in text
    assert "hunter2" not in text
    assert HIDDEN in text
    assert "it failed for" in text


@pytest.mark.parametrize(
    "name", [*LIBRARIES, "httpcore.http11", "websockets.client.x", "unheard.of"]
)
def test_FI15_a_library_is_silent_below_a_warning_at_any_level_of_ours(
    tmp_path: Path, name: str
) -> None:
    handler = open_logbook(tmp_path, level=logging.DEBUG)
    library = logging.getLogger(name)
    before = library.level
    try:
        library.debug("headers of %s", "canary-one")
        library.setLevel(logging.DEBUG)
        library.debug("headers of %s", "canary-two")
        library.info("headers of %s", "canary-three")
        library.warning("it closed")
    finally:
        library.setLevel(before)
        close_logbook(handler)
    assert "canary" not in written(tmp_path)
    assert "it closed" in written(tmp_path)


def test_nothing_is_written_to_the_terminal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    handler = open_logbook(tmp_path / "file" / "below")
    logging.getLogger("kalshi_tui.any").error("it failed")
    logging.getLogger("asyncio").error("it failed")
    logging.getLogger("kalshi_tui.any").info("%d", "not a number")
    close_logbook(handler)
    logging.getLogger("kalshi_tui.other").error("after the end")
    assert capfd.readouterr().err == ""


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_FI14_the_log_is_the_users_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        handler = open_logbook(tmp_path / "logs")
        logging.getLogger("kalshi_tui.any").warning("something")
        close_logbook(handler)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "logs").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "logs" / "kalshi-tui.log").stat().st_mode) == 0o600


@pytest.mark.skipif(os.name != "posix", reason="links are POSIX's")
def test_FI13_the_log_is_not_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("")
    (tmp_path / "kalshi-tui.log").symlink_to(tmp_path / "elsewhere")
    handler = open_logbook(tmp_path)
    logging.getLogger("kalshi_tui.any").warning("something")
    close_logbook(handler)
    assert (tmp_path / "elsewhere").read_text() == ""


def test_FH15_the_log_stays_under_its_limit(tmp_path: Path) -> None:
    handler = LogFile(tmp_path / "kalshi-tui.log", maxBytes=10_000, backupCount=logbook.FILES_KEPT)
    log = logging.Logger("any")
    log.addHandler(handler)
    for number in range(3_000):
        log.warning("a line of the log with a number %d in it", number)
    handler.close()
    files = list(tmp_path.iterdir())
    assert len(files) == logbook.FILES_KEPT + 1
    assert sum(file.stat().st_size for file in files) <= 10_000 * (logbook.FILES_KEPT + 1)
    assert logbook.FILE_BYTES * (logbook.FILES_KEPT + 1) <= 50_000_000


def test_a_record_that_cannot_be_formatted_is_still_told(tmp_path: Path) -> None:
    class Broken:
        def __str__(self) -> str:
            raise RuntimeError("canary")

    handler = open_logbook(tmp_path)
    logging.getLogger("kalshi_tui.any").warning("%s", Broken())
    close_logbook(handler)
    assert "could not be formatted (RuntimeError)" in written(tmp_path)
    assert "canary" not in written(tmp_path)
